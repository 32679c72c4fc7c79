//! Random sequences of all calls, by several clients, payers and providers, paid in everything that is accepted, at rates
//! that change, beside jobs on the same machines, over blocks with and without room for the agenda.
//!
//! After every step:
//!
//! - INV1: all of `try_state`, of leases and of the market; nothing is on hold or in escrow that the books do not explain.
//! - INV2: a call that fails has changed nothing.
//! - INV3: every lease stands as one does that is settled in every block, and its provider has earned as much. That one is
//!   the [`Model`], which knows nothing of who has settled when, and charges block by block.
//! - INV4: for each lease, what went into escrow is paid, returned to whoever put it in, or still there.
//! - INV5: the issuance of each kind has decreased by exactly what was burned.
//! - INV6: everybody's balance of each kind has changed by exactly what the events say.

use crate::{mock::*, *};
use assay_primitives::JobId;
use frame_support::traits::{fungible::Inspect, Hooks};
use pallet_compute_market::JobSpec;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
	/// The times are those of auction, life, grace and notice.
	Place {
		payment: PaymentKind,
		client: AccountId,
		ceiling: Balance,
		blocks: Balance,
		slots: u32,
		times: (u32, Option<u32>, u32, u32),
	},
	Bid {
		provider: AccountId,
		lease: u64,
		machine: u64,
		rate: Balance,
		notice: u32,
	},
	CloseAuction {
		who: AccountId,
		lease: u64,
	},
	Cancel {
		client: AccountId,
		lease: u64,
	},
	Fund {
		who: AccountId,
		lease: u64,
		amount: Balance,
	},
	Defund {
		who: AccountId,
		lease: u64,
	},
	Settle {
		who: AccountId,
		lease: u64,
	},
	CloseLease {
		client: AccountId,
		lease: u64,
	},
	CloseUnserved {
		client: AccountId,
		lease: u64,
	},
	Reclaim {
		provider: AccountId,
		lease: u64,
	},
	Abandon {
		provider: AccountId,
		lease: u64,
	},
	SetManifest {
		client: AccountId,
		lease: u64,
	},
	/// A job for which somebody bids, so that slots are taken on both sides.
	Job {
		machine: u64,
	},
	Halt {
		provider: AccountId,
		halted: bool,
	},
	FailReports {
		fail: bool,
	},
	FailLedger {
		fail: bool,
	},
	Accept {
		asset: bool,
	},
	Rates {
		fee: u32,
		burn: u32,
	},
	Blocks {
		count: u32,
		room: u8,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let client = prop_oneof![Just(CLIENT), Just(OTHER_CLIENT)];
	let provider = prop_oneof![Just(PROVIDER), Just(RIVAL)];
	// A provider among them, which must not pay for what it serves.
	let payer = prop_oneof![client.clone(), Just(PATRON), Just(OTHER_PATRON), Just(STRANGER), Just(PROVIDER)];
	let (lease, machine) = (0..6u64, 0..3u64);
	let payment = prop_oneof![Just(PaymentKind::Native), Just(STABLE), Just(PaymentKind::Credits)];
	let times = (2..9u32, prop::option::of(1..40u32), 0..32u32, 2..12u32);
	prop_oneof![
		6 => (payment, client.clone(), 0..90u128, 2..40u128, 0..3u32, times).prop_map(
			|(payment, client, ceiling, blocks, slots, times)| {
				Step::Place { payment, client, ceiling, blocks, slots, times }
			}
		),
		10 => (provider.clone(), lease.clone(), machine.clone(), 0..90u128, 2..45u32).prop_map(
			|(provider, lease, machine, rate, notice)| Step::Bid { provider, lease, machine, rate, notice }
		),
		7 => (payer.clone(), lease.clone()).prop_map(|(who, lease)| Step::CloseAuction { who, lease }),
		1 => (client.clone(), lease.clone()).prop_map(|(client, lease)| Step::Cancel { client, lease }),
		8 => (payer.clone(), lease.clone(), 0..1_500u128)
			.prop_map(|(who, lease, amount)| Step::Fund { who, lease, amount }),
		2 => (payer.clone(), lease.clone()).prop_map(|(who, lease)| Step::Defund { who, lease }),
		6 => (payer, lease.clone()).prop_map(|(who, lease)| Step::Settle { who, lease }),
		2 => (client.clone(), lease.clone()).prop_map(|(client, lease)| Step::CloseLease { client, lease }),
		1 => (client.clone(), lease.clone()).prop_map(|(client, lease)| Step::CloseUnserved { client, lease }),
		3 => (provider.clone(), lease.clone()).prop_map(|(provider, lease)| Step::Reclaim { provider, lease }),
		1 => (provider.clone(), lease.clone()).prop_map(|(provider, lease)| Step::Abandon { provider, lease }),
		1 => (client, lease).prop_map(|(client, lease)| Step::SetManifest { client, lease }),
		2 => machine.prop_map(|machine| Step::Job { machine }),
		2 => (provider, prop::bool::weighted(0.3)).prop_map(|(provider, halted)| Step::Halt { provider, halted }),
		1 => any::<bool>().prop_map(|fail| Step::FailReports { fail }),
		1 => prop::bool::weighted(0.3).prop_map(|fail| Step::FailLedger { fail }),
		1 => prop::bool::weighted(0.8).prop_map(|asset| Step::Accept { asset }),
		2 => (0..101u32, 0..101u32).prop_map(|(fee, burn)| Step::Rates { fee, burn }),
		8 => (1..14u32, prop_oneof![2 => Just(0u8), 1 => Just(1), 1 => Just(2), 2 => Just(3)])
			.prop_map(|(count, room)| Step::Blocks { count, room }),
	]
}

/// A lease that is looked at in every block.
#[derive(Clone, Debug)]
struct Model {
	rate: Balance,
	escrow: Balance,
	/// All that the provider has earned.
	earned: Balance,
	/// The blocks served since the lease began, or was resumed.
	run: u32,
	grace: u32,
	ends_at: Option<u32>,
	reclaimed: bool,
	standing: Standing<u32>,
}

impl Model {
	/// A block has passed; the next one is `now`.
	fn pass(&mut self, now: u32) {
		if self.standing == Standing::Running {
			self.escrow -= self.rate;
			self.earned += self.rate;
			self.run += 1;
		}
		self.look(now);
	}

	/// See whether it can go on in block `now`.
	fn look(&mut self, now: u32) {
		let over = if self.reclaimed { EndReason::Reclaimed } else { EndReason::Expired };
		match self.standing {
			Standing::Ended { .. } => (),
			_ if self.ends_at == Some(now) => self.standing = Standing::Ended { at: now, reason: over },
			Standing::Running if self.escrow < self.rate => {
				let until = (now + self.grace).min(self.ends_at.unwrap_or(u32::MAX));
				self.standing = Standing::Paused { since: now, until };
				if until == now {
					self.standing = Standing::Ended { at: now, reason: EndReason::RanOut };
				}
			},
			Standing::Paused { until, .. } if until == now => {
				self.standing = Standing::Ended { at: now, reason: EndReason::RanOut };
			},
			Standing::Running | Standing::Paused { .. } => (),
		}
	}

	fn is_paused(&self) -> bool {
		matches!(self.standing, Standing::Paused { .. })
	}

	/// What is not paid yet, unless the lease ends by its rules.
	fn arrears(&self) -> Balance {
		let blocks = match self.standing {
			Standing::Running => self.run.min(ARREARS),
			Standing::Paused { .. } => 0,
			Standing::Ended { .. } => panic!("it has ended"),
		};
		self.rate * Balance::from(blocks)
	}

	/// What came of a call in block `now`, after the provider was `paid` so much in all and so much was `forfeited`.
	fn follow(&mut self, event: &Event<Test>, now: u32, paid: Balance, forfeited: Balance) {
		match event {
			Event::EscrowFunded { amount, .. } => {
				self.escrow += amount;
				if let Standing::Paused { since, .. } = self.standing {
					self.grace -= now - since;
					self.run = 0;
					self.standing = Standing::Running;
				}
			},
			Event::EscrowWithdrawn { amount, .. } => self.escrow -= amount,
			Event::LeaseReclaimed { ends_at, .. } => {
				self.ends_at = Some(*ends_at);
				self.reclaimed = true;
				assert_eq!(self.standing, Standing::Running);
			},
			Event::LeaseEnded { reason: EndReason::Closed, at, .. } => {
				assert!(!matches!(self.standing, Standing::Ended { .. }));
				assert_eq!((*at, paid), (now, self.earned));
			},
			Event::LeaseEnded { reason: EndReason::Abandoned, at, .. } => {
				assert_eq!((*at, paid), (now, self.earned - self.arrears()));
			},
			Event::LeaseEnded { reason: EndReason::Unserved, at, .. } => {
				assert_eq!((*at, paid, forfeited), (now, self.earned - self.arrears(), self.arrears()));
			},
			// Not by the notice, but in a pause.
			Event::LeaseEnded { reason: EndReason::Reclaimed, at, .. } if self.is_paused() => {
				assert_eq!((*at, paid), (now, self.earned));
			},
			Event::LeaseEnded { reason, at, .. } => {
				assert_eq!(self.standing, Standing::Ended { at: *at, reason: *reason });
				assert_eq!(paid, self.earned);
			},
			_ => (),
		}
	}
}

/// What has happened so far.
#[derive(Default)]
struct Log {
	models: BTreeMap<LeaseId, Model>,
	/// What went into escrow, and what has left it, by lease and source.
	funded: BTreeMap<(LeaseId, AccountId), Balance>,
	spent: BTreeMap<(LeaseId, AccountId), Balance>,
	paid: BTreeMap<LeaseId, Balance>,
	forfeited: BTreeMap<LeaseId, Balance>,
	burnt: BTreeMap<PaymentKind, Balance>,
	/// What everybody ought to have.
	totals: BTreeMap<(PaymentKind, AccountId), Balance>,
	events: Vec<Event<Test>>,
}

impl Log {
	fn start() -> Self {
		let pairs = PAYMENTS.into_iter().flat_map(|payment| ACCOUNTS.map(|who| (payment, who)));
		let totals = pairs.map(|(payment, who)| ((payment, who), total(payment, who))).collect();
		Self { totals, ..Default::default() }
	}

	/// Take note of what has happened in this block since the last look.
	fn look(&mut self) {
		let new = events();
		System::reset_events();
		for event in new {
			self.note(&event);
			self.events.push(event);
		}
	}

	fn note(&mut self, event: &Event<Test>) {
		match event {
			Event::OrderPlaced { lease, client, escrow, .. } => {
				*self.funded.entry((*lease, *client)).or_default() += escrow;
			},
			Event::EscrowFunded { lease, who, amount, .. } => {
				*self.funded.entry((*lease, *who)).or_default() += amount;
			},
			Event::LeaseStarted { lease, rate, ends_at, .. } => {
				let escrow = entry(*lease).escrow();
				let grace = entry(*lease).spec.grace_blocks;
				let (rate, ends_at) = (*rate, *ends_at);
				let standing = Standing::Running;
				let model = Model { rate, escrow, earned: 0, run: 0, grace, ends_at, reclaimed: false, standing };
				self.models.insert(*lease, model);
			},
			Event::LeasePaid { lease, payer, provider, payment, paid, .. } => {
				let Paid { to_provider, burned, to_treasury, .. } = *paid;
				let amount = to_provider + burned + to_treasury;
				*self.spent.entry((*lease, *payer)).or_default() += amount;
				*self.paid.entry(*lease).or_default() += amount;
				*self.totals.get_mut(&(*payment, *payer)).unwrap() -= amount;
				*self.totals.get_mut(&(*payment, *provider)).unwrap() += to_provider;
				*self.totals.get_mut(&(*payment, TREASURY)).unwrap() += to_treasury;
				*self.burnt.entry(*payment).or_default() += burned;
			},
			Event::ArrearsForfeited { lease, payer, payment, amount, .. } => {
				*self.spent.entry((*lease, *payer)).or_default() += amount;
				*self.forfeited.entry(*lease).or_default() += amount;
				*self.totals.get_mut(&(*payment, *payer)).unwrap() -= amount;
				if *payment == PaymentKind::Credits {
					*self.burnt.entry(*payment).or_default() += amount;
				} else {
					*self.totals.get_mut(&(*payment, TREASURY)).unwrap() += amount;
				}
			},
			Event::EscrowReturned { lease, who, amount, .. } | Event::EscrowWithdrawn { lease, who, amount, .. } => {
				*self.spent.entry((*lease, *who)).or_default() += amount;
			},
			Event::Unexpected { kind } => panic!("unexpected: {kind:?}"),
			_ => (),
		}
		let id = match event {
			Event::EscrowFunded { lease, .. }
			| Event::EscrowWithdrawn { lease, .. }
			| Event::LeaseReclaimed { lease, .. }
			| Event::LeaseEnded { lease, .. } => *lease,
			_ => return,
		};
		let paid = self.paid.get(&id).copied().unwrap_or_default();
		let forfeited = self.forfeited.get(&id).copied().unwrap_or_default();
		let Some(model) = self.models.get_mut(&id) else { return };
		model.follow(event, now(), paid, forfeited);
		if matches!(event, Event::LeaseEnded { .. }) {
			self.models.remove(&id);
		}
	}

	fn pass_block(&mut self) {
		System::set_block_number(now() + 1);
		self.models.values_mut().for_each(|model| model.pass(now()));
	}

	/// INV3 to INV6.
	fn check(&self) {
		for (id, model) in &self.models {
			let view = ComputeLease::lease(*id).unwrap();
			assert_eq!(view.standing, model.standing, "{id:?}: {model:?}");
			assert_eq!(view.unspent, model.escrow, "{id:?}: {model:?}");
			let paid = self.paid.get(id).copied().unwrap_or_default();
			assert_eq!(view.accrued + paid, model.earned, "{id:?}: {model:?}");
		}
		let live = Leases::<Test>::iter().filter(|(_, lease)| lease.tenancy().is_some()).count();
		assert_eq!(live, self.models.len());
		for ((lease, who), amount) in &self.funded {
			let sources = Leases::<Test>::get(lease).map(|entry| entry.sources).unwrap_or_default();
			let left: Balance = sources.iter().filter(|source| source.who == *who).map(|source| source.left).sum();
			let spent = self.spent.get(&(*lease, *who)).copied().unwrap_or_default();
			assert_eq!(*amount, spent + left, "money of {who} in {lease:?}");
		}
		for payment in PAYMENTS {
			let issued: Balance = ACCOUNTS.into_iter().map(|who| total(payment, who)).sum();
			let burnt = self.burnt.get(&payment).copied().unwrap_or_default();
			assert_eq!(issued + burnt, ENDOWMENT * ACCOUNTS.len() as Balance, "{payment:?}");
		}
		for ((payment, who), amount) in &self.totals {
			assert_eq!(total(*payment, *who), *amount, "{payment:?} of {who}");
		}
	}
}

fn total(payment: PaymentKind, who: AccountId) -> Balance {
	match payment {
		PaymentKind::Native => Balances::total_balance(&who),
		_ => FreeMoney::get((payment, who)) + HeldMoney::get((payment, who)),
	}
}

/// Of the leases that `fits` the one that `lease` points at, or what has that id when none fits or the step is not aimed.
fn pick(aimed: bool, lease: u64, fits: fn(&Lease<Test>) -> bool) -> LeaseId {
	let mut fitting: Vec<LeaseId> = Leases::<Test>::iter().filter(|(_, entry)| fits(entry)).map(|(id, _)| id).collect();
	fitting.sort();
	match fitting.len() {
		count if aimed && count > 0 => fitting[lease as usize % count],
		_ => LeaseId(lease),
	}
}

fn is_open(lease: &Lease<Test>) -> bool {
	matches!(lease.state, LeaseState::Open { .. })
}

fn is_lease(lease: &Lease<Test>) -> bool {
	!is_open(lease)
}

fn pick_client(aimed: bool, lease: LeaseId, otherwise: AccountId) -> AccountId {
	Leases::<Test>::get(lease).filter(|_| aimed).map_or(otherwise, |entry| entry.client)
}

fn pick_provider(aimed: bool, lease: LeaseId, otherwise: AccountId) -> AccountId {
	let bid = Leases::<Test>::get(lease).and_then(|entry| entry.live_bid().cloned());
	bid.filter(|_| aimed).map_or(otherwise, |bid| bid.provider)
}

fn without_info(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(|_| ()).map_err(|failed| failed.error)
}

/// Carry a step out; calls may fail. An aimed step chooses lease, caller, machine and rate so that it has a chance.
fn apply(step: Step, aimed: bool, log: &mut Log) -> DispatchResult {
	match step {
		Step::Place { payment, client, ceiling, blocks, slots, times: (auction, life, grace, notice) } => {
			let spec = OrderSpec {
				slots,
				ceiling,
				auction_blocks: auction,
				max_blocks: life,
				grace_blocks: grace,
				min_notice: notice,
				..spec()
			};
			ComputeLease::place_order(signed(client), spec, payment, ceiling * blocks)
		},
		Step::Bid { provider, lease, machine, rate, notice } => {
			let lease = pick(aimed, lease, is_open);
			let order = ComputeLease::order(lease).filter(|_| aimed);
			let rate = order.map_or(rate, |order| rate.min(order.rate_to_bid));
			let machine = MachineId(if aimed { u64::from(provider == RIVAL) } else { machine });
			without_info(ComputeLease::bid(signed(provider), lease, machine, rate, notice))
		},
		Step::CloseAuction { who, lease } => {
			let lease = pick(aimed, lease, |entry| is_open(entry) && entry.live_bid().is_some());
			let who = pick_client(aimed, lease, who);
			without_info(ComputeLease::close_auction(signed(who), lease))
		},
		Step::Cancel { client, lease } => {
			let lease = pick(aimed, lease, is_open);
			without_info(ComputeLease::cancel_order(signed(pick_client(aimed, lease, client)), lease))
		},
		Step::Fund { who, lease, amount } => {
			without_info(ComputeLease::fund(signed(who), pick(aimed, lease, |_| true), amount))
		},
		Step::Defund { who, lease } => {
			let lease = pick(aimed, lease, |entry| entry.sources.iter().any(|source| source.who != entry.client));
			let sources = Leases::<Test>::get(lease).map(|entry| entry.sources).unwrap_or_default();
			let last = sources.last().filter(|_| aimed).map_or(who, |source| source.who);
			without_info(ComputeLease::defund(signed(last), lease))
		},
		Step::Settle { who, lease } => without_info(ComputeLease::settle(signed(who), pick(aimed, lease, is_lease))),
		Step::CloseLease { client, lease } => {
			let lease = pick(aimed, lease, is_lease);
			without_info(ComputeLease::close_lease(signed(pick_client(aimed, lease, client)), lease))
		},
		Step::CloseUnserved { client, lease } => {
			let lease = pick(aimed, lease, is_lease);
			without_info(ComputeLease::close_unserved(signed(pick_client(aimed, lease, client)), lease))
		},
		Step::Reclaim { provider, lease } => {
			let lease = pick(aimed, lease, is_lease);
			without_info(ComputeLease::reclaim(signed(pick_provider(aimed, lease, provider)), lease))
		},
		Step::Abandon { provider, lease } => {
			let lease = pick(aimed, lease, is_lease);
			without_info(ComputeLease::abandon(signed(pick_provider(aimed, lease, provider)), lease))
		},
		Step::SetManifest { client, lease } => {
			let lease = pick(aimed, lease, |_| true);
			let client = pick_client(aimed, lease, client);
			ComputeLease::set_manifest(signed(client), lease, BlobHash::repeat_byte(3), url("there"))
		},
		Step::Job { machine } => {
			let job = pallet_compute_market::NextJobId::<Test>::get();
			let spec = JobSpec {
				guest: Default::default(),
				input: Default::default(),
				units: 1,
				gas_per_unit: 1,
				ceiling: 100,
				min_tier: TIER,
				min_reputation: Default::default(),
				auction_blocks: 3,
				deadline: now() + 12,
				review_blocks: 2,
				source: Default::default(),
			};
			ComputeMarket::submit_job(signed(STRANGER), spec, PaymentKind::Native)?;
			let provider = if machine == 1 { RIVAL } else { PROVIDER };
			// Without a free slot nobody bids for it, and it is refunded.
			let _ = ComputeMarket::bid(signed(provider), JobId(job.0), MachineId(machine), 50);
			Ok(())
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
		Step::FailReports { fail } => {
			ReportFails::set(fail);
			Ok(())
		},
		Step::FailLedger { fail } => {
			LedgerFails::set(fail);
			Ok(())
		},
		Step::Accept { asset } => {
			AssetAccepted::set(asset);
			Ok(())
		},
		Step::Rates { fee, burn } => {
			FeeRate::set(Perbill::from_percent(fee));
			FeeBurnShare::set(Perbill::from_percent(burn));
			Ok(())
		},
		Step::Blocks { count, room } => {
			// An item that fails comes back later: that is tested elsewhere.
			let failing = LedgerFails::take();
			for _ in 0..count {
				// From none at all over a step or two to all that is needed.
				let limit = match room {
					0 => Weight::zero(),
					3 => Weight::MAX,
					steps => ComputeLease::smallest_useful_limit().saturating_mul(steps.into()),
				};
				ComputeMarket::on_idle(now(), Weight::MAX);
				let used = ComputeLease::on_idle(now(), limit);
				assert!(used.all_lte(limit), "used more than there was");
				log.look();
				log.pass_block();
			}
			LedgerFails::set(failing);
			Ok(())
		},
	}
}

fn state_root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// Carry `steps` out with all checks, then let everything end. Returns this pallet's events up to the end.
fn play(steps: Vec<(Step, bool)>) -> Vec<Event<Test>> {
	new_test_ext().execute_with(|| {
		for who in [PROVIDER, RIVAL] {
			machine(who);
		}
		System::reset_events();
		let mut log = Log::start();
		for (step, aimed) in steps {
			let before = state_root();
			if apply(step, aimed, &mut log).is_err() {
				assert_eq!(before, state_root(), "a failed call left something");
			}
			log.look();
			check_everything();
			log.check();
		}
		let seen = log.events.clone();

		// However it went, clients can end everything, and everybody gets everything back.
		LedgerFails::set(false);
		for _ in 0..20 {
			ComputeMarket::on_idle(now(), Weight::MAX);
			ComputeLease::on_idle(now(), Weight::MAX);
			log.look();
			log.pass_block();
		}
		log.check();
		for (id, lease) in Leases::<Test>::iter().collect::<Vec<_>>() {
			let ended = ComputeLease::close_lease(signed(lease.client), id);
			assert!(ended.is_ok(), "{ended:?}: {lease:?}");
			log.look();
		}
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		check_everything();
		log.check();
		for (id, job) in pallet_compute_market::Jobs::<Test>::iter().collect::<Vec<_>>() {
			ComputeMarket::clear_job(signed(job.client), id).unwrap();
		}
		for (id, machine) in pallet_compute_market::Machines::<Test>::iter().collect::<Vec<_>>() {
			ComputeMarket::deregister_machine(signed(machine.provider), id).unwrap();
		}
		let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
		assert_eq!((held, HeldMoney::iter_values().sum::<Balance>()), (0, 0));
		seen
	})
}

/// Steps, most of them aimed: taken at random, too few would get past the first checks of a call.
fn sequence() -> impl Strategy<Value = Vec<(Step, bool)>> {
	prop::collection::vec((step(), prop::bool::weighted(0.85)), 1..120)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn lease_should_be_as_one_that_is_settled_in_every_block_whatever_is_done(steps in sequence()) {
		play(steps);
	}
}

/// The property above says something only if its sequences get everywhere. These always do, being always the same.
#[test]
fn sequences_should_reach_every_event_and_outcome() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeSet::new();
	for _ in 0..512 {
		for event in play(sequence().new_tree(&mut runner).unwrap().current()) {
			seen.insert(match event {
				Event::LeaseEnded { reason, .. } => format!("{reason:?}"),
				Event::LeasePaid { payment, .. } => format!("Paid in {payment:?}"),
				other => {
					let text = format!("{other:?}");
					let name = text.trim_start_matches("Event::");
					name.chars().take_while(|letter| letter.is_alphanumeric()).collect()
				},
			});
		}
	}
	let expected = [
		"Abandoned",
		"ArrearsForfeited",
		"BidPlaced",
		"Cancelled",
		"Closed",
		"EscrowFunded",
		"EscrowReturned",
		"EscrowWithdrawn",
		"Expired",
		"LeasePaused",
		"LeaseReclaimed",
		"LeaseResumed",
		"LeaseStarted",
		"ManifestSet",
		"NoBids",
		"OrderPlaced",
		"Paid in Asset(1)",
		"Paid in Credits",
		"Paid in Native",
		"ProviderHalted",
		"RanOut",
		"Reclaimed",
		"Unserved",
	];
	assert_eq!(seen.into_iter().collect::<Vec<String>>(), expected);
}
