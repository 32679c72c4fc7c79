//! What can be done, and by whom.
//!
//! A section of the pallet in [`lib.rs`](crate): the names in it are those of that module. What a call does beyond a few
//! lines stands with the noun that it is about.
//!
//! Calls that touch escrow are charged for the most sources that there can be, and refunded for those that there are not.

use frame_support::pallet_macros::pallet_section;

/// Calls.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Ask for a machine by `spec`, paid in `payment`: open the auction, put `funding` of that into escrow, and hold
		/// [`OrderDeposit`](Config::OrderDeposit) in native tokens.
		///
		/// Signed by the client. The funding pays for [`MinFundedBlocks`](Config::MinFundedBlocks) blocks at the ceiling at
		/// least. What is not spent comes back when the lease ends, and the deposit with it. A lease that is paid in credits
		/// brings its provider nothing but the reward for work, because the credits are used up whole.
		///
		/// - Errors: one for each bound of [`OrderSpec`] that is not kept ([`ZeroSlots`](Error::ZeroSlots),
		///   [`TooManySlots`](Error::TooManySlots), [`ZeroRate`](Error::ZeroRate),
		///   [`AuctionLengthOutOfRange`](Error::AuctionLengthOutOfRange), [`ZeroBlocks`](Error::ZeroBlocks),
		///   [`GraceTooLong`](Error::GraceTooLong), [`NoticeOutOfRange`](Error::NoticeOutOfRange)),
		///   [`PaymentNotAccepted`](Error::PaymentNotAccepted), [`FundingTooSmall`](Error::FundingTooSmall), and too little to
		///   hold.
		/// - Emits [`OrderPlaced`](Event::OrderPlaced).
		/// - O(1).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::place_order())]
		pub fn place_order(
			origin: OriginFor<T>,
			spec: OrderSpec<T>,
			payment: PaymentKind,
			funding: BalanceOf<T>,
		) -> DispatchResult {
			let client = ensure_signed(origin)?;
			Self::check_spec(&spec, payment)?;
			let id = NextLeaseId::<T>::get();
			let next = id.0.checked_add(1).ok_or(ArithmeticError::Overflow)?;

			let now = frame_system::Pallet::<T>::block_number();
			let closes_at = now.saturating_add(spec.auction_blocks);
			let latest = closes_at.saturating_add(T::MaxExtension::get());
			let state = LeaseState::Open { closes_at, latest, best: None };
			let (deposit, ceiling) = (T::OrderDeposit::get(), spec.ceiling);
			let sources = Default::default();
			let mut lease = Lease { client: client.clone(), spec, payment, sources, deposit, state };
			Self::add_funds(&mut lease, &client, funding)?;
			T::Currency::hold(&HoldReason::OrderDeposit.into(), &client, deposit)?;
			NextLeaseId::<T>::put(LeaseId(next));
			Self::appoint(id, closes_at, now);
			Leases::<T>::insert(id, lease);
			Self::deposit_event(Event::OrderPlaced { lease: id, client, payment, ceiling, escrow: funding, closes_at });
			Ok(())
		}

		/// Offer to lend `machine` to an open order for `rate` a block, with the right to take it back `notice` blocks after
		/// [giving notice](Pallet::reclaim).
		///
		/// Signed by the machine's provider. The bid takes the slots that the order asks for, and
		/// [`BidDeposit`](Config::BidDeposit) is held; both are given back when the bid is beaten, the deposit also when the
		/// auction closes. Close to the end of the auction, a bid extends it.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotOpen`](Error::NotOpen), [`OwnLease`](Error::OwnLease),
		///   [`AuctionClosed`](Error::AuctionClosed), [`ZeroRate`](Error::ZeroRate),
		///   [`BidAboveCeiling`](Error::BidAboveCeiling), [`BidNotImproving`](Error::BidNotImproving),
		///   [`NoticeTooShort`](Error::NoticeTooShort), [`NoticeOutOfRange`](Error::NoticeOutOfRange),
		///   [`NotMachineOwner`](Error::NotMachineOwner), [`TierTooLow`](Error::TierTooLow),
		///   [`WrongRegion`](Error::WrongRegion), [`ProviderNotActive`](Error::ProviderNotActive), those of the market (no such
		///   machine, not enough free slots), and too little to hold.
		/// - Emits [`BidPlaced`](Event::BidPlaced).
		/// - O(sources): the number of bids before does not matter. Cheaper, and refunded, when there is no bid to beat.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::bid())]
		pub fn bid(
			origin: OriginFor<T>,
			lease: LeaseId,
			machine: MachineId,
			rate: BalanceOf<T>,
			notice: BlockNumberFor<T>,
		) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let beaten = Self::place_bid(provider, lease, machine, rate, notice)?;
			Ok(beaten.is_none().then(T::WeightInfo::bid_first).into())
		}

		/// Close an auction: have the lease begin with the best bid, or end the order.
		///
		/// Signed by anyone once the auction is over, which the chain does by itself too; by the client as soon as there is a
		/// bid. The order ends, and the escrow goes back, when nobody has bid, or when the best bidder's stake no longer
		/// covers its machines.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotOpen`](Error::NotOpen), [`AuctionOpen`](Error::AuctionOpen), and
		///   [`ProviderNotActive`](Error::ProviderNotActive) for a client that wants it closed early with such a bidder.
		/// - Emits [`LeaseStarted`](Event::LeaseStarted) or [`LeaseEnded`](Event::LeaseEnded).
		/// - O(sources). The weight of the cheaper outcomes is refunded.
		#[pallet::call_index(2)]
		#[pallet::weight(auction::Closed::Withdrawn.weight::<T>(T::MaxSources::get()))]
		pub fn close_auction(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let caller = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			let sources = entry.sources.len() as u32;
			let outcome = Self::close(lease, entry, Some(&caller))?;
			Ok(Some(outcome.weight::<T>(sources)).into())
		}

		/// Withdraw an order, and give the whole escrow back.
		///
		/// Signed by the client. The best bid's slots and deposit are released. When the auction's clock has run down with a
		/// bid, that bid has won and the order can no longer be cancelled; the lease that comes of it can be
		/// [closed](Pallet::close_lease).
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotClient`](Error::NotClient), [`NotOpen`](Error::NotOpen),
		///   [`AuctionClosed`](Error::AuctionClosed).
		/// - Emits [`LeaseEnded`](Event::LeaseEnded).
		/// - O(sources).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::cancel_order(T::MaxSources::get()))]
		pub fn cancel_order(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let sources = entry.sources.len() as u32;
			Self::cancel(lease, entry)?;
			Ok(Some(T::WeightInfo::cancel_order(sources)).into())
		}

		/// Put `amount` more into the escrow of an order or lease. A lease that was paused goes on.
		///
		/// Signed by anyone but the provider. It pays for [`MinFundedBlocks`](Config::MinFundedBlocks) blocks at the lease's
		/// rate, or the order's ceiling, at least. What the client has put in is spent first, then what others have, in the
		/// order in which they came; what is not spent comes back to whoever has put it in.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`OwnLease`](Error::OwnLease), [`LeaseOver`](Error::LeaseOver),
		///   [`FundingTooSmall`](Error::FundingTooSmall), [`TooManySources`](Error::TooManySources), those of the rail, and too
		///   little to hold.
		/// - Emits [`EscrowFunded`](Event::EscrowFunded), and whatever settling and resuming emit.
		/// - O(sources).
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::fund(T::MaxSources::get()))]
		pub fn fund(origin: OriginFor<T>, lease: LeaseId, amount: BalanceOf<T>) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			let sources = entry.sources.len() as u32;
			Self::top_up(lease, entry, who, amount)?;
			Ok(Some(T::WeightInfo::fund(sources)).into())
		}

		/// Bring a lease up to date: pay the provider what is payable, and pause or end the lease if that is due.
		///
		/// Signed by anyone. Total and idempotent: a second settlement in a block, or one of a lease that has ended, changes
		/// nothing and is no error. Payable is what was served but for the last [`ArrearsBlocks`](Config::ArrearsBlocks)
		/// blocks since the lease began or was last resumed, and those too once it has paused or ended by its rules.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease) when there never was such a lease,
		///   [`NotALease`](Error::NotALease) while it is an order.
		/// - Emits [`LeasePaid`](Event::LeasePaid) for each source that paid, and [`LeasePaused`](Event::LeasePaused) or
		///   [`LeaseEnded`](Event::LeaseEnded).
		/// - O(sources).
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::settle(T::MaxSources::get()))]
		pub fn settle(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let sources = match Leases::<T>::get(lease) {
				Some(entry) => {
					let sources = entry.sources.len() as u32;
					Self::bring_up(lease, entry)?;
					sources
				},
				None => {
					ensure!(lease < NextLeaseId::<T>::get(), Error::<T>::UnknownLease);
					0
				},
			};
			Ok(Some(T::WeightInfo::settle(sources)).into())
		}

		/// End a lease: pay the provider up to this block, and give the rest of the escrow back.
		///
		/// Signed by the client, at any time. When the machine does not serve, [`close_unserved`](Pallet::close_unserved) is the call.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotClient`](Error::NotClient), [`NotALease`](Error::NotALease).
		/// - Emits [`LeasePaid`](Event::LeasePaid) and [`EscrowReturned`](Event::EscrowReturned) for each source, and
		///   [`LeaseEnded`](Event::LeaseEnded).
		/// - O(sources).
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::close_lease(T::MaxSources::get()))]
		pub fn close_lease(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let sources = entry.sources.len() as u32;
			Self::close_now(lease, entry, true)?;
			Ok(Some(T::WeightInfo::close_lease(sources)).into())
		}

		/// Give notice that the machine is taken back: the lease ends after the blocks of notice that the bid has named, and is
		/// paid until then.
		///
		/// Signed by the provider. The notice cannot be taken back. A lease that is paused ends at once: whoever does not pay is
		/// owed no notice.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotProvider`](Error::NotProvider),
		///   [`EndsAlready`](Error::EndsAlready).
		/// - Emits [`LeaseReclaimed`](Event::LeaseReclaimed) or [`LeaseEnded`](Event::LeaseEnded), and whatever settling emits.
		/// - O(sources).
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::reclaim(T::MaxSources::get()))]
		pub fn reclaim(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let entry = Self::lease_of_provider(origin, lease)?;
			let sources = entry.sources.len() as u32;
			Self::give_notice(lease, entry)?;
			Ok(Some(T::WeightInfo::reclaim(sources)).into())
		}

		/// Take the machine back at once, against the rules.
		///
		/// Signed by the provider, which is reported for [`LeaseAbandoned`](Offence::LeaseAbandoned) and punished in this block. The
		/// last [`ArrearsBlocks`](Config::ArrearsBlocks) blocks since the lease began or was last resumed are not paid for, whoever
		/// has settled when. A lease that is paused ends as by [`reclaim`](Pallet::reclaim), which is no offence.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotProvider`](Error::NotProvider), and those of the stake: who
		///   cannot be punished for it cannot do it.
		/// - Emits [`LeaseEnded`](Event::LeaseEnded), and whatever settling and returning escrow emit.
		/// - O(sources), apart from the stake's own.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::abandon(T::MaxSources::get()))]
		pub fn abandon(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let entry = Self::lease_of_provider(origin, lease)?;
			let sources = entry.sources.len() as u32;
			Self::leave(lease, entry)?;
			Ok(Some(T::WeightInfo::abandon(sources)).into())
		}

		/// Say what is to be run from now on, and where that is found.
		///
		/// Signed by the client, of an order before the first bid, and of a lease at any time: a bid on an order is a bid on what is to
		/// be run, and whoever lends a machine for a time lends it for whatever that time is used for.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NotClient`](Error::NotClient), [`HasBid`](Error::HasBid).
		/// - Emits [`ManifestSet`](Event::ManifestSet).
		/// - O(1).
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::set_manifest())]
		pub fn set_manifest(
			origin: OriginFor<T>,
			lease: LeaseId,
			manifest: BlobHash,
			source: UrlOf<T>,
		) -> DispatchResult {
			let client = ensure_signed(origin)?;
			Leases::<T>::try_mutate(lease, |entry| -> DispatchResult {
				let entry = entry.as_mut().ok_or(Error::<T>::UnknownLease)?;
				ensure!(entry.client == client, Error::<T>::NotClient);
				ensure!(entry.tenancy().is_some() || entry.live_bid().is_none(), Error::<T>::HasBid);
				entry.spec.manifest = manifest;
				entry.spec.source = source;
				Ok(())
			})?;
			Self::deposit_event(Event::ManifestSet { lease, manifest });
			Ok(())
		}

		/// End a lease whose machine does not serve: what the provider has not been paid for the last
		/// [`ArrearsBlocks`](Config::ArrearsBlocks) blocks goes to the treasury, and the rest of the escrow back.
		///
		/// Signed by the client, at any time. Nobody can tell whether it is true, so nobody gains by it: the client pays as much as by
		/// [`close_lease`](Pallet::close_lease), and the provider is paid what it would be for [abandoning](Pallet::abandon) the
		/// lease. Of credits, what is forfeited is used up. In a pause everything was paid, and nothing is forfeited.
		///
		/// - Errors: as for [`close_lease`](Pallet::close_lease).
		/// - Emits [`ArrearsForfeited`](Event::ArrearsForfeited) for each source of that, and whatever settling and ending emit.
		/// - O(sources).
		#[pallet::call_index(10)]
		#[pallet::weight(Pallet::<T>::weight_of_close_unserved(T::MaxSources::get()))]
		pub fn close_unserved(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let sources = entry.sources.len() as u32;
			Self::close_now(lease, entry, false)?;
			Ok(Some(Self::weight_of_close_unserved(sources)).into())
		}

		/// Take back what the caller has put into the escrow of somebody else's order or lease and nobody has earned.
		///
		/// Signed by a source that is not the client: all of it of an order, and of a lease what is not needed for the blocks up to
		/// this one, by the order in which sources are spent. The lease runs out the sooner. A client closes its lease instead.
		///
		/// - Errors: [`UnknownLease`](Error::UnknownLease), [`NothingToDefund`](Error::NothingToDefund).
		/// - Emits [`EscrowWithdrawn`](Event::EscrowWithdrawn), and whatever settling emits.
		/// - O(sources).
		#[pallet::call_index(11)]
		#[pallet::weight(Pallet::<T>::weight_of_defund(T::MaxSources::get()))]
		pub fn defund(origin: OriginFor<T>, lease: LeaseId) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			let sources = entry.sources.len() as u32;
			Self::take_out(lease, entry, who)?;
			Ok(Some(Self::weight_of_defund(sources)).into())
		}
	}

	impl<T: Config> Pallet<T> {
		/// The lease whose provider has signed.
		fn lease_of_provider(origin: OriginFor<T>, lease: LeaseId) -> Result<Lease<T>, DispatchError> {
			let provider = ensure_signed(origin)?;
			let entry = Leases::<T>::get(lease).ok_or(Error::<T>::UnknownLease)?;
			let tenancy = entry.tenancy().ok_or(Error::<T>::NotProvider)?;
			ensure!(tenancy.bid.provider == provider, Error::<T>::NotProvider);
			Ok(entry)
		}
	}
}
