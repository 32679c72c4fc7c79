//! What a checker is told.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{
	amount::Amount,
	chain::{
		checks::{Check, CheckerStanding, Probe},
		model::BlockNumber,
	},
};

/// One line of the report of a command or of the daemon.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Notice {
	/// The bond is on hold, and the checker has a seat.
	Joined {
		/// In which block.
		block: u64,
		/// The bond.
		bond: Amount,
	},
	/// The seat is given up.
	Left {
		/// In which block.
		block: u64,
		/// From which block on the bond can be withdrawn.
		free_at: BlockNumber,
	},
	/// The bond is no longer on hold.
	Withdrawn {
		/// In which block.
		block: u64,
		/// The bond.
		bond: Amount,
	},
	/// The daemon runs.
	Ready {
		/// Whose it is.
		checker: AccountId32,
	},
	/// Units were run, and the vote is committed to.
	Voted {
		/// The job.
		job: u64,
		/// The units.
		units: Vec<u32>,
	},
	/// Guest or input could be had from nobody, and that is said on the chain.
	Missed {
		/// The job.
		job: u64,
	},
	/// The vote is revealed.
	Revealed {
		/// The job.
		job: u64,
	},
	/// The chain has refuted a result that this checker has disputed.
	Refuted {
		/// The job.
		job: u64,
		/// The unit.
		unit: u32,
		/// What its provider was slashed.
		slashed: Amount,
	},
	/// The chain has found a result right that this checker has disputed.
	Upheld {
		/// The job.
		job: u64,
		/// The unit.
		unit: u32,
		/// What its provider got for that.
		paid: Amount,
	},
	/// A machine was asked, and what was seen is reported.
	Probed {
		/// The machine.
		machine: u64,
		/// The epoch of the probe.
		epoch: u64,
		/// Whether it served.
		served: bool,
		/// How long an answer took, in milliseconds.
		latency: Option<u32>,
		/// How fast data came, in KiB a second.
		rate: Option<u32>,
	},
	/// The daemon has ended.
	Stopped,
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Joined { block, bond } => write!(f, "joined in block {block}: {bond} is on hold"),
			Self::Left { block, free_at } => write!(
				f,
				"left in block {block}: the bond can be withdrawn from block {free_at} on; checks that are on go on, so \
				 leave the daemon running until they have ended"
			),
			Self::Withdrawn { block, bond } => write!(f, "{bond} is no longer on hold since block {block}"),
			Self::Ready { checker } => write!(f, "checking as {checker}"),
			Self::Voted { job, units } => write!(f, "job {job}: ran units {units:?} and voted"),
			Self::Missed { job } => write!(
				f,
				"job {job}: neither its provider nor its client serves guest and input; they are to be shown on the chain \
				 if most of the committee say so"
			),
			Self::Revealed { job } => write!(f, "job {job}: the vote is revealed"),
			Self::Refuted { job, unit, slashed } => write!(
				f,
				"job {job}: the chain ran unit {unit} and found it wrong: the client has its money back, and the provider \
				 is slashed by {slashed}"
			),
			Self::Upheld { job, unit, paid } => write!(
				f,
				"job {job}: the chain ran unit {unit} and found it right: {paid} of ours went to the provider. This \
				 machine computes wrong, or the chain does: stop the daemon and find out"
			),
			Self::Probed { machine, latency: Some(latency), rate: Some(rate), .. } => {
				write!(f, "machine {machine}: serves, an answer in {latency} ms and {rate} KiB a second")
			},
			Self::Probed { machine, .. } => write!(f, "machine {machine}: cannot be reached"),
			Self::Stopped => write!(f, "stopped"),
		}
	}
}

/// One check that a checker is a member of.
#[derive(Clone, Debug, Serialize)]
pub struct DutyLine {
	job: u64,
	units: Vec<u32>,
	stage: &'static str,
	until: BlockNumber,
}

/// One probe that a checker is a member of.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeLine {
	machine: u64,
	until: BlockNumber,
	reported: bool,
}

/// How a checker stands.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
	checker: AccountId32,
	#[serde(flatten)]
	standing: CheckerStanding,
	checks: Vec<DutyLine>,
	probes: Vec<ProbeLine>,
}

impl Report {
	/// Of what the chain says.
	pub fn new(
		checker: AccountId32,
		standing: CheckerStanding,
		duties: &[(u64, Check)],
		probes: &[(u64, Probe)],
	) -> Self {
		let line = |(job, check): &(u64, Check)| DutyLine {
			job: *job,
			units: check.sample.clone(),
			stage: check.stage.name(),
			until: check.until,
		};
		let reported =
			|probe: &Probe| probe.members.iter().any(|member| member.who == checker && member.observation.is_some());
		let probe = |(machine, probe): &(u64, Probe)| ProbeLine {
			machine: *machine,
			until: probe.until,
			reported: reported(probe),
		};
		let (checks, probes) = (duties.iter().map(line).collect(), probes.iter().map(probe).collect());
		Self { checker, standing, checks, probes }
	}
}

impl fmt::Display for Report {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let CheckerStanding { bond, seated, silences, free_at, .. } = self.standing;
		write!(f, "{}: {bond} on hold, ", self.checker)?;
		match seated {
			true => write!(f, "has a seat")?,
			false => write!(f, "no seat, to be withdrawn from block {free_at} on")?,
		}
		if silences > 0 {
			write!(f, ", silent {silences} times in a row")?;
		}
		for DutyLine { job, units, stage, until } in &self.checks {
			write!(f, "\n  job {job}: units {units:?}, {stage} until block {until}")?;
		}
		for ProbeLine { machine, until, reported } in &self.probes {
			let state = if *reported { "reported" } else { "to be reported" };
			write!(f, "\n  machine {machine}: probed until block {until}, {state}")?;
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::checks::Stage;

	#[test]
	fn report_should_tell_bond_seat_and_duties() {
		let check = Check { attempt: 0, sample: vec![2, 5], members: vec![], stage: Stage::Voting, until: 90 };
		let standing =
			CheckerStanding { bond: Amount(98_000_000_000_000), seated: true, duties: 1, silences: 1, free_at: 0 };
		let report = Report::new(AccountId32([1; 32]), standing, &[(7, check)], &[]);
		let text = report.to_string();
		assert!(text.contains("98 ASY on hold, has a seat, silent 1 times in a row"), "{text}");
		assert!(text.ends_with("job 7: units [2, 5], voting until block 90"), "{text}");
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!((&json["bond"], &json["checks"][0]["stage"]), (&"98000000000000".into(), &"voting".into()));
	}
}
