//! What the proofs may do with a result: question it, answer the question, refuse it.
//!
//! An open question keeps a result from being paid for, whether its review is over or its client has accepted it. Questions
//! are for their askers to bound in number and time; what is bounded here is that no new one is taken after the review,
//! and that the answer to one puts off the payment by no more than the asker says.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

impl<T: Config> JobResults<T::AccountId> for Pallet<T> {
	fn result(id: JobId) -> Result<JobResult<T::AccountId>, DispatchError> {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		let committed_at = standing.committed_at(&job.spec);
		let range = Self::units_due(id, &job.spec);
		Ok(JobResult {
			client: job.client,
			provider: standing.bid.provider,
			machine: standing.bid.machine,
			guest: job.spec.guest,
			input: job.spec.input,
			first: range.start,
			units: range.end.saturating_sub(range.start),
			gas_per_unit: job.spec.gas_per_unit,
			engine: job.engine,
			root: standing.root,
			committed_at: committed_at.saturated_into(),
			review_ends: standing.review_ends.saturated_into(),
			open: standing.open,
		})
	}

	fn contest(id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		ensure!(frame_system::Pallet::<T>::block_number() < standing.review_ends, Error::<T>::ReviewOver);
		Self::ask(id, job, standing)
	}

	fn reopen(id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		Self::ask(id, job, standing)
	}

	fn answer(id: JobId, until: u32) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		let open = standing.open.checked_sub(1).ok_or(Error::<T>::NoQuestionOpen)?;
		// The agenda may have passed the block of before.
		let next = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
		let settles_at = BlockNumberFor::<T>::from(until).max(standing.settles_at).max(next);
		Self::question(id, job, Standing { open, settles_at, ..standing });
		Self::deposit_event(Event::QuestionAnswered { job: id, open, settles_at });
		Ok(())
	}

	fn refuse(id: JobId, fault: Fault) -> Result<Option<(Tier, Region)>, DispatchError> {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		let machine = Self::release_slot(standing.bid.machine);
		Self::refund(id, job, fault.into())?;
		Ok(machine)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_result(
		guest: BlobHash,
		input: BlobHash,
		units: u32,
		gas_per_unit: Gas,
		root: H256,
	) -> Result<JobId, DispatchError> {
		benchmarking::make_result::<T>(guest, input, units, gas_per_unit, root)
	}
}

impl<T: Config> Pallet<T> {
	/// Open a question about the result of a job.
	fn ask(id: JobId, job: Job<T>, standing: Standing<T>) -> DispatchResult {
		let open = standing.open.checked_add(1).ok_or(sp_runtime::ArithmeticError::Overflow)?;
		Self::question(id, job, Standing { open, ..standing });
		Self::deposit_event(Event::ResultContested { job: id, open });
		Ok(())
	}

	/// Store a job whose result is questioned, or was.
	fn question(id: JobId, job: Job<T>, standing: Standing<T>) {
		let Standing { bid, root, review_ends, settles_at, open } = standing;
		Self::enter(id, job, JobState::Contested { bid, root, review_ends, settles_at, open });
	}
}
