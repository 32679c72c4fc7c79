//! Disputes: who is right, who pays, and what is no dispute.

use crate::{mock::*, *};
use assay_primitives::{Offence, UnitRun};
use assay_proofs::Trap;
use frame_support::{assert_noop, assert_ok, assert_storage_noop};

/// What is wrong with the dispute of `error`, and the weight that is charged for it.
fn refused(result: DispatchResultWithPostInfo) -> (DispatchError, Option<Weight>) {
	let failed = result.unwrap_err();
	(failed.error, failed.post_info.actual_weight)
}

/// What a dispute is charged for that fails before its blobs are looked at.
fn cheap() -> Weight {
	<() as WeightInfo>::dispute_refused(0)
}

#[test]
fn dispute_unit_should_refund_client_and_slash_provider_when_unit_is_wrong() {
	build_and_execute(|| {
		run_to(4);
		let job = committed(true);
		run_to(6);
		let info = dispute(CHALLENGER, job, 2, true).unwrap();

		assert_eq!(info.pays_fee, Pays::No);
		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)]);
		assert_eq!(Reports::get(), vec![offence(job, Offence::WrongWork, 4)]);
		assert_eq!((free(CHALLENGER), free(PROVIDER)), (ENDOWMENT, ENDOWMENT));
		let event = Event::UnitRefuted {
			job,
			index: 2,
			provider: PROVIDER,
			challenger: CHALLENGER,
			claimed: H256([9; 32]),
			found: hash(&echo(2)),
			gas: 10,
			slashed: SLASH,
		};
		assert_eq!(events(), vec![event]);
	});
}

#[test]
fn dispute_unit_should_give_bond_to_provider_when_unit_is_right() {
	build_and_execute(|| {
		let job = committed(true);
		for index in [0, 1, 3, 4] {
			let info = dispute(CHALLENGER, job, index, true).unwrap();
			assert_eq!(info.pays_fee, Pays::Yes);
		}

		assert!(Refusals::get().is_empty() && Reports::get().is_empty());
		assert_eq!((free(CHALLENGER), free(PROVIDER)), (ENDOWMENT - 4 * BOND, ENDOWMENT + 4 * BOND));
		let event =
			Event::UnitUpheld { job, index: 4, provider: PROVIDER, challenger: CHALLENGER, gas: 10, paid: BOND };
		assert_eq!(events().last(), Some(&event));
		// The wrong one can be disputed after that all the same.
		assert_ok!(dispute(STRANGER, job, 2, true));
	});
}

#[test]
fn dispute_unit_should_be_open_to_the_client() {
	build_and_execute(|| {
		let job = committed(true);
		assert_ok!(dispute(CLIENT, job, 2, true));
		assert_eq!(Reports::get()[0].wronged, Some(CLIENT));
	});
}

#[test]
fn dispute_unit_should_uphold_a_trap_when_the_unit_traps() {
	build_and_execute(|| {
		let all = [out_of_gas().0; UNITS as usize];
		let job = committed_as(GREEDY, &all);
		let opening = merkle::prove(&all, 1).unwrap();
		assert_ok!(WorkProofs::dispute_unit(
			signed(CHALLENGER),
			job,
			1,
			out_of_gas(),
			opening,
			GAS,
			guest(GREEDY),
			input(INPUT)
		));
		assert_eq!(free(PROVIDER), ENDOWMENT + BOND);
	});
}

#[test]
fn dispute_unit_should_refute_a_trap_when_the_unit_ends_well() {
	build_and_execute(|| {
		let all = [UnitOutput::<Test>::Trapped(Trap::Unreachable).outcome().0; UNITS as usize];
		let job = committed_as(ECHO, &all);
		let opening = merkle::prove(&all, 1).unwrap();
		assert_ok!(WorkProofs::dispute_unit(
			signed(CHALLENGER),
			job,
			1,
			H256(all[1]),
			opening,
			GAS,
			guest(ECHO),
			input(INPUT)
		));
		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)]);
	});
}

#[test]
fn dispute_unit_should_refute_an_output_when_the_unit_traps() {
	build_and_execute(|| {
		let all = outcomes(false);
		let job = committed_as(GREEDY, &all);
		let opening = merkle::prove(&all, 1).unwrap();
		let (guest, input) = (guest(GREEDY), input(INPUT));
		assert_ok!(WorkProofs::dispute_unit(signed(CHALLENGER), job, 1, H256(all[1]), opening, GAS, guest, input));
		assert!(matches!(events()[..], [Event::UnitRefuted { gas: GAS, .. }]));
	});
}

#[test]
fn dispute_unit_should_fail_when_job_has_no_result_or_none_any_more() {
	build_and_execute(|| {
		let job = committed(true);
		assert_eq!(refused(dispute(CHALLENGER, JobId(9), 2, true)).0, NO_RESULT);
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		// The second to dispute comes too late, and pays for little more than the look.
		let (error, weight) = refused(dispute(STRANGER, job, 2, true));
		assert_eq!((error, weight), (NO_RESULT, Some(cheap())));
		assert_eq!(Reports::get().len(), 1);
	});
}

#[test]
fn dispute_unit_should_fail_when_caller_is_the_provider() {
	build_and_execute(|| {
		let job = committed(true);
		assert_eq!(refused(dispute(PROVIDER, job, 2, true)).0, Error::<Test>::OwnResult.into());
	});
}

#[test]
fn dispute_unit_should_fail_when_unit_does_not_exist() {
	build_and_execute(|| {
		let job = committed(true);
		let opening = merkle::prove(&outcomes(true), 4).unwrap();
		let claimed = H256(outcomes(true)[4]);
		let (guest, input) = (guest(ECHO), input(INPUT));
		for index in [UNITS, u32::MAX] {
			let failed = WorkProofs::dispute_unit(
				signed(CHALLENGER),
				job,
				index,
				claimed,
				opening.clone(),
				GAS,
				guest.clone(),
				input.clone(),
			);
			assert_eq!(refused(failed).0, Error::<Test>::NoSuchUnit.into());
		}
	});
}

#[test]
fn dispute_unit_should_fail_when_opening_does_not_lead_to_the_root() {
	build_and_execute(|| {
		let job = committed(false);
		// What nobody committed to cannot be refuted.
		assert_eq!(refused(dispute(CHALLENGER, job, 2, true)).0, Error::<Test>::OpeningInvalid.into());
		let (claimed, opening) = (H256(outcomes(false)[2]), merkle::prove(&outcomes(false), 3).unwrap());
		let failed =
			WorkProofs::dispute_unit(signed(CHALLENGER), job, 2, claimed, opening, GAS, guest(ECHO), input(INPUT));
		assert_eq!(refused(failed).0, Error::<Test>::OpeningInvalid.into());
	});
}

#[test]
fn dispute_unit_should_fail_when_gas_limit_is_below_the_jobs() {
	build_and_execute(|| {
		let job = committed(true);
		let (claimed, opening) = (H256(outcomes(true)[2]), merkle::prove(&outcomes(true), 2).unwrap());
		let call = |gas| {
			let (guest, input) = (guest(ECHO), input(INPUT));
			WorkProofs::dispute_unit(signed(CHALLENGER), job, 2, claimed, opening.clone(), gas, guest, input)
		};
		assert_eq!(refused(call(GAS - 1)).0, Error::<Test>::GasLimitTooLow.into());
		assert_ok!(call(GAS + 1));
	});
}

#[test]
fn dispute_unit_should_fail_when_blobs_are_not_the_jobs() {
	build_and_execute(|| {
		let job = committed(true);
		let (claimed, opening) = (H256(outcomes(true)[2]), merkle::prove(&outcomes(true), 2).unwrap());
		let cases: [(&[u8], &[u8], Error<Test>); 3] = [
			(GREEDY, INPUT, Error::<Test>::GuestMismatch),
			(ECHO, b"another scene", Error::<Test>::InputMismatch),
			(b"", INPUT, Error::<Test>::GuestMismatch),
		];
		for (bytes, scene, error) in cases {
			let origin = signed(CHALLENGER);
			let (guest, input) = (guest(bytes), input(scene));
			// Whoever sends them pays for their being looked at, and not for a run.
			let weight = WorkProofs::refused_weight(guest.len(), input.len());
			assert_storage_noop!({
				let failed = WorkProofs::dispute_unit(origin, job, 2, claimed, opening.clone(), GAS, guest, input);
				assert_eq!(refused(failed), (error.into(), Some(weight)));
			});
		}
		assert_eq!(free(CHALLENGER), ENDOWMENT);
	});
}

#[test]
fn dispute_unit_should_give_no_verdict_when_the_arbiter_cannot_run_the_unit() {
	build_and_execute(|| {
		let all = outcomes(true);
		let (claimed, opening) = (H256(all[2]), merkle::prove(&all, 2).unwrap());
		let root = H256(merkle::root(&all).unwrap());
		let other = |guest: &[u8], engine, gas_per_unit| {
			commit(MockJob { engine, gas_per_unit, ..mock_job(hash(guest), hash(INPUT), root) })
		};
		let hashed = Some(WorkProofs::refused_weight(ECHO.len(), INPUT.len()));
		for (bytes, engine, gas, error, weight) in [
			(POISON, 1, GAS, Error::<Test>::ArbiterFailed, None),
			(ECHO, 2, GAS, Error::<Test>::UnknownEngine, hashed),
			(ECHO, 1, 16_000_001, Error::<Test>::GasLimitTooHigh, hashed),
		] {
			let job = other(bytes, EngineVersion(engine), gas);
			let origin = signed(CHALLENGER);
			let (guest, input) = (guest(bytes), input(INPUT));
			assert_storage_noop!({
				let failed = WorkProofs::dispute_unit(origin, job, 2, claimed, opening.clone(), gas, guest, input);
				assert_eq!(refused(failed), (error.into(), weight));
			});
		}
		assert_eq!(free(CHALLENGER), ENDOWMENT);
	});
}

/// Whoever commits to outputs of it has not run it.
#[test]
fn dispute_unit_should_refute_outputs_of_a_guest_that_is_none() {
	build_and_execute(|| {
		let all = outcomes(true);
		let root = H256(merkle::root(&all).unwrap());
		let job = commit(mock_job(hash(INVALID), hash(INPUT), root));
		let (claimed, opening) = (H256(all[2]), merkle::prove(&all, 2).unwrap());
		let (guest, input) = (guest(INVALID), input(INPUT));
		let info = WorkProofs::dispute_unit(signed(CHALLENGER), job, 2, claimed, opening, GAS, guest, input).unwrap();
		assert_eq!(info.actual_weight, Some(WorkProofs::dispute_weight(0, INVALID.len(), INPUT.len())));
		assert_eq!(Refusals::get().len(), 1);
		assert_eq!(Verdicts::get(), vec![(job, 2, UnitRun { outcome: invalid_guest(), gas: 0 }, true)]);
	});
}

/// Checkers who have voted otherwise were wrong, and not who has shown it.
#[test]
fn dispute_unit_should_cost_nothing_when_others_lose_at_least_the_bond_by_it() {
	build_and_execute(|| {
		for (lost, paid, pays_fee) in [(BOND - 1, BOND, Pays::Yes), (BOND, 0, Pays::No)] {
			Lost::set(lost);
			let job = committed(true);
			let before = free(CHALLENGER);
			assert_eq!(dispute(CHALLENGER, job, 1, true).unwrap().pays_fee, pays_fee);
			assert_eq!(before - free(CHALLENGER), paid);
			assert!(matches!(events().last(), Some(Event::UnitUpheld { paid: told, .. }) if *told == paid));
		}
	});
}

#[test]
fn dispute_unit_should_fail_when_the_bond_could_not_be_paid() {
	build_and_execute(|| {
		let job = committed(true);
		let error = || (Error::<Test>::BondNotCovered.into(), Some(cheap()));
		assert_storage_noop!(assert_eq!(refused(dispute(POOR, job, 2, true)), error()));
		// The existential deposit must stay.
		DisputeBond::set(ENDOWMENT - 9);
		assert_storage_noop!(assert_eq!(refused(dispute(CHALLENGER, job, 2, true)), error()));
		DisputeBond::set(ENDOWMENT - 10);
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		DisputeBond::set(BOND);
	});
}

#[test]
fn dispute_unit_should_cost_the_fee_when_less_than_the_bond_is_slashed() {
	build_and_execute(|| {
		for (slashed, pays_fee) in [(0, Pays::Yes), (BOND - 1, Pays::Yes), (BOND, Pays::No)] {
			Slashed::set(slashed);
			let info = dispute(CHALLENGER, committed(true), 2, true).unwrap();
			assert_eq!(info.pays_fee, pays_fee, "{slashed} slashed");
		}
		assert_eq!((Refusals::get().len(), free(CHALLENGER)), (3, ENDOWMENT));
	});
}

#[test]
fn dispute_unit_should_refund_and_cost_the_fee_when_slashing_fails() {
	build_and_execute(|| {
		let job = committed(true);
		SlashFails::set(true);
		assert_eq!(dispute(CHALLENGER, job, 2, true).unwrap().pays_fee, Pays::Yes);

		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)]);
		let error = DispatchError::Unavailable;
		assert_eq!(unexpected(), vec![UnexpectedKind::SlashFailed { job, provider: PROVIDER, error }]);
		assert_eq!(System::account_nonce(PROVIDER), 0, "what the failed slash wrote was rolled back");
		assert!(matches!(events().last(), Some(Event::UnitRefuted { slashed: 0, .. })));
	});
}

#[test]
fn dispute_unit_should_refund_when_machine_is_missing() {
	build_and_execute(|| {
		let job = committed(true);
		MachineLost::set(true);
		assert_eq!(dispute(CHALLENGER, job, 2, true).unwrap().pays_fee, Pays::Yes);
		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)]);
		assert_eq!(unexpected(), vec![UnexpectedKind::MachineMissing { job, machine: MACHINE }]);
		assert!(Reports::get().is_empty());
	});
}

#[test]
fn dispute_unit_should_give_bond_to_treasury_when_provider_cannot_take_it() {
	build_and_execute(|| {
		let job = committed(false);
		impoverish(PROVIDER);
		DisputeBond::set(9);
		assert_ok!(dispute(CHALLENGER, job, 2, false));
		DisputeBond::set(BOND);
		assert_eq!((free(PROVIDER), free(TREASURY)), (0, ENDOWMENT + 9));
		assert_eq!(unexpected(), vec![UnexpectedKind::DepositDiverted { account: PROVIDER, amount: 9 }]);
		assert!(matches!(events().last(), Some(Event::UnitUpheld { paid: 0, .. })));
	});
}

#[test]
fn dispute_unit_should_charge_for_gas_that_was_used_and_blobs_that_were_sent() {
	build_and_execute(|| {
		let (used, all) = (WorkProofs::dispute_weight(10, 4, 5), WorkProofs::dispute_weight(GAS * 1_000, 4, 5));
		assert!(used.ref_time() < all.ref_time());
		let job = committed(false);
		let (claimed, opening) = (H256(outcomes(false)[2]), merkle::prove(&outcomes(false), 2).unwrap());
		let call = Call::<Test>::dispute_unit {
			job,
			index: 2,
			claimed,
			opening,
			gas_limit: GAS * 1_000,
			guest: guest(ECHO),
			input: input(INPUT),
		};
		let charged = frame_support::dispatch::GetDispatchInfo::get_dispatch_info(&call).call_weight;
		assert_eq!(charged, all);
		let info = frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call, signed(CHALLENGER));
		assert_eq!(info.unwrap().actual_weight, Some(used));
	});
}

#[test]
fn dispute_weight_should_not_overflow_when_gas_limit_is_absurd() {
	let weight = WorkProofs::dispute_weight(Gas::MAX, usize::MAX, usize::MAX);
	assert!(weight.all_gte(WorkProofs::max_dispute_weight()));
}

#[test]
fn dispute_quote_should_tell_what_a_dispute_takes() {
	build_and_execute(|| {
		let job = committed(true);
		let weight = WorkProofs::dispute_weight(GAS, 4, 5);
		let expected = DisputeQuote { bond: BOND, gas_limit: GAS, engine: EngineVersion(1), weight };
		assert_eq!(WorkProofs::dispute_quote(job, 4, 5), Some(expected));
		assert_eq!(WorkProofs::dispute_quote(JobId(9), 4, 5), None);
	});
}

#[test]
fn verdicts_should_be_told_of_when_a_unit_was_run() {
	build_and_execute(|| {
		let job = committed(true);
		let run = |index| UnitRun { outcome: hash(&echo(index)), gas: 10 };
		assert_ok!(dispute(CHALLENGER, job, 1, true));
		assert_ok!(dispute(CHALLENGER, job, 2, true));
		assert_eq!(Verdicts::get(), vec![(job, 1, run(1), false), (job, 2, run(2), true)]);
	});
}

#[test]
fn result_should_be_refused_as_withheld_when_others_have_established_it() {
	build_and_execute(|| {
		let job = committed(false);
		assert_ok!(WorkProofs::withheld(job, 1));
		assert_eq!(Refusals::get(), vec![(job, Fault::Withheld)]);
		assert_eq!(Reports::get(), vec![offence(job, Offence::DataWithheld, 1)]);
		assert_noop!(WorkProofs::withheld(job, 1), NO_RESULT);
	});
}

#[test]
fn units_of_a_range_should_keep_their_indices_and_be_opened_from_its_first_on() {
	build_and_execute(|| {
		// The range has units 10 to 14, of which 12 is wrong.
		let wrong = [9; 32];
		let all: Vec<_> = (10..15).map(|index| if index == 12 { wrong } else { hash(&echo(index)).0 }).collect();
		let root = H256(merkle::root(&all).unwrap());
		let job = commit(MockJob { first: 10, ..mock_job(hash(ECHO), hash(INPUT), root) });
		let dispute = |index: u32, place: u32| {
			let (claimed, opening) = (H256(all[place as usize]), merkle::prove(&all, place).unwrap());
			WorkProofs::dispute_unit(signed(CHALLENGER), job, index, claimed, opening, GAS, guest(ECHO), input(INPUT))
		};
		for (index, place) in [(2, 2), (9, 0), (15, 4)] {
			assert_eq!(refused(dispute(index, place)).0, Error::<Test>::NoSuchUnit.into());
			assert_noop!(WorkProofs::demand_unit(signed(CHALLENGER), job, index), Error::<Test>::NoSuchUnit);
		}
		assert_eq!(refused(dispute(12, 3)).0, Error::<Test>::OpeningInvalid.into());
		assert_eq!(dispute(11, 1).unwrap().pays_fee, Pays::Yes);
		assert!(Refusals::get().is_empty());

		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), job, 13));
		let output = UnitOutput::Bytes(echo(13).try_into().unwrap());
		assert_ok!(WorkProofs::reveal_unit(signed(PROVIDER), job, 13, output, merkle::prove(&all, 3).unwrap()));

		assert_ok!(dispute(12, 2));
		assert_eq!(Refusals::get(), vec![(job, Fault::Refuted)]);
		assert!(matches!(events().last(), Some(Event::UnitRefuted { index: 12, .. })));
	});
}
