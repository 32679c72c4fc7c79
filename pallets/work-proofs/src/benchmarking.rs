//! Benchmarks: every call and every step of the clock, in its worst case.

use super::*;
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::{traits::fungible::Balanced, weights::WeightMeter};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::traits::{BlakeTwo256, Hash};

/// The smallest guest that the arbiter is asked for: from here on, the time grows evenly.
const MIN_GUEST: u32 = 32 * 1_024;
/// Thousands of gas that any unit of it may use.
const MIN_GAS: u32 = 20;

/// An account that can pay for everything here.
fn funded<T: Config>(name: &'static str) -> T::AccountId {
	let who: T::AccountId = account(name, 0, 0);
	let amount = T::DisputeBond::get().saturating_add(T::DemandDeposit::get()).saturating_mul(100u32.into());
	let credit = <T::Currency as Balanced<T::AccountId>>::issue(amount);
	assert!(<T::Currency as Balanced<T::AccountId>>::resolve(&who, credit).is_ok());
	who
}

/// The deepest opening that there can be.
fn opening() -> Result<Opening, BenchmarkError> {
	let siblings = vec![[7u8; 32]; merkle::MAX_DEPTH as usize].encode();
	Opening::decode(&mut &siblings[..]).map_err(|_| BenchmarkError::Stop("no opening"))
}

/// A result of as many units as there can be, of which the first one has this outcome.
fn committed<T: Config>(guest: &[u8], input: &[u8], gas: Gas, outcome: H256) -> Result<JobId, BenchmarkError> {
	let root = merkle::opened(merkle::MAX_UNITS, 0, &outcome.0, &opening()?)
		.ok_or(BenchmarkError::Stop("the opening has another depth"))?;
	let (guest, input) = (BlakeTwo256::hash(guest), BlakeTwo256::hash(input));
	Ok(T::Results::make_result(guest, input, merkle::MAX_UNITS, gas, H256(root))?)
}

/// A result and somebody who has demanded its first unit, an output of `bytes` bytes.
fn demanded<T: Config>(bytes: u32) -> Result<(JobId, UnitOutput<T>), BenchmarkError> {
	let output = UnitOutput::<T>::Bytes(BoundedVec::truncate_from(vec![1; bytes as usize]));
	let job = committed::<T>(b"guest", b"input", 1, output.outcome())?;
	Pallet::<T>::demand_unit(RawOrigin::Signed(funded::<T>("client")).into(), job, 0)?;
	Ok((job, output))
}

/// Go to the block in which the chain closes the first demand of a job.
fn wait<T: Config>(job: JobId) -> Result<BlockNumberFor<T>, BenchmarkError> {
	let demand = Demands::<T>::get(job, 0).ok_or(BenchmarkError::Stop("nothing was demanded"))?;
	let due = Pallet::<T>::due(demand.reveal_by);
	frame_system::Pallet::<T>::set_block_number(due);
	Ok(due)
}

/// Have `who` announce something, and go to the block in which that counts.
fn announced<T: Config>(who: &T::AccountId, hash: H256) -> Result<(), BenchmarkError> {
	Pallet::<T>::announce_dispute(RawOrigin::Signed(who.clone()).into(), hash)?;
	let announcement = Announcements::<T>::get(who, hash).ok_or(BenchmarkError::Stop("nothing was announced"))?;
	frame_system::Pallet::<T>::set_block_number(announcement.counts_from);
	Ok(())
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Refutes a result. Thousands of gas that the unit uses, bytes of the guest, bytes of the input.
	#[benchmark]
	fn dispute_unit(
		g: Linear<MIN_GAS, { (T::MaxGas::get() / 1_000) as u32 }>,
		b: Linear<MIN_GUEST, { T::MaxGuestBytes::get() }>,
		i: Linear<0, { T::MaxInputBytes::get() }>,
	) -> Result<(), BenchmarkError> {
		let challenger = funded::<T>("challenger");
		let guest = T::Arbiter::dearest_guest(b);
		let input: Vec<u8> = vec![1; i as usize];
		let gas = Gas::from(g).saturating_mul(1_000);
		let claimed = H256::repeat_byte(9);
		let job = committed::<T>(&guest, &input, gas, claimed)?;
		let (guest, input) = (BoundedVec::truncate_from(guest), BoundedVec::truncate_from(input));
		let opening = opening()?;
		T::Observer::make_interested(job, 0);
		// What the committee is wrong about, the challenger has announced.
		let engine = T::Results::result(job)?.engine;
		let run = T::Arbiter::run_unit(engine, &guest, &input, 0, gas)
			.map_err(|_| BenchmarkError::Stop("the unit cannot be run"))?;
		let hash = Pallet::<T>::announcement_of(&challenger, job, 0, &run.outcome);
		announced::<T>(&challenger, hash)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(challenger), job, 0, claimed, opening, gas, guest, input);

		assert!(T::Results::result(job).is_err(), "the result was not refused");
		assert_eq!(Announcements::<T>::iter_keys().count(), 0, "the announcement was not used");
		Ok(())
	}

	/// Bytes of guest and input. The last thing that is looked at before the unit is run is wrong: the input.
	#[benchmark]
	fn dispute_refused(
		n: Linear<0, { T::MaxGuestBytes::get().saturating_add(T::MaxInputBytes::get()) }>,
	) -> Result<(), BenchmarkError> {
		let challenger = funded::<T>("challenger");
		let guest: Vec<u8> = vec![1; n.min(T::MaxGuestBytes::get()) as usize];
		let input: Vec<u8> = vec![1; (n as usize).saturating_sub(guest.len())];
		let claimed = H256::repeat_byte(9);
		let job = committed::<T>(&guest, b"another input", 1, claimed)?;
		let (guest, input) = (BoundedVec::truncate_from(guest), BoundedVec::truncate_from(input));
		let (origin, opening) = (RawOrigin::Signed(challenger).into(), opening()?);
		let refused;

		#[block]
		{
			refused = Pallet::<T>::dispute_unit(origin, job, 0, claimed, opening, 1, guest, input);
		}

		assert_eq!(refused.map_err(|failed| failed.error), Err(Error::<T>::InputMismatch.into()));
		Ok(())
	}

	#[benchmark]
	fn demand_unit() -> Result<(), BenchmarkError> {
		let challenger = funded::<T>("challenger");
		let job = committed::<T>(b"guest", b"input", 1, H256::zero())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(challenger), job, 0);

		assert!(Demands::<T>::contains_key(job, 0));
		Ok(())
	}

	/// Bytes of the output.
	#[benchmark]
	fn reveal_unit(n: Linear<0, { T::MaxOutputBytes::get() }>) -> Result<(), BenchmarkError> {
		let (job, output) = demanded::<T>(n)?;
		let provider = T::Results::result(job)?.provider;
		let opening = opening()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(provider), job, 0, output, opening);

		assert!(!Demands::<T>::contains_key(job, 0));
		assert_eq!(T::Results::result(job)?.open, 0);
		Ok(())
	}

	/// Refuses the result.
	#[benchmark]
	fn close_demand_withheld() -> Result<(), BenchmarkError> {
		let stranger = funded::<T>("stranger");
		let (job, _) = demanded::<T>(0)?;
		wait::<T>(job)?;

		#[extrinsic_call]
		close_demand(RawOrigin::Signed(stranger), job, 0);

		assert!(T::Results::result(job).is_err(), "the result was not refused");
		Ok(())
	}

	/// The result was refused before.
	#[benchmark]
	fn close_demand_moot() -> Result<(), BenchmarkError> {
		let stranger = funded::<T>("stranger");
		let (job, _) = demanded::<T>(0)?;
		T::Results::refuse(job, Fault::Refuted)?;

		#[extrinsic_call]
		close_demand(RawOrigin::Signed(stranger), job, 0);

		assert!(!Demands::<T>::contains_key(job, 0));
		Ok(())
	}

	#[benchmark]
	fn announce_dispute() {
		let challenger = funded::<T>("challenger");
		let hash = H256::repeat_byte(7);

		#[extrinsic_call]
		_(RawOrigin::Signed(challenger.clone()), hash);

		assert!(Announcements::<T>::contains_key(challenger, hash));
	}

	#[benchmark]
	fn withdraw_announcement() -> Result<(), BenchmarkError> {
		let challenger = funded::<T>("challenger");
		let hash = H256::repeat_byte(7);
		announced::<T>(&challenger, hash)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(challenger.clone()), hash);

		assert!(!Announcements::<T>::contains_key(challenger, hash));
		Ok(())
	}

	/// What every block pays: the cursor is moved over a block without deadlines.
	#[benchmark]
	fn deadlines_base() {
		let start = frame_system::Pallet::<T>::block_number();
		DeadlineCursor::<T>::put(start);

		#[block]
		{
			Pallet::<T>::keep(start, Weight::MAX);
		}

		assert_eq!(DeadlineCursor::<T>::get(), Some(start.saturating_add(One::one())));
	}

	/// What each block that is looked at adds.
	#[benchmark]
	fn deadlines_block() {
		let done;

		#[block]
		{
			done = Pallet::<T>::keep_block(frame_system::Pallet::<T>::block_number(), &mut WeightMeter::new());
		}

		assert!(done);
	}

	/// Refuses the result, which is dearer than dropping a demand.
	#[benchmark]
	fn deadlines_demand() -> Result<(), BenchmarkError> {
		let (job, _) = demanded::<T>(0)?;
		let due = wait::<T>(job)?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(T::Results::result(job).is_err(), "the result was not refused");
		Ok(())
	}

	/// What every block pays: the cursor is moved over a block without announcements.
	#[benchmark]
	fn expiries_base() {
		let start = frame_system::Pallet::<T>::block_number();
		ExpiryCursor::<T>::put(start);

		#[block]
		{
			Expiry::<T>::keep(start, Weight::MAX);
		}

		assert_eq!(ExpiryCursor::<T>::get(), Some(start.saturating_add(One::one())));
	}

	/// What each block that is looked at adds.
	#[benchmark]
	fn expiries_block() {
		let done;

		#[block]
		{
			done = Expiry::<T>::keep_block(frame_system::Pallet::<T>::block_number(), &mut WeightMeter::new());
		}

		assert!(done);
	}

	#[benchmark]
	fn expiries_announcement() -> Result<(), BenchmarkError> {
		let challenger = funded::<T>("challenger");
		let hash = H256::repeat_byte(7);
		announced::<T>(&challenger, hash)?;
		let announcement =
			Announcements::<T>::get(&challenger, hash).ok_or(BenchmarkError::Stop("nothing was announced"))?;
		let due = Pallet::<T>::due(announcement.until);

		#[block]
		{
			Expiry::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(!Announcements::<T>::contains_key(challenger, hash));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
