//! The guest that costs the arbiter most: what the weight of disputes is measured with.
//!
//! Found by trying, in the runtime, chains of every kind of instruction. Per byte, nothing takes longer to prepare and
//! translate than `memory.grow`, which the pass turns into ten instructions; per function, nothing than a short one with many
//! variables. Per gas, nothing takes longer to run than operations on one operand, since the variables that others
//! read have a price but take an interpreter no time.

use super::{bounds, MEMORY, UNIT};
use alloc::vec::Vec;
use wasm_encoder::{
	BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType, Module,
	TypeSection, ValType,
};

/// Operations between two looks at the gas.
const CHAIN: usize = 2_000;
/// Bytes of a short function in its two sections.
const SHORT: u32 = 6;
/// Bytes of everything but short and long functions, generously.
const FRAME: u32 = 128 + CHAIN as u32;
/// Bytes of a long function.
const LONG: u32 = bounds::MAX_BODY - 64;

/// A guest of at most `bytes` bytes, but of two kilobytes in any case, that takes as long as possible to prepare and
/// translate, and whose units take as long as possible to use up all gas that they get.
pub fn dearest(bytes: u32) -> Vec<u8> {
	let room = bytes.saturating_sub(FRAME);
	let most = (bounds::MAX_FUNCTIONS - 1 - bytes / LONG - 1).min(room / SHORT);
	let variables = bounds::MAX_ALL_LOCALS / bounds::MAX_FUNCTIONS - 1;

	let mut types = TypeSection::new();
	types.ty().function([ValType::I32], []);
	types.ty().function([], []);
	let mut functions = FunctionSection::new();
	let mut code = CodeSection::new();

	functions.function(0);
	let mut unit = Function::new([(1, ValType::I64)]);
	let mut chain = unit.instructions();
	chain.loop_(BlockType::Empty).local_get(1);
	for _ in 0..CHAIN {
		chain.i64_clz();
	}
	chain.local_set(1).br(0).end().end();
	code.function(&unit);

	for _ in 0..most {
		functions.function(1);
		let mut short = Function::new([(variables, ValType::I32)]);
		short.instructions().end();
		code.function(&short);
	}
	let mut left = room.saturating_sub(most.saturating_mul(SHORT));
	while left > 32 {
		let size = left.min(LONG);
		functions.function(1);
		let mut long = Function::new([]);
		let mut chain = long.instructions();
		chain.i32_const(0);
		for _ in 0..(size - 16) / 2 {
			chain.memory_grow(0);
		}
		chain.drop().end();
		code.function(&long);
		left = left.saturating_sub(size);
	}

	let mut memory = MemorySection::new();
	memory.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
	let mut exports = ExportSection::new();
	exports.export(MEMORY, ExportKind::Memory, 0).export(UNIT, ExportKind::Func, 0);
	let mut module = Module::new();
	module.section(&types).section(&functions).section(&memory).section(&exports).section(&code);
	module.finish()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{prepare, Engine, Interpreter, Limits, Outcome, Trap};

	#[test]
	fn dearest_should_be_a_guest_of_about_the_size_asked_for() {
		for bytes in [4_096, 30_000, 100_000, Limits::STANDARD.max_blob] {
			let guest = dearest(bytes);
			assert!(guest.len() <= bytes as usize, "{} for {bytes}", guest.len());
			assert!(guest.len() + 512 > bytes as usize, "{} for {bytes}", guest.len());
			prepare(&guest, &Limits::STANDARD).expect("a guest");
		}
		prepare(&dearest(0), &Limits::STANDARD).expect("a guest");
	}

	#[test]
	fn dearest_should_use_up_all_gas() {
		let engine = Interpreter::new();
		let guest = prepare(&dearest(30_000), &Limits::STANDARD).expect("a guest");
		let module = engine.compile(&guest).expect("compiles");
		let outcome = engine.run(&module, &[], 0, 100_000).expect("runs");
		assert_eq!(outcome, Outcome { result: Err(Trap::OutOfGas), gas: 100_000 });
	}
}
