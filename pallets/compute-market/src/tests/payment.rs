//! What jobs can be paid with: native tokens, assets, credits; what becomes of money that an account cannot take.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungibles::Inspect};
use sp_runtime::{traits::Dispatchable, TokenError};

const IN_STABLE: PaymentKind = PaymentKind::Asset(STABLE);
const IN_INSUFFICIENT: PaymentKind = PaymentKind::Asset(INSUFFICIENT);

fn in_escrow(payment: PaymentKind, client: AccountId) -> Balance {
	<Test as Config>::Rails::held(payment, &client)
}

/// A job of [`CLIENT`] in [`STABLE`] for `price`, won and committed by `provider`.
fn committed_by(provider: AccountId, payment: PaymentKind, price: Balance) -> JobId {
	let job = NextJobId::<Test>::get();
	let spec = JobSpec { units: 1, ceiling: price, ..spec() };
	assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec, payment));
	assert_ok!(ComputeMarket::bid(signed(provider), job, machine(provider), price));
	assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
	assert_ok!(ComputeMarket::commit_result(signed(provider), job, 0, ROOT));
	job
}

fn deferred() -> Vec<(PaymentKind, AccountId, Balance)> {
	let events = events().into_iter().filter_map(|event| match event {
		Event::PaymentDeferred { payment, account, amount } => Some((payment, account, amount)),
		_ => None,
	});
	events.collect()
}

fn settled(job: JobId) -> Paid<Balance> {
	match state(job) {
		JobState::Settled { paid, .. } => paid,
		other => panic!("not settled: {other:?}"),
	}
}

#[test]
fn submit_job_should_hold_escrow_in_what_it_is_paid_with() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let job = submit_in(payment, CLIENT);
			let entry = Jobs::<Test>::get(job).unwrap();
			assert_eq!((entry.payment, entry.escrow, entry.deposit), (payment, 1_000, 50));
			assert_eq!(in_escrow(payment, CLIENT), 1_000);
			assert!(events().contains(&Event::JobSubmitted { job, client: CLIENT, units: 10, payment, escrow: 1_000 }));
		}
		// The deposits are native tokens in any case.
		assert_eq!(held(HoldReason::JobDeposit, CLIENT), 200);
		assert_eq!(free(CLIENT), ENDOWMENT - 1_000 - 200);
		assert_eq!(asset(STABLE, CLIENT), ENDOWMENT - 1_000);
		assert_eq!(FreeCredits::get(CLIENT), ENDOWMENT - 1_000);
	});
}

#[test]
fn submit_job_should_fail_when_payment_is_not_accepted() {
	build_and_execute(|| {
		for id in [UNACCEPTED, 77, u32::MAX] {
			let payment = PaymentKind::Asset(id);
			let refused = Error::<Test>::PaymentNotAccepted;
			assert_noop!(ComputeMarket::submit_job(signed(CLIENT), spec(), payment), refused);
			assert_eq!(ComputeMarket::job_quote(spec(), payment), Err(Error::<Test>::PaymentNotAccepted.into()));
			assert_eq!(ComputeMarket::payment_quote(payment, 1_000), None);
		}
	});
}

#[test]
fn submit_job_should_fail_when_an_accepted_asset_does_not_exist() {
	build_and_execute(|| {
		AcceptedAssets::set(vec![77]);
		let refused = TokenError::FundsUnavailable;
		assert_noop!(ComputeMarket::submit_job(signed(CLIENT), spec(), PaymentKind::Asset(77)), refused);
	});
}

#[test]
fn submit_job_should_fail_when_client_has_too_little_of_what_it_pays_with() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let dear = JobSpec { units: 1, ceiling: ENDOWMENT + 1, ..spec() };
			let refused = TokenError::FundsUnavailable;
			assert_noop!(ComputeMarket::submit_job(signed(CLIENT), dear, payment), refused);
			// Never had any, apart from native tokens.
			if payment != PaymentKind::Native {
				assert_noop!(ComputeMarket::submit_job(signed(STRANGER), spec(), payment), refused);
			}
		}
	});
}

#[test]
fn submit_job_should_leave_the_smallest_balance_of_an_asset() {
	build_and_execute(|| {
		let all = JobSpec { units: 1, ceiling: ENDOWMENT - ASSET_MINIMUM + 1, ..spec() };
		let refused = TokenError::FundsUnavailable;
		assert_noop!(ComputeMarket::submit_job(signed(CLIENT), all.clone(), IN_STABLE), refused);
		let most = JobSpec { ceiling: ENDOWMENT - ASSET_MINIMUM, ..all };
		assert_ok!(ComputeMarket::submit_job(signed(CLIENT), most, IN_STABLE));
	});
}

#[test]
fn submit_job_should_fail_when_price_overflows_in_any_kind() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let dear = JobSpec { ceiling: Balance::MAX / 10 + 1, ..spec() };
			assert_noop!(ComputeMarket::submit_job(signed(CLIENT), dear, payment), Error::<Test>::PriceOverflow);
			let free = JobSpec { ceiling: 0, ..spec() };
			assert_noop!(ComputeMarket::submit_job(signed(CLIENT), free, payment), Error::<Test>::ZeroPrice);
		}
	});
}

#[test]
fn submit_job_should_leave_nothing_when_only_the_deposit_cannot_be_held() {
	build_and_execute(|| {
		assert_ok!(Balances::transfer_keep_alive(signed(CLIENT), STRANGER, free(CLIENT) - 59));
		for payment in [IN_STABLE, PaymentKind::Credits] {
			// As a transaction, which the call is.
			let call = RuntimeCall::ComputeMarket(Call::submit_job { spec: spec(), payment });
			assert!(call.dispatch(signed(CLIENT)).is_err());
			assert_eq!(in_escrow(payment, CLIENT), 0);
		}
	});
}

#[test]
fn submit_job_should_fail_when_asset_or_account_is_frozen() {
	build_and_execute(|| {
		assert_ok!(Assets::freeze(signed(ISSUER), STABLE, CLIENT));
		assert_ok!(Assets::freeze_asset(signed(ISSUER), INSUFFICIENT));
		for payment in [IN_STABLE, IN_INSUFFICIENT] {
			let call = RuntimeCall::ComputeMarket(Call::submit_job { spec: spec(), payment });
			assert!(call.dispatch(signed(CLIENT)).is_err());
			assert_eq!(in_escrow(payment, CLIENT), 0);
		}
	});
}

#[test]
fn payment_quote_should_divide_by_the_rates_of_each_kind() {
	build_and_execute(|| {
		let quote = |payment| ComputeMarket::payment_quote(payment, 1_019).unwrap();
		// 5 % are 50.95, of which one half is burned.
		assert_eq!(quote(PaymentKind::Native), paid(969, 25, 25, 50));
		// 20 % are 203.8, all to the treasury, each worth three tokens.
		assert_eq!(quote(IN_STABLE), paid(816, 0, 203, 609));
		assert_eq!(quote(PaymentKind::Credits), paid(0, 1_019, 0, 3_057));
		Price::set(None);
		assert_eq!(quote(IN_STABLE), paid(816, 0, 203, 0));
		for payment in PAYMENTS {
			let nothing = ComputeMarket::payment_quote(payment, 0).unwrap();
			assert_eq!(nothing, paid(0, 0, 0, 0));
		}
	});
}

#[test]
fn job_quote_should_say_what_submitting_holds_in_each_kind() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let quote = ComputeMarket::job_quote(spec(), payment).unwrap();
			let paid = ComputeMarket::payment_quote(payment, 1_000).unwrap();
			assert_eq!(quote, JobQuote { payment, escrow: 1_000, deposit: 50, paid });
			submit_in(payment, CLIENT);
			assert_eq!(in_escrow(payment, CLIENT), quote.escrow);
		}
	});
}

#[test]
fn accept_result_should_pay_in_an_asset_less_its_own_fee() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		let preview = ComputeMarket::settlement_preview(job).unwrap();
		let native = (free(CLIENT), free(PROVIDER), free(TREASURY));
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));

		// 800: 20 % are 160.
		let expected = paid(640, 0, 160, 480);
		assert_eq!(preview, Settlement { payment: IN_STABLE, paid: expected });
		assert_eq!(settled(job), expected);
		assert_eq!(asset(STABLE, CLIENT), ENDOWMENT - 800);
		assert_eq!(asset(STABLE, PROVIDER), ENDOWMENT + 640);
		assert_eq!(asset(STABLE, TREASURY), 160);
		assert_eq!(Assets::total_issuance(STABLE), 3 * ENDOWMENT);
		assert_eq!((free(CLIENT), free(PROVIDER), free(TREASURY)), native);
		assert_eq!(Rewards::get(), vec![(PROVIDER, 10_000, 480)]);
		assert!(events().contains(&Event::JobSettled {
			job,
			client: CLIENT,
			provider: PROVIDER,
			payment: IN_STABLE,
			paid: expected
		}));
	});
}

#[test]
fn accept_result_should_use_up_credits_and_reward_by_what_was_burned() {
	build_and_execute(|| {
		let job = committed_in(PaymentKind::Credits);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));

		assert_eq!(settled(job), paid(0, 800, 0, 1_600));
		assert_eq!(FreeCredits::get(CLIENT), ENDOWMENT - 800);
		assert_eq!((FreeCredits::get(PROVIDER), free(PROVIDER)), (ENDOWMENT, ENDOWMENT - 40));
		assert_eq!(Rewards::get(), vec![(PROVIDER, 10_000, 1_600)]);
	});
}

#[test]
fn settle_job_should_pay_but_not_reward_when_an_asset_has_no_price() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		Price::set(None);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_eq!(settled(job), paid(640, 0, 160, 0));
		assert_eq!(Rewards::get(), vec![(PROVIDER, 10_000, 0)]);
	});
}

#[test]
fn close_auction_should_release_the_surplus_in_each_kind() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let job = assigned_in(payment);
			assert_eq!(in_escrow(payment, CLIENT), 800);
			let found = events().into_iter().any(|event| match event {
				Event::JobAssigned { job: id, payment: kind, surplus, .. } => {
					(id, kind, surplus) == (job, payment, 200)
				},
				_ => false,
			});
			assert!(found);
		}
	});
}

#[test]
fn refund_should_cost_no_fee_in_any_kind() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			let job = submit_in(payment, CLIENT);
			let preview = RefundPreview { payment, escrow: 1_000, deposit: 50, now: true };
			assert_eq!(ComputeMarket::refund_preview(job), Some(preview));
			assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
			assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
			assert_eq!(in_escrow(payment, CLIENT), 0);
		}
		assert_eq!((free(CLIENT), FreeCredits::get(CLIENT)), (ENDOWMENT, ENDOWMENT));
		assert_eq!((asset(STABLE, CLIENT), asset(INSUFFICIENT, CLIENT)), (ENDOWMENT, ENDOWMENT));
		assert_eq!((free(TREASURY), asset(STABLE, TREASURY)), (ENDOWMENT, 0));
	});
}

#[test]
fn expire_job_should_refund_in_what_was_paid_with_and_report() {
	build_and_execute(|| {
		for payment in [IN_STABLE, PaymentKind::Credits] {
			// On machine 0 in each round.
			NextMachineId::<Test>::put(MachineId(0));
			let job = assigned_in(payment);
			skip_to(now() + 21);
			assert_ok!(ComputeMarket::expire_job(signed(STRANGER), job));
			assert_eq!(in_escrow(payment, CLIENT), 0);
			assert_eq!(Reports::take(), vec![missed(job)]);
			assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), MachineId(0)));
		}
		assert_eq!((asset(STABLE, CLIENT), FreeCredits::get(CLIENT)), (ENDOWMENT, ENDOWMENT));
	});
}

#[test]
fn settle_job_should_defer_pay_when_the_asset_is_frozen() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		assert_ok!(Assets::freeze_asset(signed(ISSUER), STABLE));
		// The chain does it by itself, and the machine is free again.
		run_to(8);
		assert_eq!(settled(job), paid(640, 0, 160, 480));
		assert_eq!((running(MachineId(0)), in_escrow(IN_STABLE, CLIENT)), (0, 0));
		assert_eq!(deferred(), vec![(IN_STABLE, PROVIDER, 640), (IN_STABLE, TREASURY, 160)]);
		assert_eq!((asset(STABLE, PROVIDER), asset(STABLE, TREASURY)), (ENDOWMENT, 0));
		assert_eq!(ComputeMarket::unclaimed_payment(IN_STABLE, PROVIDER), 640);
		assert_eq!(unexpected(), vec![]);

		let call = RuntimeCall::ComputeMarket(Call::claim_payment { payment: IN_STABLE, who: PROVIDER });
		assert!(call.clone().dispatch(signed(PROVIDER)).is_err());
		assert_eq!(asset_held(HoldReason::Unclaimed, STABLE, PROVIDER), 640);
		assert_ok!(Assets::thaw_asset(signed(ISSUER), STABLE));
		assert_ok!(call.dispatch(signed(PROVIDER)));
		assert_ok!(ComputeMarket::claim_payment(signed(STRANGER), IN_STABLE, TREASURY));
		assert_eq!((asset(STABLE, PROVIDER), asset(STABLE, TREASURY)), (ENDOWMENT + 640, 160));
		let claimed = Event::PaymentClaimed { payment: IN_STABLE, account: TREASURY, amount: 160 };
		assert!(events().contains(&claimed));
	});
}

#[test]
fn settle_job_should_defer_only_what_a_blocked_provider_is_due() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		assert_ok!(Assets::block(signed(ISSUER), STABLE, PROVIDER));
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_eq!(deferred(), vec![(IN_STABLE, PROVIDER, 640)]);
		assert_eq!(asset(STABLE, TREASURY), 160);
		// A frozen account, unlike a blocked one, can be paid.
		assert_ok!(Assets::freeze(signed(ISSUER), STABLE, PROVIDER));
		assert_ok!(ComputeMarket::claim_payment(signed(STRANGER), IN_STABLE, PROVIDER));
		assert_eq!(asset(STABLE, PROVIDER), ENDOWMENT + 640);
	});
}

#[test]
fn settle_job_should_pay_when_client_is_blocked() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		assert_ok!(Assets::block(signed(ISSUER), STABLE, CLIENT));
		skip_to(7);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), job));
		assert_eq!((asset(STABLE, PROVIDER), deferred()), (ENDOWMENT + 640, vec![]));
	});
}

#[test]
fn settle_job_should_collect_pay_that_is_too_small_to_open_an_account() {
	build_and_execute(|| {
		// RIVAL has none of the asset; three units are below the smallest balance.
		for waiting in [3, 6] {
			let job = committed_by(RIVAL, IN_STABLE, 3);
			assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
			assert_eq!(ComputeMarket::unclaimed_payment(IN_STABLE, RIVAL), waiting);
			assert_eq!((asset(STABLE, RIVAL), asset(STABLE, TREASURY)), (0, 0));
			if waiting == 3 {
				let call = Call::<Test>::claim_payment { payment: IN_STABLE, who: RIVAL };
				assert!(RuntimeCall::ComputeMarket(call).dispatch(signed(RIVAL)).is_err());
			}
		}
		assert_ok!(ComputeMarket::claim_payment(signed(RIVAL), IN_STABLE, RIVAL));
		assert_eq!(asset(STABLE, RIVAL), 6);
	});
}

#[test]
fn settle_job_should_defer_when_an_asset_cannot_open_an_account() {
	build_and_execute(|| {
		let job = committed_by(RIVAL, IN_INSUFFICIENT, 1_000);
		// As many things refer to the account as may.
		while System::inc_consumers(&RIVAL).is_ok() {}
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_eq!(deferred(), vec![(IN_INSUFFICIENT, RIVAL, 800)]);
		System::dec_consumers(&RIVAL);
		System::dec_consumers(&RIVAL);
		assert_ok!(ComputeMarket::claim_payment(signed(RIVAL), IN_INSUFFICIENT, RIVAL));
		assert_eq!(asset(INSUFFICIENT, RIVAL), 800);
	});
}

#[test]
fn refund_should_be_deferred_when_client_cannot_take_it() {
	build_and_execute(|| {
		let job = submit_in(IN_STABLE, CLIENT);
		assert_ok!(Assets::freeze_asset(signed(ISSUER), STABLE));
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::Cancelled });
		assert_eq!(deferred(), vec![(IN_STABLE, CLIENT, 1_000)]);
		assert_eq!(in_escrow(IN_STABLE, CLIENT), 0);
		assert_ok!(Assets::thaw_asset(signed(ISSUER), STABLE));
		assert_ok!(ComputeMarket::claim_payment(signed(CLIENT), IN_STABLE, CLIENT));
		assert_eq!(asset(STABLE, CLIENT), ENDOWMENT);
	});
}

#[test]
fn job_should_end_as_ever_when_its_asset_is_no_longer_accepted() {
	build_and_execute(|| {
		let (job, open) = (committed_in(IN_STABLE), submit_in(IN_STABLE, CLIENT));
		AcceptedAssets::set(vec![]);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), open));
		assert_eq!((asset(STABLE, PROVIDER), asset(STABLE, CLIENT)), (ENDOWMENT + 640, ENDOWMENT - 800));
	});
}

#[test]
fn asset_should_not_be_destroyed_while_something_is_in_escrow_or_unclaimed() {
	build_and_execute(|| {
		let job = committed_in(IN_STABLE);
		let refused = pallet_assets::Error::<Test>::ContainsHolds;
		assert_noop!(Assets::start_destroy(signed(ISSUER), STABLE), refused);
		assert_ok!(Assets::block(signed(ISSUER), STABLE, PROVIDER));
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		let refused = pallet_assets::Error::<Test>::ContainsHolds;
		assert_noop!(Assets::start_destroy(signed(ISSUER), STABLE), refused);
	});
}

#[test]
fn claim_payment_should_fail_when_nothing_waits() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			assert_noop!(
				ComputeMarket::claim_payment(signed(PROVIDER), payment, PROVIDER),
				Error::<Test>::NothingToClaim
			);
		}
	});
}

#[test]
fn rail_that_fails_should_leave_nothing_and_can_be_tried_again() {
	build_and_execute(|| {
		let (job, open) = (committed_in(PaymentKind::Credits), submit_in(PaymentKind::Credits, CLIENT));
		CreditsFail::set(true);
		let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
		let settle = RuntimeCall::ComputeMarket(Call::accept_result { job, first: 0 });
		let cancel = RuntimeCall::ComputeMarket(Call::cancel_job { job: open });
		for call in [settle.clone(), cancel.clone()] {
			assert_eq!(call.dispatch(signed(CLIENT)).unwrap_err().error, DispatchError::Unavailable);
		}
		assert_eq!(before, sp_io::storage::root(sp_runtime::StateVersion::V1));
		CreditsFail::set(false);
		for call in [settle, cancel] {
			assert_ok!(call.dispatch(signed(CLIENT)));
		}
		assert_eq!(FreeCredits::get(CLIENT), ENDOWMENT - 800);
	});
}

#[test]
fn agenda_should_keep_going_when_a_rail_fails() {
	new_test_ext().execute_with(|| {
		let (job, sound) = (submit_in(PaymentKind::Credits, CLIENT), submit_in(IN_STABLE, CLIENT));
		CreditsFail::set(true);
		run_to(7);
		let error = DispatchError::Unavailable;
		assert_eq!(unexpected(), vec![UnexpectedKind::AgendaItemFailed { job, error }]);
		assert_eq!(state(sound), JobState::Refunded { reason: RefundReason::NoBids });
		CreditsFail::set(false);
		assert_ok!(ComputeMarket::close_auction(signed(STRANGER), job));
		assert_eq!((Agenda::<Test>::iter().count(), Postponed::<Test>::iter().count()), (0, 0));
		check_everything();
	});
}

#[test]
fn agenda_should_try_a_failed_step_again_when_what_stopped_it_may_be_over() {
	new_test_ext().execute_with(|| {
		let job = submit_in(PaymentKind::Credits, CLIENT);
		CreditsFail::set(true);
		// The first pause has three blocks, each after that is twice as long, and none is longer than 128 times that.
		let mut tries = Vec::new();
		for _ in 0..12 {
			let seen = unexpected().len();
			while unexpected().len() == seen {
				next_block();
			}
			tries.push(now() - 1);
			check_everything();
		}
		let pauses: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
		assert_eq!((tries[0], pauses), (6, vec![3, 6, 12, 24, 48, 96, 192, 384, 384, 384, 384]));
		assert_eq!(Agenda::<Test>::iter().count(), 1);
		CreditsFail::set(false);
		run_to(now() + 385);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::NoBids });
		assert_eq!((Agenda::<Test>::iter().count(), Postponed::<Test>::iter().count()), (0, 0));
		check_everything();
	});
}

#[test]
fn rail_should_refuse_kinds_that_are_not_its_own() {
	build_and_execute(|| {
		submit_in(PaymentKind::Native, CLIENT);
		submit_in(IN_STABLE, CLIENT);
		submit_in(PaymentKind::Credits, CLIENT);
		fn check<Rail: PaymentRails<AccountId, Balance>>(own: fn(PaymentKind) -> bool) {
			let refused = DispatchError::from(Error::<Test>::PaymentNotAccepted);
			for kind in PAYMENTS.into_iter().filter(|kind| !own(*kind)) {
				assert!(!Rail::accepts(kind));
				assert_noop!(Rail::hold(kind, &CLIENT, 1), refused);
				assert_noop!(Rail::release(kind, &CLIENT, 1), refused);
				assert_noop!(Rail::pay(kind, &CLIENT, &PROVIDER, 1), refused);
				assert_eq!((Rail::held(kind, &CLIENT), Rail::unclaimed(kind, &CLIENT)), (0, 0));
			}
		}
		check::<NativeRail<Test>>(|kind| kind == PaymentKind::Native);
		check::<AssetRail<AssetPayments>>(|kind| matches!(kind, PaymentKind::Asset(_)));
		check::<CreditsRail<Test, LedgerOfCredits, Prices>>(|kind| kind == PaymentKind::Credits);
	});
}

#[test]
fn rail_should_not_pay_more_than_is_in_escrow() {
	build_and_execute(|| {
		type AllRails = <Test as Config>::Rails;
		for payment in PAYMENTS {
			submit_in(payment, CLIENT);
			let paid = frame_support::storage::with_storage_layer(|| AllRails::pay(payment, &CLIENT, &PROVIDER, 1_001));
			assert!(paid.is_err());
			let back = frame_support::storage::with_storage_layer(|| AllRails::release(payment, &CLIENT, 1_001));
			assert!(back.is_err());
			assert_eq!(in_escrow(payment, CLIENT), 1_000);
		}
	});
}

#[test]
fn settlement_should_conserve_money_whatever_the_rates_are() {
	build_and_execute(|| {
		for payment in PAYMENTS {
			for total in [1, 2, 3, 19, 20, 999, 1_000] {
				for parts in [0, 1, 499_999_999, 500_000_000, 999_999_999, 1_000_000_000] {
					for share in [0, 1, 333_333_333, 1_000_000_000] {
						// Submitted at the usual rates, settled at others.
						let job = committed_by(PROVIDER, payment, total);
						FeeRate::set(Perbill::from_parts(parts));
						AssetFeeRate::set(Perbill::from_parts(parts));
						FeeBurnShare::set(Perbill::from_parts(share));
						assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
						let Paid { to_provider, burned, to_treasury, .. } = settled(job);
						assert_eq!(to_provider + burned + to_treasury, total);
						assert_eq!(in_escrow(payment, CLIENT), 0);
						assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
						let machine = MachineId(NextMachineId::<Test>::get().0 - 1);
						assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), machine));
					}
				}
			}
		}
	});
}

#[test]
fn fee_should_follow_governance_from_one_settlement_to_the_next() {
	build_and_execute(|| {
		let (first, second) = (committed(), committed());
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), first, 0));
		FeeRate::set(Perbill::from_percent(10));
		FeeBurnShare::set(Perbill::from_percent(75));
		let preview = ComputeMarket::settlement_preview(second).unwrap().paid;
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), second, 0));
		assert_eq!(settled(first), paid(760, 20, 20, 40));
		assert_eq!((settled(second), preview), (paid(720, 60, 20, 80), paid(720, 60, 20, 80)));
		assert_eq!(Rewards::get(), vec![(PROVIDER, 10_000, 40), (PROVIDER, 10_000, 80)]);
	});
}
