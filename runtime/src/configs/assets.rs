//! Assets beside the native token: stable ones that clients may pay with.

use crate::{
	params::{deposit, MILLI},
	AccountId, AssetsHolder, Balance, Balances, ComputeCredits, Runtime, RuntimeEvent, RuntimeHoldReason, TokenMint,
};
use alloc::{vec, vec::Vec};
use assay_primitives::{NativeValue, PaymentKind};
use frame_support::traits::{AsEnsureOriginWithArg, ConstU128, ConstU32, Get, SortedMembers};
use frame_system::{EnsureRoot, EnsureSigned};

/// The stable asset that jobs may be paid in: one unit is a millionth of a US dollar.
pub const STABLE_ASSET: u32 = 1;

impl pallet_assets::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Balance = Balance;
	type RemoveItemsLimit = ConstU32<1_000>;
	type AssetId = u32;
	type AssetIdParameter = u32;
	type ReserveData = ();
	type Currency = Balances;
	type CreateOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type ForceOrigin = EnsureRoot<AccountId>;
	// An asset is an entry that everybody's node keeps: more than a machine costs, less than a chain of one's own.
	type AssetDeposit = ConstU128<{ 100 * deposit(1, 190) }>;
	type AssetAccountDeposit = ConstU128<{ deposit(1, 16) }>;
	type MetadataDepositBase = ConstU128<{ deposit(1, 68) }>;
	type MetadataDepositPerByte = ConstU128<{ deposit(0, 1) }>;
	type ApprovalDeposit = ConstU128<MILLI>;
	type StringLimit = ConstU32<50>;
	type Freezer = ();
	type Holder = AssetsHolder;
	type Extra = ();
	type CallbackHandle = ();
	type AssetIdAllocator = ();
	type WeightInfo = pallet_assets::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
}

impl pallet_assets_holder::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeEvent = RuntimeEvent;
}

/// The assets that jobs may be paid in. Sorted.
pub struct AcceptedAssets;

impl SortedMembers<u32> for AcceptedAssets {
	fn sorted_members() -> Vec<u32> {
		vec![STABLE_ASSET]
	}
}

/// Prices of what fees are paid in, by the chain's own feed.
pub struct Prices;

impl NativeValue<Balance> for Prices {
	fn native_value(kind: PaymentKind, amount: Balance) -> Option<Balance> {
		match kind {
			PaymentKind::Native => Some(amount),
			// Both are counted in millionths of a dollar.
			PaymentKind::Asset(STABLE_ASSET) | PaymentKind::Credits => ComputeCredits::native_value_of_usd(amount),
			PaymentKind::Asset(_) => None,
		}
	}
}

/// Where fees in assets go.
pub struct TreasuryAccount;

impl Get<AccountId> for TreasuryAccount {
	fn get() -> AccountId {
		TokenMint::treasury_account()
	}
}

/// How the market is paid in assets.
pub struct AssetPayments;

impl pallet_compute_market::AssetRailConfig for AssetPayments {
	type Market = Runtime;
	type Assets = AssetsHolder;
	type Accepted = AcceptedAssets;
	type FeeRate = super::parameters::StableFee;
	type Treasury = TreasuryAccount;
	type Value = Prices;
}
