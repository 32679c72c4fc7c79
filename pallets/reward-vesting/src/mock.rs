//! A runtime with balances and this pallet only, in small numbers.

use crate::{self as pallet_reward_vesting, tranche::MAX_TRANCHES, *};
use assay_primitives::{RewardKind, RewardPayee, Vesting, VestingStake};
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::{Balanced, Credit, Inspect, InspectHold},
		ConstU128, Imbalance,
	},
};
use frame_system::mocking::MockBlockU32;
use sp_runtime::{BuildStorage, DispatchResult};

pub use assay_primitives::VestingPlan::{BlockReward, Checker, Escrowed, ServiceFee};

pub type AccountId = u64;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
/// An account that does not exist.
pub const NOBODY: AccountId = 9;
/// Where forfeits go.
pub const POT: AccountId = 100;
/// Who gets the part of rewards that is not the earner's.
pub const BACKER: AccountId = 101;
/// Who asks for others.
pub const ANYONE: AccountId = 102;

/// Existential deposit.
pub const ED: Balance = 5;
/// What everybody has in the beginning.
pub const ENDOWMENT: Balance = 1_000;

/// Blocks of the plans' terms.
pub const SERVICE_TERM: u32 = 60;
pub const CHECKER_TERM: u32 = 180;
pub const EXIT_TERM: u32 = 30;
pub const BLOCK_TERM: u32 = 180;
pub const ESCROW_TERM: u32 = 360;

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
	pub type RewardVesting = pallet_reward_vesting;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlockU32<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<ED>;
}

parameter_types! {
	/// The cliff of service fees, which no plan of the chain has.
	pub static Cliff: Option<u32> = None;
	/// The terms of checkers.
	pub static CheckerTerms: Terms = checker_terms();
	/// What everybody has at stake besides pledges.
	pub static Bond: Balance = 0;
	/// The part of rewards that is not the earner's.
	pub static BackersPart: Perbill = Perbill::zero();
}

/// 180 blocks, or 30 for a quarter.
pub fn checker_terms() -> Terms {
	let early_exit = Some(EarlyExit { term: EXIT_TERM, forfeit: Perbill::from_percent(75) });
	Terms { early_exit, ..plain(CHECKER_TERM) }
}

/// Terms of a plan that vests over `term` and no more.
pub fn plain(term: u32) -> Terms {
	Terms { at_once: Perbill::zero(), term, cliff: None, early_exit: None, stakeable: false, compounds: false }
}

pub struct TermsOf;

impl Convert<VestingPlan, Terms> for TermsOf {
	fn convert(plan: VestingPlan) -> Terms {
		match plan {
			ServiceFee => Terms { cliff: Cliff::get(), ..plain(SERVICE_TERM) },
			Checker => CheckerTerms::get(),
			BlockReward => Terms { at_once: Perbill::from_percent(25), ..plain(BLOCK_TERM) },
			Escrowed => Terms { stakeable: true, compounds: true, ..plain(ESCROW_TERM) },
		}
	}
}

/// Puts forfeits into [`POT`].
pub struct Forfeits;

impl OnUnbalanced<Credit<AccountId, Balances>> for Forfeits {
	fn on_nonzero_unbalanced(credit: Credit<AccountId, Balances>) {
		Balances::resolve(&POT, credit).unwrap();
	}
}

/// The bond is the same for all, and all pledges are at work.
pub struct StakeOf;

impl Convert<AccountId, AtStake> for StakeOf {
	fn convert(who: AccountId) -> AtStake {
		AtStake { bonded: Bond::get(), pledged: RewardVesting::pledged_by(&who) }
	}
}

/// Gives [`BackersPart`] of rewards to [`BACKER`], the rest to the earner.
pub struct Payee;

impl RewardPayee<AccountId, Credit<AccountId, Balances>> for Payee {
	fn pay(earner: &AccountId, _: RewardKind, reward: CreditOf<Test>) -> Result<(), CreditOf<Test>> {
		let part = BackersPart::get().mul_floor(reward.peek());
		let (backers, own) = reward.split(part);
		Balances::resolve(&BACKER, backers)?;
		Balances::resolve(earner, own)
	}

	fn takes_whole(_: &AccountId) -> bool {
		BackersPart::get().is_zero()
	}
}

impl Config for Test {
	type Currency = Balances;
	type Forfeits = Forfeits;
	type RuntimeHoldReason = RuntimeHoldReason;
	type StakeOf = StakeOf;
	type TermsOf = TermsOf;
	type WeightInfo = ();
}

/// Block 1 of a chain on which nothing vests yet.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let endowed = [ALICE, BOB, CAROL, POT, BACKER, ANYONE];
	pallet_balances::GenesisConfig::<Test> {
		balances: endowed.into_iter().map(|who| (who, ENDOWMENT)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		// Block 0 keeps no events.
		System::set_block_number(1);
		// These live as long as their thread.
		Cliff::set(None);
		CheckerTerms::set(checker_terms());
		Bond::set(0);
		BackersPart::set(Perbill::zero());
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

/// All invariants, and what only a test can see: that nothing is on hold without a ledger, and no lane is too long.
pub fn check_everything() {
	RewardVesting::do_try_state().unwrap();
	let held: Balance = frame_system::Account::<Test>::iter_values().map(|account| account.data.reserved).sum();
	let booked: Balance = Ledgers::<Test>::iter_values().map(|ledger| ledger.total()).sum();
	assert_eq!(held, booked, "something is on hold that no ledger accounts for");
	let total: Balance =
		frame_system::Account::<Test>::iter_values().map(|account| account.data.free + account.data.reserved).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts are not the issuance");
	for ledger in Ledgers::<Test>::iter_values() {
		assert!(ledger.vesting.0.len() <= MAX_TRANCHES as usize && ledger.exiting.0.len() <= MAX_TRANCHES as usize);
	}
}

/// Have `amount` new tokens vest. Returns what was given back, which is then not minted.
pub fn vest(who: AccountId, plan: VestingPlan, amount: Balance) -> Balance {
	let rest = RewardVesting::vest(&who, plan, Balances::issue(amount));
	rest.err().map_or(0, |rest| rest.peek())
}

/// Have `amount` vest, all of it.
#[track_caller]
pub fn grant(who: AccountId, plan: VestingPlan, amount: Balance) {
	assert_eq!(vest(who, plan, amount), 0, "something was given back");
}

/// Anyone claims for `who`. Returns what was released.
pub fn claim(who: AccountId, plan: VestingPlan) -> Balance {
	let before = free(who);
	match RewardVesting::claim(signed(ANYONE), plan, who) {
		Ok(()) => free(who) - before,
		Err(_) => 0,
	}
}

pub fn exit(who: AccountId, plan: VestingPlan, amount: Option<Balance>) -> DispatchResult {
	RewardVesting::exit_early(signed(who), plan, amount)
}

/// Take up to `amount` of what is pledged, or not, and burn it. Returns what was taken.
pub fn seize(who: AccountId, amount: Balance, pledged: bool) -> Balance {
	let credit: CreditOf<Test> =
		if pledged { RewardVesting::seize_pledged(&who, amount) } else { RewardVesting::seize_unpledged(&who, amount) };
	credit.peek()
}

/// Pay a reward of `amount` as the chain does.
pub fn pay(who: AccountId, amount: Balance) -> Balance {
	let rest = Compounding::<Test, Payee>::pay(&who, RewardKind::Work, Balances::issue(amount));
	rest.err().map_or(0, |rest| rest.peek())
}

/// Go to block `block`.
pub fn go_to(block: u32) {
	System::set_block_number(block);
}

/// Go on `blocks` blocks.
pub fn pass(blocks: u32) {
	go_to(now() + blocks);
}

pub fn now() -> u32 {
	System::block_number()
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// The ledger as it is stored.
pub fn ledger(who: AccountId, plan: VestingPlan) -> Ledger {
	Ledgers::<Test>::get(who, plan)
}

/// How `who` stands in `plan`.
pub fn status(who: AccountId, plan: VestingPlan) -> PlanStatus {
	RewardVesting::vesting_status(who).into_iter().find(|status| status.plan == plan).unwrap()
}

/// What a claim would pay.
pub fn claimable(who: AccountId, plan: VestingPlan) -> Balance {
	RewardVesting::accrued(&who, plan).claimable()
}

pub fn free(who: AccountId) -> Balance {
	Balances::balance(&who)
}

pub fn held(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::Vesting.into(), &who)
}

/// The pallet's events so far.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::RewardVesting(event) => Some(event),
		_ => None,
	});
	events.collect()
}

pub fn last_event() -> Event<Test> {
	events().pop().unwrap()
}
