//! Every number of ours that an operator or a voter may want to know, with its unit and its reason.
//!
//! The feature `fast-runtime` shortens times only, never an amount, so that a test network shows in minutes what the real
//! one does in days.

use crate::{Balance, BlockNumber};
use sp_runtime::Perbill;

/// `a` normally, `b` with the feature `fast-runtime`.
macro_rules! prod_or_fast {
	($prod:expr, $fast:expr) => {
		if cfg!(feature = "fast-runtime") {
			$fast
		} else {
			$prod
		}
	};
}

/// Time between blocks, in milliseconds.
pub const MILLISECS_PER_BLOCK: u64 = prod_or_fast!(6_000, 2_000);
/// Compute in one block, in milliseconds: a third of the slot. The rest is for sending the block and importing it.
pub const MILLISECS_OF_COMPUTE: u64 = MILLISECS_PER_BLOCK / 3;
/// Blocks of one BABE epoch, which is one session and one round of capacity proofs: 15 minutes.
pub const EPOCH_DURATION_IN_BLOCKS: BlockNumber = prod_or_fast!(150, 20);
/// Blocks of one minute.
pub const MINUTES: BlockNumber = (60_000 / MILLISECS_PER_BLOCK) as BlockNumber;
/// Blocks of one hour.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// Blocks of one day.
pub const DAYS: BlockNumber = 24 * HOURS;
/// Chance, as a fraction, that a BABE slot has a primary author; the rest fall to secondary authors, so no slot is empty.
pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);

/// One token, ASY.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI: Balance = UNIT / 1_000;
/// A millionth of a token.
pub const MICRO: Balance = UNIT / 1_000_000;
/// Below this an account does not exist: keeps dust from filling the state.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI;

/// Deposit for `items` entries with `bytes` bytes in the state. A provider with one machine ties up about a token, a
/// gigabyte of state two million.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
	items as Balance * 100 * MILLI + bytes as Balance * 2 * MILLI
}

/// Most tokens that will ever exist.
pub const SUPPLY_CAP: Balance = 1_000_000_000 * UNIT;
/// Tokens at genesis of a real network: 40 % of the cap. Test networks endow their accounts with far less.
pub const GENESIS_SUPPLY: Balance = 400_000_000 * UNIT;
/// Tokens that the emission schedule approaches and never passes: the other 60 %.
pub const EMISSION_POOL: Balance = 600_000_000 * UNIT;
/// Blocks between two mints: 5 minutes. Shorter periods would write more state, longer ones make rewards lumpy.
pub const MINT_PERIOD: BlockNumber = prod_or_fast!(50, 10);
/// Half-life of the emission in periods: 4 years of 365.25 days of 288 periods.
pub const EMISSION_HALF_LIFE: u32 = 4 * 36_525 * 288 / 100;
/// Largest part of the fee paid on a provider's jobs that comes back as a work reward. Below one, so that whoever buys his
/// own work loses by it.
pub const WORK_REWARD_SHARE_OF_FEE: Perbill = Perbill::from_percent(80);

/// Fee per gas below which work does not count in full towards its reward: a quarter of what the daemon's default price
/// brings. Without it, work that was declared at next to no fee would take the shares of others.
pub const MIN_FEE_PER_GAS: Balance = 10;
/// Bound of that part, whoever governs it: whoever buys its own work must lose a tenth of the fee at the least.
pub const MAX_WORK_REWARD_SHARE_OF_FEE: Perbill = Perbill::from_percent(90);

/// Part of a job's payment that is kept as fee: 4 %, Akash's rate for the native token.
pub const MARKET_FEE: Perbill = Perbill::from_percent(4);
/// The same of a payment in a stable asset: 20 %, Akash's rate. Nothing of it is burned.
pub const STABLE_FEE: Perbill = Perbill::from_percent(20);
/// Part of the fee in native tokens that is burned; the rest goes to the treasury.
pub const MARKET_FEE_BURN: Perbill = Perbill::from_percent(50);

/// Time during which unbonded stake can still be slashed.
pub const UNBONDING_PERIOD: BlockNumber = prod_or_fast!(21 * DAYS, 21 * HOURS);
/// Age beyond which an offence is no longer punished. Must stay below [`UNBONDING_PERIOD`].
pub const OFFENCE_LIFETIME: BlockNumber = prod_or_fast!(14 * DAYS, 14 * HOURS);
/// Longest auction, extensions apart. No job may outlive [`OFFENCE_LIFETIME`], so this must be well below it.
pub const LONGEST_AUCTION: BlockNumber = prod_or_fast!(DAYS, HOURS);
/// Shortest time between the end of an auction and the deadline: five minutes, so that filling blocks to keep a result out
/// costs more than the slash brings.
pub const SHORTEST_RUN: BlockNumber = prod_or_fast!(5 * MINUTES, 10);
/// Part of a machine's required stake that a missed deadline costs: a third, as Aethir takes for downtime.
pub const MISSED_DEADLINE_SLASH: Perbill = Perbill::from_parts(333_333_333);
/// Part of a slash that goes to the wronged client.
pub const SLASH_TO_WRONGED: Perbill = Perbill::from_percent(50);
/// Part of a slash that goes to the treasury; the rest is burned.
pub const SLASH_TO_TREASURY: Perbill = Perbill::from_percent(25);

/// What a challenger loses to the provider when the unit is right: a tenth of the least machine's stake, well above what
/// the transaction costs.
pub const DISPUTE_BOND: Balance = 10 * UNIT;
/// What somebody has on hold for a demand, from which the provider is paid for its answer.
pub const DEMAND_DEPOSIT: Balance = UNIT;
/// What a provider gets for an answer to a demand: the fee of a transaction some hundred times an empty one's.
pub const REVEAL_BASE_FEE: Balance = 50 * MILLI;
/// What a provider gets for each byte that it reveals: twice the fee for a transaction's length.
pub const REVEAL_BYTE_FEE: Balance = 2 * MICRO;
/// Time to reveal a demanded unit in. An operator whose daemon has failed at night has the morning to start it again.
pub const REVEAL_WINDOW: BlockNumber = prod_or_fast!(6 * HOURS, 20);
/// Time in which a revealed unit can be disputed, whatever is left of the review.
pub const DISPUTE_WINDOW: BlockNumber = prod_or_fast!(2 * HOURS, 10);
/// Longest review of a result. Offences are reported at most this and the two windows above after the result was committed.
pub const LONGEST_REVIEW: BlockNumber = prod_or_fast!(7 * DAYS, 7 * HOURS);
/// The part of the largest transaction that a block has room for in which the dearest dispute must fit. Blocks of test
/// networks have a third of the time, and a dispute takes as long there as elsewhere.
pub const DISPUTE_SHARE: Perbill = prod_or_fast!(Perbill::from_percent(40), Perbill::from_percent(95));
