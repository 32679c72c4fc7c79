//! The sample's leaves against the majority's findings.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn result_should_be_confirmed_when_the_commitment_has_what_was_found() {
	build_and_execute(|| {
		let job = drawn(false);
		let found = honest(job);
		vote(job, [&found, &found, &found]);
		let info = open(job, false).unwrap();
		assert_eq!(info.pays_fee, Pays::No);
		let until = now() + 7;
		assert!(events().contains(&Event::Confirmed { job, until }));
		let entry = Results::get(job).unwrap();
		assert_eq!(entry.open, 0);
		assert!(entry.settles_at > until);
		assert_noop!(open(job, false), Error::<Test>::WrongStage);
	});
}

#[test]
fn result_should_be_accused_when_the_commitment_has_something_else() {
	build_and_execute(|| {
		let job = drawn(true);
		let found = honest(job);
		vote(job, [&found, &found, &found]);
		assert_ok!(open(job, true));
		let all = outcomes(true);
		let claimed = H256(all[WRONG_UNIT as usize]);
		let found = finding(WRONG_UNIT).outcome;
		assert!(events().contains(&Event::Contradicted { job, index: WRONG_UNIT, claimed, found, until: now() + 7 }));
		let Stage::Accused { position, claimed: stored, opening, .. } = check(job).stage else { panic!("not accused") };
		assert_eq!(check(job).sample[position as usize], WRONG_UNIT);
		assert_eq!(stored, claimed);
		// All that a dispute takes.
		let root = Results::get(job).unwrap().root;
		assert!(assay_proofs::merkle::verify(&root.0, UNITS, WRONG_UNIT, &claimed.0, &opening));
		assert_eq!(Results::get(job).unwrap().open, 1);
	});
}

#[test]
fn leaves_should_be_those_of_the_commitment() {
	build_and_execute(|| {
		let job = drawn(true);
		assert_noop!(open(job, true), Error::<Test>::WrongStage);
		let found = honest(job);
		vote(job, [&found, &found, &found]);
		// What would have agreed, but was not committed to.
		assert_noop!(open(job, false), Error::<Test>::OpeningInvalid);
		let mut swapped = leaves(job, true);
		swapped.as_mut().swap(0, 1);
		assert_noop!(CheckersPallet::open_sample(signed(PROVIDER), job, swapped), Error::<Test>::OpeningInvalid);
		let short: Leaves<Test> = leaves(job, true)[1..].to_vec().try_into().unwrap();
		assert_noop!(CheckersPallet::open_sample(signed(PROVIDER), job, short), Error::<Test>::OpeningInvalid);
		// Anybody can show them.
		assert_ok!(CheckersPallet::open_sample(signed(CLIENT), job, leaves(job, true)));
	});
}

#[test]
fn result_should_be_refused_when_its_leaves_are_not_shown() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		vote(job, [&found, &found, &found]);
		let until = check(job).until;
		assert_noop!(CheckersPallet::close_check(signed(CLIENT), job), Error::<Test>::StageNotOver);
		run_to(until + 2);
		assert_eq!(Convicted::get(), vec![(job, until)]);
		assert_eq!(conclusions(job), vec![Conclusion::Withheld]);
		assert!(members.iter().all(|who| credits(*who) == 4));
	});
}

#[test]
fn result_should_not_be_stuck_when_it_cannot_be_refused() {
	build_and_execute(|| {
		ConvictionFails::set(true);
		let job = drawn(false);
		let found = honest(job);
		vote(job, [&found, &found, &found]);
		System::set_block_number(check(job).until + 1);
		assert_ok!(CheckersPallet::close_check(signed(CLIENT), job));
		let kind = UnexpectedKind::ConvictionFailed { job, error: DispatchError::Unavailable };
		assert!(events().contains(&Event::Unexpected { kind }));
		assert_eq!(Results::get(job).unwrap().open, 0);
	});
}
