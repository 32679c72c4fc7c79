//! The budget: how a mint is split among its recipients so that no unit of it is lost.

use crate::{BudgetTable, Config, Error, OwedTable, Pot, Recipient, MAX_OWED};
use alloc::{vec, vec::Vec};
use assay_primitives::Balance;
use core::cmp::Reverse;
use frame_support::ensure;
use sp_runtime::{PerThing, Perbill};

/// The first budget of a schedule: 35 % capacity, 25 % render work, 15 % checkers, 15 % validators, 10 % treasury.
pub fn default_budget<AccountId>() -> BudgetTable<AccountId> {
	BudgetTable::truncate_from(vec![
		(Recipient::Pot(Pot::Capacity), Perbill::from_percent(35)),
		(Recipient::Pot(Pot::RenderWork), Perbill::from_percent(25)),
		(Recipient::Pot(Pot::Checkers), Perbill::from_percent(15)),
		(Recipient::Pot(Pot::Validators), Perbill::from_percent(15)),
		(Recipient::Pot(Pot::Treasury), Perbill::from_percent(10)),
	])
}

/// Check that `budget` names nobody twice and that its parts sum to exactly one. O(recipients²).
pub fn validate<T: Config>(budget: &BudgetTable<T::AccountId>) -> Result<(), Error<T>> {
	let count = |recipient| budget.iter().filter(|(other, _)| other == recipient).count();
	ensure!(budget.iter().all(|(recipient, _)| count(recipient) == 1), Error::<T>::DuplicateRecipient);
	// At most `MAX_RECIPIENTS` times 10⁹: no overflow in 64 bits.
	let parts: u64 = budget.iter().map(|(_, part)| u64::from(part.deconstruct())).sum();
	ensure!(parts == u64::from(Perbill::one().deconstruct()), Error::<T>::BudgetNotExact);
	Ok(())
}

/// Check that the recipients of `budget` and those that `owed` names can all be owed something. O(recipients²).
pub fn validate_owed<T: Config>(
	budget: &BudgetTable<T::AccountId>,
	owed: &OwedTable<T::AccountId>,
) -> Result<(), Error<T>> {
	let others = owed.iter().filter(|(who, _)| !budget.iter().any(|(other, _)| other == who)).count();
	ensure!(others.saturating_add(budget.len()) <= MAX_OWED as usize, Error::<T>::TooManyOwed);
	Ok(())
}

/// A recipient's share of an amount while it is split.
struct Share<'a, AccountId> {
	recipient: &'a Recipient<AccountId>,
	amount: Balance,
	/// What rounding down took from the share, in billionths of a unit.
	remainder: u128,
}

/// Split `amount` by a valid `budget`, by the method of the largest remainder.
///
/// Every share is rounded down first; the units left over, fewer than there are recipients, go one each to the shares that lost
/// most by that, of equals to the one that stands first. The shares sum to `amount`.
pub fn split<AccountId: Clone>(
	amount: Balance,
	budget: &BudgetTable<AccountId>,
) -> Vec<(Recipient<AccountId>, Balance)> {
	let one = u128::from(Perbill::ACCURACY);
	// Billions and rest apart, so that no product needs more than 128 bits.
	let (billions, rest) = (amount / one, amount % one);
	let mut shares: Vec<Share<AccountId>> = budget
		.iter()
		.map(|(recipient, part)| {
			let part = u128::from(part.deconstruct());
			let rest = rest.saturating_mul(part);
			let amount = billions.saturating_mul(part).saturating_add(rest / one);
			Share { recipient, amount, remainder: rest % one }
		})
		.collect();
	let mut left = shares.iter().fold(amount, |left, share| left.saturating_sub(share.amount));
	let mut by_remainder: Vec<&mut Share<AccountId>> = shares.iter_mut().collect();
	// Stable: equals keep the budget's order.
	by_remainder.sort_by_key(|share| Reverse(share.remainder));
	for share in by_remainder {
		let unit = left.min(1);
		share.amount = share.amount.saturating_add(unit);
		left = left.saturating_sub(unit);
	}
	shares.into_iter().map(|share| (share.recipient.clone(), share.amount)).collect()
}
