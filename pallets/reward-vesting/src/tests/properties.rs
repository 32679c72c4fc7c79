//! Money adds up whatever happens, in whatever order, and nothing vests early.
//!
//! - INV1: what is on hold by a plan is what was granted and compounded, less what was claimed, forfeited and seized.
//! - INV2: an account has what it was endowed with, granted and paid, less what it forfeited and what was seized.
//! - INV3: the issuance has fallen by exactly what was seized, and risen by exactly what was minted.
//! - INV4: by any block, no more was released than the grants' own lines allow, nor less than they allowed a window ago.
//! - INV5: how often somebody claims makes no difference.
//! - INV6: in the end everything that was not forfeited or seized is released, to the unit.

use crate::{mock::*, *};
use assay_primitives::VestingStake;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;

const WHO: [AccountId; 3] = [ALICE, BOB, CAROL];

#[derive(Clone, Debug)]
enum Step {
	Vest { who: usize, plan: usize, amount: Balance },
	Claim { who: usize, plan: usize },
	Exit { who: usize, part: Option<u32> },
	Pledge { who: usize, part: u32 },
	Release { who: usize, part: u32 },
	Seize { who: usize, part: u32, pledged: bool },
	Pay { who: usize, amount: Balance },
	Blocks { count: u32 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let (who, plan) = (0usize..3, 0usize..4);
	// Some ask for more than there is.
	let part = 0u32..=110;
	let amount = prop_oneof![1u128..10, 1u128..100_000];
	let step = prop_oneof![
		8 => (who.clone(), plan.clone(), amount.clone()).prop_map(|(who, plan, amount)| Step::Vest { who, plan, amount }),
		6 => (who.clone(), plan).prop_map(|(who, plan)| Step::Claim { who, plan }),
		3 => (who.clone(), prop::option::of(part.clone())).prop_map(|(who, part)| Step::Exit { who, part }),
		3 => (who.clone(), part.clone()).prop_map(|(who, part)| Step::Pledge { who, part }),
		2 => (who.clone(), part.clone()).prop_map(|(who, part)| Step::Release { who, part }),
		2 => (who.clone(), 0u32..60, any::<bool>())
			.prop_map(|(who, part, pledged)| Step::Seize { who, part, pledged }),
		3 => (who, amount).prop_map(|(who, amount)| Step::Pay { who, amount }),
		8 => prop_oneof![1u32..10, 1u32..150].prop_map(|count| Step::Blocks { count }),
	];
	prop::collection::vec(step, 1..100)
}

fn percent(amount: u128, part: u32) -> u128 {
	amount * u128::from(part) / 100
}

/// Carry a step out; calls may fail.
fn apply(step: Step) {
	match step {
		Step::Vest { who, plan, amount } => grant(WHO[who], VestingPlan::ALL[plan], amount),
		Step::Claim { who, plan } => {
			let expected = claimable(WHO[who], VestingPlan::ALL[plan]);
			assert_eq!(claim(WHO[who], VestingPlan::ALL[plan]), expected);
		},
		Step::Exit { who, part } => {
			let amount = part.map(|part| percent(RewardVesting::accrued(&WHO[who], Checker).exitable(), part));
			let preview = RewardVesting::exit_preview(WHO[who], Checker, amount);
			assert_eq!(exit(WHO[who], Checker, amount).is_ok(), preview.is_some(), "the preview was wrong");
		},
		Step::Pledge { who, part } => {
			let _ = RewardVesting::pledge(&WHO[who], percent(ledger(WHO[who], Escrowed).unpledged(), part));
		},
		Step::Release { who, part } => {
			let _ = RewardVesting::release(&WHO[who], percent(ledger(WHO[who], Escrowed).pledged, part));
		},
		Step::Seize { who, part, pledged } => {
			let pledge = RewardVesting::pledged_by(&WHO[who]);
			let there = if pledged { pledge } else { held(WHO[who]) - pledge };
			let asked = percent(held(WHO[who]), part);
			assert_eq!(seize(WHO[who], asked, pledged), asked.min(there));
		},
		Step::Pay { who, amount } => assert_eq!(pay(WHO[who], amount), 0),
		Step::Blocks { count } => pass(count),
	}
}

/// What the events say of an account.
#[derive(Default)]
struct Books {
	/// By plan: put on hold, and taken off again in whatever way.
	held: BTreeMap<VestingPlan, Balance>,
	claimed: Balance,
	at_once: Balance,
	granted: Balance,
	forfeited: Balance,
	seized: Balance,
	pledged: Balance,
}

fn note(books: &mut BTreeMap<AccountId, Books>, event: Event<Test>) {
	let change = |books: &mut Books, plan, plus, minus| {
		let held = books.held.entry(plan).or_default();
		*held = *held + plus - minus;
	};
	match event {
		Event::Granted { account, plan, at_once, vesting } => {
			let books = books.entry(account).or_default();
			books.at_once += at_once;
			books.granted += vesting;
			change(books, plan, vesting, 0);
		},
		Event::Claimed { account, plan, amount } => {
			let books = books.entry(account).or_default();
			books.claimed += amount;
			change(books, plan, 0, amount);
		},
		Event::ExitedEarly { account, plan, amount, forfeited } => {
			assert_eq!(forfeited, Perbill::from_percent(75).mul_ceil(amount));
			let books = books.entry(account).or_default();
			books.forfeited += forfeited;
			change(books, plan, 0, forfeited);
		},
		Event::Pledged { account, amount, .. } => books.entry(account).or_default().pledged += amount,
		Event::PledgeReleased { account, amount, .. } => books.entry(account).or_default().pledged -= amount,
		Event::Seized { account, plan, amount, pledged } => {
			let books = books.entry(account).or_default();
			books.seized += amount;
			books.pledged -= if pledged { amount } else { 0 };
			change(books, plan, 0, amount);
		},
		Event::Compounded { account, plan, amount } => change(books.entry(account).or_default(), plan, amount, 0),
		Event::Unexpected { kind } => panic!("{kind:?}"),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(300))]

	#[test]
	fn money_should_add_up_when_anything_happens(steps in steps(), bond in prop_oneof![Just(0u128), 1u128..50_000]) {
		build_and_execute(|| {
			Bond::set(bond);
			BackersPart::set(Perbill::from_percent(30));
			let genesis = Balances::total_issuance();
			let mut books = BTreeMap::<AccountId, Books>::new();
			let mut paid = BTreeMap::<AccountId, Balance>::new();
			for step in steps {
				if let Step::Pay { who, amount } = step {
					*paid.entry(WHO[who]).or_default() += amount;
				}
				apply(step);
				for event in events() {
					note(&mut books, event);
				}
				System::reset_events();
				check_everything();
				let mut minted = paid.values().sum::<Balance>();
				let mut gone = 0;
				for (who, books) in &books {
					for (plan, held) in &books.held {
						prop_assert_eq!(ledger(*who, *plan).total(), *held);
					}
					prop_assert_eq!(held(*who), books.held.values().sum::<Balance>());
					prop_assert_eq!(RewardVesting::pledged_by(who), books.pledged);
					minted += books.at_once + books.granted;
					gone += books.seized;
				}
				prop_assert_eq!(Balances::total_issuance(), genesis + minted - gone);
				let forfeited: Balance = books.values().map(|books| books.forfeited).sum();
				prop_assert_eq!(free(POT), ENDOWMENT + forfeited);
				let backed = free(BACKER) - ENDOWMENT;
				let own: Balance = WHO.into_iter().map(|who| free(who) + held(who)).sum();
				prop_assert_eq!(own + backed + forfeited + gone, 3 * ENDOWMENT + minted);
			}
			// Everyone gets out what is his, to the unit.
			pass(ESCROW_TERM);
			for who in WHO {
				let all = free(who) + held(who);
				prop_assert!(RewardVesting::release(&who, RewardVesting::pledged_by(&who)).is_ok());
				for plan in VestingPlan::ALL {
					claim(who, plan);
				}
				prop_assert_eq!((free(who), held(who)), (all, 0));
			}
			prop_assert_eq!(Ledgers::<Test>::iter().count(), 0);
			Ok(())
		})?;
	}

	#[test]
	fn claims_should_follow_the_exact_lines_however_often_they_are_made(
		grants in prop::collection::vec((0u32..25, 1u128..1_000_000, any::<bool>(), any::<bool>()), 1..120),
		cliff in prop::option::of(0u32..=SERVICE_TERM),
	) {
		build_and_execute(|| {
			Cliff::set(cliff);
			let window = TermsOf::convert(ServiceFee).line().window();
			let mut granted: Vec<(u32, Balance)> = vec![];
			// What the grants' own lines allow by a block.
			let exact = |granted: &[(u32, Balance)], by: u32| {
				let by_one = |(block, amount): &(u32, Balance)| {
					let passed = by.saturating_sub(*block);
					let counts = if passed < cliff.unwrap_or(0) { 0 } else { passed.min(SERVICE_TERM) };
					amount * Balance::from(counts)
				};
				granted.iter().map(by_one).sum::<Balance>() / Balance::from(SERVICE_TERM)
			};
			let (mut often, mut seldom) = (0, 0);
			for (wait, amount, new, both) in grants {
				pass(wait);
				if new {
					grant(ALICE, ServiceFee, amount);
					grant(BOB, ServiceFee, amount);
					granted.push((now(), amount));
				}
				often += claim(ALICE, ServiceFee);
				if both {
					seldom += claim(BOB, ServiceFee);
				}
				prop_assert_eq!(often, seldom + claimable(BOB, ServiceFee));
				prop_assert!(often <= exact(&granted, now()), "early in block {}", now());
				let tranches = ledger(BOB, ServiceFee).vesting.0.len() as Balance;
				let late = exact(&granted, now().saturating_sub(window));
				prop_assert!(often + tranches >= late, "late in block {}", now());
			}
			pass(SERVICE_TERM);
			often += claim(ALICE, ServiceFee);
			seldom += claim(BOB, ServiceFee);
			let all: Balance = granted.iter().map(|(_, amount)| amount).sum();
			prop_assert_eq!((often, seldom), (all, all));
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
					Event::Granted { at_once: 0, .. } => "granted",
					Event::Granted { .. } => "paid at once",
					Event::Claimed { .. } => "claimed",
					Event::ExitedEarly { .. } => "exited",
					Event::Pledged { .. } => "pledged",
					Event::PledgeReleased { .. } => "released",
					Event::Seized { pledged: true, .. } => "seized pledged",
					Event::Seized { pledged: false, .. } => "seized",
					Event::Compounded { .. } => "compounded",
					Event::Unexpected { kind } => panic!("{kind:?}"),
				};
				*seen.entry(name).or_default() += 1;
			}
		});
	}
	for name in [
		"granted",
		"paid at once",
		"claimed",
		"exited",
		"pledged",
		"released",
		"seized pledged",
		"seized",
		"compounded",
	] {
		assert!(seen.contains_key(name), "nothing was ever {name}: {seen:?}");
	}
}
