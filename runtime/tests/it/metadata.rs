//! What front ends see of the runtime.

use assay_runtime::Runtime;

// Block times are constants in the metadata; the committed files are those of the test network.
#[cfg(feature = "fast-runtime")]
#[test]
fn committed_metadata_should_be_that_of_the_runtime() {
	for (file, current) in [
		("clients-js/metadata.scale", crate::stripped::whole()),
		("cli/types/metadata.scale", crate::stripped::for_command_line()),
	] {
		let committed = std::fs::read(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"))).expect("the file exists");
		let current = current.expect("version 16 is there");
		assert!(current == committed, "the runtime's interface changed: run scripts/metadata.sh and commit {file}");
	}
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
