//! What a job can be paid in.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use scale_info::TypeInfo;

/// What a client pays with.
///
/// Indices are pinned: append only.
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
pub enum PaymentKind {
	/// The native token.
	#[codec(index = 0)]
	#[default]
	Native,
	/// An asset that the runtime lists as stable, by its id.
	#[codec(index = 1)]
	Asset(u32),
	/// Compute credits.
	#[codec(index = 2)]
	Credits,
}

/// How a payment was divided. The first three sum to what left the escrow.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Paid<Balance> {
	/// What the provider got, in what was paid with.
	pub to_provider: Balance,
	/// What was burned, in what was paid with.
	pub burned: Balance,
	/// What the treasury got, in what was paid with.
	pub to_treasury: Balance,
	/// What of the above counts as spent by the client for good (burned or to the treasury), in native tokens at the
	/// present price: what bounds the work reward.
	pub fee_value: Balance,
}

/// Escrow in whatever a job is paid with. All amounts are in the smallest units of that. Used by the market, joined by the
/// runtime out of the pallets that keep native tokens, assets and credits.
///
/// What fails may leave something behind: callers are transactions, which roll back.
pub trait PaymentRails<AccountId, Balance> {
	/// Whether new escrow can be of this kind. What is in escrow already is paid and given back in any case.
	fn accepts(kind: PaymentKind) -> bool;

	/// Put `amount` of `client` into escrow.
	fn hold(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult;

	/// Give `amount` of what is in escrow back to `client`, without a fee. Returns what became its own, which includes
	/// what [waits for it](Self::unclaimed).
	fn release(kind: PaymentKind, client: &AccountId, amount: Balance) -> Result<Balance, DispatchError>;

	/// Pay `provider` out of the escrow of `client`, less the fee of this kind of payment. What the provider cannot take
	/// now may [wait for it](Self::unclaimed).
	fn pay(
		kind: PaymentKind,
		client: &AccountId,
		provider: &AccountId,
		amount: Balance,
	) -> Result<Paid<Balance>, DispatchError>;

	/// Take `amount` of what is in escrow from `client` for good, and give it to nobody who could have wished for that: to the
	/// treasury, or, where that has no use for it, to nobody.
	fn forfeit(kind: PaymentKind, client: &AccountId, amount: Balance) -> DispatchResult;

	/// What is in escrow for `client` by what this keeps itself; for checks.
	fn held(kind: PaymentKind, client: &AccountId) -> Balance;

	/// How [`Self::pay`] would divide `amount` now.
	fn quote(kind: PaymentKind, amount: Balance) -> Paid<Balance>;

	/// What is kept for `who` because it could not take it when it was due.
	fn unclaimed(kind: PaymentKind, who: &AccountId) -> Balance;

	/// Give `who` all that is kept for it. Returns how much that was, which may be nothing.
	///
	/// Errors as long as `who` cannot take it.
	fn claim(kind: PaymentKind, who: &AccountId) -> Result<Balance, DispatchError>;

	/// The kind of payment that weighs most.
	#[cfg(feature = "runtime-benchmarks")]
	fn dearest() -> PaymentKind;

	/// Give `who` at least `amount` to pay with.
	#[cfg(feature = "runtime-benchmarks")]
	fn endow(kind: PaymentKind, who: &AccountId, amount: Balance);

	/// Let `amount` be unclaimed by `who`, where there can be such.
	#[cfg(feature = "runtime-benchmarks")]
	fn endow_unclaimed(_kind: PaymentKind, _who: &AccountId, _amount: Balance) {}
}

/// Prices. Implemented by whoever keeps them, used to value fees that were not paid in native tokens.
pub trait NativeValue<Balance> {
	/// What `amount` of `kind` is worth in native tokens at the present price, rounded down. `None` without a price that
	/// can be relied on.
	fn native_value(kind: PaymentKind, amount: Balance) -> Option<Balance>;
}

impl<Balance> NativeValue<Balance> for () {
	fn native_value(_: PaymentKind, _: Balance) -> Option<Balance> {
		None
	}
}
