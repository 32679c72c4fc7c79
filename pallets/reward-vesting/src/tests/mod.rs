//! Tests of reward vesting, by theme.

mod claim;
mod compound;
mod encoding;
mod exit;
mod invariants;
mod properties;
mod stake;
mod tranche;
