//! Writes the runtime's metadata, version 16, to the file named as the only argument.
//!
//! It is asked of the native runtime, so that it can be had before anything that is generated from it compiles
//! (scripts/metadata.sh).

use assay_runtime::Runtime;
use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
	let path = std::env::args().nth(1).ok_or("name the file to write to")?;
	let metadata = Runtime::metadata_at_version(16).ok_or("the runtime has no metadata of version 16")?;
	Ok(fs::write(path, &*metadata)?)
}
