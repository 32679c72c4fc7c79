//! The runtime's metadata, whole and cut down to what the command line uses: generating types for all pallets makes its
//! compilation three times as long.

use assay_runtime::Runtime;
use codec::{Decode, Encode};
use frame_metadata::{v16::RuntimeMetadataV16, RuntimeMetadata, RuntimeMetadataPrefixed};
use scale_info::TypeDef;
use subxt_utils_stripmetadata::StripMetadata;

/// The pallets that the command line reads, calls or hears of.
const PALLETS: [&str; 12] = [
	"System",
	"Babe",
	"Balances",
	"Capacity",
	"Checkers",
	"ComputeCredits",
	"ComputeLease",
	"ComputeMarket",
	"RewardVesting",
	"StakingSlash",
	"TokenMint",
	"WorkProofs",
];

/// Metadata of version 16.
pub fn whole() -> Option<Vec<u8>> {
	Runtime::metadata_at_version(16).map(|metadata| (*metadata).clone())
}

/// Metadata of version 16 with the pallets of the command line only.
pub fn for_command_line() -> Option<Vec<u8>> {
	let prefixed = RuntimeMetadataPrefixed::decode(&mut &whole()?[..]).ok()?;
	let RuntimeMetadata::V16(mut metadata) = prefixed.1 else { return None };
	for id in outer_enums(&metadata) {
		let enumeration = metadata.types.types.iter_mut().find(|entry| entry.id == id)?;
		if let TypeDef::Variant(definition) = &mut enumeration.ty.type_def {
			definition.variants.retain(|variant| PALLETS.contains(&variant.name.as_str()));
		}
	}
	metadata.strip_metadata(|pallet| PALLETS.contains(&pallet), |_| false);
	Some(RuntimeMetadataPrefixed(prefixed.0, RuntimeMetadata::V16(metadata)).encode())
}

/// The ids of the types that have a variant for each pallet.
fn outer_enums(metadata: &RuntimeMetadataV16) -> [u32; 3] {
	let enums = &metadata.outer_enums;
	[enums.call_enum_ty.id, enums.event_enum_ty.id, enums.error_enum_ty.id]
}
