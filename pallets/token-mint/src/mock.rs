//! A runtime with balances and this pallet only, in small numbers.

use crate::{self as pallet_token_mint, BudgetTable, Event, Pot, Schedule, WorkLedgers};
use assay_primitives::{AccountId, Balance, WorkRewards};
use frame_support::{derive_impl, parameter_types, traits::Hooks, PalletId};
use frame_system::{mocking::MockBlockU32, EnsureRoot};
use sp_io::TestExternalities;
use sp_runtime::{traits::IdentityLookup, BuildStorage, Perbill};

/// Existential deposit.
pub const ED: Balance = 10;
/// What is endowed at genesis, to four accounts.
pub const ENDOWED: Balance = 4_000;
/// Blocks in a period.
pub const PERIOD: u32 = 10;
/// The schedule at genesis.
pub const SCHEDULE: Schedule = Schedule { period: PERIOD, half_life: 20, pool: 600_000 };
/// The bound of rewards by fees at genesis.
pub const FEE_SHARE: Perbill = Perbill::from_percent(50);

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
	pub type TokenMint = pallet_token_mint;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountData = pallet_balances::AccountData<Balance>;
	type AccountId = AccountId;
	type Block = MockBlockU32<Test>;
	type Lookup = IdentityLookup<AccountId>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = ED;
	pub const MintPalletId: PalletId = PalletId(*b"tst/mint");
	pub const Cap: Balance = 1_000_000;
	pub const GenesisSupply: Balance = 400_000;
	pub static EmissionSchedule: Schedule = SCHEDULE;
	pub static RewardFeeShare: Perbill = FEE_SHARE;
}

impl pallet_token_mint::Config for Test {
	type AdminOrigin = EnsureRoot<AccountId>;
	type Cap = Cap;
	type Currency = Balances;
	type GenesisSupply = GenesisSupply;
	type PalletId = MintPalletId;
	type RewardFeeShare = RewardFeeShare;
	type Schedule = EmissionSchedule;
	type WeightInfo = ();
}

/// Account number `n`; those from 1 to 4 are endowed.
pub fn account(n: u8) -> AccountId {
	AccountId::new([n; 32])
}

/// Storage of a genesis with `start` and `budget`.
pub fn genesis(start: u32, budget: Vec<(Pot, Perbill)>, endowed: Balance) -> TestExternalities {
	// Another test may have changed them on this thread.
	EmissionSchedule::set(SCHEDULE);
	RewardFeeShare::set(FEE_SHARE);
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let balances = (1..=4).map(|n| (account(n), endowed / 4)).collect();
	pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }.assimilate_storage(&mut storage).unwrap();
	pallet_token_mint::GenesisConfig::<Test> { start, budget }.assimilate_storage(&mut storage).unwrap();
	let mut ext = TestExternalities::from(storage);
	// Block 0 keeps no events.
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// The genesis that tests begin with: the default budget, emission from block 0.
pub fn new_test_ext() -> TestExternalities {
	genesis(0, crate::budget::default_budget().into_inner(), ENDOWED)
}

/// Run `test` on the genesis, and the pallet's checks after it.
pub fn build_and_execute<R>(test: impl FnOnce() -> R) -> R {
	new_test_ext().execute_with(|| {
		let result = test();
		TokenMint::do_try_state().unwrap();
		result
	})
}

/// Execute the blocks up to and with `block`.
pub fn run_to(block: u32) {
	while System::block_number() < block {
		skip_to(System::block_number() + 1);
	}
}

/// Execute `block` as if the hooks of those before it had never run.
pub fn skip_to(block: u32) {
	System::set_block_number(block);
	TokenMint::on_initialize(block);
}

/// Let period `n` end.
pub fn end_period(n: u32) {
	run_to(n * PERIOD);
}

/// Credit account `n` with accepted work.
pub fn work(n: u8, work: u128, fee: Balance) {
	<TokenMint as WorkRewards<_, _>>::credit_work(&account(n), work, fee);
}

/// Balance of account `n`.
pub fn balance(n: u8) -> Balance {
	Balances::free_balance(account(n))
}

/// Balance of `pot`.
pub fn pot(pot: Pot) -> Balance {
	Balances::free_balance(TokenMint::pot_account(pot))
}

/// What the ledger of account `n` holds, if it has one.
pub fn ledger(n: u8) -> Option<crate::WorkLedger> {
	WorkLedgers::<Test>::contains_key(account(n)).then(|| WorkLedgers::<Test>::get(account(n)))
}

/// A budget of `parts` in billionths.
pub fn budget(parts: &[(Pot, u32)]) -> BudgetTable {
	let parts = parts.iter().map(|(pot, part)| (*pot, Perbill::from_parts(*part)));
	BudgetTable::try_from(parts.collect::<Vec<_>>()).unwrap()
}

/// This pallet's events so far, oldest first; forgets them.
pub fn take_events() -> Vec<Event<Test>> {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::TokenMint(event) => Some(event),
		_ => None,
	});
	let events = events.collect();
	System::reset_events();
	events
}
