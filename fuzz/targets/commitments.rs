//! What the chain decodes of a job's work: openings and outcomes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_checks::commitments(bytes));
