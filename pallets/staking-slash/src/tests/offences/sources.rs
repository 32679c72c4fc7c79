//! Where slashes are taken from, and where they go.

use super::*;
use proptest::prelude::*;

/// Whoever backs ALICE without knowing better.
const DORA: AccountId = 11;

/// A refuted result of ALICE, to the disadvantage of CLIENT and reported by FINDER.
fn refuted() -> OffenceReport<AccountId> {
	OffenceReport { wronged: Some(CLIENT), reporter: Some(FINDER), ..offence(Offence::WrongWork, ALICE) }
}

/// Have DORA delegate `amount` to ALICE.
fn delegated(amount: Balance) {
	// What opens the pool beside it.
	give_to(DORA, amount + EXISTENTIAL_DEPOSIT);
	assert_ok!(StakingSlash::delegate(signed(DORA), ALICE, amount));
}

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
		assert_eq!(last_slash().to, [0, 0, 75, 225]);
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
fn wronged_and_reporter_should_have_no_part_of_rewards_and_vesting_tokens() {
	with_providers(|| {
		give_rewards(ALICE, 200);
		give_vesting(ALICE, 300);
		assert_ok!(report(refuted()));
		let slash = last_slash();
		assert_eq!((slash.from, slash.to), ([0, 200, 300, 400], [200, 100, 225, 375]));
	});
}

#[test]
fn wronged_and_reporter_should_have_no_part_of_what_is_pledged() {
	with_providers(|| {
		give_vesting(ALICE, 500);
		assert_ok!(StakingSlash::pledge(signed(ALICE), 500));
		assert_ok!(report(refuted()));
		let slash = last_slash();
		assert_eq!((slash.from, slash.to), ([0, 0, 0, 900], [200, 100, 225, 375]));
		assert_eq!((bonded(ALICE), Escrows::get(ALICE).amount), (9_600, 0));
	});
}

#[test]
fn wronged_and_reporter_should_have_no_part_of_delegated_stake() {
	with_providers(|| {
		delegated(5_000);
		assert_ok!(report(refuted()));
		let slash = last_slash();
		assert_eq!((slash.from, slash.to), ([0, 0, 0, 900], [300, 150, 225, 225]));
		assert_eq!(bonded(ALICE), 9_400);
	});
}

#[test]
fn wronged_and_reporter_should_have_their_parts_of_a_bond_that_is_leaving() {
	with_providers(|| {
		unbond(ALICE, 9_500);
		assert_ok!(report(refuted()));
		assert_eq!(last_slash().to, [450, 225, 225, 0]);
		assert_eq!(held(ALICE), 9_100);
	});
}

proptest! {
	/// A provider that is its own client, contests in vain and reports itself, through as many accounts as it likes,
	/// has back at most three quarters of what it loses of its own bonds, whatever else the slash takes: no delegator
	/// and no token that vests pays it.
	#[test]
	fn colluders_should_have_back_less_than_they_lose(
		own in LEAST_BOND..10_000,
		leaving in 0..10_000u128,
		pledged in 0..5_000u128,
		backing in LEAST_DELEGATION..10_000,
		rewards in 0..2_000u128,
		vesting in 0..2_000u128,
		stake in 1..40_000u128,
		contested: bool,
	) {
		build_and_execute(|| {
			give_to(FINDER, 0);
			bond(ALICE, own + leaving);
			give_vesting(ALICE, pledged + vesting);
			let _ = StakingSlash::pledge(signed(ALICE), pledged);
			give_rewards(ALICE, rewards);
			delegated(backing.min(own + leaving).max(LEAST_DELEGATION));
			let _ = StakingSlash::unbond(signed(ALICE), leaving);
			assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, stake));
			let theirs = || free(CLIENT) + free(FINDER);
			let (bonds, got) = (Balances::total_balance(&ALICE), theirs());

			if contested {
				assert_ok!(report(OffenceReport { offence: Offence::Downtime, ..refuted() }));
				assert_ok!(StakingSlash::contest_slash(signed(ALICE), 0));
				assert_ok!(StakingSlash::resolve_contest(RuntimeOrigin::root(), 0, true));
			} else {
				assert_ok!(report(refuted()));
			}
			let (lost, got) = (bonds - Balances::total_balance(&ALICE), theirs() - got);
			assert!(got <= Perbill::from_percent(75).mul_floor(lost), "{got} for {lost}");
			// And no less, but for rounding and what is too little to be paid out.
			assert!(got + 1 >= Perbill::from_percent(75).mul_floor(lost), "{got} for {lost}");
		});
	}
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
