//! Two hosts that are joined by a link which can be cut, as two data centres are.
//!
//! ```text
//! namespace left ── bridge ── namespace right      the bridge lies in a namespace too
//!                     │
//!                this machine                      which reaches both, also when they do not reach each other
//! ```
//!
//! When the link is cut the bridge drops what one side sends to the other, without a word: nobody is told that a connection
//! has ended, and only who waits for an answer notices.

use crate::host::Host;
use anyhow::{bail, Context, Result};
use std::{
	net::Ipv4Addr,
	path::Path,
	process::{self, Command},
	sync::atomic::{AtomicU16, Ordering},
};

/// Links that this process has made.
static MADE: AtomicU16 = AtomicU16::new(0);

/// Names of the two sides, and of the bridge's ports to them.
const SIDES: [&str; 2] = ["left", "right"];

/// A link between two hosts. The hosts go with it.
#[derive(Debug)]
pub struct Link {
	/// Begins the names of the namespaces.
	name: String,
	/// Number of its network.
	subnet: u16,
}

impl Link {
	/// Make two hosts with a link between them.
	///
	/// Only root can, and only where the programs of iproute2 are: the error says so.
	pub fn new() -> Result<Self> {
		let number = MADE.fetch_add(1, Ordering::Relaxed);
		let name = format!("assay-{}-{number}", process::id());
		// Tests that run beside this one have other numbers, and so other networks.
		let subnet = (process::id() as u16).wrapping_add(number);
		let link = Self { name, subnet };
		let made = remove_orphans().and_then(|()| link.make());
		made.context(
			"a partition takes network namespaces: they are made as root, with `ip` of iproute2 (./scripts/setup.sh \
			 installs it), in a container with the capabilities NET_ADMIN and SYS_ADMIN",
		)?;
		Ok(link)
	}

	fn make(&self) -> Result<()> {
		let bridge = self.namespace("bridge");
		ip(&["netns", "add", &bridge])?;
		ip(&["-n", &bridge, "link", "add", "name", "bridge", "type", "bridge"])?;
		ip(&["-n", &bridge, "link", "set", "dev", "bridge", "up"])?;
		for (side, host) in SIDES.iter().zip(self.hosts()) {
			let namespace = self.namespace(side);
			ip(&["netns", "add", &namespace])?;
			ip(&["-n", &namespace, "link", "set", "dev", "lo", "up"])?;
			ip(&[
				"-n", &namespace, "link", "add", "name", "wire", "type", "veth", "peer", "name", side, "netns", &bridge,
			])?;
			ip(&["-n", &namespace, "address", "add", &format!("{}/29", host.address()), "dev", "wire"])?;
			ip(&["-n", &namespace, "link", "set", "dev", "wire", "up"])?;
			ip(&["-n", &bridge, "link", "set", "dev", side, "master", "bridge", "up"])?;
		}
		// The name of an interface has 15 characters at most.
		let here = format!("assay{}", self.subnet);
		ip(&["link", "add", "name", &here, "type", "veth", "peer", "name", "here", "netns", &bridge])?;
		ip(&["address", "add", &format!("{}/29", self.address(1)), "dev", &here])?;
		ip(&["link", "set", "dev", &here, "up"])?;
		ip(&["-n", &bridge, "link", "set", "dev", "here", "master", "bridge", "up"])?;
		Ok(())
	}

	/// The two hosts.
	pub fn hosts(&self) -> [Host; 2] {
		let [left, right] = SIDES;
		[(left, 2), (right, 3)].map(|(side, number)| Host::in_namespace(self.namespace(side), self.address(number)))
	}

	/// Cut the link: nothing gets from one side to the other any more.
	pub fn cut(&self) -> Result<()> {
		self.isolate("on")
	}

	/// Mend a link that was cut.
	pub fn mend(&self) -> Result<()> {
		self.isolate("off")
	}

	/// Isolated ports of a bridge do not talk to each other, only to others.
	fn isolate(&self, switch: &str) -> Result<()> {
		for side in SIDES {
			let bridge = self.namespace("bridge");
			ip(&["-n", &bridge, "link", "set", "dev", side, "type", "bridge_slave", "isolated", switch])?;
		}
		Ok(())
	}

	fn namespace(&self, of: &str) -> String {
		format!("{}-{of}", self.name)
	}

	/// One of the six addresses of the link's network, in the range that is for tests of networks (RFC 2544).
	fn address(&self, number: u8) -> Ipv4Addr {
		let [middle, low] = (self.subnet << 3).to_be_bytes();
		let half = (self.subnet >> 13) as u8 & 1;
		Ipv4Addr::new(198, 18 + half, middle, low | number)
	}
}

impl Drop for Link {
	fn drop(&mut self) {
		for of in ["left", "right", "bridge"] {
			// What was not made yet cannot be removed. The interfaces go with the namespaces.
			let _ = ip(&["netns", "delete", &self.namespace(of)]);
		}
	}
}

/// Remove the namespaces of processes that were killed before they could.
fn remove_orphans() -> Result<()> {
	for line in ip(&["netns", "list"])?.lines() {
		let Some(name) = line.split_whitespace().next().filter(|name| name.starts_with("assay-")) else { continue };
		let owner = name.split('-').nth(1).unwrap_or_default();
		if !Path::new("/proc").join(owner).exists() {
			// Another test may have been faster.
			let _ = ip(&["netns", "delete", name]);
		}
	}
	Ok(())
}

/// Run `ip` of iproute2; what it prints.
fn ip(args: &[&str]) -> Result<String> {
	let shown = args.join(" ");
	let output = Command::new("ip").args(args).output().with_context(|| format!("cannot run `ip {shown}`"))?;
	if !output.status.success() {
		bail!("`ip {shown}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
	}
	Ok(String::from_utf8(output.stdout)?)
}
