//! A chain in memory, and short words for what the tests do on it.

use assay_runtime::{
	configs::PriceKey, genesis_config_presets, params::MILLISECS_PER_BLOCK, AccountId, Balance, BlockNumber, Capacity,
	Checkers, ComputeCredits, ComputeLease, ComputeMarket, JobId, MachineId, PaymentKind, PriceOracle, Region,
	RewardVesting, Runtime, RuntimeCall, RuntimeEvent, RuntimeGenesisConfig, RuntimeOrigin, StakingSlash, System, Tier,
	TokenMint, WorkProofs,
};
use frame_support::{
	genesis_builder_helper::build_state,
	traits::{OnFinalize, OnIdle, OnInitialize},
	weights::Weight,
	BoundedVec,
};
use pallet_compute_market::JobSpec;
use pallet_token_mint::ScheduleId;
use serde_json::Value;
use sp_core::H256;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{traits::Dispatchable, DispatchError, FixedU128, Perbill};

pub use assay_runtime::params::UNIT;

/// The chain of that preset at block 1.
pub fn chain(preset: &str) -> TestExternalities {
	let mut ext = TestExternalities::default();
	ext.execute_with(|| {
		let patch = genesis_config_presets::get_preset(&preset.into()).expect("the preset exists");
		// A preset says only what differs from the default; a node puts the two together in the same way.
		let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default is JSON");
		merge(&mut config, serde_json::from_slice(&patch).expect("the preset is JSON"));
		build_state::<RuntimeGenesisConfig>(config.to_string().into_bytes()).expect("the preset builds");
		System::set_block_number(1);
	});
	ext
}

/// Puts what `patch` says in the place of what `config` says.
fn merge(config: &mut Value, patch: Value) {
	match (config, patch) {
		(Value::Object(config), Value::Object(patch)) => {
			for (name, value) in patch {
				merge(config.entry(name).or_insert(Value::Null), value);
			}
		},
		(config, patch) => *config = patch,
	}
}

pub fn account(key: Sr25519Keyring) -> AccountId {
	key.to_account_id()
}

/// Dispatch as a transaction of `who` would, without its fee.
pub fn call(who: &AccountId, call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
	call.into().dispatch(RuntimeOrigin::signed(who.clone())).map(|_| ()).map_err(|error| error.error)
}

/// Dispatch as the administrator.
pub fn call_as_root(call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
	call.into().dispatch(RuntimeOrigin::root()).map(|_| ()).map_err(|error| error.error)
}

/// Go on `blocks` blocks, running the hooks of our pallets with a whole block's idle weight.
pub fn advance(blocks: BlockNumber) {
	for _ in 0..blocks {
		leap(1);
		let (now, all) = (System::block_number(), Weight::from_parts(1_000_000_000_000, u64::MAX));
		ComputeCredits::on_idle(now, all);
		ComputeMarket::on_idle(now, all);
		ComputeLease::on_idle(now, all);
		StakingSlash::on_idle(now, all);
		WorkProofs::on_idle(now, all);
		Capacity::on_idle(now, all);
		Checkers::on_idle(now, all);
	}
}

/// Go on `blocks` blocks at once, of which only the last runs the hooks at its beginning, and no time is left at its end.
pub fn leap(blocks: BlockNumber) {
	let next = System::block_number() + blocks;
	System::set_block_number(next);
	pallet_timestamp::Now::<Runtime>::put(u64::from(next) * MILLISECS_PER_BLOCK);
	TokenMint::on_initialize(next);
	StakingSlash::on_initialize(next);
	ComputeCredits::on_initialize(next);
	Capacity::on_initialize(next);
	Checkers::on_initialize(next);
}

/// Three operators of a local network say what a token costs, in a block of its own.
pub fn feed(price: FixedU128) {
	leap(1);
	PriceOracle::on_finalize(System::block_number());
	for operator in [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie] {
		let values = BoundedVec::truncate_from(vec![(PriceKey::NativeInUsd, price)]);
		call(&account(operator), pallet_oracle::Call::feed_values { values }).unwrap();
	}
}

/// The chain's own emission schedule.
pub const MAIN: ScheduleId = ScheduleId(0);

/// Every invariant of our pallets.
pub fn check_invariants() {
	ComputeCredits::do_try_state().expect("compute-credits");
	RewardVesting::do_try_state().expect("reward-vesting");
	StakingSlash::do_try_state().expect("staking-slash");
	TokenMint::do_try_state().expect("token-mint");
	ComputeMarket::do_try_state().expect("compute-market");
	ComputeLease::do_try_state().expect("compute-lease");
	WorkProofs::do_try_state().expect("work-proofs");
	Capacity::do_try_state().expect("capacity");
	Checkers::do_try_state().expect("checkers");
}

/// Bonds for one machine of `tier` and registers it.
pub fn machine(provider: &AccountId, tier: u8, slots: u32) -> MachineId {
	let id = pallet_compute_market::NextMachineId::<Runtime>::get();
	call(provider, pallet_staking_slash::Call::bond { amount: 100 * UNIT * (1 << (tier - 1)) }).unwrap();
	call(
		provider,
		pallet_compute_market::Call::register_machine {
			tier: Tier(tier),
			region: Region(0),
			slots,
			endpoint: b"http://127.0.0.1:8701".to_vec().try_into().unwrap(),
		},
	)
	.unwrap();
	id
}

/// A guest whose units write nothing, whatever the input.
pub const SILENT: &[u8] = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0\x05\x03\x01\0\x01\
	\x07\x11\x02\x06memory\x02\0\x04unit\0\0\x0a\x04\x01\x02\0\x0b";

/// A job that every provider may take.
pub fn spec(units: u32, ceiling: Balance) -> JobSpec<Runtime> {
	JobSpec {
		guest: H256(assay_proofs::hash(SILENT)),
		input: H256(assay_proofs::hash(b"")),
		units,
		gas_per_unit: 1_000_000,
		ceiling,
		min_tier: Tier(1),
		min_reputation: Perbill::zero(),
		auction_blocks: 5,
		deadline: System::block_number() + 100,
		review_blocks: 10,
		source: b"http://127.0.0.1:8700".to_vec().try_into().unwrap(),
	}
}

pub fn submit(client: &AccountId, spec: JobSpec<Runtime>) -> Result<JobId, DispatchError> {
	let id = pallet_compute_market::NextJobId::<Runtime>::get();
	call(client, pallet_compute_market::Call::submit_job { spec, payment: PaymentKind::Native })?;
	Ok(id)
}

/// The events since the last call.
pub fn take_events() -> Vec<RuntimeEvent> {
	let events = System::events().into_iter().map(|record| record.event).collect();
	System::reset_events();
	events
}
