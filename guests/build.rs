//! Builds the guest programs for WASM.
//!
//! A second cargo does it, with a target directory of its own inside this crate's output directory, so that neither
//! waits for the other's lock and so that the flags of the outer build (a lint run, coverage, a native CPU) never
//! reach the guest: a guest is named by the hash of its bytes.

use std::{env, error::Error, path::Path, process::Command};

/// What the outer build says to its own compilers.
const NOT_FOR_GUESTS: [&str; 12] = [
	"CARGO_BUILD_BUILD_DIR",
	"CARGO_BUILD_RUSTFLAGS",
	"CARGO_BUILD_TARGET",
	"CARGO_BUILD_TARGET_DIR",
	"CARGO_ENCODED_RUSTFLAGS",
	"CARGO_INCREMENTAL",
	"CARGO_TARGET_DIR",
	"CARGO_TARGET_WASM32V1_NONE_RUSTFLAGS",
	"RUSTC_WORKSPACE_WRAPPER",
	"RUSTC_WRAPPER",
	"RUSTDOCFLAGS",
	"RUSTFLAGS",
];

/// Bytes of a guest's stack. Rendering takes a few kilobytes; more would only make its memory larger.
const STACK: u32 = 65_536;

fn main() -> Result<(), Box<dyn Error>> {
	for input in [
		"build.rs",
		"guest-sdk/Cargo.toml",
		"guest-sdk/src",
		"pathtracer/Cargo.toml",
		"pathtracer/src",
		// The profile `guest`.
		"../Cargo.toml",
	] {
		println!("cargo::rerun-if-changed={input}");
	}
	println!("cargo::rerun-if-env-changed=CARGO_TARGET_WASM32V1_NONE_LINKER");

	let target_dir = Path::new(&env::var("OUT_DIR")?).join("guest");
	let mut cargo = Command::new(env::var("CARGO")?);
	cargo
		.args(["rustc", "--manifest-path", "pathtracer/Cargo.toml", "--lib", "--crate-type", "cdylib"])
		.args(["--target", "wasm32v1-none", "--profile", "guest", "--locked", "--target-dir"])
		.arg(&target_dir)
		.args(["--", "-C"])
		.arg(format!("link-arg=-zstack-size={STACK}"));
	for variable in NOT_FOR_GUESTS {
		cargo.env_remove(variable);
	}
	let status = cargo.status()?;
	if !status.success() {
		return Err(format!(
			"the guest program could not be built for wasm32v1-none ({status}); its errors are above. If the target or \
			 the linker is missing, run scripts/setup.sh, and build with the environment of scripts/env.sh"
		)
		.into());
	}
	let module = target_dir.join("wasm32v1-none/guest/pathtracer.wasm");
	println!("cargo::rustc-env=PATHTRACER_MODULE={}", module.display());
	Ok(())
}
