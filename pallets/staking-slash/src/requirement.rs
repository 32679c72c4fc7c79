//! What machines require of their provider, and the coefficient that may follow the network.
//!
//! # The two things that a provider needs
//!
//! ```text
//! required  = Σ over tiers  machines of the tier × ⌈K(tier) × coefficient⌉   of its backing: own and delegated stake
//! threshold = greatest entry threshold of the tiers that it has machines of   of its own stake alone
//! ```
//!
//! A threshold is what Heurist asks with its 10,000 tokens a node: an entrance fee in the shape of stake, the same for
//! the first machine of a tier as for the thousandth. It does not scale with the coefficient, and nobody can delegate it.
//!
//! # The coefficient
//!
//! Governance sets it ([`CoefficientSource::Governed`]), or it follows the network, as Aethir has it
//! ([`CoefficientSource::Network`]). Then it is refreshed once a month, of [`Config::CoefficientPeriod`] blocks, and
//! stands still between:
//!
//! ```text
//! target = StakedMonths × capacity emission of last month ÷ Σ over registered machines K(tier)
//! next   = target within [MinCoefficient, MaxCoefficient], then within a MaxCoefficientStep up or down of the last
//! ```
//!
//! Both sides of the quotient are amounts of the token, so it has no unit: at coefficient one the K values themselves are
//! at stake, and all machines together have as much at stake as they are given in `StakedMonths` months. The step goes
//! before floor and ceiling: whoever takes half of all machines away, or brings as many, moves what the others must have
//! at stake by no more than one step a month, and a coefficient that governance left outside of the band walks into it.
//!
//! A month in which nothing was emitted, or that ends with no machine registered, says nothing about what a machine
//! earns, and leaves the coefficient where it is. So does a coefficient with which a K value could not be multiplied.
//!
//! Months are numbered by `block ÷ CoefficientPeriod`. A refresh divides what was emitted since the last one by the months
//! since, so months that were skipped are caught up once, with their mean and one step. Before the first refresh the count
//! runs from genesis. The emission is counted whether the coefficient follows it or not; machines are counted by tier as
//! they come and go ([`TierMachines`]), and their K values looked up when they are needed, so that a K value that changed
//! within the month counts as it is at its end. A refresh is O(tiers).
//!
//! Machines of halted providers count as well: nobody visits them, and their stake is not gone.
//!
//! # Raises
//!
//! Nobody visits the providers whom a higher coefficient, K value or threshold leaves short either. What is kept of a
//! raise is when it was and what was asked before it ([`Raise`]), from which follows for each provider when its shortage
//! began; see [`standing`](crate::standing).

use crate::{
	ledger::scaled_stake, Coefficient, Config, Error, Event, LastRefresh, Ledger, Pallet, Requirements, Source,
	TierMachines, TierStakes,
};
use alloc::vec::Vec;
use assay_primitives::{Balance, EmissionLedger, Tier};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	ensure, pallet_prelude::DispatchResult, traits::Get, weights::Weight, BoundedBTreeMap, CloneNoBound, DebugNoBound,
	DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{Bounded, Saturating, UniqueSaturatedInto, Zero},
	ArithmeticError, FixedPointNumber, FixedU128,
};

/// What decides about the coefficient.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum CoefficientSource {
	/// Governance: it stays as it was set.
	#[default]
	#[codec(index = 0)]
	Governed,
	/// The network: it is refreshed once a month.
	#[codec(index = 1)]
	Network,
}

/// What the last refresh saw.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Refresh {
	/// The month that began with it. Zero before the first.
	pub month: u32,
	/// All that the capacity pot had been credited by emission since genesis.
	pub emitted: Balance,
}

/// What a tier asks.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct TierRule {
	/// Its K value.
	pub stake: Balance,
	/// Its entry threshold.
	pub threshold: Balance,
}

/// Everything that is asked of machines at one time.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct Rules<T: Config> {
	/// The coefficient.
	pub coefficient: FixedU128,
	/// K value and threshold of each tier.
	pub tiers: BoundedBTreeMap<Tier, TierRule, T::MaxTiers>,
}

/// The last time that more was asked than before, together with the raises shortly before it.
///
/// Raises belong together while each comes less than `TopUpWindow` after the one before.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct Raise<T: Config> {
	/// The first of them.
	pub first: BlockNumberFor<T>,
	/// The last of them.
	pub at: BlockNumberFor<T>,
	/// Whether something was lowered since the first.
	pub lowered: bool,
	/// The least that was asked before any one of them.
	pub before: Rules<T>,
}

/// What is asked of providers beside the K values: one value, since whoever asks for one part asks for the other.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct RequirementTable<T: Config> {
	/// The entry threshold of each tier that has one. None is zero.
	pub thresholds: BoundedBTreeMap<Tier, Balance, T::MaxTiers>,
	/// The last raise.
	pub raise: Option<Raise<T>>,
}

/// What a tier asks at present: part of the answer of the view function `tier_requirements`.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct TierRequirement {
	/// Which tier.
	pub tier: Tier,
	/// Its K value.
	pub stake: Balance,
	/// What one machine of it requires: the K value times the coefficient, rounded up.
	pub required: Balance,
	/// The least stake of its own that a provider with machines of it must have.
	pub threshold: Balance,
	/// How many machines of it are registered on the whole chain.
	pub machines: u32,
}

/// How the coefficient stands: the answer of the view function `coefficient_status`.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct CoefficientStatus<BlockNumber> {
	/// The coefficient.
	pub coefficient: FixedU128,
	/// What decides about it.
	pub source: CoefficientSource,
	/// The first block of the next month, in which it may be refreshed.
	pub refresh_at: BlockNumber,
	/// What the capacity pot was credited by emission since the last refresh, a month of it.
	pub emitted: Balance,
	/// Σ K over all registered machines.
	pub staked: Balance,
	/// What a refresh in the present block would make of it if it followed the network.
	pub projected: FixedU128,
}

impl<T: Config> Rules<T> {
	/// Make everything the lesser of what it is and what `other` has, and take over tiers that only `other` has.
	fn lower_to(&mut self, other: &Self) {
		self.coefficient = self.coefficient.min(other.coefficient);
		for (tier, rule) in &other.tiers {
			match self.tiers.get_mut(tier) {
				Some(own) => {
					own.stake = own.stake.min(rule.stake);
					own.threshold = own.threshold.min(rule.threshold);
				},
				// There is room, as tiers are never removed and both have no more than `MaxTiers`.
				None => {
					let _ = self.tiers.try_insert(*tier, *rule);
				},
			}
		}
	}
}

impl<T: Config> RequirementTable<T> {
	/// The entry threshold of `tier`. Zero when it has none.
	pub fn threshold_of(&self, tier: Tier) -> Balance {
		self.thresholds.get(&tier).copied().unwrap_or_default()
	}
}

impl<T: Config> Ledger<T> {
	/// What `required` would be, and the greatest threshold, with the rules before the last raise. O(tiers).
	///
	/// Tiers that came after it count as they are.
	pub(crate) fn asked_before(&self, raise: &Raise<T>, table: &RequirementTable<T>) -> (Balance, Balance) {
		self.machines.iter().fold((0, 0), |(required, threshold): (Balance, Balance), (tier, count)| {
			let rule = raise.before.tiers.get(tier).copied().unwrap_or_else(|| TierRule {
				stake: TierStakes::<T>::get(tier).unwrap_or(Balance::MAX),
				threshold: table.threshold_of(*tier),
			});
			let each = scaled_stake(rule.stake, raise.before.coefficient).unwrap_or(Balance::MAX);
			let required = required.saturating_add(each.saturating_mul(Balance::from(*count)));
			(required, threshold.max(rule.threshold))
		})
	}

	/// The greatest entry threshold of the tiers that the provider has machines of.
	pub(crate) fn threshold(&self, table: &RequirementTable<T>) -> Balance {
		self.machines.keys().map(|tier| table.threshold_of(*tier)).max().unwrap_or_default()
	}
}

/// The coefficient after `current`, when `emitted` was emitted in a month that ended with K values of `staked` in all.
///
/// See the [module](self). Everything is rounded down, and the result is never zero.
pub(crate) fn next_coefficient<T: Config>(current: FixedU128, emitted: Balance, staked: Balance) -> FixedU128 {
	if emitted.is_zero() || staked.is_zero() {
		return current;
	}
	let target = FixedU128::checked_from_rational(emitted, staked)
		.map_or(FixedU128::max_value(), |ratio| ratio.saturating_mul(T::StakedMonths::get()));
	let step = T::MaxCoefficientStep::get();
	let lowest = current.const_checked_div(step).unwrap_or(current).max(FixedU128::from_inner(1));
	target.max(T::MinCoefficient::get()).min(T::MaxCoefficient::get()).max(lowest).min(current.saturating_mul(step))
}

impl<T: Config> Pallet<T> {
	/// Relations between the constants of the requirement, for `integrity_test`.
	pub(crate) fn check_requirement_constants() {
		let one = FixedU128::from_u32(1);
		assert!(
			T::CoefficientPeriod::get() > T::TopUpWindow::get(),
			"CoefficientPeriod must be longer than TopUpWindow, or a refresh could come before the last one has halted"
		);
		assert!(!T::TopUpWindow::get().is_zero(), "without a top-up window every refresh would halt providers at once");
		assert!(!T::MinCoefficient::get().is_zero(), "the coefficient must never be zero");
		assert!(T::MinCoefficient::get() <= T::MaxCoefficient::get(), "the coefficient must have room");
		assert!(!T::StakedMonths::get().is_zero(), "machines must have something at stake");
		assert!(T::MaxCoefficientStep::get() > one, "the coefficient must be able to move");
		assert!(
			T::MaxCoefficientStep::get().saturating_mul(FixedU128::from(T::TopUpFloor::get())) <= one,
			"one refresh alone must never take a provider below TopUpFloor, or it would be halted without a window"
		);
	}

	/// The number of the month of block `now`.
	pub(crate) fn month_of(now: BlockNumberFor<T>) -> u32 {
		let length: u128 = T::CoefficientPeriod::get().unique_saturated_into();
		let now: u128 = now.unique_saturated_into();
		now.checked_div(length).unwrap_or_default().unique_saturated_into()
	}

	/// Refresh the coefficient when a month has begun since the last time. Returns what it cost.
	pub(crate) fn on_month(now: BlockNumberFor<T>) -> Weight {
		use crate::WeightInfo;
		let month = Self::month_of(now);
		let last = LastRefresh::<T>::get();
		if month <= last.month {
			return T::DbWeight::get().reads(1);
		}
		Self::refresh_coefficient(month, last);
		T::WeightInfo::refresh_coefficient(TierStakes::<T>::count())
	}

	/// Begin `month`: note what has been emitted, and refresh the coefficient if it follows the network. O(tiers).
	pub(crate) fn refresh_coefficient(month: u32, last: Refresh) {
		let (emitted, seen) = Self::emitted_monthly(month, last);
		LastRefresh::<T>::put(seen);
		if Source::<T>::get() != CoefficientSource::Network {
			return;
		}
		let staked = Self::staked_tiers();
		let next = next_coefficient::<T>(Coefficient::<T>::get(), emitted, staked);
		if Self::put_coefficient(next).is_err() {
			log::warn!(target: crate::LOG_TARGET, "a K value cannot be multiplied by {next:?}: the coefficient stays");
		}
		Self::deposit_event(Event::CoefficientRefreshed {
			month,
			emitted,
			staked,
			coefficient: Coefficient::<T>::get(),
		});
	}

	/// What was emitted a month since `last`, if `month` begins now, and what the next refresh counts from.
	fn emitted_monthly(month: u32, last: Refresh) -> (Balance, Refresh) {
		let emitted = T::Emission::emitted_to_capacity();
		let months = Balance::from(month.saturating_sub(last.month)).max(1);
		let monthly = emitted.saturating_sub(last.emitted).checked_div(months).unwrap_or_default();
		(monthly, Refresh { month, emitted })
	}

	/// Σ K over all registered machines. O(tiers).
	pub(crate) fn staked_tiers() -> Balance {
		TierMachines::<T>::get().iter().fold(0, |sum: Balance, (tier, machines)| {
			let stake = TierStakes::<T>::get(tier).unwrap_or_default();
			sum.saturating_add(stake.saturating_mul(Balance::from(*machines)))
		})
	}

	/// Set the coefficient, unless a K value could not be multiplied by it. O(tiers).
	pub(crate) fn put_coefficient(coefficient: FixedU128) -> Result<(), ArithmeticError> {
		for stake in TierStakes::<T>::iter_values() {
			scaled_stake(stake, coefficient).ok_or(ArithmeticError::Overflow)?;
		}
		let current = Coefficient::<T>::get();
		Self::note_change(coefficient > current, coefficient < current);
		Coefficient::<T>::put(coefficient);
		Ok(())
	}

	/// See [`set_coefficient`](crate::Pallet::set_coefficient).
	pub(crate) fn do_set_coefficient(coefficient: FixedU128) -> DispatchResult {
		ensure!(!coefficient.is_zero(), Error::<T>::ZeroCoefficient);
		Self::put_coefficient(coefficient)?;
		Source::<T>::put(CoefficientSource::Governed);
		Self::deposit_event(Event::CoefficientSet { coefficient });
		Ok(())
	}

	/// See [`set_tier_stake`](crate::Pallet::set_tier_stake).
	pub(crate) fn do_set_tier_stake(tier: Tier, stake: Balance) -> DispatchResult {
		ensure!(!stake.is_zero(), Error::<T>::ZeroTierStake);
		let current = TierStakes::<T>::get(tier);
		ensure!(current.is_some() || TierStakes::<T>::count() < T::MaxTiers::get(), Error::<T>::TooManyTiers);
		scaled_stake(stake, Coefficient::<T>::get()).ok_or(ArithmeticError::Overflow)?;

		// A new tier has no machines of which more could be asked.
		let current = current.unwrap_or(stake);
		Self::note_change(stake > current, stake < current);
		TierStakes::<T>::insert(tier, stake);
		Self::deposit_event(Event::TierStakeSet { tier, stake });
		Ok(())
	}

	/// See [`set_tier_threshold`](crate::Pallet::set_tier_threshold).
	pub(crate) fn do_set_tier_threshold(tier: Tier, threshold: Balance) -> DispatchResult {
		ensure!(TierStakes::<T>::contains_key(tier), Error::<T>::UnknownTier);
		let current = Requirements::<T>::get().threshold_of(tier);
		Self::note_change(threshold > current, threshold < current);
		Requirements::<T>::try_mutate(|table| {
			if threshold.is_zero() {
				table.thresholds.remove(&tier);
			} else {
				table.thresholds.try_insert(tier, threshold).map_err(|_| Error::<T>::TooManyTiers)?;
			}
			Ok::<_, Error<T>>(())
		})?;
		Self::deposit_event(Event::TierThresholdSet { tier, threshold });
		Ok(())
	}

	/// Keep what is asked at present before something of it is raised, or that something is lowered. O(tiers).
	fn note_change(raised: bool, lowered: bool) {
		if raised {
			let now = frame_system::Pallet::<T>::block_number();
			let before = Self::rules();
			Requirements::<T>::mutate(|table| {
				table.raise = Some(match table.raise.take() {
					Some(mut last) if now < last.at.saturating_add(T::TopUpWindow::get()) => {
						last.before.lower_to(&before);
						Raise { at: now, ..last }
					},
					_ => Raise { first: now, at: now, lowered: false, before },
				});
			});
		} else if lowered {
			Requirements::<T>::mutate(|table| {
				if let Some(raise) = table.raise.as_mut() {
					raise.lowered = true;
				}
			});
		}
	}

	/// All that is asked at present. O(tiers).
	fn rules() -> Rules<T> {
		let table = Requirements::<T>::get();
		let mut rules = Rules { coefficient: Coefficient::<T>::get(), ..Default::default() };
		for (tier, stake) in TierStakes::<T>::iter() {
			// There is room: there are no more K values than tiers.
			let _ = rules.tiers.try_insert(tier, TierRule { stake, threshold: table.threshold_of(tier) });
		}
		rules
	}

	/// Count one more machine of `tier` on the chain.
	pub(crate) fn count_machine(tier: Tier) -> DispatchResult {
		TierMachines::<T>::try_mutate(|machines| {
			let count = machines.get(&tier).copied().unwrap_or_default();
			let count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
			machines.try_insert(tier, count).map_err(|_| Error::<T>::TooManyTiers)?;
			Ok(())
		})
	}

	/// Count one machine of `tier` less.
	pub(crate) fn uncount_machine(tier: Tier) {
		TierMachines::<T>::mutate(|machines| {
			if let Some(count) = machines.get_mut(&tier) {
				*count = count.saturating_sub(1);
				if count.is_zero() {
					machines.remove(&tier);
				}
			}
		});
	}

	/// The answer of the view function `tier_requirements`, by tier. O(tiers).
	pub(crate) fn requirements_by_tier() -> Vec<TierRequirement> {
		let coefficient = Coefficient::<T>::get();
		let table = Requirements::<T>::get();
		let machines = TierMachines::<T>::get();
		let mut all: Vec<_> = TierStakes::<T>::iter()
			.map(|(tier, stake)| TierRequirement {
				tier,
				stake,
				required: scaled_stake(stake, coefficient).unwrap_or(Balance::MAX),
				threshold: table.threshold_of(tier),
				machines: machines.get(&tier).copied().unwrap_or_default(),
			})
			.collect();
		all.sort_by_key(|requirement| requirement.tier);
		all
	}

	/// The answer of the view function `coefficient_status`. O(tiers).
	pub(crate) fn status_of_coefficient() -> CoefficientStatus<BlockNumberFor<T>> {
		let month = Self::month_of(frame_system::Pallet::<T>::block_number());
		let coefficient = Coefficient::<T>::get();
		let (emitted, _) = Self::emitted_monthly(month.saturating_add(1), LastRefresh::<T>::get());
		let staked = Self::staked_tiers();
		CoefficientStatus {
			coefficient,
			source: Source::<T>::get(),
			refresh_at: T::CoefficientPeriod::get().saturating_mul(month.saturating_add(1).into()),
			emitted,
			staked,
			projected: next_coefficient::<T>(coefficient, emitted, staked),
		}
	}
}
