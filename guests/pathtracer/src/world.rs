//! A scene ready to be rendered, and the paths that render it.

use crate::{
	bsdf::{Bsdf, Facets},
	codec::{u32_at, vector_at, Input},
	light::{Ask, Lamps},
	primitive::Primitive,
	sampling::{disk, mix, tent, Sampler},
	scene::{Camera, Material, Pattern, Settings, Sky, Tile},
	shape::{Meeting, Ray},
	tree::{Forest, Waiting},
	vector::{max, min, Frame, Vec3},
	Error,
};
use alloc::vec::Vec;
use assay_guest_sdk::math::{exp, sqrt};

/// Paths begin to end by chance after this many surfaces: before that, nearly every path still matters.
const ROULETTE_AFTER: u32 = 2;
/// Least and largest chance that a path survives a surface.
const SURVIVAL: (f32, f32) = (0.05, 0.95);
/// Glass that the eye sees reflects at least this share of the paths: a lamp's image on it, a twenty-fifth of a bright
/// light, would else be left to a twenty-fifth of the samples. Behind other surfaces it does not pay.
const SEEN_REFLECTION: f32 = 0.25;
/// How far from a surface a new ray starts, relative to its coordinates: more than rounding puts points beside their
/// surface, less than anybody sees.
const STEP: f32 = 2e-4;

/// The camera's lens and the plane that is sharp.
#[derive(Debug)]
struct Lens {
	eye: Vec3,
	/// Length of the aperture's radius.
	right: Vec3,
	/// Length of the aperture's radius.
	up: Vec3,
	/// Upper left corner of the sharp rectangle that the picture shows.
	corner: Vec3,
	/// From one pixel's to the next pixel's part of that rectangle.
	column: Vec3,
	row: Vec3,
}

impl Lens {
	fn new(camera: &Camera, settings: &Settings) -> Self {
		let forward = (camera.target - camera.eye).normalized();
		let right = forward.cross(camera.up).normalized();
		let up = right.cross(forward);
		let pixel = 2.0 * camera.half_height * camera.focus / settings.height as f32;
		let (column, row) = (right * pixel, up * -pixel);
		let corner = camera.eye + forward * camera.focus
			- column * (0.5 * settings.width as f32)
			- row * (0.5 * settings.height as f32);
		Self { eye: camera.eye, right: right * camera.aperture, up: up * camera.aperture, corner, column, row }
	}

	/// A ray through a point of the lens and a point of the pixel.
	fn ray(&self, x: f32, y: f32, lens: (f32, f32)) -> Ray {
		let (u, v) = disk(lens);
		let origin = self.eye + self.right * u + self.up * v;
		Ray { origin, direction: (self.corner + self.column * x + self.row * y - origin).normalized() }
	}
}

/// A scene ready to be rendered.
#[derive(Debug)]
pub struct World<'a> {
	settings: Settings,
	lens: Lens,
	sky: Sky,
	materials: Vec<Material>,
	normals: &'a [[u8; 12]],
	forest: Forest<'a>,
	lamps: Lamps,
}

/// A point at which a path arrived.
struct Arrival {
	point: Vec3,
	/// Normal of the surface as it is, on the side from which it is seen.
	flat: Vec3,
	/// Around the normal of the surface as it looks, on the same side.
	frame: Frame,
	/// True if the surface is seen from behind, which for glass is from inside.
	behind: bool,
}

impl<'a> World<'a> {
	/// Prepares an input. Fails if its tree is not one or a lamp does not shine.
	pub fn new(input: Input<'a>) -> Result<Self, Error> {
		let Input { settings, camera, mut sky, materials, nodes, primitives, lamps, normals } = input;
		let forest = Forest::new(nodes, primitives)?;
		let mut shining = Vec::with_capacity(lamps.len());
		for place in lamps {
			let primitive = primitives.get(u32_at(place, 0) as usize).map(Primitive::from_bytes);
			let lamp =
				primitive.and_then(|Primitive { shape, material, .. }| match materials.get(usize::from(material)) {
					Some(Material::Light { radiance }) => Some((shape, *radiance)),
					_ => None,
				});
			shining.push(lamp.ok_or(Error::Format("a lamp does not shine"))?);
		}
		sky.glow_direction = sky.glow_direction.normalized();
		let lens = Lens::new(&camera, &settings);
		let lamps = Lamps::new(shining.into_iter());
		Ok(Self { settings, lens, sky, materials, normals, forest, lamps })
	}

	/// Sums of the radiance that `samples_per_batch` paths from `first` on bring to each pixel of a tile, row by row.
	pub fn render(&self, tile: Tile, first: u32) -> Vec<Vec3> {
		let settings = &self.settings;
		let mut waiting = Waiting::default();
		let mut sums = Vec::with_capacity((tile.width * tile.height) as usize);
		for (x, y) in tile.pixels() {
			let pixel = mix(settings.seed) ^ (y * settings.width + x);
			let mut sum = Vec3::ZERO;
			for sample in first..first + settings.samples_per_batch {
				let mut sampler = Sampler::new(pixel, sample, settings.samples());
				let (u, v) = sampler.next_2d();
				let (u, v) = (x as f32 + 0.5 + tent(u), y as f32 + 0.5 + tent(v));
				let ray = self.lens.ray(u, v, sampler.next_2d());
				let light = self.radiance(ray, &mut sampler, &mut waiting);
				// What is not a number has bits that platforms may choose: it never leaves a unit.
				if light.is_finite() {
					sum += light;
				}
			}
			sums.push(sum);
		}
		sums
	}

	/// The light that comes back along a ray: one path.
	fn radiance(&self, mut ray: Ray, sampler: &mut Sampler, waiting: &mut Waiting) -> Vec3 {
		let mut light = Vec3::ZERO;
		let mut throughput = Vec3::ONE;
		// Density with which the ray's direction was chosen; infinite if a lamp could not have been asked for it.
		let mut density = f32::INFINITY;
		// From which bounce on light has come to the path's first rough surface from another surface.
		let mut indirect = u32::MAX;
		for bounce in 0..self.settings.max_bounces {
			let Some((place, meeting)) = self.forest.nearest(&ray, waiting) else {
				return light + self.bounded(throughput * self.sky_light(ray.direction), bounce >= indirect);
			};
			let primitive = self.forest.primitive(place);
			if let Some(lamp) = primitive.lamp {
				let (emitted, asked) = self.lamps.met(lamp, ray.origin, ray.direction, meeting.distance);
				return light + self.bounded(throughput * emitted * heuristic(density, asked), bounce >= indirect);
			}
			// An input whose primitives have materials that are not there shows them black.
			let Some(material) = self.materials.get(usize::from(primitive.material)) else { return light };
			let arrival = self.arrive(&primitive, &ray, &meeting);
			let least = if bounce == 0 { SEEN_REFLECTION } else { 0.0 };
			let bsdf = match material {
				Material::Diffuse { pattern } => Bsdf::Diffuse { albedo: colour(pattern, arrival.point) },
				Material::Coated { pattern, roughness } => {
					Bsdf::Coated { albedo: colour(pattern, arrival.point), facets: Facets::new(*roughness) }
				},
				Material::Metal { reflectance, roughness } => {
					Bsdf::Metal { reflectance: *reflectance, facets: Facets::new(*roughness) }
				},
				Material::Glass { index, .. } if !arrival.behind => Bsdf::Glass { ratio: *index, least },
				Material::Glass { index, absorption } => {
					throughput *= absorption.map(|absorption| exp(-absorption * meeting.distance));
					Bsdf::Glass { ratio: 1.0 / index, least }
				},
				// Every light is a lamp.
				Material::Light { .. } => return light,
			};
			let seen = arrival.frame.to_local(-ray.direction);
			let step = arrival.flat * (STEP * max(1.0, arrival.point.map(f32::abs).largest()));
			if bsdf.is_rough() {
				indirect = indirect.min(bounce + 2);
				let asked = self.lamps.ask(arrival.point + step, sampler.next_1d(), sampler.next_2d());
				let brought =
					asked.map_or(Vec3::ZERO, |ask| self.lamp_light(&bsdf, &arrival, seen, step, &ask, waiting));
				light += self.bounded(throughput * brought, bounce + 1 >= indirect);
			}
			let Some(scattered) = bsdf.sample(seen, sampler.next_1d(), sampler.next_2d()) else { return light };
			let direction = arrival.frame.to_world(scattered.lit).normalized();
			// A smooth normal may send a reflection into the surface, and a refraction out of it.
			let leaves = direction.dot(arrival.flat) > 0.0;
			if leaves != (scattered.lit.z > 0.0) {
				return light;
			}
			throughput *= scattered.weight;
			density = scattered.density;
			ray = Ray { origin: if leaves { arrival.point + step } else { arrival.point - step }, direction };
			if bounce >= ROULETTE_AFTER {
				let survival = min(max(throughput.largest(), SURVIVAL.0), SURVIVAL.1);
				if sampler.next_1d() >= survival {
					return light;
				}
				throughput *= 1.0 / survival;
			}
		}
		light
	}

	/// The light that a surface scatters back from one lamp. `step` leads off the surface.
	fn lamp_light(
		&self,
		bsdf: &Bsdf,
		arrival: &Arrival,
		seen: Vec3,
		step: Vec3,
		ask: &Ask,
		waiting: &mut Waiting,
	) -> Vec3 {
		if ask.direction.dot(arrival.flat) <= 0.0 {
			return Vec3::ZERO;
		}
		let (scattering, density) = bsdf.evaluate(seen, arrival.frame.to_local(ask.direction));
		let ray = Ray { origin: arrival.point + step, direction: ask.direction };
		if density <= 0.0 || self.forest.blocked(&ray, ask.distance * 0.999, waiting) {
			return Vec3::ZERO;
		}
		scattering * ask.radiance * (heuristic(ask.density, density) / ask.density)
	}

	/// Where a ray arrived.
	fn arrive(&self, primitive: &Primitive, ray: &Ray, meeting: &Meeting) -> Arrival {
		let point = ray.at(meeting.distance);
		let outside = primitive.shape.normal(point);
		let behind = outside.dot(ray.direction) > 0.0;
		let flat = if behind { -outside } else { outside };
		let smooth = match primitive.normals {
			None => flat,
			Some(numbers) => {
				let [a, b, c] = numbers.map(|number| {
					self.normals.get(usize::from(number)).map_or(Vec3::ZERO, |normal| vector_at(normal, 0))
				});
				let normal = a * (1.0 - meeting.u - meeting.v) + b * meeting.u + c * meeting.v;
				let normal = if normal.dot(flat) < 0.0 { -normal } else { normal };
				// Near its outline a smooth surface may seem to be seen from behind, and normals may cancel out.
				let square = normal.dot(normal);
				if square > 1e-12 && normal.dot(ray.direction) < 0.0 {
					normal / sqrt(square)
				} else {
					flat
				}
			},
		};
		Arrival { point, flat, frame: Frame::around(smooth), behind }
	}

	/// The sky's radiance from a direction.
	fn sky_light(&self, direction: Vec3) -> Vec3 {
		let sky = &self.sky;
		let mut glow = max(direction.dot(sky.glow_direction), 0.0);
		for _ in 0..sky.glow_squarings {
			glow *= glow;
		}
		let plain = if direction.y > 0.0 { sky.horizon.mix(sky.zenith, sqrt(direction.y)) } else { sky.ground };
		plain + sky.glow * glow
	}

	/// Light that a path brings, bounded if it is indirect and the settings want it.
	#[inline(always)]
	fn bounded(&self, light: Vec3, indirect: bool) -> Vec3 {
		let luminance = light.luminance();
		if indirect && self.settings.clamp > 0.0 && luminance > self.settings.clamp {
			light * (self.settings.clamp / luminance)
		} else {
			light
		}
	}
}

/// The colour of a pattern at a point.
fn colour(pattern: &Pattern, point: Vec3) -> Vec3 {
	if pattern.size == 0.0 {
		return pattern.first;
	}
	// Truncation goes towards zero: one more below it. Wrapping, as a surface may lie further away than there are numbers.
	let square = |x: f32| ((x / pattern.size) as i32).wrapping_sub(i32::from(x < 0.0));
	if (square(point.x) ^ square(point.z)) & 1 == 0 {
		pattern.first
	} else {
		pattern.second
	}
}

/// Weight of a sample that was chosen with one density and could have been with another (Veach's power heuristic).
#[inline(always)]
fn heuristic(chosen: f32, other: f32) -> f32 {
	let ratio = other / chosen;
	1.0 / (1.0 + ratio * ratio)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		scene::{Scene, Sphere, Triangle, Vertex},
		testing,
		vector::vec3,
	};

	fn world(input: &[u8]) -> World<'_> {
		World::new(Input::read(input).unwrap()).unwrap()
	}

	/// Mean over the picture.
	fn mean(scene: Scene) -> Vec3 {
		let (settings, input) = (scene.settings.clone(), scene.encode().unwrap());
		let world = world(&input);
		let mut sum = Vec3::ZERO;
		for (tile, first) in (0..settings.units()).filter_map(|unit| settings.unit(unit)) {
			sum = world.render(tile, first).into_iter().fold(sum, |sum, pixel| sum + pixel);
		}
		sum / (settings.width * settings.height * settings.samples()) as f32
	}

	/// One sphere that fills the middle of a picture under a white sky.
	fn furnace(material: Material) -> Scene {
		Scene {
			settings: Settings {
				width: 16,
				height: 16,
				samples_per_batch: 64,
				batches: 1,
				max_bounces: 32,
				..Settings::default()
			},
			camera: Camera { eye: vec3(0.0, 0.0, 5.0), half_height: 0.15, ..Camera::default() },
			sky: Sky::default(),
			materials: [material].into(),
			spheres: [Sphere { centre: Vec3::ZERO, radius: 1.0, material: 0 }].into(),
			vertices: Vec::new(),
			triangles: Vec::new(),
		}
	}

	#[test]
	fn sphere_should_vanish_in_a_furnace_when_it_absorbs_nothing() {
		for material in [
			Material::Diffuse { pattern: Pattern::plain(Vec3::ONE) },
			Material::Metal { reflectance: Vec3::ONE, roughness: 0.0 },
			Material::Glass { index: 1.5, absorption: Vec3::ZERO },
		] {
			let seen = mean(furnace(material.clone()));
			assert!((seen - Vec3::ONE).length() < 0.01, "{material:?} looks {seen:?}");
		}
	}

	#[test]
	fn sphere_should_show_its_albedo_in_a_furnace() {
		let albedo = vec3(0.2, 0.5, 0.8);
		let seen = mean(furnace(Material::Diffuse { pattern: Pattern::plain(albedo) }));
		assert!((seen - albedo).length() < 0.01, "looks {seen:?}");
	}

	#[test]
	fn glass_should_darken_by_the_law_of_beer_when_seen_through_its_middle() {
		let mut scene = furnace(Material::Glass { index: 1.01, absorption: vec3(0.0, 0.5, 1.0) });
		scene.camera.half_height = 0.01;
		let seen = mean(scene);
		let right = vec3(1.0, exp(-1.0), exp(-2.0));
		assert!((seen - right).length() < 0.01, "looks {seen:?}");
	}

	/// A lamp may be asked for light or found by chance; which of the two a surface's roughness favours must not
	/// change what comes.
	#[test]
	fn floor_should_be_as_bright_as_theory_says_under_a_lamp() {
		let mut scene = furnace(Material::Diffuse { pattern: Pattern::plain(Vec3::ONE) });
		scene.materials.push(Material::Light { radiance: Vec3::splat(10.0) });
		(scene.sky.zenith, scene.sky.horizon, scene.sky.ground) = Default::default();
		scene.spheres = [Sphere { centre: vec3(0.0, 4.0, 0.0), radius: 1.0, material: 1 }].into();
		scene.vertices = [vec3(-50.0, 0.0, -50.0), vec3(-50.0, 0.0, 50.0), vec3(50.0, 0.0, 0.0)]
			.map(|position| Vertex { position, normal: Vec3::ZERO })
			.into();
		scene.triangles = [Triangle { corners: [0, 1, 2], material: 0 }].into();
		scene.camera = Camera { eye: vec3(0.0, 0.5, 2.0), half_height: 0.001, ..Camera::default() };
		// Radiance = irradiance / π = L sin² θ with sin θ = radius / distance.
		let seen = mean(scene);
		assert!((seen.x / (10.0 / 16.0) - 1.0).abs() < 0.01, "looks {seen:?}");
	}

	#[test]
	fn picture_should_be_the_same_when_divided_otherwise() {
		let whole =
			Settings { width: 12, height: 10, tile: 16, samples_per_batch: 4, batches: 1, ..Settings::default() };
		let parts = Settings { tile: 5, samples_per_batch: 2, batches: 2, ..whole.clone() };
		let picture = |settings: Settings| {
			let input = Scene { settings: settings.clone(), ..testing::room() }.encode().unwrap();
			let world = world(&input);
			let mut picture = alloc::vec![Vec3::ZERO; 120];
			for (tile, first) in (0..settings.units()).filter_map(|unit| settings.unit(unit)) {
				for ((x, y), pixel) in tile.pixels().zip(world.render(tile, first)) {
					picture[(y * 12 + x) as usize] += pixel;
				}
			}
			picture
		};
		for (a, b) in picture(whole).into_iter().zip(picture(parts)) {
			assert!((a - b).length() <= 1e-5 * (1.0 + a.length()));
		}
	}

	#[test]
	fn colours_should_alternate_in_a_checker_also_below_zero() {
		let pattern = Pattern { first: Vec3::ONE, second: Vec3::ZERO, size: 2.0 };
		let at = |x, z| colour(&pattern, vec3(x, 0.0, z)).x;
		assert_eq!([at(1.0, 1.0), at(3.0, 1.0), at(3.0, 3.0)], [1.0, 0.0, 1.0]);
		assert_eq!([at(-1.0, 1.0), at(-1.0, -1.0), at(-3.0, 1.0)], [0.0, 1.0, 1.0]);
		assert_eq!(colour(&Pattern::plain(Vec3::ONE), Vec3::ZERO), Vec3::ONE);
	}

	#[test]
	fn light_should_be_bounded_only_when_indirect() {
		let mut scene = testing::room();
		scene.settings.clamp = 2.0;
		let input = scene.encode().unwrap();
		let world = world(&input);
		let bright = Vec3::splat(50.0);
		assert_eq!(world.bounded(bright, false), bright);
		assert!((world.bounded(bright, true).luminance() - 2.0).abs() < 1e-5);
		assert_eq!(world.bounded(Vec3::ONE, true), Vec3::ONE);
	}

	#[test]
	fn weights_should_sum_to_one() {
		for (a, b) in [(1.0, 1.0), (0.1, 30.0), (5.0, 0.0)] {
			let other = if b == 0.0 { 0.0 } else { heuristic(b, a) };
			assert!((heuristic(a, b) + other - 1.0).abs() < 1e-6);
		}
		assert_eq!(heuristic(f32::INFINITY, 3.0), 1.0);
	}
}
