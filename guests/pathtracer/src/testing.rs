//! A scene for tests.

use crate::{
	scene::{Camera, Material, Pattern, Scene, Settings, Sky, Sphere, Triangle, Vertex},
	vector::{vec3, Vec3},
};

/// A small picture with every material: spheres of lacquer, glass and light and a smooth metal triangle over a
/// checkered floor.
pub fn room() -> Scene {
	let corner = |x, y, z, normal| Vertex { position: vec3(x, y, z), normal };
	Scene {
		settings: Settings {
			width: 20,
			height: 12,
			tile: 8,
			samples_per_batch: 2,
			batches: 2,
			clamp: 10.0,
			..Settings::default()
		},
		camera: Camera { aperture: 0.05, ..Camera::default() },
		sky: Sky { zenith: vec3(0.2, 0.4, 0.8), glow: vec3(3.0, 2.0, 1.0), glow_squarings: 4, ..Sky::default() },
		materials: [
			Material::Diffuse { pattern: Pattern { first: Vec3::splat(0.8), second: Vec3::splat(0.2), size: 0.5 } },
			Material::Coated { pattern: Pattern::plain(vec3(0.7, 0.1, 0.1)), roughness: 0.2 },
			Material::Metal { reflectance: vec3(0.9, 0.7, 0.4), roughness: 0.3 },
			Material::Glass { index: 1.5, absorption: vec3(0.3, 0.1, 0.2) },
			Material::Light { radiance: Vec3::splat(8.0) },
		]
		.into(),
		spheres: [
			Sphere { centre: vec3(-1.2, 0.0, 0.0), radius: 0.6, material: 1 },
			Sphere { centre: vec3(0.2, 0.0, 0.6), radius: 0.6, material: 3 },
			Sphere { centre: vec3(0.5, 3.0, 1.0), radius: 0.5, material: 4 },
		]
		.into(),
		vertices: [
			corner(-5.0, -0.6, 5.0, Vec3::ZERO),
			corner(5.0, -0.6, 5.0, Vec3::ZERO),
			corner(5.0, -0.6, -5.0, Vec3::ZERO),
			corner(-5.0, -0.6, -5.0, Vec3::ZERO),
			corner(0.8, -0.6, -0.5, vec3(-0.3, 0.0, 1.0)),
			corner(2.2, -0.6, -0.5, vec3(0.3, 0.0, 1.0)),
			corner(1.5, 1.0, -0.6, vec3(0.0, 0.3, 1.0)),
		]
		.into(),
		triangles: [
			Triangle { corners: [0, 1, 2], material: 0 },
			Triangle { corners: [0, 2, 3], material: 0 },
			Triangle { corners: [4, 5, 6], material: 2 },
		]
		.into(),
	}
}
