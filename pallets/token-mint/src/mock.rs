//! A runtime with balances, batches and this pallet only, in small numbers.

use crate::{
	self as pallet_token_mint, AllProgress, BudgetTable, ChainSchedule, CreditOf, Curve, Emission, EmissionInputs,
	Event, GenesisConfig, Inputs, Ledger, Ledgers, Owed, PayInFull, Pot, PotStates, Progress, Recipient, ScheduleId,
};
use assay_primitives::{
	AccountId, Balance, CapacityRewards, CheckerRewards, RewardKind, RewardPayee, SeizeRewards, Vesting, VestingPlan,
	WorkRewards,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		Contains, Hooks, Imbalance,
	},
	PalletId,
};
use frame_system::{mocking::MockBlockU32, EnsureRoot};
use pallet_authorship::EventHandler;
use sp_io::TestExternalities;
use sp_runtime::{
	traits::{Convert, IdentityLookup},
	BuildStorage, Perbill,
};

/// Existential deposit.
pub const ED: Balance = 10;
/// What is endowed at genesis, to four accounts.
pub const ENDOWED: Balance = 4_000;
/// Blocks in a period of the first schedule, and in a round.
pub const PERIOD: u32 = 10;
/// What the first schedule mints in the end, half of it in so many periods.
pub const POOL: Balance = 600_000;
/// Periods in which it mints half.
pub const HALF_LIFE: u32 = 20;
/// Its id.
pub const MAIN: ScheduleId = ScheduleId(0);
/// The bound of rewards by fees at genesis.
pub const FEE_SHARE: Perbill = Perbill::from_percent(50);
/// The account in which everything vests.
pub const VAULT: u8 = 200;

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
	#[runtime::pallet_index(3)]
	pub type Utility = pallet_utility;
}

/// Refuses transfers while they are closed, as a runtime's filter would.
pub struct TransferGate;

impl Contains<RuntimeCall> for TransferGate {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(call, RuntimeCall::Balances(_)) || TokenMint::transfers_open()
	}
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountData = pallet_balances::AccountData<Balance>;
	type AccountId = AccountId;
	type BaseCallFilter = TransferGate;
	type Block = MockBlockU32<Test>;
	type Lookup = IdentityLookup<AccountId>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
}

impl pallet_utility::Config for Test {
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
}

parameter_types! {
	pub const ExistentialDeposit: Balance = ED;
	pub const MintPalletId: PalletId = PalletId(*b"tst/mint");
	pub static Cap: Balance = 1_000_000;
	pub static GenesisSupply: Balance = 400_000;
	pub static Schedules: Vec<ChainSchedule> = vec![main_schedule(POOL)];
	pub static BondedRatio: Perbill = Perbill::zero();
	pub static Capacity: u128 = 0;
	pub static RoundLength: u32 = PERIOD;
	pub static RewardFeeShare: Perbill = FEE_SHARE;
	pub static MaxRewardFeeShare: Perbill = Perbill::from_percent(80);
	pub static MinFeePerWork: Balance = 0;
	/// Most that the payee takes of a reward.
	pub static PayeeTakes: Balance = Balance::MAX;
	/// Most that vests at once.
	pub static VaultTakes: Balance = Balance::MAX;
}

/// A network as [`BondedRatio`] and [`Capacity`] say.
pub struct Network;

impl EmissionInputs for Network {
	fn inputs() -> Inputs {
		Inputs {
			bonded_ratio: BondedRatio::get(),
			capacity: Capacity::get(),
			total_issuance: Balances::total_issuance(),
		}
	}
}

/// Takes up to [`PayeeTakes`] of a reward.
pub struct Payee;

impl RewardPayee<AccountId, Credit<AccountId, Balances>> for Payee {
	fn pay(account: &AccountId, kind: RewardKind, reward: CreditOf<Test>) -> Result<(), CreditOf<Test>> {
		let (taken, rest) = reward.split(PayeeTakes::get());
		let taken = PayInFull::<Test>::pay(account, kind, taken);
		give_back(taken, rest)
	}

	fn takes_whole(_: &AccountId) -> bool {
		PayeeTakes::get() == Balance::MAX
	}
}

/// Takes up to [`VaultTakes`] to vest, into [`VAULT`].
pub struct Vault;

impl Vesting<AccountId, Credit<AccountId, Balances>> for Vault {
	fn vest(_: &AccountId, _: VestingPlan, credit: CreditOf<Test>) -> Result<(), CreditOf<Test>> {
		let (taken, rest) = credit.split(VaultTakes::get());
		give_back(Balances::resolve(&account(VAULT), taken), rest)
	}
}

fn give_back(taken: Result<(), CreditOf<Test>>, rest: CreditOf<Test>) -> Result<(), CreditOf<Test>> {
	match taken {
		Ok(()) if rest.peek() == 0 => Ok(()),
		Ok(()) => Err(rest),
		Err(credit) => Err(credit.merge(rest)),
	}
}

/// Rewards of checkers vest.
pub struct VestingOf;

impl Convert<RewardKind, Option<VestingPlan>> for VestingOf {
	fn convert(kind: RewardKind) -> Option<VestingPlan> {
		(kind == RewardKind::Checks).then_some(VestingPlan::Checker)
	}
}

impl pallet_token_mint::Config for Test {
	type AdminOrigin = EnsureRoot<AccountId>;
	type Cap = Cap;
	type Currency = Balances;
	type GenesisSupply = GenesisSupply;
	type Inputs = Network;
	type MaxRewardFeeShare = MaxRewardFeeShare;
	type MinFeePerWork = MinFeePerWork;
	type PalletId = MintPalletId;
	type Payee = Payee;
	type RewardFeeShare = RewardFeeShare;
	type RoundLength = RoundLength;
	type Schedules = Schedules;
	type Vesting = Vault;
	type VestingOf = VestingOf;
	type WeightInfo = ();
}

/// Account number `n`; those from 1 to 4 are endowed.
pub fn account(n: u8) -> AccountId {
	AccountId::new([n; 32])
}

/// A smooth decay.
pub fn decay(half_life: u32, pool: Balance, period: u32, start: i64) -> Emission {
	Emission { curve: Curve::SmoothDecay { half_life }, pool, period, start }
}

/// The first schedule, out of `pool`.
pub fn main_schedule(pool: Balance) -> ChainSchedule {
	ChainSchedule { id: MAIN, emission: decay(HALF_LIFE, pool, PERIOD, 0) }
}

/// Put back what another test may have changed on this thread.
pub fn reset() {
	Cap::set(1_000_000);
	GenesisSupply::set(400_000);
	Schedules::set(vec![main_schedule(POOL)]);
	BondedRatio::set(Perbill::zero());
	Capacity::set(0);
	RoundLength::set(PERIOD);
	RewardFeeShare::set(FEE_SHARE);
	MaxRewardFeeShare::set(Perbill::from_percent(80));
	MinFeePerWork::set(0);
	PayeeTakes::set(Balance::MAX);
	VaultTakes::set(Balance::MAX);
}

/// Storage of the genesis `config`, with the constants as they are set.
pub fn genesis(config: GenesisConfig<Test>, endowed: Balance) -> TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let balances = (1..=4).filter(|_| endowed > 0).map(|n| (account(n), endowed / 4)).collect();
	pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }.assimilate_storage(&mut storage).unwrap();
	config.assimilate_storage(&mut storage).unwrap();
	let mut ext = TestExternalities::from(storage);
	// Block 0 keeps no events.
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// The genesis that tests begin with: one schedule with the default budget, from block 0.
pub fn new_test_ext() -> TestExternalities {
	reset();
	genesis(GenesisConfig::default(), ENDOWED)
}

/// Run `test` on the genesis, and the pallet's checks after it.
pub fn build_and_execute<R>(test: impl FnOnce() -> R) -> R {
	check_after(new_test_ext(), test)
}

/// Run `test` on `ext`, and the pallet's checks after it.
pub fn check_after<R>(mut ext: TestExternalities, test: impl FnOnce() -> R) -> R {
	ext.execute_with(|| {
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

/// Credit account `n` with `points` of `kind`; work at an ample fee.
pub fn credit(kind: RewardKind, n: u8, points: u32) {
	match kind {
		RewardKind::Work => work(n, points.into(), 1_000_000),
		RewardKind::Capacity => TokenMint::credit_capacity(&account(n), points.into()),
		RewardKind::Checks => TokenMint::credit_checks(&account(n), points.into()),
		RewardKind::Validation => (0..points).for_each(|_| TokenMint::note_author(account(n))),
	}
}

/// Anyone claims rewards of `kind` for account `n`.
pub fn claim_of(kind: RewardKind, n: u8) -> sp_runtime::DispatchResult {
	TokenMint::claim(RuntimeOrigin::signed(account(4)), kind, account(n))
}

/// Take up to `amount` of what account `n` could claim, and burn it. Returns what was taken.
pub fn seize(n: u8, amount: Balance) -> Balance {
	let credit: CreditOf<Test> = TokenMint::seize_rewards(&account(n), amount);
	credit.peek()
}

/// Balance of account `n`.
pub fn balance(n: u8) -> Balance {
	Balances::free_balance(account(n))
}

/// Balance of `pot`.
pub fn pot(pot: Pot) -> Balance {
	Balances::free_balance(TokenMint::pot_account(pot))
}

/// What the pot of `kind` has promised.
pub fn reserved(kind: RewardKind) -> Balance {
	PotStates::<Test>::get(kind).reserved
}

/// Change what the pot of `kind` has promised.
pub fn change_reserved(kind: RewardKind, change: impl FnOnce(&mut Balance)) {
	PotStates::<Test>::mutate(kind, |state| change(&mut state.reserved));
}

/// How far the schedule `id` has got.
pub fn progress(id: ScheduleId) -> Progress {
	TokenMint::progress(id).unwrap()
}

/// Change how far the first schedule has got.
pub fn change_progress(change: impl FnOnce(&mut Progress)) {
	AllProgress::<Test>::mutate(|all| change(all.iter_mut().next().unwrap()));
}

/// Change the first schedule.
pub fn change_schedule(change: impl FnOnce(&mut Emission)) {
	Schedules::mutate(|all| change(&mut all[0].emission));
}

/// What the first schedule has minted.
pub fn minted() -> Balance {
	progress(MAIN).minted
}

/// The first schedule's last period that has ended.
pub fn last_period() -> u32 {
	progress(MAIN).state.period
}

/// What the first schedule owes to `pot`.
pub fn owed(pot: Pot) -> Balance {
	Owed::<Test>::get(MAIN).into_iter().find(|(who, _)| *who == Recipient::Pot(pot)).map_or(0, |(_, owed)| owed)
}

/// What the ledger of account `n` for work holds, if it has one.
pub fn ledger(n: u8) -> Option<Ledger> {
	Ledgers::<Test>::try_get(RewardKind::Work, account(n)).ok()
}

/// A budget of `parts` in billionths, for pots.
pub fn budget(parts: &[(Pot, u32)]) -> BudgetTable<AccountId> {
	let parts = parts.iter().map(|(pot, part)| (Recipient::Pot(*pot), Perbill::from_parts(*part)));
	BudgetTable::try_from(parts.collect::<Vec<_>>()).unwrap()
}

/// Account `n` as a recipient.
pub fn named(n: u8, plan: Option<VestingPlan>) -> Recipient<AccountId> {
	Recipient::Account { who: account(n), plan }
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
