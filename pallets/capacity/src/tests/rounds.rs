//! Commitments, challenges, proofs, and what the lack of them costs.

use crate::{mock::*, *};
use assay_proofs::draw::QUALITY_ONE;
use frame_support::assert_ok;

fn offences() -> Vec<(MachineId, Offence)> {
	Reports::get().into_iter().map(|report| (report.machine, report.offence)).collect()
}

fn frauds() -> Vec<(MachineId, Offence)> {
	offences().into_iter().filter(|(_, offence)| *offence == Offence::FalseCapacity).collect()
}

#[test]
fn machine_should_be_credited_when_it_proves() {
	build_and_execute(|| {
		let machine = drawn();
		// As it was at the draw.
		let quality = quality_of(machine);
		let round = commit(machine, true);
		run_to_next_epoch();
		run(1);
		let before = quality_of(machine);
		assert!(before > quality);
		prove(machine, true);
		// Half of the time to commit counts at the least: 7 slots.
		let score = PARAMS.score(7);
		let points = u128::from(score) * u128::from(quality) / u128::from(QUALITY_ONE);
		assert_eq!(Credits::get(), [(ALICE, points)]);
		assert!(events().contains(&Event::Proved { round, machine, provider: ALICE, score, points }));
		assert!(quality_of(machine) > before);
		assert!(offences().is_empty());
		assert!(!Rounds::<Test>::contains_key(round));
	});
}

#[test]
fn points_should_be_the_same_whenever_a_machine_proves() {
	let play = |epochs: u32, blocks: u32| {
		let mut ext = new_test_ext();
		ext.execute_with(|| {
			let (ours, other) = (machine(1, ALICE), machine_of(2, BOB, TIER, Region(9)));
			for _ in 0..3 {
				run_to_next_epoch();
			}
			commit(ours, true);
			run_to_next_epoch();
			for _ in 0..epochs {
				commit(ours, true);
				commit(other, true);
				run_to_next_epoch();
			}
			run(blocks);
			let (quality, factor) = (quality_of(ours), Capacity::region_factor(REGION));
			prove(ours, true);
			(Credits::get(), quality, factor)
		})
	};
	let (at_once, quality, factor) = play(0, 0);
	let (late, later_quality, later_factor) = play(1, 8);
	assert!(later_quality > quality && later_factor != factor);
	assert!(at_once.len() == 1 && at_once == late, "{at_once:?} {late:?}");
}

#[test]
fn regions_should_count_what_is_committed_to_and_not_when_it_is_proved() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		let score = u128::from(PARAMS.score(7));
		assert_eq!(Regions::<Test>::get().table.get(&REGION).map(|sum| sum.latest), Some(score));
		run_to_next_epoch();
		let counted = Regions::<Test>::get();
		assert_eq!(counted.table.get(&REGION).map(|sum| (sum.latest, sum.average)), Some((0, 2 * score)));
		prove(machine, true);
		assert_eq!(Regions::<Test>::get(), counted);
	});
}

#[test]
fn score_should_fall_with_the_time_that_was_needed() {
	build_and_execute(|| {
		let machine = drawn();
		run(11);
		commit(machine, true);
		run_to_next_epoch();
		prove(machine, true);
		let score = PARAMS.score(12);
		assert!(events().iter().any(|event| matches!(event, Event::Proved { score: seen, .. } if *seen == score)));
	});
}

#[test]
fn provider_should_get_nothing_when_it_is_halted_meanwhile() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		run_to_next_epoch();
		Halted::set(vec![ALICE]);
		prove(machine, true);
		assert!(Credits::get().is_empty());
		assert!(offences().is_empty());
	});
}

#[test]
fn machine_should_be_slashed_at_once_when_its_proof_is_wrong() {
	build_and_execute(|| {
		let machine = drawn();
		let round = commit(machine, false);
		run_to_next_epoch();
		prove(machine, false);
		assert_eq!(offences(), [(machine, Offence::FalseCapacity)]);
		assert_eq!(Reports::get()[0].subject, round.0);
		assert_eq!(quality_of(machine), 0);
		assert!(events().contains(&Event::Refuted { round, machine, provider: ALICE, slashed: SLASH }));
		assert!(Credits::get().is_empty());
	});
}

#[test]
fn machine_should_be_slashed_the_same_when_it_commits_and_is_silent() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, false);
		run_to_next_epoch();
		// Until the last block.
		for _ in 0..30 {
			next_block(Weight::MAX);
		}
		assert!(frauds().is_empty());
		next_block(Weight::MAX);
		next_block(Weight::MAX);
		assert_eq!(frauds(), [(machine, Offence::FalseCapacity)]);
		assert!(settled().contains(&(machine, Settled::Silent)));
		assert_eq!(quality_of(machine), 0);
	});
}

#[test]
fn proof_should_be_accepted_until_the_last_block() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		run_to_next_epoch();
		for _ in 0..30 {
			next_block(Weight::MAX);
		}
		let call = prove_call(machine, true);
		assert_ok!(send(call.clone()));
		assert_eq!(send(call), refusal(Refusal::NotDrawn));
		assert!(frauds().is_empty());
	});
}

#[test]
fn proof_should_be_refused_when_it_is_too_early_or_too_late() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		let round = RoundId(0);
		let early = {
			let view = Capacity::assignments(machine, round).pop().unwrap();
			let proof = work(&view, true).open(&Lazy(false), &[0; 32]).unwrap();
			let signature = sign(machine, payload::proof(&genesis(), round, machine, &proof));
			Call::prove { round, machine, proof, signature }
		};
		assert_eq!(send(early), refusal(Refusal::Time));
		run_to_next_epoch();
		let late = prove_call(machine, true);
		System::set_block_number(now() + 31);
		assert_eq!(send(late), refusal(Refusal::Time));
	});
}

#[test]
fn proof_should_be_refused_and_another_accepted_when_it_shows_nothing() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		run_to_next_epoch();
		let honest = prove_call(machine, true);
		let Call::prove { round, proof, .. } = honest.clone() else { panic!() };
		// Of other work, which is not what was committed to.
		let Call::prove { proof: other, .. } = prove_call(machine, false) else { panic!() };
		let signature = sign(machine, payload::proof(&genesis(), round, machine, &other));
		assert_eq!(send(Call::prove { round, machine, proof: other, signature }), refusal(Refusal::Proof));
		// Signed for another one.
		let signature = sign(machine, payload::proof(&genesis(), RoundId(5), machine, &proof));
		assert_eq!(send(Call::prove { round, machine, proof, signature }), refusal(Refusal::Signature));
		assert_ok!(send(honest));
		assert!(offences().is_empty());
	});
}

#[test]
fn commitment_should_be_taken_once_and_in_time() {
	build_and_execute(|| {
		let machine = drawn();
		let call = commit_call(machine, true);
		assert_ok!(send(call.clone()));
		assert_eq!(send(call), refusal(Refusal::Commitment));
	});
	build_and_execute(|| {
		let machine = drawn();
		let call = commit_call(machine, true);
		run(13);
		assert_eq!(send(call), refusal(Refusal::Time));
	});
}

#[test]
fn commitment_should_be_refused_when_the_machine_was_not_drawn() {
	build_and_execute(|| {
		let machine = drawn();
		let other = machine_of(2, BOB, TIER, REGION);
		let Call::commit { round, commitment, .. } = commit_call(machine, true) else { panic!() };
		let signature = sign(other, payload::commitment(&genesis(), round, other, &commitment));
		let call = Call::commit { round, machine: other, commitment, signature: signature.clone() };
		assert_eq!(send(call), refusal(Refusal::NotDrawn));
		assert_eq!(send(Call::commit { round, machine, commitment, signature }), refusal(Refusal::Signature));
		let signature = sign(machine, payload::commitment(&genesis(), RoundId(1), machine, &commitment));
		let call = Call::commit { round: RoundId(1), machine, commitment, signature };
		assert_eq!(send(call), refusal(Refusal::NotDrawn));
	});
}

#[test]
fn machine_should_be_reported_when_it_does_not_commit() {
	build_and_execute(|| {
		let machine = drawn();
		let before = quality_of(machine);
		run_to_next_epoch();
		run(1);
		assert_eq!(offences(), [(machine, Offence::MissedChallenge)]);
		assert_eq!(settled(), [(machine, Settled::Missed)]);
		assert!(quality_of(machine) < before);
	});
}

#[test]
fn machine_should_owe_its_round_whatever_it_does_on_the_market_after_the_draw() {
	let acts: [fn(MachineId); 4] = [
		// A bid that stands.
		|machine| <Capacity as MachineObserver<AccountId>>::busy(machine),
		// A bid that was beaten, or a job that was done soon.
		|machine| {
			<Capacity as MachineObserver<AccountId>>::busy(machine);
			run(1);
			<Capacity as MachineObserver<AccountId>>::idle(machine);
		},
		// Work that goes on beyond the commitments, and beyond the epoch.
		|machine| {
			<Capacity as MachineObserver<AccountId>>::busy(machine);
			run(13);
		},
		|machine| {
			<Capacity as MachineObserver<AccountId>>::busy(machine);
			run_to_next_epoch_unsettled();
		},
	];
	for act in acts {
		build_and_execute(|| {
			let machine = drawn();
			act(machine);
			if epoch() == 3 {
				run_to_next_epoch();
			}
			run(1);
			assert_eq!(offences(), [(machine, Offence::MissedChallenge)]);
			assert_eq!(settled(), [(machine, Settled::Missed)]);
		});
	}
}

#[test]
fn machine_should_commit_and_prove_when_it_has_work_that_came_after_the_draw() {
	build_and_execute(|| {
		let machine = drawn();
		<Capacity as MachineObserver<AccountId>>::busy(machine);
		commit(machine, true);
		run_to_next_epoch();
		assert_ok!(send(prove_call(machine, true)));
		assert!(offences().is_empty());
	});
}

#[test]
fn round_should_be_void_when_an_epoch_is_skipped_or_brings_nothing() {
	let end: [fn(); 3] = [
		|| begin_block(5, 0),
		|| {
			Dark::set(true);
			run_to_next_epoch();
		},
		// Too few blocks.
		|| begin_block(4, 0),
	];
	for end in end {
		build_and_execute(|| {
			let machine = drawn();
			let round = commit(machine, false);
			end();
			assert_eq!(Rounds::<Test>::get(round).unwrap().stage, Stage::Void);
			run(1);
			assert!(offences().is_empty());
			assert_eq!(settled(), [(machine, Settled::Void)]);
			assert!(!Rounds::<Test>::contains_key(round));
			assert!(Credits::get().is_empty());
		});
	}
}

#[test]
fn round_should_be_answered_by_the_key_of_its_draw() {
	build_and_execute(|| {
		let machine = drawn();
		assert_ok!(Capacity::set_device(signed(ALICE), machine, Some(5)));
		commit(machine, true);
		run_to_next_epoch();
		<Capacity as MachineObserver<AccountId>>::deregistered(machine);
		prove(machine, true);
		assert!(offences().is_empty());
	});
}

#[test]
fn slash_that_fails_should_leave_nothing_but_an_event() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, false);
		run_to_next_epoch();
		SlashFails::set(true);
		prove(machine, false);
		assert!(offences().is_empty());
		let round = RoundId(0);
		let error = sp_runtime::DispatchError::Unavailable;
		let kind = UnexpectedKind::SlashFailed { machine, round, error };
		assert!(events().contains(&Event::Unexpected { kind }));
		assert!(!Rounds::<Test>::contains_key(round));
	});
}

#[test]
fn assignments_should_begin_with_what_there_is_the_least_time_for() {
	build_and_execute(|| {
		let machine = drawn();
		let kinds = || -> Vec<(u64, &str)> {
			let kind = |task| match task {
				DeviceTask::Commit { .. } => "commit",
				DeviceTask::Prove { .. } => "prove",
				DeviceTask::Wait => "wait",
			};
			let all = Capacity::assignments(machine, RoundId(0)).into_iter();
			all.map(|assignment| (assignment.round.0, kind(assignment.task))).collect()
		};
		assert_eq!(kinds(), [(0, "commit")]);
		commit(machine, true);
		assert_eq!(kinds(), [(0, "wait")]);
		run_to_next_epoch();
		// 13 slots to commit, 30 blocks to prove.
		assert_eq!(kinds(), [(1, "commit"), (0, "prove")]);
		commit(machine, true);
		assert_eq!(kinds(), [(0, "prove"), (1, "wait")]);
		run_to_next_epoch();
		assert_eq!(kinds(), [(0, "prove"), (2, "commit"), (1, "prove")]);
		// It is too late to commit, and from the next block on to prove, though nothing of it is settled yet.
		for _ in 0..13 {
			next_block(Weight::zero());
		}
		assert_eq!(kinds(), [(1, "prove")]);
		assert!(Draws::<Test>::contains_key(RoundId(2), machine));
		assert!(Commitments::<Test>::contains_key(RoundId(0), machine));
	});
}

#[test]
fn assignments_should_not_be_crowded_out_by_rounds_that_are_over() {
	build_and_execute(|| {
		let machine = drawn();
		// Of many rounds nothing was settled, as blocks were full.
		let draw = Draws::<Test>::get(RoundId(0), machine).unwrap();
		let round = Rounds::<Test>::get(RoundId(0)).unwrap();
		for id in 1..=300 {
			let stage = Stage::Proving { randomness: H256::zero(), since: 0, until: 0 };
			Rounds::<Test>::insert(RoundId(id), Round { stage, ..round.clone() });
			let commitment = Commitment { draw: draw.clone(), hash: H256::zero(), elapsed: 0 };
			Commitments::<Test>::insert(RoundId(id), machine, commitment);
		}
		Rounds::<Test>::mutate(RoundId(0), |round| {
			round.as_mut().unwrap().stage = Stage::Proving { randomness: H256::zero(), since: 0, until: 0 };
		});
		NextRound::<Test>::put(RoundId(301));
		run_to_next_epoch_unsettled();
		let all = Capacity::assignments(machine, RoundId(0));
		assert_eq!(all.iter().map(|view| view.round).collect::<Vec<_>>(), [RoundId(301)]);
		// What was made up here is not what the invariants expect, but ends like all else.
		run(1);
		assert_eq!(Commitments::<Test>::iter().count(), 0);
	});
}

#[test]
fn machine_should_have_no_rounds_when_its_class_has_none() {
	build_and_execute(|| {
		let machine = machine_of(1, ALICE, NO_ROUNDS, REGION);
		for _ in 0..5 {
			run_to_next_epoch();
		}
		assert!(Machines::<Test>::get(machine).unwrap().seat.is_some());
		assert_eq!(NextRound::<Test>::get(), RoundId(0));
	});
}

#[test]
fn points_should_be_score_by_quality_and_factor() {
	use crate::rounds::points;
	use crate::scarcity::{FACTOR_ONE, MAX_FACTOR};
	assert_eq!(points(1_000, QUALITY_ONE, FACTOR_ONE), 1_000);
	assert_eq!(points(1_000, QUALITY_ONE / 2, MAX_FACTOR), 1_000);
	assert_eq!(points(u64::MAX, QUALITY_ONE, MAX_FACTOR), 2 * u128::from(u64::MAX));
	assert_eq!(points(1_000, 0, MAX_FACTOR), 0);
}

#[test]
fn weights_of_proofs_should_cover_their_parameters() {
	use crate::rounds::{kib, openings_charged, MAX_KIB};
	let cases = [
		PARAMS,
		Params::STANDARD,
		Params { n: 8_192, openings: 64, ..Params::STANDARD },
		Params { n: 65_536, rows_per_block: 1_024, openings: 16, steps: 256 },
	];
	for params in cases {
		assert_eq!(params.validate(), Ok(()));
		assert!(u64::from(kib(&params)) * 1_024 >= params.expanded());
		assert!(kib(&params) <= openings_charged(params.openings as usize));
	}
	assert_eq!(openings_charged(usize::MAX), MAX_KIB);
}
