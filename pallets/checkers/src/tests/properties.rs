//! Random sequences of all calls on honest and dishonest results and on probed machines that come and go, over blocks with and
//! without room for deadlines, with honest, bought, guessing and silent checkers.
//!
//! After every step:
//!
//! - INV1: all of `try_state`; nothing is on hold that the books do not explain; nothing is minted or burned; each open
//!   question will be answered.
//! - INV2: a call that fails has changed nothing.
//! - INV3: what checkers have lost is in the treasury, and is what the events say.
//! - INV4: nobody who has voted as the units come out loses its whole bond.
//! - INV5: nobody is credited whom the chain has found wrong.
//! - INV6: a result is refused as withheld when something was asked for and not shown, and for nothing else.

use crate::{mock::*, *};
use frame_support::traits::Hooks;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug)]
enum Manner {
	Honest,
	Bought,
	Guessing,
}

#[derive(Clone, Debug)]
enum Step {
	Join(AccountId),
	Leave(AccountId),
	Withdraw(AccountId),
	Result { cheating: bool },
	Vote { job: u64, member: u8, manner: Manner },
	Reveal { job: u64, member: u8, manner: Manner },
	Open { job: u64 },
	Miss { job: u64, member: u8 },
	Show { job: u64, right: bool },
	Close { job: u64 },
	Dispute { job: u64, index: u32 },
	Pay { job: u64 },
	Report { probe: u8, member: u8, served: bool },
	Machine { id: u64 },
	Epoch { random: bool },
	Blocks { count: u32, room: bool },
}

fn manner() -> impl Strategy<Value = Manner> {
	prop_oneof![4 => Just(Manner::Honest), 2 => Just(Manner::Bought), 1 => Just(Manner::Guessing)]
}

fn step() -> impl Strategy<Value = Step> {
	let who = proptest::sample::select([CHECKERS.to_vec(), vec![CLIENT, PROVIDER, POOR]].concat());
	let job = 0..6u64;
	prop_oneof![
		3 => who.clone().prop_map(Step::Join),
		1 => who.clone().prop_map(Step::Leave),
		1 => who.prop_map(Step::Withdraw),
		3 => any::<bool>().prop_map(|cheating| Step::Result { cheating }),
		12 => (job.clone(), 0..3u8, manner()).prop_map(|(job, member, manner)| Step::Vote { job, member, manner }),
		12 => (job.clone(), 0..3u8, manner()).prop_map(|(job, member, manner)| Step::Reveal { job, member, manner }),
		4 => job.clone().prop_map(|job| Step::Open { job }),
		6 => (job.clone(), 0..3u8).prop_map(|(job, member)| Step::Miss { job, member }),
		3 => (job.clone(), 0..4u8).prop_map(|(job, right)| Step::Show { job, right: right > 0 }),
		2 => job.clone().prop_map(|job| Step::Close { job }),
		2 => (job.clone(), 0..UNITS).prop_map(|(job, index)| Step::Dispute { job, index }),
		1 => job.prop_map(|job| Step::Pay { job }),
		8 => (any::<u8>(), 0..4u8, any::<bool>())
			.prop_map(|(probe, member, served)| Step::Report { probe, member, served }),
		2 => (0..8u64).prop_map(|id| Step::Machine { id }),
		3 => (0..5u8).prop_map(|dark| Step::Epoch { random: dark > 0 }),
		3 => (1..4u32, any::<bool>()).prop_map(|(count, room)| Step::Blocks { count, room }),
	]
}

#[derive(Default)]
struct Known {
	cheating: BTreeSet<JobId>,
	/// Who has voted otherwise than units come out, by job.
	liars: BTreeSet<(JobId, AccountId)>,
	/// Of which results something is asked for.
	asked: BTreeSet<JobId>,
	penalties: Balance,
	seen: usize,
}

impl Known {
	/// One of the jobs that are checked.
	fn pick(job: u64) -> Option<JobId> {
		let mut ids: Vec<JobId> = Checks::<Test>::iter_keys().collect();
		ids.sort();
		ids.get((job as usize).checked_rem(ids.len())?).copied()
	}

	fn findings(job: JobId, manner: Manner) -> Findings<Test> {
		match manner {
			Manner::Honest => honest(job),
			Manner::Bought => bought(job),
			Manner::Guessing => {
				let mut guessed = honest(job);
				guessed.iter_mut().for_each(|finding| finding.gas = 1);
				guessed
			},
		}
	}

	/// Carry a step out; calls may fail.
	fn apply(&mut self, step: &Step) -> DispatchResult {
		let plain = |result: DispatchResultWithPostInfo| result.map(|_| ()).map_err(|failed| failed.error);
		match *step {
			Step::Join(who) => CheckersPallet::join(signed(who)),
			Step::Leave(who) => CheckersPallet::leave(signed(who)),
			Step::Withdraw(who) => CheckersPallet::withdraw(signed(who)),
			Step::Result { cheating } => {
				let job = committed(cheating);
				if cheating {
					self.cheating.insert(job);
				}
				Ok(())
			},
			Step::Vote { job, member, manner } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				let who = members(job)[usize::from(member)];
				plain(commit_vote(who, job, &Self::findings(job, manner)))
			},
			Step::Reveal { job, member, manner } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				let who = members(job)[usize::from(member)];
				let findings = Self::findings(job, manner);
				let lies = findings != honest(job);
				plain(reveal_vote(who, job, &findings))?;
				if lies {
					self.liars.insert((job, who));
				}
				Ok(())
			},
			Step::Open { job } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				plain(open(job, self.cheating.contains(&job)))
			},
			Step::Miss { job, member } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				plain(miss_data(members(job)[usize::from(member)], job))
			},
			Step::Show { job, right } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				plain(if right { show_data(job) } else { show_as(PROVIDER, job, GUEST, b"") })
			},
			Step::Close { job } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				CheckersPallet::close_check(signed(CLIENT), job)
			},
			Step::Dispute { job, index } => {
				let Some(job) = Self::pick(job).filter(|job| Results::contains_key(job)) else { return Ok(()) };
				dispute(job, index, self.cheating.contains(&job));
				Ok(())
			},
			Step::Pay { job } => {
				let Some(job) = Self::pick(job) else { return Ok(()) };
				if Results::get(job).is_some_and(|entry| entry.open == 0) {
					Results::remove(job);
				}
				Ok(())
			},
			Step::Report { probe: place, member, served } => {
				let probing = Probing::<Test>::get();
				let Some(place) = usize::from(place).checked_rem(probing.len()) else { return Ok(()) };
				let machine = probing[place];
				// One place more than there are members, for somebody who is none.
				let who = probers(machine).get(usize::from(member)).copied().unwrap_or(CLIENT);
				let observation = if served { answer(who, machine, 5, 6) } else { Observation::Unreachable };
				plain(report(who, machine, observation))
			},
			Step::Machine { id } => {
				let machine = MachineId(id);
				if !Fleet::get().contains(&machine) {
					Fleet::mutate(|fleet| fleet.push(machine));
				} else if !Gone::get().contains(&machine) {
					deregister(machine);
				}
				Ok(())
			},
			Step::Epoch { random } => {
				NoRandomness::put(!random);
				next_epoch();
				NoRandomness::put(false);
				Ok(())
			},
			Step::Blocks { count, room } => {
				for _ in 0..count {
					if room {
						CheckersPallet::on_idle(now(), Weight::MAX);
					}
					System::set_block_number(now() + 1);
					CheckersPallet::on_initialize(now());
				}
				Ok(())
			},
		}
	}

	fn check(&mut self) {
		check_everything();
		let all = events();
		for event in &all[self.seen..] {
			match event {
				Event::Penalised { job, checker, failing, amount } => {
					self.penalties += amount;
					let lied = self.liars.contains(&(*job, *checker));
					assert!(*failing != Failing::Wrong || lied, "INV4: {checker} was punished for the truth");
				},
				Event::ProbeMissed { amount, .. } => self.penalties += amount,
				Event::DataAsked { job, .. } | Event::OpeningBegan { job, .. } => {
					self.asked.insert(*job);
				},
				Event::DataShown { job, .. } | Event::Confirmed { job, .. } | Event::Contradicted { job, .. } => {
					self.asked.remove(job);
				},
				Event::Ended { job, conclusion: Conclusion::Withheld } => {
					assert!(self.asked.remove(job), "INV6: {job:?} was refused for nothing");
				},
				Event::Unexpected { kind } => panic!("{kind:?}"),
				_ => (),
			}
		}
		self.seen = all.len();
		assert_eq!(Balances::free_balance(TREASURY), ENDOWMENT + self.penalties, "INV3");
	}
}

/// The state, as one hash.
fn state() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

	#[test]
	fn invariants_should_hold_over_random_sequences(steps in proptest::collection::vec(step(), 1..150)) {
		new_test_ext().execute_with(|| {
			SampleSize::set(4);
			seat_all();
			Fleet::put((0..4).map(MachineId).collect::<Vec<_>>());
			let mut known = Known::default();
			for step in &steps {
				let before = (state(), Credits::get());
				if known.apply(step).is_err() {
					assert_eq!((state(), Credits::get()), before, "INV2: {step:?} has left something behind");
				}
				known.check();
			}
			// Whatever is open comes to an end.
			for _ in 0..6 {
				next_epoch();
				run_to(now() + 30);
			}
			known.check();
			Fleet::kill();
			next_epoch();
			assert!(Probes::<Test>::iter().next().is_none() && Probing::<Test>::get().is_empty());
			assert!(Checks::<Test>::iter().next().is_none() && Waiting::<Test>::get().is_empty());
			assert!(Results::iter_values().all(|entry| entry.open == 0));
		});
	}

	/// INV5, and that a wrong result never passes an honest majority whose sample holds the wrong unit.
	#[test]
	fn honest_majority_should_accuse_whatever_the_others_say(bad in 0..3usize, guess in any::<bool>()) {
		new_test_ext().execute_with(|| {
			let job = drawn(true);
			let (right, members) = (honest(job), members(job));
			let other = Known::findings(job, if guess { Manner::Guessing } else { Manner::Bought });
			let mut votes = [&right; 3];
			votes[bad] = &other;
			vote(job, votes);
			open(job, true).unwrap();
			assert!(matches!(check(job).stage, Stage::Accused { .. }));
			dispute(job, WRONG_UNIT, true);
			assert_eq!(credits(members[bad]), 0);
			assert_eq!(checker(members[bad]).bond, 0);
			check_everything();
		});
	}
}
