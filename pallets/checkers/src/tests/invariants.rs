//! Each check of the state finds what it is there for.

use crate::{mock::*, *};
use frame_support::{assert_ok, traits::fungible::MutateHold};

/// Check a sound state, spoil it, and expect `check` to say `message`.
fn assert_found(
	check: fn() -> Result<(), sp_runtime::TryRuntimeError>,
	message: &'static str,
	spoil: impl FnOnce(JobId),
) {
	new_test_ext().execute_with(|| {
		let job = drawn(false);
		committed(false);
		check_everything();
		spoil(job);
		assert_eq!(check(), Err(sp_runtime::TryRuntimeError::Other(message)));
		assert!(CheckersPallet::do_try_state().is_err());
	});
}

fn spoil_checker(who: AccountId, spoil: impl FnOnce(&mut Checker<Test>)) {
	Checkers::<Test>::mutate(who, |checker| spoil(checker.as_mut().unwrap()));
}

fn spoil_check(job: JobId, spoil: impl FnOnce(&mut Check<Test>)) {
	Checks::<Test>::mutate(job, |check| spoil(check.as_mut().unwrap()));
}

#[test]
fn check_bonds_should_fail_when_they_are_wrong() {
	assert_found(CheckersPallet::check_bonds, "a checker's hold differs from the books", |_| {
		assert_ok!(Balances::hold(&HoldReason::CheckerBond.into(), &21, 1));
	});
	assert_found(CheckersPallet::check_bonds, "a bond is larger than a whole one", |_| {
		assert_ok!(Balances::hold(&HoldReason::CheckerBond.into(), &21, 1));
		spoil_checker(21, |checker| checker.bond += 1);
	});
	assert_found(CheckersPallet::check_bonds, "a checker has a seat and too little of a bond", |_| {
		let reason = HoldReason::CheckerBond.into();
		assert_ok!(Balances::release(&reason, &21, 101, frame_support::traits::tokens::Precision::Exact));
		spoil_checker(21, |checker| checker.bond -= 101);
	});
}

#[test]
fn check_seats_should_fail_when_they_are_wrong() {
	assert_found(CheckersPallet::check_seats, "the roster has a gap", |_| {
		Roster::<Test>::remove(4);
		Roster::<Test>::insert(9, 25);
	});
	assert_found(CheckersPallet::check_seats, "a checker does not know its seat", |_| {
		spoil_checker(21, |checker| checker.seat = None);
	});
	assert_found(CheckersPallet::check_seats, "a checker has a seat that is not in the roster", |_| {
		Roster::<Test>::remove(4);
	});
}

#[test]
fn check_duties_should_fail_when_they_are_wrong() {
	assert_found(CheckersPallet::check_duties, "a committee is not whole", |job| {
		spoil_check(job, |check| check.members[1] = check.members[0].clone());
	});
	assert_found(CheckersPallet::check_duties, "a sample is out of order", |job| {
		spoil_check(job, |check| check.sample.as_mut().swap(0, 1));
	});
	assert_found(CheckersPallet::check_duties, "a check has no units", |job| {
		spoil_check(job, |check| check.sample = Default::default());
	});
	assert_found(CheckersPallet::check_duties, "a vote is not about the whole sample", |job| {
		spoil_check(job, |check| check.members[0].vote = Vote::Revealed(Default::default()));
	});
	assert_found(CheckersPallet::check_duties, "nobody speaks for a majority", |job| {
		spoil_check(job, |check| check.stage = Stage::Agreed { speaker: 0 });
	});
	assert_found(CheckersPallet::check_duties, "a checker has other duties than there are checks of it", |job| {
		spoil_checker(members(job)[0], |checker| checker.duties = 2);
	});
	assert_found(CheckersPallet::check_duties, "a member of a committee is no checker", |job| {
		spoil_check(job, |check| check.members[0].who = CLIENT);
		let known = members(job);
		for who in CHECKERS {
			let count = u32::from(known.contains(&who));
			spoil_checker(who, |checker| checker.duties = count);
		}
	});
}

#[test]
fn check_data_should_fail_when_it_is_wrong() {
	let message = "data is asked for that is not lacking, or lacking and not asked for";
	assert_found(CheckersPallet::check_data, message, |job| spoil_check(job, |check| check.stage = Stage::Asked));
	assert_found(CheckersPallet::check_data, message, |job| {
		spoil_check(job, |check| check.members.iter_mut().for_each(|member| member.vote = Vote::NoData));
	});
	assert_found(CheckersPallet::check_data, "somebody lacks what was shown", |job| {
		Shown::<Test>::insert(job, 1);
		spoil_check(job, |check| check.members[0].vote = Vote::NoData);
	});
	assert_found(CheckersPallet::check_data, "it is kept what was shown of a result that is not checked", |_| {
		Shown::<Test>::insert(JobId(77), 1);
	});
}

#[test]
fn check_questions_should_fail_when_a_result_could_be_paid_for() {
	assert_found(CheckersPallet::check_questions, "a result that is checked can be paid for", |job| {
		Results::mutate(job, |entry| entry.as_mut().unwrap().open = 0);
	});
	assert_found(CheckersPallet::check_questions, "a result waits and is checked", |job| {
		assert_ok!(Waiting::<Test>::try_append(Candidate { job, attempt: 0, epoch: 5 }));
	});
	assert_found(CheckersPallet::check_questions, "a result waits twice", |_| {
		let candidate = Waiting::<Test>::get()[0];
		assert_ok!(Waiting::<Test>::try_append(candidate));
	});
}

#[test]
fn check_deadlines_should_fail_when_they_are_wrong() {
	assert_found(CheckersPallet::check_deadlines, "a check has no deadline", |job| {
		Deadlines::<Test>::remove(check(job).until + 1, job);
	});
	assert_found(CheckersPallet::check_deadlines, "there is a deadline that no check explains", |job| {
		Deadlines::<Test>::insert(1_000, job, ());
	});
	assert_found(CheckersPallet::check_deadlines, "the cursor has passed a deadline", |_| {
		DeadlineCursor::<Test>::put(1_000);
	});
}

/// The same with a machine that is probed.
fn assert_found_of_probe(message: &'static str, spoil: impl FnOnce(MachineId)) {
	assert_found(CheckersPallet::check_probes, message, |_| {
		let machine = probed();
		check_everything();
		spoil(machine);
	});
}

fn spoil_probe(machine: MachineId, spoil: impl FnOnce(&mut Probe<Test>)) {
	Probes::<Test>::mutate(machine, |probe| spoil(probe.as_mut().unwrap()));
}

#[test]
fn check_probes_should_fail_when_they_are_wrong() {
	assert_found_of_probe("a machine is probed twice", |machine| {
		assert_ok!(Probing::<Test>::try_append(machine));
	});
	assert_found_of_probe("a probe is not listed", |_| Probing::<Test>::kill());
	assert_found_of_probe("a machine is listed and not probed", |machine| {
		let probe = Probes::<Test>::take(machine).unwrap();
		Probes::<Test>::insert(MachineId(8), probe);
	});
	assert_found_of_probe("a probe's committee is not whole", |machine| {
		spoil_probe(machine, |probe| probe.members[1] = probe.members[0].clone());
	});
	assert_found_of_probe("all have reported, and a probe is on", |machine| {
		let said = |member: &mut Prober<AccountId>| member.observation = Some(Seen::Unreachable);
		spoil_probe(machine, |probe| probe.members.iter_mut().for_each(said));
	});
	assert_found_of_probe("a probe has outlived its epoch", |machine| spoil_probe(machine, |probe| probe.epoch -= 1));
	assert_found_of_probe("something is known of the service of a machine that is gone", |_| {
		Services::<Test>::insert(MachineId(8), Service { epoch: 0, latency: 1, rate: 1, served: true });
	});
}
