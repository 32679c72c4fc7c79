//! The auction: what a job may ask for, who is the best bidder, and who wins.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;

/// How an auction closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Closed {
	/// The best bidder got the job.
	Assigned,
	/// There was a best bidder who could not be given the job; the client was refunded.
	Withdrawn,
	/// There was no bid; the client was refunded.
	Empty,
}

impl Closed {
	/// What closing with this outcome weighs as a call.
	pub(crate) fn weight<T: Config>(self) -> Weight {
		match self {
			Closed::Assigned => T::WeightInfo::close_auction_assigned(),
			Closed::Withdrawn => T::WeightInfo::close_auction_withdrawn(),
			Closed::Empty => T::WeightInfo::close_auction_empty(),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Check what a client asks for, were it submitted at `now`. Returns what has to go into escrow.
	pub(crate) fn check_spec(
		spec: &JobSpec<T>,
		payment: PaymentKind,
		now: BlockNumberFor<T>,
	) -> Result<BalanceOf<T>, Error<T>> {
		ensure!(T::Rails::accepts(payment), Error::<T>::PaymentNotAccepted);
		ensure!(spec.units > 0, Error::<T>::ZeroUnits);
		ensure!(spec.units <= T::MaxUnits::get(), Error::<T>::TooManyUnits);
		ensure!((1..=T::MaxGasPerUnit::get()).contains(&spec.gas_per_unit), Error::<T>::GasOutOfRange);
		ensure!(!spec.ceiling.is_zero(), Error::<T>::ZeroPrice);
		let auction = T::MinAuctionBlocks::get()..=T::MaxAuctionBlocks::get();
		ensure!(auction.contains(&spec.auction_blocks), Error::<T>::AuctionLengthOutOfRange);
		let soonest = now.saturating_add(spec.auction_blocks).saturating_add(T::MinRunBlocks::get());
		ensure!(spec.deadline >= soonest, Error::<T>::DeadlineTooSoon);
		ensure!(spec.deadline <= now.saturating_add(T::MaxJobBlocks::get()), Error::<T>::DeadlineTooLate);
		let review = T::MinReviewBlocks::get()..=T::MaxReviewBlocks::get();
		ensure!(review.contains(&spec.review_blocks), Error::<T>::ReviewLengthOutOfRange);
		spec.total_at(spec.ceiling).ok_or(Error::<T>::PriceOverflow)
	}

	/// Check that a job of so many units can be paid in ranges of `length`.
	pub(crate) fn check_ranges(units: u32, length: u32) -> Result<(), Error<T>> {
		let fits = (1..units).contains(&length) && units.div_ceil(length.max(1)) <= T::MaxRanges::get();
		ensure!(fits, Error::<T>::RangeLengthOutOfRange);
		Ok(())
	}

	/// What a job posted at `now` has in escrow, and its deposit. `length` is that of the ranges that it is paid in, if it is.
	pub(crate) fn asked(
		spec: &JobSpec<T>,
		payment: PaymentKind,
		length: Option<u32>,
		now: BlockNumberFor<T>,
	) -> Result<(BalanceOf<T>, BalanceOf<T>), Error<T>> {
		let escrow = Self::check_spec(spec, payment, now)?;
		let deposit = T::JobDeposit::get();
		let Some(length) = length else { return Ok((escrow, deposit)) };
		Self::check_ranges(spec.units, length)?;
		Ok((escrow, deposit.saturating_add(T::RangesDeposit::get())))
	}

	/// See [`job_quote`](Pallet::job_quote).
	pub(crate) fn quote(
		spec: &JobSpec<T>,
		payment: PaymentKind,
		length: Option<u32>,
	) -> Result<JobQuote<BalanceOf<T>>, DispatchError> {
		let (escrow, deposit) = Self::asked(spec, payment, length, frame_system::Pallet::<T>::block_number())?;
		Ok(JobQuote { payment, escrow, deposit, paid: T::Rails::quote(payment, escrow) })
	}

	/// Post a job: open its auction, and put the money behind it into escrow. `length` is that of the ranges that it is paid
	/// in, if it is.
	pub(crate) fn post(
		client: T::AccountId,
		spec: JobSpec<T>,
		payment: PaymentKind,
		length: Option<u32>,
	) -> DispatchResult {
		let now = frame_system::Pallet::<T>::block_number();
		let (escrow, deposit) = Self::asked(&spec, payment, length, now)?;
		let id = NextJobId::<T>::get();
		let next = id.0.checked_add(1).ok_or(sp_runtime::ArithmeticError::Overflow)?;

		T::Rails::hold(payment, &client, escrow)?;
		T::Currency::hold(&HoldReason::JobDeposit.into(), &client, deposit)?;
		NextJobId::<T>::put(JobId(next));
		if let Some(length) = length {
			Ranges::<T>::insert(id, Progress::begin(length));
		}
		let units = spec.units;
		let closes_at = now.saturating_add(spec.auction_blocks);
		let state = JobState::Open { closes_at, best: None };
		Self::appoint(id, closes_at, now);
		let engine = T::Engine::get();
		Jobs::<T>::insert(id, Job { client: client.clone(), spec, payment, escrow, deposit, state, engine });
		Self::deposit_event(Event::JobSubmitted { job: id, client, units, payment, escrow });
		Ok(())
	}

	/// The rules of all auctions at present.
	pub(crate) fn rules() -> AuctionRules<BlockNumberFor<T>> {
		AuctionRules { improvement: T::MinBidImprovement::get(), window: T::ExtensionWindow::get() }
	}

	/// Make an offer the best bid of an open auction. Returns the bid that it beat.
	pub(crate) fn place_bid(
		provider: T::AccountId,
		id: JobId,
		machine: MachineId,
		price: BalanceOf<T>,
	) -> Result<Option<Bid<T>>, DispatchError> {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let JobState::Open { closes_at, best } = job.state.clone() else {
			return Err(Error::<T>::JobNotOpen.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		// Nobody wrongs itself: a part of a slash would go from one pocket into the other.
		ensure!(job.client != provider, Error::<T>::OwnJob);
		ensure!(now < closes_at, Error::<T>::AuctionClosed);
		let rules = Self::rules();
		rules.check_price(price, job.spec.ceiling, best.as_ref().map(|best| best.price)).map_err(Error::<T>::from)?;
		let entry = Machines::<T>::get(machine).ok_or(Error::<T>::UnknownMachine)?;
		ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
		ensure!(entry.tier >= job.spec.min_tier, Error::<T>::TierTooLow);
		// Most jobs take anybody: those cost no read.
		let least = job.spec.min_reputation;
		let reputed = least.is_zero() || Self::reputation_of(&provider).provider.average >= least;
		ensure!(reputed, Error::<T>::ReputationTooLow);
		ensure!(T::Stake::is_active(&provider), Error::<T>::ProviderNotActive);

		// Released first, so that a provider can improve its own bid with the slot and the deposit that it has in it.
		if let Some(beaten) = &best {
			Self::withdraw_bid(beaten)?;
		}
		Self::take_slots(machine, 1)?;
		let deposit = T::BidDeposit::get();
		T::Currency::hold(&HoldReason::BidDeposit.into(), &provider, deposit)?;

		// Whoever wins must have time for the work.
		let latest = job.spec.deadline.saturating_sub(T::MinRunBlocks::get());
		let closes_at = rules.extended(closes_at, now, latest);
		let bid = Bid { provider: provider.clone(), machine, price, deposit };
		Self::enter(id, job, JobState::Open { closes_at, best: Some(bid) });
		Self::deposit_event(Event::BidPlaced { job: id, provider, machine, price, closes_at });
		Ok(best)
	}

	/// Close an open auction that is over, or that its client (`caller`) wants closed with the best bid so far.
	pub(crate) fn close(id: JobId, mut job: Job<T>, caller: Option<&T::AccountId>) -> Result<Closed, DispatchError> {
		let JobState::Open { closes_at, best } = job.state.clone() else {
			return Err(Error::<T>::JobNotOpen.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		let by_choice = best.is_some() && caller == Some(&job.client);
		ensure!(now >= closes_at || by_choice, Error::<T>::AuctionOpen);
		let Some(bid) = best else {
			Self::refund(id, job, RefundReason::NoBids)?;
			return Ok(Closed::Empty);
		};

		let obstacle = if !T::Stake::is_active(&bid.provider) {
			// While others can bid, one that cannot serve must not end the job.
			ensure!(now >= closes_at, Error::<T>::ProviderNotActive);
			Some(RefundReason::ProviderHalted)
		} else if now.saturating_add(T::MinRunBlocks::get()) > job.spec.deadline {
			Some(RefundReason::TooLate)
		} else {
			None
		};
		if let Some(reason) = obstacle {
			Self::withdraw_bid(&bid)?;
			Self::refund(id, job, reason)?;
			return Ok(Closed::Withdrawn);
		}

		Self::give_back(HoldReason::BidDeposit, &bid.provider, bid.deposit)?;
		let total = job.spec.total_at(bid.price).ok_or(Error::<T>::PriceOverflow)?;
		let surplus = job.escrow.saturating_sub(total);
		job.escrow = total;
		let surplus = T::Rails::release(job.payment, &job.client, surplus)?;
		Self::deposit_event(Event::JobAssigned {
			job: id,
			provider: bid.provider.clone(),
			machine: bid.machine,
			payment: job.payment,
			price: bid.price,
			surplus,
		});
		Self::enter(id, job, JobState::Assigned { bid });
		Ok(Closed::Assigned)
	}

	/// Refund an open job at its client's wish. Returns the bid that was the best.
	///
	/// Once the clock has run down the best bidder has won, whether somebody has closed the auction yet or not.
	pub(crate) fn cancel(id: JobId, job: Job<T>) -> Result<Option<Bid<T>>, DispatchError> {
		let JobState::Open { closes_at, best } = job.state.clone() else {
			return Err(Error::<T>::JobNotOpen.into());
		};
		if let Some(bid) = &best {
			ensure!(frame_system::Pallet::<T>::block_number() < closes_at, Error::<T>::AuctionClosed);
			Self::withdraw_bid(bid)?;
		}
		Self::refund(id, job, RefundReason::Cancelled)?;
		Ok(best)
	}

	/// Give back what a bid in an open auction has taken: its deposit and its slot.
	fn withdraw_bid(bid: &Bid<T>) -> DispatchResult {
		Self::release_slot(bid.machine);
		Self::give_back(HoldReason::BidDeposit, &bid.provider, bid.deposit)?;
		Ok(())
	}

	/// Take free slots of a machine.
	pub(crate) fn take_slots(machine: MachineId, slots: u32) -> DispatchResult {
		Machines::<T>::try_mutate(machine, |entry| {
			let entry = entry.as_mut().ok_or(Error::<T>::UnknownMachine)?;
			let free = entry.slots.saturating_sub(entry.running);
			ensure!((1..=free).contains(&slots), Error::<T>::NoFreeSlot);
			if entry.running == 0 {
				T::Observer::busy(machine);
			}
			entry.running = entry.running.saturating_add(slots);
			Ok(())
		})
	}

	/// Free the slot that a job had of a machine. Returns the machine's tier and region.
	pub(crate) fn release_slot(machine: MachineId) -> Option<(Tier, Region)> {
		Self::release_slots(machine, 1)
	}

	/// Free slots of a machine. Returns the machine's tier and region.
	///
	/// A busy machine cannot be deregistered. Should it be missing all the same, then the money is more important.
	pub(crate) fn release_slots(machine: MachineId, slots: u32) -> Option<(Tier, Region)> {
		let found = Machines::<T>::mutate(machine, |entry| {
			let entry = entry.as_mut()?;
			let was_busy = entry.running > 0;
			entry.running = entry.running.saturating_sub(slots);
			if was_busy && entry.running == 0 {
				T::Observer::idle(machine);
			}
			Some((entry.tier, entry.region))
		});
		if found.is_none() {
			Self::unexpected(UnexpectedKind::SlotMissing { machine });
		}
		found
	}
}
