//! Agents on the real pallets: honest providers, their delegators, self-dealers, sybils, quitters and clients trade for
//! simulated years, every act a call with its fee. It shows who earns and who loses by the default parameters.
//!
//! `docs/simulation.md` says what is assumed, what is left out, and what came out.

pub mod agents;
pub mod chain;
pub mod params;
pub mod plot;
#[cfg(test)]
mod tests;

pub use agents::{run, Kind, Outcome, Row};
pub use params::Params;

/// What a run must show, or why it does not. Empty when all holds.
pub fn verdict(outcome: &Outcome) -> Vec<String> {
	let of = |kind| outcome.result(kind);
	let mut wrong = Vec::new();
	for kind in [Kind::SelfDealer, Kind::Sybil] {
		if of(kind) >= 0.0 {
			wrong.push(format!("{} gain {:.4} per staked token", kind.name(), of(kind)));
		}
	}
	for kind in [Kind::SelfDealer, Kind::Sybil, Kind::Quitter] {
		if of(kind) >= of(Kind::Honest) {
			wrong.push(format!("{} do no worse than honest providers", kind.name()));
		}
	}
	let per_turnover =
		|kind| outcome.lines.iter().find(|line| line.kind == kind).map(|line| line.profit / line.turnover);
	if per_turnover(Kind::Sybil) > per_turnover(Kind::SelfDealer) {
		wrong.push("who deals with itself loses less by being many".into());
	}
	wrong
}
