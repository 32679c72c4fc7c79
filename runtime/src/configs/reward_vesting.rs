//! How rewards vest.

use crate::{
	params::{
		BLOCK_REWARD_AT_ONCE, BLOCK_REWARD_VESTING, CHECKER_EXIT_FORFEIT, CHECKER_EXIT_VESTING, CHECKER_VESTING,
		ESCROWED_VESTING, SERVICE_FEE_VESTING,
	},
	AccountId, Runtime, RuntimeHoldReason, Tokens,
};
use assay_primitives::VestingPlan;
use frame_support::parameter_types;
use pallet_reward_vesting::{AtStake, EarlyExit, Terms};
use pallet_token_mint::{Pot, ToPot};
use sp_runtime::{traits::Convert, Perbill};

parameter_types! {
	/// Only checkers can forfeit anything, so that it goes back to where their rewards come from.
	pub const ForfeitPot: Pot = Pot::Checkers;
}

/// The terms of each plan.
pub struct TermsOf;

impl Convert<VestingPlan, Terms> for TermsOf {
	fn convert(plan: VestingPlan) -> Terms {
		let plain = |term| Terms {
			at_once: Perbill::zero(),
			term,
			cliff: None,
			early_exit: None,
			stakeable: false,
			compounds: false,
		};
		match plan {
			VestingPlan::ServiceFee => plain(SERVICE_FEE_VESTING),
			VestingPlan::Checker => {
				let early_exit = Some(EarlyExit { term: CHECKER_EXIT_VESTING, forfeit: CHECKER_EXIT_FORFEIT });
				Terms { early_exit, ..plain(CHECKER_VESTING) }
			},
			VestingPlan::BlockReward => Terms { at_once: BLOCK_REWARD_AT_ONCE, ..plain(BLOCK_REWARD_VESTING) },
			VestingPlan::Escrowed => Terms { stakeable: true, compounds: true, ..plain(ESCROWED_VESTING) },
		}
	}
}

/// What a provider has at stake, which tells what part of a reward its pledges have earned.
pub struct StakeOf;

impl Convert<AccountId, AtStake> for StakeOf {
	fn convert(who: AccountId) -> AtStake {
		pallet_staking_slash::Ledgers::<Runtime>::get(who)
			.map_or_else(AtStake::default, |ledger| AtStake { bonded: ledger.bonded, pledged: ledger.pledged })
	}
}

impl pallet_reward_vesting::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type TermsOf = TermsOf;
	type Forfeits = ToPot<Runtime, ForfeitPot>;
	type StakeOf = StakeOf;
	type WeightInfo = pallet_reward_vesting::weights::SubstrateWeight<Runtime>;
}
