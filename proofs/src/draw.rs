//! Drawing by weight among many, in a time that does not grow with them.
//!
//! Who is drawn for a capacity round stands in a tree: each machine has a slot with its weight, slots lie in pages of
//! [`FANOUT`], and each page's sum is an entry of the page above, over [`LEVELS`] levels. To draw, a random number below
//! the total is followed down; to change a weight, one entry of each level is changed. Both touch [`LEVELS`] pages,
//! whether there are a hundred machines or a hundred thousand: O(log n), with a logarithm that is 3.
//!
//! Pages are kept by whoever has the [`Pages`]: a pallet in its storage, a test in a map. This lies in this crate and
//! not among the primitives, since it knows neither accounts nor balances nor anything else of the chain, and off chain
//! it tells a provider its chance to be drawn next.
//!
//! ```
//! use assay_proofs::draw::{weight, Page, Tree, QUALITY_ONE};
//! use std::collections::BTreeMap;
//!
//! let mut tree = Tree::new(BTreeMap::<(u8, u32), Page>::new());
//! let often = tree.insert(weight(900, QUALITY_ONE, 0)).unwrap();
//! let seldom = tree.insert(weight(300, QUALITY_ONE, 2)).unwrap();
//! assert_eq!(tree.total(), 1_000);
//! assert_eq!(tree.pick(&[0; 32]), Some(often));
//! assert_eq!(tree.pick(&[255; 32]), Some(seldom));
//! ```

use crate::Hash;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Entries of a page. A page is a kilobyte; its bits of what is taken fill one word.
pub const FANOUT: u32 = 64;

/// Pages from the root to a slot. Always as many, so that a draw costs the same however many there are.
pub const LEVELS: u8 = 3;

/// Slots of a tree: 262,144.
pub const SLOTS: u32 = FANOUT.pow(LEVELS as u32);

/// The quality of a machine with which nothing is wrong; others are parts of it.
pub const QUALITY_ONE: u32 = 1_000_000;

/// How likely a slot is drawn, in relation to the total.
pub type Weight = u128;

/// The weight of a machine: `stake · quality / (1 + recent)`, rounded down.
///
/// `quality` is in parts of [`QUALITY_ONE`] and counts as that when it is above; `recent` is how often the machine was
/// drawn of late. Never more than `stake`, so the total cannot overflow while stakes are parts of one issuance.
pub fn weight(stake: u128, quality: u32, recent: u32) -> Weight {
	let quality = u128::from(quality.min(QUALITY_ONE));
	// At most 52 bits, and at least the quality: neither product below can overflow.
	let divisor = u128::from(QUALITY_ONE).saturating_mul(u128::from(recent).saturating_add(1));
	let whole = stake.checked_div(divisor).unwrap_or(0).saturating_mul(quality);
	let rest = stake.checked_rem(divisor).unwrap_or(0).saturating_mul(quality).checked_div(divisor).unwrap_or(0);
	whole.saturating_add(rest)
}

/// Some entries of the tree.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Page {
	/// On the lowest level the slots' weights; above, the sums of the pages below.
	sums: [Weight; FANOUT as usize],
	/// On the lowest level which slots are taken; above, below which entries all slots are.
	full: u64,
}

impl Page {
	const EMPTY: Self = Self { sums: [0; FANOUT as usize], full: 0 };

	fn sum(&self, entry: u32) -> Weight {
		self.sums.get(entry as usize).copied().unwrap_or(0)
	}

	fn is_full(&self, entry: u32) -> bool {
		self.full.checked_shr(entry).unwrap_or(0) & 1 == 1
	}

	/// Set an entry.
	fn set(&mut self, entry: u32, sum: Weight, full: bool) {
		if let Some(place) = self.sums.get_mut(entry as usize) {
			*place = sum;
		}
		let bit = 1u64.checked_shl(entry).unwrap_or(0);
		self.full = if full { self.full | bit } else { self.full & !bit };
	}

	/// The sum of all entries. `None` when it is beyond what a weight can be.
	fn total(&self) -> Option<Weight> {
		self.sums.iter().try_fold(0, |total: Weight, sum| total.checked_add(*sum))
	}

	/// The entry on which `number` falls when the entries lie side by side from zero, and how far into it.
	fn find(&self, number: Weight) -> Option<(u32, Weight)> {
		let mut rest = number;
		for (entry, sum) in (0..).zip(&self.sums) {
			match rest.checked_sub(*sum) {
				Some(after) => rest = after,
				None => return Some((entry, rest)),
			}
		}
		None
	}
}

/// Where pages are kept. A page that was never put is empty.
pub trait Pages {
	/// Page `index` of a level; level 0 is that of the slots.
	fn get(&self, level: u8, index: u32) -> Option<Page>;

	/// Keep this page, or forget it when there is none: then it is empty.
	fn put(&mut self, level: u8, index: u32, page: Option<Page>);
}

#[cfg(feature = "std")]
impl Pages for std::collections::BTreeMap<(u8, u32), Page> {
	fn get(&self, level: u8, index: u32) -> Option<Page> {
		std::collections::BTreeMap::get(self, &(level, index)).cloned()
	}

	fn put(&mut self, level: u8, index: u32, page: Option<Page>) {
		match page {
			Some(page) => drop(self.insert((level, index), page)),
			None => drop(self.remove(&(level, index))),
		}
	}
}

/// Slots with weights, in pages.
///
/// Every method touches at most [`LEVELS`] pages. One that fails changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Tree<P>(P);

impl<P: Pages> Tree<P> {
	/// The tree that these pages hold. Keep others' hands off them.
	pub fn new(pages: P) -> Self {
		Self(pages)
	}

	/// The pages.
	pub fn into_pages(self) -> P {
		self.0
	}

	/// Take the lowest free slot for something with this weight. With weight zero it is never drawn.
	pub fn insert(&mut self, weight: Weight) -> Result<u32, DrawError> {
		let mut index = 0u32;
		for level in (0..LEVELS).rev() {
			let free = (!self.page(level, index).full).trailing_zeros();
			if free >= FANOUT {
				return Err(DrawError::Full);
			}
			index = index.saturating_mul(FANOUT).saturating_add(free);
		}
		self.set(index, Some(weight))?;
		Ok(index)
	}

	/// Give a taken slot another weight. Returns the one that it had.
	pub fn update(&mut self, slot: u32, weight: Weight) -> Result<Weight, DrawError> {
		let before = self.weight(slot).ok_or(DrawError::Free)?;
		self.set(slot, Some(weight))?;
		Ok(before)
	}

	/// Free a taken slot; a later [`insert`](Self::insert) may take it again. Returns the weight that it had.
	pub fn remove(&mut self, slot: u32) -> Result<Weight, DrawError> {
		let before = self.weight(slot).ok_or(DrawError::Free)?;
		self.set(slot, None)?;
		Ok(before)
	}

	/// The weight of a taken slot.
	pub fn weight(&self, slot: u32) -> Option<Weight> {
		let page = self.0.get(0, slot / FANOUT).filter(|page| page.is_full(slot % FANOUT))?;
		Some(page.sum(slot % FANOUT))
	}

	/// The sum of all weights.
	pub fn total(&self) -> Weight {
		self.page(LEVELS.saturating_sub(1), 0).total().unwrap_or(Weight::MAX)
	}

	/// The slot on which `number` falls when the weights lie side by side from zero, in the order of slots.
	///
	/// `None` when `number` is not below the [`total`](Self::total).
	pub fn draw(&self, number: Weight) -> Option<u32> {
		self.locate(number).map(|(slot, _)| slot)
	}

	/// The slot on which `number` falls, as by [`draw`](Self::draw), and how far into its weight: less than that.
	pub fn locate(&self, number: Weight) -> Option<(u32, Weight)> {
		let (mut index, mut rest) = (0u32, number);
		for level in (0..LEVELS).rev() {
			let (entry, within) = self.0.get(level, index)?.find(rest)?;
			index = index.saturating_mul(FANOUT).saturating_add(entry);
			rest = within;
		}
		Some((index, rest))
	}

	/// A slot, each with the chance of its share in the total, by a random number. `None` when the total is zero.
	///
	/// No chance is off by more than 2⁻¹²⁸. To draw several different ones, set the weight of each to zero
	/// before the next is drawn.
	pub fn pick(&self, random: &Hash) -> Option<u32> {
		self.pick_point(random).map(|(slot, _)| slot)
	}

	/// A slot as by [`pick`](Self::pick), and a point of its weight, each with the same chance: from zero to one below it.
	pub fn pick_point(&self, random: &Hash) -> Option<(u32, Weight)> {
		let random = random.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes));
		self.locate(high_product(random, self.total()))
	}

	/// Whether all sums are those of the pages below, from the root down. O(slots taken): for tests and `try_state`.
	pub fn check(&self) -> Result<(), &'static str> {
		self.page(LEVELS.saturating_sub(1), 0).total().ok_or("the total overflows")?;
		self.check_page(LEVELS.saturating_sub(1), 0)
	}

	fn check_page(&self, level: u8, index: u32) -> Result<(), &'static str> {
		let page = self.page(level, index);
		for entry in 0..FANOUT {
			let Some(below) = level.checked_sub(1) else {
				if page.sum(entry) != 0 && !page.is_full(entry) {
					return Err("a free slot has a weight");
				}
				continue;
			};
			let child_index = index.saturating_mul(FANOUT).saturating_add(entry);
			let child = self.0.get(below, child_index);
			if child.as_ref() == Some(&Page::EMPTY) {
				return Err("an empty page is kept");
			}
			let present = child.is_some();
			let child = child.unwrap_or(Page::EMPTY);
			if child.total() != Some(page.sum(entry)) {
				return Err("a sum is not that of the page below");
			}
			if (child.full == u64::MAX) != page.is_full(entry) {
				return Err("a page below is full and not marked so, or the other way round");
			}
			if present {
				self.check_page(below, child_index)?;
			}
		}
		Ok(())
	}

	fn page(&self, level: u8, index: u32) -> Page {
		self.0.get(level, index).unwrap_or(Page::EMPTY)
	}

	/// Give a slot a weight, or free it, and set the sums above it. Nothing is written before all is known to go well.
	fn set(&mut self, slot: u32, content: Option<Weight>) -> Result<(), DrawError> {
		if slot >= SLOTS {
			return Err(DrawError::Free);
		}
		let mut changed = [const { None }; LEVELS as usize];
		let (mut index, mut sum, mut full) = (slot, content.unwrap_or(0), content.is_some());
		for (level, changed) in (0..LEVELS).zip(&mut changed) {
			let mut page = self.page(level, index / FANOUT);
			page.set(index % FANOUT, sum, full);
			index /= FANOUT;
			(sum, full) = (page.total().ok_or(DrawError::Overflow)?, page.full == u64::MAX);
			*changed = Some((index, page));
		}
		for (level, (index, page)) in (0..LEVELS).zip(changed.into_iter().flatten()) {
			self.0.put(level, index, (page != Page::EMPTY).then_some(page));
		}
		Ok(())
	}
}

/// The upper half of the product of two numbers: `a · b / 2¹²⁸`, rounded down.
fn high_product(a: u128, b: u128) -> u128 {
	const LOW: u128 = u64::MAX as u128;
	let ((a1, a0), (b1, b0)) = ((a >> 64, a & LOW), (b >> 64, b & LOW));
	// A product of halves is at most (2⁶⁴ − 1)², so that neither it nor a sum below overflows.
	let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> 64);
	let other = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
	a1.wrapping_mul(b1).wrapping_add(middle >> 64).wrapping_add(other >> 64)
}

/// Why a slot was not set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DrawError {
	/// All [`SLOTS`] are taken.
	Full,
	/// The slot is free, or there is none of this number.
	Free,
	/// The total would be beyond what a weight can be.
	Overflow,
}

impl fmt::Display for DrawError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Full => "all slots are taken",
			Self::Free => "there is nothing in this slot",
			Self::Overflow => "the sum of all weights would overflow",
		})
	}
}

impl core::error::Error for DrawError {}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use std::{collections::BTreeMap, vec::Vec};

	type Map = BTreeMap<(u8, u32), Page>;

	fn tree(weights: &[Weight]) -> Tree<Map> {
		let mut tree = Tree::<Map>::default();
		for (slot, weight) in (0..).zip(weights) {
			assert_eq!(tree.insert(*weight), Ok(slot));
		}
		tree
	}

	/// What [`Tree::draw`] must give: a search along the weights.
	fn naive(weights: &BTreeMap<u32, Weight>, number: Weight) -> Option<u32> {
		let mut end = 0;
		weights
			.iter()
			.find(|(_, weight)| {
				end += **weight;
				number < end
			})
			.map(|(slot, _)| *slot)
	}

	#[test]
	fn weight_should_follow_its_formula() {
		assert_eq!(weight(1_000, QUALITY_ONE, 0), 1_000);
		assert_eq!(weight(1_000, QUALITY_ONE / 2, 0), 500);
		assert_eq!(weight(1_000, QUALITY_ONE, 2), 333);
		assert_eq!(weight(1_000, u32::MAX, 0), 1_000);
		assert_eq!(weight(u128::MAX, QUALITY_ONE, 0), u128::MAX);
		assert_eq!(weight(u128::MAX, 0, 0), 0);
		assert_eq!(weight(u128::MAX, QUALITY_ONE, u32::MAX), u128::MAX >> 32);
	}

	#[test]
	fn draw_should_give_nothing_when_there_is_nothing() {
		let empty = tree(&[]);
		assert_eq!((empty.total(), empty.draw(0), empty.pick(&[7; 32])), (0, None, None));
		let weightless = tree(&[0, 0]);
		assert_eq!((weightless.total(), weightless.draw(0), weightless.pick(&[7; 32])), (0, None, None));
	}

	#[test]
	fn every_number_should_fall_on_the_slot_that_a_search_finds() {
		let weights = [3, 0, 1, 7, 0, 0, 5];
		let tree = tree(&weights);
		let slots = (0..).zip(weights).collect();
		for number in 0..20 {
			assert_eq!(tree.draw(number), naive(&slots, number), "number {number}");
		}
		let points: Vec<_> = (0..16).filter_map(|number| tree.locate(number)).collect();
		let every = (0..).zip(weights).flat_map(|(slot, weight)| (0..weight).map(move |point| (slot, point)));
		assert_eq!(points, every.collect::<Vec<(u32, Weight)>>());
		assert_eq!(tree.draw(16), None);
	}

	#[test]
	fn insert_should_take_the_lowest_free_slot() {
		let mut tree = tree(&[1; 200]);
		assert_eq!(tree.remove(70), Ok(1));
		assert_eq!(tree.remove(5), Ok(1));
		assert_eq!(tree.insert(2), Ok(5));
		assert_eq!(tree.insert(2), Ok(70));
		assert_eq!(tree.insert(2), Ok(200));
		assert_eq!(tree.check(), Ok(()));
	}

	#[test]
	fn pages_should_vanish_when_nothing_is_left() {
		let mut tree = tree(&[9; 130]);
		for slot in 0..130 {
			assert_eq!(tree.remove(slot), Ok(9));
		}
		assert!(tree.into_pages().is_empty());
	}

	#[test]
	fn insert_should_fail_when_all_slots_are_taken() {
		let mut tree = tree(&[1; SLOTS as usize]);
		assert_eq!(tree.total(), Weight::from(SLOTS));
		assert_eq!(tree.draw(Weight::from(SLOTS - 1)), Some(SLOTS - 1));
		assert_eq!(tree.insert(1), Err(DrawError::Full));
		assert_eq!(tree.remove(SLOTS - 2), Ok(1));
		assert_eq!(tree.insert(4), Ok(SLOTS - 2));
		assert_eq!(tree.check(), Ok(()));
	}

	#[test]
	fn nothing_should_change_when_the_total_would_overflow() {
		let mut tree = tree(&[Weight::MAX - 5, 5]);
		let before = tree.clone().into_pages();
		assert_eq!(tree.insert(1), Err(DrawError::Overflow));
		assert_eq!(tree.update(1, 6), Err(DrawError::Overflow));
		assert_eq!(tree.clone().into_pages(), before);
		assert_eq!(tree.update(1, 4), Ok(5));
		assert_eq!(tree.insert(1), Ok(2));
	}

	#[test]
	fn free_slots_should_be_refused() {
		let mut tree = tree(&[1]);
		for slot in [1, 64, SLOTS - 1, SLOTS, u32::MAX] {
			assert_eq!(tree.update(slot, 1), Err(DrawError::Free));
			assert_eq!(tree.remove(slot), Err(DrawError::Free));
			assert_eq!(tree.weight(slot), None);
		}
	}

	#[test]
	fn check_should_find_what_is_wrong() {
		let bent = |bend: &dyn Fn(&mut Map)| {
			let mut pages = tree(&[1; 64]).into_pages();
			bend(&mut pages);
			Tree::new(pages).check()
		};
		let page = |pages: &mut Map, level, change: &dyn Fn(&mut Page)| {
			change(pages.get_mut(&(level, 0)).expect("the page is there"));
		};
		assert_eq!(bent(&|_| ()), Ok(()));
		let sum = Err("a sum is not that of the page below");
		assert_eq!(bent(&|pages| page(pages, 0, &|page| page.sums[3] = 2)), sum);
		assert_eq!(bent(&|pages| page(pages, 1, &|page| page.sums[0] = 65)), sum);
		let lose = |pages: &mut Map| {
			pages.remove(&(0, 0));
		};
		assert_eq!(bent(&lose), sum);
		let full = Err("a page below is full and not marked so, or the other way round");
		assert_eq!(bent(&|pages| page(pages, 1, &|page| page.full = 0)), full);
		assert_eq!(bent(&|pages| page(pages, 2, &|page| page.full = 1)), full);
		let free = |pages: &mut Map| {
			page(pages, 0, &|page| page.full -= 1);
			page(pages, 1, &|page| page.full = 0);
		};
		assert_eq!(bent(&free), Err("a free slot has a weight"));
		let keep = |pages: &mut Map| {
			pages.insert((1, 5), Page::EMPTY);
		};
		assert_eq!(bent(&keep), Err("an empty page is kept"));
		let overflow = |pages: &mut Map| page(pages, 2, &|page| page.sums[1] = Weight::MAX);
		assert_eq!(bent(&overflow), Err("the total overflows"));
	}

	#[test]
	fn nothing_should_panic_when_pages_contradict_each_other() {
		let mut pages = Map::new();
		pages.insert((2, 0), Page { sums: [Weight::MAX; 64], full: 0 });
		pages.insert((1, 0), Page { sums: [1; 64], full: 3 });
		let mut tree = Tree::new(pages);
		assert_eq!(tree.total(), Weight::MAX);
		assert_eq!(tree.draw(5), None);
		assert_eq!(tree.pick(&[255; 32]), None);
		assert_eq!(tree.insert(1), Err(DrawError::Overflow));
		assert!(tree.check().is_err());
	}

	#[test]
	fn page_should_be_encoded_as_pinned() {
		let mut page = Page::EMPTY;
		page.set(1, 7, true);
		let mut expected = Vec::from([0u8; 64 * 16 + 8]);
		(expected[16], expected[64 * 16]) = (7, 2);
		assert_eq!(page.encode(), expected);
		assert_eq!(Page::max_encoded_len(), expected.len());
	}

	#[test]
	fn pick_should_spread_as_the_weights_do() {
		let tree = tree(&[10, 20, 70]);
		let mut counts = [0u32; 3];
		for number in 0u32..10_000 {
			let slot = tree.pick(&crate::hash(&number.to_le_bytes())).expect("there are weights");
			counts[slot as usize] += 1;
		}
		// Five standard deviations are at most 230.
		for (count, expected) in counts.into_iter().zip([1_000, 2_000, 7_000u32]) {
			assert!(count.abs_diff(expected) < 230, "{counts:?}");
		}
	}

	#[derive(Clone, Debug)]
	enum Operation {
		Insert(Weight),
		Update(prop::sample::Index, Weight),
		Remove(prop::sample::Index),
	}

	fn operation() -> impl Strategy<Value = Operation> {
		let small = 0u128..20;
		prop_oneof![
			5 => small.clone().prop_map(Operation::Insert),
			2 => (any::<prop::sample::Index>(), small).prop_map(|(slot, weight)| Operation::Update(slot, weight)),
			3 => any::<prop::sample::Index>().prop_map(Operation::Remove),
		]
	}

	proptest! {
		#[test]
		fn tree_should_do_as_a_list_does(operations in prop::collection::vec(operation(), 1..400)) {
			let (mut tree, mut model) = (Tree::<Map>::default(), BTreeMap::new());
			for operation in operations {
				let slots: Vec<u32> = model.keys().copied().collect();
				match operation {
					Operation::Insert(weight) => {
						let free = (0..).find(|slot| !model.contains_key(slot)).expect("there are few");
						prop_assert_eq!(tree.insert(weight), Ok(free));
						model.insert(free, weight);
					},
					Operation::Update(pick, weight) if !slots.is_empty() => {
						let slot = *pick.get(&slots);
						prop_assert_eq!(tree.update(slot, weight).ok(), model.insert(slot, weight));
					},
					Operation::Remove(pick) if !slots.is_empty() => {
						let slot = *pick.get(&slots);
						prop_assert_eq!(tree.remove(slot).ok(), model.remove(&slot));
					},
					_ => (),
				}
			}
			prop_assert_eq!(tree.check(), Ok(()));
			let total: Weight = model.values().sum();
			prop_assert_eq!(tree.total(), total);
			for number in 0..=total {
				prop_assert_eq!(tree.draw(number), naive(&model, number));
			}
			for slot in 0..500 {
				prop_assert_eq!(tree.weight(slot), model.get(&slot).copied());
			}
		}

		#[test]
		fn high_product_should_be_exact(a: u128, b: u128) {
			// By schoolbook multiplication in digits of 32 bits.
			let digits = |number: u128| [0, 32, 64, 96].map(|shift| u64::from((number >> shift) as u32));
			let mut result = [0u64; 8];
			for (i, a) in digits(a).into_iter().enumerate() {
				let mut carry = 0;
				for (j, b) in digits(b).into_iter().enumerate() {
					let sum = result[i + j] + a * b + carry;
					(result[i + j], carry) = (sum & 0xffff_ffff, sum >> 32);
				}
				result[i + 4] = carry;
			}
			let high = result[4..].iter().rev().fold(0, |high, digit| high << 32 | u128::from(*digit));
			prop_assert_eq!(high_product(a, b), high);
		}

		#[test]
		fn pick_should_never_leave_the_tree(random: Hash, weights in prop::collection::vec(0u128..1 << 120, 1..100)) {
			let tree = tree(&weights);
			let picked = tree.pick(&random);
			prop_assert_eq!(picked.is_some(), tree.total() > 0);
			if let Some(slot) = picked {
				prop_assert!(weights[slot as usize] > 0);
			}
		}

		#[test]
		fn weight_should_be_exact_and_fall_with_each_draw(stake in 0u128..1 << 100, quality: u32, recent: u32) {
			let found = weight(stake, quality, recent);
			let divisor = u128::from(QUALITY_ONE) * (u128::from(recent) + 1);
			prop_assert_eq!(found, stake * u128::from(quality.min(QUALITY_ONE)) / divisor);
			prop_assert!(weight(stake, quality, recent.saturating_add(1)) <= found);
		}
	}
}
