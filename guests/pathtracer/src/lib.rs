//! A deterministic path tracer: the guest program that renders for Assay.
//!
//! A picture is divided into tiles and the samples of each pixel into batches; a unit is one batch of one tile (see
//! [`scene::Tile`] and [`scene::Settings::units`]). Its output is, for each pixel of the tile, the sums of red, green
//! and blue radiance over the batch's samples, as little-endian `f32`. Whoever stitches adds the batches in order and
//! divides.
//!
//! Light is simulated as physics has it: paths from a thin lens through diffuse, varnished, metallic and glass
//! surfaces to lamps and sky. At each rough surface one lamp is asked for light, and what a path finds by itself is
//! weighed against that (multiple importance sampling).
//!
//! The same source runs natively and as a WASM guest and gives the same bits: it computes with IEEE 754's exact
//! operations only, no random state runs from one pixel to the next, and what is not a number never leaves a unit.

#![no_std]
#![warn(missing_docs)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod bsdf;
pub mod codec;
pub mod light;
pub mod primitive;
pub mod sampling;
pub mod scene;
pub mod shape;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod vector;
pub mod world;

use alloc::vec::Vec;
use codec::Input;
use core::fmt;
use scene::Settings;
use world::World;

/// Why an input cannot be rendered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Error {
	/// The bytes are not a scene of this format.
	Format(&'static str),
	/// The scene has something that the renderer is not made for.
	Scene(&'static str),
	/// The scene has fewer units.
	NoSuchUnit {
		/// The unit that was asked for.
		index: u32,
		/// How many there are.
		units: u32,
	},
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Format(problem) | Self::Scene(problem) => f.write_str(problem),
			Self::NoSuchUnit { index, units } => write!(f, "there is no unit {index}: the scene has {units}"),
		}
	}
}

impl core::error::Error for Error {}

assay_guest_sdk::export_unit!(render_unit);

/// Renders one unit of a scene. The cost is that of following `tile² · samples_per_batch` paths, plus a
/// little for each node of the input's tree.
pub fn render_unit(input: &[u8], index: u32) -> Result<Vec<u8>, Error> {
	let input = Input::read(input)?;
	let units = input.settings.units();
	let (tile, first) = input.settings.unit(index).ok_or(Error::NoSuchUnit { index, units })?;
	let sums = World::new(input)?.render(tile, first);
	let mut output = Vec::with_capacity(sums.len() * 12);
	for channel in sums.into_iter().flat_map(vector::Vec3::to_array) {
		output.extend_from_slice(&channel.to_le_bytes());
	}
	Ok(output)
}

/// How a scene is rendered.
pub fn settings(input: &[u8]) -> Result<Settings, Error> {
	Ok(Input::read(input)?.settings)
}

/// How many units a scene has.
pub fn units(input: &[u8]) -> Result<u32, Error> {
	Ok(settings(input)?.units())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn output_should_be_twelve_bytes_per_pixel_of_the_tile() {
		let mut scene = testing::room();
		scene.settings.tile = 16;
		let input = scene.encode().unwrap();
		assert_eq!(units(&input), Ok(scene.settings.units()));
		for index in 0..scene.settings.units() {
			let (tile, _) = scene.settings.unit(index).unwrap();
			let output = render_unit(&input, index).unwrap();
			assert_eq!(output.len() as u32, tile.width * tile.height * 12);
			assert!(output.chunks(4).all(|f| f32::from_le_bytes(f.try_into().unwrap()) >= 0.0));
			assert_eq!(render_unit(&input, index).unwrap(), output, "unit {index} again");
		}
	}

	#[test]
	fn unit_should_be_refused_when_out_of_range() {
		let input = testing::room().encode().unwrap();
		let units = units(&input).unwrap();
		assert_eq!(render_unit(&input, units), Err(Error::NoSuchUnit { index: units, units }));
		assert!(render_unit(b"APTS", 0).is_err());
		assert!(render_unit(&[], 0).is_err());
	}

	/// Whoever changes how anything is computed changes every proof over it, and should know: the bits of a small
	/// picture that meets every material, pinned.
	#[test]
	fn picture_should_keep_its_bits() {
		let scene = testing::room();
		let input = scene.encode().unwrap();
		let mut hash = 0u64;
		for index in 0..scene.settings.units() {
			for byte in render_unit(&input, index).unwrap() {
				hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
			}
		}
		assert_eq!(hash, 0xa700_f398_5cb0_f411);
	}
}
