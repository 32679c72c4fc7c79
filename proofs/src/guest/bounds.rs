//! Bounds on the shape of a guest, wide for what compilers make and narrow enough that every engine can take all of it.
//!
//! They are the same for every job. Without them a module could be valid here and break a limit inside one engine only,
//! or make translating it cost far more than its size suggests.

/// Most function types.
pub const MAX_TYPES: u32 = 1_000;
/// Most parameters of a function. They are copied at each call.
pub const MAX_PARAMS: u32 = 64;
/// Most imports: each of the host's functions a few times.
pub const MAX_IMPORTS: u32 = 16;
/// Most functions. Each takes an engine some microseconds, however short it is.
pub const MAX_FUNCTIONS: u32 = 4_000;
/// Most bytes of one function. Compiling takes more than linear time in it.
pub const MAX_BODY: u32 = 128 * 1024;
/// Most variables of one function, parameters included. They are zeroed at each call; interpreters address them with few
/// bits.
pub const MAX_LOCALS: u32 = 4_096;
/// Most variables of all functions together. A few bytes declare thousands, and an engine looks at each.
pub const MAX_ALL_LOCALS: u32 = 128 * 1024;
/// Most variables of one function times its instructions. A compiler looks for a place for each variable wherever it is
/// alive: at ten times as much one function keeps it busy for a minute. The largest function may have some four hundred.
pub const MAX_LIVE: u32 = 1 << 24;
/// Most values on one function's operand stack.
pub const MAX_OPERANDS: u32 = 2_048;
/// Most blocks open inside one another in a function.
pub const MAX_NESTING: u32 = 2_048;
/// Most targets of a `br_table`.
pub const MAX_BRANCH_TARGETS: u32 = 8_192;
/// Most globals.
pub const MAX_GLOBALS: u32 = 1_000;
/// Most exports.
pub const MAX_EXPORTS: u32 = 1_000;
/// Most entries of the table, which is filled for every unit.
pub const MAX_TABLE: u32 = 16_384;
/// Most data segments, and most element segments.
pub const MAX_SEGMENTS: u32 = 1_000;

/// Most stack slots that a unit can use, whatever its [`Limits`](super::Limits) say.
///
/// At `NATIVE_SLOT` bytes a slot this is the 16 MiB of stack that compiled guests run on.
pub const MAX_STACK: u32 = 256 * 1024;

/// Bytes of a machine's stack that stand behind one slot.
///
/// A frame of compiled code holds its variables and operands, saved registers, and values that the compiler computed
/// early or kept for later. A slot stands for two instructions or one variable or operand; an instruction makes a few
/// machine words at most (an address, its checked and widened forms, a result). 64 bytes hold eight for each slot.
#[cfg(feature = "native")]
pub(crate) const NATIVE_SLOT: usize = 64;

/// Slots that every frame takes on top of its own content: the return address, saved registers, the call's bookkeeping.
pub(crate) const FRAME_SLOTS: u32 = 8;
