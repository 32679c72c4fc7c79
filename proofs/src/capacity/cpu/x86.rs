//! The inner loops for processors of the x86-64 family, in three widths.
//!
//! All of the crate's unsafe code is in this file and compiled with feature `native` only: it calls functions for
//! instructions that the processor was asked for ([`available`]), reads whole [`Word`]s, and gives tiles to AMX, for
//! which the compiler has no stable functions yet.

#![allow(unsafe_code)]

use super::{portable, Instructions, Pair, View, Word, EDGE, LANES};
use crate::capacity::expand::{state, Side, DOUBLE_ROUNDS, WORDS};
use core::arch::x86_64::*;
use std::{
	arch::{asm, is_x86_feature_detected},
	marker::PhantomData,
	sync::OnceLock,
};

/// Whether this machine has these instructions, and the system lets programs use them.
pub fn available(instructions: Instructions) -> bool {
	match instructions {
		Instructions::Portable => true,
		Instructions::Avx2 => is_x86_feature_detected!("avx2"),
		Instructions::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni"),
		Instructions::Amx => is_x86_feature_detected!("avx512f") && amx::available(),
	}
}

/// Expand the 16 lines from `first` on, laid out as [`add_square`] takes them.
pub fn fill(instructions: Instructions, key: &[u32; 8], side: Side, first: u32, panel: &mut [Word]) {
	match instructions {
		Instructions::Portable => portable::fill(key, side, first, panel),
		// SAFETY: a kernel has only instructions that are available.
		Instructions::Avx2 => unsafe { avx2::fill(key, side, first, panel) },
		// SAFETY: as above.
		Instructions::Avx512 | Instructions::Amx => unsafe { avx512::fill(key, side, first, panel) },
	}
	match (instructions, side) {
		// The instruction takes bytes without a sign there: 128 is added to each entry.
		(Instructions::Avx512, Side::Columns) => {
			panel.iter_mut().flat_map(|word| &mut word.0).for_each(|word| *word ^= 0x8080_8080);
		},
		// A tile is 16 rows of 64 bytes.
		(Instructions::Amx, Side::Rows) => panel.as_chunks_mut().0.iter_mut().for_each(transpose),
		_ => (),
	}
}

/// Change rows and columns of 16 × 16 words.
fn transpose(words: &mut [Word; LANES]) {
	let before = *words;
	for (row, word) in words.iter_mut().enumerate() {
		for (entry, before) in word.0.iter_mut().zip(&before) {
			*entry = before.0[row];
		}
	}
}

/// Add the product of 32 rows with 32 columns to the first 32 of each `stride` entries.
///
/// [`Ready`] must be alive on this thread.
pub fn add_square(instructions: Instructions, a: Pair, b: Pair, square: &mut [u32], stride: usize) {
	match instructions {
		Instructions::Portable => portable::add_square(a, b, square, stride),
		// SAFETY: a kernel has only instructions that are available.
		Instructions::Avx2 => unsafe { avx2::add_square(a, b, square, stride) },
		// SAFETY: as above.
		Instructions::Avx512 => unsafe { avx512::add_square(a, b, square, stride) },
		// SAFETY: as above, and this thread is ready for tiles.
		Instructions::Amx => unsafe { amx::add_square(a, b, square, stride) },
	}
}

/// What must be done on a thread before its calls of [`add_square`], and undone after.
pub struct Ready {
	tiles: bool,
	/// Tiles are this thread's.
	_thread: PhantomData<*const ()>,
}

impl Ready {
	/// Get ready to add the product of rows `a` to `product`.
	pub fn new(instructions: Instructions, a: View, product: &mut [u32], columns: usize) -> Self {
		match instructions {
			// SAFETY: a kernel has only instructions that are available.
			Instructions::Avx512 => unsafe { avx512::take_off(a, product, columns) },
			Instructions::Amx => amx::configure(),
			_ => (),
		}
		Self { tiles: instructions == Instructions::Amx, _thread: PhantomData }
	}
}

impl Drop for Ready {
	fn drop(&mut self) {
		if self.tiles {
			amx::release();
		}
	}
}

mod avx2 {
	use super::*;

	/// A state of eight lines: vectors of one word of each.
	type State = [__m256i; WORDS];

	#[target_feature(enable = "avx2")]
	pub fn fill(key: &[u32; 8], side: Side, first: u32, panel: &mut [Word]) {
		let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
		for (counter, words) in (0..).zip(panel.as_chunks_mut::<WORDS>().0) {
			for half in 0..2 {
				let line = first.wrapping_add(8 * half);
				let mut before = state(key, side, line, counter).map(|word| _mm256_set1_epi32(word as i32));
				before[14] = _mm256_add_epi32(before[14], lanes);
				let after = rounds(before);
				for ((word, after), before) in words.iter_mut().zip(after).zip(before) {
					let half = &mut word.0.as_chunks_mut::<8>().0[half as usize];
					// SAFETY: there is room for eight words, in any alignment.
					unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), _mm256_add_epi32(after, before)) };
				}
			}
		}
	}

	#[target_feature(enable = "avx2")]
	#[inline]
	fn rounds(mut x: State) -> State {
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
		x
	}

	#[target_feature(enable = "avx2")]
	#[inline]
	fn quarter<const A: usize, const B: usize, const C: usize, const D: usize>(x: &mut State) {
		x[A] = _mm256_add_epi32(x[A], x[B]);
		x[D] = rotate::<16, 16>(_mm256_xor_si256(x[D], x[A]));
		x[C] = _mm256_add_epi32(x[C], x[D]);
		x[B] = rotate::<12, 20>(_mm256_xor_si256(x[B], x[C]));
		x[A] = _mm256_add_epi32(x[A], x[B]);
		x[D] = rotate::<8, 24>(_mm256_xor_si256(x[D], x[A]));
		x[C] = _mm256_add_epi32(x[C], x[D]);
		x[B] = rotate::<7, 25>(_mm256_xor_si256(x[B], x[C]));
	}

	#[target_feature(enable = "avx2")]
	#[inline]
	fn rotate<const LEFT: i32, const RIGHT: i32>(x: __m256i) -> __m256i {
		_mm256_or_si256(_mm256_slli_epi32::<LEFT>(x), _mm256_srli_epi32::<RIGHT>(x))
	}

	/// Two rows with 16 columns at a time: eight sums of 256 bits.
	#[target_feature(enable = "avx2")]
	pub fn add_square(a: Pair, b: Pair, square: &mut [u32], stride: usize) {
		for (panel, rows) in a.into_iter().zip(square.chunks_mut(LANES * stride)) {
			for (row, rows) in (0..LANES).step_by(2).zip(rows.chunks_mut(2 * stride)) {
				for (columns, b) in b.into_iter().enumerate() {
					let sums = two_rows(panel, row, b);
					for (sums, entries) in sums.into_iter().zip(rows.chunks_mut(stride)) {
						let Some(entries) = entries.as_chunks_mut::<LANES>().0.get_mut(columns) else { continue };
						let (low, high) = (in_order(sums[0], sums[1]), in_order(sums[2], sums[3]));
						for (half, sums) in entries.as_chunks_mut::<8>().0.iter_mut().zip([low, high]) {
							let half = half.as_mut_ptr().cast();
							// SAFETY: there are eight entries, in any alignment.
							unsafe { _mm256_storeu_si256(half, _mm256_add_epi32(_mm256_loadu_si256(half), sums)) };
						}
					}
				}
			}
		}
	}

	/// For each of two rows the products with four columns a vector, each in two neighbouring parts.
	#[target_feature(enable = "avx2")]
	#[inline]
	fn two_rows(a: &[Word], row: usize, b: &[Word]) -> [[__m256i; 4]; 2] {
		let mut sums = [[_mm256_setzero_si256(); 4]; 2];
		for (a, b) in a.iter().zip(b) {
			let a = [a.0[row], a.0[row | 1]].map(|word| _mm256_cvtepi8_epi16(_mm_set1_epi32(word as i32)));
			for (column, b) in b.0.as_chunks::<4>().0.iter().enumerate() {
				// SAFETY: there are four words, in any alignment.
				let b = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
				// A product of two bytes takes 15 bits, so that the sum of two is exact.
				sums[0][column] = _mm256_add_epi32(sums[0][column], _mm256_madd_epi16(a[0], b));
				sums[1][column] = _mm256_add_epi32(sums[1][column], _mm256_madd_epi16(a[1], b));
			}
		}
		sums
	}

	/// The sums of eight columns in order, of two vectors of four in two parts.
	#[target_feature(enable = "avx2")]
	#[inline]
	fn in_order(low: __m256i, high: __m256i) -> __m256i {
		_mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(low, high))
	}
}

mod avx512 {
	use super::*;

	/// A state of 16 lines: vectors of one word of each.
	type State = [__m512i; WORDS];

	/// Rows that are multiplied at a time with 32 columns: 16 sums of 512 bits.
	const ROWS: usize = 8;

	#[target_feature(enable = "avx512f")]
	pub fn fill(key: &[u32; 8], side: Side, first: u32, panel: &mut [Word]) {
		let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
		for (counter, words) in (0..).zip(panel.as_chunks_mut::<WORDS>().0) {
			let mut before = state(key, side, first, counter).map(|word| _mm512_set1_epi32(word as i32));
			before[14] = _mm512_add_epi32(before[14], lanes);
			let after = rounds(before);
			for ((word, after), before) in words.iter_mut().zip(after).zip(before) {
				// SAFETY: a word has 64 bytes and is aligned to as many.
				unsafe { _mm512_store_si512(word.0.as_mut_ptr().cast(), _mm512_add_epi32(after, before)) };
			}
		}
	}

	#[target_feature(enable = "avx512f")]
	#[inline]
	fn rounds(mut x: State) -> State {
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
		x
	}

	#[target_feature(enable = "avx512f")]
	#[inline]
	fn quarter<const A: usize, const B: usize, const C: usize, const D: usize>(x: &mut State) {
		x[A] = _mm512_add_epi32(x[A], x[B]);
		x[D] = _mm512_rol_epi32::<16>(_mm512_xor_si512(x[D], x[A]));
		x[C] = _mm512_add_epi32(x[C], x[D]);
		x[B] = _mm512_rol_epi32::<12>(_mm512_xor_si512(x[B], x[C]));
		x[A] = _mm512_add_epi32(x[A], x[B]);
		x[D] = _mm512_rol_epi32::<8>(_mm512_xor_si512(x[D], x[A]));
		x[C] = _mm512_add_epi32(x[C], x[D]);
		x[B] = _mm512_rol_epi32::<7>(_mm512_xor_si512(x[B], x[C]));
	}

	#[target_feature(enable = "avx512f")]
	#[inline]
	fn load(word: &Word) -> __m512i {
		// SAFETY: a word has 64 bytes and is aligned to as many.
		unsafe { _mm512_load_si512(word.0.as_ptr().cast()) }
	}

	/// Take from each row of `product` what the 128 added to each entry of B adds to it: 128 times the sum of the row of A.
	#[target_feature(enable = "avx512f,avx512vnni")]
	pub fn take_off(a: View, product: &mut [u32], columns: usize) {
		let ones = _mm512_set1_epi8(1);
		for (panel, rows) in a.words.chunks_exact(a.depth.max(1)).zip(product.chunks_mut(LANES * columns)) {
			let mut sums = _mm512_setzero_si512();
			for word in panel {
				sums = _mm512_dpbusd_epi32(sums, ones, load(word));
			}
			let mut surplus = Word([0; LANES]);
			// SAFETY: a word has 64 bytes and is aligned to as many.
			unsafe { _mm512_store_si512(surplus.0.as_mut_ptr().cast(), _mm512_slli_epi32::<7>(sums)) };
			for (row, surplus) in rows.chunks_mut(columns).zip(surplus.0) {
				row.iter_mut().for_each(|entry| *entry = entry.wrapping_sub(surplus));
			}
		}
	}

	#[target_feature(enable = "avx512f,avx512vnni")]
	pub fn add_square(a: Pair, b: Pair, square: &mut [u32], stride: usize) {
		for (panel, rows) in a.into_iter().zip(square.chunks_mut(LANES * stride)) {
			let (upper, lower) = rows.split_at_mut_checked(ROWS * stride).unwrap_or_default();
			add_rows::<0>(panel, b, upper, stride);
			add_rows::<ROWS>(panel, b, lower, stride);
		}
	}

	#[target_feature(enable = "avx512f,avx512vnni")]
	#[inline]
	fn add_rows<const FIRST: usize>(a: &[Word], [left, right]: Pair, rows: &mut [u32], stride: usize) {
		let mut sums = [[_mm512_setzero_si512(); 2]; ROWS];
		for ((a, left), right) in a.iter().zip(left).zip(right) {
			let (left, right) = (load(left), load(right));
			for (sums, word) in sums.iter_mut().zip(&a.0[FIRST..FIRST + ROWS]) {
				let a = _mm512_set1_epi32(*word as i32);
				sums[0] = _mm512_dpbusd_epi32(sums[0], left, a);
				sums[1] = _mm512_dpbusd_epi32(sums[1], right, a);
			}
		}
		for (row, sums) in rows.chunks_mut(stride).zip(sums) {
			for (entries, sums) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
				let entries = entries.as_mut_ptr().cast();
				// SAFETY: there are 16 entries, in any alignment.
				unsafe { _mm512_storeu_si512(entries, _mm512_add_epi32(_mm512_loadu_si512(entries), sums)) };
			}
		}
	}
}

mod amx {
	use super::*;

	/// Bytes of a tile's row.
	const ROW: usize = 64;

	/// What a thread's tiles are, as the instruction takes it: eight of 16 rows of 64 bytes.
	#[repr(C, align(64))]
	struct Configuration {
		palette: u8,
		start_row: u8,
		reserved: [u8; 14],
		bytes_per_row: [u16; 16],
		rows: [u8; 16],
	}

	static CONFIGURATION: Configuration = Configuration {
		palette: 1,
		start_row: 0,
		reserved: [0; 14],
		bytes_per_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
		rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
	};

	/// Whether there are tiles, products of bytes on them, and the system's leave.
	pub fn available() -> bool {
		static AVAILABLE: OnceLock<bool> = OnceLock::new();
		*AVAILABLE.get_or_init(|| {
			let features = __cpuid_count(7, 0).edx;
			let (tiles, bytes) = (features >> 24 & 1, features >> 25 & 1);
			tiles & bytes == 1 && permitted()
		})
	}

	/// Ask for leave to use tiles, for this process and all its threads. The system then keeps their contents.
	#[cfg(target_os = "linux")]
	fn permitted() -> bool {
		const ARCH_PRCTL: i64 = 158;
		const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
		const TILE_DATA: u64 = 18;
		let mut result = ARCH_PRCTL;
		// SAFETY: this call of the system touches no memory of ours, and fails with a number where it is not known.
		unsafe {
			asm!(
				"syscall",
				inlateout("rax") result,
				in("rdi") ARCH_REQ_XCOMP_PERM,
				in("rsi") TILE_DATA,
				lateout("rcx") _,
				lateout("r11") _,
				options(nostack),
			);
		}
		result == 0
	}

	#[cfg(not(target_os = "linux"))]
	fn permitted() -> bool {
		false
	}

	/// Set up this thread's tiles.
	pub fn configure() {
		// SAFETY: there are tiles, since a kernel has only instructions that are available; the configuration is a valid one.
		unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIGURATION, options(nostack, preserves_flags)) };
	}

	/// Give them up.
	pub fn release() {
		// SAFETY: as for `configure`.
		unsafe { asm!("tilerelease", options(nostack, preserves_flags)) };
	}

	/// Four tiles of sums, of two of rows and two of columns.
	///
	/// # Safety
	///
	/// [`configure`] was called on this thread, and since then not [`release`].
	pub unsafe fn add_square(a: Pair, b: Pair, square: &mut [u32], stride: usize) {
		let ([a0, a1], [b0, b1]) = (a, b);
		let words = a0.len();
		let alike = [a1, b0, b1].iter().all(|panel| panel.len() == words);
		if !alike || words == 0 || !words.is_multiple_of(LANES) || square.len() < (EDGE - 1) * stride + EDGE {
			debug_assert!(false, "not two panels by two, or no room for their product");
			return;
		}
		let stride = stride * size_of::<u32>();
		// SAFETY: this thread's tiles are set up. Sixteen words make a tile, and all four panels have `words / 16`. Of `square` the first 32 entries of 32 rows are read and written, the
		// last of which was seen to be within.
		unsafe {
			let upper = square.as_mut_ptr();
			let lower = upper.byte_add(LANES * stride);
			asm!(
				"tileloadd tmm0, [{upper} + {stride}]",
				"tileloadd tmm1, [{upper} + {stride} + 64]",
				"tileloadd tmm2, [{lower} + {stride}]",
				"tileloadd tmm3, [{lower} + {stride} + 64]",
				"2:",
				"tileloadd tmm4, [{a0} + {row}]",
				"tileloadd tmm6, [{b0} + {row}]",
				"tdpbssd tmm0, tmm4, tmm6",
				"tileloadd tmm7, [{b1} + {row}]",
				"tdpbssd tmm1, tmm4, tmm7",
				"tileloadd tmm5, [{a1} + {row}]",
				"tdpbssd tmm2, tmm5, tmm6",
				"tdpbssd tmm3, tmm5, tmm7",
				"add {a0}, 1024",
				"add {a1}, 1024",
				"add {b0}, 1024",
				"add {b1}, 1024",
				"dec {tiles}",
				"jnz 2b",
				"tilestored [{upper} + {stride}], tmm0",
				"tilestored [{upper} + {stride} + 64], tmm1",
				"tilestored [{lower} + {stride}], tmm2",
				"tilestored [{lower} + {stride} + 64], tmm3",
				upper = in(reg) upper,
				lower = in(reg) lower,
				stride = in(reg) stride,
				row = in(reg) ROW,
				a0 = inout(reg) a0.as_ptr() => _,
				a1 = inout(reg) a1.as_ptr() => _,
				b0 = inout(reg) b0.as_ptr() => _,
				b1 = inout(reg) b1.as_ptr() => _,
				tiles = inout(reg) words / LANES => _,
				options(nostack),
			);
		}
	}
}
