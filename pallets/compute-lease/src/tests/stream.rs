//! The stream: settling, pausing, resuming, running out.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

fn settle(lease: LeaseId) {
	assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
}

#[test]
fn settle_should_pay_what_was_served_but_for_the_arrears() {
	build_and_execute(|| {
		let lease = running();
		skip_to(1 + ARREARS);
		settle(lease);
		assert_eq!(paid_in(lease), 0);
		skip_to(11);
		settle(lease);
		// Five blocks of 80, of which a twentieth is the fee, half of it burned.
		assert_eq!(
			events().last(),
			Some(&Event::LeasePaid {
				lease,
				payer: CLIENT,
				provider: PROVIDER,
				payment: PaymentKind::Native,
				until: 6,
				paid: paid(380, 10, 10, 20)
			})
		);
		assert_eq!(entry(lease).escrow(), 1_200);
		assert_eq!(Rewards::get(), vec![(PROVIDER, u128::MAX, 20)]);
		assert_eq!((free(PROVIDER), free(TREASURY)), (ENDOWMENT - 40 + 380, ENDOWMENT + 10));
		assert_eq!(Balances::total_issuance(), ENDOWMENT * ACCOUNTS.len() as u128 - 10);
	});
}

#[test]
fn settle_should_change_nothing_when_called_twice_or_after_no_blocks() {
	build_and_execute(|| {
		let lease = running();
		let before = entry(lease);
		settle(lease);
		assert_eq!(entry(lease), before);
		skip_to(15);
		settle(lease);
		let (before, money) = (entry(lease), free(PROVIDER));
		for _ in 0..3 {
			settle(lease);
		}
		assert_eq!((entry(lease), free(PROVIDER)), (before, money));
	});
}

#[test]
fn settle_should_be_no_error_when_the_lease_has_ended() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		let before = events();
		settle(lease);
		assert_eq!(events(), before);
		assert_noop!(ComputeLease::settle(signed(STRANGER), LeaseId(1)), Error::<Test>::UnknownLease);
	});
}

#[test]
fn settle_should_fail_when_it_is_an_order() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_noop!(ComputeLease::settle(signed(STRANGER), lease), Error::<Test>::NotALease);
	});
}

#[test]
fn settle_should_not_move_the_block_in_which_escrow_runs_out() {
	build_and_execute(|| {
		let lease = start(spec(), 1_650);
		for block in 2..21 {
			skip_to(block);
			settle(lease);
			assert_eq!(ComputeLease::runs_out_at(lease), Some(21));
			check_everything();
		}
	});
}

#[test]
fn lease_should_pause_when_escrow_runs_out_with_everything_paid() {
	build_and_execute(|| {
		let lease = start(spec(), 1_650);
		run_to(21);
		assert_eq!(standing(lease), Some(Standing::Paused { since: 21, until: 31 }));
		assert!(matches!(entry(lease).state, LeaseState::Running { .. }), "the chain has not looked yet");
		run_to(22);
		assert!(matches!(entry(lease).state, LeaseState::Paused { since: 21, .. }));
		assert_eq!(standing(lease), Some(Standing::Paused { since: 21, until: 31 }));
		assert_eq!((paid_in(lease), entry(lease).escrow()), (1_600, 50));
		assert!(events().contains(&Event::LeasePaused { lease, since: 21, until: 31 }));
	});
}

#[test]
fn lease_should_end_when_the_grace_is_over() {
	build_and_execute(|| {
		let lease = start(spec(), 1_650);
		run_to(31);
		assert!(Leases::<Test>::contains_key(lease));
		run_to(32);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 31)));
		assert_eq!(free(CLIENT), ENDOWMENT - 1_600);
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 1_520);
		assert_eq!(slots_taken(MachineId(0)), 0);
	});
}

#[test]
fn lease_should_end_at_once_when_there_is_no_grace() {
	build_and_execute(|| {
		let lease = start(OrderSpec { grace_blocks: 0, ..spec() }, 1_600);
		run_to(22);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 21)));
		assert!(!events().iter().any(|event| matches!(event, Event::LeasePaused { .. })));
	});
}

#[test]
fn fund_should_resume_a_paused_lease_and_not_pay_for_the_pause() {
	build_and_execute(|| {
		let lease = running();
		run_to(25);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 400));
		assert_eq!(standing(lease), Some(Standing::Running));
		assert_eq!(entry(lease).tenancy().map(|tenancy| (tenancy.paid_to, tenancy.grace)), Some((25, 6)));
		assert_eq!(events().last(), Some(&Event::LeaseResumed { lease, runs_out_at: 30 }));
		run_to(30);
		assert_eq!(standing(lease), Some(Standing::Paused { since: 30, until: 36 }));
		run_to(37);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 36)));
		assert_eq!(paid_in(lease), 2_000);
	});
}

#[test]
fn fund_should_keep_a_lease_running_when_it_comes_in_time() {
	build_and_execute(|| {
		let lease = running();
		run_to(20);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 320));
		assert_eq!(ComputeLease::runs_out_at(lease), Some(25));
		run_to(24);
		assert_eq!(standing(lease), Some(Standing::Running));
		assert!(!events().iter().any(|event| matches!(event, Event::LeasePaused { .. })));
	});
}

#[test]
fn fund_should_fail_when_it_pays_for_too_little() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_noop!(ComputeLease::fund(signed(CLIENT), lease, 399), Error::<Test>::FundingTooSmall);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_noop!(ComputeLease::fund(signed(CLIENT), lease, 319), Error::<Test>::FundingTooSmall);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 320));
	});
}

#[test]
fn fund_should_fail_when_the_lease_is_over() {
	build_and_execute(|| {
		let lease = running();
		skip_to(31);
		assert_noop!(ComputeLease::fund(signed(CLIENT), lease, 400), Error::<Test>::LeaseOver);
		settle(lease);
		assert_noop!(ComputeLease::fund(signed(CLIENT), lease, 400), Error::<Test>::UnknownLease);
	});
}

#[test]
fn lease_should_end_when_it_has_lasted_as_long_as_it_may() {
	build_and_execute(|| {
		let lease = start(OrderSpec { max_blocks: Some(12), ..spec() }, 1_600);
		run_to(14);
		assert_eq!(end_of(lease), Some((EndReason::Expired, 13)));
		assert_eq!((paid_in(lease), free(CLIENT)), (960, ENDOWMENT - 960));
	});
}

#[test]
fn lease_should_end_by_its_time_when_it_is_paused() {
	build_and_execute(|| {
		let lease = start(OrderSpec { max_blocks: Some(25), ..spec() }, 1_600);
		run_to(22);
		assert_eq!(standing(lease), Some(Standing::Paused { since: 21, until: 26 }));
		run_to(27);
		assert_eq!(end_of(lease), Some((EndReason::Expired, 26)));
		assert_eq!(paid_in(lease), 1_600);
	});
}

#[test]
fn lease_should_run_on_when_its_provider_is_halted() {
	build_and_execute(|| {
		let lease = running();
		Halted::set(vec![PROVIDER]);
		run_to(15);
		assert_eq!(standing(lease), Some(Standing::Running));
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 400));
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		run_to(24);
		assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 23)));
		assert_eq!(paid_in(lease), 22 * 80);
	});
}

#[test]
fn lease_should_pay_by_the_rules_of_its_rail() {
	build_and_execute(|| {
		for (payment, expected) in [(STABLE, paid(320, 0, 80, 80)), (PaymentKind::Credits, paid(0, 400, 0, 400))] {
			let lease = start_in(payment, spec(), 1_600);
			skip_to(now() + 10);
			settle(lease);
			let Some(Event::LeasePaid { paid, .. }) = events().pop() else { panic!("not paid") };
			assert_eq!(paid, expected);
			assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
			assert_eq!(FreeMoney::get((payment, CLIENT)), ENDOWMENT - 800);
		}
	});
}

#[test]
fn lease_should_go_on_in_an_asset_that_is_no_longer_accepted() {
	build_and_execute(|| {
		let lease = start_in(STABLE, spec(), 1_600);
		AssetAccepted::set(false);
		assert!(ComputeLease::fund(signed(CLIENT), lease, 400).is_err());
		run_to(32);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 31)));
		assert_eq!(paid_in(lease), 1_600);
	});
}

#[test]
fn lease_should_last_for_ever_when_escrow_is_more_than_blocks_can_be_counted() {
	build_and_execute(|| {
		let lease = place(OrderSpec { ceiling: 1, ..spec() }, 10);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 1, 8));
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		Leases::<Test>::mutate(lease, |entry| entry.as_mut().unwrap().sources[0].left = u128::MAX);
		assert_eq!(ComputeLease::runs_out_at(lease), Some(u32::MAX));
		assert_eq!(standing(lease), Some(Standing::Running));
		skip_to(1_000_000);
		assert_eq!(standing(lease), Some(Standing::Running));
		Leases::<Test>::mutate(lease, |entry| entry.as_mut().unwrap().sources[0].left = 10);
		skip_to(1);
	});
}
