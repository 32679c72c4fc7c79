//! At which price a provider bids.

use crate::{
	amount::Amount,
	chain::model::{BlockNumber, Payment},
};

pub use crate::fraction::Share;

/// Prices are given for this much gas.
const GAS_PER_PRICE: u128 = 1_000_000;

/// A provider's prices: it asks for `ask` and, when others bid lower, goes down in steps to `floor`.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
	/// Price of a million gas to begin with.
	pub ask: Amount,
	/// Price of a million gas below which the work does not pay.
	pub floor: Amount,
	/// By how much to go below the best bid of another provider.
	pub step: Share,
}

/// A provider's prices by what jobs are paid with.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
	/// For native tokens.
	pub native: Policy,
	/// For what is counted in millionths of a US dollar, if it takes that at all.
	pub dollars: Option<Policy>,
}

impl Prices {
	/// The prices for jobs that are paid with `payment`.
	pub const fn of(&self, payment: Payment) -> Option<&Policy> {
		match payment {
			Payment::Native => Some(&self.native),
			Payment::Stable | Payment::Credits => self.dollars.as_ref(),
			Payment::Other => None,
		}
	}

	/// What `native` tokens come to in `payment`, by what the same gas costs in both.
	pub fn convert(&self, native: Amount, payment: Payment) -> u128 {
		match (payment, &self.dollars) {
			(Payment::Stable | Payment::Credits, Some(dollars)) => {
				native.0.saturating_mul(dollars.ask.0).checked_div(self.native.ask.0).unwrap_or_default()
			},
			_ => native.0,
		}
	}
}

/// What a provider asks of a job besides the price of its gas. A job has a slot from the first bid until it is paid for.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
	/// The least pay for a whole job, in native tokens: bid, commitment and claim each cost a fee, however small the job is.
	pub least: Amount,
	/// The longest auction, in blocks.
	pub max_auction: BlockNumber,
	/// The longest review, in blocks.
	pub max_review: BlockNumber,
	/// The lowest reputation of clients.
	pub min_client: Share,
}

/// What is for sale, and how the auction stands.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
	/// The gas of one unit.
	pub gas_per_unit: u64,
	/// The highest price per unit.
	pub ceiling: u128,
	/// The least price per unit for which the job pays as a whole.
	pub least: u128,
	/// The best bid so far, by somebody else.
	pub best: Option<u128>,
	/// By how much the chain wants the best bid improved.
	pub min_improvement: Share,
}

impl Policy {
	/// The price per unit to bid; `None` when the job does not pay or the price has fallen too low.
	pub fn price(&self, auction: &Auction) -> Option<u128> {
		let unit =
			|price: Amount| price.0.saturating_mul(u128::from(auction.gas_per_unit)).div_ceil(GAS_PER_PRICE).max(1);
		let floor = unit(self.floor).max(auction.least);
		let highest = match auction.best {
			None => auction.ceiling,
			Some(best) => best.checked_sub(auction.min_improvement.of(best).max(1))?.min(auction.ceiling),
		};
		if floor > highest {
			return None;
		}
		let wanted = match auction.best {
			None => unit(self.ask),
			Some(best) => unit(self.ask).min(best.saturating_sub(self.step.of(best))),
		};
		Some(wanted.clamp(floor, highest))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const POLICY: Policy = Policy { ask: Amount(1_000), floor: Amount(600), step: Share(50_000_000) };

	fn auction(ceiling: u128, best: Option<u128>) -> Auction {
		Auction { gas_per_unit: 2_000_000, ceiling, least: 0, best, min_improvement: Share::percent(1) }
	}

	#[test]
	fn policy_should_ask_its_price_when_nobody_has_bid() {
		assert_eq!(POLICY.price(&auction(10_000, None)), Some(2_000));
	}

	#[test]
	fn policy_should_take_the_ceiling_when_it_lies_between_floor_and_ask() {
		assert_eq!(POLICY.price(&auction(1_500, None)), Some(1_500));
	}

	#[test]
	fn policy_should_stay_away_when_the_ceiling_is_below_its_floor() {
		assert_eq!(POLICY.price(&auction(1_199, None)), None);
		assert_eq!(POLICY.price(&auction(1_200, None)), Some(1_200));
	}

	#[test]
	fn policy_should_go_below_another_bid_by_its_step() {
		assert_eq!(POLICY.price(&auction(10_000, Some(2_000))), Some(1_900));
		// It does not give away more than it must when the other is dearer than its own price.
		assert_eq!(POLICY.price(&auction(10_000, Some(5_000))), Some(2_000));
	}

	#[test]
	fn policy_should_improve_as_much_as_the_chain_demands_when_its_step_is_smaller() {
		let policy = Policy { step: Share(0), ..POLICY };
		assert_eq!(policy.price(&auction(10_000, Some(2_000))), Some(1_980));
		assert_eq!(policy.price(&Auction { min_improvement: Share(0), ..auction(10_000, Some(2_000)) }), Some(1_999));
	}

	#[test]
	fn policy_should_end_at_its_floor_and_then_give_up() {
		assert_eq!(POLICY.price(&auction(10_000, Some(1_230))), Some(1_200));
		assert_eq!(POLICY.price(&auction(10_000, Some(1_205))), None);
		assert_eq!(POLICY.price(&auction(10_000, Some(1_200))), None);
		assert_eq!(POLICY.price(&auction(10_000, Some(0))), None);
	}

	#[test]
	fn policy_should_ask_more_for_gas_when_the_job_would_not_pay_as_a_whole() {
		let small = |ceiling, best| Auction { least: 5_000, ..auction(ceiling, best) };
		assert_eq!(POLICY.price(&small(10_000, None)), Some(5_000));
		assert_eq!(POLICY.price(&small(4_999, None)), None);
		assert_eq!(POLICY.price(&small(10_000, Some(8_000))), Some(5_000));
		assert_eq!(POLICY.price(&small(10_000, Some(5_000))), None);
	}

	#[test]
	fn amounts_should_be_converted_as_the_prices_are() {
		let native = Policy { ask: Amount(1_000_000_000), floor: Amount(0), step: Share(0) };
		// A million gas costs a thousandth of a token, or five thousandths of a dollar.
		let dollars = Some(Policy { ask: Amount(5_000), floor: Amount(0), step: Share(0) });
		let prices = Prices { native, dollars };
		let tenth = Amount(100_000_000_000);
		assert_eq!(prices.convert(tenth, Payment::Native), 100_000_000_000);
		assert_eq!(prices.convert(tenth, Payment::Stable), 500_000);
		assert_eq!(prices.convert(tenth, Payment::Credits), 500_000);
		let free = Prices { native: Policy { ask: Amount(0), ..native }, dollars };
		assert_eq!(free.convert(tenth, Payment::Stable), 0);
	}

	#[test]
	fn policy_should_never_bid_zero() {
		let free = Policy { ask: Amount(0), floor: Amount(0), step: Share(0) };
		assert_eq!(free.price(&auction(10, None)), Some(1));
		assert_eq!(free.price(&auction(10, Some(1))), None);
	}
}
