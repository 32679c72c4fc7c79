//! Guests made from bytes: any bytes give a guest, the same bytes the same one.
//!
//! `wasm-smith` makes a module that is valid and otherwise anything: functions with several parameters, blocks, loops,
//! branch tables, direct and indirect calls, recursion, every instruction on numbers, variables and memory. Around
//! it comes what makes a guest of it (see [`Program`]): `unit` reads the input, calls the functions that the bits of the
//! index name with arguments out of the input, and writes their results, the globals and the first and the last page of
//! memory. So whatever a program computed is in its output.
//!
//! Left alone, most such modules would trap at their first access to memory. In a part of them that differs from program
//! to program, addresses, lengths and numbers of pages are therefore brought into range just before they are used.

use arbitrary::{Result, Unstructured};
use std::convert::Infallible;
use wasm_encoder::{
	reencode::{utils, Error, Reencode},
	CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
	FunctionSection, GlobalSection, ImportSection, InstructionSink, MemArg, MemorySection, MemoryType, Module,
	TableSection, TableType, TypeSection, ValType,
};
use wasm_smith::{Config, InstructionKind, InstructionKinds};
use wasmparser::{FuncType, FunctionBody, Operator, Parser, Payload};

/// A guest and what to run it on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program {
	/// The guest's module.
	pub blob: Vec<u8>,
	/// The input.
	pub input: Vec<u8>,
	/// The unit.
	pub index: u32,
	/// Whether the module may use features that guests may not use. If not, it is a guest.
	pub later: bool,
}

/// Pages of memory that programs may grow to if nothing else stops them. Runs with a limit of their own may have fewer.
const MAX_PAGES: u64 = 4;
/// Bytes at the beginning of memory into which the input is read, and out of which arguments are taken.
const INPUT: u32 = 64;
/// Where results are put to write them.
const SCRATCH: u32 = 65_536 - 256;
/// Where addresses are brought, if they are.
const ADDRESSES: i32 = 0x7fff;

/// The host's functions, in the order in which every program imports them.
const HOST: [(&str, u32, u32); 3] = [("input_len", 0, 1), ("input_read", 3, 0), ("output_write", 2, 0)];
const INPUT_LEN: u32 = 0;
const INPUT_READ: u32 = 1;
const OUTPUT_WRITE: u32 = 2;

/// Bits that floating-point arithmetic has trouble with, and integers at their ends.
const SPECIAL: [u64; 16] = [
	0,
	1,
	u64::MAX,
	0x8000_0000_8000_0000,
	0x7fff_ffff_7fff_ffff,
	0x8000_0000_0000_0000,
	0x7fc0_0000_ffc0_0000,
	0x7f80_0001_ffbf_ffff,
	0x7ff8_0000_0000_0000,
	0xfff8_0000_0000_0001,
	0x7ff0_0000_0000_0001,
	0x7ff0_0000_0000_0000,
	0xff80_0000_7f80_0000,
	0x0000_0001_8000_0001,
	0x3ff0_0000_3f80_0000,
	0xc3e0_0000_cf00_0000,
];

impl Program {
	/// The program of a seed. There is one for each.
	pub fn of_seed(seed: u64) -> Self {
		let mut attempts = 0..;
		loop {
			let mut random = Random(seed.wrapping_add(attempts.next().unwrap_or(0u64) << 48));
			let length = 300 + random.below(3_000);
			let choices: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
			if let Some(program) = Self::of_choices(&choices) {
				return program;
			}
		}
	}

	/// The program that is made with these choices. A few give none, because no guest has its shape.
	pub fn of_choices(choices: &[u8]) -> Option<Self> {
		make(&mut Unstructured::new(choices)).ok().flatten()
	}
}

/// Numbers that are none the less the same each time (SplitMix64).
struct Random(u64);

impl Random {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	fn below(&mut self, end: u64) -> u64 {
		self.next() % end
	}

	/// Whether it happens, in so many of 256 cases.
	fn happens(&mut self, cases: u64) -> bool {
		self.below(256) < cases
	}

	fn bytes(&mut self, count: u64) -> Vec<u8> {
		let mut bytes = Vec::new();
		while (bytes.len() as u64) < count {
			let word = if self.happens(128) { SPECIAL[self.below(16) as usize] } else { self.next() };
			bytes.extend(word.to_le_bytes());
		}
		bytes.truncate(count as usize);
		bytes
	}
}

fn make(u: &mut Unstructured<'_>) -> Result<Option<Program>> {
	let later = u.ratio(1, 20u8)?;
	let safe = u.ratio(2, 5u8)?;
	let mut random = Random(u.arbitrary()?);
	let tame = [0, 128, 250, 256][random.below(4) as usize];
	let index = match random.below(4) {
		0 => random.next() as u32,
		1 => 1 << random.below(8),
		_ => u32::MAX - random.below(256) as u32,
	};
	let input_bytes = 24 + random.below(100);
	let input = random.bytes(input_bytes);

	let module = wasm_smith::Module::new(config(later, safe), u)?.to_bytes();
	let Some(module) = Parsed::read(&module) else { return Ok(None) };
	Ok(module.guest(&mut random, tame).map(|blob| Program { blob, input, index, later }))
}

fn config(later: bool, safe: bool) -> Config {
	let mut kinds = vec![
		InstructionKind::Numeric,
		InstructionKind::Parametric,
		InstructionKind::Variable,
		InstructionKind::Memory,
		InstructionKind::Control,
	];
	if later {
		kinds.extend([InstructionKind::Vector, InstructionKind::Table]);
	}
	let mut config = Config::default();
	config.available_imports = Some(host_imports());
	config.allowed_instructions = InstructionKinds::new(&kinds);
	config.allow_start_export = false;
	config.bulk_memory_enabled = true;
	config.disallow_traps = safe;
	config.exceptions_enabled = false;
	config.extended_const_enabled = false;
	config.gc_enabled = false;
	// Segments are made here: those made there may be passive.
	config.max_data_segments = 0;
	config.max_element_segments = 0;
	config.max_exports = 0;
	config.min_funcs = 2;
	config.max_funcs = 9;
	config.min_globals = 1;
	config.max_globals = 8;
	config.max_instructions = 150;
	config.min_memories = 1;
	config.max_memory32_bytes = MAX_PAGES * 65_536;
	config.max_nesting_depth = 8;
	config.max_table_elements = 12;
	config.min_tables = 1;
	config.min_types = 2;
	config.max_types = 8;
	config.max_type_size = 100;
	config.memory64_enabled = false;
	config.multi_value_enabled = later;
	config.reference_types_enabled = false;
	config.relaxed_simd_enabled = false;
	config.simd_enabled = later;
	config.tail_call_enabled = later;
	config.threads_enabled = false;
	config
}

/// A module with nothing but the imports that a guest may have.
fn host_imports() -> Vec<u8> {
	let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
	for (index, (name, params, results)) in (0..).zip(HOST) {
		types.ty().function(i32s(params), i32s(results));
		imports.import("assay", name, EntityType::Function(index));
	}
	let mut module = Module::new();
	module.section(&types).section(&imports);
	module.finish()
}

fn i32s(count: u32) -> Vec<ValType> {
	vec![ValType::I32; count as usize]
}

/// What `wasm-smith` made.
#[derive(Default)]
struct Parsed<'a> {
	types: Vec<FuncType>,
	/// The host's function behind each import, and the import's type.
	imports: Vec<(u32, u32)>,
	functions: Vec<u32>,
	table: Option<wasmparser::TableType>,
	memory: Option<wasmparser::MemoryType>,
	globals: Vec<wasmparser::Global<'a>>,
	bodies: Vec<FunctionBody<'a>>,
}

/// The host's functions come before all others.
struct Shifted;

impl Reencode for Shifted {
	type Error = Infallible;

	fn function_index(&mut self, function: u32) -> u32 {
		function + HOST.len() as u32
	}
}

impl<'a> Parsed<'a> {
	/// `None` when no guest has such a shape.
	fn read(module: &'a [u8]) -> Option<Self> {
		let mut parsed = Self::default();
		for payload in Parser::new(0).parse_all(module) {
			match payload.ok()? {
				Payload::TypeSection(types) => {
					for ty in types.into_iter_err_on_gc_types() {
						let ty = ty.ok()?;
						// So many as `unit` and the bounds have room for.
						if ty.results().len() > 4 || ty.params().len() > 64 {
							return None;
						}
						parsed.types.push(ty);
					}
				},
				Payload::ImportSection(imports) => {
					for import in imports {
						let import = import.ok()?;
						let host = HOST.iter().position(|(name, ..)| *name == import.name)? as u32;
						let wasmparser::TypeRef::Func(ty) = import.ty else { return None };
						parsed.imports.push((host, ty));
					}
				},
				Payload::FunctionSection(functions) => {
					parsed.functions = functions.into_iter().collect::<std::result::Result<_, _>>().ok()?
				},
				Payload::TableSection(tables) => {
					parsed.table = tables.into_iter().next().and_then(|table| Some(table.ok()?.ty))
				},
				Payload::MemorySection(memories) => parsed.memory = memories.into_iter().next()?.ok(),
				Payload::GlobalSection(globals) => {
					parsed.globals = globals.into_iter().collect::<std::result::Result<_, _>>().ok()?
				},
				Payload::CodeSectionEntry(body) => parsed.bodies.push(body),
				_ => {},
			}
		}
		Some(parsed)
	}

	/// The guest around it.
	fn guest(&self, random: &mut Random, tame: u64) -> Option<Vec<u8>> {
		let own_types = self.types.len() as u32;
		let (mut types, mut imports, mut functions) =
			(TypeSection::new(), ImportSection::new(), FunctionSection::new());
		for ty in &self.types {
			let values = |types: &[wasmparser::ValType]| types.iter().map(|ty| Shifted.val_type(*ty).ok()).collect();
			let (params, results): (Option<Vec<_>>, Option<Vec<_>>) = (values(ty.params()), values(ty.results()));
			types.ty().function(params?, results?);
		}
		for (index, (name, params, results)) in (0..).zip(HOST) {
			types.ty().function(i32s(params), i32s(results));
			imports.import("assay", name, EntityType::Function(own_types + index));
		}
		let unit_type = own_types + HOST.len() as u32;
		types.ty().function([ValType::I32], []);

		let mut code = CodeSection::new();
		// What the module imported are functions of its own now, between it and the host.
		for (host, ty) in &self.imports {
			functions.function(*ty);
			code.function(&host_call(*host, random));
		}
		let table_size = self.table.map_or(0, |table| table.initial as u32);
		for (ty, body) in self.functions.iter().zip(&self.bodies) {
			functions.function(*ty);
			let params = self.types.get(*ty as usize)?.params().len() as u32;
			code.function(&tamed(body, params, table_size, random, tame).ok()?);
		}
		functions.function(unit_type);
		code.function(&self.unit()?);
		let unit = (HOST.len() + self.imports.len() + self.functions.len()) as u32;

		let mut tables = TableSection::new();
		if let Some(table) = self.table {
			tables.table(TableType {
				element_type: wasm_encoder::RefType::FUNCREF,
				minimum: table.initial,
				maximum: table.maximum,
				table64: false,
				shared: false,
			});
		}
		let memory = self.memory?;
		let pages = memory.initial.max(1);
		let mut memories = MemorySection::new();
		memories.memory(MemoryType {
			minimum: pages,
			maximum: memory.maximum.map(|maximum| maximum.max(pages)),
			memory64: false,
			shared: false,
			page_size_log2: None,
		});
		let mut globals = GlobalSection::new();
		for global in &self.globals {
			Shifted.parse_global(&mut globals, global.clone()).ok()?;
		}
		let mut exports = ExportSection::new();
		exports.export("memory", ExportKind::Memory, 0).export("unit", ExportKind::Func, unit);
		if random.happens(64) {
			exports.export("again", ExportKind::Func, unit);
		}

		let mut elements = ElementSection::new();
		if table_size > 0 {
			// Some entries, or all.
			let (offset, count) = if random.happens(128) {
				(0, table_size.into())
			} else {
				let offset = random.below(table_size.into()) as u32;
				(offset, random.below(u64::from(table_size - offset) + 1))
			};
			let entries: Vec<u32> = (0..count).map(|_| random.below(unit.into()) as u32).collect();
			elements.active(None, &ConstExpr::i32_const(offset as i32), Elements::Functions(entries.into()));
		}
		let mut data = DataSection::new();
		for _ in 0..random.below(3) {
			let count = random.below(200);
			let offset = random.below(pages * 65_536 - count);
			data.active(0, &ConstExpr::i32_const(offset as i32), random.bytes(count));
		}

		let mut module = Module::new();
		module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
		module.section(&globals).section(&exports).section(&elements).section(&code).section(&data);
		Some(module.finish())
	}

	/// `unit`.
	fn unit(&self) -> Option<Function> {
		let mut function = Function::new([(1, ValType::I32), (1, ValType::I64), (1, ValType::F32), (1, ValType::F64)]);
		let mut code = function.instructions();
		code.i32_const(0).i32_const(0).call(INPUT_LEN).i32_const(INPUT as i32).call(INPUT_LEN);
		code.i32_const(INPUT as i32).i32_lt_u().select().call(INPUT_READ);

		let first = (HOST.len() + self.imports.len()) as u32;
		for (number, ty) in (0..).zip(&self.functions) {
			let ty = self.types.get(*ty as usize)?;
			if !ty.params().iter().chain(ty.results()).all(|ty| is_number(*ty)) {
				continue;
			}
			code.local_get(0).i32_const(number % 32).i32_shr_u().i32_const(1).i32_and();
			code.if_(wasm_encoder::BlockType::Empty);
			for (place, param) in (0..).zip(ty.params()) {
				code.i32_const((8 * (place + number) % (INPUT as i32 - 8)).abs());
				load(&mut code, *param);
			}
			code.call(first + number as u32);
			for (place, result) in (0..4).zip(ty.results()).rev() {
				store_top(&mut code, SCRATCH + 8 * place, *result, 1);
			}
			write(&mut code, SCRATCH, 8 * ty.results().len() as u32);
			code.end();
		}
		let globals = (0..).zip(self.globals.iter().map(|global| global.ty.content_type));
		for (number, ty) in globals.filter(|(_, ty)| is_number(*ty)) {
			code.global_get(number);
			store_top(&mut code, SCRATCH + 8 * number, ty, 1);
		}
		write(&mut code, SCRATCH, 8 * self.globals.len() as u32);
		code.memory_size(0).i32_const(16).i32_shl().i32_const(65_536).i32_sub().i32_const(65_536).call(OUTPUT_WRITE);
		write(&mut code, 0, 65_536);
		code.end();
		Some(function)
	}
}

fn is_number(ty: wasmparser::ValType) -> bool {
	use wasmparser::ValType::*;
	matches!(ty, I32 | I64 | F32 | F64)
}

const AT: MemArg = MemArg { offset: 0, align: 0, memory_index: 0 };

fn load(code: &mut InstructionSink<'_>, ty: wasmparser::ValType) {
	match ty {
		wasmparser::ValType::I64 => code.i64_load(AT),
		wasmparser::ValType::F32 => code.f32_load(AT),
		wasmparser::ValType::F64 => code.f64_load(AT),
		_ => code.i32_load(AT),
	};
}

/// Take the value on top of the stack and store it, by way of the variables for the four types that begin at `temporary`.
fn store_top(code: &mut InstructionSink<'_>, address: u32, ty: wasmparser::ValType, temporary: u32) {
	let temporary = temporary + temporary_of(ty);
	code.local_set(temporary).i32_const(address as i32).local_get(temporary);
	match ty {
		wasmparser::ValType::I64 => code.i64_store(AT),
		wasmparser::ValType::F32 => code.f32_store(AT),
		wasmparser::ValType::F64 => code.f64_store(AT),
		_ => code.i32_store(AT),
	};
}

fn temporary_of(ty: wasmparser::ValType) -> u32 {
	match ty {
		wasmparser::ValType::I64 => 1,
		wasmparser::ValType::F32 => 2,
		wasmparser::ValType::F64 => 3,
		_ => 0,
	}
}

fn write(code: &mut InstructionSink<'_>, address: u32, length: u32) {
	code.i32_const(address as i32).i32_const(length as i32).call(OUTPUT_WRITE);
}

/// A function that calls one of the host's, mostly with arguments in range.
fn host_call(host: u32, random: &mut Random) -> Function {
	let masks: &[i32] = match (host, random.below(8)) {
		(INPUT_READ, 0) => &[ADDRESSES, 0xff, 0xf],
		(INPUT_READ, 1) => &[-1, 0xf, 0xf],
		(INPUT_READ, 2) => &[-1, -1, -1],
		(INPUT_READ, _) => &[ADDRESSES, 0xf, 0x7],
		(OUTPUT_WRITE, 0) => &[ADDRESSES, -1],
		(OUTPUT_WRITE, 1) => &[-1, 0xff],
		(OUTPUT_WRITE, 2..5) => &[0xff, 0xffff],
		(OUTPUT_WRITE, _) => &[ADDRESSES, 0x3f],
		_ => &[],
	};
	let mut function = Function::new([]);
	let mut code = function.instructions();
	for (param, mask) in (0..).zip(masks) {
		code.local_get(param).i32_const(*mask).i32_and();
	}
	code.call(host).end();
	function
}

/// A call of one of the host's functions that leaves nothing behind, mostly with arguments in range.
fn call_host(code: &mut InstructionSink<'_>, random: &mut Random) {
	let wild = random.happens(32);
	let place = random.below(ADDRESSES as u64) as i32;
	match (random.below(3), wild) {
		(0, _) => code.call(INPUT_LEN).drop(),
		(1, false) => code.i32_const(place).i32_const(random.below(16) as i32).i32_const(8).call(INPUT_READ),
		(1, true) => code.i32_const(place).i32_const(random.next() as i32).i32_const(8).call(INPUT_READ),
		(_, false) => code.i32_const(place).i32_const(random.below(64) as i32).call(OUTPUT_WRITE),
		// All of the first page: some of these and there is no room for more.
		(_, true) => code.i32_const(0).i32_const(65_536).call(OUTPUT_WRITE),
	};
}

/// A function's body in which operands are brought into range before some of the instructions that could trap.
fn tamed(
	body: &FunctionBody<'_>,
	params: u32,
	table_size: u32,
	random: &mut Random,
	tame: u64,
) -> std::result::Result<Function, Error<Infallible>> {
	let mut locals = Vec::new();
	let mut temporary = params;
	for group in body.get_locals_reader()? {
		let (count, ty) = group?;
		temporary += count;
		locals.push((count, Shifted.val_type(ty)?));
	}
	locals.extend([(1, ValType::I32), (1, ValType::I64), (1, ValType::F32), (1, ValType::F64), (1, ValType::I32)]);
	let (first, second) = (temporary, temporary + 4);

	let mut function = Function::new(locals);
	for operator in body.get_operators_reader()? {
		let operator = operator?;
		// Code on numbers alone would hardly ever find the operands of one of the host's functions on its stack.
		if random.happens(2) {
			call_host(&mut function.instructions(), random);
		}
		if random.happens(tame) {
			let mut code = function.instructions();
			match (operand_of_store(&operator), &operator) {
				(Some(ty), _) => {
					let value = temporary + temporary_of(ty);
					code.local_set(value).i32_const(ADDRESSES).i32_and().local_get(value);
				},
				(None, operator) if is_load(operator) => {
					code.i32_const(ADDRESSES).i32_and();
				},
				(None, Operator::MemoryGrow { .. }) => {
					code.i32_const(1).i32_and();
				},
				(None, Operator::MemoryFill { .. } | Operator::MemoryCopy { .. }) => {
					code.local_set(first).local_set(second).i32_const(ADDRESSES).i32_and();
					code.local_get(second).i32_const(ADDRESSES).i32_and();
					code.local_get(first).i32_const(0xff).i32_and();
				},
				(None, Operator::CallIndirect { .. }) if table_size > 0 => {
					code.i32_const(table_size as i32).i32_rem_u();
				},
				_ => {},
			}
		}
		function.instruction(&utils::instruction(&mut Shifted, operator)?);
	}
	Ok(function)
}

/// The type of the value that the instruction stores, if it does.
fn operand_of_store(operator: &Operator<'_>) -> Option<wasmparser::ValType> {
	use wasmparser::ValType;
	use Operator::*;
	Some(match operator {
		I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } => ValType::I32,
		I64Store { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => ValType::I64,
		F32Store { .. } => ValType::F32,
		F64Store { .. } => ValType::F64,
		_ => return None,
	})
}

fn is_load(operator: &Operator<'_>) -> bool {
	use Operator::*;
	matches!(
		operator,
		I32Load { .. }
			| I64Load { .. }
			| F32Load { .. }
			| F64Load { .. }
			| I32Load8S { .. }
			| I32Load8U { .. }
			| I32Load16S { .. }
			| I32Load16U { .. }
			| I64Load8S { .. }
			| I64Load8U { .. }
			| I64Load16S { .. }
			| I64Load16U { .. }
			| I64Load32S { .. }
			| I64Load32U { .. }
	)
}
