//! What a guest is, and the pass that makes it safe to run anywhere with the same result.
//!
//! # What a guest looks like
//! A WebAssembly 1.0 module with sign extension, saturating float-to-int conversion and `memory.copy`/`memory.fill`.
//! Functions and blocks have one result at most, and blocks no parameters: compilers make nothing else unless they are told
//! to, and the interpreter gets some of it wrong (docs/adr/0022). It imports nothing but functions of the module `assay`:
//!
//! | import | type | what it does |
//! |---|---|---|
//! | `input_len` | `() -> i32` | bytes of the job's input |
//! | `input_read` | `(dst: i32, offset: i32, len: i32)` | copies part of the input into memory |
//! | `output_write` | `(src: i32, len: i32)` | appends memory to the unit's output |
//!
//! and exports its `memory` and `unit: (index: i32) -> ()`. Other exports are dropped. Every unit runs in a fresh instance:
//! nothing passes from one unit to the next. Rust guests build with `--target wasm32v1-none`.
//!
//! # What the pass does
//! [`prepare`] checks the module against [`Limits`] and [`bounds`], and rewrites its functions, so that any correct engine
//! gives the same bytes, the same gas and the same trap, without a slow mode of its own:
//!
//! 1. **Gas.** Straight-line code is charged for where it begins, by the costs in [`gas`]; work that depends on a value
//!    (growing, copying and filling memory, reading input, writing output) is charged for before it is done. Gas left is a
//!    local variable of each function, brought to a global around calls: one subtraction a block. It is looked at at the
//!    heads of loops and functions, before work that depends on a value, and at the end, so a unit ends well exactly when
//!    its gas is within the limit, and traps with [`OutOfGas`](crate::Trap::OutOfGas) at most the rest of a function after
//!    the instruction that it could not pay, unless it traps on its own on that way.
//! 2. **Stack.** Each function takes a number of slots from a budget while it runs: its variables, its deepest operand
//!    stack, and half a slot per instruction, because compiled code may keep any computed value in the frame. The unit
//!    traps with [`StackOverflow`](crate::Trap::StackOverflow) when the budget is used up; the engines' own stacks are
//!    sized so that the budget always ends first.
//! 3. **NaNs.** WebAssembly leaves the sign and payload of a NaN that arithmetic makes to the machine. The pass makes the
//!    NaN canonical where those bits can be seen, see below.
//! 4. **Memory.** Its maximum is set to the limit, so that growing fails at the same size everywhere. An engine that
//!    cannot get memory below the maximum reports a fault of the machine instead of letting the guest see it.
//!
//! The pass also keeps one pattern of code away from a fault in an engine (a `select` on a comparison with zero, see the
//! source of `meter`): all engines run the rewritten code, so that changes no result.
//!
//! # Why the NaN rule is sound
//! Call a value *settled* when its bits are fixed by the WebAssembly specification. Integers start settled; all that could
//! unsettle a float is an operator that returns an arithmetic NaN: `add sub mul div sqrt min max ceil floor trunc nearest
//! demote promote`, and `neg abs copysign` passing such a NaN on. An unsettled float is always a NaN, on every engine, and
//! only its sign and payload differ. Floats move through variables, operands, parameters and `select` without a change of
//! bits. These are all the ways out of the world of floats:
//!
//! - `f32.store`, `f64.store`, `i32.reinterpret_f32`, `i64.reinterpret_f64`: show all bits. **The pass makes the operand
//!   canonical.**
//! - `copysign`: puts the sign of its second operand on a number that need not be a NaN. **The pass makes the second
//!   operand canonical.**
//! - comparisons: any NaN compares the same. `trunc` to an integer: any NaN traps; `trunc_sat`: any NaN gives zero.
//! - the host: takes no floats, is given none, and cannot see globals, as their exports are dropped.
//!
//! By induction over the steps of a run all integers, all memory and all control flow are settled. An operand that the
//! instruction just before has loaded, reinterpreted from an integer, converted from an integer or given as a constant is
//! settled already and left alone; so plain copies by `f32.load` and `f32.store` keep signalling patterns, while copies that
//! pass through variables make them canonical. Either way the rule looks at the code only, hence is the same everywhere.

pub mod bounds;
mod dearest;
pub mod gas;
mod meter;
mod module;

pub use dearest::dearest;

use crate::{hash, Gas, Hash};
use alloc::{string::String, vec::Vec};
use core::fmt;
use wasmparser::BinaryReaderError;

/// Name of the exported memory.
pub(crate) const MEMORY: &str = "memory";
/// Name of the exported function that computes a unit.
pub(crate) const UNIT: &str = "unit";
/// Module name of the host's functions.
pub(crate) const HOST: &str = "assay";
/// Name under which the pass exports the gas left, a mutable `i64` that is negative when gas ran out.
pub(crate) const GAS_LEFT: &str = "assay:gas";
/// Name under which the pass exports the stack slots left, a mutable `i32` that is negative when the stack overflowed.
pub(crate) const STACK_LEFT: &str = "assay:stack";

/// How large a guest and what it handles may be. Part of the rules of a job: other limits can mean other results.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
	/// Most bytes of the module, as its author compiled it.
	pub max_blob: u32,
	/// Most pages of memory, of 64 KiB.
	pub max_memory_pages: u32,
	/// Stack slots (see the [module's documentation](self)), counted up to [`bounds::MAX_STACK`].
	pub max_stack: u32,
	/// Most bytes of the job's input.
	pub max_input: u32,
	/// Most bytes of one unit's output.
	pub max_output: u32,
}

impl Limits {
	/// What the chain itself can host when it has to run a unit again.
	pub const STANDARD: Self = Self {
		// About eight path tracers. The chain has to translate it within the part of a block that a dispute may take, which
		// takes about half a microsecond a byte when it is made to be translated slowly (`dearest`).
		max_blob: 256 * 1024,
		// 16 MiB. A runtime's allocator hands out at most 32 MiB in one piece, and growing may ask for double the size.
		max_memory_pages: 256,
		max_stack: bounds::MAX_STACK,
		max_input: 1024 * 1024,
		// A tile of 128 × 128 pixels with four floats each.
		max_output: 256 * 1024,
	};
}

impl Default for Limits {
	fn default() -> Self {
		Self::STANDARD
	}
}

/// A guest that passed the checks, with gas, stack and NaN handling written into its code.
#[derive(Clone, Debug)]
pub struct Metered {
	wasm: Vec<u8>,
	limits: Limits,
	blob_hash: Hash,
	start_gas: Gas,
}

impl Metered {
	/// The rewritten module.
	pub fn wasm(&self) -> &[u8] {
		&self.wasm
	}

	/// The limits it was prepared for.
	pub fn limits(&self) -> &Limits {
		&self.limits
	}

	/// Hash of the module before the pass: the guest's name.
	pub fn blob_hash(&self) -> Hash {
		self.blob_hash
	}

	/// Gas that every unit pays for its fresh instance.
	pub fn start_gas(&self) -> Gas {
		self.start_gas
	}
}

/// Check a guest and write gas, stack and NaN handling into its code.
///
/// One pass over the blob, O(size). The result is at most a small multiple of the blob's size.
pub fn prepare(blob: &[u8], limits: &Limits) -> Result<Metered, GuestError> {
	if blob.len() > limits.max_blob as usize {
		return Err(GuestError::BlobTooLarge { size: blob.len() as u64, max: limits.max_blob });
	}
	if !blob.starts_with(b"\0asm") {
		return Err(GuestError::NotWasm);
	}
	let limits = Limits { max_stack: limits.max_stack.min(bounds::MAX_STACK), ..*limits };
	let (wasm, start_gas) = module::rewrite(blob, &limits)?;
	Ok(Metered { wasm, limits, blob_hash: hash(blob), start_gas })
}

/// Why a module is no guest. The message says what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GuestError {
	/// The blob has more bytes than the limit.
	BlobTooLarge {
		/// Bytes of the blob.
		size: u64,
		/// Most bytes allowed.
		max: u32,
	},
	/// The blob does not begin as a WebAssembly module does.
	NotWasm,
	/// The module is malformed, or uses a feature outside the accepted set.
	Invalid {
		/// What the validator says.
		message: String,
		/// Where, in bytes from the blob's start.
		offset: u64,
	},
	/// The module is valid but uses something that guests may not.
	Unsupported {
		/// What it uses.
		what: &'static str,
		/// Where, in bytes from the blob's start.
		offset: u64,
	},
	/// The module imports something that the host does not offer.
	UnknownImport {
		/// Module name of the import.
		module: String,
		/// Name of the import.
		name: String,
	},
	/// An import has the right name but another type.
	ImportType {
		/// Name of the import.
		name: String,
	},
	/// There is no exported function `unit: (i32) -> ()`.
	NoUnit,
	/// There is no memory exported as `memory`.
	NoMemory,
	/// The module wants more memory from the start than the limit.
	MemoryTooLarge {
		/// Pages of 64 KiB that the module begins with.
		pages: u64,
		/// Most pages allowed.
		max: u32,
	},
	/// The module has a start function.
	StartFunction,
	/// A bound on the module's shape is exceeded.
	TooMany {
		/// What there is too much of.
		what: &'static str,
		/// How much there is.
		count: u64,
		/// Most allowed.
		max: u32,
	},
	/// A data or element segment does not fit into the memory or table that it initialises.
	SegmentOutOfBounds {
		/// Where, in bytes from the blob's start.
		offset: u64,
	},
}

impl fmt::Display for GuestError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::BlobTooLarge { size, max } => write!(
				f,
				"the guest has {size} bytes, at most {max} are allowed: build it with optimisation for size, link-time \
				 optimisation and stripped symbols, and move data into the job's input"
			),
			Self::NotWasm => f.write_str(
				"this is no WebAssembly module: give the compiled .wasm file of the guest, not its source or text form",
			),
			Self::Invalid { message, offset } => write!(
				f,
				"not a valid guest: {message} (at byte {offset}). Accepted is WebAssembly 1.0 with sign extension, \
				 saturating float-to-int and memory.copy/memory.fill; several results of a function or block, parameters \
				 of blocks, SIMD, threads, reference types, 64-bit memory and later features are not. Build Rust guests \
				 with `--target wasm32v1-none`"
			),
			Self::Unsupported { what, offset } => write!(
				f,
				"the guest uses {what} (at byte {offset}), which guests may not: build Rust guests with `--target \
				 wasm32v1-none`, C guests with `-mcpu=mvp`"
			),
			Self::UnknownImport { module, name } => write!(
				f,
				"the guest imports `{module}.{name}`, but there is nothing to import except `assay.input_len`, \
				 `assay.input_read` and `assay.output_write`: remove what needs an operating system, a clock, randomness \
				 or a WASI library"
			),
			Self::ImportType { name } => write!(
				f,
				"the guest imports `assay.{name}` with a wrong type: declare input_len: () -> i32, input_read: (i32, i32, \
				 i32) -> (), output_write: (i32, i32) -> ()"
			),
			Self::NoUnit => f.write_str(
				"the guest exports no function `unit` of type (i32) -> (): export one that computes the unit with the \
				 given index (in Rust, the guest SDK's `export_unit!`)",
			),
			Self::NoMemory => f.write_str("the guest exports no memory named `memory`: define one and export it"),
			Self::MemoryTooLarge { pages, max } => write!(
				f,
				"the guest begins with {pages} pages of memory (64 KiB each), at most {max} are allowed: shrink its stack \
				 and static data"
			),
			Self::StartFunction => {
				f.write_str("the guest has a start function: do its work at the beginning of `unit` instead")
			},
			Self::TooMany { what, count, max } => {
				write!(f, "the guest has {count} {what}, at most {max} are allowed: split or shrink the program")
			},
			Self::SegmentOutOfBounds { offset } => write!(
				f,
				"a data or element segment (at byte {offset}) does not fit into the memory or table as declared: make the \
				 memory or table larger"
			),
		}
	}
}

impl core::error::Error for GuestError {}

impl From<BinaryReaderError> for GuestError {
	fn from(error: BinaryReaderError) -> Self {
		Self::Invalid { message: error.message().into(), offset: error.offset() as u64 }
	}
}

/// `count` as a `u32`, or the error that there are too many of `what`.
fn bounded(what: &'static str, count: u64, max: u32) -> Result<u32, GuestError> {
	u32::try_from(count).ok().filter(|count| *count <= max).ok_or(GuestError::TooMany { what, count, max })
}
