//! Vesting tokens as stake.

use super::*;

fn pledge(who: AccountId, amount: Balance) {
	assert_ok!(StakingSlash::pledge(RuntimeOrigin::signed(who), amount));
}

fn unpledge(who: AccountId, amount: Balance) {
	assert_ok!(StakingSlash::unpledge(RuntimeOrigin::signed(who), amount));
}

fn withdraw(who: AccountId) -> DispatchResult {
	StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(who))
}

fn ledger(who: AccountId) -> Ledger<Test> {
	Ledgers::<Test>::get(who).unwrap_or_default()
}

/// What is on its way out of the pledge of `who`: amount and the block in which each can be released.
fn unpledging(who: AccountId) -> Vec<(Balance, u32)> {
	ledger(who).unpledging.iter().map(|chunk| (chunk.amount, chunk.withdrawable_at)).collect()
}

#[test]
fn pledge_should_count_as_own_stake() {
	build_and_execute(|| {
		escrow(ALICE, 5_000, 1_000);
		pledge(ALICE, 900);
		assert_eq!(events(), vec![Event::Pledged { provider: ALICE, amount: 900, pledged: 900 }]);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 0));
		assert_eq!(Escrows::get(ALICE).pledged, 900);

		add_machine(ALICE, LARGE);
		assert!(is_active(ALICE));
		// Others may delegate as much beside it.
		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 900));
		assert_noop!(
			StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 100),
			Error::<Test>::DelegationCapReached
		);
		let status = StakingSlash::standing(ALICE);
		assert_eq!((status.own, status.backing), (900, 1_800));
		assert_eq!(StakingSlash::pool(ALICE).unwrap().own, 900);
	});
}

#[test]
fn pledge_should_count_towards_a_threshold() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_tier_threshold(RuntimeOrigin::root(), LARGE, 1_500));
		escrow(ALICE, 5_000, 1_000);
		bond(ALICE, 1_000);
		pledge(ALICE, 500);
		add_machine(ALICE, LARGE);
	});
}

#[test]
fn pledge_should_fail_when_there_is_not_so_much_to_pledge() {
	build_and_execute(|| {
		escrow(ALICE, 500, 1_000);
		let call = |amount| StakingSlash::pledge(RuntimeOrigin::signed(ALICE), amount);
		assert_noop!(call(501), DispatchError::Other("not so much vests"));
		assert_noop!(call(0), Error::<Test>::ZeroAmount);
		assert_noop!(call(LEAST_BOND - 1), Error::<Test>::BelowMinBond);
		pledge(ALICE, 500);
		assert_noop!(call(1), DispatchError::Other("not so much vests"));
	});
}

#[test]
fn pledge_should_reactivate_a_halted_provider() {
	build_and_execute(|| {
		bond(ALICE, 900);
		add_machine(ALICE, LARGE);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(WINDOW);
		assert!(!is_active(ALICE));
		escrow(ALICE, 500, 1_000);
		pledge(ALICE, 300);
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn pledge_should_share_in_rewards_like_a_bond() {
	use assay_primitives::{RewardKind, RewardPayee};
	use frame_support::traits::fungible::Balanced;
	build_and_execute(|| {
		escrow(ALICE, 1_000, 1_000);
		pledge(ALICE, 500);
		bond(ALICE, 500);
		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 1_000));
		events();
		let reward = <Balances as Balanced<_>>::issue(600);
		assert!(<StakingSlash as RewardPayee<_, _>>::pay(&ALICE, RewardKind::Work, reward).is_ok());
		assert_eq!(events(), vec![Event::RewardDivided { provider: ALICE, to_provider: 300, to_delegators: 300 }]);
	});
}

#[test]
fn unpledge_should_release_after_the_unbonding_period() {
	build_and_execute(|| {
		escrow(ALICE, 1_000, 1_000);
		pledge(ALICE, 1_000);
		unpledge(ALICE, 400);
		let unpledging_event = Event::Unpledging { provider: ALICE, amount: 400, withdrawable_at: 1 + PERIOD };
		assert_eq!(events().last(), Some(&unpledging_event));
		assert_eq!(Escrows::get(ALICE).pledged, 1_000);
		let status = StakingSlash::stake_status(ALICE);
		assert_eq!((status.pledged, status.unpledging, status.releasable), (600, 400, 0));

		advance(PERIOD - 1);
		assert_noop!(withdraw(ALICE), Error::<Test>::NothingToWithdraw);
		advance(1);
		assert_eq!(StakingSlash::stake_status(ALICE).releasable, 400);
		events();
		assert_ok!(withdraw(ALICE));
		assert_eq!(events(), vec![Event::PledgeReleased { provider: ALICE, amount: 400 }]);
		assert_eq!(Escrows::get(ALICE).pledged, 600);
	});
}

#[test]
fn unpledge_should_fail_when_the_rest_does_not_cover_the_machines() {
	build_and_execute(|| {
		escrow(ALICE, 2_000, 1_000);
		bond(ALICE, 400);
		pledge(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		let call = |amount| StakingSlash::unpledge(RuntimeOrigin::signed(ALICE), amount);
		assert_noop!(call(0), Error::<Test>::ZeroAmount);
		assert_noop!(call(1_001), Error::<Test>::InsufficientPledge);
		assert_noop!(call(501), Error::<Test>::BelowRequirement);
		assert_ok!(StakingSlash::set_tier_threshold(RuntimeOrigin::root(), LARGE, 1_000));
		assert_noop!(call(401), Error::<Test>::BelowThreshold);
		assert_ok!(call(400));
		assert_noop!(StakingSlash::unpledge(RuntimeOrigin::signed(BOB), 1), Error::<Test>::NotBonded);
	});
}

#[test]
fn unpledge_should_fail_when_what_is_left_is_below_the_least_bond() {
	build_and_execute(|| {
		escrow(ALICE, 500, 1_000);
		pledge(ALICE, 500);
		assert_noop!(StakingSlash::unpledge(RuntimeOrigin::signed(ALICE), 401), Error::<Test>::BelowMinBond);
		unpledge(ALICE, 400);
		// Beside a bond the pledge may be any.
		bond(ALICE, 100);
		unpledge(ALICE, 99);
		assert_eq!(ledger(ALICE).pledged, 1);
	});
}

#[test]
fn unpledge_should_fail_when_there_are_too_many_chunks() {
	build_and_execute(|| {
		escrow(ALICE, 5_000, 1_000);
		pledge(ALICE, 5_000);
		for _ in 0..MAX_CHUNKS {
			unpledge(ALICE, 100);
			advance(1);
		}
		assert_noop!(StakingSlash::unpledge(RuntimeOrigin::signed(ALICE), 100), Error::<Test>::TooManyChunks);
		// The bond has chunks of its own.
		bond(ALICE, 500);
		unbond(ALICE, 100);
	});
}

#[test]
fn withdraw_should_release_both_bond_and_pledge() {
	build_and_execute(|| {
		escrow(ALICE, 500, 1_000);
		bond(ALICE, 500);
		pledge(ALICE, 500);
		unbond(ALICE, 500);
		unpledge(ALICE, 500);
		advance(PERIOD);
		events();
		assert_ok!(withdraw(ALICE));
		assert_eq!(
			events(),
			vec![
				Event::Withdrawn { provider: ALICE, amount: 500 },
				Event::PledgeReleased { provider: ALICE, amount: 500 }
			]
		);
		assert!(!Ledgers::<Test>::contains_key(ALICE));
	});
}

#[test]
fn ledger_should_give_up_the_oldest_chunks_of_the_bond_first_when_not_all_may_go() {
	let chunks = |amounts: [Balance; 3]| {
		let chunks: Vec<_> = (1u32..)
			.zip(amounts)
			.filter(|(_, amount)| *amount > 0)
			.map(|(withdrawable_at, amount)| UnbondingChunk { amount, withdrawable_at })
			.collect();
		Chunks::<Test>::try_from(chunks).unwrap()
	};
	let full = Ledger::<Test> { unbonding: chunks([10, 20, 30]), unpledging: chunks([5, 6, 7]), ..Default::default() };
	assert_eq!(full.matured(2), 41);
	for (most, held, pledged, unbonding, unpledging) in [
		(0, 0, 0, [10, 20, 30], [5, 6, 7]),
		(15, 15, 0, [0, 15, 30], [5, 6, 7]),
		(32, 30, 2, [0, 0, 30], [3, 6, 7]),
		(41, 30, 11, [0, 0, 30], [0, 0, 7]),
		(1_000, 30, 11, [0, 0, 30], [0, 0, 7]),
	] {
		let mut ledger = full.clone();
		assert_eq!(ledger.withdraw(2, most), crate::pledge::Parts { held, pledged });
		assert_eq!((ledger.unbonding, ledger.unpledging), (chunks(unbonding), chunks(unpledging)));
	}
}

#[test]
fn slash_should_take_the_pledge_before_the_bond() {
	build_and_execute(|| {
		escrow(ALICE, 200, 1_000);
		bond(ALICE, 1_000);
		pledge(ALICE, 200);
		add_machine(ALICE, LARGE);
		let issuance = Balances::total_issuance();

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!((ledger(ALICE).pledged, bonded(ALICE), held(ALICE)), (0, 900, 900));
		assert_eq!(Escrows::get(ALICE), Escrow { amount: 0, pledged: 0, vested_at: 1_000 });
		// Half of what was taken of the bond; a quarter of all.
		assert_eq!(free(CLIENT), ENDOWMENT + 50);
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + 75);
		assert_eq!(Balances::total_issuance(), issuance - 175);
	});
}

#[test]
fn slash_should_take_unpledged_tokens_before_the_pledge() {
	build_and_execute(|| {
		escrow(ALICE, 450, 1_000);
		pledge(ALICE, 200);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!(Escrows::get(ALICE), Escrow { amount: 150, pledged: 150, vested_at: 1_000 });
		assert_eq!(ledger(ALICE).pledged, 150);
	});
}

#[test]
fn slash_should_take_what_is_unpledging_until_it_is_released() {
	build_and_execute(|| {
		escrow(ALICE, 500, 1_000);
		pledge(ALICE, 500);
		unpledge(ALICE, 500);
		advance(PERIOD);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!(unpledging(ALICE), vec![(200, 1 + PERIOD)]);
		assert_ok!(withdraw(ALICE));
		assert_eq!(Escrows::get(ALICE), Escrow { amount: 200, pledged: 0, vested_at: 1_000 });
	});
}

#[test]
fn slash_should_take_the_newest_chunk_first_whosever_it_is() {
	build_and_execute(|| {
		escrow(ALICE, 1_000, 1_000);
		bond(ALICE, 1_000);
		pledge(ALICE, 1_000);
		unbond(ALICE, 150);
		unpledge(ALICE, 850);
		advance(1);
		unbond(ALICE, 850);
		unpledge(ALICE, 150);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 3_000));

		// Of the two that are one block younger the pledge's first: 150, and 850 of the bond.
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(1_000));
		assert_eq!(chunks(ALICE), vec![(150, 1 + PERIOD)]);
		assert_eq!(unpledging(ALICE), vec![(850, 1 + PERIOD)]);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
		assert_eq!((held(ALICE), Escrows::get(ALICE).amount), (0, 0));
	});
}

#[test]
fn slash_should_take_pledge_and_delegated_stake_pro_rata() {
	build_and_execute(|| {
		escrow(ALICE, 1_000, 1_000);
		pledge(ALICE, 1_000);
		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 500));
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!(ledger(ALICE).pledged, 800);
		assert_eq!(StakingSlash::pool(ALICE).unwrap().stake, 400);
	});
}

#[test]
fn pledge_should_be_claimable_when_it_has_vested_and_was_released() {
	build_and_execute(|| {
		escrow(ALICE, 1_000, 20);
		pledge(ALICE, 600);
		advance(30);
		// It has vested, and is at stake nevertheless.
		assert_eq!(claim_escrow(ALICE), 400);
		assert_eq!(claim_escrow(ALICE), 0);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));

		unpledge(ALICE, 300);
		assert_eq!(claim_escrow(ALICE), 0);
		advance(PERIOD);
		assert_ok!(withdraw(ALICE));
		assert_eq!(claim_escrow(ALICE), 300);
		assert_eq!(free(ALICE), ENDOWMENT + 700);
	});
}

#[test]
#[should_panic(expected = "less is pledged than in the ledger")]
fn slash_should_be_defensive_when_less_is_pledged_than_in_the_ledger() {
	build_and_execute(|| {
		escrow(ALICE, 1_000, 1_000);
		pledge(ALICE, 1_000);
		Escrows::insert(ALICE, Escrow { amount: 100, pledged: 100, vested_at: 1_000 });
		let _ = slash(ALICE, LARGE, CLIENT);
	});
}
