//! Results that are disputed or withheld, with a real guest: the market, the stake and the arbiter together.

use crate::support::*;
use assay_primitives::ProviderStake;
use assay_proofs::{announcement, hash, merkle, prepare, Engine, Interpreter, Limits, ARBITER_GAS, ENGINE_VERSION};
use assay_runtime::{
	params::{
		ANNOUNCEMENT_DELAY, ANNOUNCEMENT_DEPOSIT, ANNOUNCEMENT_LIFETIME, DEMAND_DEPOSIT, DISPUTE_BOND, DISPUTE_WINDOW,
		FRAUD_SLASH, REVEAL_BASE_FEE, REVEAL_BYTE_FEE, REVEAL_WINDOW, SLASH_TO_REPORTER, SLASH_TO_WRONGED,
	},
	AccountId, Balance, Balances, ComputeMarket, JobId, Runtime, RuntimeCall, RuntimeEvent, StakingSlash, Tier,
};
use frame_support::{
	dispatch::{GetDispatchInfo, Pays},
	traits::fungible::Inspect,
};
use pallet_compute_market::{Call as Market, Error as MarketError, JobSpec, JobState, Jobs, RefundReason};
use pallet_work_proofs::{Call as Proofs, Error, Event as ProofsEvent, UnitOutput};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::traits::Dispatchable;
use std::sync::LazyLock;

pub const CLIENT: Sr25519Keyring = Alice;
pub const PROVIDER: Sr25519Keyring = Bob;
const CHALLENGER: Sr25519Keyring = Charlie;

/// A small picture: the path tracer's input, and the output of each unit.
pub struct Picture {
	pub input: Vec<u8>,
	pub outputs: Vec<Vec<u8>>,
}

pub static PICTURE: LazyLock<Picture> = LazyLock::new(|| {
	let scene = assay_guests::DEMO_SCENE
		.replace("image 640 360", "image 16 16")
		.replace("tile 16", "tile 8")
		.replace("samples 1 24", "samples 1 2");
	let input = assay_guests::parse_scene(&scene).unwrap();
	let guest = prepare(assay_guests::PATHTRACER, &Limits::STANDARD).unwrap();
	let engine = Interpreter::new();
	let module = engine.compile(&guest).unwrap();
	let units = assay_guests::units(&input).unwrap();
	let output = |index| engine.run(&module, &input, index, ARBITER_GAS).unwrap().result.unwrap();
	let outputs = (0..units).map(output).collect();
	Picture { input, outputs }
});

/// The outcomes that a provider commits to; an honest one if `wrong` is no unit.
pub fn outcomes(wrong: Option<usize>) -> Vec<[u8; 32]> {
	let mut all: Vec<_> = PICTURE.outputs.iter().map(|output| hash(output)).collect();
	if let Some(index) = wrong {
		// A picture of something else.
		all[index] = hash(b"black");
	}
	all
}

/// A job of [`CLIENT`] for that picture, of which [`PROVIDER`] has committed a result.
pub fn committed(wrong: Option<usize>) -> JobId {
	let (client, provider) = (account(CLIENT), account(PROVIDER));
	let machine = machine(&provider, 1, 1);
	let all = outcomes(wrong);
	let spec = JobSpec {
		guest: H256(hash(assay_guests::PATHTRACER)),
		input: H256(hash(&PICTURE.input)),
		gas_per_unit: ARBITER_GAS,
		..spec(all.len() as u32, UNIT)
	};
	let job = submit(&client, spec).unwrap();
	call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
	advance(6);
	call(&provider, Market::commit_result { job, first: 0, root: H256(merkle::root(&all).unwrap()) }).unwrap();
	take_events();
	job
}

/// A dispute of unit `index`, by what was committed to.
pub fn dispute(job: JobId, index: u32, wrong: Option<usize>) -> RuntimeCall {
	let all = outcomes(wrong);
	Proofs::dispute_unit {
		job,
		index,
		claimed: H256(all[index as usize]),
		opening: merkle::prove(&all, index).unwrap(),
		gas_limit: ARBITER_GAS,
		guest: assay_guests::PATHTRACER.to_vec().try_into().unwrap(),
		input: PICTURE.input.clone().try_into().unwrap(),
	}
	.into()
}

/// What `who` announces of unit `index`.
pub fn announcement(who: &AccountId, job: JobId, index: u32) -> H256 {
	let right = hash(&PICTURE.outputs[index as usize]);
	H256(codec::Encode::using_encoded(who, |who| announcement::hash(job.0, index, &right, who)))
}

/// `key` announces that unit `index` is wrong, and waits until that counts.
fn announce(key: Sr25519Keyring, job: JobId, index: u32) {
	let hash = announcement(&account(key), job, index);
	call(&account(key), Proofs::announce_dispute { hash }).unwrap();
	advance(ANNOUNCEMENT_DELAY);
}

/// A result that is under review for long enough to announce a dispute.
fn committed_for_long(wrong: Option<usize>) -> JobId {
	let job = committed(wrong);
	// A question keeps it from being paid for.
	call(&account(CLIENT), Proofs::demand_unit { job, index: 0 }).unwrap();
	job
}

pub fn state(job: JobId) -> JobState<Runtime> {
	Jobs::<Runtime>::get(job).unwrap().state
}

pub fn total(key: Sr25519Keyring) -> Balance {
	Balances::total_balance(&account(key))
}

pub fn bonded() -> Balance {
	StakingSlash::stake_status(account(PROVIDER)).bonded
}

/// What fraud costs [`PROVIDER`], who has nothing but its bond, and the parts of the client and of whoever reported it.
fn fraud() -> (Balance, Balance, Balance) {
	let slashed = FRAUD_SLASH.mul_ceil(<StakingSlash as ProviderStake<_, _>>::machine_stake(Tier(1)));
	(slashed, SLASH_TO_WRONGED.mul_floor(slashed), SLASH_TO_REPORTER.mul_floor(slashed))
}

#[test]
fn provider_should_be_slashed_and_client_refunded_when_a_unit_is_wrong() {
	chain("development").execute_with(|| {
		let before = (total(CLIENT), total(CHALLENGER));
		let job = committed_for_long(Some(1));
		let stake = bonded();
		announce(CHALLENGER, job, 1);
		let origin = assay_runtime::RuntimeOrigin::signed(account(CHALLENGER));
		let call = dispute(job, 1, Some(1));
		let charged = call.get_dispatch_info().call_weight;
		let info = call.dispatch(origin).unwrap();

		assert_eq!(info.pays_fee, Pays::No);
		assert!(info.actual_weight.unwrap().ref_time() < charged.ref_time(), "what was not used is given back");
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		let (slashed, to_client, to_challenger) = fraud();
		assert_eq!(total(CLIENT), before.0 + to_client, "the client has its escrow back, and its part of the slash");
		assert_eq!(total(CHALLENGER), before.1 + to_challenger, "the challenger has its bond back, and its part");
		assert_eq!(Balances::reserved_balance(account(CHALLENGER)), 0, "it has the announcement's deposit back");
		assert_eq!(bonded(), stake - slashed);
		let found = H256(hash(&PICTURE.outputs[1]));
		assert!(take_events().iter().any(|event| matches!(
			event,
			RuntimeEvent::WorkProofs(ProofsEvent::UnitRefuted { index: 1, found: seen, slashed: told, .. })
				if (*seen, *told) == (found, slashed)
		)));

		// Once.
		let stake = bonded();
		let refused = crate::support::call(&account(CLIENT), dispute(job, 1, Some(1)));
		assert_eq!(refused, Err(MarketError::<Runtime>::JobNotCommitted.into()));
		advance(40);
		assert_eq!(bonded(), stake);
		crate::support::call(&account(CLIENT), Market::clear_job { job }).unwrap();
		check_invariants();
	});
}

#[test]
fn nobody_should_have_the_reporters_part_when_a_dispute_was_copied() {
	chain("development").execute_with(|| {
		let job = committed_for_long(Some(1));
		announce(CHALLENGER, job, 1);
		let (client, copier, challenger, stake) = (total(CLIENT), total(Dave), total(CHALLENGER), bonded());
		let issuance = Balances::total_issuance();
		// Dave has seen the dispute wait. He announces it, sends the same, and is first.
		let hash = announcement(&account(Dave), job, 1);
		call(&account(Dave), Proofs::announce_dispute { hash }).unwrap();
		call(&account(Dave), dispute(job, 1, Some(1))).unwrap();
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		let (slashed, to_client, to_reporter) = fraud();
		assert_eq!(bonded(), stake - slashed, "the provider is slashed all the same");
		assert_eq!((total(CLIENT), total(Dave)), (client + to_client, copier));
		assert!(issuance - Balances::total_issuance() >= to_reporter, "the reporter's part is burned");
		let refused = call(&account(CHALLENGER), dispute(job, 1, Some(1)));
		assert_eq!(refused, Err(MarketError::<Runtime>::JobNotCommitted.into()));
		// What was announced for nothing is forgotten.
		assert_eq!(Balances::reserved_balance(account(CHALLENGER)), ANNOUNCEMENT_DEPOSIT);
		advance(ANNOUNCEMENT_LIFETIME + 2);
		assert_eq!(Balances::reserved_balance(account(CHALLENGER)), 0);
		assert_eq!((total(CHALLENGER), total(Dave)), (challenger, copier));
		check_invariants();
	});
}

#[test]
fn client_should_have_its_refund_and_its_part_when_it_disputes_at_once() {
	chain("development").execute_with(|| {
		let before = total(CLIENT);
		let job = committed(Some(1));
		call(&account(CLIENT), dispute(job, 1, Some(1))).unwrap();
		let (_, to_client, _) = fraud();
		assert_eq!(total(CLIENT), before + to_client);
		check_invariants();
	});
}

#[test]
fn client_should_have_both_parts_when_it_announces() {
	chain("development").execute_with(|| {
		let before = total(CLIENT);
		let job = committed_for_long(Some(1));
		announce(CLIENT, job, 1);
		call(&account(CLIENT), dispute(job, 1, Some(1))).unwrap();
		let (_, to_client, to_reporter) = fraud();
		assert_eq!(total(CLIENT), before + to_client + to_reporter);
		check_invariants();
	});
}

#[test]
fn provider_should_get_the_bond_and_be_paid_when_all_units_are_right() {
	chain("development").execute_with(|| {
		let job = committed(None);
		let (provider, challenger, stake) = (total(PROVIDER), total(CHALLENGER), bonded());
		for index in 0..PICTURE.outputs.len() as u32 {
			call(&account(CHALLENGER), dispute(job, index, None)).unwrap();
		}
		let bonds = DISPUTE_BOND * PICTURE.outputs.len() as Balance;
		assert_eq!(total(CHALLENGER), challenger - bonds);
		assert_eq!(total(PROVIDER), provider + bonds);
		// Nothing that was not committed to can be disputed.
		let refused = call(&account(CHALLENGER), dispute(job, 1, Some(1)));
		assert_eq!(refused, Err(Error::<Runtime>::OpeningInvalid.into()));

		advance(12);
		assert!(matches!(state(job), JobState::Settled { .. }));
		assert_eq!(bonded(), stake);
		check_invariants();
	});
}

#[test]
fn provider_should_be_slashed_and_client_refunded_when_a_unit_is_withheld() {
	chain("development").execute_with(|| {
		let before = (total(CLIENT), total(CHALLENGER));
		let job = committed(None);
		let stake = bonded();
		call(&account(CHALLENGER), Proofs::demand_unit { job, index: 2 }).unwrap();
		advance(REVEAL_WINDOW);
		// The review is long over.
		assert!(matches!(state(job), JobState::Contested { open: 1, .. }));
		advance(2);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DataWithheld });
		let (slashed, to_client, to_challenger) = fraud();
		assert_eq!(total(CLIENT), before.0 + to_client);
		assert_eq!(total(CHALLENGER), before.1 + to_challenger);
		assert_eq!(bonded(), stake - slashed);
		check_invariants();
	});
}

#[test]
fn provider_should_be_paid_later_when_it_reveals_a_demanded_unit() {
	chain("development").execute_with(|| {
		let job = committed(None);
		let (provider, challenger, stake) = (total(PROVIDER), total(CHALLENGER), bonded());
		call(&account(CHALLENGER), Proofs::demand_unit { job, index: 2 }).unwrap();
		advance(REVEAL_WINDOW);
		let output = &PICTURE.outputs[2];
		let reveal = Proofs::reveal_unit {
			job,
			index: 2,
			output: UnitOutput::Bytes(output.clone().try_into().unwrap()),
			opening: merkle::prove(&outcomes(None), 2).unwrap(),
		};
		call(&account(PROVIDER), reveal).unwrap();
		let paid = REVEAL_BASE_FEE + REVEAL_BYTE_FEE * output.len() as Balance;
		assert!(paid < DEMAND_DEPOSIT);
		assert_eq!((total(PROVIDER), total(CHALLENGER)), (provider + paid, challenger - paid));

		// Time to dispute what was revealed.
		advance(DISPUTE_WINDOW - 1);
		assert!(matches!(state(job), JobState::Contested { open: 0, .. }));
		advance(1);
		assert!(matches!(state(job), JobState::Settled { .. }));
		assert_eq!(bonded(), stake);
		check_invariants();
	});
}

#[test]
fn answer_should_find_room_when_blocks_are_full_of_other_transactions() {
	use assay_runtime::{
		configs::{BlockLength, BlockWeights},
		System,
	};
	use frame_support::dispatch::DispatchClass;
	use frame_system::CheckWeight;
	chain("development").execute_with(|| {
		let longest: RuntimeCall = Proofs::reveal_unit {
			job: JobId(0),
			index: 0,
			output: UnitOutput::Bytes(vec![0; Limits::STANDARD.max_output as usize].try_into().unwrap()),
			opening: merkle::prove(&outcomes(None), 0).unwrap(),
		}
		.into();
		// As the provider sends it, and as a proxy of its does.
		let proxied = pallet_proxy::Call::<Runtime>::proxy {
			real: account(PROVIDER).into(),
			force_proxy_type: None,
			call: Box::new(longest.clone()),
		};
		let (length, weights) = (BlockLength::get(), BlockWeights::get());
		let most = weights.get(DispatchClass::Normal).max_total.unwrap();
		for (call, fits) in [(longest, true), (proxied.into(), true), (dispute(JobId(0), 0, None), false)] {
			System::set_block_consumed_resources(most, *length.max.get(DispatchClass::Normal) as usize);
			let info = call.get_dispatch_info();
			assert_eq!(info.pays_fee, Pays::Yes);
			let size = codec::Encode::encoded_size(&call);
			let room = CheckWeight::<Runtime>::do_validate(&info, size)
				.and_then(|(_, next)| CheckWeight::<Runtime>::do_prepare(&info, size, next));
			assert_eq!(room.is_ok(), fits, "{:?} of {size} bytes: {room:?}", info.class);
		}
	});
}

#[test]
fn verdict_should_rest_on_the_rules_under_which_the_job_was_submitted() {
	use assay_primitives::{EngineVersion, JobResults};
	chain("development").execute_with(|| {
		let job = committed(Some(0));
		assert_eq!(ComputeMarket::result(job).unwrap().engine, EngineVersion(ENGINE_VERSION));
		// As if it had been submitted before an upgrade that has thrown its rules away: no verdict instead of another one.
		Jobs::<Runtime>::mutate(job, |job| job.as_mut().unwrap().engine = EngineVersion(0));
		let refused = call(&account(CHALLENGER), dispute(job, 0, Some(0)));
		assert_eq!(refused, Err(Error::<Runtime>::UnknownEngine.into()));
	});
}

/// The longest dispute, with as much gas as there can be.
fn dearest_dispute() -> RuntimeCall {
	Proofs::dispute_unit {
		job: JobId(0),
		index: 0,
		claimed: H256::zero(),
		opening: merkle::prove(&[[0; 32]], 0).unwrap(),
		gas_limit: ARBITER_GAS,
		guest: vec![0; Limits::STANDARD.max_blob as usize].try_into().unwrap(),
		input: vec![0; Limits::STANDARD.max_input as usize].try_into().unwrap(),
	}
	.into()
}

#[test]
fn whoever_has_itself_refuted_should_lose_more_than_the_fee_that_it_does_not_pay() {
	chain("development").execute_with(|| {
		let call = dearest_dispute();
		let length = codec::Encode::encoded_size(&call) as u32;
		let fee = assay_runtime::TransactionPayment::compute_fee(length, &call.get_dispatch_info(), 0);
		let back = SLASH_TO_WRONGED.mul_ceil(DISPUTE_BOND) + SLASH_TO_REPORTER.mul_ceil(DISPUTE_BOND);
		assert!(DISPUTE_BOND - back > fee, "{fee}");
	});
}

#[test]
fn dispute_should_fit_into_a_block_when_it_is_as_dear_as_can_be() {
	use assay_runtime::configs::{BlockLength, BlockWeights};
	use frame_support::dispatch::DispatchClass;
	let call = dearest_dispute();
	let info = call.get_dispatch_info();
	assert_eq!(info.class, DispatchClass::Normal);
	let limit = BlockWeights::get().get(DispatchClass::Normal).max_extrinsic.unwrap();
	assert!(info.call_weight.all_lt(limit), "{} of {limit}", info.call_weight);
	assert!((codec::Encode::encoded_size(&call) as u32) < *BlockLength::get().max.get(DispatchClass::Normal));
}
