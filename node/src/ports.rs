//! Looks for ports that another program holds before the node begins.
//!
//! The SDK would take another port for the RPC, go on without metrics, or go on deaf to other nodes.

use sc_network::multiaddr::{Multiaddr, Protocol};
use sc_service::Configuration;
use std::{
	io::ErrorKind,
	net::{IpAddr, SocketAddr, TcpListener},
};

/// An error that names the first address that the node is to listen on and cannot have, and the option to change it.
pub fn check(config: &Configuration) -> Result<(), String> {
	let rpc = config.rpc.addr.iter().flatten().map(|endpoint| (endpoint.listen_addr, "--rpc-port"));
	let prometheus = config.prometheus_config.iter().map(|config| (config.port, "--prometheus-port"));
	let network = config.network.listen_addresses.iter().filter_map(|address| Some((tcp(address)?, "--port")));
	for (address, option) in rpc.chain(prometheus).chain(network) {
		// Whatever else may be wrong with an address is told by the part that uses it.
		if TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
			return Err(format!(
				"the address {address} is in use by another program: stop that one, or choose another port with {option}"
			));
		}
	}
	Ok(())
}

/// The TCP address that an address of the network begins with, if it does.
fn tcp(address: &Multiaddr) -> Option<SocketAddr> {
	let mut parts = address.iter();
	let ip = match parts.next()? {
		Protocol::Ip4(ip) => IpAddr::V4(ip),
		Protocol::Ip6(ip) => IpAddr::V6(ip),
		_ => return None,
	};
	match parts.next()? {
		Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
		_ => None,
	}
}
