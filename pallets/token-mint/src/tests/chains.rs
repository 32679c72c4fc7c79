//! Chains that mint by the presets: each preset's schedules under its cap and on its supply, with hooks that run now and then.

use crate::{
	mock::*,
	presets::{self, Preset},
	schedule::State,
	AllProgress, EmissionInputs, GenesisConfig, Progress,
};
use assay_primitives::Balance;
use frame_support::traits::Hooks;

const HOUR: u32 = 600;
const DAY: u32 = 24 * HOUR;
const YEAR: u32 = 8_766 * HOUR;

/// Blocks in which hooks run: all at first, then fewer and fewer, over eighty years.
fn blocks() -> impl Iterator<Item = u32> {
	let apart = [2, 3, 4, 5, 6, 7, 51, 299, 300, HOUR + 1, HOUR + 2, DAY, 3 * DAY + 17, 30 * DAY];
	let years = [1, 2, 3, 4, 7, 8, 10, 20, 40, 80];
	apart.into_iter().chain(years.map(|year| year * YEAR + 11))
}

/// Begin a chain with the schedules, the cap and the supply of `preset`, and the network that it assumes.
fn on_chain<R>(preset: &Preset, test: impl FnOnce() -> R) -> R {
	reset();
	Cap::set(preset.cap);
	GenesisSupply::set(preset.issued_before);
	Schedules::set(preset.chain_schedules());
	BondedRatio::set(preset.path.bonded_ratio);
	Capacity::set(preset.path.capacity);
	check_after(genesis(GenesisConfig::default(), preset.issued_before), test)
}

/// Execute `block`, advance `states` with what the network was before it, and see that the chain has done the same.
fn execute(preset: &Preset, states: &mut [State], block: u32) {
	let name = preset.name;
	let inputs = Network::inputs();
	skip_to(block);
	TokenMint::do_try_state().unwrap();
	let mut sum = 0;
	let schedules = Schedules::get();
	assert_eq!(schedules.len(), preset.schedules.len());
	for (schedule, state) in schedules.iter().zip(states) {
		let emission = &schedule.emission;
		let period = emission.periods_at(block.into());
		emission.advance(state, period, &inputs);
		let Progress { state: on_chain, minted, withheld, .. } = progress(schedule.id);
		assert_eq!((on_chain, withheld), (*state, 0), "{name} in block {block}");
		assert_eq!(minted, emission.cumulative(state, period), "{name} in block {block}");
		assert_eq!(TokenMint::emission(schedule.id, period), Some(minted));
		assert_eq!(TokenMint::emission(schedule.id, period + 1).is_none(), emission.is_stateful());
		assert!(minted <= emission.pool, "{name} in block {block}");
		sum += minted;
	}
	assert_eq!((TokenMint::minted(), Balances::total_issuance()), (sum, preset.issued_before + sum));
	assert!(Balances::total_issuance() <= preset.cap, "{name} in block {block}");
}

#[test]
fn chains_should_mint_what_any_preset_says_when_blocks_are_skipped() {
	for name in Preset::NAMES {
		let preset = Preset::find(name).unwrap();
		on_chain(&preset, || {
			TokenMint::integrity_test();
			let mut states = vec![State::default(); preset.schedules.len()];
			for block in blocks() {
				if block > System::block_number() {
					execute(&preset, &mut states, block);
				}
				for schedule in preset.chain_schedules() {
					let next = TokenMint::next_mint(schedule.id).unwrap();
					let before = progress(schedule.id).minted;
					execute(&preset, &mut states, next.at);
					let Progress { state, minted, .. } = progress(schedule.id);
					assert_eq!((state.period, minted - before), (next.period, next.amount), "{name}");
				}
			}
			assert!(TokenMint::minted() > 0, "{name}");
		});
	}
}

#[test]
fn chains_should_come_to_the_same_however_many_blocks_are_skipped() {
	for name in Preset::NAMES {
		let preset = Preset::find(name).unwrap();
		if name == "akash" {
			// Its inflation is of what there is, and so compounded by the mint.
			continue;
		}
		let run = |blocks: &[u32]| {
			on_chain(&preset, || {
				blocks.iter().for_each(|block| skip_to(*block));
				AllProgress::<Test>::get().into_inner()
			})
		};
		let all: Vec<_> = blocks().collect();
		let [once, often] = [&all[all.len() - 1..], &all].map(run);
		for (once, often) in once.iter().zip(&often) {
			// A baseline's state rounds in each advance.
			assert!(once.minted.abs_diff(often.minted) <= 1, "{name}: {once:?} and {often:?}");
		}
		assert!(name == "filecoin" || once == often, "{name}: {once:?} and {often:?}");
	}
}

#[test]
fn chain_should_mint_in_its_first_block_what_ao_had_when_it_was_announced() {
	let preset = presets::ao();
	on_chain(&preset, || {
		skip_to(2);
		assert_eq!(last_period(), 107 * 288);
		// 1.0394 million.
		assert_eq!(minted() / 10u128.pow(14), 10_394);
	});
}

#[test]
fn chain_should_never_mint_more_than_akash_has_left() {
	let preset = presets::akash();
	on_chain(&preset, || {
		skip_to(40 * YEAR);
		let left: Balance = preset.cap - preset.issued_before;
		assert_eq!((minted(), Balances::total_issuance()), (left, preset.cap));
	});
}
