//! Tests on running nodes, in one program: one after another each would wait for blocks alone.

mod commands;
mod disputes;
mod disturbance;
mod emission;
mod jobs;
mod joining;
mod recovery;
mod validators;
