//! Two months in seconds. A run checks all invariants at its end by itself.

use crate::{run, verdict, Kind, Params};

fn short(seed: u64, days: u32) -> Params {
	Params { seed, days, quits_after: (5, 15), ..Default::default() }
}

#[test]
fn cheating_should_lose_and_serving_earn_when_two_months_pass() {
	let outcome = run(&short(1, 60)).unwrap();
	assert_eq!(verdict(&outcome), Vec::<String>::new(), "\n{}", outcome.table());
	assert!(outcome.result(Kind::Honest) > 0.0, "\n{}", outcome.table());
	let quitters = outcome.lines.iter().find(|line| line.kind == Kind::Quitter).unwrap();
	assert!(quitters.slashed > 0.0, "who leaves with jobs is slashed");
	for line in &outcome.lines {
		assert!(line.kind == Kind::Delegator || line.turnover > 0.0, "{} did nothing", line.kind.name());
	}
}

#[test]
fn run_should_repeat_when_the_seed_is_the_same() {
	let csv = |seed| run(&short(seed, 8)).unwrap().rows.iter().map(|row| row.csv()).collect::<Vec<_>>();
	assert_eq!(csv(7), csv(7));
	assert_ne!(csv(7), csv(8));
}
