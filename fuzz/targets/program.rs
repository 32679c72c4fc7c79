//! Random programs: they are guests, their gas is exact, and what they give does not depend on how they are run.
#![no_main]

use assay_fuzz::{check_guest, check_runs};
use assay_proofs::{prepare, Limits};
use assay_smith::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|choices: &[u8]| {
	let Some(program) = Program::of_choices(choices) else { return };
	let limits = Limits { max_memory_pages: 8, max_stack: 3_000, ..Limits::STANDARD };
	match prepare(&program.blob, &limits) {
		Ok(guest) => {
			check_guest(&program.blob, &guest);
			check_runs(&guest, &program.input, program.index, 100_000);
		},
		Err(error) => assert!(program.later, "{error}"),
	}
});
