//! Tests of checks, by theme.

mod data;
mod draw;
mod encoding;
mod invariants;
mod opening;
mod probes;
mod properties;
mod roster;
mod settle;
mod votes;
