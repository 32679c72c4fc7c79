//! What a soak does to processes.

use assay_network::disturbance::{Dice, Disturbances, Target};

const DRAWN: usize = 1_000;

#[test]
fn disturbances_should_be_the_same_when_the_seed_is() {
	let of = |seed| Disturbances::new(seed, 2).take(DRAWN).collect::<Vec<_>>();
	assert_eq!(of(7), of(7));
	assert_ne!(of(7), of(8));
}

#[test]
fn disturbances_should_reach_every_process_alone_and_together() {
	let drawn: Vec<_> = Disturbances::new(1, 2).take(DRAWN).map(|disturbance| disturbance.target).collect();
	let count = |target| drawn.iter().filter(|drawn| **drawn == target).count();
	for (target, share) in
		[(Target::Node, 2), (Target::Provider(0), 1), (Target::Provider(1), 1), (Target::Everything, 1)]
	{
		let expected = DRAWN * share / 5;
		assert!(count(target).abs_diff(expected) < DRAWN / 20, "{target}: {} of {DRAWN}", count(target));
	}
}

#[test]
fn dice_should_show_every_number_of_a_range_and_no_other() {
	let mut dice = Dice::new(3, "test");
	let thrown: Vec<_> = (0..DRAWN).map(|_| dice.throw(4..=7)).collect();
	assert!(thrown.iter().all(|number| (4..=7).contains(number)));
	assert!((4..=7).all(|number| thrown.contains(&number)));
	assert_eq!(dice.throw(9..=9), 9);
}
