//! Disputes: one leaf of a commitment is opened, its unit is run again, and whoever was wrong pays.
//!
//! Everything is decided in the call itself: no dispute is ever open, so none can be left open.

use super::*;
use sp_runtime::traits::{BlakeTwo256, Hash, Zero};

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
		Self::check_opening(&result, claim.index, &claim.claimed, &claim.opening)?;
		Ok(result)
	}

	/// Check that the commitment of `result` has `outcome` for unit `index`. O(log units).
	pub(crate) fn check_opening(
		result: &ResultOf<T>,
		index: u32,
		outcome: &H256,
		opening: &Opening,
	) -> Result<(), Error<T>> {
		ensure!(index < result.units, Error::<T>::NoSuchUnit);
		let opened = merkle::verify(&result.root.0, result.units, index, &outcome.0, opening);
		ensure!(opened, Error::<T>::OpeningInvalid);
		Ok(())
	}

	/// Run the unit again, and have whoever was wrong pay.
	pub(crate) fn judge(
		challenger: T::AccountId,
		job: JobId,
		result: ResultOf<T>,
		claim: Claim,
		guest: &[u8],
		input: &[u8],
	) -> Result<VerdictOf<T>, DispatchError> {
		let bond = T::DisputeBond::get();
		// First, so that nothing is computed for whoever could not pay for being wrong.
		Self::ensure_can_pay(&challenger, bond)?;
		ensure!(BlakeTwo256::hash(guest) == result.guest, Error::<T>::GuestMismatch);
		ensure!(BlakeTwo256::hash(input) == result.input, Error::<T>::InputMismatch);
		let run = T::Arbiter::run_unit(result.engine, guest, input, claim.index, result.gas_per_unit)
			.map_err(Error::<T>::from)?;

		let refuted = run.outcome != claim.claimed;
		let (index, gas, provider) = (claim.index, run.gas, result.provider.clone());
		let slashed = if refuted {
			let at = result.committed_at.into();
			let finder = Self::finder(&challenger, job, index, &run);
			let slashed = Self::convict(job, &result, Fault::Refuted, at, finder.as_ref())?;
			let (claimed, found) = (claim.claimed, run.outcome);
			Self::deposit_event(Event::UnitRefuted { job, index, provider, challenger, claimed, found, gas, slashed });
			slashed
		} else {
			let paid = Self::pay_bond(&challenger, &provider, bond)?;
			Self::deposit_event(Event::UnitUpheld { job, index, provider, challenger, gas, paid });
			Zero::zero()
		};
		T::Observer::judged(job, index, run, refuted);
		Ok(Verdict { slashed, gas })
	}
}

impl<T: Config> From<ArbiterError> for Error<T> {
	fn from(error: ArbiterError) -> Self {
		match error {
			ArbiterError::UnknownEngine => Self::UnknownEngine,
			ArbiterError::GasLimitTooHigh => Self::GasLimitTooHigh,
			ArbiterError::Guest => Self::GuestRefused,
			ArbiterError::Engine => Self::ArbiterFailed,
		}
	}
}
