//! The example guest programs: as WASM modules for the network, and natively for those who make their inputs and put
//! their outputs together.
//!
//! ```
//! # fn main() -> Result<(), assay_guests::Error> {
//! let input = assay_guests::parse_scene(
//! 	"image 8 8
//! 	material red diffuse 0.8 0.1 0.1
//! 	sphere red at 0 0 0 radius 1",
//! )?;
//! let outputs = assay_guests::render_native(&input)?;
//! assert_eq!(outputs.len(), assay_guests::units(&input)? as usize);
//! let png = assay_guests::stitch(&input, &outputs)?;
//! assert_eq!(&png[1..4], b"PNG");
//! # Ok(())
//! # }
//! ```

pub mod film;
mod mesh;
mod text;

pub use film::{compare, stitch};
pub use pathtracer::scene::Settings;
pub use text::parse as parse_scene;

use std::{
	fmt,
	sync::atomic::{AtomicU32, Ordering::Relaxed},
	thread,
};

/// The path tracer as a guest module.
pub const PATHTRACER: &[u8] = include_bytes!(env!("PATHTRACER_MODULE"));

/// The demo scene as text.
pub const DEMO_SCENE: &str = include_str!("../scenes/demo.scene");

/// Why a scene cannot be read, rendered or put together.
#[derive(Debug)]
pub enum Error {
	/// A line of a scene's text is wrong.
	Text {
		/// Its number, from 1.
		line: usize,
		/// What is wrong.
		problem: String,
	},
	/// The scene cannot be rendered.
	Scene(pathtracer::Error),
	/// The outputs are not those of this scene.
	Outputs(String),
	/// The picture could not be written.
	Png(png::EncodingError),
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Text { line, problem } => write!(f, "line {line}: {problem}"),
			Self::Scene(problem) => problem.fmt(f),
			Self::Outputs(problem) => f.write_str(problem),
			Self::Png(problem) => write!(f, "the picture could not be written: {problem}"),
		}
	}
}

impl std::error::Error for Error {}

impl From<pathtracer::Error> for Error {
	fn from(error: pathtracer::Error) -> Self {
		Self::Scene(error)
	}
}

/// The demo scene as a job's input.
pub fn demo_scene() -> Result<Vec<u8>, Error> {
	parse_scene(DEMO_SCENE)
}

/// How many units a scene has.
pub fn units(input: &[u8]) -> Result<u32, Error> {
	Ok(pathtracer::units(input)?)
}

/// How a scene is divided into units.
pub fn settings(input: &[u8]) -> Result<Settings, Error> {
	Ok(pathtracer::settings(input)?)
}

/// Renders all units natively on all cores. The bytes are those that the guest gives.
pub fn render_native(input: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
	let units = units(input)?;
	let next = AtomicU32::new(0);
	// Each thread takes one unit after the other and keeps what it rendered.
	let work = || {
		let mut rendered = Vec::new();
		loop {
			let index = next.fetch_add(1, Relaxed);
			if index >= units {
				return Ok(rendered);
			}
			rendered.push((index, pathtracer::render_unit(input, index)?));
		}
	};
	let threads = thread::available_parallelism().map_or(1, usize::from);
	let mut outputs = vec![Vec::new(); units as usize];
	let parts: Vec<Result<_, pathtracer::Error>> = thread::scope(|scope| {
		let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
		workers
			.into_iter()
			.map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
			.collect()
	});
	for part in parts {
		for (index, output) in part? {
			outputs[index as usize] = output;
		}
	}
	Ok(outputs)
}

#[cfg(test)]
mod tests {
	use super::*;
	use wasmparser::{ExternalKind, Parser, Payload, Validator, WasmFeatures};

	#[test]
	fn module_should_need_nothing_but_web_assembly_1_with_mutable_globals() {
		let features = WasmFeatures::MVP | WasmFeatures::MUTABLE_GLOBAL;
		Validator::new_with_features(features).validate_all(PATHTRACER).unwrap();
	}

	#[test]
	fn module_should_have_the_interface_of_a_guest() {
		let (mut imports, mut exports) = (Vec::new(), Vec::new());
		for payload in Parser::new(0).parse_all(PATHTRACER) {
			match payload.unwrap() {
				Payload::ImportSection(section) => imports.extend(section.into_iter().map(|import| {
					let import = import.unwrap();
					assert_eq!(import.module, "assay");
					import.name
				})),
				Payload::ExportSection(section) => exports.extend(
					section
						.into_iter()
						.map(Result::unwrap)
						.filter(|export| export.kind != ExternalKind::Global)
						.map(|export| export.name),
				),
				Payload::StartSection { .. } => panic!("a guest has no start function"),
				_ => {},
			}
		}
		imports.sort_unstable();
		exports.sort_unstable();
		assert_eq!(imports, ["input_len", "input_read", "output_write"]);
		assert_eq!(exports, ["memory", "unit"]);
	}

	/// The name of a guest is its hash: where it was built must not change it.
	#[test]
	fn module_should_not_contain_paths_of_the_machine_that_built_it() {
		let home = env!("CARGO_MANIFEST_DIR").as_bytes();
		assert!(!PATHTRACER.windows(home.len()).any(|window| window == home));
	}

	#[test]
	fn module_should_be_small() {
		assert!(PATHTRACER.len() < 64 * 1024, "{} bytes", PATHTRACER.len());
	}

	#[test]
	fn native_outputs_should_stand_in_the_order_of_their_units() {
		let input =
			parse_scene("image 20 20\ntile 8\nsamples 1 2\nmaterial m diffuse 1 1 1\nsphere m at 0 0 0 radius 1");
		let input = input.unwrap();
		let outputs = render_native(&input).unwrap();
		assert_eq!(outputs.len(), 18);
		for (index, output) in outputs.iter().enumerate() {
			assert_eq!(*output, pathtracer::render_unit(&input, index as u32).unwrap());
		}
	}

	#[test]
	fn demo_should_be_a_scene_of_many_units_and_a_small_input() {
		let input = demo_scene().unwrap();
		let settings = settings(&input).unwrap();
		assert!(settings.width >= 640 && settings.height >= 360);
		assert_eq!(units(&input).unwrap(), settings.units());
		assert!(input.len() < 128 * 1024, "{} bytes", input.len());
		let output = pathtracer::render_unit(&input, settings.tiles() / 2).unwrap();
		assert!(output.len() as u32 <= settings.tile * settings.tile * 12);
	}
}
