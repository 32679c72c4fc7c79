//! What follows from a verdict against a result: a refund, and a slash.

use super::*;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Zero, SaturatedConversion};

impl<T: Config> Convictions for Pallet<T> {
	fn withheld(job: JobId, at: BlockNumber) -> DispatchResult {
		let result = T::Results::result(job)?;
		Self::convict(job, &result, Fault::Withheld, at.into(), None)?;
		Ok(())
	}
}

impl<T: Config> Pallet<T> {
	/// Refuse a result: its client gets all that is in escrow back, and its provider is slashed for what it did at `at`.
	///
	/// Returns what was slashed at once. The refund does not depend on the slash.
	pub(crate) fn convict(
		id: JobId,
		result: &ResultOf<T>,
		fault: Fault,
		at: BlockNumberFor<T>,
		reporter: Option<&T::AccountId>,
	) -> Result<BalanceOf<T>, DispatchError> {
		let Some((tier, region)) = T::Results::refuse(id, fault)? else {
			Self::unexpected(UnexpectedKind::MachineMissing { job: id, machine: result.machine });
			return Ok(Zero::zero());
		};
		let report = OffenceReport {
			offence: fault.offence(),
			provider: result.provider.clone(),
			machine: result.machine,
			tier,
			region,
			at: at.saturated_into(),
			subject: id.0,
			wronged: Some(result.client.clone()),
			reporter: reporter.cloned(),
		};
		// In a layer of its own: a slash that fails halfway leaves nothing behind, and the refund stands.
		Ok(with_storage_layer(|| T::Stake::report(report)).unwrap_or_else(|error| {
			let provider = result.provider.clone();
			Self::unexpected(UnexpectedKind::SlashFailed { job: id, provider, error });
			Zero::zero()
		}))
	}

	/// Tell everybody that something was worked around which ought not to have happened.
	pub(crate) fn unexpected(kind: UnexpectedKind<T::AccountId, BalanceOf<T>>) {
		log::warn!(target: LOG_TARGET, "worked around: {kind:?}");
		Self::deposit_event(Event::Unexpected { kind });
	}
}
