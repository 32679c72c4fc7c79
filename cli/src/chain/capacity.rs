//! Capacity rounds: what a device has to do, and the transactions that it sends for nothing.
//!
//! Read and written by the bytes, with the types of `assay_proofs`: a proof is the same thing on both sides. Names of the
//! pallet's calls and view functions are looked up in the node's metadata, so that a chain without the pallet is told
//! apart.

use codec::{Decode, DecodeAll, Encode};
use serde::Serialize;
use subxt::{client::OnlineClientAtBlock, ext::scale_value::Value, utils::AccountId32, Metadata, SubstrateConfig};
use subxt_signer::sr25519::Keypair;

use assay_proofs::{
	capacity::{Params, Proof},
	Hash,
};

use super::{ask, checks::Service, model::BlockNumber, read::At, submit::TxError, view, Chain, ChainError};

/// The pallet's name.
const PALLET: &str = "Capacity";

/// What begins a general transaction of version 5.
const GENERAL_V5: u8 = 0b0100_0101;

/// Extensions that put nothing into a transaction.
const EMPTY_EXTENSIONS: [&str; 7] = [
	"AuthorizeCall",
	"CheckGenesis",
	"CheckNonZeroSender",
	"CheckSpecVersion",
	"CheckTxVersion",
	"CheckWeight",
	"WeightReclaim",
];

/// Extensions that put one zero into a transaction of a device: one that never dies (what it says does), without nonce and
/// tip, and without a hash of the metadata.
const ZERO_EXTENSIONS: [&str; 5] =
	["ChargeTransactionPayment", "CheckEra", "CheckMetadataHash", "CheckMortality", "CheckNonce"];

/// What a device has to do in a round.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Assignment {
	/// The round.
	pub round: u64,
	/// The seed of the first step.
	pub seed: Hash,
	/// What is asked.
	pub params: Params,
	/// What was committed to.
	pub commitment: Option<Hash>,
	/// What is to be done now.
	pub task: Task,
}

/// What a device has to do now.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Task {
	/// Do the steps and commit.
	#[codec(index = 0)]
	Commit {
		/// How many slots are left for it.
		slots: u32,
	},
	/// Prove.
	#[codec(index = 1)]
	Prove {
		/// The challenge.
		challenge: Hash,
		/// The last block in which a proof is accepted.
		until: BlockNumber,
	},
	/// Wait for what comes next.
	#[codec(index = 2)]
	Wait,
}

/// How a machine stands in the draw.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct MachineStanding {
	/// The key of its daemon.
	pub device: Option<AccountId32>,
	/// Its quality, in parts of a million.
	pub quality: u32,
	/// The epoch of the last heartbeat, its intervals with one, and its block.
	pub presence: (u64, u32, Option<BlockNumber>),
	/// Whether it is the best bidder of an auction or has work, so that it is not drawn.
	pub busy: bool,
	/// Its weight in the draw.
	pub weight: u128,
	/// The weight of all machines.
	pub total: u128,
	/// What points are multiplied by for its region, in parts of a million.
	pub scarcity: u32,
}

/// What an operator is told of a machine's place in capacity rounds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CapacityLine {
	/// The machine.
	pub machine: u64,
	/// The key of its daemon.
	pub device: Option<AccountId32>,
	/// Its quality, in parts of a million.
	pub quality: u32,
	/// The block of the last heartbeat.
	pub last_heartbeat: Option<BlockNumber>,
	/// The chance that one draw falls on it, in parts of a million.
	pub chance: u32,
	/// What points are multiplied by for its region, in parts of a million.
	pub scarcity: u32,
	/// What checkers found when they last asked it.
	pub service: Option<Service>,
	/// Rounds in which something is to be done.
	pub open_rounds: Vec<u64>,
}

/// What a device tells the chain.
#[derive(Clone, Debug)]
pub enum DeviceCall {
	/// That its machine is there.
	Heartbeat {
		/// The epoch.
		epoch: u64,
		/// The interval of the epoch.
		interval: u32,
	},
	/// What it has worked.
	Commit {
		/// The round.
		round: u64,
		/// The commitment.
		commitment: Hash,
	},
	/// The answer to a challenge.
	Prove {
		/// The round.
		round: u64,
		/// The proof.
		proof: Proof,
	},
}

impl DeviceCall {
	/// What is signed, as `pallet_capacity::payload` has it.
	fn payload(&self, genesis: &Hash, machine: u64) -> Vec<u8> {
		match self {
			Self::Heartbeat { epoch, interval } => (b"assay/heartbeat", genesis, machine, epoch, interval).encode(),
			Self::Commit { round, commitment } => (b"assay/commitment", genesis, round, machine, commitment).encode(),
			Self::Prove { round, proof } => {
				(b"assay/proof", genesis, round, machine, assay_proofs::hash(&proof.encode())).encode()
			},
		}
	}

	const fn name(&self) -> &'static str {
		match self {
			Self::Heartbeat { .. } => "heartbeat",
			Self::Commit { .. } => "commit",
			Self::Prove { .. } => "prove",
		}
	}

	/// The arguments, but for the signature.
	fn arguments(&self, machine: u64) -> Vec<u8> {
		match self {
			Self::Heartbeat { epoch, interval } => (machine, epoch, interval).encode(),
			Self::Commit { round, commitment } => (round, machine, commitment).encode(),
			Self::Prove { round, proof } => (round, machine, proof).encode(),
		}
	}

	/// The transaction, given the numbers of pallet and call and what extensions put into it.
	fn transaction(&self, index: [u8; 2], extensions: &[u8], genesis: &Hash, machine: u64, key: &Keypair) -> Vec<u8> {
		let signature = key.sign(&self.payload(genesis, machine)).0;
		// Version 0 of the extensions; variant 1 of a signature is that of sr25519.
		let body =
			[&[GENERAL_V5, 0], extensions, &index, &self.arguments(machine), &[1], signature.as_slice()].concat();
		body.encode()
	}
}

/// What the extensions of a runtime put into a transaction of a device. `None` when there is one that we do not know.
fn extensions<'a>(identifiers: impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
	let mut bytes = Vec::new();
	for identifier in identifiers {
		if ZERO_EXTENSIONS.contains(&identifier) {
			bytes.push(0);
		} else if !EMPTY_EXTENSIONS.contains(&identifier) {
			return None;
		}
	}
	Some(bytes)
}

/// The numbers of pallet and call, and what extensions put into its transaction.
fn frame(metadata: &Metadata, call: &str) -> Option<([u8; 2], Vec<u8>)> {
	let pallet = metadata.pallet_by_name(PALLET)?;
	let variant = pallet.call_variant_by_name(call)?;
	let identifiers = metadata.extrinsic().transaction_extensions_by_version(0)?;
	let extensions = extensions(identifiers.map(|extension| extension.identifier()))?;
	Some(([pallet.call_index(), variant.index], extensions))
}

/// Call a view function of the pallet by the bytes of its arguments.
async fn answer<T: Decode>(
	block: &OnlineClientAtBlock<SubstrateConfig>,
	function: &'static str,
	arguments: Vec<u8>,
) -> Result<T, ChainError> {
	ask("tell about capacity rounds", async {
		let answer = view::call_by_bytes(block, PALLET, function, &arguments).await?;
		T::decode_all(&mut answer.as_slice()).map_err(subxt::Error::other)
	})
	.await
}

impl At {
	/// Whether the runtime holds capacity rounds in a way that we can answer.
	pub fn has_capacity_rounds(&self) -> bool {
		let metadata = self.client().metadata_ref();
		["heartbeat", "commit", "prove"].iter().all(|call| frame(metadata, call).is_some())
	}

	/// How a machine stands in the draw. `None` when it is not registered.
	pub async fn machine_standing(&self, machine: u64) -> Result<Option<MachineStanding>, ChainError> {
		answer(self.client(), "standing", machine.encode()).await
	}

	/// What the device of a machine has to do in the rounds from `from` on, first what there is the least time for.
	pub async fn assignments(&self, machine: u64, from: u64) -> Result<Vec<Assignment>, ChainError> {
		answer(self.client(), "assignments", (machine, from).encode()).await
	}

	/// The epoch, and the interval of it, in which a heartbeat is due.
	pub async fn heartbeat_interval(&self) -> Result<(u64, u32), ChainError> {
		answer(self.client(), "heartbeat_interval", Vec::new()).await
	}

	/// What an operator is told of a machine's place in capacity rounds.
	pub async fn capacity_line(&self, machine: u64) -> Result<Option<CapacityLine>, ChainError> {
		if !self.has_capacity_rounds() {
			return Ok(None);
		}
		let Some(standing) = self.machine_standing(machine).await? else { return Ok(None) };
		let assignments = self.assignments(machine, 0).await?;
		let service = if self.has_probes() { self.service(machine).await? } else { None };
		let millionths = standing.weight.saturating_mul(1_000_000).checked_div(standing.total).unwrap_or(0);
		Ok(Some(CapacityLine {
			machine,
			device: standing.device,
			quality: standing.quality,
			last_heartbeat: standing.presence.2,
			chance: u32::try_from(millionths).unwrap_or(u32::MAX),
			scarcity: standing.scarcity,
			service,
			open_rounds: assignments.iter().map(|assignment| assignment.round).collect(),
		}))
	}
}

impl Chain {
	/// Put a device's transaction into the node's pool.
	///
	/// It costs nothing, and is not waited for: what came of it is read from the state.
	pub async fn send_device_call(&self, key: &Keypair, machine: u64, call: &DeviceCall) -> Result<(), TxError> {
		let at = self.timely().await?;
		let block = at.client();
		let Some((index, extensions)) = frame(block.metadata_ref(), call.name()) else {
			return Err(ChainError::WrongChain { url: self.url().to_owned() }.into());
		};
		let genesis = self.client().genesis_hash().0;
		let bytes = call.transaction(index, &extensions, &genesis, machine, key);
		let transaction = block.transactions().from_bytes(bytes);
		transaction.submit().await.map(drop).map_err(super::submit::not_sent)
	}
}

/// The call by which a provider sets the key of its machine's device.
pub(super) fn set_device(machine: u64, device: AccountId32) -> subxt::transactions::DynamicPayload<Vec<Value>> {
	let device = Value::unnamed_variant("Some", [Value::from_bytes(device.0)]);
	subxt::transactions::dynamic(PALLET, "set_device", vec![Value::u128(machine.into()), device])
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Compact;

	#[test]
	fn extensions_should_be_known_by_name() {
		// Those of the runtime, in their order.
		let ours = [
			"AuthorizeCall",
			"CheckNonZeroSender",
			"CheckSpecVersion",
			"CheckTxVersion",
			"CheckGenesis",
			"CheckMortality",
			"CheckNonce",
			"CheckWeight",
			"ChargeTransactionPayment",
			"CheckMetadataHash",
			"WeightReclaim",
		];
		assert_eq!(extensions(ours.into_iter()), Some(vec![0; 4]));
		assert_eq!(extensions(["CheckNonce", "SomethingNew"].into_iter()), None);
	}

	#[test]
	fn payloads_should_be_those_of_the_pallet() {
		// The same bytes as in the pallet's own test.
		let zeros = "0".repeat(64);
		let heartbeat = DeviceCall::Heartbeat { epoch: 2, interval: 3 }.payload(&[0; 32], 1);
		let expected = format!("61737361792f686561727462656174{zeros}0100000000000000020000000000000003000000");
		assert_eq!(hex::encode(heartbeat), expected);
		let commit = DeviceCall::Commit { round: 1, commitment: [0; 32] }.payload(&[0; 32], 2);
		let expected = format!("61737361792f636f6d6d69746d656e74{zeros}01000000000000000200000000000000{zeros}");
		assert_eq!(hex::encode(commit), expected);
	}

	#[test]
	fn transaction_should_be_general_and_without_a_signer() {
		let key = subxt_signer::sr25519::dev::dave();
		let call = DeviceCall::Heartbeat { epoch: 2, interval: 3 };
		let bytes = call.transaction([61, 1], &[0; 4], &[7; 32], 1, &key);
		let (length, body) = {
			let mut rest = bytes.as_slice();
			let Compact(length) = Compact::<u32>::decode(&mut rest).unwrap();
			(length as usize, rest)
		};
		assert_eq!(length, body.len());
		assert_eq!(body[..8], [0x45, 0, 0, 0, 0, 0, 61, 1]);
		let (arguments, signature) = body[8..].split_at(20);
		assert_eq!(arguments, (1u64, 2u64, 3u32).encode());
		assert_eq!((signature[0], signature.len()), (1, 65));
	}

	#[test]
	fn assignments_should_be_read_as_the_pallet_writes_them() {
		let params = Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
		let task = Task::Prove { challenge: [2; 32], until: 9 };
		let assignment = Assignment { round: 1, seed: [3; 32], params, commitment: Some([4; 32]), task };
		let text = hex::encode(assignment.encode());
		let (seed, commitment, challenge) = ("03".repeat(32), "04".repeat(32), "02".repeat(32));
		assert_eq!(
			text,
			format!("0100000000000000{seed}8000000002000000200000000400000001{commitment}01{challenge}09000000")
		);
	}
}
