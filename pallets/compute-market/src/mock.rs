//! A runtime of the market with real balances and assets, a small ledger of credits, and recorders in place of the other
//! pallets.

use crate::{self as pallet_compute_market, *};
use assay_primitives::{CreditsEscrow, NativeValue};
use frame_support::{
	assert_ok, derive_impl, parameter_types, storage_alias,
	traits::{
		fungible::Inspect, fungibles::Inspect as _, tokens::imbalance::ResolveTo, AsEnsureOriginWithArg, ConstU128,
		ConstU32, ConstU64, Hooks, IsInVec,
	},
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

/// An asset that keeps accounts alive. Clients and [`PROVIDER`] have [`ENDOWMENT`] of it, others have none.
pub const STABLE: u32 = 1;
/// An asset that does not, as spread as the other.
pub const INSUFFICIENT: u32 = 2;
/// An asset that jobs cannot be paid in.
pub const UNACCEPTED: u32 = 3;
/// The smallest balance of each asset.
pub const ASSET_MINIMUM: Balance = 5;
/// Who issued all assets.
pub const ISSUER: AccountId = 98;
/// All kinds of payment that are accepted.
pub const PAYMENTS: [PaymentKind; 4] =
	[PaymentKind::Native, PaymentKind::Asset(STABLE), PaymentKind::Asset(INSUFFICIENT), PaymentKind::Credits];
/// Everybody that the tests know.
pub const ACCOUNTS: [AccountId; 6] = [CLIENT, OTHER_CLIENT, PROVIDER, RIVAL, STRANGER, TREASURY];
/// The tier of the machines that [`machine`] registers; [`spec`] asks for it.
pub const TIER: Tier = Tier(2);
/// The region of the machines that [`machine`] registers.
pub const REGION: Region = Region(7);
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
	#[runtime::pallet_index(3)]
	pub type Assets = pallet_assets;
	#[runtime::pallet_index(4)]
	pub type AssetsHolder = pallet_assets_holder;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
	type OnKilledAccount = ComputeMarket;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
}

#[derive_impl(pallet_assets::config_preludes::TestDefaultConfig)]
impl pallet_assets::Config for Test {
	type Balance = Balance;
	type Currency = Balances;
	type CreateOrigin = AsEnsureOriginWithArg<frame_system::EnsureSigned<AccountId>>;
	type ForceOrigin = frame_system::EnsureRoot<AccountId>;
	type Holder = AssetsHolder;
}

impl pallet_assets_holder::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeEvent = RuntimeEvent;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = 10;
	pub static FeeRate: Perbill = Perbill::from_percent(5);
	pub static FeeBurnShare: Perbill = Perbill::from_percent(50);
	pub static AssetFeeRate: Perbill = Perbill::from_percent(20);
	pub static AcceptedAssets: Vec<u32> = vec![STABLE, INSUFFICIENT];
	/// How many native tokens a unit of an asset or a credit is worth. None without a price.
	pub static Price: Option<Balance> = Some(3);
	/// Whether the ledger of credits is out of order.
	pub static CreditsFail: bool = false;
	pub static JobDeposit: Balance = 50;
	pub static MachineDeposit: Balance = 40;
	pub static BidDeposit: Balance = 20;
	pub const MinBidImprovement: Perbill = Perbill::from_percent(1);
	pub static ReputationStep: Perbill = Perbill::from_percent(10);
	pub const InitialReputation: Perbill = Perbill::from_percent(50);
	pub const TreasuryAccount: AccountId = TREASURY;
	pub static Engine: EngineVersion = EngineVersion(3);

	/// Providers whose stake does not cover their machines.
	pub static Halted: Vec<AccountId> = Vec::new();
	/// Machines that count towards what their providers must have bonded.
	pub static Staked: Vec<(AccountId, MachineId, Tier, Region)> = Vec::new();
	/// Every offence reported so far.
	pub static Reports: Vec<OffenceReport<AccountId>> = Vec::new();
	/// Whether slashing fails.
	pub static SlashFails: bool = false;
	/// Every result that was told of so far.
	pub static Committed: Vec<JobId> = Vec::new();
	/// Every result that was accepted early so far.
	pub static Accepted: Vec<JobId> = Vec::new();
	/// Whether a check ends with each of these.
	pub static Ending: bool = false;
	/// Whether results are questioned as soon as they are committed.
	pub static Questioning: bool = false;
	/// Every reward so far: provider, work, fee.
	pub static Rewards: Vec<(AccountId, u128, Balance)> = Vec::new();
}

/// By machine, what its observer was told last: its class and place, and whether it has work.
#[storage_alias]
pub type Observed = StorageMap<Mock, frame_support::Twox64Concat, MachineId, (AccountId, Tier, Region, bool)>;

pub struct RecordedMachines;
impl MachineObserver<AccountId> for RecordedMachines {
	fn registered(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) {
		assert!(!Observed::contains_key(machine));
		Observed::insert(machine, (*provider, tier, region, false));
	}

	fn deregistered(machine: MachineId) {
		assert_eq!(Observed::take(machine).map(|(_, _, _, busy)| busy), Some(false));
	}

	fn busy(machine: MachineId) {
		Observed::mutate_extant(machine, |(_, _, _, busy)| assert!(!core::mem::replace(busy, true)));
	}

	fn idle(machine: MachineId) {
		Observed::mutate_extant(machine, |(_, _, _, busy)| assert!(core::mem::replace(busy, false)));
	}
}

pub struct RecordedStake;
impl ProviderStake<AccountId, Balance> for RecordedStake {
	fn is_active(provider: &AccountId) -> bool {
		!Halted::get().contains(provider)
	}

	fn add_machine(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) -> DispatchResult {
		ensure!(Self::is_active(provider), DispatchError::Other("halted"));
		Staked::mutate(|staked| staked.push((*provider, machine, tier, region)));
		Ok(())
	}

	fn remove_machine(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) -> DispatchResult {
		let entry = (*provider, machine, tier, region);
		let found = Staked::get().iter().position(|staked| *staked == entry).ok_or(DispatchError::CannotLookup)?;
		Staked::mutate(|staked| staked.swap_remove(found));
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

/// Credits that can be spent.
#[storage_alias]
pub type FreeCredits = StorageMap<Mock, frame_support::Twox64Concat, AccountId, Balance, ValueQuery>;
/// Credits in escrow.
#[storage_alias]
pub type HeldCredits = StorageMap<Mock, frame_support::Twox64Concat, AccountId, Balance, ValueQuery>;

pub struct LedgerOfCredits;
impl LedgerOfCredits {
	fn take(who: &AccountId, amount: Balance) -> DispatchResult {
		HeldCredits::mutate(who, |held| {
			*held = held.checked_sub(amount).ok_or(sp_runtime::TokenError::FundsUnavailable)?;
			// After a change, so that there is something to roll back.
			ensure!(!CreditsFail::get(), DispatchError::Unavailable);
			Ok(())
		})
	}
}
impl CreditsEscrow<AccountId, Balance> for LedgerOfCredits {
	fn hold(client: &AccountId, amount: Balance) -> DispatchResult {
		FreeCredits::try_mutate(client, |free| {
			*free = free.checked_sub(amount).ok_or(sp_runtime::TokenError::FundsUnavailable)?;
			Ok::<_, DispatchError>(())
		})?;
		HeldCredits::mutate(client, |held| *held += amount);
		Ok(())
	}

	fn release(client: &AccountId, amount: Balance) -> DispatchResult {
		Self::take(client, amount)?;
		FreeCredits::mutate(client, |free| *free += amount);
		Ok(())
	}

	fn spend(client: &AccountId, amount: Balance) -> Result<Balance, DispatchError> {
		Self::take(client, amount)?;
		Ok(2 * amount)
	}

	fn held(client: &AccountId) -> Balance {
		HeldCredits::get(client)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(client: &AccountId, amount: Balance) {
		FreeCredits::mutate(client, |free| *free += amount);
	}
}

pub struct Prices;
impl NativeValue<Balance> for Prices {
	fn native_value(_: PaymentKind, amount: Balance) -> Option<Balance> {
		Price::get().map(|price| amount.saturating_mul(price))
	}
}

pub struct AssetPayments;
impl AssetRailConfig for AssetPayments {
	type Market = Test;
	type Assets = AssetsHolder;
	type Accepted = IsInVec<AcceptedAssets>;
	type FeeRate = AssetFeeRate;
	type Treasury = TreasuryAccount;
	type Value = Prices;
}

/// Questions every result while [`Questioning`] is set.
pub struct RecordedResults;
impl ResultObserver for RecordedResults {
	fn committed(job: JobId) -> bool {
		if Questioning::get() {
			assert_ok!(ComputeMarket::contest(job));
		}
		Committed::mutate(|jobs| jobs.push(job));
		Ending::get()
	}

	fn accepted(job: JobId) -> bool {
		Accepted::mutate(|jobs| jobs.push(job));
		Ending::get()
	}
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Rails = Rails<NativeRail<Test>, AssetRail<AssetPayments>, CreditsRail<Test, LedgerOfCredits, Prices>>;
	type Stake = RecordedStake;
	type Observer = RecordedMachines;
	type OtherBooks = ();
	type Checks = RecordedResults;
	type Rewards = RecordedRewards;
	type ToTreasury = ResolveTo<TreasuryAccount, Balances>;
	type FeeRate = FeeRate;
	type FeeBurnShare = FeeBurnShare;
	type JobDeposit = JobDeposit;
	type RangesDeposit = ConstU128<30>;
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
	type MaxRanges = ConstU32<4>;
	type MaxGasPerUnit = ConstU64<1_000_000>;
	type MaxSlots = ConstU32<4>;
	type MaxUrlLen = ConstU32<32>;
	type Engine = Engine;
	type ReputationStep = ReputationStep;
	type InitialReputation = InitialReputation;
	type RetryBlocks = ConstU32<3>;
	type WeightInfo = ();
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: ACCOUNTS.into_iter().map(|who| (who, ENDOWMENT)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let with_assets = [CLIENT, OTHER_CLIENT, PROVIDER];
	pallet_assets::GenesisConfig::<Test> {
		assets: [STABLE, INSUFFICIENT, UNACCEPTED]
			.into_iter()
			.map(|id| (id, ISSUER, id != INSUFFICIENT, ASSET_MINIMUM))
			.collect(),
		accounts: [STABLE, INSUFFICIENT, UNACCEPTED]
			.into_iter()
			.flat_map(|id| with_assets.into_iter().map(move |who| (id, who, ENDOWMENT)))
			.collect(),
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
		Reports::set(Vec::new());
		Committed::set(Vec::new());
		Accepted::set(Vec::new());
		Ending::set(false);
		Questioning::set(false);
		SlashFails::set(false);
		FeeRate::set(Perbill::from_percent(5));
		FeeBurnShare::set(Perbill::from_percent(50));
		AssetFeeRate::set(Perbill::from_percent(20));
		AcceptedAssets::set(vec![STABLE, INSUFFICIENT]);
		Price::set(Some(3));
		CreditsFail::set(false);
		for who in with_assets {
			FreeCredits::insert(who, ENDOWMENT);
		}
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
	for (id, machine) in Machines::<Test>::iter() {
		let told = Observed::get(id);
		assert_eq!(told, Some((machine.provider, machine.tier, machine.region, machine.running > 0)));
	}
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	let escrow =
		|kind| Jobs::<Test>::iter_values().filter(|job| job.payment == kind).map(|job| job.escrow).sum::<Balance>();
	let jobs = escrow(PaymentKind::Native) + Jobs::<Test>::iter_values().map(|job| job.deposit).sum::<Balance>();
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
	for id in [STABLE, INSUFFICIENT, UNACCEPTED] {
		let total: Balance = ACCOUNTS.into_iter().map(|who| AssetsHolder::total_balance(id, &who)).sum();
		assert_eq!(total, Assets::total_issuance(id), "the accounts are not the issuance of an asset");
		let held: Balance = ACCOUNTS.into_iter().map(|who| asset_held(HoldReason::Escrow, id, who)).sum();
		assert_eq!(held, escrow(PaymentKind::Asset(id)), "an asset is on hold that no job accounts for");
	}
	assert_eq!(
		HeldCredits::iter_values().sum::<Balance>(),
		escrow(PaymentKind::Credits),
		"credits are held for nothing"
	);
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
		min_reputation: Perbill::zero(),
		auction_blocks: 5,
		deadline: now() + 20,
		review_blocks: 6,
		source: url("http://client"),
	}
}

/// A new machine of `provider` with two slots.
pub fn machine(provider: AccountId) -> MachineId {
	let id = NextMachineId::<Test>::get();
	assert_ok!(ComputeMarket::register_machine(signed(provider), TIER, REGION, 2, url("http://provider")));
	id
}

/// A new open job of `client`.
pub fn submit(client: AccountId) -> JobId {
	submit_in(PaymentKind::Native, client)
}

/// A new open job of `client` that is paid in `payment`.
pub fn submit_in(payment: PaymentKind, client: AccountId) -> JobId {
	let id = NextJobId::<Test>::get();
	assert_ok!(ComputeMarket::submit_job(signed(client), spec(), payment));
	id
}

/// A new job of [`CLIENT`], assigned to [`PROVIDER`] at 80 a unit: 800 in escrow.
pub fn assigned() -> JobId {
	assigned_in(PaymentKind::Native)
}

/// As [`assigned`], paid in `payment`.
pub fn assigned_in(payment: PaymentKind) -> JobId {
	let job = submit_in(payment, CLIENT);
	assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
	assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
	job
}

/// As [`assigned`], with a result under review.
pub fn committed() -> JobId {
	committed_in(PaymentKind::Native)
}

/// As [`committed`], paid in `payment`.
pub fn committed_in(payment: PaymentKind) -> JobId {
	let job = assigned_in(payment);
	assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
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

pub fn asset(id: u32, who: AccountId) -> Balance {
	Assets::balance(id, who)
}

pub fn asset_held(reason: HoldReason, id: u32, who: AccountId) -> Balance {
	use frame_support::traits::fungibles::InspectHold;
	AssetsHolder::balance_on_hold(id, &reason.into(), &who)
}

/// What a missed deadline of `job` on machine 0 of [`PROVIDER`] is reported as.
pub fn missed(job: JobId) -> OffenceReport<AccountId> {
	OffenceReport {
		offence: Offence::DeadlineMissed,
		provider: PROVIDER,
		machine: MachineId(0),
		tier: TIER,
		region: REGION,
		at: Jobs::<Test>::get(job).unwrap().spec.deadline,
		subject: job.0,
		wronged: Some(CLIENT),
		reporter: None,
	}
}

/// What a price in native tokens is divided into.
pub fn paid(to_provider: Balance, burned: Balance, to_treasury: Balance, fee_value: Balance) -> Paid<Balance> {
	Paid { to_provider, burned, to_treasury, fee_value }
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
