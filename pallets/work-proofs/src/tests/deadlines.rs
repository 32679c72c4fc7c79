//! Demands that the chain closes by itself.

use crate::{mock::*, *};
use frame_support::{assert_ok, traits::Hooks};

#[test]
fn deadlines_should_close_demands_when_their_time_is_over() {
	build_and_execute(|| {
		let first = demanded();
		run_to(3);
		let second = committed(false);
		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), second, 4));
		run_to(8);
		assert!(Refusals::get().is_empty());
		next_block();
		assert_eq!(Refusals::get(), vec![(first, Fault::Withheld)]);
		run_to(11);
		assert_eq!(Refusals::get(), vec![(first, Fault::Withheld), (second, Fault::Withheld)]);
		assert_eq!(DeadlineCursor::<Test>::get(), Some(11));
	});
}

#[test]
fn deadlines_should_be_gone_on_with_when_blocks_were_full() {
	build_and_execute(|| {
		let jobs = [demanded(), demanded(), demanded()];
		skip_to(20);
		let two = WorkProofs::smallest_useful_limit() + <() as WeightInfo>::deadlines_demand();
		// The cursor has to get there first.
		let blocks = <() as WeightInfo>::deadlines_block() * 7;
		let used = WorkProofs::on_idle(now(), two + blocks);
		assert!(used.all_lte(two + blocks));
		assert_eq!(Refusals::get().len(), 2);
		assert_eq!(DeadlineCursor::<Test>::get(), Some(8));
		check_everything();
		next_block();
		assert_eq!(Refusals::get().len(), jobs.len());
	});
}

#[test]
fn deadlines_should_do_nothing_when_no_weight_is_left_or_nothing_was_ever_demanded() {
	build_and_execute(|| {
		let looks = <() as WeightInfo>::deadlines_base() + <() as WeightInfo>::expiries_base();
		assert_eq!(WorkProofs::on_idle(1, Weight::MAX), looks);
		demanded();
		skip_to(20);
		assert_eq!(WorkProofs::on_idle(20, Weight::zero()), Weight::zero());
		let used = WorkProofs::on_idle(20, <() as WeightInfo>::deadlines_base());
		assert_eq!(used, <() as WeightInfo>::deadlines_base());
		assert_eq!(DeadlineCursor::<Test>::get(), Some(1));
	});
}

#[test]
fn deadlines_should_skip_one_without_a_demand() {
	new_test_ext().execute_with(|| {
		let job = demanded();
		Deadlines::<Test>::insert(8, (job, 3), ());
		run_to(9);
		let error = Error::<Test>::NoDemand.into();
		assert_eq!(unexpected(), vec![UnexpectedKind::DemandNotClosed { job, index: 3, error }]);
		assert_eq!(Refusals::get(), vec![(job, Fault::Withheld)]);
		check_everything();
	});
}

#[test]
fn integrity_test_should_pass_on_sound_constants() {
	new_test_ext().execute_with(WorkProofs::integrity_test);
}

#[test]
#[should_panic(expected = "a demand's deposit must cover the dearest answer")]
fn integrity_test_should_panic_when_a_deposit_does_not_cover_the_answer() {
	new_test_ext().execute_with(|| {
		DemandDeposit::set(20 + 2 * 200 + 9);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "a full block must have room for the longest answer")]
fn integrity_test_should_panic_when_an_answer_is_longer_than_what_full_blocks_keep() {
	new_test_ext().execute_with(|| {
		// A quarter of what a block has.
		MaxOutputBytes::set(5 * 1024 * 1024 / 4);
		DemandDeposit::set(10_000_000);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "the dearest dispute takes more of a block than its share")]
fn integrity_test_should_panic_when_a_dispute_takes_too_much_weight() {
	new_test_ext().execute_with(|| {
		MaxDisputeShare::set(Perbill::from_percent(2));
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "the longest dispute takes more of a block than its share")]
fn integrity_test_should_panic_when_a_dispute_is_too_long() {
	new_test_ext().execute_with(|| {
		MaxDisputeShare::set(Perbill::one());
		MaxGuestBytes::set(4 * 1024 * 1024);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "there must be time to announce what an answer has shown")]
fn integrity_test_should_panic_when_an_announcement_waits_too_long() {
	new_test_ext().execute_with(|| {
		AnnouncementDelay::set(3);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "an announcement must count for as long as it waits")]
fn integrity_test_should_panic_when_an_announcement_is_forgotten_too_soon() {
	new_test_ext().execute_with(|| {
		AnnouncementLifetime::set(3);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "whoever sees a dispute must not be able to announce it in the same block")]
fn integrity_test_should_panic_when_an_announcement_counts_at_once() {
	new_test_ext().execute_with(|| {
		AnnouncementDelay::set(0);
		WorkProofs::integrity_test();
	});
}

#[test]
#[should_panic(expected = "an announcement's deposit below the existential deposit might be impossible to give")]
fn integrity_test_should_panic_when_an_announcements_deposit_is_dust() {
	new_test_ext().execute_with(|| {
		AnnouncementDeposit::set(9);
		WorkProofs::integrity_test();
	});
}
