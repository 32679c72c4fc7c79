//! A runtime of the market with real balances, and recorders in place of the other pallets.

use crate::{self as pallet_compute_market, *};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{fungible::Inspect, tokens::imbalance::ResolveTo, ConstU32, ConstU64, Hooks},
};
use sp_runtime::{BuildStorage, DispatchError};

pub type AccountId = u64;
pub type Balance = u128;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const CLIENT: AccountId = 1;
pub const OTHER_CLIENT: AccountId = 2;
pub const PROVIDER: AccountId = 11;
pub const RIVAL: AccountId = 12;
pub const STRANGER: AccountId = 21;
pub const TREASURY: AccountId = 99;

/// What everybody has in the beginning.
pub const ENDOWMENT: Balance = 1_000_000;
/// The tier of the machines that [`machine`] registers; [`spec`] asks for it.
pub const TIER: Tier = Tier(2);
/// Root of a result.
pub const ROOT: H256 = H256::repeat_byte(7);

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
	pub type ComputeMarket = pallet_compute_market;
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
	pub const FeeRate: Perbill = Perbill::from_percent(5);
	pub const FeeBurnShare: Perbill = Perbill::from_percent(50);
	pub static JobDeposit: Balance = 50;
	pub static MachineDeposit: Balance = 40;
	pub static BidDeposit: Balance = 20;
	pub const MinBidImprovement: Perbill = Perbill::from_percent(1);
	pub const TreasuryAccount: AccountId = TREASURY;

	/// Providers whose stake does not cover their machines.
	pub static Halted: Vec<AccountId> = Vec::new();
	/// Machines that count towards what their providers must have bonded.
	pub static Staked: Vec<(AccountId, Tier)> = Vec::new();
	/// Every slash so far: offender, tier, wronged.
	pub static Slashes: Vec<(AccountId, Tier, AccountId)> = Vec::new();
	/// Whether slashing fails.
	pub static SlashFails: bool = false;
	/// Every reward so far: provider, work, fee.
	pub static Rewards: Vec<(AccountId, u128, Balance)> = Vec::new();
}

pub struct RecordedStake;
impl ProviderStake<AccountId, Balance> for RecordedStake {
	fn is_active(provider: &AccountId) -> bool {
		!Halted::get().contains(provider)
	}

	fn add_machine(provider: &AccountId, tier: Tier) -> DispatchResult {
		ensure!(Self::is_active(provider), DispatchError::Other("halted"));
		Staked::mutate(|staked| staked.push((*provider, tier)));
		Ok(())
	}

	fn remove_machine(provider: &AccountId, tier: Tier) -> DispatchResult {
		Staked::mutate(|staked| {
			let found = staked.iter().position(|machine| *machine == (*provider, tier));
			found.map(|index| staked.swap_remove(index));
		});
		Ok(())
	}

	fn slash(
		provider: &AccountId,
		tier: Tier,
		offence: Offence,
		wronged: &AccountId,
	) -> Result<Balance, DispatchError> {
		assert_eq!(offence, Offence::DeadlineMissed);
		if SlashFails::get() {
			// Leaves something behind that must be rolled back.
			System::inc_account_nonce(provider);
			return Err(DispatchError::Unavailable);
		}
		Slashes::mutate(|slashes| slashes.push((*provider, tier, *wronged)));
		Ok(1)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(provider: &AccountId, _: Tier) {
		Halted::mutate(|halted| halted.retain(|who| who != provider));
	}
}

pub struct RecordedRewards;
impl WorkRewards<AccountId, Balance> for RecordedRewards {
	fn credit_work(provider: &AccountId, work: u128, fee: Balance) {
		Rewards::mutate(|rewards| rewards.push((*provider, work, fee)));
	}
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Stake = RecordedStake;
	type Rewards = RecordedRewards;
	type ToTreasury = ResolveTo<TreasuryAccount, Balances>;
	type FeeRate = FeeRate;
	type FeeBurnShare = FeeBurnShare;
	type JobDeposit = JobDeposit;
	type MachineDeposit = MachineDeposit;
	type BidDeposit = BidDeposit;
	type MinBidImprovement = MinBidImprovement;
	type MinAuctionBlocks = ConstU32<3>;
	type MaxAuctionBlocks = ConstU32<50>;
	type ExtensionWindow = ConstU32<2>;
	type MinRunBlocks = ConstU32<4>;
	type MaxJobBlocks = ConstU32<100>;
	type MinReviewBlocks = ConstU32<2>;
	type MaxReviewBlocks = ConstU32<50>;
	type RetentionBlocks = ConstU32<20>;
	type MaxUnits = ConstU32<1_000>;
	type MaxGasPerUnit = ConstU64<1_000_000>;
	type MaxSlots = ConstU32<4>;
	type MaxUrlLen = ConstU32<32>;
	type WeightInfo = ();
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let accounts = [CLIENT, OTHER_CLIENT, PROVIDER, RIVAL, STRANGER, TREASURY];
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: accounts.into_iter().map(|who| (who, ENDOWMENT)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		// The recorders live as long as their thread.
		Halted::set(Vec::new());
		Staked::set(Vec::new());
		Slashes::set(Vec::new());
		SlashFails::set(false);
		Rewards::set(Vec::new());
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

/// All invariants, and what only a test can see: that nothing is held or issued beyond what the books explain.
pub fn check_everything() {
	ComputeMarket::do_try_state().unwrap();
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	let jobs: Balance = Jobs::<Test>::iter_values().map(|job| job.escrow + job.deposit).sum();
	let bids: Balance = Jobs::<Test>::iter_values()
		.filter_map(|job| match job.state {
			JobState::Open { best: Some(bid), .. } => Some(bid.deposit),
			_ => None,
		})
		.sum();
	let machines: Balance = Machines::<Test>::iter_values().map(|machine| machine.deposit).sum();
	assert_eq!(held, jobs + bids + machines, "something is on hold that nobody accounts for");
	let total: Balance =
		frame_system::Account::<Test>::iter_values().map(|account| account.data.free + account.data.reserved).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
	assert_eq!(Staked::get().len(), Machines::<Test>::iter().count(), "the stake counts other machines");
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn now() -> u32 {
	System::block_number()
}

pub fn url(text: &str) -> UrlOf<Test> {
	text.as_bytes().to_vec().try_into().unwrap()
}

/// End the current block, with weight left for the agenda, and begin the next.
pub fn next_block() {
	ComputeMarket::on_idle(now(), Weight::MAX);
	System::set_block_number(now() + 1);
}

/// Go to `block`; the blocks before it have weight left for the agenda.
pub fn run_to(block: u32) {
	while now() < block {
		next_block();
	}
}

/// Go to `block`; the blocks before it are too full for the agenda.
pub fn skip_to(block: u32) {
	System::set_block_number(block);
}

/// Ten units for 100 each at most: 1,000 in escrow, a fee of 50.
pub fn spec() -> JobSpec<Test> {
	JobSpec {
		guest: H256::repeat_byte(1),
		input: H256::repeat_byte(2),
		units: 10,
		gas_per_unit: 1_000,
		ceiling: 100,
		min_tier: TIER,
		auction_blocks: 5,
		deadline: now() + 20,
		review_blocks: 6,
		source: url("http://client"),
	}
}

/// A new machine of `provider` with two slots.
pub fn machine(provider: AccountId) -> MachineId {
	let id = NextMachineId::<Test>::get();
	assert_ok!(ComputeMarket::register_machine(signed(provider), TIER, 2, url("http://provider")));
	id
}

/// A new open job of `client`.
pub fn submit(client: AccountId) -> JobId {
	let id = NextJobId::<Test>::get();
	assert_ok!(ComputeMarket::submit_job(signed(client), spec()));
	id
}

/// A new job of [`CLIENT`], assigned to [`PROVIDER`] at 80 a unit: 800 in escrow.
pub fn assigned() -> JobId {
	let job = submit(CLIENT);
	assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
	assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
	job
}

/// As [`assigned`], with a result under review.
pub fn committed() -> JobId {
	let job = assigned();
	assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, ROOT));
	job
}

pub fn state(job: JobId) -> JobState<Test> {
	Jobs::<Test>::get(job).unwrap().state
}

pub fn running(machine: MachineId) -> u32 {
	Machines::<Test>::get(machine).unwrap().running
}

pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

pub fn held(reason: HoldReason, who: AccountId) -> Balance {
	Balances::balance_on_hold(&reason.into(), &who)
}

/// The market's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::ComputeMarket(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// What the market worked around so far.
pub fn unexpected() -> Vec<UnexpectedKind<AccountId, Balance>> {
	events()
		.into_iter()
		.filter_map(|event| match event {
			Event::Unexpected { kind } => Some(kind),
			_ => None,
		})
		.collect()
}

/// Let `who` keep less than the existential deposit, as an account can that something else keeps alive.
pub fn impoverish(who: AccountId) {
	System::inc_providers(&who);
	let rest = free(who);
	let burned = <Balances as frame_support::traits::fungible::Mutate<AccountId>>::burn_from(
		&who,
		rest,
		frame_support::traits::tokens::Preservation::Expendable,
		Precision::Exact,
		frame_support::traits::tokens::Fortitude::Force,
	);
	assert_eq!(burned, Ok(rest));
}
