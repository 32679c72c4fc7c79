//! The interpreter and compiled code must agree on everything: output, gas and trap.

// Clippy knows functions marked as tests, and not what they call.
#![allow(clippy::expect_used, clippy::panic)]
#![cfg(feature = "native")]

mod programs;

use assay_proofs::{
	prepare, Engine, Gas, Interpreter, InterpreterModule, Limits, Metered, Native, NativeModule, Outcome, Trap,
};
use proptest::prelude::*;
use std::sync::OnceLock;

const PLENTY: Gas = 50_000_000;

fn native() -> &'static Native {
	static NATIVE: OnceLock<Native> = OnceLock::new();
	NATIVE.get_or_init(|| Native::new().expect("this machine can compile guests"))
}

/// A guest in both engines.
struct Pair {
	guest: Metered,
	interpreted: InterpreterModule,
	compiled: NativeModule,
}

impl Pair {
	fn new(text: &str, limits: &Limits) -> Self {
		Self::from_blob(&wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")), limits)
	}

	fn from_blob(blob: &[u8], limits: &Limits) -> Self {
		let guest = prepare(blob, limits).expect("a good guest");
		wasmparser::Validator::new().validate_all(guest.wasm()).expect("the pass's output is valid");
		let interpreted = Interpreter::new().compile(&guest).expect("the interpreter takes it");
		let compiled = native().compile(&guest).expect("the compiler takes it");
		Self { guest, interpreted, compiled }
	}

	/// The outcome that both give.
	fn run(&self, input: &[u8], index: u32, gas_limit: Gas) -> Outcome {
		let interpreted = Interpreter::new().run(&self.interpreted, input, index, gas_limit);
		let compiled = native().run(&self.compiled, input, index, gas_limit);
		assert_eq!(interpreted, compiled, "index {index}, limit {gas_limit}");
		interpreted.expect("the interpreter runs it")
	}
}

/// A guest with this code in `unit`, which has `$index`, and `$items` beside it.
fn guest(items: &str, code: &str) -> String {
	format!(
		r#"(module
			(import "assay" "input_len" (func $input_len (result i32)))
			(import "assay" "input_read" (func $input_read (param i32 i32 i32)))
			(import "assay" "output_write" (func $output_write (param i32 i32)))
			(memory (export "memory") 1)
			{items}
			(func (export "unit") (param $index i32) {code}))"#
	)
}

fn run(items: &str, code: &str) -> Outcome {
	Pair::new(&guest(items, code), &Limits::STANDARD).run(&[1, 2, 3, 4], 7, PLENTY)
}

#[test]
fn every_trap_should_be_the_same() {
	let table = r#"(table 4 funcref) (elem (i32.const 0) $nothing $number)
		(type $nothing (func)) (func $nothing) (func $number (result i32) (i32.const 3))"#;
	let cases = [
		(Trap::OutOfGas, "", "(loop $a (br $a))"),
		(Trap::OutOfGas, "", "(drop (memory.grow (i32.const -1)))"),
		(Trap::OutOfGas, "", "(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))"),
		(Trap::OutOfGas, "", "(memory.copy (i32.const 0) (i32.const 0) (i32.const -1))"),
		(Trap::OutOfGas, "", "(call $output_write (i32.const 0) (i32.const -1))"),
		(Trap::StackOverflow, "(func $f (call $f))", "(call $f)"),
		(
			Trap::StackOverflow,
			"(func $f (param i64 i64) (result i64) (call $f (local.get 1) (i64.const 1)))",
			"(drop (call $f (i64.const 1) (i64.const 2)))",
		),
		(Trap::Unreachable, "", "(unreachable)"),
		(Trap::Unreachable, "(func $f (unreachable))", "(call $f)"),
		(Trap::MemoryOutOfBounds, "", "(drop (i32.load (i32.const 65533)))"),
		(Trap::MemoryOutOfBounds, "", "(drop (i32.load8_u offset=1 (i32.const -1)))"),
		(Trap::MemoryOutOfBounds, "", "(drop (i64.load offset=4294967295 (i32.const -1)))"),
		(Trap::MemoryOutOfBounds, "", "(f64.store offset=65529 (i32.const 0) (f64.const 1))"),
		(Trap::MemoryOutOfBounds, "", "(i64.store16 (i32.const 65535) (i64.const 1))"),
		(Trap::MemoryOutOfBounds, "", "(memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000))"),
		(Trap::MemoryOutOfBounds, "", "(memory.copy (i32.const 0) (i32.const 65000) (i32.const 1000))"),
		(Trap::MemoryOutOfBounds, "", "(call $output_write (i32.const 65530) (i32.const 7))"),
		(Trap::MemoryOutOfBounds, "", "(call $input_read (i32.const 65535) (i32.const 0) (i32.const 2))"),
		(Trap::InputOutOfBounds, "", "(call $input_read (i32.const 0) (i32.const 1) (i32.const 4))"),
		(Trap::InputOutOfBounds, "", "(call $input_read (i32.const 0) (i32.const -1) (i32.const 2))"),
		(Trap::OutputTooLong, "", "(loop $a (call $output_write (i32.const 0) (i32.const 65536)) (br $a))"),
		(Trap::DivisionByZero, "", "(drop (i32.div_u (i32.const 1) (i32.const 0)))"),
		(Trap::DivisionByZero, "", "(drop (i32.div_s (i32.const 1) (i32.const 0)))"),
		(Trap::DivisionByZero, "", "(drop (i64.rem_s (i64.const 1) (i64.const 0)))"),
		(Trap::DivisionByZero, "", "(drop (i64.rem_u (i64.const 1) (i64.const 0)))"),
		(Trap::IntegerOverflow, "", "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))"),
		(Trap::IntegerOverflow, "", "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))"),
		(Trap::IntegerOverflow, "", "(drop (i32.trunc_f32_s (f32.const inf)))"),
		(Trap::IntegerOverflow, "", "(drop (i32.trunc_f64_u (f64.const -1)))"),
		(Trap::IntegerOverflow, "", "(drop (i64.trunc_f64_s (f64.const 1e19)))"),
		(Trap::InvalidConversion, "", "(drop (i32.trunc_f32_u (f32.const nan)))"),
		(Trap::InvalidConversion, "", "(drop (i64.trunc_f64_s (f64.div (f64.const 0) (f64.const 0))))"),
		(Trap::TableOutOfBounds, table, "(call_indirect (type $nothing) (i32.const 4))"),
		(Trap::TableOutOfBounds, table, "(call_indirect (type $nothing) (i32.const -1))"),
		(Trap::IndirectCallToNull, table, "(call_indirect (type $nothing) (i32.const 2))"),
		(Trap::BadSignature, table, "(call_indirect (type $nothing) (i32.const 1))"),
	];
	for (trap, items, code) in cases {
		let outcome = run(items, code);
		assert_eq!(outcome, Outcome { result: Err(trap), gas: PLENTY }, "{items} {code}");
	}
}

#[test]
fn what_does_not_trap_should_be_the_same() {
	let cases = [
		("", "(i32.store (i32.const 0) (i32.rem_s (i32.const 0x80000000) (i32.const -1)))"),
		("", "(i64.store (i32.const 0) (i64.rem_s (i64.const 0x8000000000000000) (i64.const -1)))"),
		("", "(i32.store (i32.const 0) (i32.load (i32.const 65532)))"),
		("", "(memory.copy (i32.const 65536) (i32.const 65536) (i32.const 0))"),
		("", "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 0))"),
		(
			"",
			"(call $input_read (i32.const 65532) (i32.const 0) (call $input_len))
			(memory.copy (i32.const 1) (i32.const 65532) (i32.const 4))",
		),
		(
			"",
			"(i32.store (i32.const 0) (memory.grow (i32.const 255)))
			(i32.store (i32.const 4) (memory.grow (i32.const 1)))
			(i32.store (i32.const 16777212) (memory.size))
			(i32.store (i32.const 8) (i32.load (i32.const 16777212)))",
		),
		(
			"(table 2 funcref) (elem (i32.const 1) $f) (type $t (func (param i32) (result i32)))
			(func $f (type $t) (i32.mul (local.get 0) (i32.const 3)))",
			"(i32.store (i32.const 0) (call_indirect (type $t) (local.get $index) (i32.const 1)))",
		),
	];
	for (items, code) in cases {
		let outcome = run(items, &format!("{code} (call $output_write (i32.const 0) (i32.const 12))"));
		assert_eq!(outcome.result.map(|output| output.len()), Ok(12), "{items} {code}");
	}
}

#[test]
fn selecting_on_a_comparison_with_zero_should_be_the_same() {
	// Each condition on a variable, on a loaded value, and with other values computed before it.
	let conditions = [
		"(i32.eqz X)",
		"(i32.eq X (i32.const 0))",
		"(i32.eq (i32.const 0) X)",
		"(i32.ne X (i32.const 0))",
		"(i32.eqz (i32.eqz X))",
		"(i32.lt_u X (i32.const 1))",
		"(i32.le_u X (i32.const 0))",
		"(i64.eqz (i64.extend_i32_u X))",
		"(i32.and X (i32.const 0xff))",
	];
	for condition in conditions {
		for value in [
			"(local.get $index)",
			"(local.get $zero)",
			"(i32.load (i32.const 64))",
			"(local.tee $x (local.get $index))",
		] {
			let condition = condition.replace('X', value);
			let code = format!(
				"(local $zero i32) (local $x i32)
				(i32.store (i32.const 0) (select (i32.const 11) (i32.const 22) {condition}))
				(i32.store (i32.const 4) (select (i32.load (i32.const 68)) (local.get $index) {condition}))
				(f64.store (i32.const 8) (select (f64.load (i32.const 72)) (f64.const 1) {condition}))
				(i64.store (i32.const 16) (select (i64.const 5) (i64.load (i32.const 72)) {condition}))
				(if (select (i32.load (i32.const 68)) (i32.const -5) {condition})
					(then (i32.store (i32.const 24) (i32.const 1))))
				(call $output_write (i32.const 0) (i32.const 28))"
			);
			let pair = Pair::new(&guest("", &code), &Limits::STANDARD);
			for index in [0, 1, 0x100] {
				let output = pair.run(&[], index, PLENTY).result.expect("no trap");
				let x = if value.contains("index") { index } else { 0 };
				let holds = match &condition {
					eqz if eqz.starts_with("(i32.eqz (i32.eqz") => x != 0,
					ne if ne.starts_with("(i32.ne") => x != 0,
					and if and.starts_with("(i32.and") => x & 0xff != 0,
					_ => x == 0,
				};
				assert_eq!(output[0], if holds { 11 } else { 22 }, "{condition} of {x}");
			}
		}
	}
}

#[test]
fn every_branch_of_a_table_should_cost_the_same() {
	let code = "(block $d (block $c (block $b (block $a
			(br_table $a $b $c $d (local.get $index)))
			(i32.store (i32.const 0) (i32.const 11)))
			(i32.store (i32.const 4) (i32.const 22)))
			(i32.store (i32.const 8) (i32.div_u (i32.const 100) (local.get $index))))
		(call $output_write (i32.const 0) (i32.const 12))";
	let pair = Pair::new(&guest("", code), &Limits::STANDARD);
	let outcomes: Vec<_> = [0, 1, 2, 3, 4, u32::MAX].map(|index| pair.run(&[], index, PLENTY)).into();
	assert_eq!(outcomes[0].result, Err(Trap::DivisionByZero));
	assert!(outcomes[1].gas > outcomes[2].gas && outcomes[2].gas > outcomes[3].gas);
	assert_eq!(outcomes[3], outcomes[5]);
}

#[test]
fn gas_should_run_out_at_the_same_place_for_every_limit() {
	let items = "(global $seen (mut i32) (i32.const 0))
		(func $mark (param i32) (result i32)
			(global.set $seen (i32.add (global.get $seen) (local.get 0)))
			(if (result i32) (i32.and (local.get 0) (i32.const 1))
				(then (i32.const 5))
				(else (block $out (br_if $out (i32.eqz (local.get 0))) (return (i32.const 9))) (i32.const 2))))";
	let code = "(local $n i32)
		(loop $again
			(i32.store8 (local.get $n) (call $mark (local.get $n)))
			(call $output_write (local.get $n) (i32.const 1))
			(br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $index))))
		(memory.fill (i32.const 0) (i32.const 1) (i32.const 100))
		(call $input_read (i32.const 0) (i32.const 0) (i32.const 2))
		(call $output_write (i32.const 0) (i32.const 3))";
	let pair = Pair::new(&guest(items, code), &Limits::STANDARD);
	let enough = pair.run(&[8, 9], 4, PLENTY);
	assert_eq!(enough.result, Ok(vec![2, 5, 9, 5, 8, 9, 1]));
	for limit in pair.guest.start_gas() - 1..enough.gas {
		assert_eq!(pair.run(&[8, 9], 4, limit), Outcome { result: Err(Trap::OutOfGas), gas: limit });
	}
	assert_eq!(pair.run(&[8, 9], 4, enough.gas), enough);
}

#[test]
fn the_stack_should_end_at_the_same_depth() {
	let items = "(func $down (param $n i32) (result i32)
		(if (result i32) (i32.eqz (local.get $n))
			(then (i32.const 0))
			(else (i32.add (i32.const 1) (call $down (i32.sub (local.get $n) (i32.const 1)))))))";
	let code =
		"(i32.store (i32.const 0) (call $down (local.get $index))) (call $output_write (i32.const 0) (i32.const 4))";
	let pair = Pair::new(&guest(items, code), &Limits::STANDARD);
	let deep = |depth: u32| match pair.run(&[], depth, PLENTY).result {
		Ok(output) => {
			assert_eq!(output, depth.to_le_bytes());
			true
		},
		Err(trap) => {
			assert_eq!(trap, Trap::StackOverflow);
			false
		},
	};
	let (mut fits, mut too_deep) = (1, 1_000_000);
	while too_deep - fits > 1 {
		let middle = (fits + too_deep) / 2;
		if deep(middle) {
			fits = middle;
		} else {
			too_deep = middle;
		}
	}
	// The budget over a frame of this function: eight, one variable, three operands, half of twelve instructions.
	assert!((10_000..20_000).contains(&fits), "{fits}");
	assert!(deep(fits) && !deep(fits + 1));
}

#[test]
fn the_stack_budget_should_end_first_when_frames_are_as_large_as_they_get() {
	// Values that are needed after the call and cannot be computed again are kept in the frame by compiled code; many
	// variables, many operands, and many results of instructions that a compiler may move.
	let loads: String = (0..400).map(|n| format!("(i64.load offset={} (i32.const {n}))", 8 * n)).collect();
	let adds = "i64.add ".repeat(400);
	let operands =
		format!("(func $f (param i64) (result i64) {loads} (call $f (i64.add (local.get 0) (i64.const 1))) {adds})");
	let declared = "(local i64) ".repeat(1_000);
	let sets: String =
		(1..=1_000).map(|n| format!("(local.set {n} (i64.mul (local.get 0) (i64.const {n})))")).collect();
	let sums: String = (1..=1_000).map(|n| format!("(local.get {n}) i64.add ")).collect();
	let variables = format!(
		"(func $f (param i64) (result i64) {declared} {sets} (call $f (i64.add (local.get 0) (i64.const 1))) {sums})"
	);
	// A loop around the call whose invariant parts a compiler would compute ahead of it.
	let invariant: String = (0..500)
		.map(|n| {
			format!("(local.set 1 (i64.add (local.get 1) (i64.rotl (i64.xor (local.get 0) (i64.const {n}77)) (i64.const {n}))))")
		})
		.collect();
	let hoisted = format!(
		"(func $f (param i64) (result i64) (local i64)
			(loop $again
				{invariant}
				(local.set 1 (i64.add (local.get 1) (call $f (i64.add (local.get 0) (local.get 1)))))
				{invariant}
				(br_if $again (i64.ne (local.get 1) (i64.const 0))))
			(local.get 1))"
	);
	for items in [operands, variables, hoisted] {
		assert_eq!(run(&items, "(drop (call $f (i64.const 1)))").result, Err(Trap::StackOverflow));
	}
}

const F32_OPERANDS: [u32; 24] = [
	0x0000_0000,
	0x8000_0000,
	0x3f80_0000,
	0xbf80_0000,
	0x3fc0_0000,
	0x4020_0000,
	0x0000_0001,
	0x8000_0001,
	0x007f_ffff,
	0x0080_0000,
	0x7f7f_ffff,
	0xff7f_ffff,
	0x7f80_0000,
	0xff80_0000,
	0x7fc0_0000,
	0xffc0_0000,
	0x7fc0_1234,
	0xffe5_4321,
	0x7f80_0001,
	0xff80_0001,
	0x7fa0_0000,
	0xffbf_ffff,
	0x4f00_0000,
	0xcf00_0001,
];

const F64_OPERANDS: [u64; 24] = [
	0x0000_0000_0000_0000,
	0x8000_0000_0000_0000,
	0x3ff0_0000_0000_0000,
	0xbff0_0000_0000_0000,
	0x3ff8_0000_0000_0000,
	0x4004_0000_0000_0000,
	0x0000_0000_0000_0001,
	0x8000_0000_0000_0001,
	0x000f_ffff_ffff_ffff,
	0x0010_0000_0000_0000,
	0x7fef_ffff_ffff_ffff,
	0xffef_ffff_ffff_ffff,
	0x7ff0_0000_0000_0000,
	0xfff0_0000_0000_0000,
	0x7ff8_0000_0000_0000,
	0xfff8_0000_0000_0000,
	0x7ff8_0000_0123_4567,
	0xfffc_0000_0000_0001,
	0x7ff0_0000_0000_0001,
	0xfff0_0000_0000_0001,
	0x7ff4_0000_0000_0000,
	0xfff7_ffff_ffff_ffff,
	0x43e0_0000_0000_0000,
	0xc1e0_0000_0020_0000,
];

/// The input for [`float_program`], whose operands take eight bytes each.
fn float_input(operands: impl IntoIterator<Item = u64>) -> Vec<u8> {
	operands.into_iter().flat_map(u64::to_le_bytes).collect()
}

/// A guest that applies `expression` to each pair `$a`, `$b` of type `ty` from its input and shows the result, which is a
/// `result`, in every way that there is.
fn float_program(ty: &str, expression: &str, result: &str) -> String {
	let show = match result {
		"f32" => {
			"(f32.store (i32.const 0) (local.get $r))
			(i32.store (i32.const 4) (i32.reinterpret_f32 (local.get $r)))
			(f32.store (i32.const 8) (f32.copysign (f32.const 1) (local.get $r)))
			(f32.store (i32.const 12) (f32.copysign (local.get $r) (f32.const -1)))
			(f64.store (i32.const 16) (f64.promote_f32 (local.get $r)))
			(i32.store (i32.const 24) (i32.trunc_sat_f32_s (local.get $r)))
			(i32.store (i32.const 28) (f32.lt (local.get $r) (f32.neg (local.get $r))))"
		},
		"f64" => {
			"(f64.store (i32.const 0) (local.get $r))
			(i64.store (i32.const 8) (i64.reinterpret_f64 (local.get $r)))
			(f64.store (i32.const 16) (f64.copysign (f64.const 1) (local.get $r)))
			(f32.store (i32.const 24) (f32.demote_f64 (local.get $r)))
			(i32.store (i32.const 28) (f64.ne (local.get $r) (local.get $r)))"
		},
		"i64" => "(i64.store (i32.const 0) (local.get $r))",
		_ => "(i32.store (i32.const 0) (local.get $r))",
	};
	guest(
		&format!("(func $op (param $a {ty}) (param $b {ty}) (result {result}) {expression})"),
		&format!(
			"(local $count i32) (local $i i32) (local $j i32) (local $r {result})
			(call $input_read (i32.const 1024) (i32.const 0) (call $input_len))
			(local.set $count (call $input_len))
			(loop $rows
				(local.set $j (i32.const 0))
				(loop $columns
					(local.set $r (call $op
						({ty}.load offset=1024 (local.get $i)) ({ty}.load offset=1024 (local.get $j))))
					{show}
					;; A result that nothing keeps in a variable.
					({result}.store (i32.const 32) (call $op
						({ty}.load offset=1024 (local.get $i)) ({ty}.load offset=1024 (local.get $j))))
					(call $output_write (i32.const 0) (i32.const 40))
					(br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 8))) (local.get $count))))
				(br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $count))))"
		),
	)
}

#[test]
fn every_float_instruction_should_give_the_same_bits() {
	for (ty, wide) in [("f32", false), ("f64", true)] {
		let input = if wide {
			float_input(F64_OPERANDS)
		} else {
			// The upper half differs, so that a load of the wrong width shows.
			float_input(F32_OPERANDS.map(|bits| u64::from(bits) | 0x5555_5555_0000_0000))
		};
		let mut programs = Vec::new();
		for op in ["add", "sub", "mul", "div", "min", "max", "copysign"] {
			programs.push((format!("({ty}.{op} (local.get $a) (local.get $b))"), ty));
		}
		for op in ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"] {
			programs.push((format!("({ty}.{op} (local.get $a))"), ty));
			// On a NaN that arithmetic made.
			programs.push((format!("({ty}.{op} ({ty}.sub (local.get $a) (local.get $b)))"), ty));
			programs.push((format!("({ty}.copysign (local.get $a) ({ty}.{op} (local.get $b)))"), ty));
		}
		for op in ["eq", "ne", "lt", "gt", "le", "ge"] {
			programs.push((format!("({ty}.{op} (local.get $a) (local.get $b))"), "i32"));
		}
		for to in ["i32", "i64"] {
			for sign in ["s", "u"] {
				programs.push((format!("({to}.trunc_sat_{ty}_{sign} (local.get $a))"), to));
				let converted = format!("({ty}.convert_{to}_{sign} ({to}.trunc_sat_{ty}_{sign} (local.get $a)))");
				programs.push((converted, ty));
			}
		}
		let cast =
			if wide { ("(f32.demote_f64 (local.get $a))", "f32") } else { ("(f64.promote_f32 (local.get $a))", "f64") };
		programs.push((cast.0.to_string(), cast.1));
		// Ways that a value can take.
		let zero_over_zero = format!("({ty}.div ({ty}.mul (local.get $a) ({ty}.const 0)) ({ty}.const 0))");
		programs.push((format!("(select {zero_over_zero} (local.get $b) (local.get 0) ({ty}.const 1) ({ty}.lt))"), ty));
		programs.push((format!("(block (result {ty}) (br 0 {zero_over_zero}))"), ty));
		let arms = format!("(then {zero_over_zero}) (else (local.get $b))");
		programs.push((format!("(if (result {ty}) ({ty}.lt (local.get $a) (local.get $b)) {arms})"), ty));
		programs.push((format!("(local.set $a {zero_over_zero}) (return (local.get $a))"), ty));
		programs.push(("(local.get $a)".to_string(), ty));

		for (expression, result) in programs {
			let pair = Pair::new(&float_program(ty, &expression, result), &Limits::STANDARD);
			let output = pair.run(&input, 0, PLENTY).result.expect(&expression);
			assert_eq!(output.len(), 24 * 24 * 40, "{expression}");
			for shown in output.chunks(40) {
				// What the program stored from a variable is canonical where it is a NaN.
				let bits = u64::from_le_bytes(shown[..8].try_into().expect("eight bytes"));
				match result {
					"f32" if f32::from_bits(bits as u32).is_nan() => assert_eq!(bits as u32, 0x7fc0_0000),
					"f64" if f64::from_bits(bits).is_nan() => assert_eq!(bits, 0x7ff8_0000_0000_0000),
					_ => {},
				}
			}
		}
	}
}

#[test]
fn conversions_to_integers_should_trap_alike() {
	for (ty, operands) in [("f32", F32_OPERANDS.map(u64::from)), ("f64", F64_OPERANDS)] {
		for to in ["i32", "i64"] {
			for sign in ["s", "u"] {
				let code = format!(
					"(call $input_read (i32.const 0) (i32.mul (local.get $index) (i32.const 8)) (i32.const 8))
					({to}.store (i32.const 0) ({to}.trunc_{ty}_{sign} ({ty}.load (i32.const 0))))
					(call $output_write (i32.const 0) (i32.const 8))"
				);
				let pair = Pair::new(&guest("", &code), &Limits::STANDARD);
				for index in 0..operands.len() as u32 {
					pair.run(&float_input(operands), index, PLENTY);
				}
			}
		}
	}
}

#[test]
fn plain_copies_should_keep_the_bits_and_others_make_them_canonical() {
	let code = "(local $f f32)
		(i32.store (i32.const 0) (i32.const 0x7f800001))
		(f32.store (i32.const 4) (f32.load (i32.const 0)))
		(local.set $f (f32.load (i32.const 0)))
		(f32.store (i32.const 8) (local.get $f))
		(f32.store (i32.const 12) (f32.const nan:0x12345))
		(call $output_write (i32.const 4) (i32.const 12))";
	let words: Vec<u8> =
		[0x7f80_0001u32, 0x7fc0_0000, 0x7f81_2345].iter().flat_map(|word| word.to_le_bytes()).collect();
	assert_eq!(run("", code).result, Ok(words));
}

#[test]
fn compiled_guests_should_run_on_many_threads() {
	let code = "(i32.store (i32.const 0) (i32.mul (local.get $index) (local.get $index)))
		(call $output_write (i32.const 0) (i32.const 4))";
	let pair = Pair::new(&guest("", code), &Limits::STANDARD);
	std::thread::scope(|scope| {
		for thread in 0..4u32 {
			let module = pair.compiled.clone();
			scope.spawn(move || {
				for index in 0..50 {
					let unit = thread * 50 + index;
					let outcome = native().run(&module, &[], unit, PLENTY).expect("runs");
					assert_eq!(outcome.result, Ok((unit * unit).to_le_bytes().to_vec()));
				}
			});
		}
	});
}

#[test]
fn guests_at_the_bounds_should_be_taken_by_both_engines() {
	use assay_proofs::guest::bounds::*;
	let many = |text: &str, count: u32| text.repeat(count as usize);
	let labels: String = (0..MAX_BRANCH_TARGETS).map(|at| format!("{} ", at % (MAX_NESTING - 1))).collect();
	let params = many("i64 ", MAX_PARAMS);
	let cases = [
		// One variable is the parameter.
		(String::new(), format!("(local {}) (local.set 4000 (i64.const 1))", many("i64 ", MAX_LOCALS - 1))),
		(String::new(), format!("{} {}", many("f64.const 1 ", MAX_OPERANDS), many("drop ", MAX_OPERANDS))),
		(
			String::new(),
			format!(
				"{} local.get 0 br_table {labels} 0 {}",
				many("block ", MAX_NESTING),
				many("end i32.const 0 drop ", MAX_NESTING)
			),
		),
		(
			format!("(func $f (param {params}) (result i64) local.get 63)"),
			format!("{} call $f drop", many("i64.const 7 ", MAX_PARAMS)),
		),
		// The host's functions stand in the type section, not here.
		(many("(func)", MAX_FUNCTIONS - 1), String::new()),
		(many("(global (mut f32) (f32.const nan))", MAX_GLOBALS), "(global.set 999 (global.get 998))".into()),
		(format!("(table {MAX_TABLE} funcref)"), String::new()),
		(many("(data (i32.const 3) \"x\")", MAX_SEGMENTS), String::new()),
		(many("(type (func (param i32)))", MAX_TYPES - 6), String::new()),
		// Four bytes each, and the last `end`.
		(String::new(), many("(i32.eqz (i32.const 0)) drop ", (MAX_BODY - 16) / 4)),
	];
	for (items, code) in cases {
		assert_eq!(run(&items, &code).result, Ok(vec![]));
	}
}

#[test]
fn the_path_tracer_should_give_what_native_code_gives() {
	let scene = assay_guests::DEMO_SCENE
		.replace("image 640 360", "image 32 18")
		.replace("tile 16", "tile 8")
		.replace("samples 1 24", "samples 1 2");
	assert!(scene.contains("image 32 18") && scene.contains("tile 8") && scene.contains("samples 1 2"));
	let input = assay_guests::parse_scene(&scene).expect("a good scene");
	let expected = assay_guests::render_native(&input).expect("renders");
	let pair = Pair::from_blob(assay_guests::PATHTRACER, &Limits::STANDARD);
	for (index, output) in (0..).zip(expected) {
		let outcome = pair.run(&input, index, 100 * PLENTY);
		assert!(outcome.result == Ok(output), "unit {index}");
	}
	// There is no such unit.
	assert_eq!(pair.run(&input, u32::MAX, 100 * PLENTY).result, Err(Trap::Unreachable));
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 600, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

	#[test]
	fn random_programs_should_give_the_same(
		choices in prop::collection::vec(any::<u8>(), 100..4_000),
		index: u32,
		cut: prop::sample::Index,
	) {
		let limits = Limits { max_memory_pages: 4, max_stack: 3_000, ..Limits::STANDARD };
		let pair = Pair::new(&programs::generate(&choices), &limits);
		let outcome = pair.run(&choices, index, 300_000);
		// And when gas runs out somewhere on the way.
		pair.run(&choices, index, cut.index(outcome.gas as usize + 1) as Gas);
	}
}
