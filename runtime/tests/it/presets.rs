//! The chains that ship with the node.

use crate::support::*;
use assay_runtime::{
	genesis_config_presets::preset_names,
	params::{self, DAYS, EPOCH_DURATION_IN_BLOCKS, GENESIS_SUPPLY, MILLISECS_PER_BLOCK},
	Balances, Runtime, Session,
};
use frame_support::traits::Get;
use pallet_session::{historical::HistoricalSessions, SessionManager};

#[test]
fn presets_should_build_when_asked_for_by_name() {
	assert_eq!(preset_names().len(), 3);
	for (preset, validators) in [("development", 1), ("local_testnet", 4), ("staging", 4)] {
		chain(preset).execute_with(|| {
			assert_eq!(Session::validators().len(), validators, "{preset}");
			assert_eq!(pallet_babe::Authorities::<Runtime>::get().len(), validators, "{preset}");
			assert!(Balances::total_issuance() <= GENESIS_SUPPLY, "{preset}");
			check_invariants();
		});
	}
}

#[test]
fn staging_should_have_exactly_the_genesis_supply() {
	chain("staging").execute_with(|| assert_eq!(Balances::total_issuance(), GENESIS_SUPPLY));
}

#[test]
fn historical_sessions_should_be_proved_from_the_first_one() {
	chain("local_testnet").execute_with(|| {
		assert!(HistoricalSessions::<Runtime>::contains_key(0));
	});
}

#[test]
fn historical_sessions_should_be_forgotten_when_too_old_for_any_report() {
	type Manager = <Runtime as pallet_session::Config>::SessionManager;
	chain("local_testnet").execute_with(|| {
		let kept = params::UNBONDING_PERIOD / EPOCH_DURATION_IN_BLOCKS + 1;
		for ended in 0..kept + 10 {
			Manager::end_session(ended);
			Manager::new_session(ended + 2);
		}
		assert!(!HistoricalSessions::<Runtime>::contains_key(8));
		assert!((9..kept + 12).all(HistoricalSessions::<Runtime>::contains_key));
	});
}

#[test]
fn constants_should_keep_the_relations_that_the_design_relies_on() {
	assert_eq!(params::GENESIS_SUPPLY + params::EMISSION_POOL, params::SUPPLY_CAP);
	assert_eq!(params::EMISSION_HALF_LIFE, 420_768);
	let longest_job: u32 = <Runtime as pallet_compute_market::Config>::MaxJobBlocks::get();
	assert!(longest_job < params::UNBONDING_PERIOD, "a provider must not withdraw while its job can still be slashed");
	let latest_verdict = params::LONGEST_REVIEW + params::REVEAL_WINDOW + params::DISPUTE_WINDOW;
	assert!(latest_verdict < params::OFFENCE_LIFETIME, "a result must not outlive the offence of having committed it");
	assert!(params::LONGEST_AUCTION < longest_job, "the longest auction must leave time to run");
	let latest_slash = params::OFFENCE_LIFETIME + params::SLASH_DEFERRAL + params::CONTEST_PERIOD;
	assert!(latest_slash < params::UNBONDING_PERIOD, "a provider must not withdraw while it can still be slashed");
	assert!(longest_job <= params::OFFENCE_LIFETIME, "a job's offences must not be too old to be reported");
	if !cfg!(feature = "fast-runtime") {
		assert_eq!(MILLISECS_PER_BLOCK, 6_000);
		assert_eq!(EPOCH_DURATION_IN_BLOCKS, 150);
		assert_eq!(DAYS, 14_400);
		// Five minutes of wall time, of which four years make a half-life.
		assert_eq!(u64::from(params::MINT_PERIOD) * MILLISECS_PER_BLOCK, 300_000);
		let round: u32 = <Runtime as pallet_token_mint::Config>::RoundLength::get();
		assert!(round >= 4 * params::PROVE_WINDOW, "a prover must not choose the round that pays it");
	}
}
