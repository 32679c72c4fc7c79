//! The two matrices of a step, expanded from its seed line by line.
//!
//! A line is a row of A or a column of B. Its `n` entries are the first `n` bytes, read as `i8`, of the ChaCha8
//! keystream with the seed as the key, and, in the layout of RFC 8439,
//!
//! ```text
//! counter = 0, 1, ...      nonce = side: u32 ‖ line: u32 ‖ 0: u32      side = 0 for rows of A, 1 for columns of B
//! ```
//!
//! So any line can be had by itself in O(n), on chain, and all lines side by side where there are vectors. Nothing is
//! kept secret by it: what is asked of the generator is that nobody can say anything about products of its lines without
//! computing them, and that it runs at a few cycles a byte inside the runtime. No attack on ChaCha with 8 rounds comes
//! near either.

use crate::Hash;
use alloc::vec::Vec;

/// Which matrix a line belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
	/// A, whose lines are rows.
	Rows = 0,
	/// B, whose lines are columns.
	Columns = 1,
}

/// Words of 32 bits in a block of keystream.
pub(super) const WORDS: usize = 16;

/// Entries of a line that one block gives.
pub(super) const BLOCK: u32 = 4 * WORDS as u32;

/// Double rounds of ChaCha8.
pub(super) const DOUBLE_ROUNDS: u32 = 4;

/// The first four words of every state: "expand 32-byte k".
pub(super) const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// A seed as the words of a key.
pub(super) fn key(seed: &Hash) -> [u32; 8] {
	let mut key = [0; 8];
	for (word, bytes) in key.iter_mut().zip(seed.as_chunks().0) {
		*word = u32::from_le_bytes(*bytes);
	}
	key
}

/// The state before the rounds.
pub(super) fn state(key: &[u32; 8], side: Side, line: u32, counter: u32) -> [u32; WORDS] {
	let [c0, c1, c2, c3] = CONSTANTS;
	let [k0, k1, k2, k3, k4, k5, k6, k7] = *key;
	[c0, c1, c2, c3, k0, k1, k2, k3, k4, k5, k6, k7, counter, side as u32, line, 0]
}

/// Block `counter` of a line's keystream.
#[inline]
pub(super) fn block(key: &[u32; 8], side: Side, line: u32, counter: u32) -> [u32; WORDS] {
	let before = state(key, side, line, counter);
	let mut x = before;
	for _ in 0..DOUBLE_ROUNDS {
		quarter::<0, 4, 8, 12>(&mut x);
		quarter::<1, 5, 9, 13>(&mut x);
		quarter::<2, 6, 10, 14>(&mut x);
		quarter::<3, 7, 11, 15>(&mut x);
		quarter::<0, 5, 10, 15>(&mut x);
		quarter::<1, 6, 11, 12>(&mut x);
		quarter::<2, 7, 8, 13>(&mut x);
		quarter::<3, 4, 9, 14>(&mut x);
	}
	for (word, before) in x.iter_mut().zip(before) {
		*word = word.wrapping_add(before);
	}
	x
}

#[inline(always)]
fn quarter<const A: usize, const B: usize, const C: usize, const D: usize>(x: &mut [u32; WORDS]) {
	x[A] = x[A].wrapping_add(x[B]);
	x[D] = (x[D] ^ x[A]).rotate_left(16);
	x[C] = x[C].wrapping_add(x[D]);
	x[B] = (x[B] ^ x[C]).rotate_left(12);
	x[A] = x[A].wrapping_add(x[B]);
	x[D] = (x[D] ^ x[A]).rotate_left(8);
	x[C] = x[C].wrapping_add(x[D]);
	x[B] = (x[B] ^ x[C]).rotate_left(7);
}

/// The blocks of a line of `n` entries, four entries to a word, the first in its lowest byte.
pub(super) fn blocks(key: [u32; 8], side: Side, line: u32, n: u32) -> impl Iterator<Item = [u32; WORDS]> {
	(0..n / BLOCK).map(move |counter| block(&key, side, line, counter))
}

/// A line of `n` entries. O(n).
///
/// `n` is rounded down to a multiple of 64; a valid `n` is one.
pub fn line(seed: &Hash, side: Side, line: u32, n: u32) -> Vec<i8> {
	blocks(key(seed), side, line, n).flatten().flat_map(|word| word.to_le_bytes().map(|byte| byte as i8)).collect()
}

/// The sum of the products of four entries with four others, mod 2³².
#[inline]
fn dot(a: u32, b: u32) -> u32 {
	let product = |a: u8, b: u8| i32::from(a as i8) * i32::from(b as i8);
	let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.to_le_bytes(), b.to_le_bytes());
	// Four products of 14 bits: no sum of them leaves an `i32`.
	(product(a0, b0) + product(a1, b1) + product(a2, b2) + product(a3, b3)) as u32
}

/// Entry (`row`, `column`) of the product of the step with this seed: one row and one column expanded and multiplied.
///
/// O(n) time, without allocating.
pub fn entry(seed: &Hash, row: u32, column: u32, n: u32) -> u32 {
	let key = key(seed);
	let mut sum = 0u32;
	for (a, b) in blocks(key, Side::Rows, row, n).zip(blocks(key, Side::Columns, column, n)) {
		for (a, b) in a.into_iter().zip(b) {
			sum = sum.wrapping_add(dot(a, b));
		}
	}
	sum
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn line_should_be_the_known_keystream_when_all_is_zero() {
		// ChaCha8 with a key, counter and nonce of zeros: the first test vector of the eSTREAM and RFC authors' lists.
		let expected = [
			0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1, 0x2c, 0x84,
			0x0e, 0xc3, 0xce, 0x9a, 0x7f, 0x3b, 0x18, 0x1b, 0xe1, 0x88, 0xef, 0x71, 0x1a, 0x1e, 0x98, 0x4c, 0xe1, 0x72,
			0xb9, 0x21, 0x6f, 0x41, 0x9f, 0x44, 0x53, 0x67, 0x45, 0x6d, 0x56, 0x19, 0x31, 0x4a, 0x42, 0xa3, 0xda, 0x86,
			0xb0, 0x01, 0x38, 0x7b, 0xfd, 0xb8, 0x0e, 0x0c, 0xfe, 0x42u8,
		];
		assert_eq!(line(&[0; 32], Side::Rows, 0, 64), expected.map(|byte| byte as i8));
	}

	#[test]
	fn lines_should_differ_when_seed_side_number_or_block_do() {
		let seed = [7; 32];
		let base = line(&seed, Side::Rows, 3, 128);
		assert_ne!(base, line(&[8; 32], Side::Rows, 3, 128));
		assert_ne!(base, line(&seed, Side::Columns, 3, 128));
		assert_ne!(base, line(&seed, Side::Rows, 4, 128));
		assert_ne!(base[..64], base[64..]);
		assert_eq!(base[..64], line(&seed, Side::Rows, 3, 64)[..]);
	}

	#[test]
	fn dot_should_be_exact_when_entries_are_extreme() {
		assert_eq!(dot(0x8080_8080, 0x8080_8080), 4 * 128 * 128);
		assert_eq!(dot(0x8080_8080, 0x7f7f_7f7f) as i32, -4 * 128 * 127);
	}

	proptest! {
		#[test]
		fn entry_should_be_the_product_of_its_lines(
			seed: Hash,
			row: u32,
			column: u32,
			n in (1u32..8).prop_map(|blocks| 64 * blocks),
		) {
			let (a, b) = (line(&seed, Side::Rows, row, n), line(&seed, Side::Columns, column, n));
			prop_assert_eq!(a.len(), n as usize);
			let sum: i64 = a.iter().zip(&b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
			prop_assert_eq!(entry(&seed, row, column, n), sum as u32);
		}
	}
}
