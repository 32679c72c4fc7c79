//! Modules of somebody who wishes the network ill: broken ones, and valid ones that want to cost more than they pay.

use wasm_encoder::{
	BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, Encode, ExportKind,
	ExportSection, Function, FunctionSection, InstructionSink, MemorySection, MemoryType, Module, TableSection,
	TableType, TypeSection, ValType,
};

/// A module made to do harm.
#[derive(Clone, Debug)]
pub struct Hostile {
	/// What it tries.
	pub name: &'static str,
	/// The module.
	pub blob: Vec<u8>,
	/// What must come of it.
	pub expected: Expected,
}

/// What must come of a hostile module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
	/// It is no guest; the message has this text in it.
	Refused(&'static str),
	/// It is a guest as good as any, and its work is bounded and paid for.
	Taken,
}

/// Most bytes that a blob may have, and a few less, so that what is around the bulk has room.
const LARGE: usize = 256 * 1024 - 512;
/// Most bytes of one function, and so much less that two of them fit into a blob.
const BODY: usize = 128 * 1024 - 1024;

/// Most variables of one function times its instructions.
const LIVE: u32 = 1 << 24;

/// All hostile modules.
pub fn hostile() -> Vec<Hostile> {
	[broken(), endless(), hungry(), nested(), wide(), slow_to_check(), slow_to_compile()].concat()
}

fn refused(name: &'static str, why: &'static str, blob: Vec<u8>) -> Hostile {
	Hostile { name, blob, expected: Expected::Refused(why) }
}

fn taken(name: &'static str, blob: Vec<u8>) -> Hostile {
	Hostile { name, blob, expected: Expected::Taken }
}

/// Type, function and memory of the smallest guest: `unit` is function 0, of type 0.
struct Guest {
	types: TypeSection,
	functions: FunctionSection,
	tables: TableSection,
	pages: u64,
	elements: ElementSection,
	code: CodeSection,
	data: DataSection,
	customs: Vec<usize>,
}

impl Guest {
	/// With this code in `unit`, up to its `end`.
	fn new(code: impl FnOnce(&mut InstructionSink<'_>)) -> Self {
		Self::with_variables([], code)
	}

	fn with_variables<const N: usize>(
		variables: [(u32, ValType); N],
		code: impl FnOnce(&mut InstructionSink<'_>),
	) -> Self {
		let mut guest = Self {
			types: TypeSection::new(),
			functions: FunctionSection::new(),
			tables: TableSection::new(),
			pages: 1,
			elements: ElementSection::new(),
			code: CodeSection::new(),
			data: DataSection::new(),
			customs: Vec::new(),
		};
		guest.ty(&[ValType::I32], &[]);
		guest.function(0, variables, code);
		guest
	}

	fn ty(&mut self, params: &[ValType], results: &[ValType]) {
		self.types.ty().function(params.iter().copied(), results.iter().copied());
	}

	fn function<const N: usize>(
		&mut self,
		ty: u32,
		variables: [(u32, ValType); N],
		code: impl FnOnce(&mut InstructionSink<'_>),
	) {
		let mut function = Function::new(variables);
		let mut sink = function.instructions();
		code(&mut sink);
		sink.end();
		self.functions.function(ty);
		self.code.function(&function);
	}

	fn finish(self) -> Vec<u8> {
		let mut memories = MemorySection::new();
		memories.memory(MemoryType {
			minimum: self.pages,
			maximum: None,
			memory64: false,
			shared: false,
			page_size_log2: None,
		});
		let mut exports = ExportSection::new();
		exports.export("memory", ExportKind::Memory, 0).export("unit", ExportKind::Func, 0);
		let mut module = Module::new();
		module.section(&self.types).section(&self.functions).section(&self.tables).section(&memories).section(&exports);
		module.section(&self.elements).section(&self.code).section(&self.data);
		for length in self.customs {
			module.section(&CustomSection { name: "".into(), data: vec![0; length].into() });
		}
		module.finish()
	}
}

/// A module of this one section after another: their numbers and contents.
fn sections(sections: &[(u8, &[u8])]) -> Vec<u8> {
	let mut module = b"\0asm\x01\0\0\0".to_vec();
	for (id, content) in sections {
		module.push(*id);
		content.encode(&mut module);
	}
	module
}

/// `u32::MAX` as modules have it.
const MOST: &[u8] = b"\xff\xff\xff\xff\x0f";
/// One function of type 0, which takes nothing and returns nothing.
const TYPE: (u8, &[u8]) = (1, b"\x01\x60\0\0");
const FUNCTION: (u8, &[u8]) = (3, b"\x01\0");

fn broken() -> Vec<Hostile> {
	let good = Guest::new(|_| ()).finish();
	let invalid = "not a valid guest";
	let mut cases = vec![
		refused("nothing", "no WebAssembly module", Vec::new()),
		refused("a header and no more", "exports no", sections(&[])),
		refused(
			"a section longer than the file",
			invalid,
			[&sections(&[]), b"\x01\xff\xff\xff\x7f".as_slice()].concat(),
		),
		refused("a length of six bytes", invalid, [&sections(&[]), b"\x01\x80\x80\x80\x80\x80\0".as_slice()].concat()),
		refused("sections out of order", invalid, sections(&[FUNCTION, TYPE])),
		refused("a section twice", invalid, sections(&[TYPE, TYPE])),
		refused("a section of no kind", invalid, sections(&[(99, b"")])),
		refused("functions without code", invalid, sections(&[TYPE, FUNCTION])),
		refused("code without functions", invalid, sections(&[TYPE, (10, b"\x01\x02\0\x0b")])),
		refused("a body longer than its section", invalid, sections(&[TYPE, FUNCTION, (10, b"\x01\x7f\0\x0b")])),
		refused("a body without end", invalid, sections(&[TYPE, FUNCTION, (10, b"\x01\x02\0\x01")])),
		refused("a name that is no text", invalid, sections(&[(2, b"\x01\x01\xff\x01\xff\0\0")])),
		refused("a name longer than the file", invalid, sections(&[(2, &[b"\x01".as_slice(), MOST].concat())])),
		refused("a type of no function", invalid, sections(&[TYPE, (3, b"\x01\x09")])),
		refused("a blob one byte too large", "at most 262144", [good.as_slice(), &vec![0; 256 * 1024]].concat()),
	];
	// Counts of what does not follow, which nothing may be set aside for.
	for (name, id) in [
		("types without number", 1),
		("imports without number", 2),
		("functions without number", 3),
		("tables without number", 4),
		("memories without number", 5),
		("globals without number", 6),
		("exports without number", 7),
		("elements without number", 9),
		("bodies without number", 10),
		("data without number", 11),
	] {
		let blob = match id {
			1 => sections(&[(id, MOST)]),
			10 => sections(&[TYPE, FUNCTION, (id, MOST)]),
			_ => sections(&[TYPE, (id, MOST)]),
		};
		cases.push(refused(name, "", blob));
	}
	let body = |code: &[u8]| {
		let mut section = vec![1];
		code.encode(&mut section);
		sections(&[TYPE, FUNCTION, (10, &section)])
	};
	cases.push(refused("variables without number", "", body(&[b"\x01", MOST, b"\x7f\x0b"].concat())));
	cases.push(refused("groups of variables without number", "", body(&[MOST, b"\x0b"].concat())));
	cases.push(refused("branch targets without number", "", body(&[b"\0\x41\0\x0e", MOST, b"\0\x0b"].concat())));
	cases
}

fn endless() -> Vec<Hostile> {
	let recursion = |params: &[ValType]| {
		let mut guest = Guest::new(|code| {
			params.iter().for_each(|_| {
				code.i64_const(7);
			});
			code.call(1);
		});
		guest.ty(params, &[]);
		guest.function(1, [], |code| {
			(0..params.len() as u32).for_each(|param| {
				code.local_get(param);
			});
			code.call(1);
		});
		guest.finish()
	};
	let mut two = Guest::new(|code| {
		code.call(1);
	});
	two.ty(&[], &[]);
	for callee in [2, 1] {
		two.function(1, [], |code| {
			code.call(callee);
		});
	}
	vec![
		taken(
			"a loop for ever",
			Guest::new(|code| {
				code.loop_(BlockType::Empty).br(0).end();
			})
			.finish(),
		),
		taken(
			"memory for ever",
			Guest::new(|code| {
				code.loop_(BlockType::Empty).i32_const(1).memory_grow(0).drop().br(0).end();
			})
			.finish(),
		),
		taken(
			"memory for ever, and none of it",
			Guest::new(|code| {
				code.loop_(BlockType::Empty).i32_const(0).memory_grow(0).drop().br(0).end();
			})
			.finish(),
		),
		taken(
			"all memory at once",
			Guest::new(|code| {
				code.i32_const(-1).memory_grow(0).drop();
			})
			.finish(),
		),
		taken("recursion", recursion(&[])),
		taken("recursion with many parameters", recursion(&[ValType::I64; 64])),
		taken("recursion of two", two.finish()),
	]
}

fn hungry() -> Vec<Hostile> {
	let with = |change: &dyn Fn(&mut Guest)| {
		let mut guest = Guest::new(|_| ());
		change(&mut guest);
		guest.finish()
	};
	let table = |entries: u64| TableType {
		element_type: wasm_encoder::RefType::FUNCREF,
		minimum: entries,
		maximum: None,
		table64: false,
		shared: false,
	};
	vec![
		refused("all memory there is", "pages of memory", with(&|guest| guest.pages = 65_536)),
		refused("a page more than allowed", "pages of memory", with(&|guest| guest.pages = 257)),
		taken("as much memory as allowed", with(&|guest| guest.pages = 256)),
		refused(
			"the largest table",
			"table entries",
			with(&|guest| {
				guest.tables.table(table(u32::MAX.into()));
			}),
		),
		taken(
			"the largest table allowed, filled again and again",
			with(&|guest| {
				guest.tables.table(table(16_384));
				let entries = vec![0; 16_384];
				for _ in 0..15 {
					guest.elements.active(
						None,
						&ConstExpr::i32_const(0),
						Elements::Functions(entries.as_slice().into()),
					);
				}
			}),
		),
		refused(
			"a table filled more often than allowed",
			"element segments",
			with(&|guest| {
				guest.tables.table(table(1));
				for _ in 0..1_001 {
					guest.elements.active(None, &ConstExpr::i32_const(0), Elements::Functions([].as_slice().into()));
				}
			}),
		),
		taken(
			"as much data as fits, in one place",
			with(&|guest| {
				for _ in 0..1_000 {
					guest.data.active(0, &ConstExpr::i32_const(0), vec![1; LARGE / 1_000 - 8]);
				}
			}),
		),
		refused(
			"data behind the end of memory",
			"does not fit",
			with(&|guest| {
				guest.data.active(0, &ConstExpr::i32_const(-1), [0; 2]);
			}),
		),
		taken("a large section that nobody reads", with(&|guest| guest.customs.push(LARGE))),
		taken("many small sections that nobody reads", with(&|guest| guest.customs = vec![0; LARGE / 4])),
	]
}

fn nested() -> Vec<Hostile> {
	let deep = |levels: u32, open: &dyn Fn(&mut InstructionSink<'_>)| {
		Guest::new(|code| {
			(0..levels).for_each(|_| open(code));
			(0..levels).for_each(|_| {
				code.end();
			});
		})
		.finish()
	};
	let block = |code: &mut InstructionSink<'_>| {
		code.block(BlockType::Empty);
	};
	let a_loop = |code: &mut InstructionSink<'_>| {
		code.loop_(BlockType::Empty);
	};
	let an_if = |code: &mut InstructionSink<'_>| {
		code.local_get(0).if_(BlockType::Empty);
	};
	let inside = "blocks inside one another";
	vec![
		taken("blocks as deep as allowed", deep(2_048, &block)),
		taken("loops as deep as allowed", deep(2_048, &a_loop)),
		taken("ifs as deep as allowed", deep(2_048, &an_if)),
		refused("blocks too deep", inside, deep(2_049, &block)),
		refused("blocks much too deep", inside, deep(40_000, &block)),
		refused("loops much too deep", inside, deep(40_000, &a_loop)),
		refused("ifs much too deep", inside, deep(25_000, &an_if)),
		refused(
			"operands much too deep",
			"operand stack",
			Guest::new(|code| {
				(0..30_000).for_each(|_| {
					code.i32_const(0);
				});
				code.unreachable();
			})
			.finish(),
		),
	]
}

fn wide() -> Vec<Hostile> {
	let functions = |count: u32, variables: u32| {
		let mut guest = Guest::new(|_| ());
		(0..count).for_each(|_| guest.function(0, [(variables, ValType::I64)], |_| ()));
		guest.finish()
	};
	let mut groups = Guest::new(|_| ());
	let mut function = Function::new((0..4_095).map(|_| (1, ValType::F32)));
	function.instructions().end();
	for _ in 0..31 {
		groups.functions.function(0);
		groups.code.function(&function);
	}
	vec![
		taken("as many functions as allowed", functions(3_999, 1)),
		taken("as many functions as allowed, with as many variables", functions(3_999, 31)),
		taken("as many variables as allowed, each on its own", groups.finish()),
		refused("too many functions", "functions", functions(4_000, 1)),
		refused("far too many functions", "functions", functions(40_000, 1)),
		refused("too many variables of all functions", "variables", functions(3_999, 32)),
		refused("too many variables", "variables", functions(1, 4_096)),
		refused("far too many variables", "", functions(1, 4_000_000_000)),
	]
}

fn slow_to_check() -> Vec<Hostile> {
	// Behind a jump any operand is there, and is checked none the less.
	let mut calls = Guest::new(|_| ());
	calls.ty(&[ValType::F64; 64], &[]);
	calls.function(1, [], |_| ());
	for _ in 0..2 {
		calls.function(0, [], |code| {
			code.unreachable();
			(0..BODY / 2).for_each(|_| {
				code.call(1);
			});
		});
	}
	let mut tables = Guest::new(|_| ());
	for _ in 0..2 {
		tables.function(0, [], |code| {
			code.block(BlockType::Result(ValType::I64)).unreachable();
			(0..15).for_each(|_| {
				code.br_table(vec![0; 8_192], 0);
			});
			code.end().drop();
		});
	}
	let mut branches = Guest::new(|_| ());
	for _ in 0..2 {
		branches.function(0, [], |code| {
			code.block(BlockType::Result(ValType::I64)).i64_const(0);
			(0..BODY / 4 - 8).for_each(|_| {
				code.local_get(0).br_if(0);
			});
			code.end().drop();
		});
	}
	let mut types = Guest::new(|_| ());
	(0..999).for_each(|_| types.ty(&[], &[ValType::I64]));
	for _ in 0..3_999 {
		types.function(999, [], |code| {
			code.i64_const(0);
		});
	}
	let mut same_types = Guest::new(|_| ());
	(0..999).for_each(|_| same_types.ty(&[ValType::I64; 64], &[ValType::I64]));
	let mut wide_types = Guest::new(|_| ());
	(0..999).for_each(|_| wide_types.ty(&[], &[ValType::I64; 240]));
	let mut many_types = Guest::new(|_| ());
	(0..LARGE / 4).for_each(|_| many_types.ty(&[], &[]));
	vec![
		taken("calls that nobody makes, with as many operands as allowed", calls.finish()),
		taken("branch tables as long as allowed", tables.finish()),
		taken("branches that carry as much as allowed", branches.finish()),
		taken("functions of the last of many types", types.finish()),
		taken("types as wide as allowed", same_types.finish()),
		refused("far too many types", "types", many_types.finish()),
		refused("types with far too many results", "multi-value", wide_types.finish()),
		refused(
			"a function too large",
			"bytes in one function",
			Guest::new(|code| {
				(0..200_000).for_each(|_| {
					code.nop();
				});
			})
			.finish(),
		),
	]
}

fn slow_to_compile() -> Vec<Hostile> {
	// As many rounds of so many instructions and bytes as a function with these variables and its parameter may have.
	let rounds = |variables: u32, instructions: u32, bytes: u32| {
		(LIVE / (variables + 1) / instructions - 2).min(BODY as u32 / bytes)
	};
	// Each variable is set in each of many branches, so that there are as many values for a compiler to join.
	let joins = |variables: u32| {
		Guest::with_variables([(variables, ValType::I32)], |code| {
			for round in 0..rounds(variables, 6, 14) {
				code.block(BlockType::Empty).local_get(round % variables).br_if(0);
				code.local_get((round + 1) % variables).local_set((round * 7) % variables).end();
			}
		})
		.finish()
	};
	// Every variable is alive all the time.
	let alive = |variables: u32, rounds: u32| {
		Guest::with_variables([(variables, ValType::I32)], |code| {
			code.loop_(BlockType::Empty);
			for round in 0..rounds {
				code.local_get((round * 3) % variables).local_get((round * 5 + 1) % variables);
				code.i32_add().local_set(round % variables);
			}
			code.br(0).end();
		})
		.finish()
	};
	// A loop in a loop in a loop, each with all variables going round.
	let loops = |variables: u32| {
		let levels = rounds(variables, 6, 18).min(2_000);
		Guest::with_variables([(variables, ValType::I32)], |code| {
			for level in 0..levels {
				code.loop_(BlockType::Empty).local_get(level % variables).local_set((level + 1) % variables);
			}
			for level in 0..levels {
				code.local_get((level * 2) % variables).br_if(0).end();
			}
		})
		.finish()
	};
	// One variable at the bottom of the stack, for which the interpreter would look through all of it at every block that
	// takes a parameter.
	let mut below = Guest::new(|_| ());
	below.ty(&[ValType::I32], &[ValType::I32]);
	for _ in 0..2 {
		below.function(0, [], |code| {
			code.local_get(0);
			(0..2_000).for_each(|_| {
				code.i32_const(0);
			});
			(0..(BODY - 8_000) / 3).for_each(|_| {
				code.block(BlockType::FunctionType(1)).end();
			});
			(0..2_001).for_each(|_| {
				code.drop();
			});
		});
	}
	// The same without parameters, each time with a variable on top: what was looked for is found once and for all.
	let above = Guest::new(|code| {
		code.local_get(0);
		(0..2_000).for_each(|_| {
			code.i32_const(0);
		});
		(0..(BODY - 8_000) / 6).for_each(|_| {
			code.local_get(0).block(BlockType::Empty).end().drop();
		});
		(0..2_001).for_each(|_| {
			code.drop();
		});
	});
	let operands = Guest::new(|code| {
		for _ in 0..BODY / (4 * 2_000) {
			(0..2_000).for_each(|_| {
				code.local_get(0);
			});
			// What is on the stack must be kept from the change.
			code.local_get(0).local_set(0);
			(0..2_000).for_each(|_| {
				code.drop();
			});
		}
	});
	let mut stores = Guest::new(|_| ());
	for _ in 0..2 {
		stores.function(0, [(1, ValType::F64)], |code| {
			for _ in 0..BODY / 7 {
				code.i32_const(0).local_get(1).f64_store(wasm_encoder::MemArg { offset: 0, align: 0, memory_index: 0 });
			}
		});
	}
	let mut selects = Guest::new(|_| ());
	for _ in 0..2 {
		selects.function(0, [], |code| {
			code.local_get(0);
			for _ in 0..BODY / 6 {
				code.local_get(0).local_get(0).select();
			}
			code.drop();
		});
	}
	vec![
		taken("many values to join", joins(4_095)),
		taken("values to join in many places", joins(250)),
		taken("many variables that are all alive", alive(4_095, rounds(4_095, 4, 11))),
		taken("variables that are all alive for long", alive(350, rounds(350, 4, 11))),
		refused("many variables that are all alive for long", "variables times", alive(4_095, BODY as u32 / 11)),
		taken("loops with many variables going round", loops(4_095)),
		taken("many loops with variables going round", loops(1_395)),
		refused("blocks with a parameter above many operands", "multi-value", below.finish()),
		taken("blocks above many operands", above.finish()),
		taken("operands to keep from a change", operands.finish()),
		taken("code that grows by the pass: stores of floats", stores.finish()),
		taken("code that grows by the pass: selects", selects.finish()),
	]
}
