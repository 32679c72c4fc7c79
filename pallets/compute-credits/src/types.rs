//! What the pallet stores and reports.

use assay_primitives::{Balance, MicroUsd};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{traits::Zero, DispatchError, FixedU128};

/// A conversion of tokens into credits. Given in order of request, never used twice.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub struct ConversionId(pub u64);

/// A conversion that waits in the queue. Left by execution, by cancellation, or by running out of attempts.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Conversion<AccountId, BlockNumber> {
	/// Whose tokens are on hold, and who gets the credits.
	pub who: AccountId,
	/// Tokens to burn.
	pub amount: Balance,
	/// The fewest credits that the buyer accepts for them.
	pub min_credits: MicroUsd,
	/// The first block in which it may be executed.
	pub ready_at: BlockNumber,
	/// How often its execution has failed.
	pub attempts: u32,
	/// Where it stands in the queue.
	pub position: u64,
}

/// What an account has. Absent when that is nothing.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct CreditLedger {
	/// Credits to use.
	pub free: MicroUsd,
	/// Credits behind orders and jobs.
	pub escrowed: MicroUsd,
	/// Tokens that were burned for the two.
	pub basis: Balance,
	/// Conversions in the queue.
	pub queued: u32,
}

impl CreditLedger {
	/// Free and escrowed credits.
	pub fn total(&self) -> MicroUsd {
		self.free.saturating_add(self.escrowed)
	}

	/// Whether there is nothing to keep.
	pub fn is_empty(&self) -> bool {
		self.total().is_zero() && self.basis.is_zero() && self.queued.is_zero()
	}
}

/// Sums since genesis.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct CreditTotals {
	/// Credits made.
	pub bought: MicroUsd,
	/// Credits spent on work.
	pub spent: MicroUsd,
	/// Tokens burned for the first.
	pub burned: Balance,
	/// Tokens burned for the second.
	pub spent_value: Balance,
}

/// The queue's ends and sums. Positions from `head` to before `tail` hold a conversion or are empty.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct QueueLine {
	/// The first position that may hold a conversion.
	pub head: u64,
	/// The position that the next conversion gets.
	pub tail: u64,
	/// Conversions that wait.
	pub count: u32,
	/// Tokens on hold for them.
	pub amount: Balance,
}

/// What was burned in the current period of the limit.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct BurnWindow<BlockNumber> {
	/// The period's first block.
	pub start: BlockNumber,
	/// Tokens burned in it.
	pub burned: Balance,
}

/// Why nothing converts.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum HaltReason {
	/// The source has no price, or zero. A chain begins with this.
	#[codec(index = 0)]
	NoPrice,
	/// The price is too old.
	#[codec(index = 1)]
	StalePrice,
	/// The price is too far from its average.
	#[codec(index = 2)]
	Deviation,
	/// The administrator's decision. Only the administrator ends it.
	#[codec(index = 3)]
	Admin,
}

/// Whether conversions run.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Breaker<BlockNumber> {
	/// They run. Left when a price is refused, or by `halt_conversions`.
	#[codec(index = 0)]
	Open,
	/// They wait. Left when prices have been sound for long enough, or by `reset_breaker`.
	#[codec(index = 1)]
	Halted {
		/// Why.
		reason: HaltReason,
		/// Since which block.
		since: BlockNumber,
		/// Since which block all prices have been sound. None when the last one was not.
		sound_since: Option<BlockNumber>,
	},
}

/// The breaker, and the average that prices are held against.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct PriceGuard<BlockNumber> {
	/// Moving average of the price, in dollars a token. None until there was a price.
	pub average: Option<FixedU128>,
	/// Whether conversions run.
	pub breaker: Breaker<BlockNumber>,
}

impl<BlockNumber: Zero> Default for PriceGuard<BlockNumber> {
	fn default() -> Self {
		let breaker = Breaker::Halted { reason: HaltReason::NoPrice, since: Zero::zero(), sound_since: None };
		Self { average: None, breaker }
	}
}

/// Why a conversion could not be executed.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum Failure {
	/// It would have made fewer credits than the buyer accepts. Tried again.
	#[codec(index = 0)]
	Slippage,
	/// It would not have made a single credit.
	#[codec(index = 1)]
	Dust,
	/// It is larger than what a period may burn, since that was lowered.
	#[codec(index = 2)]
	TooLarge,
	/// The credits do not fit into 128 bits.
	#[codec(index = 3)]
	Overflow,
	/// The tokens could not be burned. Should not happen; tried again.
	#[codec(index = 4)]
	Burn(DispatchError),
}

impl Failure {
	/// Whether a later attempt may succeed.
	pub fn is_passing(self) -> bool {
		matches!(self, Self::Slippage | Self::Burn(_))
	}
}

impl From<DispatchError> for Failure {
	fn from(error: DispatchError) -> Self {
		Self::Burn(error)
	}
}

/// Why a conversion left the queue with its tokens given back.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum CancelReason {
	/// Its owner asked for it.
	#[codec(index = 0)]
	Requested,
	/// It failed for good, or as often as it may.
	#[codec(index = 1)]
	Failed(Failure),
}

/// What should never happen, and is survived when it does.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// The queue names a conversion that does not exist; the position was dropped.
	#[codec(index = 0)]
	UnknownConversion {
		/// Which.
		id: ConversionId,
	},
	/// A conversion that was to be given up could not be refunded; it went to the end of the queue.
	#[codec(index = 1)]
	RefundFailed {
		/// Which.
		id: ConversionId,
		/// Why.
		error: DispatchError,
	},
}

/// How a conversion stands. See [`crate::Pallet::conversion_status`].
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct ConversionStatus<AccountId, BlockNumber> {
	/// The conversion.
	pub conversion: Conversion<AccountId, BlockNumber>,
	/// Positions before it; some may be empty.
	pub ahead: u64,
	/// Credits that it would make now. None while nothing converts.
	pub credits: Option<MicroUsd>,
}

/// How the breaker stands. See [`crate::Pallet::breaker`].
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct BreakerStatus<BlockNumber> {
	/// Whether conversions run, as of the last block's look.
	pub breaker: Breaker<BlockNumber>,
	/// Moving average of the price, in dollars a token.
	pub average: Option<FixedU128>,
	/// The price that a conversion would be made at now. None while nothing converts.
	pub price: Option<FixedU128>,
}
