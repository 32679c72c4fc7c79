//! What the pass accepts, what it refuses and what it makes of a guest, run by the interpreter.

// Clippy knows functions marked as tests, and not what they call.
#![allow(clippy::expect_used, clippy::panic)]

use assay_proofs::{guest::gas, prepare, Engine, Gas, GuestError, Interpreter, Limits, Outcome, Trap};

/// A guest with this code in `unit`, which has `$index`, and `$items` beside it.
fn guest(items: &str, code: &str) -> Vec<u8> {
	wat::parse_str(format!(
		r#"(module
			(import "assay" "input_len" (func $input_len (result i32)))
			(import "assay" "input_read" (func $input_read (param i32 i32 i32)))
			(import "assay" "output_write" (func $output_write (param i32 i32)))
			(memory (export "memory") 1)
			{items}
			(func (export "unit") (param $index i32) {code}))"#
	))
	.expect("the test's text is right")
}

fn run(blob: &[u8], limits: &Limits, gas_limit: Gas) -> Outcome {
	let guest = prepare(blob, limits).expect("a good guest");
	wasmparser::Validator::new().validate_all(guest.wasm()).expect("the pass's output is valid");
	let engine = Interpreter::new();
	let module = engine.compile(&guest).expect("compiles");
	engine.run(&module, b"input", 5, gas_limit).expect("runs")
}

fn refused(module: &str) -> GuestError {
	prepare(&wat::parse_str(module).expect("the test's text is right"), &Limits::STANDARD).expect_err("no guest")
}

/// Gas for an instance of a guest from [`guest`].
const START: Gas = gas::START + gas::PAGE;

const UNIT: &str = r#"(memory (export "memory") 1) (func (export "unit") (param i32))"#;

#[test]
fn gas_should_be_the_sum_of_the_executed_blocks() {
	// Entry, and for each instruction its price in the table.
	let outcome = run(&guest("", "nop"), &Limits::STANDARD, 1_000_000);
	assert_eq!(outcome, Outcome { result: Ok(vec![]), gas: START + 2 });
	let outcome = run(&guest("", "(drop (i32.add (local.get 0) (i32.const 1)))"), &Limits::STANDARD, 1_000_000);
	assert_eq!(outcome.gas, START + 2 + 4);
	// A round: two variables, a constant, a subtraction, a branch. The loop runs index = 5 times.
	let counted = "(loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
	assert_eq!(run(&guest("", counted), &Limits::STANDARD, 1_000_000).gas, START + 2 + 5 * (4 + 2));
	// Only the arm that is taken.
	let arms = "(if (local.get 0) (then (drop (i32.const 1))) (else (drop (f64.sqrt (f64.const 1)))))";
	assert_eq!(run(&guest("", arms), &Limits::STANDARD, 1_000_000).gas, START + 2 + 3 + 2);
	// A call, the callee's entry and its code.
	let call = run(&guest("(func $f (drop (i32.const 0)))", "call $f"), &Limits::STANDARD, 1_000_000);
	assert_eq!(call.gas, START + 2 + 12 + 2 + 2);
}

#[test]
fn gas_should_count_what_the_pass_adds_to_make_a_float_canonical() {
	let cost = |code: &str| run(&guest("", code), &Limits::STANDARD, 1_000_000).gas - START - 2;
	// Settled: what was loaded or given as a constant.
	assert_eq!(cost("(f32.store (i32.const 0) (f32.const 1))"), 5);
	assert_eq!(cost("(f32.store (i32.const 0) (f32.neg (f32.const 1)))"), 6 + gas::CANONICAL);
	assert_eq!(cost("(drop (i64.reinterpret_f64 (f64.neg (f64.const 1))))"), 4 + gas::CANONICAL);
	assert_eq!(cost("(drop (f64.copysign (f64.const 1) (f64.neg (f64.const 1))))"), 5 + gas::CANONICAL);
}

#[test]
fn gas_should_count_the_work_that_depends_on_values() {
	let cost = |code: &str| run(&guest("", code), &Limits::STANDARD, 10_000_000).gas - START - 2;
	assert_eq!(cost("(drop (memory.grow (i32.const 3)))"), 10 + 3 * gas::PAGE);
	assert_eq!(cost("(drop (memory.grow (i32.const 0)))"), 10);
	assert_eq!(cost("(memory.fill (i32.const 0) (i32.const 1) (i32.const 800))"), 3 + 12 + 100);
	assert_eq!(cost("(memory.copy (i32.const 0) (i32.const 1) (i32.const 80))"), 3 + 12 + 10);
	assert_eq!(cost("(call $output_write (i32.const 0) (i32.const 80))"), 2 + 12 + 12 + 10);
	assert_eq!(cost("(call $input_read (i32.const 0) (i32.const 0) (i32.const 5))"), 3 + 12 + 12);
	assert_eq!(cost("(drop (call $input_len))"), 12 + 1);
}

#[test]
fn unit_should_run_out_of_gas_exactly_when_it_needs_more_than_the_limit() {
	let blob = guest(
		"(func $f (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))",
		"(loop $again
			(i32.store (i32.const 8) (call $f (local.get 0)))
			(br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
		(call $output_write (i32.const 8) (i32.const 4))",
	);
	let enough = run(&blob, &Limits::STANDARD, 1_000_000);
	assert_eq!(enough.result, Ok(vec![1, 0, 0, 0]));
	assert_eq!(run(&blob, &Limits::STANDARD, enough.gas), enough);
	for limit in [0, 1, START - 1, START, START + 1, START + 50, enough.gas - 1] {
		assert_eq!(run(&blob, &Limits::STANDARD, limit), Outcome { result: Err(Trap::OutOfGas), gas: limit });
	}
	assert_eq!(run(&blob, &Limits::STANDARD, Gas::MAX).result, enough.result);
}

#[test]
fn endless_work_should_run_out_of_gas() {
	let cases = [
		("", "(loop $again (br $again))"),
		("", "(loop $a (loop $b (br_if $a (local.get 0)) (br $b)))"),
		("", "(loop $a (br_table $a $a (local.get 0)))"),
		("", "(loop $a (block (block (br_if 1 (local.get 0)))) (br $a))"),
		("(func $f (loop $a (drop (i32.const 0)) (br $a)))", "call $f"),
		("(func $f)", "(loop $a (call $f) (br $a))"),
	];
	for (items, code) in cases {
		let outcome = run(&guest(items, code), &Limits::STANDARD, 100_000);
		assert_eq!(outcome, Outcome { result: Err(Trap::OutOfGas), gas: 100_000 }, "{code}");
	}
}

#[test]
fn recursion_should_overflow_the_stack_when_too_deep() {
	let endless = guest("(func $f (call $f))", "call $f");
	assert_eq!(run(&endless, &Limits::STANDARD, 1_000_000_000).result, Err(Trap::StackOverflow));

	// A frame takes 8 slots, its variables, its deepest operands, half its instructions: `unit` 8 + 1 + 1 + 1, and each
	// of the six calls of `$f` 8 + 1 + 2 + 5.
	let counted = guest(
		"(func $f (param i32)
			(if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) (nop) (nop) (nop))))",
		"(call $f (local.get 0))",
	);
	let with = |max_stack| run(&counted, &Limits { max_stack, ..Limits::STANDARD }, 1_000_000).result;
	assert_eq!(with(11 + 6 * 16), Ok(vec![]));
	for max_stack in [11 + 6 * 16 - 1, 11 + 16, 10, 0] {
		assert_eq!(with(max_stack), Err(Trap::StackOverflow));
	}
}

#[test]
fn slots_should_be_given_back_when_calls_return() {
	let blob = guest(
		"(func $leaf) (func $f (param i32) (result i32) (call $leaf) (return (local.get 0)))",
		"(local $n i32) (loop $again
			(drop (call $f (i32.const 1)))
			(local.set $n (i32.add (local.get $n) (i32.const 1)))
			(br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))",
	);
	let outcome = run(&blob, &Limits { max_stack: 80, ..Limits::STANDARD }, 1_000_000);
	assert_eq!(outcome.result, Ok(vec![]));
}

#[test]
fn memory_should_grow_up_to_the_limit_only() {
	let grow = "(i32.store (i32.const 0) (memory.grow (i32.const 2)))
		(i32.store (i32.const 4) (memory.grow (i32.const 2)))
		(i32.store (i32.const 8) (memory.size))
		(call $output_write (i32.const 0) (i32.const 12))";
	let limits = Limits { max_memory_pages: 4, ..Limits::STANDARD };
	let expected: Vec<u8> = [1i32, -1, 3].iter().flat_map(|value| value.to_le_bytes()).collect();
	assert_eq!(run(&guest("", grow), &limits, 1_000_000).result, Ok(expected));
}

#[test]
fn output_should_be_what_was_written_when_within_the_limit() {
	let write = |len: u32| {
		guest(
			"",
			&format!(
				"(call $output_write (i32.const 0) (i32.const {len})) (call $output_write (i32.const 0) (i32.const 1))"
			),
		)
	};
	let limits = Limits { max_output: 100, ..Limits::STANDARD };
	assert_eq!(run(&write(99), &limits, 1_000_000).result, Ok(vec![0; 100]));
	assert_eq!(run(&write(100), &limits, 1_000_000).result, Err(Trap::OutputTooLong));
}

#[test]
fn units_should_not_see_one_another() {
	let blob = guest(
		"(global $g (mut i32) (i32.const 0))",
		"(global.set $g (i32.add (global.get $g) (i32.const 1)))
		(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (global.get $g)))
		(call $output_write (i32.const 0) (i32.const 4))",
	);
	let engine = Interpreter::new();
	let module = engine.compile(&prepare(&blob, &Limits::STANDARD).expect("a good guest")).expect("compiles");
	for _ in 0..3 {
		let outcome = engine.run(&module, &[], 0, 1_000_000).expect("runs");
		assert_eq!(outcome.result, Ok(vec![1, 0, 0, 0]));
	}
}

#[test]
fn preparing_should_be_a_function_of_the_blob_and_name_it() {
	let blob = guest("", "nop");
	let (a, b) = (prepare(&blob, &Limits::STANDARD), prepare(&blob, &Limits::STANDARD));
	let (a, b) = (a.expect("a good guest"), b.expect("a good guest"));
	assert_eq!(a.wasm(), b.wasm());
	assert_eq!(a.blob_hash(), assay_proofs::hash(&blob));
	assert_eq!(a.start_gas(), START);
}

#[test]
fn functions_should_keep_their_result_however_they_end() {
	let blob = guest(
		"(func $early (param i32 i64) (result i64)
			(if (i32.eqz (local.get 0)) (then (return (i64.const 7))))
			(local.get 1))
		(func $late (result i64) (call $early (i32.const 3) (i64.const 4)))",
		"(i64.store (i32.const 0) (call $late))
		(i64.store (i32.const 8) (call $early (i32.const 0) (i64.const 4)))
		(call $output_write (i32.const 0) (i32.const 16))",
	);
	let outcome = run(&blob, &Limits::STANDARD, 1_000_000);
	assert_eq!(outcome.result, Ok([4u64, 7].map(u64::to_le_bytes).concat()));
}

#[test]
fn guest_should_be_refused_when_not_a_module() {
	for blob in [&b""[..], b"\0as", b"fn main() {}", b"(module)"] {
		assert_eq!(prepare(blob, &Limits::STANDARD).expect_err("no guest"), GuestError::NotWasm);
	}
	// Cut off anywhere before the end of its code.
	let blob = guest("", "nop");
	let code_end = wasmparser::Parser::new(0)
		.parse_all(&blob)
		.filter_map(|payload| match payload {
			Ok(wasmparser::Payload::CodeSectionStart { range, .. }) => Some(range.end),
			_ => None,
		})
		.last()
		.expect("there is code");
	for len in 8..code_end {
		assert!(prepare(&blob[..len], &Limits::STANDARD).is_err(), "cut to {len} bytes");
	}
	// A component instead of a module.
	assert!(prepare(b"\0asm\x0d\0\x01\0", &Limits::STANDARD).is_err());
}

#[test]
fn guest_should_be_refused_when_it_uses_later_features() {
	let cases = [
		r#"(func (drop (v128.const i64x2 0 0)))"#,
		r#"(func (param externref))"#,
		r#"(func (drop (ref.null func)))"#,
		r#"(func $f (return_call $f))"#,
		r#"(memory $second 1)"#,
		r#"(memory i64 1)"#,
		r#"(memory 1 1 shared)"#,
		r#"(table 1 funcref) (table 1 funcref)"#,
		r#"(table 1 funcref) (func (drop (table.size 0)))"#,
		r#"(global i32 (i32.add (i32.const 1) (i32.const 1)))"#,
		r#"(tag $e) (func (throw $e))"#,
		r#"(type (struct (field i32)))"#,
		r#"(type (func (result i32 i32)))"#,
		r#"(func (result i32 i64) (i32.const 0) (i64.const 0))"#,
		r#"(func (block (result i32 i32) (i32.const 0) (i32.const 0)) drop drop)"#,
		r#"(func (param i32) (if (result f32 i32) (local.get 0) (then unreachable) (else unreachable)) drop drop)"#,
		r#"(func i32.const 0 (block (param i32) drop))"#,
		r#"(func i32.const 0 (loop (param i32) drop))"#,
		r#"(func i32.const 0 i32.const 0 (if (param i32) (then drop) (else drop)))"#,
		r#"(type $t (func)) (func (block (type $t)) (loop (type $t) (br 0)))"#,
	];
	for case in cases {
		let error = refused(&format!("(module {UNIT} {case})"));
		assert!(matches!(error, GuestError::Invalid { .. }), "{case}: {error}");
		assert!(error.to_string().contains("wasm32v1-none"), "{error}");
	}
	let bulk = [
		r#"(data "x")"#,
		r#"(data $d "x") (func (data.drop $d))"#,
		r#"(func $f) (elem $e func $f)"#,
		r#"(table 1 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 0)))"#,
		r#"(table 1 funcref) (elem (table 0) (i32.const 0) funcref)"#,
	];
	for case in bulk {
		let error = refused(&format!("(module {UNIT} {case})"));
		assert!(matches!(error, GuestError::Unsupported { .. } | GuestError::Invalid { .. }), "{case}: {error}");
	}
}

/// A guest with this code, as bytes, in `unit`.
fn guest_of(code: &[u8]) -> Vec<u8> {
	use wasm_encoder::*;
	let (mut types, mut functions, mut memories) = (TypeSection::new(), FunctionSection::new(), MemorySection::new());
	types.ty().function([ValType::I32], []);
	functions.function(0);
	memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
	let (mut exports, mut codes) = (ExportSection::new(), CodeSection::new());
	exports.export("memory", ExportKind::Memory, 0).export("unit", ExportKind::Func, 0);
	let mut function = Function::new([]);
	function.raw(code.iter().copied()).instructions().end();
	codes.function(&function);
	let mut module = Module::new();
	module.section(&types).section(&functions).section(&memories).section(&exports).section(&codes);
	module.finish()
}

// Found by changing bytes of generated guests: the pass took them, and no engine did.
#[test]
fn guest_should_be_refused_when_an_instruction_is_written_as_later_features_have_it() {
	let cases: [(&str, &[u8], &[u8]); 4] = [
		// The memory is named, as where there are several.
		("load", &[0x41, 0, 0x28, 2, 0, 0x1a], &[0x41, 0, 0x28, 0x42, 0, 0, 0x1a]),
		("memory.size", &[0x3f, 0, 0x1a], &[0x3f, 0x80, 0, 0x1a]),
		("memory.grow", &[0x41, 0, 0x40, 0, 0x1a], &[0x41, 0, 0x40, 0x80, 0, 0x1a]),
		// The offset has room for 64 bits.
		("offset", &[0x41, 0, 0x28, 2, 0, 0x1a], &[0x41, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x1a]),
	];
	for (name, good, other) in cases {
		let guest = prepare(&guest_of(good), &Limits::STANDARD).expect(name);
		Interpreter::new().compile(&guest).expect(name);
		let error = prepare(&guest_of(other), &Limits::STANDARD).expect_err(name);
		assert!(matches!(error, GuestError::Invalid { .. }), "{name}: {error}");
	}
}

#[test]
fn guest_should_be_refused_when_its_interface_is_wrong() {
	let import = |what: &str| refused(&format!("(module (import {what}) {UNIT})"));
	let unknown = GuestError::UnknownImport { module: "env".into(), name: "now".into() };
	assert_eq!(import(r#""env" "now" (func (result i64))"#), unknown);
	assert!(matches!(import(r#""assay" "clock" (func)"#), GuestError::UnknownImport { .. }));
	assert!(matches!(import(r#""env" "memory" (memory 1)"#), GuestError::UnknownImport { .. }));
	for ty in ["(func)", "(func (result i64))", "(func (param i32) (result i32))", "(global i32)"] {
		let error = import(&format!(r#""assay" "input_len" {ty}"#));
		assert_eq!(error, GuestError::ImportType { name: "input_len".into() }, "{ty}");
	}
	let no_unit = [
		"",
		r#"(func (export "unit"))"#,
		r#"(func (export "unit") (param i64))"#,
		r#"(func (export "unit") (param i32) (result i32) (i32.const 0))"#,
		r#"(global (export "unit") i32 (i32.const 0))"#,
	];
	for unit in no_unit {
		assert_eq!(refused(&format!(r#"(module (memory (export "memory") 1) {unit})"#)), GuestError::NoUnit);
	}
	for memory in ["", "(memory 1)", r#"(memory (export "mem") 1)"#, r#"(func (export "memory"))"#] {
		let module = format!(r#"(module {memory} (func (export "unit") (param i32)))"#);
		assert_eq!(refused(&module), GuestError::NoMemory);
	}
	assert_eq!(refused(&format!("(module {UNIT} (func $f) (start $f))")), GuestError::StartFunction);
}

#[test]
fn exports_should_be_dropped_unless_they_are_the_interface() {
	let blob = guest(
		r#"(global (export "assay:gas") (mut i64) (i64.const 1000000))
		(global (export "leak") (mut f64) (f64.const 0))
		(func (export "other") (unreachable))"#,
		"(loop $again (br $again))",
	);
	let guest = prepare(&blob, &Limits::STANDARD).expect("a good guest");
	let mut names = Vec::new();
	for payload in wasmparser::Parser::new(0).parse_all(guest.wasm()) {
		if let wasmparser::Payload::ExportSection(exports) = payload.expect("valid") {
			names.extend(exports.into_iter().map(|export| export.expect("valid").name.to_string()));
		}
	}
	assert_eq!(names, ["memory", "unit", "assay:gas", "assay:stack"]);
	assert_eq!(run(&blob, &Limits::STANDARD, 10_000).result, Err(Trap::OutOfGas));
}

#[test]
fn guest_should_be_refused_when_too_large() {
	let blob = guest("", "nop");
	let limits = Limits { max_blob: 10, ..Limits::STANDARD };
	let error = GuestError::BlobTooLarge { size: blob.len() as u64, max: 10 };
	assert_eq!(prepare(&blob, &limits).expect_err("too large"), error);
	let error = refused(r#"(module (memory (export "memory") 257) (func (export "unit") (param i32)))"#);
	assert_eq!(error, GuestError::MemoryTooLarge { pages: 257, max: 256 });
	let too_many = [
		format!("(func {})", "(local i32)".repeat(4_097)),
		format!("(func {})", "nop ".repeat(140_000)),
		format!("(func {} {})", "block ".repeat(2_049), "end ".repeat(2_049)),
		format!("(func {} {})", "i32.const 0 ".repeat(2_049), "drop ".repeat(2_049)),
		"(func)".repeat(10_001),
		"(global i32 (i32.const 0))".repeat(1_001),
		"(table 16385 funcref)".to_string(),
		format!("(func (param {}))", "i32 ".repeat(65)),
		r#"(data (i32.const 0) "")"#.repeat(1_001),
	];
	for case in too_many {
		let error = refused(&format!("(module {UNIT} {case})"));
		assert!(matches!(error, GuestError::TooMany { .. }), "{error}");
	}
	let out_of_bounds = [
		r#"(data (i32.const 65535) "ab")"#,
		r#"(data (i32.const -1) "a")"#,
		r#"(func $f) (table 1 funcref) (elem (i32.const 1) $f)"#,
	];
	for case in out_of_bounds {
		let error = refused(&format!("(module {UNIT} {case})"));
		assert!(matches!(error, GuestError::SegmentOutOfBounds { .. }), "{error}");
	}
}
