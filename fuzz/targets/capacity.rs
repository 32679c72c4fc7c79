//! What a machine shows of a capacity round.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::capacity(bytes));
