//! Benchmarks: every call and every step of the agenda, in its worst case.

use super::*;
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::fungible::{Balanced, Inspect},
	weights::WeightMeter,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};

const TIER: Tier = Tier(1);

fn minimum<T: Config>() -> BalanceOf<T> {
	<T::Currency as Inspect<T::AccountId>>::minimum_balance()
}

/// An account that can pay for everything here, and of which something is known.
fn funded<T: Config>(name: &'static str) -> T::AccountId {
	let who: T::AccountId = account(name, 0, 0);
	let amount = minimum::<T>().saturating_mul(1_000_000_000u32.into());
	let credit = <T::Currency as Balanced<T::AccountId>>::issue(amount);
	assert!(<T::Currency as Balanced<T::AccountId>>::resolve(&who, credit).is_ok());
	let known = Score { average: Perbill::one(), outcomes: 1 };
	Reputations::<T>::insert(&who, Reputation { provider: known, client: known });
	who
}

/// A client that can pay in what weighs most.
fn client<T: Config>() -> (T::AccountId, PaymentKind) {
	let (who, payment) = (funded::<T>("client"), T::Rails::dearest());
	T::Rails::endow(payment, &who, minimum::<T>().saturating_mul(1_000_000_000u32.into()));
	(who, payment)
}

fn url<T: Config>(byte: u8) -> UrlOf<T> {
	BoundedVec::truncate_from(vec![byte; T::MaxUrlLen::get() as usize])
}

fn now<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number()
}

fn set_block<T: Config>(block: BlockNumberFor<T>) {
	frame_system::Pallet::<T>::set_block_number(block);
}

/// Prices so high that an improvement of them is never rounded away.
fn ceiling<T: Config>() -> BalanceOf<T> {
	minimum::<T>().saturating_mul(1_000u32.into())
}

fn spec<T: Config>() -> JobSpec<T> {
	JobSpec {
		guest: H256::repeat_byte(1),
		input: H256::repeat_byte(2),
		units: 1,
		gas_per_unit: T::MaxGasPerUnit::get(),
		ceiling: ceiling::<T>(),
		min_tier: TIER,
		min_reputation: Perbill::one(),
		auction_blocks: T::MinAuctionBlocks::get(),
		deadline: now::<T>().saturating_add(T::MaxJobBlocks::get()),
		review_blocks: T::MinReviewBlocks::get(),
		source: url::<T>(b's'),
	}
}

/// A provider with one machine on offer.
fn offered<T: Config>(name: &'static str) -> Result<(T::AccountId, MachineId), BenchmarkError> {
	let provider = funded::<T>(name);
	let machine = make_offer::<T>(&provider, TIER, Region(1), 1)?;
	Ok((provider, machine))
}

/// A machine of a provider that can pay for it: see [`MachineSlots::make_offer`].
pub(crate) fn make_offer<T: Config>(
	provider: &T::AccountId,
	tier: Tier,
	region: Region,
	slots: u32,
) -> Result<MachineId, DispatchError> {
	T::Stake::make_active(provider, tier);
	let machine = NextMachineId::<T>::get();
	let origin = RawOrigin::Signed(provider.clone()).into();
	Pallet::<T>::register_machine(origin, tier, region, slots, url::<T>(b'e'))?;
	Ok(machine)
}

fn submitted<T: Config>() -> Result<(T::AccountId, JobId), BenchmarkError> {
	posted::<T>(spec::<T>, None)
}

/// A job that is paid in as many ranges as there can be.
fn divided<T: Config>() -> JobSpec<T> {
	JobSpec { units: T::MaxRanges::get(), ..spec::<T>() }
}

fn posted<T: Config>(spec: fn() -> JobSpec<T>, length: Option<u32>) -> Result<(T::AccountId, JobId), BenchmarkError> {
	// Making somebody as dear to slash as can be may take until a later block. The auction begins after that.
	T::Stake::make_active(&funded::<T>("early"), TIER);
	let (client, payment) = client::<T>();
	let job = NextJobId::<T>::get();
	Pallet::<T>::post(client.clone(), spec(), payment, length)?;
	Ok((client, job))
}

/// Someone in the middle of a trade.
struct Trade<T: Config> {
	client: T::AccountId,
	provider: T::AccountId,
	machine: MachineId,
	job: JobId,
}

impl<T: Config> Trade<T> {
	/// A job with a best bid below its ceiling.
	fn bid() -> Result<Self, BenchmarkError> {
		Self::bid_on(submitted::<T>()?)
	}

	fn bid_on((client, job): (T::AccountId, JobId)) -> Result<Self, BenchmarkError> {
		let (provider, machine) = offered::<T>("provider")?;
		let price = Pallet::<T>::rules().price_to_beat(ceiling::<T>());
		Pallet::<T>::bid(RawOrigin::Signed(provider.clone()).into(), job, machine, price)?;
		Ok(Self { client, provider, machine, job })
	}

	fn assigned() -> Result<Self, BenchmarkError> {
		Self::bid()?.close()
	}

	fn committed() -> Result<Self, BenchmarkError> {
		Self::assigned()?.commit()
	}

	/// With a result for the last range but one.
	fn range_committed() -> Result<Self, BenchmarkError> {
		let trade = Self::bid_on(posted::<T>(divided::<T>, Some(1))?)?.close()?.commit()?;
		let paid = T::MaxRanges::get().saturating_sub(2);
		Ranges::<T>::mutate_extant(trade.job, |progress| {
			progress.roots = BoundedVec::truncate_from(vec![H256::repeat_byte(3); paid as usize]);
		});
		Ok(trade)
	}

	fn close(self) -> Result<Self, BenchmarkError> {
		Pallet::<T>::close_auction(RawOrigin::Signed(self.client.clone()).into(), self.job)?;
		Ok(self)
	}

	fn commit(self) -> Result<Self, BenchmarkError> {
		let trade = self;
		T::Rewards::make_dearest(&trade.provider);
		let root = H256::repeat_byte(3);
		Pallet::<T>::commit_result(RawOrigin::Signed(trade.provider.clone()).into(), trade.job, 0, root)?;
		Ok(trade)
	}

	fn entry(&self) -> Result<Job<T>, BenchmarkError> {
		Jobs::<T>::get(self.job).ok_or(BenchmarkError::Stop("the job is not stored"))
	}

	/// Go to the block in which the job's next step is due, as if the chain had failed at it once: then its item is to be taken
	/// off elsewhere as well.
	fn wait(&self) -> Result<BlockNumberFor<T>, BenchmarkError> {
		let due = self.entry()?.due().ok_or(BenchmarkError::Stop("the job has ended"))?;
		set_block::<T>(due);
		Postponed::<T>::insert(self.job, Postponement { until: due.saturating_add(One::one()), failures: 1 });
		Ok(due)
	}

	/// Go to a block so late that the auction can have no winner.
	fn miss_auction(&self) -> Result<(), BenchmarkError> {
		set_block::<T>(self.entry()?.spec.deadline);
		Ok(())
	}
}

/// A result whose escrow is in what weighs most: see [`JobResults::make_result`].
pub(crate) fn make_result<T: Config>(
	guest: BlobHash,
	input: BlobHash,
	units: u32,
	gas_per_unit: Gas,
	root: H256,
) -> Result<JobId, DispatchError> {
	let (client, payment) = client::<T>();
	let (provider, machine) = offered::<T>("provider").map_err(|_| DispatchError::Other("no machine on offer"))?;
	let (client, provider) = (RawOrigin::Signed(client), RawOrigin::Signed(provider));
	let job = NextJobId::<T>::get();
	let price = One::one();
	let spec = JobSpec { guest, input, units, gas_per_unit, ceiling: price, ..spec::<T>() };
	Pallet::<T>::submit_job(client.clone().into(), spec, payment)?;
	Pallet::<T>::bid(provider.clone().into(), job, machine, price).map_err(|error| error.error)?;
	Pallet::<T>::close_auction(client.into(), job).map_err(|error| error.error)?;
	Pallet::<T>::commit_result(provider.into(), job, 0, root).map_err(|error| error.error)?;
	Ok(job)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_machine() -> Result<(), BenchmarkError> {
		let provider = funded::<T>("provider");
		T::Stake::make_active(&provider, TIER);

		#[extrinsic_call]
		_(RawOrigin::Signed(provider), TIER, Region(1), T::MaxSlots::get(), url::<T>(b'e'));

		assert!(Machines::<T>::contains_key(MachineId(0)));
		Ok(())
	}

	#[benchmark]
	fn deregister_machine() -> Result<(), BenchmarkError> {
		let (provider, machine) = offered::<T>("provider")?;

		#[extrinsic_call]
		_(RawOrigin::Signed(provider), machine);

		assert!(!Machines::<T>::contains_key(machine));
		Ok(())
	}

	#[benchmark]
	fn set_endpoint() -> Result<(), BenchmarkError> {
		let (provider, machine) = offered::<T>("provider")?;

		#[extrinsic_call]
		_(RawOrigin::Signed(provider), machine, url::<T>(b'n'));

		assert_eq!(Machines::<T>::get(machine).map(|entry| entry.endpoint), Some(url::<T>(b'n')));
		Ok(())
	}

	#[benchmark]
	fn submit_job() -> Result<(), BenchmarkError> {
		let (client, payment) = client::<T>();
		let spec = spec::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(client), spec.clone(), payment);

		assert_eq!(Jobs::<T>::get(JobId(0)).map(|entry| entry.spec), Some(spec));
		Ok(())
	}

	#[benchmark]
	fn submit_job_in_ranges() -> Result<(), BenchmarkError> {
		let (client, payment) = client::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(client), divided::<T>(), payment, 1);

		assert_eq!(Ranges::<T>::get(JobId(0)), Some(Progress::begin(1)));
		Ok(())
	}

	/// Beats another provider's bid and extends the auction.
	#[benchmark]
	fn bid() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;
		let (rival, machine) = offered::<T>("rival")?;
		let closes_at = trade.wait()?;
		set_block::<T>(closes_at.saturating_sub(One::one()));
		let best = trade.entry()?.live_bid().map(|best| best.price).unwrap_or_default();
		let price = Pallet::<T>::rules().price_to_beat(best);

		#[extrinsic_call]
		_(RawOrigin::Signed(rival.clone()), trade.job, machine, price);

		assert_eq!(trade.entry()?.live_bid().map(|best| best.provider.clone()), Some(rival));
		assert_eq!(Machines::<T>::get(trade.machine).map(|entry| entry.running), Some(0));
		Ok(())
	}

	/// Extends the auction, with no bid to beat.
	#[benchmark]
	fn bid_first() -> Result<(), BenchmarkError> {
		let (_, job) = submitted::<T>()?;
		let (provider, machine) = offered::<T>("provider")?;
		set_block::<T>(now::<T>().saturating_add(T::MinAuctionBlocks::get()).saturating_sub(One::one()));

		#[extrinsic_call]
		bid(RawOrigin::Signed(provider), job, machine, ceiling::<T>());

		assert_eq!(Machines::<T>::get(machine).map(|entry| entry.running), Some(1));
		Ok(())
	}

	#[benchmark]
	fn close_auction_assigned() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;
		trade.wait()?;

		#[extrinsic_call]
		close_auction(RawOrigin::Signed(trade.provider.clone()), trade.job);

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	#[benchmark]
	fn close_auction_withdrawn() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;
		trade.miss_auction()?;

		#[extrinsic_call]
		close_auction(RawOrigin::Signed(trade.provider.clone()), trade.job);

		assert_eq!(trade.entry()?.state, JobState::Refunded { reason: RefundReason::TooLate });
		Ok(())
	}

	#[benchmark]
	fn close_auction_empty() -> Result<(), BenchmarkError> {
		let (client, job) = submitted::<T>()?;
		set_block::<T>(now::<T>().saturating_add(T::MinAuctionBlocks::get()));

		#[extrinsic_call]
		close_auction(RawOrigin::Signed(client), job);

		let state = Jobs::<T>::get(job).map(|entry| entry.state);
		assert_eq!(state, Some(JobState::Refunded { reason: RefundReason::NoBids }));
		Ok(())
	}

	#[benchmark]
	fn cancel_job() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.job);

		assert_eq!(trade.entry()?.state, JobState::Refunded { reason: RefundReason::Cancelled });
		Ok(())
	}

	#[benchmark]
	fn cancel_job_without_bid() -> Result<(), BenchmarkError> {
		let (client, job) = submitted::<T>()?;

		#[extrinsic_call]
		cancel_job(RawOrigin::Signed(client), job);

		let state = Jobs::<T>::get(job).map(|entry| entry.state);
		assert_eq!(state, Some(JobState::Refunded { reason: RefundReason::Cancelled }));
		Ok(())
	}

	#[benchmark]
	fn commit_result() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::assigned()?;
		T::Checks::make_watchful();

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.provider.clone()), trade.job, 0, H256::repeat_byte(3));

		assert!(trade.entry()?.standing().is_some());
		Ok(())
	}

	/// For a range, after one whose check has not ended.
	#[benchmark]
	fn commit_result_checked() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::assigned()?;
		T::Checks::make_confirmed(trade.job);

		#[extrinsic_call]
		commit_result(RawOrigin::Signed(trade.provider.clone()), trade.job, 0, H256::repeat_byte(3));

		assert!(trade.entry()?.standing().is_some());
		Ok(())
	}

	#[benchmark]
	fn accept_result() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.job, 0);

		assert!(matches!(trade.entry()?.state, JobState::Settled { .. }));
		Ok(())
	}

	/// While others can still contradict the committee that has confirmed it.
	#[benchmark]
	fn accept_result_checked() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;
		T::Checks::make_confirmed(trade.job);

		#[extrinsic_call]
		accept_result(RawOrigin::Signed(trade.client.clone()), trade.job, 0);

		assert!(matches!(trade.entry()?.state, JobState::Settled { .. }));
		Ok(())
	}

	#[benchmark]
	fn accept_range() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::range_committed()?;

		#[extrinsic_call]
		accept_result(RawOrigin::Signed(trade.client.clone()), trade.job, T::MaxRanges::get().saturating_sub(2));

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	#[benchmark]
	fn accept_range_checked() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::range_committed()?;
		T::Checks::make_confirmed(trade.job);

		#[extrinsic_call]
		accept_result(RawOrigin::Signed(trade.client.clone()), trade.job, T::MaxRanges::get().saturating_sub(2));

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	#[benchmark]
	fn settle_job() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;
		trade.wait()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.provider.clone()), trade.job);

		assert!(matches!(trade.entry()?.state, JobState::Settled { .. }));
		Ok(())
	}

	#[benchmark]
	fn settle_range() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::range_committed()?;
		trade.wait()?;

		#[extrinsic_call]
		settle_job(RawOrigin::Signed(trade.provider.clone()), trade.job);

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	#[benchmark]
	fn expire_job() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::assigned()?;
		trade.wait()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.job);

		assert_eq!(trade.entry()?.state, JobState::Refunded { reason: RefundReason::DeadlineMissed });
		Ok(())
	}

	/// By somebody else than the client, so that both accounts are read.
	#[benchmark]
	fn clear_job() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;
		Pallet::<T>::accept_result(RawOrigin::Signed(trade.client.clone()).into(), trade.job, 0)?;
		let spec = trade.entry()?.spec;
		set_block::<T>(spec.deadline.saturating_add(spec.review_blocks).saturating_add(T::RetentionBlocks::get()));

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.provider.clone()), trade.job);

		assert!(!Jobs::<T>::contains_key(trade.job));
		Ok(())
	}

	/// Of somebody who has never had the asset. The hold stands as if a payment had been deferred.
	#[benchmark]
	fn claim_payment() -> Result<(), BenchmarkError> {
		let payment = T::Rails::dearest();
		let (caller, owner) = (funded::<T>("caller"), funded::<T>("owner"));
		let amount = ceiling::<T>();
		T::Rails::endow_unclaimed(payment, &owner, amount);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), payment, owner.clone());

		assert!(T::Rails::unclaimed(payment, &owner).is_zero());
		Ok(())
	}

	/// What every block pays: the cursor is moved over a block without items.
	#[benchmark]
	fn agenda_base() {
		let start = now::<T>();
		AgendaCursor::<T>::put(start);

		#[block]
		{
			Pallet::<T>::keep(start, Weight::MAX);
		}

		assert_eq!(AgendaCursor::<T>::get(), Some(start.saturating_add(One::one())));
	}

	/// What each block that is looked at adds.
	#[benchmark]
	fn agenda_block() {
		let done;

		#[block]
		{
			done = Pallet::<T>::keep_block(now::<T>(), &mut WeightMeter::new());
		}

		assert!(done);
	}

	/// What a step that has failed adds, not for the first time.
	#[benchmark]
	fn agenda_postpone() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;
		let due = trade.wait()?;
		Pallet::<T>::call_off(trade.job, due);
		Postponed::<T>::insert(trade.job, Postponement { until: due, failures: 7 });

		#[block]
		{
			Pallet::<T>::put_off(trade.job);
		}

		assert!(Postponed::<T>::get(trade.job).is_some_and(|postponed| postponed.failures == 8));
		Ok(())
	}

	#[benchmark]
	fn agenda_assign() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	/// With a bid to withdraw, which is dearer than an auction that nobody came to.
	#[benchmark]
	fn agenda_withdraw() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid()?;
		let due = trade.wait()?;
		trade.miss_auction()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert_eq!(trade.entry()?.state, JobState::Refunded { reason: RefundReason::TooLate });
		Ok(())
	}

	#[benchmark]
	fn agenda_expire() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::assigned()?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert_eq!(trade.entry()?.state, JobState::Refunded { reason: RefundReason::DeadlineMissed });
		Ok(())
	}

	#[benchmark]
	fn agenda_settle() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::committed()?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(matches!(trade.entry()?.state, JobState::Settled { .. }));
		Ok(())
	}

	#[benchmark]
	fn agenda_settle_range() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::range_committed()?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(matches!(trade.entry()?.state, JobState::Assigned { .. }));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
