//! Whatever is done, and in whatever order, it leaves the same behind and tells the same as by the balances pallet itself.

use crate::Tokens;
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	assert_noop, assert_ok, derive_impl,
	traits::{
		fungible::{Balanced, BalancedHold, Credit, InspectHold, Mutate, MutateFreeze, MutateHold},
		tokens::{Fortitude, Precision, Preservation, Restriction},
		ConstU128, ConstU32, Imbalance, VariantCount,
	},
};
use frame_system::{mocking::MockBlockU32, Account};
use pallet_balances::ExtraFlags;
use proptest::prelude::*;
use scale_info::TypeInfo;
use sp_runtime::{BuildStorage, StateVersion, TokenError};

type AccountId = u64;

const ALICE: AccountId = 1;
const BOB: AccountId = 2;
/// Does not exist in the beginning.
const CAROL: AccountId = 3;
const WHO: [AccountId; 3] = [ALICE, BOB, CAROL];

/// Existential deposit.
const ED: Balance = 10;
/// What Alice and Bob have in the beginning.
const ENDOWMENT: Balance = 100;

/// Why tokens are on hold, or frozen. One more than an account can have.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, Ord, PartialEq, PartialOrd, TypeInfo,
)]
pub enum Reason {
	Stake,
	Escrow,
	Bond,
}

const REASONS: [Reason; 3] = [Reason::Stake, Reason::Escrow, Reason::Bond];

impl VariantCount for Reason {
	const VARIANT_COUNT: u32 = 2;
}

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlockU32<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
	type MaxConsumers = ConstU32<2>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<ED>;
	type FreezeIdentifier = Reason;
	type MaxFreezes = ConstU32<2>;
	type RuntimeFreezeReason = Reason;
	type RuntimeHoldReason = Reason;
}

/// What both have to be.
trait Purse:
	Mutate<AccountId, Balance = Balance>
	+ Balanced<
		AccountId,
		OnDropCredit = pallet_balances::NegativeImbalance<Test>,
		OnDropDebt = pallet_balances::PositiveImbalance<Test>,
	> + MutateHold<AccountId, Reason = Reason>
	+ BalancedHold<AccountId>
{
}

impl Purse for Balances {}
impl Purse for Tokens<Test> {}

fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let balances = vec![(ALICE, ENDOWMENT), (BOB, ENDOWMENT)];
	pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }.assimilate_storage(&mut storage).unwrap();
	let mut ext = sp_io::TestExternalities::new(storage);
	ext.execute_with(|| System::set_block_number(1));
	ext
}

#[derive(Clone, Copy, Debug)]
struct How {
	precision: Precision,
	preservation: Preservation,
	force: Fortitude,
	mode: Restriction,
}

#[derive(Clone, Copy, Debug)]
enum What {
	Mint,
	Burn,
	Withdraw,
	Resolve,
	Transfer,
	Hold,
	SetOnHold,
	Release,
	Slash,
	BurnHeld,
	TransferOnHold,
	TransferAndHold,
	Freeze,
	Provider(bool),
	Consumer(bool),
	Outdate,
}

#[derive(Clone, Copy, Debug)]
struct Step {
	what: What,
	who: AccountId,
	other: AccountId,
	reason: Reason,
	amount: Balance,
	how: How,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	use What::*;
	let what = prop_oneof![
		12 => prop::sample::select(vec![Mint, Burn, Withdraw, Resolve, Transfer, Hold, SetOnHold, Release]),
		12 => prop::sample::select(vec![Slash, BurnHeld, TransferOnHold, TransferAndHold, Hold, Resolve]),
		3 => prop::sample::select(vec![Freeze, Provider(true), Provider(false), Consumer(true), Consumer(false), Outdate]),
	];
	let how = (
		prop::sample::select(vec![Precision::Exact, Precision::BestEffort]),
		prop::sample::select(vec![Preservation::Preserve, Preservation::Protect, Preservation::Expendable]),
		prop::sample::select(vec![Fortitude::Polite, Fortitude::Force]),
		prop::sample::select(vec![Restriction::Free, Restriction::OnHold]),
	)
		.prop_map(|(precision, preservation, force, mode)| How { precision, preservation, force, mode });
	let amount =
		prop_oneof![20 => 0..3 * ED, 20 => 0..=ENDOWMENT, 1 => Just(Balance::MAX), 1 => Just(Balance::MAX - ED)];
	let who = || prop::sample::select(WHO.to_vec());
	let step = (what, who(), who(), prop::sample::select(REASONS.to_vec()), amount, how)
		.prop_map(|(what, who, other, reason, amount, how)| Step { what, who, other, reason, amount, how });
	prop::collection::vec(step, 1..60)
}

/// Carry a step out by `P`. Returns what came of it.
fn apply<P: Purse>(step: Step, purse: &mut Credit<AccountId, Balances>) -> String {
	let Step { what, who, other, reason, amount, how } = step;
	let How { precision, preservation, force, mode } = how;
	match what {
		What::Mint => format!("{:?}", P::mint_into(&who, amount)),
		What::Burn => format!("{:?}", P::burn_from(&who, amount, preservation, precision, force)),
		What::Withdraw => {
			let taken = P::withdraw(&who, amount, precision, preservation, force);
			let told = format!("{:?}", taken.as_ref().map(|credit| credit.peek()));
			purse.subsume(taken.unwrap_or_default());
			told
		},
		What::Resolve => {
			let credit = purse.extract(amount);
			let rest = P::resolve(&who, credit).err().unwrap_or_default();
			let told = format!("{}", rest.peek());
			purse.subsume(rest);
			told
		},
		What::Transfer => format!("{:?}", P::transfer(&who, &other, amount, preservation)),
		What::Hold => format!("{:?}", P::hold(&reason, &who, amount)),
		What::SetOnHold => format!("{:?}", P::set_on_hold(&reason, &who, amount)),
		What::Release => format!("{:?}", P::release(&reason, &who, amount, precision)),
		What::Slash => {
			let (credit, missing) = P::slash(&reason, &who, amount);
			let told = format!("{} {missing}", credit.peek());
			purse.subsume(credit);
			told
		},
		What::BurnHeld => format!("{:?}", P::burn_held(&reason, &who, amount, precision, force)),
		What::TransferOnHold => {
			format!("{:?}", P::transfer_on_hold(&reason, &who, &other, amount, precision, mode, force))
		},
		What::TransferAndHold => {
			format!("{:?}", P::transfer_and_hold(&reason, &who, &other, amount, precision, preservation, force))
		},
		What::Freeze => format!("{:?}", Balances::set_freeze(&reason, &who, amount)),
		What::Provider(true) => format!("{:?}", System::inc_providers(&who)),
		What::Provider(false) if System::providers(&who) == 0 => String::new(),
		What::Provider(false) => format!("{:?}", System::dec_providers(&who)),
		What::Consumer(true) => format!("{:?}", System::inc_consumers(&who)),
		What::Consumer(false) => {
			// Not those of the balances pallet itself.
			let own = u32::from(Balances::total_balance_on_hold(&who) > 0);
			if System::consumers(&who) > own {
				System::dec_consumers(&who);
			}
			String::new()
		},
		What::Outdate => {
			Account::<Test>::mutate_exists(who, |info| {
				if let Some(info) = info {
					info.data.flags = ExtraFlags::old_logic();
				}
			});
			String::new()
		},
	}
}

/// What comes of taking each amount of each account.
fn withdrawals<P: Purse>() -> String {
	let amounts = [0, 1, ED, ENDOWMENT / 2, ENDOWMENT - ED, ENDOWMENT];
	let taken = WHO.map(|who| amounts.map(|amount| P::can_withdraw(&who, amount)));
	format!("{taken:?}")
}

/// What can be taken of each account in each way.
fn reducible<P: Purse>() -> Vec<Balance> {
	let ways = [Preservation::Preserve, Preservation::Protect, Preservation::Expendable]
		.into_iter()
		.flat_map(|preservation| [Fortitude::Polite, Fortitude::Force].map(|force| (preservation, force)));
	ways.flat_map(|(preservation, force)| WHO.map(|who| P::reducible_balance(&who, preservation, force))).collect()
}

/// What can be seen after a step.
#[derive(Debug, PartialEq)]
struct Seen {
	result: String,
	reducible: Vec<Balance>,
	withdrawals: String,
	/// Of the storage.
	root: Vec<u8>,
	/// How many there are.
	events: usize,
	/// The last of them.
	last: String,
}

/// What can be seen after each of `steps`.
fn trace<P: Purse>(steps: &[Step]) -> Vec<Seen> {
	new_test_ext().execute_with(|| {
		let mut purse = Credit::<AccountId, Balances>::zero();
		let trace = steps.iter().map(|step| {
			let result = apply::<P>(*step, &mut purse);
			let (root, events) = (sp_io::storage::root(StateVersion::V1), System::events());
			let last = format!("{:?}", events.iter().rev().take(3).collect::<Vec<_>>());
			let (reducible, withdrawals) = (reducible::<P>(), withdrawals::<P>());
			Seen { result, reducible, withdrawals, root, events: events.len(), last }
		});
		trace.collect()
	})
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(2_000))]

	#[test]
	fn tokens_should_do_what_the_balances_pallet_does_when_anything_is_done(steps in steps()) {
		prop_assert_eq!(trace::<Tokens<Test>>(&steps), trace::<Balances>(&steps));
	}
}

#[test]
fn credit_should_be_taken_for_the_pallets_when_tokens_are_withdrawn() {
	new_test_ext().execute_with(|| {
		let credit: Credit<AccountId, Balances> =
			Tokens::<Test>::withdraw(&ALICE, 30, Precision::Exact, Preservation::Preserve, Fortitude::Polite).unwrap();
		assert!(Balances::resolve(&BOB, credit).is_ok());
		assert_eq!((Balances::free_balance(ALICE), Balances::free_balance(BOB)), (70, 130));
		assert_eq!(Balances::total_issuance(), 2 * ENDOWMENT);
	});
}

#[test]
fn consumer_should_be_counted_once_when_tokens_are_put_on_hold_twice_and_released() {
	new_test_ext().execute_with(|| {
		for reason in [Reason::Stake, Reason::Escrow] {
			assert_ok!(Tokens::<Test>::hold(&reason, &ALICE, 20));
			assert_eq!(System::consumers(&ALICE), 1);
		}
		assert_eq!(Tokens::<Test>::release(&Reason::Stake, &ALICE, 20, Precision::Exact), Ok(20));
		assert_eq!(System::consumers(&ALICE), 1);
		let (credit, missing) = Tokens::<Test>::slash(&Reason::Escrow, &ALICE, 25);
		assert_eq!((credit.peek(), missing, System::consumers(&ALICE)), (20, 5, 0));
	});
}

#[test]
fn hold_should_fail_as_the_pallets_does_when_the_existential_deposit_is_asked_for() {
	new_test_ext().execute_with(|| {
		let hold = |amount| Tokens::<Test>::hold(&Reason::Stake, &ALICE, amount);
		assert_noop!(hold(ENDOWMENT - ED + 1), TokenError::FundsUnavailable);
		assert_ok!(hold(ENDOWMENT - ED));
		assert_eq!(Balances::free_balance(ALICE), ED);
	});
}
