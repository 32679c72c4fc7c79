//! Capacity rounds: who is asked, by when, and by what clock.

use crate::{
	params::{
		COMMIT_SLOTS, DRAW_SHARE, EPOCH_DURATION_IN_BLOCKS, HEARTBEAT_SLOTS, MAX_DRAWN, MAX_TOGETHER,
		MILLISECS_PER_BLOCK, MIN_ROUND_BLOCKS, PROVE_WINDOW, ROUND_PARAMS,
	},
	Babe, Hash, Runtime, Signature, StakingSlash, TokenMint,
};
use assay_primitives::{Epoch, Epochs, Tier};
use assay_proofs::capacity::Params;
use frame_support::{parameter_types, traits::ConstU32};
use sp_runtime::{traits::Convert, Perbill};

parameter_types! {
	pub const DrawShare: Perbill = DRAW_SHARE;
}

/// The epochs of BABE.
///
/// The randomness that becomes known as an epoch begins is the one that BABE keeps for the next: made of the verifiable
/// random outputs of the blocks of the epoch before. It is what `RandomnessFromOneEpochAgo` gives, without a subject
/// hashed into it, which rounds do themselves.
pub struct BabeEpochs;

impl Epochs for BabeEpochs {
	fn now() -> Epoch {
		let randomness = pallet_babe::NextRandomness::<Runtime>::get();
		let elapsed = pallet_babe::CurrentSlot::<Runtime>::get().saturating_sub(*Babe::current_epoch_start());
		Epoch {
			index: pallet_babe::EpochIndex::<Runtime>::get(),
			elapsed: u32::try_from(u64::from(elapsed)).unwrap_or(u32::MAX),
			// Zero until the first epoch is over.
			randomness: (randomness != [0; 32]).then_some(Hash::from(randomness)),
		}
	}
}

/// What a round asks of each class.
pub struct ParamsOfTiers;

impl Convert<Tier, Option<Params>> for ParamsOfTiers {
	fn convert(tier: Tier) -> Option<Params> {
		ROUND_PARAMS.get(usize::from(tier.0.checked_sub(1)?)).copied()
	}
}

impl pallet_capacity::Config for Runtime {
	type Epochs = BabeEpochs;
	type Stake = StakingSlash;
	type Rewards = TokenMint;
	type Signature = Signature;
	type RoundParams = ParamsOfTiers;
	type EpochSlots = ConstU32<EPOCH_DURATION_IN_BLOCKS>;
	type SlotMillis = ConstU32<{ MILLISECS_PER_BLOCK as u32 }>;
	type HeartbeatSlots = ConstU32<HEARTBEAT_SLOTS>;
	type CommitSlots = ConstU32<COMMIT_SLOTS>;
	type ProveBlocks = ConstU32<PROVE_WINDOW>;
	type MinRoundBlocks = ConstU32<MIN_ROUND_BLOCKS>;
	type DrawShare = DrawShare;
	type MaxDrawn = ConstU32<MAX_DRAWN>;
	type MaxTogether = ConstU32<MAX_TOGETHER>;
	type WeightInfo = pallet_capacity::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = benchmark_helper::Keystore;
}

#[cfg(feature = "runtime-benchmarks")]
mod benchmark_helper {
	use super::*;
	use crate::AccountId;
	use sp_core::{crypto::KeyTypeId, sr25519};
	use sp_runtime::traits::{BlakeTwo256, Hash as _, IdentifyAccount};

	/// For whom the keystore of the host keeps the key.
	const KEY_TYPE: KeyTypeId = KeyTypeId(*b"capa");

	/// Signs with a key that the host keeps.
	pub struct Keystore;

	impl Keystore {
		fn key() -> sr25519::Public {
			let known = sp_io::crypto::sr25519_public_keys(KEY_TYPE).into_iter().next();
			known.unwrap_or_else(|| sp_io::crypto::sr25519_generate(KEY_TYPE, None))
		}
	}

	impl pallet_capacity::BenchmarkHelper<AccountId, Signature> for Keystore {
		fn device() -> AccountId {
			sp_runtime::MultiSigner::from(Self::key()).into_account()
		}

		fn sign(_: &AccountId, payload: &[u8]) -> Signature {
			let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &Self::key(), payload);
			signature.unwrap_or_default().into()
		}

		fn set_epoch(index: u64, elapsed: u32) {
			pallet_babe::EpochIndex::<Runtime>::put(index);
			let slot = u64::from(Babe::current_epoch_start()).saturating_add(elapsed.into());
			pallet_babe::CurrentSlot::<Runtime>::put(sp_consensus_babe::Slot::from(slot));
			pallet_babe::NextRandomness::<Runtime>::put(BlakeTwo256::hash_of(&index).0);
		}
	}
}
