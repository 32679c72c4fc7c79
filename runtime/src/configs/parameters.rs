//! What governance may change without an upgrade, and within which bounds.
//!
//! Whoever sets a parameter may set any value of its type; what counts is the value cut to the bounds that are declared
//! here. So no vote, however it comes about, moves a fee or a reward beyond them (docs/adr/0015).

use crate::{
	params::{MARKET_FEE, MARKET_FEE_BURN, MAX_WORK_REWARD_SHARE_OF_FEE, STABLE_FEE, WORK_REWARD_SHARE_OF_FEE},
	AccountId, Runtime, RuntimeEvent,
};
use core::marker::PhantomData;
use frame_support::{
	dynamic_params::{dynamic_pallet_params, dynamic_params},
	parameter_types,
	traits::Get,
};
use frame_system::EnsureRoot;
use sp_runtime::Perbill;

/// The parameters, by the pallet that they are for. Indices are pinned: append only.
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic {
	use super::*;

	/// Fees of the market.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod market {
		/// Part of a price paid in the native token that is kept as fee.
		#[codec(index = 0)]
		pub static NativeFee: Perbill = MARKET_FEE;
		/// Part of that fee that is burned.
		#[codec(index = 1)]
		pub static BurnShare: Perbill = MARKET_FEE_BURN;
		/// Part of a price paid in a stable asset that is kept as fee.
		#[codec(index = 2)]
		pub static StableFee: Perbill = STABLE_FEE;
	}

	/// Rewards.
	#[dynamic_pallet_params]
	#[codec(index = 1)]
	pub mod rewards {
		/// Part of the fees on a provider's work that its reward may reach.
		#[codec(index = 0)]
		pub static WorkShareOfFee: Perbill = WORK_REWARD_SHARE_OF_FEE;
	}
}

pub use dynamic::*;

/// `Value`, but not above `Most`.
pub struct AtMost<Value, Most>(PhantomData<(Value, Most)>);

impl<Value: Get<Perbill>, Most: Get<Perbill>> Get<Perbill> for AtMost<Value, Most> {
	fn get() -> Perbill {
		Value::get().min(Most::get())
	}
}

parameter_types! {
	/// A tenth: a market that takes more drives its trade elsewhere.
	pub const MostNativeFee: Perbill = Perbill::from_percent(10);
	/// A third, for the same reason; stable assets burn nothing, so that they pay more.
	pub const MostStableFee: Perbill = Perbill::from_percent(33);
	pub const MostWorkShareOfFee: Perbill = MAX_WORK_REWARD_SHARE_OF_FEE;
}

/// Fee on payments in the native token.
pub type NativeFee = AtMost<market::NativeFee, MostNativeFee>;
/// Fee on payments in stable assets.
pub type StableFee = AtMost<market::StableFee, MostStableFee>;
/// Part of the fee that is burned. All of it may be.
pub type BurnShare = market::BurnShare;
/// Part of the fees on its work that a provider's reward may reach.
pub type WorkShareOfFee = AtMost<rewards::WorkShareOfFee, MostWorkShareOfFee>;

impl pallet_parameters::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeParameters = RuntimeParameters;
	type AdminOrigin = frame_support::traits::AsEnsureOriginWithArg<EnsureRoot<AccountId>>;
	// The SDK's measured weights; it keeps their other form to itself.
	type WeightInfo = ();
}

#[cfg(feature = "runtime-benchmarks")]
impl Default for RuntimeParameters {
	fn default() -> Self {
		Self::Market(market::Parameters::NativeFee(market::NativeFee, Some(MARKET_FEE)))
	}
}
