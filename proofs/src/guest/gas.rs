//! What computation costs.
//!
//! One unit of gas is about one simple instruction. The table follows what instructions cost in the slower of the two
//! engines, the interpreter, where most cost the same, and is raised where compiled code or memory is the slower one:
//!
//! | instructions | gas |
//! |---|---|
//! | `block`, `loop`, `else`, `end`, `nop` | 0 |
//! | constants, variables, `drop`, `select`, comparisons, integer arithmetic but division | 1 |
//! | float `add sub mul neg abs copysign`, conversions but those below | 1 |
//! | `br`, `br_if`, `if`, `return`, `unreachable`, `memory.size`, globals | 2 |
//! | loads and stores, float `min max ceil floor trunc nearest`, float-to-int conversions | 3 |
//! | `br_table` | 4 |
//! | float `div` and `sqrt` | 8 |
//! | integer division and remainder | 10 |
//! | `call` | 12 |
//! | `call_indirect` | 16 |
//! | entering a function | 2, and 1 for 8 variables |
//! | `memory.grow` | 8, and [`PAGE`] for each page asked for, also when growing fails |
//! | `memory.copy`, `memory.fill`, `input_read`, `output_write` | 12, and 1 for 8 bytes |
//! | making a float canonical, where the pass has to | [`CANONICAL`] on top |
//! | a fresh instance | [`START`], [`PAGE`] for each page it begins with, 1 for 8 bytes of data and each table entry |

use super::Gas;
use wasmparser::Operator;

/// Gas for one page (64 KiB) of memory: to zero it, and to have the machine map it.
pub const PAGE: Gas = 4_096;

/// Gas for a fresh instance of a guest without memory.
pub const START: Gas = 1_000;

/// Gas for making a float canonical where its bits are about to be seen: four instructions of the pass's own.
pub const CANONICAL: Gas = 4;

/// Bytes that are copied or filled for one unit of gas, as a power of two.
pub(super) const BYTES_SHIFT: u32 = 3;

/// Gas for the call of a host function that copies `len` bytes, or an instruction that does.
pub(crate) const fn copy(len: u32) -> Gas {
	COPY + (len >> BYTES_SHIFT) as Gas
}

/// Gas for any copy, before its bytes are counted.
const COPY: Gas = 12;

/// Gas to enter a function with this many variables, parameters included.
pub(super) const fn entry(locals: u32) -> Gas {
	2 + (locals / 8) as Gas
}

/// Gas for one instruction, without what depends on the values it works on.
///
/// `None` for instructions that guests may not use. This list is what the pass accepts: an instruction that a later
/// validator may let through costs nothing until it stands here, because it is refused.
pub(super) fn of(operator: &Operator<'_>) -> Option<Gas> {
	use Operator::*;
	Some(match operator {
		Block { .. } | Loop { .. } | Else | End | Nop => 0,

		I32Const { .. } | I64Const { .. } | F32Const { .. } | F64Const { .. } => 1,
		LocalGet { .. } | LocalSet { .. } | LocalTee { .. } | Drop | Select => 1,
		I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS | I32GeU => 1,
		I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS | I64GeU => 1,
		F32Eq | F32Ne | F32Lt | F32Gt | F32Le | F32Ge | F64Eq | F64Ne | F64Lt | F64Gt | F64Le | F64Ge => 1,
		I32Clz | I32Ctz | I32Popcnt | I32Add | I32Sub | I32Mul | I32And | I32Or | I32Xor | I32Shl | I32ShrS
		| I32ShrU | I32Rotl | I32Rotr => 1,
		I64Clz | I64Ctz | I64Popcnt | I64Add | I64Sub | I64Mul | I64And | I64Or | I64Xor | I64Shl | I64ShrS
		| I64ShrU | I64Rotl | I64Rotr => 1,
		F32Abs | F32Neg | F32Add | F32Sub | F32Mul | F32Copysign => 1,
		F64Abs | F64Neg | F64Add | F64Sub | F64Mul | F64Copysign => 1,
		I32WrapI64 | I64ExtendI32S | I64ExtendI32U | I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S
		| I64Extend32S => 1,
		F32ConvertI32S | F32ConvertI32U | F32ConvertI64S | F32ConvertI64U | F32DemoteF64 => 1,
		F64ConvertI32S | F64ConvertI32U | F64ConvertI64S | F64ConvertI64U | F64PromoteF32 => 1,
		I32ReinterpretF32 | I64ReinterpretF64 | F32ReinterpretI32 | F64ReinterpretI64 => 1,

		Br { .. } | BrIf { .. } | If { .. } | Return | Unreachable => 2,
		MemorySize { .. } | GlobalGet { .. } | GlobalSet { .. } => 2,

		I32Load { .. } | I64Load { .. } | F32Load { .. } | F64Load { .. } => 3,
		I32Load8S { .. } | I32Load8U { .. } | I32Load16S { .. } | I32Load16U { .. } => 3,
		I64Load8S { .. } | I64Load8U { .. } | I64Load16S { .. } | I64Load16U { .. } => 3,
		I64Load32S { .. } | I64Load32U { .. } => 3,
		I32Store { .. } | I64Store { .. } | F32Store { .. } | F64Store { .. } => 3,
		I32Store8 { .. } | I32Store16 { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => 3,
		F32Ceil | F32Floor | F32Trunc | F32Nearest | F32Min | F32Max => 3,
		F64Ceil | F64Floor | F64Trunc | F64Nearest | F64Min | F64Max => 3,
		I32TruncF32S | I32TruncF32U | I32TruncF64S | I32TruncF64U => 3,
		I64TruncF32S | I64TruncF32U | I64TruncF64S | I64TruncF64U => 3,
		I32TruncSatF32S | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U => 3,
		I64TruncSatF32S | I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U => 3,

		BrTable { .. } => 4,
		F32Div | F32Sqrt | F64Div | F64Sqrt => 8,
		I32DivS | I32DivU | I32RemS | I32RemU | I64DivS | I64DivU | I64RemS | I64RemU => 10,
		Call { .. } => 12,
		CallIndirect { .. } => 16,
		MemoryGrow { .. } => 8,
		MemoryCopy { .. } | MemoryFill { .. } => COPY,
		_ => return None,
	})
}
