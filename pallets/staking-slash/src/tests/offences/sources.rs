//! Where slashes are taken from, and where they go.

use super::*;

#[test]
fn slash_should_take_rewards_then_vesting_then_stake_then_a_debt() {
	with_providers(|| {
		give_rewards(ALICE, 100);
		give_vesting(ALICE, 150);
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(THIRD));
		let slash = last_slash();
		assert_eq!((slash.from, slash.debt), ([0, 100, 150, 50], 0));
		assert_eq!(bonded(ALICE), 9_950);

		// Both are spent.
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 10_000));
		let other = OffenceReport { machine: MachineId(77), ..offence(Offence::WrongWork, ALICE) };
		assert_eq!(report(other), Ok(9_950));
		let slash = last_slash();
		assert_eq!((slash.from, slash.debt), ([0, 0, 0, 9_950], 50));
		assert_eq!(StakingSlash::debt(ALICE), 50);
	});
}

#[test]
fn slash_should_leave_stake_alone_when_rewards_suffice() {
	with_providers(|| {
		give_rewards(ALICE, 1_000);
		give_vesting(ALICE, 1_000);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(THIRD));
		assert_eq!((bonded(ALICE), free(ALICE + 100), Escrows::get(ALICE).amount), (10_000, 710, 1_000));
		assert_eq!(free(CLIENT), ENDOWMENT + 150);
	});
}

#[test]
fn slash_should_be_split_by_who_was_wronged_and_who_reported_it() {
	let cases = [
		(None, None, [0, 0, 75, 225]),
		(Some(CLIENT), None, [150, 0, 75, 75]),
		(None, Some(FINDER), [0, 75, 75, 150]),
		(Some(CLIENT), Some(FINDER), [150, 75, 75, 0]),
	];
	for (wronged, reporter, to) in cases {
		with_providers(|| {
			let issuance = Balances::total_issuance();
			assert_ok!(report(OffenceReport { wronged, reporter, ..offence(Offence::DeadlineMissed, ALICE) }));
			assert_eq!(last_slash().to, to);
			assert_eq!(free(CLIENT), ENDOWMENT + to[0]);
			assert_eq!(free(FINDER), EXISTENTIAL_DEPOSIT + to[1]);
			assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + to[2]);
			assert_eq!(Balances::total_issuance(), issuance - to[3]);
		});
	}
}

#[test]
fn reporter_should_forfeit_its_part_to_the_treasury_when_it_cannot_be_paid() {
	with_providers(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 90));
		assert_ok!(report(OffenceReport { reporter: Some(DEAD), ..offence(Offence::DeadlineMissed, ALICE) }));
		// Of 30, the reporter would have 7, which is below the existential deposit.
		assert_eq!(last_slash().to, [0, 0, 14, 16]);
		assert!(!System::account_exists(&DEAD));
	});
}

#[test]
fn provider_should_lose_when_it_is_its_own_client_and_reports_itself() {
	with_providers(|| {
		let own =
			OffenceReport { wronged: Some(ALICE), reporter: Some(ALICE), ..offence(Offence::DeadlineMissed, ALICE) };
		assert_ok!(report(own));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT - THIRD / 4);
	});
}

#[test]
fn slash_should_be_carried_out_when_only_dust_is_left() {
	with_providers(|| {
		// All but a part below the existential deposit.
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 9_995));
		assert_eq!(report(offence(Offence::WrongWork, ALICE)), Ok(9_995));
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE)), (5, 0));
		// And the rest of it.
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, 6));
		let dust = OffenceReport {
			machine: MachineId(77),
			tier: SMALL,
			wronged: Some(CLIENT),
			..offence(Offence::WrongWork, ALICE)
		};
		assert_eq!(report(dust), Ok(5));
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE)), (0, 1));
		assert_eq!(free(CLIENT), ENDOWMENT + 2);
		assert!(!Ledgers::<Test>::contains_key(ALICE));
	});
}

#[test]
fn contest_bond_should_be_found_when_all_else_is_on_hold() {
	with_providers(|| {
		bond(ALICE, free(ALICE) - EXISTENTIAL_DEPOSIT - CONTEST_COST);
		let slash = queue_slash();
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), slash));
		assert_eq!(free(ALICE), EXISTENTIAL_DEPOSIT);
		run(DEFERRAL + CONTEST);
		assert_eq!(free(ALICE), EXISTENTIAL_DEPOSIT + CONTEST_COST);
	});
}
