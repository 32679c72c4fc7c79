//! Machine time by the block: orders, leases, their escrow.

use super::compute_market::AllRails;
use crate::{
	params::{
		deposit, AGENDA_RETRY, AUCTION_EXTENSION, BID_DEPOSIT, LEASE_ARREARS, LEASE_MAX_EXTENSION, LEASE_MAX_SOURCES,
		LEASE_MIN_FUNDED, LONGEST_AUCTION, LONGEST_GRACE, LONGEST_NOTICE, MAX_URL_LEN, SHORTEST_AUCTION,
		SHORTEST_NOTICE,
	},
	ComputeMarket, Runtime, RuntimeHoldReason, StakingSlash, TokenMint, Tokens,
};
use frame_support::traits::{ConstU128, ConstU32};

impl pallet_compute_lease::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Rails = AllRails;
	type Machines = ComputeMarket;
	type Stake = StakingSlash;
	type Rewards = TokenMint;
	// A lease with a URL's worth of text, its sources, and its place in the agenda.
	type OrderDeposit = ConstU128<{ deposit(2, 768) }>;
	type BidDeposit = ConstU128<BID_DEPOSIT>;
	type MinBidImprovement = super::compute_market::MinBidImprovement;
	type MinAuctionBlocks = ConstU32<SHORTEST_AUCTION>;
	type MaxAuctionBlocks = ConstU32<LONGEST_AUCTION>;
	type ExtensionWindow = ConstU32<AUCTION_EXTENSION>;
	type MaxExtension = ConstU32<LEASE_MAX_EXTENSION>;
	type MinFundedBlocks = ConstU32<LEASE_MIN_FUNDED>;
	type ArrearsBlocks = ConstU32<LEASE_ARREARS>;
	type MaxGraceBlocks = ConstU32<LONGEST_GRACE>;
	type MinNoticeBlocks = ConstU32<SHORTEST_NOTICE>;
	type MaxNoticeBlocks = ConstU32<LONGEST_NOTICE>;
	type MaxSources = ConstU32<LEASE_MAX_SOURCES>;
	type MaxUrlLen = ConstU32<MAX_URL_LEN>;
	type RetryBlocks = ConstU32<AGENDA_RETRY>;
	type WeightInfo = pallet_compute_lease::weights::SubstrateWeight<Runtime>;
}
