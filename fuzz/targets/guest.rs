//! Any bytes as the code of a guest with all the rest in place, so that more of them get past the first checks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::guest(bytes));
