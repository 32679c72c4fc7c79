//! How checks end, and what becomes of those who voted.

use crate::{mock::*, *};
use frame_support::assert_ok;

/// What became of the members: their credits and bonds.
fn fates(members: &[AccountId]) -> Vec<(u128, Balance)> {
	members.iter().map(|who| (credits(*who), checker(*who).bond)).collect()
}

#[test]
fn honest_majority_should_be_rewarded_when_the_chain_refutes_what_it_accused() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&right, &wrong, &right]);
		assert_ok!(open(job, true));
		dispute(job, WRONG_UNIT, true);
		assert_eq!(conclusions(job), vec![Conclusion::Refuted]);
		assert_eq!(fates(&members), vec![(4, BOND), (0, 0), (4, BOND)]);
		// Nothing is left to lose: the seat is gone as well.
		assert_eq!(checker(members[1]).seat, None);
		assert_eq!(Balances::free_balance(TREASURY), ENDOWMENT + BOND);
	});
}

#[test]
fn colluding_majority_should_lose_its_bonds_when_the_lone_honest_checker_disputes() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&wrong, &wrong, &right]);
		assert_ok!(open(job, true));
		assert!(matches!(check(job).stage, Stage::Agreed { .. }));
		dispute(job, WRONG_UNIT, true);
		assert_eq!(conclusions(job), vec![Conclusion::Refuted]);
		assert_eq!(fates(&members), vec![(0, 0), (0, 0), (4, BOND)]);
	});
}

#[test]
fn majority_should_lose_its_bonds_when_it_accuses_a_result_that_is_right() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		let mut slander = right.clone();
		slander[0].outcome = H256::repeat_byte(0xdd);
		vote(job, [&slander, &slander, &right]);
		assert_ok!(open(job, false));
		let unit = check(job).sample[0];
		assert_eq!(dispute(job, unit, false), 2 * BOND);
		assert_eq!(conclusions(job), vec![Conclusion::Cleared]);
		assert_eq!(fates(&members), vec![(0, 0), (0, 0), (4, BOND)]);
		assert!(is_tried_again(job));
	});
}

/// Whether another committee is to try.
fn is_tried_again(job: JobId) -> bool {
	let waits = Waiting::<Test>::get().iter().any(|candidate| candidate.job == job && candidate.attempt == 1);
	waits && Results::get(job).unwrap().open == 1
}

/// With a false accusation, which costs it next to nothing, a majority could have what it did not accuse pass.
#[test]
fn wrong_result_should_not_pass_by_a_false_accusation() {
	build_and_execute(|| {
		for decided in [false, true] {
			let job = drawn(true);
			let (right, wrong) = (honest(job), bought(job));
			let harmless = check(job).position(WRONG_UNIT).map(|place| (place + 1) % 4).unwrap();
			let mut slander = wrong.clone();
			slander[harmless].outcome = H256::repeat_byte(0xdd);
			vote(job, [&slander, &slander, &right]);
			assert_ok!(open(job, true));
			assert!(matches!(check(job).stage, Stage::Accused { position, .. } if position as usize == harmless));
			if decided {
				let unit = check(job).sample[harmless];
				dispute(job, unit, true);
			} else {
				run_to(check(job).until + 2);
			}
			assert!(is_tried_again(job));
		}
	});
}

/// Who copies what is served does not know the gas, and has looked at nothing.
#[test]
fn another_committee_should_try_when_a_majority_that_agrees_is_shown_wrong() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		let harmless = check(job).position(WRONG_UNIT).map(|place| (place + 1) % 4).unwrap();
		let mut copied = wrong.clone();
		copied[harmless].gas += 1;
		vote(job, [&copied, &copied, &right]);
		assert_ok!(open(job, true));
		assert!(matches!(check(job).stage, Stage::Agreed { .. }));
		let unit = check(job).sample[harmless];
		assert_eq!(dispute(job, unit, true), 2 * BOND);
		assert_eq!(conclusions(job), vec![Conclusion::Cleared]);
		assert_eq!(fates(&members), vec![(0, 0), (0, 0), (4, BOND)]);
		assert!(is_tried_again(job));
	});
}

#[test]
fn whoever_knows_better_should_have_time_when_no_committee_is_left_to_try() {
	build_and_execute(|| {
		MaxAttempts::set(1);
		let job = drawn(true);
		let (right, wrong) = (honest(job), bought(job));
		let mut slander = wrong.clone();
		let harmless = check(job).position(WRONG_UNIT).map(|place| (place + 1) % 4).unwrap();
		slander[harmless].outcome = H256::repeat_byte(0xdd);
		vote(job, [&slander, &slander, &right]);
		assert_ok!(open(job, true));
		// Its review has been over for long.
		Results::mutate(job, |result| result.as_mut().unwrap().settles_at = 0);
		let unit = check(job).sample[harmless];
		dispute(job, unit, true);
		assert_eq!(conclusions(job), vec![Conclusion::Cleared, Conclusion::Undecided]);
		let result = Results::get(job).unwrap();
		assert_eq!((result.open, result.settles_at), (0, now() + 7 + 1));
	});
}

#[test]
fn accusation_should_cost_its_makers_when_nobody_has_it_decided() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		let mut slander = right.clone();
		slander[0].outcome = H256::repeat_byte(0xdd);
		vote(job, [&slander, &slander, &right]);
		assert_ok!(open(job, false));
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Unproven]);
		assert_eq!(fates(&members), vec![(0, BOND - 50), (0, BOND - 50), (0, BOND)]);
		assert!(is_tried_again(job));
	});
}

#[test]
fn silent_and_outvoted_should_lose_a_little_when_nobody_disputes() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &right));
		assert_ok!(commit_vote(members[1], job, &right));
		run_to(check(job).until + 2);
		assert_ok!(reveal_vote(members[0], job, &right));
		assert_ok!(reveal_vote(members[1], job, &right));
		assert_ok!(open(job, false));
		run_to(check(job).until + 2);
		assert_eq!(fates(&members), vec![(4, BOND), (4, BOND), (0, BOND - 20)]);
		assert_eq!(checker(members[2]).silences, 1);
		assert!(members.iter().all(|who| checker(*who).duties == 0));
	});
}

#[test]
fn check_should_go_on_when_a_provider_has_a_right_unit_run() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, members) = (honest(job), members(job));
		let harmless = *check(job).sample.iter().find(|unit| **unit != WRONG_UNIT).unwrap();
		dispute(job, harmless, true);
		assert_eq!(check(job).stage, Stage::Voting);
		vote(job, [&right, &right, &right]);
		dispute(job, harmless, true);
		assert!(matches!(check(job).stage, Stage::Opening { .. }));
		assert_ok!(open(job, true));
		dispute(job, harmless, true);
		assert!(matches!(check(job).stage, Stage::Accused { .. }));
		dispute(job, WRONG_UNIT, true);
		assert_eq!(fates(&members), vec![(4, BOND); 3]);
	});
}

#[test]
fn another_committee_should_try_when_a_majority_is_shown_wrong_before_the_leaves_are() {
	build_and_execute(|| {
		let job = drawn(true);
		let (wrong, right, members) = (bought(job), honest(job), members(job));
		let harmless = check(job).position(WRONG_UNIT).map(|place| (place + 1) % 4).unwrap();
		let mut slander = wrong.clone();
		slander[harmless].outcome = H256::repeat_byte(0xdd);
		vote(job, [&slander, &slander, &right]);
		let unit = check(job).sample[harmless];
		dispute(job, unit, true);
		assert_eq!(conclusions(job), vec![Conclusion::Cleared]);
		assert_eq!(fates(&members), vec![(0, 0), (0, 0), (4, BOND)]);
		assert_eq!(Waiting::<Test>::get()[0].job, job);
	});
}

#[test]
fn majority_should_be_rewarded_when_the_result_is_refuted_by_a_unit_outside_the_sample() {
	build_and_execute(|| {
		// Before the leaves are shown, and when they are as was found.
		for shown in [false, true] {
			let job = drawn(false);
			let (right, members) = (honest(job), members(job));
			let before: Vec<u128> = members.iter().map(|who| credits(*who)).collect();
			vote(job, [&right, &right, &right]);
			if shown {
				assert_ok!(open(job, false));
			}
			refute_beside(job);
			assert_eq!(conclusions(job), vec![Conclusion::Refuted]);
			let gained = members.iter().zip(before).map(|(who, before)| credits(*who) - before);
			assert_eq!(gained.collect::<Vec<_>>(), vec![4; 3]);
			assert!(members.iter().all(|who| checker(*who).bond == BOND && checker(*who).duties == 0));
		}
	});
}

#[test]
fn accusers_should_be_rewarded_when_the_result_is_refuted_by_a_unit_outside_the_sample() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&right, &wrong, &right]);
		assert_ok!(open(job, true));
		refute_beside(job);
		assert_eq!(conclusions(job), vec![Conclusion::Refuted]);
		// What the chain has not run costs nobody a bond.
		assert_eq!(fates(&members), vec![(4, BOND), (0, BOND), (4, BOND)]);
	});
}

#[test]
fn bought_majority_should_gain_nothing_when_the_provider_refutes_itself_outside_the_sample() {
	build_and_execute(|| {
		for shown in [false, true] {
			let job = drawn(true);
			let (right, wrong, members) = (honest(job), bought(job), members(job));
			vote(job, [&wrong, &wrong, &right]);
			if shown {
				assert_ok!(open(job, true));
			}
			refute_beside(job);
			assert_eq!(fates(&members), vec![(0, BOND); 3]);
		}
	});
}

#[test]
fn silence_should_cost_when_the_result_is_refuted_outside_the_sample_after_the_count() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &right));
		assert_ok!(commit_vote(members[1], job, &right));
		run_to(check(job).until + 2);
		assert_ok!(reveal_vote(members[0], job, &right));
		assert_ok!(reveal_vote(members[1], job, &right));
		refute_beside(job);
		assert_eq!(fates(&members), vec![(4, BOND), (4, BOND), (0, BOND - 20)]);
	});
}

#[test]
fn nobody_should_gain_or_lose_when_the_result_is_refuted_before_all_have_revealed() {
	build_and_execute(|| {
		let job = drawn(true);
		let (wrong, right, members) = (bought(job), honest(job), members(job));
		for (who, findings) in members.iter().zip([&wrong, &wrong, &right]) {
			assert_ok!(commit_vote(*who, job, findings));
		}
		assert_ok!(reveal_vote(members[0], job, &wrong));
		assert_ok!(reveal_vote(members[1], job, &wrong));
		// More than half have said the same; who has not revealed knows better.
		refute_beside(job);
		assert_eq!(fates(&members), vec![(0, BOND); 3]);
	});
}

#[test]
fn nobody_should_lose_when_a_job_ends_before_the_votes_are_counted() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &right));
		// The client has found it out by itself.
		dispute(job, WRONG_UNIT, true);
		assert_eq!(fates(&members), vec![(0, BOND); 3]);
		assert!(members.iter().all(|who| checker(*who).duties == 0));
	});
}

#[test]
fn majority_should_be_rewarded_when_the_job_ends_for_another_reason() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		vote(job, [&right, &right, &right]);
		Results::remove(job);
		assert_ok!(CheckersPallet::close_check(signed(CLIENT), job));
		assert_eq!(conclusions(job), vec![Conclusion::Moot]);
		assert_eq!(fates(&members), vec![(4, BOND); 3]);
	});
}

/// A client in league with the provider accepts as soon as the leaves agree with a bought majority: whoever knows better had
/// no time to have the chain decide.
#[test]
fn dissenter_should_lose_nothing_when_the_client_accepts_before_its_time_to_contradict_is_over() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&wrong, &wrong, &right]);
		assert_ok!(open(job, true));
		abandon(job);
		assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
		assert_eq!(fates(&members), vec![(0, BOND); 3]);
	});
}

#[test]
fn majority_should_be_rewarded_when_the_client_accepts_early_and_nobody_contradicts() {
	build_and_execute(|| {
		let job = drawn(false);
		let (right, members) = (honest(job), members(job));
		vote(job, [&right, &right, &right]);
		assert_ok!(open(job, false));
		abandon(job);
		assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
		assert_eq!(fates(&members), vec![(4, BOND); 3]);
	});
}

/// Leaves that are withheld tell nobody who was right.
#[test]
fn dissenter_should_lose_nothing_when_the_leaves_are_withheld() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&wrong, &wrong, &right]);
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Withheld]);
		assert_eq!(fates(&members), vec![(0, BOND); 3]);
	});
}

#[test]
fn verdict_should_change_nothing_when_no_check_is_on() {
	build_and_execute(|| {
		let job = committed(true);
		dispute(job, WRONG_UNIT, true);
		assert!(events().is_empty());
	});
}

#[test]
fn finder_should_be_whoever_shows_it_of_those_who_have_voted_so() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&wrong, &right, &right]);
		for member in &members[1..] {
			assert_eq!(finder(job, WRONG_UNIT, *member), Some(*member));
		}
	});
}

#[test]
fn finder_should_be_the_first_who_has_voted_so_when_others_show_it() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		vote(job, [&wrong, &right, &right]);
		for who in [CLIENT, members[0]] {
			assert_eq!(finder(job, WRONG_UNIT, who), Some(members[1]));
		}
	});
}

#[test]
fn finder_should_be_unknown_when_nobody_has_shown_a_vote_that_says_so() {
	build_and_execute(|| {
		assert_eq!(finder(JobId(77), WRONG_UNIT, CLIENT), None);
		let job = drawn(true);
		let (right, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &right));
		// A vote that is not revealed can say anything.
		assert_eq!(finder(job, WRONG_UNIT, members[0]), None);
		// Of a unit outside the sample no vote says anything.
		let beside = (0..UNITS).find(|index| check(job).position(*index).is_none()).unwrap();
		assert_eq!(finder(job, beside, members[0]), None);
		// The right outcome with another gas was copied.
		let mut copied = right.clone();
		let place = check(job).position(WRONG_UNIT).unwrap();
		copied[place].gas += 1;
		assert_ok!(commit_vote(members[1], job, &copied));
		assert_ok!(commit_vote(members[2], job, &copied));
		assert_ok!(reveal_vote(members[1], job, &copied));
		assert_eq!(finder(job, WRONG_UNIT, members[1]), None);
		assert_ok!(reveal_vote(members[0], job, &right));
		assert_eq!(finder(job, WRONG_UNIT, members[1]), Some(members[0]));
	});
}

/// The result of the next range of a job, committed when the one before was paid for.
fn commit_next(job: JobId) {
	Results::mutate(job, |entry| {
		let entry = entry.as_mut().unwrap();
		(entry.first, entry.committed_at, entry.settles_at) = (entry.first + entry.units, now(), now() + REVIEW);
	});
	CheckersPallet::committed(job);
}

#[test]
fn check_of_a_range_should_end_when_the_next_one_is_committed() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		vote(job, [&found, &found, &found]);
		assert_ok!(open(job, false));
		assert!(matches!(check(job).stage, Stage::Agreed { .. }));
		// Blocks are too full for the check to end when it is due.
		System::set_block_number(check(job).until + 1);
		commit_next(job);
		assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
		assert_eq!(fates(&members), vec![(4, BOND); 3]);
		assert!(!Checks::<Test>::contains_key(job));
		assert_eq!((Results::get(job).unwrap().open, Waiting::<Test>::get().len()), (1, 1));

		next_epoch();
		let next = check(job);
		assert_eq!(next.attempt, 0);
		assert!(next.sample.iter().all(|unit| (UNITS..2 * UNITS).contains(unit)), "{:?}", next.sample);
	});
}

/// Whoever knows better has no time left to show it, and must not pay for that later.
#[test]
fn bought_majority_should_gain_nothing_when_the_client_accepts_before_anybody_can_contradict() {
	build_and_execute(|| {
		for is_range in [false, true] {
			let job = drawn(true);
			let (right, wrong, members) = (honest(job), bought(job), members(job));
			vote(job, [&wrong, &wrong, &right]);
			assert_ok!(open(job, true));
			let until = check(job).until;
			CheckersPallet::accepted(job);
			if is_range {
				commit_next(job);
			} else {
				Results::remove(job);
			}
			assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
			run_to(until + 2);
			assert_eq!(fates(&members), vec![(0, BOND); 3]);
			abandon_if_waiting(job);
		}
	});
}

/// Have a job end that waits to be checked.
fn abandon_if_waiting(job: JobId) {
	Results::remove(job);
	Waiting::<Test>::kill();
}

#[test]
fn majority_should_be_paid_when_the_client_accepts_what_nobody_contradicts() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		vote(job, [&found, &found, &found]);
		assert_ok!(open(job, false));
		CheckersPallet::accepted(job);
		Results::remove(job);
		assert_eq!(fates(&members), vec![(4, BOND); 3]);
		assert!(!Checks::<Test>::contains_key(job));
	});
}

#[test]
fn leaves_of_a_range_should_be_opened_from_its_first_unit_on() {
	build_and_execute(|| {
		seat_all();
		let root = H256(assay_proofs::merkle::root(&outcomes(false)).unwrap());
		let (committed_at, settles_at) = (now(), now() + REVIEW);
		let job = commit(MockJob { root, first: 100, units: UNITS, committed_at, settles_at, open: 0 });
		next_epoch();
		let all = outcomes(false);
		let places: Vec<u32> = check(job).sample.iter().map(|unit| unit - 100).collect();
		let found: Findings<Test> = places.iter().map(|place| finding(*place)).collect::<Vec<_>>().try_into().unwrap();
		vote(job, [&found, &found, &found]);
		let leaf = |place: &u32| (H256(all[*place as usize]), assay_proofs::merkle::prove(&all, *place).unwrap());
		let shown: Leaves<Test> = places.iter().map(leaf).collect::<Vec<_>>().try_into().unwrap();
		assert_ok!(CheckersPallet::open_sample(signed(PROVIDER), job, shown));
		assert!(matches!(check(job).stage, Stage::Agreed { .. }));
	});
}
