//! Benchmarks: every call and every step of the clock, in its worst case.

use super::*;
use alloc::vec;
use assay_proofs::{merkle, vote};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::{traits::fungible::Balanced, weights::WeightMeter};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::traits::{BlakeTwo256, Hash, Saturating};

/// Where results begin that there are not.
const MADE_UP: u64 = 1 << 60;

/// An account that can pay for everything here.
fn funded<T: Config>(index: u32) -> T::AccountId {
	let who: T::AccountId = account("checker", index, 0);
	let amount = T::Bond::get().saturating_mul(100u32.into());
	let credit = <T::Currency as Balanced<T::AccountId>>::issue(amount);
	assert!(<T::Currency as Balanced<T::AccountId>>::resolve(&who, credit).is_ok());
	who
}

/// Seat one checker more than a committee has members, so that whoever leaves has another one move.
pub(crate) fn seat_committee<T: Config>() {
	for index in 0..=T::CommitteeSize::get() {
		let who = funded::<T>(index);
		assert!(Pallet::<T>::do_join(who.clone()).is_ok(), "a checker could not join");
		T::Rewards::make_dearest(&who);
	}
}

/// Seat so many more that hardly two committees which are drawn at once have a member in common.
fn seat_many<T: Config>() -> Result<(), BenchmarkError> {
	let drawn = T::MaxWaiting::get().saturating_add(T::MaxProbes::get()).saturating_mul(T::CommitteeSize::get());
	for index in 0..drawn.saturating_mul(4) {
		Pallet::<T>::do_join(funded::<T>(SEATED.saturating_add(index)))?;
	}
	Ok(())
}

/// Leave room for one more result to wait.
pub(crate) fn fill_waiting_list<T: Config>() {
	let candidate = |number: u32| Candidate { job: JobId(MADE_UP.saturating_add(number.into())), attempt: 0, epoch: 9 };
	let candidates = (0..T::MaxWaiting::get().saturating_sub(1)).map(candidate).collect();
	Waiting::<T>::put(WaitingList::<T>::truncate_from(candidates));
}

/// What every unit comes to in the end.
fn finding(gas: Gas) -> Finding {
	Finding { outcome: H256::repeat_byte(7), gas }
}

/// Have a whole committee be at `stage` of checking a job, of whom each has voted so. Whoever is silent once more, or
/// is shown wrong, loses its seat.
fn place<T: Config>(
	job: JobId,
	sample: vec::Vec<u32>,
	stage: Stage,
	vote: impl Fn(usize) -> Vote<T>,
) -> Result<(), BenchmarkError> {
	let now = frame_system::Pallet::<T>::block_number();
	let mut members = BoundedVec::new();
	for index in 0..T::CommitteeSize::get() {
		let who: T::AccountId = account("checker", index, 0);
		Checkers::<T>::mutate_extant(&who, |checker| {
			checker.duties = checker.duties.saturating_add(1);
			checker.silences = T::MaxSilences::get().saturating_sub(1);
		});
		let member = CommitteeMember { who, vote: vote(index as usize) };
		members.try_push(member).map_err(|_| BenchmarkError::Stop("the committee is too large"))?;
	}
	let until = now.saturating_add(T::CommitBlocks::get());
	let sample = BoundedVec::truncate_from(sample);
	Checks::<T>::insert(job, Check { attempt: 0, sample, members, stage, until });
	Pallet::<T>::appoint(job, Pallet::<T>::due(until), now);
	Ok(())
}

/// The largest sample that there can be.
fn largest_sample<T: Config>() -> vec::Vec<u32> {
	(0..T::SampleSize::get()).collect()
}

/// The vote of somebody who has found this for every unit.
fn voted<T: Config>(gas: Gas) -> Findings<T> {
	BoundedVec::truncate_from(vec![finding(gas); T::SampleSize::get() as usize])
}

/// Have a committee be wrong about a job as a whole, which has accused unit `index`.
pub(crate) fn make_check<T: Config>(job: JobId, index: u32) {
	seat_committee::<T>();
	let opening = Opening::decode(&mut &[0u8][..]).ok();
	let stage = opening.map(|opening| Stage::Accused { speaker: 0, position: 0, claimed: H256::zero(), opening });
	let sample = (index..index.saturating_add(T::SampleSize::get())).collect();
	// No unit uses so little gas.
	let placed = stage.map(|stage| place::<T>(job, sample, stage, |_| Vote::Revealed(voted::<T>(0))));
	assert!(matches!(placed, Some(Ok(()))), "no check could be made");
	assert!(T::Results::contest(job).is_ok(), "the result could not be questioned");
}

/// Have a committee agree with the result of a job, of whom as many were silent as can be.
pub(crate) fn make_confirmed<T: Config>(job: JobId) {
	seat_committee::<T>();
	let silent = T::CommitteeSize::get() as usize / 2;
	let placed = place::<T>(job, largest_sample::<T>(), Stage::Agreed { speaker: silent as u32 }, |index| {
		if index < silent {
			Vote::Missing
		} else {
			Vote::Revealed(voted::<T>(1))
		}
	});
	assert!(placed.is_ok(), "no check could be made");
	Shown::<T>::insert(job, frame_system::Pallet::<T>::block_number());
}

/// A committed result of which as many units as a sample can have are opened by these leaves, and which is questioned.
fn committed<T: Config>() -> Result<(JobId, Leaves<T>), BenchmarkError> {
	let units = T::SampleSize::get();
	// The last leaf is another one than what was found.
	let outcome = |unit: u32| if unit.saturating_add(1) == units { [8; 32] } else { [7; 32] };
	// The first units of a tree as deep as there can be, of which the rest is made up.
	let outcomes: vec::Vec<_> = (0..units.next_power_of_two()).map(outcome).collect();
	let leaf = |unit: u32| {
		let mut siblings = merkle::prove(&outcomes, unit)?.siblings().to_vec();
		siblings.resize(merkle::MAX_DEPTH as usize, [9; 32]);
		Some((H256(outcome(unit)), Opening::decode(&mut &siblings.encode()[..]).ok()?))
	};
	let leaves: Option<vec::Vec<_>> = (0..units).map(leaf).collect();
	let leaves: Leaves<T> = BoundedVec::truncate_from(leaves.ok_or(BenchmarkError::Stop("no opening"))?);
	let root = leaves.first().and_then(|(first, opening)| merkle::opened(merkle::MAX_UNITS, 0, &first.0, opening));
	let root = H256(root.ok_or(BenchmarkError::Stop("no root"))?);
	let job = T::Results::make_result(H256::zero(), H256::zero(), merkle::MAX_UNITS, 1, root)?;
	// With a committee there, it waits to be checked already.
	Waiting::<T>::kill();
	if T::Results::result(job)?.open.is_zero() {
		T::Results::contest(job)?;
	}
	Ok((job, leaves))
}

/// A result whose sample has not been shown, in the block in which the chain refuses it.
fn withheld<T: Config>() -> Result<(JobId, BlockNumberFor<T>), BenchmarkError> {
	seat_committee::<T>();
	let (job, _) = committed::<T>()?;
	let silent = T::CommitteeSize::get() as usize / 2;
	place::<T>(job, largest_sample::<T>(), Stage::Opening { speaker: silent as u32 }, |index| {
		if index < silent {
			Vote::Missing
		} else {
			Vote::Revealed(voted::<T>(1))
		}
	})?;
	// Guest and input had been asked for before.
	Shown::<T>::insert(job, frame_system::Pallet::<T>::block_number());
	let check = Checks::<T>::get(job).ok_or(BenchmarkError::Stop("no check"))?;
	let due = Pallet::<T>::due(check.until);
	frame_system::Pallet::<T>::set_block_number(due);
	Ok((job, due))
}

/// A result whose guest and input, of `bytes` bytes in all, a `whole` committee lacks, or as many as do not make it be asked for.
fn lacking<T: Config>(bytes: u32, whole: bool) -> Result<(JobId, GuestOf<T>, InputOf<T>), BenchmarkError> {
	seat_committee::<T>();
	let guest = bytes.min(T::MaxGuestBytes::get());
	let (guest, input) = (vec![1; guest as usize], vec![2; bytes.saturating_sub(guest) as usize]);
	let (hash, scene) = (BlakeTwo256::hash(&guest), BlakeTwo256::hash(&input));
	let job = T::Results::make_result(hash, scene, merkle::MAX_UNITS, 1, H256::zero())?;
	let missed = T::CommitteeSize::get() as usize / 2;
	let stage = if whole { Stage::Asked } else { Stage::Voting };
	place::<T>(
		job,
		largest_sample::<T>(),
		stage,
		|index| {
			if whole || index < missed {
				Vote::NoData
			} else {
				Vote::Missing
			}
		},
	)?;
	Ok((job, BoundedVec::truncate_from(guest), BoundedVec::truncate_from(input)))
}

/// Where the numbers of those begin who are members of probes.
const PROBERS: u32 = 1_000;
/// Where those begin who are seated beside them.
const SEATED: u32 = 10_000;

/// Have a machine be probed by checkers of its own, of whom each but the last has been served. Whoever is silent once more
/// loses its seat.
fn place_probe<T: Config>(number: u32, epoch: EpochIndex) -> Result<(MachineId, T::AccountId), BenchmarkError> {
	let machine = T::Machines::make_probed(number);
	let size = T::CommitteeSize::get();
	let first = PROBERS.saturating_add(number.saturating_mul(size));
	let mut members = vec::Vec::new();
	for index in first..first.saturating_add(size) {
		let who = funded::<T>(index);
		Pallet::<T>::do_join(who.clone())?;
		T::Rewards::make_dearest(&who);
		Checkers::<T>::mutate_extant(&who, |checker| {
			checker.duties = 1;
			checker.silences = T::MaxSilences::get().saturating_sub(1);
		});
		let last = index.saturating_add(1) == first.saturating_add(size);
		let observation = (!last).then_some(Seen::Served { latency: index, rate: index });
		members.push(Prober { who, observation });
	}
	let who = members.last().map(|member| member.who.clone()).ok_or(BenchmarkError::Stop("no committee"))?;
	let until = frame_system::Pallet::<T>::block_number();
	Probes::<T>::insert(machine, Probe { epoch, members: BoundedVec::truncate_from(members), until });
	let listed = Probing::<T>::try_append(machine);
	listed.map_err(|()| BenchmarkError::Stop("too many probes"))?;
	Ok((machine, who))
}

/// As many seats as it takes for the most probes, and randomness that draws as many different machines.
fn fill_seats<T: Config>(first: u32) -> Result<H256, BenchmarkError> {
	let seats = T::MaxProbes::get().saturating_mul(T::SeatsPerProbe::get());
	for number in first..first.saturating_add(seats) {
		T::Machines::make_probed(number);
	}
	let differ = |randomness: &H256| {
		let mut drawn = vec::Vec::new();
		(0..T::MaxProbes::get()).all(|number| {
			let machine = T::Machines::draw(randomness, number).map(|(machine, _)| machine);
			let new = machine.is_some() && !drawn.contains(&machine);
			drawn.push(machine);
			new
		})
	};
	let randomness = (0..=u8::MAX).map(H256::repeat_byte).find(differ);
	randomness.ok_or(BenchmarkError::Stop("the same machines are drawn over and over"))
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn join() {
		let who = funded::<T>(0);

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));

		assert!(Checkers::<T>::get(&who).is_some_and(|checker| checker.seat.is_some()));
	}

	/// Another one moves into the seat.
	#[benchmark]
	fn leave() {
		seat_committee::<T>();
		let who: T::AccountId = account("checker", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));

		assert!(Checkers::<T>::get(&who).is_some_and(|checker| checker.seat.is_none()));
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let who = funded::<T>(0);
		Pallet::<T>::do_join(who.clone())?;
		Pallet::<T>::do_leave(who.clone())?;
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now.saturating_add(T::UnbondBlocks::get()));

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()));

		assert!(!Checkers::<T>::contains_key(&who));
		Ok(())
	}

	/// The last one to commit.
	#[benchmark]
	fn commit_vote() -> Result<(), BenchmarkError> {
		seat_committee::<T>();
		let job = JobId(MADE_UP);
		place::<T>(job, largest_sample::<T>(), Stage::Voting, |index| match index {
			0 => Vote::Missing,
			_ => Vote::Committed(H256::zero()),
		})?;
		let who: T::AccountId = account("checker", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job, H256::repeat_byte(1));

		assert_eq!(Checks::<T>::get(job).map(|check| check.stage), Some(Stage::Revealing));
		Ok(())
	}

	/// The only one to reveal: everybody else loses its seat, and there is no room for another committee to try.
	#[benchmark]
	fn reveal_vote() -> Result<(), BenchmarkError> {
		seat_committee::<T>();
		let (job, _) = committed::<T>()?;
		fill_waiting_list::<T>();
		let last = Candidate { job: JobId(MADE_UP), attempt: 0, epoch: 9 };
		Waiting::<T>::try_append(last).map_err(|()| BenchmarkError::Stop("nothing more can wait"))?;
		Shown::<T>::insert(job, frame_system::Pallet::<T>::block_number());
		let who: T::AccountId = account("checker", 0, 0);
		let (findings, salt) = (voted::<T>(1), [3; 32]);
		let hash = H256(vote::commitment(job.0, 0, &who.encode(), &findings.encode(), &salt));
		place::<T>(job, largest_sample::<T>(), Stage::Revealing, |index| match index {
			0 => Vote::Committed(hash),
			_ => Vote::Missing,
		})?;

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job, findings, salt);

		assert!(!Checks::<T>::contains_key(job) && !Shown::<T>::contains_key(job));
		Ok(())
	}

	/// The last leaf is another one than what was found.
	#[benchmark]
	fn open_sample() -> Result<(), BenchmarkError> {
		seat_committee::<T>();
		let (job, leaves) = committed::<T>()?;
		let who = funded::<T>(100);
		place::<T>(job, largest_sample::<T>(), Stage::Opening { speaker: 0 }, |_| Vote::Revealed(voted::<T>(1)))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job, leaves);

		let stage = Checks::<T>::get(job).map(|check| check.stage);
		assert!(matches!(stage, Some(Stage::Accused { .. })));
		Ok(())
	}

	/// Refuses the result.
	#[benchmark]
	fn close_check() -> Result<(), BenchmarkError> {
		let (job, _) = withheld::<T>()?;
		let who = funded::<T>(100);

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job);

		assert!(T::Results::result(job).is_err(), "the result was not refused");
		Ok(())
	}

	/// The last one to report: most were served, so that the machine's quality changes and everybody is paid.
	#[benchmark]
	fn report_probe() -> Result<(), BenchmarkError> {
		let epoch = T::Epochs::now().index;
		let (machine, who) = place_probe::<T>(0, epoch)?;
		let signature = T::Machines::make_answer(machine, epoch, &who);

		#[extrinsic_call]
		_(RawOrigin::Signed(who), machine, Observation::Served { latency: 1, rate: 1, signature });

		assert!(!Probes::<T>::contains_key(machine));
		assert!(Services::<T>::get(machine).is_some_and(|service| service.served));
		Ok(())
	}

	/// The one with whom most of the committee lack data.
	#[benchmark]
	fn miss_data() -> Result<(), BenchmarkError> {
		let (job, ..) = lacking::<T>(0, false)?;
		let who: T::AccountId = account("checker", T::CommitteeSize::get() / 2, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job);

		assert_eq!(Checks::<T>::get(job).map(|check| check.stage), Some(Stage::Asked));
		Ok(())
	}

	/// Bytes of guest and input. Votes were counted, so that another committee is to try, for which there is no room any more, and
	/// whoever was silent pays.
	#[benchmark]
	fn show_data(
		n: Linear<0, { T::MaxGuestBytes::get().saturating_add(T::MaxInputBytes::get()) }>,
	) -> Result<(), BenchmarkError> {
		let (job, guest, input) = lacking::<T>(n, true)?;
		Checks::<T>::mutate_extant(job, |check| {
			for (number, member) in check.members.iter_mut().enumerate() {
				member.vote = match number {
					0 => Vote::NoData,
					1 => Vote::Revealed(voted::<T>(0)),
					_ => Vote::Missing,
				};
			}
		});
		fill_waiting_list::<T>();
		let last = Candidate { job: JobId(MADE_UP), attempt: 0, epoch: 9 };
		Waiting::<T>::try_append(last).map_err(|()| BenchmarkError::Stop("nothing more can wait"))?;
		let who = funded::<T>(100);

		#[extrinsic_call]
		_(RawOrigin::Signed(who), job, guest, input);

		assert!(!Checks::<T>::contains_key(job) && !Shown::<T>::contains_key(job));
		Ok(())
	}

	/// A block in which no epoch begins.
	#[benchmark]
	fn watch() {
		LastEpoch::<T>::put(T::Epochs::now().index);

		#[block]
		{
			Pallet::<T>::watch(frame_system::Pallet::<T>::block_number());
		}
	}

	/// How many results there is a draw for. As many probes as there can be are ended, and as many begin.
	#[benchmark]
	fn turn(n: Linear<0, { T::MaxWaiting::get() }>) -> Result<(), BenchmarkError> {
		seat_committee::<T>();
		seat_many::<T>()?;
		let mut jobs = vec::Vec::new();
		for _ in 0..n {
			let (job, _) = committed::<T>()?;
			jobs.push(Candidate { job, attempt: 0, epoch: 1 });
		}
		Waiting::<T>::put(WaitingList::<T>::truncate_from(jobs));
		let probes = T::MaxProbes::get();
		for number in 0..probes {
			place_probe::<T>(number, 0)?;
		}
		let randomness = fill_seats::<T>(probes)?;
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now.saturating_add(One::one()));
		let epoch = Epoch { index: 1, elapsed: 0, randomness: Some(randomness) };
		let drawn;

		#[block]
		{
			drawn = Pallet::<T>::turn(&epoch, frame_system::Pallet::<T>::block_number());
		}

		assert_eq!(drawn, n);
		assert_eq!(Checks::<T>::iter().count(), n as usize);
		assert_eq!(Probes::<T>::iter().count(), probes as usize);
		assert_eq!(Services::<T>::iter().count(), probes as usize);
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

	/// Refuses a result of which the sample was not shown, which is the dearest way on.
	#[benchmark]
	fn deadlines_check() -> Result<(), BenchmarkError> {
		let (job, due) = withheld::<T>()?;

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(T::Results::result(job).is_err(), "the result was not refused");
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
