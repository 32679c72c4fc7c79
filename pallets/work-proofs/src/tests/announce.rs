//! Announcements: who is the reporter of a wrong unit, and what becomes of deposits.

use crate::{mock::*, *};
use assay_primitives::{Offence, UnitRun};
use frame_support::{assert_noop, assert_ok, traits::Hooks};

/// Whoever is the reporter of the only offence so far.
fn reporter() -> Option<AccountId> {
	let reports = Reports::get();
	assert_eq!(reports.len(), 1);
	reports[0].reporter
}

/// A dishonest result of which `who` has announced the wrong unit, and the block in which that counts.
fn announced(who: AccountId) -> JobId {
	let job = committed(true);
	assert_ok!(announce(who, job, 2));
	run_to(now() + AnnouncementDelay::get());
	job
}

/// `who` votes as running the unit gives it.
fn vote(who: AccountId, job: JobId, index: u32, gas: Gas) {
	let run = UnitRun { outcome: hash(&echo(index)), gas };
	Votes::mutate(|votes| votes.push((who, job, index, run)));
}

fn put_up(who: AccountId) -> Balance {
	held(HoldReason::AnnouncementDeposit, who)
}

#[test]
fn announce_dispute_should_hold_a_deposit_and_tell_nothing_but_a_hash() {
	build_and_execute(|| {
		run_to(4);
		let hash = announcement(CHALLENGER, JobId(0), 2);
		assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));

		assert_eq!((free(CHALLENGER), put_up(CHALLENGER)), (ENDOWMENT - ANNOUNCED, ANNOUNCED));
		let made = Announcement { deposit: ANNOUNCED, counts_from: 6, until: 12 };
		assert_eq!(WorkProofs::announcement(CHALLENGER, hash), Some(made));
		assert_eq!(WorkProofs::announcement(STRANGER, hash), None);
		let by = CHALLENGER;
		let event = Event::DisputeAnnounced { by, hash, deposit: ANNOUNCED, counts_from: 6, until: 12 };
		assert_eq!(events(), vec![event]);
	});
}

#[test]
fn announce_dispute_should_fail_when_it_was_announced_already_or_cannot_be_paid() {
	build_and_execute(|| {
		let hash = announcement(CHALLENGER, JobId(0), 2);
		assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));
		assert_noop!(WorkProofs::announce_dispute(signed(CHALLENGER), hash), Error::<Test>::AlreadyAnnounced);
		assert!(WorkProofs::announce_dispute(signed(POOR), hash).is_err());
		// Whoever copies the hash keeps nobody from anything.
		assert_ok!(WorkProofs::announce_dispute(signed(STRANGER), hash));
		assert_eq!(put_up(STRANGER), ANNOUNCED);
	});
}

#[test]
fn dispute_unit_should_make_the_challenger_the_reporter_when_it_has_announced_it() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		let info = dispute(CHALLENGER, job, 2, true).unwrap();

		assert_eq!(info.pays_fee, Pays::No);
		let report = OffenceReport { reporter: Some(CHALLENGER), ..offence(job, Offence::WrongWork, 1) };
		assert_eq!(Reports::get(), vec![report]);
		assert_eq!((free(CHALLENGER), put_up(CHALLENGER)), (ENDOWMENT, 0), "the deposit is back");
		assert_eq!(Announcements::<Test>::iter().count(), 0);
		assert_eq!(Expiries::<Test>::iter().count(), 0);
		let (by, hash) = (CHALLENGER, announcement(CHALLENGER, job, 2));
		let event = Event::AnnouncementUsed { by, hash, deposit: ANNOUNCED, counts: true };
		assert!(events().contains(&event));
	});
}

#[test]
fn dispute_unit_should_have_no_reporter_when_nothing_was_announced() {
	build_and_execute(|| {
		let job = committed(true);
		let info = dispute(CHALLENGER, job, 2, true).unwrap();
		assert_eq!((info.pays_fee, reporter()), (Pays::No, None));
		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)], "all else is the same");
	});
}

#[test]
fn dispute_unit_should_have_no_reporter_when_a_copy_of_it_comes_first() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		// Having seen the dispute wait, somebody announces the same, and disputes first.
		assert_ok!(announce(STRANGER, job, 2));
		assert_ok!(WorkProofs::announce_dispute(signed(STRANGER), announcement(CHALLENGER, job, 2)));
		run_to(now() + AnnouncementDelay::get() - 1);
		assert_ok!(dispute(STRANGER, job, 2, true));
		assert_eq!(reporter(), None);
		assert!(dispute(CHALLENGER, job, 2, true).is_err());
		// What was announced for nothing is withdrawn, or forgotten.
		assert_ok!(WorkProofs::withdraw_announcement(signed(CHALLENGER), announcement(CHALLENGER, job, 2)));
		assert_eq!(put_up(CHALLENGER), 0);
	});
}

#[test]
fn dispute_unit_should_make_a_copy_the_reporter_only_when_the_original_is_kept_out_for_the_delay() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		assert_ok!(announce(STRANGER, job, 2));
		run_to(now() + AnnouncementDelay::get());
		assert_ok!(dispute(STRANGER, job, 2, true));
		assert_eq!(reporter(), Some(STRANGER));
	});
}

#[test]
fn dispute_unit_should_have_no_reporter_when_the_announcement_is_too_young() {
	build_and_execute(|| {
		let job = committed(true);
		assert_ok!(announce(CHALLENGER, job, 2));
		next_block();
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!(reporter(), None);
		// It is good for nothing any more.
		let (by, hash) = (CHALLENGER, announcement(CHALLENGER, job, 2));
		assert!(events().contains(&Event::AnnouncementUsed { by, hash, deposit: ANNOUNCED, counts: false }));
		assert_eq!(put_up(CHALLENGER), 0);
	});
}

#[test]
fn dispute_unit_should_have_no_reporter_when_the_announcement_is_too_old() {
	for (late, expected) in [(0, Some(CHALLENGER)), (1, None)] {
		build_and_execute(|| {
			let job = committed(true);
			assert_ok!(announce(CHALLENGER, job, 2));
			// The blocks were too full to forget it.
			skip_to(now() + AnnouncementLifetime::get() + late);
			assert_ok!(dispute(CHALLENGER, job, 2, true));
			assert_eq!((reporter(), put_up(CHALLENGER)), (expected, 0));
		});
	}
}

#[test]
fn dispute_unit_should_have_no_reporter_when_the_announcement_was_withdrawn() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		let hash = announcement(CHALLENGER, job, 2);
		assert_ok!(WorkProofs::withdraw_announcement(signed(CHALLENGER), hash));
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!(reporter(), None);
	});
}

#[test]
fn dispute_unit_should_have_no_reporter_when_something_else_was_announced() {
	build_and_execute(|| {
		let job = committed(true);
		let right = hash(&echo(2));
		let others = [
			// What the commitment has for it, which anybody can read.
			WorkProofs::announcement_of(&CHALLENGER, job, 2, &H256([9; 32])),
			WorkProofs::announcement_of(&CHALLENGER, job, 1, &right),
			WorkProofs::announcement_of(&CHALLENGER, JobId(job.0 + 1), 2, &right),
			WorkProofs::announcement_of(&STRANGER, job, 2, &right),
		];
		for hash in others {
			assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));
		}
		run_to(now() + AnnouncementDelay::get());
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!((reporter(), put_up(CHALLENGER)), (None, 4 * ANNOUNCED));
	});
}

#[test]
fn dispute_unit_should_make_whoever_disputes_first_the_reporter_when_two_have_announced_it() {
	build_and_execute(|| {
		let job = committed(true);
		assert_ok!(announce(CHALLENGER, job, 2));
		next_block();
		assert_ok!(announce(STRANGER, job, 2));
		run_to(now() + AnnouncementDelay::get());
		assert_ok!(dispute(STRANGER, job, 2, true));
		assert_eq!(reporter(), Some(STRANGER));
		// The other one's is forgotten in its time.
		assert_eq!((put_up(CHALLENGER), put_up(STRANGER)), (ANNOUNCED, 0));
		run_to(11);
		assert_eq!(put_up(CHALLENGER), 0);
	});
}

#[test]
fn dispute_unit_should_leave_the_announcement_when_the_unit_is_right() {
	build_and_execute(|| {
		let job = committed(false);
		assert_ok!(announce(CHALLENGER, job, 1));
		run_to(now() + AnnouncementDelay::get());
		assert_ok!(dispute(CHALLENGER, job, 1, false));
		assert_eq!((put_up(CHALLENGER), free(CHALLENGER)), (ANNOUNCED, ENDOWMENT - BOND - ANNOUNCED));
	});
}

#[test]
fn announcement_should_be_of_use_once() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		let hash = announcement(CHALLENGER, job, 2);
		assert_noop!(WorkProofs::withdraw_announcement(signed(CHALLENGER), hash), Error::<Test>::NotAnnounced);
		// It can be made again, and waits again.
		assert_ok!(announce(CHALLENGER, job, 2));
		assert_eq!(WorkProofs::announcement(CHALLENGER, hash).unwrap().counts_from, 5);
	});
}

#[test]
fn dispute_unit_should_make_a_voter_the_reporter_without_an_announcement() {
	build_and_execute(|| {
		let job = committed(true);
		vote(STRANGER, job, 2, 10);
		vote(CHALLENGER, job, 2, 10);
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!(reporter(), Some(CHALLENGER));
	});
}

#[test]
fn dispute_unit_should_make_the_first_voter_the_reporter_when_somebody_else_disputes() {
	build_and_execute(|| {
		// Not even an announcement helps: what it is of stands in the votes.
		let job = announced(CLIENT);
		vote(STRANGER, job, 2, 10);
		vote(CHALLENGER, job, 2, 10);
		assert_ok!(dispute(CLIENT, job, 2, true));
		assert_eq!((reporter(), put_up(CLIENT)), (Some(STRANGER), 0));
	});
}

#[test]
fn dispute_unit_should_not_care_for_votes_that_say_something_else() {
	build_and_execute(|| {
		let job = announced(CHALLENGER);
		// The outcome without the gas, which stands nowhere, is a copy.
		vote(STRANGER, job, 2, 11);
		vote(STRANGER, job, 1, 10);
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!(reporter(), Some(CHALLENGER));
	});
}

#[test]
fn withdraw_announcement_should_release_the_deposit() {
	build_and_execute(|| {
		let hash = announcement(CHALLENGER, JobId(0), 2);
		assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));
		assert_noop!(WorkProofs::withdraw_announcement(signed(STRANGER), hash), Error::<Test>::NotAnnounced);
		assert_ok!(WorkProofs::withdraw_announcement(signed(CHALLENGER), hash));
		assert_eq!((free(CHALLENGER), put_up(CHALLENGER)), (ENDOWMENT, 0));
		let (by, deposit) = (CHALLENGER, ANNOUNCED);
		assert_eq!(events().last(), Some(&Event::AnnouncementWithdrawn { by, hash, deposit }));
		assert_eq!(Expiries::<Test>::iter().count(), 0);
	});
}

#[test]
fn withdraw_announcement_should_give_back_what_was_put_up_when_the_deposit_has_changed_since() {
	build_and_execute(|| {
		let hash = announcement(CHALLENGER, JobId(0), 2);
		assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));
		AnnouncementDeposit::set(5 * ANNOUNCED);
		assert_ok!(WorkProofs::withdraw_announcement(signed(CHALLENGER), hash));
		AnnouncementDeposit::set(ANNOUNCED);
		assert_eq!(free(CHALLENGER), ENDOWMENT);
	});
}

#[test]
fn announcement_should_be_forgotten_when_its_time_is_over() {
	build_and_execute(|| {
		let hash = announcement(CHALLENGER, JobId(0), 2);
		assert_ok!(WorkProofs::announce_dispute(signed(CHALLENGER), hash));
		run_to(10);
		assert_eq!(put_up(CHALLENGER), ANNOUNCED);
		next_block();
		assert_eq!((free(CHALLENGER), put_up(CHALLENGER)), (ENDOWMENT, 0));
		let (by, deposit) = (CHALLENGER, ANNOUNCED);
		assert_eq!(events().last(), Some(&Event::AnnouncementExpired { by, hash, deposit }));
	});
}

#[test]
fn announcements_should_be_forgotten_later_when_blocks_were_full() {
	build_and_execute(|| {
		for index in 0..3 {
			assert_ok!(announce(CHALLENGER, JobId(0), index));
		}
		skip_to(20);
		let first = <() as WeightInfo>::deadlines_base();
		let two = Expiry::<Test>::smallest_useful_limit() + <() as WeightInfo>::expiries_announcement();
		// The cursor has to get there first.
		let limit = first + two + <() as WeightInfo>::expiries_block() * 9;
		let used = WorkProofs::on_idle(now(), limit);
		assert!(used.all_lte(limit));
		assert_eq!(put_up(CHALLENGER), ANNOUNCED);
		check_everything();
		next_block();
		assert_eq!(put_up(CHALLENGER), 0);
	});
}
