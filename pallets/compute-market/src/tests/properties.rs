//! Random sequences of all calls and verdicts, by several clients and providers, paid in everything that is accepted, at rates that
//! change, with assets and accounts that get frozen, over blocks with and without room for the agenda.
//!
//! After every step:
//!
//! - INV1: all of `try_state`; nothing is on hold or in escrow that the books do not explain.
//! - INV2: a call that fails has changed nothing.
//! - INV3: for each job, what went into escrow is paid, burned, given to the treasury, refunded, or still held.
//! - INV4: the issuance of each kind has decreased by exactly what was burned.
//! - INV5: everybody's balance of each kind has changed by exactly what the events say.
//! - INV6: what waits to be claimed is what was deferred and not claimed.
//! - INV7: everybody's reputation is what the outcomes that the events tell make of a newcomer's.

use crate::{mock::*, *};
use assay_primitives::CreditsEscrow;
use frame_support::{
	storage::with_storage_layer,
	traits::{fungible::Inspect, fungibles::Inspect as _, Hooks},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
	Register {
		provider: AccountId,
		tier: u8,
		slots: u32,
	},
	Deregister {
		provider: AccountId,
		machine: u64,
	},
	SetEndpoint {
		provider: AccountId,
		machine: u64,
	},
	/// The times are those of auction, run and review.
	Submit {
		payment: PaymentKind,
		client: AccountId,
		units: u32,
		ceiling: Balance,
		times: (u32, u32, u32),
		min_reputation: Perbill,
		/// The length of ranges.
		length: Option<u32>,
	},
	Bid {
		provider: AccountId,
		job: u64,
		machine: u64,
		price: Balance,
	},
	Close {
		who: AccountId,
		job: u64,
	},
	Cancel {
		client: AccountId,
		job: u64,
	},
	Commit {
		provider: AccountId,
		job: u64,
	},
	Accept {
		client: AccountId,
		job: u64,
	},
	Settle {
		who: AccountId,
		job: u64,
	},
	Expire {
		who: AccountId,
		job: u64,
	},
	Clear {
		who: AccountId,
		job: u64,
	},
	Halt {
		provider: AccountId,
		halted: bool,
	},
	FailSlashes {
		fail: bool,
	},
	FailCredits {
		fail: bool,
	},
	Rates {
		fee: u32,
		burn: u32,
		asset: u32,
		price: Option<Balance>,
	},
	List {
		both: bool,
	},
	Freeze {
		asset: u32,
		frozen: bool,
	},
	Block {
		asset: u32,
		who: AccountId,
		blocked: bool,
	},
	Claim {
		payment: PaymentKind,
		who: AccountId,
	},
	Contest {
		job: u64,
	},
	Answer {
		job: u64,
		wait: u32,
	},
	Refuse {
		job: u64,
		fault: Fault,
	},
	Blocks {
		count: u32,
		room: u8,
	},
}

fn step() -> impl Strategy<Value = Step> {
	// PROVIDER is a client too, so that it can bid on its own jobs.
	let client = prop_oneof![Just(CLIENT), Just(OTHER_CLIENT), Just(PROVIDER)];
	let provider = prop_oneof![Just(PROVIDER), Just(RIVAL)];
	let who = prop_oneof![client.clone(), provider.clone(), Just(STRANGER)];
	let (job, machine) = (0..5u64, 0..3u64);
	let asset = prop_oneof![Just(STABLE), Just(INSUFFICIENT)];
	let payment = prop_oneof![
		4 => Just(PaymentKind::Native),
		8 => asset.clone().prop_map(PaymentKind::Asset),
		4 => Just(PaymentKind::Credits),
		1 => Just(PaymentKind::Asset(UNACCEPTED)),
	];
	let owner = prop_oneof![who.clone(), Just(TREASURY)];
	let reputation = prop_oneof![8 => Just(0), 1 => Just(50), 1 => Just(55)].prop_map(Perbill::from_percent);
	prop_oneof![
		2 => (provider.clone(), 1..4u8, 0..4u32)
			.prop_map(|(provider, tier, slots)| Step::Register { provider, tier, slots }),
		1 => (provider.clone(), machine.clone())
			.prop_map(|(provider, machine)| Step::Deregister { provider, machine }),
		1 => (provider.clone(), machine.clone())
			.prop_map(|(provider, machine)| Step::SetEndpoint { provider, machine }),
		6 => (
			payment.clone(),
			client.clone(),
			0..40u32,
			1..9_000u128,
			(2..9u32, 3..16u32, 1..9u32),
			reputation,
			prop::option::of(1..16u32),
		)
			.prop_map(|(payment, client, units, ceiling, times, min_reputation, length)| {
				Step::Submit { payment, client, units, ceiling, times, min_reputation, length }
			}),
		8 => (provider.clone(), job.clone(), machine.clone(), 0..5_000u128)
			.prop_map(|(provider, job, machine, price)| Step::Bid { provider, job, machine, price }),
		3 => (who.clone(), job.clone()).prop_map(|(who, job)| Step::Close { who, job }),
		1 => (client.clone(), job.clone()).prop_map(|(client, job)| Step::Cancel { client, job }),
		10 => (provider.clone(), job.clone()).prop_map(|(provider, job)| Step::Commit { provider, job }),
		6 => (client.clone(), job.clone()).prop_map(|(client, job)| Step::Accept { client, job }),
		2 => (who.clone(), job.clone()).prop_map(|(who, job)| Step::Settle { who, job }),
		2 => (who.clone(), job.clone()).prop_map(|(who, job)| Step::Expire { who, job }),
		2 => (who.clone(), job.clone()).prop_map(|(who, job)| Step::Clear { who, job }),
		3 => (provider, any::<bool>()).prop_map(|(provider, halted)| Step::Halt { provider, halted }),
		2 => any::<bool>().prop_map(|fail| Step::FailSlashes { fail }),
		1 => any::<bool>().prop_map(|fail| Step::FailCredits { fail }),
		3 => (0..101u32, 0..101u32, 0..101u32, prop::option::of(0..5u128))
			.prop_map(|(fee, burn, asset, price)| Step::Rates { fee, burn, asset, price }),
		1 => prop::bool::weighted(0.8).prop_map(|both| Step::List { both }),
		3 => (asset.clone(), prop::bool::weighted(0.4)).prop_map(|(asset, frozen)| Step::Freeze { asset, frozen }),
		2 => (asset, who.clone(), prop::bool::weighted(0.4))
			.prop_map(|(asset, who, blocked)| Step::Block { asset, who, blocked }),
		2 => (payment, owner).prop_map(|(payment, who)| Step::Claim { payment, who }),
		3 => job.clone().prop_map(|job| Step::Contest { job }),
		4 => (job.clone(), 0..9u32).prop_map(|(job, wait)| Step::Answer { job, wait }),
		2 => (job, prop_oneof![Just(Fault::Refuted), Just(Fault::Withheld)])
			.prop_map(|(job, fault)| Step::Refuse { job, fault }),
		5 => (1..14u32, prop_oneof![2 => Just(0u8), 1 => Just(1), 1 => Just(2), 2 => Just(3)])
			.prop_map(|(count, room)| Step::Blocks { count, room }),
	]
}

/// Of the jobs that `fits` the one that `job` points at, or what has that id when none fits or the step is not aimed.
fn pick_job(aimed: bool, job: u64, fits: fn(&JobState<Test>) -> bool) -> JobId {
	let mut fitting: Vec<JobId> =
		Jobs::<Test>::iter().filter(|(_, entry)| fits(&entry.state)).map(|(id, _)| id).collect();
	fitting.sort();
	match fitting.len() {
		count if aimed && count > 0 => fitting[job as usize % count],
		_ => JobId(job),
	}
}

fn is_open(state: &JobState<Test>) -> bool {
	matches!(state, JobState::Open { .. })
}

fn is_assigned(state: &JobState<Test>) -> bool {
	matches!(state, JobState::Assigned { .. })
}

fn is_committed(state: &JobState<Test>) -> bool {
	matches!(state, JobState::Committed { .. } | JobState::Contested { .. })
}

fn has_ended(state: &JobState<Test>) -> bool {
	matches!(state, JobState::Settled { .. } | JobState::Refunded { .. })
}

/// The first unit that is not paid for.
fn due_from(job: JobId) -> u32 {
	Jobs::<Test>::get(job).map_or(0, |entry| ComputeMarket::units_due(job, &entry.spec).start)
}

/// The client of a job if the step is aimed, `otherwise` otherwise.
fn pick_client(aimed: bool, job: JobId, otherwise: AccountId) -> AccountId {
	Jobs::<Test>::get(job).filter(|_| aimed).map_or(otherwise, |entry| entry.client)
}

/// The provider whose bid for a job is live if the step is aimed, `otherwise` otherwise.
fn pick_provider(aimed: bool, job: JobId, otherwise: AccountId) -> AccountId {
	let bid = Jobs::<Test>::get(job).and_then(|entry| entry.live_bid().cloned());
	bid.filter(|_| aimed).map_or(otherwise, |bid| bid.provider)
}

/// If the step is aimed: a machine of `provider` that can bid, if any, and the highest price up to `price` that wins.
fn pick_bid(aimed: bool, provider: AccountId, job: JobId, machine: u64, price: Balance) -> (MachineId, Balance) {
	let Some(entry) = Jobs::<Test>::get(job).filter(|_| aimed) else { return (MachineId(machine), price) };
	let able = |machine: &Machine<Test>| {
		machine.provider == provider && machine.running < machine.slots && machine.tier >= entry.spec.min_tier
	};
	let found = Machines::<Test>::iter().filter(|(_, machine)| able(machine)).map(|(id, _)| id).min();
	let highest = match entry.live_bid() {
		Some(best) => ComputeMarket::rules().price_to_beat(best.price),
		None => entry.spec.ceiling,
	};
	(found.unwrap_or(MachineId(machine)), price.min(highest))
}

/// Carry a step out; calls may fail. An aimed step chooses job, caller, machine and price so that it has a chance.
fn apply(step: Step, aimed: bool) -> Result<(), DispatchError> {
	match step {
		Step::Register { provider, tier, slots } => {
			ComputeMarket::register_machine(signed(provider), Tier(tier), REGION, slots, url("here"))
		},
		Step::Deregister { provider, machine } => {
			ComputeMarket::deregister_machine(signed(provider), MachineId(machine))
		},
		Step::SetEndpoint { provider, machine } => {
			ComputeMarket::set_endpoint(signed(provider), MachineId(machine), url("there"))
		},
		Step::Submit { payment, client, units, ceiling, times: (auction, time, review), min_reputation, length } => {
			let spec = JobSpec {
				units,
				ceiling,
				min_reputation,
				auction_blocks: auction,
				deadline: now() + auction + time,
				review_blocks: review,
				..spec()
			};
			match length {
				Some(length) => ComputeMarket::submit_job_in_ranges(signed(client), spec, payment, length),
				None => ComputeMarket::submit_job(signed(client), spec, payment),
			}
		},
		Step::Bid { provider, job, machine, price } => {
			let job = pick_job(aimed, job, is_open);
			let (machine, price) = pick_bid(aimed, provider, job, machine, price);
			ComputeMarket::bid(signed(provider), job, machine, price).map(|_| ()).map_err(|failed| failed.error)
		},
		Step::Close { who, job } => {
			let job = pick_job(aimed, job, is_open);
			ComputeMarket::close_auction(signed(who), job).map(|_| ()).map_err(|failed| failed.error)
		},
		Step::Cancel { client, job } => {
			let job = pick_job(aimed, job, is_open);
			let client = pick_client(aimed, job, client);
			ComputeMarket::cancel_job(signed(client), job).map(|_| ()).map_err(|failed| failed.error)
		},
		Step::Commit { provider, job } => {
			let job = pick_job(aimed, job, is_assigned);
			let first = if aimed { due_from(job) } else { 0 };
			let provider = pick_provider(aimed, job, provider);
			let done = ComputeMarket::commit_result(signed(provider), job, first, ROOT);
			done.map(|_| ()).map_err(|failed| failed.error)
		},
		Step::Accept { client, job } => {
			let job = pick_job(aimed, job, is_committed);
			let first = if aimed { due_from(job) } else { 0 };
			let done = ComputeMarket::accept_result(signed(pick_client(aimed, job, client)), job, first);
			done.map(|_| ()).map_err(|failed| failed.error)
		},
		Step::Settle { who, job } => ComputeMarket::settle_job(signed(who), pick_job(aimed, job, is_committed)),
		Step::Expire { who, job } => ComputeMarket::expire_job(signed(who), pick_job(aimed, job, is_assigned)),
		Step::Clear { who, job } => {
			let job = pick_job(aimed, job, has_ended);
			ComputeMarket::clear_job(signed(pick_client(aimed, job, who)), job)
		},
		Step::Halt { provider, halted } => {
			Halted::mutate(|all| {
				all.retain(|who| *who != provider);
				if halted {
					all.push(provider);
				}
			});
			Ok(())
		},
		Step::FailSlashes { fail } => {
			SlashFails::set(fail);
			Ok(())
		},
		Step::FailCredits { fail } => {
			CreditsFail::set(fail);
			Ok(())
		},
		Step::Rates { fee, burn, asset, price } => {
			FeeRate::set(Perbill::from_percent(fee));
			FeeBurnShare::set(Perbill::from_percent(burn));
			AssetFeeRate::set(Perbill::from_percent(asset));
			Price::set(price);
			Ok(())
		},
		Step::List { both } => {
			AcceptedAssets::set(if both { vec![STABLE, INSUFFICIENT] } else { vec![STABLE] });
			Ok(())
		},
		Step::Freeze { asset, frozen: true } => Assets::freeze_asset(signed(ISSUER), asset),
		Step::Freeze { asset, frozen: false } => Assets::thaw_asset(signed(ISSUER), asset),
		Step::Block { asset, who, blocked: true } => Assets::block(signed(ISSUER), asset, who),
		Step::Block { asset, who, blocked: false } => Assets::thaw(signed(ISSUER), asset, who),
		Step::Claim { payment, who } => {
			// Aimed at whatever waits to be claimed.
			let waits =
				|(payment, who): &(PaymentKind, AccountId)| ComputeMarket::unclaimed_payment(*payment, *who) > 0;
			let found = PAYMENTS.into_iter().flat_map(|payment| ACCOUNTS.map(|who| (payment, who))).find(waits);
			let (payment, who) = found.filter(|_| aimed).unwrap_or((payment, who));
			ComputeMarket::claim_payment(signed(STRANGER), payment, who)
		},
		Step::Contest { job } => ComputeMarket::contest(pick_job(aimed, job, is_committed)),
		Step::Answer { job, wait } => ComputeMarket::answer(pick_job(aimed, job, is_committed), now() + wait),
		Step::Refuse { job, fault } => {
			with_storage_layer(|| ComputeMarket::refuse(pick_job(aimed, job, is_committed), fault).map(|_| ()))
		},
		Step::Blocks { count, room } => {
			// An item that fails comes back later: that is tested elsewhere.
			let failing = CreditsFail::take();
			for _ in 0..count {
				// From none at all over a step or two to all that is needed.
				let limit = match room {
					0 => Weight::zero(),
					3 => Weight::MAX,
					steps => ComputeMarket::smallest_useful_limit().saturating_mul(steps.into()),
				};
				let used = ComputeMarket::on_idle(now(), limit);
				assert!(used.all_lte(limit), "used more than there was");
				System::set_block_number(now() + 1);
			}
			CreditsFail::set(failing);
			Ok(())
		},
	}
}

fn state_root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

fn total(payment: PaymentKind, who: AccountId) -> Balance {
	match payment {
		PaymentKind::Native => Balances::total_balance(&who),
		PaymentKind::Asset(id) => AssetsHolder::total_balance(id, &who),
		PaymentKind::Credits => FreeCredits::get(who) + LedgerOfCredits::held(&who),
	}
}

fn issuance(payment: PaymentKind) -> Balance {
	match payment {
		PaymentKind::Native => Balances::total_issuance(),
		PaymentKind::Asset(id) => Assets::total_issuance(id),
		PaymentKind::Credits => ACCOUNTS.into_iter().map(|who| total(payment, who)).sum(),
	}
}

/// INV3 to INV6, from the events since genesis. `first` is what everybody had then, of each kind.
fn check_money(first: &BTreeMap<(PaymentKind, AccountId), Balance>) {
	let mut escrow = BTreeMap::<JobId, Balance>::new();
	let mut left = BTreeMap::<JobId, Balance>::new();
	let mut unclaimed = BTreeMap::<(PaymentKind, AccountId), Balance>::new();
	let mut burnt = BTreeMap::<PaymentKind, Balance>::new();
	let mut totals = first.clone();
	for event in events() {
		match event {
			Event::JobSubmitted { job, escrow: amount, .. } => {
				escrow.insert(job, amount);
			},
			Event::JobAssigned { job, surplus, .. } => *left.entry(job).or_default() += surplus,
			Event::JobRefunded { job, amount, .. } => *left.entry(job).or_default() += amount,
			Event::JobSettled { job, client, provider, payment, paid }
			| Event::RangeSettled { job, client, provider, payment, paid, .. } => {
				let Paid { to_provider, burned, to_treasury, .. } = paid;
				*left.entry(job).or_default() += to_provider + burned + to_treasury;
				*totals.get_mut(&(payment, client)).unwrap() -= to_provider + burned + to_treasury;
				*totals.get_mut(&(payment, provider)).unwrap() += to_provider;
				*totals.get_mut(&(payment, TREASURY)).unwrap() += to_treasury;
				*burnt.entry(payment).or_default() += burned;
			},
			Event::PaymentDeferred { payment, account, amount } => {
				*unclaimed.entry((payment, account)).or_default() += amount;
			},
			Event::PaymentClaimed { payment, account, amount } => {
				assert_eq!(unclaimed.remove(&(payment, account)), Some(amount));
			},
			Event::Unexpected { kind } => {
				assert!(matches!(kind, UnexpectedKind::SlashFailed { .. }), "unexpected: {kind:?}");
			},
			_ => (),
		}
	}
	for (job, amount) in escrow {
		let still_held = Jobs::<Test>::get(job).map(|job| job.escrow).unwrap_or_default();
		assert_eq!(amount, left.get(&job).copied().unwrap_or_default() + still_held, "money of {job:?}");
	}
	for payment in PAYMENTS {
		let before: Balance = ACCOUNTS.into_iter().map(|who| first[&(payment, who)]).sum();
		assert_eq!(issuance(payment), before - burnt.get(&payment).copied().unwrap_or_default());
	}
	for ((payment, who), amount) in totals {
		assert_eq!(total(payment, who), amount, "{payment:?} of {who}");
		let waiting = unclaimed.get(&(payment, who)).copied().unwrap_or_default();
		assert_eq!(ComputeMarket::unclaimed_payment(payment, who), waiting, "unclaimed {payment:?} of {who}");
	}
}

/// INV7, from the events since genesis.
fn check_reputations() {
	let newcomer = Score::newcomer(InitialReputation::get());
	let mut providers = BTreeMap::<AccountId, Score>::new();
	let mut clients = BTreeMap::<AccountId, Score>::new();
	let mut bidders = BTreeMap::<JobId, AccountId>::new();
	let record = |scores: &mut BTreeMap<AccountId, Score>, who: AccountId, good: bool| {
		scores.entry(who).or_insert(newcomer).record(good, ReputationStep::get());
	};
	for event in events() {
		match event {
			Event::BidPlaced { job, provider, .. } => {
				bidders.insert(job, provider);
			},
			Event::JobSettled { client, provider, .. } => {
				record(&mut providers, provider, true);
				record(&mut clients, client, true);
			},
			Event::JobRefunded { job, client, reason, .. } => match (reason, bidders.get(&job)) {
				(RefundReason::Cancelled, Some(_)) => record(&mut clients, client, false),
				(
					RefundReason::DeadlineMissed | RefundReason::ResultRefuted | RefundReason::DataWithheld,
					Some(provider),
				) => record(&mut providers, *provider, false),
				_ => (),
			},
			_ => (),
		}
	}
	for who in ACCOUNTS {
		let side = |scores: &BTreeMap<AccountId, Score>| scores.get(&who).copied().unwrap_or(newcomer);
		let expected = Reputation { provider: side(&providers), client: side(&clients) };
		assert_eq!(ComputeMarket::reputation(who), expected, "of {who}");
	}
}

/// Carry `steps` out with all checks, then let everything end. Returns the market's events up to the end.
fn play(steps: Vec<(Step, bool)>) -> Vec<Event<Test>> {
	new_test_ext().execute_with(|| {
		let pairs = PAYMENTS.into_iter().flat_map(|payment| ACCOUNTS.map(|who| (payment, who)));
		let first = pairs.map(|(payment, who)| ((payment, who), total(payment, who))).collect();
		for (step, aimed) in steps {
			let before = state_root();
			let blocks = matches!(step, Step::Blocks { .. });
			if apply(step, aimed).is_err() {
				assert_eq!(before, state_root(), "a failed call left something");
			}
			check_everything();
			if blocks {
				check_money(&first);
				check_reputations();
			}
		}
		check_money(&first);
		check_reputations();
		let seen = events();

		// However it went, everything ends when blocks have room again, and everybody gets everything back.
		CreditsFail::set(false);
		for (id, job) in Jobs::<Test>::iter().collect::<Vec<_>>() {
			for _ in 0..job.standing().map_or(0, |standing| standing.open) {
				ComputeMarket::answer(id, now()).unwrap();
			}
		}
		run_to(now() + 200);
		for (id, job) in Jobs::<Test>::iter().collect::<Vec<_>>() {
			assert_eq!(job.due(), None, "a job is still live: {job:?}");
			ComputeMarket::clear_job(signed(STRANGER), id).unwrap();
		}
		for (id, machine) in Machines::<Test>::iter().collect::<Vec<_>>() {
			ComputeMarket::deregister_machine(signed(machine.provider), id).unwrap();
		}
		for id in [STABLE, INSUFFICIENT] {
			let _ = Assets::thaw_asset(signed(ISSUER), id);
			for who in ACCOUNTS {
				let _ = Assets::thaw(signed(ISSUER), id, who);
				let payment = PaymentKind::Asset(id);
				// Less than the smallest balance can still have to wait for more.
				if total(payment, who) >= ASSET_MINIMUM && ComputeMarket::unclaimed_payment(payment, who) > 0 {
					ComputeMarket::claim_payment(signed(STRANGER), payment, who).unwrap();
				}
			}
		}
		check_everything();
		check_money(&first);
		let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
		assert_eq!(held, 0);
		seen
	})
}

/// Steps, most of them aimed: taken at random, too few would get past the first checks of a call.
fn sequence() -> impl Strategy<Value = Vec<(Step, bool)>> {
	prop::collection::vec((step(), prop::bool::weighted(0.85)), 1..150)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn quote_should_divide_any_amount_without_loss_at_any_rate(
		kind in 0..PAYMENTS.len(),
		amount in any::<u128>(),
		rates in (0..=1_000_000_000u32, 0..=1_000_000_000u32),
	) {
		FeeRate::set(Perbill::from_parts(rates.0));
		AssetFeeRate::set(Perbill::from_parts(rates.0));
		FeeBurnShare::set(Perbill::from_parts(rates.1));
		let quote = ComputeMarket::payment_quote(PAYMENTS[kind], amount).unwrap();
		let parts = [quote.to_provider, quote.burned, quote.to_treasury];
		let sum = parts.into_iter().try_fold(0u128, |sum, part| sum.checked_add(part));
		assert_eq!(sum, Some(amount));
	}

	#[test]
	fn money_should_be_conserved_when_anything_happens_in_any_order(steps in sequence()) {
		play(steps);
	}
}

/// The property above says something only if its sequences get everywhere. These always do, being always the same.
#[test]
fn sequences_should_reach_every_event_and_outcome() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeSet::new();
	for _ in 0..1_536 {
		for event in play(sequence().new_tree(&mut runner).unwrap().current()) {
			seen.insert(match event {
				Event::JobRefunded { reason, .. } => format!("{reason:?}"),
				Event::JobSettled { payment, .. } => format!("Settled in {payment:?}"),
				Event::PaymentDeferred { account, .. } if account == TREASURY => "TreasuryDeferred".into(),
				Event::Unexpected { kind: UnexpectedKind::SlashFailed { .. } } => "SlashFailed".into(),
				other => {
					let text = format!("{other:?}");
					let name = text.trim_start_matches("Event::");
					name.chars().take_while(|letter| letter.is_alphanumeric()).collect()
				},
			});
		}
	}
	let expected = [
		"BidPlaced",
		"Cancelled",
		"DataWithheld",
		"DeadlineMissed",
		"EndpointSet",
		"JobAssigned",
		"JobCleared",
		"JobSubmitted",
		"MachineDeregistered",
		"MachineRegistered",
		"NoBids",
		"PaymentClaimed",
		"PaymentDeferred",
		"ProviderHalted",
		"QuestionAnswered",
		"RangeSettled",
		"ResultCommitted",
		"ResultContested",
		"ResultRefuted",
		"Settled in Asset(1)",
		"Settled in Asset(2)",
		"Settled in Credits",
		"Settled in Native",
		"SlashFailed",
		"TooLate",
		"TreasuryDeferred",
	];
	assert_eq!(seen.into_iter().collect::<Vec<String>>(), expected);
}
