//! Free ports.

use crate::constants::{FIRST_PORT, LAST_PORT};
use anyhow::{bail, Result};
use std::{
	net::{Ipv4Addr, TcpListener},
	process,
	sync::atomic::{AtomicU16, Ordering},
};

/// Ports already given out by this process: a node needs some seconds until it listens on its own.
static GIVEN: AtomicU16 = AtomicU16::new(0);

/// A port of this machine on which nobody listens, different at each call.
pub fn free() -> Result<u16> {
	let range = LAST_PORT - FIRST_PORT + 1;
	// Processes that run side by side begin at different places.
	let start = (process::id() % u32::from(range)) as u16;
	for _ in 0..range {
		let step = GIVEN.fetch_add(1, Ordering::Relaxed) % range;
		let port = FIRST_PORT + (start + step) % range;
		if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
			&& TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
		{
			return Ok(port);
		}
	}
	bail!("every port from {FIRST_PORT} to {LAST_PORT} is in use")
}
