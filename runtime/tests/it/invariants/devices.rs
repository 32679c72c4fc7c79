//! What devices send: heartbeats, and the answers of capacity rounds and of probes.

use super::ops::nth;
use crate::{
	capacity::{go, Wrong},
	support::*,
};
use assay_proofs::{
	capacity::{Params, Proof, Reference, Work},
	hash, Hash,
};
use assay_runtime::{
	params::{EPOCH_DURATION_IN_BLOCKS, MIN_ROUND_BLOCKS},
	AccountId, BlockNumber, Capacity, MachineId, RoundId, Runtime, RuntimeCall, Signature, System,
};
use frame_support::traits::Authorize;
use pallet_capacity::{payload, Assignment, Call, Commitments, DeviceTask, Draws, Machines};
use pallet_checkers::{Call as Checking, Observation, Probes};
use sp_core::{sr25519, Pair, H256};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::{traits::Dispatchable, transaction_validity::TransactionSource};
use std::{cell::RefCell, collections::BTreeMap, sync::LazyLock};

/// What a round asks here, whatever the network: it is worked in some milliseconds, and earns points where time is short.
const SMALL: Params = Params { n: 256, steps: 2, rows_per_block: 32, openings: 4 };

/// The keys of all devices, which are those of the actors. To derive one takes longer than an operation.
static KEYS: LazyLock<BTreeMap<AccountId, sr25519::Pair>> =
	LazyLock::new(|| [Alice, Bob, Charlie, Dave, Eve, Ferdie].map(|key| (account(key), key.pair())).into());

thread_local! {
	/// What was worked, by the seed of its first step and whether it is right. It depends on nothing else, and sequences have
	/// many rounds in common.
	static WORKED: RefCell<BTreeMap<(Hash, bool), Work>> = RefCell::default();
}

/// An epoch begins, and with it a round that asks for little.
pub fn begin_epoch() {
	go(pallet_babe::EpochIndex::<Runtime>::get() + 1, 0);
	for (round, machine, draw) in Draws::<Runtime>::iter().collect::<Vec<_>>() {
		Draws::<Runtime>::insert(round, machine, pallet_capacity::Draw { params: SMALL, ..draw });
	}
}

/// Most of an epoch goes by, with no room left in its blocks. Whether it was not over before.
pub fn end_epoch() -> bool {
	let epoch = pallet_babe::EpochIndex::<Runtime>::get();
	let last = u64::from(EPOCH_DURATION_IN_BLOCKS) * (epoch + 1) - 1;
	let last = sp_consensus_babe::Slot::from(last);
	if pallet_babe::CurrentSlot::<Runtime>::get() >= last {
		return false;
	}
	pallet_babe::CurrentSlot::<Runtime>::put(last);
	leap(MIN_ROUND_BLOCKS);
	true
}

/// Machines tell of themselves, all but the one in place `silent`. Whether any of them had not yet.
pub fn beat(silent: u8) -> bool {
	let (epoch, interval) = Capacity::heartbeat_interval();
	let mut all: Vec<_> = Machines::<Runtime>::iter().filter(|(_, entry)| !entry.gone).collect();
	all.sort_by_key(|(machine, _)| *machine);
	let sent = (0u8..).zip(all).filter(|(place, _)| *place != silent).map(|(_, (machine, entry))| {
		let signature = sign(&entry.device?, &payload::heartbeat(&genesis(), machine, epoch, interval));
		Some(send(Call::heartbeat { machine, epoch, interval, signature }))
	});
	sent.filter(|sent| *sent == Some(true)).count() > 0
}

/// A machine that was drawn commits to its work, which one in three has not done. One answer of eight is signed by somebody
/// else.
pub fn commit(machine: u8, how: u8) -> bool {
	let mut all: Vec<_> =
		Draws::<Runtime>::iter().map(|(round, machine, draw)| (round, machine, draw.device)).collect();
	all.sort();
	nth(all, machine).is_some_and(|(round, machine, device)| {
		let work = assignment(round, machine).map(|assignment| work(&assignment, !how.is_multiple_of(3)));
		let commitment = H256(work.and_then(|work| work.commitment()).unwrap_or_default());
		let payload = payload::commitment(&genesis(), round, machine, &commitment);
		let signature = sign(signer(&device, how), &payload);
		send(Call::commit { round, machine, commitment, signature })
	})
}

/// A machine that has committed opens what it is asked for, or, in one case of eight, something else. If any has been asked
/// it is one of those.
pub fn prove(machine: u8, how: u8) -> bool {
	let commitments = Commitments::<Runtime>::iter()
		.map(|(round, machine, entry)| Some((assignment(round, machine)?, machine, entry.draw.device)));
	let mut all: Vec<_> = commitments.flatten().collect();
	all.sort_by_key(|(assignment, machine, _)| (assignment.round, *machine));
	let challenge_of = |task: &DeviceTask<BlockNumber>| match task {
		DeviceTask::Prove { challenge, .. } => Some(challenge.0),
		_ => None,
	};
	if all.iter().any(|(assignment, ..)| challenge_of(&assignment.task).is_some()) {
		all.retain(|(assignment, ..)| challenge_of(&assignment.task).is_some());
	}
	nth(all, machine).is_some_and(|(assignment, machine, device)| {
		let round = assignment.round;
		let asked = challenge_of(&assignment.task).filter(|_| !how.is_multiple_of(8));
		let challenge = asked.unwrap_or_else(|| hash(b"something else"));
		let proof = open(&assignment, &challenge);
		let signature = sign(signer(&device, how), &payload::proof(&genesis(), round, machine, &proof));
		send(Call::prove { round, machine, proof, signature })
	})
}

/// The members of a probe's committee report, as far as they have not. Some could not reach the machine, some are silent, and
/// some were not answered by its device.
pub fn report(probe: u8, how: u8) -> bool {
	let mut all: Vec<_> = Probes::<Runtime>::iter().collect();
	all.sort_by_key(|(machine, _)| *machine);
	let Some((machine, probe)) = nth(all, probe) else { return false };
	let device = Machines::<Runtime>::get(machine).and_then(|entry| entry.device);
	let said = (0u8..).zip(&probe.members).map(|(place, member)| {
		// Two bits for each member.
		let observation = match how >> (2 * place) & 3 {
			0 => return false,
			1 => Observation::Unreachable,
			_ => {
				let payload = payload::probe(&genesis(), machine, probe.epoch, &member.who);
				let signature = sign(signer(device.as_ref().unwrap_or(&member.who), how), &payload);
				// Some take so long that they are none.
				Observation::Served { latency: 64 * u32::from(how), rate: 1 + u32::from(how), signature }
			},
		};
		call(&member.who, Checking::report_probe { machine, observation }).is_ok()
	});
	said.filter(|said| *said).count() > 0
}

/// What a machine has to do in a round, if anything.
fn assignment(round: RoundId, machine: MachineId) -> Option<Assignment<BlockNumber>> {
	Capacity::assignments(machine, round).into_iter().find(|assignment| assignment.round == round)
}

/// What a machine has worked in a round, or what it commits to that has not.
fn work(assignment: &Assignment<BlockNumber>, honest: bool) -> Work {
	let (seed, params) = (assignment.seed.0, assignment.params);
	let complete = || {
		if honest {
			Work::complete(&Reference, params, seed).unwrap()
		} else {
			Work::complete(&Wrong, params, seed).unwrap()
		}
	};
	WORKED.with_borrow_mut(|worked| worked.entry((seed, honest)).or_insert_with(complete).clone())
}

/// What a machine shows of what it has committed to.
fn open(assignment: &Assignment<BlockNumber>, challenge: &Hash) -> Proof {
	let honest = work(assignment, true);
	if honest.commitment().map(H256) == assignment.commitment {
		honest.open(&Reference, challenge).unwrap()
	} else {
		work(assignment, false).open(&Wrong, challenge).unwrap()
	}
}

/// Who signs for a device: it itself, or in one case of eight somebody else.
fn signer(device: &AccountId, how: u8) -> &AccountId {
	let other = KEYS.keys().find(|key| *key != device).filter(|_| how % 8 == 7);
	other.unwrap_or(device)
}

fn sign(who: &AccountId, payload: &[u8]) -> Signature {
	KEYS[who].sign(payload).into()
}

fn genesis() -> H256 {
	System::block_hash(0)
}

/// Send a call of a device. Whether it was accepted: then it succeeds.
fn send(call: Call<Runtime>) -> bool {
	let call = RuntimeCall::from(call);
	let accepted = matches!(call.authorize(TransactionSource::External), Some(Ok(_)));
	if accepted {
		call.dispatch(frame_system::RawOrigin::Authorized.into()).expect("what is valid succeeds");
	}
	accepted
}
