//! Committees that check results, with a real guest: checkers, market, stake, arbiter and rewards together.

use crate::{capacity::go, disputes::*, support::*};
use assay_proofs::{hash, merkle, prepare, vote, Engine, Interpreter, Limits, ARBITER_GAS};
use assay_runtime::{
	params::{
		ANNOUNCEMENT_DELAY, CHECKER_BOND, CHECK_ATTEMPTS, CHECK_COMMIT_WINDOW, COMMITTEE_SIZE, DISPUTE_BOND,
		DISPUTE_WINDOW, REVEAL_WINDOW,
	},
	AccountId, Balances, JobId, Runtime, System,
};
use codec::Encode;
use frame_support::traits::fungible::{Inspect, InspectHold};
use pallet_checkers::{Call as Checking, Check, Checkers, Checks, Finding, HoldReason, Leaves, Stage};
use pallet_compute_market::{JobState, RefundReason};
use pallet_work_proofs::Call as Announce;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Charlie, Dave, Eve, Ferdie, One};

/// Enough for a committee, whoever is drawn.
const CHECKERS: [Sr25519Keyring; 4] = [Charlie, Dave, Eve, Ferdie];

/// A result whose check has begun. Unit `wrong` of it is wrong, if it has that many.
fn checked(wrong: Option<usize>) -> JobId {
	for key in CHECKERS {
		call(&account(key), Checking::join {}).unwrap();
	}
	let job = committed(wrong);
	assert!(matches!(state(job), JobState::Contested { open: 1, .. }), "no check is awaited");
	go(1, 0);
	assert_eq!(check(job).members.len(), COMMITTEE_SIZE as usize);
	// There are no more units than a sample has.
	assert_eq!(check(job).sample.len(), PICTURE.outputs.len());
	job
}

fn check(job: JobId) -> Check<Runtime> {
	Checks::<Runtime>::get(job).unwrap()
}

fn members(job: JobId) -> Vec<AccountId> {
	check(job).members.iter().map(|member| member.who.clone()).collect()
}

/// What running the units gives.
fn right(job: JobId) -> Vec<Finding> {
	let guest = prepare(assay_guests::PATHTRACER, &Limits::STANDARD).unwrap();
	let engine = Interpreter::new();
	let module = engine.compile(&guest).unwrap();
	let run = |unit: &u32| engine.run(&module, &PICTURE.input, *unit, ARBITER_GAS).unwrap();
	let finding = |unit| {
		let run = run(unit);
		Finding { outcome: H256(run.output_hash()), gas: run.gas }
	};
	check(job).sample.iter().map(finding).collect()
}

/// What somebody says who is in league with a provider whose unit `wrong` is wrong.
fn bought(job: JobId, wrong: usize) -> Vec<Finding> {
	let mut found = right(job);
	found[wrong].outcome = H256(outcomes(Some(wrong))[wrong]);
	found
}

/// The members vote so, in their order, and reveal it.
fn vote(job: JobId, votes: [&[Finding]; COMMITTEE_SIZE as usize]) {
	let members = members(job);
	let salt = [1; 32];
	for (who, found) in members.iter().zip(votes) {
		let commitment = vote::commitment(job.0, 0, &who.encode(), &found.encode(), &salt);
		call(who, Checking::commit_vote { job, commitment: H256(commitment) }).unwrap();
	}
	for (who, found) in members.iter().zip(votes) {
		call(who, Checking::reveal_vote { job, findings: found.to_vec().try_into().unwrap(), salt }).unwrap();
	}
	assert!(matches!(check(job).stage, Stage::Opening { .. }));
}

/// The provider shows what it has committed to.
fn open(job: JobId, wrong: Option<usize>) {
	let all = outcomes(wrong);
	let leaf = |unit: &u32| (H256(all[*unit as usize]), merkle::prove(&all, *unit).unwrap());
	let leaves: Vec<_> = check(job).sample.iter().map(leaf).collect();
	let leaves: Leaves<Runtime> = leaves.try_into().unwrap();
	call(&account(PROVIDER), Checking::open_sample { job, leaves }).unwrap();
}

fn bond(who: &AccountId) -> u128 {
	Balances::balance_on_hold(&HoldReason::CheckerBond.into(), who)
}

/// Whether somebody has checks to be paid for.
fn is_rewarded(who: &AccountId) -> bool {
	use assay_primitives::RewardKind;
	pallet_token_mint::Ledgers::<Runtime>::contains_key(RewardKind::Checks, who)
}

#[test]
fn result_should_be_paid_for_after_the_check_when_all_units_are_right() {
	chain("development").execute_with(|| {
		let job = checked(None);
		let found = right(job);
		let members = members(job);
		vote(job, [&found, &found, &found]);
		open(job, None);
		assert!(matches!(state(job), JobState::Contested { open: 0, .. }));
		advance(DISPUTE_WINDOW - 1);
		assert!(matches!(state(job), JobState::Contested { open: 0, .. }), "there must be time to dispute");
		advance(4);
		assert!(matches!(state(job), JobState::Settled { .. }));
		assert!(!Checks::<Runtime>::contains_key(job));
		assert!(members.iter().all(|who| is_rewarded(who) && bond(who) == CHECKER_BOND));
		check_invariants();
	});
}

#[test]
fn provider_should_be_slashed_when_an_honest_majority_accuses_and_one_of_it_disputes() {
	chain("development").execute_with(|| {
		let job = checked(Some(1));
		let (found, lie) = (right(job), bought(job, 1));
		let members = members(job);
		let stake = bonded();
		vote(job, [&found, &lie, &found]);
		open(job, Some(1));
		let Stage::Accused { position: 1, .. } = check(job).stage else { panic!("not accused") };
		let before = Balances::total_balance(&members[2]);
		call(&members[2], dispute(job, 1, Some(1))).unwrap();
		assert!(Balances::total_balance(&members[2]) > before, "its vote has announced what it shows");
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		assert!(bonded() < stake);
		assert_eq!(bond(&members[1]), 0, "whoever was bought loses its bond");
		assert!(is_rewarded(&members[0]) && is_rewarded(&members[2]) && !is_rewarded(&members[1]));
		assert!(!Checks::<Runtime>::contains_key(job));
		check_invariants();
	});
}

#[test]
fn member_should_have_the_reporters_part_when_somebody_copies_its_dispute() {
	chain("development").execute_with(|| {
		let job = checked(Some(1));
		let (found, lie) = (right(job), bought(job, 1));
		let members = members(job);
		vote(job, [&lie, &found, &found]);
		// What the votes say can be announced by whoever reads them.
		let copier = account(One);
		let (dest, value) = (copier.clone().into(), 2 * DISPUTE_BOND);
		call(&account(CLIENT), pallet_balances::Call::transfer_allow_death { dest, value }).unwrap();
		let hash = announcement(&copier, job, 1);
		call(&copier, Announce::announce_dispute { hash }).unwrap();
		advance(ANNOUNCEMENT_DELAY);
		let before = (Balances::total_balance(&copier), Balances::total_balance(&members[1]));
		call(&copier, dispute(job, 1, Some(1))).unwrap();
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		assert_eq!(Balances::total_balance(&copier), before.0);
		assert!(Balances::total_balance(&members[1]) > before.1, "the first who has voted so is the reporter");
		check_invariants();
	});
}

#[test]
fn colluding_majority_should_be_slashed_when_the_lone_honest_checker_disputes() {
	chain("development").execute_with(|| {
		let job = checked(Some(2));
		let (found, lie) = (right(job), bought(job, 2));
		let members = members(job);
		let stake = bonded();
		vote(job, [&lie, &found, &lie]);
		open(job, Some(2));
		assert!(matches!(check(job).stage, Stage::Agreed { .. }), "the majority has let it pass");
		call(&members[1], dispute(job, 2, Some(2))).unwrap();
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		assert!(bonded() < stake);
		assert_eq!([bond(&members[0]), bond(&members[1]), bond(&members[2])], [0, CHECKER_BOND, 0]);
		check_invariants();
	});
}

#[test]
fn provider_should_keep_its_stake_when_a_colluding_majority_slanders_it() {
	chain("development").execute_with(|| {
		let job = checked(None);
		let found = right(job);
		let mut slander = found.clone();
		slander[0].outcome = H256(hash(b"slander"));
		let members = members(job);
		let stake = bonded();
		vote(job, [&slander, &slander, &found]);
		open(job, None);
		assert!(matches!(check(job).stage, Stage::Accused { position: 0, .. }));
		// The provider itself cannot dispute its result, but anybody can have the chain clear it.
		call(&members[2], dispute(job, 0, None)).unwrap();
		assert_eq!([bond(&members[0]), bond(&members[1]), bond(&members[2])], [0, 0, CHECKER_BOND]);
		assert_eq!(bonded(), stake);
		// What they did not accuse nobody has looked at: others are to, of whom there are too few. Then there is time for a dispute.
		assert!(matches!(state(job), JobState::Contested { open: 1, .. }));
		go(2, 0);
		assert!(!Checks::<Runtime>::contains_key(job));
		advance(DISPUTE_WINDOW);
		assert!(matches!(state(job), JobState::Contested { open: 0, .. }), "there must be time to dispute");
		advance(3);
		assert!(matches!(state(job), JobState::Settled { .. }));
		check_invariants();
	});
}

#[test]
fn provider_should_be_slashed_when_it_does_not_show_the_sample() {
	chain("development").execute_with(|| {
		let job = checked(None);
		let found = right(job);
		let stake = bonded();
		vote(job, [&found, &found, &found]);
		advance(REVEAL_WINDOW + 2);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DataWithheld });
		assert!(bonded() < stake);
		check_invariants();
	});
}

/// Two members of three say that they could not have guest and input.
fn miss(job: JobId) {
	for who in &members(job)[..2] {
		call(who, Checking::miss_data { job }).unwrap();
	}
	assert_eq!(check(job).stage, Stage::Asked);
}

#[test]
fn provider_should_be_slashed_when_it_keeps_guest_and_input_from_checkers() {
	chain("development").execute_with(|| {
		let job = checked(Some(1));
		let (members, stake) = (members(job), bonded());
		miss(job);
		advance(REVEAL_WINDOW + 2);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DataWithheld });
		assert!(bonded() < stake);
		assert!(members.iter().all(|who| bond(who) == CHECKER_BOND));
		assert!(is_rewarded(&members[0]) && is_rewarded(&members[1]) && !is_rewarded(&members[2]));
		check_invariants();
	});
}

#[test]
fn result_should_be_checked_when_guest_and_input_are_shown() {
	chain("development").execute_with(|| {
		let job = checked(Some(1));
		miss(job);
		let guest = assay_guests::PATHTRACER.to_vec().try_into().unwrap();
		let input = PICTURE.input.to_vec().try_into().unwrap();
		call(&account(PROVIDER), Checking::show_data { job, guest, input }).unwrap();
		let found = right(job);
		vote(job, [&found, &found, &found]);
		open(job, Some(1));
		assert!(matches!(check(job).stage, Stage::Accused { position: 1, .. }));
		call(&members(job)[0], dispute(job, 1, Some(1))).unwrap();
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		check_invariants();
	});
}

#[test]
fn result_should_be_paid_for_in_the_end_when_no_committee_votes() {
	chain("development").execute_with(|| {
		let job = checked(None);
		for epoch in 2..2 + u64::from(CHECK_ATTEMPTS) {
			advance(CHECK_COMMIT_WINDOW + 2);
			go(epoch, 0);
		}
		assert!(matches!(state(job), JobState::Contested { open: 0, .. }), "there must be time to dispute");
		advance(DISPUTE_WINDOW + 6);
		assert!(matches!(state(job), JobState::Settled { .. }), "{:?} in {}", state(job), System::block_number());
		assert!(CHECKERS.into_iter().any(|key| bond(&account(key)) < CHECKER_BOND));
		assert!(Checkers::<Runtime>::iter_values().all(|checker| checker.duties == 0));
		check_invariants();
	});
}
