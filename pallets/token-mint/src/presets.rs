//! Schedules that networks have published, and our own, as data for [`crate::schedule`].
//!
//! They are here to be held against the published tables (`scripts/emission.sh`, docs/emission.md) and to be taken over by
//! whoever starts a chain with one of them. Times are counted in blocks of six seconds. What a source leaves open is an
//! assumption and says so. References are to the sections of the project's collection of protocol facts, which name the
//! documents that they are from.

use crate::{
	schedule::{Baseline, Curve, Emission, Inputs, State, TableRow, TargetRatio, MAX_POOL},
	ChainSchedule, ScheduleId,
};
use alloc::{vec, vec::Vec};
use assay_primitives::Balance;
use frame_support::BoundedVec;
use sp_runtime::{traits::Zero, Perbill};

/// Blocks of six seconds in half an hour: the longest even period of which a mean month has a whole number.
const HALF_HOUR: u32 = 300;
/// Blocks in an hour.
const HOUR: u32 = 600;
/// Blocks in a day.
const DAY: u32 = 24 * HOUR;
/// Blocks in a mean month, a twelfth of [`YEAR`]: 1,461 half hours.
const MONTH: u32 = YEAR / 12;
/// Blocks in a mean year of 365.25 days.
const YEAR: u32 = 8_766 * HOUR;

/// A network's emission.
#[derive(Clone, Debug)]
pub struct Preset {
	/// What it is called by.
	pub name: &'static str,
	/// Where its numbers are from.
	pub source: &'static str,
	/// Decimals of its token.
	pub decimals: u8,
	/// Units that may exist in the end, of which `issued_before` were there before the first period.
	pub cap: Balance,
	/// Units in existence before the first period that count into the cap.
	pub issued_before: Balance,
	/// What is minted, in parts that are added up. The names are unique.
	pub schedules: Vec<(&'static str, Emission)>,
	/// How its published table is cut into rows.
	pub rows: Rows,
	/// Rows that are printed unless one asks for another number.
	pub count: u32,
	/// The path that the network is assumed to take.
	pub path: Path,
}

/// How a table is cut into rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rows {
	/// One for so many blocks.
	Blocks {
		/// Length of a row; more than zero.
		length: u32,
		/// What people call it.
		unit: &'static str,
	},
	/// One for each halving of what is not issued: it ends with the first period by whose end half, three quarters, seven
	/// eighths ... of the cap are issued.
	Halvings,
}

/// What is assumed of a network on whose course the emission depends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Path {
	/// Part of all tokens that is bonded.
	pub bonded_ratio: Perbill,
	/// Verified capacity.
	pub capacity: u128,
	/// Blocks between two looks at it, or zero for one look a row.
	pub step: u32,
}

/// A row of a preset's table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
	/// Number of the row, from 1.
	pub row: u32,
	/// Units minted in it.
	pub minted: Balance,
	/// Units minted by its end.
	pub cumulative: Balance,
}

impl Preset {
	/// Names of all presets.
	pub const NAMES: [&'static str; 9] =
		["aethir", "ionet", "akash", "bittensor", "ao", "render", "filecoin", "helium", "assay"];

	/// The preset of that name.
	pub fn find(name: &str) -> Option<Self> {
		Some(match name {
			"aethir" => aethir(),
			"ionet" => ionet(),
			"akash" => akash(),
			"bittensor" => bittensor(),
			"ao" => ao(),
			"render" => render(),
			"filecoin" => filecoin(),
			"helium" => helium(),
			"assay" => assay(),
			_ => return None,
		})
	}

	/// The emission of the schedule of that name.
	pub fn schedule(&self, name: &str) -> Option<&Emission> {
		self.schedules.iter().find(|(other, _)| *other == name).map(|(_, emission)| emission)
	}

	/// Its schedules for a chain to mint by, with ids from 0 on. The chain's cap and genesis supply are `cap` and
	/// `issued_before`.
	pub fn chain_schedules(&self) -> Vec<ChainSchedule> {
		let ids = (0..=u8::MAX).map(ScheduleId);
		let emissions = self.schedules.iter().map(|(_, emission)| emission.clone());
		ids.zip(emissions).map(|(id, emission)| ChainSchedule { id, emission }).collect()
	}

	/// The same with its table cut by `unit`: a `period` of its first schedule, a `day`, a `month` or a `year`.
	pub fn by(mut self, unit: &str) -> Option<Self> {
		let (length, unit) = match unit {
			"period" => (self.schedules.first()?.1.period, "period"),
			"day" => (DAY, "day"),
			"month" => (MONTH, "month"),
			"year" => (YEAR, "year"),
			_ => return None,
		};
		self.rows = Rows::Blocks { length, unit };
		Some(self)
	}

	/// Its table, counted from its schedules' start; it ends early when there is nothing more to halve.
	pub fn table(&self) -> Table<'_> {
		Table { preset: self, states: vec![State::default(); self.schedules.len()], block: 0, row: 0, cumulative: 0 }
	}
}

/// The rows of a preset's table, one after the other.
#[derive(Clone, Debug)]
pub struct Table<'a> {
	preset: &'a Preset,
	states: Vec<State>,
	block: u64,
	row: u32,
	cumulative: Balance,
}

impl Table<'_> {
	/// Units minted within so many blocks from the start.
	fn cumulative_at(&mut self, block: u64) -> Balance {
		let Path { bonded_ratio, capacity, step } = self.preset.path;
		let step = if step == 0 { u64::MAX } else { u64::from(step) };
		let mut minted = self.cumulative;
		while self.block < block {
			self.block = self.block.saturating_add(step).min(block);
			let total_issuance = self.preset.issued_before.saturating_add(minted);
			let inputs = Inputs { bonded_ratio, capacity, total_issuance };
			let states = self.states.iter_mut().zip(&self.preset.schedules);
			minted = states.fold(0, |sum: Balance, (state, (_, emission))| {
				let period = self.block.checked_div(emission.period.into()).unwrap_or_default();
				sum.saturating_add(emission.advance(state, period.try_into().unwrap_or(u32::MAX), &inputs))
			});
		}
		minted
	}

	/// Units minted by the end of the first period by which the cap has been halved `row` times.
	fn cumulative_at_halving(&self, row: u32) -> Option<Balance> {
		let [(_, emission)] = self.preset.schedules.as_slice() else { return None };
		let rest = self.preset.cap.checked_shr(row).filter(|rest| !rest.is_zero())?;
		let mark = self.preset.cap.saturating_sub(rest).saturating_sub(self.preset.issued_before);
		let at = |period| emission.cumulative(&State::default(), period);
		let (mut low, mut high) = (0, u32::MAX);
		while low < high {
			let middle = u32::midpoint(low, high);
			if at(middle) < mark {
				low = middle.saturating_add(1);
			} else {
				high = middle;
			}
		}
		Some(at(low)).filter(|minted| *minted >= mark)
	}
}

impl Iterator for Table<'_> {
	type Item = Row;

	fn next(&mut self) -> Option<Row> {
		let row = self.row.checked_add(1)?;
		let cumulative = match self.preset.rows {
			Rows::Blocks { length, .. } => self.cumulative_at(u64::from(length).saturating_mul(row.into())),
			Rows::Halvings => self.cumulative_at_halving(row)?,
		};
		let minted = cumulative.saturating_sub(self.cumulative);
		(self.row, self.cumulative) = (row, cumulative);
		Some(Row { row, minted, cumulative })
	}
}

/// So many whole tokens, in units.
const fn tokens(number: u128, decimals: u8) -> Balance {
	number.saturating_mul(10u128.saturating_pow(decimals as u32))
}

/// Aethir's checker rewards: 10 % of 42 × 10⁹ ATH over four years by the day, and 5 % by the quarter.
///
/// The other parts of its emission are not here: their decay has not been published.
pub fn aethir() -> Preset {
	let total = |percent: u128| tokens(42_000_000_000 / 100 * percent, 18);
	// Four years of 365.25 days are 1,461 days.
	let base =
		Emission { curve: Curve::Flat { amount: total(10), periods: 1_461 }, pool: total(10), period: DAY, start: 0 };
	let bonus =
		Emission { curve: Curve::Flat { amount: total(5), periods: 16 }, pool: total(5), period: YEAR / 4, start: 0 };
	Preset {
		name: "aethir",
		source: "docs.aethir.com, checker guide (depin.md 1.6, 1.9)",
		decimals: 18,
		cap: total(15),
		issued_before: 0,
		schedules: vec![("base", base), ("bonus", bonus)],
		rows: Rows::Blocks { length: DAY, unit: "day" },
		count: 1_461,
		path: Path::default(),
	}
}

/// io.net: 240 months from 3,333,333.33 IO on, each 0.989849199 of the one before, out of 300 million.
pub fn ionet() -> Preset {
	let pool = tokens(300_000_000, 8);
	let emission = Emission {
		curve: Curve::Disinflation {
			first: tokens(333_333_333, 6),
			factor: Perbill::from_parts(989_849_199),
			every: MONTH / HALF_HOUR,
			steps: 240,
		},
		pool,
		period: HALF_HOUR,
		start: 0,
	};
	Preset {
		name: "ionet",
		source: "ionet-official/docs, monthly token emission schedule (depin.md 3.1)",
		decimals: 8,
		cap: tokens(800_000_000, 8),
		issued_before: tokens(500_000_000, 8),
		schedules: vec![("rewards", emission)],
		rows: Rows::Blocks { length: MONTH, unit: "month" },
		count: 240,
		path: Path::default(),
	}
}

/// Akash: x/mint, with a ceiling of 13 % a year, out of what 388,539,008 AKT leave.
///
/// The article of March 2024 gives the ceiling, both supplies and the bonded ratio. Goal, floor and change are assumed: they
/// are the module's defaults. The ratio is assumed to stay where it is; as it is below the goal, inflation then stays at
/// its ceiling until nothing is left.
pub fn akash() -> Preset {
	let (cap, issued_before) = (tokens(388_539_008, 6), tokens(230_800_000, 6));
	let emission = Emission {
		curve: Curve::TargetRatio(TargetRatio {
			initial: Perbill::from_percent(13),
			floor: Perbill::from_percent(7),
			ceiling: Perbill::from_percent(13),
			goal: Perbill::from_percent(67),
			change: Perbill::from_percent(13),
			year: YEAR / HOUR,
		}),
		pool: cap.saturating_sub(issued_before),
		period: HOUR,
		start: 0,
	};
	Preset {
		name: "akash",
		source: "article of March 2024, Cosmos SDK x/mint (protocols.md 1.8)",
		decimals: 6,
		cap,
		issued_before,
		schedules: vec![("inflation", emission)],
		rows: Rows::Blocks { length: YEAR, unit: "year" },
		count: 10,
		path: Path { bonded_ratio: Perbill::from_parts(578_000_000), capacity: 0, step: HOUR },
	}
}

/// Bittensor: one TAO every twelve seconds, halved whenever half of what was left of 21 million is issued.
pub fn bittensor() -> Preset {
	let cap = tokens(21_000_000, 9);
	let emission = Emission {
		curve: Curve::HalvingByIssuance { first: tokens(1, 9), supply: cap, issued_before: 0 },
		pool: cap,
		period: 2,
		start: 0,
	};
	Preset {
		name: "bittensor",
		source: "opentensor/subtensor, coinbase/block_emission.rs (protocols.md 2.1)",
		decimals: 9,
		cap,
		issued_before: 0,
		schedules: vec![("emission", emission)],
		rows: Rows::Halvings,
		count: 16,
		path: Path::default(),
	}
}

/// AO: 21 million in 5-minute periods with a half-life of four years, from 27 February 2024 on and so 107 days before it was
/// announced on 13 June.
pub fn ao() -> Preset {
	let cap = tokens(21_000_000, 12);
	let emission = Emission {
		curve: Curve::SmoothDecay { half_life: 4 * YEAR / 50 },
		pool: cap,
		period: 50,
		start: -107 * DAY as i64,
	};
	Preset {
		name: "ao",
		source: "AO whitepaper and protocol specification (protocols.md 3.1, 8)",
		decimals: 12,
		cap,
		issued_before: 0,
		schedules: vec![("mint", emission)],
		rows: Rows::Blocks { length: DAY, unit: "day" },
		count: 1_461,
		path: Path::default(),
	}
}

/// Render: 9,126,804 RENDER in the first year, 5.9 million in the second and the third, then 0.945 of the year before, out
/// of 107,374,182.
pub fn render() -> Preset {
	let hours = YEAR / HOUR;
	let rows = [9_126_804, 5_900_000, 5_900_000].map(|amount| TableRow { periods: hours, amount: tokens(amount, 8) });
	let pool = tokens(107_374_182, 8);
	let emission = Emission {
		curve: Curve::Table {
			rows: BoundedVec::truncate_from(rows.to_vec()),
			then: Some(Perbill::from_parts(945_000_000)),
		},
		pool,
		period: HOUR,
		start: 0,
	};
	Preset {
		name: "render",
		source: "RNP-001, -006, -018, -022 (depin.md 4.4)",
		decimals: 8,
		cap: tokens(644_245_094, 8),
		issued_before: tokens(536_870_912, 8),
		schedules: vec![("emission", emission)],
		rows: Rows::Blocks { length: YEAR, unit: "year" },
		count: 40,
		path: Path::default(),
	}
}

/// Filecoin: 330 million by a smooth decay with a half-life of six years, and 770 million by the baseline; 30-second epochs,
/// years of 365 days.
///
/// How the capacity develops is assumed: it stands at four times the initial baseline, about 10 EiB. It meets the baseline for
/// two years, in which the baseline minting is a smooth decay too, and then misses it by more and more.
pub fn filecoin() -> Preset {
	const EPOCHS: u32 = 1_051_200;
	const BASELINE: u128 = 2_888_888_880_000_000_000;
	let (simple, baseline) = (tokens(330_000_000, 18), tokens(770_000_000, 18));
	let emission = |curve, pool| Emission { curve, pool, period: 5, start: 0 };
	let half_life = 6 * EPOCHS;
	let schedules = vec![
		("simple", emission(Curve::SmoothDecay { half_life }, simple)),
		("baseline", emission(Curve::Baseline(Baseline { half_life, initial: BASELINE, doubling: EPOCHS }), baseline)),
	];
	Preset {
		name: "filecoin",
		source: "filecoin-project/builtin-actors, actors/reward (depin.md 6)",
		decimals: 18,
		cap: simple.saturating_add(baseline),
		issued_before: 0,
		schedules,
		rows: Rows::Blocks { length: 5 * EPOCHS, unit: "year" },
		count: 30,
		path: Path { bonded_ratio: Perbill::zero(), capacity: 4 * BASELINE, step: 0 },
	}
}

/// Helium: 5 million HNT a month from 1 August 2021 on, halved every two years; 240 million in all.
pub fn helium() -> Preset {
	let emission = Emission {
		curve: Curve::HalvingByTime { first: tokens(24 * 5_000_000, 8), every: 2 * YEAR / HALF_HOUR },
		pool: tokens(240_000_000, 8),
		period: HALF_HOUR,
		start: 0,
	};
	Preset {
		name: "helium",
		source: "HIP-20 (depin.md 5)",
		decimals: 8,
		cap: tokens(240_000_000, 8),
		issued_before: 0,
		schedules: vec![("emission", emission)],
		rows: Rows::Blocks { length: MONTH, unit: "month" },
		count: 240,
		path: Path::default(),
	}
}

/// Our own chain: 600 million of 1,000 million in 50-block periods with a half-life of four years.
pub fn assay() -> Preset {
	let emission = Emission {
		curve: Curve::SmoothDecay { half_life: 4 * YEAR / 50 },
		pool: tokens(600_000_000, 12),
		period: 50,
		start: 0,
	};
	Preset {
		name: "assay",
		source: "the design of token-mint",
		decimals: 12,
		cap: tokens(1_000_000_000, 12),
		issued_before: tokens(400_000_000, 12),
		schedules: vec![("emission", emission)],
		rows: Rows::Blocks { length: YEAR, unit: "year" },
		count: 40,
		path: Path::default(),
	}
}

// The error bounds of all curves hold for every preset: 42 × 10⁹ tokens of 18 decimals are the most.
const _: () = assert!(tokens(42_000_000_000, 18) <= MAX_POOL);
