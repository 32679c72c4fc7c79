//! Where the randomness comes from, and how it is shaped.
//!
//! No state runs through a picture: every number is a function of (pixel, sample, draw), so that any unit can be computed
//! alone and in any order. Over the samples of one pixel each of a path's first draws forms a (0,2)-sequence: the first
//! two dimensions of Sobol's sequence, in an order and with a scrambling of its own for each draw (Burley, "Practical
//! Hash-based Owen Scrambling", JCGT 9(4), 2020). Samples that are spread so evenly leave far less noise than as many
//! independent ones.

use crate::vector::{vec3, Vec3};
use assay_guest_sdk::math::{sin_cos_turns, sqrt};
use core::f32::consts::{FRAC_1_PI, PI};

/// A well mixed function of 32 bits: the finaliser "lowbias32" of Wellons, "Prospecting for Hash Functions", 2018.
#[inline(always)]
pub fn mix(mut x: u32) -> u32 {
	x ^= x >> 16;
	x = x.wrapping_mul(0x7feb_352d);
	x ^= x >> 15;
	x = x.wrapping_mul(0x846c_a68b);
	x ^ (x >> 16)
}

/// A permutation of 32-bit words in which each bit depends only on those below it, so that on words read as reversed
/// binary fractions it is an Owen scrambling (the hash of Laine and Karras with Burley's constants).
#[inline(always)]
fn scramble_reversed(mut x: u32, seed: u32) -> u32 {
	x ^= x.wrapping_mul(0x3d20_adea);
	x = x.wrapping_add(seed);
	x = x.wrapping_mul((seed >> 16) | 1);
	x ^= x.wrapping_mul(0x0552_6c56);
	x ^ x.wrapping_mul(0x53a2_2864)
}

/// Sobol's second dimension for an index, as a binary fraction of 32 bits that is reversed. (The first is the index
/// itself.)
#[inline(always)]
fn sobol_second_reversed(mut index: u32) -> u32 {
	let mut direction = 1;
	let mut x = 0;
	while index != 0 {
		if index & 1 != 0 {
			x ^= direction;
		}
		direction ^= direction << 1;
		index >>= 1;
	}
	x
}

/// A binary fraction of 32 bits as a number from 0 up to but not including 1.
#[inline(always)]
fn fraction(x: u32) -> f32 {
	(x >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// So many draws of a path are spread evenly: those for its pixel, its lens and its first surface. Behind that the spread
/// no longer shows, and plain random numbers are much cheaper.
const EVEN_DRAWS: u32 = 6;

/// The numbers of one path.
#[derive(Clone, Debug)]
pub struct Sampler {
	/// The sample's index with its bits reversed.
	reversed: u32,
	/// Enough low bits for the indices of all samples that a pixel takes.
	mask: u32,
	seed: u32,
	/// Draws so far.
	draws: u32,
}

impl Sampler {
	/// For one sample of a pixel. `samples` is how many the pixel takes in all; `sample` is below it, and 0 of 0 gives
	/// a sampler for a single path. `pixel` tells apart pixels and pictures.
	pub fn new(pixel: u32, sample: u32, samples: u32) -> Self {
		let mask = samples.max(1).next_power_of_two().wrapping_sub(1);
		Self { reversed: sample.reverse_bits(), mask, seed: mix(pixel), draws: 0 }
	}

	/// The seed of the next draw.
	#[inline(always)]
	fn advance(&mut self) -> u32 {
		self.draws = self.draws.wrapping_add(1);
		mix(self.seed ^ self.draws.wrapping_mul(0x9e37_79b9))
	}

	/// The sample's place in the shuffled sequence of a draw.
	#[inline(always)]
	fn shuffled(&self, seed: u32) -> u32 {
		scramble_reversed(self.reversed, seed).reverse_bits() & self.mask
	}

	/// The next number from 0 up to 1.
	#[inline(always)]
	pub fn next_1d(&mut self) -> f32 {
		let seed = self.advance();
		if self.draws > EVEN_DRAWS {
			return fraction(mix(seed ^ self.reversed));
		}
		fraction(scramble_reversed(self.shuffled(seed), mix(seed)).reverse_bits())
	}

	/// The next two numbers from 0 up to 1, well spread over the square.
	#[inline(always)]
	pub fn next_2d(&mut self) -> (f32, f32) {
		let seed = self.advance();
		if self.draws > EVEN_DRAWS {
			let first = mix(seed ^ self.reversed);
			return (fraction(first), fraction(mix(first ^ seed)));
		}
		let (index, first, second) = (self.shuffled(seed), mix(seed), mix(mix(seed)));
		(
			fraction(scramble_reversed(index, first).reverse_bits()),
			fraction(scramble_reversed(sobol_second_reversed(index), second).reverse_bits()),
		)
	}
}

/// A point of the unit disk, uniform by area; squares near each other stay near (Shirley and Chiu, 1997).
pub fn disk((u, v): (f32, f32)) -> (f32, f32) {
	let (x, y) = (2.0 * u - 1.0, 2.0 * v - 1.0);
	if x == 0.0 && y == 0.0 {
		return (0.0, 0.0);
	}
	let (radius, eighths) = if x * x > y * y { (x, y / x) } else { (y, 2.0 - x / y) };
	// From -1/8 to 3/8 of a turn.
	let turns = eighths * 0.125;
	let (sin, cos) = sin_cos_turns(if turns < 0.0 { turns + 1.0 } else { turns });
	(radius * cos, radius * sin)
}

/// A direction of the upper hemisphere with density cos θ / π.
#[inline(always)]
pub fn cosine_hemisphere(uv: (f32, f32)) -> Vec3 {
	let (x, y) = disk(uv);
	let rest = 1.0 - x * x - y * y;
	vec3(x, y, if rest > 0.0 { sqrt(rest) } else { 0.0 })
}

/// Density of [`cosine_hemisphere`] for a direction's cosine to the normal.
#[inline(always)]
pub fn cosine_hemisphere_density(cos: f32) -> f32 {
	cos * FRAC_1_PI
}

/// A direction uniform over the part of the sphere around the third axis that `width`, 1 minus the cosine of the
/// largest angle, describes.
#[inline(always)]
pub fn cone((u, v): (f32, f32), width: f32) -> Vec3 {
	let down = u * width;
	// sin² = 1 - cos² written so that it keeps its digits for the narrowest cones.
	let square = down * (2.0 - down);
	let radius = if square > 0.0 { sqrt(square) } else { 0.0 };
	let (sin, cos) = sin_cos_turns(v);
	vec3(radius * cos, radius * sin, 1.0 - down)
}

/// Density of [`cone`].
#[inline(always)]
pub fn cone_density(width: f32) -> f32 {
	1.0 / (2.0 * PI * width)
}

/// A direction uniform over the whole sphere.
pub fn sphere(uv: (f32, f32)) -> Vec3 {
	cone(uv, 2.0)
}

/// Weights of a triangle's second and third corner for a point uniform by area.
#[inline(always)]
pub fn triangle((u, v): (f32, f32)) -> (f32, f32) {
	let root = sqrt(u);
	(root * (1.0 - v), root * v)
}

/// An offset from -1 to 1 with the density of a tent: sampling pixels with it is filtering with the tent.
#[inline(always)]
pub fn tent(u: f32) -> f32 {
	if u < 0.5 {
		sqrt(2.0 * u) - 1.0
	} else {
		1.0 - sqrt(2.0 - 2.0 * u)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn samples_should_fill_every_elementary_interval_when_a_power_of_two() {
		// 64 points of a (0,2)-sequence: one in each cell of every grid of 64 equal cells.
		for pixel in 0..50 {
			let mut pairs = [(0.0, 0.0); 64];
			for (sample, pair) in (0..).zip(&mut pairs) {
				let mut sampler = Sampler::new(pixel, sample, 64);
				sampler.next_1d();
				*pair = sampler.next_2d();
			}
			for columns_log2 in 0..=6 {
				let (columns, rows) = (1usize << columns_log2, 64usize >> columns_log2);
				let mut hit = [false; 64];
				for (u, v) in pairs {
					let cell = (u * columns as f32) as usize * rows + (v * rows as f32) as usize;
					assert!(!hit[cell], "two samples of pixel {pixel} in one cell of {columns}×{rows}");
					hit[cell] = true;
				}
			}
		}
	}

	#[test]
	fn samples_should_depend_on_pixel_sample_and_draw() {
		let at = |pixel, sample, skip| {
			let mut sampler = Sampler::new(pixel, sample, 16);
			for _ in 0..skip {
				sampler.next_1d();
			}
			sampler.next_2d()
		};
		assert_eq!(at(7, 3, 2), at(7, 3, 2));
		assert_ne!(at(7, 3, 2), at(8, 3, 2));
		assert_ne!(at(7, 3, 2), at(7, 4, 2));
		assert_ne!(at(7, 3, 2), at(7, 3, 1));
	}

	/// Mean of `f` over many samples.
	fn mean(f: impl Fn((f32, f32)) -> f32) -> f32 {
		let count = 1 << 14;
		(0..count).map(|sample| f(Sampler::new(5, sample, count).next_2d())).sum::<f32>() / count as f32
	}

	#[test]
	fn mean_should_be_a_half_when_uniform() {
		assert!((mean(|(u, _)| u) - 0.5).abs() < 1e-3);
		assert!((mean(|(_, v)| v) - 0.5).abs() < 1e-3);
		assert!((mean(|(u, v)| u * v) - 0.25).abs() < 1e-3);
	}

	#[test]
	fn disk_should_be_uniform_by_area() {
		assert!(
			(mean(|uv| {
				let (x, y) = disk(uv);
				x * x + y * y
			}) - 0.5)
				.abs() < 1e-3
		);
		assert!(mean(|uv| disk(uv).0).abs() < 1e-3);
		assert!(mean(|uv| disk(uv).1).abs() < 1e-3);
		assert_eq!(disk((0.5, 0.5)), (0.0, 0.0));
	}

	#[test]
	fn hemisphere_should_follow_the_cosine() {
		// E[cos θ] = ∫ cos² θ / π dω = 2/3.
		assert!((mean(|uv| cosine_hemisphere(uv).z) - 2.0 / 3.0).abs() < 1e-3);
		assert!(mean(|uv| (cosine_hemisphere(uv).length() - 1.0).abs()) < 1e-5);
	}

	#[test]
	fn cone_should_be_uniform_by_solid_angle() {
		assert!((mean(|uv| cone(uv, 0.2).z) - 0.9).abs() < 1e-4);
		assert!(mean(|uv| (sphere(uv).length() - 1.0).abs()) < 1e-5);
		assert!((cone_density(2.0) - 1.0 / (4.0 * PI)).abs() < 1e-7);
	}

	#[test]
	fn triangle_and_tent_should_have_their_means() {
		assert!((mean(|uv| triangle(uv).0) - 1.0 / 3.0).abs() < 1e-3);
		assert!((mean(|uv| triangle(uv).1) - 1.0 / 3.0).abs() < 1e-3);
		assert!(mean(|(u, _)| tent(u)).abs() < 1e-3);
		assert!((mean(|(u, _)| tent(u) * tent(u)) - 1.0 / 6.0).abs() < 1e-3);
	}
}
