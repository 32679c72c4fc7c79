//! Slashes: where they are taken from and where they go. How much an offence costs: see [`offences`](crate::offences).
//!
//! ```text
//! what is due: for a failure, what goes beyond what the machine was punished for in the same period
//! ├─ 1. unclaimed rewards of the provider
//! ├─ 2. its vesting tokens that are not pledged
//! ├─ 3. stake, pro rata delegated (see [`departed`](crate::departed)) and the provider's own:
//! │     the pledge first, then the bond, then what is on its way out, the newest first
//! └─ 4. a debt of the provider (see [`debt`](crate::debt))
//!
//! what was taken of it, and the bond of a contest that was lost
//! ├─ WrongedShare    of the provider's own tokens, to the wronged account if there is one, rounded down
//! ├─ ReporterShare   of the provider's own tokens, to whoever reported it if anyone did, rounded down
//! ├─ TreasuryShare   of all, to SlashTreasury, rounded down
//! └─ the rest        burned
//! ```
//!
//! # Who may be whom
//!
//! The wronged account and whoever reported can be accounts of the provider, and nobody can tell. So their parts are of
//! what was on hold in the provider's own account only: its bond, and the bond of a contest. Together they are less
//! than that (integrity test), so that whoever has itself slashed, through however many accounts, always loses by it.
//! Parts of anything else would make a slash a way to pay oneself: with delegated stake out of others' pockets, with
//! rewards and vesting tokens, pledged or not, before they are one's own. What is taken of those is divided like a debt
//! that is collected, between the treasury and nobody.
//!
//! An account that cannot be paid, because it is dead and its part is below the existential deposit, forfeits its part
//! to the treasury. The newest chunks go first because they left the bond last: stake that was on its way out long
//! before the offence is touched only when nothing else is left.

use crate::{
	departed::TakenStake,
	ledger::Rates,
	queue::SlashId,
	types::{CreditOf, SlashSplit},
	Config, Event, Ledgers, Pallet, Pools,
};
use assay_primitives::{Balance, OffenceReport, SeizeRewards, VestingStake};
use frame_support::traits::{fungible::Balanced, Get, Imbalance, OnUnbalanced};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Zero;

impl SlashSplit {
	/// Divide `amount`, of which `own` was the provider's own tokens, by the shares of `T`, with parts of the latter
	/// for an account that was wronged and one that reported it, or without.
	pub(crate) fn of<T: Config>(amount: Balance, own: Balance, wronged: bool, reported: bool) -> Self {
		// The shares sum to at most one (integrity test) and all parts round down, so that none is cut short.
		let mut burned = amount;
		let mut part = |share: sp_runtime::Perbill, of: Balance| {
			let part = share.mul_floor(of).min(burned);
			burned = burned.saturating_sub(part);
			part
		};
		let to_wronged = if wronged { part(T::WrongedShare::get(), own) } else { 0 };
		let to_reporter = if reported { part(T::ReporterShare::get(), own) } else { 0 };
		let to_treasury = part(T::TreasuryShare::get(), amount);
		Self { amount, to_wronged, to_reporter, to_treasury, burned }
	}
}

impl<T: Config> Pallet<T> {
	/// Take, in block `now`, `amount` for the offence of `report`, divide it with a lost `bond`, and tell of it. Of the
	/// `rates` some may have been looked up. Returns what was taken, the bond apart.
	///
	/// Cannot fail: what is not there becomes a debt. O(tiers of the provider's machines).
	pub(crate) fn punish(
		report: &OffenceReport<T::AccountId>,
		amount: Balance,
		slash: Option<SlashId>,
		bond: CreditOf<T>,
		rates: &mut Rates<T>,
		now: BlockNumberFor<T>,
	) -> Balance {
		let (provider, offence_at) = (&report.provider, report.at.into());
		let due = if report.offence.is_fraud() {
			amount
		} else {
			Self::note_punished(report.machine, offence_at, amount, now)
		};
		// Without a ledger it has gone, and its debt and whoever stood behind it have not.
		let mut ledger = Ledgers::<T>::get(provider).unwrap_or_default();
		let mut pool = Pools::<T>::get(provider);
		let before = Self::footing_with(&ledger, pool.as_ref(), rates, now);

		let mut left = due;
		let mut seize = |take: &mut dyn FnMut(Balance) -> CreditOf<T>| {
			let credit = if left.is_zero() { CreditOf::<T>::default() } else { take(left) };
			left = left.saturating_sub(credit.peek());
			credit
		};
		let rewards = seize(&mut |left| T::Rewards::seize_rewards(provider, left));
		let vesting = seize(&mut |left| T::Vesting::seize_unpledged(provider, left));
		let stake = if left.is_zero() {
			TakenStake::<T>::default()
		} else {
			Self::take_stake(provider, &mut ledger, pool.as_mut(), offence_at, left)
		};
		let debt = Self::incur_debt(provider, stake.missing);

		let (from_bond, from_rewards) = (bond.peek(), rewards.peek());
		let (from_vesting, from_stake) = (vesting.peek(), stake.taken());
		let paid = Self::distribute(bond.merge(stake.own), rewards.merge(vesting).merge(stake.others), report);
		let taken = from_rewards.saturating_add(from_vesting).saturating_add(from_stake);
		log::info!(target: crate::LOG_TARGET, "slashed {taken} of {due} due from {provider:?} for {:?}", report.offence);
		Self::deposit_event(Event::Slashed {
			slash,
			provider: provider.clone(),
			machine: report.machine,
			offence: report.offence,
			tier: report.tier,
			amount: paid.amount,
			from_bond,
			from_rewards,
			from_vesting,
			from_stake,
			debt,
			wronged: report.wronged.clone(),
			to_wronged: paid.to_wronged,
			reporter: report.reporter.clone(),
			to_reporter: paid.to_reporter,
			to_treasury: paid.to_treasury,
			burned: paid.burned,
		});
		Self::note_standing_with(provider, &mut ledger, pool.as_ref(), before, now);
		Self::store_ledger(provider, &ledger);
		taken
	}

	/// Pay the parts of a slash out that took `own` of the provider's own tokens, and `others`. Returns how it was
	/// really divided.
	fn distribute(own: CreditOf<T>, others: CreditOf<T>, report: &OffenceReport<T::AccountId>) -> SlashSplit {
		let (wronged, reporter) = (report.wronged.as_ref(), report.reporter.as_ref());
		let amount = own.peek().saturating_add(others.peek());
		let mut split = SlashSplit::of::<T>(amount, own.peek(), wronged.is_some(), reporter.is_some());
		let (to_wronged, rest) = own.split(split.to_wronged);
		let (to_reporter, rest) = rest.split(split.to_reporter);
		let (mut to_treasury, burned) = rest.merge(others).split(split.to_treasury);

		for (who, part, told) in
			[(wronged, to_wronged, &mut split.to_wronged), (reporter, to_reporter, &mut split.to_reporter)]
		{
			// Not even tried for nothing, which would put an empty deposit among the events.
			let unpaid = match who {
				Some(who) if !part.peek().is_zero() => T::Currency::resolve(who, part).err().unwrap_or_default(),
				_ => part,
			};
			*told = told.saturating_sub(unpaid.peek());
			to_treasury.subsume(unpaid);
		}
		split.to_treasury = to_treasury.peek();

		T::SlashTreasury::on_unbalanced(to_treasury);
		drop(burned);
		split
	}
}
