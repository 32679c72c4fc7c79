//! Points, directions and colours.

use assay_guest_sdk::math::sqrt;
use core::ops::{Add, AddAssign, Div, Index, Mul, MulAssign, Neg, Sub};

/// The smaller of two numbers; the second if they do not compare. `f32::min` is not used anywhere: what it gives for
/// zeros of both signs and for what is not a number is left to the platform.
#[inline(always)]
pub fn min(a: f32, b: f32) -> f32 {
	if a < b {
		a
	} else {
		b
	}
}

/// The larger of two numbers; the second if they do not compare.
#[inline(always)]
pub fn max(a: f32, b: f32) -> f32 {
	if a > b {
		a
	} else {
		b
	}
}

/// Three numbers: a point, a direction or linear red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3 {
	/// First coordinate, or red.
	pub x: f32,
	/// Second coordinate, upwards, or green.
	pub y: f32,
	/// Third coordinate, or blue.
	pub z: f32,
}

/// Shorthand for [`Vec3`]'s constructor.
#[inline(always)]
pub const fn vec3(x: f32, y: f32, z: f32) -> Vec3 {
	Vec3 { x, y, z }
}

impl Vec3 {
	/// All zero.
	pub const ZERO: Self = Self::splat(0.0);
	/// All one.
	pub const ONE: Self = Self::splat(1.0);

	/// The same number three times.
	#[inline(always)]
	pub const fn splat(value: f32) -> Self {
		vec3(value, value, value)
	}

	/// Scalar product.
	#[inline(always)]
	pub fn dot(self, other: Self) -> f32 {
		self.x * other.x + self.y * other.y + self.z * other.z
	}

	/// Vector product.
	#[inline(always)]
	pub fn cross(self, other: Self) -> Self {
		vec3(
			self.y * other.z - self.z * other.y,
			self.z * other.x - self.x * other.z,
			self.x * other.y - self.y * other.x,
		)
	}

	/// Length.
	#[inline(always)]
	pub fn length(self) -> f32 {
		sqrt(self.dot(self))
	}

	/// The same direction with length 1.
	#[inline(always)]
	pub fn normalized(self) -> Self {
		self * (1.0 / self.length())
	}

	/// Applies a function to each component.
	#[inline(always)]
	pub fn map(self, f: impl Fn(f32) -> f32) -> Self {
		vec3(f(self.x), f(self.y), f(self.z))
	}

	/// The smaller component of each pair.
	#[inline(always)]
	pub fn min(self, other: Self) -> Self {
		vec3(min(self.x, other.x), min(self.y, other.y), min(self.z, other.z))
	}

	/// The larger component of each pair.
	#[inline(always)]
	pub fn max(self, other: Self) -> Self {
		vec3(max(self.x, other.x), max(self.y, other.y), max(self.z, other.z))
	}

	/// The largest of the three.
	#[inline(always)]
	pub fn largest(self) -> f32 {
		max(self.x, max(self.y, self.z))
	}

	/// How bright a colour looks (the weights of Rec. 709).
	#[inline(always)]
	pub fn luminance(self) -> f32 {
		self.dot(vec3(0.2126, 0.7152, 0.0722))
	}

	/// From `self` at 0 to `other` at 1.
	#[inline(always)]
	pub fn mix(self, other: Self, weight: f32) -> Self {
		self * (1.0 - weight) + other * weight
	}

	/// True if no component is infinite or not a number.
	#[inline(always)]
	pub fn is_finite(self) -> bool {
		self.x.is_finite() && self.y.is_finite() && self.z.is_finite()
	}

	/// The components in order.
	#[inline(always)]
	pub const fn to_array(self) -> [f32; 3] {
		[self.x, self.y, self.z]
	}
}

impl Add for Vec3 {
	type Output = Self;
	#[inline(always)]
	fn add(self, other: Self) -> Self {
		vec3(self.x + other.x, self.y + other.y, self.z + other.z)
	}
}

impl AddAssign for Vec3 {
	#[inline(always)]
	fn add_assign(&mut self, other: Self) {
		*self = *self + other;
	}
}

impl Sub for Vec3 {
	type Output = Self;
	#[inline(always)]
	fn sub(self, other: Self) -> Self {
		vec3(self.x - other.x, self.y - other.y, self.z - other.z)
	}
}

impl Neg for Vec3 {
	type Output = Self;
	#[inline(always)]
	fn neg(self) -> Self {
		vec3(-self.x, -self.y, -self.z)
	}
}

impl Mul<f32> for Vec3 {
	type Output = Self;
	#[inline(always)]
	fn mul(self, factor: f32) -> Self {
		vec3(self.x * factor, self.y * factor, self.z * factor)
	}
}

impl Mul for Vec3 {
	type Output = Self;
	/// Component by component: how a surface's colour changes the light's.
	#[inline(always)]
	fn mul(self, other: Self) -> Self {
		vec3(self.x * other.x, self.y * other.y, self.z * other.z)
	}
}

impl MulAssign<f32> for Vec3 {
	#[inline(always)]
	fn mul_assign(&mut self, factor: f32) {
		*self = *self * factor;
	}
}

impl MulAssign for Vec3 {
	#[inline(always)]
	fn mul_assign(&mut self, other: Self) {
		*self = *self * other;
	}
}

impl Div<f32> for Vec3 {
	type Output = Self;
	#[inline(always)]
	fn div(self, divisor: f32) -> Self {
		self * (1.0 / divisor)
	}
}

impl Index<usize> for Vec3 {
	type Output = f32;
	#[inline(always)]
	fn index(&self, axis: usize) -> &f32 {
		match axis {
			0 => &self.x,
			1 => &self.y,
			_ => &self.z,
		}
	}
}

/// Three directions at right angles, of which the third is a given one.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
	x: Vec3,
	y: Vec3,
	/// The given direction.
	pub z: Vec3,
}

impl Frame {
	/// A frame around `z`, which has length 1. Without branches or singular directions: Duff and others, "Building an
	/// Orthonormal Basis, Revisited", JCGT 6(1), 2017.
	#[inline(always)]
	pub fn around(z: Vec3) -> Self {
		let sign = if z.z >= 0.0 { 1.0 } else { -1.0 };
		let a = -1.0 / (sign + z.z);
		let b = z.x * z.y * a;
		Self { x: vec3(1.0 + sign * z.x * z.x * a, sign * b, -sign * z.x), y: vec3(b, sign + z.y * z.y * a, -z.y), z }
	}

	/// A direction of the world seen from the frame.
	#[inline(always)]
	pub fn to_local(self, v: Vec3) -> Vec3 {
		vec3(self.x.dot(v), self.y.dot(v), self.z.dot(v))
	}

	/// A direction of the frame seen from the world.
	#[inline(always)]
	pub fn to_world(self, v: Vec3) -> Vec3 {
		self.x * v.x + self.y * v.y + self.z * v.z
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::sampling::{sphere, Sampler};

	#[test]
	fn minimum_should_be_the_second_when_the_first_is_not_a_number() {
		assert_eq!(min(f32::NAN, 1.0), 1.0);
		assert_eq!(max(f32::NAN, 1.0), 1.0);
		assert_eq!((min(1.0, 2.0), max(1.0, 2.0)), (1.0, 2.0));
	}

	#[test]
	fn frame_should_be_orthonormal_for_any_direction() {
		let mut sampler = Sampler::new(1, 0, 0);
		let directions =
			(0..1_000).map(|_| sphere(sampler.next_2d())).chain([vec3(0.0, 0.0, -1.0), vec3(0.0, 0.0, 1.0)]);
		for z in directions {
			let frame = Frame::around(z);
			let v = frame.to_world(vec3(0.2, -0.4, 0.6));
			assert!((v.length() - vec3(0.2, -0.4, 0.6).length()).abs() < 1e-5);
			assert!((frame.to_local(v) - vec3(0.2, -0.4, 0.6)).length() < 1e-5);
			assert!(frame.to_world(vec3(0.0, 0.0, 1.0)).dot(z) > 0.999_99);
		}
	}
}
