//! Where a process runs: on this machine as it is, or in a network namespace, which is to it like a machine of its own.

use std::{net::Ipv4Addr, process::Command};

/// A machine, as far as the network is concerned. This one, if nothing else is said.
#[derive(Clone, Debug)]
pub struct Host {
	namespace: Option<String>,
	address: Ipv4Addr,
}

impl Default for Host {
	fn default() -> Self {
		Self { namespace: None, address: Ipv4Addr::LOCALHOST }
	}
}

impl Host {
	/// The network namespace of that name, whose address is `address`.
	pub(crate) const fn in_namespace(name: String, address: Ipv4Addr) -> Self {
		Self { namespace: Some(name), address }
	}

	/// The address under which the host's servers are reached.
	pub const fn address(&self) -> Ipv4Addr {
		self.address
	}

	/// Whether servers that listen on the loopback interface there cannot be reached from here.
	pub const fn is_elsewhere(&self) -> bool {
		self.namespace.is_some()
	}

	/// The command that runs `command` there, as the same process.
	///
	/// Program, arguments and environment are taken over, and nothing else.
	pub fn command(&self, command: Command) -> Command {
		let Some(namespace) = &self.namespace else { return command };
		let mut there = Command::new("ip");
		there.args(["netns", "exec", namespace]).arg(command.get_program()).args(command.get_args());
		for (name, value) in command.get_envs() {
			match value {
				Some(value) => there.env(name, value),
				None => there.env_remove(name),
			};
		}
		there
	}
}
