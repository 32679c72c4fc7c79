//! How each pallet is set up, by subject.

mod assets;
mod capacity;
mod checkers;
mod compute_lease;
mod compute_market;
mod consensus;
mod governance;
mod money;
mod parameters;
mod price;
mod reward_vesting;
mod staking_slash;
mod system;
mod token_mint;
mod work_proofs;

pub use assets::{Prices, STABLE_ASSET};
pub use capacity::BabeEpochs;
pub use governance::ProxyType;
pub use money::DealWithFees;
pub use parameters::{dynamic, RuntimeParameters};
pub use price::PriceKey;
pub use system::{BlockLength, BlockWeights};
