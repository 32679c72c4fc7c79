//! The guard over the real `pallet-oracle`: operators feed, the median is acted on, silence halts.

use crate::{self as pallet_compute_credits, *};
use assay_primitives::Price;
use frame_support::{
	assert_noop, assert_ok, derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, Hooks, SortedMembers},
	PalletId,
};
use frame_system::EnsureRoot;
use sp_runtime::BuildStorage;

type AccountId = u64;
type Block = frame_system::mocking::MockBlockU32<Chain>;

const BUYER: AccountId = 1;
const OPERATORS: [AccountId; 3] = [11, 12, 13];
/// The oracle's key of the native token's price.
const TOKEN: u32 = 0;
/// A token of twelve decimals.
const UNIT: Balance = 1_000_000_000_000;

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
	pub struct Chain;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Oracle = pallet_oracle;
	#[runtime::pallet_index(3)]
	pub type Credits = pallet_compute_credits;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Chain {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Chain {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<1_000_000_000>;
}

pub struct Clock;
impl Time for Clock {
	type Moment = u64;

	fn now() -> u64 {
		u64::from(System::block_number()) * 6_000
	}
}

pub struct Operators;
impl SortedMembers<AccountId> for Operators {
	fn sorted_members() -> Vec<AccountId> {
		OPERATORS.to_vec()
	}
}

parameter_types! {
	pub const OracleId: PalletId = PalletId(*b"tst/orcl");
	pub const Spread: Perbill = Perbill::from_parts(2_500_000);
	pub const MaxDeviation: Perbill = Perbill::from_percent(10);
}

impl pallet_oracle::Config for Chain {
	type OnNewData = ();
	// At least two operators, each no older than five minutes.
	type CombineData = pallet_oracle::DefaultCombineData<Self, ConstU32<2>, ConstU64<300_000>>;
	type Time = Clock;
	type OracleKey = u32;
	type OracleValue = FixedU128;
	type PalletId = OracleId;
	type Members = Operators;
	type WeightInfo = ();
	type MaxHasDispatchedSize = ConstU32<4>;
	type MaxFeedValues = ConstU32<2>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
}

/// As a runtime has it.
pub struct OraclePrice;
impl PriceSource for OraclePrice {
	fn price() -> Option<Price> {
		Oracle::get(&TOKEN).map(|fed| Price { usd: fed.value, at: fed.timestamp })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_price(usd: FixedU128) {
		let fed = pallet_oracle::TimestampedValue { value: usd, timestamp: Clock::now() };
		pallet_oracle::Values::<Chain>::insert(TOKEN, fed);
	}
}

impl Config for Chain {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Price = OraclePrice;
	type Time = Clock;
	type AdminOrigin = EnsureRoot<AccountId>;
	type TokenUnit = ConstU128<UNIT>;
	type Spread = Spread;
	type MaxPriceAge = ConstU64<600_000>;
	type MaxDeviation = MaxDeviation;
	type AverageBlocks = ConstU32<300>;
	type RecoveryBlocks = ConstU32<20>;
	type QueueDelay = ConstU32<10>;
	type MinConversion = ConstU128<UNIT>;
	type MaxConversion = ConstU128<{ 10_000 * UNIT }>;
	type MaxQueue = ConstU32<500>;
	type MaxQueuedPerAccount = ConstU32<5>;
	type MaxAttempts = ConstU32<3>;
	type MaxConversionsPerBlock = ConstU32<50>;
	type LimitPeriod = ConstU32<14_400>;
	type MaxBurnPerPeriod = ConstU128<{ 1_000_000 * UNIT }>;
	type WeightInfo = ();
}

fn execute(test: impl FnOnce()) {
	let mut storage = frame_system::GenesisConfig::<Chain>::default().build_storage().unwrap();
	let balances = vec![(BUYER, 100_000 * UNIT)];
	pallet_balances::GenesisConfig::<Chain> { balances, ..Default::default() }
		.assimilate_storage(&mut storage)
		.unwrap();
	sp_io::TestExternalities::from(storage).execute_with(|| {
		System::set_block_number(1);
		Credits::integrity_test();
		test();
		Credits::do_try_state().unwrap();
	});
}

fn run(blocks: u32) {
	for _ in 0..blocks {
		let now = System::block_number();
		Credits::on_idle(now, Weight::MAX);
		Oracle::on_finalize(now);
		System::set_block_number(now + 1);
		Credits::on_initialize(now + 1);
	}
}

fn feed(operator: AccountId, cents: u128) {
	let price = (TOKEN, FixedU128::from_rational(cents, 100));
	assert_ok!(Oracle::feed_values(RuntimeOrigin::signed(operator), vec![price].try_into().unwrap()));
}

/// All operators feed every ten blocks.
fn run_fed(blocks: u32, cents: [u128; 3]) {
	for _ in 0..blocks / 10 {
		for (operator, cents) in OPERATORS.into_iter().zip(cents) {
			feed(operator, cents);
		}
		run(10);
	}
}

fn is_open() -> bool {
	Guard::<Chain>::get().breaker == Breaker::Open
}

#[test]
fn median_of_the_operators_should_be_the_price() {
	execute(|| {
		feed(OPERATORS[0], 114);
		run(30);
		assert!(!is_open(), "one operator is not enough");
		run_fed(40, [114, 113, 9_999]);
		assert!(is_open());
		assert_eq!(Credits::quote_credits(UNIT), Some(1_140_000 - 2_850));
		assert_ok!(Credits::buy_credits(RuntimeOrigin::signed(BUYER), 1_000 * UNIT, 1_137_150_000));
		run_fed(20, [114, 0, 114]);
		assert_eq!(Credits::credits(BUYER).free, 1_137_150_000);
		assert_eq!(Credits::credits(BUYER).basis, 1_000 * UNIT);
		assert_eq!(Balances::total_issuance(), 99_000 * UNIT);
	});
}

#[test]
fn silence_of_the_operators_should_halt() {
	execute(|| {
		run_fed(40, [114, 114, 114]);
		assert!(is_open());
		run(100);
		assert!(!is_open());
		let stranger = vec![(TOKEN, FixedU128::one())].try_into().unwrap();
		let refused = pallet_oracle::Error::<Chain>::NoPermission;
		assert_noop!(Oracle::feed_values(RuntimeOrigin::signed(BUYER), stranger), refused);
		// A single operator cannot revive the price: the oracle keeps the old one, with its date.
		feed(OPERATORS[0], 114);
		run(30);
		assert!(!is_open());
		run_fed(40, [114, 114, 114]);
		assert!(is_open());
	});
}

#[test]
fn majority_of_operators_gone_mad_should_halt() {
	execute(|| {
		run_fed(40, [114, 114, 114]);
		assert_ok!(Credits::buy_credits(RuntimeOrigin::signed(BUYER), 1_000 * UNIT, 0));
		run_fed(20, [114, 100_000, 100_000]);
		assert!(!is_open());
		assert_eq!(Credits::credits(BUYER).free, 0);
		run_fed(40, [114, 114, 114]);
		assert!(is_open());
		assert_eq!(Credits::credits(BUYER).free, 1_137_150_000);
	});
}
