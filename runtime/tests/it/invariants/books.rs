//! The sums that the invariants are about.

use crate::support::*;
use assay_primitives::{Paid, PaymentRails};
use assay_runtime::{
	configs::STABLE_ASSET, params::MINT_PERIOD, Balance, Balances, JobId, LeaseId, PaymentKind, Runtime, RuntimeEvent,
	System, TokenMint,
};
use pallet_capacity::{Event as CapacityEvent, UnexpectedKind as CapacityUnexpected};
use pallet_checkers::{Check, Checks, Event as CheckersEvent, Stage, Waiting};
use pallet_compute_credits::{Event as CreditsEvent, Ledgers, Line};
use pallet_compute_lease::{Event as LeaseEvent, Lease, LeaseState, Leases};
use pallet_compute_market::{Event as MarketEvent, Job, JobState, Jobs, Machines, UnexpectedKind as MarketUnexpected};
use pallet_staking_slash::{
	Departed, Error as StakeError, Event as StakeEvent, Ledgers as StakeLedgers, PendingSlashes, Pools, SlashState,
};
use pallet_token_mint::Event as MintEvent;
use pallet_work_proofs::{Announcements, Demands, Event as ProofsEvent, UnexpectedKind as ProofsUnexpected};
use std::collections::BTreeMap;

/// What has gone in and out of one job's or lease's escrow, by the events, in what it is paid with.
#[derive(Default)]
struct Flow {
	deposited: Balance,
	paid: Balance,
	refunded: Balance,
}

/// All that is on hold in any account.
fn held() -> Balance {
	frame_system::Account::<Runtime>::iter_values().map(|account| account.data.reserved).sum()
}

/// All native tokens that should be on hold by what our pallets store.
pub fn booked() -> Balance {
	let stakes: Balance = StakeLedgers::<Runtime>::iter_values().map(|ledger| ledger.held()).sum();
	let pools: Balance = Pools::<Runtime>::iter_values().map(|pool| pool.fund.amount).sum();
	let leaving: Balance = Departed::<Runtime>::iter_values().map(|left| left.unbonding.amount).sum();
	let machines: Balance = Machines::<Runtime>::iter_values().map(|machine| machine.deposit).sum();
	let of_job = |job: Job<Runtime>| {
		let bid = match &job.state {
			JobState::Open { best: Some(bid), .. } => bid.deposit,
			_ => 0,
		};
		let escrow = if job.payment == PaymentKind::Native { job.escrow } else { 0 };
		escrow + job.deposit + bid
	};
	let jobs: Balance = Jobs::<Runtime>::iter_values().map(of_job).sum();
	let of_lease = |lease: Lease<Runtime>| {
		let bid = match &lease.state {
			LeaseState::Open { best: Some(bid), .. } => bid.deposit,
			_ => 0,
		};
		let escrow = if lease.payment == PaymentKind::Native { lease.escrow() } else { 0 };
		escrow + lease.deposit + bid
	};
	let leases: Balance = Leases::<Runtime>::iter_values().map(of_lease).sum();
	let of_contest = |state| match state {
		SlashState::Contested { bond, .. } => bond,
		_ => 0,
	};
	let contests: Balance = PendingSlashes::<Runtime>::iter_values().map(|slash| of_contest(slash.state)).sum();
	let vesting: Balance = pallet_reward_vesting::Ledgers::<Runtime>::iter_values().map(|ledger| ledger.total()).sum();
	let demands: Balance = Demands::<Runtime>::iter_values().map(|demand| demand.deposit).sum();
	let announced: Balance = Announcements::<Runtime>::iter_values().map(|announcement| announcement.deposit).sum();
	let checkers: Balance = pallet_checkers::Checkers::<Runtime>::iter_values().map(|checker| checker.bond).sum();
	let credits = Line::<Runtime>::get().amount;
	let held = stakes + pools + leaving + machines + jobs + leases + contests;
	held + vesting + demands + announced + checkers + credits
}

/// What the rails have in escrow in `payment`, by what they keep themselves.
fn escrowed(payment: PaymentKind) -> Balance {
	match payment {
		// Who has credits need not have an account.
		PaymentKind::Credits => Ledgers::<Runtime>::iter_values().map(|ledger| ledger.escrowed).sum(),
		_ => frame_system::Account::<Runtime>::iter_keys()
			.map(|who| <Runtime as pallet_compute_lease::Config>::Rails::held(payment, &who))
			.sum(),
	}
}

/// What jobs and leases have in escrow in `payment`.
fn escrow_of_trade(payment: PaymentKind) -> Balance {
	let jobs = Jobs::<Runtime>::iter_values().filter(|job| job.payment == payment).map(|job| job.escrow);
	let leases = Leases::<Runtime>::iter_values().filter(|lease| lease.payment == payment).map(|lease| lease.escrow());
	jobs.chain(leases).sum()
}

/// The sums that the invariants are about, kept by reading events.
pub struct Books {
	/// Issuance at genesis.
	genesis: Balance,
	/// What was on hold at genesis, for other pallets.
	others: Balance,
	burned: Balance,
	jobs: BTreeMap<JobId, Flow>,
	leases: BTreeMap<LeaseId, Flow>,
	/// How often a machine's part in a capacity round, or a probe, has ended how, and what has become of leases.
	pub endings: BTreeMap<String, u32>,
}

impl Books {
	pub fn at_genesis() -> Self {
		System::reset_events();
		Self {
			genesis: Balances::total_issuance(),
			others: held(),
			burned: 0,
			jobs: BTreeMap::new(),
			leases: BTreeMap::new(),
			endings: BTreeMap::new(),
		}
	}

	fn end(&mut self, how: &str) {
		*self.endings.entry(how.into()).or_default() += 1;
	}

	fn pay(&mut self, job: JobId, payment: PaymentKind, paid: Paid<Balance>) {
		self.jobs.entry(job).or_default().paid += paid.to_provider + paid.burned + paid.to_treasury;
		// What pays in credits was burned when they were made.
		if payment == PaymentKind::Native {
			self.burned += paid.burned;
		}
	}

	pub fn read_events(&mut self) {
		for event in take_events() {
			match event {
				RuntimeEvent::ComputeMarket(MarketEvent::JobSubmitted { job, escrow, .. }) => {
					self.jobs.entry(job).or_default().deposited += escrow;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobAssigned { job, surplus, .. }) => {
					self.jobs.entry(job).or_default().refunded += surplus;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobRefunded { job, amount, .. }) => {
					self.jobs.entry(job).or_default().refunded += amount;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::RangeSettled { job, payment, paid, .. }) => {
					self.end("RangeSettled");
					self.pay(job, payment, paid);
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobSettled { job, payment, paid, .. }) => {
					self.pay(job, payment, paid);
				},
				// Where nothing was worked off for longer than an offence can be old.
				RuntimeEvent::ComputeMarket(MarketEvent::Unexpected {
					kind: MarketUnexpected::SlashFailed { error, .. },
				}) if error == StakeError::<Runtime>::OffenceTooOld.into() => {},
				RuntimeEvent::ComputeMarket(MarketEvent::Unexpected { kind }) => panic!("market: {kind:?}"),
				RuntimeEvent::ComputeLease(
					LeaseEvent::OrderPlaced { lease, escrow: amount, .. }
					| LeaseEvent::EscrowFunded { lease, amount, .. },
				) => self.leases.entry(lease).or_default().deposited += amount,
				RuntimeEvent::ComputeLease(LeaseEvent::LeasePaid { lease, payment, paid, .. }) => {
					if Leases::<Runtime>::get(lease)
						.is_some_and(|lease| matches!(lease.state, LeaseState::Running { .. }))
					{
						self.end("LeasePaid");
					}
					self.leases.entry(lease).or_default().paid += paid.to_provider + paid.burned + paid.to_treasury;
					if payment == PaymentKind::Native {
						self.burned += paid.burned;
					}
				},
				RuntimeEvent::ComputeLease(
					LeaseEvent::EscrowReturned { lease, amount, .. }
					| LeaseEvent::EscrowWithdrawn { lease, amount, .. },
				) => self.leases.entry(lease).or_default().refunded += amount,
				RuntimeEvent::ComputeLease(LeaseEvent::ArrearsForfeited { lease, amount, .. }) => {
					self.end("LeaseForfeited");
					self.leases.entry(lease).or_default().paid += amount;
				},
				RuntimeEvent::ComputeLease(LeaseEvent::LeasePaused { .. }) => self.end("LeasePaused"),
				RuntimeEvent::ComputeLease(LeaseEvent::LeaseResumed { .. }) => self.end("LeaseResumed"),
				RuntimeEvent::ComputeLease(LeaseEvent::LeaseEnded { reason, .. }) => {
					self.end(&format!("Lease{reason:?}"));
				},
				RuntimeEvent::ComputeLease(LeaseEvent::Unexpected { kind }) => panic!("leases: {kind:?}"),
				RuntimeEvent::ComputeCredits(CreditsEvent::CreditsBought { burned, .. }) => self.burned += burned,
				RuntimeEvent::ComputeCredits(CreditsEvent::Unexpected { kind }) => panic!("credits: {kind:?}"),
				RuntimeEvent::StakingSlash(StakeEvent::Slashed {
					amount,
					to_wronged,
					to_reporter,
					to_treasury,
					burned,
					..
				}) => {
					let parts = to_wronged + to_reporter + to_treasury + burned;
					assert_eq!(amount, parts, "a slash is split without loss");
					self.burned += burned;
				},
				RuntimeEvent::StakingSlash(StakeEvent::DebtCollected { burned, .. }) => self.burned += burned,
				RuntimeEvent::StakingSlash(StakeEvent::LiabilityCollected { burned, .. }) => self.burned += burned,
				RuntimeEvent::StakingSlash(StakeEvent::Unexpected { kind }) => panic!("stake: {kind:?}"),
				RuntimeEvent::WorkProofs(ProofsEvent::Unexpected {
					kind: ProofsUnexpected::SlashFailed { error, .. },
				}) if error == StakeError::<Runtime>::OffenceTooOld.into() => {},
				RuntimeEvent::WorkProofs(ProofsEvent::Unexpected { kind }) => panic!("proofs: {kind:?}"),
				RuntimeEvent::Capacity(CapacityEvent::Proved { .. }) => self.end("Proved"),
				RuntimeEvent::Capacity(CapacityEvent::Refuted { .. }) => self.end("Refuted"),
				RuntimeEvent::Capacity(CapacityEvent::Settled { outcome, .. }) => self.end(&format!("{outcome:?}")),
				RuntimeEvent::Capacity(CapacityEvent::Unexpected {
					kind: CapacityUnexpected::SlashFailed { error, .. },
				}) if error == StakeError::<Runtime>::OffenceTooOld.into() => {},
				RuntimeEvent::Capacity(CapacityEvent::Unexpected { kind }) => panic!("capacity: {kind:?}"),
				RuntimeEvent::Checkers(CheckersEvent::ProbeEnded { outcome, .. }) => {
					self.end(outcome.map_or("Undecided", |served| if served { "Served" } else { "Unreachable" }));
				},
				RuntimeEvent::Checkers(CheckersEvent::Unexpected { kind }) => panic!("checkers: {kind:?}"),
				// Before the first mint there is no treasury, so that a small payment to it is burned.
				RuntimeEvent::TokenMint(MintEvent::DepositBurned { amount, .. }) => self.burned += amount,
				RuntimeEvent::TokenMint(MintEvent::Unexpected { kind }) => panic!("mint: {kind:?}"),
				_ => {},
			}
		}
	}

	pub fn check(&self) {
		// 1. Issuance.
		let minted = TokenMint::emission(MAIN, System::block_number() / MINT_PERIOD).unwrap();
		assert_eq!(Balances::total_issuance(), self.genesis + minted - self.burned, "issuance");
		// 2. Holds and ledgers, 4. stake, 5. pots: by the pallets, which cannot see what no ledger explains.
		check_invariants();
		assert_eq!(held(), self.others + booked(), "something is on hold that nobody accounts for");
		// Those of assets and credits are no holds of native tokens. An account that has nothing booked any more has nothing.
		for payment in [PaymentKind::Native, PaymentKind::Asset(STABLE_ASSET), PaymentKind::Credits] {
			assert_eq!(escrowed(payment), escrow_of_trade(payment), "{payment:?} in escrow for nothing");
		}
		// 3. Every escrow account.
		for (id, flow) in &self.jobs {
			let held = Jobs::<Runtime>::get(id).map_or(0, |job| job.escrow);
			assert_eq!(flow.deposited, flow.paid + flow.refunded + held, "escrow of {id:?}");
		}
		for (id, flow) in &self.leases {
			let held = Leases::<Runtime>::get(id).map_or(0, |lease| lease.escrow());
			assert_eq!(flow.deposited, flow.paid + flow.refunded + held, "escrow of {id:?}");
		}
		// Every question about a result is a demand, or nobody would ever end it.
		for (id, job) in Jobs::<Runtime>::iter() {
			if let JobState::Contested { open, .. } = job.state {
				let waits = Waiting::<Runtime>::get().iter().any(|candidate| candidate.job == id);
				let agreed = |check: Check<Runtime>| matches!(check.stage, Stage::Agreed { .. });
				let checked = waits || Checks::<Runtime>::get(id).is_some_and(|check| !agreed(check));
				let demands = Demands::<Runtime>::iter_prefix(id).count();
				assert_eq!(open as usize, demands + usize::from(checked), "questions about {id:?}");
			}
		}
	}
}
