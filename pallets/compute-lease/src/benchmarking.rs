//! Benchmarks: every call and every step of the agenda, in its worst case.
//!
//! `s` is the number of sources of escrow. A lease is at its dearest where it has run out exactly: then every source pays.

use super::*;
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{traits::fungible::Inspect, weights::WeightMeter};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};

const TIER: Tier = Tier(1);
const REGION: Region = Region(1);

fn minimum<T: Config>() -> BalanceOf<T> {
	<T::Currency as Inspect<T::AccountId>>::minimum_balance()
}

/// An account that can pay for everything here, in native tokens and in what weighs most.
fn funded<T: Config>(name: &'static str, index: u32) -> T::AccountId {
	let who: T::AccountId = account(name, index, 0);
	let amount = minimum::<T>().saturating_mul(1_000_000_000u32.into());
	for payment in [PaymentKind::Native, T::Rails::dearest()] {
		T::Rails::endow(payment, &who, amount);
	}
	who
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

/// Rates so high that an improvement of them is never rounded away.
fn ceiling<T: Config>() -> BalanceOf<T> {
	minimum::<T>().saturating_mul(1_000u32.into())
}

fn spec<T: Config>(grace_blocks: BlockNumberFor<T>) -> OrderSpec<T> {
	OrderSpec {
		min_tier: TIER,
		region: Some(REGION),
		slots: 1,
		ceiling: ceiling::<T>(),
		auction_blocks: T::MinAuctionBlocks::get(),
		max_blocks: None,
		grace_blocks,
		min_notice: T::MinNoticeBlocks::get(),
		manifest: BlobHash::repeat_byte(1),
		source: url::<T>(b's'),
	}
}

/// A provider with one machine on offer.
fn offered<T: Config>(name: &'static str) -> Result<(T::AccountId, MachineId), BenchmarkError> {
	let provider = funded::<T>(name, 0);
	let machine = T::Machines::make_offer(&provider, TIER, REGION, 1)?;
	Ok((provider, machine))
}

/// Somebody in the middle of a trade.
struct Trade<T: Config> {
	client: T::AccountId,
	provider: T::AccountId,
	machine: MachineId,
	lease: LeaseId,
}

impl<T: Config> Trade<T> {
	/// An order with `sources` sources, each of which covers the same number of blocks.
	///
	/// Making somebody as dear to slash as can be may take until a later block. So machines are offered first.
	fn ordered(sources: u32, grace: BlockNumberFor<T>) -> Result<Self, BenchmarkError> {
		let (provider, machine) = offered::<T>("provider")?;
		let client = funded::<T>("client", 0);
		let lease = NextLeaseId::<T>::get();
		let funding = Pallet::<T>::min_funding(ceiling::<T>());
		let origin = RawOrigin::Signed(client.clone()).into();
		Pallet::<T>::place_order(origin, spec::<T>(grace), T::Rails::dearest(), funding)?;
		for index in 1..sources {
			let patron = funded::<T>("patron", index);
			Pallet::<T>::fund(RawOrigin::Signed(patron).into(), lease, funding)?;
		}
		Ok(Self { client, provider, machine, lease })
	}

	fn bid(sources: u32, grace: BlockNumberFor<T>) -> Result<Self, BenchmarkError> {
		let trade = Self::ordered(sources, grace)?;
		let origin = RawOrigin::Signed(trade.provider.clone()).into();
		let notice = T::MinNoticeBlocks::get();
		Pallet::<T>::bid(origin, trade.lease, trade.machine, ceiling::<T>(), notice)?;
		Ok(trade)
	}

	fn started(sources: u32, grace: BlockNumberFor<T>) -> Result<Self, BenchmarkError> {
		let trade = Self::bid(sources, grace)?;
		Pallet::<T>::close_auction(RawOrigin::Signed(trade.client.clone()).into(), trade.lease)?;
		T::Rewards::make_dearest(&trade.provider);
		Ok(trade)
	}

	/// A lease of which the last block of escrow is over. It pauses when it is looked at.
	fn run_out(sources: u32) -> Result<Self, BenchmarkError> {
		let trade = Self::started(sources, T::MaxGraceBlocks::get())?;
		trade.wait()?;
		Ok(trade)
	}

	fn entry(&self) -> Result<Lease<T>, BenchmarkError> {
		Leases::<T>::get(self.lease).ok_or(BenchmarkError::Stop("there is no such lease"))
	}

	/// Go to the block in which the next step is due, as if the chain had failed at it once: then its item is to be taken off
	/// elsewhere as well.
	fn wait(&self) -> Result<BlockNumberFor<T>, BenchmarkError> {
		let due = self.entry()?.due();
		set_block::<T>(due);
		Postponed::<T>::insert(self.lease, Postponement { until: due.saturating_add(One::one()), failures: 1 });
		Ok(due)
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn place_order() -> Result<(), BenchmarkError> {
		let client = funded::<T>("client", 0);
		let funding = Pallet::<T>::min_funding(ceiling::<T>());

		#[extrinsic_call]
		_(RawOrigin::Signed(client), spec::<T>(Zero::zero()), T::Rails::dearest(), funding);

		assert!(Leases::<T>::contains_key(LeaseId(0)));
		Ok(())
	}

	/// Beats another provider's bid and extends the auction, on an order that as many pay for as can.
	#[benchmark]
	fn bid() -> Result<(), BenchmarkError> {
		let (rival, machine) = offered::<T>("rival")?;
		let trade = Trade::<T>::bid(T::MaxSources::get(), Zero::zero())?;
		set_block::<T>(trade.wait()?.saturating_sub(One::one()));
		let rate = Pallet::<T>::rules().price_to_beat(ceiling::<T>());

		#[extrinsic_call]
		_(RawOrigin::Signed(rival.clone()), trade.lease, machine, rate, T::MinNoticeBlocks::get());

		assert_eq!(trade.entry()?.live_bid().map(|best| best.provider.clone()), Some(rival));
		Ok(())
	}

	/// Extends the auction, with no bid to beat.
	#[benchmark]
	fn bid_first() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::ordered(T::MaxSources::get(), Zero::zero())?;
		set_block::<T>(trade.wait()?.saturating_sub(One::one()));
		let provider = RawOrigin::Signed(trade.provider.clone());

		#[extrinsic_call]
		bid(provider, trade.lease, trade.machine, ceiling::<T>(), T::MinNoticeBlocks::get());

		assert!(trade.entry()?.live_bid().is_some());
		Ok(())
	}

	#[benchmark]
	fn close_auction_started() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid(T::MaxSources::get(), Zero::zero())?;
		trade.wait()?;

		#[extrinsic_call]
		close_auction(RawOrigin::Signed(trade.provider.clone()), trade.lease);

		assert!(trade.entry()?.tenancy().is_some());
		Ok(())
	}

	#[benchmark]
	fn close_auction_empty(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::ordered(s, Zero::zero())?;
		trade.wait()?;

		#[extrinsic_call]
		close_auction(RawOrigin::Signed(trade.provider.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	#[benchmark]
	fn cancel_order(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid(s, Zero::zero())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	/// By somebody who has not paid before, for a lease that pauses first and goes on then.
	#[benchmark]
	fn fund(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::run_out(s)?;
		let patron = funded::<T>("patron", 0);
		let funding = Pallet::<T>::min_funding(ceiling::<T>());

		#[extrinsic_call]
		_(RawOrigin::Signed(patron), trade.lease, funding);

		assert_eq!(trade.entry()?.escrow(), funding);
		Ok(())
	}

	/// By the last source, of which a block's price is left.
	#[benchmark]
	fn defund(s: Linear<2, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		let patron: T::AccountId = account("patron", s.saturating_sub(1), 0);
		set_block::<T>(trade.wait()?.saturating_sub(2u32.into()));

		#[extrinsic_call]
		_(RawOrigin::Signed(patron), trade.lease);

		assert_eq!(trade.entry()?.due(), now::<T>().saturating_add(One::one()));
		Ok(())
	}

	/// Of a lease that ends by it.
	#[benchmark]
	fn settle(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		trade.wait()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	/// One block before escrow has run out, so that there is something to give back too.
	#[benchmark]
	fn close_lease(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		set_block::<T>(trade.wait()?.saturating_sub(One::one()));

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	/// As for closing it otherwise.
	#[benchmark]
	fn close_unserved(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		set_block::<T>(trade.wait()?.saturating_sub(One::one()));

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	/// Of a lease that pauses by it, and so ends.
	#[benchmark]
	fn reclaim(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::run_out(s)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.provider.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	/// One block before escrow has run out: a block later it would be no offence.
	#[benchmark]
	fn abandon(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		set_block::<T>(trade.wait()?.saturating_sub(One::one()));

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.provider.clone()), trade.lease);

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	#[benchmark]
	fn set_manifest() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::ordered(T::MaxSources::get(), Zero::zero())?;
		let manifest = BlobHash::repeat_byte(2);

		#[extrinsic_call]
		_(RawOrigin::Signed(trade.client.clone()), trade.lease, manifest, url::<T>(b'n'));

		assert_eq!(trade.entry()?.spec.manifest, manifest);
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
		let trade = Trade::<T>::started(T::MaxSources::get(), Zero::zero())?;
		let due = trade.wait()?;
		Pallet::<T>::call_off(trade.lease, due);
		Postponed::<T>::insert(trade.lease, Postponement { until: due, failures: 7 });

		#[block]
		{
			Pallet::<T>::put_off(trade.lease);
		}

		assert!(Postponed::<T>::get(trade.lease).is_some_and(|postponed| postponed.failures == 8));
		Ok(())
	}

	#[benchmark]
	fn agenda_start() -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::bid(T::MaxSources::get(), Zero::zero())?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(trade.entry()?.tenancy().is_some());
		Ok(())
	}

	#[benchmark]
	fn agenda_pause(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::run_out(s)?;

		#[block]
		{
			Pallet::<T>::keep_block(now::<T>(), &mut WeightMeter::new());
		}

		assert!(matches!(trade.entry()?.state, LeaseState::Paused { .. }));
		Ok(())
	}

	#[benchmark]
	fn agenda_end(s: Linear<1, { T::MaxSources::get() }>) -> Result<(), BenchmarkError> {
		let trade = Trade::<T>::started(s, Zero::zero())?;
		let due = trade.wait()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(!Leases::<T>::contains_key(trade.lease));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
