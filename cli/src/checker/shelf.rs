//! The guests and inputs on a checker's disk: those of the jobs that it is to check, and no others.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
};

use crate::{
	blobs::{blocking, BlobHash, DirStore},
	chain::{checks::Check, At, ChainError},
};

/// Guest and input by job.
type Programs = BTreeMap<u64, [BlobHash; 2]>;

/// Removes blobs that are not needed any more.
#[derive(Clone)]
pub(super) struct Shelf {
	store: DirStore,
	/// Of the jobs that were duties at the last look, so that each is read from the chain once.
	programs: Arc<Mutex<Programs>>,
}

impl Shelf {
	/// For the blobs in `store`.
	pub(super) fn new(store: DirStore) -> Self {
		Self { store, programs: Arc::default() }
	}

	/// Remove what belongs to none of `duties`. Before they are begun: what they fetch is known then.
	pub(super) async fn tidy(&self, at: &At, duties: &[(u64, Check)]) -> Result<(), ChainError> {
		let known = self.programs.lock().unwrap_or_else(PoisonError::into_inner).clone();
		let mut programs = Programs::new();
		for (job, _) in duties {
			let program = match known.get(job) {
				Some(program) => Some(*program),
				None => at.job(*job).await?.map(|job| [job.spec.guest, job.spec.input]),
			};
			programs.extend(program.map(|program| (*job, program)));
		}
		self.keep(programs).await;
		Ok(())
	}

	/// Remove what is not of `programs`. A disk that fails does not keep anybody from voting.
	async fn keep(&self, programs: Programs) {
		let (store, kept) = (self.store.clone(), programs.clone());
		let tidied = blocking(move || store.retain(|hash| kept.values().flatten().any(|needed| *needed == hash)));
		if let Err(error) = tidied.await {
			tracing::warn!("cannot remove blobs that are not needed: {error}");
		}
		*self.programs.lock().unwrap_or_else(PoisonError::into_inner) = programs;
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn blobs_should_go_when_their_job_is_no_duty_any_more() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let [guest, first, second] = [&b"guest"[..], b"first", b"second"].map(|bytes| store.write(bytes).unwrap());
		let shelf = Shelf::new(store.clone());
		let there = || [guest, first, second].map(|hash| store.read(hash).is_ok());
		shelf.keep(Programs::from([(1, [guest, first]), (2, [guest, second])])).await;
		assert_eq!(there(), [true, true, true]);
		shelf.keep(Programs::from([(2, [guest, second])])).await;
		assert_eq!(there(), [true, false, true]);
		shelf.keep(Programs::new()).await;
		assert_eq!(there(), [false; 3]);
	}
}
