//! Objects made of triangles. Their corners are computed by exact arithmetic: a scene's text gives the same input, and
//! so the same hash, everywhere.

use assay_guest_sdk::math::sin_cos_turns;
use pathtracer::{
	scene::{Scene, Triangle, Vertex},
	vector::{vec3, Frame, Vec3},
};

/// Adds objects of one material to a scene.
pub struct Mesher<'a> {
	/// The scene.
	pub scene: &'a mut Scene,
	/// The material's number.
	pub material: u16,
}

impl Mesher<'_> {
	/// A new corner's number. Numbers beyond 16 bits wrap: the scene then has too many corners and is refused.
	fn corner(&mut self, position: Vec3, normal: Vec3) -> u16 {
		self.scene.vertices.push(Vertex { position, normal });
		(self.scene.vertices.len() - 1) as u16
	}

	fn triangle(&mut self, corners: [u16; 3]) {
		self.scene.triangles.push(Triangle { corners, material: self.material });
	}

	/// A parallelogram whose front sees `a` turn counter-clockwise to `b`.
	pub fn quad(&mut self, corner: Vec3, a: Vec3, b: Vec3) {
		let [p, q, r, s] = [corner, corner + a, corner + a + b, corner + b].map(|at| self.corner(at, Vec3::ZERO));
		self.triangle([p, q, r]);
		self.triangle([p, r, s]);
	}

	/// A crystal as quartz grows: a six-sided prism from `from` with a pointed end at `to`.
	pub fn crystal(&mut self, from: Vec3, to: Vec3, radius: f32) {
		let axis = to - from;
		let frame = Frame::around(axis.normalized());
		let shoulder = from + axis - frame.z * (1.4 * radius);
		let ring: Vec<Vec3> = (0..6u8)
			.map(|side| {
				let (sin, cos) = sin_cos_turns(f32::from(side) / 6.0);
				// Grown unevenly, as crystals are: every other side is nearer.
				let reach = if side % 2 == 0 { radius } else { 0.86 * radius };
				frame.to_world(vec3(cos, sin, 0.0)) * reach
			})
			.collect();
		let [bottom, top] = [from, shoulder].map(|centre| -> Vec<u16> {
			ring.iter().map(|&offset| self.corner(centre + offset, Vec3::ZERO)).collect()
		});
		let [foot, tip] = [from, to].map(|at| self.corner(at, Vec3::ZERO));
		for (side, next) in (0..6).map(|side| (side, (side + 1) % 6)) {
			self.triangle([foot, bottom[next], bottom[side]]);
			self.triangle([bottom[side], bottom[next], top[next]]);
			self.triangle([bottom[side], top[next], top[side]]);
			self.triangle([top[side], top[next], tip]);
		}
	}

	/// A trefoil knot: a tube that runs twice around `axis` and three times through the ring, inside a circle of
	/// `radius` (to the tube's middle).
	pub fn knot(&mut self, centre: Vec3, axis: Vec3, radius: f32, tube: f32, steps: u16, sides: u16) {
		let frame = Frame::around(axis.normalized());
		// The curve lies on a torus; its larger radius and its smaller one together are `radius`.
		let (ring, swing) = (0.68 * radius, 0.32 * radius);
		let along = |turns: f32| sin_cos_turns(turns - turns as u32 as f32);
		let mut corners = Vec::with_capacity(usize::from(steps) * usize::from(sides));
		for step in 0..steps {
			let turns = f32::from(step) / f32::from(steps);
			let ((sin2, cos2), (sin3, cos3)) = (along(2.0 * turns), along(3.0 * turns));
			let outwards = vec3(cos2, sin2, 0.0);
			let sideways = vec3(-sin2, cos2, 0.0);
			let point = outwards * (ring + swing * cos3) + vec3(0.0, 0.0, swing * sin3);
			// The curve's derivative without the factor of a full circle.
			let tangent =
				sideways * (2.0 * (ring + swing * cos3)) + (vec3(0.0, 0.0, cos3) - outwards * sin3) * (3.0 * swing);
			let tangent = tangent.normalized();
			let off = outwards * cos3 + vec3(0.0, 0.0, sin3);
			let normal = (off - tangent * off.dot(tangent)).normalized();
			let other = tangent.cross(normal);
			for side in 0..sides {
				let (sin, cos) = sin_cos_turns(f32::from(side) / f32::from(sides));
				let surface = frame.to_world(normal * cos + other * sin);
				corners.push(self.corner(centre + frame.to_world(point) + surface * tube, surface));
			}
		}
		let at =
			|step: u16, side: u16| corners[usize::from(step % steps) * usize::from(sides) + usize::from(side % sides)];
		for (step, side) in (0..steps).flat_map(|step| (0..sides).map(move |side| (step, side))) {
			let [p, q, r, s] = [at(step, side), at(step, side + 1), at(step + 1, side + 1), at(step + 1, side)];
			self.triangle([p, q, r]);
			self.triangle([p, r, s]);
		}
	}

	/// A cut stone with its flat table towards `axis`: a brilliant with eight main facets, `radius` wide at its girdle.
	pub fn gem(&mut self, centre: Vec3, axis: Vec3, radius: f32) {
		let frame = Frame::around(axis.normalized());
		let mut ring = |count: u8, shift: f32, reach: f32, height: f32| -> Vec<u16> {
			(0..count)
				.map(|side| {
					let (sin, cos) = sin_cos_turns((f32::from(side) + shift) / f32::from(count));
					let at = vec3(cos * reach, sin * reach, height) * radius;
					self.corner(centre + frame.to_world(at), Vec3::ZERO)
				})
				.collect()
		};
		// From the table down: its corners, those between crown and girdle, the girdle, and the point below.
		let table = ring(8, 0.0, 0.56, 0.36);
		let crown = ring(8, 0.5, 0.80, 0.20);
		let girdle = ring(16, 0.0, 1.0, 0.0);
		let middle = self.corner(centre + frame.z * (0.36 * radius), Vec3::ZERO);
		let point = self.corner(centre - frame.z * (0.86 * radius), Vec3::ZERO);
		for side in 0..8 {
			let next = (side + 1) % 8;
			let [near, between, far] = [2 * side, 2 * side + 1, (2 * side + 2) % 16].map(|place| girdle[place]);
			self.triangle([middle, table[side], table[next]]);
			self.triangle([table[side], crown[side], table[next]]);
			self.triangle([table[side], near, crown[side]]);
			self.triangle([crown[side], far, table[next]]);
			self.triangle([crown[side], near, between]);
			self.triangle([crown[side], between, far]);
			self.triangle([point, between, near]);
			self.triangle([point, far, between]);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeMap;

	fn scene() -> Scene {
		Scene {
			settings: Default::default(),
			camera: Default::default(),
			sky: Default::default(),
			materials: Vec::new(),
			spheres: Vec::new(),
			vertices: Vec::new(),
			triangles: Vec::new(),
		}
	}

	/// Volume inside, after making sure that there is an inside: each edge is used once in each direction.
	fn volume(make: impl FnOnce(&mut Mesher)) -> f32 {
		let mut scene = scene();
		make(&mut Mesher { scene: &mut scene, material: 0 });
		let mut edges = BTreeMap::<(u16, u16), u32>::new();
		let mut volume = 0.0;
		for Triangle { corners: [a, b, c], .. } in &scene.triangles {
			for edge in [(*a, *b), (*b, *c), (*c, *a)] {
				*edges.entry(edge).or_default() += 1;
			}
			let [p, q, r] = [a, b, c].map(|&corner| scene.vertices[usize::from(corner)].position);
			volume += p.dot(q.cross(r)) / 6.0;
		}
		for (&(a, b), &count) in &edges {
			assert_eq!((count, edges.get(&(b, a))), (1, Some(&1)), "edge {a}-{b}");
		}
		volume
	}

	#[test]
	fn solids_should_be_closed_and_turned_outwards() {
		let axis = vec3(0.3, 1.0, -0.2);
		// A tube's volume is its section's area times the curve's length, here of a fine polygon.
		let knot = volume(|mesher| mesher.knot(vec3(1.0, 2.0, 3.0), axis, 1.0, 0.1, 200, 16));
		assert!((0.25..0.40).contains(&knot), "{knot}");
		let crystal = volume(|mesher| mesher.crystal(Vec3::ZERO, vec3(0.0, 3.0, 0.0), 0.5));
		assert!((1.2..1.8).contains(&crystal), "{crystal}");
		let gem = volume(|mesher| mesher.gem(vec3(-1.0, 0.0, 0.0), axis, 1.0));
		assert!((1.2..2.2).contains(&gem), "{gem}");
	}

	#[test]
	fn smooth_normals_should_point_as_the_triangles_do() {
		let mut scene = scene();
		Mesher { scene: &mut scene, material: 0 }.knot(Vec3::ZERO, vec3(0.0, 0.0, 1.0), 1.0, 0.15, 96, 12);
		for Triangle { corners, .. } in &scene.triangles {
			let [a, b, c] = corners.map(|corner| scene.vertices[usize::from(corner)].position);
			let flat = (b - a).cross(c - a).normalized();
			for corner in corners {
				assert!(flat.dot(scene.vertices[usize::from(*corner)].normal) > 0.8);
			}
		}
	}

	#[test]
	fn quad_should_face_along_the_product_of_its_edges() {
		let mut scene = scene();
		let (a, b) = (vec3(2.0, 0.0, 0.0), vec3(0.0, 0.0, -3.0));
		Mesher { scene: &mut scene, material: 0 }.quad(Vec3::ZERO, a, b);
		for Triangle { corners, .. } in &scene.triangles {
			let [p, q, r] = corners.map(|corner| scene.vertices[usize::from(corner)].position);
			assert_eq!((q - p).cross(r - p), a.cross(b));
		}
	}
}
