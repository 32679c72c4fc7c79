//! Escrowed tokens as stake: pledges.
//!
//! ```text
//! vesting ──pledge──► pledged ──unpledge──► chunk, UnbondingPeriod long ──withdraw_unbonded──► vesting
//! ```
//!
//! Tokens that vest for a provider by a plan that allows it (the escrowed ones, after Heurist's esHUE) can be at stake
//! meanwhile. They stay where they vest, and [`Config::Vesting`] keeps them there until they are released: what the ledger
//! has as `pledged` and the chunks of `unpledging` together are exactly what is pledged there. A token that has vested
//! meanwhile is free as soon as it is released, and not before.
//!
//! A pledge is own stake in every respect. It backs machines, counts towards entry thresholds, lets others delegate beside
//! it, divides rewards, leaves by the same unbonding period, and can be slashed until it has left. Of stake at work the
//! pledge is slashed first and then the bond, since vesting tokens are seized before stake; of stake that is leaving
//! whatever began to leave last, and of two that began together the pledge. So nobody saves a pledge by unpledging it when
//! the offence is done, and who offends first loses what it has been given and not yet earned in full.
//!
//! Only providers pledge, for themselves. Delegated stake lies in the account of a pool, which vesting tokens cannot move
//! to; whoever wants to delegate them waits until they have vested.

use crate::{types::UnexpectedKind, Config, CreditOf, Error, Event, HoldReason, Ledger, Ledgers, Pallet};
use assay_primitives::{Balance, VestingStake};
use frame_support::{
	defensive, ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::Precision,
		Get, Imbalance,
	},
};
use sp_runtime::{
	traits::{CheckedAdd, Zero},
	ArithmeticError,
};

/// An amount of stake by where it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Parts {
	/// On hold in the provider's account.
	pub held: Balance,
	/// Pledged where it vests.
	pub pledged: Balance,
}

impl Parts {
	/// Both together.
	pub(crate) fn sum(self) -> Balance {
		self.held.saturating_add(self.pledged)
	}
}

impl<T: Config> Pallet<T> {
	/// See [`pledge`](crate::Pallet::pledge). Returns of how many tiers `provider` has machines.
	pub(crate) fn do_pledge(provider: &T::AccountId, amount: Balance) -> Result<u32, DispatchError> {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		// Whoever bonds pays its debt before. What is pledged would be out of its reach, and earn.
		Self::ensure_no_debt(provider)?;
		let mut ledger = Ledgers::<T>::get(provider).unwrap_or_default();
		let before = Self::footing(provider, &ledger);
		ledger.pledge(amount)?;
		T::Vesting::pledge(provider, amount)?;
		Self::deposit_event(Event::Pledged { provider: provider.clone(), amount, pledged: ledger.pledged });
		Self::note_standing(provider, &mut ledger, before);
		Self::store_ledger(provider, &ledger);
		Ok(ledger.tiers())
	}

	/// See [`unpledge`](crate::Pallet::unpledge). Returns of how many tiers `provider` has machines.
	pub(crate) fn do_unpledge(provider: &T::AccountId, amount: Balance) -> Result<u32, DispatchError> {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		Self::ensure_no_debt(provider)?;
		let mut ledger = Self::ledger(provider)?;
		let now = frame_system::Pallet::<T>::block_number();
		let at = now.checked_add(&T::UnbondingPeriod::get()).ok_or(ArithmeticError::Overflow)?;
		let withdrawable_at = ledger.unpledge(amount, at)?;
		Self::ensure_covered(provider, &mut ledger)?;
		Self::store_ledger(provider, &ledger);
		Self::deposit_event(Event::Unpledging { provider: provider.clone(), amount, withdrawable_at });
		Ok(ledger.tiers())
	}

	/// See [`withdraw_unbonded`](crate::Pallet::withdraw_unbonded).
	pub(crate) fn do_withdraw(provider: &T::AccountId) -> DispatchResult {
		let mut ledger = Self::ledger(provider)?;
		let Parts { held, pledged } = Self::take_withdrawable(provider, &mut ledger)?;
		if !held.is_zero() {
			T::Currency::release(&HoldReason::Stake.into(), provider, held, Precision::Exact)?;
			Self::deposit_event(Event::Withdrawn { provider: provider.clone(), amount: held });
		}
		if !pledged.is_zero() {
			T::Vesting::release(provider, pledged)?;
			Self::deposit_event(Event::PledgeReleased { provider: provider.clone(), amount: pledged });
		}
		Self::store_ledger(provider, &ledger);
		Ok(())
	}

	/// Take up to `amount` of the own stake of `provider` out of `ledger`, which the caller stores, and from where it is.
	///
	/// Returns what was on hold in its account, and what was pledged.
	pub(crate) fn take_own(
		provider: &T::AccountId,
		ledger: &mut Ledger<T>,
		amount: Balance,
	) -> (CreditOf<T>, CreditOf<T>) {
		let Parts { held, pledged } = ledger.slash(amount);
		let credit = if held.is_zero() {
			CreditOf::<T>::default()
		} else {
			T::Currency::slash(&HoldReason::Stake.into(), provider, held).0
		};
		Self::expect_taken(held, credit.peek());
		if pledged.is_zero() {
			return (credit, CreditOf::<T>::default());
		}
		let seized = T::Vesting::seize_pledged(provider, pledged);
		let taken = seized.peek();
		if taken != pledged {
			let kind = UnexpectedKind::PledgeBelowLedger { expected: pledged, taken };
			Self::deposit_event(Event::Unexpected { kind });
			defensive!("less is pledged than in the ledger");
		}
		(credit, seized)
	}
}
