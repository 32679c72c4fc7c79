//! Demands, answers, and what happens without one.

use crate::{mock::*, *};
use assay_primitives::Offence;
use assay_proofs::Trap;
use frame_support::{assert_noop, assert_ok};

#[test]
fn demand_unit_should_hold_a_deposit_and_contest_the_result() {
	build_and_execute(|| {
		let job = demanded();
		assert_eq!(Results::get(job).unwrap().open, 1);
		assert_eq!(held(HoldReason::DemandDeposit, CHALLENGER), DEPOSIT);
		let event = Event::UnitDemanded { job, index: 1, by: CHALLENGER, deposit: DEPOSIT, reveal_by: 7 };
		assert_eq!(events(), vec![event]);
		let demand = Demand { by: CHALLENGER, deposit: DEPOSIT, reveal_by: 7 };
		assert_eq!(WorkProofs::open_demand(job, 1), Some(demand));
		assert_eq!(WorkProofs::open_demand(job, 2), None);
	});
}

#[test]
fn reveal_unit_should_be_operational_and_pay_its_fee() {
	let call = Call::<Test>::reveal_unit {
		job: JobId(0),
		index: 1,
		output: UnitOutput::Bytes(Default::default()),
		opening: merkle::prove(&outcomes(false), 1).unwrap(),
	};
	let info = frame_support::dispatch::GetDispatchInfo::get_dispatch_info(&call);
	assert_eq!((info.class, info.pays_fee), (DispatchClass::Operational, Pays::Yes));
}

#[test]
fn demand_unit_should_fail_when_there_is_no_result_or_the_review_is_over() {
	build_and_execute(|| {
		let job = committed(false);
		assert_noop!(WorkProofs::demand_unit(signed(CHALLENGER), JobId(9), 1), NO_RESULT);
		skip_to(11);
		assert_noop!(WorkProofs::demand_unit(signed(CHALLENGER), job, 1), Error::<Test>::ReviewOver);
	});
}

#[test]
fn demand_unit_should_fail_when_caller_is_the_provider() {
	build_and_execute(|| {
		let job = committed(false);
		assert_noop!(WorkProofs::demand_unit(signed(PROVIDER), job, 1), Error::<Test>::OwnResult);
	});
}

#[test]
fn demand_unit_should_fail_when_unit_does_not_exist() {
	build_and_execute(|| {
		let job = committed(false);
		assert_noop!(WorkProofs::demand_unit(signed(CHALLENGER), job, UNITS), Error::<Test>::NoSuchUnit);
	});
}

#[test]
fn demand_unit_should_fail_when_one_is_open_for_the_unit() {
	build_and_execute(|| {
		let job = demanded();
		for who in [CHALLENGER, STRANGER] {
			assert_noop!(WorkProofs::demand_unit(signed(who), job, 1), Error::<Test>::DemandOpen);
		}
		// Another job's unit is another unit.
		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), committed(false), 1));
	});
}

#[test]
fn demand_unit_should_fail_when_too_many_are_open() {
	build_and_execute(|| {
		let job = committed(false);
		for index in 0..3 {
			assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, index));
		}
		assert_noop!(WorkProofs::demand_unit(signed(STRANGER), job, 3), Error::<Test>::TooManyDemands);
		assert_ok!(reveal(PROVIDER, job, 0));
		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), job, 3));
	});
}

/// A provider that demands its own units by another account would otherwise keep everybody from asking until the review is
/// over.
#[test]
fn demand_unit_should_be_possible_for_the_client_however_many_others_ask() {
	build_and_execute(|| {
		let job = committed(false);
		for index in 0..3 {
			assert_ok!(WorkProofs::demand_unit(signed(STRANGER), job, index));
		}
		assert_noop!(WorkProofs::demand_unit(signed(STRANGER), job, 3), Error::<Test>::TooManyDemands);
		assert_ok!(WorkProofs::demand_unit(signed(CLIENT), job, 3));
		assert_ok!(WorkProofs::demand_unit(signed(CLIENT), job, 4));
		assert_ok!(reveal(PROVIDER, job, 0));
		assert_noop!(WorkProofs::demand_unit(signed(STRANGER), job, 0), Error::<Test>::TooManyDemands);
		assert_ok!(WorkProofs::demand_unit(signed(CLIENT), job, 0));
	});
}

#[test]
fn demand_unit_should_fail_when_deposit_cannot_be_held() {
	build_and_execute(|| {
		let job = committed(false);
		frame_support::assert_storage_noop!(assert!(WorkProofs::demand_unit(signed(POOR), job, 1).is_err()));
	});
}

#[test]
fn reveal_unit_should_pay_its_cost_out_of_the_deposit_and_prolong_the_review() {
	build_and_execute(|| {
		let job = demanded();
		run_to(7);
		assert_ok!(reveal(PROVIDER, job, 1));

		let paid = 20 + 2 * 9;
		assert_eq!(WorkProofs::reveal_payment(9), paid);
		assert_eq!((free(PROVIDER), free(CHALLENGER)), (ENDOWMENT + paid, ENDOWMENT - paid));
		assert_eq!(held(HoldReason::DemandDeposit, CHALLENGER), 0);
		let result = Results::get(job).unwrap();
		assert_eq!((result.open, result.settles_at), (0, 11));
		let event = Event::UnitRevealed {
			job,
			index: 1,
			provider: PROVIDER,
			outcome: hash(&echo(1)),
			by: CHALLENGER,
			paid,
			returned: DEPOSIT - paid,
		};
		assert_eq!(events().last(), Some(&event));
		run_to(30);
		assert!(Reports::get().is_empty());
	});
}

#[test]
fn reveal_unit_should_leave_time_to_dispute_when_it_comes_at_the_last_moment() {
	build_and_execute(|| {
		let job = committed(false);
		skip_to(10);
		assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, 1));
		skip_to(16);
		assert_ok!(reveal(PROVIDER, job, 1));
		assert_eq!(Results::get(job).unwrap().settles_at, 20);
	});
}

#[test]
fn reveal_unit_should_pay_the_whole_deposit_at_most() {
	build_and_execute(|| {
		DemandDeposit::set(30);
		let job = demanded();
		DemandDeposit::set(DEPOSIT);
		assert_ok!(reveal(PROVIDER, job, 1));
		assert_eq!((free(PROVIDER), free(CHALLENGER)), (ENDOWMENT + 30, ENDOWMENT - 30));
	});
}

#[test]
fn reveal_unit_should_show_a_trap_when_that_was_committed_to() {
	build_and_execute(|| {
		let all = [out_of_gas().0; UNITS as usize];
		let job = committed_as(GREEDY, &all);
		assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, 1));
		let opening = merkle::prove(&all, 1).unwrap();
		let other = UnitOutput::Trapped(Trap::StackOverflow);
		assert_noop!(
			WorkProofs::reveal_unit(signed(PROVIDER), job, 1, other, opening.clone()),
			Error::<Test>::OpeningInvalid
		);
		// The fixed value of a trap is the hash of no output.
		let bytes = UnitOutput::Bytes(out_of_gas().0.to_vec().try_into().unwrap());
		assert_noop!(
			WorkProofs::reveal_unit(signed(PROVIDER), job, 1, bytes, opening.clone()),
			Error::<Test>::OpeningInvalid
		);
		let trap = UnitOutput::Trapped(Trap::OutOfGas);
		assert_ok!(WorkProofs::reveal_unit(signed(PROVIDER), job, 1, trap, opening));
		assert_eq!(free(PROVIDER), ENDOWMENT + 20);
	});
}

#[test]
fn reveal_unit_should_fail_when_nothing_was_demanded() {
	build_and_execute(|| {
		let job = demanded();
		assert_noop!(reveal(PROVIDER, job, 2), Error::<Test>::NoDemand);
		assert_noop!(reveal(PROVIDER, JobId(9), 1), Error::<Test>::NoDemand);
		assert_ok!(reveal(PROVIDER, job, 1));
		assert_noop!(reveal(PROVIDER, job, 1), Error::<Test>::NoDemand);
	});
}

#[test]
fn reveal_unit_should_fail_when_caller_is_not_the_provider() {
	build_and_execute(|| {
		let job = demanded();
		for who in [CLIENT, CHALLENGER] {
			assert_noop!(reveal(who, job, 1), Error::<Test>::NotProvider);
		}
	});
}

#[test]
fn reveal_unit_should_fail_when_its_time_is_over() {
	build_and_execute(|| {
		let job = demanded();
		skip_to(8);
		assert_noop!(reveal(PROVIDER, job, 1), Error::<Test>::RevealTooLate);
	});
}

#[test]
fn reveal_unit_should_fail_when_output_is_not_what_was_committed_to() {
	build_and_execute(|| {
		let job = demanded();
		let opening = merkle::prove(&outcomes(false), 1).unwrap();
		for bytes in [echo(2), vec![]] {
			let output = UnitOutput::Bytes(bytes.try_into().unwrap());
			assert_noop!(
				WorkProofs::reveal_unit(signed(PROVIDER), job, 1, output, opening.clone()),
				Error::<Test>::OpeningInvalid
			);
		}
	});
}

#[test]
fn reveal_unit_should_fail_when_the_result_was_refused() {
	build_and_execute(|| {
		let job = committed(true);
		assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, 2));
		assert_ok!(dispute(STRANGER, job, 2, true));
		let output = UnitOutput::Bytes(echo(2).try_into().unwrap());
		let opening = merkle::prove(&outcomes(true), 2).unwrap();
		assert_noop!(WorkProofs::reveal_unit(signed(PROVIDER), job, 2, output, opening), NO_RESULT);
	});
}

#[test]
fn close_demand_should_refund_client_and_slash_provider_when_unit_is_withheld() {
	build_and_execute(|| {
		let job = demanded();
		skip_to(7);
		assert_noop!(WorkProofs::close_demand(signed(STRANGER), job, 1), Error::<Test>::RevealNotOver);
		skip_to(8);
		assert_ok!(WorkProofs::close_demand(signed(STRANGER), job, 1));

		assert_eq!(Refusals::get(), vec![(job, Fault::Withheld)]);
		// Whoever demands need not announce it: a demand that is on chain cannot be made again by somebody else.
		let report = OffenceReport { reporter: Some(CHALLENGER), ..offence(job, Offence::DataWithheld, 7) };
		assert_eq!(Reports::get(), vec![report]);
		assert_eq!(free(CHALLENGER), ENDOWMENT);
		let (provider, by) = (PROVIDER, CHALLENGER);
		let event = Event::UnitWithheld { job, index: 1, provider, by, deposit: DEPOSIT, slashed: SLASH };
		assert_eq!(events().last(), Some(&event));
		assert_noop!(WorkProofs::close_demand(signed(STRANGER), job, 1), Error::<Test>::NoDemand);
	});
}

#[test]
fn close_demand_should_give_deposit_back_when_the_job_has_ended() {
	build_and_execute(|| {
		let job = committed(true);
		assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, 1));
		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), job, 3));
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		// At once: nothing is left to be revealed.
		let info = WorkProofs::close_demand(signed(CHALLENGER), job, 1).unwrap();
		assert_eq!(info.actual_weight, Some(<() as WeightInfo>::close_demand_moot()));
		assert_eq!(free(CHALLENGER), ENDOWMENT);
		let event = Event::DemandDropped { job, index: 1, by: CHALLENGER, deposit: DEPOSIT };
		assert_eq!(events().last(), Some(&event));
		assert_eq!(Reports::get().len(), 1);
		run_to(9);
		assert_eq!(free(STRANGER), ENDOWMENT);
		assert_eq!(Reports::get().len(), 1, "the provider is slashed once");
	});
}

#[test]
fn close_demand_should_give_deposit_to_treasury_when_its_owner_cannot_take_it() {
	build_and_execute(|| {
		DemandDeposit::set(9);
		let job = demanded();
		DemandDeposit::set(DEPOSIT);
		impoverish(CHALLENGER);
		skip_to(8);
		assert_ok!(WorkProofs::close_demand(signed(STRANGER), job, 1));
		assert_eq!(free(TREASURY), ENDOWMENT + 9);
		assert_eq!(unexpected(), vec![UnexpectedKind::DepositDiverted { account: CHALLENGER, amount: 9 }]);
		assert_eq!(Refusals::get(), vec![(job, Fault::Withheld)]);
	});
}
