//! Every number of ours that an operator or a voter may want to know, with its unit and its reason.
//!
//! The feature `fast-runtime` shortens times only, never an amount, so that a test network shows in minutes what the real
//! one does in days.

use crate::{Balance, BlockNumber};
use assay_proofs::capacity::Params;
use sp_runtime::{FixedU128, Perbill};

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
/// Blocks in a round of rewards: a day. Whoever proves a capacity challenge chooses the block, within [`PROVE_WINDOW`]. Rounds that
/// are not much longer than that could be chosen as well: one that is empty but for one's own proof.
pub const REWARD_ROUND: BlockNumber = prod_or_fast!(DAYS, MINT_PERIOD);
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

/// Time over which service fees vest: 45 days, as Aethir's hosts wait.
pub const SERVICE_FEE_VESTING: BlockNumber = prod_or_fast!(45 * DAYS, 45 * MINUTES);
/// Time over which rewards of checkers vest: 180 days, as with Aethir, so that a checker has something to lose for half a
/// year after its last check.
pub const CHECKER_VESTING: BlockNumber = prod_or_fast!(180 * DAYS, 180 * MINUTES);
/// Time over which they vest for a checker that forfeits [`CHECKER_EXIT_FORFEIT`]: 30 days.
pub const CHECKER_EXIT_VESTING: BlockNumber = prod_or_fast!(30 * DAYS, 30 * MINUTES);
/// What a checker forfeits that cannot wait: three quarters, as with Aethir.
pub const CHECKER_EXIT_FORFEIT: Perbill = Perbill::from_percent(75);
/// Part of a block reward that is paid at once: a quarter, as Filecoin has it, so that costs can be met.
pub const BLOCK_REWARD_AT_ONCE: Perbill = Perbill::from_percent(25);
/// Time over which the rest of it vests: 180 days.
pub const BLOCK_REWARD_VESTING: BlockNumber = prod_or_fast!(180 * DAYS, 180 * MINUTES);
/// Time over which escrowed tokens vest: a year, as Heurist's esHUE do.
pub const ESCROWED_VESTING: BlockNumber = prod_or_fast!(365 * DAYS, 365 * MINUTES);

/// Time during which unbonded stake can still be slashed. Longer than [`OFFENCE_LIFETIME`], [`SLASH_DEFERRAL`] and
/// [`CONTEST_PERIOD`] together, so that no slash comes too late, with a day to spare.
pub const UNBONDING_PERIOD: BlockNumber = prod_or_fast!(21 * DAYS, 21 * HOURS);
/// Age beyond which an offence is no longer punished.
pub const OFFENCE_LIFETIME: BlockNumber = prod_or_fast!(10 * DAYS, 10 * HOURS);
/// Time in which a slash that is not proven can be contested or cancelled: a week, so that no holiday is too long for it.
/// Test networks leave as long as a few commands take on a busy machine.
pub const SLASH_DEFERRAL: BlockNumber = prod_or_fast!(7 * DAYS, 4 * MINUTES);
/// Time that governance has after that to decide on a contest, and to release what was held for its region.
pub const CONTEST_PERIOD: BlockNumber = prod_or_fast!(3 * DAYS, 3 * MINUTES);
/// Time of which a machine pays for its dearest failure only, beside all fraud: a day, which is as long as an outage
/// may last without anybody being able to say that it was several.
pub const SLASH_PERIOD: BlockNumber = prod_or_fast!(DAYS, HOURS);
/// Time within which a missed challenge makes the next one twice as dear.
pub const REPEAT_WINDOW: BlockNumber = prod_or_fast!(7 * DAYS, 7 * HOURS);
/// Time in which the unproven offences of a region are counted together: about as long as a power cut takes to be seen.
pub const REGION_WINDOW: BlockNumber = prod_or_fast!(HOURS, 10 * MINUTES);
/// Unproven offences of a region in that time that are taken for what they seem. More are put before governance.
pub const REGION_LIMIT: u32 = 20;
/// Pending slashes that a provider can have: a list of half a kilobyte.
pub const MAX_PENDING_SLASHES: u32 = 64;
/// What a contest costs whoever loses it: a seventh of the least slash for downtime, so that contesting by habit costs
/// more than it delays.
pub const CONTEST_BOND: Balance = 5 * UNIT;
/// The most that a provider can owe: what ten thousand machines of the lowest tier require. Beyond that nobody pays.
pub const MAX_DEBT: Balance = 1_000_000 * UNIT;
/// Longest auction, extensions apart. A bid binds a slot and cannot be withdrawn, while a job can be cancelled for nothing but
/// its client's reputation: so it costs a client a transaction an hour, and its deposit, to keep a slot from others.
pub const LONGEST_AUCTION: BlockNumber = HOURS;
/// Shortest auction: three blocks, so that a daemon that looks at every block sees an order in time.
pub const SHORTEST_AUCTION: BlockNumber = 3;
/// A bid in the last so many blocks of an auction keeps it open for so many more: time for others to answer it.
pub const AUCTION_EXTENSION: BlockNumber = 2;
/// What a bidder has on hold as long as its bid is the best.
pub const BID_DEPOSIT: Balance = UNIT;
/// Longest URL that jobs, machines and orders can name, in bytes. Never lowered without a migration.
pub const MAX_URL_LEN: u32 = 256;
/// Most ranges that a job can be paid in. Each has a review of its own, so that they bound how long reviews put off its end.
/// Never lowered without a migration, or jobs that have more could not be paid for.
pub const MAX_RANGES: u32 = 16;
/// Time by which all bids together can put off the end of an order's auction: ten minutes, so that a client that waits for three
/// blocks does not wait for an hour because two daemons underbid each other by a hundredth.
pub const LEASE_MAX_EXTENSION: BlockNumber = prod_or_fast!(10 * MINUTES, MINUTES);
/// Accounts whose money can be in the escrow of one lease: its client's, and three others'. Never lowered without a migration.
pub const LEASE_MAX_SOURCES: u32 = 4;
/// Shortest time between the end of an auction and the deadline: five minutes, so that filling blocks to keep a result out
/// costs more than the slash brings.
pub const SHORTEST_RUN: BlockNumber = prod_or_fast!(5 * MINUTES, 10);
/// Time that whatever is put into the escrow of a lease must pay for: an hour, so that leases do not pause and are not paid
/// for every minute.
pub const LEASE_MIN_FUNDED: BlockNumber = prod_or_fast!(HOURS, 10);
/// Time by which payment of a lease is late, and for which a provider is not paid that abandons one: an hour, in which a
/// client can notice that nobody serves it.
pub const LEASE_ARREARS: BlockNumber = prod_or_fast!(HOURS, 5);
/// Longest time that a machine is kept for a client that does not pay: a day, in which somebody looks at a mailbox.
pub const LONGEST_GRACE: BlockNumber = prod_or_fast!(DAYS, HOURS);
/// Shortest notice with which a provider takes its machine back: an hour, as with Akash.
pub const SHORTEST_NOTICE: BlockNumber = prod_or_fast!(HOURS, 5);
/// Longest notice: 30 days, as with Akash. Nobody can say what a machine's time is worth after that.
pub const LONGEST_NOTICE: BlockNumber = prod_or_fast!(30 * DAYS, 30 * HOURS);
/// Part of a machine's required stake that a missed deadline, downtime or an abandoned lease costs: a third, as Aethir
/// takes for downtime.
pub const FAILED_SERVICE_SLASH: Perbill = Perbill::from_parts(333_333_333);
/// Part of a machine's required stake that the first missed challenge costs: a hundredth. The eighth in a row costs all.
pub const MISSED_CHALLENGE_SLASH: Perbill = Perbill::from_percent(1);
/// Part of a machine's required stake that a refuted proof or result costs: the whole, as nothing but fraud explains it.
pub const FRAUD_SLASH: Perbill = Perbill::from_percent(100);
/// Part of a slash that goes to the wronged client.
pub const SLASH_TO_WRONGED: Perbill = Perbill::from_percent(50);
/// Part of a slash that goes to whoever reported the offence, if anybody did.
pub const SLASH_TO_REPORTER: Perbill = Perbill::from_percent(25);
/// Part of a slash that goes to the treasury; the rest is burned.
pub const SLASH_TO_TREASURY: Perbill = Perbill::from_percent(25);

/// How often the coefficient of required stake is refreshed while it follows the network: monthly, as with Aethir.
pub const COEFFICIENT_PERIOD: BlockNumber = prod_or_fast!(30 * DAYS, 30 * MINUTES);
/// In how many months all machines together are given by emission what they have at stake: one, as Aethir's formula has
/// it. With it the K values themselves are at stake where they sum to a month's capacity emission: at the first month's
/// 3.0 million ASY that is 30,000 machines of the smallest tier.
pub const STAKED_MONTHS: FixedU128 = FixedU128::from_u32(1);
/// Least coefficient that the network can lead to: 25 ASY for the smallest machine, so that a great many machines do not
/// leave each of them with next to nothing to lose.
pub const MIN_COEFFICIENT: FixedU128 = FixedU128::from_rational(1, 4);
/// Greatest coefficient that the network can lead to: 16,000 ASY for the largest machine, what io.net asks in its token
/// for eight H100.
pub const MAX_COEFFICIENT: FixedU128 = FixedU128::from_u32(20);
/// By what the coefficient moves in one refresh at most: half as much again, or two thirds. Halving the number of
/// machines then takes two months to double what the others have at stake, with a window to top up in each.
pub const MAX_COEFFICIENT_STEP: FixedU128 = FixedU128::from_rational(3, 2);
/// Time to top up before a provider that is short is halted: a week, as long as a slash can be contested. Aethir halts at
/// once, io.net gives a month when its multipliers change.
pub const TOP_UP_WINDOW: BlockNumber = prod_or_fast!(7 * DAYS, 7 * MINUTES);
/// Part of what is asked that a provider must cover to have that time: a half, so that one missed deadline, which costs a
/// third, leaves a window to whoever had just enough, and a second one without a top-up does not.
pub const TOP_UP_FLOOR: Perbill = Perbill::from_percent(50);
/// What a challenger loses to the provider when the unit is right: a tenth of the least machine's stake, well above what
/// the transaction costs.
pub const DISPUTE_BOND: Balance = 10 * UNIT;
/// What somebody has on hold for an announcement of a dispute: the deposit for what the state keeps of it.
pub const ANNOUNCEMENT_DEPOSIT: Balance = deposit(2, 212);
/// Time after which an announcement counts: a minute. Finality takes three blocks of it, and a dispute that waits is in one of
/// the next two, so that whoever copies it comes too late unless it fills every block until then.
pub const ANNOUNCEMENT_DELAY: BlockNumber = prod_or_fast!(10, 3);
/// Time for which it is kept: as long as the longest wait for blocks that somebody keeps full is worth.
pub const ANNOUNCEMENT_LIFETIME: BlockNumber = prod_or_fast!(2 * HOURS, 60);
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
/// Time for which a step of a job or lease rests that the chain could not take when it was due. With each failure it rests for
/// twice as long, up to 128 times this: ten minutes to begin with, and a day or so at the most.
pub const AGENDA_RETRY: BlockNumber = prod_or_fast!(10 * MINUTES, 10);
/// The part of the largest transaction that a block has room for in which the dearest dispute must fit. Blocks of test
/// networks have a third of the time, and a dispute takes as long there as elsewhere.
pub const DISPUTE_SHARE: Perbill = prod_or_fast!(Perbill::from_percent(40), Perbill::from_percent(95));

/// What a checker has on hold: ten times what a dispute costs whoever loses it. Two of a committee of three lose 200 ASY for
/// letting a wrong result pass, so that buying them does not pay where a job costs less than that, and where it costs more
/// one honest checker, whom the reporter's part of a slash draws, is still enough.
pub const CHECKER_BOND: Balance = 100 * UNIT;
/// With less than this left, a checker loses its seat: after ten votes that were outvoted, or 25 silences.
pub const CHECKER_MIN_BOND: Balance = 50 * UNIT;
/// Time for which a bond stays on hold after its checker has left: longer than any check that it can be a member of.
pub const CHECKER_UNBONDING: BlockNumber = prod_or_fast!(7 * DAYS, 10 * MINUTES);
/// Members of a committee. With a tenth of all checkers bought, its majority is honest in 97 cases of 100.
pub const COMMITTEE_SIZE: u32 = 3;
/// Units of a result that are run again: whoever skips a third of its units is caught in 96 cases of 100.
pub const SAMPLE_SIZE: u32 = 8;
/// Results that can wait for a check at a time: by their weight, some 20 milliseconds of the first block of an epoch.
pub const MAX_CHECKS: u32 = 64;
/// Time to run a sample and commit to a vote: ten minutes, for what takes seconds once the input is there.
pub const CHECK_COMMIT_WINDOW: BlockNumber = prod_or_fast!(10 * MINUTES, 20);
/// Time to reveal a vote. Nothing has to be computed in it.
pub const CHECK_REVEAL_WINDOW: BlockNumber = prod_or_fast!(5 * MINUTES, 15);
/// Committees that try to come to a majority before a result is paid for unchecked.
pub const CHECK_ATTEMPTS: u32 = 3;
/// Part of its bond that a checker's silence costs: a fiftieth, more than a check brings, less than an outage should.
pub const SILENCE_PENALTY: Perbill = Perbill::from_percent(2);
/// Part of its bond that a vote costs that others have outvoted: a twentieth. Whoever is right can have the chain say so.
pub const OUTVOTED_PENALTY: Perbill = Perbill::from_percent(5);
/// Silences in a row after which a checker is taken to be gone.
pub const MAX_SILENCES: u32 = 3;
/// Time to ask a machine that is probed, and to report: half an epoch, so that a machine that is just being started again can be
/// asked once more.
pub const PROBE_WINDOW: BlockNumber = prod_or_fast!(75, 15);
/// Seats of the draw for each machine that is probed in an epoch: twenty, so that one of average weight is probed every five
/// hours, as often as it is drawn for a round, as long as there are no more than 160.
pub const SEATS_PER_PROBE: u32 = 20;
/// Machines that are probed in an epoch at most: with what ends the probes of the one before, some 30 milliseconds of its first
/// block.
pub const MAX_PROBES: u32 = 8;
/// Milliseconds after which an answer is none: ten seconds, when clients have given up.
pub const MAX_PROBE_LATENCY: u32 = 10_000;

/// Slots of an interval of heartbeats: three minutes. Ten thousand machines then send 333 heartbeats in a block for nothing;
/// nothing but the stake behind each machine bounds them. A machine that fails is not drawn any more ten minutes later.
pub const HEARTBEAT_SLOTS: u32 = prod_or_fast!(30, 5);
/// Slots of an epoch in which a capacity round takes commitments: two thirds, ten minutes. The blocks of the other third
/// are still to add to the randomness of the challenge.
pub const COMMIT_SLOTS: u32 = EPOCH_DURATION_IN_BLOCKS * 2 / 3;
/// Time in which a proof is accepted after its challenge is known. What is opened is fixed by then, so that a long time
/// helps no cheat; and an operator whose daemon has failed at night has the morning to start it again.
pub const PROVE_WINDOW: BlockNumber = prod_or_fast!(6 * HOURS, 40);
/// Blocks that the epoch of a round must have had: half of its slots. With fewer, commitments may not have found a block.
pub const MIN_ROUND_BLOCKS: BlockNumber = EPOCH_DURATION_IN_BLOCKS / 2;
/// How many draws there are in a round for each seat: a twentieth, so that a machine of average weight is asked once in five
/// hours on average, as long as there are no more than `MAX_DRAWN` draws, and one of the class that it says does puzzles for
/// six minutes then, a fiftieth of its time. Test networks have few machines and little time.
pub const DRAW_SHARE: Perbill = prod_or_fast!(Perbill::from_percent(5), Perbill::from_percent(50));
/// Draws of a round, and seats that they take, at most. A draw is not begun unless there is room for [`MAX_TOGETHER`] seats.
pub const MAX_DRAWN: u32 = 64;
/// Machines of a provider that make a group, which is drawn together. A device that serves eight machines would need eight times what
/// an honest one has, which needs more than half of the time.
pub const MAX_TOGETHER: u32 = 8;

/// What a capacity round asks of a machine of each class, from tier 1 on.
///
/// Steps are chosen so that a machine of the class does them in six minutes of the ten that there are
/// (`docs/capacity-proof.md`). The larger a class, the larger its matrices, so that multiplying stays the work and not
/// hashing; with the largest, half as many entries are opened, since each costs the chain twice as much.
pub const ROUND_PARAMS: [Params; 8] = prod_or_fast!(
	[
		// 1.2 · 10¹¹ operations a second: two cores with AVX2.
		Params { n: 8_192, steps: 40, rows_per_block: 64, openings: 32 },
		// 4.9 · 10¹¹: two cores with AVX-512, or eight with AVX2.
		Params { n: 8_192, steps: 160, rows_per_block: 64, openings: 32 },
		// 2.0 · 10¹²: a server with AMX, or a small graphics card.
		Params { n: 16_384, steps: 80, rows_per_block: 64, openings: 32 },
		// 5.9 · 10¹².
		Params { n: 16_384, steps: 240, rows_per_block: 64, openings: 32 },
		// 1.9 · 10¹³.
		Params { n: 32_768, steps: 96, rows_per_block: 64, openings: 32 },
		// 5.0 · 10¹³.
		Params { n: 32_768, steps: 256, rows_per_block: 64, openings: 32 },
		// 1.5 · 10¹⁴.
		Params { n: 65_536, steps: 96, rows_per_block: 64, openings: 16 },
		// 4.0 · 10¹⁴: a large graphics card.
		Params { n: 65_536, steps: 256, rows_per_block: 64, openings: 16 },
	],
	// A tenth of a second on any processor.
	[Params { n: 512, steps: 4, rows_per_block: 32, openings: 16 }; 8]
);
