//! What the pallet tells and why it refuses.
//!
//! A section of the pallet in [`lib.rs`](crate): the names in it are those of that module.

use frame_support::pallet_macros::pallet_section;

/// Events and errors.
#[pallet_section]
mod events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider bonded stake.
		#[codec(index = 0)]
		Bonded {
			/// Who bonded.
			provider: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The bond now.
			bonded: Balance,
		},
		/// A provider began to unbond stake.
		#[codec(index = 1)]
		Unbonding {
			/// Who unbonds.
			provider: T::AccountId,
			/// How much left the bond.
			amount: Balance,
			/// The first block in which it can be withdrawn.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// A provider put unbonding stake back into its bond.
		#[codec(index = 2)]
		Rebonded {
			/// Who rebonded.
			provider: T::AccountId,
			/// How much was put back.
			amount: Balance,
			/// The bond now.
			bonded: Balance,
		},
		/// A provider withdrew stake whose unbonding period was over.
		#[codec(index = 3)]
		Withdrawn {
			/// Who withdrew.
			provider: T::AccountId,
			/// How much became free.
			amount: Balance,
		},
		/// A provider was slashed. The four sources sum to `amount`, and so do the four parts that it was divided into.
		#[codec(index = 4)]
		Slashed {
			/// Which pending slash it was. None for one at once.
			slash: Option<SlashId>,
			/// Who was slashed.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// The tier of the machine.
			tier: Tier,
			/// How much was taken.
			amount: Balance,
			/// Of that, the bond of a contest that was lost.
			from_bond: Balance,
			/// Of that, unclaimed rewards.
			from_rewards: Balance,
			/// Of that, vesting tokens.
			from_vesting: Balance,
			/// Of that, stake, the delegators' among it.
			from_stake: Balance,
			/// What the provider owes from now on because it was not there.
			debt: Balance,
			/// The account that the offence wronged.
			wronged: Option<T::AccountId>,
			/// What the wronged account got.
			to_wronged: Balance,
			/// Who reported the offence.
			reporter: Option<T::AccountId>,
			/// What whoever reported it got.
			to_reporter: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A provider is halted: no new work until it tops up. Its window is over, or it lost too much to have one.
		///
		/// A window that runs out halts a provider without this event, as nobody visits it, until somebody notes it
		/// (`note_shortfall`).
		#[codec(index = 5)]
		Halted {
			/// Who is halted.
			provider: T::AccountId,
			/// Its own stake now: bonded and pledged.
			bonded: Balance,
			/// What its machines require.
			required: Balance,
		},
		/// A halted provider covers again what its machines require, or enough of it within its window.
		#[codec(index = 6)]
		Reactivated {
			/// Who is active again.
			provider: T::AccountId,
		},
		/// The K value of a tier was set.
		#[codec(index = 7)]
		TierStakeSet {
			/// Which tier.
			tier: Tier,
			/// Its K value.
			stake: Balance,
		},
		/// The coefficient of all K values was set.
		#[codec(index = 8)]
		CoefficientSet {
			/// The coefficient.
			coefficient: FixedU128,
		},
		/// Something happened that cannot happen. Operators should report it.
		#[codec(index = 9)]
		Unexpected {
			/// What happened.
			kind: UnexpectedKind,
		},
		/// The coefficient was refreshed from what the network did.
		#[codec(index = 10)]
		CoefficientRefreshed {
			/// The month that begins.
			month: u32,
			/// What was emitted for capacity in the month before; when months were skipped, in the mean of them.
			emitted: Balance,
			/// Σ K over all registered machines.
			staked: Balance,
			/// The coefficient from now on.
			coefficient: FixedU128,
		},
		/// The coefficient follows the network from the next month on.
		#[codec(index = 11)]
		CoefficientFollowsNetwork,
		/// The entry threshold of a tier was set. Zero means that it has none.
		#[codec(index = 12)]
		TierThresholdSet {
			/// Which tier.
			tier: Tier,
			/// The least own stake of a provider with machines of it.
			threshold: Balance,
		},
		/// A provider does not cover what its machines ask, and has a window to top up.
		#[codec(index = 13)]
		Shortfall {
			/// Who is short.
			provider: T::AccountId,
			/// Own and delegated stake, as far as the latter counts.
			backing: Balance,
			/// What the machines require of `backing`.
			required: Balance,
			/// Own stake.
			own: Balance,
			/// What the machines require of `own`.
			threshold: Balance,
			/// The first block in which the provider is halted.
			until: BlockNumberFor<T>,
		},
		/// A provider that was short, and not halted, covers again what its machines ask.
		#[codec(index = 14)]
		ShortfallEnded {
			/// Who was short.
			provider: T::AccountId,
		},
		/// A provider pledged vesting tokens as stake.
		#[codec(index = 15)]
		Pledged {
			/// Who pledged.
			provider: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The pledge now.
			pledged: Balance,
		},
		/// A provider began to take pledged tokens back.
		#[codec(index = 16)]
		Unpledging {
			/// Who unpledges.
			provider: T::AccountId,
			/// How much left the pledge.
			amount: Balance,
			/// The first block in which it can be released.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// Pledged tokens whose unbonding period was over were released to where they vest.
		#[codec(index = 17)]
		PledgeReleased {
			/// Who had pledged them.
			provider: T::AccountId,
			/// How much was released.
			amount: Balance,
		},
		/// A provider's pool was opened, for the existential deposit of its account.
		#[codec(index = 20)]
		PoolOpened {
			/// Whose pool it is.
			provider: T::AccountId,
			/// Where its tokens lie.
			account: T::AccountId,
		},
		/// Stake was delegated to a provider.
		#[codec(index = 21)]
		Delegated {
			/// Who is backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The shares issued for it.
			shares: Shares,
		},
		/// A delegator began to take stake back.
		#[codec(index = 22)]
		Undelegating {
			/// Who was backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much left the pool.
			amount: Balance,
			/// The first block in which it can be withdrawn.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// A delegator withdrew stake whose unbonding period was over.
		#[codec(index = 23)]
		DelegationWithdrawn {
			/// Who was backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much became free.
			amount: Balance,
		},
		/// A delegator moved stake from one provider to another.
		#[codec(index = 24)]
		DelegationMoved {
			/// Whose stake it is.
			delegator: T::AccountId,
			/// Whom it backed.
			from: T::AccountId,
			/// Whom it backs now.
			to: T::AccountId,
			/// How much was moved.
			amount: Balance,
			/// The shares issued for it in the new pool.
			shares: Shares,
			/// The first block in which it is liable for nothing new that `from` did before.
			liable_until: BlockNumberFor<T>,
		},
		/// The delegated part of a slash was taken or booked.
		#[codec(index = 25)]
		DelegationSlashed {
			/// Whose delegators lost it.
			provider: T::AccountId,
			/// Taken from the pool.
			from_pool: Balance,
			/// Taken from stake that was being undelegated.
			from_unbonding: Balance,
			/// Owed from now on by those who had moved their stake away.
			booked: Balance,
		},
		/// A pool was slashed whole: its shares are void.
		#[codec(index = 26)]
		PoolEmptied {
			/// Whose pool it is.
			provider: T::AccountId,
			/// The generation of its shares that ended.
			generation: u32,
		},
		/// What a position owed for a slash at an earlier provider was collected, as far as it was there.
		#[codec(index = 27)]
		LiabilityCollected {
			/// Who had moved stake.
			delegator: T::AccountId,
			/// With whom the position is.
			provider: T::AccountId,
			/// Who had been slashed.
			offender: T::AccountId,
			/// What was owed. What the two parts are short of it is lost.
			owed: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A reward was divided between a provider and its delegators.
		#[codec(index = 28)]
		RewardDivided {
			/// Who earned it.
			provider: T::AccountId,
			/// The provider's side.
			to_provider: Balance,
			/// The delegators' side.
			to_delegators: Balance,
		},
		/// A delegator claimed its part of rewards.
		#[codec(index = 29)]
		DelegationRewardClaimed {
			/// Who is backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much it was.
			amount: Balance,
			/// Whether it was delegated at once.
			compounded: bool,
		},
		/// A provider announced a commission and a kick-back.
		#[codec(index = 30)]
		CommissionAnnounced {
			/// Whose they are.
			provider: T::AccountId,
			/// The part of the delegators' rewards that it will keep.
			commission: Perbill,
			/// The part of its rewards that it will give to its delegators.
			kickback: Perbill,
			/// The first block in which they count.
			from: BlockNumberFor<T>,
		},
		/// An offence that is not proven was reported, and its slash queued.
		#[codec(index = 40)]
		SlashQueued {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it will take it from.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// How much it takes at most.
			amount: Balance,
			/// The first block in which it is carried out.
			due: BlockNumberFor<T>,
		},
		/// The same, where there were too many in the region: it waits for governance.
		#[codec(index = 41)]
		SlashHeld {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it might take it from.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// How much it takes at most.
			amount: Balance,
			/// The region.
			region: Region,
			/// The first block in which it lapses.
			due: BlockNumberFor<T>,
		},
		/// A provider contested a slash.
		#[codec(index = 42)]
		SlashContested {
			/// The number of the slash.
			slash: SlashId,
			/// Who contested it.
			provider: T::AccountId,
			/// What it put on it.
			bond: Balance,
			/// The first block in which it is too late to decide.
			due: BlockNumberFor<T>,
		},
		/// A contest ended.
		#[codec(index = 43)]
		ContestResolved {
			/// The number of the slash.
			slash: SlashId,
			/// Who contested it.
			provider: T::AccountId,
			/// How it ended.
			outcome: ContestOutcome,
			/// The bond that was lost, when it was upheld, or given back.
			bond: Balance,
		},
		/// A pending slash was cancelled.
		#[codec(index = 44)]
		SlashCancelled {
			/// The number of the slash.
			slash: SlashId,
			/// Who is not slashed.
			provider: T::AccountId,
			/// What it would have taken at most.
			amount: Balance,
		},
		/// A slash that was held is carried out after all.
		#[codec(index = 45)]
		SlashReleased {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it takes it from.
			provider: T::AccountId,
			/// The first block in which it is carried out: at once when it has passed.
			due: BlockNumberFor<T>,
		},
		/// A slash that was held was not released in time.
		#[codec(index = 46)]
		SlashLapsed {
			/// The number of the slash.
			slash: SlashId,
			/// Who is not slashed.
			provider: T::AccountId,
			/// What it would have taken at most.
			amount: Balance,
		},
		/// A slash found less than it asked for.
		#[codec(index = 47)]
		DebtIncurred {
			/// Who owes.
			provider: T::AccountId,
			/// How much more.
			amount: Balance,
			/// All that it owes.
			debt: Balance,
		},
		/// What a provider owed was paid or collected.
		#[codec(index = 48)]
		DebtCollected {
			/// Who owed.
			provider: T::AccountId,
			/// How much was paid: the sum of the two parts.
			amount: Balance,
			/// What it still owes.
			debt: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A challenge was missed for which no slash could be queued, as the provider has too many pending. It counts, so that
		/// the next one costs more.
		#[codec(index = 49)]
		MissCounted {
			/// Whose machine it is.
			provider: T::AccountId,
			/// The machine.
			machine: MachineId,
			/// The round that it missed.
			subject: u64,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The amount is zero.
		ZeroAmount,
		/// The bond would be smaller than the least one.
		BelowMinBond,
		/// The account has no stake.
		NotBonded,
		/// More is to be unbonded than is bonded.
		InsufficientBond,
		/// The bond would not cover what the machines require.
		BelowRequirement,
		/// Too much is unbonding in separate chunks: withdraw or rebond first.
		TooManyChunks,
		/// More is to be rebonded than is unbonding.
		InsufficientUnbonding,
		/// No unbonding stake can be withdrawn yet.
		NothingToWithdraw,
		/// The tier has no K value.
		UnknownTier,
		/// There are as many tiers as there can be.
		TooManyTiers,
		/// A K value must be above zero.
		ZeroTierStake,
		/// The coefficient must be above zero.
		ZeroCoefficient,
		/// The provider has no machine of this tier.
		NoSuchMachine,
		/// The delegator would have less than the least delegation with the provider.
		BelowMinDelegation,
		/// The provider can take no more delegated stake beside its bond.
		DelegationCapReached,
		/// The delegator has nothing there with the provider.
		NotDelegated,
		/// No reward can be claimed.
		NothingToClaim,
		/// The delegator owes nothing, and no liability is over.
		NothingToCollect,
		/// The stake would be liable for too many earlier delegations: wait until one is over.
		TooManyLiabilities,
		/// Stake cannot be moved to where it is.
		SameProvider,
		/// The commission is above the greatest one.
		CommissionTooHigh,
		/// What left the provider lately was slashed whole, twice: wait for the next liability period.
		PeriodExhausted,
		/// The pool was slashed so nearly whole that its shares have no price.
		PoolDepleted,
		/// The account of the pool cannot be derived.
		NoPoolAccount,
		/// What remains would not cover what the stake is liable for elsewhere: wait until that is over.
		StillLiable,
		/// The same offence with the same machine and subject was reported before.
		AlreadyReported,
		/// The offence is too old to be punished.
		OffenceTooOld,
		/// The provider has as many pending slashes as it can have: report again when one has ended.
		TooManyPending,
		/// There is no pending slash with this number.
		UnknownSlash,
		/// The slash is due: what happens to it is settled.
		DeadlinePassed,
		/// The slash is not due yet.
		NotDue,
		/// Only who is to be slashed can contest it.
		NotTheOffender,
		/// The slash is contested already, or held.
		NotContestable,
		/// The slash is not contested.
		NotContested,
		/// The slash is not held.
		NotHeld,
		/// The provider owes something: pay that first.
		InDebt,
		/// The provider owes nothing.
		NoDebt,
		/// The provider has neither rewards nor vesting tokens to take.
		NothingToSeize,
		/// What remained would not cover the pending slashes: wait until they have ended.
		SlashPending,
		/// The provider's own stake would be below the entry threshold of a tier.
		BelowThreshold,
		/// More is to be unpledged than is pledged.
		InsufficientPledge,
		/// How the provider stands is noted already.
		NothingToNote,
		/// The coefficient follows the network already.
		AlreadyFollowing,
	}
}
