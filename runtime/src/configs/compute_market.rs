//! The trade: machines, jobs, bids.

use super::{
	assets::{AssetPayments, Prices},
	parameters::{BurnShare, NativeFee},
};
use crate::{
	params::{
		deposit, AGENDA_RETRY, AUCTION_EXTENSION, BID_DEPOSIT, HOURS, LONGEST_AUCTION, LONGEST_REVIEW, MAX_RANGES,
		MAX_URL_LEN, OFFENCE_LIFETIME, SHORTEST_AUCTION, SHORTEST_RUN,
	},
	Capacity, Checkers, ComputeCredits, ComputeLease, Runtime, RuntimeHoldReason, StakingSlash, TokenMint, Tokens,
};
use assay_proofs::{merkle::MAX_UNITS, ARBITER_GAS};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
};
use pallet_compute_market::{AssetRail, CreditsRail, NativeRail, Rails};
use sp_runtime::Perbill;

parameter_types! {
	/// A bid must beat the best one by a hundredth, or two daemons would race by the smallest denomination.
	pub const MinBidImprovement: Perbill = Perbill::from_percent(1);
	/// The last eleven outcomes count for as much as all before them. Who fails every tenth time stands at 90 % in the long
	/// run; a newcomer is there after 25 jobs without a fault.
	pub const ReputationStep: Perbill = Perbill::from_parts(1_000_000_000 / 16);
	/// Only who fails more often than not would gain by beginning anew, and needs new stake for that.
	pub const InitialReputation: Perbill = Perbill::from_percent(50);
}

/// What jobs and leases are paid over.
pub type AllRails = Rails<NativeRail<Runtime>, AssetRail<AssetPayments>, CreditsRail<Runtime, ComputeCredits, Prices>>;

impl pallet_compute_market::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Rails = AllRails;
	type Stake = StakingSlash;
	type Observer = (Capacity, Checkers);
	type OtherBooks = ComputeLease;
	type Checks = Checkers;
	type Rewards = TokenMint;
	type ToTreasury = pallet_token_mint::ToTreasury<Runtime>;
	type FeeRate = NativeFee;
	type FeeBurnShare = BurnShare;
	// A job with two URLs' worth of text and its place in the agenda.
	type JobDeposit = ConstU128<{ deposit(2, 512) }>;
	// The roots, and who was paid what for them.
	type RangesDeposit = ConstU128<{ deposit(1, 32 * MAX_RANGES + 160) }>;
	type MachineDeposit = ConstU128<{ deposit(1, 320) }>;
	type BidDeposit = ConstU128<BID_DEPOSIT>;
	type MinBidImprovement = MinBidImprovement;
	type MinAuctionBlocks = ConstU32<SHORTEST_AUCTION>;
	type MaxAuctionBlocks = ConstU32<LONGEST_AUCTION>;
	type ExtensionWindow = ConstU32<AUCTION_EXTENSION>;
	type MinRunBlocks = ConstU32<SHORTEST_RUN>;
	// Whoever left before a job was assigned is still liable when its deadline passes. Where that is moved on range by range, what the
	// machine requires stays bonded as long as it has work.
	type MaxJobBlocks = ConstU32<OFFENCE_LIFETIME>;
	type MinReviewBlocks = ConstU32<5>;
	type MaxReviewBlocks = ConstU32<LONGEST_REVIEW>;
	type RetentionBlocks = ConstU32<{ 24 * HOURS }>;
	type MaxUnits = ConstU32<MAX_UNITS>;
	type MaxRanges = ConstU32<MAX_RANGES>;
	// What one unit may cost is what the chain itself can run again.
	type MaxGasPerUnit = ConstU64<ARBITER_GAS>;
	type MaxSlots = ConstU32<64>;
	type MaxUrlLen = ConstU32<MAX_URL_LEN>;
	type Engine = crate::arbiter::CurrentEngine;
	type ReputationStep = ReputationStep;
	type InitialReputation = InitialReputation;
	type RetryBlocks = ConstU32<AGENDA_RETRY>;
	type WeightInfo = pallet_compute_market::weights::SubstrateWeight<Runtime>;
}
