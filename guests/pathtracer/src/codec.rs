//! A scene as the bytes of a job's input.
//!
//! Little-endian, in this order: the magic number, the version, the settings, camera and sky field by field; then the
//! lists of materials, spheres, vertices and triangles, each with its length before it as 32 bits; then the
//! [`Tree`] that speeds rendering up: the primitives' numbers (16 bits each) in the tree's order without a length, and
//! the shape, one byte per node, with its length. A material takes 36 bytes whatever its kind: the kind, then eight
//! numbers of which the unused are zero. No bytes follow.

use crate::{
	scene::{Camera, Material, Pattern, Scene, Settings, Sky, Sphere, Triangle, Vertex, MAX_PRIMITIVES},
	tree::{primitive_bounds, Tree},
	vector::{vec3, Vec3},
	Error,
};
use alloc::vec::Vec;

/// First four bytes of an input.
const MAGIC: [u8; 4] = *b"APTS";
/// Version of the format.
const VERSION: u32 = 1;

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
		out.list(&self.spheres, |out, sphere| {
			out.vectors(&[sphere.centre]);
			out.f32s(&[sphere.radius]);
			out.u16(sphere.material);
		});
		out.list(&self.vertices, |out, vertex| out.vectors(&[vertex.position, vertex.normal]));
		out.list(&self.triangles, |out, triangle| {
			triangle.corners.into_iter().for_each(|corner| out.u16(corner));
			out.u16(triangle.material);
		});
		let tree = Tree::build(&primitive_bounds(self));
		tree.order.iter().for_each(|&primitive| out.u16(primitive));
		out.list(&tree.shape, |out, &node| out.0.push(node));
		Ok(out.0)
	}

	/// Reads and checks a job's input.
	pub fn decode(input: &[u8]) -> Result<(Self, Tree), Error> {
		let mut reader = Reader(input);
		if reader.array()? != MAGIC {
			return Err(Error::Format("this is not a scene"));
		}
		if reader.u32()? != VERSION {
			return Err(Error::Format("this scene has a version that is not known here"));
		}
		let scene = Self {
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
			materials: reader.list::<36, _>(|reader| reader.material())?,
			spheres: reader.list::<18, _>(|reader| {
				Ok(Sphere { centre: reader.vector()?, radius: reader.f32()?, material: reader.u16()? })
			})?,
			vertices: reader
				.list::<24, _>(|reader| Ok(Vertex { position: reader.vector()?, normal: reader.vector()? }))?,
			triangles: reader.list::<8, _>(|reader| {
				Ok(Triangle { corners: [reader.u16()?, reader.u16()?, reader.u16()?], material: reader.u16()? })
			})?,
		};
		scene.check()?;
		let order = reader.items::<2, _>(scene.primitives(), |reader| reader.u16())?;
		let tree = Tree { order, shape: reader.list::<1, _>(|reader| reader.array().map(|[node]| node))? };
		if !reader.0.is_empty() {
			return Err(Error::Format("bytes follow the scene's end"));
		}
		Ok((scene, tree))
	}
}

struct Writer(Vec<u8>);

impl Writer {
	fn u16(&mut self, value: u16) {
		self.0.extend_from_slice(&value.to_le_bytes());
	}

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

impl Reader<'_> {
	#[inline(always)]
	fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
		let (array, rest) = self.0.split_first_chunk().ok_or(Error::Format("the scene ends too early"))?;
		self.0 = rest;
		Ok(*array)
	}

	#[inline(always)]
	fn u16(&mut self) -> Result<u16, Error> {
		self.array().map(u16::from_le_bytes)
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
	#[inline(always)]
	fn list<const SIZE: usize, T>(
		&mut self,
		read: impl Fn(&mut Reader<'_>) -> Result<T, Error>,
	) -> Result<Vec<T>, Error> {
		let length = self.u32()? as usize;
		self.items::<SIZE, T>(length, read)
	}

	/// As many items of `SIZE` bytes. Nothing is allocated for a length that the remaining bytes cannot hold.
	#[inline(always)]
	fn items<const SIZE: usize, T>(
		&mut self,
		length: usize,
		read: impl Fn(&mut Reader<'_>) -> Result<T, Error>,
	) -> Result<Vec<T>, Error> {
		if length > 2 * MAX_PRIMITIVES || length > self.0.len() / SIZE {
			return Err(Error::Format("a list is longer than the scene"));
		}
		let (items, rest) = self.0.split_at(length * SIZE);
		self.0 = rest;
		let mut list = Vec::with_capacity(length);
		for item in items.chunks_exact(SIZE) {
			// The reader of one item has a length that the compiler knows: no field of it is checked again.
			let item: &[u8; SIZE] = item.try_into().map_err(|_| Error::Format("the scene ends too early"))?;
			list.push(read(&mut Reader(item))?);
		}
		Ok(list)
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
	fn scene_should_come_back_when_encoded_and_decoded() {
		let scene = testing::room();
		let bytes = scene.encode().unwrap();
		let (decoded, tree) = Scene::decode(&bytes).unwrap();
		assert_eq!(decoded, scene);
		assert_eq!(tree.order.len(), scene.primitives());
	}

	#[test]
	fn input_should_be_refused_when_cut_anywhere_or_longer() {
		let mut bytes = testing::room().encode().unwrap();
		for length in 0..bytes.len() {
			assert!(Scene::decode(&bytes[..length]).is_err(), "cut to {length} bytes");
		}
		bytes.push(0);
		assert_eq!(Scene::decode(&bytes), Err(Error::Format("bytes follow the scene's end")));
	}

	#[test]
	fn input_should_be_refused_when_magic_or_version_differ() {
		let bytes = testing::room().encode().unwrap();
		for place in [0, 4] {
			let mut wrong = bytes.clone();
			wrong[place] ^= 1;
			assert!(matches!(Scene::decode(&wrong), Err(Error::Format(_))));
		}
	}

	#[test]
	fn list_should_be_refused_before_allocation_when_longer_than_the_input() {
		let mut bytes = testing::room().encode().unwrap();
		// Magic, version, 7 words and 2 numbers of settings, 12 numbers of camera, 15 of sky and its word.
		let place = 4 + 4 + 9 * 4 + 12 * 4 + 16 * 4;
		assert_eq!(bytes[place], testing::room().materials.len() as u8);
		bytes[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
		assert_eq!(Scene::decode(&bytes), Err(Error::Format("a list is longer than the scene")));
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
				let affordable = Scene::decode(&wrong).is_ok_and(|(scene, _)| scene.settings.samples() <= 256);
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
