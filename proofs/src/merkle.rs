//! The commitment to a job's outputs: one hash that binds every unit's output, of which single units can be opened.
//!
//! A binary Merkle tree over the units in order, by BLAKE2b-256 with a prefix byte per kind of hash, so that no leaf can
//! pass for a node and no node for a root:
//!
//! ```text
//! leaf = H(0 ‖ index: u32 LE ‖ output hash)      node = H(1 ‖ left ‖ right)      root = H(2 ‖ count: u32 LE ‖ top)
//! ```
//!
//! A node without a sibling moves up a level unchanged. The number of units is hashed into the root: a commitment cannot
//! claim more or fewer units than the job has, and the shape of the tree, thus the length of every opening, follows from
//! it. Building a root and an opening hashes each unit about twice, O(n); an opening holds at most ⌈log₂ n⌉ hashes.

use crate::{hash_parts, Hash};
use alloc::vec::Vec;
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most units of one commitment. It bounds the depth of the tree and so what the chain decodes and hashes for a dispute.
pub const MAX_UNITS: u32 = 1 << MAX_DEPTH;

/// Most hashes in an [`Opening`].
pub const MAX_DEPTH: u32 = 20;

/// The siblings on the way from a leaf to the root, the leaf's own first.
///
/// Decoding refuses more than [`MAX_DEPTH`] of them before it allocates.
#[derive(Clone, Debug, Encode, Eq, PartialEq, TypeInfo)]
pub struct Opening {
	siblings: Vec<Hash>,
}

impl Opening {
	/// The siblings, the leaf's own first.
	pub fn siblings(&self) -> &[Hash] {
		&self.siblings
	}
}

impl Decode for Opening {
	fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
		let count = Compact::<u32>::decode(input)?.0;
		if count > MAX_DEPTH {
			return Err(Error::from("opening is deeper than any tree of units"));
		}
		let siblings = (0..count).map(|_| Hash::decode(input)).collect::<Result<_, _>>()?;
		Ok(Self { siblings })
	}
}

impl DecodeWithMemTracking for Opening {}

impl MaxEncodedLen for Opening {
	fn max_encoded_len() -> usize {
		Compact(MAX_DEPTH).encoded_size() + MAX_DEPTH as usize * size_of::<Hash>()
	}
}

/// The leaf of unit `index` whose output hashes to `output`.
pub fn leaf(index: u32, output: &Hash) -> Hash {
	hash_parts(&[&[0], &index.to_le_bytes(), output])
}

fn node(left: &Hash, right: &Hash) -> Hash {
	hash_parts(&[&[1], left, right])
}

fn seal(count: u32, top: &Hash) -> Hash {
	hash_parts(&[&[2], &count.to_le_bytes(), top])
}

/// The commitment to the hashes of all outputs, in the order of the units.
///
/// `None` when there are none, or more than [`MAX_UNITS`].
pub fn root(outputs: &[Hash]) -> Option<Hash> {
	climb(outputs, |_| ())
}

/// The opening of unit `index` in the commitment to `outputs`.
///
/// `None` when there is no such unit, or there are more than [`MAX_UNITS`].
pub fn prove(outputs: &[Hash], index: u32) -> Option<Opening> {
	let mut position = index as usize;
	if position >= outputs.len() {
		return None;
	}
	let mut siblings = Vec::new();
	climb(outputs, |level| {
		siblings.extend(level.get(position ^ 1));
		position /= 2;
	})?;
	Some(Opening { siblings })
}

/// Whether unit `index` of the `count` units behind the commitment `root` has an output that hashes to `output`.
///
/// O(log count).
pub fn verify(root: &Hash, count: u32, index: u32, output: &Hash, opening: &Opening) -> bool {
	implied_root(count, index, output, opening).as_ref() == Some(root)
}

/// The commitment of `count` units of which `opening` opens unit `index` with an output that hashes to `output`.
///
/// `None` when there can be no such unit, or the opening is not as deep as the tree. O(log count).
pub fn implied_root(count: u32, index: u32, output: &Hash, opening: &Opening) -> Option<Hash> {
	if index >= count || count > MAX_UNITS {
		return None;
	}
	let mut siblings = opening.siblings.iter();
	let (mut position, mut width, mut hash) = (index, count, leaf(index, output));
	while width > 1 {
		if position ^ 1 < width {
			let sibling = siblings.next()?;
			hash = if position & 1 == 0 { node(&hash, sibling) } else { node(sibling, &hash) };
		}
		position /= 2;
		width = width.div_ceil(2);
	}
	siblings.next().is_none().then(|| seal(count, &hash))
}

/// Build the tree level by level, showing each but the top one to `visit`, and return the root.
fn climb(outputs: &[Hash], mut visit: impl FnMut(&[Hash])) -> Option<Hash> {
	let count = u32::try_from(outputs.len()).ok().filter(|count| *count <= MAX_UNITS)?;
	let mut level: Vec<Hash> = (0..count).zip(outputs).map(|(index, output)| leaf(index, output)).collect();
	while level.len() > 1 {
		visit(&level);
		level = level
			.chunks(2)
			.filter_map(|pair| match pair {
				[left, right] => Some(node(left, right)),
				[alone] => Some(*alone),
				_ => None,
			})
			.collect();
	}
	level.first().map(|top| seal(count, top))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::hash;
	use proptest::prelude::*;

	fn outputs(count: u32) -> Vec<Hash> {
		(0..count).map(|unit| hash(&unit.to_le_bytes())).collect()
	}

	#[test]
	fn root_should_follow_the_documented_shape_when_three_units() {
		let units = outputs(3);
		let leaves: Vec<_> = (0..3).zip(&units).map(|(index, output)| leaf(index, output)).collect();
		assert_eq!(root(&units), Some(seal(3, &node(&node(&leaves[0], &leaves[1]), &leaves[2]))));
		assert_eq!(root(&units[..1]), Some(seal(1, &leaves[0])));
	}

	#[test]
	fn root_should_be_pinned() {
		// What stands in a committed job must verify after every upgrade.
		let expected = "8745a7057ef75d8418f5151e4233e521";
		let root = root(&outputs(5)).expect("five units");
		let found: alloc::string::String = root[..16].iter().map(|byte| alloc::format!("{byte:02x}")).collect();
		assert_eq!(found, expected);
	}

	#[test]
	fn root_should_not_exist_when_no_units_or_too_many() {
		assert_eq!(root(&[]), None);
		assert_eq!(root(&alloc::vec![[0; 32]; MAX_UNITS as usize + 1]), None);
		assert!(root(&alloc::vec![[0; 32]; MAX_UNITS as usize]).is_some());
	}

	#[test]
	fn prove_should_fail_when_no_such_unit() {
		assert_eq!(prove(&outputs(4), 4), None);
		assert_eq!(prove(&[], 0), None);
	}

	#[test]
	fn opening_should_fit_its_bound_when_the_tree_is_full() {
		let units = alloc::vec![[7; 32]; MAX_UNITS as usize];
		let opening = prove(&units, MAX_UNITS - 1).expect("the unit exists");
		assert_eq!(opening.siblings().len(), MAX_DEPTH as usize);
		assert_eq!(opening.encoded_size(), Opening::max_encoded_len());
		assert!(verify(&root(&units).expect("units"), MAX_UNITS, MAX_UNITS - 1, &[7; 32], &opening));
	}

	#[test]
	fn opening_should_not_decode_when_too_deep() {
		let deep = alloc::vec![[0u8; 32]; MAX_DEPTH as usize + 1].encode();
		assert!(Opening::decode(&mut &deep[..]).is_err());
	}

	proptest! {
		#[test]
		fn every_unit_should_verify(count in 1u32..200, pick: prop::sample::Index) {
			let units = outputs(count);
			let root = root(&units).expect("units");
			let index = pick.index(count as usize) as u32;
			let opening = prove(&units, index).expect("the unit exists");
			let decoded = Opening::decode(&mut &opening.encode()[..]).expect("encoded just now");
			prop_assert_eq!(&decoded, &opening);
			prop_assert!(verify(&root, count, index, &units[index as usize], &opening));
			prop_assert!(opening.siblings().len() <= count.next_power_of_two().ilog2() as usize);
		}

		#[test]
		fn nothing_else_should_verify(
			count in 1u32..100,
			pick: prop::sample::Index,
			other_count in 0u32..120,
			other_index in 0u32..120,
			bit in 0usize..256,
		) {
			let units = outputs(count);
			let root = root(&units).expect("units");
			let index = pick.index(count as usize) as u32;
			let output = units[index as usize];
			let opening = prove(&units, index).expect("the unit exists");
			prop_assert!(other_count == count || !verify(&root, other_count, index, &output, &opening));
			prop_assert!(other_index == index || !verify(&root, count, other_index, &output, &opening));
			let flip = |hash: &mut Hash| hash[bit / 8] ^= 1 << (bit % 8);
			let mut wrong = output;
			flip(&mut wrong);
			prop_assert!(!verify(&root, count, index, &wrong, &opening));
			let mut longer = opening.clone();
			longer.siblings.push(output);
			prop_assert!(!verify(&root, count, index, &output, &longer));
			for level in 0..opening.siblings.len() {
				let mut bent = opening.clone();
				flip(&mut bent.siblings[level]);
				prop_assert!(!verify(&root, count, index, &output, &bent));
				let mut shorter = opening.clone();
				shorter.siblings.remove(level);
				prop_assert!(!verify(&root, count, index, &output, &shorter));
			}
		}

		#[test]
		fn root_should_depend_on_order_and_value(count in 2u32..60, a: prop::sample::Index, b: prop::sample::Index) {
			let units = outputs(count);
			let (a, b) = (a.index(count as usize), b.index(count as usize));
			prop_assume!(a != b);
			let mut swapped = units.clone();
			swapped.swap(a, b);
			prop_assert_ne!(root(&units), root(&swapped));
		}
	}
}
