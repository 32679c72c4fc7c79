//! What vests for an account: granting, claiming, leaving early.
//!
//! Tokens that vest are on hold in the account of whoever they vest for, and [`Ledgers`] says plan by plan how far they
//! have vested. Nothing is done as time goes by: a ledger is brought up to date when somebody touches it.

use crate::{
	tranche::Line, Config, CreditOf, Error, Event, ExitPreview, HoldReason, Ledger, Ledgers, Pallet, Terms,
	UnexpectedKind,
};
use assay_primitives::{Balance, BlockNumber, Vesting, VestingPlan};
use frame_support::{
	defensive, ensure,
	pallet_prelude::DispatchResult,
	storage::with_storage_layer,
	traits::{
		fungible::{Balanced, BalancedHold, Inspect, InspectHold, MutateHold},
		tokens::{DepositConsequence, Fortitude, Precision, Preservation, Provenance},
		Imbalance, OnUnbalanced,
	},
};
use sp_runtime::{
	traits::{Convert, Zero},
	DispatchError, SaturatedConversion,
};

impl Terms {
	/// By what rule grants vest.
	pub fn line(&self) -> Line {
		Line { term: self.term, cliff: self.cliff.unwrap_or_default() }
	}

	/// By what rule that vests which left early. A plan without early exit has none.
	pub fn exit_line(&self) -> Line {
		// What left by an exit that was abolished since has vested.
		Line { term: self.early_exit.map_or(0, |exit| exit.term), cliff: 0 }
	}
}

impl Ledger {
	/// All that is on hold by this plan.
	pub fn total(&self) -> Balance {
		self.ready.saturating_add(self.unvested())
	}

	/// What has not vested, as of the last look.
	pub fn unvested(&self) -> Balance {
		self.vesting.rest().saturating_add(self.exiting.rest())
	}

	/// All that is not pledged.
	pub fn unpledged(&self) -> Balance {
		self.total().saturating_sub(self.pledged)
	}

	/// What can be claimed: what has vested, as far as the rest covers the pledge.
	pub fn claimable(&self) -> Balance {
		self.ready.min(self.unpledged())
	}

	/// What can leave early: what has not vested, as far as the rest covers the pledge.
	pub fn exitable(&self) -> Balance {
		self.vesting.rest().min(self.unpledged())
	}

	/// Note what has vested by block `now`. O(tranches).
	pub(crate) fn accrue(&mut self, now: BlockNumber, terms: &Terms) {
		let vested = self.vesting.accrue(now, terms.line());
		let exited = self.exiting.accrue(now, terms.exit_line());
		self.ready = self.ready.saturating_add(vested).saturating_add(exited);
	}

	/// Take up to `amount` by force: what could be claimed soonest first, and so against whoever it vests for. Returns how
	/// much that was. O(tranches).
	pub(crate) fn seize(&mut self, amount: Balance) -> Balance {
		let mut taken = self.ready.min(amount);
		self.ready = self.ready.saturating_sub(taken);
		taken = taken.saturating_add(self.exiting.take_oldest(amount.saturating_sub(taken)));
		taken.saturating_add(self.vesting.take_oldest(amount.saturating_sub(taken)))
	}
}

impl<T: Config> Vesting<T::AccountId, CreditOf<T>> for Pallet<T> {
	/// Have `credit` vest for `who` by `plan`, apart from what the plan pays at once. O(tranches).
	///
	/// Given back whole, and without a trace, when the account has not the existential deposit beside it, counting what is
	/// paid at once, or cannot have another hold.
	///
	/// Emits `Granted`.
	fn vest(who: &T::AccountId, plan: VestingPlan, credit: CreditOf<T>) -> Result<(), CreditOf<T>> {
		let amount = credit.peek();
		if amount.is_zero() {
			return Ok(());
		}
		let (terms, now) = (Self::terms_of(plan), Self::now());
		let at_once = terms.at_once.mul_floor(amount);
		let vesting = amount.saturating_sub(at_once);
		let mut ledger = Self::accrued(who, plan);
		let booked = ledger.vesting.grant(now, vesting, terms.line()).filter(|()| Self::can_take(who, at_once, amount));
		if booked.is_none() {
			return Err(credit);
		}
		let (liquid, rest) = credit.split(at_once);
		if !at_once.is_zero() {
			if let Err(liquid) = T::Currency::resolve(who, liquid) {
				return Err(liquid.merge(rest));
			}
		}
		let held = Self::put_on_hold(who, rest);
		let vesting = if held.is_ok() { vesting } else { 0 };
		if held.is_ok() {
			Self::store(who, plan, ledger);
		}
		if !at_once.is_zero() || !vesting.is_zero() {
			Self::deposit_event(Event::Granted { account: who.clone(), plan, at_once, vesting });
		}
		held
	}
}

impl<T: Config> Pallet<T> {
	/// Why tokens are on hold.
	pub(crate) fn reason() -> T::RuntimeHoldReason {
		HoldReason::Vesting.into()
	}

	/// The present block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// How tokens of `plan` vest.
	pub(crate) fn terms_of(plan: VestingPlan) -> Terms {
		T::TermsOf::convert(plan)
	}

	/// The ledger of `who` in `plan` with all noted that has vested. Not stored.
	pub(crate) fn accrued(who: &T::AccountId, plan: VestingPlan) -> Ledger {
		let mut ledger = Ledgers::<T>::get(who, plan);
		ledger.accrue(Self::now(), &Self::terms_of(plan));
		ledger
	}

	/// Keep `ledger` if there is anything in it.
	pub(crate) fn store(who: &T::AccountId, plan: VestingPlan, ledger: Ledger) {
		if ledger.total().is_zero() {
			Ledgers::<T>::remove(who, plan);
		} else {
			Ledgers::<T>::insert(who, plan, ledger);
		}
	}

	/// Whether `who` can take `amount` on hold but for `at_once`, which is free.
	fn can_take(who: &T::AccountId, at_once: Balance, amount: Balance) -> bool {
		let free = T::Currency::balance(who).saturating_add(at_once);
		// An account that does not exist has no holds that could be too many.
		let can_hold =
			!frame_system::Pallet::<T>::account_exists(who) || T::Currency::hold_available(&Self::reason(), who);
		can_hold
			&& free >= T::Currency::minimum_balance()
			&& T::Currency::can_deposit(who, amount, Provenance::Extant) == DepositConsequence::Success
	}

	/// Put `credit` on hold in the account of `who`, or give it back.
	fn put_on_hold(who: &T::AccountId, credit: CreditOf<T>) -> Result<(), CreditOf<T>> {
		let amount = credit.peek();
		T::Currency::resolve(who, credit)?;
		if Self::hold(who, amount).is_ok() {
			return Ok(());
		}
		// The account has as many references as it may have.
		let back = T::Currency::withdraw(who, amount, Precision::Exact, Preservation::Preserve, Fortitude::Force);
		Err(back.unwrap_or_else(|_| {
			defensive!("what was just deposited cannot be withdrawn");
			Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::NotHeld { amount } });
			CreditOf::<T>::zero()
		}))
	}

	/// Put `amount` of the free balance of `who` on hold.
	pub(crate) fn hold(who: &T::AccountId, amount: Balance) -> DispatchResult {
		// A hold takes from the free balance before it can fail.
		with_storage_layer(|| T::Currency::hold(&Self::reason(), who, amount))
	}

	/// Take `amount`, which a ledger has given, from what is on hold.
	pub(crate) fn take_held(who: &T::AccountId, amount: Balance) -> CreditOf<T> {
		if amount.is_zero() {
			return CreditOf::<T>::zero();
		}
		let (credit, _) = T::Currency::slash(&Self::reason(), who, amount);
		let taken = credit.peek();
		if taken != amount {
			defensive!("less is on hold than the ledger says");
			let kind = UnexpectedKind::HoldBelowLedger { expected: amount, taken };
			Self::deposit_event(Event::Unexpected { kind });
		}
		credit
	}

	/// See [`Pallet::claim`].
	pub(crate) fn do_claim(plan: VestingPlan, account: T::AccountId) -> DispatchResult {
		let mut ledger = Self::accrued(&account, plan);
		ensure!(!ledger.ready.is_zero(), Error::<T>::NothingVested);
		let amount = ledger.claimable();
		ensure!(!amount.is_zero(), Error::<T>::AllPledged);
		ledger.ready = ledger.ready.saturating_sub(amount);
		T::Currency::release(&Self::reason(), &account, amount, Precision::Exact)?;
		Self::store(&account, plan, ledger);
		Self::deposit_event(Event::Claimed { account, plan, amount });
		Ok(())
	}

	/// What taking `amount`, or all that can be, out of `ledger` early would do.
	pub(crate) fn preview_exit(
		ledger: &Ledger,
		plan: VestingPlan,
		amount: Option<Balance>,
	) -> Result<ExitPreview, DispatchError> {
		let exit = Self::terms_of(plan).early_exit.ok_or(Error::<T>::NoEarlyExit)?;
		let most = ledger.exitable();
		let amount = amount.unwrap_or(most);
		ensure!(!amount.is_zero(), Error::<T>::NothingToExit);
		ensure!(amount <= most, Error::<T>::NotEnoughVesting);
		let forfeited = exit.forfeit.mul_ceil(amount);
		let kept = amount.saturating_sub(forfeited);
		Ok(ExitPreview { amount, forfeited, kept, complete: Self::now().saturating_add(exit.term) })
	}

	/// See [`Pallet::exit_early`].
	pub(crate) fn do_exit(who: T::AccountId, plan: VestingPlan, amount: Option<Balance>) -> DispatchResult {
		let mut ledger = Self::accrued(&who, plan);
		let ExitPreview { amount, forfeited, kept, .. } = Self::preview_exit(&ledger, plan, amount)?;
		ledger.vesting.take_newest(amount);
		if !kept.is_zero() {
			let line = Self::terms_of(plan).exit_line();
			ledger.exiting.grant(Self::now(), kept, line).ok_or(Error::<T>::NotEnoughVesting)?;
		}
		Self::store(&who, plan, ledger);
		let credit = Self::take_held(&who, forfeited);
		Self::deposit_event(Event::ExitedEarly { account: who, plan, amount, forfeited });
		T::Forfeits::on_unbalanced(credit);
		Ok(())
	}
}
