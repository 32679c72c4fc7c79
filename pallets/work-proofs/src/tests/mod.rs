//! Tests of the proofs of work, by theme.

mod announce;
mod deadlines;
mod demand;
mod dispute;
mod encoding;
mod invariants;
mod kept;
mod properties;
