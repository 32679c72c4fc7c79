//! Emission: what is due by the schedules is minted and handed to the recipients of their budgets.
//!
//! At the first block after a period's end a schedule mints `cumulative(period) − minted − owed`. As that is a difference to
//! what is due by then, a block without hooks, a halted chain or an upgrade loses nothing and mints nothing twice.
//!
//! What is due is a closed form of the period, or for a curve that depends on the network what its [`State`] has come to: that
//! is advanced with the [`EmissionInputs`] of the block, for all periods that have ended since it last was.
//!
//! Three amounts of each schedule always sum to what is due: what it has minted, what it owes to recipients that could
//! not take it, and what it withholds because minting it would pass the cap. The last is nothing unless the schedules do
//! not fit under the cap, which an integrity test and genesis refuse. The next mint tries again for both.

use crate::{
	budget,
	schedule::{Emission, Inputs, State},
	AllProgress, Budgets, ChainSchedule, Config, CreditOf, EmittedToCapacity, Event, Owed, OwedTable, Pallet, Pot,
	Progress, Recipient, ScheduleId, TransferLock, UnexpectedKind, WeightInfo, MAX_SCHEDULES,
};
use alloc::vec::Vec;
use assay_primitives::{Balance, EmissionLedger, Vesting};
use frame_support::{
	traits::{
		fungible::{Balanced, Inspect},
		Get, Imbalance,
	},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Zero, Perbill, SaturatedConversion};

/// What the network is like now, for schedules that depend on it.
pub trait EmissionInputs {
	/// O(1). Asked for in every mint, whatever the schedule's curve.
	fn inputs() -> Inputs;
}

/// For chains whose schedules are all closed forms: those that are not would see an empty network, and mint nothing.
impl EmissionInputs for () {
	fn inputs() -> Inputs {
		Inputs::default()
	}
}

impl ChainSchedule {
	/// Its emission, with `start` as the block at which the first period begins.
	pub(crate) fn since(self, start: i64) -> Emission {
		Emission { start, ..self.emission }
	}
}

impl Progress {
	/// A schedule that has not minted yet.
	pub(crate) fn new(id: ScheduleId, start: i64) -> Self {
		Self { id, start, state: State::default(), minted: 0, withheld: 0 }
	}
}

impl<T: Config> EmissionLedger<Balance> for Pallet<T> {
	fn emitted_to_capacity() -> Balance {
		EmittedToCapacity::<T>::get()
	}
}

impl<T: Config> Pallet<T> {
	/// Number of a block as schedules count.
	pub(crate) fn block(number: BlockNumberFor<T>) -> u32 {
		number.saturated_into()
	}

	/// The chain's schedule `id`.
	pub(crate) fn schedule(id: ScheduleId) -> Option<ChainSchedule> {
		T::Schedules::get().into_iter().find(|schedule| schedule.id == id)
	}

	/// How far the schedule `id` has got, if it was seen.
	pub(crate) fn progress(id: ScheduleId) -> Option<Progress> {
		AllProgress::<T>::get().into_iter().find(|progress| progress.id == id)
	}

	/// Sum of what all schedules have minted.
	pub(crate) fn sum_minted(progress: &[Progress]) -> Balance {
		progress.iter().fold(0, |sum, progress| sum.saturating_add(progress.minted))
	}

	/// Most that schedules may mint on top of what they have `minted`, so that neither there are more tokens than the cap nor
	/// have the schedules minted more than the cap leaves to them, however much was burned meanwhile.
	fn room(minted: Balance) -> Balance {
		let cap = T::Cap::get();
		let unissued = cap.saturating_sub(T::Currency::total_issuance());
		cap.saturating_sub(T::GenesisSupply::get()).saturating_sub(minted).min(unissued)
	}

	/// Mint for every schedule of which a period has ended. O(schedules), and O(recipients) for each that mints.
	pub(crate) fn mint_due(now: BlockNumberFor<T>) -> Weight {
		let now = Self::block(now);
		let mut all = AllProgress::<T>::get();
		let mut weight = Weight::zero();
		let mut minted = false;
		for schedule in T::Schedules::get().into_iter().take(MAX_SCHEDULES as usize) {
			let known = all.iter().position(|progress| progress.id == schedule.id);
			let index = known.unwrap_or(all.len());
			// A schedule that came with an upgrade counts its blocks from block 0.
			if known.is_none() && all.try_push(Progress::new(schedule.id, schedule.emission.start)).is_err() {
				Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::TooManySchedules });
				continue;
			}
			let room = Self::room(Self::sum_minted(&all));
			let Some(progress) = all.get_mut(index) else { continue };
			let emission = schedule.since(progress.start);
			let period = emission.periods_at(now.into());
			if period <= progress.state.period {
				continue;
			}
			let recipients = Self::mint(&emission, progress, period, room);
			weight = weight.saturating_add(T::WeightInfo::mint(recipients));
			minted = true;
		}
		if minted {
			AllProgress::<T>::put(&all);
			Self::open_transfers_if_due(Self::sum_minted(&all));
		}
		weight
	}

	/// Mint, within `room`, what is due by `emission` at the end of `period` and was not minted yet. Returns how many
	/// recipients were fed.
	fn mint(emission: &Emission, progress: &mut Progress, period: u32, mut room: Balance) -> u32 {
		let id = progress.id;
		emission.advance(&mut progress.state, period, &T::Inputs::inputs());
		let due = emission.cumulative(&progress.state, period);
		let mut shares: Vec<_> = Owed::<T>::get(id).into_inner();
		let owes = !shares.is_empty();
		let owed = shares.iter().fold(0, |sum: Balance, (_, owed)| sum.saturating_add(*owed));
		let fresh = due.saturating_sub(progress.minted.saturating_add(owed));
		let released = fresh.min(room.saturating_sub(owed));
		let mut withheld = fresh.saturating_sub(released);
		for (recipient, share) in budget::split(released, &Budgets::<T>::get(id)) {
			match shares.iter_mut().find(|(other, _)| *other == recipient) {
				Some((_, owed)) => *owed = owed.saturating_add(share),
				None => shares.push((recipient, share)),
			}
		}
		let recipients = shares.len().saturated_into();
		let mut minted: Balance = 0;
		let mut still_owed = OwedTable::<T::AccountId>::default();
		let mut capped = !withheld.is_zero();
		for (recipient, amount) in shares {
			// Without room, which only a cap that was lowered can bring about, what was owed before stays owed.
			let fits = amount <= room;
			capped |= !fits;
			let rest = if fits { Self::feed(&recipient, amount) } else { amount };
			let paid = amount.saturating_sub(rest);
			room = room.saturating_sub(paid);
			minted = minted.saturating_add(paid);
			if !rest.is_zero() && still_owed.try_push((recipient, rest)).is_err() {
				// `set_budget` keeps room for all; otherwise it falls due again and is split anew.
				withheld = withheld.saturating_add(rest);
			}
		}
		if !still_owed.is_empty() {
			Owed::<T>::insert(id, still_owed);
		} else if owes {
			Owed::<T>::remove(id);
		}
		*progress = Progress { minted: progress.minted.saturating_add(minted), withheld, ..*progress };
		if capped {
			Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::CapReached });
		}
		if !minted.is_zero() {
			Self::deposit_event(Event::Minted { schedule: id, period, amount: minted, minted: progress.minted });
		}
		recipients
	}

	/// Mint `amount` for `recipient`. Returns what could not be put there, which is then not minted.
	fn feed(recipient: &Recipient<T::AccountId>, amount: Balance) -> Balance {
		if amount.is_zero() {
			return amount;
		}
		let credit: CreditOf<T> = T::Currency::issue(amount);
		let fed = match recipient {
			Recipient::Pot(pot) => T::Currency::resolve(&Self::pot_account(*pot), credit),
			Recipient::Account { who, plan: None } => T::Currency::resolve(who, credit),
			Recipient::Account { who, plan: Some(plan) } => T::Vesting::vest(who, *plan, credit),
		};
		// Dropping the credit takes the issue back.
		let rest = fed.err().map_or(0, |credit| credit.peek());
		let amount = amount.saturating_sub(rest);
		if amount.is_zero() {
			return rest;
		}
		match recipient {
			Recipient::Pot(pot) => {
				if *pot == Pot::Capacity {
					EmittedToCapacity::<T>::mutate(|all| *all = all.saturating_add(amount));
				}
				Self::deposit_event(Event::PotCredited { pot: *pot, amount });
			},
			Recipient::Account { who, plan } => {
				Self::deposit_event(Event::AccountCredited { account: who.clone(), plan: *plan, amount });
			},
		}
		rest
	}

	/// What must be minted before transfers open, when `part` of the cap must be.
	pub(crate) fn opens_at(part: Perbill) -> Balance {
		part.mul_ceil(T::Cap::get())
	}

	/// Open transfers once the part of the cap is `minted` for which genesis closed them.
	fn open_transfers_if_due(minted: Balance) {
		if TransferLock::<T>::get().is_some_and(|part| minted >= Self::opens_at(part)) {
			TransferLock::<T>::kill();
			Self::deposit_event(Event::TransfersOpened { minted });
		}
	}
}
