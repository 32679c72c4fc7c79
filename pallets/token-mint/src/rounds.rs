//! Rounds: what pots owe to those who earned it, and its payment.
//!
//! There is a pot for each [`RewardKind`], and a round of [`Config::RoundLength`] blocks for all. While it runs, points are
//! added up, in all and by account: gas of accepted work, score of proven capacity, checks, blocks made. When it closes, what
//! each pot has free is shared out pro rata to points. A reward for work is moreover never more than `k` × the fees on that work.
//! Nobody is visited at that time: the round keeps the numbers by which each account's reward can be computed when the
//! account is next credited, paid or slashed. So every step is O(1), whoever else exists.
//!
//! What rewards may come to at most is reserved when the round closes: `k` × all fees for work, everything that is free for
//! other kinds. It is released as far as it was not earned when the last account has settled. As anyone may claim for an
//! account, nobody can hold it back.
//!
//! Nothing that happens after a round has closed changes its rewards: points, fees and `k` are those of the round.

use crate::{
	Config, CreditOf, CurrentRound, Error, Event, Ledger, Ledgers, Pallet, Pot, PotState, PotStates, Round, Rounds,
	RunningRound, UnexpectedKind, WeightInfo,
};
use assay_primitives::{
	Balance, CapacityRewards, CheckerRewards, PayRewards, RewardKind, RewardPayee, SeizeRewards, Vesting, WorkRewards,
};
use core::marker::PhantomData;
use frame_support::{
	defensive, ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	storage::with_storage_layer,
	traits::{
		fungible::{Balanced, Inspect, Mutate},
		tokens::{Fortitude, Precision, Preservation, Provenance},
		Get, Imbalance,
	},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding,
	traits::{Convert, Saturating, Zero},
	Perbill, Rounding, SaturatedConversion,
};

/// What an account earned in a round that has closed.
struct Settled {
	round: u32,
	reward: Balance,
}

impl<T: Config> WorkRewards<T::AccountId, Balance> for Pallet<T> {
	/// Count accepted work into the running round, as far as its fee is [`Config::MinFeePerWork`] for each gas of it. O(1).
	///
	/// So work without a fee is not counted, and work at a small fee takes little from the share of others.
	///
	/// Emits `WorkCredited`, and `RewardSettled` when it is the provider's first work since a round closed.
	fn credit_work(provider: &T::AccountId, work: u128, fee: Balance) {
		if fee.is_zero() {
			return;
		}
		let work = work.min(fee.checked_div(T::MinFeePerWork::get()).unwrap_or(u128::MAX));
		if let Some(round) = Self::credit(RewardKind::Work, provider, work, fee) {
			Self::deposit_event(Event::WorkCredited { provider: provider.clone(), round, work, fee });
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(provider: &T::AccountId) {
		crate::benchmarking::leave_unsettled::<T>(RewardKind::Work, provider);
	}
}

impl<T: Config> CapacityRewards<T::AccountId> for Pallet<T> {
	/// Count proven capacity into the running round. O(1).
	///
	/// Emits `PointsCredited`, and `RewardSettled` when it is the provider's first since a round closed.
	fn credit_capacity(provider: &T::AccountId, score: u128) {
		Self::credit_points(RewardKind::Capacity, provider, score);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(provider: &T::AccountId) {
		crate::benchmarking::leave_unsettled::<T>(RewardKind::Capacity, provider);
	}
}

impl<T: Config> CheckerRewards<T::AccountId> for Pallet<T> {
	/// Count checks into the running round. O(1).
	///
	/// Emits `PointsCredited`, and `RewardSettled` when it is the checker's first since a round closed.
	fn credit_checks(checker: &T::AccountId, checks: u128) {
		Self::credit_points(RewardKind::Checks, checker, checks);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(checker: &T::AccountId) {
		crate::benchmarking::leave_unsettled::<T>(RewardKind::Checks, checker);
	}
}

impl<T: Config> pallet_authorship::EventHandler<T::AccountId, BlockNumberFor<T>> for Pallet<T> {
	/// Count a block for its author. O(1).
	///
	/// Emits nothing of its own, as the block itself names its author; `RewardSettled` when it is the author's first block
	/// since a round closed. The weight is in that of this pallet's hook, as the authorship pallet reports none.
	fn note_author(author: T::AccountId) {
		Self::credit(RewardKind::Validation, &author, 1, 0);
	}
}

impl<T: Config> SeizeRewards<T::AccountId, Balance, CreditOf<T>> for Pallet<T> {
	/// Take up to `amount` of the rewards of closed rounds that `who` was not paid, of all kinds in the order of their
	/// indices. Points of the running round are not touched. O(1).
	///
	/// Emits `RewardsSeized` for each kind that something was taken of, and `RewardSettled` for each round that is settled.
	fn seize_rewards(who: &T::AccountId, amount: Balance) -> CreditOf<T> {
		let mut taken = CreditOf::<T>::zero();
		for kind in RewardKind::ALL {
			let left = amount.saturating_sub(taken.peek());
			if left.is_zero() {
				break;
			}
			let Ok(mut ledger) = Ledgers::<T>::try_get(kind, who) else { continue };
			let mut state = PotStates::<T>::get(kind);
			Self::settle_pending(kind, who, &mut ledger, &mut state);
			taken.subsume(Self::seize_pending(kind, who, &mut ledger, &mut state, left));
			Self::store(kind, who, ledger);
			PotStates::<T>::insert(kind, state);
		}
		taken
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_seizable(who: &T::AccountId) {
		for kind in RewardKind::ALL {
			crate::benchmarking::leave_unsettled::<T>(kind, who);
		}
	}
}

impl<T: Config> PayRewards<T::AccountId> for Pallet<T> {
	/// [`claim`](Pallet::claim) all kinds that do not vest, each by itself. O(kinds).
	fn pay_rewards(who: &T::AccountId) -> Weight {
		let mut weight = Weight::zero();
		for kind in RewardKind::ALL.into_iter().filter(|kind| T::VestingOf::convert(*kind).is_none()) {
			if !Ledgers::<T>::contains_key(kind, who) {
				weight.saturating_accrue(T::DbWeight::get().reads(1));
				continue;
			}
			weight.saturating_accrue(Self::claim_weight());
			// One that cannot be paid is there to be claimed later: nothing of the attempt has happened.
			let _ = with_storage_layer(|| Self::do_claim(kind, who));
		}
		weight
	}

	fn pay_weight() -> Weight {
		Self::claim_weight().saturating_mul(RewardKind::ALL.len() as u64)
	}
}

impl<T: Config> Pallet<T> {
	/// What the pot of `kind` can give: its balance without the existential deposit and without what is `reserved`.
	pub(crate) fn free(kind: RewardKind, reserved: Balance) -> Balance {
		let pot = Self::pot_account(kind.into());
		T::Currency::reducible_balance(&pot, Preservation::Preserve, Fortitude::Polite).saturating_sub(reserved)
	}

	/// The part of the fees on its work that a provider's reward may reach.
	pub(crate) fn fee_share() -> Perbill {
		T::RewardFeeShare::get().min(T::MaxRewardFeeShare::get())
	}

	/// Close the running round when it has lasted its time, for all kinds; whether it did. O(kinds).
	pub(crate) fn close_round_if_due(now: BlockNumberFor<T>) -> bool {
		let RunningRound { number, since } = CurrentRound::<T>::get();
		let lasted = now.saturating_sub(since).saturated_into::<u32>();
		// An integrity test refuses rounds of no blocks; here they would only never close.
		let over = match lasted.checked_rem(T::RoundLength::get()) {
			Some(over) if over < lasted => over,
			_ => return false,
		};
		let next = number.saturating_add(1);
		for kind in RewardKind::ALL {
			Self::close_round(kind, next);
		}
		// Where hooks were skipped, rounds go on in step with what they would have been.
		CurrentRound::<T>::put(RunningRound { number: next, since: now.saturating_sub(over.into()) });
		true
	}

	/// Close the running round of `kind` and begin round `next`. A round in which nobody earned leaves nothing behind. O(1).
	fn close_round(kind: RewardKind, next: u32) {
		let PotState { round, points, fee, accounts, reserved } = PotStates::<T>::get(kind);
		let mut state = PotState { round: next, reserved, ..Default::default() };
		if !points.is_zero() {
			let amount = Self::free(kind, reserved);
			let fee_share = (kind == RewardKind::Work).then(Self::fee_share);
			// No sum of rewards is larger: shares of `amount` are rounded down, and so are the parts of each provider's fees.
			let most = fee_share.map_or(amount, |share| share.mul_floor(fee).min(amount));
			if !most.is_zero() {
				let closed = Round { points, amount, fee_share, reserved: most, unsettled: accounts };
				Rounds::<T>::insert(kind, round, closed);
				state.reserved = reserved.saturating_add(most);
			}
			Self::deposit_event(Event::RoundClosed { kind, round, points, distributed: most });
		}
		PotStates::<T>::insert(kind, state);
	}

	/// Count `points`, and the `fee` on them, of `account` into the running round, the number of which is returned. O(1).
	///
	/// None when there was nothing to count, or the round's sums would pass 128 bits.
	fn credit(kind: RewardKind, account: &T::AccountId, points: u128, fee: Balance) -> Option<u32> {
		if points.is_zero() {
			return None;
		}
		let mut state = PotStates::<T>::get(kind);
		// An account's sums are parts of these, so that they fit when these do.
		let (Some(all_points), Some(all_fees)) = (state.points.checked_add(points), state.fee.checked_add(fee)) else {
			Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::RoundOverflow });
			return None;
		};
		let mut ledger = Ledgers::<T>::get(kind, account);
		Self::settle_pending(kind, account, &mut ledger, &mut state);
		if ledger.points.is_zero() {
			state.accounts = state.accounts.saturating_add(1);
		}
		ledger.round = state.round;
		ledger.points = ledger.points.saturating_add(points);
		ledger.fee = ledger.fee.saturating_add(fee);
		state.points = all_points;
		state.fee = all_fees;
		Ledgers::<T>::insert(kind, account, ledger);
		PotStates::<T>::insert(kind, state);
		Some(state.round)
	}

	/// Count points that no fee was paid on.
	fn credit_points(kind: RewardKind, account: &T::AccountId, points: u128) {
		if let Some(round) = Self::credit(kind, account, points, 0) {
			Self::deposit_event(Event::PointsCredited { kind, account: account.clone(), round, points });
		}
	}

	/// Reward of `ledger` out of the closed `round` that it belongs to.
	pub(crate) fn reward(round: &Round, ledger: &Ledger) -> Balance {
		// Not above `amount`, as nobody's points are above the round's; so it always fits.
		let share = multiply_by_rational_with_rounding(round.amount, ledger.points, round.points, Rounding::Down)
			.unwrap_or_default();
		round.fee_share.map_or(share, |part| share.min(part.mul_floor(ledger.fee)))
	}

	/// What `account` could claim now.
	pub(crate) fn claimable(kind: RewardKind, account: &T::AccountId) -> Balance {
		let ledger = Ledgers::<T>::get(kind, account);
		let closed = !ledger.points.is_zero() && ledger.round < PotStates::<T>::get(kind).round;
		let round = if closed { Rounds::<T>::get(kind, ledger.round) } else { None };
		ledger.pending.saturating_add(round.map_or(0, |round| Self::reward(&round, &ledger)))
	}

	/// Move what `ledger` earned in a round that has closed to its pending rewards, and tell of it. O(1).
	///
	/// The caller stores `ledger` and `state`.
	fn settle_pending(kind: RewardKind, account: &T::AccountId, ledger: &mut Ledger, state: &mut PotState) {
		if let Some(settled) = Self::settle(kind, ledger, state) {
			Self::tell_settled(kind, account, settled);
		}
	}

	/// Tell that what an account earned in a round is pending.
	fn tell_settled(kind: RewardKind, account: &T::AccountId, Settled { round, reward }: Settled) {
		Self::deposit_event(Event::RewardSettled { kind, account: account.clone(), round, reward });
	}

	/// Move what `ledger` earned in a round that has closed to its pending rewards. None when there was no such round. O(1).
	///
	/// The caller stores `ledger` and `state`.
	fn settle(kind: RewardKind, ledger: &mut Ledger, state: &mut PotState) -> Option<Settled> {
		if ledger.points.is_zero() || ledger.round >= state.round {
			return None;
		}
		let mut reward = Balance::zero();
		// A round that is not there had nothing to give.
		if let Some(mut round) = Rounds::<T>::take(kind, ledger.round) {
			reward = Self::reward(&round, ledger);
			if reward > round.reserved {
				defensive!("rewards of a round are within what it reserved");
				Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::RewardNotCovered });
				reward = round.reserved;
			}
			round.reserved = round.reserved.saturating_sub(reward);
			round.unsettled = round.unsettled.saturating_sub(1);
			if round.unsettled.is_zero() {
				// What nobody earned is free again. The reward itself stays reserved until it is paid.
				state.reserved = state.reserved.saturating_sub(round.reserved);
			} else {
				Rounds::<T>::insert(kind, ledger.round, round);
			}
		}
		let settled = Settled { round: ledger.round, reward };
		*ledger = Ledger { pending: ledger.pending.saturating_add(reward), ..Default::default() };
		Some(settled)
	}

	/// Keep `ledger` if there is anything in it.
	fn store(kind: RewardKind, account: &T::AccountId, ledger: Ledger) {
		if ledger.points.is_zero() && ledger.pending.is_zero() {
			Ledgers::<T>::remove(kind, account);
		} else {
			Ledgers::<T>::insert(kind, account, ledger);
		}
	}

	/// What a claim of any kind weighs at most.
	pub(crate) fn claim_weight() -> Weight {
		T::WeightInfo::claim().max(T::WeightInfo::claim_work_reward())
	}

	/// Settle and pay what `account` has earned in closed rounds. See [`Pallet::claim`].
	pub(crate) fn do_claim(kind: RewardKind, account: &T::AccountId) -> DispatchResult {
		let mut ledger = Ledgers::<T>::get(kind, account);
		let mut state = PotStates::<T>::get(kind);
		let settled = Self::settle(kind, &mut ledger, &mut state);
		let amount = core::mem::take(&mut ledger.pending);
		ensure!(settled.is_some() || !amount.is_zero(), Error::<T>::NothingToClaim);
		state.reserved = state.reserved.saturating_sub(amount);
		// All is stored before the payee is called, whatever that does.
		Self::store(kind, account, ledger);
		PotStates::<T>::insert(kind, state);
		// A round's only reward may have been rounded down to nothing; then settling it was all there was to do.
		let rest = if amount.is_zero() { amount } else { Self::pay(kind, account, amount)? };
		// What was paid at once needs not be told of twice.
		if let Some(settled) = settled.filter(|_| amount.is_zero() || !rest.is_zero()) {
			Self::tell_settled(kind, account, settled);
		}
		if !rest.is_zero() {
			Ledgers::<T>::mutate(kind, account, |ledger| ledger.pending = ledger.pending.saturating_add(rest));
			PotStates::<T>::mutate(kind, |state| state.reserved = state.reserved.saturating_add(rest));
		}
		Ok(())
	}

	/// Pay `amount` out of the pot of `kind` to `account`, or have it vest. Returns what was not taken of it.
	fn pay(kind: RewardKind, account: &T::AccountId, amount: Balance) -> Result<Balance, DispatchError> {
		let pot = Self::pot_account(kind.into());
		let plan = T::VestingOf::convert(kind);
		// Most rewards go to one account as they are: that takes one step instead of two, and tells of it once.
		if plan.is_none() && T::Payee::takes_whole(account) {
			if let Err(error) = T::Currency::transfer(&pot, account, amount, Preservation::Preserve) {
				let takes = T::Currency::can_deposit(account, amount, Provenance::Extant).into_result();
				return Err(if takes.is_err() { Error::<T>::RewardNotTaken.into() } else { error });
			}
			Self::deposit_event(Event::RewardPaid { kind, account: account.clone(), amount, plan });
			return Ok(Balance::zero());
		}
		let credit = T::Currency::withdraw(&pot, amount, Precision::Exact, Preservation::Preserve, Fortitude::Polite)?;
		let taken = match plan {
			Some(plan) => T::Vesting::vest(account, plan, credit),
			None => T::Payee::pay(account, kind, credit),
		};
		let mut left = Balance::zero();
		if let Err(rest) = taken {
			left = rest.peek();
			ensure!(left < amount, Error::<T>::RewardNotTaken);
			// The pot's account lives, so that it takes back any amount. If not, nothing of this call has happened.
			T::Currency::resolve(&pot, rest).map_err(|_| Error::<T>::RewardNotTaken)?;
		}
		let paid = amount.saturating_sub(left);
		Self::deposit_event(Event::RewardPaid { kind, account: account.clone(), amount: paid, plan });
		Ok(left)
	}

	/// Take up to `most` of the pending rewards of `ledger` out of the pot. The caller stores `ledger` and `state`.
	fn seize_pending(
		kind: RewardKind,
		who: &T::AccountId,
		ledger: &mut Ledger,
		state: &mut PotState,
		most: Balance,
	) -> CreditOf<T> {
		let amount = ledger.pending.min(most);
		if amount.is_zero() {
			return CreditOf::<T>::zero();
		}
		let pot = Self::pot_account(Pot::from(kind));
		match T::Currency::withdraw(&pot, amount, Precision::Exact, Preservation::Preserve, Fortitude::Polite) {
			Ok(credit) => {
				ledger.pending = ledger.pending.saturating_sub(amount);
				state.reserved = state.reserved.saturating_sub(amount);
				Self::deposit_event(Event::RewardsSeized { kind, account: who.clone(), amount });
				credit
			},
			Err(_) => {
				defensive!("a pot covers what it has reserved");
				Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::PotNotCovered });
				CreditOf::<T>::zero()
			},
		}
	}
}

/// A payee that puts the whole of every reward into the account of who earned it.
pub struct PayInFull<T>(PhantomData<T>);

impl<T: Config> RewardPayee<T::AccountId, CreditOf<T>> for PayInFull<T> {
	fn pay(account: &T::AccountId, _: RewardKind, reward: CreditOf<T>) -> Result<(), CreditOf<T>> {
		T::Currency::resolve(account, reward)
	}

	fn takes_whole(_: &T::AccountId) -> bool {
		true
	}
}
