//! Benchmarks of the calls, of what other pallets and the hook call, each asserting its effect.

use super::*;
use crate::schedule::Baseline;
use alloc::vec;
use assay_primitives::{CapacityRewards, CheckerRewards, SeizeRewards, WorkRewards};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use pallet_authorship::EventHandler;
use sp_runtime::traits::Saturating;

/// A fee of which `k` is well above the existential deposit.
fn fee<T: Config>() -> Balance {
	T::Currency::minimum_balance().saturating_mul(1_000).saturating_add(1_000)
}

/// Put enough into the pot of `kind` for any reward here.
fn fund_pot<T: Config>(kind: RewardKind) {
	let pot = Pallet::<T>::pot_account(kind.into());
	assert!(T::Currency::mint_into(&pot, fee::<T>().saturating_mul(10)).is_ok());
}

/// Close the running round as the hook would.
fn end_round<T: Config>() {
	let length = BlockNumberFor::<T>::from(T::RoundLength::get());
	assert!(Pallet::<T>::close_round_if_due(CurrentRound::<T>::get().since.saturating_add(length)));
}

/// Credit `account` with points of `kind`.
fn credit<T: Config>(kind: RewardKind, account: &T::AccountId) {
	match kind {
		RewardKind::Work => Pallet::<T>::credit_work(account, 1_000, fee::<T>()),
		RewardKind::Capacity => Pallet::<T>::credit_capacity(account, 1_000),
		RewardKind::Checks => Pallet::<T>::credit_checks(account, 1_000),
		RewardKind::Validation => Pallet::<T>::note_author(account.clone()),
	}
}

/// Have `account` earn in a round that closes, so that its next credit has to settle that round first.
pub(crate) fn leave_unsettled<T: Config>(kind: RewardKind, account: &T::AccountId) {
	fund_pot::<T>(kind);
	credit::<T>(kind, account);
	end_round::<T>();
}

/// Bring `who` into being: tokens may vest only for accounts that live without them.
fn open<T: Config>(who: &T::AccountId) {
	assert!(T::Currency::mint_into(who, T::Currency::minimum_balance()).is_ok());
}

/// Whether tokens can vest by `plan`: a runtime may have no place where they do.
fn vests<T: Config>(plan: VestingPlan) -> bool {
	let probe = account("probe", 0, 0);
	open::<T>(&probe);
	T::Vesting::vest(&probe, plan, T::Currency::issue(fee::<T>())).is_ok()
}

/// The plan of accounts in budgets here: one by which tokens vest, if they can, since that costs more.
fn account_plan<T: Config>() -> Option<VestingPlan> {
	let plan = VestingPlan::Escrowed;
	vests::<T>(plan).then_some(plan)
}

/// As many recipients as a budget can have: pots as long as there are some, then accounts.
fn full_budget<T: Config>(recipients: u32) -> BudgetTable<T::AccountId> {
	let one = Perbill::one().deconstruct();
	let part = one.checked_div(recipients).unwrap_or_default();
	let rest = one.saturating_sub(part.saturating_mul(recipients.saturating_sub(1)));
	let plan = account_plan::<T>();
	let parts = (0..recipients).map(|n| {
		let named = || {
			let who = account("recipient", n, 0);
			if plan.is_some() {
				open::<T>(&who);
			}
			Recipient::Account { who, plan }
		};
		let recipient = Pot::ALL.get(n as usize).map_or_else(named, |pot| Recipient::Pot(*pot));
		(recipient, Perbill::from_parts(if n == 0 { rest } else { part }))
	});
	BudgetTable::truncate_from(parts.collect::<Vec<_>>())
}

/// The chain's first schedule.
fn first<T: Config>() -> Result<ChainSchedule, BenchmarkError> {
	T::Schedules::get().into_iter().next().ok_or(BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The provider is the last to settle a closed round, and whatever the payee does it has to do.
	#[benchmark]
	fn claim_work_reward() {
		let caller: T::AccountId = whitelisted_caller();
		let provider: T::AccountId = account("provider", 0, 0);
		T::Payee::make_dearest(&provider);
		leave_unsettled::<T>(RewardKind::Work, &provider);
		assert!(!Pallet::<T>::pending_work_reward(provider.clone()).is_zero());

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), provider.clone());

		assert!(!Ledgers::<T>::contains_key(RewardKind::Work, &provider));
		assert!(PotStates::<T>::get(RewardKind::Work).reserved.is_zero());
	}

	/// A reward that vests, if any kind does: what is paid at once costs the same for every kind.
	#[benchmark]
	fn claim() {
		let caller: T::AccountId = whitelisted_caller();
		let earner: T::AccountId = account("earner", 0, 0);
		let vesting = |kind: &RewardKind| T::VestingOf::convert(*kind).is_some_and(vests::<T>);
		let kind = RewardKind::ALL.into_iter().find(vesting).unwrap_or(RewardKind::Capacity);
		if T::VestingOf::convert(kind).is_some() {
			open::<T>(&earner);
		}
		leave_unsettled::<T>(kind, &earner);
		assert!(!Pallet::<T>::pending_reward(kind, earner.clone()).is_zero());

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), kind, earner.clone());

		assert!(!Ledgers::<T>::contains_key(kind, &earner));
		assert!(PotStates::<T>::get(kind).reserved.is_zero());
	}

	/// As many parts as there may be, and as many others that are owed something.
	#[benchmark]
	fn set_budget() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		let id = first::<T>()?.id;
		let budget = full_budget::<T>(MAX_RECIPIENTS);
		let others = MAX_OWED.saturating_sub(MAX_RECIPIENTS);
		let owed = (0..others).map(|n| (Recipient::Account { who: account("owed", n, 0), plan: None }, 1));
		Owed::<T>::insert(id, OwedTable::truncate_from(owed.collect::<Vec<_>>()));

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id, budget.clone());

		assert_eq!(Budgets::<T>::get(id), budget);
		Ok(())
	}

	/// The provider is credited in a new round, so that the one before is settled.
	#[benchmark]
	fn credit_work() {
		let provider: T::AccountId = account("provider", 0, 0);
		leave_unsettled::<T>(RewardKind::Work, &provider);

		#[block]
		{
			Pallet::<T>::credit_work(&provider, 2_000, fee::<T>());
		}

		assert!(!Ledgers::<T>::get(RewardKind::Work, &provider).pending.is_zero());
	}

	/// Capacity, checks and whatever else no fee is paid on, in a new round.
	#[benchmark]
	fn credit_points() {
		let provider: T::AccountId = account("provider", 0, 0);
		leave_unsettled::<T>(RewardKind::Capacity, &provider);

		#[block]
		{
			Pallet::<T>::credit_capacity(&provider, 2_000);
		}

		assert!(!Ledgers::<T>::get(RewardKind::Capacity, &provider).pending.is_zero());
	}

	/// The author's first block in a new round.
	#[benchmark]
	fn note_author() {
		let author: T::AccountId = account("author", 0, 0);
		leave_unsettled::<T>(RewardKind::Validation, &author);

		#[block]
		{
			<Pallet<T> as EventHandler<_, _>>::note_author(author.clone());
		}

		assert!(!Ledgers::<T>::get(RewardKind::Validation, &author).pending.is_zero());
	}

	/// All that an account has earned, of every kind and not settled.
	#[benchmark]
	fn seize_rewards() {
		let who: T::AccountId = account("who", 0, 0);
		for kind in RewardKind::ALL {
			fund_pot::<T>(kind);
			credit::<T>(kind, &who);
		}
		end_round::<T>();
		let all = RewardKind::ALL
			.into_iter()
			.fold(0, |sum: Balance, kind| sum.saturating_add(Pallet::<T>::pending_reward(kind, who.clone())));
		let taken;

		#[block]
		{
			taken = Pallet::<T>::seize_rewards(&who, Balance::MAX);
		}

		assert_eq!(taken.peek(), all);
		assert!(RewardKind::ALL.into_iter().all(|kind| !Ledgers::<T>::contains_key(kind, &who)));
	}

	/// A block in which no period and no round ends.
	#[benchmark]
	fn on_initialize_idle() {
		let before = AllProgress::<T>::get();
		let now = CurrentRound::<T>::get().since;

		#[block]
		{
			Pallet::<T>::mint_due(now);
			Pallet::<T>::close_round_if_due(now);
		}

		assert_eq!(AllProgress::<T>::get().len(), before.len());
	}

	/// A schedule mints for `r` recipients, each of which was owed something; transfers open.
	#[benchmark]
	fn mint(r: Linear<1, MAX_OWED>) -> Result<(), BenchmarkError> {
		let ChainSchedule { id, emission } = first::<T>()?;
		// Those that no budget has room for are owed something by an earlier one.
		let budget = full_budget::<T>(r.min(MAX_RECIPIENTS));
		let mut owed: Vec<_> = budget.iter().map(|(recipient, _)| (recipient.clone(), 1)).collect();
		let due = T::Currency::minimum_balance().saturating_add(1);
		let earlier = MAX_RECIPIENTS..r.max(MAX_RECIPIENTS);
		owed.extend(earlier.map(|n| (Recipient::Account { who: account("recipient", n, 0), plan: None }, due)));
		Budgets::<T>::insert(id, budget);
		Owed::<T>::insert(id, OwedTable::truncate_from(owed));
		TransferLock::<T>::put(Perbill::from_parts(1));
		// Of the other schedules nothing is due.
		let mut all = vec![Progress::new(id, 0)];
		let others = T::Schedules::get().into_iter().skip(1);
		all.extend(others.map(|other| Progress {
			state: State { period: u32::MAX, ..Default::default() },
			..Progress::new(other.id, 0)
		}));
		AllProgress::<T>::put(BoundedVec::truncate_from(all));
		let period = match emission.curve {
			// The fraction of a half-life with the most digits set, and so the most multiplications.
			Curve::SmoothDecay { half_life } | Curve::Baseline(Baseline { half_life, .. }) => {
				half_life.saturating_sub(1).max(1)
			},
			// Many, with all digits set.
			_ => u16::MAX.into(),
		};
		let now = BlockNumberFor::<T>::from(emission.period.saturating_mul(period));

		#[block]
		{
			Pallet::<T>::mint_due(now);
		}

		assert!(Pallet::<T>::minted() > 0);
		assert!(!Owed::<T>::contains_key(id));
		assert!(Pallet::<T>::transfers_open());
		Ok(())
	}

	/// A round of every kind is closed in which somebody earned.
	#[benchmark]
	fn close_round() {
		let who: T::AccountId = account("who", 0, 0);
		for kind in RewardKind::ALL {
			fund_pot::<T>(kind);
			credit::<T>(kind, &who);
		}
		let number = CurrentRound::<T>::get().number;

		#[block]
		{
			end_round::<T>();
		}

		assert!(RewardKind::ALL.into_iter().all(|kind| Rounds::<T>::contains_key(kind, number)));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
