//! Stake that left a pool and stays liable, and how a slash is divided between all that is.
//!
//! Delegated stake that leaves its provider is booked into the sub-pools of the period of [`Config::LiabilityPeriod`]
//! blocks in which it left:
//!
//! ```text
//! undelegated  ──► unbonding { shares, amount }   its tokens lie in the pool's account until they are withdrawn
//! moved away   ──► moved     { shares, amount }   its tokens are in another pool at once; this is what they are liable for
//! ```
//!
//! An offence of period `o` hits the pool and the sub-pools of the periods from `o` on: whoever left before that period
//! is not touched, and whoever left in it counts as having left after. As `UnbondingPeriod` is at most
//! [`LIVE_PERIODS`]` − 1` periods long, a slash looks at no more than [`LIVE_PERIODS`]` + 1` keys, however many left.
//!
//! What a slash takes off a `moved` sub-pool cannot be taken at once, since the tokens are elsewhere. Whoever moved owes
//! it from then on; see [`delegation`](crate::delegation).
//!
//! Departures that find a sub-pool slashed whole, in which no share could be priced, are booked into that of the next
//! period: liable no shorter.

use crate::{
	pool::{mul_div, Fund, PoolOf, Shares},
	types::{CreditOf, UnexpectedKind},
	Config, Departed, EndedIndices, Error, Event, Ledger, Pallet, Pools,
};
use alloc::vec::Vec;
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	defensive,
	traits::{fungible::BalancedHold, Get, Imbalance},
	DefaultNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto, Zero},
	Rounding,
};

/// Number of a liability period: of the block divided by `LiabilityPeriod`.
pub type Period = u32;

/// In how many periods stake can have left that is liable at one time: `UnbondingPeriod` touches no more.
pub const LIVE_PERIODS: u32 = 8;

/// What left a provider in one period. Removed when nobody has shares in it any more.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct SubPools {
	/// Undelegated, and not withdrawn.
	pub unbonding: Fund,
	/// Moved to other providers: liable, not there.
	pub moved: Fund,
}

/// How stake leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Departure {
	/// Its delegator wants it back.
	Unbonding,
	/// To another provider.
	Moved,
}

/// A slash, divided between a provider and what was delegated to it.
pub(crate) struct DelegatedSlash<T: Config> {
	/// The part of the provider's own stake, which the caller takes. Not more than it has.
	pub own: Balance,
	/// What was taken of delegated stake.
	pub delegated: CreditOf<T>,
	/// How much was missing, all stake that is liable being less than the slash.
	pub missing: Balance,
}

/// What a slash took of stake.
#[derive(DefaultNoBound)]
pub(crate) struct TakenStake<T: Config> {
	/// Out of the provider's bond, at work and on its way out.
	pub own: CreditOf<T>,
	/// Out of its pledge, and of what was delegated to it.
	pub others: CreditOf<T>,
	/// How much was missing, all stake that is liable being less than the slash.
	pub missing: Balance,
}

impl<T: Config> TakenStake<T> {
	/// How much was taken in all.
	pub(crate) fn taken(&self) -> Balance {
		self.own.peek().saturating_add(self.others.peek())
	}
}

impl SubPools {
	/// The fund of those who left as `departure` says.
	pub(crate) fn fund(&mut self, departure: Departure) -> &mut Fund {
		match departure {
			Departure::Unbonding => &mut self.unbonding,
			Departure::Moved => &mut self.moved,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The liability period of a block.
	pub(crate) fn period_of(block: BlockNumberFor<T>) -> Period {
		let length: u128 = T::LiabilityPeriod::get().unique_saturated_into();
		let block: u128 = block.unique_saturated_into();
		block.checked_div(length).unwrap_or_default().unique_saturated_into()
	}

	/// Store sub-pools, or remove them when nobody has shares in them.
	pub(crate) fn store_departed(provider: &T::AccountId, period: Period, sub_pools: &SubPools) {
		if sub_pools.unbonding.shares.is_zero() && sub_pools.moved.shares.is_zero() {
			Departed::<T>::remove(provider, period);
		} else {
			Departed::<T>::insert(provider, period, sub_pools);
		}
	}

	/// Book `amount` that leaves `pool` of `provider`, which the caller stores, in the present period. Returns where, its
	/// shares there and what these are worth, which rounding may leave one unit below `amount`.
	pub(crate) fn depart(
		provider: &T::AccountId,
		pool: &mut PoolOf<T>,
		departure: Departure,
		amount: Balance,
	) -> Result<(Period, Shares, Balance), Error<T>> {
		let present = Self::period_of(frame_system::Pallet::<T>::block_number());
		for period in [present, present.saturating_add(1)] {
			let mut sub_pools = Departed::<T>::get(provider, period);
			let fund = sub_pools.fund(departure);
			if let Some(shares) = fund.issue(amount) {
				let worth = fund.value_of(shares);
				Departed::<T>::insert(provider, period, sub_pools);
				pool.last_departure = pool.last_departure.max(Some(period));
				return Ok((period, shares, worth));
			}
		}
		Err(Error::<T>::PeriodExhausted)
	}

	/// Give up `shares` in a sub-pool. Returns what they were worth.
	pub(crate) fn leave_departed(
		provider: &T::AccountId,
		period: Period,
		departure: Departure,
		shares: Shares,
	) -> Balance {
		let mut sub_pools = Departed::<T>::get(provider, period);
		let amount = sub_pools.fund(departure).redeem(shares);
		Self::store_departed(provider, period, &sub_pools);
		amount
	}

	/// Take up to `amount` of all stake that is liable for what `provider` did in block `offence_at`: out of `ledger`,
	/// which the caller stores, and out of what was delegated to its `pool`.
	///
	/// What moved stake owes is neither taken nor missing: it is collected from those who moved it.
	pub(crate) fn take_stake(
		provider: &T::AccountId,
		ledger: &mut Ledger<T>,
		pool: Option<&mut PoolOf<T>>,
		offence_at: BlockNumberFor<T>,
		amount: Balance,
	) -> TakenStake<T> {
		let DelegatedSlash { own, delegated, missing } =
			Self::take_delegated(provider, ledger.total(), pool, offence_at, amount);
		let (own, pledged) = Self::take_own(provider, ledger, own);
		TakenStake { own, others: pledged.merge(delegated), missing }
	}

	/// Take the delegated part of a slash of `amount` from a provider whose own stake is `own`.
	///
	/// The parts are pro rata; the provider's is rounded up, then that of those who left, so that nobody gains by leaving.
	/// Slashes the whole of what is liable when `amount` is more.
	///
	/// O(1): [`LIVE_PERIODS`]` + 1` sub-pools and the pool, however many delegators there are.
	pub(crate) fn take_delegated(
		provider: &T::AccountId,
		own: Balance,
		pool: Option<&mut PoolOf<T>>,
		offence_at: BlockNumberFor<T>,
		amount: Balance,
	) -> DelegatedSlash<T> {
		let Some(pool) = pool else {
			let own = amount.min(own);
			return DelegatedSlash { own, delegated: CreditOf::<T>::default(), missing: amount.saturating_sub(own) };
		};
		let mut left_in = Self::liable_departed(provider, pool, offence_at);
		let departed = left_in.iter().fold(0, |sum: Balance, (_, sub_pools)| {
			sum.saturating_add(sub_pools.unbonding.amount).saturating_add(sub_pools.moved.amount)
		});
		let mut liable = departed.saturating_add(pool.fund.amount);
		let total = liable.saturating_add(own);
		let missing = amount.saturating_sub(total);
		let amount = amount.min(total);
		let own = mul_div(amount, own, total, Rounding::Up).unwrap_or_default().min(own);
		let mut due = amount.saturating_sub(own);
		if due.is_zero() {
			return DelegatedSlash { own, delegated: CreditOf::<T>::default(), missing };
		}

		let mut take = |fund: &mut Fund, rounding: Rounding| {
			let part = mul_div(due, fund.amount, liable, rounding).unwrap_or_default().min(fund.amount);
			liable = liable.saturating_sub(fund.amount);
			due = due.saturating_sub(part);
			fund.amount = fund.amount.saturating_sub(part);
			part
		};
		let (mut from_unbonding, mut booked): (Balance, Balance) = (0, 0);
		for (period, sub_pools) in left_in.iter_mut() {
			from_unbonding = from_unbonding.saturating_add(take(&mut sub_pools.unbonding, Rounding::Up));
			booked = booked.saturating_add(take(&mut sub_pools.moved, Rounding::Up));
			Departed::<T>::insert(provider, *period, sub_pools);
		}
		// The last fund: all that is still due, which its share of itself is.
		let from_pool = take(&mut pool.fund, Rounding::Up);

		if pool.fund.amount.is_zero() && !pool.fund.shares.is_zero() {
			EndedIndices::<T>::insert(provider, pool.generation, pool.reward_per_share);
			Self::deposit_event(Event::PoolEmptied { provider: provider.clone(), generation: pool.generation });
			pool.generation = pool.generation.saturating_add(1);
			pool.fund = Fund::default();
		}
		let expected = from_pool.saturating_add(from_unbonding);
		let (credit, _) = T::Currency::slash(&Self::pool_hold(), &pool.account, expected);
		Self::expect_taken(expected, credit.peek());
		Pools::<T>::insert(provider, &*pool);
		Self::deposit_event(Event::DelegationSlashed { provider: provider.clone(), from_pool, from_unbonding, booked });
		DelegatedSlash { own, delegated: credit, missing }
	}

	/// The sub-pools of `provider`, whose pool is `pool`, that are liable for an offence in block `offence_at`.
	fn liable_departed(
		provider: &T::AccountId,
		pool: &PoolOf<T>,
		offence_at: BlockNumberFor<T>,
	) -> Vec<(Period, SubPools)> {
		let Some(latest) = pool.last_departure else { return Vec::new() };
		let present = Self::period_of(frame_system::Pallet::<T>::block_number());
		let oldest = present.saturating_sub(LIVE_PERIODS.saturating_sub(1));
		(Self::period_of(offence_at).max(oldest)..=latest)
			.filter_map(|period| Departed::<T>::try_get(provider, period).ok().map(|sub_pools| (period, sub_pools)))
			.collect()
	}

	/// Tell of a hold that is smaller than the ledger has it.
	pub(crate) fn expect_taken(expected: Balance, taken: Balance) {
		if taken != expected {
			Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::HoldBelowLedger { expected, taken } });
			defensive!("less stake on hold than in the ledger");
		}
	}

	/// The block from which on stake that leaves in block `now` is free and liable for nothing any more.
	pub(crate) fn free_from(now: BlockNumberFor<T>) -> BlockNumberFor<T> {
		now.saturating_add(T::UnbondingPeriod::get())
	}
}
