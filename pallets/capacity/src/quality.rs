//! How far a machine can be relied upon: a number that rises slowly and falls fast.
//!
//! Quality is in parts of a million ([`QUALITY_ONE`]), begins at a half and stays within zero and one. Every rule takes it a
//! part of the way to a goal, so that what was long ago counts less and less:
//!
//! | what happens | goal | part of the way |
//! |---|---|---|
//! | an epoch is over | the part of its intervals in which the machine was heard of, one of them forgiven | 1/16 |
//! | a round is proved | one | 1/8 |
//! | checkers have asked a machine, and most were served | one | 1/16 |
//! | most of them could not reach it | zero | 1/4 |
//! | a machine would have been drawn and had not been heard of | zero | 1/4 |
//! | a challenge is missed | zero | 1/2 |
//! | a proof is wrong, or not shown | zero | all |
//!
//! A machine that is always there has 0.79 after a day's fourteenth part (14 epochs), and 0.98 after fifty. Registering
//! anew never pays: it begins at a half, and without a seat for two epochs.

use assay_proofs::draw::QUALITY_ONE;

/// Quality of a machine of which nothing is known.
pub const INITIAL: u32 = QUALITY_ONE / 2;

/// After how many epochs of silence nothing is left: (15/16)⁶⁴ is a sixtieth.
const LONG_SILENCE: u64 = 64;

/// `quality`, a part of `1 / parts` of the way to `goal`. Reaches neither end by itself, being rounded down.
fn toward(quality: u32, goal: u32, parts: u32) -> u32 {
	if goal >= quality {
		quality.saturating_add(goal.saturating_sub(quality).checked_div(parts).unwrap_or(0))
	} else {
		quality.saturating_sub(quality.saturating_sub(goal).checked_div(parts).unwrap_or(0))
	}
}

/// After an epoch of `intervals` intervals with a heartbeat in `seen` of them, and `silent` whole epochs after that
/// with none.
pub(crate) fn after_epoch(quality: u32, seen: u32, intervals: u32, silent: u64) -> u32 {
	let asked = u64::from(intervals.saturating_sub(1).max(1));
	let share = u64::from(QUALITY_ONE).saturating_mul(seen.into()).checked_div(asked).unwrap_or(0);
	let share = u32::try_from(share).unwrap_or(QUALITY_ONE).min(QUALITY_ONE);
	let quality = toward(quality, share, 16);
	if silent > LONG_SILENCE {
		return 0;
	}
	(0..silent).fold(quality, |quality, _| toward(quality, 0, 16))
}

/// After a round that was proved.
pub(crate) fn after_proof(quality: u32) -> u32 {
	toward(quality, QUALITY_ONE, 8)
}

/// After a draw that fell on a machine of which nothing was heard.
pub(crate) fn after_silence(quality: u32) -> u32 {
	toward(quality, 0, 4)
}

/// After checkers have asked a machine, by whether it `served` most of them.
pub(crate) fn after_probe(quality: u32, served: bool) -> u32 {
	if served {
		toward(quality, QUALITY_ONE, 16)
	} else {
		toward(quality, 0, 4)
	}
}

/// After a challenge that was missed.
pub(crate) fn after_miss(quality: u32) -> u32 {
	toward(quality, 0, 2)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn quality_should_rise_to_what_the_documentation_says() {
		let after = |epochs| (0..epochs).fold(INITIAL, |quality, _| after_epoch(quality, 4, 5, 0));
		assert_eq!(after(14) / 10_000, 79);
		assert_eq!(after(50) / 10_000, 98);
	}

	#[test]
	fn quality_should_fall_to_nothing_when_a_machine_is_silent_for_long() {
		assert_eq!(after_epoch(QUALITY_ONE, 5, 5, 65), 0);
		assert!(after_epoch(QUALITY_ONE, 5, 5, 64) < QUALITY_ONE / 50);
		assert_eq!(after_silence(400_000), 300_000);
		assert_eq!(after_miss(400_000), 200_000);
		assert_eq!(after_proof(200_000), 300_000);
		assert_eq!(after_probe(200_000, true), 250_000);
		assert_eq!(after_probe(400_000, false), 300_000);
	}

	proptest! {
		#[test]
		fn quality_should_stay_in_bounds(quality in 0..=QUALITY_ONE, seen in 0..40u32, intervals in 0..32u32, silent: u64) {
			let bound = |quality| quality <= QUALITY_ONE;
			prop_assert!(bound(after_epoch(quality, seen, intervals, silent)));
			prop_assert!(bound(after_proof(quality)) && after_proof(quality) >= quality);
			prop_assert!(bound(after_probe(quality, true)) && after_probe(quality, true) >= quality);
			prop_assert!(after_probe(quality, false) <= quality);
			prop_assert!(after_silence(quality) <= quality && after_miss(quality) <= quality);
		}
	}
}
