//! Each check of offences seen failing, the bytes of what is stored, and random sequences of operations.

use super::*;
use assay_primitives::BlockNumber;
use codec::Encode;
use frame_support::traits::Hooks;
use proptest::prelude::*;
use sp_runtime::{StateVersion, TryRuntimeError};

/// Have slashes pending, one of them contested, and a debt, spoil something, and expect the checks to say `error`.
#[track_caller]
fn check_should_fail(error: &'static str, spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		bond(ALICE, 1_000);
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), queue_slash()));
		assert_ok!(report(offence(Offence::WrongWork, BOB)));
		assert_ok!(StakingSlash::do_try_state());
		spoil();
		assert_eq!(StakingSlash::do_try_state(), Err(TryRuntimeError::Other(error)));
	});
}

fn spoil_list(spoil: impl FnOnce(&mut PendingList<Test>)) {
	PendingOf::<Test>::mutate(ALICE, spoil);
}

#[test]
fn check_queue_should_fail_when_lists_and_slashes_differ() {
	check_should_fail("the sum of pending slashes differs", || spoil_list(|list| list.amount += 1));
	check_should_fail("a list of pending slashes differs", || {
		spoil_list(|list| {
			list.slashes.pop();
		})
	});
	check_should_fail("an empty list of pending slashes is stored", || {
		PendingOf::<Test>::insert(CLIENT, PendingList::default())
	});
	check_should_fail("a pending slash is in no list", || PendingOf::<Test>::remove(ALICE));
	check_should_fail("the number of a pending slash is not used yet", || NextSlashId::<Test>::put(1));
	check_should_fail("a proven offence is pending", || {
		PendingSlashes::<Test>::mutate(0, |slash| slash.as_mut().unwrap().report.offence = Offence::WrongWork)
	});
}

#[test]
fn check_contests_should_fail_when_the_hold_differs() {
	check_should_fail("the hold differs from the contests", || {
		PendingSlashes::<Test>::mutate(1, |slash| {
			let slash = slash.as_mut().unwrap();
			slash.state = SlashState::Contested { due: slash.state.due(), bond: 1 };
		})
	});
}

#[test]
fn check_debts_should_fail_when_they_are_wrong() {
	check_should_fail("a debt is zero", || Debts::<Test>::insert(ALICE, 0));
	check_should_fail("a debt is too large", || MaxDebt::set(1));
	check_should_fail("the total differs from the debts", || TotalDebt::<Test>::put(1));
}

#[test]
fn check_memory_should_fail_when_something_would_stay_for_ever() {
	let key = ReportKey { offence: Offence::Downtime, machine: MachineId(7), subject: 7 };
	check_should_fail("a pending slash has not one task", || {
		let due = PendingSlashes::<Test>::get(0).unwrap().state.due();
		Agenda::<Test>::remove(due, Task::Slash(0));
	});
	check_should_fail("a report has not one task", || Reported::<Test>::insert(key, ()));
	check_should_fail("a machine was punished by nothing", || Punished::<Test>::insert(MachineId(7), 0, 0));
	check_should_fail("a punishment has not one task", || Punished::<Test>::insert(MachineId(7), 0, 1));
	check_should_fail("too many missed challenges are counted", || {
		Misses::<Test>::insert(MachineId(7), MissCount { count: 32, last: 1 })
	});
	check_should_fail("missed challenges have not one task", || {
		Misses::<Test>::insert(MachineId(7), MissCount { count: 1, last: 1 })
	});
	check_should_fail("a region's count is zero", || RegionReports::<Test>::insert(Region(7), 0, 0));
	check_should_fail("a region's count has not one task", || RegionReports::<Test>::insert(Region(7), 0, 1));
	check_should_fail("a task has nothing to do", || Agenda::<Test>::insert(99, Task::Report(key), ()));
}

#[test]
fn check_agenda_should_fail_when_a_task_is_behind_the_cursor() {
	check_should_fail("a task is behind the cursor", || AgendaCursor::<Test>::put(99));
}

#[track_caller]
fn integrity_should_fail(spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		StakingSlash::integrity_test();
		spoil();
		assert!(std::panic::catch_unwind(StakingSlash::integrity_test).is_err());
	});
}

#[test]
fn integrity_test_should_fail_when_stake_leaves_before_the_longest_slash() {
	let latest = SLASH_WINDOW + DEFERRAL + CONTEST;
	integrity_should_fail(|| UnbondingPeriod::set(latest));
	integrity_should_fail(|| SlashDeferral::set(PERIOD - SLASH_WINDOW - CONTEST));
	integrity_should_fail(|| ContestPeriod::set(PERIOD - SLASH_WINDOW - DEFERRAL));
}

#[test]
fn integrity_test_should_fail_when_there_is_no_time_to_contest() {
	integrity_should_fail(|| SlashDeferral::set(0));
	integrity_should_fail(|| ContestPeriod::set(0));
}

#[test]
fn integrity_test_should_fail_when_the_bond_is_dust_or_every_region_damped() {
	integrity_should_fail(|| ContestBond::set(EXISTENTIAL_DEPOSIT - 1));
	integrity_should_fail(|| RegionLimit::set(0));
}

#[test]
fn stored_types_should_keep_their_bytes() {
	let offender = OffenceReport {
		offence: Offence::Downtime,
		provider: 1u64,
		machine: MachineId(2),
		tier: Tier(3),
		region: Region(4),
		at: 5,
		subject: 6,
		wronged: Some(7),
		reporter: None,
	};
	let state = SlashState::Contested { due: 10u32, bond: 11 };
	let pending = PendingSlash { report: offender.clone(), amount: 8, reported_at: 9u32, state };
	assert_eq!(pending.encode(), (offender, 8u128, 9u32, 1u8, 10u32, 11u128).encode());
	assert_eq!(SlashState::Queued { due: 1u32 }.encode(), (0u8, 1u32).encode());
	assert_eq!(SlashState::Held { due: 1u32 }.encode(), (2u8, 1u32).encode());
	let list = PendingList::<Test> { amount: 1, slashes: vec![2].try_into().unwrap() };
	assert_eq!(list.encode(), (1u128, vec![2u64]).encode());
	assert_eq!(MissCount { count: 1, last: 2u32 }.encode(), (1u32, 2u32).encode());
	let key = ReportKey { offence: Offence::WrongWork, machine: MachineId(1), subject: 2 };
	assert_eq!(key.encode(), (4u8, 1u64, 2u64).encode());
	assert_eq!(Task::Slash(1).encode(), (0u8, 1u64).encode());
	assert_eq!(Task::Report(key).encode(), (1u8, key).encode());
	assert_eq!(Task::Punished(MachineId(1), 2).encode(), (2u8, 1u64, 2u32).encode());
	assert_eq!(Task::Misses(MachineId(1)).encode(), (3u8, 1u64).encode());
	assert_eq!(Task::Region(Region(1), 2).encode(), (4u8, Region(1), 2u32).encode());
}

#[test]
fn indices_should_stay_where_they_are() {
	let index = |event: Event<Test>| event.encode()[0];
	let (slash, provider, amount, due) = (1, ALICE, 1, 1);
	let (machine, region, bond) = (MachineId(0), Region(0), 1);
	let (offence, outcome) = (Offence::Downtime, ContestOutcome::Upheld);
	assert_eq!(HoldReason::ContestBond.encode(), [2]);
	assert_eq!(index(Event::SlashQueued { slash, provider, machine, offence, amount, due }), 40);
	assert_eq!(index(Event::SlashHeld { slash, provider, machine, offence, amount, region, due }), 41);
	assert_eq!(index(Event::SlashContested { slash, provider, bond, due }), 42);
	assert_eq!(index(Event::ContestResolved { slash, provider, outcome, bond }), 43);
	assert_eq!(index(Event::SlashCancelled { slash, provider, amount }), 44);
	assert_eq!(index(Event::SlashReleased { slash, provider, due }), 45);
	assert_eq!(index(Event::SlashLapsed { slash, provider, amount }), 46);
	assert_eq!(index(Event::DebtIncurred { provider, amount, debt: 1 }), 47);
	assert_eq!(index(Event::DebtCollected { provider, amount, debt: 0, to_treasury: 0, burned: 1 }), 48);
	assert_eq!(index(Event::MissCounted { provider, machine: MachineId(1), subject: 2 }), 49);
	let kind = UnexpectedKind::PendingSlashFailed { slash, error: DispatchError::BadOrigin };
	assert_eq!(Event::<Test>::Unexpected { kind }.encode()[..2], [9, 1]);
	let outcomes = [ContestOutcome::Upheld, ContestOutcome::Cancelled, ContestOutcome::Undecided];
	assert_eq!(outcomes.encode(), [0, 1, 2]);
}

#[test]
fn calls_should_keep_their_encoding() {
	let bytes = |call: Call<Test>| call.encode();
	assert_eq!(bytes(Call::apply_slash { slash: 1 }), [30, 4]);
	assert_eq!(bytes(Call::contest_slash { slash: 1 }), [31, 4]);
	assert_eq!(bytes(Call::resolve_contest { slash: 1, uphold: true }), [32, 4, 1]);
	assert_eq!(bytes(Call::cancel_slash { slash: 1 }), [33, 4]);
	assert_eq!(bytes(Call::release_slash { slash: 1 }), [34, 4]);
	assert_eq!(bytes(Call::pay_debt { provider: ALICE, amount: 1 }), [vec![35], ALICE.encode(), vec![4]].concat());
	assert_eq!(bytes(Call::collect_debt { provider: ALICE }), [vec![36], ALICE.encode()].concat());
}

/// Delegators.
const DORA: AccountId = 11;
const EMIL: AccountId = 12;
const PROVIDERS: [AccountId; 2] = [ALICE, BOB];
const DELEGATORS: [AccountId; 2] = [DORA, EMIL];

/// One step of a random sequence.
#[derive(Clone, Debug)]
enum Op {
	Bond(AccountId, Balance),
	Unbond(AccountId, Balance),
	Withdraw(AccountId),
	Delegate(AccountId, AccountId, Balance),
	Undelegate(AccountId, AccountId),
	Move(AccountId, AccountId, AccountId),
	WithdrawDelegation(AccountId, AccountId),
	Collect(AccountId, AccountId),
	/// An offence with one of three machines, so many blocks ago, on one of eight subjects.
	Report(Offence, AccountId, u64, BlockNumber, u64, bool, bool),
	Apply(u8),
	Contest(u8, bool),
	Resolve(u8, bool),
	Cancel(u8),
	Release(u8),
	PayDebt(AccountId, Balance),
	CollectDebt(AccountId),
	Earn(AccountId, Balance, Balance),
	Reward(AccountId, Balance),
	SetTierStake(Balance),
	/// Blocks with room for the agenda.
	Run(BlockNumber),
	/// Blocks without.
	Advance(BlockNumber),
}

/// One of the slashes pending, if any, and its provider.
fn pick(index: u8) -> (SlashId, AccountId) {
	let mut all: Vec<_> =
		PendingSlashes::<Test>::iter().map(|(slash, pending)| (slash, pending.report.provider)).collect();
	all.sort_unstable();
	all.get(usize::from(index) % all.len().max(1)).copied().unwrap_or((999, ALICE))
}

fn pay_reward(who: AccountId, amount: Balance) -> sp_runtime::DispatchResult {
	use assay_primitives::{RewardKind, RewardPayee};
	let credit = <Balances as frame_support::traits::fungible::Balanced<_>>::issue(amount);
	<StakingSlash as RewardPayee<_, _>>::pay(&who, RewardKind::Work, credit).map_err(|_| DispatchError::Unavailable)
}

impl Op {
	fn apply(&self) -> sp_runtime::DispatchResult {
		let plain = |result: frame_support::dispatch::DispatchResultWithPostInfo| {
			result.map(|_| ()).map_err(|error| error.error)
		};
		match *self {
			Op::Bond(who, amount) => plain(StakingSlash::bond(signed(who), amount)),
			Op::Unbond(who, amount) => plain(StakingSlash::unbond(signed(who), amount)),
			Op::Withdraw(who) => StakingSlash::withdraw_unbonded(signed(who)),
			Op::Delegate(who, to, amount) => plain(StakingSlash::delegate(signed(who), to, amount)),
			Op::Undelegate(who, from) => plain(StakingSlash::undelegate(signed(who), from, Balance::MAX)),
			Op::Move(who, from, to) => plain(StakingSlash::move_delegation(signed(who), from, to, Balance::MAX)),
			Op::WithdrawDelegation(who, from) => plain(StakingSlash::withdraw_delegation(signed(who), from)),
			Op::Collect(who, at) => plain(StakingSlash::collect_liability(signed(CLIENT), who, at)),
			Op::Report(kind, who, machine, ago, subject, wronged, reported) => report(OffenceReport {
				machine: MachineId(machine),
				at: System::block_number().saturating_sub(ago),
				subject,
				wronged: wronged.then_some(CLIENT),
				reporter: reported.then_some(FINDER),
				..offence(kind, who)
			})
			.map(|_| ()),
			Op::Apply(index) => StakingSlash::apply_slash(signed(CLIENT), pick(index).0),
			Op::Contest(index, rightful) => {
				let (slash, provider) = pick(index);
				StakingSlash::contest_slash(signed(if rightful { provider } else { BOB }), slash)
			},
			Op::Resolve(index, uphold) => StakingSlash::resolve_contest(RuntimeOrigin::root(), pick(index).0, uphold),
			Op::Cancel(index) => StakingSlash::cancel_slash(RuntimeOrigin::root(), pick(index).0),
			Op::Release(index) => StakingSlash::release_slash(RuntimeOrigin::root(), pick(index).0),
			Op::PayDebt(who, amount) => StakingSlash::pay_debt(signed(CLIENT), who, amount),
			Op::CollectDebt(who) => StakingSlash::collect_debt(signed(CLIENT), who),
			Op::Earn(who, rewards, vesting) => {
				give_rewards(who, rewards);
				give_vesting(who, vesting);
				Ok(())
			},
			Op::Reward(who, amount) => pay_reward(who, amount),
			Op::SetTierStake(stake) => StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, stake),
			Op::Run(blocks) => {
				run(blocks);
				Ok(())
			},
			Op::Advance(blocks) => {
				advance(blocks);
				Ok(())
			},
		}
	}
}

fn any_op() -> impl Strategy<Value = Op> {
	let provider = || prop::sample::select(&PROVIDERS[..]);
	let delegator = || prop::sample::select(&DELEGATORS[..]);
	let kind = prop::sample::select(
		&[
			Offence::DeadlineMissed,
			Offence::Downtime,
			Offence::MissedChallenge,
			Offence::FalseCapacity,
			Offence::WrongWork,
			Offence::LeaseAbandoned,
			Offence::DataWithheld,
		][..],
	);
	let amount = || prop_oneof![1 => 0..20u128, 6 => 100..3_000u128];
	prop_oneof![
		4 => (provider(), amount()).prop_map(|(who, amount)| Op::Bond(who, amount)),
		3 => (provider(), amount()).prop_map(|(who, amount)| Op::Unbond(who, amount)),
		3 => provider().prop_map(Op::Withdraw),
		3 => (delegator(), provider(), amount()).prop_map(|(who, to, amount)| Op::Delegate(who, to, amount)),
		1 => (delegator(), provider()).prop_map(|(who, from)| Op::Undelegate(who, from)),
		2 => (delegator(), provider(), provider()).prop_map(|(who, from, to)| Op::Move(who, from, to)),
		1 => (delegator(), provider()).prop_map(|(who, from)| Op::WithdrawDelegation(who, from)),
		1 => (delegator(), provider()).prop_map(|(who, at)| Op::Collect(who, at)),
		10 => (kind, provider(), 0..3u64, 0..25u32, 0..8u64, any::<bool>(), any::<bool>())
			.prop_map(|(kind, who, machine, ago, subject, w, r)| Op::Report(kind, who, machine, ago, subject, w, r)),
		2 => any::<u8>().prop_map(Op::Apply),
		4 => (any::<u8>(), any::<bool>()).prop_map(|(index, rightful)| Op::Contest(index, rightful)),
		3 => (any::<u8>(), any::<bool>()).prop_map(|(index, uphold)| Op::Resolve(index, uphold)),
		1 => any::<u8>().prop_map(Op::Cancel),
		2 => any::<u8>().prop_map(Op::Release),
		1 => (provider(), amount()).prop_map(|(who, amount)| Op::PayDebt(who, amount)),
		1 => provider().prop_map(Op::CollectDebt),
		2 => (provider(), 0..300u128, 0..300u128).prop_map(|(who, rewards, vesting)| Op::Earn(who, rewards, vesting)),
		2 => (provider(), 0..1_000u128).prop_map(|(who, amount)| Op::Reward(who, amount)),
		1 => (1..5_000u128).prop_map(Op::SetTierStake),
		4 => (1..15u32).prop_map(Op::Run),
		1 => (1..15u32).prop_map(Op::Advance),
	]
}

/// What has happened to each machine so far, kept apart from the pallet.
#[derive(Default)]
struct Model {
	/// What was taken or is owed for failures.
	taken: std::collections::BTreeMap<MachineId, Balance>,
	/// The dearest failure of each period that was punished.
	dearest: std::collections::BTreeMap<(MachineId, u32), Balance>,
}

fn step(op: &Op, model: &mut Model) {
	events();
	let root = sp_io::storage::root(StateVersion::V1);
	let issuance = Balances::total_issuance();
	let debt = TotalDebt::<Test>::get();
	let bonds = PROVIDERS.map(held);

	let result = op.apply();

	// INV1: a refused operation changes nothing.
	if let (Err(error), false) = (result, matches!(op, Op::Reward(..))) {
		assert_eq!(sp_io::storage::root(StateVersion::V1), root, "{op:?} failed with {error:?} but wrote");
	}
	// INV2: every token that is gone was burned by an event, and every part has a source.
	let (mut burned, mut owed, mut paid) = (0, 0, 0);
	let (mut lost, mut given) = (0, 0);
	for event in events() {
		match event {
			Event::Slashed {
				machine,
				offence,
				amount,
				from_bond,
				from_rewards,
				from_vesting,
				from_stake,
				debt,
				wronged,
				to_wronged,
				reporter,
				to_reporter,
				to_treasury,
				burned: part,
				..
			} => {
				assert_eq!(amount, from_bond + from_rewards + from_vesting + from_stake);
				assert_eq!(amount, to_wronged + to_reporter + to_treasury + part);
				assert!(wronged.is_some() || to_wronged == 0);
				assert!(reporter.is_some() || to_reporter == 0);
				burned += part;
				lost += from_bond;
				given += to_wronged + to_reporter;
				let taken = amount - from_bond + debt;
				if offence.is_fraud() {
					assert!(taken <= StakingSlash::slash_due(LARGE, offence, 0).unwrap(), "{op:?} took {taken}");
				} else {
					*model.taken.entry(machine).or_default() += taken;
				}
			},
			Event::DebtIncurred { amount, .. } => owed += amount,
			Event::DebtCollected { amount, to_treasury, burned: part, .. } => {
				assert_eq!(amount, to_treasury + part);
				paid += amount;
				burned += part;
			},
			Event::LiabilityCollected { burned: part, .. } => burned += part,
			Event::Unexpected { kind } => panic!("{kind:?}"),
			_ => (),
		}
	}
	let issued = match *op {
		Op::Earn(..) => Balances::total_issuance() + burned - issuance,
		Op::Reward(_, amount) if result.is_ok() => amount,
		_ => 0,
	};
	assert_eq!(Balances::total_issuance() + burned, issuance + issued, "{op:?}");
	// INV3: debts change by what the events say.
	assert_eq!(TotalDebt::<Test>::get() + paid, debt + owed);
	// INV4: no machine pays more than the dearest failures of its periods ask, and each fraud. What moved stake owes is
	// not counted.
	for (machine, period, amount) in Punished::<Test>::iter() {
		let before = model.dearest.insert((machine, period), amount);
		assert!(before.is_none_or(|before| before <= amount));
	}
	for (machine, taken) in &model.taken {
		let due: Balance = model.dearest.iter().filter(|((of, _), _)| of == machine).map(|(_, amount)| amount).sum();
		assert!(*taken <= due, "{op:?} took {taken} of {due}");
	}
	// INV5: a provider that owes has nothing to withdraw.
	for who in PROVIDERS {
		let status = StakingSlash::stake_status(who);
		assert!(StakingSlash::debt(who) == 0 || status.withdrawable == 0);
		assert!(
			status.withdrawable == 0
				|| status.bonded + status.unbonding - status.withdrawable >= PendingOf::<Test>::get(who).amount
		);
	}
	// INV6: whoever is wronged or reports is paid out of the providers' own bonds only, and not with all of it.
	lost += PROVIDERS.map(held).iter().zip(bonds).map(|(after, before)| before.saturating_sub(*after)).sum::<Balance>();
	assert!(given <= Perbill::from_percent(75).mul_floor(lost), "{op:?} paid {given} for {lost}");
	// INV7: the pallet's own invariants: holds, queue, debts, memory.
	check_invariants();
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn offence_invariants_should_hold_over_random_sequences(ops in prop::collection::vec(any_op(), 1..70)) {
		build_and_execute(|| {
			RegionLimit::set(4);
			for who in [DORA, EMIL] {
				give_to(who, ENDOWMENT);
			}
			for who in PROVIDERS {
				bond(who, 3_000);
			}
			let mut model = Model::default();
			for op in &ops {
				// Block by block, so that nothing is remembered and forgotten again unseen.
				match *op {
					Op::Run(blocks) => (0..blocks).for_each(|_| step(&Op::Run(1), &mut model)),
					_ => step(op, &mut model),
				}
			}
			// Left alone, everything ends and is forgotten, and nothing is left on hold for contests.
			run(2 * PERIOD + REPEAT_WINDOW);
			check_invariants();
			assert_eq!(PendingSlashes::<Test>::iter().count() + Agenda::<Test>::iter().count(), 0);
			for who in PROVIDERS {
				assert_eq!(contest_bonds(who), 0);
			}
		});
	}

	/// However the offences of one machine and period come, at once or queued, early or late, they cost what the dearest
	/// failure does and all fraud.
	#[test]
	fn machine_should_pay_for_the_dearest_failure_of_a_period_and_all_fraud(
		kinds in prop::collection::vec((0..7u8, 0..10u32), 1..6),
	) {
		build_and_execute(|| {
			bond(ALICE, 50_000);
			advance(SLASH_PERIOD - 1);
			let period_began = System::block_number();
			let (mut dearest, mut frauds) = (0, 0);
			for (kind, wait) in kinds {
				let all = [
					Offence::DeadlineMissed,
					Offence::Downtime,
					Offence::FalseCapacity,
					Offence::LeaseAbandoned,
					Offence::WrongWork,
					Offence::MissedChallenge,
					Offence::DataWithheld,
				];
				let kind = all[usize::from(kind)];
				let at = period_began.max(System::block_number().saturating_sub(SLASH_WINDOW));
				if at >= period_began + SLASH_PERIOD {
					break;
				}
				let misses = StakingSlash::misses_before(MachineId(ALICE), at);
				let due = StakingSlash::slash_due(LARGE, kind, misses).unwrap();
				if kind.is_fraud() {
					frauds += due;
				} else {
					dearest = dearest.max(due);
				}
				report(OffenceReport { at, ..offence(kind, ALICE) }).unwrap();
				run(wait);
			}
			run(DEFERRAL);
			assert_eq!(bonded(ALICE), 50_000 - dearest - frauds);
		});
	}
}
