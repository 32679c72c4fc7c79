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
		/// Bond `amount` of the caller's free tokens, or add it to the caller's bond.
		///
		/// What the caller owes is paid out of it first, and only the rest is bonded. The bond must be at least `MinBond`
		/// afterwards, unless nothing is left to bond. A top-up that covers what the caller's machines ask makes a halted
		/// caller active again.
		///
		/// Emits [`Event::Bonded`], and [`Event::DebtCollected`], [`Event::Reactivated`] or [`Event::ShortfallEnded`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::BelowMinBond`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::bond(T::MaxTiers::get()).saturating_add(T::Rewards::pay_weight()))]
		pub fn bond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let paid = Self::divide_rewards_with_delegators(&provider);
			let amount = amount.saturating_sub(Self::pay_debt_from(&provider, &provider, amount)?);
			if amount.is_zero() {
				return Ok(().into());
			}
			let mut ledger = Ledgers::<T>::get(&provider).unwrap_or_default();
			let before = Self::footing(&provider, &ledger);

			ledger.bond(amount)?;
			T::Currency::hold(&HoldReason::Stake.into(), &provider, amount)?;
			Self::deposit_event(Event::Bonded { provider: provider.clone(), amount, bonded: ledger.bonded });
			Self::note_standing(&provider, &mut ledger, before);
			Self::store_ledger(&provider, &ledger);
			Ok(Some(T::WeightInfo::bond(ledger.tiers()).saturating_add(paid)).into())
		}

		/// Begin to take `amount` out of the caller's bond. It can be withdrawn after `UnbondingPeriod` and slashed
		/// until it is.
		///
		/// What remains must cover, with the delegated stake that then still counts, what the caller's machines require,
		/// and be either nothing or at least `MinBond`. Delegated stake beyond what counts keeps nobody from unbonding.
		///
		/// Emits [`Event::Unbonding`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientBond`], [`Error::BelowMinBond`],
		/// [`Error::BelowRequirement`] and [`Error::BelowThreshold`] (one of them for a caller that is short, within its
		/// window or not), [`Error::TooManyChunks`], [`Error::InDebt`].
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::unbond(T::MaxTiers::get()).saturating_add(T::Rewards::pay_weight()))]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let paid = Self::divide_rewards_with_delegators(&provider);
			let mut ledger = Self::ledger(&provider)?;
			Self::ensure_no_debt(&provider)?;
			let now = frame_system::Pallet::<T>::block_number();
			let at = now.checked_add(&T::UnbondingPeriod::get()).ok_or(ArithmeticError::Overflow)?;

			let withdrawable_at = ledger.unbond(amount, at)?;
			Self::ensure_covered(&provider, &mut ledger)?;
			Self::store_ledger(&provider, &ledger);

			Self::deposit_event(Event::Unbonding { provider, amount, withdrawable_at });
			Ok(Some(T::WeightInfo::unbond(ledger.tiers()).saturating_add(paid)).into())
		}

		/// Put `amount` of the caller's unbonding stake, the newest first, back into the bond.
		///
		/// The bond must be at least `MinBond` afterwards.
		///
		/// Emits [`Event::Rebonded`], and [`Event::Reactivated`] or [`Event::ShortfallEnded`] if the caller was short and
		/// now covers what its machines ask.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientUnbonding`], [`Error::BelowMinBond`].
		///
		/// # Complexity
		/// O(chunks + tiers of which the caller has machines).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::rebond(T::MaxTiers::get()).saturating_add(T::Rewards::pay_weight()))]
		pub fn rebond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let paid = Self::divide_rewards_with_delegators(&provider);
			let mut ledger = Self::ledger(&provider)?;
			let before = Self::footing(&provider, &ledger);

			ledger.rebond(amount)?;
			Self::deposit_event(Event::Rebonded { provider: provider.clone(), amount, bonded: ledger.bonded });
			Self::note_standing(&provider, &mut ledger, before);
			Self::store_ledger(&provider, &ledger);
			Ok(Some(T::WeightInfo::rebond(ledger.tiers()).saturating_add(paid)).into())
		}

		/// Release the caller's unbonding stake whose period is over, as far as the rest covers the caller's pending slashes,
		/// pledged tokens to where they vest.
		///
		/// Emits [`Event::Withdrawn`] for what was bonded, and [`Event::PledgeReleased`] for what was pledged.
		///
		/// # Errors
		/// [`Error::NotBonded`], [`Error::NothingToWithdraw`], [`Error::InDebt`], [`Error::SlashPending`] (nothing can be
		/// spared), `Token::CannotCreate` (less than the existential deposit,
		/// and the account has no free balance).
		///
		/// # Complexity
		/// O(chunks).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::withdraw_unbonded())]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_withdraw(&provider)
		}

		/// Set the K value of `tier`, or add the tier.
		///
		/// It counts for all machines of the tier at once: providers who do not cover a higher one have a window to top up.
		///
		/// Emits [`Event::TierStakeSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::ZeroTierStake`], [`Error::TooManyTiers`],
		/// `Arithmetic::Overflow` (times the coefficient).
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::set_tier_stake())]
		pub fn set_tier_stake(origin: OriginFor<T>, tier: Tier, #[pallet::compact] stake: Balance) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_tier_stake(tier, stake)
		}

		/// Set the coefficient by which all K values are multiplied. It no longer follows the network.
		///
		/// It counts for all machines at once: providers who do not cover a higher one have a window to top up.
		///
		/// Emits [`Event::CoefficientSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::ZeroCoefficient`], `Arithmetic::Overflow` (times a K value).
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_coefficient(T::MaxTiers::get()))]
		pub fn set_coefficient(origin: OriginFor<T>, coefficient: FixedU128) -> DispatchResultWithPostInfo {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_coefficient(coefficient)?;
			Ok(Some(T::WeightInfo::set_coefficient(TierStakes::<T>::count())).into())
		}

		/// Have the coefficient follow the network: it is refreshed when the next month begins, and stays until then.
		///
		/// See [`requirement`]. [`set_coefficient`](Pallet::set_coefficient) ends it.
		///
		/// Emits [`Event::CoefficientFollowsNetwork`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::AlreadyFollowing`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::follow_network())]
		pub fn follow_network(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			ensure!(Source::<T>::get() != CoefficientSource::Network, Error::<T>::AlreadyFollowing);
			Source::<T>::put(CoefficientSource::Network);
			Self::deposit_event(Event::CoefficientFollowsNetwork);
			Ok(())
		}

		/// Set the entry threshold of `tier`: the least own stake, bonded or pledged, of a provider with machines of it.
		/// Zero takes it away.
		///
		/// It counts for all providers with machines of the tier at once: those below a higher one have a window to top
		/// up.
		///
		/// Emits [`Event::TierThresholdSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownTier`].
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::set_tier_threshold())]
		pub fn set_tier_threshold(
			origin: OriginFor<T>,
			tier: Tier,
			#[pallet::compact] threshold: Balance,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_tier_threshold(tier, threshold)
		}

		/// Write down and tell that `provider` is short since a raise, is halted since its window ended, or covers again
		/// what is asked since that was lowered. Anybody may.
		///
		/// It tells front ends; what the provider may do follows without it.
		///
		/// Emits [`Event::Shortfall`], [`Event::Halted`], [`Event::ShortfallEnded`] or [`Event::Reactivated`].
		///
		/// # Errors
		/// [`Error::NotBonded`], [`Error::NothingToNote`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::note_shortfall(T::MaxTiers::get()))]
		pub fn note_shortfall(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let tiers = Self::do_note_shortfall(&provider)?;
			Ok(Some(T::WeightInfo::note_shortfall(tiers)).into())
		}

		/// Pledge `amount` of the tokens that vest for the caller as stake, or add it to the caller's pledge.
		///
		/// They must vest by a plan that allows it. All own stake must be at least `MinBond` afterwards. See [`pledge`].
		///
		/// Emits [`Event::Pledged`], and [`Event::Reactivated`] or [`Event::ShortfallEnded`] if the caller was short and
		/// now covers what its machines ask.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::InDebt`], [`Error::BelowMinBond`], and those of `Vesting` when there is not so much to
		/// pledge.
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::pledge(T::MaxTiers::get()).saturating_add(T::Rewards::pay_weight()))]
		pub fn pledge(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let paid = Self::divide_rewards_with_delegators(&provider);
			let tiers = Self::do_pledge(&provider, amount)?;
			Ok(Some(T::WeightInfo::pledge(tiers).saturating_add(paid)).into())
		}

		/// Begin to take `amount` out of the caller's pledge. It can be released by
		/// [`withdraw_unbonded`](Pallet::withdraw_unbonded) after `UnbondingPeriod` and slashed until it is.
		///
		/// What remains must cover what the caller's machines ask, and all own stake be nothing or at least `MinBond`.
		///
		/// Emits [`Event::Unpledging`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientPledge`], [`Error::BelowMinBond`],
		/// [`Error::BelowRequirement`], [`Error::BelowThreshold`], [`Error::TooManyChunks`].
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::unpledge(T::MaxTiers::get()).saturating_add(T::Rewards::pay_weight()))]
		pub fn unpledge(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let paid = Self::divide_rewards_with_delegators(&provider);
			let tiers = Self::do_unpledge(&provider, amount)?;
			Ok(Some(T::WeightInfo::unpledge(tiers).saturating_add(paid)).into())
		}

		/// Delegate `amount` of the caller's free tokens to `provider`, which must have a bond.
		///
		/// The tokens lie in the account of the provider's pool from then on, and the caller owns shares of it. They count
		/// for the provider at once, earn a part of its rewards, and are slashed with it, for what is punished after they
		/// came whenever it was done. The first to delegate also pays the existential deposit of the pool's account.
		///
		/// What the caller owes for stake that it moved here is collected first.
		///
		/// Emits [`Event::Delegated`], and [`Event::PoolOpened`] and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::DelegationCapReached`], [`Error::BelowMinDelegation`],
		/// [`Error::PoolDepleted`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(20)]
		#[pallet::weight(
			T::WeightInfo::delegate()
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
				.saturating_add(T::Rewards::pay_weight())
		)]
		pub fn delegate(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let paid = Self::divide_rewards(&provider);
			let liabilities = Self::do_delegate(&delegator, &provider, amount)?;
			let weight = T::WeightInfo::delegate().saturating_add(delegation::touch_weight::<T>(liabilities));
			Ok(Some(weight.saturating_add(paid)).into())
		}

		/// Begin to take `amount` of the caller's stake with `provider` back, or all of it when it is worth no more.
		///
		/// It can be withdrawn after `UnbondingPeriod` and is slashed, until it is, for what the provider did before. What
		/// is taken out must be all or at least `MinDelegation`, and what remains nothing or at least that.
		///
		/// Emits [`Event::Undelegating`], and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotDelegated`], [`Error::BelowMinDelegation`], [`Error::TooManyChunks`],
		/// [`Error::PeriodExhausted`].
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(21)]
		#[pallet::weight(
			T::WeightInfo::undelegate()
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
				.saturating_add(T::Rewards::pay_weight())
		)]
		pub fn undelegate(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let paid = Self::divide_rewards(&provider);
			let liabilities = Self::do_undelegate(&delegator, &provider, amount)?;
			let weight = T::WeightInfo::undelegate().saturating_add(delegation::touch_weight::<T>(liabilities));
			Ok(Some(weight.saturating_add(paid)).into())
		}

		/// Release all of the caller's stake with `provider` whose unbonding period is over.
		///
		/// Emits [`Event::DelegationWithdrawn`], and [`Event::LiabilityCollected`] if so. The amount is zero when all of
		/// it was slashed meanwhile.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToWithdraw`], [`Error::StillLiable`], `Token::CannotCreate` (less than
		/// the existential deposit, and the account has no free balance).
		///
		/// # Complexity
		/// O(chunks + liabilities of the position).
		#[pallet::call_index(22)]
		#[pallet::weight(
			T::WeightInfo::withdraw_delegation()
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
				.saturating_add(T::Rewards::pay_weight())
		)]
		pub fn withdraw_delegation(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let paid = Self::divide_rewards_if_liable(&delegator, &provider);
			let liabilities = Self::do_withdraw_delegation(&delegator, &provider)?;
			let weight = T::WeightInfo::withdraw_delegation();
			let weight = weight.saturating_add(delegation::touch_weight::<T>(liabilities));
			Ok(Some(weight.saturating_add(paid)).into())
		}

		/// Move `amount` of the caller's stake with `from` to `to`, or all of it when it is worth no more.
		///
		/// It counts for `to` at once, and stays liable for `UnbondingPeriod` for what `from` did before, as for what it
		/// was liable for already. What moves must be all or at least `MinDelegation`, and what remains nothing or at least that.
		///
		/// Emits [`Event::DelegationMoved`], and [`Event::PoolOpened`] and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::SameProvider`], [`Error::NotDelegated`], [`Error::NotBonded`] (`to`),
		/// [`Error::DelegationCapReached`] (`to`), [`Error::BelowMinDelegation`], [`Error::TooManyLiabilities`],
		/// [`Error::PeriodExhausted`], [`Error::PoolDepleted`].
		///
		/// # Complexity
		/// O(chunks and liabilities of both positions).
		#[pallet::call_index(23)]
		#[pallet::weight(
			T::WeightInfo::move_delegation(T::MaxLiabilities::get())
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get().saturating_mul(2)))
				.saturating_add(T::Rewards::pay_weight().saturating_mul(2))
		)]
		pub fn move_delegation(
			origin: OriginFor<T>,
			from: T::AccountId,
			to: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let paid = Self::divide_rewards(&from).saturating_add(Self::divide_rewards(&to));
			let liabilities = Self::do_move_delegation(&delegator, &from, &to, amount)?;
			let weight = T::WeightInfo::move_delegation(liabilities.min(T::MaxLiabilities::get()));
			let weight = weight.saturating_add(delegation::touch_weight::<T>(liabilities));
			Ok(Some(weight.saturating_add(paid)).into())
		}

		/// Claim what the caller has earned with `provider`: pay it out, or delegate it to the same provider (`compound`).
		///
		/// Emits [`Event::DelegationRewardClaimed`], and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToClaim`]; when compounding also those of
		/// [`delegate`](Pallet::delegate).
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(24)]
		#[pallet::weight(
			T::WeightInfo::claim_delegation_reward()
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
				.saturating_add(T::Rewards::pay_weight())
		)]
		pub fn claim_delegation_reward(
			origin: OriginFor<T>,
			provider: T::AccountId,
			compound: bool,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let paid = if compound {
				Self::divide_rewards(&provider)
			} else {
				Self::divide_rewards_if_liable(&delegator, &provider)
			};
			let liabilities = Self::do_claim_reward(&delegator, &provider, compound)?;
			let weight = T::WeightInfo::claim_delegation_reward();
			let weight = weight.saturating_add(delegation::touch_weight::<T>(liabilities));
			Ok(Some(weight.saturating_add(paid)).into())
		}

		/// Collect what the position of `delegator` with `provider` owes for stake that it moved there, and drop its
		/// liabilities that are over. Anybody may.
		///
		/// Emits [`Event::LiabilityCollected`] for each that owes.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToCollect`].
		///
		/// # Complexity
		/// O(liabilities of the position), and O(chunks) when its shares do not suffice.
		#[pallet::call_index(25)]
		#[pallet::weight(
			T::WeightInfo::collect_liability(T::MaxLiabilities::get()).saturating_add(T::Rewards::pay_weight())
		)]
		pub fn collect_liability(
			origin: OriginFor<T>,
			delegator: T::AccountId,
			provider: T::AccountId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let paid = Self::divide_rewards_if_liable(&delegator, &provider);
			let liabilities = Self::do_collect_liability(&delegator, &provider)?;
			Ok(Some(T::WeightInfo::collect_liability(liabilities).saturating_add(paid)).into())
		}

		/// Announce the part of its delegators' rewards that the caller will keep, and the part of its own, that among
		/// them, that it will give to them.
		///
		/// They count from `CommissionNotice` blocks later, or at once while nobody delegates to the caller. A new
		/// announcement takes the place of one that does not count yet. What was earned before it is divided by the terms as they
		/// were; what is earned until the new ones count, by those that count when it is divided.
		///
		/// Emits [`Event::CommissionAnnounced`], and [`Event::PoolOpened`] if so.
		///
		/// # Errors
		/// [`Error::CommissionTooHigh`], [`Error::NotBonded`], `Token::FundsUnavailable` (the existential deposit of the
		/// pool's account).
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(26)]
		#[pallet::weight(T::WeightInfo::set_commission().saturating_add(T::Rewards::pay_weight()))]
		pub fn set_commission(
			origin: OriginFor<T>,
			commission: Perbill,
			kickback: Perbill,
		) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let paid = Self::divide_rewards_with_delegators(&provider);
			Self::do_set_commission(&provider, commission, kickback)?;
			Ok(Some(T::WeightInfo::set_commission().saturating_add(paid)).into())
		}

		/// Do with the pending slash `slash`, which is due, what its state says: carry it out, or let it lapse. Anybody may,
		/// but the chain does it by itself in a block that has room.
		///
		/// Emits [`Event::Slashed`] or [`Event::SlashLapsed`], and [`Event::ContestResolved`] if so.
		///
		/// # Errors
		/// [`Error::UnknownSlash`], [`Error::NotDue`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(30)]
		#[pallet::weight(T::WeightInfo::apply_slash())]
		pub fn apply_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_apply_slash(slash)
		}

		/// Contest the queued slash `slash` of the caller, with `ContestBond` on hold. Governance has until `ContestPeriod`
		/// after it would have been carried out to decide; if it does not, it is carried out and the bond given back.
		///
		/// Emits [`Event::SlashContested`].
		///
		/// # Errors
		/// [`Error::UnknownSlash`], [`Error::NotTheOffender`], [`Error::NotContestable`], [`Error::DeadlinePassed`],
		/// `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(31)]
		#[pallet::weight(T::WeightInfo::contest_slash())]
		pub fn contest_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_contest_slash(&who, slash)
		}

		/// Decide on the contested slash `slash`: carry it out at once, with the bond, or cancel it and give the bond back.
		///
		/// Emits [`Event::ContestResolved`], and [`Event::Slashed`] or [`Event::SlashCancelled`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::NotContested`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(32)]
		#[pallet::weight(T::WeightInfo::resolve_contest())]
		pub fn resolve_contest(
			origin: OriginFor<T>,
			#[pallet::compact] slash: SlashId,
			uphold: bool,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_resolve_contest(slash, uphold)
		}

		/// Cancel the pending slash `slash`, in whatever state, before it is due. The bond of a contest is given back.
		///
		/// Emits [`Event::SlashCancelled`], and [`Event::ContestResolved`] if so.
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(33)]
		#[pallet::weight(T::WeightInfo::cancel_slash())]
		pub fn cancel_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_cancel_slash(slash)
		}

		/// Have the held slash `slash` carried out: when `SlashDeferral` is over since its report, at once if it is.
		///
		/// Emits [`Event::SlashReleased`], and [`Event::Slashed`] if so.
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::NotHeld`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(34)]
		#[pallet::weight(T::WeightInfo::release_slash())]
		pub fn release_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_release_slash(slash)
		}

		/// Pay what `provider` owes, at most `amount`, out of the caller's free balance. Anybody may.
		///
		/// Emits [`Event::DebtCollected`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NoDebt`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(35)]
		#[pallet::weight(T::WeightInfo::pay_debt())]
		pub fn pay_debt(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let payer = ensure_signed(origin)?;
			Self::do_pay_debt(&payer, &provider, amount)
		}

		/// Take what `provider` owes from its unclaimed rewards, then from its vesting tokens. Anybody may.
		///
		/// Emits [`Event::DebtCollected`].
		///
		/// # Errors
		/// [`Error::NoDebt`], [`Error::NothingToSeize`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(36)]
		#[pallet::weight(T::WeightInfo::collect_debt())]
		pub fn collect_debt(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_collect_debt(&provider)
		}
	}
}
