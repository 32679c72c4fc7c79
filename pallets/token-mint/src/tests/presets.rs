//! The presets against what their networks have published, and against exact arithmetic over their whole life.

use super::reference::{assert_within_a_unit, big, decayed, exp2, ln, multiply, numbers, one, smooth_decay, Real};
use crate::{
	presets::{self, Path, Preset, Row, Rows},
	schedule::{Curve, Emission, Inputs, State},
};
use assay_primitives::Balance;
use sp_runtime::Perbill;

fn rows(preset: &Preset) -> Vec<Row> {
	preset.table().take(preset.count as usize).collect()
}

/// `preset` with one of its schedules.
fn only(mut preset: Preset, schedule: &str) -> Preset {
	preset.schedules.retain(|(name, _)| *name == schedule);
	assert_eq!(preset.schedules.len(), 1);
	preset
}

/// `amount` in tokens of that preset, rounded to so many digits after the point, as published numbers are.
fn rounded(amount: Balance, preset: &Preset, digits: u32) -> u128 {
	let unit = 10u128.pow(u32::from(preset.decimals) - digits);
	(amount + unit / 2) / unit
}

/// In hundredths of a million.
fn millions(amount: Balance, preset: &Preset) -> u128 {
	let unit = 10u128.pow(u32::from(preset.decimals) + 4);
	(amount + unit / 2) / unit
}

fn emission(preset: &Preset) -> &Emission {
	let [(_, emission)] = preset.schedules.as_slice() else { panic!("{} has several schedules", preset.name) };
	emission
}

fn at(emission: &Emission, period: u32) -> Balance {
	emission.cumulative(&State::default(), period)
}

#[test]
fn presets_should_be_found_by_name_and_stay_within_their_cap() {
	for name in Preset::NAMES {
		let preset = Preset::find(name).unwrap();
		assert_eq!(preset.name, name);
		let pools: Balance = preset.schedules.iter().map(|(_, emission)| emission.pool).sum();
		assert!(preset.issued_before + pools <= preset.cap, "{name}");
		for (_, emission) in &preset.schedules {
			emission.check().unwrap();
		}
		let rows = rows(&preset);
		assert_eq!(rows.len(), preset.count as usize);
		let mut sum = 0;
		for (number, row) in (1..).zip(rows) {
			sum += row.minted;
			assert_eq!((row.row, row.cumulative), (number, sum), "{name}");
		}
		assert!(sum <= pools);
	}
	assert!(Preset::find("nope").is_none());
	assert!(presets::aethir().schedule("nope").is_none());
}

#[test]
fn table_should_end_when_nothing_is_left_to_halve() {
	// From the 30th halving on a block would pay less than a unit.
	assert_eq!(presets::bittensor().table().count(), 30);
}

#[test]
fn table_should_be_cut_by_the_unit_that_is_asked_for() {
	let cut = |preset: Preset, unit| preset.by(unit).unwrap();
	let daily = cut(presets::bittensor(), "day");
	assert!(daily.table().take(1_458).all(|row| row.minted == 7_200_000_000_000));
	let mints = cut(presets::ao(), "period");
	assert!(mints.table().take(100).all(|row| row.cumulative == at(emission(&mints), row.row)));
	let (months, years) = (cut(presets::assay(), "month"), cut(presets::assay(), "year"));
	assert_eq!(months.table().nth(47).unwrap().cumulative, years.table().nth(3).unwrap().cumulative);
	assert!(presets::assay().by("fortnight").is_none());
}

#[test]
fn aethir_should_mint_the_published_daily_and_quarterly_pools() {
	let preset = presets::aethir();
	let base = rows(&only(preset.clone(), "base"));
	assert!(base.iter().all(|row| rounded(row.minted, &preset, 0) == 2_874_743));
	assert_eq!(rounded(base[1_460].cumulative, &preset, 0), 4_200_000_000);

	let quarters = Preset {
		rows: Rows::Blocks { length: preset.schedule("bonus").unwrap().period, unit: "quarter" },
		count: 16,
		..only(preset.clone(), "bonus")
	};
	assert!(rows(&quarters).iter().all(|row| rounded(row.minted, &preset, 2) == 13_125_000_000));
	assert_eq!(rows(&preset)[1_460].cumulative, preset.cap);
}

#[test]
fn aethir_should_be_exact_over_its_whole_life() {
	let preset = presets::aethir();
	for (name, periods) in [("base", 1_461u32), ("bonus", 16)] {
		let emission = preset.schedule(name).unwrap();
		for period in 0..periods + 10 {
			let exact = big(emission.pool) * period.min(periods) / periods;
			assert_eq!(big(at(emission, period)), exact);
		}
	}
}

#[test]
fn ionet_should_mint_the_published_months_and_years() {
	let preset = presets::ionet();
	let rows = rows(&preset);
	assert_eq!(rows[0].minted, 333_333_333 * 1_000_000);
	assert_eq!(rounded(rows[1].minted, &preset, 0), 3_299_497);
	// Published as ranges.
	assert!((3_266_003..=3_266_005).contains(&rounded(rows[2].minted, &preset, 0)));
	assert!((2_979_456..=2_979_464).contains(&rounded(rows[11].minted, &preset, 0)));

	// Published without the clamp of the last payment, which takes another 5,579 off the last year.
	let series = Emission { pool: Balance::MAX, ..emission(&preset).clone() };
	let year = 12 * 1_461;
	let years = (1..=20).map(|n| millions(at(&series, n * year) - at(&series, (n - 1) * year), &preset));
	let published = [
		3_784, 3_348, 2_962, 2_621, 2_319, 2_052, 1_815, 1_606, 1_421, 1_257, 1_112, 984, 871, 770, 682, 603, 534, 472,
		418, 370,
	];
	assert_eq!(years.collect::<Vec<_>>(), published);
	for (month, row) in (1..240).zip(&rows) {
		assert_eq!(row.cumulative, at(&series, month * 1_461));
	}
}

#[test]
fn ionet_should_clamp_the_last_payment_to_the_cap() {
	let preset = presets::ionet();
	let last = rows(&preset)[239];
	assert_eq!(last.cumulative, emission(&preset).pool);
	// The series would pay 290,990 in the last month and be 5,579 above the cap then (5,578.5 from 3,333,333.33 on).
	let series = Emission { pool: Balance::MAX, ..emission(&preset).clone() };
	let end = 240 * 1_461;
	assert_eq!(rounded(at(&series, end) - at(&series, end - 1_461), &preset, 0), 290_990);
	assert_eq!(rounded(at(&series, end), &preset, 1), 3_000_055_785);
	assert_eq!(rounded(last.minted, &preset, 0), 290_990 - 5_578);
	assert_eq!(at(&series, u32::MAX), at(&series, end));
}

/// What io.net's documents print as their formula multiplies the supply of the month before by a falling rate. It compounds.
#[test]
fn ionet_printed_formula_should_break_the_cap_and_ours_should_not() {
	let preset = presets::ionet();
	let places = 200;
	// 8 % a year, by the month.
	let mut rate = (big(8u8) << places) / 1_200u32;
	let mut supply = big(preset.issued_before) << places;
	for _ in 0..240 {
		supply += (&supply * &rate) >> places;
		rate = rate * 989_849_199u32 / 1_000_000_000u32;
	}
	let supply = Balance::try_from(supply >> places).unwrap();
	assert_eq!(millions(supply - preset.issued_before, &preset), 41_008);
	assert!(supply > preset.cap);

	for rows in [240, 241, 10_000] {
		let cumulative = preset.table().nth(rows - 1).unwrap().cumulative;
		assert_eq!(preset.issued_before + cumulative, preset.cap);
	}
}

#[test]
fn ionet_should_be_exact_to_a_unit_over_its_whole_life() {
	let preset = presets::ionet();
	let emission = emission(&preset);
	let (first, every) = (big(333_333_333_000_000u64), 1_461u32);
	// With the denominator 10^(9 k).
	let (mut sum, mut term, mut denominator) = (big(0u8), first, big(1u8));
	for month in 0..240 {
		for part in [0, 1, 2, 730, 1_459, 1_460].into_iter().chain(numbers(every).skip(month as usize).take(20)) {
			let exact = (&sum * every + &term * part) / (&denominator * every);
			let exact = Balance::try_from(exact).unwrap().min(emission.pool);
			let period = month * every + part;
			assert_within_a_unit(at(emission, period), exact, period);
		}
		sum = (sum + &term) * 1_000_000_000u32;
		term *= 989_849_199u32;
		denominator *= 1_000_000_000u32;
	}
}

#[test]
fn akash_should_keep_its_ceiling_and_maximum_supply() {
	let preset = presets::akash();
	let rows = rows(&preset);
	// 13 % a year, compounded by the hour: 230.8 M × (e^0.13 − 1).
	assert_eq!(millions(rows[0].minted, &preset), 3_204);
	let mut supply = preset.issued_before;
	for row in rows {
		// e^0.13 − 1 = 13.88 %.
		assert!(row.minted <= supply / 10_000 * 1_389);
		supply += row.minted;
	}
	assert_eq!(supply, 388_539_008_000_000);
}

#[test]
fn akash_should_be_exact_over_its_whole_life() {
	let preset = presets::akash();
	let emission = emission(&preset);
	let Path { bonded_ratio, .. } = preset.path;
	assert!(bonded_ratio < Perbill::from_percent(67));
	let (mut state, mut sum) = (State::default(), big(0u8));
	for period in 1.. {
		let total_issuance = preset.issued_before + state.minted;
		let inputs = Inputs { bonded_ratio, capacity: 0, total_issuance };
		// 13 % of everything for an hour, as fractions of 100 × 8,766.
		sum += big(total_issuance) * 13u8;
		let exact = Balance::try_from(&sum / 876_600u32).unwrap();
		assert_eq!(emission.advance(&mut state, period, &inputs), exact.min(emission.pool));
		if exact >= emission.pool {
			break;
		}
	}
	// A little more than four years.
	assert_eq!(state.period, 35_122);
	let inputs = Inputs { bonded_ratio, capacity: 0, total_issuance: preset.cap };
	assert_eq!(emission.advance(&mut state, u32::MAX, &inputs), emission.pool);
}

#[test]
fn bittensor_should_halve_at_the_published_issuances() {
	let preset = presets::bittensor();
	let rows = rows(&preset);
	let published = [10_500_000, 15_750_000, 18_375_000, 19_687_500, 20_343_750];
	for (row, published) in rows.iter().zip(published) {
		assert_eq!(row.cumulative, published * 1_000_000_000);
	}
	// 7,200 a day at first, 3,600 after the first halving, 1,800 after the second.
	let emission = emission(&preset);
	let day = 7_200;
	assert_eq!(at(emission, day), 7_200_000_000_000);
	let first = 10_500_000;
	assert_eq!(at(emission, first), rows[0].cumulative);
	assert_eq!(at(emission, first) - at(emission, first - day), 7_200_000_000_000);
	assert_eq!(at(emission, first + day) - at(emission, first), 3_600_000_000_000);
	assert_eq!(at(emission, 2 * first), rows[1].cumulative);
	assert_eq!(at(emission, 2 * first + day) - at(emission, 2 * first), 1_800_000_000_000);
}

#[test]
fn bittensor_should_be_exact_over_its_whole_life() {
	let preset = presets::bittensor();
	let emission = emission(&preset);
	let reward = |issued: Balance| {
		// The largest k with (supply − issued) × 2^k ≤ supply.
		let halvings = (0..64).take_while(|k| (preset.cap - issued) << k <= preset.cap).last().unwrap();
		1_000_000_000 >> halvings
	};
	let boundaries = (1..=30u32).flat_map(|halving| {
		let boundary = halving * 10_500_000;
		boundary - 200..boundary + 200
	});
	for period in (0..2_000).chain(boundaries).chain(numbers(340_000_000).take(4_000)) {
		let issued = at(emission, period);
		assert_eq!(at(emission, period + 1), issued + reward(issued), "period {period}");
	}
	assert_eq!(at(emission, u32::MAX), at(emission, u32::MAX - 1));
}

#[test]
fn ao_should_mint_the_published_amounts() {
	let preset = presets::ao();
	let emission = emission(&preset);
	// The vectors of a mint that takes a part of the rest each time, by a factor of 64 binary places: the closed form gives
	// the same to a millionth of a token.
	let mints = [1, 2, 3].map(|period| at(emission, period) - at(emission, period - 1));
	for (mint, published) in mints.into_iter().zip([34_594_072_748_791u128, 34_594_015_760_702, 34_593_958_772_707]) {
		assert!(mint.abs_diff(published) < 1_000_000, "{mint} and {published}");
	}
	let rows = rows(&preset);
	assert_eq!(rounded(rows[0].minted, &preset, 3), 9_960_738);
	// Half after four years.
	assert_eq!(rows[1_460].cumulative, 10_500_000_000_000_000_000);
	// A year of 365.25 days: 3,341,175.28.
	assert_eq!(rounded(at(emission, 105_192), &preset, 2), 334_117_528);
	// 15 % after 342.554 days of 288 periods: within a thousandth of a day.
	let part = 3_150_000_000_000_000_000;
	assert!(at(emission, 98_655) < part && at(emission, 98_656) >= part);
	assert_eq!((98_656 * 1_000 + 144) / 288, 342_556);
}

#[test]
fn ao_should_have_minted_before_it_was_announced() {
	let preset = presets::ao();
	let emission = emission(&preset);
	// 27 February to 13 June 2024: reported were 1.0387 million, computed 1.0387 to 1.0394 million.
	assert_eq!(emission.periods_at(0), 107 * 288);
	assert_eq!(rounded(at(emission, emission.periods_at(0)), &preset, 0) / 100, 10_394);
}

#[test]
fn render_should_mint_the_published_years() {
	let preset = presets::render();
	let rows = rows(&preset);
	let published = [9_126_804_000, 5_900_000_000, 5_900_000_000, 5_575_500_000, 5_268_847_500];
	for (row, published) in rows.iter().zip(published) {
		assert_eq!(row.minted, published * 100_000);
	}
	// 760,567 a month in the first year.
	assert_eq!(rounded(at(emission(&preset), 8_766) / 12, &preset, 0), 760_567);
	assert_eq!(rows[39].cumulative, 107_374_182 * 100_000_000);
}

#[test]
fn render_should_be_exact_to_a_unit_over_its_whole_life() {
	let preset = presets::render();
	let emission = emission(&preset);
	let every = 8_766u32;
	let token = 100_000_000u64;
	for year in 0..45u32 {
		// What was minted before the year and what is minted in it, with the denominator 1000^k.
		let mut amounts = vec![9_126_804, 5_900_000, 5_900_000].into_iter().map(|amount| big(amount * token));
		let (mut before, mut term, mut denominator) = (big(0u8), amounts.next().unwrap(), big(1u8));
		for _ in 0..year {
			before += &term;
			term = amounts.next().unwrap_or_else(|| {
				before *= 1_000u32;
				denominator *= 1_000u32;
				&term * 945u32
			});
		}
		for part in [0, 1, 2, 4_383, 8_764, 8_765].into_iter().chain(numbers(every).skip(year as usize).take(100)) {
			let exact = (&before * every + &term * part) / (&denominator * every);
			let exact = Balance::try_from(exact).unwrap().min(emission.pool);
			let period = year * every + part;
			assert_within_a_unit(at(emission, period), exact, period);
		}
	}
}

#[test]
fn filecoin_should_mint_the_published_simple_part() {
	let preset = only(presets::filecoin(), "simple");
	let rows = rows(&preset);
	assert_eq!(millions(rows[0].minted, &preset) / 10, 360);
	assert_eq!(rows[5].cumulative, 165_000_000_000_000_000_000_000_000);
	// The reward of the first epoch: 36.266 FIL.
	assert_eq!(rounded(at(emission(&preset), 1), &preset, 3), 36_266);
}

#[test]
fn filecoin_should_mint_the_baseline_like_the_simple_part_while_it_is_met() {
	let preset = only(presets::filecoin(), "baseline");
	let years = rows(&preset);
	for (row, halving_part) in years.iter().zip([8_401, 15_885]) {
		assert_eq!(millions(row.cumulative, &preset), halving_part);
		let simple = smooth_decay(emission(&preset).pool, 6, row.row);
		assert_within_a_unit(row.cumulative, simple, row.row);
	}
	// From then on it falls behind.
	assert!(years[2].cumulative < smooth_decay(emission(&preset).pool, 6, 3));
	// With nothing there, nothing is minted; with more than enough, half of it within six years.
	let with = |capacity| Preset { path: Path { capacity, ..preset.path }, ..preset.clone() };
	assert_eq!(with(0).table().nth(5).unwrap().cumulative, 0);
	let half = with(u128::MAX).table().nth(5).unwrap().cumulative;
	assert_within_a_unit(half, emission(&preset).pool / 2, 6);
}

#[test]
fn filecoin_should_be_exact_to_a_unit_over_its_whole_life() {
	let preset = presets::filecoin();
	let year = 1_051_200u32;
	let simple = preset.schedule("simple").unwrap();
	let baseline = preset.schedule("baseline").unwrap();
	let inputs = Inputs { capacity: preset.path.capacity, ..Default::default() };
	let step: Real = exp2(1, year.into()) - one();
	// The capacity is four times the first baseline: that is what the baseline comes to after two years, exactly.
	let reach = |period: u32| {
		let met = period.min(2 * year);
		exp2(met.into(), year.into()) + &step * (period - met) * 4u8
	};
	assert_eq!(multiply(&one(), &reach(0)), one());
	let life = 6 * year * 90;
	let around = (0..=10).flat_map(|n| [n * year + 1, n * year + 2, (n + 1) * year - 1]);
	let periods = (1..200).chain(around).chain(numbers(10 * year).take(250)).chain(numbers(life).take(250));
	let mut periods: Vec<_> = periods.chain([life, u32::MAX - 1, u32::MAX]).collect();
	periods.sort();
	let mut state = State::default();
	for period in periods {
		assert_within_a_unit(at(simple, period), smooth_decay(simple.pool, 6 * year, period), period);
		let exact = decayed(baseline.pool, &(ln(&reach(period)) / 6u8));
		// In one go, and by all the steps up to here.
		assert_within_a_unit(baseline.advance(&mut State::default(), period, &inputs), exact, period);
		assert_within_a_unit(baseline.advance(&mut state, period, &inputs), exact, period);
	}
}

#[test]
fn helium_should_mint_the_published_months() {
	let preset = presets::helium();
	for row in rows(&preset) {
		let halvings = (row.row - 1) / 24;
		assert_eq!(row.minted, 500_000_000_000_000 >> halvings, "month {}", row.row);
	}
	// 240 million in theory: a unit less.
	assert_eq!(at(emission(&preset), u32::MAX), 240_000_000 * 100_000_000 - 1);
}

#[test]
fn helium_should_be_exact_over_its_whole_life() {
	let preset = presets::helium();
	let emission = emission(&preset);
	let (first, every) = (big(12_000_000_000_000_000u64), 35_064u32);
	for period in (0..10_000).chain(numbers(every * 60).take(4_000)) {
		let (halvings, part) = (period / every, period % every);
		let denominator = big(every) << halvings;
		let exact = (&first * 2u8 * &denominator - &first * (2 * every - part)) / denominator;
		assert_eq!(big(at(emission, period)), exact);
	}
}

#[test]
fn smooth_decays_should_be_exact_to_a_unit_over_their_whole_life() {
	for preset in [presets::ao(), presets::assay()] {
		let emission = emission(&preset);
		let Curve::SmoothDecay { half_life } = emission.curve else { panic!("{} is no smooth decay", preset.name) };
		let boundaries = (0..100).flat_map(|n| [n * half_life, n * half_life + 1, (n + 1) * half_life - 1]);
		let periods = (0..500).chain(boundaries).chain(numbers(half_life * 10).take(500));
		for period in periods.chain(numbers(half_life * 100).take(300)).chain([u32::MAX]) {
			assert_within_a_unit(at(emission, period), smooth_decay(emission.pool, half_life, period), period);
		}
	}
}

#[test]
fn assay_should_mint_half_in_four_years() {
	let preset = presets::assay();
	let rows = rows(&preset);
	assert_eq!(rows[3].cumulative, 300_000_000_000_000_000_000);
	assert_eq!(rows[7].cumulative, 450_000_000_000_000_000_000);
	assert_eq!(preset.issued_before + emission(&preset).pool, preset.cap);
	assert_eq!(emission(&preset).period, 50);
}
