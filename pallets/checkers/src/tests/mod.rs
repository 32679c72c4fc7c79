//! Tests of checks, by theme.

mod draw;
mod encoding;
mod invariants;
mod opening;
mod probes;
mod properties;
mod roster;
mod settle;
mod votes;
