//! Guests: what the pass makes of any bytes, and what runs of it have in common.

use assay_proofs::{prepare as pass, Engine, Gas, Interpreter, Limits, Metered, Outcome, Trap};
use wasmparser::Validator;

/// Gas for a unit: enough to go some hundred times round a loop, and nothing that takes long.
const GAS: Gas = 50_000;
/// Most bytes of a guest or an input that say anything that fewer would not.
pub(crate) const BYTES: usize = 16 * 1024;

/// Any bytes as a guest: they are refused, or become a module that every engine can take.
pub fn prepare(bytes: &[u8]) {
	// Why it is refused is of no interest.
	let _ = runs(bytes, &Limits::STANDARD, bytes.get(..64).unwrap_or(bytes), bytes.len() as u32, GAS);
}

/// Any bytes as the code of a guest with all the rest in place, so that more of them get past the first checks.
pub fn guest(code: &[u8]) {
	let input = code.get(..64).unwrap_or(code);
	let _ = runs(&guest_around(code), &Limits::STANDARD, input, code.len() as u32, GAS);
}

/// What must be true of every guest that the pass made of `blob`.
fn rewritten(blob: &[u8], guest: &Metered) {
	Validator::new().validate_all(guest.wasm()).expect("the pass's output is valid");
	assert!(guest.wasm().len() <= 64 * 1024 + 6 * blob.len(), "{} bytes became {}", blob.len(), guest.wasm().len());
	let again = pass(blob, guest.limits()).expect("it was taken before");
	assert_eq!(again.wasm(), guest.wasm());
	assert_eq!((again.start_gas(), again.blob_hash()), (guest.start_gas(), guest.blob_hash()));
}

/// What must be true of a guest and all its runs. The error says why it is none.
pub fn runs(blob: &[u8], limits: &Limits, input: &[u8], index: u32, limit: Gas) -> Result<Outcome, String> {
	let guest = &pass(blob, limits).map_err(|error| error.to_string())?;
	rewritten(blob, guest);
	let engine = Interpreter::new();
	let module = engine.compile(guest).expect("the interpreter takes it");
	#[cfg(feature = "native")]
	let (native, compiled) = {
		let native = native();
		(native, native.compile(guest).expect("the compiler takes it"))
	};
	let run = |limit| {
		let outcome = engine.run(&module, input, index, limit).expect("no fault of the machine");
		#[cfg(feature = "native")]
		assert_eq!(native.run(&compiled, input, index, limit).expect("no fault of the machine"), outcome);
		outcome
	};
	let outcome = run(limit);
	assert_eq!(run(limit), outcome);
	match &outcome.result {
		Ok(output) => {
			assert!(outcome.gas >= guest.start_gas() && outcome.gas <= limit);
			assert!(output.len() <= limits.max_output as usize);
			// Its gas is what it needs, no more and no less.
			assert_eq!(run(outcome.gas), outcome);
			assert_eq!(run(outcome.gas - 1).result, Err(Trap::OutOfGas));
			assert_eq!(run(limit.saturating_mul(2)), outcome);
		},
		Err(_) => assert_eq!(outcome.gas, limit),
	}
	let half = run(outcome.gas / 2);
	assert!(half.result.is_err() && half.gas == outcome.gas / 2);
	Ok(outcome)
}

/// The compiler, for everybody.
#[cfg(feature = "native")]
fn native() -> &'static assay_proofs::Native {
	static NATIVE: std::sync::LazyLock<assay_proofs::Native> =
		std::sync::LazyLock::new(|| assay_proofs::Native::new().expect("this machine can compile guests"));
	&NATIVE
}

/// What the chain's arbiter does with a guest: `None` if it is none.
pub(crate) fn arbitrated(blob: &[u8], input: &[u8], index: u32, limit: Gas) -> Option<Outcome> {
	let guest = pass(blob, &Limits::STANDARD).ok()?;
	let engine = Interpreter::new();
	let module = engine.compile(&guest).expect("the interpreter takes it");
	// The gas is bounded here for the sake of speed, and by the weight of the call there.
	Some(engine.run(&module, input, index, limit.min(1_000_000)).expect("no fault of the machine"))
}

/// A guest in which `code` is the body of `unit`, from its variables to its end, among things that code can use.
pub fn guest_around(code: &[u8]) -> Vec<u8> {
	/// Types, the host's functions, `unit` and one that gives its second parameter, a table, memory, globals, exports and an
	/// element.
	const BEFORE: &[u8] = b"\0asm\x01\0\0\0\
		\x01\x1a\x05\x60\x01\x7f\0\x60\0\x01\x7f\x60\x03\x7f\x7f\x7f\0\x60\x02\x7f\x7f\0\x60\x02\x7e\x7d\x01\x7d\
		\x02\x3b\x03\x05assay\x09input_len\0\x01\x05assay\x0ainput_read\0\x02\x05assay\x0coutput_write\0\x03\
		\x03\x03\x02\0\x04\
		\x04\x04\x01\x70\0\x04\
		\x05\x03\x01\0\x01\
		\x06\x12\x02\x7e\x01\x42\x07\x0b\x7c\x01\x44\0\0\0\0\0\0\xf8\xff\x0b\
		\x07\x11\x02\x06memory\x02\0\x04unit\0\x03\
		\x09\x08\x01\0\x41\x01\x0b\x02\x03\x04";
	/// The body of the function that is not `unit`.
	const OTHER: &[u8] = b"\x04\0\x20\x01\x0b";
	let mut section = vec![2];
	length(code.len(), &mut section);
	section.extend(code);
	section.extend(OTHER);
	let mut module = BEFORE.to_vec();
	module.push(10);
	length(section.len(), &mut module);
	module.extend(section);
	module
}

/// A length as modules have it.
fn length(mut value: usize, out: &mut Vec<u8>) {
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
}
