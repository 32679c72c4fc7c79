//! What front ends see of the runtime.

use assay_runtime::Runtime;

/// The file that the command line's types are generated from.
#[cfg(feature = "fast-runtime")]
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/metadata.scale");

// Block times are constants in the metadata; the committed file is that of the test network.
#[cfg(feature = "fast-runtime")]
#[test]
fn committed_metadata_should_be_that_of_the_runtime() {
	let current = Runtime::metadata_at_version(16).expect("version 16 is there");
	let committed = std::fs::read(COMMITTED).expect("cli/metadata.scale exists");
	assert!(*current == committed[..], "the runtime's interface changed: run scripts/metadata.sh and commit the file");
}

#[test]
fn metadata_should_be_offered_in_all_versions_that_tools_read() {
	let versions = Runtime::metadata_versions();
	for version in [14, 15, 16] {
		assert!(versions.contains(&version), "{version} of {versions:?}");
	}
}

#[test]
fn view_functions_should_be_in_the_metadata() {
	let metadata = Runtime::metadata_at_version(16).expect("version 16 is there");
	for function in ["stake_status", "pending_work_reward", "settlement_preview", "job_quote"] {
		assert!(metadata.windows(function.len()).any(|window| window == function.as_bytes()), "{function}");
	}
}
