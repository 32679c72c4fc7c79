//! A scene as the bytes of a job's input.
//!
//! Little-endian, in this order: the magic number, the version, the settings, camera and sky field by field; then lists,
//! each with its length before it as 32 bits: materials, the [`Tree`]'s nodes, the primitives in the tree's order, the
//! primitives that are lamps, and normals. No bytes follow.
//!
//! | item | bytes | content |
//! |---|---|---|
//! | material | 36 | its kind, then eight numbers of which the unused are zero |
//! | node | 28 | its box's middle and half size; in 24 bits an inner node's second child or a leaf's first primitive; in 8 bits how many primitives a leaf has, or 0 |
//! | primitive | 48 | a triangle's corner and the way to the others, or a sphere's centre and radius; 16 bits each for kind, material, number among the lamps or 65,535, and the corners' normals |
//! | lamp | 4 | its primitive |
//! | normal | 12 | |
//!
//! Every unit reads the input anew, and the arbiter pays for it. So whoever makes the input does all that needs to be done
//! only once, and a unit reads nodes, primitives and normals from the bytes when a ray comes to them. What it checks before
//! is the tree's shape, on which the end of every search depends. Numbers in nodes, primitives and normals can be any:
//! wrong ones make a wrong picture, never more.

use crate::{
	primitive::Primitive,
	scene::{Camera, Material, Pattern, Scene, Settings, Sky, MAX_PRIMITIVES},
	tree::{Node, Tree},
	vector::{vec3, Vec3},
	Error,
};
use alloc::vec::Vec;

/// First four bytes of an input.
const MAGIC: [u8; 4] = *b"APTS";
/// Version of the format.
const VERSION: u32 = 2;

/// Kinds of material in their bytes.
mod kind {
	pub const DIFFUSE: u32 = 0;
	pub const COATED: u32 = 1;
	pub const METAL: u32 = 2;
	pub const GLASS: u32 = 3;
	pub const LIGHT: u32 = 4;
}

impl Scene {
	/// The scene as a job's input. Fails if the scene is not acceptable.
	pub fn encode(&self) -> Result<Vec<u8>, Error> {
		self.check()?;
		let mut out = Writer(MAGIC.to_vec());
		out.u32(VERSION);
		let Settings { width, height, tile, samples_per_batch, batches, max_bounces, seed, clamp, exposure } =
			self.settings;
		[width, height, tile, samples_per_batch, batches, max_bounces, seed]
			.into_iter()
			.for_each(|field| out.u32(field));
		out.f32s(&[clamp, exposure]);
		let Camera { eye, target, up, half_height, aperture, focus } = self.camera;
		out.vectors(&[eye, target, up]);
		out.f32s(&[half_height, aperture, focus]);
		let Sky { zenith, horizon, ground, glow_direction, glow, glow_squarings } = self.sky;
		out.vectors(&[zenith, horizon, ground, glow_direction, glow]);
		out.u32(glow_squarings);
		out.list(&self.materials, Writer::material);

		let tree = Tree::of(self);
		let (primitives, lamps) = self.in_order(&tree.order);
		out.list(&tree.nodes, |out, node| out.0.extend_from_slice(&node.to_bytes()));
		out.list(&primitives, |out, primitive| out.0.extend_from_slice(&primitive.to_bytes()));
		out.list(&lamps, |out, &place| out.u32(place));
		out.list(&self.vertices, |out, vertex| out.vectors(&[vertex.normal]));
		Ok(out.0)
	}

	/// The primitives in a tree's order, and the places of the lamps in it.
	fn in_order(&self, order: &[u16]) -> (Vec<Primitive>, Vec<u32>) {
		let mut lamps = Vec::new();
		let primitives = (0..).zip(order).map(|(place, &number)| {
			let mut primitive = self.primitive(usize::from(number));
			if matches!(self.materials[usize::from(primitive.material)], Material::Light { .. }) {
				// As many as primitives: less than 2¹⁶.
				primitive.lamp = Some(lamps.len() as u16);
				lamps.push(place);
			}
			primitive
		});
		(primitives.collect(), lamps)
	}
}

/// What all units read of an input before they follow the first ray.
#[derive(Debug)]
pub struct Input<'a> {
	/// How it is rendered.
	pub settings: Settings,
	/// From where it is seen.
	pub camera: Camera,
	/// What is around it.
	pub sky: Sky,
	/// What its surfaces are made of.
	pub materials: Vec<Material>,
	/// The nodes of the tree.
	pub nodes: &'a [[u8; Node::BYTES]],
	/// The primitives in the tree's order.
	pub primitives: &'a [[u8; Primitive::BYTES]],
	/// The places of the lamps among them.
	pub lamps: &'a [[u8; 4]],
	/// Normals of smooth surfaces.
	pub normals: &'a [[u8; 12]],
}

impl<'a> Input<'a> {
	/// Reads a job's input, and checks what comes before the lists of nodes, primitives and so on.
	pub fn read(input: &'a [u8]) -> Result<Self, Error> {
		let mut reader = Reader(input);
		if reader.array()? != MAGIC {
			return Err(Error::Format("this is not a scene"));
		}
		if reader.u32()? != VERSION {
			return Err(Error::Format("this scene has a version that is not known here"));
		}
		let input = Self {
			settings: Settings {
				width: reader.u32()?,
				height: reader.u32()?,
				tile: reader.u32()?,
				samples_per_batch: reader.u32()?,
				batches: reader.u32()?,
				max_bounces: reader.u32()?,
				seed: reader.u32()?,
				clamp: reader.f32()?,
				exposure: reader.f32()?,
			},
			camera: Camera {
				eye: reader.vector()?,
				target: reader.vector()?,
				up: reader.vector()?,
				half_height: reader.f32()?,
				aperture: reader.f32()?,
				focus: reader.f32()?,
			},
			sky: Sky {
				zenith: reader.vector()?,
				horizon: reader.vector()?,
				ground: reader.vector()?,
				glow_direction: reader.vector()?,
				glow: reader.vector()?,
				glow_squarings: reader.u32()?,
			},
			materials: reader.list::<36>()?.iter().map(|item| Reader(item).material()).collect::<Result<_, _>>()?,
			nodes: reader.list()?,
			primitives: reader.list()?,
			lamps: reader.list()?,
			normals: reader.list()?,
		};
		if !reader.0.is_empty() {
			return Err(Error::Format("bytes follow the scene's end"));
		}
		input.settings.check()?;
		input.camera.check()?;
		input.sky.check()?;
		input.materials.iter().try_for_each(Material::check)?;
		Ok(input)
	}
}

/// Two bytes of an item as a number.
#[inline(always)]
pub(crate) fn u16_at<const N: usize>(item: &[u8; N], place: usize) -> u16 {
	u16::from_le_bytes([item[place], item[place + 1]])
}

/// Four bytes of an item as a number.
#[inline(always)]
pub(crate) fn u32_at<const N: usize>(item: &[u8; N], place: usize) -> u32 {
	u32::from_le_bytes([item[place], item[place + 1], item[place + 2], item[place + 3]])
}

/// Twelve bytes of an item as a vector.
#[inline(always)]
pub(crate) fn vector_at<const N: usize>(item: &[u8; N], place: usize) -> Vec3 {
	let number = |place| f32::from_bits(u32_at(item, place));
	vec3(number(place), number(place + 4), number(place + 8))
}

struct Writer(Vec<u8>);

impl Writer {
	fn u32(&mut self, value: u32) {
		self.0.extend_from_slice(&value.to_le_bytes());
	}

	fn f32s(&mut self, values: &[f32]) {
		values.iter().for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
	}

	fn vectors(&mut self, vectors: &[Vec3]) {
		vectors.iter().for_each(|vector| self.f32s(&vector.to_array()));
	}

	/// Lists are at most twice as long as there are primitives, which [`Scene::check`] bounds.
	fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
		self.u32(items.len() as u32);
		items.iter().for_each(|item| write(self, item));
	}

	fn material(&mut self, material: &Material) {
		let (kind, first, second, numbers) = match material {
			Material::Diffuse { pattern } => (kind::DIFFUSE, pattern.first, pattern.second, [pattern.size, 0.0]),
			Material::Coated { pattern, roughness } => {
				(kind::COATED, pattern.first, pattern.second, [pattern.size, *roughness])
			},
			Material::Metal { reflectance, roughness } => (kind::METAL, *reflectance, Vec3::ZERO, [*roughness, 0.0]),
			Material::Glass { index, absorption } => (kind::GLASS, *absorption, Vec3::ZERO, [*index, 0.0]),
			Material::Light { radiance } => (kind::LIGHT, *radiance, Vec3::ZERO, [0.0; 2]),
		};
		self.u32(kind);
		self.vectors(&[first, second]);
		self.f32s(&numbers);
	}
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
	#[inline(always)]
	fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
		let (array, rest) = self.0.split_first_chunk().ok_or(Error::Format("the scene ends too early"))?;
		self.0 = rest;
		Ok(*array)
	}

	#[inline(always)]
	fn u32(&mut self) -> Result<u32, Error> {
		self.array().map(u32::from_le_bytes)
	}

	#[inline(always)]
	fn f32(&mut self) -> Result<f32, Error> {
		self.array().map(f32::from_le_bytes)
	}

	#[inline(always)]
	fn vector(&mut self) -> Result<Vec3, Error> {
		Ok(vec3(self.f32()?, self.f32()?, self.f32()?))
	}

	/// A list of items of `SIZE` bytes with its length before it.
	fn list<const SIZE: usize>(&mut self) -> Result<&'a [[u8; SIZE]], Error> {
		let length = self.u32()? as usize;
		if length > 2 * MAX_PRIMITIVES || length > self.0.len() / SIZE {
			return Err(Error::Format("a list is longer than the scene"));
		}
		let (items, rest) = self.0.split_at(length * SIZE);
		self.0 = rest;
		Ok(items.as_chunks().0)
	}

	fn material(&mut self) -> Result<Material, Error> {
		let kind = self.u32()?;
		let (first, second) = (self.vector()?, self.vector()?);
		let (x, y) = (self.f32()?, self.f32()?);
		let pattern = Pattern { first, second, size: x };
		match kind {
			kind::DIFFUSE => Ok(Material::Diffuse { pattern }),
			kind::COATED => Ok(Material::Coated { pattern, roughness: y }),
			kind::METAL => Ok(Material::Metal { reflectance: first, roughness: x }),
			kind::GLASS => Ok(Material::Glass { index: x, absorption: first }),
			kind::LIGHT => Ok(Material::Light { radiance: first }),
			_ => Err(Error::Format("a material has a kind that is not known here")),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;

	#[test]
	fn scene_should_come_back_when_written_and_read() {
		let scene = testing::room();
		let bytes = scene.encode().unwrap();
		let input = Input::read(&bytes).unwrap();
		assert_eq!(input.settings, scene.settings);
		assert_eq!(input.camera, scene.camera);
		assert_eq!(input.sky, scene.sky);
		assert_eq!(input.materials, scene.materials);
		let (primitives, lamps) = scene.in_order(&Tree::of(&scene).order);
		assert_eq!(primitives.len(), scene.primitives());
		assert!(input.primitives.iter().map(Primitive::from_bytes).eq(primitives));
		assert!(input.lamps.iter().map(|lamp| u32_at(lamp, 0)).eq(lamps));
		assert!(input.normals.iter().map(|normal| vector_at(normal, 0)).eq(scene.vertices.iter().map(|v| v.normal)));
	}

	#[test]
	fn input_should_be_refused_when_cut_anywhere_or_longer() {
		let mut bytes = testing::room().encode().unwrap();
		for length in 0..bytes.len() {
			assert!(Input::read(&bytes[..length]).is_err(), "cut to {length} bytes");
		}
		bytes.push(0);
		assert_eq!(Input::read(&bytes).unwrap_err(), Error::Format("bytes follow the scene's end"));
	}

	#[test]
	fn input_should_be_refused_when_magic_or_version_differ() {
		let bytes = testing::room().encode().unwrap();
		for place in [0, 4] {
			let mut wrong = bytes.clone();
			wrong[place] ^= 1;
			assert!(matches!(Input::read(&wrong), Err(Error::Format(_))));
		}
	}

	#[test]
	fn list_should_be_refused_when_longer_than_the_input() {
		let mut bytes = testing::room().encode().unwrap();
		// Magic, version, 7 words and 2 numbers of settings, 12 numbers of camera, 15 of sky and its word.
		let place = 4 + 4 + 9 * 4 + 12 * 4 + 16 * 4;
		assert_eq!(bytes[place], testing::room().materials.len() as u8);
		bytes[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
		assert_eq!(Input::read(&bytes).unwrap_err(), Error::Format("a list is longer than the scene"));
	}

	/// Whatever bytes come: an error or a picture, never a panic. (Every byte of a small scene, several ways.)
	#[test]
	fn input_should_render_or_be_refused_when_any_byte_is_changed() {
		let mut scene = testing::room();
		scene.settings = Settings { width: 2, height: 2, tile: 2, samples_per_batch: 1, batches: 1, ..scene.settings };
		let bytes = scene.encode().unwrap();
		for place in 0..bytes.len() {
			for flip in [0x01, 0x80, 0xff] {
				let mut wrong = bytes.clone();
				wrong[place] ^= flip;
				let affordable = Input::read(&wrong).is_ok_and(|input| input.settings.samples() <= 256);
				if affordable {
					let _ = crate::render_unit(&wrong, 0);
				}
			}
		}
	}

	#[test]
	fn scene_should_be_refused_when_a_number_is_out_of_range() {
		let broken: [fn(&mut Scene); 14] = [
			|scene| scene.settings.width = 0,
			|scene| scene.settings.tile = 65,
			|scene| scene.settings.batches = u32::MAX,
			|scene| scene.settings.exposure = f32::NAN,
			|scene| scene.camera.target = scene.camera.eye,
			|scene| scene.camera.up = scene.camera.target - scene.camera.eye,
			|scene| scene.sky.zenith.x = -1.0,
			|scene| scene.sky.glow_direction = Vec3::ZERO,
			|scene| scene.spheres[0].radius = 0.0,
			|scene| scene.spheres[0].centre.y = f32::INFINITY,
			|scene| scene.spheres[0].material = 99,
			|scene| scene.triangles[0].corners = [0, 0, 1],
			|scene| scene.triangles[0].corners = [0, 1, 999],
			|scene| scene.materials[0] = Material::Glass { index: 1.0, absorption: Vec3::ZERO },
		];
		for (case, change) in broken.into_iter().enumerate() {
			let mut scene = testing::room();
			change(&mut scene);
			assert!(matches!(scene.encode(), Err(Error::Scene(_))), "case {case}");
		}
	}
}
