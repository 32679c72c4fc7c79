//! Benchmarks: every call, what authorizes it, and every step of the hooks, in its worst case.

use super::*;
use alloc::vec;
use assay_proofs::{
	capacity::{block_digest, Kernel, Work},
	Hash,
};
use core::convert::Infallible;
use frame_benchmarking::v2::*;
use frame_support::{pallet_prelude::TransactionSource, traits::Authorize};
use frame_system::RawOrigin;

/// Signs as a device, and moves the chain through its epochs. Implemented by whoever runs benchmarks.
pub trait BenchmarkHelper<AccountId, Signature> {
	/// A device whose key is at hand.
	fn device() -> AccountId;

	/// That device's signature.
	fn sign(device: &AccountId, payload: &[u8]) -> Signature;

	/// Go to that slot of that epoch, which has randomness of its own.
	fn set_epoch(index: EpochIndex, elapsed: u32);
}

/// The class of every machine here.
const TIER: Tier = Tier(1);
/// Rows of the matrices of the dearest proof: openings of the most bytes of which there can be most.
const N: u32 = 16_384;
/// The fewest steps of a proof: its openings lie in so many trees at most.
const MIN_STEPS: u32 = 8;
/// The epoch in which everything here begins.
const EPOCH: EpochIndex = 100;

/// A kernel that does nothing: all entries are zero, all blocks the same. Its proofs are bound to what it commits to, so
/// that verifying one costs what it does, and shows in the end that the work was not done.
struct Blank(Hash);

impl Blank {
	fn new(params: &Params) -> Option<Self> {
		block_digest(&Self::block(params)).map(Self)
	}

	fn block(params: &Params) -> Vec<u32> {
		vec![0; params.rows_per_block.saturating_mul(params.n) as usize]
	}
}

impl Kernel for Blank {
	type Error = Infallible;

	fn digests(&self, params: &Params, _: &Hash) -> Result<Vec<Hash>, Infallible> {
		Ok(vec![self.0; params.blocks() as usize])
	}

	fn blocks(&self, params: &Params, _: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		Ok(wanted.iter().map(|_| Self::block(params)).collect())
	}
}

/// Something of the benchmarks themselves is wrong.
fn stop<E>(what: &'static str) -> impl FnOnce(E) -> BenchmarkError {
	move |_| BenchmarkError::Stop(what)
}

/// A machine of `provider` that can be drawn.
fn machine<T: Config>(number: u32, provider: &T::AccountId) -> MachineId {
	let machine = MachineId(u64::MAX.saturating_sub(number.into()));
	<Pallet<T> as MachineObserver<T::AccountId>>::registered(provider, machine, TIER, Region(1));
	Machines::<T>::mutate_extant(machine, |entry| {
		entry.device = Some(T::BenchmarkHelper::device());
		entry.presence.last = Some(frame_system::Pallet::<T>::block_number());
		entry.presence.epoch = T::Epochs::now().index;
	});
	machine
}

/// A machine of a provider whose stake stands behind it.
fn staked<T: Config>(number: u32) -> MachineId {
	let provider: T::AccountId = account("provider", number, 0);
	T::Stake::make_active(&provider, TIER);
	machine::<T>(number, &provider)
}

/// A round in which `machine` was drawn and others as well, so that it goes on when this one is done.
fn round<T: Config>(machine: MachineId, params: Params) -> Result<RoundId, BenchmarkError> {
	let id = NextRound::<T>::get();
	let randomness = T::Epochs::now().randomness.ok_or(BenchmarkError::Stop("no randomness"))?;
	let began = frame_system::Pallet::<T>::block_number();
	let stage = Stage::Committing;
	let epoch = T::Epochs::now().index;
	Rounds::<T>::insert(id, Round { epoch, began, randomness, open: 2, stage });
	NextRound::<T>::put(RoundId(id.0.saturating_add(1)));
	let entry = Machines::<T>::get(machine).ok_or(BenchmarkError::Stop("no machine"))?;
	let device = T::BenchmarkHelper::device();
	let Machine { provider, tier, region, quality, .. } = entry;
	let factor = scarcity::FACTOR_ONE;
	let draw = Draw { provider, device, tier, region, params, quality, factor };
	Draws::<T>::insert(id, machine, draw);
	Ok(id)
}

/// The `number`th of some machines that have seats, for whoever measures what is noted of them.
pub(crate) fn make_seated<T: Config>(number: u32) -> MachineId {
	let machine = staked::<T>(number);
	assert!(Pallet::<T>::weigh(machine, 1_000_000).is_ok(), "the machine has no seat");
	machine
}

/// The parameters of a proof of `steps` steps that expands `kib` KiB.
fn params(steps: u32, kib: u32) -> Params {
	let openings = kib.checked_div(rounds::OPENING_KIB).unwrap_or(1).max(1);
	// The smallest blocks: showing one means hashing it, which is no part of what is measured.
	Params { n: N, steps, rows_per_block: 32, openings }
}

/// Go on to the next epoch, in which challenges are known. As many blocks go by as a round must have.
fn challenge_all<T: Config>() {
	let epoch = T::Epochs::now().index.saturating_add(1);
	T::BenchmarkHelper::set_epoch(epoch, 0);
	let now = frame_system::Pallet::<T>::block_number().saturating_add(T::MinRoundBlocks::get());
	frame_system::Pallet::<T>::set_block_number(now);
	Pallet::<T>::end_commitments(&T::Epochs::now(), now);
}

/// A machine that has committed to nothing but zeros, and what it shows of them.
fn proven<T: Config>(steps: u32, kib: u32) -> Result<Call<T>, BenchmarkError> {
	T::BenchmarkHelper::set_epoch(EPOCH, 0);
	let machine = staked::<T>(0);
	Pallet::<T>::weigh(machine, 1).map_err(stop("no seat"))?;
	let params = params(steps, kib);
	let id = round::<T>(machine, params)?;
	let entry = Rounds::<T>::get(id).ok_or(BenchmarkError::Stop("no round"))?;
	let seed = Pallet::<T>::seed(id, &entry, machine);
	let kernel = Blank::new(&params).ok_or(BenchmarkError::Stop("no block"))?;
	let work = Work::complete(&kernel, params, seed).map_err(stop("no work"))?;
	let commitment = work.commitment().ok_or(BenchmarkError::Stop("the work is not done"))?;
	Pallet::<T>::do_commit(id, machine, H256(commitment))?;
	challenge_all::<T>();
	let entry = Rounds::<T>::get(id).ok_or(BenchmarkError::Stop("no round"))?;
	let Stage::Proving { randomness, .. } = entry.stage else { return Err(BenchmarkError::Stop("void")) };
	let proof = work.open(&kernel, &challenge(&randomness.0, &commitment)).map_err(stop("no proof"))?;
	let device = T::BenchmarkHelper::device();
	let payload = payload::proof(&Pallet::<T>::genesis(), id, machine, &proof);
	let signature = T::BenchmarkHelper::sign(&device, &payload);
	Ok(Call::prove { round: id, machine, proof, signature })
}

/// A heartbeat that begins an epoch.
fn beating<T: Config>() -> Call<T> {
	T::BenchmarkHelper::set_epoch(EPOCH, 0);
	let machine = staked::<T>(0);
	// After as long a silence as is looked at.
	let epoch = EPOCH.saturating_add(64);
	T::BenchmarkHelper::set_epoch(epoch, 0);
	let device = T::BenchmarkHelper::device();
	let payload = payload::heartbeat(&Pallet::<T>::genesis(), machine, epoch, 0);
	let signature = T::BenchmarkHelper::sign(&device, &payload);
	Call::heartbeat { machine, epoch, interval: 0, signature }
}

/// As many regions as there can be in the table.
fn fill_regions<T: Config>() {
	Regions::<T>::mutate(|regions| {
		for region in 0..64u16 {
			regions.add(Region(region), 1_000_000);
		}
		regions.roll();
	});
}

/// A commitment.
fn committing<T: Config>() -> Result<Call<T>, BenchmarkError> {
	T::BenchmarkHelper::set_epoch(EPOCH, 0);
	fill_regions::<T>();
	let machine = staked::<T>(0);
	let id = round::<T>(machine, params(MIN_STEPS, 0))?;
	let commitment = H256::repeat_byte(1);
	let device = T::BenchmarkHelper::device();
	let payload = payload::commitment(&Pallet::<T>::genesis(), id, machine, &commitment);
	let signature = T::BenchmarkHelper::sign(&device, &payload);
	Ok(Call::commit { round: id, machine, commitment, signature })
}

/// Whether a call authorizes itself.
fn is_authorized<T: Config>(call: &Call<T>) -> bool {
	call.authorize(TransactionSource::External).is_some_and(|validity| validity.is_ok())
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn set_device() {
		let provider: T::AccountId = account("provider", 0, 0);
		let machine = machine::<T>(0, &provider);
		let device = Some(account("device", 0, 0));

		#[extrinsic_call]
		_(RawOrigin::Signed(provider), machine, device.clone());

		assert_eq!(Machines::<T>::get(machine).and_then(|entry| entry.device), device);
	}

	#[benchmark]
	fn heartbeat() -> Result<(), BenchmarkError> {
		let Call::heartbeat { machine, epoch, interval, signature } = beating::<T>() else {
			return Err(BenchmarkError::Stop("another call"));
		};

		#[extrinsic_call]
		_(RawOrigin::Authorized, machine, epoch, interval, signature);

		assert!(Changes::<T>::contains_key(epoch, machine), "no weight was asked for");
		Ok(())
	}

	#[benchmark]
	fn authorize_heartbeat() {
		let call = beating::<T>();
		let authorized;

		#[block]
		{
			authorized = is_authorized(&call);
		}

		assert!(authorized);
	}

	#[benchmark]
	fn commit() -> Result<(), BenchmarkError> {
		let Call::commit { round, machine, commitment, signature } = committing::<T>()? else {
			return Err(BenchmarkError::Stop("another call"));
		};

		#[extrinsic_call]
		_(RawOrigin::Authorized, round, machine, commitment, signature);

		assert!(Commitments::<T>::contains_key(round, machine), "the commitment was not stored");
		Ok(())
	}

	#[benchmark]
	fn authorize_commit() -> Result<(), BenchmarkError> {
		let call = committing::<T>()?;
		let authorized;

		#[block]
		{
			authorized = is_authorized(&call);
		}

		assert!(authorized);
		Ok(())
	}

	/// Refutes a proof, which is dearer than crediting one. Steps of the proof, and KiB that it makes the chain expand.
	#[benchmark]
	fn prove(
		r: Linear<MIN_STEPS, MAX_STEPS>,
		e: Linear<{ rounds::OPENING_KIB }, { rounds::MAX_KIB }>,
	) -> Result<(), BenchmarkError> {
		let Call::prove { round, machine, proof, signature } = proven::<T>(r, e)? else {
			return Err(BenchmarkError::Stop("another call"));
		};

		#[extrinsic_call]
		_(RawOrigin::Authorized, round, machine, proof, signature);

		assert!(!Commitments::<T>::contains_key(round, machine), "the proof was not judged");
		Ok(())
	}

	/// The same components as those of the call.
	#[benchmark]
	fn authorize_prove(
		r: Linear<MIN_STEPS, MAX_STEPS>,
		e: Linear<{ rounds::OPENING_KIB }, { rounds::MAX_KIB }>,
	) -> Result<(), BenchmarkError> {
		let call = proven::<T>(r, e)?;
		let authorized;

		#[block]
		{
			authorized = is_authorized(&call);
		}

		assert!(authorized);
		Ok(())
	}

	/// A block in which no epoch begins.
	#[benchmark]
	fn watch() {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		LastEpoch::<T>::put(EPOCH);
		let now = frame_system::Pallet::<T>::block_number();

		#[block]
		{
			Pallet::<T>::watch(now);
		}

		assert_eq!(LastEpoch::<T>::get(), Some(EPOCH));
	}

	/// A block in which an epoch begins. Draws, each of which takes one seat, after looking at all others of its group. Each seat
	/// is in a page of its own, and of a machine that is silent, which is dearer than asking it; one more draw takes one that
	/// is asked, so that there is a round to begin, as there is one to end.
	#[benchmark]
	fn turn(v: Linear<0, { T::MaxDrawn::get().saturating_sub(T::MaxTogether::get()) }>) -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		let before = staked::<T>(u32::MAX);
		let old = round::<T>(before, params(MIN_STEPS, 0))?;
		fill_regions::<T>();
		T::BenchmarkHelper::set_epoch(EPOCH.saturating_add(1), 0);
		let enough = frame_system::Pallet::<T>::block_number().saturating_add(T::MinRoundBlocks::get());
		frame_system::Pallet::<T>::set_block_number(enough);
		let mut silent = Vec::new();
		for provider in 0..=v {
			let first = provider.saturating_mul(T::MaxTogether::get());
			let last = first.saturating_add(T::MaxTogether::get()).saturating_sub(1);
			let owner: T::AccountId = account("provider", provider, 0);
			T::Stake::make_active(&owner, TIER);
			for number in first..=last {
				let machine = machine::<T>(number, &owner);
				let weight = if number == last { 1_000_000 } else { 0 };
				Pallet::<T>::weigh(machine, weight).map_err(stop("no seat"))?;
				for _ in 1..tree::FANOUT {
					Pallet::<T>::tree().insert(0).map_err(stop("no slot"))?;
				}
				if number == last && provider < v {
					Machines::<T>::mutate_extant(machine, |entry| entry.presence.last = None);
					silent.push(machine);
				}
			}
		}
		let epoch = T::Epochs::now();
		let now = frame_system::Pallet::<T>::block_number();
		let draws = v.saturating_add(1);
		let cost;

		#[block]
		{
			LastEpoch::<T>::put(epoch.index);
			Pallet::<T>::end_commitments(&epoch, now);
			cost = Pallet::<T>::begin(&epoch, now, draws);
		}

		assert_eq!(cost, draws);
		let ended = Rounds::<T>::get(old).map(|round| round.stage);
		assert!(matches!(ended, Some(Stage::Proving { .. })), "the round before has not ended");
		let asked = Draws::<T>::iter_prefix(RoundId(old.0.saturating_add(1))).count();
		assert_eq!(asked, 1, "not one is asked");
		let silent = silent.into_iter().filter(|machine| Changes::<T>::contains_key(epoch.index, machine)).count();
		assert_eq!(silent, v as usize, "not all were drawn");
		Ok(())
	}

	/// A block in which nothing is due.
	#[benchmark]
	fn backlog_base() {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		ChangeCursor::<T>::put(EPOCH);
		let now = frame_system::Pallet::<T>::block_number();

		#[block]
		{
			Pallet::<T>::work_off_backlog(now, Weight::MAX);
		}

		assert_eq!(ChangeCursor::<T>::get(), Some(EPOCH));
	}

	/// One step of a cursor.
	#[benchmark]
	fn backlog_step() {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		ChangeCursor::<T>::put(EPOCH.saturating_sub(2));
		let now = frame_system::Pallet::<T>::block_number();

		#[block]
		{
			Pallet::<T>::work_off_backlog(now, Weight::MAX);
		}

		assert_eq!(ChangeCursor::<T>::get(), Some(EPOCH.saturating_sub(1)));
	}

	/// One change: a machine's seat is given up, and another's takes its number. Giving out a seat touches less.
	#[benchmark]
	fn backlog_change() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		let gone = staked::<T>(0);
		let provider =
			Machines::<T>::get(gone).map(|entry| entry.provider).ok_or(BenchmarkError::Stop("no machine"))?;
		let other = machine::<T>(1, &provider);
		for machine in [gone, other] {
			Pallet::<T>::weigh(machine, 1).map_err(stop("no seat"))?;
		}
		Changes::<T>::insert(EPOCH, gone, Change::Leave);

		#[block]
		{
			if let Some((machine, change)) = Changes::<T>::drain_prefix(EPOCH).next() {
				Pallet::<T>::carry_out(machine, change);
			}
		}

		assert!(!Machines::<T>::contains_key(gone), "it kept its seat");
		assert_eq!(SeatsOf::<T>::get(&provider, 0), Machines::<T>::get(other).and_then(|entry| entry.seat));
		Ok(())
	}

	/// One machine that has not committed.
	#[benchmark]
	fn backlog_draw() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		let machine = staked::<T>(0);
		let id = round::<T>(machine, params(MIN_STEPS, 0))?;
		challenge_all::<T>();

		#[block]
		{
			if let Some((round, (machine, draw))) = Rounds::<T>::get(id).zip(Draws::<T>::drain_prefix(id).next()) {
				Pallet::<T>::settle_draw(id, round, machine, draw);
			}
		}

		assert!(!Draws::<T>::contains_key(id, machine), "it was not settled");
		Ok(())
	}

	/// One machine that has committed and not proved.
	#[benchmark]
	fn backlog_commitment() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		let machine = staked::<T>(0);
		let id = round::<T>(machine, params(MIN_STEPS, 0))?;
		Pallet::<T>::do_commit(id, machine, H256::zero())?;
		challenge_all::<T>();

		#[block]
		{
			if let Some((round, (machine, commitment))) =
				Rounds::<T>::get(id).zip(Commitments::<T>::drain_prefix(id).next())
			{
				Pallet::<T>::settle_commitment(id, round, machine, commitment);
			}
		}

		assert!(!Commitments::<T>::contains_key(id, machine), "it was not settled");
		Ok(())
	}

	/// Works off one change. The dearest thing that can be due is in the weight of the backlog.
	#[benchmark]
	fn work_off() {
		T::BenchmarkHelper::set_epoch(EPOCH, 0);
		let machine = staked::<T>(0);
		let asked = EPOCH.saturating_sub(2);
		ChangeCursor::<T>::put(asked);
		Changes::<T>::insert(asked, machine, Change::Weigh(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), 1);

		assert!(!Changes::<T>::contains_key(asked, machine), "nothing was worked off");
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
