//! Tests of the token mint, by theme.

mod budget;
mod chains;
mod curves;
mod emission;
mod incidents;
mod invariants;
mod presets;
mod reference;
mod rounds;
mod schedule;
