//! A runtime of the pallet with real balances, and with a small market, a scripted arbiter and a recorder of offences in
//! place of the other pallets.

use crate::{self as pallet_work_proofs, *};
use assay_primitives::{BlobHash, Offence, Region, Tier, UnitRun};
use assay_proofs::{prepare, Engine, Interpreter, Limits, Trap};
use frame_support::{
	assert_ok, derive_impl, parameter_types, storage_alias,
	traits::{fungible::Inspect, tokens::imbalance::ResolveTo, ConstU32, ConstU64, Hooks},
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BuildStorage,
};

pub type AccountId = u64;
pub type Balance = u128;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const CLIENT: AccountId = 1;
pub const PROVIDER: AccountId = 11;
pub const CHALLENGER: AccountId = 21;
pub const STRANGER: AccountId = 22;
pub const POOR: AccountId = 23;
pub const TREASURY: AccountId = 99;
/// Everybody that the tests know.
pub const ACCOUNTS: [AccountId; 6] = [CLIENT, PROVIDER, CHALLENGER, STRANGER, POOR, TREASURY];

/// What everybody has in the beginning, but [`POOR`], who has the existential deposit.
pub const ENDOWMENT: Balance = 1_000_000;
pub const BOND: Balance = 1_000;
pub const DEPOSIT: Balance = 500;
/// What is on hold for an announcement.
pub const ANNOUNCED: Balance = 70;
/// What a report slashes where a test does not say otherwise.
pub const SLASH: Balance = 7_000;
/// The machine of every result, with its class and place.
pub const MACHINE: MachineId = MachineId(3);
pub const TIER: Tier = Tier(2);
pub const REGION: Region = Region(7);
/// Units of every result.
pub const UNITS: u32 = 5;
/// Gas that they may use.
pub const GAS: Gas = 1_000;
/// For how many blocks a result is reviewed.
pub const REVIEW: u32 = 10;

/// A guest whose output is its input and the index, for 10 gas.
pub const ECHO: &[u8] = b"echo";
/// A guest that uses up all its gas.
pub const GREEDY: &[u8] = b"greedy";
/// No guest.
pub const INVALID: &[u8] = b"invalid";
/// A guest on which the arbiter fails.
pub const POISON: &[u8] = b"poison";
pub const INPUT: &[u8] = b"scene";

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type WorkProofs = pallet_work_proofs;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = 10;
	pub static DisputeBond: Balance = BOND;
	pub static DemandDeposit: Balance = DEPOSIT;
	pub static AnnouncementDeposit: Balance = ANNOUNCED;
	pub static AnnouncementDelay: u32 = 2;
	pub static AnnouncementLifetime: u32 = 8;
	pub static RevealWindow: u32 = 6;
	pub static DisputeWindow: u32 = 4;
	pub static MaxOpenDemands: u32 = 5;
	pub static ClientDemands: u32 = 2;
	pub static MaxGuestBytes: u32 = 40_000;
	pub static MaxOutputBytes: u32 = 200;
	pub static MaxDisputeShare: Perbill = Perbill::from_percent(50);
	pub const TreasuryAccount: AccountId = TREASURY;
	/// What a report slashes at once.
	pub static Slashed: Balance = SLASH;
	/// What others lose by each verdict.
	pub static Lost: Balance = 0;

	/// Every offence reported so far.
	pub static Reports: Vec<OffenceReport<AccountId>> = Vec::new();
	/// Whether slashing fails.
	pub static SlashFails: bool = false;
	/// Whether the market has lost the machines.
	pub static MachineLost: bool = false;
	/// Every job that was refused so far.
	pub static Refusals: Vec<(JobId, Fault)> = Vec::new();
	/// What was told of disputed units so far.
	pub static Verdicts: Vec<(JobId, u32, UnitRun, bool)> = Vec::new();
	/// Who has voted for what.
	pub static Votes: Vec<(AccountId, JobId, u32, UnitRun)> = Vec::new();
}

/// A job of the small market.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct MockJob {
	pub guest: H256,
	pub input: H256,
	pub first: u32,
	pub units: u32,
	pub gas_per_unit: Gas,
	pub engine: EngineVersion,
	pub root: H256,
	pub committed_at: u32,
	pub settles_at: u32,
	pub open: u32,
}

/// The results that are neither paid for nor refused.
#[storage_alias]
pub type Results = StorageMap<Mock, frame_support::Twox64Concat, JobId, MockJob>;
/// The id of the next job.
#[storage_alias]
pub type NextJob = StorageValue<Mock, u64, frame_support::pallet_prelude::ValueQuery>;

pub const NO_RESULT: DispatchError = DispatchError::Other("no result");

pub struct Market;
impl JobResults<AccountId> for Market {
	fn result(job: JobId) -> Result<JobResult<AccountId>, DispatchError> {
		let job = Results::get(job).ok_or(NO_RESULT)?;
		Ok(JobResult {
			client: CLIENT,
			provider: PROVIDER,
			machine: MACHINE,
			guest: job.guest,
			input: job.input,
			first: job.first,
			units: job.units,
			gas_per_unit: job.gas_per_unit,
			engine: job.engine,
			root: job.root,
			committed_at: job.committed_at,
			review_ends: job.committed_at + REVIEW,
			open: job.open,
		})
	}

	fn contest(job: JobId) -> DispatchResult {
		Results::try_mutate(job, |job| {
			let job = job.as_mut().ok_or(NO_RESULT)?;
			ensure!(now() < job.committed_at + REVIEW, DispatchError::Other("review over"));
			job.open += 1;
			Ok(())
		})
	}

	fn reopen(job: JobId) -> DispatchResult {
		Self::contest(job)
	}

	fn answer(job: JobId, until: u32) -> DispatchResult {
		Results::try_mutate(job, |job| {
			let job = job.as_mut().ok_or(NO_RESULT)?;
			job.open = job.open.checked_sub(1).ok_or(DispatchError::Other("no question"))?;
			job.settles_at = job.settles_at.max(until);
			Ok(())
		})
	}

	fn refuse(job: JobId, fault: Fault) -> Result<Option<(Tier, Region)>, DispatchError> {
		Results::take(job).ok_or(NO_RESULT)?;
		Refusals::mutate(|refusals| refusals.push((job, fault)));
		Ok((!MachineLost::get()).then_some((TIER, REGION)))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_result(
		guest: BlobHash,
		input: BlobHash,
		units: u32,
		gas_per_unit: Gas,
		root: H256,
	) -> Result<JobId, DispatchError> {
		Ok(commit(MockJob { units, gas_per_unit, ..mock_job(guest, input, root) }))
	}
}

pub struct RecordedStake;
impl ProviderStake<AccountId, Balance> for RecordedStake {
	fn is_active(_: &AccountId) -> bool {
		true
	}

	fn add_machine(_: &AccountId, _: MachineId, _: Tier, _: Region) -> DispatchResult {
		Ok(())
	}

	fn remove_machine(_: &AccountId, _: MachineId, _: Tier, _: Region) -> DispatchResult {
		Ok(())
	}

	fn machine_stake(_: Tier) -> Balance {
		100
	}

	fn report(report: OffenceReport<AccountId>) -> Result<Balance, DispatchError> {
		if SlashFails::get() {
			// Leaves something behind that must be rolled back.
			System::inc_account_nonce(report.provider);
			return Err(DispatchError::Unavailable);
		}
		Reports::mutate(|reports| reports.push(report));
		Ok(Slashed::get())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(_: &AccountId, _: Tier) {}
}

/// What a unit of [`ECHO`] writes.
pub fn echo(index: u32) -> Vec<u8> {
	[INPUT, &index.to_le_bytes()].concat()
}

/// What stands for a unit that used up its gas.
pub fn out_of_gas() -> H256 {
	UnitOutput::<Test>::Trapped(Trap::OutOfGas).outcome()
}

/// What stands for the units of a guest that is none.
pub fn invalid_guest() -> H256 {
	UnitOutput::<Test>::Trapped(Trap::InvalidGuest).outcome()
}

/// Scripted for the guests above, and the interpreter for real ones.
pub struct ScriptedArbiter;
impl Arbiter for ScriptedArbiter {
	fn run_unit(
		engine: EngineVersion,
		guest: &[u8],
		input: &[u8],
		index: u32,
		gas_limit: Gas,
	) -> Result<UnitRun, ArbiterError> {
		ensure!(engine == EngineVersion(1), ArbiterError::UnknownEngine);
		ensure!(gas_limit <= 16_000_000, ArbiterError::GasLimitTooHigh);
		match guest {
			INVALID => Ok(UnitRun { outcome: invalid_guest(), gas: 0 }),
			POISON => Err(ArbiterError::Engine),
			guest if guest.starts_with(b"\0asm") => {
				let Ok(guest) = prepare(guest, &Limits::STANDARD) else {
					return Ok(UnitRun { outcome: invalid_guest(), gas: 0 });
				};
				let engine = Interpreter::new();
				let run = engine
					.compile(&guest)
					.and_then(|module| engine.run(&module, input, index, gas_limit))
					.map_err(|_| ArbiterError::Engine)?;
				Ok(UnitRun { outcome: H256(run.output_hash()), gas: run.gas })
			},
			guest if guest.starts_with(GREEDY) => Ok(UnitRun { outcome: out_of_gas(), gas: gas_limit }),
			_ => {
				let output = [input, &index.to_le_bytes()].concat();
				Ok(UnitRun { outcome: BlakeTwo256::hash(&output), gas: 10 })
			},
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn dearest_guest(bytes: u32) -> Vec<u8> {
		let mut guest = GREEDY.to_vec();
		guest.resize(bytes as usize, 0);
		guest
	}
}

pub struct RecordedVerdicts;
impl VerdictObserver for RecordedVerdicts {
	fn judged(job: JobId, index: u32, run: UnitRun, refuted: bool) -> assay_primitives::Balance {
		Verdicts::mutate(|verdicts| verdicts.push((job, index, run, refuted)));
		Lost::get()
	}
}

pub struct Voters;
impl Finders<AccountId> for Voters {
	fn finder(job: JobId, index: u32, run: &UnitRun, challenger: &AccountId) -> Option<AccountId> {
		let votes = Votes::get();
		let mut right = votes.iter().filter(|vote| (vote.1, vote.2, vote.3) == (job, index, *run)).map(|vote| vote.0);
		let first = right.next()?;
		Some(right.find(|who| who == challenger).unwrap_or(first))
	}
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Results = Market;
	type Stake = RecordedStake;
	type Arbiter = ScriptedArbiter;
	type Observer = RecordedVerdicts;
	type Finders = Voters;
	type ToTreasury = ResolveTo<TreasuryAccount, Balances>;
	type DisputeBond = DisputeBond;
	type AnnouncementDeposit = AnnouncementDeposit;
	type AnnouncementDelay = AnnouncementDelay;
	type AnnouncementLifetime = AnnouncementLifetime;
	type DemandDeposit = DemandDeposit;
	type RevealBaseFee = frame_support::traits::ConstU128<20>;
	type RevealByteFee = frame_support::traits::ConstU128<2>;
	type RevealWindow = RevealWindow;
	type DisputeWindow = DisputeWindow;
	type MaxOpenDemands = MaxOpenDemands;
	type ClientDemands = ClientDemands;
	type MaxGuestBytes = MaxGuestBytes;
	type MaxInputBytes = ConstU32<1_000>;
	type MaxOutputBytes = MaxOutputBytes;
	type MaxGas = ConstU64<16_000_000>;
	type MaxDisputeShare = MaxDisputeShare;
	type WeightInfo = ();
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: ACCOUNTS
			.into_iter()
			.map(|who| (who, if who == POOR { ExistentialDeposit::get() } else { ENDOWMENT }))
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		// The recorders live as long as their thread.
		Reports::set(Vec::new());
		SlashFails::set(false);
		Slashed::set(SLASH);
		Lost::set(0);
		MachineLost::set(false);
		Refusals::set(Vec::new());
		Verdicts::set(Vec::new());
		Votes::set(Vec::new());
	});
	ext
}

/// Run a test, and check all invariants when it is done.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		check_everything();
	});
}

/// All invariants, and what only a test can see: that nothing else is on hold, that nothing was minted or burned, and
/// that all questions are demands.
pub fn check_everything() {
	WorkProofs::do_try_state().unwrap();
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	let deposits: Balance = Demands::<Test>::iter_values().map(|demand| demand.deposit).sum();
	let announced: Balance = Announcements::<Test>::iter_values().map(|announcement| announcement.deposit).sum();
	assert_eq!(held, deposits + announced, "something is on hold that nobody accounts for");
	let total: Balance = ACCOUNTS.into_iter().map(|who| Balances::total_balance(&who)).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
	for (id, job) in Results::iter() {
		assert_eq!(job.open as usize, Demands::<Test>::iter_prefix(id).count(), "a question is no demand");
	}
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn now() -> u32 {
	System::block_number()
}

/// End the current block, with weight left for deadlines, and begin the next.
pub fn next_block() {
	WorkProofs::on_idle(now(), Weight::MAX);
	System::set_block_number(now() + 1);
}

/// Go to `block`; the blocks before it have weight left for deadlines.
pub fn run_to(block: u32) {
	while now() < block {
		next_block();
	}
}

/// Go to `block`; the blocks before it are too full for deadlines.
pub fn skip_to(block: u32) {
	System::set_block_number(block);
}

/// The hash of something.
pub fn hash(bytes: &[u8]) -> H256 {
	BlakeTwo256::hash(bytes)
}

pub fn mock_job(guest: BlobHash, input: BlobHash, root: H256) -> MockJob {
	let engine = EngineVersion(1);
	let (committed_at, settles_at) = (now(), now() + REVIEW);
	MockJob { guest, input, first: 0, units: UNITS, gas_per_unit: GAS, engine, root, committed_at, settles_at, open: 0 }
}

/// Have a result committed.
pub fn commit(job: MockJob) -> JobId {
	let id = JobId(NextJob::get());
	NextJob::put(id.0 + 1);
	Results::insert(id, job);
	id
}

/// The outcomes of all units of [`ECHO`], of which unit 2 is wrong if there is `cheating`.
pub fn outcomes(cheating: bool) -> Vec<[u8; 32]> {
	let wrong = |index| cheating && index == 2;
	(0..UNITS).map(|index| if wrong(index) { [9; 32] } else { hash(&echo(index)).0 }).collect()
}

/// A result of `guest` with these outcomes.
pub fn committed_as(guest: &[u8], outcomes: &[[u8; 32]]) -> JobId {
	let root = H256(merkle::root(outcomes).unwrap());
	commit(mock_job(hash(guest), hash(INPUT), root))
}

/// A result of [`ECHO`], of which unit 2 is wrong if there is `cheating`.
pub fn committed(cheating: bool) -> JobId {
	committed_as(ECHO, &outcomes(cheating))
}

pub fn guest(bytes: &[u8]) -> GuestOf<Test> {
	bytes.to_vec().try_into().unwrap()
}

pub fn input(bytes: &[u8]) -> InputOf<Test> {
	bytes.to_vec().try_into().unwrap()
}

/// `who` disputes unit `index` of a result of [`ECHO`], truly quoting what was committed.
pub fn dispute(who: AccountId, job: JobId, index: u32, cheating: bool) -> DispatchResultWithPostInfo {
	let all = outcomes(cheating);
	let (claimed, opening) = (H256(all[index as usize]), merkle::prove(&all, index).unwrap());
	WorkProofs::dispute_unit(signed(who), job, index, claimed, opening, GAS, guest(ECHO), input(INPUT))
}

/// What `who` announces of unit `index` of a result of [`ECHO`].
pub fn announcement(who: AccountId, job: JobId, index: u32) -> H256 {
	WorkProofs::announcement_of(&who, job, index, &hash(&echo(index)))
}

/// `who` announces that.
pub fn announce(who: AccountId, job: JobId, index: u32) -> DispatchResult {
	WorkProofs::announce_dispute(signed(who), announcement(who, job, index))
}

/// `who` reveals unit `index` of an honest result of [`ECHO`].
pub fn reveal(who: AccountId, job: JobId, index: u32) -> DispatchResult {
	let output = UnitOutput::Bytes(echo(index).try_into().unwrap());
	let opening = merkle::prove(&outcomes(false), index).unwrap();
	WorkProofs::reveal_unit(signed(who), job, index, output, opening)
}

/// An honest result of which [`CHALLENGER`] has demanded unit 1: to be revealed in block 7 at the latest.
pub fn demanded() -> JobId {
	let job = committed(false);
	assert_ok!(WorkProofs::demand_unit(signed(CHALLENGER), job, 1));
	job
}

/// What an offence of [`PROVIDER`] is reported as when nobody reports it.
pub fn offence(job: JobId, offence: Offence, at: u32) -> OffenceReport<AccountId> {
	OffenceReport {
		offence,
		provider: PROVIDER,
		machine: MACHINE,
		tier: TIER,
		region: REGION,
		at,
		subject: job.0,
		wronged: Some(CLIENT),
		reporter: None,
	}
}

pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

pub fn held(reason: HoldReason, who: AccountId) -> Balance {
	Balances::balance_on_hold(&reason.into(), &who)
}

/// The pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::WorkProofs(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// What the pallet worked around so far.
pub fn unexpected() -> Vec<UnexpectedKind<AccountId, Balance>> {
	events()
		.into_iter()
		.filter_map(|event| match event {
			Event::Unexpected { kind } => Some(kind),
			_ => None,
		})
		.collect()
}

/// Let `who` keep nothing free, as an account can that something else keeps alive.
pub fn impoverish(who: AccountId) {
	use frame_support::traits::{
		fungible::Mutate,
		tokens::{Fortitude, Precision, Preservation},
	};
	System::inc_providers(&who);
	let rest = free(who);
	let burned = Balances::burn_from(&who, rest, Preservation::Expendable, Precision::Exact, Fortitude::Force).unwrap();
	assert_eq!(burned, rest);
}
