//! Demands: whoever withholds what it was to deliver must show it on chain, or is taken not to have it.
//!
//! An output that is revealed stands in the block's body, where everybody can read it; the state keeps nothing of it.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Saturating, SaturatedConversion};

/// How a demand was closed that nobody had answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Closed {
	/// The provider let its time pass: the result was refused.
	Withheld,
	/// The job had ended meanwhile.
	Moot,
}

impl Closed {
	/// What closing with this outcome weighs as a call.
	pub(crate) fn weight<T: Config>(self) -> Weight {
		match self {
			Closed::Withheld => T::WeightInfo::close_demand_withheld(),
			Closed::Moot => T::WeightInfo::close_demand_moot(),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Ask for a unit of a result, which keeps it from being paid for.
	pub(crate) fn demand(by: T::AccountId, job: JobId, index: u32) -> DispatchResult {
		let result = T::Results::result(job)?;
		ensure!(result.provider != by, Error::<T>::OwnResult);
		ensure!(result.place(index).is_some(), Error::<T>::NoSuchUnit);
		ensure!(!Demands::<T>::contains_key(job, index), Error::<T>::DemandOpen);
		// Whoever wants nothing to be shown, the provider by another account above all, could take all places.
		let kept = if by == result.client { 0 } else { T::ClientDemands::get() };
		ensure!(result.open < T::MaxOpenDemands::get().saturating_sub(kept), Error::<T>::TooManyDemands);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now < result.review_ends.into(), Error::<T>::ReviewOver);

		let deposit = T::DemandDeposit::get();
		Self::put_up(HoldReason::DemandDeposit, &by, deposit)?;
		T::Results::contest(job)?;
		let reveal_by = now.saturating_add(T::RevealWindow::get());
		Self::appoint((job, index), Self::due(reveal_by), now);
		Demands::<T>::insert(job, index, Demand { by: by.clone(), deposit, reveal_by });
		Self::deposit_event(Event::UnitDemanded { job, index, by, deposit, reveal_by });
		Ok(())
	}

	/// Answer a demand with the unit's output.
	pub(crate) fn reveal(
		provider: T::AccountId,
		job: JobId,
		index: u32,
		output: UnitOutput<T>,
		opening: &Opening,
	) -> DispatchResult {
		let demand = Demands::<T>::get(job, index).ok_or(Error::<T>::NoDemand)?;
		let result = T::Results::result(job)?;
		ensure!(result.provider == provider, Error::<T>::NotProvider);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now <= demand.reveal_by, Error::<T>::RevealTooLate);
		let outcome = output.outcome();
		Self::check_opening(&result, index, &outcome, opening)?;

		Self::forget(job, index, demand.reveal_by);
		T::Results::answer(job, now.saturating_add(T::DisputeWindow::get()).saturated_into())?;
		let cost = Self::reveal_cost(output.len()).min(demand.deposit);
		let reason = HoldReason::DemandDeposit;
		let paid = Self::forfeit(reason, &demand.by, &provider, cost);
		let returned = demand.deposit.saturating_sub(cost);
		Self::give_back(reason, &demand.by, returned);
		Self::deposit_event(Event::UnitRevealed { job, index, provider, outcome, by: demand.by, paid, returned });
		Ok(())
	}

	/// What whoever demanded a unit pays its provider for revealing an output of `bytes` bytes.
	pub(crate) fn reveal_cost(bytes: u32) -> BalanceOf<T> {
		T::RevealByteFee::get().saturating_mul(bytes.into()).saturating_add(T::RevealBaseFee::get())
	}

	/// Close a demand that was not answered in time, or whose job has ended meanwhile.
	pub(crate) fn close(job: JobId, index: u32) -> Result<Closed, DispatchError> {
		let demand = Demands::<T>::get(job, index).ok_or(Error::<T>::NoDemand)?;
		let standing = T::Results::result(job).ok();
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(standing.is_none() || now > demand.reveal_by, Error::<T>::RevealNotOver);

		Self::forget(job, index, demand.reveal_by);
		let (by, deposit) = (demand.by, demand.deposit);
		Self::give_back(HoldReason::DemandDeposit, &by, deposit);
		let Some(result) = standing else {
			Self::deposit_event(Event::DemandDropped { job, index, by, deposit });
			return Ok(Closed::Moot);
		};
		let slashed = Self::convict(job, &result, Fault::Withheld, demand.reveal_by, Some(&by))?;
		let provider = result.provider;
		Self::deposit_event(Event::UnitWithheld { job, index, provider, by, deposit, slashed });
		Ok(Closed::Withheld)
	}

	/// Remove a demand and its deadline.
	fn forget(job: JobId, index: u32, reveal_by: BlockNumberFor<T>) {
		Demands::<T>::remove(job, index);
		Self::call_off((job, index), Self::due(reveal_by));
	}
}
