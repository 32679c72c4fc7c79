//! Paying for results.

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::{LockableCurrency, WithdrawReasons},
};

/// A committed job of one unit at `price`.
fn committed_at(price: Balance) -> JobId {
	let job = NextJobId::<Test>::get();
	let spec = JobSpec { units: 1, ceiling: price, ..spec() };
	assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native));
	assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), price));
	assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
	assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
	job
}

#[test]
fn accept_result_should_pay_provider_fee_and_treasury() {
	build_and_execute(|| {
		let job = committed();
		let issuance = Balances::total_issuance();
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));

		// 800: 5 % are 40, of which one half is burned.
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 760);
		assert_eq!(free(CLIENT), ENDOWMENT - 800 - 50);
		assert_eq!(free(TREASURY), ENDOWMENT + 20);
		assert_eq!(Balances::total_issuance(), issuance - 20);
		assert_eq!((held(HoldReason::Escrow, CLIENT), running(MachineId(0))), (0, 0));
		assert_eq!(Rewards::get(), vec![(PROVIDER, 10_000, 40)]);
		let bid = Bid { provider: PROVIDER, machine: MachineId(0), price: 80, deposit: 20 };
		assert_eq!(state(job), JobState::Settled { bid, root: ROOT, paid: paid(760, 20, 20, 40) });
		assert!(events().contains(&Event::JobSettled {
			job,
			client: CLIENT,
			provider: PROVIDER,
			payment: PaymentKind::Native,
			paid: paid(760, 20, 20, 40),
		}));
	});
}

#[test]
fn accept_result_should_fail_when_caller_is_not_the_client() {
	build_and_execute(|| {
		let job = committed();
		for who in [PROVIDER, OTHER_CLIENT] {
			assert_noop!(ComputeMarket::accept_result(signed(who), job, 0), Error::<Test>::NotClient);
		}
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), JobId(9), 0), Error::<Test>::UnknownJob);
	});
}

#[test]
fn accept_result_should_fail_when_there_is_none() {
	build_and_execute(|| {
		let job = assigned();
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::JobNotCommitted);
	});
}

#[test]
fn settle_job_should_pay_when_review_is_over() {
	build_and_execute(|| {
		let job = committed();
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 760);
	});
}

#[test]
fn settle_job_should_fail_when_review_is_not_over() {
	build_and_execute(|| {
		let job = committed();
		skip_to(6);
		assert_noop!(ComputeMarket::settle_job(signed(PROVIDER), job), Error::<Test>::ReviewNotOver);
	});
}

#[test]
fn settle_job_should_fail_when_it_was_settled_before() {
	build_and_execute(|| {
		let job = committed();
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));
		assert_noop!(ComputeMarket::settle_job(signed(STRANGER), job), Error::<Test>::JobNotCommitted);
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::JobNotCommitted);
	});
}

#[test]
fn settle_job_should_fail_when_job_is_unknown() {
	build_and_execute(|| {
		assert_noop!(ComputeMarket::settle_job(signed(STRANGER), JobId(0)), Error::<Test>::UnknownJob);
	});
}

#[test]
fn settlement_should_round_fee_and_burn_down() {
	build_and_execute(|| {
		for (total, fee, burned) in [(19, 0, 0), (20, 1, 0), (59, 2, 1), (60, 3, 1), (800, 40, 20)] {
			let parts = ComputeMarket::payment_quote(PaymentKind::Native, total).unwrap();
			assert_eq!(parts, paid(total - fee, burned, fee - burned, fee));
		}
	});
}

#[test]
fn settlement_preview_should_match_what_is_paid() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_eq!(ComputeMarket::settlement_preview(job), None);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		let preview = ComputeMarket::settlement_preview(job);
		assert_eq!(preview, Some(Settlement { payment: PaymentKind::Native, paid: paid(760, 20, 20, 40) }));
		assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
		assert_eq!(ComputeMarket::settlement_preview(job), preview);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_eq!(ComputeMarket::settlement_preview(job), None);
	});
}

#[test]
fn settle_job_should_give_pay_to_treasury_when_provider_cannot_take_it() {
	build_and_execute(|| {
		let job = committed_at(9);
		impoverish(PROVIDER);
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));

		assert_eq!((free(PROVIDER), free(TREASURY)), (0, ENDOWMENT + 9));
		assert!(matches!(state(job), JobState::Settled { paid: Paid { to_provider: 0, .. }, .. }));
		assert_eq!(unexpected(), vec![UnexpectedKind::PayoutDiverted { account: PROVIDER, amount: 9 }]);
		assert!(events().contains(&Event::JobSettled {
			job,
			client: CLIENT,
			provider: PROVIDER,
			payment: PaymentKind::Native,
			paid: paid(0, 0, 9, 0),
		}));
	});
}

#[test]
fn settle_job_should_pay_provider_when_its_account_is_empty_but_pay_suffices() {
	build_and_execute(|| {
		let job = committed();
		impoverish(PROVIDER);
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));
		assert_eq!(free(PROVIDER), 760);
	});
}

#[test]
fn settle_job_should_pay_when_accounts_are_frozen() {
	build_and_execute(|| {
		let job = committed();
		for who in [CLIENT, PROVIDER] {
			Balances::set_lock(*b"anything", &who, 2 * ENDOWMENT, WithdrawReasons::all());
		}
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 760);
		assert_eq!(unexpected(), vec![]);
	});
}
