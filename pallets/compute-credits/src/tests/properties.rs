//! Money adds up whatever happens, in whatever order.
//!
//! - INV1: what an account was endowed with is free, on hold, or burned for credits.
//! - INV2: what went into the queue was burned, refunded, or is on hold.
//! - INV3: the issuance has fallen by exactly what was burned.
//! - INV4: an account's credits are those that events say it bought, less those that they say it spent.
//! - INV5: what spending was valued at and what is left of the basis are what was burned, account by account.
//! - INV6: nothing is made while the breaker is tripped, and nothing at a price outside the bounds.
//! - INV7: a period burns no more than its limit.

use crate::{mock::*, *};
use assay_primitives::CreditsEscrow;
use frame_support::traits::Hooks;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
	Buy { who: AccountId, amount: Balance, least: u32 },
	Cancel { who: AccountId, id: u64 },
	Blocks { count: u32, room: u8 },
	Price { percent: u128 },
	Jump { price: u128 },
	Age { age: u64 },
	NoPrice,
	Halt,
	Reset,
	Hold { who: AccountId, part: u32 },
	Release { who: AccountId, part: u32 },
	Spend { who: AccountId, part: u32 },
	Limit { limit: Balance },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let who = ALICE..=CAROL;
	// Some ask for more than there is.
	let part = 0u32..=110;
	let step = prop_oneof![
		8 => (who.clone(), prop_oneof![1u128..200, 5_000u128..10_100], 90u32..=101)
			.prop_map(|(who, amount, least)| Step::Buy { who, amount, least }),
		3 => (who.clone(), 0u64..8).prop_map(|(who, id)| Step::Cancel { who, id }),
		10 => (1u32..8, 0u8..4).prop_map(|(count, room)| Step::Blocks { count, room }),
		4 => (92u128..=108).prop_map(|percent| Step::Price { percent }),
		1 => prop_oneof![Just(0), 1u128..1_000, 1_000u128..1_000_000_000].prop_map(|price| Step::Jump { price }),
		1 => (0u64..90_000).prop_map(|age| Step::Age { age }),
		1 => Just(Step::NoPrice),
		1 => Just(Step::Halt),
		3 => Just(Step::Reset),
		4 => (who.clone(), part.clone()).prop_map(|(who, part)| Step::Hold { who, part }),
		2 => (who.clone(), part.clone()).prop_map(|(who, part)| Step::Release { who, part }),
		4 => (who, part).prop_map(|(who, part)| Step::Spend { who, part }),
		1 => (5_000u128..30_000).prop_map(|limit| Step::Limit { limit }),
	];
	prop::collection::vec(step, 1..90)
}

fn percent(amount: u128, part: u32) -> u128 {
	amount * u128::from(part) / 100
}

/// Carry a step out; calls may fail.
fn apply(step: Step) {
	let _ = match step {
		Step::Buy { who, amount, least } => {
			let least = percent(Credits::quote_credits(amount).unwrap_or_default(), least);
			Credits::buy_credits(signed(who), amount, least)
		},
		Step::Cancel { who, id } => {
			// One of the last ones, as the others are gone.
			let next = NextConversionId::<Test>::get().0;
			Credits::cancel_conversion(signed(who), ConversionId(next.saturating_sub(id)))
		},
		Step::Blocks { count, room } => {
			for _ in 0..count {
				let used = Credits::smallest_useful_limit() * u64::from(room);
				assert!(Credits::on_idle(now(), used).all_lte(used), "the executor took more than it was given");
				begin_block();
			}
			Ok(())
		},
		Step::Price { percent } => {
			let average = Guard::<Test>::get().average.unwrap_or(FixedU128::one());
			Usd::set(Some(average.saturating_mul(FixedU128::from_rational(percent, 100))));
			Age::set(0);
			Ok(())
		},
		Step::Jump { price } => {
			set_price(price, 1_000);
			Ok(())
		},
		Step::Age { age } => {
			Age::set(age);
			Ok(())
		},
		Step::NoPrice => {
			Usd::set(None);
			Ok(())
		},
		Step::Halt => Credits::halt_conversions(RuntimeOrigin::root()),
		Step::Reset => Credits::reset_breaker(RuntimeOrigin::root()),
		Step::Hold { who, part } => Credits::hold(&who, percent(ledger(who).free, part)),
		Step::Release { who, part } => Credits::release(&who, percent(ledger(who).escrowed, part)),
		Step::Spend { who, part } => {
			let amount = percent(ledger(who).escrowed, part);
			let value = Credits::spend_value(who, amount);
			Credits::spend(&who, amount).map(|spent| assert_eq!(spent, value, "the preview was wrong"))
		},
		Step::Limit { limit } => {
			MaxBurnPerPeriod::set(limit);
			Ok(())
		},
	};
}

/// What the events say of an account.
#[derive(Default)]
struct Books {
	queued: Balance,
	refunded: Balance,
	burned: Balance,
	bought: MicroUsd,
	spent: MicroUsd,
	value: Balance,
}

fn note(books: &mut BTreeMap<AccountId, Books>, event: Event<Test>) {
	match event {
		Event::ConversionQueued { who, amount, .. } => books.entry(who).or_default().queued += amount,
		Event::ConversionCancelled { who, refunded, .. } => books.entry(who).or_default().refunded += refunded,
		Event::CreditsBought { who, burned, credits, .. } => {
			let entry = books.entry(who).or_default();
			entry.burned += burned;
			entry.bought += credits;
		},
		Event::CreditsSpent { who, credits, value } => {
			let entry = books.entry(who).or_default();
			entry.spent += credits;
			entry.value += value;
		},
		Event::Unexpected { kind } => panic!("{kind:?}"),
		_ => {},
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(300))]

	#[test]
	fn money_should_add_up_when_anything_happens(steps in steps()) {
		build_and_execute(|| {
			let mut books = BTreeMap::<AccountId, Books>::new();
			for step in steps {
				let tripped = !is_open() && !matches!(step, Step::Blocks { .. } | Step::Reset);
				let made = Totals::<Test>::get().bought;
				apply(step);
				prop_assert!(!tripped || Totals::<Test>::get().bought == made);
				for event in events() {
					note(&mut books, event);
				}
				System::reset_events();
				check_everything();
				for who in ALICE..=CAROL {
					let Books { queued, refunded, burned, bought, spent, value } = books.entry(who).or_default();
					prop_assert_eq!(free(who) + held(who) + *burned, ENDOWMENT);
					prop_assert_eq!(*burned + *refunded + held(who), *queued);
					prop_assert_eq!(ledger(who).total() + *spent, *bought);
					prop_assert_eq!(ledger(who).basis + *value, *burned);
				}
				let burned: Balance = books.values().map(|books| books.burned).sum();
				prop_assert_eq!(Balances::total_issuance(), 3 * ENDOWMENT - burned);
				prop_assert!(Window::<Test>::get().burned <= 30_000);
			}
			// Whatever the state, everyone gets out what is not burned.
			for (id, conversion) in Conversions::<Test>::iter().collect::<Vec<_>>() {
				prop_assert!(Credits::cancel_conversion(signed(conversion.who), id).is_ok());
			}
			for who in ALICE..=CAROL {
				prop_assert_eq!(held(who), 0);
				prop_assert!(Credits::release(&who, ledger(who).escrowed).is_ok());
				prop_assert!(Credits::hold(&who, ledger(who).free).is_ok());
				let basis = ledger(who).basis;
				prop_assert_eq!(Credits::spend(&who, ledger(who).escrowed), Ok(basis));
				prop_assert!(!Ledgers::<Test>::contains_key(who));
			}
			let totals = Totals::<Test>::get();
			prop_assert_eq!((totals.bought, totals.burned), (totals.spent, totals.spent_value));
			Ok(())
		})?;
	}
}

#[test]
fn random_steps_should_reach_every_outcome() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeMap::<&str, u32>::new();
	for _ in 0..200 {
		let steps = steps().new_tree(&mut runner).unwrap().current();
		build_and_execute(|| {
			steps.into_iter().for_each(apply);
			for event in events() {
				let name = match event {
					Event::ConversionQueued { .. } => "queued",
					Event::CreditsBought { .. } => "bought",
					Event::ConversionCancelled { reason: CancelReason::Requested, .. } => "cancelled",
					Event::ConversionCancelled { reason: CancelReason::Failed(Failure::Slippage), .. } => "given up",
					Event::ConversionCancelled { .. } => "failed",
					Event::ConversionRetried { .. } => "retried",
					Event::CreditsHeld { .. } => "held",
					Event::CreditsReleased { .. } => "released",
					Event::CreditsSpent { .. } => "spent",
					Event::BreakerTripped { reason: HaltReason::NoPrice, .. } => "no price",
					Event::BreakerTripped { reason: HaltReason::StalePrice, .. } => "stale",
					Event::BreakerTripped { reason: HaltReason::Deviation, .. } => "deviation",
					Event::BreakerTripped { reason: HaltReason::Admin, .. } => "halted",
					Event::BreakerReset { by_admin: true, .. } => "reset",
					Event::BreakerReset { by_admin: false, .. } => "recovered",
					Event::Unexpected { kind } => panic!("{kind:?}"),
				};
				*seen.entry(name).or_default() += 1;
			}
		});
	}
	for name in [
		"queued",
		"bought",
		"cancelled",
		"given up",
		"failed",
		"retried",
		"held",
		"released",
		"spent",
		"no price",
		"stale",
		"deviation",
		"halted",
		"reset",
		"recovered",
	] {
		assert!(seen.contains_key(name), "no step was ever {name}: {seen:?}");
	}
}
