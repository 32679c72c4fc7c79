//! Any bytes as the input of the path tracer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::scene(bytes));
