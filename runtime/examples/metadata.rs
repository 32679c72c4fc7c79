//! Writes the runtime's metadata, version 16: all of it to the first file named, and to the second what the command
//! line generates its types from.
//!
//! It is asked of the native runtime, so that it can be had before anything that is generated from it compiles
//! (scripts/metadata.sh).

use std::{error::Error, fs};

#[path = "../tests/it/stripped.rs"]
mod stripped;

fn main() -> Result<(), Box<dyn Error>> {
	let mut paths = std::env::args().skip(1);
	let (Some(whole), Some(part)) = (paths.next(), paths.next()) else { return Err("name two files".into()) };
	fs::write(whole, stripped::whole().ok_or("the runtime has no metadata of version 16")?)?;
	Ok(fs::write(part, stripped::for_command_line().ok_or("the runtime has no metadata of version 16")?)?)
}
