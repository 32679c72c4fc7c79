//! A runtime of the pallet with real balances, and with a small market, a small fleet, a clock that tests turn, and recorders
//! of rewards and convictions in place of the other pallets.

use crate::{self as pallet_checkers, *};
use assay_primitives::{EngineVersion, Epoch, Fault, Hash, JobResult, MachineId, Region, Tier};
use assay_proofs::{merkle, vote};
use frame_support::{
	assert_ok, derive_impl, parameter_types, storage_alias,
	traits::{fungible::Inspect, tokens::imbalance::ResolveTo, ConstU32, Hooks},
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash as _},
	BuildStorage,
};
use std::collections::BTreeMap;

pub type AccountId = u64;
pub type Balance = u128;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const CLIENT: AccountId = 1;
pub const PROVIDER: AccountId = 11;
pub const TREASURY: AccountId = 99;
pub const POOR: AccountId = 30;
/// Who become checkers.
pub const CHECKERS: [AccountId; 5] = [21, 22, 23, 24, 25];
/// Everybody that the tests know.
pub const ACCOUNTS: [AccountId; 9] = [CLIENT, PROVIDER, 21, 22, 23, 24, 25, POOR, TREASURY];

/// What everybody has in the beginning, but [`POOR`], who has the existential deposit.
pub const ENDOWMENT: Balance = 1_000_000;
pub const BOND: Balance = 1_000;
/// Units of every result.
pub const UNITS: u32 = 9;
/// The unit that cheating providers get wrong.
pub const WRONG_UNIT: u32 = 2;
pub const REVIEW: u32 = 50;
/// Guest and input of every result.
pub const GUEST: &[u8] = b"guest";
pub const INPUT: &[u8] = b"a scene";

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
	pub type CheckersPallet = pallet_checkers;
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
	pub const TreasuryAccount: AccountId = TREASURY;
	pub const Bond: Balance = BOND;
	pub const MinBond: Balance = 900;
	pub static CommitteeSize: u32 = 3;
	pub static SampleSize: u32 = 4;
	pub static MaxWaiting: u32 = 4;
	pub static MaxAttempts: u32 = 2;
	pub static CommitBlocks: u32 = 5;
	pub static SeatsPerProbe: u32 = 2;
	pub static MaxProbes: u32 = 3;
	pub const SilencePenalty: Perbill = Perbill::from_percent(2);
	pub const OutvotedPenalty: Perbill = Perbill::from_percent(5);

	/// Credits so far.
	pub static Credits: BTreeMap<AccountId, u128> = BTreeMap::new();
	/// Convictions so far.
	pub static Convicted: Vec<(JobId, u32)> = Vec::new();
	/// Whether convicting fails.
	pub static ConvictionFails: bool = false;
}

/// The epoch of the present block.
#[storage_alias]
pub type Clock = StorageValue<Mock, (EpochIndex, u32), frame_support::pallet_prelude::ValueQuery>;
/// Whether the present epoch has brought no randomness.
#[storage_alias]
pub type NoRandomness = StorageValue<Mock, bool, frame_support::pallet_prelude::ValueQuery>;

pub struct MockEpochs;
impl Epochs for MockEpochs {
	fn now() -> Epoch {
		let (index, elapsed) = Clock::get();
		let randomness = (!NoRandomness::get()).then(|| H256::from_low_u64_be(index.wrapping_add(1)));
		Epoch { index, elapsed, randomness }
	}
}

/// A job of the small market.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct MockJob {
	pub root: H256,
	pub first: u32,
	pub units: u32,
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
			machine: MachineId(1),
			guest: BlakeTwo256::hash(GUEST),
			input: BlakeTwo256::hash(INPUT),
			first: job.first,
			units: job.units,
			gas_per_unit: 100,
			engine: EngineVersion(1),
			root: job.root,
			committed_at: job.committed_at,
			review_ends: job.committed_at + REVIEW,
			open: job.open,
		})
	}

	fn contest(job: JobId) -> DispatchResult {
		Results::try_mutate(job, |job| {
			let job = job.as_mut().ok_or(NO_RESULT)?;
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

	fn refuse(job: JobId, _: Fault) -> Result<Option<(Tier, Region)>, DispatchError> {
		Results::take(job).ok_or(NO_RESULT)?;
		Ok(Some((Tier(1), Region(1))))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_result(_: H256, _: H256, units: u32, _: Gas, root: H256) -> Result<JobId, DispatchError> {
		Ok(commit(MockJob { root, first: 0, units, committed_at: now(), settles_at: now() + REVIEW, open: 0 }))
	}
}

/// The machines that can be drawn.
#[storage_alias]
pub type Fleet = StorageValue<Mock, Vec<MachineId>, frame_support::pallet_prelude::ValueQuery>;
/// Those of them that are gone.
#[storage_alias]
pub type Gone = StorageValue<Mock, Vec<MachineId>, frame_support::pallet_prelude::ValueQuery>;
/// What was noted of machines.
#[storage_alias]
pub type Ratings = StorageValue<Mock, Vec<(MachineId, bool)>, frame_support::pallet_prelude::ValueQuery>;

/// What a device signs: whose it is, and what it answers.
pub type Answer = (MachineId, EpochIndex, AccountId);

pub struct SmallFleet;
impl ProbedMachines<AccountId, Answer> for SmallFleet {
	fn seats() -> u32 {
		Fleet::get().len() as u32
	}

	fn draw(randomness: &Hash, number: u32) -> Option<(MachineId, AccountId)> {
		let fleet = Fleet::get();
		let place = BlakeTwo256::hash_of(&(randomness, number)).to_low_u64_be().checked_rem(fleet.len() as u64)?;
		let machine = fleet[place as usize];
		Self::is_registered(machine).then_some((machine, PROVIDER))
	}

	fn is_registered(machine: MachineId) -> bool {
		Fleet::get().contains(&machine) && !Gone::get().contains(&machine)
	}

	fn answered(machine: MachineId, epoch: EpochIndex, checker: &AccountId, signature: &Answer) -> bool {
		Self::is_registered(machine) && *signature == (machine, epoch, *checker)
	}

	fn rate(machine: MachineId, served: bool) {
		Ratings::mutate(|ratings| ratings.push((machine, served)));
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_probed(number: u32) -> MachineId {
		let machine = MachineId(number.into());
		Fleet::mutate(|fleet| fleet.push(machine));
		machine
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_answer(machine: MachineId, epoch: EpochIndex, checker: &AccountId) -> Answer {
		(machine, epoch, *checker)
	}
}

pub struct Court;
impl Convictions for Court {
	fn withheld(job: JobId, at: u32) -> DispatchResult {
		ensure!(!ConvictionFails::get(), DispatchError::Unavailable);
		Market::refuse(job, Fault::Withheld)?;
		Convicted::mutate(|convicted| convicted.push((job, at)));
		Ok(())
	}
}

pub struct Ledger;
impl CheckerRewards<AccountId> for Ledger {
	fn credit_checks(checker: &AccountId, checks: u128) {
		Credits::mutate(|credits| *credits.entry(*checker).or_default() += checks);
	}
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Epochs = MockEpochs;
	type Results = Market;
	type Convictions = Court;
	type Machines = SmallFleet;
	type Signature = Answer;
	type Rewards = Ledger;
	type ToTreasury = ResolveTo<TreasuryAccount, Balances>;
	type Bond = Bond;
	type MinBond = MinBond;
	type UnbondBlocks = ConstU32<20>;
	type CommitteeSize = CommitteeSize;
	type SampleSize = SampleSize;
	type MaxWaiting = MaxWaiting;
	type EarlySlots = ConstU32<6>;
	type CommitBlocks = CommitBlocks;
	type RevealBlocks = ConstU32<4>;
	type OpenBlocks = ConstU32<6>;
	type MaxGuestBytes = ConstU32<40>;
	type MaxInputBytes = ConstU32<100>;
	type DisputeBlocks = ConstU32<7>;
	type MaxAttempts = MaxAttempts;
	type SilencePenalty = SilencePenalty;
	type OutvotedPenalty = OutvotedPenalty;
	type MaxSilences = ConstU32<3>;
	type ProbeBlocks = ConstU32<8>;
	type SeatsPerProbe = SeatsPerProbe;
	type MaxProbes = MaxProbes;
	type MaxLatency = ConstU32<10_000>;
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
		SeatsPerProbe::set(2);
		MaxProbes::set(3);
		Credits::set(BTreeMap::new());
		Convicted::set(Vec::new());
		ConvictionFails::set(false);
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

/// All invariants, and what only a test can see: that nothing is on hold that the books do not explain, that nothing was
/// minted or burned, and that each open question is one of ours.
pub fn check_everything() {
	CheckersPallet::do_try_state().unwrap();
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	let bonds: Balance = Checkers::<Test>::iter_values().map(|checker| checker.bond).sum();
	assert_eq!(held, bonds, "something is on hold that nobody accounts for");
	let total: Balance = ACCOUNTS.into_iter().map(|who| Balances::total_balance(&who)).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
	for (id, job) in Results::iter() {
		let waits = Waiting::<Test>::get().iter().any(|candidate| candidate.job == id);
		let agreed = |check: Check<Test>| matches!(check.stage, Stage::Agreed { .. });
		let checked = Checks::<Test>::get(id).is_some_and(|check| !agreed(check));
		assert_eq!(job.open == 1, waits || checked, "{id:?}: a question that nobody answers, or none");
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
	CheckersPallet::on_idle(now(), Weight::MAX);
	System::set_block_number(now() + 1);
	CheckersPallet::on_initialize(now());
}

/// Go to `block`; the blocks before it have weight left for deadlines.
pub fn run_to(block: u32) {
	while now() < block {
		next_block();
	}
}

/// Begin the next epoch, in the next block.
pub fn next_epoch() {
	Clock::mutate(|(index, elapsed)| (*index, *elapsed) = (*index + 1, 0));
	next_block();
}

/// Have a result committed.
pub fn commit(job: MockJob) -> JobId {
	let id = JobId(NextJob::get());
	NextJob::put(id.0 + 1);
	Results::insert(id, job);
	CheckersPallet::committed(id);
	id
}

/// What unit `index` comes to.
pub fn finding(index: u32) -> Finding {
	Finding { outcome: H256::repeat_byte(index as u8 + 1), gas: 10 + u64::from(index) }
}

/// The outcomes of all units, of which [`WRONG_UNIT`] is wrong if there is `cheating`.
pub fn outcomes(cheating: bool) -> Vec<[u8; 32]> {
	let wrong = |index| cheating && index == WRONG_UNIT;
	(0..UNITS).map(|index| if wrong(index) { [0xee; 32] } else { finding(index).outcome.0 }).collect()
}

/// A result, of which [`WRONG_UNIT`] is wrong if there is `cheating`.
pub fn committed(cheating: bool) -> JobId {
	let root = H256(merkle::root(&outcomes(cheating)).unwrap());
	commit(MockJob { root, first: 0, units: UNITS, committed_at: now(), settles_at: now() + REVIEW, open: 0 })
}

/// Everybody of [`CHECKERS`] joins.
pub fn seat_all() {
	for who in CHECKERS {
		assert_ok!(CheckersPallet::join(signed(who)));
	}
}

/// A result whose check has begun, with a sample that holds [`WRONG_UNIT`] and is not all of the units.
pub fn drawn(cheating: bool) -> JobId {
	SampleSize::set(4);
	if Roster::<Test>::count() == 0 {
		seat_all();
	}
	// The sample follows from the job's number and the epoch.
	for _ in 0..100 {
		let job = committed(cheating);
		next_epoch();
		if check(job).position(WRONG_UNIT).is_some() {
			return job;
		}
		abandon(job);
	}
	panic!("unit {WRONG_UNIT} is never drawn")
}

/// Have a job end, and with it its check.
pub fn abandon(job: JobId) {
	Results::remove(job);
	assert_ok!(CheckersPallet::close_check(signed(CLIENT), job));
}

pub fn check(job: JobId) -> Check<Test> {
	Checks::<Test>::get(job).unwrap()
}

/// The members of a job's committee.
pub fn members(job: JobId) -> Vec<AccountId> {
	check(job).members.iter().map(|member| member.who).collect()
}

/// What an honest member finds.
pub fn honest(job: JobId) -> Findings<Test> {
	let found: Vec<_> = check(job).sample.iter().map(|index| finding(*index)).collect();
	found.try_into().unwrap()
}

/// What somebody finds who has been paid for it: what the cheating provider has committed to, with the right gas.
pub fn bought(job: JobId) -> Findings<Test> {
	let all = outcomes(true);
	let found: Vec<_> = check(job)
		.sample
		.iter()
		.map(|index| Finding { outcome: H256(all[*index as usize]), gas: finding(*index).gas })
		.collect();
	found.try_into().unwrap()
}

/// The salt of a member.
pub fn salt(who: AccountId) -> [u8; 32] {
	[who as u8; 32]
}

/// A member commits to these findings.
pub fn commit_vote(who: AccountId, job: JobId, findings: &Findings<Test>) -> DispatchResultWithPostInfo {
	let commitment = vote::commitment(job.0, check(job).attempt, &who.encode(), &findings.encode(), &salt(who));
	CheckersPallet::commit_vote(signed(who), job, H256(commitment))
}

/// A member reveals these findings.
pub fn reveal_vote(who: AccountId, job: JobId, findings: &Findings<Test>) -> DispatchResultWithPostInfo {
	CheckersPallet::reveal_vote(signed(who), job, findings.clone(), salt(who))
}

/// The members vote so, in their order, and reveal it.
pub fn vote(job: JobId, votes: [&Findings<Test>; 3]) {
	let members = members(job);
	for (who, findings) in members.iter().zip(votes) {
		assert_ok!(commit_vote(*who, job, findings));
	}
	for (who, findings) in members.iter().zip(votes) {
		assert_ok!(reveal_vote(*who, job, findings));
	}
}

/// A member says that it could have guest or input from nobody.
pub fn miss_data(who: AccountId, job: JobId) -> DispatchResultWithPostInfo {
	CheckersPallet::miss_data(signed(who), job)
}

/// A result of which two members of three could not have guest and input.
pub fn lacking(cheating: bool) -> JobId {
	let job = drawn(cheating);
	for who in &members(job)[..2] {
		assert_ok!(miss_data(*who, job));
	}
	assert_eq!(check(job).stage, Stage::Asked);
	job
}

/// Somebody shows a guest and an input.
pub fn show_as(who: AccountId, job: JobId, guest: &[u8], input: &[u8]) -> DispatchResultWithPostInfo {
	let bounded = (guest.to_vec().try_into().unwrap(), input.to_vec().try_into().unwrap());
	CheckersPallet::show_data(signed(who), job, bounded.0, bounded.1)
}

/// The provider shows those of the job.
pub fn show_data(job: JobId) -> DispatchResultWithPostInfo {
	show_as(PROVIDER, job, GUEST, INPUT)
}

/// What the commitment has for the sample.
pub fn leaves(job: JobId, cheating: bool) -> Leaves<Test> {
	let all = outcomes(cheating);
	let leaf = |index: &u32| (H256(all[*index as usize]), merkle::prove(&all, *index).unwrap());
	let all: Vec<_> = check(job).sample.iter().map(leaf).collect();
	all.try_into().unwrap()
}

/// The provider shows them.
pub fn open(job: JobId, cheating: bool) -> DispatchResultWithPostInfo {
	CheckersPallet::open_sample(signed(PROVIDER), job, leaves(job, cheating))
}

/// The chain runs a unit, of which the commitment has what it has. Returns what members have lost by it.
pub fn dispute(job: JobId, index: u32, cheating: bool) -> assay_primitives::Balance {
	let Finding { outcome, gas } = finding(index);
	let refuted = outcomes(cheating)[index as usize] != outcome.0;
	if refuted {
		Results::remove(job);
	}
	CheckersPallet::judged(job, index, UnitRun { outcome, gas }, refuted)
}

/// Who has found what a unit comes to, when `who` shows it.
pub fn finder(job: JobId, index: u32, who: AccountId) -> Option<AccountId> {
	let Finding { outcome, gas } = finding(index);
	CheckersPallet::finder(job, index, &UnitRun { outcome, gas }, &who)
}

/// The chain runs a unit outside the sample that is wrong, too.
pub fn refute_beside(job: JobId) {
	let index = (0..UNITS).find(|index| check(job).position(*index).is_none()).unwrap();
	let Finding { outcome, gas } = finding(index);
	Results::remove(job);
	CheckersPallet::judged(job, index, UnitRun { outcome, gas }, true);
}

/// The only machine, whose probe has begun, with everybody of [`CHECKERS`] on the roster.
pub fn probed() -> MachineId {
	if Roster::<Test>::count() == 0 {
		seat_all();
	}
	let machine = MachineId(7);
	Fleet::put(vec![machine]);
	next_epoch();
	assert!(Probes::<Test>::contains_key(machine), "the only machine is probed");
	machine
}

pub fn probe(machine: MachineId) -> Probe<Test> {
	Probes::<Test>::get(machine).unwrap()
}

/// The members of a probe's committee.
pub fn probers(machine: MachineId) -> Vec<AccountId> {
	probe(machine).members.iter().map(|member| member.who).collect()
}

/// A member reports.
pub fn report(who: AccountId, machine: MachineId, observation: Observation<Answer>) -> DispatchResultWithPostInfo {
	CheckersPallet::report_probe(signed(who), machine, observation)
}

/// What a member reports that was served so.
pub fn answer(who: AccountId, machine: MachineId, latency: u32, rate: u32) -> Observation<Answer> {
	Observation::Served { latency, rate, signature: (machine, probe(machine).epoch, who) }
}

/// A member reports that it was served.
pub fn serve(who: AccountId, machine: MachineId, latency: u32, rate: u32) {
	assert_ok!(report(who, machine, answer(who, machine, latency, rate)));
}

/// A member reports that it was not.
pub fn miss(who: AccountId, machine: MachineId) {
	assert_ok!(report(who, machine, Observation::Unreachable));
}

/// A machine is taken off the market.
pub fn deregister(machine: MachineId) {
	Gone::mutate(|gone| gone.push(machine));
	<CheckersPallet as MachineObserver<AccountId>>::deregistered(machine);
}

pub fn checker(who: AccountId) -> Checker<Test> {
	Checkers::<Test>::get(who).unwrap()
}

/// What somebody was credited.
pub fn credits(who: AccountId) -> u128 {
	Credits::get().get(&who).copied().unwrap_or_default()
}

/// The pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::CheckersPallet(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// How a job's checks ended so far.
pub fn conclusions(job: JobId) -> Vec<Conclusion> {
	let ended = |event| match event {
		Event::Ended { job: of, conclusion } if of == job => Some(conclusion),
		_ => None,
	};
	events().into_iter().filter_map(ended).collect()
}
