//! Amounts that are spread evenly over periods. Exact values, rounded down to a whole unit.

use super::{geometric, TableRow};
use assay_primitives::Balance;
use sp_core::U256;
use sp_runtime::Perbill;

/// Units minted by the end of `period`, when `amount` is minted every `periods`, evenly. Nothing when these are none.
pub(super) fn cumulative(amount: Balance, periods: u32, period: u32) -> Balance {
	U256::from(amount)
		.saturating_mul(period.into())
		.checked_div(periods.into())
		.and_then(|minted| minted.try_into().ok())
		.unwrap_or(if periods == 0 { 0 } else { Balance::MAX })
}

/// Units minted by the end of `period`, when each row's amount is spread over its periods and, with a factor given, the
/// last row begins a geometric series.
///
/// The division of a row's amount leaves nothing behind: at the row's end all of it is minted. O(rows).
pub(super) fn table(rows: &[TableRow], then: Option<Perbill>, period: u32) -> Balance {
	let (last, before) = match (rows.split_last(), then) {
		(Some((last, before)), Some(factor)) => (Some((last, factor)), before),
		_ => (None, rows),
	};
	let (left, minted) = before.iter().fold((period, 0), |(left, minted): (u32, Balance), row| {
		let amount = cumulative(row.amount, row.periods, left.min(row.periods));
		(left.saturating_sub(row.periods), minted.saturating_add(amount))
	});
	let series = last.map_or(0, |(row, factor)| geometric::cumulative(row.amount, factor, row.periods, left));
	minted.saturating_add(series)
}
