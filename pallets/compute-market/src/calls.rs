//! What can be done, and by whom.
//!
//! A section of the pallet in [`lib.rs`](crate): the names in it are those of that module. What a call does beyond a few
//! lines stands with the noun that it is about.

use frame_support::pallet_macros::pallet_section;

/// Calls.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Put a machine of `tier` with `slots` slots on offer, which stands in `region`, its outputs to be fetched from
		/// `endpoint`.
		///
		/// Signed by the provider, whose stake must cover the machine and from whom
		/// [`MachineDeposit`](Config::MachineDeposit) is held.
		///
		/// - Errors: [`SlotsOutOfRange`](Error::SlotsOutOfRange), those of the stake, and too little to hold.
		/// - Emits [`MachineRegistered`](Event::MachineRegistered).
		/// - O(1), apart from the stake's own O(tiers).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_machine())]
		pub fn register_machine(
			origin: OriginFor<T>,
			tier: Tier,
			region: Region,
			slots: u32,
			endpoint: UrlOf<T>,
		) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			ensure!((1..=T::MaxSlots::get()).contains(&slots), Error::<T>::SlotsOutOfRange);
			let machine = NextMachineId::<T>::get();
			let next = machine.0.checked_add(1).ok_or(sp_runtime::ArithmeticError::Overflow)?;

			let deposit = T::MachineDeposit::get();
			T::Currency::hold(&HoldReason::MachineDeposit.into(), &provider, deposit)?;
			T::Stake::add_machine(&provider, machine, tier, region)?;
			NextMachineId::<T>::put(MachineId(next));
			let entry = Machine { provider: provider.clone(), tier, region, slots, running: 0, endpoint, deposit };
			Machines::<T>::insert(machine, entry);
			T::Observer::registered(&provider, machine, tier, region);
			Self::deposit_event(Event::MachineRegistered { machine, provider, tier, region });
			Ok(())
		}

		/// Take a machine off the market and its deposit back.
		///
		/// Signed by its provider. All its slots must be free.
		///
		/// - Errors: [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner),
		///   [`MachineBusy`](Error::MachineBusy), those of the stake.
		/// - Emits [`MachineDeregistered`](Event::MachineDeregistered).
		/// - O(1), apart from the stake's own O(tiers).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::deregister_machine())]
		pub fn deregister_machine(origin: OriginFor<T>, machine: MachineId) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			let entry = Machines::<T>::get(machine).ok_or(Error::<T>::UnknownMachine)?;
			ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
			ensure!(entry.running == 0, Error::<T>::MachineBusy);

			T::Currency::release(&HoldReason::MachineDeposit.into(), &provider, entry.deposit, Precision::Exact)?;
			T::Stake::remove_machine(&provider, machine, entry.tier, entry.region)?;
			Machines::<T>::remove(machine);
			T::Observer::deregistered(machine);
			Self::deposit_event(Event::MachineDeregistered { machine, provider });
			Ok(())
		}

		/// Say where the outputs of a machine can be fetched from now on.
		///
		/// Signed by its provider.
		///
		/// - Errors: [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner).
		/// - Emits [`EndpointSet`](Event::EndpointSet).
		/// - O(1).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_endpoint())]
		pub fn set_endpoint(origin: OriginFor<T>, machine: MachineId, endpoint: UrlOf<T>) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Machines::<T>::try_mutate(machine, |entry| -> DispatchResult {
				let entry = entry.as_mut().ok_or(Error::<T>::UnknownMachine)?;
				ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
				entry.endpoint = endpoint.clone();
				Ok(())
			})?;
			Self::deposit_event(Event::EndpointSet { machine, endpoint });
			Ok(())
		}

		/// Post a job that is paid in `payment`: open its auction, put `ceiling * units` of that into escrow, and hold
		/// [`JobDeposit`](Config::JobDeposit) in native tokens.
		///
		/// Signed by the client. An asset must leave its minimum balance beside the escrow. A job that is paid in credits
		/// brings its provider nothing but the reward for the work, because the credits are used up whole.
		///
		/// - Errors: one for each bound in [`JobSpec`] that is not kept ([`ZeroUnits`](Error::ZeroUnits),
		///   [`TooManyUnits`](Error::TooManyUnits), [`GasOutOfRange`](Error::GasOutOfRange),
		///   [`ZeroPrice`](Error::ZeroPrice), [`PriceOverflow`](Error::PriceOverflow),
		///   [`AuctionLengthOutOfRange`](Error::AuctionLengthOutOfRange), [`DeadlineTooSoon`](Error::DeadlineTooSoon),
		///   [`DeadlineTooLate`](Error::DeadlineTooLate), [`ReviewLengthOutOfRange`](Error::ReviewLengthOutOfRange)),
		///   [`PaymentNotAccepted`](Error::PaymentNotAccepted), and too little to hold.
		/// - Emits [`JobSubmitted`](Event::JobSubmitted).
		/// - O(1).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::submit_job())]
		pub fn submit_job(origin: OriginFor<T>, spec: JobSpec<T>, payment: PaymentKind) -> DispatchResult {
			Self::post(ensure_signed(origin)?, spec, payment, None)
		}

		/// Offer to do an open job on `machine` for `price` a unit.
		///
		/// Signed by the machine's provider. The bid takes a slot of the machine, and [`BidDeposit`](Config::BidDeposit)
		/// is held; both are given back when the bid is beaten, the deposit also when the auction closes. Close to the end
		/// of the auction, a bid extends it.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotOpen`](Error::JobNotOpen), [`OwnJob`](Error::OwnJob),
		///   [`AuctionClosed`](Error::AuctionClosed), [`ZeroPrice`](Error::ZeroPrice),
		///   [`BidAboveCeiling`](Error::BidAboveCeiling), [`BidNotImproving`](Error::BidNotImproving),
		///   [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner),
		///   [`TierTooLow`](Error::TierTooLow), [`ReputationTooLow`](Error::ReputationTooLow),
		///   [`ProviderNotActive`](Error::ProviderNotActive), [`NoFreeSlot`](Error::NoFreeSlot), and too little to hold.
		/// - Emits [`BidPlaced`](Event::BidPlaced).
		/// - O(1): the number of bids before does not matter. Cheaper, and refunded, when there is no bid to beat.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::bid())]
		pub fn bid(
			origin: OriginFor<T>,
			job: JobId,
			machine: MachineId,
			price: BalanceOf<T>,
		) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let beaten = Self::place_bid(provider, job, machine, price)?;
			Ok(beaten.is_none().then(T::WeightInfo::bid_first).into())
		}

		/// Close an auction: assign the job to the best bid and release the surplus, or refund it.
		///
		/// Signed by anyone once the auction is over, which the chain does by itself too; by the client as soon as there
		/// is a bid. The escrow is refunded when nobody has bid, when the best bidder's stake no longer covers its
		/// machines, or when too little time is left for the work.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotOpen`](Error::JobNotOpen),
		///   [`AuctionOpen`](Error::AuctionOpen), and [`ProviderNotActive`](Error::ProviderNotActive) for a client that wants it
		///   closed early while the best bidder's stake does not cover its machines.
		/// - Emits [`JobAssigned`](Event::JobAssigned) or [`JobRefunded`](Event::JobRefunded).
		/// - O(1). The weight of the cheaper outcomes is refunded.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::close_auction_assigned().max(T::WeightInfo::close_auction_withdrawn()))]
		pub fn close_auction(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			let caller = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			let outcome = Self::close(job, entry, Some(&caller))?;
			Ok(Some(outcome.weight::<T>()).into())
		}

		/// Withdraw a job that is not assigned yet, and take the whole escrow back.
		///
		/// Signed by the client. The best bid's slot and deposit are released. When the auction's clock has run down with a
		/// bid, that bid has won and the job can no longer be cancelled.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`NotClient`](Error::NotClient),
		///   [`JobNotOpen`](Error::JobNotOpen), [`AuctionClosed`](Error::AuctionClosed).
		/// - Emits [`JobRefunded`](Event::JobRefunded).
		/// - O(1). Cheaper, and refunded, when there is no bid.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::cancel_job())]
		pub fn cancel_job(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let withdrawn = Self::cancel(job, entry)?;
			Ok(withdrawn.is_none().then(T::WeightInfo::cancel_job_without_bid).into())
		}

		/// Commit to the result of an assigned job by the Merkle `root` over the hashes of all units' outputs, or of those of its
		/// next range, which begins with unit `first`: zero for all.
		///
		/// Signed by the provider who won the auction, once for each range, in the block of the deadline at the latest. The
		/// review begins.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotAssigned`](Error::JobNotAssigned),
		///   [`NotAssignedProvider`](Error::NotAssignedProvider), [`DeadlinePassed`](Error::DeadlinePassed),
		///   [`WrongRange`](Error::WrongRange).
		/// - Emits [`ResultCommitted`](Event::ResultCommitted).
		/// - O(1). The weight of ending the check of the range before is refunded when there is none.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::commit_result_checked())]
		pub fn commit_result(origin: OriginFor<T>, job: JobId, first: u32, root: H256) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			let JobState::Assigned { bid } = &entry.state else { return Err(Error::<T>::JobNotAssigned.into()) };
			ensure!(bid.provider == provider, Error::<T>::NotAssignedProvider);
			let now = frame_system::Pallet::<T>::block_number();
			ensure!(now <= entry.spec.deadline, Error::<T>::DeadlinePassed);
			// A commitment to a range that was sent twice must not pass for one to the next.
			ensure!(Self::units_due(job, &entry.spec).start == first, Error::<T>::WrongRange);

			let review_ends = now.saturating_add(entry.spec.review_blocks);
			let state = JobState::Committed { bid: bid.clone(), root, review_ends };
			Self::enter(job, entry, state);
			Self::deposit_event(Event::ResultCommitted { job, provider, first, root, review_ends });
			let check_ended = T::Checks::committed(job);
			Ok((!check_ended).then(T::WeightInfo::commit_result).into())
		}

		/// Accept a committed result before the review is over: pay the provider now for all of the job, or for the range that the
		/// result is about, which begins with unit `first`: zero for all.
		///
		/// Signed by the client.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`NotClient`](Error::NotClient),
		///   [`JobNotCommitted`](Error::JobNotCommitted), [`ResultContested`](Error::ResultContested),
		///   [`WrongRange`](Error::WrongRange).
		/// - Emits [`JobSettled`](Event::JobSettled) or [`RangeSettled`](Event::RangeSettled).
		/// - O(1). The weight of ending the result's check is refunded when there is none.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::accept_result_checked().max(T::WeightInfo::accept_range_checked()))]
		pub fn accept_result(origin: OriginFor<T>, job: JobId, first: u32) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let check_ended = Self::accept(job, entry, first)?;
			Ok((!check_ended).then(|| T::WeightInfo::accept_result().max(T::WeightInfo::accept_range())).into())
		}

		/// Pay for a committed result whose review is over.
		///
		/// Signed by anyone; the chain does it by itself too. A second settlement is an error without effect.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotCommitted`](Error::JobNotCommitted),
		///   [`ResultContested`](Error::ResultContested), [`ReviewNotOver`](Error::ReviewNotOver).
		/// - Emits [`JobSettled`](Event::JobSettled) or [`RangeSettled`](Event::RangeSettled).
		/// - O(1).
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::settle_job().max(T::WeightInfo::settle_range()))]
		pub fn settle_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			Self::settle(job, entry, None)?;
			Ok(())
		}

		/// Refund a job whose provider missed the deadline, and have the provider slashed.
		///
		/// Signed by anyone; the chain does it by itself too. The refund does not depend on the slash.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotAssigned`](Error::JobNotAssigned),
		///   [`DeadlineNotPassed`](Error::DeadlineNotPassed).
		/// - Emits [`JobRefunded`](Event::JobRefunded).
		/// - O(1), apart from the stake's own bounded slash.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::expire_job())]
		pub fn expire_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			Self::expire(job, entry)
		}

		/// Remove a job that has ended and release its deposit to its client.
		///
		/// Signed by the client at any time, or by anyone from
		/// `deadline + review_blocks +` [`RetentionBlocks`](Config::RetentionBlocks) on.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobLive`](Error::JobLive),
		///   [`RetentionNotOver`](Error::RetentionNotOver).
		/// - Emits [`JobCleared`](Event::JobCleared).
		/// - O(1).
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::clear_job())]
		pub fn clear_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			let caller = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.has_ended(), Error::<T>::JobLive);
			let retained_until =
				entry.spec.deadline.saturating_add(entry.spec.review_blocks).saturating_add(T::RetentionBlocks::get());
			let now = frame_system::Pallet::<T>::block_number();
			ensure!(caller == entry.client || now >= retained_until, Error::<T>::RetentionNotOver);

			T::Currency::release(&HoldReason::JobDeposit.into(), &entry.client, entry.deposit, Precision::Exact)?;
			Jobs::<T>::remove(job);
			Ranges::<T>::remove(job);
			Self::deposit_event(Event::JobCleared { job });
			Ok(())
		}

		/// Give `who` all of `payment` that it could not take when it was due.
		///
		/// Signed by anyone: it goes to `who` in any case, and the treasury has no key to sign with.
		///
		/// - Errors: [`NothingToClaim`](Error::NothingToClaim), and those of the asset as long as `who` still cannot take it.
		/// - Emits [`PaymentClaimed`](Event::PaymentClaimed).
		/// - O(1).
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::claim_payment())]
		pub fn claim_payment(origin: OriginFor<T>, payment: PaymentKind, who: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			let amount = T::Rails::claim(payment, &who)?;
			ensure!(!amount.is_zero(), Error::<T>::NothingToClaim);
			Self::deposit_event(Event::PaymentClaimed { payment, account: who, amount });
			Ok(())
		}

		/// [Post a job](Pallet::submit_job) that is paid for range by range, each of `length` units, the last one of what is left.
		///
		/// Signed by the client, who has [`RangesDeposit`](Config::RangesDeposit) on hold beside what a job takes. The provider that
		/// wins computes and commits to one range after the other. What was paid for stays paid when a later range is refused or
		/// late; the rest of the escrow goes back. The [deadline](JobSpec::deadline) is for all ranges together, and waits while one
		/// is under review.
		///
		/// - Errors: those of [`submit_job`](Pallet::submit_job), [`RangeLengthOutOfRange`](Error::RangeLengthOutOfRange).
		/// - Emits [`JobSubmitted`](Event::JobSubmitted).
		/// - O(1).
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::submit_job_in_ranges())]
		pub fn submit_job_in_ranges(
			origin: OriginFor<T>,
			spec: JobSpec<T>,
			payment: PaymentKind,
			length: u32,
		) -> DispatchResult {
			Self::post(ensure_signed(origin)?, spec, payment, Some(length))
		}
	}
}
