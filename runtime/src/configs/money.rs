//! Balances and transaction fees.

use crate::{
	params::{EXISTENTIAL_DEPOSIT, MICRO, MILLI},
	AccountId, Authorship, Balance, Balances, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason,
	RuntimeHoldReason, System, TokenMint, Tokens,
};
use frame_support::{
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		ConstU128, ConstU32, ConstU8, Contains, Imbalance, OnUnbalanced, VariantCountOf,
	},
	weights::{
		constants::ExtrinsicBaseWeight, ConstantMultiplier, WeightToFeeCoefficient, WeightToFeeCoefficients,
		WeightToFeePolynomial,
	},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{FixedPointNumber, Perbill, Perquintill};

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = pallet_token_mint::ToTreasury<Runtime>;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

parameter_types! {
	/// Blocks a quarter full leave the fee as it is.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	/// A block changes the fee by this times what it is fuller or emptier than the target. In a day of 14,400 blocks the
	/// fee so grows to 2.25 times what it was when all are full (e^0.81), and falls by 24 % when all are empty (e^-0.27).
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
	pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10u128);
	pub MaximumMultiplier: Multiplier = Multiplier::saturating_from_integer(10_000);
}

/// A tenth of a thousandth of a token for the weight of an empty transaction, and in proportion for heavier ones.
pub struct WeightToFee;

impl WeightToFeePolynomial for WeightToFee {
	type Balance = Balance;

	fn polynomial() -> WeightToFeeCoefficients<Balance> {
		let fee = MILLI / 10;
		let weight = Balance::from(ExtrinsicBaseWeight::get().ref_time());
		core::iter::once(WeightToFeeCoefficient {
			degree: 1,
			negative: false,
			coeff_frac: Perbill::from_rational(fee % weight, weight),
			coeff_integer: fee / weight,
		})
		.collect()
	}
}

/// Keeps tokens where they are until transfers are open, if genesis closed them. Fees, stake and escrow are no transfers.
///
/// Batches, proxies and multisigs ask again for the calls that they carry out.
pub struct TransferLock;

impl Contains<RuntimeCall> for TransferLock {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(call, RuntimeCall::Balances(_)) || TokenMint::transfers_open()
	}
}

/// Fees go to the treasury, tips to the author of the block.
pub struct DealWithFees;

impl OnUnbalanced<Credit<AccountId, Balances>> for DealWithFees {
	fn on_unbalanceds(mut fees_then_tips: impl Iterator<Item = Credit<AccountId, Balances>>) {
		if let Some(fee) = fees_then_tips.next() {
			<pallet_token_mint::ToTreasury<Runtime> as OnUnbalanced<_>>::on_unbalanced(fee);
		}
		if let Some(tip) = fees_then_tips.next().filter(|tip| tip.peek() > 0) {
			let unpaid = match Authorship::author() {
				Some(author) => Tokens::resolve(&author, tip).err(),
				None => Some(tip),
			};
			if let Some(tip) = unpaid {
				<pallet_token_mint::ToTreasury<Runtime> as OnUnbalanced<_>>::on_unbalanced(tip);
			}
		}
	}
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Tokens, DealWithFees>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightToFee = WeightToFee;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<MICRO>>;
	type FeeMultiplierUpdate =
		TargetedFeeAdjustment<Self, TargetBlockFullness, AdjustmentVariable, MinimumMultiplier, MaximumMultiplier>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}
