//! Random sequences of everything that machines, providers, devices and the chain's clock can do.
//!
//! After every step:
//!
//! - INV1: all of `try_state`.
//! - INV2: a transaction that is refused, or a call that fails, has changed nothing.
//! - INV3: nobody is slashed for capacity who worked honestly and answered in time, and each part of a machine in a round
//!   ends once: proved, refuted or settled.
//! - INV4: whatever is credited was proved.
//! - INV5: whoever has not committed is excused by nothing but a void round, whatever the market says of its machine.

use crate::{mock::*, *};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
	Register { provider: AccountId, tier: u8, region: u16 },
	Leave { machine: u64 },
	Busy { machine: u64, busy: bool },
	Commit { machine: u64, honest: bool },
	Prove { machine: u64 },
	Halt { provider: AccountId, halted: bool },
	Dark { dark: bool },
	FailSlashes { fail: bool },
	Skip { epochs: u64 },
	Blocks { count: u32, room: u8, silent: u64 },
	Epoch,
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		4 => (1..4u64, 1..10u8, 0..3u16).prop_map(|(provider, tier, region)| Step::Register { provider, tier, region }),
		1 => (0..8u64).prop_map(|machine| Step::Leave { machine }),
		3 => (0..8u64, any::<bool>()).prop_map(|(machine, busy)| Step::Busy { machine, busy }),
		8 => (0..8u64, any::<bool>()).prop_map(|(machine, honest)| Step::Commit { machine, honest }),
		6 => (0..8u64).prop_map(|machine| Step::Prove { machine }),
		1 => (1..4u64, any::<bool>()).prop_map(|(provider, halted)| Step::Halt { provider, halted }),
		1 => any::<bool>().prop_map(|dark| Step::Dark { dark }),
		1 => any::<bool>().prop_map(|fail| Step::FailSlashes { fail }),
		1 => (1..4u64).prop_map(|epochs| Step::Skip { epochs }),
		3 => (1..8u32, 0..3u8, 0..16u64).prop_map(|(count, room, silent)| Step::Blocks { count, room, silent }),
		8 => Just(Step::Epoch),
	]
}

#[derive(Default)]
struct Known {
	next: u64,
	/// By round and machine, whether the commitment is honest.
	commitments: BTreeMap<(RoundId, MachineId), bool>,
}

impl Known {
	fn pick(machine: u64) -> Option<MachineId> {
		let there = Machines::<Test>::iter().filter(|(_, entry)| !entry.gone);
		let mut all: Vec<MachineId> = there.map(|(machine, _)| machine).collect();
		all.sort();
		all.get(machine as usize % all.len().max(1)).copied()
	}

	/// A machine that has something to do, if there is one.
	fn pick_asked(machine: u64, wanted: fn(&DeviceTask<u32>) -> bool) -> Option<(MachineId, Assignment<u32>)> {
		let machines: BTreeSet<MachineId> = Draws::<Test>::iter()
			.map(|(_, machine, _)| machine)
			.chain(Commitments::<Test>::iter().map(|(_, machine, _)| machine))
			.collect();
		let mut asked: Vec<_> = machines
			.into_iter()
			.flat_map(|machine| Capacity::assignments(machine, RoundId(0)).into_iter().map(move |view| (machine, view)))
			.filter(|(_, view)| wanted(&view.task))
			.collect();
		if asked.is_empty() {
			return None;
		}
		let at = machine as usize % asked.len();
		Some(asked.swap_remove(at))
	}

	fn apply(&mut self, step: Step) {
		match step {
			Step::Register { provider, tier, region } => {
				if self.next < 12 {
					machine_of(self.next, provider, Tier(tier), Region(region));
					self.next += 1;
				}
			},
			Step::Leave { machine } => {
				let idle = |machine: &MachineId| !Machines::<Test>::get(machine).unwrap().busy;
				if let Some(machine) = Self::pick(machine).filter(idle) {
					<Capacity as MachineObserver<AccountId>>::deregistered(machine);
				}
			},
			Step::Busy { machine, busy } => match Self::pick(machine) {
				Some(machine) if busy => <Capacity as MachineObserver<AccountId>>::busy(machine),
				Some(machine) => <Capacity as MachineObserver<AccountId>>::idle(machine),
				None => (),
			},
			Step::Commit { machine, honest } => {
				let wanted = |task: &DeviceTask<u32>| matches!(task, DeviceTask::Commit { .. });
				let Some((machine, view)) = Self::pick_asked(machine, wanted) else { return };
				let commitment = H256(work(&view, honest).commitment().unwrap());
				let round = view.round;
				let signature = sign(machine, payload::commitment(&genesis(), round, machine, &commitment));
				send(Call::commit { round, machine, commitment, signature }).unwrap();
				self.commitments.insert((round, machine), honest);
			},
			Step::Prove { machine } => {
				let wanted = |task: &DeviceTask<u32>| matches!(task, DeviceTask::Prove { .. });
				let Some((machine, view)) = Self::pick_asked(machine, wanted) else { return };
				let DeviceTask::Prove { challenge, until } = view.task else { return };
				let round = view.round;
				let honest = self.commitments[&(round, machine)];
				let proof = work(&view, honest).open(&Lazy(!honest), &challenge.0).unwrap();
				let signature = sign(machine, payload::proof(&genesis(), round, machine, &proof));
				let call = Call::prove { round, machine, proof, signature };
				let sent = send(call.clone());
				assert_eq!(sent.is_ok(), now() <= until);
				let before = state_root();
				assert!(send(call).is_err(), "a proof was taken twice");
				assert_eq!(before, state_root());
			},
			Step::Halt { provider, halted } => {
				Halted::mutate(|all| {
					all.retain(|who| *who != provider);
					all.extend(halted.then_some(provider));
				});
			},
			Step::Dark { dark } => Dark::set(dark),
			Step::FailSlashes { fail } => SlashFails::set(fail),
			Step::Skip { epochs } => begin_block(epoch() + epochs, 0),
			Step::Blocks { count, room, silent } => {
				for _ in 0..count {
					for machine in Machines::<Test>::iter_keys().filter(|machine| machine.0 != silent) {
						let _ = heartbeat(machine);
					}
					let room = match room {
						0 => Weight::zero(),
						1 => Capacity::backlog_weight(1),
						_ => Weight::MAX,
					};
					next_block(room);
				}
			},
			Step::Epoch => run_to_next_epoch(),
		}
	}

	/// INV3, INV4 and INV5.
	fn check(&self) {
		let (mut ended, mut void) = (BTreeSet::new(), BTreeSet::new());
		let mut points = 0;
		for event in events() {
			let end = match event {
				Event::Proved { round, machine, points: gained, .. } => {
					points += gained;
					assert_eq!(self.commitments.get(&(round, machine)), Some(&true));
					(round, machine)
				},
				Event::Refuted { round, machine, .. } => {
					assert_eq!(self.commitments.get(&(round, machine)), Some(&false));
					(round, machine)
				},
				Event::RoundVoid { round } => {
					void.insert(round);
					continue;
				},
				Event::Settled { round, machine, outcome, .. } => {
					let committed = self.commitments.contains_key(&(round, machine));
					let expected = match committed {
						_ if void.contains(&round) => Settled::Void,
						true => Settled::Silent,
						false => Settled::Missed,
					};
					assert_eq!(outcome, expected);
					(round, machine)
				},
				_ => continue,
			};
			assert!(ended.insert(end), "the part of {end:?} ended twice");
		}
		assert_eq!(points, Credits::get().into_iter().map(|(_, points)| points).sum::<u128>());
		let reports: BTreeSet<_> = Reports::get().into_iter().map(|report| (report.subject, report.machine)).collect();
		assert_eq!(reports.len(), Reports::get().len(), "a machine was reported twice for a round");
	}
}

fn state_root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// Carry `steps` out with all checks, then let all time pass. Returns the pallet's events.
fn play(steps: Vec<Step>) -> Vec<Event<Test>> {
	new_test_ext().execute_with(|| {
		let mut known = Known::default();
		for step in steps {
			known.apply(step);
			Capacity::do_try_state().unwrap();
			known.check();
		}
		Dark::set(false);
		for machine in Machines::<Test>::iter_keys().collect::<Vec<_>>() {
			<Capacity as MachineObserver<AccountId>>::deregistered(machine);
		}
		for _ in 0..4 {
			run_to_next_epoch();
		}
		run(40);
		assert_eq!(Rounds::<Test>::iter().count(), 0, "a round is open for ever");
		assert_eq!(DrawPages::<Test>::iter().count(), 0, "a seat is kept for nobody");
		assert_eq!(Changes::<Test>::iter().count(), 0, "a change was not carried out");
		Capacity::do_try_state().unwrap();
		known.check();
		events()
	})
}

fn sequence() -> impl Strategy<Value = Vec<Step>> {
	prop::collection::vec(step(), 1..60)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn rounds_should_end_as_they_must_when_anything_happens_in_any_order(steps in sequence()) {
		play(steps);
	}
}

/// The property above says something only if its sequences get everywhere. These always do, being always the same.
#[test]
fn sequences_should_reach_every_event_and_outcome() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeSet::new();
	for _ in 0..64 {
		for event in play(sequence().new_tree(&mut runner).unwrap().current()) {
			if let Event::Settled { outcome, .. } = &event {
				seen.insert(format!("{outcome:?}"));
			}
			let text = format!("{event:?}");
			let name = text.trim_start_matches("Event::");
			seen.insert(name.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>());
		}
	}
	let expected = [
		"Committed",
		"DeviceSet",
		"MachineDrawn",
		"Missed",
		"Proved",
		"ProvingBegan",
		"Refuted",
		"RoundBegan",
		"RoundEnded",
		"RoundVoid",
		"Settled",
		"Silent",
		"Unexpected",
		"Void",
	];
	assert_eq!(seen.into_iter().collect::<Vec<String>>(), expected);
}
