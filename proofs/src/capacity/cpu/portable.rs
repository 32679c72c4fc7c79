//! The inner loops in plain code.

use super::{Pair, Word, LANES};
use crate::capacity::expand::{block, Side, WORDS};

/// Expand the 16 lines from `first` on.
pub fn fill(key: &[u32; 8], side: Side, first: u32, panel: &mut [Word]) {
	for (counter, words) in (0..).zip(panel.chunks_mut(WORDS)) {
		for (lane, line) in (0..LANES).zip(first..) {
			for (word, bytes) in words.iter_mut().zip(block(key, side, line, counter)) {
				word.0[lane] = bytes;
			}
		}
	}
}

/// Add the product of 32 rows with 32 columns to the first 32 of each `stride` entries.
pub fn add_square(a: Pair, b: Pair, square: &mut [u32], stride: usize) {
	let rows = a.into_iter().flat_map(|panel| (0..LANES).map(move |lane| (panel, lane)));
	for ((a, lane), row) in rows.zip(square.chunks_mut(stride)) {
		for (b, entries) in b.into_iter().zip(row.as_chunks_mut::<LANES>().0) {
			let mut sums = [0i32; LANES];
			for (a, b) in a.iter().zip(b) {
				let [a0, a1, a2, a3] = a.0[lane].to_le_bytes().map(|byte| i32::from(byte as i8));
				for (sum, b) in sums.iter_mut().zip(b.0) {
					let [b0, b1, b2, b3] = b.to_le_bytes().map(|byte| i32::from(byte as i8));
					*sum = sum.wrapping_add(a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3);
				}
			}
			for (entry, sum) in entries.iter_mut().zip(sums) {
				*entry = entry.wrapping_add(sum as u32);
			}
		}
	}
}
