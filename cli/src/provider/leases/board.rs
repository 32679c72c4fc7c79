//! Tells whoever asks how a lease stands, and its client where it is reached.
//!
//! | path | answer |
//! |---|---|
//! | `/lease/{id}` | [`Answer`] as JSON |
//!
//! How a lease stands is public. What its runner has told, such as an address and a token to get in, is for the client alone, who
//! signs for it: see [`Request`]. The answer is not encrypted on its way.

use std::{
	collections::BTreeMap,
	sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use axum::{
	extract::{Path, State},
	http::{header, HeaderMap},
	response::Response,
	routing::get,
	Router,
};
use subxt::utils::AccountId32;

use super::runner::Reach;
use crate::{
	chain::model::BlockNumber,
	http,
	leased::{Answer, LeaseService, Request},
};

/// Requests that were signed at most so many blocks ago, or ahead of what we know, are answered: nodes differ, and stand still.
const WINDOW: BlockNumber = 100;

/// A lease that is served here.
struct Served {
	client: AccountId32,
	service: LeaseService,
	reach: Option<Reach>,
}

#[derive(Default)]
struct Known {
	now: BlockNumber,
	leases: BTreeMap<u64, Served>,
}

/// What is known of the leases that are served here. Clones share it.
#[derive(Clone)]
pub(in crate::provider) struct Board {
	genesis: [u8; 32],
	known: Arc<RwLock<Known>>,
}

impl Board {
	/// Nothing yet, on the chain with that genesis.
	pub fn new(genesis: [u8; 32]) -> Self {
		Self { genesis, known: Arc::default() }
	}

	fn known(&self) -> RwLockReadGuard<'_, Known> {
		self.known.read().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
		self.known.write().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// The chain is at block `now`.
	pub(super) fn tick(&self, now: BlockNumber) {
		self.known_mut().now = now;
	}

	/// A lease of `client` stands so, and is reached as its runner told.
	pub(super) fn set(&self, lease: u64, client: AccountId32, service: LeaseService, reach: Option<Reach>) {
		self.known_mut().leases.insert(lease, Served { client, service, reach });
	}

	/// A lease is over.
	pub(super) fn remove(&self, lease: u64) {
		self.known_mut().leases.remove(&lease);
	}

	/// How a lease stands.
	#[cfg(test)]
	pub(super) fn service(&self, lease: u64) -> Option<LeaseService> {
		self.known().leases.get(&lease).map(|served| served.service)
	}

	/// The answer about `lease` to whoever has given `authorization`.
	fn answer(&self, lease: u64, authorization: Option<&str>) -> Option<Answer> {
		let known = self.known();
		let served = known.leases.get(&lease)?;
		let entitled = authorization.and_then(|text| text.parse::<Request>().ok()).is_some_and(|request| {
			request.block.abs_diff(known.now) <= WINDOW && request.is_signed(&self.genesis, lease, &served.client)
		});
		let reach = served.reach.clone().filter(|_| entitled);
		Some(Answer { lease, state: served.service, told: reach.map(Reach::into_map).unwrap_or_default() })
	}

	/// Routes that answer about leases.
	pub fn routes(&self) -> Router {
		Router::new().route("/lease/{id}", get(answer)).with_state(self.clone())
	}
}

async fn answer(State(board): State<Board>, Path(lease): Path<u64>, headers: HeaderMap) -> Response {
	let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
	http::document(board.answer(lease, authorization))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::keys;
	use subxt_signer::sr25519::dev;

	const GENESIS: [u8; 32] = [7; 32];

	/// A board at block 1000, on which lease 3 of Alice is served.
	fn board() -> Board {
		let board = Board::new(GENESIS);
		board.tick(1_000);
		let reach = Reach::parse(r#"{"endpoint":"http://127.0.0.1:1","token":"secret"}"#).unwrap();
		board.set(3, keys::account(&dev::alice()), LeaseService::Serving, Some(reach));
		board
	}

	fn told(board: &Board, lease: u64, request: &Request) -> bool {
		board.answer(lease, Some(&request.to_string())).is_some_and(|answer| !answer.told.is_empty())
	}

	#[test]
	fn state_should_be_told_to_everybody_and_the_rest_to_nobody_else() {
		let board = board();
		for authorization in [None, Some(""), Some("Bearer x"), Some("Assay 1000:00")] {
			let answer = board.answer(3, authorization).unwrap();
			assert!(answer.state == LeaseService::Serving && answer.told.is_empty());
		}
		assert_eq!(board.answer(4, None), None);
		board.remove(3);
		assert_eq!(board.answer(3, None), None);
	}

	#[test]
	fn client_should_be_told_where_its_lease_is_reached() {
		let board = board();
		for block in [900, 1_000, 1_100] {
			let request = Request::sign(&dev::alice(), &GENESIS, 3, block);
			let told = board.answer(3, Some(&request.to_string())).unwrap().told;
			assert_eq!(told.get("token"), Some(&"secret".into()));
		}
	}

	#[test]
	fn request_should_not_count_when_it_is_of_another_account_lease_chain_or_time() {
		let board = board();
		assert!(!told(&board, 3, &Request::sign(&dev::bob(), &GENESIS, 3, 1_000)));
		assert!(!told(&board, 3, &Request::sign(&dev::alice(), &GENESIS, 4, 1_000)));
		assert!(!told(&board, 3, &Request::sign(&dev::alice(), &[8; 32], 3, 1_000)));
		for block in [0, 899, 1_101] {
			assert!(!told(&board, 3, &Request::sign(&dev::alice(), &GENESIS, 3, block)));
		}
		// Signed for another time than it says.
		let request = Request::sign(&dev::alice(), &GENESIS, 3, 899).to_string().replacen("899", "1000", 1);
		assert!(!told(&board, 3, &request.parse().unwrap()));
	}
}
