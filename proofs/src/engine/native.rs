//! The engine for daemons and tools: wasmtime, which compiles guests to machine code.

use super::{after_start, Engine, EngineError, Host, Outcome, Stop};
use crate::{
	guest::{bounds, Limits, Metered, GAS_LEFT, HOST, MEMORY, STACK_LEFT, UNIT},
	Gas,
};
use std::{
	cell::Cell,
	format, io,
	string::String,
	thread::{self, JoinHandle},
};
use wasmtime::{
	Caller, Config, Error, Global, InstancePre, Linker, Memory, Module, OptLevel, ResourceLimiter, Store, Val,
};

/// Stack that the guest's compiled code may use.
const WASM_STACK: usize = bounds::MAX_STACK as usize * bounds::NATIVE_SLOT;

/// Stack of the threads that units run on: the guest's, and ample room for the host's own functions.
const THREAD_STACK: usize = WASM_STACK + 2 * 1024 * 1024;

std::thread_local! {
	/// Whether this thread was started by [`Native::spawn`], so that guests find room on its stack.
	static ROOMY: Cell<bool> = const { Cell::new(false) };
}

/// Runs guests at about the speed of native code.
#[derive(Clone)]
pub struct Native {
	engine: wasmtime::Engine,
}

impl Native {
	/// An engine with what guests may use switched on, and nothing else.
	///
	/// Each instance reserves 4 GiB of address space, not memory, so that compiled code needs no bounds checks. Where the
	/// address space is limited below that, running fails with an [`EngineError`].
	pub fn new() -> Result<Self, EngineError> {
		let mut config = Config::new();
		config
			// NaNs and gas are the pass's work, see `guest`.
			.cranelift_nan_canonicalization(false)
			.consume_fuel(false)
			.cranelift_opt_level(OptLevel::Speed)
			.max_wasm_stack(WASM_STACK)
			.wasm_backtrace(false)
			.wasm_bulk_memory(true)
			.wasm_extended_const(false)
			.wasm_memory64(false)
			.wasm_multi_memory(false)
			.wasm_multi_value(false)
			.wasm_relaxed_simd(false)
			.wasm_simd(false)
			.wasm_tail_call(false);
		let engine = wasmtime::Engine::new(&config).map_err(setup)?;
		Ok(Self { engine })
	}

	/// Start a thread on which units run without a thread of their own. Worth it for short units.
	pub fn spawn<T: Send + 'static>(
		name: String,
		work: impl FnOnce() -> T + Send + 'static,
	) -> io::Result<JoinHandle<T>> {
		thread::Builder::new().name(name).stack_size(THREAD_STACK).spawn(|| {
			ROOMY.set(true);
			work()
		})
	}
}

/// A guest as [`Native`] runs it. Cheap to clone; units of it can run on many threads at once.
#[derive(Clone)]
pub struct NativeModule {
	instance: InstancePre<State>,
	limits: Limits,
	start_gas: Gas,
}

/// A unit's state.
struct State {
	host: Host,
	limiter: Limiter,
	/// What the host functions reach into; there from when the instance is.
	instance: Option<(Memory, Global)>,
}

impl Engine for Native {
	type Module = NativeModule;

	fn compile(&self, guest: &Metered) -> Result<Self::Module, EngineError> {
		let module = Module::from_binary(&self.engine, guest.wasm()).map_err(setup)?;
		let mut linker = Linker::new(&self.engine);
		linker
			.func_wrap(HOST, "input_len", |caller: Caller<'_, State>| caller.data().host.input_len())
			.and_then(|linker| linker.func_wrap(HOST, "input_read", input_read))
			.and_then(|linker| linker.func_wrap(HOST, "output_write", output_write))
			.map_err(setup)?;
		let instance = linker.instantiate_pre(&module).map_err(setup)?;
		Ok(NativeModule { instance, limits: *guest.limits(), start_gas: guest.start_gas() })
	}

	fn run(&self, module: &Self::Module, input: &[u8], index: u32, gas_limit: Gas) -> Result<Outcome, EngineError> {
		let host = Host::new(input, &module.limits)?;
		let gas = match after_start(module.start_gas, gas_limit) {
			Ok(gas) => gas,
			Err(outcome) => return Ok(outcome),
		};
		if ROOMY.get() {
			return module.run_here(host, index, gas, gas_limit);
		}
		// Guests use the stack of the thread they are called on. One of our own has the size that the stack budget needs,
		// whatever the caller's is.
		thread::scope(|scope| {
			thread::Builder::new()
				.name("guest".into())
				.stack_size(THREAD_STACK)
				.spawn_scoped(scope, || module.run_here(host, index, gas, gas_limit))
				.map_err(|error| EngineError::Fault(format!("no thread to run the guest on: {error}")))?
				.join()
				.map_err(|_| EngineError::Fault(String::from("the thread that ran the guest panicked")))?
		})
	}
}

impl NativeModule {
	/// Run a unit on this thread, whose stack is large enough.
	fn run_here(&self, host: Host, index: u32, gas: i64, gas_limit: Gas) -> Result<Outcome, EngineError> {
		let engine = self.instance.module().engine();
		let mut store = Store::new(engine, State { host, limiter: Limiter, instance: None });
		store.limiter(|state| &mut state.limiter);

		let instance = self.instance.instantiate(&mut store).map_err(fault)?;
		let exports = (
			instance.get_memory(&mut store, MEMORY),
			instance.get_global(&mut store, GAS_LEFT),
			instance.get_global(&mut store, STACK_LEFT),
		);
		let (Some(memory), Some(gas_left), Some(stack_left)) = exports else {
			return Err(EngineError::Fault("the pass's exports are missing".into()));
		};
		let unit = instance.get_typed_func::<u32, ()>(&mut store, UNIT).map_err(fault)?;
		gas_left.set(&mut store, Val::I64(gas)).map_err(fault)?;
		store.data_mut().instance = Some((memory, gas_left));

		let stop = unit.call(&mut store, index).err().map(stop).transpose()?;
		let (Val::I64(gas_left), Val::I32(stack_left)) = (gas_left.get(&mut store), stack_left.get(&mut store)) else {
			return Err(EngineError::Fault("the pass's globals have other types".into()));
		};
		store.into_data().host.outcome(gas_limit, stop, gas_left, stack_left)
	}
}

/// Lets memory grow up to its maximum and nothing else, and tells a fault of the machine from the guest's own failure.
struct Limiter;

impl ResourceLimiter for Limiter {
	fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
		Ok(maximum.is_some_and(|maximum| desired <= maximum))
	}

	fn memory_grow_failed(&mut self, error: Error) -> wasmtime::Result<()> {
		// It was allowed, so it must not fail.
		Err(error.context(OutOfMemory))
	}

	fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
		Ok(true)
	}
}

/// The machine did not give memory that the guest may have.
#[derive(Debug)]
struct OutOfMemory;

impl std::fmt::Display for OutOfMemory {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("no memory for the guest")
	}
}

fn input_read(caller: Caller<'_, State>, dst: u32, offset: u32, len: u32) -> wasmtime::Result<()> {
	with_memory(caller, |host, memory, gas| host.input_read(memory, gas, dst, offset, len))
}

fn output_write(caller: Caller<'_, State>, src: u32, len: u32) -> wasmtime::Result<()> {
	with_memory(caller, |host, memory, gas| host.output_write(memory, gas, src, len))
}

/// Let the host work on the unit's memory and gas.
fn with_memory(
	mut caller: Caller<'_, State>,
	work: impl FnOnce(&mut Host, &mut [u8], &mut i64) -> bool,
) -> wasmtime::Result<()> {
	let (memory, global) = caller.data().instance.ok_or_else(|| Error::msg("called before the instance was ready"))?;
	let Val::I64(mut gas) = global.get(&mut caller) else {
		return Err(Error::msg("the gas left is of another type"));
	};
	let (bytes, state) = memory.data_and_store_mut(&mut caller);
	let proceed = work(&mut state.host, bytes, &mut gas);
	global.set(&mut caller, Val::I64(gas))?;
	if proceed {
		Ok(())
	} else {
		Err(Error::msg("stopped by the host"))
	}
}

fn stop(error: Error) -> Result<Stop, EngineError> {
	use wasmtime::Trap as Code;
	if error.downcast_ref::<OutOfMemory>().is_some() {
		return Err(fault(error));
	}
	let trap = match error.downcast_ref::<Code>() {
		None => return Ok(Stop::Host),
		Some(Code::UnreachableCodeReached) => return Ok(Stop::Unreachable),
		Some(Code::MemoryOutOfBounds) => super::Trap::MemoryOutOfBounds,
		Some(Code::TableOutOfBounds) => super::Trap::TableOutOfBounds,
		Some(Code::IndirectCallToNull) => super::Trap::IndirectCallToNull,
		Some(Code::IntegerDivisionByZero) => super::Trap::DivisionByZero,
		Some(Code::IntegerOverflow) => super::Trap::IntegerOverflow,
		Some(Code::BadConversionToInteger) => super::Trap::InvalidConversion,
		Some(Code::BadSignature) => super::Trap::BadSignature,
		// The stack is sized for the budget, and the rest belongs to features that are off.
		Some(_) => return Err(fault(error)),
	};
	Ok(Stop::Trap(trap))
}

fn setup(error: Error) -> EngineError {
	EngineError::Setup(format!("compiler: {error:#}"))
}

fn fault(error: Error) -> EngineError {
	EngineError::Fault(format!("compiled code: {error:#}"))
}
