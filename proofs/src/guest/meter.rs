//! The rewriting of one function.
//!
//! ```text
//! (func (param ..) (result R)              ;; the type stays
//!   (local ..)                             ;; its own, then ours: gas, and where needed stack, i32, f32, f64
//!   block $trap
//!     <take slots from the stack budget, branch to $trap when there are none left>
//!     block $body (result R)
//!       <the code, byte for byte but for what is inserted; `return` becomes `br $body`>
//!     end
//!     <bring the gas left to its global, give the slots back>
//!     return                               ;; below zero when the last instructions were not paid for
//!   end
//!   <bring the gas left to its global>     ;; negative when it was gas that ran out
//!   unreachable)
//! ```
//!
//! The branches of the code keep their depths, as `$body` stands in for the function's own label. Every segment is charged
//! for by a subtraction. Whether anything is left is looked at only where work could go on for ever, at the heads of loops
//! and functions, and where the charge depends on a value; one `$trap` for all keeps the code that runs in no good case at
//! one place. So a unit can do no more without paying than run once through the rest of a function.

use super::{bounded, bounds, gas, GuestError};
use crate::Gas;
use alloc::vec::Vec;
use wasm_encoder::{BlockType, Encode, InstructionSink, ValType};
use wasmparser::{BinaryReaderError, FuncValidator, FunctionBody, Operator, ValidatorResources};

/// The indices of the globals that the pass adds.
#[derive(Clone, Copy)]
pub(super) struct Globals {
	/// Gas left, `i64`.
	pub gas: u32,
	/// Stack slots left, `i32`.
	pub stack: u32,
}

/// Validate and rewrite a function whose results make `results` the type of its body's block.
///
/// Returns the new body without its length.
pub(super) fn function(
	blob: &[u8],
	body: &FunctionBody<'_>,
	validator: &mut FuncValidator<ValidatorResources>,
	results: BlockType,
	globals: Globals,
) -> Result<Vec<u8>, GuestError> {
	let range = body.range();
	bounded("bytes in one function", range.len() as u64, bounds::MAX_BODY)?;

	let mut reader = body.get_binary_reader();
	validator.read_locals(&mut reader)?;
	let locals = bounded("variables in one function", validator.len_locals().into(), bounds::MAX_LOCALS)?;
	let mut declarations = body.get_locals_reader()?;
	let groups = declarations.get_count();
	let first_group = declarations.original_position();
	for _ in 0..groups {
		declarations.read()?;
	}
	let declared = bytes(blob, first_group, declarations.original_position())?;

	let mut rewriter = Rewriter::new(locals, globals);
	let mut operators = body.get_operators_reader()?;
	let mut instructions = 0u32;
	let mut operands = 0;
	while !operators.eof() {
		let (operator, start) = operators.read_with_offset()?;
		validator.op(start, &operator)?;
		operands = operands.max(validator.operand_stack_height());
		instructions = instructions.saturating_add(1);
		rewriter.operator(&operator, bytes(blob, start, operators.original_position())?, start)?;
	}
	validator.finish(operators.original_position())?;
	bounded("values on one function's operand stack", operands.into(), bounds::MAX_OPERANDS)?;
	let live = u64::from(locals).saturating_mul(instructions.into());
	bounded("variables times instructions in one function", live, bounds::MAX_LIVE)?;

	let slots = bounds::FRAME_SLOTS.saturating_add(locals).saturating_add(operands).saturating_add(instructions / 2);
	Ok(rewriter.finish(groups, declared, results, slots))
}

/// Part of the blob, by offsets that the parser gave.
fn bytes(blob: &[u8], start: usize, end: usize) -> Result<&[u8], BinaryReaderError> {
	let mut reader = wasmparser::BinaryReader::new(blob.get(start..).unwrap_or_default(), start);
	reader.read_bytes(end.saturating_sub(start))
}

/// A block that is open in the code.
struct Frame {
	kind: Kind,
	/// Whether a branch leads to its label.
	targeted: bool,
}

#[derive(PartialEq)]
enum Kind {
	Block,
	Loop,
	If,
}

/// Our variables that a function may need. Each is declared when it is first used.
#[derive(Clone, Copy, PartialEq)]
enum Local {
	/// Gas left.
	Gas,
	/// Stack slots left when the function was entered, less its own.
	Stack,
	/// Operand of an instruction that is charged by its value, or condition of a `select`.
	I32,
	/// Operand that is made canonical.
	F32,
	/// Operand that is made canonical.
	F64,
}

impl Local {
	fn ty(self) -> ValType {
		match self {
			Self::Gas => ValType::I64,
			Self::Stack | Self::I32 => ValType::I32,
			Self::F32 => ValType::F32,
			Self::F64 => ValType::F64,
		}
	}
}

struct Rewriter {
	globals: Globals,
	/// Number of the function's own variables.
	locals: u32,
	/// Ours, in the order of their indices.
	added: Vec<Local>,
	/// Rewritten code up to the current segment.
	code: Vec<u8>,
	/// Rewritten code since the last place where the flow of control can split or join.
	segment: Vec<u8>,
	/// Gas for it.
	cost: Gas,
	/// Number of blocks open where it begins.
	depth: u32,
	/// Blocks open now.
	frames: Vec<Frame>,
	/// Whether the gas left is still in its global only.
	entering: bool,
	/// Whether to look at what is left at the next charge. There is no way past that charge: instructions at which the
	/// flow of control splits have a price.
	look: bool,
	/// Whether the function calls others.
	calls: bool,
	/// Whether the last instruction left a float on the stack whose bits are settled.
	settled: bool,
}

impl Rewriter {
	fn new(locals: u32, globals: Globals) -> Self {
		Self {
			globals,
			locals,
			added: Vec::new(),
			code: Vec::new(),
			segment: Vec::new(),
			cost: gas::entry(locals),
			depth: 0,
			frames: Vec::new(),
			entering: true,
			look: true,
			calls: false,
			settled: false,
		}
	}

	/// Rewrite one instruction that reads `raw` at `offset` of the blob.
	fn operator(&mut self, operator: &Operator<'_>, raw: &[u8], offset: usize) -> Result<(), GuestError> {
		let unsupported = |what| GuestError::Unsupported { what, offset: offset as u64 };
		self.cost = self
			.cost
			.saturating_add(gas::of(operator).ok_or_else(|| unsupported("an instruction of a later feature"))?);
		let settled = core::mem::take(&mut self.settled);

		match operator {
			Operator::Block { .. } => {
				self.segment.extend(raw);
				self.open(Kind::Block)?;
			},
			// The head is where branches to a loop lead: what comes after it is charged once a round.
			Operator::Loop { .. } => {
				self.segment.extend(raw);
				self.open(Kind::Loop)?;
				self.flush();
				self.look = true;
			},
			Operator::If { .. } => {
				self.segment.extend(raw);
				self.open(Kind::If)?;
				self.flush();
			},
			Operator::Else => {
				self.segment.extend(raw);
				self.flush();
			},
			Operator::End => {
				self.segment.extend(raw);
				// Nothing joins behind a block that no branch leaves, nor behind a loop.
				let joins = match self.frames.pop() {
					Some(Frame { kind: Kind::Block, targeted }) => targeted,
					Some(Frame { kind: Kind::Loop, .. }) => false,
					Some(Frame { kind: Kind::If, .. }) | None => true,
				};
				if joins {
					self.flush();
				}
			},
			Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
				self.target(*relative_depth);
				self.segment.extend(raw);
				self.flush();
			},
			Operator::BrTable { targets } => {
				bounded("targets in one branch table", targets.len().into(), bounds::MAX_BRANCH_TARGETS)?;
				for target in targets.targets() {
					self.target(target?);
				}
				self.target(targets.default());
				self.segment.extend(raw);
				self.flush();
			},
			Operator::Return => {
				InstructionSink::new(&mut self.segment).br(self.frames.len() as u32);
				self.flush();
			},
			Operator::Unreachable => {
				self.segment.extend(raw);
				self.flush();
			},
			Operator::Call { .. } | Operator::CallIndirect { .. } => {
				self.calls = true;
				let (gas, global) = (self.local(Local::Gas), self.globals.gas);
				InstructionSink::new(&mut self.segment).local_get(gas).global_set(global);
				self.segment.extend(raw);
				InstructionSink::new(&mut self.segment).global_get(global).local_set(gas);
			},
			Operator::MemoryGrow { .. } => {
				self.charge_by_operand(|code| {
					code.i64_const(gas::PAGE as i64).i64_mul();
				});
				self.segment.extend(raw);
			},
			Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
				self.charge_by_operand(|code| {
					code.i64_const(gas::BYTES_SHIFT.into()).i64_shr_u();
				});
				self.segment.extend(raw);
			},
			// wasmi 2.0.0 fuses a comparison with zero into the `select` behind it and then reads the condition from the
			// wrong place when the compared value is a variable. It never fuses a comparison that sets a variable.
			Operator::Select => {
				let condition = self.local(Local::I32);
				InstructionSink::new(&mut self.segment).local_set(condition).local_get(condition);
				self.segment.extend(raw);
			},
			Operator::F32Store { .. } | Operator::I32ReinterpretF32 | Operator::F32Copysign => {
				if !settled {
					self.canonicalise(Local::F32);
				}
				self.segment.extend(raw);
			},
			Operator::F64Store { .. } | Operator::I64ReinterpretF64 | Operator::F64Copysign => {
				if !settled {
					self.canonicalise(Local::F64);
				}
				self.segment.extend(raw);
			},
			_ => {
				self.settled = is_settled(operator);
				self.segment.extend(raw);
			},
		}
		Ok(())
	}

	fn open(&mut self, kind: Kind) -> Result<(), GuestError> {
		self.frames.push(Frame { kind, targeted: false });
		bounded("blocks inside one another", self.frames.len() as u64, bounds::MAX_NESTING)?;
		Ok(())
	}

	/// Note a branch out of `depth` blocks.
	fn target(&mut self, depth: u32) {
		let label = self.frames.len().checked_sub(depth as usize + 1);
		// Without a label it is the function's own, which always joins.
		if let Some(frame) = label.and_then(|label| self.frames.get_mut(label)) {
			frame.targeted = true;
		}
	}

	/// Index of one of our variables.
	fn local(&mut self, local: Local) -> u32 {
		let position = self.added.iter().position(|added| *added == local).unwrap_or_else(|| {
			self.added.push(local);
			self.added.len() - 1
		});
		self.locals + position as u32
	}

	/// End the segment: charge for it at its head.
	fn flush(&mut self) {
		if self.cost > 0 {
			let gas = self.local(Local::Gas);
			let mut code = InstructionSink::new(&mut self.code);
			if self.entering {
				code.global_get(self.globals.gas);
			} else {
				code.local_get(gas);
			}
			code.i64_const(self.cost.min(i64::MAX as Gas) as i64);
			if self.look {
				pay(&mut code, gas, self.depth);
			} else {
				code.i64_sub().local_set(gas);
			}
			self.entering = false;
			self.look = false;
		}
		self.code.append(&mut self.segment);
		self.cost = 0;
		self.depth = self.frames.len() as u32;
	}

	/// Charge for the `i32` on top of the stack, which `price` turns from an `i64` into gas, and keep it there.
	fn charge_by_operand(&mut self, price: impl FnOnce(&mut InstructionSink<'_>)) {
		let (gas, length) = (self.local(Local::Gas), self.local(Local::I32));
		let mut code = InstructionSink::new(&mut self.segment);
		code.local_set(length).local_get(gas).local_get(length).i64_extend_i32_u();
		price(&mut code);
		pay(&mut code, gas, self.frames.len() as u32);
		code.local_get(length);
	}

	/// Make the float on top of the stack canonical if it is a NaN.
	fn canonicalise(&mut self, local: Local) {
		self.cost = self.cost.saturating_add(gas::CANONICAL);
		let value = self.local(local);
		let mut code = InstructionSink::new(&mut self.segment);
		code.local_tee(value);
		if local == Local::F32 {
			code.f32_const(f32::from_bits(0x7fc0_0000)).local_get(value).local_get(value).f32_eq();
		} else {
			code.f64_const(f64::from_bits(0x7ff8_0000_0000_0000)).local_get(value).local_get(value).f64_eq();
		}
		// Only a NaN differs from itself.
		code.select();
	}

	/// Put the function together.
	fn finish(mut self, groups: u32, declared: &[u8], results: BlockType, slots: u32) -> Vec<u8> {
		self.flush();
		let Globals { gas: gas_global, stack: stack_global } = self.globals;
		let slots = slots as i32;
		let gas = self.local(Local::Gas);
		let stack = self.calls.then(|| self.local(Local::Stack));

		let mut out = Vec::with_capacity(declared.len() + self.code.len() + 64);
		groups.saturating_add(self.added.len() as u32).encode(&mut out);
		out.extend(declared);
		for local in &self.added {
			1u32.encode(&mut out);
			local.ty().encode(&mut out);
		}

		let mut code = InstructionSink::new(&mut out);
		code.block(BlockType::Empty);
		match stack {
			Some(stack) => {
				code.global_get(stack_global).i32_const(slots).i32_sub().local_tee(stack).global_set(stack_global);
				code.local_get(stack).i32_const(0).i32_lt_s().br_if(0);
			},
			// Nobody can look at the budget while a function runs that calls nobody: it only looks itself.
			None => {
				code.global_get(stack_global).i32_const(slots).i32_lt_s().if_(BlockType::Empty);
				code.i32_const(-1).global_set(stack_global).br(1).end();
			},
		}
		code.block(results);
		// Ends with the end of that block, which was the function's own.
		out.append(&mut self.code);

		let mut code = InstructionSink::new(&mut out);
		code.local_get(gas).global_set(gas_global);
		if let Some(stack) = stack {
			code.local_get(stack).i32_const(slots).i32_add().global_set(stack_global);
		}
		code.return_().end();
		code.local_get(gas).global_set(gas_global).unreachable().end();
		out
	}
}

/// With the gas left and a price on the stack: pay, and trap when that is too much. `depth` blocks are open in the body.
fn pay(code: &mut InstructionSink<'_>, gas: u32, depth: u32) {
	code.i64_sub().local_tee(gas).i64_const(0).i64_lt_s().br_if(depth + 1);
}

/// Whether the instruction leaves a float on the stack whose bits the specification fixes.
fn is_settled(operator: &Operator<'_>) -> bool {
	use Operator::*;
	matches!(
		operator,
		F32Load { .. }
			| F64Load { .. }
			| F32Const { .. }
			| F64Const { .. }
			| F32ReinterpretI32
			| F64ReinterpretI64
			| F32ConvertI32S
			| F32ConvertI32U
			| F32ConvertI64S
			| F32ConvertI64U
			| F64ConvertI32S
			| F64ConvertI32U
			| F64ConvertI64S
			| F64ConvertI64U
	)
}
