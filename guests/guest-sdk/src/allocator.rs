//! A global allocator for programs that live for one unit.

use core::{
	alloc::{GlobalAlloc, Layout},
	arch::wasm32::{memory_grow, memory_size},
	ptr,
	sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Size of a WASM page in bytes.
const PAGE: usize = 65_536;

extern "C" {
	/// Set by the linker: its address is the first byte after stack and statics.
	static __heap_base: u8;
}

/// Gives out memory in one direction and takes back only the newest allocation. Every unit runs in a new instance with
/// new memory, so what is freed is not worth the gas of remembering it.
struct Bump {
	/// First free byte; 0 before the first allocation. Guests have one thread: the atomic is only a `Cell` that may
	/// stand in a static, and compiles to plain loads and stores.
	next: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { next: AtomicUsize::new(0) };

impl Bump {
	/// First free byte.
	fn next(&self) -> usize {
		match self.next.load(Relaxed) {
			0 => &raw const __heap_base as usize,
			next => next,
		}
	}

	/// Makes all bytes below `end` usable and taken. False if the host gives no more memory.
	fn take_until(&self, end: usize) -> bool {
		let have = memory_size::<0>().saturating_mul(PAGE);
		if end > have && memory_grow::<0>((end - have).div_ceil(PAGE)) == usize::MAX {
			return false;
		}
		self.next.store(end, Relaxed);
		true
	}
}

// SAFETY: `alloc` returns null or the start of `layout.size()` bytes with the alignment asked for that lie inside the
// memory, above everything given out before and not freed since, because `next` only moves up except over the newest
// allocation. Nothing here panics.
unsafe impl GlobalAlloc for Bump {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		let mask = layout.align() - 1;
		let Some(start) = self.next().checked_add(mask).map(|end| end & !mask) else { return ptr::null_mut() };
		match start.checked_add(layout.size()) {
			Some(end) if self.take_until(end) => start as *mut u8,
			_ => ptr::null_mut(),
		}
	}

	unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
		if start as usize + layout.size() == self.next() {
			self.next.store(start as usize, Relaxed);
		}
	}

	unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
		// The newest allocation grows and shrinks where it is: a vector filled step by step is never copied.
		if start as usize + layout.size() == self.next() {
			return match (start as usize).checked_add(new_size) {
				Some(end) if self.take_until(end) => start,
				_ => ptr::null_mut(),
			};
		}
		if new_size <= layout.size() {
			return start;
		}
		// SAFETY: the caller promises that `new_size` rounded up to the alignment does not overflow `isize`.
		let new = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
		if !new.is_null() {
			// SAFETY: the old allocation is valid for its size, which is smaller than the new one, and lies below it.
			unsafe { ptr::copy_nonoverlapping(start, new, layout.size()) };
		}
		new
	}
}
