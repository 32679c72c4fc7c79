//! Tests by theme.

mod backlog;
mod draw;
mod encoding;
mod heartbeats;
mod invariants;
mod probes;
mod properties;
mod rounds;
