//! Positions: what one delegator has with one provider, and what it is liable for elsewhere.
//!
//! ```text
//! free ──delegate──► shares of the pool ──undelegate──► chunk, UnbondingPeriod long ──withdraw_delegation──► free
//!                      │        ▲
//!                      └ move ──┴─► shares of another pool + liability to the pool left, UnbondingPeriod long
//! ```
//!
//! # Liabilities
//!
//! Whoever moves stake takes a liability along: shares in the `moved` sub-pool of the provider that it left. A slash
//! there lowers what the shares are worth, and the difference is **owed**. It is taken out of the position, its shares
//! first and then its chunks, the newest first, whenever the position is touched, or when anybody asks
//! ([`collect_liability`](crate::Pallet::collect_liability)). A liability goes on for `UnbondingPeriod` after the move;
//! what became owed meanwhile can be collected for ever.
//!
//! Liabilities follow the stake that backs them: of a position that moves a part of its stake, the same part of each
//! liability moves along, rounded up, and nothing is paid out while the rest would not back what it is liable for.
//! Stake that moves back to where it came from gives its liability up, since it is liable there as the pool's.
//!
//! When a position is worth less than it owes, because its provider was slashed as well, the rest is lost to the pot.

use crate::{
	departed::{Departure, Period},
	pool::{mul_div, PoolOf, Shares, REWARD_SCALE},
	types::CreditOf,
	weights::WeightInfo,
	Config, Departed, EndedIndices, Error, Event, Pallet, Pools, Positions,
};
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	traits::{
		fungible::{BalancedHold, Mutate, MutateHold},
		tokens::{Fortitude, Precision, Preservation, Restriction},
		Get, Imbalance, OnUnbalanced,
	},
	weights::Weight,
	BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{traits::Zero, FixedU128, Perbill, Rounding};

/// Delegated stake on its way out.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct DelegationChunk<BlockNumber> {
	/// In the sub-pools of which period it is.
	pub period: Period,
	/// Its shares of what is unbonding there. Never zero.
	pub shares: Shares,
	/// The first block in which it can be withdrawn.
	pub withdrawable_at: BlockNumber,
}

/// What stake that was moved here is still liable for.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Liability<AccountId, BlockNumber> {
	/// To whom the stake was delegated.
	pub provider: AccountId,
	/// In the sub-pools of which period the liability is booked.
	pub period: Period,
	/// Its shares of what moved in that period. Never zero.
	pub shares: Shares,
	/// What the shares were worth when they were last looked at. What they are worth less is owed.
	pub amount: Balance,
	/// The first block in which it is liable for nothing new.
	pub until: BlockNumber,
}

/// The liability type of a runtime.
pub type LiabilityOf<T> = Liability<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// Everything that the pallet knows of one delegator with one provider. Removed when nothing is left in it.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct Position<T: Config> {
	/// Of which generation of the pool the shares are.
	pub generation: u32,
	/// Shares of the pool.
	pub shares: Shares,
	/// The pool's `reward_per_share` up to which rewards were counted.
	pub counted_to: u128,
	/// Rewards that were counted and not claimed.
	pub reward: Balance,
	/// Stake on its way out, the oldest first.
	pub chunks: BoundedVec<DelegationChunk<BlockNumberFor<T>>, T::MaxUnbondingChunks>,
	/// What the stake is liable for elsewhere. No two for the same provider and period.
	pub liabilities: BoundedVec<LiabilityOf<T>, T::MaxLiabilities>,
}

/// What a delegator has with a provider: the answer of the view function `delegation`.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct DelegationStatus {
	/// Shares of the provider's pool.
	pub shares: Shares,
	/// What they are worth.
	pub value: Balance,
	/// What is on its way out, withdrawable or not.
	pub unbonding: Balance,
	/// The part of `unbonding` that can be withdrawn in the present block.
	pub withdrawable: Balance,
	/// Rewards that can be claimed.
	pub reward: Balance,
	/// What the position is still liable for elsewhere.
	pub liable: Balance,
	/// What it owes, and loses when it is next touched.
	pub owed: Balance,
}

/// A pool as front ends want it: the answer of the view function `pool`.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct PoolStatus<AccountId, BlockNumber> {
	/// Where the pool's tokens lie.
	pub account: AccountId,
	/// The provider's own stake at work, which divides each reward with `stake`.
	pub own: Balance,
	/// The delegated stake.
	pub stake: Balance,
	/// The part of it that counts towards what the provider's machines require.
	pub counted: Balance,
	/// How much more can be delegated.
	pub room: Balance,
	/// All shares.
	pub shares: Shares,
	/// What a share is worth.
	pub price: FixedU128,
	/// What one share has ever earned, times [`REWARD_SCALE`]. The difference between two blocks, times `shares` and
	/// divided by `stake` and [`REWARD_SCALE`], is the yield between them.
	pub reward_per_share: u128,
	/// The part of the delegators' rewards that the provider keeps.
	pub commission: Perbill,
	/// The part of the provider's rewards that it gives to its delegators.
	pub kickback: Perbill,
	/// Commission and kick-back that will count, and from which block on.
	pub announced: Option<(Perbill, Perbill, BlockNumber)>,
}

impl<T: Config> Position<T> {
	/// Whether there is nothing left to remember.
	pub fn is_empty(&self) -> bool {
		self.shares.is_zero() && self.reward.is_zero() && self.chunks.is_empty() && self.liabilities.is_empty()
	}

	/// The rewards that can be claimed: counted ones and those since.
	pub(crate) fn pending_reward(&self, provider: &T::AccountId, pool: &PoolOf<T>) -> Balance {
		let index = if self.generation == pool.generation {
			pool.reward_per_share
		} else {
			EndedIndices::<T>::get(provider, self.generation)
		};
		let since = index.saturating_sub(self.counted_to);
		self.reward.saturating_add(mul_div(self.shares, since, REWARD_SCALE, Rounding::Down).unwrap_or_default())
	}

	/// Count the rewards up to now. To be done before the shares change, or the new ones would earn for the past.
	///
	/// Shares of a pool that was slashed whole since are void.
	fn count_reward(&mut self, provider: &T::AccountId, pool: &PoolOf<T>) {
		self.reward = self.pending_reward(provider, pool);
		self.counted_to = pool.reward_per_share;
		if self.generation != pool.generation {
			self.generation = pool.generation;
			self.shares = 0;
		}
	}

	/// The shares that count in `pool`.
	pub(crate) fn valid_shares(&self, pool: &PoolOf<T>) -> Shares {
		if self.generation == pool.generation {
			self.shares
		} else {
			0
		}
	}

	/// Number of liabilities, with which the cost of touching the position grows.
	pub(crate) fn liability_count(&self) -> u32 {
		self.liabilities.len() as u32
	}

	/// Take `liability` on, together with one for the same provider and period if there is.
	fn add_liability(&mut self, liability: LiabilityOf<T>) -> Result<(), Error<T>> {
		let same = self
			.liabilities
			.iter_mut()
			.find(|other| other.provider == liability.provider && other.period == liability.period);
		match same {
			Some(other) => {
				other.shares = other.shares.saturating_add(liability.shares);
				other.amount = other.amount.saturating_add(liability.amount);
				other.until = other.until.max(liability.until);
				Ok(())
			},
			None => self.liabilities.try_push(liability).map_err(|_| Error::<T>::TooManyLiabilities),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Relations between the constants of delegation, for `integrity_test`.
	pub(crate) fn check_delegation_constants() {
		use crate::departed::LIVE_PERIODS;
		use sp_runtime::traits::UniqueSaturatedInto;
		let length: u128 = T::LiabilityPeriod::get().unique_saturated_into();
		let unbonding: u128 = T::UnbondingPeriod::get().unique_saturated_into();
		assert!(
			length > 0 && unbonding <= length.saturating_mul(u128::from(LIVE_PERIODS.saturating_sub(1))),
			"UnbondingPeriod must not be longer than seven liability periods, or a slash would miss the oldest"
		);
		assert!(
			T::MinDelegation::get() >= <T::Currency as frame_support::traits::fungible::Inspect<_>>::minimum_balance()
				&& !T::MinDelegation::get().is_zero(),
			"MinDelegation must be at least the existential deposit and above zero"
		);
		assert!(!T::MaxLiabilities::get().is_zero(), "without liabilities no stake can be moved");
		assert!(
			T::MaxCommission::get() < Perbill::one(),
			"delegators must keep something of what they earn, or they would bear slashes for nothing"
		);
	}

	/// The position of `delegator` with `provider` and the pool that it is in, rewards counted and what is owed
	/// collected. Returns also how many liabilities were looked at, and how many of them were settled.
	fn touched(
		provider: &T::AccountId,
		delegator: &T::AccountId,
	) -> Result<(PoolOf<T>, Position<T>, Touched), DispatchError> {
		let mut position = Positions::<T>::get(provider, delegator).ok_or(Error::<T>::NotDelegated)?;
		let mut pool = Pools::<T>::get(provider).ok_or(Error::<T>::NotDelegated)?;
		let touched = Self::touch(provider, delegator, &mut pool, &mut position);
		Ok((pool, position, touched))
	}

	/// Count the rewards of a position and collect what it owes. O(liabilities), and O(chunks) when it owes more than
	/// its shares are worth.
	fn touch(
		provider: &T::AccountId,
		delegator: &T::AccountId,
		pool: &mut PoolOf<T>,
		position: &mut Position<T>,
	) -> Touched {
		position.count_reward(provider, pool);
		let mut touched = Touched { liabilities: position.liability_count(), settled: 0 };
		if position.liabilities.is_empty() {
			return touched;
		}
		let now = frame_system::Pallet::<T>::block_number();
		let mut credit = CreditOf::<T>::default();
		for mut liability in core::mem::take(&mut position.liabilities) {
			let moved = Departed::<T>::get(&liability.provider, liability.period).moved;
			let value = moved.value_of(liability.shares).min(liability.amount);
			let owed = liability.amount.saturating_sub(value);
			if !owed.is_zero() {
				let collected = Self::collect(provider, pool, position, owed);
				credit.subsume(Self::distribute_collected(provider, delegator, pool, &liability, owed, collected));
			}
			let over = value.is_zero() || liability.until <= now;
			if over {
				Self::leave_departed(&liability.provider, liability.period, Departure::Moved, liability.shares);
			}
			if over || !owed.is_zero() {
				touched.settled = touched.settled.saturating_add(1);
			}
			liability.amount = value;
			if !over {
				// There is room: no more are put in than were taken out.
				let _ = position.liabilities.try_push(liability);
			}
		}
		// Not even tried for nothing, which would put an empty deposit among the events.
		if !credit.peek().is_zero() {
			T::SlashTreasury::on_unbalanced(credit);
		}
		touched
	}

	/// Take up to `owed` out of a position: its shares first, then its chunks, the newest first. Returns what was there,
	/// which is still on hold.
	fn collect(provider: &T::AccountId, pool: &mut PoolOf<T>, position: &mut Position<T>, owed: Balance) -> Balance {
		let shares = pool.fund.shares_for(owed).min(position.shares);
		let mut collected = pool.fund.redeem(shares);
		position.shares = position.shares.saturating_sub(shares);
		for chunk in position.chunks.iter_mut().rev() {
			if collected >= owed {
				break;
			}
			let unbonding = Departed::<T>::get(provider, chunk.period).unbonding;
			let shares = unbonding.shares_for(owed.saturating_sub(collected)).min(chunk.shares);
			let taken = Self::leave_departed(provider, chunk.period, Departure::Unbonding, shares);
			collected = collected.saturating_add(taken);
			chunk.shares = chunk.shares.saturating_sub(shares);
		}
		position.chunks.retain(|chunk| !chunk.shares.is_zero());
		collected
	}

	/// Slash what was collected off the hold of `pool`: the treasury's part is returned, the rest burned.
	///
	/// Nobody else has a part: the wronged account was paid from what could be taken when the offence was punished.
	fn distribute_collected(
		provider: &T::AccountId,
		delegator: &T::AccountId,
		pool: &PoolOf<T>,
		liability: &LiabilityOf<T>,
		owed: Balance,
		collected: Balance,
	) -> CreditOf<T> {
		let (credit, _) = T::Currency::slash(&Self::pool_hold(), &pool.account, collected);
		Self::expect_taken(collected, credit.peek());
		let (to_treasury, burned) = credit.split(T::TreasuryShare::get().mul_floor(collected));
		Self::deposit_event(Event::LiabilityCollected {
			delegator: delegator.clone(),
			provider: provider.clone(),
			offender: liability.provider.clone(),
			owed,
			to_treasury: to_treasury.peek(),
			burned: burned.peek(),
		});
		to_treasury
	}

	/// Store a pool and a position in it, or remove the position when nothing is left in it. O(tiers), since how the
	/// provider stands may depend on it.
	fn store_position(provider: &T::AccountId, delegator: &T::AccountId, pool: &PoolOf<T>, position: &Position<T>) {
		Self::with_standing(provider, || Pools::<T>::insert(provider, pool));
		if position.is_empty() {
			Positions::<T>::remove(provider, delegator);
		} else {
			Positions::<T>::insert(provider, delegator, position);
		}
	}

	/// Issue shares for `amount` that has come to the pool of `provider`. The rewards of the position are counted.
	///
	/// Refused above what may be delegated beside the provider's bond, and when the position would be smaller than
	/// `MinDelegation`, but for the rounding of a share.
	fn put_in(
		provider: &T::AccountId,
		pool: &mut PoolOf<T>,
		position: &mut Position<T>,
		amount: Balance,
	) -> Result<Shares, DispatchError> {
		let own = Self::ledger(provider)?.own();
		ensure!(!own.is_zero(), Error::<T>::NotBonded);
		let room = Self::delegation_cap(own).saturating_sub(pool.fund.amount);
		ensure!(amount <= room, Error::<T>::DelegationCapReached);
		let shares = pool.fund.issue(amount).ok_or(Error::<T>::PoolDepleted)?;
		position.shares = position.shares.saturating_add(shares);
		ensure!(
			amount >= T::MinDelegation::get() || pool.fund.value_of(position.shares) >= T::MinDelegation::get(),
			Error::<T>::BelowMinDelegation
		);
		Ok(shares)
	}

	/// Burn shares for `amount`, or all of them when they are worth no more. Returns what leaves the pool.
	///
	/// Crumbs stay: a slash would round a sub-pool of a few units down to nothing, and so close its period to all others.
	fn take_out(pool: &mut PoolOf<T>, position: &mut Position<T>, amount: Balance) -> Result<Balance, DispatchError> {
		let value = pool.fund.value_of(position.shares);
		ensure!(!value.is_zero(), Error::<T>::NotDelegated);
		ensure!(amount >= value.min(T::MinDelegation::get()), Error::<T>::BelowMinDelegation);
		let shares = if amount >= value { position.shares } else { pool.fund.shares_for(amount).min(position.shares) };
		let amount = pool.fund.redeem(shares);
		position.shares = position.shares.saturating_sub(shares);
		ensure!(
			position.shares.is_zero() || pool.fund.value_of(position.shares) >= T::MinDelegation::get(),
			Error::<T>::BelowMinDelegation
		);
		Ok(amount)
	}

	/// See [`delegate`](crate::Pallet::delegate). Returns how many liabilities were looked at.
	pub(crate) fn do_delegate(
		delegator: &T::AccountId,
		provider: &T::AccountId,
		amount: Balance,
	) -> Result<u32, DispatchError> {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		let mut pool = Self::pool_or_open(provider, delegator)?;
		let mut position = Positions::<T>::get(provider, delegator).unwrap_or_default();
		let touched = Self::touch(provider, delegator, &mut pool, &mut position);
		let shares = Self::put_in(provider, &mut pool, &mut position, amount)?;
		T::Currency::transfer_and_hold(
			&Self::pool_hold(),
			delegator,
			&pool.account,
			amount,
			Precision::Exact,
			Preservation::Preserve,
			Fortitude::Polite,
		)?;
		Self::store_position(provider, delegator, &pool, &position);
		Self::deposit_event(Event::Delegated {
			provider: provider.clone(),
			delegator: delegator.clone(),
			amount,
			shares,
		});
		Ok(touched.liabilities)
	}

	/// See [`undelegate`](crate::Pallet::undelegate). Returns how many liabilities were looked at.
	pub(crate) fn do_undelegate(
		delegator: &T::AccountId,
		provider: &T::AccountId,
		amount: Balance,
	) -> Result<u32, DispatchError> {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		let (mut pool, mut position, touched) = Self::touched(provider, delegator)?;
		let amount = Self::take_out(&mut pool, &mut position, amount)?;
		let (period, shares, _) = Self::depart(provider, &mut pool, Departure::Unbonding, amount)?;
		let withdrawable_at = Self::free_from(frame_system::Pallet::<T>::block_number());
		match position.chunks.last_mut() {
			Some(last) if last.period == period && last.withdrawable_at == withdrawable_at => {
				last.shares = last.shares.saturating_add(shares);
			},
			_ => position
				.chunks
				.try_push(DelegationChunk { period, shares, withdrawable_at })
				.map_err(|_| Error::<T>::TooManyChunks)?,
		}
		Self::store_position(provider, delegator, &pool, &position);
		Self::deposit_event(Event::Undelegating {
			provider: provider.clone(),
			delegator: delegator.clone(),
			amount,
			withdrawable_at,
		});
		Ok(touched.liabilities)
	}

	/// See [`withdraw_delegation`](crate::Pallet::withdraw_delegation). Returns how many liabilities were looked at.
	pub(crate) fn do_withdraw_delegation(
		delegator: &T::AccountId,
		provider: &T::AccountId,
	) -> Result<u32, DispatchError> {
		let (pool, mut position, touched) = Self::touched(provider, delegator)?;
		let now = frame_system::Pallet::<T>::block_number();
		let mut amount: Balance = 0;
		let mut matured = false;
		for chunk in position.chunks.iter().filter(|chunk| chunk.withdrawable_at <= now) {
			matured = true;
			let freed = Self::leave_departed(provider, chunk.period, Departure::Unbonding, chunk.shares);
			amount = amount.saturating_add(freed);
		}
		ensure!(matured, Error::<T>::NothingToWithdraw);
		position.chunks.retain(|chunk| chunk.withdrawable_at > now);
		Self::ensure_liabilities_backed(provider, &pool, &position)?;
		if !amount.is_zero() {
			T::Currency::transfer_on_hold(
				&Self::pool_hold(),
				&pool.account,
				delegator,
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Polite,
			)?;
		}
		Self::store_position(provider, delegator, &pool, &position);
		Self::deposit_event(Event::DelegationWithdrawn {
			provider: provider.clone(),
			delegator: delegator.clone(),
			amount,
		});
		Ok(touched.liabilities)
	}

	/// See [`move_delegation`](crate::Pallet::move_delegation). Returns how many liabilities were looked at.
	pub(crate) fn do_move_delegation(
		delegator: &T::AccountId,
		from: &T::AccountId,
		to: &T::AccountId,
		amount: Balance,
	) -> Result<u32, DispatchError> {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		ensure!(from != to, Error::<T>::SameProvider);
		let now = frame_system::Pallet::<T>::block_number();
		let until = Self::free_from(now);

		let (mut pool, mut position, touched) = Self::touched(from, delegator)?;
		let value = pool.fund.value_of(position.shares);
		let amount = Self::take_out(&mut pool, &mut position, amount)?;
		let carried = Self::split_liabilities(from, &mut position, amount, value)?;
		let (period, liable, worth) = Self::depart(from, &mut pool, Departure::Moved, amount)?;
		Self::store_position(from, delegator, &pool, &position);

		let mut target = Self::pool_or_open(to, delegator)?;
		let mut new = Positions::<T>::get(to, delegator).unwrap_or_default();
		let also_touched = Self::touch(to, delegator, &mut target, &mut new);
		for liability in carried {
			if liability.provider == *to {
				// It is back in the pool, which is liable for all that its provider did.
				Self::leave_departed(to, liability.period, Departure::Moved, liability.shares);
			} else {
				new.add_liability(liability)?;
			}
		}
		new.add_liability(Liability { provider: from.clone(), period, shares: liable, amount: worth, until })?;
		let shares = Self::put_in(to, &mut target, &mut new, amount)?;
		T::Currency::transfer_on_hold(
			&Self::pool_hold(),
			&pool.account,
			&target.account,
			amount,
			Precision::Exact,
			Restriction::OnHold,
			Fortitude::Polite,
		)?;
		Self::store_position(to, delegator, &target, &new);
		Self::deposit_event(Event::DelegationMoved {
			delegator: delegator.clone(),
			from: from.clone(),
			to: to.clone(),
			amount,
			shares,
			liable_until: until,
		});
		Ok(touched.liabilities.saturating_add(also_touched.liabilities))
	}

	/// Take the part of the liabilities of a position that goes along with `amount`, which was taken out of shares that
	/// were worth `value`.
	///
	/// A liability is backed by all that the position is worth, on its way out or not: see
	/// [`ensure_liabilities_backed`](Self::ensure_liabilities_backed). The part is rounded up.
	fn split_liabilities(
		from: &T::AccountId,
		position: &mut Position<T>,
		amount: Balance,
		value: Balance,
	) -> Result<BoundedVec<LiabilityOf<T>, T::MaxLiabilities>, DispatchError> {
		let mut carried = BoundedVec::default();
		if position.liabilities.is_empty() {
			return Ok(carried);
		}
		let backing = value.saturating_add(Self::unbonding_of(from, position));
		for liability in &mut position.liabilities {
			let shares = mul_div(liability.shares, amount, backing, Rounding::Up)
				.unwrap_or(liability.shares)
				.min(liability.shares);
			let moved = Departed::<T>::get(&liability.provider, liability.period).moved;
			let left = liability.shares.saturating_sub(shares);
			carried
				.try_push(Liability { shares, amount: moved.value_of(shares), ..liability.clone() })
				.map_err(|_| Error::<T>::TooManyLiabilities)?;
			liability.shares = left;
			liability.amount = moved.value_of(left);
		}
		position.liabilities.retain(|liability| !liability.shares.is_zero());
		Ok(carried)
	}

	/// What the chunks of a position with `provider` are worth.
	fn unbonding_of(provider: &T::AccountId, position: &Position<T>) -> Balance {
		position.chunks.iter().fold(0, |sum: Balance, chunk| {
			sum.saturating_add(Departed::<T>::get(provider, chunk.period).unbonding.value_of(chunk.shares))
		})
	}

	/// Refuse to let stake go while what remains is worth less than what it is liable for to any one provider.
	///
	/// A chunk can be older than a liability, and would leave it without what backs it. A unit of rounding for each
	/// liability is overlooked.
	fn ensure_liabilities_backed(
		provider: &T::AccountId,
		pool: &PoolOf<T>,
		position: &Position<T>,
	) -> Result<(), Error<T>> {
		if position.liabilities.is_empty() {
			return Ok(());
		}
		let worth = pool
			.fund
			.value_of(position.shares)
			.saturating_add(Self::unbonding_of(provider, position))
			.saturating_add(position.liability_count().into());
		let liable_to = |offender: &T::AccountId| {
			let liabilities = position.liabilities.iter().filter(|liability| liability.provider == *offender);
			liabilities.fold(0, |sum: Balance, liability| sum.saturating_add(liability.amount))
		};
		let backed = position.liabilities.iter().all(|liability| liable_to(&liability.provider) <= worth);
		ensure!(backed, Error::<T>::StillLiable);
		Ok(())
	}

	/// See [`claim_delegation_reward`](crate::Pallet::claim_delegation_reward). Returns how many liabilities were
	/// looked at.
	pub(crate) fn do_claim_reward(
		delegator: &T::AccountId,
		provider: &T::AccountId,
		compound: bool,
	) -> Result<u32, DispatchError> {
		let (mut pool, mut position, touched) = Self::touched(provider, delegator)?;
		let amount = core::mem::take(&mut position.reward);
		ensure!(!amount.is_zero(), Error::<T>::NothingToClaim);
		pool.owed = pool.owed.saturating_sub(amount);
		if compound {
			T::Currency::hold(&Self::pool_hold(), &pool.account, amount)?;
			Self::put_in(provider, &mut pool, &mut position, amount)?;
		} else {
			T::Currency::transfer(&pool.account, delegator, amount, Preservation::Preserve)?;
		}
		Self::store_position(provider, delegator, &pool, &position);
		Self::deposit_event(Event::DelegationRewardClaimed {
			provider: provider.clone(),
			delegator: delegator.clone(),
			amount,
			compounded: compound,
		});
		Ok(touched.liabilities)
	}

	/// See [`collect_liability`](crate::Pallet::collect_liability). Returns how many liabilities were looked at.
	pub(crate) fn do_collect_liability(
		delegator: &T::AccountId,
		provider: &T::AccountId,
	) -> Result<u32, DispatchError> {
		let (pool, position, touched) = Self::touched(provider, delegator)?;
		ensure!(touched.settled > 0, Error::<T>::NothingToCollect);
		Self::store_position(provider, delegator, &pool, &position);
		Ok(touched.liabilities)
	}

	/// The answer of the view function `delegation`.
	pub(crate) fn delegation_status(provider: &T::AccountId, delegator: &T::AccountId) -> Option<DelegationStatus> {
		let position = Positions::<T>::get(provider, delegator)?;
		let pool = Pools::<T>::get(provider)?;
		let now = frame_system::Pallet::<T>::block_number();
		let shares = position.valid_shares(&pool);
		let mut status = DelegationStatus {
			shares,
			value: pool.fund.value_of(shares),
			reward: position.pending_reward(provider, &pool),
			..Default::default()
		};
		for chunk in &position.chunks {
			let worth = Departed::<T>::get(provider, chunk.period).unbonding.value_of(chunk.shares);
			status.unbonding = status.unbonding.saturating_add(worth);
			if chunk.withdrawable_at <= now {
				status.withdrawable = status.withdrawable.saturating_add(worth);
			}
		}
		for liability in &position.liabilities {
			let moved = Departed::<T>::get(&liability.provider, liability.period).moved;
			let value = moved.value_of(liability.shares).min(liability.amount);
			status.owed = status.owed.saturating_add(liability.amount.saturating_sub(value));
			if liability.until > now {
				status.liable = status.liable.saturating_add(value);
			}
		}
		Some(status)
	}

	/// The answer of the view function `pool`.
	pub(crate) fn pool_status(provider: &T::AccountId) -> Option<PoolStatus<T::AccountId, BlockNumberFor<T>>> {
		let pool = Pools::<T>::get(provider)?;
		let own = crate::Ledgers::<T>::get(provider).map_or(0, |ledger| ledger.own());
		let now = frame_system::Pallet::<T>::block_number();
		let cap = Self::delegation_cap(own);
		let terms = pool.terms_at(now);
		Some(PoolStatus {
			own,
			stake: pool.fund.amount,
			counted: pool.fund.amount.min(cap),
			room: cap.saturating_sub(pool.fund.amount),
			shares: pool.fund.shares,
			price: pool.fund.price(),
			reward_per_share: pool.reward_per_share,
			commission: terms.commission,
			kickback: terms.kickback,
			announced: pool
				.announced
				.filter(|announced| announced.from > now)
				.map(|announced| (announced.terms.commission, announced.terms.kickback, announced.from)),
			account: pool.account,
		})
	}

	/// See [`set_commission`](crate::Pallet::set_commission).
	pub(crate) fn do_set_commission(provider: &T::AccountId, commission: Perbill, kickback: Perbill) -> DispatchResult {
		ensure!(commission <= T::MaxCommission::get(), Error::<T>::CommissionTooHigh);
		Self::ledger(provider)?;
		let now = frame_system::Pallet::<T>::block_number();
		let from = sp_runtime::traits::Saturating::saturating_add(now, T::CommissionNotice::get());
		let from = Self::do_set_terms(provider, crate::pool::Terms { commission, kickback }, now, from)?;
		Self::deposit_event(Event::CommissionAnnounced { provider: provider.clone(), commission, kickback, from });
		Ok(())
	}
}

/// What looking at `liabilities` and collecting what is owed costs beside a call's own work.
pub(crate) fn touch_weight<T: Config>(liabilities: u32) -> Weight {
	if liabilities.is_zero() {
		return Weight::zero();
	}
	T::WeightInfo::collect_liability(liabilities)
}

/// What touching a position came upon.
struct Touched {
	/// How many liabilities it had.
	liabilities: u32,
	/// How many of them owed something or were over.
	settled: u32,
}
