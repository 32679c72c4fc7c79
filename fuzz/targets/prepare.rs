//! Any bytes as a guest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::prepare(bytes));
