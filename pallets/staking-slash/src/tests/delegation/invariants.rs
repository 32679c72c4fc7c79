//! Each check of delegation seen failing, and random sequences of operations.

use super::*;
use crate::pool::Fund;
use codec::Encode;
use proptest::prelude::*;
use sp_runtime::{StateVersion, TryRuntimeError};

/// Have stake delegated, leaving and moved, spoil something, and expect the checks to say `error`.
#[track_caller]
fn check_should_fail(error: &'static str, spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		assert_ok!(Balances::mint_into(&DORA, ENDOWMENT));
		for provider in [ALICE, BOB] {
			bond(provider, 10_000);
		}
		delegate(DORA, ALICE, 3_000);
		reward(ALICE, 1_300).unwrap();
		undelegate(DORA, ALICE, 1_000);
		move_stake(DORA, ALICE, BOB, 1_000);
		assert_ok!(StakingSlash::do_try_state());
		spoil();
		assert_eq!(StakingSlash::do_try_state(), Err(TryRuntimeError::Other(error)));
	});
}

fn spoil_pool(spoil: impl FnOnce(&mut PoolOf<Test>)) {
	Pools::<Test>::mutate(ALICE, |pool| spoil(pool.as_mut().unwrap()));
}

fn spoil_position(provider: AccountId, spoil: impl FnOnce(&mut Position<Test>)) {
	Positions::<Test>::mutate(provider, DORA, |position| spoil(position.as_mut().unwrap()));
}

#[test]
fn check_pool_holds_should_fail_when_the_pool_differs() {
	check_should_fail("the hold differs from the pool", || spoil_pool(|pool| pool.fund.amount += 1));
}

#[test]
fn check_pool_shares_should_fail_when_the_delegators_differ() {
	check_should_fail("a pool's shares differ from its delegators'", || spoil_pool(|pool| pool.fund.shares += 1));
}

#[test]
fn check_departed_should_fail_when_chunks_or_liabilities_differ() {
	check_should_fail("unbonding shares differ from the chunks'", || {
		spoil_position(ALICE, |position| position.chunks[0].shares += 1)
	});
	check_should_fail("moved shares differ from the liabilities'", || {
		spoil_position(BOB, |position| position.liabilities[0].shares += 1)
	});
	check_should_fail("stake left later than its pool knows", || spoil_pool(|pool| pool.last_departure = None));
	check_should_fail("sub-pools are missing or stored empty", || {
		spoil_pool(|pool| pool.last_departure = Some(77));
		Departed::<Test>::insert(ALICE, 77, SubPools::default())
	});
}

#[test]
fn check_rewards_should_fail_when_they_are_not_covered() {
	check_should_fail("a pool's account does not cover its rewards", || spoil_pool(|pool| pool.owed += 1));
	check_should_fail("more rewards can be claimed than are owed", || {
		spoil_position(ALICE, |position| position.reward += 1_000)
	});
}

#[test]
fn check_positions_should_fail_when_one_is_empty_or_alone() {
	check_should_fail("an empty position is stored", || Positions::<Test>::insert(ALICE, EMIL, Position::default()));
	check_should_fail("a position has no pool", || Positions::<Test>::insert(GRETA, EMIL, Position::default()));
}

#[test]
fn stored_types_should_keep_their_bytes() {
	let pool = Pool::<AccountId, BlockNumber> {
		account: 1,
		fund: Fund { shares: 2, amount: 3 },
		generation: 4,
		reward_per_share: 5,
		undivided: 6,
		owed: 7,
		terms: Terms { commission: Perbill::from_parts(8), kickback: Perbill::from_parts(9) },
		announced: None,
		last_departure: Some(10),
	};
	let expected = (1u64, (2u128, 3u128), 4u32, (5u128, 6u128, 7u128), (8u32, 9u32), None::<u32>, Some(10u32));
	assert_eq!(pool.encode(), expected.encode());
	let mut position = Position::<Test> { generation: 1, shares: 2, counted_to: 3, reward: 4, ..Default::default() };
	position.chunks.try_push(crate::delegation::DelegationChunk { period: 5, shares: 6, withdrawable_at: 7 }).unwrap();
	position
		.liabilities
		.try_push(crate::delegation::Liability { provider: 8, period: 9, shares: 10, amount: 11, until: 12 })
		.unwrap();
	let chunks = vec![(5u32, 6u128, 7u32)];
	let liabilities = vec![(8u64, 9u32, 10u128, 11u128, 12u32)];
	assert_eq!(position.encode(), (1u32, 2u128, 3u128, 4u128, chunks, liabilities).encode());
	let sub_pools = SubPools { unbonding: Fund { shares: 1, amount: 2 }, moved: Fund { shares: 3, amount: 4 } };
	assert_eq!(sub_pools.encode(), (1u128, 2u128, 3u128, 4u128).encode());
}

#[derive(Clone, Debug)]
enum Op {
	Bond(AccountId, Balance),
	Unbond(AccountId, Balance),
	Delegate(AccountId, AccountId, Balance),
	Undelegate(AccountId, AccountId, Balance),
	Withdraw(AccountId, AccountId),
	Move(AccountId, AccountId, AccountId, Balance),
	Claim(AccountId, AccountId, bool),
	Collect(AccountId, AccountId),
	Slash(AccountId, BlockNumber, Balance),
	Reward(AccountId, Balance),
	SetTerms(AccountId, u32, u32),
	Advance(BlockNumber),
}

const DELEGATORS: [AccountId; 3] = [DORA, EMIL, FINN];
const PROVIDERS: [AccountId; 3] = [ALICE, BOB, GRETA];

impl Op {
	fn apply(&self) -> sp_runtime::DispatchResult {
		let plain = |result: frame_support::dispatch::DispatchResultWithPostInfo| {
			result.map(|_| ()).map_err(|error| error.error)
		};
		match *self {
			Op::Bond(who, amount) => plain(StakingSlash::bond(signed(who), amount)),
			Op::Unbond(who, amount) => plain(StakingSlash::unbond(signed(who), amount)),
			Op::Delegate(who, to, amount) => plain(StakingSlash::delegate(signed(who), to, amount)),
			Op::Undelegate(who, from, amount) => plain(StakingSlash::undelegate(signed(who), from, amount)),
			Op::Withdraw(who, from) => plain(StakingSlash::withdraw_delegation(signed(who), from)),
			Op::Move(who, from, to, amount) => plain(StakingSlash::move_delegation(signed(who), from, to, amount)),
			Op::Claim(who, from, compound) => plain(StakingSlash::claim_delegation_reward(signed(who), from, compound)),
			Op::Collect(who, at) => plain(StakingSlash::collect_liability(signed(CLIENT), who, at)),
			Op::SetTerms(who, commission, kickback) => plain(StakingSlash::set_commission(
				signed(who),
				Perbill::from_percent(commission),
				Perbill::from_percent(kickback),
			)),
			Op::Slash(who, ago, amount) => {
				slash_stake(who, System::block_number().saturating_sub(ago), amount);
				Ok(())
			},
			Op::Reward(who, amount) => reward(who, amount).map_err(|_| DispatchError::Unavailable),
			Op::Advance(blocks) => {
				advance(blocks);
				Ok(())
			},
		}
	}

	/// Which delegator acts, or is acted on, if it is one alone.
	fn mover(&self) -> Option<AccountId> {
		match *self {
			Op::Delegate(who, ..)
			| Op::Undelegate(who, ..)
			| Op::Withdraw(who, _)
			| Op::Move(who, ..)
			| Op::Claim(who, ..)
			| Op::Collect(who, _) => Some(who),
			_ => None,
		}
	}
}

fn any_op() -> impl Strategy<Value = Op> {
	let delegator = || prop::sample::select(&DELEGATORS[..]);
	let provider = || prop::sample::select(&PROVIDERS[..]);
	let amount = || prop_oneof![1 => 0..60u128, 6 => 50..3_000u128, 1 => Just(Balance::MAX)];
	prop_oneof![
		1 => (provider(), 0..3_000u128).prop_map(|(who, amount)| Op::Bond(who, amount)),
		1 => (provider(), amount()).prop_map(|(who, amount)| Op::Unbond(who, amount)),
		6 => (delegator(), provider(), 0..3_000u128).prop_map(|(who, to, amount)| Op::Delegate(who, to, amount)),
		3 => (delegator(), provider(), amount()).prop_map(|(who, from, amount)| Op::Undelegate(who, from, amount)),
		2 => (delegator(), provider()).prop_map(|(who, from)| Op::Withdraw(who, from)),
		5 => (delegator(), provider(), provider(), amount()).prop_map(|(who, from, to, amount)| Op::Move(who, from, to, amount)),
		2 => (delegator(), provider(), any::<bool>()).prop_map(|(who, from, compound)| Op::Claim(who, from, compound)),
		2 => (delegator(), provider()).prop_map(|(who, at)| Op::Collect(who, at)),
		3 => (provider(), 0..30u32, amount()).prop_map(|(who, ago, amount)| Op::Slash(who, ago, amount)),
		3 => (provider(), 0..3_000u128).prop_map(|(who, amount)| Op::Reward(who, amount)),
		1 => (provider(), 0..60u32, 0..=100u32).prop_map(|(who, c, k)| Op::SetTerms(who, c, k)),
		3 => (1..30u32).prop_map(Op::Advance),
	]
}

/// All that `who` has, with what it owes taken off as far as its positions are worth it.
fn wealth(who: AccountId) -> Balance {
	PROVIDERS.iter().fold(free(who), |sum, provider| {
		let status = status(who, *provider);
		sum + status.reward + (status.value + status.unbonding).saturating_sub(status.owed)
	})
}

fn step(op: &Op) {
	events();
	let root = sp_io::storage::root(StateVersion::V1);
	let issuance = Balances::total_issuance();
	let treasury = free(TREASURY);
	let before = DELEGATORS.map(wealth);
	let booked = PROVIDERS.map(|provider| Pools::<Test>::get(provider).map(|pool| pool.fund.price()));

	let result = op.apply();
	let after = DELEGATORS.map(wealth);

	// INV1: a refused operation changes nothing.
	if result.is_err() {
		assert_eq!(sp_io::storage::root(StateVersion::V1), root, "{op:?} failed with {result:?} but wrote");
	}
	// INV2: every token is accounted for by an event.
	let (mut slashed, mut burned, mut to_treasury) = (0, 0, 0);
	for event in events() {
		match event {
			Event::LiabilityCollected { owed, to_treasury: part, burned: rest, .. } => {
				assert!(part + rest <= owed + 1);
				to_treasury += part;
				burned += rest;
			},
			Event::DelegationSlashed { from_pool, from_unbonding, .. } => slashed += from_pool + from_unbonding,
			Event::Unexpected { kind } => panic!("{kind:?}"),
			_ => (),
		}
	}
	assert_eq!(free(TREASURY), treasury + to_treasury);
	match op {
		Op::Slash(..) => assert!(Balances::total_issuance() <= issuance - slashed),
		Op::Reward(_, amount) if result.is_ok() => assert_eq!(Balances::total_issuance(), issuance + amount),
		_ => assert_eq!(Balances::total_issuance(), issuance - burned),
	}
	// INV3: whatever one delegator does takes nothing from another, and gains it no more than the units that rounding
	// hid before: one for each fund that it had shares of.
	if let Some(mover) = op.mover() {
		for (index, who) in DELEGATORS.iter().enumerate() {
			if *who == mover {
				assert!(after[index] <= before[index] + 8, "{op:?} gained {} from {}", after[index], before[index]);
			} else {
				assert!(after[index] >= before[index], "{op:?} cost another {} of {}", after[index], before[index]);
			}
		}
		// INV4: nor does it lower the price of a share.
		for (provider, price) in PROVIDERS.iter().zip(booked) {
			let now = Pools::<Test>::get(provider).filter(|pool| pool.fund.shares > 0).map(|pool| pool.fund.price());
			assert!(now.zip(price).is_none_or(|(now, price)| now >= price), "{op:?} lowered the price");
		}
	}
	// INV5: a slash or a reward makes nobody's gain out of nothing.
	if let Op::Slash(..) = op {
		for (before, after) in before.iter().zip(after) {
			assert!(after <= *before, "{op:?} enriched a delegator");
		}
	}
	check_invariants();
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn delegation_invariants_should_hold_over_random_sequences(ops in prop::collection::vec(any_op(), 1..60)) {
		with_providers(|| {
			for op in &ops {
				step(op);
			}
			// Whoever waits gets everything out: no tokens are stuck but dust.
			// Thrice, as what is owed is collected first, may leave a unit behind, and a period may be exhausted.
			for _ in 0..3 {
				advance(PERIOD);
				for who in DELEGATORS {
					for provider in PROVIDERS {
						let _ = Op::Collect(who, provider).apply();
						let _ = Op::Claim(who, provider, false).apply();
						let _ = Op::Withdraw(who, provider).apply();
						let _ = Op::Undelegate(who, provider, Balance::MAX).apply();
					}
				}
			}
			for provider in PROVIDERS {
				if let Some(pool) = Pools::<Test>::get(provider) {
					assert_eq!(pooled(provider), 0, "tokens are stuck in the pool");
					assert!(pool.owed <= 500, "rewards are stuck: {}", pool.owed);
				}
			}
			check_invariants();
			events();
		});
	}

	#[test]
	fn fund_should_never_favour_whoever_moves(
		shares in 1..1_000_000_000u128,
		amount in 1..1_000_000_000u128,
		put in 1..1_000_000_000u128,
		take in 1..1_000_000_000u128,
	) {
		let mut fund = Fund { shares, amount };
		let worth = |fund: &Fund, shares| fund.value_of(shares);
		let others = worth(&fund, shares);
		if let Some(mine) = fund.issue(put) {
			prop_assert!(worth(&fund, mine) <= put);
			prop_assert!(worth(&fund, shares) >= others);
			let burned = fund.shares_for(take).min(mine);
			let got = fund.redeem(burned);
			prop_assert!(got <= put);
			prop_assert!(got + worth(&fund, mine - burned) <= put);
			prop_assert!(worth(&fund, shares) >= others);
		}
	}
}
