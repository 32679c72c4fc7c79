//! Capacity rounds with real stake, market and rewards, and devices whose transactions go the way of all transactions.

use crate::support::*;
use assay_primitives::RewardKind;
use assay_proofs::{
	capacity::{block_digest, Kernel, Params, Reference, Work},
	Hash,
};
use assay_runtime::{
	params::{COMMIT_SLOTS, EPOCH_DURATION_IN_BLOCKS, MINT_PERIOD, MIN_ROUND_BLOCKS, PROVE_WINDOW, ROUND_PARAMS},
	Balance, Balances, Capacity, Executive, MachineId, Offence, RoundId, Runtime, RuntimeCall, RuntimeEvent,
	StakingSlash, System, Tier, TokenMint, TxExtension, UncheckedExtrinsic,
};
use frame_support::traits::fungible::Inspect;
use pallet_capacity::{payload, Assignment, Call, DeviceTask, Draws, Event, Refusal, Settled, Stage};
use pallet_compute_market::Call as Market;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Dave, Eve};
use sp_runtime::{
	generic::Era,
	traits::{BlakeTwo256, Hash as _},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

const CLIENT: Sr25519Keyring = Alice;
const PROVIDER: Sr25519Keyring = Bob;
const OTHER: Sr25519Keyring = Eve;
/// A key without any tokens.
pub const DEVICE: Sr25519Keyring = Dave;

/// What a round asks here, whatever the network: a proof takes as long as the test may.
const SMALL: Params = Params { n: 512, steps: 4, rows_per_block: 32, openings: 4 };

/// Go to that slot of that epoch, which is one block, and let the device tell of itself.
pub fn go(epoch: u64, elapsed: u32) {
	pallet_babe::EpochIndex::<Runtime>::put(epoch);
	pallet_babe::NextRandomness::<Runtime>::put(BlakeTwo256::hash_of(&epoch).0);
	let slot = u64::from(EPOCH_DURATION_IN_BLOCKS) * epoch + u64::from(elapsed);
	pallet_babe::CurrentSlot::<Runtime>::put(sp_consensus_babe::Slot::from(slot));
	advance(1);
}

/// A transaction of a device.
fn transaction(call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
	let extension: TxExtension = (
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(0),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	);
	UncheckedExtrinsic::new_transaction(call.into(), extension)
}

/// Send a call of a device: to the pool, and from there into a block.
pub fn send(call: impl Into<RuntimeCall>) -> Result<(), TransactionValidityError> {
	let extrinsic = transaction(call);
	Executive::validate_transaction(TransactionSource::External, extrinsic.clone(), System::block_hash(0))?;
	Executive::apply_extrinsic(extrinsic)?.expect("what is valid succeeds");
	let is_fee = |event: &RuntimeEvent| matches!(event, RuntimeEvent::TransactionPayment(_));
	assert!(!System::events().iter().any(|record| is_fee(&record.event)), "somebody paid a fee");
	Ok(())
}

fn refused(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal as u8).into())
}

/// What the device tells of itself.
pub fn heartbeat(machine: MachineId) -> Call<Runtime> {
	let (epoch, interval) = Capacity::heartbeat_interval();
	let payload = payload::heartbeat(&System::block_hash(0), machine, epoch, interval);
	Call::heartbeat { machine, epoch, interval, signature: DEVICE.sign(&payload).into() }
}

/// A machine of [`PROVIDER`] with a device, which is the only one of the chain that is drawn.
pub fn drawn() -> MachineId {
	let machine = machine(&account(PROVIDER), 1, 1);
	let device = Some(account(DEVICE));
	call(&account(PROVIDER), Call::set_device { machine, device }).unwrap();
	for epoch in 1..4 {
		go(epoch, 0);
		send(heartbeat(machine)).unwrap();
		go(epoch, EPOCH_DURATION_IN_BLOCKS - 1);
		send(heartbeat(machine)).unwrap();
	}
	go(4, 0);
	machine
}

/// What the machine has to do, made small.
fn assignment(machine: MachineId) -> Assignment<u32> {
	let find = || Capacity::assignments(machine, RoundId(0)).into_iter().next().expect("the machine was drawn");
	Draws::<Runtime>::mutate(find().round, machine, |draw| {
		if let Some(draw) = draw {
			assert_eq!(draw.params, ROUND_PARAMS[0]);
			draw.params = SMALL;
		}
	});
	find()
}

/// A kernel that adds one to everything.
pub struct Wrong;
impl Kernel for Wrong {
	type Error = core::convert::Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Self::Error> {
		let all: Vec<u32> = (0..params.blocks()).collect();
		Ok(self.blocks(params, seed, &all)?.iter().filter_map(|entries| block_digest(entries)).collect())
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Self::Error> {
		let mut blocks = Reference.blocks(params, seed, wanted)?;
		blocks.iter_mut().flatten().for_each(|entry| *entry = entry.wrapping_add(1));
		Ok(blocks)
	}
}

fn commit<K: Kernel>(machine: MachineId, kernel: &K) -> Work {
	let Assignment { round, seed, params, task, .. } = assignment(machine);
	assert_eq!(task, DeviceTask::Commit { slots: COMMIT_SLOTS });
	let work = Work::complete(kernel, params, seed.0).unwrap();
	let commitment = H256(work.commitment().unwrap());
	let signature = DEVICE.sign(&payload::commitment(&System::block_hash(0), round, machine, &commitment)).into();
	send(Call::commit { round, machine, commitment, signature }).unwrap();
	advance(MIN_ROUND_BLOCKS);
	go(5, 0);
	work
}

fn proof<K: Kernel>(machine: MachineId, kernel: &K, work: &Work) -> Call<Runtime> {
	let challenged = |assignment: Assignment<u32>| match assignment.task {
		DeviceTask::Prove { challenge, .. } => Some((assignment.round, challenge)),
		_ => None,
	};
	let (round, challenge) =
		Capacity::assignments(machine, RoundId(0)).into_iter().find_map(challenged).expect("a proof is owed");
	let proof = work.open(kernel, &challenge.0).unwrap();
	let signature = DEVICE.sign(&payload::proof(&System::block_hash(0), round, machine, &proof)).into();
	Call::prove { round, machine, proof, signature }
}

fn bonded() -> Balance {
	StakingSlash::stake_status(account(PROVIDER)).bonded
}

/// What of the capacity rounds was told since the last call.
fn told() -> Vec<Event<Runtime>> {
	take_events()
		.into_iter()
		.filter_map(|event| match event {
			RuntimeEvent::Capacity(event) => Some(event),
			_ => None,
		})
		.collect()
}

#[test]
fn machine_should_be_paid_out_of_the_capacity_pot_when_it_proves() {
	chain("development").execute_with(|| {
		let machine = drawn();
		let stake = bonded();
		let work = commit(machine, &Reference);
		let call_of_proof = proof(machine, &Reference, &work);
		send(call_of_proof.clone()).unwrap();
		assert_eq!(send(call_of_proof), refused(Refusal::NotDrawn));
		let proved = told();
		let points = proved.iter().find_map(|event| match event {
			Event::Proved { points, .. } => Some(*points),
			_ => None,
		});
		assert!(points.is_some_and(|points| points > 0), "{proved:?}");
		advance(MINT_PERIOD);
		let (kind, account) = (RewardKind::Capacity, account(PROVIDER));
		let due = TokenMint::pending_reward(kind, account.clone());
		assert!(due > 0);
		let before = Balances::total_balance(&account);
		call(&crate::support::account(CLIENT), pallet_token_mint::Call::claim { kind, account: account.clone() })
			.unwrap();
		assert_eq!(Balances::total_balance(&account), before + due);
		assert_eq!(bonded(), stake);
		check_invariants();
	});
}

#[test]
fn machine_should_lose_the_same_when_its_proof_is_wrong_and_when_it_shows_none() {
	let slashed = |end: &dyn Fn(MachineId, Work)| {
		chain("development").execute_with(|| {
			let machine = drawn();
			let stake = bonded();
			let work = commit(machine, &Wrong);
			end(machine, work);
			check_invariants();
			stake - bonded()
		})
	};
	let wrong = slashed(&|machine, work| {
		let call = proof(machine, &Wrong, &work);
		send(call).unwrap();
		assert!(told().iter().any(|event| matches!(event, Event::Refuted { slashed, .. } if *slashed == 100 * UNIT)));
	});
	let silent = slashed(&|machine, _| {
		advance(PROVE_WINDOW);
		told();
		advance(2);
		let outcome = told().into_iter().find_map(|event| match event {
			Event::Settled { machine: of, outcome, .. } if of == machine => Some(outcome),
			_ => None,
		});
		assert_eq!(outcome, Some(Settled::Silent));
	});
	assert_eq!(wrong, 100 * UNIT, "all that the machine's class requires");
	assert_eq!(silent, wrong);
}

#[test]
fn missed_challenge_should_be_queued_when_a_machine_does_not_commit() {
	chain("development").execute_with(|| {
		let machine = drawn();
		let stake = bonded();
		advance(MIN_ROUND_BLOCKS);
		go(5, 0);
		assert!(told().iter().any(|event| matches!(
			event,
			Event::Settled { machine: of, outcome: Settled::Missed, slashed: 0, .. } if *of == machine
		)));
		assert_eq!(bonded(), stake, "it can be contested");
		let pending = pallet_staking_slash::PendingSlashes::<Runtime>::iter_values();
		assert!(pending.map(|pending| pending.report.offence).eq([Offence::MissedChallenge]));
		check_invariants();
	});
}

#[test]
fn machine_should_not_be_drawn_when_it_has_work() {
	chain("development").execute_with(|| {
		let machine = machine(&account(PROVIDER), 1, 1);
		call(&account(PROVIDER), Call::set_device { machine, device: Some(account(DEVICE)) }).unwrap();
		for epoch in 1..4 {
			go(epoch, EPOCH_DURATION_IN_BLOCKS - 1);
			send(heartbeat(machine)).unwrap();
		}
		assert!(!Capacity::standing(machine).unwrap().busy);
		let job = submit(&account(CLIENT), spec(1, UNIT)).unwrap();
		call(&account(PROVIDER), Market::bid { job, machine, price: UNIT }).unwrap();
		assert!(Capacity::standing(machine).unwrap().busy);
		go(4, 0);
		assert_eq!(Draws::<Runtime>::iter().count(), 0);
		// The job ends, and the machine is drawn again.
		advance(200);
		assert!(!Capacity::standing(machine).unwrap().busy);
		send(heartbeat(machine)).unwrap();
		go(5, 0);
		assert_eq!(Draws::<Runtime>::iter().count(), 1);
		check_invariants();
	});
}

#[test]
fn heartbeat_should_be_free_and_taken_once_when_the_device_signs_it() {
	chain("development").execute_with(|| {
		let machine = machine(&account(PROVIDER), 1, 1);
		go(1, 0);
		assert_eq!(send(heartbeat(machine)), refused(Refusal::NoDevice));
		let set =
			|who: Sr25519Keyring| call(&account(who), Call::set_device { machine, device: Some(account(DEVICE)) });
		assert!(set(OTHER).is_err());
		set(PROVIDER).unwrap();
		let first = heartbeat(machine);
		send(first.clone()).unwrap();
		assert_eq!(send(first.clone()), refused(Refusal::Repeated));
		let (epoch, interval) = Capacity::heartbeat_interval();
		let payload = payload::heartbeat(&System::block_hash(0), machine, epoch, interval + 1);
		let early = Call::heartbeat { machine, epoch, interval: interval + 1, signature: DEVICE.sign(&payload).into() };
		assert_eq!(send(early), refused(Refusal::Interval));
		go(1, 2 * assay_runtime::params::HEARTBEAT_SLOTS);
		assert_eq!(send(first), refused(Refusal::Interval));
		let payload = payload::heartbeat(&System::block_hash(0), machine, 1, 2);
		let foreign = Call::heartbeat { machine, epoch: 1, interval: 2, signature: OTHER.sign(&payload).into() };
		assert_eq!(send(foreign), refused(Refusal::Signature));
		send(heartbeat(machine)).unwrap();
		// A device needs no account.
		assert_eq!(System::account(account(DEVICE)).nonce, 0);
	});
}

#[test]
fn calls_of_devices_should_be_refused_when_signed_or_bare() {
	chain("development").execute_with(|| {
		let machine = machine(&account(PROVIDER), 1, 1);
		go(1, 0);
		call(&account(PROVIDER), Call::set_device { machine, device: Some(account(DEVICE)) }).unwrap();
		assert!(call(&account(DEVICE), heartbeat(machine)).is_err());
		let bare = UncheckedExtrinsic::new_bare(heartbeat(machine).into());
		let validity = Executive::validate_transaction(TransactionSource::External, bare, System::block_hash(0));
		assert!(validity.is_err());
		// What does not authorize itself is not let in by this way.
		let remark = transaction(frame_system::Call::remark { remark: Vec::new() });
		let validity = Executive::validate_transaction(TransactionSource::External, remark, System::block_hash(0));
		assert!(validity.is_err());
	});
}

#[test]
fn round_should_be_void_when_an_epoch_is_skipped() {
	chain("development").execute_with(|| {
		let machine = drawn();
		let stake = bonded();
		let round = assignment(machine).round;
		advance(MIN_ROUND_BLOCKS);
		go(6, 0);
		assert_eq!(pallet_capacity::Rounds::<Runtime>::get(round).map(|round| round.stage), None::<Stage<u32>>);
		assert!(told().contains(&Event::RoundVoid { round }));
		assert_eq!(bonded(), stake);
		check_invariants();
	});
}

#[test]
fn rounds_should_have_valid_parameters_for_every_class() {
	for (tier, params) in (1u8..).zip(ROUND_PARAMS) {
		assert_eq!(params.validate(), Ok(()), "tier {tier}");
		assert_eq!(Capacity::round_params(Tier(tier)), Some(params));
	}
	assert_eq!(Capacity::round_params(Tier(0)), None);
	assert_eq!(Capacity::round_params(Tier(9)), None);
	if !cfg!(feature = "fast-runtime") {
		// Each class is asked for at least twice what the one before is.
		let operations: Vec<u64> = ROUND_PARAMS.iter().map(Params::operations).collect();
		assert!(operations.windows(2).all(|pair| pair[1] >= 2 * pair[0]), "{operations:?}");
	}
}
