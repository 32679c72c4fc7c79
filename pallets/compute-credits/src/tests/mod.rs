//! Tests of the compute credits, by theme.

mod encoding;
mod escrow;
mod invariants;
mod oracle;
mod price;
mod properties;
mod queue;
