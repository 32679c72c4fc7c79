//! Smooth decay: the same part of what is left is minted in every period.
//!
//! ```text
//! cumulative(n) = pool × (1 − 2^(−n / half_life))
//! ```
//!
//! Source: AO's and Filecoin's "simple minting" curves have this shape.
//!
//! ## How it is computed
//!
//! `n / half_life` is cut into whole halvings, which are a shift, and a fraction `f < 1` of 127 binary digits. `2^(−f)` is
//! the product of the `ROOTS` at the digits that are set. Numbers are fixed-point with 128 binary places (Q128) in
//! 256-bit integers.
//!
//! ## How exact it is
//!
//! With `pool` ≤ [`MAX_POOL`] and for every period and half-life that fit into 32 bits, the result is never above the exact
//! value and, after rounding that down to a whole unit, at most **one unit** below it:
//!
//! - Every step rounds the decay `D = 2^(−n / half_life)` up, so the minted part is rounded down.
//! - Write `u` for 2⁻¹²⁸. A root is less than 1 u too large and its product is rounded up by less than 1 u; as no factor is
//!   above one, errors do not grow on the way, and 127 steps add less than 254 u. Cutting `f` to 127 digits adds less than
//!   `ln 2 × 2 u`, rounding up after the shift less than 1 u: together less than 2⁹ u.
//! - `MAX_POOL × 2⁹ u = 2⁻⁷`, less than a unit; so the last rounding, of `pool × D` up to a whole unit, ends at the exact
//!   value's or at the next one.
//!
//! It is monotone: from one period to the next, `D` falls by a factor of at least `2^(2⁻³²)`, that is by more than 2⁹⁴ u
//! before the shift, which no rounding error hides. It never reaches the pool: `D` is never less than one u, so that the pool's
//! last unit stays unminted, as in the exact curve.

use assay_primitives::Balance;
use sp_core::U256;

/// Largest pool for which the error bound above holds: 2¹¹² units, five sextillion tokens of 12 decimals.
pub const MAX_POOL: Balance = 1 << 112;

/// Binary places of the fixed-point numbers.
const PLACES: u32 = 128;

/// Binary digits of the fraction of a half-life; one root for each.
pub(super) const DIGITS: u32 = 127;

/// Units minted out of `pool` by the end of `period`, when half of what is left is minted every `half_life` periods.
///
/// A `half_life` of zero is taken for one; the pallet's integrity test refuses it. O(1): up to 127 multiplications.
pub fn cumulative(pool: Balance, half_life: u32, period: u32) -> Balance {
	let half_life = half_life.max(1);
	// Less than 2^DIGITS, as the remainder is less than the divisor.
	let fraction = (U256::from(period % half_life) << DIGITS) / U256::from(half_life);
	minted(pool, period / half_life, fraction.low_u128())
}

/// `pool × (1 − 2^(−halvings − fraction))`, rounded down, with [`DIGITS`] digits of the fraction given.
pub(super) fn minted(pool: Balance, halvings: u32, digits: u128) -> Balance {
	// Both factors stand in 129 bits at most: no overflow.
	let left = shift_up(U256::from(pool).saturating_mul(decay(halvings, digits)), PLACES);
	// `decay` is at most one, so `left` is at most `pool`.
	pool.saturating_sub(left.low_u128())
}

/// `2^(−halvings − fraction)` in Q128, rounded up; from one, which takes 129 bits, down to the smallest number above zero.
fn decay(halvings: u32, digits: u128) -> U256 {
	let product = ROOTS
		.iter()
		.zip((0..DIGITS).rev())
		.filter(|(_, digit)| (digits >> digit) & 1 == 1)
		// At most 2^128 × (2^128 − 1): no overflow.
		.fold(U256::one() << PLACES, |product, (root, _)| shift_up(product.saturating_mul(U256::from(*root)), PLACES));
	shift_up(product, halvings)
}

/// `number / 2^places`, rounded up.
pub(super) fn shift_up(number: U256, places: u32) -> U256 {
	// Only a decay is shifted by more than `PLACES`; it has 129 bits, of which this leaves none.
	let places = places.min(255);
	let whole = number >> places;
	if whole << places == number {
		whole
	} else {
		whole.saturating_add(U256::one())
	}
}

/// `2^(−2^(−k))` for `k` from 1 to 127 in Q128, rounded up: the first is √½ and each is the square root of the one before.
#[rustfmt::skip]
pub(crate) const ROOTS: [u128; DIGITS as usize] = [
	0xb504f333_f9de6484_597d89b3_754abea0,
	0xd744fcca_d69d6af4_39a68bb9_902d3fdf,
	0xeac0c6e7_dd24392e_d02d75b3_706e54fb,
	0xf5257d15_2486cc2c_7b9d0c7a_ed980fc4,
	0xfa83b2db_722a033a_7c25bb14_315d7fcd,
	0xfd3e0c0c_f486c174_853f3a59_31e0ee04,
	0xfe9e115c_7b8f884b_add25995_e79d2f0a,
	0xff4ecb59_511ec8a5_301ba217_ef18dd7d,
	0xffa75652_1c8daed1_9f3a1b48_fb94c58a,
	0xffd3a751_c0f7e10b_d3b9f8ae_012fbe07,
	0xffe9d2b2_f7db2755_ddf1d28a_378a438d,
	0xfff4e91b_ff1b8c3d_88338e0e_bf284a4e,
	0xfffa747e_a0040664_238f92f7_92405806,
	0xfffd3a3b_7814eb53_cd7629d7_0fea116b,
	0xfffe9d1c_c60ddab1_26de1aec_4a87e7b9,
	0xffff4e8e_25879bfa_09ea2633_60240c1b,
	0xffffa747_0363f451_5426d76c_762b6b62,
	0xffffd3a3_7dda0313_3bde87a8_379c8933,
	0xffffe9d1_bdf703ae_f21ea4dc_fb0682d9,
	0xfffff4e8_debe025e_24128a3d_460731f2,
	0xfffffa74_6f4fa150_6788fbc8_9750bf72,
	0xfffffd3a_37a3f8b0_7e7c4871_dc00d76f,
	0xfffffe9d_1bd1065a_50971275_792f1c84,
	0xffffff4e_8de845ad_ac77243c_d0914b38,
	0xffffffa7_46f41376_f74124cd_483186d5,
	0xffffffd3_a37a05e3_83e14c90_273c94f6,
	0xffffffe9_d1bd01fb_c400bf82_2dc936b6,
	0xfffffff4_e8de80c0_62846365_949b61b0,
	0xfffffffa_746f4050_d1633246_a8a0e09b,
	0xfffffffd_3a37a024_90b9d93d_a3c1ebd0,
	0xfffffffe_9d1bd011_525efca4_10b8eab8,
	0xffffffff_4e8de808_6bb00253_2d71e54e,
	0xffffffff_a746f404_26782229_daaa3cfb,
	0xffffffff_d3a37a02_0f641954_fda6eede,
	0xffffffff_e9d1bd01_06bc0eba_82d29b41,
	0xffffffff_f4e8de80_832087e1_42666c8c,
	0xffffffff_fa746f40_4180e411_a17228c0,
	0xffffffff_fd3a37a0_20bc9a11_10c8c657,
	0xffffffff_fe9d1bd0_105d570a_98684e54,
	0xffffffff_ff4e8de8_082e6e05_d03521ca,
	0xffffffff_ffa746f4_041727a3_091acf88,
	0xffffffff_ffd3a37a_020b8ff9_8ccd776c,
	0xffffffff_ffe9d1bd_0105c706_c876bfa0,
	0xffffffff_fff4e8de_8082e345_e4bf60cb,
	0xffffffff_fffa746f_40417193_9280b0a4,
	0xffffffff_fffd3a37_a020b8c5_f1489862,
	0xffffffff_fffe9d1b_d0105c62_02a65c35,
	0xffffffff_ffff4e8d_e8082e30_c3d3b21c,
	0xffffffff_ffffa746_f4041718_5289fa0e,
	0xffffffff_ffffd3a3_7a020b8c_256d0548,
	0xffffffff_ffffe9d1_bd0105c6_11c084b4,
	0xffffffff_fffff4e8_de8082e3_08a2c2de,
	0xffffffff_fffffa74_6f404171_84420190,
	0xffffffff_fffffd3a_37a020b8_c21d28d1,
	0xffffffff_fffffe9d_1bd0105c_610d9e6b,
	0xffffffff_ffffff4e_8de8082e_308691b6,
	0xffffffff_ffffffa7_46f40417_1843397b,
	0xffffffff_ffffffd3_a37a020b_8c2198e6,
	0xffffffff_ffffffe9_d1bd0105_c610cb7d,
	0xffffffff_fffffff4_e8de8082_e3086581,
	0xffffffff_fffffffa_746f4041_718432b2,
	0xffffffff_fffffffd_3a37a020_b8c21955,
	0xffffffff_fffffffe_9d1bd010_5c610caa,
	0xffffffff_ffffffff_4e8de808_2e308655,
	0xffffffff_ffffffff_a746f404_1718432b,
	0xffffffff_ffffffff_d3a37a02_0b8c2196,
	0xffffffff_ffffffff_e9d1bd01_05c610cb,
	0xffffffff_ffffffff_f4e8de80_82e30866,
	0xffffffff_ffffffff_fa746f40_41718433,
	0xffffffff_ffffffff_fd3a37a0_20b8c21a,
	0xffffffff_ffffffff_fe9d1bd0_105c610d,
	0xffffffff_ffffffff_ff4e8de8_082e3087,
	0xffffffff_ffffffff_ffa746f4_04171844,
	0xffffffff_ffffffff_ffd3a37a_020b8c22,
	0xffffffff_ffffffff_ffe9d1bd_0105c611,
	0xffffffff_ffffffff_fff4e8de_8082e309,
	0xffffffff_ffffffff_fffa746f_40417185,
	0xffffffff_ffffffff_fffd3a37_a020b8c3,
	0xffffffff_ffffffff_fffe9d1b_d0105c62,
	0xffffffff_ffffffff_ffff4e8d_e8082e31,
	0xffffffff_ffffffff_ffffa746_f4041719,
	0xffffffff_ffffffff_ffffd3a3_7a020b8d,
	0xffffffff_ffffffff_ffffe9d1_bd0105c7,
	0xffffffff_ffffffff_fffff4e8_de8082e4,
	0xffffffff_ffffffff_fffffa74_6f404172,
	0xffffffff_ffffffff_fffffd3a_37a020b9,
	0xffffffff_ffffffff_fffffe9d_1bd0105d,
	0xffffffff_ffffffff_ffffff4e_8de8082f,
	0xffffffff_ffffffff_ffffffa7_46f40418,
	0xffffffff_ffffffff_ffffffd3_a37a020c,
	0xffffffff_ffffffff_ffffffe9_d1bd0106,
	0xffffffff_ffffffff_fffffff4_e8de8083,
	0xffffffff_ffffffff_fffffffa_746f4042,
	0xffffffff_ffffffff_fffffffd_3a37a021,
	0xffffffff_ffffffff_fffffffe_9d1bd011,
	0xffffffff_ffffffff_ffffffff_4e8de809,
	0xffffffff_ffffffff_ffffffff_a746f405,
	0xffffffff_ffffffff_ffffffff_d3a37a03,
	0xffffffff_ffffffff_ffffffff_e9d1bd02,
	0xffffffff_ffffffff_ffffffff_f4e8de81,
	0xffffffff_ffffffff_ffffffff_fa746f41,
	0xffffffff_ffffffff_ffffffff_fd3a37a1,
	0xffffffff_ffffffff_ffffffff_fe9d1bd1,
	0xffffffff_ffffffff_ffffffff_ff4e8de9,
	0xffffffff_ffffffff_ffffffff_ffa746f5,
	0xffffffff_ffffffff_ffffffff_ffd3a37b,
	0xffffffff_ffffffff_ffffffff_ffe9d1be,
	0xffffffff_ffffffff_ffffffff_fff4e8df,
	0xffffffff_ffffffff_ffffffff_fffa7470,
	0xffffffff_ffffffff_ffffffff_fffd3a38,
	0xffffffff_ffffffff_ffffffff_fffe9d1c,
	0xffffffff_ffffffff_ffffffff_ffff4e8e,
	0xffffffff_ffffffff_ffffffff_ffffa747,
	0xffffffff_ffffffff_ffffffff_ffffd3a4,
	0xffffffff_ffffffff_ffffffff_ffffe9d2,
	0xffffffff_ffffffff_ffffffff_fffff4e9,
	0xffffffff_ffffffff_ffffffff_fffffa75,
	0xffffffff_ffffffff_ffffffff_fffffd3b,
	0xffffffff_ffffffff_ffffffff_fffffe9e,
	0xffffffff_ffffffff_ffffffff_ffffff4f,
	0xffffffff_ffffffff_ffffffff_ffffffa8,
	0xffffffff_ffffffff_ffffffff_ffffffd4,
	0xffffffff_ffffffff_ffffffff_ffffffea,
	0xffffffff_ffffffff_ffffffff_fffffff5,
	0xffffffff_ffffffff_ffffffff_fffffffb,
	0xffffffff_ffffffff_ffffffff_fffffffe,
	0xffffffff_ffffffff_ffffffff_ffffffff,
];
