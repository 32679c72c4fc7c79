//! Primitives as a job's input has them.

use crate::{
	codec::{u16_at, vector_at},
	shape::Shape,
	vector::{vec3, Vec3},
};

/// Kinds of primitive in their bytes.
const SPHERE: u16 = 0;
const TRIANGLE: u16 = 1;
/// Stands for no lamp and no normal.
const NONE: u16 = u16::MAX;

/// A primitive with what meeting it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Primitive {
	/// Its shape.
	pub shape: Shape,
	/// Its material's number.
	pub material: u16,
	/// Its number among the lamps, if it is one.
	pub lamp: Option<u16>,
	/// The numbers of the normals at a triangle's corners, if it is smooth.
	pub normals: Option<[u16; 3]>,
}

impl Primitive {
	/// How many bytes one takes.
	pub const BYTES: usize = 48;

	/// Reads one. Any bytes give one. What the caller does not use of it costs nothing.
	#[inline(always)]
	pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
		let (first, second, third) = (vector_at(bytes, 0), vector_at(bytes, 12), vector_at(bytes, 24));
		let (kind, material, lamp) = (u16_at(bytes, 36), u16_at(bytes, 38), u16_at(bytes, 40));
		let normals = [u16_at(bytes, 42), u16_at(bytes, 44), u16_at(bytes, 46)];
		Self {
			shape: if kind == SPHERE {
				Shape::Sphere { centre: first, radius: second.x }
			} else {
				Shape::Triangle { corner: first, second, third }
			},
			material,
			lamp: (lamp != NONE).then_some(lamp),
			normals: (normals[0] != NONE).then_some(normals),
		}
	}

	/// Its bytes.
	pub fn to_bytes(&self) -> [u8; Self::BYTES] {
		let (kind, vectors) = match self.shape {
			Shape::Sphere { centre, radius } => (SPHERE, [centre, vec3(radius, 0.0, 0.0), Vec3::ZERO]),
			Shape::Triangle { corner, second, third } => (TRIANGLE, [corner, second, third]),
		};
		let [a, b, c] = self.normals.unwrap_or([NONE; 3]);
		let mut bytes = [0; Self::BYTES];
		let (numbers, fields) = bytes.split_at_mut(36);
		for (place, number) in numbers.chunks_exact_mut(4).zip(vectors.into_iter().flat_map(Vec3::to_array)) {
			place.copy_from_slice(&number.to_le_bytes());
		}
		let values = [kind, self.material, self.lamp.unwrap_or(NONE), a, b, c];
		for (place, field) in fields.chunks_exact_mut(2).zip(values) {
			place.copy_from_slice(&field.to_le_bytes());
		}
		bytes
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn primitive_should_come_back_when_written_and_read() {
		let sphere = Primitive {
			shape: Shape::Sphere { centre: vec3(1.0, -2.0, 3.0), radius: 0.5 },
			material: 7,
			lamp: Some(300),
			normals: None,
		};
		let triangle = Primitive {
			shape: Shape::Triangle { corner: Vec3::ONE, second: vec3(0.0, -1.0, 2.0), third: vec3(4.0, 5.0, -6.0) },
			material: 300,
			lamp: None,
			normals: Some([1, 2, 515]),
		};
		for primitive in [sphere, triangle] {
			assert_eq!(Primitive::from_bytes(&primitive.to_bytes()), primitive);
		}
	}
}
