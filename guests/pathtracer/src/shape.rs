//! Rays, spheres, triangles and the boxes around them.

use crate::vector::Vec3;
use assay_guest_sdk::math::sqrt;
use core::f32::consts::PI;

/// A half-line. The direction has length 1.
#[derive(Clone, Copy, Debug)]
pub struct Ray {
	/// Where it starts.
	pub origin: Vec3,
	/// Where it goes.
	pub direction: Vec3,
}

impl Ray {
	/// The point at a distance.
	#[inline(always)]
	pub fn at(&self, distance: f32) -> Vec3 {
		self.origin + self.direction * distance
	}
}

/// A primitive in the form that intersecting it likes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
	/// A sphere.
	Sphere {
		/// Its centre.
		centre: Vec3,
		/// Its radius.
		radius: f32,
	},
	/// A triangle.
	Triangle {
		/// One corner.
		corner: Vec3,
		/// From there to the second corner.
		second: Vec3,
		/// From there to the third corner.
		third: Vec3,
	},
}

/// Where a ray meets a shape.
#[derive(Clone, Copy, Debug)]
pub struct Meeting {
	/// Distance from the ray's origin.
	pub distance: f32,
	/// Weight of a triangle's second corner.
	pub u: f32,
	/// Weight of a triangle's third corner.
	pub v: f32,
}

impl Shape {
	/// The first meeting with a ray nearer than `limit`.
	#[inline(always)]
	pub fn meet(&self, ray: &Ray, limit: f32) -> Option<Meeting> {
		match *self {
			Self::Sphere { centre, radius } => {
				let to_centre = centre - ray.origin;
				let middle = to_centre.dot(ray.direction);
				// The centre's offset from the ray keeps its digits for far spheres, which b² - c would lose
				// (Haines and others, "Precision Improvements for Ray/Sphere Intersection", 2019).
				let offset = to_centre - ray.direction * middle;
				let square = radius * radius - offset.dot(offset);
				if square < 0.0 {
					return None;
				}
				let half = sqrt(square);
				let near = middle - half;
				let distance = if near > 0.0 { near } else { middle + half };
				(distance > 0.0 && distance < limit).then_some(Meeting { distance, u: 0.0, v: 0.0 })
			},
			Self::Triangle { corner, second, third } => {
				// Möller and Trumbore, 1997.
				let p = ray.direction.cross(third);
				let determinant = second.dot(p);
				if determinant == 0.0 {
					return None;
				}
				let inverse = 1.0 / determinant;
				let from_corner = ray.origin - corner;
				let u = from_corner.dot(p) * inverse;
				if !(0.0..=1.0).contains(&u) {
					return None;
				}
				let q = from_corner.cross(second);
				let v = ray.direction.dot(q) * inverse;
				if !(v >= 0.0 && u + v <= 1.0) {
					return None;
				}
				let distance = third.dot(q) * inverse;
				(distance > 0.0 && distance < limit).then_some(Meeting { distance, u, v })
			},
		}
	}

	/// The direction of length 1 that points out of the shape's front at a point of it.
	#[inline(always)]
	pub fn normal(&self, point: Vec3) -> Vec3 {
		match *self {
			Self::Sphere { centre, .. } => (point - centre).normalized(),
			Self::Triangle { second, third, .. } => second.cross(third).normalized(),
		}
	}

	/// Surface that shines when the shape is a light.
	pub fn area(&self) -> f32 {
		match *self {
			Self::Sphere { radius, .. } => 4.0 * PI * radius * radius,
			Self::Triangle { second, third, .. } => 0.5 * second.cross(third).length(),
		}
	}

	/// The smallest box around it.
	pub fn bounds(&self) -> Bounds {
		match *self {
			Self::Sphere { centre, radius } => {
				Bounds { low: centre - Vec3::splat(radius), high: centre + Vec3::splat(radius) }
			},
			Self::Triangle { corner, second, third } => {
				let (b, c) = (corner + second, corner + third);
				Bounds { low: corner.min(b).min(c), high: corner.max(b).max(c) }
			},
		}
	}

	/// How much 1 minus the cosine of the angle between a sphere's centre and its edge is, seen from a point at a
	/// squared distance from the centre; `None` from inside.
	#[inline(always)]
	pub fn cone_width(radius: f32, distance_squared: f32) -> Option<f32> {
		let sin_squared = radius * radius / distance_squared;
		// 1 - √(1 - s²) = s² / (1 + √(1 - s²)) keeps its digits when s is small.
		(sin_squared < 1.0).then(|| sin_squared / (1.0 + sqrt(1.0 - sin_squared)))
	}
}

/// An axis-aligned box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
	/// The corner with the lowest coordinates.
	pub low: Vec3,
	/// The corner with the highest coordinates.
	pub high: Vec3,
}

impl Bounds {
	/// The box of no point: joined with another it gives the other.
	pub const EMPTY: Self = Self { low: Vec3::splat(f32::INFINITY), high: Vec3::splat(f32::NEG_INFINITY) };

	/// The smallest box around both.
	#[inline(always)]
	pub fn join(self, other: Self) -> Self {
		Self { low: self.low.min(other.low), high: self.high.max(other.high) }
	}

	/// Twice the middle.
	pub fn middle(&self) -> Vec3 {
		self.low + self.high
	}

	/// Half of the surface.
	pub fn half_surface(&self) -> f32 {
		let size = self.high - self.low;
		size.x * size.y + size.y * size.z + size.z * size.x
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		sampling::{cone, sphere, triangle, Sampler},
		vector::{vec3, Frame},
	};

	const TRIANGLE: Shape =
		Shape::Triangle { corner: vec3(1.0, 2.0, 3.0), second: vec3(2.0, 0.0, 0.5), third: vec3(-0.5, 1.5, 0.0) };
	const SPHERE: Shape = Shape::Sphere { centre: vec3(1.0, -2.0, 3.0), radius: 1.5 };

	#[test]
	fn triangle_should_be_met_at_the_point_aimed_at() {
		let Shape::Triangle { corner, second, third } = TRIANGLE else { unreachable!() };
		let mut sampler = Sampler::new(3, 0, 0);
		for _ in 0..2_000 {
			let (u, v) = triangle(sampler.next_2d());
			let target = corner + second * u + third * v;
			let origin = target + sphere(sampler.next_2d()) * (0.5 + 10.0 * sampler.next_1d());
			let ray = Ray { origin, direction: (target - origin).normalized() };
			if ray.direction.dot(TRIANGLE.normal(target)).abs() < 0.05 || u < 1e-3 || v < 1e-3 || u + v > 0.999 {
				continue;
			}
			let meeting = TRIANGLE.meet(&ray, f32::INFINITY).unwrap();
			assert!((ray.at(meeting.distance) - target).length() < 1e-3);
			assert!((meeting.u - u).abs() < 1e-3 && (meeting.v - v).abs() < 1e-3);
			assert!(TRIANGLE.meet(&ray, meeting.distance * 0.99).is_none());
			let away = Ray { direction: -ray.direction, ..ray };
			assert!(TRIANGLE.meet(&away, f32::INFINITY).is_none());
		}
	}

	#[test]
	fn triangle_should_be_missed_beyond_each_edge_and_when_parallel() {
		let Shape::Triangle { corner, second, third } = TRIANGLE else { unreachable!() };
		let normal = TRIANGLE.normal(corner);
		for (u, v) in [(-0.05, 0.5), (0.5, -0.05), (0.55, 0.5)] {
			let target = corner + second * u + third * v;
			assert!(TRIANGLE.meet(&Ray { origin: target + normal, direction: -normal }, 10.0).is_none());
		}
		let flat = Ray { origin: vec3(0.0, 0.0, 1.0), direction: vec3(1.0, 0.0, 0.0) };
		let parallel = Shape::Triangle { corner: Vec3::ZERO, second: vec3(1.0, 0.0, 0.0), third: vec3(0.0, 1.0, 0.0) };
		assert!(parallel.meet(&flat, 10.0).is_none());
	}

	#[test]
	fn sphere_should_be_met_on_its_surface_from_outside_and_inside() {
		let Shape::Sphere { centre, radius } = SPHERE else { unreachable!() };
		let mut sampler = Sampler::new(4, 0, 0);
		for _ in 0..2_000 {
			let origin = centre + sphere(sampler.next_2d()) * (radius * (1.1 + 50.0 * sampler.next_1d()));
			let inner = centre + sphere(sampler.next_2d()) * (radius * 0.9 * sampler.next_1d());
			for ray in [
				Ray { origin, direction: (inner - origin).normalized() },
				Ray { origin: inner, direction: (origin - inner).normalized() },
			] {
				let meeting = SPHERE.meet(&ray, f32::INFINITY).unwrap();
				assert!(((ray.at(meeting.distance) - centre).length() / radius - 1.0).abs() < 1e-4);
			}
			let away = Ray { origin, direction: (origin - inner).normalized() };
			assert!(SPHERE.meet(&away, f32::INFINITY).is_none());
		}
	}

	#[test]
	fn cone_should_just_hold_the_sphere() {
		let Shape::Sphere { centre, radius } = SPHERE else { unreachable!() };
		let origin = vec3(4.0, 1.0, -2.0);
		let to_centre = centre - origin;
		let width = Shape::cone_width(radius, to_centre.dot(to_centre)).unwrap();
		let frame = Frame::around(to_centre.normalized());
		let met = |uv, width| {
			SPHERE.meet(&Ray { origin, direction: frame.to_world(cone(uv, width)) }, f32::INFINITY).is_some()
		};
		let mut sampler = Sampler::new(5, 0, 0);
		for _ in 0..1_000 {
			let (u, v) = sampler.next_2d();
			assert!(met((u * 0.999, v), width));
			assert!(!met((1.0, v), width * 1.01));
		}
		assert_eq!(Shape::cone_width(1.0, 0.5), None);
	}

	#[test]
	fn bounds_should_hold_the_shape_and_no_more() {
		assert_eq!(TRIANGLE.bounds(), Bounds { low: vec3(0.5, 2.0, 3.0), high: vec3(3.0, 3.5, 3.5) });
		assert_eq!(SPHERE.bounds(), Bounds { low: vec3(-0.5, -3.5, 1.5), high: vec3(2.5, -0.5, 4.5) });
		assert_eq!(Bounds::EMPTY.join(SPHERE.bounds()), SPHERE.bounds());
		assert_eq!(SPHERE.bounds().half_surface(), 27.0);
	}
}
