//! Which pallets are benchmarked: ours, and balances to compare with.

frame_benchmarking::define_benchmarks!(
	[frame_system, SystemBench::<Runtime>]
	[pallet_balances, Balances]
	[pallet_compute_credits, ComputeCredits]
	[pallet_compute_market, ComputeMarket]
	[pallet_staking_slash, StakingSlash]
	[pallet_token_mint, TokenMint]
	[pallet_work_proofs, WorkProofs]
);
