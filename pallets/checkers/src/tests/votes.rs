//! Committing to votes, revealing and counting them.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn votes_should_be_revealed_as_soon_as_all_have_committed() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		for who in &members {
			assert_eq!(check(job).stage, Stage::Voting);
			let info = commit_vote(*who, job, &found).unwrap();
			assert_eq!(info.pays_fee, Pays::No);
		}
		assert_eq!((check(job).stage, check(job).until), (Stage::Revealing, now() + 4));
		assert!(events().contains(&Event::RevealingBegan { job, until: now() + 4 }));
		for who in &members {
			assert_eq!(check(job).stage, Stage::Revealing);
			assert_eq!(reveal_vote(*who, job, &found).unwrap().pays_fee, Pays::No);
		}
		assert!(matches!(check(job).stage, Stage::Opening { .. }));
		assert_eq!(check(job).majority(), Some(&found));
		assert!(events().contains(&Event::OpeningBegan { job, until: now() + 6 }));
	});
}

#[test]
fn commitments_should_be_taken_once_in_time_and_of_members_only() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, who) = (honest(job), members(job)[0]);
		assert_noop!(commit_vote(CLIENT, job, &found), Error::<Test>::NotMember);
		let unknown = CheckersPallet::commit_vote(signed(who), JobId(1_000), H256::zero());
		assert_noop!(unknown, Error::<Test>::UnknownCheck);
		assert_noop!(reveal_vote(who, job, &found), Error::<Test>::WrongStage);
		assert_ok!(commit_vote(who, job, &found));
		assert_noop!(commit_vote(who, job, &found), Error::<Test>::AlreadyVoted);
		System::set_block_number(check(job).until + 1);
		assert_noop!(commit_vote(members(job)[1], job, &found), Error::<Test>::WrongStage);
	});
}

#[test]
fn votes_should_be_what_was_committed_to() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[0], job, &found));
		// Somebody copies the hash: it is made for another.
		let Vote::Committed(hash) = check(job).members[0].vote.clone() else { panic!("no commitment") };
		assert_ok!(CheckersPallet::commit_vote(signed(members[1]), job, hash));
		let short: Findings<Test> = found[1..].to_vec().try_into().unwrap();
		assert_ok!(commit_vote(members[2], job, &short));
		assert_noop!(reveal_vote(members[0], job, &bought(job)), Error::<Test>::VoteMismatch);
		let salted = CheckersPallet::reveal_vote(signed(members[0]), job, found.clone(), [0; 32]);
		assert_noop!(salted, Error::<Test>::VoteMismatch);
		assert_noop!(
			CheckersPallet::reveal_vote(signed(members[1]), job, found.clone(), salt(members[0])),
			Error::<Test>::VoteMismatch
		);
		assert_noop!(reveal_vote(members[2], job, &short), Error::<Test>::VoteMismatch);
		assert_ok!(reveal_vote(members[0], job, &found));
		assert_noop!(reveal_vote(members[0], job, &found), Error::<Test>::NothingToReveal);
	});
}

#[test]
fn votes_should_be_counted_without_the_silent_when_there_is_a_majority_of_all() {
	build_and_execute(|| {
		let job = drawn(false);
		let (found, members) = (honest(job), members(job));
		assert_ok!(commit_vote(members[2], job, &found));
		assert_ok!(commit_vote(members[1], job, &found));
		run_to(check(job).until + 2);
		assert_eq!(check(job).stage, Stage::Revealing);
		assert_noop!(reveal_vote(members[0], job, &found), Error::<Test>::NothingToReveal);
		assert_ok!(reveal_vote(members[1], job, &found));
		assert_ok!(reveal_vote(members[2], job, &found));
		assert_eq!(check(job).stage, Stage::Opening { speaker: 1 });
	});
}

#[test]
fn another_committee_should_try_when_there_is_no_majority() {
	build_and_execute(|| {
		let job = drawn(true);
		let (right, wrong, members) = (honest(job), bought(job), members(job));
		assert_ok!(commit_vote(members[0], job, &right));
		assert_ok!(commit_vote(members[1], job, &wrong));
		run_to(check(job).until + 2);
		assert_ok!(reveal_vote(members[0], job, &right));
		// One against one, and one has said nothing.
		assert_ok!(reveal_vote(members[1], job, &wrong));
		assert!(events().contains(&Event::NoMajority { job, attempt: 0 }));
		assert!(!Checks::<Test>::contains_key(job));
		assert_eq!(Waiting::<Test>::get()[0].attempt, 1);
		let failing = Failing::Silent;
		assert!(events().contains(&Event::Penalised { job, checker: members[2], failing, amount: 20 }));
		assert_eq!(checker(members[0]).bond, BOND);
		assert_eq!(Results::get(job).unwrap().open, 1);

		// The next committee is silent, and it was the last.
		next_epoch();
		assert_eq!(check(job).attempt, 1);
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Undecided]);
		assert_eq!(Results::get(job).unwrap().open, 0);
	});
}

#[test]
fn vote_should_be_worth_nothing_when_its_gas_is_guessed() {
	build_and_execute(|| {
		let job = drawn(false);
		let found = honest(job);
		// Copied from what the provider serves: the outcomes are right.
		let mut guessed = found.clone();
		guessed[0].gas += 1;
		vote(job, [&found, &guessed, &found]);
		assert_eq!(check(job).majority(), Some(&found));
		assert_ok!(open(job, false));
		let members = members(job);
		run_to(check(job).until + 2);
		assert_eq!(conclusions(job), vec![Conclusion::Agreed]);
		assert_eq!(members.iter().map(|who| credits(*who)).collect::<Vec<_>>(), vec![4, 0, 4]);
		assert_eq!(checker(members[1]).bond, BOND - 50);
	});
}
