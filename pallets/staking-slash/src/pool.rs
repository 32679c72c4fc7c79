//! Pools: the delegated stake of one provider, owned in shares, and the rewards that it earns.
//!
//! ```text
//! delegators ──amount──► Fund { shares, amount } ◄──slash, O(1)
//!                          │ shares issued: amount × shares ÷ fund, rounded down
//!                          └ shares burned: for amount × shares ÷ fund, rounded up
//!
//! reward ─┬─ the provider's side: own part + commission − kick-back
//!         └─ the delegators' side ──► reward_per_share += side ÷ shares
//! ```
//!
//! A reward is divided when it is paid, by the stake of that moment. So that nobody shares in what the stake of others has
//! earned, what a provider could claim is paid before any stake with it comes or goes. What the running round brings is
//! divided by the stake that is there once it is paid.
//!
//! The tokens of a pool lie in an account of its own: on hold what is delegated, free what has been earned and not been
//! claimed, above the existential deposit that whoever opened the pool paid. No delegator is ever visited by a slash or
//! a reward.
//!
//! The price of a share is the ledger's, not the account's: nobody moves it by sending tokens there. It starts at one,
//! falls with a slash and rises by nothing but the rounding in favour of the pool, so a first depositor cannot make it
//! dear for the second.

use crate::{
	departed::Period, Config, CreditOf, Debts, Error, Event, HoldReason, Ledger, Ledgers, Pallet, Pools, Positions,
};
use assay_primitives::{Balance, PayRewards, RewardKind, RewardPayee};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	defensive,
	pallet_prelude::DispatchError,
	traits::{
		fungible::{Balanced, Inspect, Mutate},
		tokens::{DepositConsequence, Preservation, Provenance},
		Get, Imbalance,
	},
	weights::Weight,
	Blake2_256, StorageHasher,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding,
	traits::{TrailingZeroInput, Zero},
	FixedPointNumber, FixedU128, Perbill, Rounding,
};

/// Parts of a fund. Worth what the fund says, and nothing by themselves.
pub type Shares = u128;

/// By what [`Pool::reward_per_share`] is multiplied: 2⁶⁴.
///
/// A reward of one unit still counts for each of 10¹⁹ shares, and all that a chain of 10²¹ units can ever emit fits the
/// index of a pool of 10⁴ shares.
pub const REWARD_SCALE: u128 = 1 << 64;

/// `a × b ÷ c`. None when it does not fit, or `c` is zero.
pub(crate) fn mul_div(a: u128, b: u128, c: u128, rounding: Rounding) -> Option<u128> {
	if c.is_zero() {
		return None;
	}
	multiply_by_rational_with_rounding(a, b, c, rounding)
}

/// Tokens that many own together, by shares.
///
/// A fund without shares is empty. One with shares and no tokens was slashed whole: its shares are worth nothing, and it
/// issues no more.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Fund {
	/// All shares that there are.
	pub shares: Shares,
	/// What they are worth together.
	pub amount: Balance,
}

impl Fund {
	/// What `shares` are worth, rounded down; all of them are worth everything.
	pub fn value_of(&self, shares: Shares) -> Balance {
		if shares >= self.shares {
			return if self.shares.is_zero() { 0 } else { self.amount };
		}
		mul_div(shares, self.amount, self.shares, Rounding::Down).unwrap_or_default()
	}

	/// How many shares must be burned for `amount`, rounded up. May be more than there are.
	pub fn shares_for(&self, amount: Balance) -> Shares {
		if amount.is_zero() {
			return 0;
		}
		mul_div(amount, self.shares, self.amount, Rounding::Up).unwrap_or(Shares::MAX)
	}

	/// Put `amount` in for new shares, rounded down.
	///
	/// None, and nothing changed, when they would be none or too many to count: the fund was slashed whole or so nearly
	/// that its shares are worth next to nothing.
	pub fn issue(&mut self, amount: Balance) -> Option<Shares> {
		let shares =
			if self.shares.is_zero() { amount } else { mul_div(amount, self.shares, self.amount, Rounding::Down)? };
		if shares.is_zero() {
			return None;
		}
		*self = Self { shares: self.shares.checked_add(shares)?, amount: self.amount.checked_add(amount)? };
		Some(shares)
	}

	/// Burn `shares`. Returns what they were worth, which leaves the fund.
	pub fn redeem(&mut self, shares: Shares) -> Balance {
		let amount = self.value_of(shares);
		self.shares = self.shares.saturating_sub(shares);
		self.amount = self.amount.saturating_sub(amount);
		amount
	}

	/// What a share is worth. One when there are none.
	pub fn price(&self) -> FixedU128 {
		if self.shares.is_zero() {
			return FixedU128::from_u32(1);
		}
		FixedU128::checked_from_rational(self.amount, self.shares).unwrap_or_default()
	}
}

/// What a provider keeps of its delegators' rewards, and what it gives them of its own.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Terms {
	/// The part of the delegators' rewards that the provider keeps.
	pub commission: Perbill,
	/// The part of the provider's rewards, the commission among them, that it gives to its delegators.
	pub kickback: Perbill,
}

/// Terms that will count.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct AnnouncedTerms<BlockNumber> {
	/// The terms.
	pub terms: Terms,
	/// The first block in which they count.
	pub from: BlockNumber,
}

/// The delegated stake of a provider.
///
/// `fund.amount` and the unbonding sub-pools together are exactly what is on hold in `account` under
/// [`HoldReason::Delegated`]; `owed` and the existential deposit are covered by its free
/// balance.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Pool<AccountId, BlockNumber> {
	/// Where the pool's tokens lie.
	pub account: AccountId,
	/// The stake that counts for the provider.
	pub fund: Fund,
	/// How often the pool was slashed whole. Shares of an earlier generation are void.
	pub generation: u32,
	/// What one share has ever earned, times [`REWARD_SCALE`]. Never falls.
	pub reward_per_share: u128,
	/// Rewards that did not divide among the shares: they are divided with the next.
	pub undivided: Balance,
	/// All rewards that were received and not claimed, `undivided` and the dust of rounding among them.
	pub owed: Balance,
	/// The terms, before those announced.
	pub terms: Terms,
	/// Terms that will count, or count already without having been looked at.
	pub announced: Option<AnnouncedTerms<BlockNumber>>,
	/// The latest liability period in which stake has left. There is nothing to look for in later ones.
	pub last_departure: Option<Period>,
}

/// The pool type of a runtime.
pub type PoolOf<T> = Pool<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

impl<AccountId, BlockNumber: Copy + PartialOrd> Pool<AccountId, BlockNumber> {
	/// An empty pool that has its tokens in `account`.
	pub(crate) fn new(account: AccountId) -> Self {
		Self {
			account,
			fund: Fund::default(),
			generation: 0,
			reward_per_share: 0,
			undivided: 0,
			owed: 0,
			terms: Terms::default(),
			announced: None,
			last_departure: None,
		}
	}

	/// The terms that count in block `now`.
	pub fn terms_at(&self, now: BlockNumber) -> Terms {
		self.announced.filter(|announced| announced.from <= now).map_or(self.terms, |announced| announced.terms)
	}

	/// Divide `amount` among the shares. What does not divide waits for the next time.
	pub(crate) fn divide(&mut self, amount: Balance) {
		self.owed = self.owed.saturating_add(amount);
		self.undivided = self.undivided.saturating_add(amount);
		let step = mul_div(self.undivided, REWARD_SCALE, self.fund.shares, Rounding::Down);
		let index = step.and_then(|step| self.reward_per_share.checked_add(step));
		let (Some(step), Some(index)) = (step, index) else { return };
		let divided = mul_div(step, self.fund.shares, REWARD_SCALE, Rounding::Up).unwrap_or(self.undivided);
		self.undivided = self.undivided.saturating_sub(divided);
		self.reward_per_share = index;
	}
}

/// How a reward is divided between a provider and its delegators.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RewardSplit {
	/// The provider's side.
	pub to_provider: Balance,
	/// The delegators' side.
	pub to_delegators: Balance,
}

impl RewardSplit {
	/// Divide `reward` by stake and `terms`. Everything is rounded down, the delegators' stake part, the commission and
	/// the kick-back; the provider's side has the rest.
	pub(crate) fn of(reward: Balance, own: Balance, delegated: Balance, terms: Terms) -> Self {
		let total = own.saturating_add(delegated);
		let by_stake = mul_div(reward, delegated, total, Rounding::Down).unwrap_or_default();
		let commission = terms.commission.mul_floor(by_stake);
		let own_side = reward.saturating_sub(by_stake).saturating_add(commission);
		let kickback = terms.kickback.mul_floor(own_side);
		let to_delegators = by_stake.saturating_sub(commission).saturating_add(kickback);
		Self { to_provider: reward.saturating_sub(to_delegators), to_delegators }
	}
}

impl<T: Config> Pallet<T> {
	/// The most delegated stake that counts beside `own`.
	pub(crate) fn delegation_cap(own: Balance) -> Balance {
		T::MaxDelegationRatio::get().saturating_mul_int(own)
	}

	/// The delegated stake in `pool` that counts beside its provider's own stake of `own`.
	///
	/// Where the provider has unbonded below what was delegated to it, the surplus does not count.
	pub(crate) fn counted_delegation(pool: &PoolOf<T>, own: Balance) -> Balance {
		pool.fund.amount.min(Self::delegation_cap(own))
	}

	/// What covers the requirement of the provider of `ledger` and `pool`: its own stake and the delegated stake that
	/// counts.
	pub(crate) fn backing(ledger: &Ledger<T>, pool: Option<&PoolOf<T>>) -> Balance {
		let own = ledger.own();
		own.saturating_add(pool.map_or(0, |pool| Self::counted_delegation(pool, own)))
	}

	/// Have the rewards that `provider` has earned so far divided by the stake as it is, before that changes. Returns what it
	/// weighs.
	///
	/// Rewards are divided when they are paid. Without this, whoever adds stake just before would share in what that of
	/// others has earned, and whoever takes its stake out would leave its part behind.
	pub(crate) fn divide_rewards(provider: &T::AccountId) -> Weight {
		T::Rewards::pay_rewards(provider)
	}

	/// The same before the own stake of `provider` changes: without delegated stake nothing is divided.
	pub(crate) fn divide_rewards_with_delegators(provider: &T::AccountId) -> Weight {
		match Pools::<T>::get(provider) {
			Some(pool) if !pool.fund.amount.is_zero() => Self::divide_rewards(provider),
			_ => Weight::zero(),
		}
	}

	/// The same before what `delegator` owes for its liabilities is taken out of its stake with `provider`: without any
	/// nothing is divided.
	pub(crate) fn divide_rewards_if_liable(delegator: &T::AccountId, provider: &T::AccountId) -> Weight {
		match Positions::<T>::get(provider, delegator) {
			Some(position) if !position.liabilities.is_empty() => Self::divide_rewards(provider),
			_ => Weight::zero(),
		}
	}

	/// The pool of `provider`, opened at the cost of `opener` if there is none.
	///
	/// The existential deposit that the pool's account lives from stays in it for good.
	pub(crate) fn pool_or_open(provider: &T::AccountId, opener: &T::AccountId) -> Result<PoolOf<T>, DispatchError> {
		if let Some(pool) = Pools::<T>::get(provider) {
			return Ok(pool);
		}
		let name = Blake2_256::hash(&(b"pool", T::PalletId::get(), provider).encode());
		let account: T::AccountId =
			Decode::decode(&mut TrailingZeroInput::new(&name)).map_err(|_| Error::<T>::NoPoolAccount)?;
		T::Currency::transfer(opener, &account, T::Currency::minimum_balance(), Preservation::Preserve)?;
		let pool = Pool::new(account.clone());
		Pools::<T>::insert(provider, &pool);
		Self::deposit_event(Event::PoolOpened { provider: provider.clone(), account });
		Ok(pool)
	}

	/// Announce `terms` for the pool of `provider`. Returns the first block in which they count.
	///
	/// A pool without delegators has nobody to tell, and has them at once.
	pub(crate) fn do_set_terms(
		provider: &T::AccountId,
		terms: Terms,
		now: BlockNumberFor<T>,
		from: BlockNumberFor<T>,
	) -> Result<BlockNumberFor<T>, DispatchError> {
		let mut pool = Self::pool_or_open(provider, provider)?;
		pool.terms = pool.terms_at(now);
		let from = if pool.fund.shares.is_zero() {
			pool.terms = terms;
			pool.announced = None;
			now
		} else {
			pool.announced = Some(AnnouncedTerms { terms, from });
			from
		};
		Pools::<T>::insert(provider, pool);
		Ok(from)
	}

	/// Pay `provider` its side of a reward, less its `debt`.
	fn pay_provider(provider: &T::AccountId, debt: Balance, reward: CreditOf<T>) -> Result<(), CreditOf<T>> {
		let reward = Self::withhold_debt(provider, debt, reward);
		if reward.peek().is_zero() {
			return Ok(());
		}
		T::Currency::resolve(provider, reward)
	}

	/// What is on hold in the account of a pool.
	pub(crate) fn pool_hold() -> T::RuntimeHoldReason {
		HoldReason::Delegated.into()
	}
}

impl<T: Config> RewardPayee<T::AccountId, CreditOf<T>> for Pallet<T> {
	/// Divide `reward` between `provider` and its delegators, by the stake that is at work. O(1).
	///
	/// Stake that is on its way out earns nothing. Of the provider's side, what it owes is kept back. Given back whole, and
	/// without a trace, when the provider's account cannot take the rest.
	fn pay(provider: &T::AccountId, _kind: RewardKind, reward: CreditOf<T>) -> Result<(), CreditOf<T>> {
		if reward.peek().is_zero() {
			return Ok(());
		}
		let debt = Debts::<T>::get(provider);
		let can_take = |amount: Balance| {
			let net = amount.saturating_sub(debt);
			T::Currency::can_deposit(provider, net, Provenance::Extant) == DepositConsequence::Success
		};
		let Some(mut pool) = Pools::<T>::get(provider).filter(|pool| !pool.fund.amount.is_zero()) else {
			// Where nothing is kept back, a payment that fails leaves no trace by itself.
			if !debt.is_zero() && !can_take(reward.peek()) {
				return Err(reward);
			}
			return Self::pay_provider(provider, debt, reward);
		};
		let own = Ledgers::<T>::get(provider).map_or(0, |ledger| ledger.own());
		let terms = pool.terms_at(frame_system::Pallet::<T>::block_number());
		let split = RewardSplit::of(reward.peek(), own, pool.fund.amount, terms);
		if !can_take(split.to_provider) {
			return Err(reward);
		}

		let (to_delegators, to_provider) = reward.split(split.to_delegators);
		if !to_delegators.peek().is_zero() {
			if let Err(to_delegators) = T::Currency::resolve(&pool.account, to_delegators) {
				defensive!("the account of a pool cannot be paid");
				return Err(to_delegators.merge(to_provider));
			}
			pool.divide(split.to_delegators);
			Pools::<T>::insert(provider, &pool);
		}
		Self::deposit_event(Event::RewardDivided {
			provider: provider.clone(),
			to_provider: split.to_provider,
			to_delegators: split.to_delegators,
		});
		Self::pay_provider(provider, debt, to_provider)
	}

	fn takes_whole(provider: &T::AccountId) -> bool {
		Pools::<T>::get(provider).is_none_or(|pool| pool.fund.amount.is_zero()) && Debts::<T>::get(provider).is_zero()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(provider: &T::AccountId) {
		crate::benchmarking::make_dear_to_pay::<T>(provider);
	}
}
