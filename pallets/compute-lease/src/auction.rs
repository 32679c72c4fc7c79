//! The auction: what an order may ask for, who is the best bidder, and whose machine it becomes.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;

/// How an auction closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Closed {
	/// The best bidder's machine is lent.
	Started,
	/// There was a best bidder to whom the lease could not be given; the escrow was returned.
	Withdrawn,
	/// There was no bid; the escrow was returned.
	Empty,
}

impl Closed {
	/// What closing with this outcome weighs as a call, with `sources` sources of escrow.
	pub(crate) fn weight<T: Config>(self, sources: u32) -> Weight {
		match self {
			Closed::Started => T::WeightInfo::close_auction_started(),
			// No benchmark can halt a provider. It takes no more than looking for the winner, and then cancelling.
			Closed::Withdrawn => {
				T::WeightInfo::close_auction_started().saturating_add(T::WeightInfo::cancel_order(sources))
			},
			Closed::Empty => T::WeightInfo::close_auction_empty(sources),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The rules of all auctions at present.
	pub(crate) fn rules() -> AuctionRules<BlockNumberFor<T>> {
		AuctionRules { improvement: T::MinBidImprovement::get(), window: T::ExtensionWindow::get() }
	}

	/// Check what a client asks for.
	pub(crate) fn check_spec(spec: &OrderSpec<T>, payment: PaymentKind) -> Result<(), Error<T>> {
		ensure!(T::Rails::accepts(payment), Error::<T>::PaymentNotAccepted);
		ensure!(spec.slots > 0, Error::<T>::ZeroSlots);
		ensure!(spec.slots <= T::Machines::most(), Error::<T>::TooManySlots);
		ensure!(!spec.ceiling.is_zero(), Error::<T>::ZeroRate);
		let auction = T::MinAuctionBlocks::get()..=T::MaxAuctionBlocks::get();
		ensure!(auction.contains(&spec.auction_blocks), Error::<T>::AuctionLengthOutOfRange);
		ensure!(spec.max_blocks.is_none_or(|blocks| !blocks.is_zero()), Error::<T>::ZeroBlocks);
		ensure!(spec.grace_blocks <= T::MaxGraceBlocks::get(), Error::<T>::GraceTooLong);
		let notice = T::MinNoticeBlocks::get()..=T::MaxNoticeBlocks::get();
		ensure!(notice.contains(&spec.min_notice), Error::<T>::NoticeOutOfRange);
		Ok(())
	}

	/// Make an offer the best bid on an open order. Returns the bid that it beat.
	pub(crate) fn place_bid(
		provider: T::AccountId,
		id: LeaseId,
		machine: MachineId,
		rate: BalanceOf<T>,
		notice: BlockNumberFor<T>,
	) -> Result<Option<BidOf<T>>, DispatchError> {
		let mut lease = Leases::<T>::get(id).ok_or(Error::<T>::UnknownLease)?;
		let LeaseState::Open { closes_at, latest, best } = lease.state.clone() else {
			return Err(Error::<T>::NotOpen.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		// Nobody pays or wrongs itself: money would go from one pocket into the other.
		let pays = lease.client == provider || lease.sources.iter().any(|source| source.who == provider);
		ensure!(!pays, Error::<T>::OwnLease);
		ensure!(now < closes_at, Error::<T>::AuctionClosed);
		let rules = Self::rules();
		rules.check_price(rate, lease.spec.ceiling, best.as_ref().map(|best| best.rate)).map_err(Error::<T>::from)?;
		ensure!(notice >= lease.spec.min_notice, Error::<T>::NoticeTooShort);
		ensure!(notice <= T::MaxNoticeBlocks::get(), Error::<T>::NoticeOutOfRange);
		let offer = T::Machines::offer(machine)?;
		ensure!(offer.provider == provider, Error::<T>::NotMachineOwner);
		ensure!(offer.tier >= lease.spec.min_tier, Error::<T>::TierTooLow);
		ensure!(lease.spec.region.is_none_or(|region| region == offer.region), Error::<T>::WrongRegion);
		ensure!(T::Stake::is_active(&provider), Error::<T>::ProviderNotActive);

		// Released first, so that a provider can improve its own bid with the slots and the deposit that it has in it.
		if let Some(beaten) = &best {
			Self::withdraw_bid(beaten, lease.spec.slots)?;
		}
		T::Machines::take(machine, lease.spec.slots)?;
		let deposit = T::BidDeposit::get();
		T::Currency::hold(&HoldReason::BidDeposit.into(), &provider, deposit)?;

		let closes_at = rules.extended(closes_at, now, latest);
		let bid = Bid { provider: provider.clone(), machine, rate, notice, deposit };
		Self::enter(id, &mut lease, LeaseState::Open { closes_at, latest, best: Some(bid) });
		Self::deposit_event(Event::BidPlaced { lease: id, provider, machine, rate, notice, closes_at });
		Ok(best)
	}

	/// Close an auction that is over, or that its client (`caller`) wants closed with the best bid so far.
	pub(crate) fn close(
		id: LeaseId,
		mut lease: Lease<T>,
		caller: Option<&T::AccountId>,
	) -> Result<Closed, DispatchError> {
		let LeaseState::Open { closes_at, best, .. } = lease.state.clone() else {
			return Err(Error::<T>::NotOpen.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		let by_choice = best.is_some() && caller == Some(&lease.client);
		ensure!(now >= closes_at || by_choice, Error::<T>::AuctionOpen);
		let Some(bid) = best else {
			Self::finish(id, lease, EndReason::NoBids, now)?;
			return Ok(Closed::Empty);
		};
		if !T::Stake::is_active(&bid.provider) {
			// While others can bid, one that cannot serve must not end the order.
			ensure!(now >= closes_at, Error::<T>::ProviderNotActive);
			Self::finish(id, lease, EndReason::ProviderHalted, now)?;
			return Ok(Closed::Withdrawn);
		}

		Self::release_deposit(HoldReason::BidDeposit, &bid.provider, bid.deposit)?;
		let ends_at = lease.spec.max_blocks.map(|blocks| now.saturating_add(blocks));
		let (provider, machine, rate) = (bid.provider.clone(), bid.machine, bid.rate);
		let grace = lease.spec.grace_blocks;
		let tenancy = Tenancy { bid, started: now, paid_to: now, grace, ends_at, reclaimed: false };
		let runs_out_at = lease.runs_out_at(rate, now);
		let payment = lease.payment;
		Self::enter(id, &mut lease, LeaseState::Running { tenancy });
		Self::deposit_event(Event::LeaseStarted { lease: id, provider, machine, payment, rate, runs_out_at, ends_at });
		Ok(Closed::Started)
	}

	/// End an order at its client's wish.
	///
	/// Once the clock has run down the best bidder has won, whether somebody has closed the auction yet or not.
	pub(crate) fn cancel(id: LeaseId, lease: Lease<T>) -> DispatchResult {
		let LeaseState::Open { closes_at, best, .. } = &lease.state else {
			return Err(Error::<T>::NotOpen.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(best.is_none() || now < *closes_at, Error::<T>::AuctionClosed);
		Self::finish(id, lease, EndReason::Cancelled, now)
	}

	/// Give back what a bid on an open order has taken: its deposit and its slots.
	pub(crate) fn withdraw_bid(bid: &BidOf<T>, slots: u32) -> DispatchResult {
		T::Machines::release(bid.machine, slots);
		Self::release_deposit(HoldReason::BidDeposit, &bid.provider, bid.deposit)
	}

	/// Release a deposit. Being no less than the existential deposit, it can always be.
	pub(crate) fn release_deposit(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		T::Currency::release(&reason.into(), who, amount, Precision::Exact).map(drop)
	}
}
