//! What must always hold: each check seen failing, the bytes of what is stored, and random sequences of operations.

use super::*;
use assay_primitives::BlockNumber;
use codec::Encode;
use frame_support::traits::Hooks;
use proptest::prelude::*;
use sp_runtime::{StateVersion, TryRuntimeError};

/// Bond for ALICE, spoil her ledger or something else with `spoil`, and expect the checks to say `error`.
#[track_caller]
fn check_should_fail(error: &'static str, spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, SMALL);
		unbond(ALICE, 100);
		advance(1);
		unbond(ALICE, 200);
		assert_ok!(StakingSlash::do_try_state());
		spoil();
		assert_eq!(StakingSlash::do_try_state(), Err(TryRuntimeError::Other(error)));
	});
}

fn spoil_ledger(spoil: impl FnOnce(&mut Ledger<Test>)) {
	Ledgers::<Test>::mutate(ALICE, |ledger| spoil(ledger.as_mut().unwrap()));
}

#[test]
fn check_holds_should_fail_when_the_ledger_says_more_than_is_held() {
	check_should_fail("the hold differs from the ledger", || spoil_ledger(|ledger| ledger.bonded += 1));
}

#[test]
fn check_holds_should_fail_when_the_ledger_says_less_than_is_held() {
	check_should_fail("the hold differs from the ledger", || {
		spoil_ledger(|ledger| {
			ledger.unbonding.pop();
		})
	});
}

#[test]
fn check_ledgers_should_fail_when_one_is_empty() {
	check_should_fail("an empty ledger is stored", || Ledgers::<Test>::insert(BOB, Ledger::default()));
}

#[test]
fn check_chunks_should_fail_when_one_is_empty() {
	check_should_fail("a chunk is empty", || {
		spoil_ledger(|ledger| ledger.unbonding.try_push(UnbondingChunk { amount: 0, withdrawable_at: 99 }).unwrap())
	});
}

#[test]
fn check_chunks_should_fail_when_they_are_out_of_order() {
	check_should_fail("chunks are out of order", || spoil_ledger(|ledger| ledger.unbonding[0].withdrawable_at = 99));
}

#[test]
fn check_chunks_should_fail_when_two_share_a_block() {
	check_should_fail("chunks are out of order", || {
		spoil_ledger(|ledger| {
			ledger.unbonding[1].withdrawable_at = ledger.unbonding[0].withdrawable_at;
		})
	});
}

#[test]
fn check_machines_should_fail_when_a_count_is_zero() {
	check_should_fail("a count of machines is zero", || {
		spoil_ledger(|ledger| {
			ledger.machines.try_insert(LARGE, 0).unwrap();
		})
	});
}

#[test]
fn check_machines_should_fail_when_a_tier_is_unknown() {
	check_should_fail("a machine's tier has no K value", || TierStakes::<Test>::remove(SMALL));
}

#[test]
fn check_tiers_should_fail_when_a_stake_is_zero() {
	check_should_fail("a K value is zero", || TierStakes::<Test>::insert(SMALL, 0));
}

#[test]
fn check_tiers_should_fail_when_the_coefficient_is_zero() {
	check_should_fail("the coefficient is zero", || Coefficient::<Test>::put(FixedU128::zero()));
}

#[test]
fn check_tiers_should_fail_when_a_stake_overflows() {
	check_should_fail("a K value overflows", || {
		TierStakes::<Test>::insert(SMALL, Balance::MAX);
		Coefficient::<Test>::put(FixedU128::from_u32(2));
	});
}

#[test]
fn check_tiers_should_fail_when_there_are_too_many() {
	check_should_fail("there are too many tiers", || {
		for tier in 10..=10 + MAX_TIERS as u8 {
			TierStakes::<Test>::insert(Tier(tier), 1);
		}
	});
}

#[test]
fn check_pledges_should_fail_when_the_ledger_says_more_or_less() {
	check_should_fail("the pledge differs from the ledger", || spoil_ledger(|ledger| ledger.pledged += 1));
	check_should_fail("the pledge differs from the ledger", || Escrows::mutate(ALICE, |escrow| escrow.pledged = 1));
}

#[test]
fn check_chunks_should_fail_when_one_of_the_pledge_is_empty() {
	check_should_fail("a chunk is empty", || {
		spoil_ledger(|ledger| ledger.unpledging.try_push(UnbondingChunk { amount: 0, withdrawable_at: 9 }).unwrap())
	});
}

#[test]
fn check_counts_should_fail_when_a_machine_is_missing_or_too_many() {
	let error = "the machines of a tier differ from the ledgers'";
	check_should_fail(error, || StakingSlash::uncount_machine(SMALL));
	check_should_fail(error, || StakingSlash::count_machine(LARGE).unwrap());
}

#[test]
fn check_requirements_should_fail_when_a_threshold_is_zero_or_of_no_tier() {
	let set = |tier, threshold| {
		Requirements::<Test>::mutate(|table| {
			table.thresholds.try_insert(tier, threshold).unwrap();
		})
	};
	check_should_fail("a threshold is zero", || set(SMALL, 0));
	check_should_fail("a threshold is of no tier", || set(UNKNOWN, 1));
}

#[test]
fn check_requirements_should_fail_when_a_raise_or_refresh_is_to_come() {
	let spoil = |spoil: fn(&mut Raise<Test>)| {
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_u32(2)));
		Requirements::<Test>::mutate(|table| spoil(table.raise.as_mut().unwrap()));
	};
	check_should_fail("a raise is to come", || spoil(|raise| raise.at += 1));
	check_should_fail("a raise is to come", || spoil(|raise| raise.first += 1));
	check_should_fail("the coefficient was zero", || spoil(|raise| raise.before.coefficient = FixedU128::zero()));
	check_should_fail("a refresh is to come", || LastRefresh::<Test>::put(Refresh { month: 1, emitted: 0 }));
}

#[test]
fn check_shortages_should_fail_when_one_is_to_come_or_was_not_written_down() {
	check_should_fail("a shortage is to come", || {
		spoil_ledger(|ledger| ledger.shortage = Some(Shortage { since: 99, halted: false }))
	});
	check_should_fail("a shortage was not written down", || TierStakes::<Test>::insert(SMALL, 2_000));
}

/// The constants must stand in the relations that the integrity test asserts.
#[track_caller]
fn integrity_should_fail(spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		StakingSlash::integrity_test();
		spoil();
		let failed = std::panic::catch_unwind(StakingSlash::integrity_test).is_err();
		assert!(failed);
	});
}

#[test]
fn integrity_test_should_fail_when_stake_can_leave_before_the_slash() {
	integrity_should_fail(|| UnbondingPeriod::set(SLASH_WINDOW));
}

#[test]
fn integrity_test_should_fail_when_the_least_bond_is_dust() {
	integrity_should_fail(|| MinBond::set(EXISTENTIAL_DEPOSIT - 1));
}

#[test]
fn integrity_test_should_fail_when_an_offence_is_free() {
	integrity_should_fail(|| PartsOfOffences::set(SlashParts { downtime: Perbill::zero(), ..parts() }));
}

#[test]
fn integrity_test_should_fail_when_the_wronged_account_gets_everything() {
	integrity_should_fail(|| {
		WrongedShare::set(Perbill::from_percent(75));
		TreasuryShare::set(Perbill::zero());
	});
}

#[test]
fn integrity_test_should_fail_when_the_parts_exceed_the_slash() {
	integrity_should_fail(|| TreasuryShare::set(Perbill::from_parts(250_000_001)));
}

#[test]
fn integrity_test_should_fail_when_a_window_outlasts_a_month() {
	integrity_should_fail(|| CoefficientPeriod::set(WINDOW));
}

#[test]
fn integrity_test_should_fail_when_there_is_no_window() {
	integrity_should_fail(|| TopUpWindow::set(0));
}

#[test]
fn integrity_test_should_fail_when_the_coefficient_can_be_zero_or_has_no_room() {
	integrity_should_fail(|| MinCoefficient::set(FixedU128::zero()));
	integrity_should_fail(|| MinCoefficient::set(FixedU128::from_u32(9)));
	integrity_should_fail(|| StakedMonths::set(FixedU128::zero()));
	integrity_should_fail(|| MaxCoefficientStep::set(FixedU128::from_u32(1)));
}

#[test]
fn integrity_test_should_fail_when_one_refresh_could_halt_without_a_window() {
	integrity_should_fail(|| MaxCoefficientStep::set(FixedU128::from_rational(21, 10)));
	integrity_should_fail(|| TopUpFloor::set(Perbill::from_percent(67)));
}

fn u128_bytes(value: u8) -> Vec<u8> {
	let mut bytes = vec![0; 16];
	bytes[0] = value;
	bytes
}

#[test]
fn ledger_should_keep_its_encoding() {
	let ledger = Ledger::<Test> {
		bonded: 1,
		unbonding: vec![UnbondingChunk { amount: 2, withdrawable_at: 3 }].try_into().unwrap(),
		machines: std::collections::BTreeMap::from([(Tier(4), 5)]).try_into().unwrap(),
		pledged: 6,
		unpledging: vec![UnbondingChunk { amount: 7, withdrawable_at: 8 }].try_into().unwrap(),
		shortage: Some(Shortage { since: 9, halted: true }),
	};
	let expected = [
		u128_bytes(1),    // bonded
		vec![4],          // one chunk
		u128_bytes(2),    // its amount
		vec![3, 0, 0, 0], // its block
		vec![4],          // one tier
		vec![4],          // the tier
		vec![5, 0, 0, 0], // its machines
		u128_bytes(6),    // pledged
		vec![4],          // one chunk
		u128_bytes(7),    // its amount
		vec![8, 0, 0, 0], // its block
		vec![1],          // a shortage
		vec![9, 0, 0, 0], // since when
		vec![1],          // told to be halted
	]
	.concat();
	assert_eq!(ledger.encode(), expected);
	assert_eq!(Ledger::<Test>::max_encoded_len(), 2 * (16 + 1 + 4 * (16 + 4)) + 1 + 3 * (1 + 4) + 1 + 4 + 1);
}

#[test]
fn tiers_and_coefficient_should_keep_their_encoding_and_keys() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), Tier(7), 200));
		let key = TierStakes::<Test>::hashed_key_for(Tier(7));
		assert_eq!(key.len(), 32 + 8 + 1);
		assert_eq!(sp_io::storage::get(&key).unwrap().to_vec(), u128_bytes(200));

		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_inner(9)));
		assert_eq!(sp_io::storage::get(&Coefficient::<Test>::hashed_key()).unwrap().to_vec(), u128_bytes(9));

		assert_eq!(Ledgers::<Test>::hashed_key_for(ALICE).len(), 32 + 16 + 8);
	});
}

#[test]
fn requirements_should_keep_their_encoding() {
	let coefficient = FixedU128::from_inner(1);
	let rule = TierRule { stake: 2, threshold: 3 };
	let before = Rules { coefficient, tiers: std::collections::BTreeMap::from([(Tier(4), rule)]).try_into().unwrap() };
	let table = RequirementTable::<Test> {
		thresholds: std::collections::BTreeMap::from([(Tier(5), 6)]).try_into().unwrap(),
		raise: Some(Raise { first: 7, at: 8, lowered: true, before }),
	};
	let raise = (7u32, 8u32, true, (1u128, vec![(4u8, 2u128, 3u128)]));
	assert_eq!(table.encode(), (vec![(5u8, 6u128)], Some(raise)).encode());
	assert_eq!(Refresh { month: 1, emitted: 2 }.encode(), (1u32, 2u128).encode());
	assert_eq!(CoefficientSource::Governed.encode(), [0]);
	assert_eq!(CoefficientSource::Network.encode(), [1]);
}

#[test]
fn view_answers_should_keep_their_encoding() {
	let status = StakeStatus {
		bonded: 1,
		required: 2,
		unbonding: 3,
		withdrawable: 4,
		active: true,
		pledged: 5,
		unpledging: 6,
		releasable: 7,
	};
	assert_eq!(status.encode(), (1u128, 2u128, 3u128, 4u128, true, 5u128, 6u128, 7u128).encode());

	let standing = ProviderStanding {
		standing: Standing::TopUp { until: 1u32 },
		short_since: Some(2),
		own: 3,
		backing: 4,
		required: 5,
		threshold: 6,
	};
	assert_eq!(standing.encode(), (2u8, 1u32, Some(2u32), 3u128, 4u128, 5u128, 6u128).encode());
	let standings = [Standing::<BlockNumber>::Unstaked, Standing::Active, Standing::Halted];
	assert_eq!(standings.map(|standing| standing.encode()[0]), [0, 1, 3]);

	let split = SlashSplit { amount: 4, to_wronged: 1, to_reporter: 5, to_treasury: 2, burned: 3 };
	let expected = [u128_bytes(4), u128_bytes(1), u128_bytes(5), u128_bytes(2), u128_bytes(3)].concat();
	assert_eq!(split.encode(), expected);
}

#[test]
fn indices_should_stay_where_they_are() {
	let index = |event: Event<Test>| event.encode()[0];
	assert_eq!(HoldReason::Stake.encode(), [0]);
	assert_eq!(index(Event::Bonded { provider: ALICE, amount: 1, bonded: 1 }), 0);
	assert_eq!(index(Event::Unbonding { provider: ALICE, amount: 1, withdrawable_at: 1 }), 1);
	assert_eq!(index(Event::Rebonded { provider: ALICE, amount: 1, bonded: 1 }), 2);
	assert_eq!(index(Event::Withdrawn { provider: ALICE, amount: 1 }), 3);
	let slashed = Event::Slashed {
		slash: None,
		provider: ALICE,
		machine: MachineId(0),
		offence: Offence::DeadlineMissed,
		tier: SMALL,
		amount: 1,
		from_bond: 0,
		from_rewards: 0,
		from_vesting: 0,
		from_stake: 1,
		debt: 0,
		wronged: Some(CLIENT),
		to_wronged: 0,
		reporter: None,
		to_reporter: 0,
		to_treasury: 0,
		burned: 1,
	};
	assert_eq!(index(slashed), 4);
	assert_eq!(index(Event::Halted { provider: ALICE, bonded: 1, required: 2 }), 5);
	assert_eq!(index(Event::Reactivated { provider: ALICE }), 6);
	assert_eq!(index(Event::TierStakeSet { tier: SMALL, stake: 1 }), 7);
	assert_eq!(index(Event::CoefficientSet { coefficient: FixedU128::from_u32(1) }), 8);
	let coefficient = FixedU128::from_u32(1);
	assert_eq!(index(Event::CoefficientRefreshed { month: 1, emitted: 1, staked: 1, coefficient }), 10);
	assert_eq!(index(Event::CoefficientFollowsNetwork), 11);
	assert_eq!(index(Event::TierThresholdSet { tier: SMALL, threshold: 1 }), 12);
	let shortfall = Event::Shortfall { provider: ALICE, backing: 1, required: 2, own: 1, threshold: 0, until: 3 };
	assert_eq!(index(shortfall), 13);
	assert_eq!(index(Event::ShortfallEnded { provider: ALICE }), 14);
	assert_eq!(index(Event::Pledged { provider: ALICE, amount: 1, pledged: 1 }), 15);
	assert_eq!(index(Event::Unpledging { provider: ALICE, amount: 1, withdrawable_at: 1 }), 16);
	assert_eq!(index(Event::PledgeReleased { provider: ALICE, amount: 1 }), 17);
	assert_eq!(UnexpectedKind::PledgeBelowLedger { expected: 2, taken: 1 }.encode()[0], 10);
	let kind = UnexpectedKind::HoldBelowLedger { expected: 2, taken: 1 };
	let unexpected = Event::<Test>::Unexpected { kind };
	assert_eq!(unexpected.encode(), [vec![9, 0], u128_bytes(2), u128_bytes(1)].concat());
}

#[test]
fn calls_should_keep_their_encoding() {
	let bytes = |call: Call<Test>| call.encode();
	assert_eq!(bytes(Call::bond { amount: 1 }), [0, 4]);
	assert_eq!(bytes(Call::unbond { amount: 1 }), [1, 4]);
	assert_eq!(bytes(Call::rebond { amount: 1 }), [2, 4]);
	assert_eq!(bytes(Call::withdraw_unbonded {}), [3]);
	assert_eq!(bytes(Call::set_tier_stake { tier: Tier(7), stake: 1 }), [4, 7, 4]);
	let set_coefficient = Call::set_coefficient { coefficient: FixedU128::from_inner(9) };
	assert_eq!(bytes(set_coefficient), [vec![5], u128_bytes(9)].concat());
	assert_eq!(bytes(Call::follow_network {}), [10]);
	assert_eq!(bytes(Call::set_tier_threshold { tier: Tier(7), threshold: 1 }), [11, 7, 4]);
	assert_eq!(bytes(Call::note_shortfall { provider: 1 }), [12, 1, 0, 0, 0, 0, 0, 0, 0]);
	assert_eq!(bytes(Call::pledge { amount: 1 }), [13, 4]);
	assert_eq!(bytes(Call::unpledge { amount: 1 }), [14, 4]);
}

/// One step of a random sequence.
#[derive(Clone, Debug)]
enum Op {
	Bond(AccountId, Balance),
	Unbond(AccountId, Balance),
	Rebond(AccountId, Balance),
	Withdraw(AccountId),
	AddMachine(AccountId, Tier),
	RemoveMachine(AccountId, Tier),
	Slash(AccountId, Tier, AccountId),
	SetTierStake(Tier, Balance),
	SetCoefficient(u32),
	SetThreshold(Tier, Balance),
	Follow,
	Emit(Balance),
	Note(AccountId),
	Pledge(AccountId, Balance),
	Unpledge(AccountId, Balance),
	Delegate(AccountId, Balance),
	Undelegate(AccountId, Balance),
	Advance(BlockNumber),
}

impl Op {
	fn apply(&self) -> DispatchResult {
		let without_info = |result: DispatchResultWithPostInfo| result.map(|_| ()).map_err(|error| error.error);
		match *self {
			Op::Bond(who, amount) => without_info(StakingSlash::bond(RuntimeOrigin::signed(who), amount)),
			Op::Unbond(who, amount) => without_info(StakingSlash::unbond(RuntimeOrigin::signed(who), amount)),
			Op::Rebond(who, amount) => without_info(StakingSlash::rebond(RuntimeOrigin::signed(who), amount)),
			Op::Withdraw(who) => StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(who)),
			Op::AddMachine(who, tier) => {
				<StakingSlash as ProviderStake<_, _>>::add_machine(&who, MachineId(0), tier, Region(0))
			},
			Op::RemoveMachine(who, tier) => {
				<StakingSlash as ProviderStake<_, _>>::remove_machine(&who, MachineId(0), tier, Region(0))
			},
			Op::Slash(who, tier, wronged) => slash(who, tier, wronged).map(|_| ()),
			Op::SetTierStake(tier, stake) => StakingSlash::set_tier_stake(RuntimeOrigin::root(), tier, stake),
			Op::SetCoefficient(percent) => without_info(StakingSlash::set_coefficient(
				RuntimeOrigin::root(),
				FixedU128::from_rational(percent.into(), 100),
			)),
			Op::SetThreshold(tier, threshold) => {
				StakingSlash::set_tier_threshold(RuntimeOrigin::root(), tier, threshold)
			},
			Op::Follow => StakingSlash::follow_network(RuntimeOrigin::root()),
			Op::Emit(amount) => {
				Emitted::mutate(|emitted| *emitted += amount);
				Ok(())
			},
			Op::Note(who) => without_info(StakingSlash::note_shortfall(RuntimeOrigin::signed(CLIENT), who)),
			Op::Pledge(who, amount) => without_info(StakingSlash::pledge(RuntimeOrigin::signed(who), amount)),
			Op::Unpledge(who, amount) => without_info(StakingSlash::unpledge(RuntimeOrigin::signed(who), amount)),
			Op::Delegate(to, amount) => without_info(StakingSlash::delegate(RuntimeOrigin::signed(CLIENT), to, amount)),
			Op::Undelegate(from, amount) => {
				without_info(StakingSlash::undelegate(RuntimeOrigin::signed(CLIENT), from, amount))
			},
			Op::Advance(blocks) => {
				leap(System::block_number() + blocks);
				Ok(())
			},
		}
	}

	/// Whether the step may leave a provider short that was not: by a slash, by leaving, or by asking more.
	fn may_shorten(&self) -> bool {
		matches!(self, Op::Slash(..) | Op::Undelegate(..)) || self.may_ask_more()
	}

	/// Whether the step may ask more of everybody. A month may begin in any block.
	fn may_ask_more(&self) -> bool {
		matches!(self, Op::SetTierStake(..) | Op::SetCoefficient(..) | Op::SetThreshold(..) | Op::Advance(_))
	}
}

fn any_op() -> impl Strategy<Value = Op> {
	let provider = || prop_oneof![Just(ALICE), Just(BOB)];
	let wronged = || prop_oneof![Just(ALICE), Just(CLIENT), Just(DEAD)];
	let tier = || prop_oneof![4 => Just(SMALL), 4 => Just(LARGE), 1 => Just(UNKNOWN)];
	let amount = || prop_oneof![0..20u128, 100..3_000u128, Just(ENDOWMENT)];
	prop_oneof![
		4 => (provider(), amount()).prop_map(|(who, amount)| Op::Bond(who, amount)),
		4 => (provider(), amount()).prop_map(|(who, amount)| Op::Unbond(who, amount)),
		2 => (provider(), amount()).prop_map(|(who, amount)| Op::Rebond(who, amount)),
		3 => provider().prop_map(Op::Withdraw),
		4 => (provider(), tier()).prop_map(|(who, tier)| Op::AddMachine(who, tier)),
		2 => (provider(), tier()).prop_map(|(who, tier)| Op::RemoveMachine(who, tier)),
		3 => (provider(), tier(), wronged()).prop_map(|(who, tier, wronged)| Op::Slash(who, tier, wronged)),
		1 => (tier(), 0..3_000u128).prop_map(|(tier, stake)| Op::SetTierStake(tier, stake)),
		1 => (0..300u32).prop_map(Op::SetCoefficient),
		1 => (tier(), 0..2_000u128).prop_map(|(tier, threshold)| Op::SetThreshold(tier, threshold)),
		1 => Just(Op::Follow),
		1 => (0..5_000u128).prop_map(Op::Emit),
		1 => provider().prop_map(Op::Note),
		3 => (provider(), amount()).prop_map(|(who, amount)| Op::Pledge(who, amount)),
		3 => (provider(), amount()).prop_map(|(who, amount)| Op::Unpledge(who, amount)),
		2 => (provider(), 0..2_000u128).prop_map(|(to, amount)| Op::Delegate(to, amount)),
		2 => (provider(), 0..2_000u128).prop_map(|(from, amount)| Op::Undelegate(from, amount)),
		3 => (1..40u32).prop_map(Op::Advance),
	]
}

/// What a sequence has done so far, kept apart from the pallet.
#[derive(Default)]
struct Model {
	/// Who unbonded how much, and from which block on it may be withdrawn.
	unbonded: Vec<(AccountId, BlockNumber, Balance)>,
	/// Who withdrew how much.
	withdrawn: Vec<(AccountId, Balance)>,
	/// Since when each provider is short, as somebody sees it who looks at each all the time.
	short: [Option<BlockNumber>; 2],
}

/// Under which number the pledge of `who` is noted beside its bond.
fn pledge_of(who: AccountId) -> AccountId {
	who + 1_000
}

impl Model {
	/// INV6: nobody withdraws more than what it unbonded at least one unbonding period ago.
	fn note(&mut self, event: &Event<Test>) {
		match *event {
			Event::Unbonding { provider, amount, withdrawable_at } => self.left(provider, amount, withdrawable_at),
			Event::Unpledging { provider, amount, withdrawable_at } => {
				self.left(pledge_of(provider), amount, withdrawable_at)
			},
			Event::Withdrawn { provider, amount } => self.taken(provider, amount),
			Event::PledgeReleased { provider, amount } => self.taken(pledge_of(provider), amount),
			_ => (),
		}
	}

	fn left(&mut self, who: AccountId, amount: Balance, withdrawable_at: BlockNumber) {
		assert_eq!(withdrawable_at, System::block_number() + PERIOD);
		self.unbonded.push((who, withdrawable_at, amount));
	}

	fn taken(&mut self, provider: AccountId, amount: Balance) {
		self.withdrawn.push((provider, amount));
		let due: Balance = self
			.unbonded
			.iter()
			.filter(|(who, at, _)| *who == provider && *at <= System::block_number())
			.map(|(_, _, amount)| amount)
			.sum();
		let taken: Balance = self.withdrawn.iter().filter(|(who, _)| *who == provider).map(|(_, amount)| amount).sum();
		assert!(taken <= due, "withdrawn too early");
	}

	/// INV7: nobody is halted before a whole window, except below the floor; and nobody works on for longer than a window
	/// after the shortage began or, as raises that come close together count as one, after the last raise.
	fn check_windows(&mut self, op: &Op, after: &[ProviderStanding<BlockNumber>; 2]) {
		let now = System::block_number();
		let raised_at = Requirements::<Test>::get().raise.map(|raise| raise.at);
		for (short, after) in self.short.iter_mut().zip(after) {
			let Some(since) = after.short_since else {
				*short = None;
				assert!(!after.standing.is_halted());
				continue;
			};
			let really = *short.get_or_insert(now);
			let floor = TopUpFloor::get();
			let above = after.own > 0
				&& after.backing >= floor.mul_ceil(after.required)
				&& after.own >= floor.mul_ceil(after.threshold);
			let last_raise = raised_at.filter(|at| *at >= really).unwrap_or(really);
			match after.standing {
				Standing::TopUp { until } => {
					assert_eq!(until, since + WINDOW);
					assert!(above && now < until && now < last_raise + WINDOW, "{op:?} left a window open");
				},
				Standing::Halted => assert!(!above || now >= really + WINDOW, "{op:?} halted within the window"),
				other => panic!("{other:?} and short"),
			}
			assert!(since >= really || after.standing.is_halted());
		}
	}
}

/// Apply one step and check everything that must be true of it.
fn step(op: &Op, model: &mut Model) {
	let providers = [ALICE, BOB];
	events();
	let root = sp_io::storage::root(StateVersion::V1);
	let issuance = Balances::total_issuance();
	let status_before = providers.map(StakingSlash::stake_status);
	let standing_before = providers.map(StakingSlash::standing);
	let due = match op {
		Op::Slash(_, tier, _) => {
			StakingSlash::slash_preview(*tier, Offence::DeadlineMissed, None, false).map(|split| split.amount)
		},
		_ => None,
	};

	let result = op.apply();
	let standing_after = providers.map(StakingSlash::standing);

	// INV1: a refused operation changes nothing.
	if result.is_err() {
		assert_eq!(sp_io::storage::root(StateVersion::V1), root, "{op:?} failed with {result:?} but wrote");
	}

	let events = events();
	let mut burned = 0;
	for event in &events {
		match event {
			// INV2: a slash is divided without rest, and takes what is due or all that is left.
			Event::Slashed { provider, amount, to_wronged, to_treasury, burned: part, debt, .. } => {
				assert_eq!(*amount, to_wronged + to_treasury + part);
				let before = providers.iter().zip(&status_before).find(|(who, _)| *who == provider).unwrap().1;
				let own = before.bonded + before.unbonding + before.pledged + before.unpledging;
				// At least the own part of what is due, and what is delegated beside it.
				assert!(*amount <= due.unwrap() && *amount >= due.unwrap().min(own));
				assert!(*debt <= due.unwrap() - amount, "no more is owed than is not there");
				burned += part;
			},
			Event::DebtCollected { amount, to_treasury, burned: part, .. } => {
				assert_eq!(*amount, to_treasury + part);
				burned += part;
			},
			Event::Unexpected { kind } => panic!("{kind:?}"),
			event => model.note(event),
		}
	}
	// INV3: nothing but burning changes the issuance, and by exactly what the events say.
	assert_eq!(Balances::total_issuance(), issuance - burned);

	// INV4: only a slash, delegators that leave, or a higher requirement leave a provider short; and while it is, only
	// a raise moves the beginning of its window.
	let raised_at = Requirements::<Test>::get().raise.map(|raise| raise.at);
	for (before, after) in standing_before.iter().zip(&standing_after) {
		assert!(
			op.may_shorten() || before.short_since.is_some() || after.short_since.is_none(),
			"{op:?} left one short"
		);
		if before.short_since.is_some() && after.short_since.is_some() && !op.may_ask_more() {
			assert!(
				after.short_since == before.short_since || after.short_since == raised_at,
				"{op:?} began a new window"
			);
		}
	}
	model.check_windows(op, &standing_after);

	// INV5: the pallet's own invariants, holds against ledgers above all.
	check_invariants();
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn invariants_should_hold_over_random_sequences(ops in prop::collection::vec(any_op(), 1..60)) {
		build_and_execute(|| {
			let mut model = Model::default();
			for who in [ALICE, BOB] {
				escrow(who, 5_000, 60);
			}
			for op in &ops {
				step(op, &mut model);
			}
		});
	}

	#[test]
	fn split_should_sum_to_the_slash_and_never_round_up(
		amount in any::<Balance>(),
		own in (0..=1_000_000_000u32).prop_map(Perbill::from_parts),
		wronged in 0..700_000_000u32,
		reporter in 0..300_000_000u32,
		treasury in 0..=1_000_000_000u32,
		is_wronged: bool,
		reported: bool,
	) {
		WrongedShare::set(Perbill::from_parts(wronged));
		ReporterShare::set(Perbill::from_parts(reporter));
		TreasuryShare::set(Perbill::from_parts(treasury.min(1_000_000_000 - wronged - reporter)));
		let own = own.mul_floor(amount);
		let split = SlashSplit::of::<Test>(amount, own, is_wronged, reported);
		prop_assert_eq!(split.to_wronged + split.to_reporter + split.to_treasury + split.burned, amount);
		prop_assert_eq!(split.to_wronged, if is_wronged { WrongedShare::get().mul_floor(own) } else { 0 });
		prop_assert_eq!(split.to_reporter, if reported { ReporterShare::get().mul_floor(own) } else { 0 });
		prop_assert_eq!(split.to_treasury, TreasuryShare::get().mul_floor(amount));
	}
}
