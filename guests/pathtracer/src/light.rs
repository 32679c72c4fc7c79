//! The lamps of a scene, and how a surface asks them for light.

use crate::{
	sampling::{cone, cone_density, triangle},
	shape::Shape,
	vector::{max, Frame, Vec3},
};
use alloc::vec::Vec;

/// A primitive that shines.
#[derive(Clone, Copy, Debug)]
struct Lamp {
	shape: Shape,
	radiance: Vec3,
	area: f32,
	centre: Vec3,
	/// Square of the distance below which it does not count as nearer: about its size.
	size_squared: f32,
	power: f32,
}

/// All lamps.
#[derive(Debug, Default)]
pub struct Lamps {
	lamps: Vec<Lamp>,
}

/// Light that may come from a lamp, if nothing is in between.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
	/// Where the lamp is.
	pub direction: Vec3,
	/// How far the point of the lamp is.
	pub distance: f32,
	/// What it emits towards the point.
	pub radiance: Vec3,
	/// With what density this direction was chosen.
	pub density: f32,
}

impl Lamps {
	/// Lamps of shapes and their radiance, in the order by which they are then named.
	pub fn new(shining: impl Iterator<Item = (Shape, Vec3)>) -> Self {
		let lamps = shining.map(|(shape, radiance)| {
			let (area, bounds) = (shape.area(), shape.bounds());
			let size = bounds.high - bounds.low;
			Lamp {
				shape,
				radiance,
				area,
				centre: bounds.middle() * 0.5,
				size_squared: 0.25 * size.dot(size),
				power: radiance.luminance() * area,
			}
		});
		Self { lamps: lamps.collect() }
	}

	/// The importance of all lamps for a point together.
	fn importance(&self, point: Vec3) -> f32 {
		self.lamps.iter().fold(0.0, |sum, lamp| sum + lamp.importance(point))
	}

	/// Light from one lamp at a point, chosen by its importance there: what is near and strong is asked often. `None`
	/// if there is no lamp or the one chosen cannot shine there.
	pub fn ask(&self, point: Vec3, choice: f32, uv: (f32, f32)) -> Option<Ask> {
		let (last, others) = self.lamps.split_last()?;
		let all = self.importance(point);
		let mut rest = choice * all;
		let mut chosen = last;
		for lamp in others {
			let importance = lamp.importance(point);
			if rest < importance {
				chosen = lamp;
				break;
			}
			rest -= importance;
		}
		let share = chosen.importance(point) / all;
		match chosen.shape {
			Shape::Sphere { centre, radius } => {
				let to_centre = centre - point;
				let width = Shape::cone_width(radius, to_centre.dot(to_centre))?;
				let direction = Frame::around(to_centre.normalized()).to_world(cone(uv, width));
				let ray = crate::shape::Ray { origin: point, direction };
				// At the very edge rounding may lose the sphere; its nearest point is as far as the tangent's.
				let distance = chosen.shape.meet(&ray, f32::INFINITY).map_or(to_centre.dot(direction), |m| m.distance);
				let density = share * cone_density(width);
				Some(Ask { direction, distance, radiance: chosen.radiance, density })
			},
			Shape::Triangle { corner, second, third } => {
				let (u, v) = triangle(uv);
				let to_lamp = corner + second * u + third * v - point;
				let distance = to_lamp.length();
				let direction = to_lamp / distance;
				let density = share * chosen.density(point, direction, distance)?;
				Some(Ask { direction, distance, radiance: chosen.radiance, density })
			},
		}
	}

	/// What lamp number `lamp` emits against a ray from `point` that met it, and the density with which [`Self::ask`]
	/// chooses that direction. Nothing and 0 at the back of a triangle, and if there is no such lamp.
	pub fn met(&self, lamp: u16, point: Vec3, direction: Vec3, distance: f32) -> (Vec3, f32) {
		let Some(lamp) = self.lamps.get(usize::from(lamp)) else { return (Vec3::ZERO, 0.0) };
		lamp.density(point, direction, distance).map_or((Vec3::ZERO, 0.0), |density| {
			(lamp.radiance, density * lamp.importance(point) / self.importance(point))
		})
	}
}

impl Lamp {
	/// About how much light it brings to a point.
	#[inline(always)]
	fn importance(&self, point: Vec3) -> f32 {
		let to_lamp = self.centre - point;
		self.power / max(to_lamp.dot(to_lamp), self.size_squared)
	}

	/// Density by solid angle at `point` of choosing the direction once the lamp is chosen; `None` if it does not shine
	/// that way.
	fn density(&self, point: Vec3, direction: Vec3, distance: f32) -> Option<f32> {
		match self.shape {
			Shape::Sphere { centre, radius } => {
				let to_centre = centre - point;
				let width = Shape::cone_width(radius, to_centre.dot(to_centre))?;
				Some(cone_density(width))
			},
			Shape::Triangle { .. } => {
				let cos = -self.shape.normal(point).dot(direction);
				(cos > 1e-6).then(|| distance * distance / (self.area * cos))
			},
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{sampling::Sampler, shape::Ray, vector::vec3};

	fn lamps() -> Lamps {
		let triangle =
			Shape::Triangle { corner: vec3(-1.0, 3.0, -1.0), second: vec3(2.0, 0.0, 0.0), third: vec3(0.0, 0.0, 2.0) };
		let sphere = Shape::Sphere { centre: vec3(3.0, 2.0, 0.0), radius: 0.5 };
		Lamps::new([(triangle, Vec3::ONE * 2.0), (sphere, vec3(3.0, 2.0, 1.0))].into_iter())
	}

	#[test]
	fn density_should_be_the_same_when_asked_and_when_met() {
		let lamps = lamps();
		let point = vec3(0.2, 0.0, 0.3);
		let mut sampler = Sampler::new(21, 0, 0);
		let mut asked = 0;
		for _ in 0..500 {
			let Some(ask) = lamps.ask(point, sampler.next_1d(), sampler.next_2d()) else { continue };
			asked += 1;
			let ray = Ray { origin: point, direction: ask.direction };
			let met = (0..2u16)
				.filter(|&lamp| lamps.lamps[usize::from(lamp)].shape.meet(&ray, 100.0).is_some())
				.map(|lamp| lamps.met(lamp, point, ask.direction, ask.distance))
				.find(|(radiance, _)| *radiance == ask.radiance);
			// Points on an edge may be missed.
			if let Some((_, density)) = met {
				assert!((density / ask.density - 1.0).abs() < 1e-4);
			}
		}
		// The triangle's front looks down (to the point), so both lamps answer.
		assert_eq!(asked, 500);
	}

	#[test]
	fn irradiance_should_agree_with_theory_when_a_sphere_is_overhead() {
		// E = π L sin² θ for a sphere of angular radius θ straight above.
		let lamps = Lamps::new([(Shape::Sphere { centre: vec3(0.0, 2.0, 0.0), radius: 1.0 }, Vec3::ONE)].into_iter());
		let count = 4_096;
		let sum: f32 = (0..count)
			.filter_map(|sample| lamps.ask(Vec3::ZERO, 0.5, Sampler::new(22, sample, count).next_2d()))
			.map(|ask| ask.direction.y / ask.density)
			.sum();
		let right = core::f32::consts::PI * 0.25;
		assert!((sum / count as f32 / right - 1.0).abs() < 1e-3);
	}

	#[test]
	fn lamp_should_not_shine_when_seen_from_behind_or_inside() {
		let lamps = lamps();
		assert!(lamps.ask(vec3(0.0, 5.0, 0.0), 0.0, (0.5, 0.5)).is_none());
		assert_eq!(lamps.met(0, vec3(0.0, 5.0, 0.0), vec3(0.0, -1.0, 0.0), 2.0), (Vec3::ZERO, 0.0));
		assert!(lamps.ask(vec3(3.0, 2.1, 0.0), 0.999, (0.5, 0.5)).is_none());
		assert!(Lamps::default().ask(Vec3::ZERO, 0.5, (0.5, 0.5)).is_none());
	}
}
