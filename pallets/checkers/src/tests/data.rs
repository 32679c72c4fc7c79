//! Guest and input that cannot be had: saying so, asking for them, showing them, and what comes of that.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};

/// What has failed, without what is charged for it.
fn plain(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(|_| ()).map_err(|failed| failed.error)
}

#[test]
fn data_should_be_asked_for_as_soon_as_most_of_the_committee_lack_it() {
	build_and_execute(|| {
		let job = drawn(false);
		let members = members(job);
		assert_eq!(miss_data(members[2], job).unwrap().pays_fee, Pays::No);
		assert_eq!((check(job).stage, &check(job).members[2].vote), (Stage::Voting, &Vote::NoData));
		assert_ok!(miss_data(members[0], job));
		let until = now() + 6;
		assert_eq!((check(job).stage, check(job).until), (Stage::Asked, until));
		assert!(events().contains(&Event::DataMissed { job, checker: members[2] }));
		assert!(events().contains(&Event::DataAsked { job, until }));
		assert_eq!(Results::get(job).unwrap().open, 1);
	});
}

#[test]
fn data_should_be_missed_once_in_time_and_by_members_only() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_noop!(miss_data(CLIENT, job), Error::<Test>::NotMember);
		assert_noop!(miss_data(members[0], JobId(1_000)), Error::<Test>::UnknownCheck);
		assert_ok!(miss_data(members[0], job));
		assert_noop!(miss_data(members[0], job), Error::<Test>::AlreadyVoted);
		assert_ok!(commit_vote(members[1], job, &found));
		assert_noop!(miss_data(members[1], job), Error::<Test>::AlreadyVoted);
		System::set_block_number(check(job).until + 1);
		assert_noop!(miss_data(members[2], job), Error::<Test>::WrongStage);
	});
}

#[test]
fn member_should_vote_all_the_same_when_it_has_the_data_after_all() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(miss_data(members[0], job));
		vote(job, [&found, &found, &found]);
		assert_ok!(open(job, false));
		run_to(check(job).until + 2);
		assert!(members.into_iter().all(|who| credits(who) == 4));
	});
}

#[test]
fn votes_should_be_revealed_when_all_have_spoken_and_few_lack_data() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &found));
		assert_ok!(miss_data(members[1], job));
		assert_ok!(commit_vote(members[2], job, &found));
		assert_eq!(check(job).stage, Stage::Revealing);
		for who in [members[0], members[2]] {
			assert_ok!(reveal_vote(who, job, &found));
		}
		assert_ok!(open(job, false));
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
		// It is neither paid nor punished, and its word ends no row of silences.
		assert_eq!([members[0], members[1], members[2]].map(credits), [4, 0, 4]);
		assert_eq!(checker(members[1]).bond, BOND);
	});
}

#[test]
fn another_committee_should_try_when_few_lack_data_and_the_others_are_silent() {
	build_and_execute(|| {
		let job = drawn(false);
		let members = members(job);
		CheckersPallet::discharge(MachineId(1), &members[0], Part::Silent);
		Checkers::<Test>::mutate(members[0], |checker| checker.as_mut().unwrap().duties += 1);
		assert_ok!(miss_data(members[0], job));
		run_to(check(job).until + 2);
		assert!(events().contains(&Event::NoMajority { job, attempt: 0 }));
		assert_eq!([members[0], members[1], members[2]].map(|who| checker(who).silences), [1, 1, 1]);
		assert_eq!(checker(members[0]).bond, BOND - 20, "what it had lost before");
		assert_eq!(checker(members[1]).bond, BOND - 20);
	});
}

#[test]
fn committee_should_vote_again_when_the_data_is_shown() {
	build_and_execute(|| {
		let job = drawn(true);
		let (found, members, sample) = (honest(job), members(job), check(job).sample);
		// The one who has it does not have to say anything again.
		assert_ok!(commit_vote(members[2], job, &found));
		assert_ok!(miss_data(members[0], job));
		assert_ok!(miss_data(members[1], job));
		next_block();
		let info = show_data(job).unwrap();
		assert_eq!(info.pays_fee, Pays::Yes);
		let until = now() + 5;
		assert!(events().contains(&Event::DataShown { job, by: PROVIDER, until }));
		assert_eq!((check(job).stage, check(job).until, check(job).sample), (Stage::Voting, until, sample));
		assert_eq!(CheckersPallet::data_shown(job), Some(now()));
		assert_noop!(miss_data(members[0], job), Error::<Test>::DataIsShown);
		assert_noop!(commit_vote(members[2], job, &found), Error::<Test>::AlreadyVoted);
		for who in &members[..2] {
			assert_ok!(commit_vote(*who, job, &found));
		}
		for who in &members {
			assert_ok!(reveal_vote(*who, job, &found));
		}
		assert_ok!(open(job, true));
		assert!(matches!(check(job).stage, Stage::Accused { .. }));
		dispute(job, WRONG_UNIT, true);
		assert!(members.iter().all(|who| credits(*who) == 4));
		assert_eq!(CheckersPallet::data_shown(job), None);
	});
}

#[test]
fn data_should_be_that_of_the_job_and_shown_by_anybody_when_it_is_asked_for() {
	build_and_execute(|| {
		let job = drawn(false);
		let members = members(job);
		assert_noop!(plain(show_data(job)), Error::<Test>::WrongStage);
		assert_ok!(miss_data(members[0], job));
		assert_noop!(plain(show_data(job)), Error::<Test>::WrongStage);
		assert_ok!(miss_data(members[1], job));
		assert_noop!(plain(show_as(PROVIDER, job, b"another", INPUT)), Error::<Test>::GuestMismatch);
		assert_noop!(plain(show_as(PROVIDER, job, GUEST, b"another")), Error::<Test>::InputMismatch);
		assert_ok!(show_as(CLIENT, job, GUEST, INPUT));
		assert_noop!(plain(show_data(job)), Error::<Test>::WrongStage);
	});
}

#[test]
fn show_data_should_be_charged_for_its_bytes_only_when_it_is_asked_for() {
	build_and_execute(|| {
		let job = drawn(false);
		let failed = show_data(job).unwrap_err();
		assert_eq!(failed.post_info.actual_weight, Some(<() as WeightInfo>::show_data(0)));
		let (guest, input) = (GUEST.to_vec().try_into().unwrap(), INPUT.to_vec().try_into().unwrap());
		let info = Call::<Test>::show_data { job, guest, input }.get_dispatch_info();
		assert_eq!(info.call_weight, <() as WeightInfo>::show_data(GUEST.len() as u32 + INPUT.len() as u32));
		assert_eq!(info.class, DispatchClass::Operational);
	});
}

#[test]
fn silence_should_cost_as_usual_when_the_data_was_shown() {
	build_and_execute(|| {
		let job = lacking(false);
		let members = members(job);
		assert_ok!(show_data(job));
		run_to(check(job).until + 2);
		assert!(members.iter().all(|who| checker(*who).bond == BOND - 20));
		// The next committee finds it where it is.
		assert_eq!(CheckersPallet::data_shown(job), Some(2));
		next_epoch();
		assert_noop!(miss_data(first(job), job), Error::<Test>::DataIsShown);
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Undecided]);
		assert_eq!(CheckersPallet::data_shown(job), None);
	});
}

/// A provider serves one member, and has bought another: without that, each committee would come to nothing.
#[test]
fn data_should_be_asked_for_when_votes_that_were_counted_come_to_no_majority_and_somebody_lacks_it() {
	build_and_execute(|| {
		let job = split();
		let until = now() + 6;
		assert_eq!((check(job).stage, check(job).until), (Stage::Asked, until));
		assert!(events().contains(&Event::DataAsked { job, until }));
		let before = members(job);
		next_block();
		assert_ok!(show_data(job));
		assert!(events().contains(&Event::DataShown { job, by: PROVIDER, until: now() }));
		assert!(events().contains(&Event::NoMajority { job, attempt: 0 }));
		assert!(before.into_iter().all(|who| checker(who).bond == BOND && checker(who).duties == 0));
		assert_eq!((Waiting::<Test>::get()[0].job, Results::get(job).unwrap().open), (job, 1));
		// The next committee finds it where it is, and cannot be split so again.
		next_epoch();
		assert_noop!(miss_data(first(job), job), Error::<Test>::DataIsShown);
	});
}

#[test]
fn result_should_be_refused_when_its_data_is_not_shown_after_votes_were_counted() {
	build_and_execute(|| {
		let job = split();
		let (members, until) = (members(job), check(job).until);
		run_to(until + 2);
		assert_eq!(Convicted::get(), vec![(job, until)]);
		assert_eq!(conclusions(job), vec![Conclusion::Withheld]);
		// Nobody can tell who was right.
		assert!(members.into_iter().all(|who| credits(who) == 0 && checker(who).bond == BOND));
	});
}

#[test]
fn data_should_not_be_asked_for_when_nobody_reveals_a_vote() {
	build_and_execute(|| {
		MaxAttempts::set(1);
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(miss_data(members[0], job));
		for who in &members[1..] {
			assert_ok!(commit_vote(*who, job, &found));
		}
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Undecided]);
		assert_eq!([members[0], members[1], members[2]].map(|who| checker(who).bond), [BOND, BOND - 20, BOND - 20]);
	});
}

/// A check of which one member lacks data and the others have voted otherwise each.
fn split() -> JobId {
	let job = drawn(true);
	let (right, wrong, members) = (honest(job), bought(job), members(job));
	assert_ok!(commit_vote(members[0], job, &right));
	assert_ok!(commit_vote(members[1], job, &wrong));
	assert_ok!(miss_data(members[2], job));
	assert_ok!(reveal_vote(members[0], job, &right));
	assert_ok!(reveal_vote(members[1], job, &wrong));
	job
}

/// The first member of a committee.
fn first(job: JobId) -> AccountId {
	members(job)[0]
}

#[test]
fn result_should_be_refused_when_its_data_is_not_shown() {
	build_and_execute(|| {
		let job = lacking(false);
		let (members, until) = (members(job), check(job).until);
		assert_noop!(CheckersPallet::close_check(signed(CLIENT), job), Error::<Test>::StageNotOver);
		System::set_block_number(until + 1);
		assert_noop!(plain(show_data(job)), Error::<Test>::WrongStage);
		next_block();
		assert_eq!(Convicted::get(), vec![(job, until)]);
		assert_eq!(conclusions(job), vec![Conclusion::Withheld]);
		// Whoever had not spoken yet had the time of the others only.
		assert_eq!([members[0], members[1], members[2]].map(credits), [4, 4, 0]);
		assert!(members.iter().all(|who| checker(*who).bond == BOND));
	});
}

/// One says that it has had what two could not have: somebody lies, and nobody can tell who.
#[test]
fn nobody_should_be_rewarded_when_data_is_withheld_that_a_member_has_had() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[2], job, &found));
		assert_ok!(miss_data(members[0], job));
		assert_ok!(miss_data(members[1], job));
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Withheld]);
		assert!(members.iter().all(|who| credits(*who) == 0 && checker(*who).bond == BOND));
	});
}

#[test]
fn result_should_not_be_stuck_when_it_cannot_be_refused_for_its_data() {
	build_and_execute(|| {
		ConvictionFails::set(true);
		let job = lacking(false);
		System::set_block_number(check(job).until + 1);
		assert_ok!(CheckersPallet::close_check(signed(CLIENT), job));
		assert_eq!(Results::get(job).unwrap().open, 0);
	});
}

#[test]
fn nobody_should_gain_or_lose_when_the_job_ends_while_data_is_asked_for() {
	build_and_execute(|| {
		for known in [true, false] {
			let job = lacking(true);
			let members = members(job);
			// Somebody has the data, and the chain runs a unit of the sample; or the job ends otherwise.
			if known {
				dispute(job, WRONG_UNIT, true);
			} else {
				abandon(job);
			}
			assert_noop!(plain(show_data(job)), Error::<Test>::UnknownCheck);
			assert!(members.iter().all(|who| credits(*who) == 0 && checker(*who).bond == BOND));
		}
	});
}
