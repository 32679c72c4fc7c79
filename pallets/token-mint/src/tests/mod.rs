//! Tests of the token mint, by theme.

mod budget;
mod emission;
mod incidents;
mod invariants;
mod rounds;
mod schedule;
