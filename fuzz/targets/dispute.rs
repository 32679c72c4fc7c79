//! Disputes as anyone can send them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::dispute(bytes));
