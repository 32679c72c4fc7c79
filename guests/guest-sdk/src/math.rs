//! Functions of `f32` that give the same bits in WASM and natively.
//!
//! IEEE 754 fixes the result of `+`, `-`, `*`, `/` and the square root to the last bit, and Rust never fuses or
//! reorders them. Everything else a platform's library computes as it likes; here it is computed from those five.

#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
	/// Comes with the compiler for this target. The compiler knows it and writes the instruction `f32.sqrt` in its
	/// place, followed by a test that calls the function only where the result is not a number.
	safe fn sqrtf(x: f32) -> f32;
}

/// Square root, correctly rounded; not a number for negative `x`.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
	#[cfg(target_arch = "wasm32")]
	return sqrtf(x);
	#[cfg(not(target_arch = "wasm32"))]
	return std::primitive::f32::sqrt(x);
}

/// Sine and cosine of an angle given in turns (1 is the full circle), for `turns` from 0 to 1, with an absolute error
/// below 5·10⁻⁷.
///
/// Both are exact at multiples of a quarter turn.
pub fn sin_cos_turns(turns: f32) -> (f32, f32) {
	// The nearest quarter, and what is left: at most an eighth of a turn to either side.
	let quarter = (turns * 4.0 + 0.5) as u32;
	let x = (turns - quarter as f32 * 0.25) * core::f32::consts::TAU;
	let x2 = x * x;
	// Taylor's polynomials: at π/4 the first term left out is 3·10⁻⁷ of a sine's and 3·10⁻⁸ of a cosine's value.
	let sin = x * (1.0 + x2 * (-1.0 / 6.0 + x2 * (1.0 / 120.0 + x2 * (-1.0 / 5_040.0))));
	let cos = 1.0 + x2 * (-0.5 + x2 * (1.0 / 24.0 + x2 * (-1.0 / 720.0 + x2 * (1.0 / 40_320.0))));
	match quarter & 3 {
		0 => (sin, cos),
		1 => (cos, -sin),
		2 => (-sin, -cos),
		_ => (-cos, sin),
	}
}

/// e to the power `x`, with a relative error below 10⁻⁶ where the result is normal. 0 below -87, infinite above 88.
pub fn exp(x: f32) -> f32 {
	if x < -87.0 {
		return 0.0;
	}
	if x > 88.0 {
		return f32::INFINITY;
	}
	// x = n·ln 2 + r with |r| ≤ ln 2 / 2. ln 2 is split in two, of which the first times n is exact.
	let half = if x < 0.0 { -0.5 } else { 0.5 };
	let n = (x * core::f32::consts::LOG2_E + half) as i32;
	let r = x - n as f32 * 0.693_359_4 + n as f32 * 2.121_944_4e-4;
	let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
	// 2ⁿ by its bits: n is from -126 to 127.
	series * f32::from_bits(((n + 127) as u32) << 23)
}

/// Natural logarithm of a positive normal `x`, with an absolute error below 10⁻⁶ plus rounding.
pub fn ln(x: f32) -> f32 {
	// x = 2ⁿ·m with m from √½ to √2.
	let shifted = x.to_bits().wrapping_sub(core::f32::consts::FRAC_1_SQRT_2.to_bits());
	let n = (shifted as i32) >> 23;
	let m = f32::from_bits(x.to_bits().wrapping_sub((n << 23) as u32));
	// ln m = 2·artanh s, |s| ≤ 0.172.
	let s = (m - 1.0) / (m + 1.0);
	let s2 = s * s;
	let series = 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 / 9.0))));
	n as f32 * core::f32::consts::LN_2 + series
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sqrt_should_be_correctly_rounded_when_positive() {
		assert_eq!(sqrt(2.0).to_bits(), 0x3fb5_04f3);
		assert_eq!(sqrt(0.0), 0.0);
		assert!(sqrt(-1.0).is_nan());
	}

	#[test]
	fn sine_and_cosine_should_agree_with_f64_when_within_one_turn() {
		for i in 0..=100_000u32 {
			let turns = i as f32 / 100_000.0;
			let (sin, cos) = sin_cos_turns(turns);
			let (right_sin, right_cos) = (f64::from(turns) * core::f64::consts::TAU).sin_cos();
			assert!((f64::from(sin) - right_sin).abs() < 5e-7, "sine of {turns} turns");
			assert!((f64::from(cos) - right_cos).abs() < 5e-7, "cosine of {turns} turns");
		}
		assert_eq!(sin_cos_turns(0.25), (1.0, 0.0));
		assert_eq!(sin_cos_turns(1.0), (0.0, 1.0));
	}

	#[test]
	fn exp_should_agree_with_f64_when_normal() {
		for i in -870..=880i32 {
			let x = i as f32 * 0.1;
			let right = f64::from(x).exp();
			if x > -86.9 && x < 87.9 {
				assert!((f64::from(exp(x)) / right - 1.0).abs() < 1e-6, "exp({x})");
			}
		}
		assert_eq!(exp(0.0), 1.0);
		assert_eq!(exp(-1e30), 0.0);
		assert_eq!(exp(1e30), f32::INFINITY);
	}

	#[test]
	fn ln_should_agree_with_f64_when_positive() {
		for i in 1..100_000u32 {
			let x = i as f32 * 0.001;
			let right = f64::from(x).ln();
			assert!((f64::from(ln(x)) - right).abs() < 1e-6 * (1.0 + right.abs()), "ln({x})");
		}
		assert_eq!(ln(1.0), 0.0);
	}

	/// Bits computed once: a change of any operation here would change every picture and every proof over it.
	#[test]
	fn results_should_keep_their_bits() {
		let all = [exp(-1.5), exp(0.3), ln(0.3), ln(7.0), sin_cos_turns(0.3).0, sin_cos_turns(0.3).1];
		let bits = all.map(f32::to_bits);
		assert_eq!(bits, [0x3e64_7c3c, 0x3fac_c82c, 0xbf9a_1bc8, 0x3ff9_1395, 0x3f73_7870, 0xbe9e_377d]);
	}
}
