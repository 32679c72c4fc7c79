//! Compute credits, and the price that they are made at.

use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use sp_runtime::FixedU128;

/// Millionths of a US dollar: the unit of compute credits, and of stable assets with six decimals.
pub type MicroUsd = u128;

/// Credits behind orders and jobs. Implemented by compute-credits, used by the payment rails.
pub trait CreditsEscrow<AccountId, Balance> {
	/// Put `amount` of the free credits of `client` into escrow. O(1).
	///
	/// Errors when there are not so many.
	fn hold(client: &AccountId, amount: MicroUsd) -> DispatchResult;

	/// Give `amount` of what `client` has in escrow back to it, without a fee. O(1).
	///
	/// Errors when there is not so much in escrow.
	fn release(client: &AccountId, amount: MicroUsd) -> DispatchResult;

	/// Have `amount` of what `client` has in escrow vanish: it paid for work. Returns the native tokens that were burned
	/// for these credits, rounded down. O(1).
	///
	/// Errors when there is not so much in escrow.
	fn spend(client: &AccountId, amount: MicroUsd) -> Result<Balance, DispatchError>;

	/// What `client` has in escrow.
	fn held(client: &AccountId) -> MicroUsd;

	/// Give `client` free credits.
	#[cfg(feature = "runtime-benchmarks")]
	fn endow(client: &AccountId, amount: MicroUsd);
}

/// A price, and when it was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Price {
	/// US dollars for one whole native token.
	pub usd: FixedU128,
	/// When, in milliseconds of the chain's clock.
	pub at: u64,
}

/// Where the price of the native token comes from. Implemented by the runtime over its oracle.
///
/// The source only says what it knows; whether that is to be acted on is for the user to decide.
pub trait PriceSource {
	/// The last known price, however old. None when there never was one.
	fn price() -> Option<Price>;

	/// Have `usd` be the price, made now.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_price(usd: FixedU128);
}
