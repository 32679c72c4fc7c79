//! What the fuzzer found worth keeping (`fuzz/corpus`): it still passes the fuzzer's checks, and here every guest among it
//! is compiled to machine code as well and must give the same there.

// Clippy knows functions marked as tests, and not what they call.
#![allow(clippy::expect_used, clippy::panic)]
#![cfg(feature = "native")]

use assay_checks::{guest_around, runs, ALL};
use assay_proofs::{prepare, Limits, Native};
use std::{fs, path::Path};

/// Says what it was about, if a panic drops it.
struct OnPanic(String);

impl Drop for OnPanic {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("the input that broke it: {}", self.0);
		}
	}
}

/// On a thread on which compiled guests find room.
fn on_thread(work: impl FnOnce() + Send + 'static) {
	Native::spawn("corpus".into(), work).expect("there are threads").join().expect("the check passes, see above");
}

#[test]
fn kept_inputs_should_pass_the_checks_of_their_targets() {
	on_thread(|| {
		for (name, check) in ALL {
			let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
			let (mut count, mut guests) = (0, 0);
			for file in fs::read_dir(&folder).expect("each target has inputs") {
				let file = file.expect("it can be listed").path();
				let _note = OnPanic(file.display().to_string());
				let input = fs::read(&file).expect("it can be read");
				check(&input);
				count += 1;
				guests += match name {
					"guest" => usize::from(prepare(&guest_around(&input), &Limits::STANDARD).is_ok()),
					"prepare" => usize::from(prepare(&input, &Limits::STANDARD).is_ok()),
					_ => 0,
				};
			}
			println!("{name}: {count} inputs, {guests} of them guests");
			assert!(count > 0, "{name}: no inputs");
			// Bytes that come to a whole module by chance are few.
			assert!(guests > 5 || !matches!(name, "guest" | "prepare"), "{name}: {guests} guests");
		}
	});
}

#[test]
fn good_code_should_make_a_guest_of_what_the_target_puts_around_it() {
	on_thread(|| {
		// unit: call the other function through the table with an i64 and a NaN, and drop what it gives.
		let code = b"\0\x42\x05\x43\0\0\xc0\x7f\x41\x02\x11\x04\0\x1a\x0b";
		let outcome = runs(&guest_around(code), &Limits::STANDARD, &[], 0, 50_000).expect("a guest");
		assert_eq!(outcome.result, Ok(Vec::new()));
	});
}

#[test]
fn kept_programs_should_give_the_same_in_both_engines() {
	on_thread(|| {
		// As the fuzzer's target has it.
		let limits = Limits { max_memory_pages: 8, max_stack: 3_000, ..Limits::STANDARD };
		let programs = assay_generated::kept();
		for program in &programs {
			let _note = OnPanic(format!("number {} in fuzz/corpus/program", program.seed));
			if let Err(error) = runs(program.blob, &limits, program.input, program.index, 100_000) {
				assert!(program.later, "{error}");
			}
		}
		println!("{} programs", programs.len());
	});
}
