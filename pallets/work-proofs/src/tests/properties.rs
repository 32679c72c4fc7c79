//! Random sequences of all calls on honest and dishonest results, over blocks with and without room for deadlines.
//!
//! After every step:
//!
//! - INV1: all of `try_state`; nothing is on hold that the books do not explain; nothing is minted or burned.
//! - INV2: a call that fails has changed nothing.
//! - INV3: everybody's balance has changed by exactly what the events say.
//! - INV4: no honest result that is revealed in time is ever refused, and no unit that is right is refuted.
//! - INV5: a provider is reported once for each result that is refused.
//! - INV6: the reporter of a refuted result has announced it in time, or voted so; a copy of its dispute has none.

use crate::{mock::*, *};
use assay_primitives::{Offence, UnitRun};
use frame_support::traits::{fungible::Inspect, Hooks};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
	Commit { cheating: bool },
	Dispute { who: AccountId, job: u64, index: u32 },
	Demand { who: AccountId, job: u64, index: u32 },
	Reveal { who: AccountId, job: u64, index: u32 },
	Close { who: AccountId, job: u64, index: u32 },
	Announce { who: AccountId, job: u64, index: u32 },
	Withdraw { who: AccountId, job: u64, index: u32 },
	Vote { who: AccountId, job: u64 },
	Pay { job: u64 },
	Amounts { bond: Balance, deposit: Balance },
	FailSlashes { fail: bool },
	Blocks { count: u32, room: u8 },
}

fn step() -> impl Strategy<Value = Step> {
	let who = prop_oneof![Just(CLIENT), Just(PROVIDER), Just(CHALLENGER), Just(STRANGER), Just(POOR)];
	let unit = (who, 0..4u64, 0..UNITS + 1);
	prop_oneof![
		3 => any::<bool>().prop_map(|cheating| Step::Commit { cheating }),
		// Every other time the unit that may be wrong.
		5 => (unit.clone(), any::<bool>()).prop_map(|((who, job, index), other)| {
			Step::Dispute { who, job, index: if other { index } else { 2 } }
		}),
		8 => unit.clone().prop_map(|(who, job, index)| Step::Demand { who, job, index }),
		6 => unit.clone().prop_map(|(who, job, index)| Step::Reveal { who, job, index }),
		3 => unit.clone().prop_map(|(who, job, index)| Step::Close { who, job, index }),
		6 => (unit.clone(), any::<bool>()).prop_map(|((who, job, index), other)| {
			Step::Announce { who, job, index: if other { index } else { 2 } }
		}),
		1 => unit.clone().prop_map(|(who, job, index)| Step::Withdraw { who, job, index }),
		1 => unit.prop_map(|(who, job, _)| Step::Vote { who, job }),
		1 => (0..4u64).prop_map(|job| Step::Pay { job }),
		1 => (10..2_000u128, 10..900u128).prop_map(|(bond, deposit)| Step::Amounts { bond, deposit }),
		1 => any::<bool>().prop_map(|fail| Step::FailSlashes { fail }),
		5 => (1..5u32, 0..4u8).prop_map(|(count, room)| Step::Blocks { count, room }),
	]
}

/// What a run knows of the results: which are dishonest, and which of the honest ones were late with an answer.
#[derive(Default)]
struct Known {
	cheating: BTreeSet<JobId>,
	late: BTreeSet<JobId>,
	/// Who was in time to be the reporter of which result.
	finders: BTreeMap<JobId, Option<AccountId>>,
}

impl Known {
	/// One of the results that are left, the one with that id otherwise.
	fn pick(job: u64) -> JobId {
		let mut ids: Vec<JobId> = Results::iter_keys().collect();
		ids.sort();
		match ids.len() {
			0 => JobId(job),
			count => ids[job as usize % count],
		}
	}

	/// An open demand of the job if there is one.
	fn pick_demand(job: u64, index: u32) -> (JobId, u32) {
		let mut all: Vec<(JobId, u32)> = Demands::<Test>::iter_keys().collect();
		all.sort();
		match all.len() {
			0 => (JobId(job), index),
			count => all[(job as usize * 7 + index as usize) % count],
		}
	}

	/// Carry a step out; calls may fail.
	fn apply(&mut self, step: Step) -> Result<(), DispatchError> {
		let without_info = |result: DispatchResultWithPostInfo| result.map(|_| ()).map_err(|failed| failed.error);
		match step {
			Step::Commit { cheating } => {
				let job = committed(cheating);
				if cheating {
					self.cheating.insert(job);
				}
				Ok(())
			},
			Step::Dispute { who, job, index } => {
				let (job, index) = (Self::pick(job), index.min(UNITS - 1));
				let announced = Announcements::<Test>::get(who, announcement(who, job, index));
				let counts = announced.is_some_and(|made| (made.counts_from..=made.until).contains(&now()));
				let voters: Vec<AccountId> =
					Votes::get().iter().filter(|vote| (vote.1, vote.2) == (job, index)).map(|vote| vote.0).collect();
				let voter = voters.iter().find(|voter| **voter == who).or(voters.first()).copied();
				without_info(dispute(who, job, index, self.cheating.contains(&job)))?;
				if self.cheating.contains(&job) && index == 2 {
					self.finders.insert(job, voter.or(counts.then_some(who)));
				}
				Ok(())
			},
			Step::Demand { who, job, index } => WorkProofs::demand_unit(signed(who), Self::pick(job), index),
			Step::Reveal { who, job, index } => {
				let (job, index) = Self::pick_demand(job, index);
				let all = outcomes(self.cheating.contains(&job));
				let output = UnitOutput::Bytes(echo(index).try_into().unwrap());
				let opening = merkle::prove(&all, index.min(UNITS - 1)).unwrap();
				let who = if who == CLIENT { who } else { PROVIDER };
				WorkProofs::reveal_unit(signed(who), job, index, output, opening)
			},
			Step::Close { who, job, index } => {
				let (job, index) = Self::pick_demand(job, index);
				without_info(WorkProofs::close_demand(signed(who), job, index))
			},
			Step::Announce { who, job, index } => announce(who, Self::pick(job), index),
			Step::Withdraw { who, job, index } => {
				// Something that was announced, by whomever, if there is something.
				let mut all: Vec<(AccountId, H256)> = Announcements::<Test>::iter_keys().collect();
				all.sort();
				let picked = all.get((job as usize * 7 + index as usize) % all.len().max(1)).copied();
				let (who, hash) = picked.unwrap_or((who, announcement(who, JobId(job), index)));
				WorkProofs::withdraw_announcement(signed(who), hash)
			},
			Step::Vote { who, job } => {
				let run = UnitRun { outcome: hash(&echo(2)), gas: 10 };
				Votes::mutate(|votes| votes.push((who, Self::pick(job), 2, run)));
				Ok(())
			},
			Step::Pay { job } => {
				let job = Self::pick(job);
				if Results::get(job).is_some_and(|entry| entry.open == 0) {
					Results::remove(job);
				}
				Ok(())
			},
			Step::Amounts { bond, deposit } => {
				DisputeBond::set(bond);
				DemandDeposit::set(deposit);
				Ok(())
			},
			Step::FailSlashes { fail } => {
				SlashFails::set(fail);
				Ok(())
			},
			Step::Blocks { count, room } => {
				for _ in 0..count {
					self.note_late();
					let limit = match room {
						0 => Weight::zero(),
						3 => Weight::MAX,
						steps => WorkProofs::smallest_useful_limit()
							.saturating_add(Expiry::<Test>::smallest_useful_limit())
							.saturating_mul(steps.into()),
					};
					let used = WorkProofs::on_idle(now(), limit);
					assert!(used.all_lte(limit), "used more than there was");
					System::set_block_number(now() + 1);
				}
				self.note_late();
				Ok(())
			},
		}
	}

	/// Note the results of which a unit can no longer be revealed.
	fn note_late(&mut self) {
		let late = Demands::<Test>::iter().filter(|(_, _, demand)| now() > demand.reveal_by);
		self.late.extend(late.map(|(job, _, _)| job));
	}

	/// INV3 to INV6, from the events since genesis.
	fn check(&self) {
		let mut totals: BTreeMap<AccountId, Balance> = ACCOUNTS.into_iter().map(|who| (who, endowment(who))).collect();
		let mut withheld = BTreeSet::new();
		let mut give = |from, to, amount| {
			*totals.get_mut(&from).unwrap() -= amount;
			*totals.get_mut(&to).unwrap() += amount;
		};
		for event in events() {
			match event {
				Event::UnitUpheld { job, index, provider, challenger, paid, .. } => {
					assert!(!self.cheating.contains(&job) || index != 2, "a wrong unit was upheld");
					give(challenger, provider, paid);
				},
				Event::UnitRefuted { job, index, .. } => {
					assert!(self.cheating.contains(&job) && index == 2, "a right unit was refuted");
				},
				Event::UnitRevealed { provider, by, paid, .. } => give(by, provider, paid),
				Event::UnitWithheld { job, .. } => {
					withheld.insert(job);
				},
				Event::Unexpected { kind } => {
					assert!(matches!(kind, UnexpectedKind::SlashFailed { .. }), "unexpected: {kind:?}");
				},
				_ => (),
			}
		}
		for (who, amount) in totals {
			assert_eq!(Balances::total_balance(&who), amount, "of {who}");
		}
		for (job, fault) in Refusals::get() {
			assert_eq!(fault == Fault::Withheld, withheld.contains(&job));
			assert!(self.cheating.contains(&job) || self.late.contains(&job), "an honest result was refused");
		}
		let failed = unexpected().len();
		assert_eq!(Reports::get().len() + failed, Refusals::get().len());
		for report in Reports::get().into_iter().filter(|report| report.offence == Offence::WrongWork) {
			assert_eq!(Some(&report.reporter), self.finders.get(&JobId(report.subject)), "somebody else reported it");
		}
		let subjects: BTreeSet<u64> = Reports::get().into_iter().map(|report| report.subject).collect();
		assert_eq!(subjects.len(), Reports::get().len(), "a result was reported twice");
	}
}

fn endowment(who: AccountId) -> Balance {
	if who == POOR {
		ExistentialDeposit::get()
	} else {
		ENDOWMENT
	}
}

fn state_root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// Carry `steps` out with all checks, then let all time pass. Returns the pallet's events.
fn play(steps: Vec<Step>) -> Vec<Event<Test>> {
	new_test_ext().execute_with(|| {
		DisputeBond::set(BOND);
		DemandDeposit::set(DEPOSIT);
		let mut known = Known::default();
		for step in steps {
			let before = state_root();
			// The calls are transactions: what fails is rolled back.
			if frame_support::storage::with_storage_layer(|| known.apply(step)).is_err() {
				assert_eq!(before, state_root(), "a failed call left something");
			}
			check_everything();
			known.check();
		}
		known.late.extend(Demands::<Test>::iter_keys().map(|(job, _)| job));
		run_to(now() + 20);
		assert_eq!(Demands::<Test>::iter().count(), 0, "a demand is open for ever");
		assert_eq!(Announcements::<Test>::iter().count(), 0, "an announcement is kept for ever");
		check_everything();
		known.check();
		events()
	})
}

fn sequence() -> impl Strategy<Value = Vec<Step>> {
	prop::collection::vec(step(), 1..80)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn bonds_should_be_conserved_when_anything_happens_in_any_order(steps in sequence()) {
		play(steps);
	}
}

/// The property above says something only if its sequences get everywhere. These always do, being always the same.
#[test]
fn sequences_should_reach_every_event() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeSet::new();
	for _ in 0..128 {
		for event in play(sequence().new_tree(&mut runner).unwrap().current()) {
			let text = format!("{event:?}");
			let name = text.trim_start_matches("Event::");
			seen.insert(name.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>());
		}
	}
	let expected = [
		"AnnouncementExpired",
		"AnnouncementUsed",
		"AnnouncementWithdrawn",
		"DemandDropped",
		"DisputeAnnounced",
		"Unexpected",
		"UnitDemanded",
		"UnitRefuted",
		"UnitRevealed",
		"UnitUpheld",
		"UnitWithheld",
	];
	assert_eq!(seen.into_iter().collect::<Vec<String>>(), expected);
}
