//! What is rendered, and what makes a scene acceptable.

use crate::{
	primitive::Primitive,
	shape::Shape,
	vector::{vec3, Vec3},
	Error,
};
use alloc::vec::Vec;

/// Largest width and height of a picture in pixels: 64 million pixels are a poster, and unit counts stay in 32 bits.
pub const MAX_SIDE: u32 = 8_192;
/// Largest side of a tile in pixels: an output of 64 × 64 pixels has 48 kB.
pub const MAX_TILE: u32 = 64;
/// Most samples that a pixel may take in all units together.
pub const MAX_SAMPLES: u32 = 65_536;
/// Longest path, in bounces: a unit's cost stays bounded even between mirrors.
pub const MAX_BOUNCES: u32 = 64;
/// Most spheres and triangles together, and most vertices: indices have 16 bits.
pub const MAX_PRIMITIVES: usize = 65_535;
/// Largest absolute value of a coordinate, a colour or another number: products of three of them are still finite.
pub const MAX_NUMBER: f32 = 1e6;

/// How the picture is divided and how well it is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
	/// Width of the picture in pixels.
	pub width: u32,
	/// Height of the picture in pixels.
	pub height: u32,
	/// Most pixels of a tile in each direction.
	pub tile: u32,
	/// Paths that one unit follows per pixel.
	pub samples_per_batch: u32,
	/// How many units compute each tile.
	pub batches: u32,
	/// After how many surfaces a path ends.
	pub max_bounces: u32,
	/// Changes all random numbers.
	pub seed: u32,
	/// Bound on the luminance of indirect light, which comes to a path's first rough surface from another surface; 0
	/// for none. It trades a little light in caustics for the absence of single bright pixels.
	pub clamp: f32,
	/// Factor on all light before tone mapping.
	pub exposure: f32,
}

/// The pixels of a unit: not a rectangle cut out of the picture but a grid spread over all of it. Sky costs a tenth of
/// what glass costs; spread like this, every unit gets its part of both, and all units of a job cost about the same. So
/// the limit of gas per unit can be close to what a unit takes, and each unit is worth its price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
	/// Column of the first pixel.
	pub x: u32,
	/// Row of the first pixel, counted from the top.
	pub y: u32,
	/// Pixels in a row of the grid.
	pub width: u32,
	/// Rows of the grid.
	pub height: u32,
	/// From one column of the grid to the next, in pixels of the picture.
	pub column_step: u32,
	/// From one row of the grid to the next, in pixels of the picture.
	pub row_step: u32,
}

impl Tile {
	/// Column and row in the picture of each pixel, in the order in which outputs have them.
	pub fn pixels(self) -> impl Iterator<Item = (u32, u32)> {
		(0..self.height).flat_map(move |row| {
			(0..self.width).map(move |column| (self.x + column * self.column_step, self.y + row * self.row_step))
		})
	}
}

impl Settings {
	/// How far the grid's columns and rows are apart. There are as many tiles in each direction.
	fn steps(&self) -> (u32, u32) {
		(self.width.div_ceil(self.tile), self.height.div_ceil(self.tile))
	}

	/// Tiles of the picture.
	pub fn tiles(&self) -> u32 {
		let (column_step, row_step) = self.steps();
		column_step * row_step
	}

	/// Units of the job. Unit `i` computes batch `i / tiles` of tile `i % tiles`, so that the first `tiles` units are
	/// already the whole picture, only noisy.
	pub fn units(&self) -> u32 {
		self.tiles() * self.batches
	}

	/// Samples per pixel in all units together.
	pub fn samples(&self) -> u32 {
		self.samples_per_batch * self.batches
	}

	/// The pixels of a tile, by its number.
	fn tile(&self, tile: u32) -> Tile {
		let (column_step, row_step) = self.steps();
		let (x, y) = (tile % column_step, tile / column_step);
		Tile {
			x,
			y,
			width: (self.width - x).div_ceil(column_step),
			height: (self.height - y).div_ceil(row_step),
			column_step,
			row_step,
		}
	}

	/// The tile and the first sample of a unit, or `None` if there is no such unit.
	pub fn unit(&self, index: u32) -> Option<(Tile, u32)> {
		(index < self.units()).then(|| (self.tile(index % self.tiles()), index / self.tiles() * self.samples_per_batch))
	}

	pub(crate) fn check(&self) -> Result<(), Error> {
		ensure((1..=MAX_SIDE).contains(&self.width), "the width must be from 1 to 8192 pixels")?;
		ensure((1..=MAX_SIDE).contains(&self.height), "the height must be from 1 to 8192 pixels")?;
		ensure((1..=MAX_TILE).contains(&self.tile), "the tile's side must be from 1 to 64 pixels")?;
		let samples = self.samples_per_batch.checked_mul(self.batches).unwrap_or(0);
		ensure((1..=MAX_SAMPLES).contains(&samples), "samples per pixel must be from 1 to 65536 in all batches")?;
		ensure(self.tiles().checked_mul(self.batches).is_some(), "tiles times batches must fit 32 bits")?;
		ensure((1..=MAX_BOUNCES).contains(&self.max_bounces), "bounces must be from 1 to 64")?;
		ensure(in_range(self.clamp, 0.0, MAX_NUMBER), "the clamp must be from 0 to 10⁶")?;
		ensure(in_range(self.exposure, 1e-6, MAX_NUMBER), "the exposure must be from 10⁻⁶ to 10⁶")
	}
}

/// A thin lens.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
	/// Centre of the lens.
	pub eye: Vec3,
	/// A point in the middle of the picture.
	pub target: Vec3,
	/// A direction that is upright in the picture.
	pub up: Vec3,
	/// Half of the picture's height at distance 1: the tangent of half the angle of view.
	pub half_height: f32,
	/// Radius of the lens; 0 for a pinhole.
	pub aperture: f32,
	/// Distance of the plane that is sharp.
	pub focus: f32,
}

impl Camera {
	pub(crate) fn check(&self) -> Result<(), Error> {
		ensure(
			number(self.eye) && number(self.target) && number(self.up),
			"the camera's coordinates must be within ±10⁶",
		)?;
		let forward = self.target - self.eye;
		ensure(
			forward.length() >= 1e-4 && forward.cross(self.up).length() >= 1e-4,
			"the camera must look at another point than its own, and not along its upward direction",
		)?;
		ensure(in_range(self.half_height, 1e-3, 1e3), "the camera's angle of view is too narrow or too wide")?;
		ensure(in_range(self.aperture, 0.0, MAX_NUMBER), "the aperture must be from 0 to 10⁶")?;
		ensure(in_range(self.focus, 1e-3, MAX_NUMBER), "the focus must be from 0.001 to 10⁶")
	}
}

/// The light from infinitely far away: a gradient from the horizon up, a plain colour below, and a glow around one
/// direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Sky {
	/// Radiance straight above.
	pub zenith: Vec3,
	/// Radiance at the horizon.
	pub horizon: Vec3,
	/// Radiance from below.
	pub ground: Vec3,
	/// Direction of the glow's centre.
	pub glow_direction: Vec3,
	/// Radiance that the glow adds in its centre.
	pub glow: Vec3,
	/// How narrow the glow is: the cosine of the angle to its centre is squared this many times.
	pub glow_squarings: u32,
}

impl Sky {
	pub(crate) fn check(&self) -> Result<(), Error> {
		ensure(
			[self.zenith, self.horizon, self.ground, self.glow].into_iter().all(non_negative),
			"the sky's radiance must be from 0 to 10⁶",
		)?;
		ensure(
			number(self.glow_direction) && self.glow_direction.length() >= 1e-4,
			"the glow's direction must not be zero",
		)?;
		ensure(self.glow_squarings <= 16, "the glow's sharpness must be at most 16")
	}
}

/// What a surface does with light.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
	/// Scatters evenly (Lambert).
	Diffuse {
		/// Share of the light that is scattered.
		pattern: Pattern,
	},
	/// Scatters evenly under a clear varnish: porcelain, lacquer, polished stone.
	Coated {
		/// Share of the light that is scattered below the varnish.
		pattern: Pattern,
		/// Roughness of the varnish, 0 for a mirror's smoothness.
		roughness: f32,
	},
	/// Reflects at microscopic facets (GGX).
	Metal {
		/// Reflectance at perpendicular incidence.
		reflectance: Vec3,
		/// 0 for a mirror.
		roughness: f32,
	},
	/// Reflects and refracts, and absorbs inside. Its surface must be closed.
	Glass {
		/// Refractive index relative to the air around.
		index: f32,
		/// Absorption per unit of length (Beer and Lambert).
		absorption: Vec3,
	},
	/// Shines and reflects nothing. Triangles shine from their front, which sees the corners counter-clockwise.
	Light {
		/// Emitted radiance.
		radiance: Vec3,
	},
}

/// A colour, or two in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
	/// The first colour.
	pub first: Vec3,
	/// The second colour of a checkered surface.
	pub second: Vec3,
	/// Side of a checker's square, seen from above; 0 for the first colour alone.
	pub size: f32,
}

impl Pattern {
	/// One colour.
	pub const fn plain(colour: Vec3) -> Self {
		Self { first: colour, second: colour, size: 0.0 }
	}

	pub(crate) fn check(&self) -> Result<(), Error> {
		ensure(share(self.first) && share(self.second), "a diffuse colour must be from 0 to 1")?;
		ensure(
			self.size == 0.0 || in_range(self.size, 1e-2, MAX_NUMBER),
			"a checker's size must be 0 or from 0.01 to 10⁶",
		)
	}
}

impl Material {
	pub(crate) fn check(&self) -> Result<(), Error> {
		let rough = |roughness| ensure(in_range(roughness, 0.0, 1.0), "roughness must be from 0 to 1");
		match self {
			Self::Diffuse { pattern } => pattern.check(),
			Self::Coated { pattern, roughness } => pattern.check().and_then(|()| rough(*roughness)),
			Self::Metal { reflectance, roughness } => {
				ensure(share(*reflectance), "a metal's reflectance must be from 0 to 1")?;
				rough(*roughness)
			},
			Self::Glass { index, absorption } => {
				ensure(in_range(*index, 1.01, 4.0), "a refractive index must be from 1.01 to 4")?;
				ensure(non_negative(*absorption), "absorption must be from 0 to 10⁶")
			},
			Self::Light { radiance: light } => ensure(
				non_negative(*light) && light.largest() > 0.0,
				"a light's radiance must be from 0 to 10⁶, not all 0",
			),
		}
	}
}

/// A sphere.
#[derive(Clone, Debug, PartialEq)]
pub struct Sphere {
	/// Its centre.
	pub centre: Vec3,
	/// Its radius.
	pub radius: f32,
	/// Its place in the list of materials.
	pub material: u16,
}

/// A triangle's corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
	/// Where it is.
	pub position: Vec3,
	/// Direction of the surface that the triangles approximate, or zero where they are what they are: flat.
	pub normal: Vec3,
}

/// A triangle. Its front sees the corners counter-clockwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle {
	/// The places of its corners in the list of vertices.
	pub corners: [u16; 3],
	/// Its place in the list of materials.
	pub material: u16,
}

/// A whole scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
	/// How it is rendered.
	pub settings: Settings,
	/// From where it is seen.
	pub camera: Camera,
	/// What is around it.
	pub sky: Sky,
	/// What its surfaces are made of.
	pub materials: Vec<Material>,
	/// Its spheres.
	pub spheres: Vec<Sphere>,
	/// The corners of its triangles.
	pub vertices: Vec<Vertex>,
	/// Its triangles.
	pub triangles: Vec<Triangle>,
}

impl Scene {
	/// Spheres and triangles together. A primitive's number is its place among the spheres, or after all spheres its
	/// place among the triangles.
	pub fn primitives(&self) -> usize {
		self.spheres.len() + self.triangles.len()
	}

	/// A primitive by its number, in a scene that was checked. Lamps have no numbers yet.
	pub(crate) fn primitive(&self, number: usize) -> Primitive {
		if let Some(&Sphere { centre, radius, material }) = self.spheres.get(number) {
			return Primitive { shape: Shape::Sphere { centre, radius }, material, lamp: None, normals: None };
		}
		let Triangle { corners, material } = self.triangles[number - self.spheres.len()];
		let [a, b, c] = corners.map(|corner| &self.vertices[usize::from(corner)]);
		let smooth = [a, b, c].into_iter().all(|vertex| vertex.normal != Vec3::ZERO);
		Primitive {
			shape: Shape::Triangle {
				corner: a.position,
				second: b.position - a.position,
				third: c.position - a.position,
			},
			material,
			lamp: None,
			normals: smooth.then_some(corners),
		}
	}

	/// Refuses everything that the renderer is not made for: after this no index is out of bounds, no number is
	/// infinite, and no direction is zero.
	pub fn check(&self) -> Result<(), Error> {
		self.settings.check()?;
		self.camera.check()?;
		self.sky.check()?;
		self.materials.iter().try_for_each(Material::check)?;
		ensure((1..=MAX_PRIMITIVES).contains(&self.primitives()), "a scene must have 1 to 65535 primitives")?;
		ensure(self.vertices.len() <= MAX_PRIMITIVES, "a scene must have at most 65535 vertices")?;
		let has_material = |material: u16| ensure(usize::from(material) < self.materials.len(), "no such material");
		for sphere in &self.spheres {
			has_material(sphere.material)?;
			ensure(number(sphere.centre), "a sphere's centre must be within ±10⁶")?;
			ensure(in_range(sphere.radius, 1e-3, 1e4), "a sphere's radius must be from 0.001 to 10⁴")?;
		}
		for vertex in &self.vertices {
			ensure(number(vertex.position) && number(vertex.normal), "a vertex must be within ±10⁶")?;
		}
		for triangle in &self.triangles {
			has_material(triangle.material)?;
			let [a, b, c] = triangle.corners.map(|corner| self.vertices.get(usize::from(corner)));
			let (Some(a), Some(b), Some(c)) = (a, b, c) else {
				return Err(Error::Scene("a triangle's corner is not in the list of vertices"));
			};
			let twice = (b.position - a.position).cross(c.position - a.position);
			ensure(twice.dot(twice) >= 1e-18, "a triangle has no area")?;
		}
		Ok(())
	}
}

#[inline(always)]
fn ensure(condition: bool, problem: &'static str) -> Result<(), Error> {
	if condition {
		Ok(())
	} else {
		Err(Error::Scene(problem))
	}
}

/// Also false for what is not a number.
#[inline(always)]
fn in_range(value: f32, low: f32, high: f32) -> bool {
	value >= low && value <= high
}

#[inline(always)]
fn all(v: Vec3, low: f32, high: f32) -> bool {
	in_range(v.x, low, high) && in_range(v.y, low, high) && in_range(v.z, low, high)
}

#[inline(always)]
fn number(v: Vec3) -> bool {
	all(v, -MAX_NUMBER, MAX_NUMBER)
}

fn non_negative(v: Vec3) -> bool {
	all(v, 0.0, MAX_NUMBER)
}

fn share(v: Vec3) -> bool {
	all(v, 0.0, 1.0)
}

impl Default for Settings {
	/// A small picture of some quality.
	fn default() -> Self {
		Self {
			width: 320,
			height: 180,
			tile: 16,
			samples_per_batch: 8,
			batches: 4,
			max_bounces: 8,
			seed: 0,
			clamp: 0.0,
			exposure: 1.0,
		}
	}
}

impl Default for Camera {
	/// A pinhole at (0, 1, 5) that looks at the origin with an angle of view of about 53°.
	fn default() -> Self {
		Self {
			eye: vec3(0.0, 1.0, 5.0),
			target: Vec3::ZERO,
			up: vec3(0.0, 1.0, 0.0),
			half_height: 0.5,
			aperture: 0.0,
			focus: 5.0,
		}
	}
}

impl Default for Sky {
	/// An overcast day: the same light from everywhere.
	fn default() -> Self {
		Self {
			zenith: Vec3::ONE,
			horizon: Vec3::ONE,
			ground: Vec3::ONE,
			glow_direction: vec3(0.0, 1.0, 0.0),
			glow: Vec3::ZERO,
			glow_squarings: 0,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	#[test]
	fn tiles_should_share_out_every_pixel_once() {
		for (width, height, tile) in [(1, 1, 1), (20, 12, 8), (17, 5, 4), (7, 31, 16), (640, 360, 16), (3, 3, 64)] {
			let settings = Settings { width, height, tile, batches: 1, ..Settings::default() };
			let mut taken = vec![0u8; (width * height) as usize];
			for index in 0..settings.units() {
				let (part, first) = settings.unit(index).unwrap();
				assert_eq!(first, 0);
				assert!(part.width <= tile && part.height <= tile);
				assert_eq!(part.pixels().count() as u32, part.width * part.height);
				part.pixels().for_each(|(x, y)| taken[(y * width + x) as usize] += 1);
			}
			assert!(taken.into_iter().all(|times| times == 1), "{width}×{height} by {tile}");
		}
	}

	#[test]
	fn units_should_go_through_all_tiles_batch_by_batch() {
		let settings =
			Settings { width: 20, height: 12, tile: 8, samples_per_batch: 3, batches: 2, ..Settings::default() };
		assert_eq!((settings.tiles(), settings.units(), settings.samples()), (6, 12, 6));
		let firsts: Vec<u32> = (0..12).map(|index| settings.unit(index).unwrap().1).collect();
		assert_eq!(firsts, [0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3]);
		assert_eq!(settings.unit(1).unwrap().0, settings.unit(7).unwrap().0);
		assert_eq!(settings.unit(12), None);
	}
}
