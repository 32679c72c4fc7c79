//! Disputes: one leaf of a commitment is opened, its unit is run again, and whoever was wrong pays.
//!
//! Everything is decided in the call itself: no dispute is ever open, so none can be left open.

use super::*;
use assay_primitives::UnitRun;
use sp_runtime::{
	traits::{BlakeTwo256, Hash, Zero},
	SaturatedConversion,
};

/// Gas that the weight of a dispute counts as one.
const GAS_STEP: Gas = 1_000;

impl<T: Config> Pallet<T> {
	/// What a dispute weighs whose unit uses `gas`, with so many bytes of guest and input.
	pub(crate) fn dispute_weight(gas: Gas, guest: usize, input: usize) -> Weight {
		let clip = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
		T::WeightInfo::dispute_unit(clip(gas.div_ceil(GAS_STEP)), clip(guest as u64), clip(input as u64))
	}

	/// The largest weight that a dispute can have.
	pub(crate) fn max_dispute_weight() -> Weight {
		Self::dispute_weight(T::MaxGas::get(), T::MaxGuestBytes::get() as usize, T::MaxInputBytes::get() as usize)
	}

	/// What refusing a dispute weighs when no more was done with guest and input than to hash them.
	pub(crate) fn refused_weight(guest: usize, input: usize) -> Weight {
		T::WeightInfo::dispute_refused(u32::try_from(guest.saturating_add(input)).unwrap_or(u32::MAX))
	}

	/// Find the result that a dispute is about, and check all of the dispute that costs next to nothing to check.
	pub(crate) fn check_claim(
		challenger: &T::AccountId,
		job: JobId,
		claim: &Claim,
		gas_limit: Gas,
	) -> Result<ResultOf<T>, DispatchError> {
		let result = T::Results::result(job)?;
		ensure!(result.provider != *challenger, Error::<T>::OwnResult);
		ensure!(gas_limit >= result.gas_per_unit, Error::<T>::GasLimitTooLow);
		// Nothing is computed for whoever could not pay for being wrong.
		Self::ensure_can_pay(challenger, T::DisputeBond::get())?;
		Self::check_opening(&result, claim.index, &claim.claimed, &claim.opening)?;
		Ok(result)
	}

	/// Check that guest and input are those of `result`. Linear in their sizes.
	pub(crate) fn check_blobs(result: &ResultOf<T>, guest: &[u8], input: &[u8]) -> DispatchResult {
		ensure!(BlakeTwo256::hash(guest) == result.guest, Error::<T>::GuestMismatch);
		ensure!(BlakeTwo256::hash(input) == result.input, Error::<T>::InputMismatch);
		Ok(())
	}

	/// What a dispute comes to that the arbiter has given no verdict about, with what it has done for that.
	pub(crate) fn without_verdict(error: ArbiterError, guest: usize, input: usize) -> DispatchErrorWithPostInfo {
		let weight = match error {
			ArbiterError::UnknownEngine | ArbiterError::GasLimitTooHigh => Self::refused_weight(guest, input),
			// Nobody knows how far it has come.
			ArbiterError::Engine => return Error::<T>::from(error).into(),
		};
		Error::<T>::from(error).with_weight(weight)
	}

	/// Check that the commitment of `result` has `outcome` for unit `index`. O(log units).
	pub(crate) fn check_opening(
		result: &ResultOf<T>,
		index: u32,
		outcome: &H256,
		opening: &Opening,
	) -> Result<(), Error<T>> {
		let place = result.place(index).ok_or(Error::<T>::NoSuchUnit)?;
		let opened = merkle::verify(&result.root.0, result.units, place, &outcome.0, opening);
		ensure!(opened, Error::<T>::OpeningInvalid);
		Ok(())
	}

	/// Have whoever was wrong pay, now that the unit was run again. Returns whether the challenger pays a fee: not where others have
	/// lost at least the bond. For less, whoever has nothing to lose could fill blocks with disputes about itself.
	pub(crate) fn judge(
		challenger: T::AccountId,
		job: JobId,
		result: ResultOf<T>,
		claim: Claim,
		run: UnitRun,
	) -> Result<Pays, DispatchError> {
		let refuted = run.outcome != claim.claimed;
		let (index, gas, provider) = (claim.index, run.gas, result.provider.clone());
		let lost = if refuted {
			let at = result.committed_at.into();
			let finder = Self::finder(&challenger, job, index, &run);
			let slashed = Self::convict(job, &result, Fault::Refuted, at, finder.as_ref())?;
			let (claimed, found) = (claim.claimed, run.outcome);
			Self::deposit_event(Event::UnitRefuted { job, index, provider, challenger, claimed, found, gas, slashed });
			T::Observer::judged(job, index, run, refuted);
			slashed
		} else {
			// Who shows checkers wrong, and not the provider, was not wrong.
			let lost = T::Observer::judged(job, index, run, refuted).saturated_into();
			let bond = T::DisputeBond::get();
			let paid = if lost < bond { Self::pay_bond(&challenger, &provider, bond)? } else { Zero::zero() };
			Self::deposit_event(Event::UnitUpheld { job, index, provider, challenger, gas, paid });
			lost
		};
		Ok(if lost < T::DisputeBond::get() { Pays::Yes } else { Pays::No })
	}
}

impl<T: Config> From<ArbiterError> for Error<T> {
	fn from(error: ArbiterError) -> Self {
		match error {
			ArbiterError::UnknownEngine => Self::UnknownEngine,
			ArbiterError::GasLimitTooHigh => Self::GasLimitTooHigh,
			ArbiterError::Engine => Self::ArbiterFailed,
		}
	}
}
