//! How much a region's capacity is wanted: what points are multiplied by.
//!
//! The capacity that machines of a region have committed to is averaged over rounds: with every new round the average goes an
//! eighth of the way to what the last one brought. Commitments count, and not proofs: a proof may come hours later, and
//! whoever held many back and showed them at once would have the region be rare in the meantime. A false commitment costs
//! a machine's whole stake. With `n` regions in the table and the sum of all averages `S`, a region with the
//! average `s` has the factor
//!
//! ```text
//! (S / n) / s      at least 1/2, at most 2
//! ```
//!
//! which is one where capacity is spread evenly. A region of which nothing is known has one, too, so that naming a region
//! that nobody stands in brings nothing. Regions are what providers declare, and nothing on chain can see where a machine
//! stands; that is why the factor is bounded, and why moving is dear: a region is set at registration, and a machine
//! that is registered anew has no seat for two epochs, and half the quality that it may have had before. What it can
//! gain by that is less than its next day's points, and the factor falls as others follow.

use super::*;

/// Parts of a factor.
pub const FACTOR_ONE: u32 = 1_000_000;
/// The least factor.
pub const MIN_FACTOR: u32 = FACTOR_ONE / 2;
/// The greatest.
pub const MAX_FACTOR: u32 = 2 * FACTOR_ONE;
/// Regions in the table. Others have the factor one; a table of more would make every round dearer.
pub type MaxRegions = ConstU32<64>;

/// What was committed to, by region.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct RegionTable {
	/// By region, the average of a round and what was committed to since the last one began.
	pub table: BoundedBTreeMap<Region, RegionSum, MaxRegions>,
}

/// What was committed to in a region, in millions of operations a second.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct RegionSum {
	/// In a round on average. In sixteenths, so that little does not vanish.
	pub average: u128,
	/// Since the last round began.
	pub latest: u128,
}

impl RegionTable {
	/// Count what a machine in `region` has committed to. O(log regions).
	pub(crate) fn add(&mut self, region: Region, score: u64) {
		let sum = RegionSum { latest: score.into(), ..Default::default() };
		match self.table.get_mut(&region) {
			Some(known) => known.latest = known.latest.saturating_add(sum.latest),
			// Without room the region stays unknown, with the factor one.
			None => drop(self.table.try_insert(region, sum)),
		}
	}

	/// A round has begun: put what was committed to since the last one into the averages. O(regions).
	pub(crate) fn roll(&mut self) {
		for (_, sum) in self.table.iter_mut() {
			let latest = core::mem::take(&mut sum.latest).saturating_mul(16);
			let faded = sum.average.saturating_sub(sum.average.div_ceil(8));
			sum.average = faded.saturating_add(latest / 8);
		}
		self.table.retain(|_, sum| sum.average > 0);
	}

	/// The factor of a region, in parts of [`FACTOR_ONE`]. O(regions).
	pub fn factor(&self, region: Region) -> u32 {
		let Some(sum) = self.table.get(&region).filter(|sum| sum.average > 0) else { return FACTOR_ONE };
		let known = self.table.values().filter(|sum| sum.average > 0);
		let (count, total) = known
			.fold((0u128, 0u128), |(count, total), sum| (count.saturating_add(1), total.saturating_add(sum.average)));
		let even = total.checked_div(count).unwrap_or(0);
		let factor = even.saturating_mul(FACTOR_ONE.into()).checked_div(sum.average).unwrap_or(0);
		u32::try_from(factor).unwrap_or(MAX_FACTOR).clamp(MIN_FACTOR, MAX_FACTOR)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn regions(scores: &[(u16, u64)]) -> RegionTable {
		let mut regions = RegionTable::default();
		for _ in 0..100 {
			for (region, score) in scores {
				regions.add(Region(*region), *score);
			}
			regions.roll();
		}
		regions
	}

	#[test]
	fn factor_should_be_one_when_capacity_is_spread_evenly_or_unknown() {
		let even = regions(&[(1, 500), (2, 500), (3, 500)]);
		assert_eq!(even.factor(Region(1)), FACTOR_ONE);
		assert_eq!(even.factor(Region(9)), FACTOR_ONE);
		assert_eq!(RegionTable::default().factor(Region(1)), FACTOR_ONE);
	}

	#[test]
	fn factor_should_be_higher_where_there_is_less_and_bounded() {
		let uneven = regions(&[(1, 900), (2, 300), (3, 1)]);
		assert_eq!(uneven.factor(Region(3)), MAX_FACTOR);
		assert!((FACTOR_ONE..MAX_FACTOR).contains(&uneven.factor(Region(2))));
		assert_eq!(uneven.factor(Region(1)), MIN_FACTOR);
	}

	#[test]
	fn region_should_leave_the_table_when_nothing_is_proved_in_it() {
		let mut regions = regions(&[(1, 500)]);
		for _ in 0..200 {
			regions.roll();
		}
		assert!(regions.table.is_empty());
	}

	proptest! {
		#[test]
		fn factor_should_stay_in_bounds(scores in prop::collection::vec((0..100u16, any::<u64>()), 0..90)) {
			let mut regions = RegionTable::default();
			for (region, score) in scores {
				regions.add(Region(region), score);
				if score % 3 == 0 {
					regions.roll();
				}
			}
			prop_assert!(regions.table.len() <= 64);
			for region in 0..100 {
				prop_assert!((MIN_FACTOR..=MAX_FACTOR).contains(&regions.factor(Region(region))));
			}
		}
	}
}
