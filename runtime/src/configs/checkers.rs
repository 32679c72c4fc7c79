//! Who looks at results and machines: bonds, committees, and the time that they have.

use super::BabeEpochs;
use crate::{
	params::{
		CHECKER_BOND, CHECKER_MIN_BOND, CHECKER_UNBONDING, CHECK_ATTEMPTS, CHECK_COMMIT_WINDOW, CHECK_REVEAL_WINDOW,
		COMMITTEE_SIZE, COMMIT_SLOTS, DISPUTE_WINDOW, MAX_CHECKS, MAX_PROBES, MAX_PROBE_LATENCY, MAX_SILENCES,
		OUTVOTED_PENALTY, PROBE_WINDOW, REVEAL_WINDOW, SAMPLE_SIZE, SEATS_PER_PROBE, SILENCE_PENALTY,
	},
	Capacity, ComputeMarket, Runtime, RuntimeHoldReason, Signature, TokenMint, Tokens, WorkProofs,
};
use assay_proofs::Limits;
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
};
use sp_runtime::Perbill;

parameter_types! {
	pub const SilencePenalty: Perbill = SILENCE_PENALTY;
	pub const OutvotedPenalty: Perbill = OUTVOTED_PENALTY;
}

impl pallet_checkers::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Epochs = BabeEpochs;
	type Results = ComputeMarket;
	type Convictions = WorkProofs;
	type Machines = Capacity;
	type Signature = Signature;
	type Rewards = TokenMint;
	type ToTreasury = pallet_token_mint::ToTreasury<Runtime>;
	type Bond = ConstU128<CHECKER_BOND>;
	type MinBond = ConstU128<CHECKER_MIN_BOND>;
	type UnbondBlocks = ConstU32<CHECKER_UNBONDING>;
	type CommitteeSize = ConstU32<COMMITTEE_SIZE>;
	type SampleSize = ConstU32<SAMPLE_SIZE>;
	type MaxWaiting = ConstU32<MAX_CHECKS>;
	type EarlySlots = ConstU32<COMMIT_SLOTS>;
	type CommitBlocks = ConstU32<CHECK_COMMIT_WINDOW>;
	type RevealBlocks = ConstU32<CHECK_REVEAL_WINDOW>;
	// As long as for a demand, and for the same reason.
	type OpenBlocks = ConstU32<REVEAL_WINDOW>;
	// What can be disputed can be shown.
	type MaxGuestBytes = ConstU32<{ Limits::STANDARD.max_blob }>;
	type MaxInputBytes = ConstU32<{ Limits::STANDARD.max_input }>;
	type DisputeBlocks = ConstU32<DISPUTE_WINDOW>;
	type MaxAttempts = ConstU32<CHECK_ATTEMPTS>;
	type SilencePenalty = SilencePenalty;
	type OutvotedPenalty = OutvotedPenalty;
	type MaxSilences = ConstU32<MAX_SILENCES>;
	type ProbeBlocks = ConstU32<PROBE_WINDOW>;
	type SeatsPerProbe = ConstU32<SEATS_PER_PROBE>;
	type MaxProbes = ConstU32<MAX_PROBES>;
	type MaxLatency = ConstU32<MAX_PROBE_LATENCY>;
	type WeightInfo = pallet_checkers::weights::SubstrateWeight<Runtime>;
}
