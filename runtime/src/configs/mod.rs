//! How each pallet is set up, by subject.

mod compute_market;
mod consensus;
mod governance;
mod money;
mod staking_slash;
mod system;
mod token_mint;

pub use money::DealWithFees;
pub use system::{BlockLength, BlockWeights};
