//! What must always be true of the market's state.
//!
//! Each check stands for one invariant. They run after every test of this pallet, and in `try-runtime`.

use super::*;
use alloc::collections::BTreeMap;
use sp_runtime::{traits::CheckedAdd, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// All invariants.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_ids()?;
		Self::check_ranges_paid()?;
		Self::check_escrow()?;
		Self::check_rails()?;
		Self::check_holds()?;
		Self::check_slots()?;
		Self::check_agenda()?;
		Self::check_reputations()
	}

	/// Ids are below the next one to be given.
	pub(crate) fn check_ids() -> Result<(), TryRuntimeError> {
		let next = NextMachineId::<T>::get();
		ensure!(Machines::<T>::iter_keys().all(|id| id < next), "a machine's id has not been given yet");
		let next = NextJobId::<T>::get();
		ensure!(Jobs::<T>::iter_keys().all(|id| id < next), "a job's id has not been given yet");
		Ok(())
	}

	/// A job that is paid in ranges can be divided so; none is paid for while it is open, and all are when it is settled.
	pub(crate) fn check_ranges_paid() -> Result<(), TryRuntimeError> {
		for (id, progress) in Ranges::<T>::iter() {
			let job = Jobs::<T>::get(id).ok_or("there are ranges of no job")?;
			let units = job.spec.units;
			ensure!(Self::check_ranges(units, progress.length).is_ok(), "a job cannot be divided into its ranges");
			let (paid, all) = (progress.roots.len(), units.div_ceil(progress.length) as usize);
			let fits = match &job.state {
				JobState::Open { .. } => paid == 0,
				JobState::Settled { paid: divided, .. } => paid == all && *divided == progress.paid,
				_ => paid < all,
			};
			ensure!(fits, "other ranges are paid for than the job's state says");
		}
		Ok(())
	}

	/// In escrow is the ceiling while a job is open, the price of what is not paid for from when it is assigned until it ends,
	/// nothing then.
	pub(crate) fn check_escrow() -> Result<(), TryRuntimeError> {
		for (id, job) in Jobs::<T>::iter() {
			let paid = Ranges::<T>::get(id).map_or(0, |progress| progress.next(job.spec.units).start);
			ensure!(job.owed(paid) == Some(job.escrow), "a job's escrow is not what its state demands");
		}
		Ok(())
	}

	/// For each client and kind of payment, what the rail has in escrow is the sum of what its jobs have, and whatever else
	/// is paid over the rails.
	pub(crate) fn check_rails() -> Result<(), TryRuntimeError> {
		let mut books = BTreeMap::<(T::AccountId, PaymentKind), BalanceOf<T>>::new();
		for job in Jobs::<T>::iter_values() {
			let sum = books.entry((job.client, job.payment)).or_default();
			*sum = sum.checked_add(&job.escrow).ok_or("the escrow of a client overflows")?;
		}
		T::OtherBooks::add_escrow(&mut books);
		for ((client, payment), sum) in books {
			ensure!(T::Rails::held(payment, &client) == sum, "a client's escrow differs from the books");
		}
		Ok(())
	}

	/// For each account and kind of deposit, what is on hold is the sum of what the books say.
	pub(crate) fn check_holds() -> Result<(), TryRuntimeError> {
		// By account: job deposits, machine deposits, bid deposits.
		let mut books = BTreeMap::<T::AccountId, [BalanceOf<T>; 3]>::new();
		let mut book = |account: T::AccountId, amounts: [BalanceOf<T>; 3]| {
			let sums = books.entry(account).or_insert([Zero::zero(); 3]);
			for (sum, amount) in sums.iter_mut().zip(amounts) {
				*sum = sum.saturating_add(amount);
			}
		};
		let none = BalanceOf::<T>::zero();
		for job in Jobs::<T>::iter_values() {
			book(job.client, [job.deposit, none, none]);
			if let JobState::Open { best: Some(bid), .. } = job.state {
				book(bid.provider, [none, none, bid.deposit]);
			}
		}
		for machine in Machines::<T>::iter_values() {
			book(machine.provider, [none, machine.deposit, none]);
		}
		let reasons = [HoldReason::JobDeposit, HoldReason::MachineDeposit, HoldReason::BidDeposit];
		for (account, sums) in books {
			for (reason, sum) in reasons.into_iter().zip(sums) {
				let held = T::Currency::balance_on_hold(&reason.into(), &account);
				ensure!(held == sum, "an account's hold differs from the books");
			}
		}
		Ok(())
	}

	/// A machine's taken slots are its best bids, the jobs that it won and that have not ended, and what others have taken,
	/// and no more than it has.
	pub(crate) fn check_slots() -> Result<(), TryRuntimeError> {
		let mut taken = BTreeMap::<MachineId, u32>::new();
		for job in Jobs::<T>::iter_values() {
			let Some(bid) = job.live_bid() else { continue };
			let machine = Machines::<T>::get(bid.machine).ok_or("a live bid's machine is not registered")?;
			ensure!(machine.provider == bid.provider, "a live bid's machine is another provider's");
			ensure!(machine.tier >= job.spec.min_tier, "a live bid's machine is too weak for the job");
			let count = taken.entry(bid.machine).or_default();
			*count = count.saturating_add(1);
		}
		T::OtherBooks::add_slots(&mut taken);
		for (id, machine) in Machines::<T>::iter() {
			ensure!(machine.running <= machine.slots, "more of a machine's slots are taken than it has");
			ensure!(
				taken.get(&id).copied().unwrap_or_default() == machine.running,
				"a machine's taken slots are wrong"
			);
		}
		Ok(())
	}

	/// Each job that the chain will do something with has exactly one item, which the cursor has not passed: at the block where
	/// it is due, or at the one to which what was due has been postponed.
	pub(crate) fn check_agenda() -> Result<(), TryRuntimeError> {
		let mut live = 0usize;
		for (id, job) in Jobs::<T>::iter() {
			let Some(due) = job.due() else { continue };
			let postponed = Postponed::<T>::get(id).map(|postponed| postponed.until);
			ensure!(postponed.is_none_or(|until| until > due), "a job is postponed that was not due");
			ensure!(Agenda::<T>::contains_key(postponed.unwrap_or(due), id), "a live job is not on the agenda");
			live = live.saturating_add(1);
		}
		let is_live = |id| Jobs::<T>::get(id).and_then(|job| job.due()).is_some();
		ensure!(Postponed::<T>::iter_keys().all(is_live), "a job is postponed for which nothing is left to do");
		ensure!(Agenda::<T>::iter_keys().count() == live, "the agenda has an item that no live job explains");
		let cursor = AgendaCursor::<T>::get().unwrap_or_default();
		ensure!(Agenda::<T>::iter_keys().all(|(due, _)| due >= cursor), "the cursor has passed an item");
		Ok(())
	}

	/// What is stored of somebody's reputation comes of outcomes, and is of an account that there is.
	pub(crate) fn check_reputations() -> Result<(), TryRuntimeError> {
		for (who, Reputation { provider, client }) in Reputations::<T>::iter() {
			ensure!(frame_system::Account::<T>::contains_key(&who), "a reputation is of no account");
			ensure!(provider.outcomes > 0 || client.outcomes > 0, "a reputation comes of no outcome");
		}
		Ok(())
	}
}
