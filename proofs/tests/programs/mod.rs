//! Random guests: well-typed programs with loops, branches, calls, memory and floats, made from a list of choices, so that a
//! shorter list is a smaller program and failures shrink.

/// A value type, with the variables that each function has of it.
#[derive(Clone, Copy, PartialEq)]
enum Ty {
	I32,
	I64,
	F32,
	F64,
}

use Ty::{F32, F64, I32, I64};

impl Ty {
	fn name(self) -> &'static str {
		match self {
			I32 => "i32",
			I64 => "i64",
			F32 => "f32",
			F64 => "f64",
		}
	}
}

const TYPES: [Ty; 4] = [I32, I64, F32, F64];

/// Variables of each type in each function.
const VARIABLES: usize = 3;

/// Functions beside `unit`. Each calls those before it, and sometimes itself or later ones.
const FUNCTIONS: usize = 3;

/// Rounds that a loop makes unless something ends it.
const ROUNDS: usize = 5;

struct Generator<'a> {
	choices: std::slice::Iter<'a, u8>,
	/// Loop counters that the current function has used.
	counters: usize,
	/// Number of the current function; `unit` is the last.
	function: usize,
}

/// The text of a guest.
pub fn generate(choices: &[u8]) -> String {
	let mut generator = Generator { choices: choices.iter(), counters: 0, function: 0 };
	// The one that surely runs takes its choices first.
	generator.function = FUNCTIONS;
	let body = generator.statements(4);
	let locals = generator.locals();
	let mut functions = String::new();
	for number in 0..FUNCTIONS {
		generator.function = number;
		generator.counters = 0;
		let body = generator.statements(3);
		let result = generator.expression(I32, 2);
		let its_locals = generator.locals();
		functions += &format!(
			"(func $f{number} (type $call) (param $p i32) (param $q f64) (result i32) {its_locals}
				(local.set $i320 (local.get $p)) (local.set $f640 (local.get $q))
				{body} {result})\n"
		);
	}
	let mut show = String::new();
	for (at, ty) in TYPES.iter().enumerate() {
		for variable in 0..VARIABLES {
			let (name, address) = (ty.name(), 8 * (at * VARIABLES + variable));
			show += &format!("({name}.store offset={address} (i32.const 512) (local.get ${name}{variable}))");
		}
	}
	format!(
		r#"(module
			(import "assay" "input_len" (func $input_len (result i32)))
			(import "assay" "input_read" (func $input_read (param i32 i32 i32)))
			(import "assay" "output_write" (func $output_write (param i32 i32)))
			(type $call (func (param i32 f64) (result i32)))
			(type $other (func (param i64) (result i64)))
			(memory (export "memory") 1 8)
			(data (i32.const 100) "\00\00\c0\7f\01\00\80\ff\ff\ff\ff\ff\00\00\00\00\00\00\f0\7f\01\02\03\04\05\06\07\08")
			(table 6 funcref)
			(elem (i32.const 0) $f0 $f1 $f2 $other)
			(global $g0 (mut i32) (i32.const 7))
			(global $g1 (mut f64) (f64.const -0.5))
			(func $other (type $other) (i64.rotl (local.get 0) (i64.const 9)))
			{functions}
			(func (export "unit") (param $index i32) {locals}
				(call $input_read (i32.const 0) (i32.const 0) (i32.const 32))
				(local.set $i320 (local.get $index))
				{body}
				(call $output_write (i32.const 0) (i32.const 256))
				{show}
				(call $output_write (i32.const 512) (i32.const 96))))"#
	)
}

impl Generator<'_> {
	/// The next choice; the simplest when there are none left.
	fn choose(&mut self, options: usize) -> usize {
		self.choices.next().map_or(0, |choice| usize::from(*choice) % options)
	}

	fn pick<'a>(&mut self, options: &[&'a str]) -> &'a str {
		options[self.choose(options.len())]
	}

	fn locals(&self) -> String {
		let mut text = String::new();
		for ty in TYPES {
			for variable in 0..VARIABLES {
				text += &format!("(local ${0}{variable} {0})", ty.name());
			}
		}
		for counter in 0..self.counters {
			text += &format!("(local $c{counter} i32)");
		}
		text
	}

	fn variable(&mut self, ty: Ty) -> String {
		format!("${}{}", ty.name(), self.choose(VARIABLES))
	}

	fn constant(&mut self, ty: Ty) -> String {
		let value = match ty {
			I32 | I64 => {
				self.pick(&["0", "1", "-1", "2", "31", "100", "0x7fffffff", "-0x80000000", "65535", "0x55555555"])
			},
			F32 | F64 => self.pick(&[
				"0",
				"1",
				"-0",
				"1.5",
				"-2.25",
				"inf",
				"-inf",
				"nan",
				"-nan",
				"nan:0x200001",
				"1e-40",
				"3e38",
			]),
		};
		format!("({}.const {value})", ty.name())
	}

	/// An address that is mostly within memory.
	fn address(&mut self, depth: usize) -> String {
		let value = self.expression(I32, depth);
		match self.choose(24) {
			23 => value,
			22 => format!("(i32.and {value} (i32.const 0x1ffff))"),
			_ => format!("(i32.and {value} (i32.const 0xff))"),
		}
	}

	fn statements(&mut self, depth: usize) -> String {
		(0..2 + self.choose(4)).map(|_| self.statement(depth) + "\n").collect()
	}

	fn statement(&mut self, depth: usize) -> String {
		let ty = TYPES[self.choose(4)];
		let simple = 8;
		match self.choose(if depth == 0 { simple } else { 17 }) {
			0 | 1 => {
				let value = self.expression(ty, 3);
				format!("(local.set {} {value})", self.variable(ty))
			},
			2 | 3 => {
				let (address, value) = (self.address(1), self.expression(ty, 2));
				let narrow = match ty {
					I32 => self.pick(&["", "8", "16"]),
					I64 => self.pick(&["", "8", "16", "32"]),
					_ => "",
				};
				format!("({}.store{narrow} {address} {value})", ty.name())
			},
			4 => format!("(global.set $g0 {})", self.expression(I32, 2)),
			5 => format!("(global.set $g1 {})", self.expression(F64, 2)),
			6 => format!("(drop {})", self.expression(ty, 3)),
			7 => match self.choose(12) {
				0 => format!("(call $output_write (i32.and {} (i32.const 63)) (i32.const 8))", self.expression(I32, 1)),
				1 => format!("(memory.fill {} {} (i32.const 40))", self.address(1), self.expression(I32, 1)),
				2 => format!("(memory.copy {} {} (i32.const 24))", self.address(1), self.address(1)),
				3 => format!("(if {} (then (unreachable)))", self.rare()),
				4 => {
					let leave = if self.function == FUNCTIONS {
						"(return)".to_string()
					} else {
						format!("(return {})", self.expression(I32, 1))
					};
					format!("(if {} (then {leave}))", self.rare())
				},
				5 => {
					"(call $input_read (i32.const 40) (i32.const 0) (i32.and (call $input_len) (i32.const 31)))".into()
				},
				_ => "(nop)".into(),
			},
			8 | 9 => {
				let condition = self.expression(I32, 2);
				format!("(if {condition} (then {}) (else {}))", self.statements(depth - 1), self.statements(depth - 1))
			},
			10 => format!("(if {} (then {}))", self.expression(I32, 2), self.statements(depth - 1)),
			11 | 12 => {
				let counter = format!("$c{}", self.counters);
				self.counters += 1;
				let body = self.statements(depth - 1);
				let exit = self.rare();
				format!(
					"(local.set {counter} (i32.const 0))
					(block (loop {body} (br_if 1 {exit})
						(br_if 0 (i32.lt_u (local.tee {counter} (i32.add (local.get {counter}) (i32.const 1)))
							(i32.const {ROUNDS})))))"
				)
			},
			13 => {
				let condition = self.expression(I32, 1);
				format!("(block {} (br_if 0 {condition}) {})", self.statements(depth - 1), self.statements(depth - 1))
			},
			14 => {
				let selector = self.expression(I32, 2);
				format!(
					"(block (block (block (br_table 0 1 2 1 (i32.and {selector} (i32.const 7))) {}) {}) {})",
					self.statements(0),
					self.statements(depth - 1),
					self.statements(depth - 1)
				)
			},
			15 => {
				// Code behind a jump, which is never run but must be valid.
				format!("(block {} (br 0) {})", self.statements(depth - 1), self.statements(0))
			},
			_ => format!("(block {})", self.statements(depth - 1)),
		}
	}

	/// A condition that seldom holds.
	fn rare(&mut self) -> String {
		format!("(i32.eq (i32.and {} (i32.const 0x3f)) (i32.const 0x2a))", self.expression(I32, 1))
	}

	fn expression(&mut self, ty: Ty, depth: usize) -> String {
		let name = ty.name();
		if depth == 0 {
			return match self.choose(3) {
				0 => self.constant(ty),
				_ => format!("(local.get {})", self.variable(ty)),
			};
		}
		let depth = depth - 1;
		match self.choose(12) {
			0 | 1 => self.expression(ty, 0),
			2 => {
				let value = self.expression(ty, depth);
				format!("(local.tee {} {value})", self.variable(ty))
			},
			3 => {
				let address = self.address(depth);
				let (narrow, offset) = match ty {
					I32 => (self.pick(&["", "8_s", "8_u", "16_s", "16_u"]), self.pick(&["0", "4", "65530"])),
					I64 => (self.pick(&["", "8_s", "16_u", "32_s", "32_u"]), self.pick(&["0", "3"])),
					_ => ("", self.pick(&["0", "1", "8"])),
				};
				format!("({name}.load{narrow} offset={offset} {address})")
			},
			4 => {
				let (a, b, condition) =
					(self.expression(ty, depth), self.expression(ty, depth), self.expression(I32, depth));
				format!("(select {a} {b} {condition})")
			},
			5 => {
				let (condition, a, b) =
					(self.expression(I32, depth), self.expression(ty, depth), self.expression(ty, depth));
				format!("(if (result {name}) {condition} (then {a}) (else {b}))")
			},
			6 => match self.choose(4) {
				// A branch that carries a value, from a table and with something below it.
				3 => {
					let (value, selector) = (self.expression(ty, depth), self.expression(I32, depth));
					let (under, again) = (self.expression(I64, depth), self.expression(ty, depth));
					format!(
						"(block (result {name}) {under} (drop (block (result {name})
							(br_table 0 1 0 {value} (i32.and {selector} (i32.const 3))))) drop {again})"
					)
				},
				// What lies on the stack already must be kept from the changes in here.
				2 => {
					let (change, condition) = (self.statement(0), self.expression(I32, depth));
					let (first, second) = (self.expression(ty, depth), self.statement(0));
					format!("(block (result {name}) (block {change} (br_if 0 {condition}) {second}) {first})")
				},
				_ => {
					let (value, condition, other) =
						(self.expression(ty, depth), self.expression(I32, depth), self.expression(ty, depth));
					format!("(block (result {name}) (drop (br_if 0 {value} {condition})) {other})")
				},
			},
			7 => self.other(ty, depth),
			8 => {
				let operator = match ty {
					I32 => self.pick(&["clz", "ctz", "popcnt", "extend8_s", "extend16_s"]),
					I64 => self.pick(&["clz", "ctz", "popcnt", "extend8_s", "extend16_s", "extend32_s"]),
					_ => self.pick(&["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"]),
				};
				format!("({name}.{operator} {})", self.expression(ty, depth))
			},
			_ => {
				let operator = match ty {
					I32 | I64 => self.pick(&[
						"add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s",
						"div_u", "rem_s", "rem_u",
					]),
					_ => self.pick(&["add", "sub", "mul", "div", "min", "max", "copysign"]),
				};
				let (a, b) = (self.expression(ty, depth), self.expression(ty, depth));
				if operator.starts_with("div_") || operator.starts_with("rem_") {
					// Mostly not by zero.
					let b = if self.choose(16) == 15 { b } else { format!("({name}.or {b} ({name}.const 1))") };
					return format!("({name}.{operator} {a} {b})");
				}
				format!("({name}.{operator} {a} {b})")
			},
		}
	}

	/// An expression of type `ty` from operands of other types.
	fn other(&mut self, ty: Ty, depth: usize) -> String {
		match ty {
			I32 => match self.choose(9) {
				0 => {
					let of = TYPES[self.choose(4)];
					let operator = match of {
						I32 | I64 => {
							self.pick(&["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"])
						},
						_ => self.pick(&["eq", "ne", "lt", "gt", "le", "ge"]),
					};
					format!("({}.{operator} {} {})", of.name(), self.expression(of, depth), self.expression(of, depth))
				},
				1 => format!("(i32.wrap_i64 {})", self.expression(I64, depth)),
				2 => format!("(i32.reinterpret_f32 {})", self.expression(F32, depth)),
				3 => {
					let from = if self.choose(2) == 0 { F32 } else { F64 };
					let kind = if self.choose(20) == 19 { "trunc" } else { "trunc_sat" };
					format!("(i32.{kind}_{}_{} {})", from.name(), self.pick(&["s", "u"]), self.expression(from, depth))
				},
				4 => {
					let callee = match self.choose(16) {
						15 => self.choose(FUNCTIONS),
						_ if self.function == 0 => return "(memory.size)".into(),
						_ => self.choose(self.function),
					};
					format!("(call $f{callee} {} {})", self.expression(I32, depth), self.expression(F64, depth))
				},
				5 => {
					let (a, b) = (self.expression(I32, depth), self.expression(F64, depth));
					let entry = match self.choose(16) {
						15 => format!("(i32.and {} (i32.const 7))", self.expression(I32, 0)),
						_ if self.function == 0 => return format!("(i32.eqz {a})"),
						_ => format!("(i32.const {})", self.choose(self.function)),
					};
					format!("(call_indirect (type $call) {a} {b} {entry})")
				},
				6 => format!("(memory.grow (i32.and {} (i32.const 1)))", self.expression(I32, depth)),
				7 => "(global.get $g0)".into(),
				_ => format!("(i64.eqz {})", self.expression(I64, depth)),
			},
			I64 => match self.choose(4) {
				0 => format!("(i64.extend_i32_{} {})", self.pick(&["s", "u"]), self.expression(I32, depth)),
				1 => format!("(i64.reinterpret_f64 {})", self.expression(F64, depth)),
				2 => {
					let from = if self.choose(2) == 0 { F32 } else { F64 };
					format!(
						"(i64.trunc_sat_{}_{} {})",
						from.name(),
						self.pick(&["s", "u"]),
						self.expression(from, depth)
					)
				},
				_ => format!("(call $other {})", self.expression(I64, depth)),
			},
			F32 => match self.choose(3) {
				0 => format!("(f32.reinterpret_i32 {})", self.expression(I32, depth)),
				1 => format!("(f32.demote_f64 {})", self.expression(F64, depth)),
				_ => self.converted(ty, depth),
			},
			F64 => match self.choose(4) {
				0 => format!("(f64.reinterpret_i64 {})", self.expression(I64, depth)),
				1 => format!("(f64.promote_f32 {})", self.expression(F32, depth)),
				2 => "(global.get $g1)".into(),
				_ => self.converted(ty, depth),
			},
		}
	}

	fn converted(&mut self, to: Ty, depth: usize) -> String {
		let from = if self.choose(2) == 0 { I32 } else { I64 };
		let sign = self.pick(&["s", "u"]);
		format!("({}.convert_{}_{sign} {})", to.name(), from.name(), self.expression(from, depth))
	}
}
