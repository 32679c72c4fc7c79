//! Random programs: they are guests, their gas is exact, and what they give does not depend on how they are run.
#![no_main]

use assay_proofs::Limits;
use assay_smith::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|choices: &[u8]| {
	let Some(Program { blob, input, index, later }) = Program::of_choices(choices) else { return };
	// Little memory and stack, so that those end which use up as much as there is.
	let limits = Limits { max_memory_pages: 8, max_stack: 3_000, ..Limits::STANDARD };
	if let Err(error) = assay_checks::runs(&blob, &limits, &input, index, 100_000) {
		assert!(later, "{error}");
	}
});
