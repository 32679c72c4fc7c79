//! Tests of the token mint, by theme.

mod budget;
mod invariants;
mod rounds;
mod schedule;
