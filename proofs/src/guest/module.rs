//! The reading of a module section by section, and its rewriting.
//!
//! Nothing is renumbered: what the pass adds, two globals, comes after what is there. So sections that it
//! has no business in are copied as they are, and code keeps all its indices.

use super::{
	bounded, bounds, gas,
	meter::{self, Globals},
	GuestError, Limits, GAS_LEFT, HOST, MEMORY, STACK_LEFT, UNIT,
};
use crate::Gas;
use alloc::{string::ToString, vec::Vec};
use wasm_encoder::{
	BlockType, CodeSection, ConstExpr, Encode, ExportKind, ExportSection, GlobalType, MemorySection, MemoryType,
	Module, RawSection, SectionId, ValType,
};
use wasmparser::{
	Data, DataKind, Element, ElementItems, ElementKind, ExternalKind, FuncType, FuncValidatorAllocations, Operator,
	Parser, Payload, SectionLimited, TypeRef, ValidPayload, Validator, WasmFeatures,
};

/// Bytes of a page of memory.
const PAGE_BYTES: u64 = 64 * 1024;

/// What the validator lets through. The pass refuses what it does not know the price of on top of that.
///
/// Functions and blocks with several results, and blocks with parameters, are not among it: the interpreter compiles some
/// of them wrongly, and others in quadratic time (docs/adr/0022).
const FEATURES: WasmFeatures = WasmFeatures::WASM1
	.union(WasmFeatures::SIGN_EXTENSION)
	.union(WasmFeatures::SATURATING_FLOAT_TO_INT)
	.union(WasmFeatures::BULK_MEMORY);

/// Check the module, rewrite it, and tell what a fresh instance of it costs.
pub(super) fn rewrite(blob: &[u8], limits: &Limits) -> Result<(Vec<u8>, Gas), GuestError> {
	let mut validator = Validator::new_with_features(FEATURES);
	let mut allocations = FuncValidatorAllocations::default();
	let mut guest = Guest::default();
	// The parser too: some features allow other encodings of the same instruction, which engines would refuse.
	let mut parser = Parser::new(0);
	parser.set_features(FEATURES);
	for payload in parser.parse_all(blob) {
		let payload = payload?;
		if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
			let results = guest.results_of(function.ty)?;
			let globals = guest.added_globals();
			let mut function = function.into_validator(allocations);
			guest.code.raw(&meter::function(blob, &body, &mut function, results, globals)?);
			let locals = guest.locals.saturating_add(function.len_locals());
			guest.locals = bounded("variables in all functions", locals.into(), bounds::MAX_ALL_LOCALS)?;
			allocations = function.into_allocations();
		} else {
			guest.section(&payload, blob, limits)?;
		}
	}
	guest.finish(limits)
}

/// What is known of a module so far. Sections come in their fixed order.
#[derive(Default)]
struct Guest<'a> {
	types: Vec<FuncType>,
	raw_types: Option<&'a [u8]>,
	imports: Option<&'a [u8]>,
	/// Types of all functions, imported ones first.
	functions: Vec<u32>,
	raw_functions: Option<&'a [u8]>,
	tables: Option<&'a [u8]>,
	table_size: u32,
	memory: Option<(u64, u64)>,
	/// Variables of all functions so far.
	locals: u32,
	globals: u32,
	raw_globals: &'a [u8],
	exports_memory: bool,
	unit: Option<u32>,
	elements: Option<&'a [u8]>,
	code: CodeSection,
	data: Option<&'a [u8]>,
	data_bytes: u64,
}

impl<'a> Guest<'a> {
	/// Take in one section other than the code's entries.
	fn section(&mut self, payload: &Payload<'a>, blob: &'a [u8], limits: &Limits) -> Result<(), GuestError> {
		match payload {
			Payload::TypeSection(reader) => {
				bounded("function types", reader.count().into(), bounds::MAX_TYPES)?;
				self.raw_types = blob.get(reader.range());
				for ty in reader.clone().into_iter_err_on_gc_types() {
					let ty = ty?;
					bounded("parameters of one type", ty.params().len() as u64, bounds::MAX_PARAMS)?;
					self.types.push(ty);
				}
			},
			Payload::ImportSection(reader) => {
				bounded("imports", reader.count().into(), bounds::MAX_IMPORTS)?;
				self.imports = blob.get(reader.range());
				for import in reader.clone() {
					let import = import?;
					let host = match (import.module, import.name) {
						(HOST, "input_len") => Some((0, 1)),
						(HOST, "input_read") => Some((3, 0)),
						(HOST, "output_write") => Some((2, 0)),
						_ => None,
					};
					let Some((params, results)) = host else {
						return Err(GuestError::UnknownImport {
							module: import.module.to_string(),
							name: import.name.to_string(),
						});
					};
					match import.ty {
						TypeRef::Func(index) if self.has_type(index, params, results) => self.functions.push(index),
						_ => return Err(GuestError::ImportType { name: import.name.to_string() }),
					}
				}
			},
			Payload::FunctionSection(reader) => {
				bounded("functions", reader.count().into(), bounds::MAX_FUNCTIONS)?;
				self.raw_functions = blob.get(reader.range());
				for index in reader.clone() {
					self.functions.push(index?);
				}
			},
			Payload::TableSection(reader) => {
				bounded("tables", reader.count().into(), 1)?;
				self.tables = blob.get(reader.range());
				for table in reader.clone() {
					self.table_size = bounded("table entries", table?.ty.initial, bounds::MAX_TABLE)?;
				}
			},
			Payload::MemorySection(reader) => {
				for memory in reader.clone() {
					let memory = memory?;
					let max = limits.max_memory_pages;
					if memory.initial > max.into() {
						return Err(GuestError::MemoryTooLarge { pages: memory.initial, max });
					}
					let maximum = memory.maximum.unwrap_or(u64::MAX).min(max.into());
					self.memory = Some((memory.initial, maximum));
				}
			},
			Payload::GlobalSection(reader) => {
				self.globals = bounded("globals", reader.count().into(), bounds::MAX_GLOBALS)?;
				self.raw_globals = entries(reader, blob);
			},
			Payload::ExportSection(reader) => {
				bounded("exports", reader.count().into(), bounds::MAX_EXPORTS)?;
				for export in reader.clone() {
					let export = export?;
					match (export.name, export.kind) {
						(MEMORY, ExternalKind::Memory) => self.exports_memory = true,
						(UNIT, ExternalKind::Func) => self.unit = Some(export.index),
						_ => {},
					}
				}
			},
			Payload::StartSection { .. } => return Err(GuestError::StartFunction),
			Payload::ElementSection(reader) => {
				bounded("element segments", reader.count().into(), bounds::MAX_SEGMENTS)?;
				self.elements = blob.get(reader.range());
				for element in reader.clone() {
					self.check_element(&element?)?;
				}
			},
			Payload::DataSection(reader) => {
				bounded("data segments", reader.count().into(), bounds::MAX_SEGMENTS)?;
				self.data = blob.get(reader.range());
				for data in reader.clone() {
					self.check_data(&data?)?;
				}
			},
			// Of no effect without the instructions that name passive segments, and names and debug information.
			Payload::DataCountSection { .. } | Payload::CustomSection(_) => {},
			Payload::Version { .. } | Payload::CodeSectionStart { .. } | Payload::End(_) => {},
			_ => return Err(GuestError::Unsupported { what: "a section of a later feature", offset: 0 }),
		}
		Ok(())
	}

	/// An element segment must be written into the table when the module is instantiated, and fit. As the passive kind
	/// is of no use to guests, engines then cannot disagree on when it traps.
	fn check_element(&self, element: &Element<'_>) -> Result<(), GuestError> {
		let offset = element.range.start as u64;
		let unsupported = |what| GuestError::Unsupported { what, offset };
		let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
			return Err(unsupported("a passive element segment"));
		};
		let ElementItems::Functions(functions) = &element.items else {
			return Err(unsupported("element expressions"));
		};
		let start = constant(offset_expr)?.ok_or_else(|| unsupported("a computed segment offset"))?;
		if u64::from(start) + u64::from(functions.count()) > self.table_size.into() {
			return Err(GuestError::SegmentOutOfBounds { offset });
		}
		Ok(())
	}

	/// The same for a data segment and the memory.
	fn check_data(&mut self, data: &Data<'_>) -> Result<(), GuestError> {
		let offset = data.range.start as u64;
		let unsupported = |what| GuestError::Unsupported { what, offset };
		let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else {
			return Err(unsupported("a passive data segment"));
		};
		let start = constant(offset_expr)?.ok_or_else(|| unsupported("a computed segment offset"))?;
		let (pages, _) = self.memory.unwrap_or_default();
		if u64::from(start) + data.data.len() as u64 > pages * PAGE_BYTES {
			return Err(GuestError::SegmentOutOfBounds { offset });
		}
		self.data_bytes += data.data.len() as u64;
		Ok(())
	}

	/// Whether type `index` takes so many `i32` and returns so many.
	fn has_type(&self, index: u32, params: usize, results: usize) -> bool {
		let all_i32 = |types: &[wasmparser::ValType]| types.iter().all(|ty| *ty == wasmparser::ValType::I32);
		self.types.get(index as usize).is_some_and(|ty| {
			(ty.params().len(), ty.results().len()) == (params, results)
				&& all_i32(ty.params())
				&& all_i32(ty.results())
		})
	}

	/// Type of a block that leaves what functions of type `index` return.
	fn results_of(&self, index: u32) -> Result<BlockType, GuestError> {
		let unsupported = || GuestError::Unsupported { what: "a type of a later feature", offset: 0 };
		let ty = self.types.get(index as usize).ok_or_else(unsupported)?;
		match ty.results() {
			[] => Ok(BlockType::Empty),
			[result] => val_type(*result).map(BlockType::Result).ok_or_else(unsupported),
			// The validator refused the type before.
			_ => Err(unsupported()),
		}
	}

	fn added_globals(&self) -> Globals {
		Globals { gas: self.globals, stack: self.globals + 1 }
	}

	/// Put the module together.
	fn finish(self, limits: &Limits) -> Result<(Vec<u8>, Gas), GuestError> {
		let (pages, max_pages) = self.memory.filter(|_| self.exports_memory).ok_or(GuestError::NoMemory)?;
		let unit = self
			.unit
			.filter(|unit| self.functions.get(*unit as usize).is_some_and(|ty| self.has_type(*ty, 1, 0)))
			.ok_or(GuestError::NoUnit)?;
		let Globals { gas: gas_global, stack: stack_global } = self.added_globals();

		let mut memories = MemorySection::new();
		memories.memory(MemoryType {
			minimum: pages,
			maximum: Some(max_pages),
			memory64: false,
			shared: false,
			page_size_log2: None,
		});

		let mut globals = Vec::with_capacity(self.raw_globals.len() + 16);
		(self.globals + 2).encode(&mut globals);
		globals.extend(self.raw_globals);
		let mut global = |val_type, value: ConstExpr| {
			GlobalType { val_type, mutable: true, shared: false }.encode(&mut globals);
			value.encode(&mut globals);
		};
		// The host sets it before it calls `unit`.
		global(ValType::I64, ConstExpr::i64_const(0));
		global(ValType::I32, ConstExpr::i32_const(limits.max_stack as i32));

		let mut exports = ExportSection::new();
		exports
			.export(MEMORY, ExportKind::Memory, 0)
			.export(UNIT, ExportKind::Func, unit)
			.export(GAS_LEFT, ExportKind::Global, gas_global)
			.export(STACK_LEFT, ExportKind::Global, stack_global);

		let mut module = Module::new();
		let copy = |module: &mut Module, id: SectionId, data: Option<&[u8]>| {
			if let Some(data) = data {
				module.section(&RawSection { id: id.into(), data });
			}
		};
		copy(&mut module, SectionId::Type, self.raw_types);
		copy(&mut module, SectionId::Import, self.imports);
		copy(&mut module, SectionId::Function, self.raw_functions);
		copy(&mut module, SectionId::Table, self.tables);
		module.section(&memories);
		copy(&mut module, SectionId::Global, Some(&globals));
		module.section(&exports);
		copy(&mut module, SectionId::Element, self.elements);
		module.section(&self.code);
		copy(&mut module, SectionId::Data, self.data);

		let start = gas::START + pages * gas::PAGE + self.data_bytes / 8 + Gas::from(self.table_size);
		Ok((module.finish(), start))
	}
}

/// The bytes of a section behind the count of its entries.
fn entries<'a, T: wasmparser::FromReader<'a>>(reader: &SectionLimited<'a, T>, blob: &'a [u8]) -> &'a [u8] {
	// A fresh reader stands before the first entry.
	blob.get(reader.original_position()..reader.range().end).unwrap_or_default()
}

/// The value of a constant expression if it is nothing but an `i32.const`.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<Option<u32>, GuestError> {
	let mut operators = expression.get_operators_reader();
	let value = match operators.read()? {
		Operator::I32Const { value } => Some(value as u32),
		_ => None,
	};
	Ok(value.filter(|_| matches!(operators.read(), Ok(Operator::End))))
}

fn val_type(ty: wasmparser::ValType) -> Option<ValType> {
	match ty {
		wasmparser::ValType::I32 => Some(ValType::I32),
		wasmparser::ValType::I64 => Some(ValType::I64),
		wasmparser::ValType::F32 => Some(ValType::F32),
		wasmparser::ValType::F64 => Some(ValType::F64),
		_ => None,
	}
}
