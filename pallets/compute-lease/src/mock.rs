//! A runtime of leases on the real market and real balances, with a small ledger for whatever else is paid with, and
//! recorders in place of the other pallets.

use crate::{self as pallet_compute_lease, *};
use assay_primitives::MachineObserver;
use frame_support::{
	assert_ok, derive_impl, parameter_types, storage_alias,
	traits::{
		fungible::{Inspect, InspectHold},
		tokens::imbalance::ResolveTo,
		ConstU128, ConstU32, ConstU64, Hooks,
	},
};
use pallet_compute_market::{NativeRail, Rails};
use sp_runtime::BuildStorage;
use std::collections::BTreeMap;

pub type AccountId = u64;
pub type Balance = u128;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

pub const CLIENT: AccountId = 1;
pub const OTHER_CLIENT: AccountId = 2;
pub const PATRON: AccountId = 3;
pub const OTHER_PATRON: AccountId = 4;
pub const PROVIDER: AccountId = 11;
pub const RIVAL: AccountId = 12;
pub const STRANGER: AccountId = 21;
pub const TREASURY: AccountId = 99;
/// Everybody that the tests know.
pub const ACCOUNTS: [AccountId; 8] = [CLIENT, OTHER_CLIENT, PATRON, OTHER_PATRON, PROVIDER, RIVAL, STRANGER, TREASURY];

/// What everybody has in the beginning, of each kind.
pub const ENDOWMENT: Balance = 1_000_000;
/// An asset that leases can be paid in.
pub const STABLE: PaymentKind = PaymentKind::Asset(1);
/// All kinds of payment.
pub const PAYMENTS: [PaymentKind; 3] = [PaymentKind::Native, STABLE, PaymentKind::Credits];
/// The tier of the machines that [`machine`] registers; [`spec`] asks for it.
pub const TIER: Tier = Tier(2);
/// The region of the machines that [`machine`] registers.
pub const REGION: Region = Region(7);
/// Blocks by which payment is late.
pub const ARREARS: u32 = 5;

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
	pub type ComputeLease = pallet_compute_lease;
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
	type ExistentialDeposit = ConstU128<10>;
}

parameter_types! {
	pub const ReputationStep: Perbill = Perbill::from_percent(10);
	pub const InitialReputation: Perbill = Perbill::from_percent(50);
	pub static FeeRate: Perbill = Perbill::from_percent(5);
	pub static FeeBurnShare: Perbill = Perbill::from_percent(50);
	pub static OrderDeposit: Balance = 50;
	pub static BidDeposit: Balance = 20;
	pub const MinBidImprovement: Perbill = Perbill::from_percent(1);
	pub const TreasuryAccount: AccountId = TREASURY;
	pub const Engine: assay_primitives::EngineVersion = assay_primitives::EngineVersion(1);

	/// Providers whose stake does not cover their machines.
	pub static Halted: Vec<AccountId> = Vec::new();
	/// Every offence reported so far.
	pub static Reports: Vec<OffenceReport<AccountId>> = Vec::new();
	/// Whether offences cannot be reported.
	pub static ReportFails: bool = false;
	/// Every reward so far: provider, work, fee.
	pub static Rewards: Vec<(AccountId, u128, Balance)> = Vec::new();
	/// Whether the ledger is out of order.
	pub static LedgerFails: bool = false;
	/// Whether the asset can be put into escrow.
	pub static AssetAccepted: bool = true;
}

/// By machine, whether it has work.
#[storage_alias]
pub type Busy = StorageMap<Mock, frame_support::Twox64Concat, MachineId, bool, ValueQuery>;

pub struct RecordedMachines;
impl MachineObserver<AccountId> for RecordedMachines {
	fn registered(_: &AccountId, _: MachineId, _: Tier, _: Region) {}

	fn deregistered(machine: MachineId) {
		assert!(!Busy::take(machine));
	}

	fn busy(machine: MachineId) {
		Busy::mutate(machine, |busy| assert!(!core::mem::replace(busy, true)));
	}

	fn idle(machine: MachineId) {
		Busy::mutate(machine, |busy| assert!(core::mem::replace(busy, false)));
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

	fn machine_stake(_: Tier) -> Balance {
		100
	}

	fn report(report: OffenceReport<AccountId>) -> Result<Balance, DispatchError> {
		ensure!(!ReportFails::get(), DispatchError::Unavailable);
		Reports::mutate(|reports| reports.push(report));
		Ok(0)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(_: &AccountId, _: Tier) {}
}

pub struct RecordedRewards;
impl WorkRewards<AccountId, Balance> for RecordedRewards {
	fn credit_work(provider: &AccountId, work: u128, fee: Balance) {
		Rewards::mutate(|rewards| rewards.push((*provider, work, fee)));
	}
}

/// What can be spent of whatever is not native tokens.
#[storage_alias]
pub type FreeMoney = StorageMap<Mock, frame_support::Twox64Concat, (PaymentKind, AccountId), Balance, ValueQuery>;
/// The same in escrow.
#[storage_alias]
pub type HeldMoney = StorageMap<Mock, frame_support::Twox64Concat, (PaymentKind, AccountId), Balance, ValueQuery>;

/// A rail for assets, of whose payments a fifth goes to the treasury, and for credits, which are used up.
pub struct LedgerRail;
impl LedgerRail {
	fn take(kind: PaymentKind, who: &AccountId, amount: Balance) -> DispatchResult {
		HeldMoney::try_mutate((kind, who), |held| {
			*held = held.checked_sub(amount).ok_or(sp_runtime::TokenError::FundsUnavailable)?;
			// After a change, so that there is something to roll back.
			ensure!(!LedgerFails::get(), DispatchError::Unavailable);
			Ok(())
		})
	}
}
impl PaymentRails<AccountId, Balance> for LedgerRail {
	fn accepts(kind: PaymentKind) -> bool {
		kind == PaymentKind::Credits || (kind == STABLE && AssetAccepted::get())
	}

	fn hold(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult {
		ensure!(Self::accepts(kind), DispatchError::Other("not accepted"));
		FreeMoney::try_mutate((kind, client), |free| {
			*free = free.checked_sub(amount).ok_or(sp_runtime::TokenError::FundsUnavailable)?;
			Ok::<_, DispatchError>(())
		})?;
		HeldMoney::mutate((kind, client), |held| *held += amount);
		Ok(())
	}

	fn release(kind: PaymentKind, client: &AccountId, amount: Balance) -> Result<Balance, DispatchError> {
		Self::take(kind, client, amount)?;
		FreeMoney::mutate((kind, client), |free| *free += amount);
		Ok(amount)
	}

	fn pay(
		kind: PaymentKind,
		client: &AccountId,
		provider: &AccountId,
		amount: Balance,
	) -> Result<Paid<Balance>, DispatchError> {
		Self::take(kind, client, amount)?;
		let paid = Self::quote(kind, amount);
		FreeMoney::mutate((kind, provider), |free| *free += paid.to_provider);
		FreeMoney::mutate((kind, TREASURY), |free| *free += paid.to_treasury);
		Ok(paid)
	}

	fn forfeit(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult {
		Self::take(kind, client, amount)?;
		if kind != PaymentKind::Credits {
			FreeMoney::mutate((kind, TREASURY), |free| *free += amount);
		}
		Ok(())
	}

	fn held(kind: PaymentKind, client: &AccountId) -> Balance {
		HeldMoney::get((kind, client))
	}

	fn quote(kind: PaymentKind, amount: Balance) -> Paid<Balance> {
		match kind {
			PaymentKind::Credits => paid(0, amount, 0, amount),
			_ => paid(amount - amount / 5, 0, amount / 5, amount / 5),
		}
	}

	fn unclaimed(_: PaymentKind, _: &AccountId) -> Balance {
		0
	}

	fn claim(_: PaymentKind, _: &AccountId) -> Result<Balance, DispatchError> {
		Ok(0)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind {
		STABLE
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(kind: PaymentKind, who: &AccountId, amount: Balance) {
		FreeMoney::mutate((kind, who), |free| *free += amount);
	}
}

type AllRails = Rails<NativeRail<Test>, LedgerRail, LedgerRail>;

impl pallet_compute_market::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Rails = AllRails;
	type Stake = RecordedStake;
	type Observer = RecordedMachines;
	type OtherBooks = ComputeLease;
	type Checks = ();
	type Rewards = RecordedRewards;
	type ToTreasury = ResolveTo<TreasuryAccount, Balances>;
	type FeeRate = FeeRate;
	type FeeBurnShare = FeeBurnShare;
	type ReputationStep = ReputationStep;
	type InitialReputation = InitialReputation;
	type JobDeposit = ConstU128<50>;
	type RangesDeposit = ConstU128<30>;
	type MachineDeposit = ConstU128<40>;
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
	type RetryBlocks = ConstU32<3>;
	type WeightInfo = ();
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Rails = AllRails;
	type Machines = ComputeMarket;
	type Stake = RecordedStake;
	type Rewards = RecordedRewards;
	type OrderDeposit = OrderDeposit;
	type BidDeposit = BidDeposit;
	type MinBidImprovement = MinBidImprovement;
	type MinAuctionBlocks = ConstU32<3>;
	type MaxAuctionBlocks = ConstU32<50>;
	type ExtensionWindow = ConstU32<2>;
	type MaxExtension = ConstU32<6>;
	type MinFundedBlocks = ConstU32<4>;
	type ArrearsBlocks = ConstU32<ARREARS>;
	type MaxGraceBlocks = ConstU32<30>;
	type MinNoticeBlocks = ConstU32<3>;
	type MaxNoticeBlocks = ConstU32<40>;
	type MaxSources = ConstU32<3>;
	type MaxUrlLen = ConstU32<32>;
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
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		// The recorders live as long as their thread.
		Halted::set(Vec::new());
		Reports::set(Vec::new());
		Rewards::set(Vec::new());
		ReportFails::set(false);
		LedgerFails::set(false);
		AssetAccepted::set(true);
		FeeRate::set(Perbill::from_percent(5));
		FeeBurnShare::set(Perbill::from_percent(50));
		for who in ACCOUNTS {
			FreeMoney::insert((STABLE, who), ENDOWMENT);
			FreeMoney::insert((PaymentKind::Credits, who), ENDOWMENT);
		}
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

/// All invariants of leases and the market, and what only a test can see: that nothing is held or issued beyond what the
/// books explain.
pub fn check_everything() {
	ComputeLease::do_try_state().unwrap();
	ComputeMarket::do_try_state().unwrap();
	let mut slots = BTreeMap::new();
	ComputeLease::add_slots(&mut slots);
	for (id, machine) in pallet_compute_market::Machines::<Test>::iter() {
		assert_eq!(Busy::get(id), machine.running > 0);
		let jobs = pallet_compute_market::Jobs::<Test>::iter_values()
			.filter(|job| job.live_bid().is_some_and(|bid| bid.machine == id))
			.count() as u32;
		assert_eq!(machine.running, jobs + slots.get(&id).copied().unwrap_or_default());
	}
	let mut escrow = BTreeMap::new();
	ComputeLease::add_escrow(&mut escrow);
	for job in pallet_compute_market::Jobs::<Test>::iter_values() {
		*escrow.entry((job.client, job.payment)).or_default() += job.escrow;
	}
	for who in ACCOUNTS {
		for payment in PAYMENTS {
			let booked = escrow.get(&(who, payment)).copied().unwrap_or_default();
			assert_eq!(AllRails::held(payment, &who), booked, "{payment:?} of {who} is held for nothing");
		}
	}
	let total: Balance =
		frame_system::Account::<Test>::iter_values().map(|account| account.data.free + account.data.reserved).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
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
	ComputeLease::on_idle(now(), Weight::MAX);
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

/// A slot for 100 a block at most, for as long as there is money, with a grace of 10 blocks and a notice of 5.
pub fn spec() -> OrderSpec<Test> {
	OrderSpec {
		min_tier: TIER,
		region: None,
		slots: 1,
		ceiling: 100,
		auction_blocks: 5,
		max_blocks: None,
		grace_blocks: 10,
		min_notice: 5,
		manifest: BlobHash::repeat_byte(1),
		source: url("http://client"),
	}
}

/// A new machine of `provider` with two slots.
pub fn machine(provider: AccountId) -> MachineId {
	let id = pallet_compute_market::NextMachineId::<Test>::get();
	let url = b"http://provider".to_vec().try_into().unwrap();
	assert_ok!(ComputeMarket::register_machine(signed(provider), TIER, REGION, 2, url));
	id
}

/// A new order of [`CLIENT`] by `spec`, with `funding` in native tokens in escrow.
pub fn place(spec: OrderSpec<Test>, funding: Balance) -> LeaseId {
	place_in(PaymentKind::Native, spec, funding)
}

/// As [`place`], paid in `payment`.
pub fn place_in(payment: PaymentKind, spec: OrderSpec<Test>, funding: Balance) -> LeaseId {
	let id = NextLeaseId::<Test>::get();
	assert_ok!(ComputeLease::place_order(signed(CLIENT), spec, payment, funding));
	id
}

/// A new lease of [`CLIENT`] by `spec`, on a new machine of [`PROVIDER`], for 80 a block with a notice of 8 blocks, and
/// `funding` in escrow.
pub fn start(spec: OrderSpec<Test>, funding: Balance) -> LeaseId {
	start_in(PaymentKind::Native, spec, funding)
}

/// As [`start`], paid in `payment`.
pub fn start_in(payment: PaymentKind, spec: OrderSpec<Test>, funding: Balance) -> LeaseId {
	let lease = place_in(payment, spec, funding);
	assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
	assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
	lease
}

/// A lease of 20 blocks that begins in block 1: 1,600 in escrow at 80 a block.
pub fn running() -> LeaseId {
	start(spec(), 1_600)
}

pub fn entry(lease: LeaseId) -> Lease<Test> {
	Leases::<Test>::get(lease).unwrap()
}

pub fn standing(lease: LeaseId) -> Option<Standing<u32>> {
	ComputeLease::lease(lease).map(|view| view.standing)
}

/// Why and as of which block a lease ended.
pub fn end_of(lease: LeaseId) -> Option<(EndReason, u32)> {
	events().into_iter().find_map(|event| match event {
		Event::LeaseEnded { lease: id, reason, at, .. } if id == lease => Some((reason, at)),
		_ => None,
	})
}

pub fn slots_taken(machine: MachineId) -> u32 {
	pallet_compute_market::Machines::<Test>::get(machine).unwrap().running
}

pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

pub fn held(reason: HoldReason, who: AccountId) -> Balance {
	Balances::balance_on_hold(&reason.into(), &who)
}

pub fn escrow_of(who: AccountId) -> Balance {
	AllRails::held(PaymentKind::Native, &who)
}

/// What an amount is divided into.
pub fn paid(to_provider: Balance, burned: Balance, to_treasury: Balance, fee_value: Balance) -> Paid<Balance> {
	Paid { to_provider, burned, to_treasury, fee_value }
}

/// What providers have been paid in a lease so far, fees included.
pub fn paid_in(lease: LeaseId) -> Balance {
	events()
		.into_iter()
		.map(|event| match event {
			Event::LeasePaid { lease: id, paid, .. } if id == lease => {
				paid.to_provider + paid.burned + paid.to_treasury
			},
			_ => 0,
		})
		.sum()
}

/// What went to neither side of a lease.
pub fn forfeited_in(lease: LeaseId) -> Balance {
	let forfeited = events().into_iter().map(|event| match event {
		Event::ArrearsForfeited { lease: id, amount, .. } if id == lease => amount,
		_ => 0,
	});
	forfeited.sum()
}

/// What abandoning `lease` on machine 0 of [`PROVIDER`] is reported as.
pub fn abandonment(lease: LeaseId) -> OffenceReport<AccountId> {
	OffenceReport {
		offence: Offence::LeaseAbandoned,
		provider: PROVIDER,
		machine: MachineId(0),
		tier: TIER,
		region: REGION,
		at: now(),
		subject: lease.0,
		wronged: Some(CLIENT),
		reporter: None,
	}
}

/// This pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::ComputeLease(event) => Some(event),
			_ => None,
		})
		.collect()
}
