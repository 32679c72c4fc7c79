//! The chains that ship with the node: `development` (one validator), `local_testnet` (four) and `staging`.

use crate::{
	configs::STABLE_ASSET,
	params::{GENESIS_SUPPLY, PRIMARY_PROBABILITY, UNIT},
	AccountId, AssetsConfig, BabeConfig, Balance, BalancesConfig, PriceOperatorsConfig, RuntimeGenesisConfig,
	SessionConfig, SessionKeys, StakingSlashConfig, SudoConfig, Tier,
};
use alloc::{vec, vec::Vec};
use frame_support::{build_struct_json_patch, BoundedVec};
use hex_literal::hex;
use serde_json::Value;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_core::crypto::UncheckedInto;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Name of the preset of the public test network.
pub const STAGING_RUNTIME_PRESET: &str = "staging";

/// How BABE is set up at genesis: secondary slots carry a VRF too, so that every block adds to the randomness.
pub const BABE_EPOCH_CONFIG: BabeEpochConfiguration =
	BabeEpochConfiguration { c: PRIMARY_PROBABILITY, allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots };

/// Tokens of each well-known account on test networks.
const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// Millionths of a test dollar of each well-known account on test networks.
const DOLLARS: Balance = 100_000 * 1_000_000;

/// Required stake by tier: each step doubles what a machine may earn at a time, and what it stands to lose.
const TIER_STAKES: [(Tier, Balance); 4] =
	[(Tier(1), 100 * UNIT), (Tier(2), 200 * UNIT), (Tier(3), 400 * UNIT), (Tier(4), 800 * UNIT)];

/// The asset that jobs can be paid in beside native tokens and credits: issued by `root`, counted in millionths of a dollar,
/// and `accounts` have some of it.
fn stable_asset(root: &AccountId, accounts: Vec<(AccountId, Balance)>) -> AssetsConfig {
	AssetsConfig {
		// It keeps an account alive, so that who has nothing else can be paid in it. A cent is the least.
		assets: vec![(STABLE_ASSET, root.clone(), true, 10_000)],
		metadata: vec![(STABLE_ASSET, b"Test dollar".to_vec(), b"TUSD".to_vec(), 6)],
		accounts: accounts.into_iter().map(|(account, amount)| (STABLE_ASSET, account, amount)).collect(),
		..Default::default()
	}
}

fn genesis(
	validators: Vec<(AccountId, SessionKeys)>,
	balances: Vec<(AccountId, Balance)>,
	dollars: Vec<(AccountId, Balance)>,
	root: AccountId,
) -> Value {
	// Until governance names others, validators say what the token costs.
	let operators = validators.iter().map(|(account, _)| account.clone()).collect();
	build_struct_json_patch!(RuntimeGenesisConfig {
		assets: stable_asset(&root, dollars),
		balances: BalancesConfig { balances },
		babe: BabeConfig { epoch_config: BABE_EPOCH_CONFIG },
		session: SessionConfig {
			keys: validators.into_iter().map(|(id, keys)| (id.clone(), id, keys)).collect::<Vec<_>>(),
		},
		price_operators: PriceOperatorsConfig {
			members: BoundedVec::truncate_from(operators),
			phantom: Default::default(),
		},
		staking_slash: StakingSlashConfig { tier_stakes: TIER_STAKES.to_vec(), follow_network: false },
		sudo: SudoConfig { key: Some(root) },
	})
}

/// A validator whose account and keys come from a well-known name, as `--alice` and its like use them.
fn well_known_validator(account: Sr25519Keyring, grandpa: Ed25519Keyring) -> (AccountId, SessionKeys) {
	(account.to_account_id(), SessionKeys { babe: account.public().into(), grandpa: grandpa.public().into() })
}

fn test_network(validators: Vec<(AccountId, SessionKeys)>) -> Value {
	let everybody = |amount| Sr25519Keyring::well_known().map(|key| (key.to_account_id(), amount)).collect();
	genesis(validators, everybody(ENDOWMENT), everybody(DOLLARS), Sr25519Keyring::Alice.to_account_id())
}

fn development() -> Value {
	test_network(vec![well_known_validator(Sr25519Keyring::Alice, Ed25519Keyring::Alice)])
}

fn local_testnet() -> Value {
	test_network(vec![
		well_known_validator(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
		well_known_validator(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
		well_known_validator(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		well_known_validator(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
	])
}

/// Public keys of one staging validator: account and BABE (sr25519), GRANDPA (ed25519).
struct StagingValidator {
	account: [u8; 32],
	babe: [u8; 32],
	grandpa: [u8; 32],
}

/// The staging network rehearses the launch of a real one, with its amounts and times. Its keys are derived from the public
/// development phrase (`//Staging//0`, `//Staging//0//babe`, `//Staging//0//grandpa` and so on, and `//Staging//root`):
/// whoever launches a network that holds value replaces them in the exported chain spec.
const STAGING_VALIDATORS: [StagingValidator; 4] = [
	StagingValidator {
		account: hex!("e2ce10a12e9393555e330034068602f28a8831ac51e453e759095609cbb9a94b"),
		babe: hex!("f83b71202c2020a45c65905f3ac2c68a681804721a06c840e50e806feb43c848"),
		grandpa: hex!("588ad350e1296973e2264bd0a9124e315ca9c0c46b4d2849d8d2aa78f6a53c20"),
	},
	StagingValidator {
		account: hex!("3a88750a05d8a215b3e9e4c35069e9b71634684f04064f0cb8ed311756698175"),
		babe: hex!("d4fc9f7a324f4af552dfbaf48d65b431f3a1a74de900c8decff4ac3fe0aaf67e"),
		grandpa: hex!("4552b9c8fa65e599a0f79bfc765e22c5ced19cb9f79161e26718fbc34be008c9"),
	},
	StagingValidator {
		account: hex!("0af01bb5aa65991461e44e84067f3d5be33f87f6d4db0852b6462c1dc60c4c52"),
		babe: hex!("e04956e75d9bd878951c062142a50be526a3f30542313a799b2f1bc102bacd4b"),
		grandpa: hex!("8190a86254ca3564f6c750843c76f97e6d463d98152e6116c90d8ca31b10aa50"),
	},
	StagingValidator {
		account: hex!("32232e1188dc81bd9c33c344a4153439f296f699c1d09dfe448b95141a6ba568"),
		babe: hex!("c095f09d6406bd0908cdff5f26ca282914fc8308b62b2ff115d552b8f7b3db25"),
		grandpa: hex!("c593779094706161691e3d141d976564af837e31bd5e9c309dda69c13cf6f6a9"),
	},
];
/// Account with the sudo key and the genesis supply of the staging network.
const STAGING_ROOT: [u8; 32] = hex!("646abfc07859e2731c66db9e88b7f666911474eaad2fdb657229ef7f8e29b20c");

fn staging() -> Value {
	let validators: Vec<_> = STAGING_VALIDATORS
		.iter()
		.map(|keys| {
			(
				AccountId::from(keys.account),
				SessionKeys { babe: keys.babe.unchecked_into(), grandpa: keys.grandpa.unchecked_into() },
			)
		})
		.collect();
	let root = AccountId::from(STAGING_ROOT);
	let validator_funds = 1_000 * UNIT;
	let paid_out = validator_funds * validators.len() as Balance;
	let mut balances: Vec<_> = validators.iter().map(|(account, _)| (account.clone(), validator_funds)).collect();
	balances.push((root.clone(), GENESIS_SUPPLY - paid_out));
	genesis(validators, balances, Vec::new(), root)
}

/// The preset of that name as a JSON patch of the default genesis configuration.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => development(),
		LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
		STAGING_RUNTIME_PRESET => staging(),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![
		PresetId::from(DEV_RUNTIME_PRESET),
		PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
		PresetId::from(STAGING_RUNTIME_PRESET),
	]
}
