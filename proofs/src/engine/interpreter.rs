//! The engine for everywhere, the runtime first of all: wasmi, an interpreter.

use super::{after_start, Engine, EngineError, Host, Outcome, Stop, Trap};
use crate::{
	guest::{bounds, Limits, Metered, GAS_LEFT, HOST, MEMORY, STACK_LEFT, UNIT},
	Gas,
};
use alloc::{format, string::ToString};
use core::fmt::Display;
use wasmi::{
	Caller, CompilationMode, Config, Error, Global, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder,
	TrapCode, Val,
};

/// Most bytes of the interpreter's value stack. It keeps variables and operands in cells of eight bytes; twice the budget
/// leaves room for what it adds to a frame.
const STACK_BYTES: usize = bounds::MAX_STACK as usize * 8 * 2;

/// Most frames on its call stack: what the budget allows, and the first.
const FRAMES: usize = (bounds::MAX_STACK / bounds::FRAME_SLOTS) as usize + 2;

/// Runs guests by interpretation, without the standard library.
#[derive(Clone, Debug)]
pub struct Interpreter {
	engine: wasmi::Engine,
}

impl Interpreter {
	/// An interpreter with what guests may use switched on, and nothing else.
	pub fn new() -> Self {
		let mut config = Config::default();
		config
			.compilation_mode(CompilationMode::Eager)
			.ignore_custom_sections(true)
			.allow_start_fn(false)
			.set_max_recursion_depth(FRAMES)
			.set_max_stack_height(STACK_BYTES)
			.wasm_multi_memory(false)
			.wasm_multi_value(false)
			.wasm_reference_types(false)
			.wasm_tail_call(false)
			.wasm_extended_const(false);
		Self { engine: wasmi::Engine::new(&config) }
	}
}

impl Default for Interpreter {
	fn default() -> Self {
		Self::new()
	}
}

/// A guest as the [`Interpreter`] runs it.
pub struct InterpreterModule {
	module: Module,
	linker: Linker<State>,
	limits: Limits,
	start_gas: Gas,
}

/// A unit's state.
struct State {
	host: Host,
	limiter: StoreLimits,
	/// What the host functions reach into; there from when the instance is.
	instance: Option<(Memory, Global)>,
}

impl Engine for Interpreter {
	type Module = InterpreterModule;

	fn compile(&self, guest: &Metered) -> Result<Self::Module, EngineError> {
		let module = Module::new(&self.engine, guest.wasm()).map_err(setup)?;
		let mut linker = Linker::new(&self.engine);
		linker
			.func_wrap(HOST, "input_len", |caller: Caller<'_, State>| caller.data().host.input_len())
			.and_then(|linker| linker.func_wrap(HOST, "input_read", input_read))
			.and_then(|linker| linker.func_wrap(HOST, "output_write", output_write))
			.map_err(setup)?;
		Ok(InterpreterModule { module, linker, limits: *guest.limits(), start_gas: guest.start_gas() })
	}

	fn run(&self, module: &Self::Module, input: &[u8], index: u32, gas_limit: Gas) -> Result<Outcome, EngineError> {
		let host = Host::new(input, &module.limits)?;
		let gas = match after_start(module.start_gas, gas_limit) {
			Ok(gas) => gas,
			Err(outcome) => return Ok(outcome),
		};
		// Growing beyond the memory's maximum fails before it comes to this; anything else is the machine's fault.
		let limiter = StoreLimitsBuilder::new().trap_on_grow_failure(true).build();
		// The module's own engine: there may be other interpreters.
		let mut store = Store::new(module.module.engine(), State { host, limiter, instance: None });
		store.limiter(|state| &mut state.limiter);

		let instance = module.linker.instantiate_and_start(&mut store, &module.module).map_err(fault)?;
		let exports = (
			instance.get_memory(&store, MEMORY),
			instance.get_global(&store, GAS_LEFT),
			instance.get_global(&store, STACK_LEFT),
		);
		let (Some(memory), Some(gas_left), Some(stack_left)) = exports else {
			return Err(EngineError::Fault("the pass's exports are missing".into()));
		};
		let unit = instance.get_typed_func::<u32, ()>(&store, UNIT).map_err(fault)?;
		gas_left.set(&mut store, Val::I64(gas)).map_err(fault)?;
		store.data_mut().instance = Some((memory, gas_left));

		let stop = unit.call(&mut store, index).err().map(stop).transpose()?;
		let (Val::I64(gas_left), Val::I32(stack_left)) = (gas_left.get(&store), stack_left.get(&store)) else {
			return Err(EngineError::Fault("the pass's globals have other types".into()));
		};
		store.into_data().host.outcome(gas_limit, stop, gas_left, stack_left)
	}
}

fn input_read(caller: Caller<'_, State>, dst: u32, offset: u32, len: u32) -> Result<(), Error> {
	with_memory(caller, |host, memory, gas| host.input_read(memory, gas, dst, offset, len))
}

fn output_write(caller: Caller<'_, State>, src: u32, len: u32) -> Result<(), Error> {
	with_memory(caller, |host, memory, gas| host.output_write(memory, gas, src, len))
}

/// Let the host work on the unit's memory and gas.
fn with_memory(
	mut caller: Caller<'_, State>,
	work: impl FnOnce(&mut Host, &mut [u8], &mut i64) -> bool,
) -> Result<(), Error> {
	let (memory, global) = caller.data().instance.ok_or_else(|| Error::new("called before the instance was ready"))?;
	let Val::I64(mut gas) = global.get(&caller) else {
		return Err(Error::new("the gas left is of another type"));
	};
	let (bytes, state) = memory.data_and_store_mut(&mut caller);
	let proceed = work(&mut state.host, bytes, &mut gas);
	global.set(&mut caller, Val::I64(gas)).map_err(|error| Error::new(error.to_string()))?;
	if proceed {
		Ok(())
	} else {
		Err(Error::new("stopped by the host"))
	}
}

fn stop(error: Error) -> Result<Stop, EngineError> {
	let trap = match error.as_trap_code() {
		None => return Ok(Stop::Host),
		Some(TrapCode::UnreachableCodeReached) => return Ok(Stop::Unreachable),
		Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
		Some(TrapCode::TableOutOfBounds) => Trap::TableOutOfBounds,
		Some(TrapCode::IndirectCallToNull) => Trap::IndirectCallToNull,
		Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
		Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
		Some(TrapCode::BadConversionToInteger) => Trap::InvalidConversion,
		Some(TrapCode::BadSignature) => Trap::BadSignature,
		// The stack is sized for the budget, fuel is off, and only the machine denies memory.
		Some(
			code @ (TrapCode::StackOverflow
			| TrapCode::OutOfFuel
			| TrapCode::GrowthOperationLimited
			| TrapCode::OutOfSystemMemory),
		) => return Err(fault(code)),
	};
	Ok(Stop::Trap(trap))
}

fn setup(error: impl Display) -> EngineError {
	EngineError::Setup(format!("interpreter: {error}"))
}

fn fault(error: impl Display) -> EngineError {
	EngineError::Fault(format!("interpreter: {error}"))
}
