//! A runtime with balances and this pallet only, in small numbers, and a price that tests set.

use crate::{self as pallet_compute_credits, *};
use assay_primitives::{CreditsEscrow, Price};
use frame_support::{assert_ok, derive_impl, parameter_types, traits::Hooks};
use frame_system::EnsureRoot;
use sp_runtime::BuildStorage;

pub type AccountId = u64;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;

/// What everybody has in the beginning.
pub const ENDOWMENT: Balance = 100_000;
/// Milliseconds of a block.
pub const BLOCK_TIME: u64 = 6_000;

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
	pub type Credits = pallet_compute_credits;
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
	pub const ExistentialDeposit: Balance = 5;
	/// A token of a thousand units: at a dollar a token, a unit is a thousand credits.
	pub const TokenUnit: Balance = 1_000;
	pub static Spread: Perbill = Perbill::from_percent(1);
	pub const MaxPriceAge: u64 = 60_000;
	pub static MaxDeviation: Perbill = Perbill::from_percent(10);
	pub const AverageBlocks: u32 = 10;
	pub const RecoveryBlocks: u32 = 5;
	pub static QueueDelay: u32 = 2;
	pub static MinConversion: Balance = 10;
	pub const MaxConversion: Balance = 10_000;
	pub const MaxQueue: u32 = 6;
	pub const MaxQueuedPerAccount: u32 = 3;
	pub const MaxAttempts: u32 = 3;
	pub const MaxConversionsPerBlock: u32 = 4;
	pub const LimitPeriod: u32 = 20;
	pub static MaxBurnPerPeriod: Balance = 20_000;

	/// The source's price.
	pub static Usd: Option<FixedU128> = None;
	/// How old it is, in milliseconds.
	pub static Age: u64 = 0;
}

pub struct SetPrice;
impl PriceSource for SetPrice {
	fn price() -> Option<Price> {
		Usd::get().map(|usd| Price { usd, at: Clock::now().saturating_sub(Age::get()) })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_price(usd: FixedU128) {
		Usd::set(Some(usd));
		Age::set(0);
	}
}

pub struct Clock;
impl Time for Clock {
	type Moment = u64;

	fn now() -> u64 {
		1_000_000 + u64::from(System::block_number()) * BLOCK_TIME
	}
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Price = SetPrice;
	type Time = Clock;
	type AdminOrigin = EnsureRoot<AccountId>;
	type TokenUnit = TokenUnit;
	type Spread = Spread;
	type MaxPriceAge = MaxPriceAge;
	type MaxDeviation = MaxDeviation;
	type AverageBlocks = AverageBlocks;
	type RecoveryBlocks = RecoveryBlocks;
	type QueueDelay = QueueDelay;
	type MinConversion = MinConversion;
	type MaxConversion = MaxConversion;
	type MaxQueue = MaxQueue;
	type MaxQueuedPerAccount = MaxQueuedPerAccount;
	type MaxAttempts = MaxAttempts;
	type MaxConversionsPerBlock = MaxConversionsPerBlock;
	type LimitPeriod = LimitPeriod;
	type MaxBurnPerPeriod = MaxBurnPerPeriod;
	type WeightInfo = ();
}

/// A chain that never had a price.
pub fn without_price() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: [ALICE, BOB, CAROL].into_iter().map(|who| (who, ENDOWMENT)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		// Block 0 keeps no events.
		System::set_block_number(1);
		// These live as long as their thread.
		Spread::set(Perbill::from_percent(1));
		MaxDeviation::set(Perbill::from_percent(10));
		QueueDelay::set(2);
		MinConversion::set(10);
		MaxBurnPerPeriod::set(20_000);
		Usd::set(None);
		Age::set(0);
	});
	ext
}

/// A chain on which a token has been worth a dollar for long.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut ext = without_price();
	ext.execute_with(|| {
		set_price(1, 1);
		Guard::<Test>::put(PriceGuard { average: Usd::get(), breaker: Breaker::Open });
	});
	ext
}

/// Run a test, and check all invariants when it is done.
pub fn build_and_execute<R>(test: impl FnOnce() -> R) -> R {
	new_test_ext().execute_with(|| {
		let result = test();
		check_everything();
		result
	})
}

/// All invariants, and what only a test can see: that the tokens that are gone were burned for credits.
pub fn check_everything() {
	Credits::do_try_state().unwrap();
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	assert_eq!(held, Line::<Test>::get().amount, "something is on hold that no conversion accounts for");
	let total: Balance =
		frame_system::Account::<Test>::iter_values().map(|account| account.data.free + account.data.reserved).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
	assert_eq!(total + Totals::<Test>::get().burned, 3 * ENDOWMENT, "tokens are gone, or new");
}

/// A fresh price of `n / d` dollars a token.
pub fn set_price(n: u128, d: u128) {
	Usd::set(Some(FixedU128::from_rational(n, d)));
	Age::set(0);
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn now() -> u32 {
	System::block_number()
}

/// End the current block, with weight left for the executor, and begin the next.
pub fn next_block() {
	end_block();
	begin_block();
}

/// End the current block, with weight left for the executor.
pub fn end_block() {
	Credits::on_idle(now(), Weight::MAX);
}

/// Begin the next block.
pub fn begin_block() {
	System::set_block_number(now() + 1);
	Credits::on_initialize(now());
}

/// End this block and the `n - 1` after it.
pub fn run(n: u32) {
	for _ in 0..n {
		next_block();
	}
}

/// Queue a conversion.
pub fn buy(who: AccountId, amount: Balance) -> ConversionId {
	buy_at_least(who, amount, 0)
}

/// Queue a conversion that accepts no fewer credits than `min`.
pub fn buy_at_least(who: AccountId, amount: Balance, min: MicroUsd) -> ConversionId {
	let id = NextConversionId::<Test>::get();
	assert_ok!(Credits::buy_credits(signed(who), amount, min));
	id
}

/// Give `who` the credits that `amount` tokens make, by burning them.
pub fn bought(who: AccountId, amount: Balance) {
	buy(who, amount);
	run(QueueDelay::get() + 1);
	assert_eq!(Line::<Test>::get().count, 0);
}

/// As [`bought`], with all credits in escrow. Returns how many.
pub fn escrowed(who: AccountId, amount: Balance) -> MicroUsd {
	bought(who, amount);
	let credits = ledger(who).free;
	assert_ok!(<Credits as CreditsEscrow<_, _>>::hold(&who, credits));
	credits
}

pub fn ledger(who: AccountId) -> CreditLedger {
	Credits::credits(who)
}

pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

pub fn held(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::Conversion.into(), &who)
}

/// The pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Credits(event) => Some(event),
			_ => None,
		})
		.collect()
}

pub fn last_event() -> Event<Test> {
	events().pop().unwrap()
}

pub fn is_open() -> bool {
	Guard::<Test>::get().breaker == Breaker::Open
}

/// Why nothing converts.
pub fn halted_for() -> Option<HaltReason> {
	match Guard::<Test>::get().breaker {
		Breaker::Halted { reason, .. } => Some(reason),
		Breaker::Open => None,
	}
}
