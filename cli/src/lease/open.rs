//! Where a client reaches what it has leased.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use subxt_signer::sr25519::Keypair;

use super::{ensure_client, find};
use crate::{
	chain::Chain,
	keys,
	leased::{self, LeaseService},
	output::Output,
};

/// How a lease is served, and where it is reached.
#[derive(Debug, Serialize)]
struct Opened {
	lease: u64,
	/// The machine.
	machine: u64,
	/// How its daemon serves the lease.
	state: LeaseService,
	/// What the daemon's runner has told: `endpoint`, and whatever else is needed to get in.
	#[serde(flatten)]
	told: Map<String, Value>,
}

impl fmt::Display for Opened {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "lease {} on machine {}: {}", self.lease, self.machine, self.state)?;
		match self.state {
			LeaseService::Starting => f.write_str(", look again in a moment")?,
			LeaseService::Failing => f.write_str(": it is started again and again, see what you have it run")?,
			LeaseService::Paused => write!(f, ": top it up with `assay lease fund {}`", self.lease)?,
			LeaseService::Serving => {},
		}
		for (name, value) in &self.told {
			// Whoever serves it writes what it likes: no control characters on a terminal.
			let value = value.as_str().map_or_else(|| value.to_string(), |text| text.escape_debug().to_string());
			write!(f, "\n  {}: {value}", name.escape_debug())?;
		}
		Ok(())
	}
}

/// Ask the machine that serves lease `id` where it is reached. `key` is its client's.
pub async fn open(chain: &Chain, key: &Keypair, id: u64, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let lease = find(&at, id).await?;
	ensure_client(&lease, &keys::account(key))?;
	let (machine, mut answer) = leased::ask(chain, &at, key, &lease).await?;
	answer.told.remove("machine");
	out.result(&Opened { lease: id, machine: machine.id, state: answer.state, told: answer.told });
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn client_should_be_told_all_that_it_needs_to_get_in_and_nothing_that_spoils_its_terminal() {
		let told: Map<String, Value> =
			serde_json::from_str(r#"{"endpoint":"http://x:1","port":7,"token":"a\u001b[2Jb"}"#).unwrap();
		let opened = Opened { lease: 3, machine: 4, state: LeaseService::Serving, told };
		assert_eq!(
			opened.to_string(),
			"lease 3 on machine 4: serving\n  endpoint: http://x:1\n  port: 7\n  token: a\\u{1b}[2Jb"
		);
		let json = serde_json::to_value(&opened).unwrap();
		assert_eq!((&json["state"], &json["endpoint"]), (&"serving".into(), &"http://x:1".into()));
	}

	#[test]
	fn client_should_be_told_what_to_do_when_the_lease_is_paused() {
		let opened = Opened { lease: 3, machine: 4, state: LeaseService::Paused, told: Map::new() };
		assert_eq!(opened.to_string(), "lease 3 on machine 4: paused: top it up with `assay lease fund 3`");
	}
}
