//! What was found against what was committed to.

use super::*;
use assay_proofs::merkle;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// Hold what a commitment has for the sample against what the majority has found.
	pub(crate) fn do_open(job: JobId, leaves: Leaves<T>) -> DispatchResult {
		let (check, now) = Self::at_stage(job, |stage| matches!(stage, Stage::Opening { .. }))?;
		let Stage::Opening { speaker } = check.stage else { return Err(Error::<T>::WrongStage.into()) };
		let result = T::Results::result(job)?;
		ensure!(leaves.len() == check.sample.len(), Error::<T>::OpeningInvalid);
		for (unit, (claimed, opening)) in check.sample.iter().zip(&leaves) {
			let place = result.place(*unit).ok_or(Error::<T>::OpeningInvalid)?;
			let opened = merkle::verify(&result.root.0, result.units, place, &claimed.0, opening);
			ensure!(opened, Error::<T>::OpeningInvalid);
		}
		let found = check.majority().ok_or(Error::<T>::WrongStage)?;
		let differs = found.iter().zip(&leaves).position(|(finding, (claimed, _))| finding.outcome != *claimed);
		let contradiction = differs.and_then(|place| {
			let (unit, finding) = (*check.sample.get(place)?, found.get(place)?.outcome);
			let (claimed, opening) = leaves.get(place)?.clone();
			Some((place as u32, unit, finding, claimed, opening))
		});
		match contradiction {
			Some((position, index, found, claimed, opening)) => {
				let stage = Stage::Accused { speaker, position, claimed, opening };
				let until = Self::enter(job, check, stage, T::DisputeBlocks::get(), now);
				Self::deposit_event(Event::Contradicted { job, index, claimed, found, until });
			},
			None => Self::agree(job, check, speaker, now),
		}
		Ok(())
	}

	/// The commitment has what the majority has found.
	fn agree(job: JobId, check: Check<T>, speaker: u32, now: BlockNumberFor<T>) {
		let until = Self::enter(job, check, Stage::Agreed { speaker }, T::DisputeBlocks::get(), now);
		// Paid for after the last block in which somebody who knows better can dispute.
		Self::release(job, until.saturating_add(One::one()));
		Self::deposit_event(Event::Confirmed { job, until });
	}
}
