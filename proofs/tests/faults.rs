//! Code that the interpreter is known to translate wrongly: the pass refuses it, or writes it in another way.
//!
//! The programs are run without the pass, too, and must still go wrong there. When another version of the interpreter does
//! them right, the rule that keeps them away can be looked at again.

// Clippy knows functions marked as tests, and not what they call.
#![allow(clippy::expect_used, clippy::panic)]

use assay_proofs::{prepare, Engine, GuestError, Interpreter, Limits, Outcome};

/// A module whose `unit` runs this code, which has `$index` and the variables `$a` and `$b`, and then gives `$a` and `$b`.
fn module(code: &str) -> Vec<u8> {
	let text = format!(
		r#"(module
			(import "assay" "output_write" (func $output_write (param i32 i32)))
			(memory (export "memory") 1)
			(func (export "unit") (param $index i32)
				(local $a i32) (local $b i32)
				{code}
				(i32.store (i32.const 0) (local.get $a))
				(i32.store (i32.const 4) (local.get $b))
				(call $output_write (i32.const 0) (i32.const 8))))"#
	);
	wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What the interpreter alone makes of it: `$a` and `$b`.
fn without_pass(module: &[u8], index: i32) -> [i32; 2] {
	let engine = wasmi::Engine::default();
	let module = wasmi::Module::new(&engine, module).expect("it is valid");
	let mut linker = wasmi::Linker::new(&engine);
	linker.func_wrap("assay", "output_write", |_: i32, _: i32| ()).expect("there is none of that name");
	let mut store = wasmi::Store::new(&engine, ());
	let instance = linker.instantiate_and_start(&mut store, &module).expect("nothing is missing");
	let unit = instance.get_typed_func::<i32, ()>(&store, "unit").expect("it is exported");
	unit.call(&mut store, index).expect("it does not trap");
	let memory = instance.get_memory(&store, "memory").expect("it is exported");
	let data = memory.data(&store);
	[0, 4].map(|at| i32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes")))
}

/// Values that a branch carries stay where they are when its targets are equally high, but are looked for elsewhere.
const BRANCH_TABLE: &str = "(block $outer (result i32 i32)
		(block $inner (result i32 i32)
			(i32.const 77)
			(local.get $index)
			(i32.const 2)
			(br_table $inner $outer (local.get $index))))
	(local.set $b) (local.set $a)";

/// A variable that lies on the stack under a block's parameter is not kept from changes in the block.
fn under_parameter(open: &str, close: &str) -> String {
	format!(
		"(local.set $a (i32.const 4660))
		local.get $a
		i32.const 7
		{open}
			drop
			local.get $index
			br_if 0
			i32.const 5
			local.set $a
		{close}
		local.set $a"
	)
}

#[test]
fn programs_should_be_refused_when_the_interpreter_gets_several_values_wrong() {
	let right_branch: fn(i32) -> [i32; 2] = |index| [index, 2];
	let right_block: fn(i32) -> [i32; 2] = |_| [4660, 0];
	let cases = [
		(BRANCH_TABLE.to_string(), right_branch),
		(under_parameter("block (param i32)", "end"), right_block),
		(under_parameter("local.get $b i32.eqz if (param i32)", "else drop end"), right_block),
	];
	for (code, right) in cases {
		let module = module(&code);
		let given: Vec<_> = (0..3).map(|index| without_pass(&module, index)).collect();
		println!("{given:?}");
		assert_ne!(given, (0..3).map(right).collect::<Vec<_>>(), "no longer wrong: {code}");
		match prepare(&module, &Limits::STANDARD) {
			Err(GuestError::Invalid { message, .. }) => assert!(message.contains("multi-value"), "{message}"),
			other => panic!("{other:?}: {code}"),
		}
	}
}

#[test]
fn programs_should_be_right_when_the_pass_writes_in_another_way_what_the_interpreter_gets_wrong() {
	// The condition is a comparison of a variable with zero; before it, something else was computed.
	let code = "(local.set $b (i32.add (local.get $index) (i32.const 3)))
		(local.set $a (select (i32.const 11) (i32.const 22) (i32.eqz (local.get $index))))";
	let module = module(code);
	let right = |index: i32| [if index == 0 { 11 } else { 22 }, index + 3];
	let given: Vec<_> = (0..3).map(|index| without_pass(&module, index)).collect();
	println!("{given:?}");
	assert_ne!(given, (0..3).map(right).collect::<Vec<_>>(), "no longer wrong");

	let guest = prepare(&module, &Limits::STANDARD).expect("a good guest");
	let engine = Interpreter::new();
	let compiled = engine.compile(&guest).expect("it compiles");
	for index in 0..3 {
		let Outcome { result, .. } = engine.run(&compiled, &[], index, 1_000_000).expect("it runs");
		assert_eq!(result, Ok(right(index as i32).map(i32::to_le_bytes).concat()), "index {index}");
	}
}
