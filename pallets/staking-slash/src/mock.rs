//! A runtime with nothing but balances and this pallet. Rewards and vesting tokens lie in accounts of their own.

use crate as pallet_staking_slash;
use crate::{CreditOf, Event, HoldReason, Ledgers, PendingOf, SlashId, SlashParts};
use assay_primitives::{
	Balance, BlockNumber, EmissionLedger, MachineId, Offence, OffenceReport, PayRewards, ProviderStake, Region,
	RewardKind, RewardPayee, SeizeRewards, Tier, VestingStake,
};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
	derive_impl, ensure,
	pallet_prelude::{DispatchResult, ValueQuery, Weight},
	parameter_types, storage_alias,
	traits::{
		fungible::{Balanced, Inspect, InspectHold, Mutate},
		tokens::{imbalance::ResolveTo, Fortitude, Precision, Preservation},
		ConstU32, Hooks,
	},
	PalletId,
};
use frame_system::EnsureRoot;
use scale_info::TypeInfo;
use sp_runtime::{BuildStorage, DispatchError, FixedU128, Perbill};

pub type AccountId = u64;
// Block numbers as on the chain, so that the bytes pinned by the tests are the chain's.
type Block = frame_system::mocking::MockBlockU32<Test>;

/// A provider with [`ENDOWMENT`].
pub const ALICE: AccountId = 1;
/// Another provider with [`ENDOWMENT`].
pub const BOB: AccountId = 2;
/// A client with [`ENDOWMENT`]: the account that offences wrong.
pub const CLIENT: AccountId = 3;
/// An account that does not exist.
pub const DEAD: AccountId = 4;
/// Where the treasury's part of slashes goes. Has the existential deposit.
pub const TREASURY: AccountId = 5;
/// Where tokens vest. Has the existential deposit.
pub const VESTING: AccountId = 50;

pub const ENDOWMENT: Balance = 100_000;
pub const EXISTENTIAL_DEPOSIT: Balance = 10;
pub const LEAST_BOND: Balance = 100;
pub const PERIOD: BlockNumber = 50;
pub const SLASH_WINDOW: BlockNumber = 20;
/// A seventh of [`PERIOD`], rounded up.
pub const LIABILITY_PERIOD: BlockNumber = 8;
pub const LEAST_DELEGATION: Balance = 50;
pub const MAX_LIABILITIES: u32 = 4;
pub const NOTICE: BlockNumber = 10;
pub const DEFERRAL: BlockNumber = 10;
pub const CONTEST: BlockNumber = 5;
pub const SLASH_PERIOD: BlockNumber = 10;
pub const REPEAT_WINDOW: BlockNumber = 30;
pub const REGION_WINDOW: BlockNumber = 10;
pub const CONTEST_COST: Balance = 100;
pub const MAX_PENDING: u32 = 6;
pub const MONTH: BlockNumber = 100;
pub const WINDOW: BlockNumber = 10;
pub const MAX_CHUNKS: u32 = 4;
pub const MAX_TIERS: u32 = 3;

/// A tier that requires 300.
pub const SMALL: Tier = Tier(1);
/// A tier that requires 900.
pub const LARGE: Tier = Tier(2);
/// A tier without K value.
pub const UNKNOWN: Tier = Tier(9);

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
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(2)]
	pub type StakingSlash = pallet_staking_slash::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
	pub const TreasuryAccount: AccountId = TREASURY;
	pub const StakePalletId: PalletId = PalletId(*b"tst/stak");
	pub const MaxCommission: Perbill = Perbill::from_percent(50);
	pub static MaxDelegationRatio: FixedU128 = FixedU128::from_u32(1);
	pub static MinDelegation: Balance = LEAST_DELEGATION;
	pub static MinBond: Balance = LEAST_BOND;
	pub static UnbondingPeriod: BlockNumber = PERIOD;
	pub static PartsOfOffences: SlashParts = parts();
	pub static ReporterShare: Perbill = Perbill::from_percent(25);
	pub static SlashDeferral: BlockNumber = DEFERRAL;
	pub static ContestPeriod: BlockNumber = CONTEST;
	pub static ContestBond: Balance = CONTEST_COST;
	pub static RegionLimit: u32 = 1_000;
	pub static MaxDebt: Balance = 1_000_000;
	/// For machines and subjects of which each is used once.
	pub static NextSubject: u64 = 1_000;
	pub static WrongedShare: Perbill = Perbill::from_percent(50);
	pub static TreasuryShare: Perbill = Perbill::from_percent(25);
	pub static CoefficientPeriod: BlockNumber = MONTH;
	pub static StakedMonths: FixedU128 = FixedU128::from_u32(1);
	pub static MinCoefficient: FixedU128 = FixedU128::from_rational(1, 4);
	pub static MaxCoefficient: FixedU128 = FixedU128::from_u32(8);
	pub static MaxCoefficientStep: FixedU128 = FixedU128::from_rational(3, 2);
	pub static TopUpWindow: BlockNumber = WINDOW;
	pub static TopUpFloor: Perbill = Perbill::from_percent(50);
	/// What the capacity pot has been credited by emission since genesis.
	pub static Emitted: Balance = 0;
}

pub struct RecordedEmission;
impl EmissionLedger<Balance> for RecordedEmission {
	fn emitted_to_capacity() -> Balance {
		Emitted::get()
	}
}

/// What vests for an account.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Escrow {
	/// All that was not claimed and not seized. It lies in the account [`VESTING`].
	pub amount: Balance,
	/// The part of it that is pledged.
	pub pledged: Balance,
	/// From which block on it can be claimed, as far as it is not pledged.
	pub vested_at: BlockNumber,
}

#[storage_alias]
pub type Escrows = StorageMap<Mock, frame_support::Twox64Concat, AccountId, Escrow, ValueQuery>;

/// A small place where tokens vest, all of an account's at once.
pub struct Vesting;

impl Vesting {
	fn seize(who: AccountId, amount: Balance, from_pledge: bool) -> CreditOf<Test> {
		let taken = Escrows::mutate(who, |escrow| {
			let there = if from_pledge { escrow.pledged } else { escrow.amount - escrow.pledged };
			let taken = amount.min(there);
			escrow.amount -= taken;
			escrow.pledged -= if from_pledge { taken } else { 0 };
			taken
		});
		<Balances as Balanced<_>>::withdraw(&VESTING, taken, Precision::Exact, Preservation::Preserve, Fortitude::Force)
			.unwrap()
	}
}

impl VestingStake<AccountId, Balance, CreditOf<Test>> for Vesting {
	fn pledge(who: &AccountId, amount: Balance) -> DispatchResult {
		Escrows::try_mutate(who, |escrow| {
			ensure!(amount <= escrow.amount - escrow.pledged, DispatchError::Other("not so much vests"));
			escrow.pledged += amount;
			Ok(())
		})
	}

	fn release(who: &AccountId, amount: Balance) -> DispatchResult {
		Escrows::try_mutate(who, |escrow| {
			escrow.pledged = escrow.pledged.checked_sub(amount).ok_or(DispatchError::Other("not so much pledged"))?;
			Ok(())
		})
	}

	fn seize_unpledged(who: &AccountId, amount: Balance) -> CreditOf<Test> {
		Self::seize(*who, amount, false)
	}

	fn seize_pledged(who: &AccountId, amount: Balance) -> CreditOf<Test> {
		Self::seize(*who, amount, true)
	}

	fn pledged(who: &AccountId) -> Option<Balance> {
		Some(Escrows::get(who).pledged)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_pledgeable(who: &AccountId, amount: Balance) {
		escrow(*who, amount, 0);
	}
}

/// Have `amount` vest for `who`, all of it in block `vested_at`.
pub fn escrow(who: AccountId, amount: Balance, vested_at: BlockNumber) {
	Balances::mint_into(&VESTING, amount).unwrap();
	Escrows::mutate(who, |escrow| {
		escrow.amount += amount;
		escrow.vested_at = vested_at;
	});
}

/// Pay out what has vested for `who` and is not pledged. Returns how much it was.
pub fn claim_escrow(who: AccountId) -> Balance {
	let escrow = Escrows::get(who);
	if System::block_number() < escrow.vested_at {
		return 0;
	}
	let amount = escrow.amount - escrow.pledged;
	Escrows::mutate(who, |escrow| escrow.amount -= amount);
	<Balances as Mutate<_>>::transfer(&VESTING, &who, amount, Preservation::Preserve).unwrap()
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

impl pallet_staking_slash::Config for Test {
	type Currency = assay_tokens::Tokens<Test>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type AdminOrigin = EnsureRoot<AccountId>;
	type SlashTreasury = ResolveTo<TreasuryAccount, Balances>;
	type MinBond = MinBond;
	type UnbondingPeriod = UnbondingPeriod;
	type SlashWindow = ConstU32<SLASH_WINDOW>;
	type MaxUnbondingChunks = ConstU32<MAX_CHUNKS>;
	type MaxTiers = ConstU32<MAX_TIERS>;
	type SlashParts = PartsOfOffences;
	type WrongedShare = WrongedShare;
	type TreasuryShare = TreasuryShare;
	type PalletId = StakePalletId;
	type LiabilityPeriod = ConstU32<LIABILITY_PERIOD>;
	type MaxDelegationRatio = MaxDelegationRatio;
	type MinDelegation = MinDelegation;
	type MaxLiabilities = ConstU32<MAX_LIABILITIES>;
	type MaxCommission = MaxCommission;
	type CommissionNotice = ConstU32<NOTICE>;
	type Rewards = Unclaimed;
	type ReporterShare = ReporterShare;
	type SlashPeriod = ConstU32<SLASH_PERIOD>;
	type RepeatWindow = ConstU32<REPEAT_WINDOW>;
	type SlashDeferral = SlashDeferral;
	type ContestPeriod = ContestPeriod;
	type ContestBond = ContestBond;
	type MaxPendingSlashes = ConstU32<MAX_PENDING>;
	type RegionWindow = ConstU32<REGION_WINDOW>;
	type RegionLimit = RegionLimit;
	type MaxDebt = MaxDebt;
	type Vesting = Vesting;
	type Emission = RecordedEmission;
	type CoefficientPeriod = CoefficientPeriod;
	type StakedMonths = StakedMonths;
	type MinCoefficient = MinCoefficient;
	type MaxCoefficient = MaxCoefficient;
	type MaxCoefficientStep = MaxCoefficientStep;
	type TopUpWindow = TopUpWindow;
	type TopUpFloor = TopUpFloor;
	type WeightInfo = ();
}

/// A third for failed service, a hundredth for a missed challenge, the whole for fraud.
pub fn parts() -> SlashParts {
	let third = Perbill::from_rational(1u32, 3);
	SlashParts {
		deadline_missed: third,
		downtime: third,
		missed_challenge: Perbill::from_percent(1),
		false_capacity: Perbill::one(),
		wrong_work: Perbill::one(),
		lease_abandoned: third,
		data_withheld: Perbill::one(),
	}
}

/// Take up to `amount` of what `who` has above the existential deposit.
fn take_from(who: AccountId, amount: Balance) -> CreditOf<Test> {
	let (preserve, polite) = (Preservation::Preserve, Fortitude::Polite);
	let amount = amount.min(Balances::reducible_balance(&who, preserve, polite));
	<Balances as Balanced<_>>::withdraw(&who, amount, Precision::Exact, preserve, polite).unwrap_or_default()
}

/// Give `who` an amount and, if it is new, the existential deposit.
pub fn give_to(who: AccountId, amount: Balance) {
	let first = if Balances::balance(&who) == 0 { EXISTENTIAL_DEPOSIT } else { 0 };
	frame_support::assert_ok!(Balances::mint_into(&who, amount + first));
}

/// Unclaimed rewards: what the account 100 above has above the existential deposit.
pub struct Unclaimed;
impl SeizeRewards<AccountId, Balance, CreditOf<Test>> for Unclaimed {
	fn seize_rewards(who: &AccountId, amount: Balance) -> CreditOf<Test> {
		take_from(who + 100, amount)
	}
}

impl PayRewards<AccountId> for Unclaimed {
	fn pay_rewards(who: &AccountId) -> Weight {
		let reward = take_from(who + 100, Balance::MAX);
		if let Err(rest) = StakingSlash::pay(who, RewardKind::Capacity, reward) {
			frame_support::assert_ok!(Balances::resolve(&(who + 100), rest));
		}
		Weight::from_parts(1, 0)
	}

	fn pay_weight() -> Weight {
		Weight::from_parts(1, 0)
	}
}

/// Give `who` unclaimed rewards.
pub fn give_rewards(who: AccountId, amount: Balance) {
	give_to(who + 100, amount);
}

/// Give `who` vesting tokens.
pub fn give_vesting(who: AccountId, amount: Balance) {
	escrow(who, amount, BlockNumber::MAX);
}

/// Put the constants that tests change back to what they are.
fn reset_parameters() {
	MaxDelegationRatio::set(FixedU128::from_u32(1));
	MinDelegation::set(LEAST_DELEGATION);
	MinBond::set(LEAST_BOND);
	UnbondingPeriod::set(PERIOD);
	PartsOfOffences::set(parts());
	ReporterShare::set(Perbill::from_percent(25));
	SlashDeferral::set(DEFERRAL);
	ContestPeriod::set(CONTEST);
	ContestBond::set(CONTEST_COST);
	RegionLimit::set(1_000);
	MaxDebt::set(1_000_000);
	NextSubject::set(1_000);
	WrongedShare::set(Perbill::from_percent(50));
	TreasuryShare::set(Perbill::from_percent(25));
	CoefficientPeriod::set(MONTH);
	StakedMonths::set(FixedU128::from_u32(1));
	MinCoefficient::set(FixedU128::from_rational(1, 4));
	MaxCoefficient::set(FixedU128::from_u32(8));
	MaxCoefficientStep::set(FixedU128::from_rational(3, 2));
	TopUpWindow::set(WINDOW);
	TopUpFloor::set(Perbill::from_percent(50));
	Emitted::set(0);
}

/// Block 1 of a chain with three rich accounts, the treasury and two tiers.
pub fn new_test_ext() -> sp_io::TestExternalities {
	reset_parameters();
	let balances = vec![
		(ALICE, ENDOWMENT),
		(BOB, ENDOWMENT),
		(CLIENT, ENDOWMENT),
		(TREASURY, EXISTENTIAL_DEPOSIT),
		(VESTING, EXISTENTIAL_DEPOSIT),
	];
	let storage = RuntimeGenesisConfig {
		system: Default::default(),
		balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
		staking_slash: crate::GenesisConfig { tier_stakes: vec![(SMALL, 300), (LARGE, 900)], ..Default::default() },
	}
	.build_storage()
	.unwrap();
	let mut ext: sp_io::TestExternalities = storage.into();
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Run `test` on a new chain and check the invariants after it.
pub fn build_and_execute(test: impl FnOnce()) {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		StakingSlash::integrity_test();
		test();
		check_invariants();
	});
}

/// The pallet's own checks, and those that need to see all of the runtime's accounts.
pub fn check_invariants() {
	StakingSlash::do_try_state().unwrap();
	let mut sum: Balance = 0;
	for who in frame_system::Account::<Test>::iter_keys() {
		sum += Balances::total_balance(&who);
		assert!(held(who) == 0 || Ledgers::<Test>::contains_key(who), "stake on hold without a ledger");
		assert!(contest_bonds(who) == 0 || !pending(who).is_empty(), "a bond on hold without a contest");
	}
	let mut vesting = EXISTENTIAL_DEPOSIT;
	for (who, escrow) in Escrows::iter() {
		vesting += escrow.amount;
		assert!(escrow.pledged == 0 || Ledgers::<Test>::contains_key(who), "a pledge without a ledger");
	}
	assert_eq!(free(VESTING), vesting, "what vests differs from where it lies");
	assert_eq!(sum, Balances::total_issuance(), "issuance differs from the sum of all accounts");
}

/// Stake on hold in the account of `who`.
pub fn held(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::Stake.into(), &who)
}

/// What `who` can spend or bond, including the existential deposit.
pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

/// Go to the block `blocks` later.
pub fn advance(blocks: BlockNumber) {
	System::set_block_number(System::block_number() + blocks);
}

/// Go to block `block` and run its hooks, and those of no block before.
pub fn leap(block: BlockNumber) {
	System::set_block_number(block);
	StakingSlash::on_initialize(block);
}

/// The events of this pallet since the last call.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::StakingSlash(event) => Some(event),
			_ => None,
		})
		.collect();
	System::reset_events();
	events
}

/// Bond `amount` for `who`, which must work.
pub fn bond(who: AccountId, amount: Balance) {
	frame_support::assert_ok!(StakingSlash::bond(RuntimeOrigin::signed(who), amount));
}

/// Unbond `amount` of `who`, which must work.
pub fn unbond(who: AccountId, amount: Balance) {
	frame_support::assert_ok!(StakingSlash::unbond(RuntimeOrigin::signed(who), amount));
}

/// Register a machine of `tier` for `who`, which must work.
pub fn add_machine(who: AccountId, tier: Tier) {
	frame_support::assert_ok!(<StakingSlash as ProviderStake<_, _>>::add_machine(&who, MachineId(0), tier, Region(0)));
}

/// A number that was not used before.
fn next_subject() -> u64 {
	NextSubject::mutate(|next| {
		*next += 1;
		*next
	})
}

/// What `who` did just now with a [`LARGE`] machine of its own number, to the disadvantage of nobody.
pub fn offence(offence: Offence, who: AccountId) -> OffenceReport<AccountId> {
	OffenceReport {
		offence,
		provider: who,
		machine: MachineId(who),
		tier: LARGE,
		region: Region(0),
		at: System::block_number(),
		subject: next_subject(),
		wronged: None,
		reporter: None,
	}
}

/// Report it.
pub fn report(report: OffenceReport<AccountId>) -> Result<Balance, DispatchError> {
	<StakingSlash as ProviderStake<_, _>>::report(report)
}

/// Slash `who` for a deadline missed with a machine of `tier`, another one each time, to the disadvantage of `wronged`.
pub fn slash(who: AccountId, tier: Tier, wronged: AccountId) -> Result<Balance, DispatchError> {
	let machine = MachineId(next_subject());
	report(OffenceReport { tier, machine, wronged: Some(wronged), ..offence(Offence::DeadlineMissed, who) })
}

/// Have the agenda worked off in the present block, as far as it fits into `limit`.
pub fn work_off(limit: Weight) -> Weight {
	StakingSlash::on_idle(System::block_number(), limit)
}

/// Go on block by block, with room for the agenda in each.
pub fn run(blocks: BlockNumber) {
	for _ in 0..blocks {
		advance(1);
		work_off(Weight::MAX);
	}
}

/// The numbers of the pending slashes of `who`.
pub fn pending(who: AccountId) -> Vec<SlashId> {
	PendingOf::<Test>::get(who).slashes.to_vec()
}

/// The bonds of contests on hold in the account of `who`.
pub fn contest_bonds(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::ContestBond.into(), &who)
}

/// Whether `who` may take on new work.
pub fn is_active(who: AccountId) -> bool {
	<StakingSlash as ProviderStake<_, _>>::is_active(&who)
}

/// The chunks of `who`: amount and the block in which each can be withdrawn.
pub fn chunks(who: AccountId) -> Vec<(Balance, BlockNumber)> {
	Ledgers::<Test>::get(who)
		.map(|ledger| ledger.unbonding.iter().map(|chunk| (chunk.amount, chunk.withdrawable_at)).collect())
		.unwrap_or_default()
}

/// How `who` stands.
pub fn standing(who: AccountId) -> crate::Standing<BlockNumber> {
	StakingSlash::standing(who).standing
}

/// The bond of `who`.
pub fn bonded(who: AccountId) -> Balance {
	StakingSlash::stake_status(who).bonded
}
