//! A runtime of the pallet with a scripted clock, and with recorders in place of the other pallets. Proofs are real, and
//! small.

use crate::{self as pallet_capacity, *};
use assay_proofs::capacity::{Reference, Work};
use frame_support::{
	assert_ok, derive_impl, parameter_types, storage_alias,
	traits::{Authorize, ConstU32, Hooks},
};
use sp_runtime::{
	testing::TestSignature,
	transaction_validity::{TransactionSource, TransactionValidityError},
	BuildStorage,
};

pub type AccountId = u64;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
/// What a report slashes.
pub const SLASH: Balance = 7_000;
/// What a machine of tier 1 requires; one of tier 2 twice that.
pub const STAKE: Balance = 1_000_000;
pub const TIER: Tier = Tier(1);
/// A class that has no rounds.
pub const NO_ROUNDS: Tier = Tier(9);
pub const REGION: Region = Region(7);
/// Slots of an epoch, each of which has a block.
pub const EPOCH: u32 = 20;
/// What a round asks of tier 1.
pub const PARAMS: Params = Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };

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
	pub type Capacity = pallet_capacity;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub static DrawShare: Perbill = Perbill::from_percent(100);
	pub static MaxDrawn: u32 = 6;
	pub static MaxTogether: u32 = 3;
	/// Epochs that bring no randomness.
	pub static Dark: bool = false;
	/// Providers that may not take on work.
	pub static Halted: Vec<AccountId> = Vec::new();
	/// Whether slashing fails.
	pub static SlashFails: bool = false;
}

/// Where the scripted clock stands: epoch and elapsed slots.
#[storage_alias]
pub type Clock = StorageValue<Mock, (EpochIndex, u32), frame_support::pallet_prelude::ValueQuery>;
/// Every offence reported so far.
#[storage_alias]
pub type Reports = StorageValue<Mock, Vec<OffenceReport<AccountId>>, frame_support::pallet_prelude::ValueQuery>;
/// Every credit so far.
#[storage_alias]
pub type Credits = StorageValue<Mock, Vec<(AccountId, u128)>, frame_support::pallet_prelude::ValueQuery>;

pub struct ScriptedEpochs;
impl Epochs for ScriptedEpochs {
	fn now() -> Epoch {
		let (index, elapsed) = Clock::get();
		let randomness = (!Dark::get()).then(|| H256(blake2_256(&index.encode())));
		Epoch { index, elapsed, randomness }
	}
}

pub struct RecordedStake;
impl ProviderStake<AccountId, Balance> for RecordedStake {
	fn is_active(provider: &AccountId) -> bool {
		!Halted::get().contains(provider)
	}

	fn add_machine(_: &AccountId, _: MachineId, _: Tier, _: Region) -> DispatchResult {
		Ok(())
	}

	fn remove_machine(_: &AccountId, _: MachineId, _: Tier, _: Region) -> DispatchResult {
		Ok(())
	}

	fn machine_stake(tier: Tier) -> Balance {
		STAKE * Balance::from(tier.0)
	}

	fn report(report: OffenceReport<AccountId>) -> Result<Balance, DispatchError> {
		Reports::append(report);
		if SlashFails::get() {
			// What was left behind must be rolled back.
			return Err(DispatchError::Unavailable);
		}
		Ok(SLASH)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(_: &AccountId, _: Tier) {}
}

pub struct RecordedRewards;
impl CapacityRewards<AccountId> for RecordedRewards {
	fn credit_capacity(provider: &AccountId, score: u128) {
		Credits::append((*provider, score));
	}
}

pub struct TestParams;
impl Convert<Tier, Option<Params>> for TestParams {
	fn convert(tier: Tier) -> Option<Params> {
		(tier < NO_ROUNDS).then_some(PARAMS)
	}
}

#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;
#[cfg(feature = "runtime-benchmarks")]
impl BenchmarkHelper<AccountId, TestSignature> for Helper {
	fn device() -> AccountId {
		77
	}

	fn sign(device: &AccountId, payload: &[u8]) -> TestSignature {
		TestSignature(*device, payload.to_vec())
	}

	fn set_epoch(index: EpochIndex, elapsed: u32) {
		Clock::put((index, elapsed));
	}
}

impl Config for Test {
	type Epochs = ScriptedEpochs;
	type Stake = RecordedStake;
	type Rewards = RecordedRewards;
	type Signature = TestSignature;
	type RoundParams = TestParams;
	type EpochSlots = ConstU32<EPOCH>;
	type SlotMillis = ConstU32<1>;
	type HeartbeatSlots = ConstU32<5>;
	type CommitSlots = ConstU32<13>;
	type ProveBlocks = ConstU32<30>;
	type MinRoundBlocks = ConstU32<10>;
	type DrawShare = DrawShare;
	type MaxDrawn = MaxDrawn;
	type MaxTogether = MaxTogether;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Helper;
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		// These live as long as their thread.
		DrawShare::set(Perbill::from_percent(100));
		MaxDrawn::set(6);
		MaxTogether::set(3);
		Dark::set(false);
		Halted::set(Vec::new());
		SlashFails::set(false);
		Capacity::on_initialize(1);
	});
	ext
}

/// Run a test, and check all invariants when it is done.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Capacity::do_try_state().unwrap();
	});
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn now() -> u32 {
	System::block_number()
}

pub fn epoch() -> EpochIndex {
	Clock::get().0
}

/// End the current block with that weight left, and begin the next one, a slot later.
pub fn next_block(room: Weight) {
	let used = Capacity::on_idle(now(), room);
	assert!(used.all_lte(room), "used more than there was");
	let (mut index, mut elapsed) = Clock::get();
	elapsed += 1;
	if elapsed == EPOCH {
		(index, elapsed) = (index + 1, 0);
	}
	begin_block(index, elapsed);
}

/// Begin a block in that slot.
pub fn begin_block(index: EpochIndex, elapsed: u32) {
	Clock::put((index, elapsed));
	System::set_block_number(now() + 1);
	Capacity::on_initialize(now());
}

/// Go on so many blocks, in which every machine with a device tells of itself.
pub fn run(blocks: u32) {
	for _ in 0..blocks {
		beat_all();
		next_block(Weight::MAX);
	}
}

/// Go to the first block of the next epoch.
pub fn run_to_next_epoch() {
	let epoch = epoch();
	while self::epoch() == epoch {
		run(1);
	}
}

/// The same, while blocks have no weight left.
pub fn run_to_next_epoch_unsettled() {
	let epoch = epoch();
	while self::epoch() == epoch {
		beat_all();
		next_block(Weight::zero());
	}
}

/// Every machine with a device tells of itself if it has not.
pub fn beat_all() {
	let machines: Vec<MachineId> = Machines::<Test>::iter_keys().collect();
	for machine in machines {
		let _ = heartbeat(machine);
	}
}

/// The device of a machine.
pub fn device(machine: MachineId) -> AccountId {
	1_000 + machine.0
}

/// A machine that is registered, with a device.
pub fn machine(id: u64, provider: AccountId) -> MachineId {
	machine_of(id, provider, TIER, REGION)
}

pub fn machine_of(id: u64, provider: AccountId, tier: Tier, region: Region) -> MachineId {
	let machine = MachineId(id);
	<Capacity as MachineObserver<AccountId>>::registered(&provider, machine, tier, region);
	assert_ok!(Capacity::set_device(signed(provider), machine, Some(device(machine))));
	machine
}

/// Send a call of a device as a transaction: what is refused by the pool is never dispatched.
pub fn send(call: Call<Test>) -> Result<(), TransactionValidityError> {
	let (validity, unspent) =
		call.authorize(TransactionSource::External).expect("devices' calls authorize themselves")?;
	assert_eq!(validity.provides.len(), 1);
	assert!(unspent.all_lte(call.weight_of_authorize()));
	let origin = RuntimeOrigin::from(frame_system::RawOrigin::Authorized);
	frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call, origin)
		.expect("what was authorized succeeds");
	Ok(())
}

pub fn genesis() -> H256 {
	System::block_hash(0)
}

pub fn sign(machine: MachineId, payload: Vec<u8>) -> TestSignature {
	TestSignature(device(machine), payload)
}

pub fn heartbeat_call(machine: MachineId) -> Call<Test> {
	let (epoch, interval) = Capacity::heartbeat_interval();
	let signature = sign(machine, payload::heartbeat(&genesis(), machine, epoch, interval));
	Call::heartbeat { machine, epoch, interval, signature }
}

pub fn heartbeat(machine: MachineId) -> Result<(), TransactionValidityError> {
	send(heartbeat_call(machine))
}

/// Why a transaction was refused.
pub fn refusal(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(refusal.into())
}

/// A kernel that leaves out some of the work.
pub struct Lazy(pub bool);
impl assay_proofs::capacity::Kernel for Lazy {
	type Error = core::convert::Infallible;

	fn digests(&self, params: &Params, seed: &assay_proofs::Hash) -> Result<Vec<assay_proofs::Hash>, Self::Error> {
		let all: Vec<u32> = (0..params.blocks()).collect();
		let blocks = self.blocks(params, seed, &all)?;
		Ok(blocks.iter().filter_map(|entries| assay_proofs::capacity::block_digest(entries)).collect())
	}

	fn blocks(&self, params: &Params, seed: &assay_proofs::Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Self::Error> {
		let mut blocks = Reference.blocks(params, seed, wanted)?;
		if self.0 {
			blocks.iter_mut().for_each(|entries| entries.iter_mut().for_each(|entry| *entry ^= 1));
		}
		Ok(blocks)
	}
}

/// What a machine has to do first.
pub fn assignment(machine: MachineId) -> Option<Assignment<u32>> {
	Capacity::assignments(machine, RoundId(0)).into_iter().find(|assignment| assignment.task != DeviceTask::Wait)
}

/// What a machine has to commit to.
fn to_commit(machine: MachineId) -> Assignment<u32> {
	let all = Capacity::assignments(machine, RoundId(0)).into_iter();
	let mut wanted = all.filter(|assignment| matches!(assignment.task, DeviceTask::Commit { .. }));
	wanted.next().expect("the machine was drawn")
}

/// What a machine has to prove first.
fn to_prove(machine: MachineId) -> Assignment<u32> {
	let all = Capacity::assignments(machine, RoundId(0)).into_iter();
	let mut wanted = all.filter(|assignment| matches!(assignment.task, DeviceTask::Prove { .. }));
	wanted.next().expect("the machine has committed")
}

/// The work of a round, done honestly or not.
pub fn work(assignment: &Assignment<u32>, honest: bool) -> Work {
	Work::complete(&Lazy(!honest), assignment.params, assignment.seed.0).unwrap()
}

pub fn commit_call(machine: MachineId, honest: bool) -> Call<Test> {
	let assignment = to_commit(machine);
	let commitment = H256(work(&assignment, honest).commitment().unwrap());
	let round = assignment.round;
	let signature = sign(machine, payload::commitment(&genesis(), round, machine, &commitment));
	Call::commit { round, machine, commitment, signature }
}

/// A machine commits.
pub fn commit(machine: MachineId, honest: bool) -> RoundId {
	let round = to_commit(machine).round;
	assert_ok!(send(commit_call(machine, honest)));
	round
}

pub fn prove_call(machine: MachineId, honest: bool) -> Call<Test> {
	let assignment = to_prove(machine);
	let DeviceTask::Prove { challenge, .. } = assignment.task else { panic!("{assignment:?}") };
	let proof = work(&assignment, honest).open(&Lazy(!honest), &challenge.0).unwrap();
	let round = assignment.round;
	let signature = sign(machine, payload::proof(&genesis(), round, machine, &proof));
	Call::prove { round, machine, proof, signature }
}

/// A machine proves in the oldest round in which it has to.
pub fn prove(machine: MachineId, honest: bool) {
	assert_ok!(send(prove_call(machine, honest)));
}

/// A machine of [`ALICE`] that is drawn in the present block, the first of an epoch.
pub fn drawn() -> MachineId {
	let machine = machine(1, ALICE);
	// Told of itself in epoch 0; that counts in the draw of epoch 3.
	for _ in 0..3 {
		assert_eq!(NextRound::<Test>::get(), RoundId(0));
		run_to_next_epoch();
	}
	assert_eq!(epoch(), 3);
	assert!(assignment(machine).is_some(), "the only machine is drawn");
	System::reset_events();
	machine
}

/// The pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Capacity(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// How settlements ended so far.
pub fn settled() -> Vec<(MachineId, Settled)> {
	events()
		.into_iter()
		.filter_map(|event| match event {
			Event::Settled { machine, outcome, .. } => Some((machine, outcome)),
			_ => None,
		})
		.collect()
}

pub fn quality_of(machine: MachineId) -> u32 {
	Machines::<Test>::get(machine).unwrap().quality
}
