//! The budget: how a mint is split among the pots so that no unit of it is lost.

use crate::{BudgetTable, Config, Error, Pot};
use alloc::{vec, vec::Vec};
use assay_primitives::Balance;
use core::cmp::Reverse;
use frame_support::ensure;
use sp_runtime::{PerThing, Perbill};

/// The chain's first budget: 35 % capacity, 25 % render work, 15 % checkers, 15 % validators, 10 % treasury.
pub fn default_budget() -> BudgetTable {
	BudgetTable::truncate_from(vec![
		(Pot::Capacity, Perbill::from_percent(35)),
		(Pot::RenderWork, Perbill::from_percent(25)),
		(Pot::Checkers, Perbill::from_percent(15)),
		(Pot::Validators, Perbill::from_percent(15)),
		(Pot::Treasury, Perbill::from_percent(10)),
	])
}

/// Check that `budget` names no pot twice and that its parts sum to exactly one. O(pots²).
pub fn validate<T: Config>(budget: &BudgetTable) -> Result<(), Error<T>> {
	let named_once = Pot::ALL.iter().all(|pot| budget.iter().filter(|(other, _)| other == pot).count() <= 1);
	ensure!(named_once, Error::<T>::DuplicatePot);
	// At most `POTS` times 10⁹: no overflow in 64 bits.
	let parts: u64 = budget.iter().map(|(_, part)| u64::from(part.deconstruct())).sum();
	ensure!(parts == u64::from(Perbill::one().deconstruct()), Error::<T>::BudgetNotExact);
	Ok(())
}

/// A pot's share of an amount while it is split.
struct Share {
	pot: Pot,
	amount: Balance,
	/// What rounding down took from the share, in billionths of a unit.
	remainder: u128,
}

/// Split `amount` by a valid `budget`, by the method of the largest remainder.
///
/// Every share is rounded down first; the units left over, fewer than there are pots, go one each to the shares that lost
/// most by that, of equals to the one that stands first. The shares sum to `amount`.
pub fn split(amount: Balance, budget: &BudgetTable) -> Vec<(Pot, Balance)> {
	let one = u128::from(Perbill::ACCURACY);
	// Billions and rest apart, so that no product needs more than 128 bits.
	let (billions, rest) = (amount / one, amount % one);
	let mut shares: Vec<Share> = budget
		.iter()
		.map(|(pot, part)| {
			let part = u128::from(part.deconstruct());
			let rest = rest.saturating_mul(part);
			Share { pot: *pot, amount: billions.saturating_mul(part).saturating_add(rest / one), remainder: rest % one }
		})
		.collect();
	let mut left = shares.iter().fold(amount, |left, share| left.saturating_sub(share.amount));
	let mut by_remainder: Vec<&mut Share> = shares.iter_mut().collect();
	// Stable: equals keep the budget's order.
	by_remainder.sort_by_key(|share| Reverse(share.remainder));
	for share in by_remainder {
		let unit = left.min(1);
		share.amount = share.amount.saturating_add(unit);
		left = left.saturating_sub(unit);
	}
	shares.into_iter().map(|share| (share.pot, share.amount)).collect()
}
