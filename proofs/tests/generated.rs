//! Random and hostile guests: the engines agree on every one of them, and what a module costs before it has paid for
//! anything is bounded by its size.

// Clippy knows functions marked as tests, and not what they call.
#![allow(clippy::expect_used, clippy::panic)]
#![cfg(feature = "native")]

use assay_generated::{hostile, programs, Expected, Hostile, Program, GAS};
use assay_proofs::{guest::bounds, prepare, Engine, Interpreter, Limits, Native, Outcome};
use std::{
	alloc::{GlobalAlloc, Layout, System},
	cell::Cell,
	collections::{BTreeMap, BTreeSet},
	sync::atomic::{AtomicUsize, Ordering},
};

/// Programs from which on shares of them are looked at. Fewer are made when somebody wants to see one again.
const MANY: usize = 1_000;

/// The outcome that both engines give, with the limit and with less than what the program used. `None` if it is refused.
fn run(program: &Program, native: &Native, limits: &Limits) -> Option<Outcome> {
	let guest = match prepare(program.blob, limits) {
		Ok(guest) => guest,
		Err(error) => {
			assert!(program.later, "{error}");
			return None;
		},
	};
	wasmparser::Validator::new().validate_all(guest.wasm()).expect("the pass's output is valid");
	let interpreter = Interpreter::new();
	let interpreted = interpreter.compile(&guest).expect("the interpreter takes it");
	let compiled = native.compile(&guest).expect("the compiler takes it");
	let both = |limit| {
		let outcome = interpreter.run(&interpreted, program.input, program.index, limit).expect("it runs");
		let other = native.run(&compiled, program.input, program.index, limit).expect("it runs");
		assert!(outcome == other, "with {limit} gas: {} and {}", shown(&outcome), shown(&other));
		outcome
	};
	let outcome = both(GAS);
	// Whatever limit is below what a program needs, it traps, and uses up the limit.
	for part in [program.seed % 97 * 10, 999] {
		let less = outcome.gas * part / 1_000;
		let cut = both(less);
		assert!(cut.result.is_err() && cut.gas == less, "with {less} gas: {}", shown(&cut));
	}
	if outcome.result.is_ok() {
		assert!(both(outcome.gas) == outcome, "with {} gas", outcome.gas);
	}
	Some(outcome)
}

/// An outcome without the many bytes of its output.
fn shown(outcome: &Outcome) -> String {
	let hash: String = outcome.output_hash().iter().map(|byte| format!("{byte:02x}")).collect();
	format!("{:?}, {} gas, hash {hash}", outcome.result.as_ref().map(Vec::len), outcome.gas)
}

#[test]
fn generated_programs_should_give_the_same_in_both_engines() {
	let programs = programs();
	let native = Native::new().expect("this machine can compile guests");
	// Every other one also with little memory and stack, so that these end as well. All of them are run inside the runtime
	// with the standard limits, see its tests.
	let small = Limits { max_memory_pages: 4, max_stack: 3_000, ..Limits::STANDARD };
	let workers = std::thread::available_parallelism().map_or(1, usize::from);
	let threads: Vec<_> = (0..workers)
		.map(|worker| {
			let (programs, native) = (programs.clone(), native.clone());
			let work = move || {
				let mut seen = BTreeMap::new();
				for program in programs.iter().skip(worker).step_by(workers) {
					// It is said where it would be lost otherwise: when this panics.
					let note = OnPanic(program.seed);
					let mut outcome = run(program, &native, &Limits::STANDARD);
					if program.seed % 2 == 1 {
						outcome = run(program, &native, &small);
					}
					let name = match outcome {
						None => "refused".to_string(),
						Some(Outcome { result: Err(trap), .. }) => format!("{trap:?}"),
						Some(_) => "ended well".to_string(),
					};
					*seen.entry(name).or_insert(0usize) += 1;
					std::mem::forget(note);
				}
				seen
			};
			Native::spawn(format!("programs-{worker}"), work).expect("there are threads")
		})
		.collect();
	let mut seen = BTreeMap::new();
	for thread in threads {
		for (name, count) in thread.join().expect("all programs agree: the one that does not is named above") {
			*seen.entry(name).or_insert(0) += count;
		}
	}
	println!("{} programs: {seen:?}", programs.len());
	if programs.len() < MANY {
		return;
	}
	// In each hundred, at least so many.
	for (name, share) in [
		("ended well", 25.0),
		("OutOfGas", 3.0),
		("StackOverflow", 1.0),
		("Unreachable", 3.0),
		("MemoryOutOfBounds", 3.0),
		("refused", 1.0),
		("DivisionByZero", 0.1),
		("IntegerOverflow", 0.1),
		("InvalidConversion", 0.1),
		("TableOutOfBounds", 0.1),
		("IndirectCallToNull", 0.1),
		("BadSignature", 0.1),
		("InputOutOfBounds", 0.1),
		("OutputTooLong", 0.05),
	] {
		let count = seen.get(name).copied().unwrap_or_default();
		assert!(count as f64 * 100.0 >= share * programs.len() as f64, "{name}: {count} of {}", programs.len());
	}
}

/// Tells how to see a program again, if it is dropped by a panic.
struct OnPanic(u64);

impl Drop for OnPanic {
	fn drop(&mut self) {
		eprintln!("to see this program alone: ASSAY_SMITH_SEED={} ./scripts/test.sh unit generated", self.0);
	}
}

#[test]
fn generated_programs_should_use_the_whole_language() {
	let programs = programs();
	let mut instructions = BTreeSet::new();
	for program in programs.iter().filter(|program| !program.later) {
		for payload in wasmparser::Parser::new(0).parse_all(program.blob) {
			let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a module") else { continue };
			for operator in body.get_operators_reader().expect("code") {
				let text = format!("{:?}", operator.expect("an instruction"));
				instructions.insert(text.split(' ').next().expect("a name").to_string());
			}
		}
	}
	println!("{} instructions", instructions.len());
	// The rows of `gas::of`.
	assert!(programs.len() < MANY || instructions.len() == 187, "{}: {instructions:?}", instructions.len());
}

/// Counts what each thread takes from the allocator.
struct Counting;

thread_local! {
	/// Bytes that were asked for.
	static TAKEN: Cell<usize> = const { Cell::new(0) };
	/// Bytes in use, and the most that were. Memory given back on another thread makes no difference here.
	static IN_USE: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn note(change: isize) {
	if change > 0 {
		TAKEN.set(TAKEN.get() + change as usize);
	}
	let (now, most) = IN_USE.get();
	IN_USE.set((now + change, most.max(now + change)));
}

// SAFETY: everything is left to the system's allocator; the counters neither allocate nor unwind.
unsafe impl GlobalAlloc for Counting {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		note(layout.size() as isize);
		// SAFETY: the caller's promise.
		unsafe { System.alloc(layout) }
	}

	unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
		note(-(layout.size() as isize));
		// SAFETY: the caller's promise.
		unsafe { System.dealloc(place, layout) }
	}

	unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
		note(size as isize - layout.size() as isize);
		// SAFETY: the caller's promise.
		unsafe { System.realloc(place, layout, size) }
	}
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What some work gave, the bytes that it asked for and the most that it had at once.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
	TAKEN.set(0);
	IN_USE.set((0, 0));
	let result = work();
	(result, TAKEN.get(), IN_USE.get().1.max(0) as usize)
}

#[test]
fn hostile_guests_should_be_refused_or_bounded() {
	// Room for what does not depend on the guest, and for what is kept of each open block and of each function: bounds say
	// how many there can be, and a few bytes make one.
	const BASE: usize = 64 * 1024 + 1024 * (bounds::MAX_NESTING + bounds::MAX_FUNCTIONS) as usize;
	let mut problems = Vec::new();
	let mut bounded = |what: String, bytes: usize, most: usize| {
		if bytes > most {
			problems.push(format!("{what} took {bytes} bytes, more than {most}"));
		}
	};
	let interpreter = Interpreter::new();
	for case in hostile() {
		let (name, size) = (case.name, case.blob.len());
		let (guest, taken, most) = counted(|| prepare(&case.blob, &Limits::STANDARD));
		println!("{name}: {size} bytes, pass {taken} and at most {most} at once");
		// The pass holds the new module once more than the blob, in vectors that double as they grow.
		bounded(format!("{name}: the pass"), taken, BASE + 40 * size);
		bounded(format!("{name}: the pass at once"), most, BASE + 20 * size);
		let guest = match (guest, case.expected) {
			(Ok(guest), Expected::Taken) => guest,
			(Err(error), Expected::Refused(why)) => {
				assert!(error.to_string().contains(why), "{name}: {error}");
				continue;
			},
			(Ok(_), Expected::Refused(_)) => panic!("{name}: taken"),
			(Err(error), Expected::Taken) => panic!("{name}: {error}"),
		};
		let grown = guest.wasm().len();
		bounded(format!("{name}: the new module"), grown, 64 * 1024 + 12 * size);
		let (module, taken, most) = counted(|| interpreter.compile(&guest));
		println!("    {grown} after the pass; translation {taken} and at most {most} at once");
		bounded(format!("{name}: the translation"), taken, BASE + 100 * size);
		bounded(format!("{name}: the translation at once"), most, BASE + 60 * size);
		let module = module.expect(name);
		for index in [0, 1, u32::MAX] {
			let outcome = interpreter.run(&module, &[7; 64], index, 1_000_000).expect(name);
			assert!(outcome.gas <= 1_000_000, "{name}");
		}
	}
	assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn hostile_guests_should_end_alike_when_compiled() {
	let native = Native::new().expect("this machine can compile guests");
	let cases: Vec<_> = hostile().into_iter().filter(|case| case.expected == Expected::Taken).collect();
	let next = AtomicUsize::new(0);
	let work = || {
		// From the end, where those are that take longest.
		while let Some(case) = cases.iter().rev().nth(next.fetch_add(1, Ordering::Relaxed)) {
			end_alike(case, &native);
		}
	};
	std::thread::scope(|scope| {
		scope.spawn(work);
		work();
	});
}

/// Compile the guest, run it in both engines and compare.
fn end_alike(case: &Hostile, native: &Native) {
	let interpreter = Interpreter::new();
	let guest = prepare(&case.blob, &Limits::STANDARD).expect(case.name);
	let begin = std::time::Instant::now();
	let compiled = native.compile(&guest).expect(case.name);
	println!("{}: compiled in {:?}", case.name, begin.elapsed());
	let interpreted = interpreter.compile(&guest).expect(case.name);
	for index in [0, 5] {
		let outcome = interpreter.run(&interpreted, &[7; 64], index, 1_000_000).expect(case.name);
		let other = native.run(&compiled, &[7; 64], index, 1_000_000).expect(case.name);
		assert!(outcome == other, "{}: {} and {}", case.name, shown(&outcome), shown(&other));
	}
}

#[test]
fn pass_should_never_panic_when_any_byte_of_a_program_is_changed() {
	let interpreter = Interpreter::new();
	for program in programs().iter().step_by(40) {
		let places = program.blob.len() / 60 + 1;
		for place in (program.seed as usize % places..program.blob.len()).step_by(places) {
			for flip in [0x01, 0x40, 0x80, 0xff] {
				let mut wrong = program.blob.to_vec();
				wrong[place] ^= flip;
				let Ok(guest) = prepare(&wrong, &Limits::STANDARD) else { continue };
				// What is still a guest is one in every respect.
				wasmparser::Validator::new().validate_all(guest.wasm()).expect("the pass's output is valid");
				let module = interpreter.compile(&guest).expect("the interpreter takes it");
				interpreter.run(&module, program.input, program.index, GAS / 10).expect("it runs");
			}
		}
	}
}
