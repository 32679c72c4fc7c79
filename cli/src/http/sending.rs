//! What is in memory while it is sent, and how much of that there may be.

use std::{
	sync::{Arc, Weak},
	time::Duration,
};

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::{
	sync::{Mutex, OwnedSemaphorePermit, Semaphore},
	task::spawn_blocking,
	time::timeout,
};

use super::Manifest;

/// Records that are made text at once: some 20 KiB.
const PIECE: usize = 256;

/// There is no room for another one at present.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Busy;

/// Turns for those who are sent something.
pub(super) struct Reads {
	turns: Arc<Semaphore>,
	patience: Duration,
}

/// The turn of one of them.
#[derive(Clone)]
pub(super) struct Turn {
	_permit: Arc<OwnedSemaphorePermit>,
}

/// Bytes that are being sent. The turn ends when the last of them are with the system, or the connection has ended.
struct Held {
	bytes: Vec<u8>,
	_turn: Turn,
}

impl AsRef<[u8]> for Held {
	fn as_ref(&self) -> &[u8] {
		&self.bytes
	}
}

impl Reads {
	/// So many at once; others wait for so long.
	pub(super) fn new(turns: usize, patience: Duration) -> Self {
		Self { turns: Arc::new(Semaphore::new(turns)), patience }
	}

	/// Wait for a turn, for a while.
	pub(super) async fn turn(&self) -> Result<Turn, Busy> {
		match timeout(self.patience, self.turns.clone().acquire_owned()).await {
			Ok(Ok(permit)) => Ok(Turn { _permit: Arc::new(permit) }),
			_ => Err(Busy),
		}
	}
}

impl Turn {
	/// Bytes that keep the turn while they are in memory.
	pub(super) fn hold(&self, bytes: Vec<u8>) -> Bytes {
		Bytes::from_owner(Held { bytes, _turn: self.clone() })
	}
}

/// Manifests that are being sent. Whoever asks for one of these shares it.
pub(super) struct Manifests {
	room: Arc<Semaphore>,
	open: Mutex<Vec<(u64, Weak<Open>)>>,
}

/// A manifest that is being sent, and the room that it takes up.
pub(super) struct Open {
	manifest: Manifest,
	_room: OwnedSemaphorePermit,
}

impl Manifests {
	/// At most so many records at once.
	pub(super) fn new(records: usize) -> Self {
		Self { room: Arc::new(Semaphore::new(records)), open: Mutex::default() }
	}

	/// The manifest of `job`, which `make` makes if there is one and nobody else is sent it.
	pub(super) async fn open(
		&self,
		job: u64,
		make: impl FnOnce() -> Option<Manifest> + Send + 'static,
	) -> Result<Option<Arc<Open>>, Busy> {
		// Held while it is made: there is only one at a time that no room is kept for.
		let mut open = self.open.lock().await;
		open.retain(|(_, manifest)| manifest.strong_count() > 0);
		let found = open.iter().find(|(number, _)| *number == job).and_then(|(_, manifest)| manifest.upgrade());
		if found.is_some() {
			return Ok(found);
		}
		let Ok(Some(manifest)) = spawn_blocking(make).await else { return Ok(None) };
		let records = u32::try_from(manifest.outputs.len()).map_err(|_| Busy)?;
		let room = self.room.clone().try_acquire_many_owned(records).map_err(|_| Busy)?;
		let made = Arc::new(Open { manifest, _room: room });
		open.push((job, Arc::downgrade(&made)));
		Ok(Some(made))
	}
}

/// A manifest as JSON, piece by piece.
pub(super) fn text(open: Arc<Open>, turn: Turn) -> Body {
	let pieces = (0..).map_while(move |number| piece(&open.manifest, number));
	Body::from_stream(stream::iter(pieces.map(move |piece| piece.map(|bytes| turn.hold(bytes)))))
}

/// Part `number` of a manifest's text, if it has so many.
fn piece(manifest: &Manifest, number: usize) -> Option<serde_json::Result<Vec<u8>>> {
	let last = manifest.outputs.len().div_ceil(PIECE).saturating_sub(1);
	if number > last {
		return None;
	}
	let mut text = Vec::new();
	if number == 0 {
		text.extend(format!(r#"{{"job":{},"outputs":["#, manifest.job).into_bytes());
	}
	let records = manifest.outputs.chunks(PIECE).nth(number).unwrap_or_default();
	for (place, record) in records.iter().enumerate() {
		if number > 0 || place > 0 {
			text.push(b',');
		}
		if let Err(error) = serde_json::to_writer(&mut text, record) {
			return Some(Err(error));
		}
	}
	if number == last {
		text.extend(b"]}");
	}
	Some(Ok(text))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{blobs::BlobHash, http::UnitRecord};

	fn manifest(job: u64, units: usize) -> Manifest {
		let unit = |index: usize| UnitRecord { hash: BlobHash([index as u8; 32]), trapped: index % 3 == 1 };
		Manifest { job, outputs: (0..units).map(unit).collect() }
	}

	#[test]
	fn pieces_should_be_the_whole_text_together() {
		for units in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
			let manifest = manifest(7, units);
			let pieces: Vec<_> = (0..).map_while(|number| piece(&manifest, number)).map(Result::unwrap).collect();
			assert_eq!(pieces.concat(), serde_json::to_vec(&manifest).unwrap(), "{units}");
		}
	}

	#[tokio::test]
	async fn manifest_should_be_shared_while_it_is_sent_and_made_again_afterwards() {
		let manifests = Manifests::new(10);
		let first = manifests.open(7, || Some(manifest(7, 6))).await.unwrap().unwrap();
		let second = manifests.open(7, || None).await.unwrap().unwrap();
		assert!(Arc::ptr_eq(&first, &second));
		drop(first);
		assert!(manifests.open(7, || None).await.unwrap().is_some());
		drop(second);
		assert!(manifests.open(7, || None).await.unwrap().is_none());
	}

	#[tokio::test]
	async fn manifest_should_be_refused_when_there_is_no_room_for_its_records() {
		let manifests = Manifests::new(10);
		let first = manifests.open(7, || Some(manifest(7, 6))).await.unwrap();
		assert_eq!(manifests.open(8, || Some(manifest(8, 5))).await.err(), Some(Busy));
		assert!(manifests.open(9, || Some(manifest(9, 4))).await.unwrap().is_some());
		drop(first);
		assert!(manifests.open(8, || Some(manifest(8, 5))).await.unwrap().is_some());
	}

	#[tokio::test]
	async fn turn_should_last_as_long_as_what_is_held() {
		let reads = Reads::new(1, Duration::from_millis(10));
		let turn = reads.turn().await.unwrap();
		let bytes = turn.hold(vec![1; 10]);
		drop(turn);
		let part = bytes.slice(2..4);
		drop(bytes);
		assert_eq!(reads.turn().await.err(), Some(Busy));
		drop(part);
		assert!(reads.turn().await.is_ok());
	}
}
