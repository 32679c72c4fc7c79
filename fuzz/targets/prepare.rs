//! Any bytes as a guest: they are refused or become a module that every engine can take, and nothing panics.
#![no_main]

use assay_fuzz::{check_guest, check_runs};
use assay_proofs::{prepare, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
	if let Ok(guest) = prepare(bytes, &Limits::STANDARD) {
		check_guest(bytes, &guest);
		check_runs(&guest, bytes.get(..64).unwrap_or(bytes), bytes.len() as u32, 50_000);
	}
});
