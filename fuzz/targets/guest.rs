//! Any bytes as the code of a guest with all the rest in place, so that more of them get past the first checks.
#![no_main]

use assay_fuzz::{check_guest, check_runs, guest_around};
use assay_proofs::{prepare, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|code: &[u8]| {
	let blob = guest_around(code);
	if let Ok(guest) = prepare(&blob, &Limits::STANDARD) {
		check_guest(&blob, &guest);
		check_runs(&guest, code.get(..64).unwrap_or(code), code.len() as u32, 50_000);
	}
});
