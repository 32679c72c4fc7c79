//! The chains that the node knows by name. What is in their genesis stands in the runtime's presets.

use assay_runtime::{
	genesis_config_presets::{get_preset, STAGING_RUNTIME_PRESET},
	WASM_BINARY,
};
use sc_chain_spec::{ChainSpecExtension, ChainType, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// What the node keeps in a chain specification besides genesis and addresses.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase")]
pub struct Extensions {
	/// Blocks that are known and whose state differs: the way to repair a fork.
	pub fork_blocks: sc_client_api::ForkBlocks<assay_runtime::opaque::Block>,
	/// Blocks that are never accepted.
	pub bad_blocks: sc_client_api::BadBlocks<assay_runtime::opaque::Block>,
	/// Where a light client starts; filled by `sync_state_genSyncSpec`.
	pub light_sync_state: sc_sync_state_rpc::LightSyncStateExtension,
}

/// A chain specification of Assay.
pub type ChainSpec = sc_service::GenericChainSpec<Extensions>;

/// The chain of that name: `dev`, `local` (also for no name), `staging`.
pub fn named(name: &str) -> Option<Result<ChainSpec, String>> {
	let (title, id, chain_type, preset) = match name {
		"dev" => ("Assay Development", "assay_dev", ChainType::Development, DEV_RUNTIME_PRESET),
		"" | "local" => ("Assay Local Testnet", "assay_local", ChainType::Local, LOCAL_TESTNET_RUNTIME_PRESET),
		"staging" => ("Assay Staging", "assay_staging", ChainType::Live, STAGING_RUNTIME_PRESET),
		_ => return None,
	};
	Some(build(title, id, chain_type, preset))
}

fn build(title: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm =
		WASM_BINARY.ok_or("this binary was built without the runtime (SKIP_WASM_BUILD); build it again without")?;
	// The preset as this program knows it: to ask the WASM for it by name, the SDK would compile that an extra time.
	let patch = get_preset(&preset.into())
		.and_then(|json| String::from_utf8(json).ok()?.parse().ok())
		.ok_or_else(|| format!("the runtime has no preset {preset}"))?;
	Ok(ChainSpec::builder(wasm, Extensions::default())
		.with_name(title)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id(id)
		.with_properties(properties())
		.with_genesis_config_patch(patch)
		.build())
}

/// How wallets show amounts and addresses.
fn properties() -> Properties {
	Properties::from_iter([
		("tokenSymbol".into(), "ASY".into()),
		("tokenDecimals".into(), 12.into()),
		("ss58Format".into(), 42.into()),
	])
}
