//! Tests of the market, by theme.

mod agenda;
mod auction;
mod commit;
mod encoding;
mod invariants;
mod machine;
mod payment;
mod properties;
mod ranges;
mod refund;
mod reputation;
mod settle;
mod verdicts;
