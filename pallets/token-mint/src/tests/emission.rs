//! Several schedules under one cap: starts, budgets, what is withheld, and the transfer lock.

use crate::{
	mock::*,
	schedule::{Baseline, State, TableRow, TargetRatio},
	AllProgress, ChainSchedule, Config, Curve, Emission, Event, GenesisConfig, NextMint, Pot, Progress, Recipient,
	ScheduleId, TransferLock, UnexpectedKind, MAX_SCHEDULES,
};
use assay_primitives::{Balance, EmissionLedger, RewardKind};
use frame_support::{
	assert_ok,
	traits::{fungible::Mutate, Get},
};
use proptest::prelude::*;
use sp_runtime::{traits::Dispatchable, Perbill, Saturating};

const SECOND: ScheduleId = ScheduleId(1);

/// Two schedules of half the pool each: the second backdated by 100 blocks, with shorter periods.
fn two() -> Vec<ChainSchedule> {
	let pool = POOL / 2;
	vec![main_schedule(pool), ChainSchedule { id: SECOND, emission: decay(50, pool, 4, -100) }]
}

/// A schedule that has minted all that is due by the end of `period`, by a closed form.
fn at(id: ScheduleId, start: i64, period: u32) -> Progress {
	let minted = due(id, period);
	Progress { state: State { period, minted, ..Default::default() }, minted, ..Progress::new(id, start) }
}

/// A genesis with two schedules, of which the second feeds only the treasury, changed by `change`.
fn with_two<R>(change: impl FnOnce(&mut GenesisConfig<Test>), test: impl FnOnce() -> R) -> R {
	reset();
	Schedules::set(two());
	let treasury = vec![(Recipient::Pot(Pot::Treasury), Perbill::one())];
	let mut config = GenesisConfig { budgets: vec![(SECOND, treasury)], ..Default::default() };
	change(&mut config);
	check_after(genesis(config, ENDOWED), test)
}

/// What `schedule` says for the end of `period`.
fn due(schedule: ScheduleId, period: u32) -> Balance {
	TokenMint::emission(schedule, period).unwrap()
}

#[test]
fn schedules_should_mint_each_by_its_own_periods_and_budget() {
	with_two(
		|_| (),
		|| {
			run_to(40);
			assert_eq!((progress(MAIN).state.period, progress(SECOND).state.period), (4, 35));
			assert_eq!((progress(MAIN).minted, progress(SECOND).minted), (due(MAIN, 4), due(SECOND, 35)));
			let all = due(MAIN, 4) + due(SECOND, 35);
			assert_eq!((TokenMint::minted(), Balances::total_issuance()), (all, ENDOWED + all));
			// A tenth of the first, and all of the second.
			let tenth = due(MAIN, 4) / 10;
			assert!(pot(Pot::Treasury).abs_diff(tenth + due(SECOND, 35)) <= 4);
			let capacity = pot(Pot::Capacity);
			assert_eq!(<TokenMint as EmissionLedger<_>>::emitted_to_capacity(), capacity);
		},
	);
}

#[test]
fn backdated_schedule_should_mint_what_was_due_in_the_first_block() {
	with_two(
		|_| (),
		|| {
			let next = TokenMint::next_mint(SECOND);
			assert_eq!(next, Some(NextMint { at: 2, period: 25, amount: due(SECOND, 25) }));
			skip_to(2);
			assert_eq!(progress(SECOND), at(SECOND, -100, 25));
			assert_eq!(pot(Pot::Treasury), due(SECOND, 25));
			let next = TokenMint::next_mint(SECOND).unwrap();
			assert_eq!((next.at, next.period), (4, 26));
			assert_eq!(TokenMint::next_mint(MAIN).unwrap().at, PERIOD);
		},
	);
}

#[test]
fn starts_should_be_counted_from_that_of_genesis() {
	with_two(
		|config| config.start = 60,
		|| {
			assert_eq!((progress(MAIN).start, progress(SECOND).start), (60, -40));
			run_to(69);
			assert_eq!((progress(MAIN).minted, progress(SECOND).state.period), (0, 27));
			run_to(70);
			assert_eq!(progress(MAIN).minted, due(MAIN, 1));
		},
	);
}

#[test]
fn start_should_stay_as_it_was_when_the_constant_changes() {
	build_and_execute(|| {
		end_period(2);
		Schedules::mutate(|all| all[0].emission.start = 1_000);
		end_period(3);
		assert_eq!(minted(), due(MAIN, 3));
	});
}

#[test]
fn schedule_should_be_begun_when_an_upgrade_brings_it() {
	build_and_execute(|| {
		change_schedule(|schedule| schedule.pool /= 2);
		let emission = decay(50, POOL / 2, 4, 15);
		end_period(1);
		Schedules::mutate(|all| all.push(ChainSchedule { id: SECOND, emission }));
		assert_eq!(TokenMint::next_mint(SECOND).unwrap().at, 19);
		run_to(19);
		assert_eq!(progress(SECOND), at(SECOND, 15, 1));
		assert_eq!(TokenMint::next_mint(SECOND).unwrap().at, 23);
	});
}

#[test]
fn schedule_should_only_be_counted_when_an_upgrade_has_ended_it() {
	with_two(
		|_| (),
		|| {
			run_to(10);
			let before = TokenMint::minted();
			Schedules::mutate(|all| all.truncate(1));
			run_to(19);
			assert_eq!(TokenMint::minted(), before);
			assert_eq!((TokenMint::emission(SECOND, 1), TokenMint::next_mint(SECOND)), (None, None));
		},
	);
}

#[test]
fn schedules_should_not_run_when_they_are_too_many() {
	build_and_execute(|| {
		let full = (0..MAX_SCHEDULES as u8).map(|n| Progress::new(ScheduleId(100 + n), 0));
		AllProgress::<Test>::put(frame_support::BoundedVec::truncate_from(full.collect::<Vec<_>>()));
		end_period(1);
		assert!(take_events().contains(&Event::Unexpected { kind: UnexpectedKind::TooManySchedules }));
		assert_eq!(Balances::total_issuance(), ENDOWED);
	});
}

#[test]
fn schedules_should_lose_nothing_when_hooks_are_skipped() {
	let run = |blocks: &[u32]| {
		with_two(
			|_| (),
			|| {
				blocks.iter().for_each(|block| skip_to(*block));
				AllProgress::<Test>::get()
			},
		)
	};
	let every_block: Vec<u32> = (2..=403).collect();
	assert_eq!(run(&every_block), run(&[403]));
	assert_eq!(run(&every_block), run(&[7, 8, 250, 403, 403]));
}

#[test]
fn cap_should_hold_when_schedules_do_not_fit_under_it() {
	build_and_execute(|| {
		// Ten times what fits, as only a faulty upgrade could bring it.
		change_schedule(|schedule| schedule.pool *= 10);
		let room = Cap::get() - GenesisSupply::get();
		skip_to(200 * PERIOD);
		// The genesis supply is not used up here; what schedules may mint is bounded all the same.
		assert_eq!((minted(), Balances::total_issuance()), (room, ENDOWED + room));
		assert_eq!(progress(MAIN).withheld, due(MAIN, 200) - room);
		assert!(take_events().contains(&Event::Unexpected { kind: UnexpectedKind::CapReached }));
		TokenMint::do_try_state().unwrap();

		// Burning makes no room.
		assert_ok!(Balances::burn_from(
			&TokenMint::pot_account(Pot::Treasury),
			10_000,
			frame_support::traits::tokens::Preservation::Preserve,
			frame_support::traits::tokens::Precision::Exact,
			frame_support::traits::tokens::Fortitude::Polite,
		));
		skip_to(201 * PERIOD);
		assert_eq!(minted(), room);
	});
}

#[test]
fn cap_should_hold_when_others_have_minted_what_was_left() {
	build_and_execute(|| {
		assert_ok!(Balances::mint_into(&account(1), Cap::get() - ENDOWED - 15_000));
		end_period(1);
		// Of 20,438 the first 15,000 fit.
		assert_eq!((minted(), progress(MAIN).withheld), (15_000, 5_438));
		assert_eq!(Balances::total_issuance(), Cap::get());
		end_period(3);
		assert_eq!(minted(), 15_000);
	});
}

#[test]
fn withheld_units_should_be_minted_once_there_is_room() {
	build_and_execute(|| {
		let cap = Cap::get();
		Cap::set(ENDOWED + 15_000);
		// Nothing of the cap is above the genesis supply any more.
		end_period(1);
		assert_eq!((minted(), progress(MAIN).withheld), (0, 20_438));
		Cap::set(cap);
		let next = TokenMint::next_mint(MAIN).unwrap();
		assert_eq!(next.amount, due(MAIN, 2));
		end_period(2);
		assert_eq!((minted(), progress(MAIN).withheld), (due(MAIN, 2), 0));
	});
}

/// A first schedule whose inflation stands at 10 % of the total issuance in 100 periods.
fn with_inflation<R>(test: impl FnOnce(&Emission) -> R) -> R {
	let tenth = Perbill::from_percent(10);
	let curve = Curve::TargetRatio(TargetRatio {
		initial: tenth,
		floor: Perbill::from_percent(5),
		ceiling: tenth,
		goal: Perbill::from_percent(50),
		change: tenth,
		year: 100,
	});
	let emission = Emission { curve, pool: POOL, period: PERIOD, start: 0 };
	reset();
	Schedules::set(vec![ChainSchedule { id: MAIN, emission: emission.clone() }]);
	check_after(genesis(GenesisConfig::default(), GenesisSupply::get()), || test(&emission))
}

#[test]
fn inflation_should_follow_issuance_and_what_is_bonded() {
	with_inflation(|_| {
		let before = Balances::total_issuance();
		end_period(1);
		assert_eq!(minted(), before / 1_000);
		// Of what there is by then, with the fraction of a unit carried on.
		end_period(2);
		assert_eq!(minted(), 400 + 400);
		end_period(3);
		assert_eq!(minted(), 800 + 401);
		// All is bonded: within half a year inflation is at its floor.
		BondedRatio::set(Perbill::one());
		end_period(53);
		let before = (minted(), Balances::total_issuance());
		end_period(54);
		assert!((minted() - before.0).abs_diff(before.1 / 2_000) <= 1);
	});
}

#[test]
fn inflation_should_end_with_the_pool() {
	with_inflation(|_| {
		skip_to(PERIOD * 5_000);
		assert_eq!((minted(), Balances::total_issuance()), (POOL, Cap::get()));
		skip_to(PERIOD * 5_001);
		assert_eq!(minted(), POOL);
	});
}

#[test]
fn view_functions_should_tell_of_a_schedule_that_depends_on_the_network_what_is_known() {
	with_inflation(|_| {
		assert_eq!([0, 1].map(|period| TokenMint::emission(MAIN, period)), [Some(0), None]);
		end_period(3);
		let known = [2, 3, 4].map(|period| TokenMint::emission(MAIN, period));
		assert_eq!(known, [None, Some(minted()), None]);
		let next = TokenMint::next_mint(MAIN).unwrap();
		assert_eq!((next.at, next.period), (4 * PERIOD, 4));
		let before = minted();
		end_period(4);
		assert_eq!(minted() - before, next.amount);
	});
}

#[test]
fn inflation_should_be_withheld_when_there_is_no_room() {
	with_inflation(|emission| {
		let cap = Cap::get();
		end_period(1);
		Cap::set(Balances::total_issuance());
		end_period(2);
		assert_eq!((minted(), progress(MAIN).withheld), (400, 400));
		TokenMint::do_try_state().unwrap();
		Cap::set(cap);
		end_period(3);
		let Progress { state, minted, withheld, .. } = progress(MAIN);
		assert_eq!((minted, withheld), (emission.cumulative(&state, 3), 0));
		assert_eq!(minted, 400 + 400 + 400);
	});
}

#[test]
fn what_is_minted_should_stay_minted_when_an_upgrade_changes_the_curve() {
	build_and_execute(|| {
		end_period(20);
		let before = minted();
		let change = |curve| change_schedule(|schedule| schedule.curve = curve);
		// A closed form that is behind waits.
		change(Curve::Flat { amount: 10_000, periods: 1 });
		end_period(29);
		assert_eq!(minted(), before);
		end_period(31);
		assert_eq!(minted(), 310_000);
		// One that has a state goes on from there.
		change(Curve::TargetRatio(TargetRatio {
			initial: Perbill::from_percent(10),
			floor: Perbill::zero(),
			ceiling: Perbill::from_percent(10),
			goal: Perbill::from_percent(50),
			change: Perbill::zero(),
			year: 100,
		}));
		let issuance = Balances::total_issuance();
		end_period(32);
		assert_eq!(minted(), 310_000 + issuance / 1_000);
	});
}

#[test]
fn schedules_that_see_no_network_should_mint_nothing() {
	assert_eq!(<() as crate::EmissionInputs>::inputs(), Default::default());
	with_inflation(|emission| {
		let inputs = <() as crate::EmissionInputs>::inputs();
		assert_eq!(emission.advance(&mut State::default(), 1_000, &inputs), 0);
	});
}

#[test]
#[should_panic(expected = "would never open")]
fn genesis_should_panic_when_only_an_uncertain_schedule_could_open_transfers() {
	with_inflation(|_| {
		let config = GenesisConfig { transfers_open_at: Some(Perbill::from_percent(1)), ..Default::default() };
		genesis(config, ENDOWED);
	});
}

#[test]
fn transfers_should_be_open_unless_genesis_closed_them() {
	build_and_execute(|| assert!(TokenMint::transfers_open()));
}

#[test]
fn transfers_should_open_when_the_part_of_the_cap_is_minted() {
	reset();
	// AO's 15 %: 150,000 of a million, in the ninth period: 600,000 × (1 − 2^(−9/20)) = 160,773.
	let config = GenesisConfig { transfers_open_at: Some(Perbill::from_percent(15)), ..Default::default() };
	check_after(genesis(config, ENDOWED), || {
		end_period(8);
		assert!(!TokenMint::transfers_open() && minted() < 150_000);
		TokenMint::do_try_state().unwrap();
		take_events();
		end_period(9);
		assert!(TokenMint::transfers_open() && minted() >= 150_000);
		let opened = |event: &Event<Test>| *event == Event::TransfersOpened { minted: minted() };
		assert_eq!(take_events().iter().filter(|event| opened(event)).count(), 1);
		// Once.
		end_period(10);
		assert!(!take_events().iter().any(|event| matches!(event, Event::TransfersOpened { .. })));
	});
}

#[test]
fn transfers_should_be_refused_in_batches_too_while_they_are_closed() {
	reset();
	let config = GenesisConfig { transfers_open_at: Some(Perbill::from_percent(2)), ..Default::default() };
	check_after(genesis(config, ENDOWED), || {
		let transfer = || pallet_balances::Call::transfer_keep_alive { dest: account(2), value: 100 };
		let batch = || pallet_utility::Call::batch_all { calls: vec![transfer().into()] };
		let dispatch = |call: RuntimeCall| {
			call.dispatch(RuntimeOrigin::signed(account(1))).map(|_| ()).map_err(|error| error.error)
		};
		let filtered = Err(frame_system::Error::<Test>::CallFiltered.into());
		assert_eq!(dispatch(transfer().into()), filtered);
		assert_eq!(dispatch(batch().into()), filtered);
		assert_eq!(balance(2), 1_000);
		// Other calls are let through.
		assert_ok!(dispatch(frame_system::Call::remark { remark: vec![] }.into()));

		end_period(1);
		assert_ok!(dispatch(transfer().into()));
		assert_ok!(dispatch(batch().into()));
		assert_eq!(balance(2), 1_200);
	});
}

#[test]
fn transfers_should_open_at_the_very_unit() {
	reset();
	// 20,438 of a million, which the first period mints, and a billionth more.
	for (parts, open) in [(20_438_000, true), (20_438_001, false)] {
		let config = GenesisConfig { transfers_open_at: Some(Perbill::from_parts(parts)), ..Default::default() };
		check_after(genesis(config, ENDOWED), || {
			end_period(1);
			assert_eq!(TokenMint::transfers_open(), open);
		});
	}
}

#[test]
fn rewards_and_fees_should_be_paid_while_transfers_are_closed() {
	reset();
	let config = GenesisConfig { transfers_open_at: Some(Perbill::from_percent(50)), ..Default::default() };
	check_after(genesis(config, ENDOWED), || {
		credit(RewardKind::Capacity, 1, 1);
		end_period(1);
		assert_ok!(claim_of(RewardKind::Capacity, 1));
		assert!(TransferLock::<Test>::exists() && balance(1) > 1_000);
	});
}

#[test]
#[should_panic(expected = "would never open")]
fn genesis_should_panic_when_the_schedules_never_reach_what_opens_transfers() {
	reset();
	// The pool is 60 % of the cap, and its last unit is never minted.
	let config = GenesisConfig { transfers_open_at: Some(Perbill::from_percent(60)), ..Default::default() };
	genesis(config, ENDOWED);
}

/// What whoever governs the chain may do to it, be it mad.
#[derive(Clone, Debug)]
enum Deed {
	Budget {
		schedule: u8,
		first: u32,
		plan: bool,
	},
	FeeShare(u32),
	FeePerWork(Balance),
	Takes {
		payee: Balance,
		vault: Balance,
	},
	RoundLength(u32),
	/// Only an upgrade could.
	Schedule(ChainSchedule),
	/// What only the network can.
	Network {
		bonded: u32,
		capacity: u128,
	},
	Work {
		who: u8,
		work: u128,
		fee: Balance,
	},
	Points {
		kind: usize,
		who: u8,
		points: u32,
	},
	Claim {
		kind: usize,
		who: u8,
	},
	Seize {
		who: u8,
		amount: Balance,
	},
	Run(u32),
}

/// Any of the curves.
fn curve() -> impl Strategy<Value = Curve> {
	let part = || (0u32..1_000_000_000).prop_map(Perbill::from_parts);
	let table = (prop::collection::vec((1u32..20, 0u128..500_000), 1..5), prop::option::of(part()));
	prop_oneof![
		(0u128..100_000, 1u32..30).prop_map(|(amount, periods)| Curve::Flat { amount, periods }),
		(1u32..50).prop_map(|half_life| Curve::SmoothDecay { half_life }),
		(0u128..100_000, part(), 1u32..20, 0u32..50).prop_map(|(first, factor, every, steps)| Curve::Disinflation {
			first,
			factor,
			every,
			steps
		}),
		(0u128..1_000_000, 1u32..20).prop_map(|(first, every)| Curve::HalvingByTime { first, every }),
		(0u128..100_000, 0u128..1_000_000, 0u128..1_000_000).prop_map(|(first, rest, issued_before)| {
			Curve::HalvingByIssuance { first, supply: issued_before + rest, issued_before }
		}),
		table.prop_map(|(rows, then)| {
			let rows = rows.into_iter().map(|(periods, amount)| TableRow { periods, amount });
			Curve::Table { rows: frame_support::BoundedVec::truncate_from(rows.collect()), then }
		}),
		(part(), part(), 1u32..1_000_000_000, 1u32..100).prop_map(|(floor, room, goal, year)| {
			let (goal, ceiling) = (Perbill::from_parts(goal), floor.saturating_add(room));
			Curve::TargetRatio(TargetRatio { initial: room, floor, ceiling, goal, change: room, year })
		}),
		(1u32..50, 1u128..1_000, 1u32..100).prop_map(|(half_life, initial, doubling)| Curve::Baseline(Baseline {
			half_life,
			initial,
			doubling
		})),
	]
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
	let schedule = (0u8..3, curve(), -500i64..500, 1u32..20, 0u128..2_000_000);
	let deed = prop_oneof![
		2 => (0u8..3, 0u32..=1_000_000_000, any::<bool>())
			.prop_map(|(schedule, first, plan)| Deed::Budget { schedule, first, plan }),
		1 => (0u32..=1_000_000_000).prop_map(Deed::FeeShare),
		1 => (0u128..1_000).prop_map(Deed::FeePerWork),
		1 => (0u128..3_000, 0u128..3_000).prop_map(|(payee, vault)| Deed::Takes { payee, vault }),
		1 => (1u32..30).prop_map(Deed::RoundLength),
		1 => schedule.prop_map(|(id, curve, start, period, pool)| {
			Deed::Schedule(ChainSchedule { id: ScheduleId(id), emission: Emission { curve, pool, period, start } })
		}),
		1 => (0u32..=1_000_000_000, 0u128..3_000).prop_map(|(bonded, capacity)| Deed::Network { bonded, capacity }),
		4 => (1u8..=4, any::<u128>(), 0u128..50_000).prop_map(|(who, work, fee)| Deed::Work { who, work, fee }),
		4 => (1usize..4, 1u8..=4, 0u32..9).prop_map(|(kind, who, points)| Deed::Points { kind, who, points }),
		4 => (0usize..4, 1u8..=4).prop_map(|(kind, who)| Deed::Claim { kind, who }),
		1 => (1u8..=4, 0u128..5_000).prop_map(|(who, amount)| Deed::Seize { who, amount }),
		5 => (1u32..60).prop_map(Deed::Run),
	];
	prop::collection::vec(deed, 1..60)
}

fn do_deed(deed: Deed, fees: &mut Balance) {
	match deed {
		Deed::Budget { schedule, first, plan } => {
			let parts = [
				(Recipient::Pot(Pot::RenderWork), first),
				(named(9, plan.then_some(assay_primitives::VestingPlan::Escrowed)), (1_000_000_000 - first) / 2),
				(Recipient::Pot(Pot::Capacity), 1_000_000_000 - first - (1_000_000_000 - first) / 2),
			];
			let parts = parts.map(|(recipient, part)| (recipient, Perbill::from_parts(part)));
			let budget = crate::BudgetTable::truncate_from(parts.into());
			let _ = TokenMint::set_budget(RuntimeOrigin::root(), ScheduleId(schedule), budget);
		},
		Deed::FeeShare(part) => RewardFeeShare::set(Perbill::from_parts(part)),
		Deed::FeePerWork(least) => MinFeePerWork::set(least),
		Deed::Takes { payee, vault } => {
			PayeeTakes::set(payee);
			VaultTakes::set(vault);
		},
		Deed::RoundLength(length) => RoundLength::set(length),
		Deed::Schedule(schedule) => Schedules::mutate(|all| {
			all.retain(|other| other.id != schedule.id);
			all.push(schedule);
		}),
		Deed::Network { bonded, capacity } => {
			BondedRatio::set(Perbill::from_parts(bonded));
			Capacity::set(capacity);
		},
		Deed::Work { who, work: done, fee } => {
			let before = ledger(who).map_or(0, |ledger| ledger.fee);
			work(who, done, fee);
			*fees += if ledger(who).map_or(0, |ledger| ledger.fee) == before { 0 } else { fee };
		},
		Deed::Points { kind, who, points } => credit(RewardKind::ALL[kind], who, points),
		Deed::Claim { kind, who } => {
			let _ = claim_of(RewardKind::ALL[kind], who);
		},
		Deed::Seize { who, amount } => {
			seize(who, amount);
		},
		Deed::Run(blocks) => run_to(System::block_number() + blocks),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	/// Nothing can raise what is minted above the cap, whoever asks, and nothing can make fees pay.
	#[test]
	fn cap_should_hold_whatever_governance_does(deeds in deeds()) {
		new_test_ext().execute_with(|| {
			let (mut fees, mut paid) = (0, 0);
			for deed in deeds {
				do_deed(deed, &mut fees);
				prop_assert!(Balances::total_issuance() <= Cap::get());
				let room = Cap::get() - <<Test as Config>::GenesisSupply as Get<Balance>>::get();
				prop_assert!(TokenMint::minted() <= room);
				for kind in RewardKind::ALL {
					prop_assert_eq!(TokenMint::check_reserved_is_covered(kind), Ok(()));
					prop_assert_eq!(TokenMint::check_reserved_is_promised(kind), Ok(()));
					prop_assert_eq!(TokenMint::check_closed_rounds(kind), Ok(()));
					prop_assert_eq!(TokenMint::check_current_round(kind), Ok(()));
				}
				prop_assert_eq!(TokenMint::check_owed(), Ok(()));
				prop_assert_eq!(TokenMint::check_budgets(), Ok(()));
				for event in take_events() {
					paid += match event {
						Event::RewardPaid { kind: RewardKind::Work, amount, .. }
						| Event::RewardsSeized { kind: RewardKind::Work, amount, .. } => amount,
						_ => 0,
					};
				}
				prop_assert!(paid + reserved(RewardKind::Work) <= MaxRewardFeeShare::get() * fees);
			}
			Ok(())
		})?;
	}
}
