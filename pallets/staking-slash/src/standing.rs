//! How a provider stands: active, topping up, or halted.
//!
//! ```text
//!            ┌──────────────── covers everything again ◄──────────────┐
//!            ▼                                                         │
//!         Active ──slash, raise, delegators leave──► TopUp { until } ──┤
//!            ▲                                          │  ▲           │
//!            │                         the window ends, │  │ above     │
//!            │                      or below TopUpFloor ▼  │ the floor │
//!            └───────── covers everything again ◄───── Halted ─────────┘
//! ```
//!
//! A provider is **covered** while its backing, its own stake and the delegated stake that counts, is at least what its
//! machines require, and its own stake at least their greatest entry threshold. Whoever is not has [`Config::TopUpWindow`]
//! blocks in which it may take on new work all the same, and is **halted** after that: no bids, no rewards for capacity,
//! while the jobs that it has go on and are paid. It becomes active again by bonding, rebonding or pledging what is
//! missing, by new delegations, or by giving machines up. Whoever adds machines or takes stake out must be covered, window
//! or not.
//!
//! The window is for those who are a little short. Below [`Config::TopUpFloor`] of what is asked there is none: a provider
//! that lost most of its stake to slashes would have little left to lose by what it does next. Nor is there any for a
//! provider without own stake.
//!
//! # Since when
//!
//! A window begins with the shortage, and a shortage ends only when everything is covered: paying in a part, or being
//! looked at, begins no new one. Nothing ever visits all providers, and nothing has to be done in time; when a shortage
//! began is known or follows:
//!
//! - Whatever changes one provider's stake or machines, a slash or a delegator's leaving too, writes down in its ledger
//!   when a shortage begins or ends ([`Shortage`]).
//! - So a provider that is short without a word of it in its ledger became so by a [`Raise`] after all that was written
//!   there. If it covers what was asked before the last one, then it became so by that. If it does not, then an
//!   earlier raise did it, which was a whole window or more before the last: it is halted.
//! - A shortage that was written down and that a lowering ended is told by the same: whoever covers now what was asked
//!   before the last raise has not been short since before it.
//!
//! Raises less than a window apart count as one, whose window begins with the last of them. Only governance can raise so
//! often, since a refresh of the coefficient comes once in a month, which is longer. Who is halted by then stays so.
//!
//! [`note_shortfall`](crate::Pallet::note_shortfall) writes down what follows, for whoever reads events; what a provider
//! may do does not depend on it.

use crate::{
	ledger::Rates, requirement::RequirementTable, Config, Error, Event, Ledger, Ledgers, Pallet, PoolOf, Pools, Raise,
	Requirements,
};
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, pallet_prelude::DispatchError, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::traits::{Saturating, Zero};

/// How a provider stands in the present block.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum Standing<BlockNumber> {
	/// It has nothing of its own at stake, and no machines. Left by bonding or pledging.
	#[default]
	#[codec(index = 0)]
	Unstaked,
	/// It covers everything that its machines ask.
	#[codec(index = 1)]
	Active,
	/// It is short, and may take on new work until it tops up or the window ends.
	#[codec(index = 2)]
	TopUp {
		/// The first block in which it is halted.
		until: BlockNumber,
	},
	/// It is short and may take on no new work until it tops up.
	#[codec(index = 3)]
	Halted,
}

impl<BlockNumber> Standing<BlockNumber> {
	/// Whether the provider may take on new work.
	pub fn may_work(&self) -> bool {
		matches!(self, Self::Active | Self::TopUp { .. })
	}

	/// Whether the provider is halted.
	pub fn is_halted(&self) -> bool {
		matches!(self, Self::Halted)
	}
}

/// A shortage, as far as it was written down.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Shortage<BlockNumber> {
	/// The block in which it began.
	pub since: BlockNumber,
	/// Whether [`Event::Halted`] was emitted for it.
	pub halted: bool,
}

/// How a provider stands, with all that it follows from: the answer of the view function `standing`.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct ProviderStanding<BlockNumber> {
	/// How it stands.
	pub standing: Standing<BlockNumber>,
	/// Since when it is short.
	pub short_since: Option<BlockNumber>,
	/// Its own stake: bonded and pledged.
	pub own: Balance,
	/// Own and delegated stake, as far as the latter counts.
	pub backing: Balance,
	/// What its machines require of `backing`.
	pub required: Balance,
	/// What its machines require of `own`.
	pub threshold: Balance,
}

/// What is asked of a provider for its machines. Nothing when it has none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
	/// Of its own and delegated stake.
	required: Balance,
	/// Of its own stake.
	threshold: Balance,
}

/// What a provider has and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
	own: Balance,
	backing: Balance,
	asked: Asked,
}

/// How a provider stands, before something about it is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footing<BlockNumber> {
	/// How it stands.
	pub standing: Standing<BlockNumber>,
	/// Since when it is short.
	pub since: Option<BlockNumber>,
	/// What is asked of it. To be brought up to date by whoever changes its machines.
	pub asked: Asked,
}

impl Cover {
	/// Whether everything is covered.
	fn is_full(&self) -> bool {
		self.backing >= self.asked.required && self.own >= self.asked.threshold
	}

	/// How the provider stands in block `now`, if it is short since then.
	fn standing<T: Config>(
		&self,
		since: Option<BlockNumberFor<T>>,
		now: BlockNumberFor<T>,
	) -> Standing<BlockNumberFor<T>> {
		let Some(since) = since else {
			return if self.own.is_zero() { Standing::Unstaked } else { Standing::Active };
		};
		let until = since.saturating_add(T::TopUpWindow::get());
		let least = T::TopUpFloor::get();
		let enough = !self.own.is_zero()
			&& self.backing >= least.mul_ceil(self.asked.required)
			&& self.own >= least.mul_ceil(self.asked.threshold);
		if enough && now < until {
			Standing::TopUp { until }
		} else {
			Standing::Halted
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The table that tells what is asked for the machines of `ledger`: not looked up for none.
	fn table_for(ledger: &Ledger<T>) -> RequirementTable<T> {
		if ledger.machines.is_empty() {
			Default::default()
		} else {
			Requirements::<T>::get()
		}
	}

	/// What is asked for the machines of `ledger` at present. O(tiers).
	pub(crate) fn asked(ledger: &Ledger<T>) -> Asked {
		Self::asked_by(&Self::table_for(ledger), ledger, &mut Rates::default())
	}

	/// What `table` asks for the machines of `ledger`. O(tiers).
	fn asked_by(table: &RequirementTable<T>, ledger: &Ledger<T>, rates: &mut Rates<T>) -> Asked {
		Asked { required: ledger.required_at(rates), threshold: ledger.threshold(table) }
	}

	/// What the provider of `ledger` and `pool` has, given what is asked of it. O(1).
	fn cover(ledger: &Ledger<T>, pool: Option<&PoolOf<T>>, asked: Asked) -> Cover {
		Cover { own: ledger.own(), backing: Self::backing(ledger, pool), asked }
	}

	/// Since when a provider that is short is so; see the [module](self). O(tiers).
	fn short_since(ledger: &Ledger<T>, cover: &Cover, table: &RequirementTable<T>) -> BlockNumberFor<T> {
		let noted = ledger.shortage.map(|shortage| shortage.since);
		let Some(raise) = &table.raise else {
			return noted.unwrap_or_else(frame_system::Pallet::<T>::block_number);
		};
		let (required, threshold) = ledger.asked_before(raise, table);
		let by_raise = cover.backing >= required && cover.own >= threshold;
		match noted {
			Some(since) if by_raise && (since < raise.first || raise.lowered) => since.max(raise.at),
			Some(since) => since,
			None if by_raise => raise.at,
			None => Self::before_raise(raise),
		}
	}

	/// A block so long before `raise` that a window that began in it was over by then.
	fn before_raise(raise: &Raise<T>) -> BlockNumberFor<T> {
		raise.first.saturating_sub(T::TopUpWindow::get())
	}

	/// How `provider` stands at present. O(tiers).
	pub(crate) fn footing(provider: &T::AccountId, ledger: &Ledger<T>) -> Footing<BlockNumberFor<T>> {
		// Without machines it makes no difference who else stands behind it.
		let pool = if ledger.machines.is_empty() { None } else { Pools::<T>::get(provider) };
		let now = frame_system::Pallet::<T>::block_number();
		Self::footing_with(ledger, pool.as_ref(), &mut Rates::default(), now)
	}

	/// How the provider of `ledger` and `pool` stands in the present block, `now`, for whoever has looked up some of the
	/// `rates`. O(tiers).
	pub(crate) fn footing_with(
		ledger: &Ledger<T>,
		pool: Option<&PoolOf<T>>,
		rates: &mut Rates<T>,
		now: BlockNumberFor<T>,
	) -> Footing<BlockNumberFor<T>> {
		let table = Self::table_for(ledger);
		let cover = Self::cover(ledger, pool, Self::asked_by(&table, ledger, rates));
		let since = (!cover.is_full()).then(|| Self::short_since(ledger, &cover, &table));
		let standing = cover.standing::<T>(since, now);
		Footing { standing, since, asked: cover.asked }
	}

	/// Refuse a ledger of `provider` that does not cover what its machines ask. O(tiers).
	///
	/// To be called, like [`note_standing`](Self::note_standing), before the ledger is stored: a shortage of which it says
	/// something is over.
	pub(crate) fn ensure_covered(provider: &T::AccountId, ledger: &mut Ledger<T>) -> Result<(), Error<T>> {
		let cover = Self::cover(ledger, Pools::<T>::get(provider).as_ref(), Self::asked(ledger));
		ensure!(cover.backing >= cover.asked.required, Error::<T>::BelowRequirement);
		ensure!(cover.own >= cover.asked.threshold, Error::<T>::BelowThreshold);
		Self::end_shortage(provider, ledger);
		Ok(())
	}

	/// Take out of `ledger` what it says of a shortage, which is over, and tell of it.
	fn end_shortage(provider: &T::AccountId, ledger: &mut Ledger<T>) {
		let provider = provider.clone();
		match ledger.shortage.take() {
			Some(Shortage { halted: true, .. }) => Self::deposit_event(Event::Reactivated { provider }),
			Some(_) => Self::deposit_event(Event::ShortfallEnded { provider }),
			None => (),
		}
	}

	/// Write down in `ledger`, which the caller stores, and tell how `provider` stands after a change, given how it stood
	/// `before`. O(1).
	pub(crate) fn note_standing(provider: &T::AccountId, ledger: &mut Ledger<T>, before: Footing<BlockNumberFor<T>>) {
		let pool = if ledger.machines.is_empty() { None } else { Pools::<T>::get(provider) };
		let now = frame_system::Pallet::<T>::block_number();
		Self::note_standing_with(provider, ledger, pool.as_ref(), before, now);
	}

	/// As [`note_standing`](Self::note_standing), for whoever knows the `pool` of `provider` and the present block.
	pub(crate) fn note_standing_with(
		provider: &T::AccountId,
		ledger: &mut Ledger<T>,
		pool: Option<&PoolOf<T>>,
		before: Footing<BlockNumberFor<T>>,
		now: BlockNumberFor<T>,
	) {
		if before.since.is_none() {
			// It may have ended without anybody's noticing.
			Self::end_shortage(provider, ledger);
		}
		let cover = Self::cover(ledger, pool, before.asked);
		let since = (!cover.is_full()).then(|| before.since.unwrap_or(now));
		let standing = cover.standing::<T>(since, now);
		let told = ledger.shortage;
		ledger.shortage = since.map(|since| Shortage { since, halted: standing.is_halted() });

		let was_halted = before.standing.is_halted();
		if was_halted && standing.may_work() {
			Self::deposit_event(Event::Reactivated { provider: provider.clone() });
		}
		let provider = provider.clone();
		let Cover { own, backing, asked: Asked { required, threshold } } = cover;
		match standing {
			Standing::Halted if !told.is_some_and(|told| told.halted) => {
				Self::deposit_event(Event::Halted { provider, bonded: own, required });
			},
			Standing::TopUp { until } if told.map(|told| told.since) != since => {
				Self::deposit_event(Event::Shortfall { provider, backing, required, own, threshold, until });
			},
			Standing::Active if before.since.is_some() && !was_halted => {
				Self::deposit_event(Event::ShortfallEnded { provider });
			},
			_ => (),
		}
	}

	/// Do `change` to the delegated stake of `provider`, and write down how it stands after that. O(tiers).
	pub(crate) fn with_standing(provider: &T::AccountId, change: impl FnOnce()) {
		let before = Ledgers::<T>::get(provider).map(|ledger| Self::footing(provider, &ledger));
		change();
		if let Some((mut ledger, before)) = Ledgers::<T>::get(provider).zip(before) {
			let noted = ledger.shortage;
			Self::note_standing(provider, &mut ledger, before);
			if ledger.shortage != noted {
				Self::store_ledger(provider, &ledger);
			}
		}
	}

	/// See [`note_shortfall`](crate::Pallet::note_shortfall). Returns of how many tiers `provider` has machines.
	pub(crate) fn do_note_shortfall(provider: &T::AccountId) -> Result<u32, DispatchError> {
		let mut ledger = Self::ledger(provider)?;
		let before = Self::footing(provider, &ledger);
		let follows = before.since.map(|since| Shortage { since, halted: before.standing.is_halted() });
		ensure!(ledger.shortage != follows, Error::<T>::NothingToNote);
		Self::note_standing(provider, &mut ledger, before);
		Self::store_ledger(provider, &ledger);
		Ok(ledger.tiers())
	}

	/// The answer of the view function `standing`. O(tiers).
	pub(crate) fn standing_of(provider: &T::AccountId) -> ProviderStanding<BlockNumberFor<T>> {
		let ledger = Ledgers::<T>::get(provider).unwrap_or_default();
		let Footing { standing, since, asked: Asked { required, threshold } } = Self::footing(provider, &ledger);
		let (own, backing) = (ledger.own(), Self::backing(&ledger, Pools::<T>::get(provider).as_ref()));
		ProviderStanding { standing, short_since: since, own, backing, required, threshold }
	}
}
