//! Tests of orders and leases, by theme.

mod agenda;
mod auction;
mod encoding;
mod ends;
mod incidents;
mod invariants;
mod properties;
mod sources;
mod stream;
mod views;
