//! Slashes: how much an offence costs, where it is taken from and where it goes.
//!
//! ```text
//! K(tier) × coefficient × fraction(offence)   what is due, rounded up
//! └─ pro rata from delegated stake (see [`departed`](crate::departed)) and from the provider's own:
//!    at most what is left, the pledge first, then the bond, then what is unbonding, the newest first
//!    ├─ WrongedShare    to the wronged account, rounded down
//!    ├─ TreasuryShare   to SlashTreasury, rounded down
//!    └─ the rest        burned
//! ```
//!
//! An account that cannot be paid, because it is dead and its part is below the existential deposit, forfeits its part
//! to the treasury. The newest chunks go first because they left the bond last: stake that was on its way out long
//! before the offence is touched only when nothing else is left.

use crate::{
	types::{CreditOf, SlashSplit},
	Config, Event, Pallet, Pools,
};
use assay_primitives::{Balance, Offence, Tier};
use frame_support::traits::{fungible::Balanced, Get, Imbalance, OnUnbalanced};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Zero, DispatchError, Perbill};

impl SlashSplit {
	/// Divide `amount` by the shares of `T`.
	pub(crate) fn of<T: Config>(amount: Balance) -> Self {
		let to_wronged = T::WrongedShare::get().mul_floor(amount);
		// The shares sum to at most one (integrity test) and both parts round down, so this is never cut short.
		let to_treasury = T::TreasuryShare::get().mul_floor(amount).min(amount.saturating_sub(to_wronged));
		let burned = amount.saturating_sub(to_wronged).saturating_sub(to_treasury);
		Self { amount, to_wronged, to_treasury, burned }
	}
}

impl<T: Config> Pallet<T> {
	/// The part of a machine's required stake that an offence costs: any as much as a missed deadline.
	fn slash_fraction(_: Offence) -> Perbill {
		T::DeadlineMissedSlash::get()
	}

	/// What an offence with a machine of `tier` costs a provider that has enough left. Rounded up: against the offender.
	pub(crate) fn slash_due(tier: Tier, offence: Offence) -> Result<Balance, DispatchError> {
		Ok(Self::slash_fraction(offence).mul_ceil(Self::machine_stake(tier)?))
	}

	/// Take the stake, divide it, tell of it. Returns what was taken.
	///
	/// Everything that can fail does so before the first write.
	pub(crate) fn do_slash(
		provider: &T::AccountId,
		tier: Tier,
		offence: Offence,
		offence_at: BlockNumberFor<T>,
		wronged: &T::AccountId,
	) -> Result<Balance, DispatchError> {
		let mut ledger = match Self::ledger(provider) {
			// It has gone, and whoever stood behind it has not.
			Err(_) if Pools::<T>::contains_key(provider) => Default::default(),
			ledger => ledger?,
		};
		let due = Self::slash_due(tier, offence)?;
		let before = Self::footing(provider, &ledger);

		let credit = Self::take_stake(provider, &mut ledger, offence_at, due);
		let amount = credit.peek();

		let paid = Self::distribute(credit, wronged);
		log::info!(target: crate::LOG_TARGET, "slashed {amount} of {due} due from {provider:?} for {offence:?}");
		Self::deposit_event(Event::Slashed {
			provider: provider.clone(),
			offence,
			tier,
			amount,
			wronged: wronged.clone(),
			to_wronged: paid.to_wronged,
			to_treasury: paid.to_treasury,
			burned: paid.burned,
		});
		Self::note_standing(provider, &mut ledger, before);
		Self::store_ledger(provider, &ledger);
		Ok(amount)
	}

	/// Pay the parts of a slash out. Returns how it was really divided.
	fn distribute(credit: CreditOf<T>, wronged: &T::AccountId) -> SlashSplit {
		let mut split = SlashSplit::of::<T>(credit.peek());
		let (to_wronged, rest) = credit.split(split.to_wronged);
		let (mut to_treasury, burned) = rest.split(split.to_treasury);

		// Not even tried for nothing, which would put an empty deposit among the events.
		let unpaid = if to_wronged.peek().is_zero() {
			to_wronged
		} else {
			T::Currency::resolve(wronged, to_wronged).err().unwrap_or_default()
		};
		split.to_wronged = split.to_wronged.saturating_sub(unpaid.peek());
		to_treasury.subsume(unpaid);
		split.to_treasury = to_treasury.peek();

		T::SlashTreasury::on_unbalanced(to_treasury);
		drop(burned);
		split
	}
}
