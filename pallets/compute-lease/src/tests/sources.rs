//! Whose money is spent, in which order, and who gets what back.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

fn sources(lease: LeaseId) -> Vec<(AccountId, Balance)> {
	entry(lease).sources.into_iter().map(|source| (source.who, source.left)).collect()
}

#[test]
fn fund_should_hold_the_money_on_the_account_of_who_gives_it() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 500));
		assert_eq!((escrow_of(PATRON), free(PATRON)), (500, ENDOWMENT - 500));
		assert_eq!(sources(lease), vec![(CLIENT, 1_600), (PATRON, 500)]);
		assert_eq!(
			events().last(),
			Some(&Event::EscrowFunded { lease, who: PATRON, payment: PaymentKind::Native, amount: 500 })
		);
	});
}

#[test]
fn pay_should_spend_the_clients_own_first_and_then_others_as_they_came() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 400));
		// 13 blocks were served, and 8 are payable: the client's five, and three of the first patron's.
		skip_to(14);
		assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
		assert_eq!(sources(lease), vec![(PATRON, 160), (OTHER_PATRON, 400)]);
		// What the client adds goes before what is left of others.
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 320));
		assert_eq!(sources(lease), vec![(CLIENT, 320), (PATRON, 160), (OTHER_PATRON, 400)]);
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 320));
		assert_eq!(sources(lease), vec![(CLIENT, 320), (PATRON, 160), (OTHER_PATRON, 720)]);
		check_everything();

		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		// 13 blocks in all, the last five of them the client's four and one of the patron's.
		assert_eq!(free(CLIENT), ENDOWMENT - 720);
		assert_eq!(free(PATRON), ENDOWMENT - 320);
		assert_eq!(free(OTHER_PATRON), ENDOWMENT);
		assert_eq!(paid_in(lease), 13 * 80);
	});
}

#[test]
fn pay_should_tell_of_each_source_when_a_block_is_paid_by_two() {
	build_and_execute(|| {
		let lease = start(spec(), 440);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 800));
		skip_to(12);
		assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
		let payers: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::LeasePaid { payer, until, paid, .. } => {
					Some((payer, until, paid.to_provider + paid.burned + paid.to_treasury))
				},
				_ => None,
			})
			.collect();
		assert_eq!(payers, vec![(CLIENT, 7, 440), (PATRON, 7, 40)]);
	});
}

#[test]
fn escrow_should_go_back_to_its_sources_when_an_order_ends() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 500));
		assert_ok!(ComputeLease::cancel_order(signed(CLIENT), lease));
		assert_eq!((free(CLIENT), free(PATRON)), (ENDOWMENT, ENDOWMENT));
		let returned = |who, amount| Event::EscrowReturned { lease, who, payment: PaymentKind::Native, amount };
		assert!(events().contains(&returned(CLIENT, 1_000)));
		assert!(events().contains(&returned(PATRON, 500)));
	});
}

#[test]
fn fund_should_fail_when_there_is_no_room_but_for_the_client_and_who_pays_already() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 400));
		assert_noop!(ComputeLease::fund(signed(STRANGER), lease, 400), Error::<Test>::TooManySources);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		// The client's place is kept when its money is spent.
		skip_to(12);
		assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
		assert_eq!(sources(lease), vec![(PATRON, 720), (OTHER_PATRON, 400)]);
		assert_noop!(ComputeLease::fund(signed(STRANGER), lease, 400), Error::<Test>::TooManySources);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 400));
	});
}

#[test]
fn fund_should_fail_when_the_provider_would_pay_itself() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		assert_noop!(ComputeLease::fund(signed(PROVIDER), lease, 400), Error::<Test>::OwnLease);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_noop!(ComputeLease::fund(signed(PROVIDER), lease, 400), Error::<Test>::OwnLease);
	});
}

#[test]
fn fund_should_fail_when_money_is_short_or_the_sum_cannot_be_expressed() {
	build_and_execute(|| {
		let lease = running();
		assert_noop!(
			ComputeLease::fund(signed(PATRON), lease, ENDOWMENT + 1),
			sp_runtime::TokenError::FundsUnavailable
		);
		assert_noop!(ComputeLease::fund(signed(PATRON), lease, u128::MAX), ArithmeticError::Overflow);
		assert_noop!(ComputeLease::fund(signed(PATRON), LeaseId(7), 500), Error::<Test>::UnknownLease);
	});
}

#[test]
fn patron_should_have_a_paused_lease_go_on() {
	build_and_execute(|| {
		let lease = running();
		run_to(24);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 320));
		run_to(28);
		assert_eq!(standing(lease), Some(Standing::Paused { since: 28, until: 35 }));
		run_to(36);
		assert_eq!(free(PATRON), ENDOWMENT - 320);
	});
}

#[test]
fn what_is_left_below_the_rate_should_go_back_to_whose_it_is() {
	build_and_execute(|| {
		let lease = start(OrderSpec { grace_blocks: 0, ..spec() }, 410);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 325));
		// 735 pay for nine blocks, and 15 are the patron's.
		run_to(12);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 10)));
		assert_eq!((free(CLIENT), free(PATRON)), (ENDOWMENT - 410, ENDOWMENT - 310));
	});
}

#[test]
fn defund_should_give_all_back_when_it_is_an_order() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 500));
		assert_ok!(ComputeLease::defund(signed(PATRON), lease));
		assert_eq!((free(PATRON), sources(lease)), (ENDOWMENT, vec![(CLIENT, 1_000)]));
		assert_eq!(
			events().last(),
			Some(&Event::EscrowWithdrawn { lease, who: PATRON, payment: PaymentKind::Native, amount: 500 })
		);
		for who in [PATRON, CLIENT, STRANGER] {
			assert_noop!(ComputeLease::defund(signed(who), lease), Error::<Test>::NothingToDefund);
		}
		assert_noop!(ComputeLease::defund(signed(PATRON), LeaseId(7)), Error::<Test>::UnknownLease);
	});
}

#[test]
fn defund_should_leave_what_is_needed_up_to_this_block() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 800));
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 400));
		// Eight blocks were served and the ninth is being served: the client's five, and four of the first patron's.
		skip_to(9);
		assert_ok!(ComputeLease::defund(signed(OTHER_PATRON), lease));
		assert_ok!(ComputeLease::defund(signed(PATRON), lease));
		assert_eq!((free(PATRON), free(OTHER_PATRON)), (ENDOWMENT - 320, ENDOWMENT));
		assert_eq!((standing(lease), ComputeLease::runs_out_at(lease)), (Some(Standing::Running), Some(10)));
		check_everything();
		assert_noop!(ComputeLease::defund(signed(PATRON), lease), Error::<Test>::NothingToDefund);
		run_to(11);
		assert!(matches!(entry(lease).state, LeaseState::Paused { since: 10, .. }));
		assert_eq!(paid_in(lease), 720);
	});
}

#[test]
fn defund_should_leave_others_money_alone_when_they_come_later() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 800));
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 400));
		skip_to(3);
		assert_ok!(ComputeLease::defund(signed(PATRON), lease));
		assert_eq!(sources(lease), vec![(CLIENT, 400), (OTHER_PATRON, 400)]);
		assert_eq!(ComputeLease::runs_out_at(lease), Some(11));
	});
}

#[test]
fn defund_should_give_back_what_is_left_in_a_pause() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 330));
		skip_to(12);
		assert_ok!(ComputeLease::defund(signed(PATRON), lease));
		// Nine blocks were served: five of the client's, and four of the patron's.
		assert_eq!((free(PATRON), sources(lease)), (ENDOWMENT - 320, vec![]));
		assert_eq!(standing(lease), Some(Standing::Paused { since: 10, until: 20 }));
		check_everything();
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 320));
		assert_eq!(standing(lease), Some(Standing::Running));
	});
}

#[test]
fn defund_should_be_a_settlement_when_the_lease_is_over() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 330));
		skip_to(100);
		assert_ok!(ComputeLease::defund(signed(PATRON), lease));
		assert_eq!((end_of(lease), free(PATRON)), (Some((EndReason::RanOut, 20)), ENDOWMENT - 320));
	});
}
