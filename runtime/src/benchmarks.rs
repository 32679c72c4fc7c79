//! Which pallets are benchmarked: ours, and the SDK's to compare with.

pub(crate) mod measured;
pub(crate) mod sdk;

frame_benchmarking::define_benchmarks!(
	[frame_system, SystemBench::<Runtime>]
	[measured, crate::benchmarks::measured::Pallet::<Runtime>]
	[pallet_balances, Balances]
	[pallet_capacity, Capacity]
	[pallet_compute_credits, ComputeCredits]
	[pallet_compute_lease, ComputeLease]
	[pallet_compute_market, ComputeMarket]
	[pallet_reward_vesting, RewardVesting]
	[pallet_staking, crate::benchmarks::sdk::Staking]
	[pallet_staking_slash, StakingSlash]
	[pallet_token_mint, TokenMint]
	[pallet_checkers, Checkers]
	[pallet_work_proofs, WorkProofs]
);
