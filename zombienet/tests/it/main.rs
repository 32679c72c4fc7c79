//! Tests on running nodes, in one program: one after another each would wait for blocks alone.

mod cheats;
mod checks;
mod commands;
mod disputes;
mod disturbance;
mod emission;
mod jobs;
mod joining;
mod lag;
mod leases;
mod leases_served;
mod partition;
mod probes;
mod ranges;
mod recovery;
mod slashes;
mod support;
mod upgrade;
mod validators;
