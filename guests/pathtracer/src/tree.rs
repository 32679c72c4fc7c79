//! A tree of boxes around the primitives, so that a ray is tested against few of them.
//!
//! Building a good tree costs more than rendering a tile. So whoever makes the input builds it, and the input carries it
//! ready for use.

use crate::{
	codec::{u32_at, vector_at},
	primitive::Primitive,
	scene::Scene,
	shape::{Bounds, Meeting, Ray},
	vector::{max, min, Vec3},
	Error,
};
use alloc::{vec, vec::Vec};

/// Most inner nodes above each other. Also the size of the stack that following a ray takes.
const MAX_DEPTH: u32 = 32;
/// Most primitives in a leaf that [`Tree::build`] makes.
const MAX_LEAF: usize = 6;
/// What testing a box costs, if testing a primitive costs 1.
const BOX_COST: f32 = 0.8;
/// Boxes are made larger by this share of the scene's size, far more than rounding can take from them.
const MARGIN: f32 = 2e-6;

/// A tree over a scene's primitives.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
	/// The primitives' numbers in the order of the leaves.
	pub order: Vec<u16>,
	/// The nodes from the root on, each before its children and the first child's before the second's.
	pub nodes: Vec<Node>,
}

/// A box with the primitives or the boxes in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
	/// The box's middle.
	pub middle: Vec3,
	/// Half of its size.
	pub half: Vec3,
	/// An inner node's second child (the first follows the node), or a leaf's first primitive. Has 24 bits.
	pub link: u32,
	/// How many primitives a leaf has; 0 for an inner node.
	pub count: u8,
}

impl Node {
	/// How many bytes one takes.
	pub const BYTES: usize = 28;

	/// Reads one. Any bytes give one.
	#[inline(always)]
	pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
		let last = u32_at(bytes, 24);
		Self {
			middle: vector_at(bytes, 0),
			half: vector_at(bytes, 12),
			link: last & 0xff_ffff,
			count: (last >> 24) as u8,
		}
	}

	/// Its bytes.
	pub fn to_bytes(&self) -> [u8; Self::BYTES] {
		let [[a, b, c], [d, e, f]] = [self.middle, self.half].map(|vector| vector.to_array().map(f32::to_bits));
		let words = [a, b, c, d, e, f, self.link | u32::from(self.count) << 24];
		let mut bytes = [0; Self::BYTES];
		for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
			place.copy_from_slice(&word.to_le_bytes());
		}
		bytes
	}
}

impl Tree {
	/// A tree over the primitives of a scene that was checked.
	pub fn of(scene: &Scene) -> Self {
		let bounds: Vec<Bounds> =
			(0..scene.primitives()).map(|number| scene.primitive(number).shape.bounds()).collect();
		Self::build(&bounds, scene.camera.eye)
	}

	/// A tree over at most 65,535 boxes, in which a ray is expected to meet few (the surface area heuristic, evaluated
	/// at every possible split). Rays start among the boxes or at `eye`.
	pub fn build(bounds: &[Bounds], eye: Vec3) -> Self {
		let mut order: Vec<u16> = (0..=u16::MAX).take(bounds.len()).collect();
		let mut nodes = Vec::new();
		if !order.is_empty() {
			let all = build_node(bounds, &mut order, 0, 0, &mut nodes);
			let size = [all.low, all.high, eye].map(|point| point.map(f32::abs).largest()).into_iter().fold(0.0, max);
			nodes.iter_mut().for_each(|node: &mut Node| node.half += Vec3::splat(size * MARGIN));
		}
		Self { order, nodes }
	}
}

/// Adds a node over the primitives in `order`, of which the first has the place `first` in the whole tree's order, and
/// everything below it. Returns its box.
fn build_node(bounds: &[Bounds], order: &mut [u16], first: usize, depth: u32, nodes: &mut Vec<Node>) -> Bounds {
	let count = order.len();
	let split = if count == 1 { None } else { best_split(bounds, order) };
	// A tree of halves fits below here; once it would only just do, halves it is.
	let tight = depth + count.ilog2() + 2 >= MAX_DEPTH;
	let middle = match split {
		Some((middle, _)) if !tight => middle,
		None if count <= MAX_LEAF => {
			let all = join(bounds, order);
			nodes.push(Node::around(all, first, count as u8));
			return all;
		},
		_ => count / 2,
	};
	if let Some((_, axis)) = split {
		sort(bounds, order, axis);
	}
	let place = nodes.len();
	nodes.push(Node::around(Bounds::EMPTY, 0, 0));
	let (left, right) = order.split_at_mut(middle);
	let left = build_node(bounds, left, first, depth + 1, nodes);
	let second = nodes.len();
	let all = left.join(build_node(bounds, right, first + middle, depth + 1, nodes));
	nodes[place] = Node::around(all, second, 0);
	all
}

impl Node {
	/// A node with this box. There are at most twice as many nodes as 16-bit numbers.
	fn around(bounds: Bounds, link: usize, count: u8) -> Self {
		let (middle, half) = (bounds.middle() * 0.5, (bounds.high - bounds.low) * 0.5);
		Self { middle, half, link: link as u32, count }
	}
}

/// The box around several primitives.
fn join(bounds: &[Bounds], order: &[u16]) -> Bounds {
	order.iter().fold(Bounds::EMPTY, |all, &primitive| all.join(bounds[usize::from(primitive)]))
}

fn sort(bounds: &[Bounds], order: &mut [u16], axis: usize) {
	let middle = |primitive: u16| bounds[usize::from(primitive)].middle()[axis];
	order.sort_unstable_by(|&a, &b| middle(a).total_cmp(&middle(b)).then(a.cmp(&b)));
}

/// Where to divide the primitives sorted along which axis, or `None` if a leaf is cheaper.
fn best_split(bounds: &[Bounds], order: &mut [u16]) -> Option<(usize, usize)> {
	let count = order.len();
	let all = join(bounds, order);
	let leaf_cost = if count <= MAX_LEAF { count as f32 } else { f32::INFINITY };
	let mut best = (leaf_cost * all.half_surface(), None);
	let mut after = vec![0.0; count];
	for axis in 0..3 {
		sort(bounds, order, axis);
		let mut rest = Bounds::EMPTY;
		for (place, &primitive) in order.iter().enumerate().skip(1).rev() {
			rest = rest.join(bounds[usize::from(primitive)]);
			after[place] = rest.half_surface() * (count - place) as f32;
		}
		let mut before = Bounds::EMPTY;
		for (place, &primitive) in (1..count).zip(order.iter()) {
			before = before.join(bounds[usize::from(primitive)]);
			let cost = 2.0 * BOX_COST * all.half_surface() + before.half_surface() * place as f32 + after[place];
			if cost < best.0 {
				best = (cost, Some((place, axis)));
			}
		}
	}
	best.1
}

/// A ray with what testing boxes needs of it.
struct Probe {
	origin: Vec3,
	inverse: Vec3,
	/// The inverse's absolute values.
	width: Vec3,
}

impl Probe {
	fn new(ray: &Ray) -> Self {
		// A direction of zero becomes a tiny one: its inverse is large but finite, and no product with it is undefined.
		let inverse = ray.direction.map(|d| 1.0 / if d.abs() > 1e-12 { d } else { 1e-12 });
		Self { origin: ray.origin, inverse, width: inverse.map(f32::abs) }
	}

	/// Where the ray enters a node's box, or infinity if it misses it before `limit`.
	#[inline(always)]
	fn enter(&self, node: &Node, limit: f32) -> f32 {
		// Per axis the ray is inside from `middle - half` to `middle + half`: with centres and halves there is nothing to
		// swap. Most boxes are missed, so what the first two axes say is looked at before the third is computed.
		let span = |origin: f32, inverse: f32, width: f32, middle: f32, half: f32| {
			let (middle, half) = ((middle - origin) * inverse, half * width);
			(middle - half, middle + half)
		};
		let (from, until) = span(self.origin.x, self.inverse.x, self.width.x, node.middle.x, node.half.x);
		let (from_y, until_y) = span(self.origin.y, self.inverse.y, self.width.y, node.middle.y, node.half.y);
		let (from, until) = (max(from, from_y), min(until, until_y));
		if from > until {
			return f32::INFINITY;
		}
		let (from_z, until_z) = span(self.origin.z, self.inverse.z, self.width.z, node.middle.z, node.half.z);
		let (from, until) = (max(from, from_z), min(until, until_z));
		if from <= until && until >= 0.0 && from < limit {
			from
		} else {
			f32::INFINITY
		}
	}
}

/// Where a search keeps the boxes that it has to come back to, with where the ray enters them. Made once for many rays,
/// because clearing it would cost as much as testing several boxes.
#[derive(Debug, Default)]
pub struct Waiting([(u32, f32); MAX_DEPTH as usize]);

/// A tree as a job's input has it, with its primitives.
#[derive(Clone, Copy, Debug)]
pub struct Forest<'a> {
	nodes: &'a [[u8; Node::BYTES]],
	primitives: &'a [[u8; Primitive::BYTES]],
}

impl<'a> Forest<'a> {
	/// Refuses nodes that are not one tree, no node twice and none outside, so that every search ends, and whose leaves
	/// are not among the primitives.
	pub fn new(nodes: &'a [[u8; Node::BYTES]], primitives: &'a [[u8; Primitive::BYTES]]) -> Result<Self, Error> {
		// Second children that must come later, with their depths: the last of them behind the next leaf.
		let mut waiting = [(0, 0); MAX_DEPTH as usize];
		let mut waits = 0;
		let mut depth = 0;
		let mut ended = false;
		for (place, node) in (0u32..).zip(nodes) {
			let Node { link, count, .. } = Node::from_bytes(node);
			if ended {
				return Err(Error::Format("the tree ends before its nodes"));
			}
			if count == 0 {
				if depth == MAX_DEPTH {
					return Err(Error::Format("the tree is too deep"));
				}
				depth += 1;
				waiting[waits] = (link, depth);
				waits += 1;
				continue;
			}
			if link as usize + usize::from(count) > primitives.len() {
				return Err(Error::Format("a leaf has primitives that are not there"));
			}
			match waits.checked_sub(1) {
				Some(rest) => {
					waits = rest;
					let second;
					(second, depth) = waiting[rest];
					if second != place + 1 {
						return Err(Error::Format("the tree's nodes are not in their order"));
					}
				},
				None => ended = true,
			}
		}
		if !ended {
			return Err(Error::Format("the tree ends too early"));
		}
		Ok(Self { nodes, primitives })
	}

	/// The primitive at a place of the tree's order.
	#[inline(always)]
	pub fn primitive(&self, place: usize) -> Primitive {
		Primitive::from_bytes(&self.primitives[place])
	}

	/// The nearest primitive, by its place in the tree's order, that a ray meets.
	#[inline]
	pub fn nearest(&self, ray: &Ray, waiting: &mut Waiting) -> Option<(usize, Meeting)> {
		self.follow::<false>(ray, f32::INFINITY, waiting)
	}

	/// True if the ray meets anything nearer than `limit`.
	#[inline]
	pub fn blocked(&self, ray: &Ray, limit: f32, waiting: &mut Waiting) -> bool {
		self.follow::<true>(ray, limit, waiting).is_some()
	}

	/// The nearest primitive that a ray meets, or any one.
	fn follow<const ANY: bool>(
		&self,
		ray: &Ray,
		mut limit: f32,
		Waiting(waiting): &mut Waiting,
	) -> Option<(usize, Meeting)> {
		let probe = Probe::new(ray);
		let mut nearest = None;
		let mut waits = 0;
		let mut place = 0;
		loop {
			let node = Node::from_bytes(&self.nodes[place]);
			if node.count > 0 {
				let first = node.link as usize;
				for (place, bytes) in (first..).zip(&self.primitives[first..first + usize::from(node.count)]) {
					if let Some(meeting) = Primitive::from_bytes(bytes).shape.meet(ray, limit) {
						if ANY {
							return Some((place, meeting));
						}
						limit = meeting.distance;
						nearest = Some((place, meeting));
					}
				}
			} else {
				let (mut near, mut far) = (place + 1, node.link as usize);
				let mut near_enter = probe.enter(&Node::from_bytes(&self.nodes[near]), limit);
				let mut far_enter = probe.enter(&Node::from_bytes(&self.nodes[far]), limit);
				if far_enter < near_enter {
					core::mem::swap(&mut near, &mut far);
					core::mem::swap(&mut near_enter, &mut far_enter);
				}
				if near_enter < limit {
					if far_enter < limit {
						waiting[waits] = (far as u32, far_enter);
						waits += 1;
					}
					place = near;
					continue;
				}
			}
			loop {
				if waits == 0 {
					return nearest;
				}
				waits -= 1;
				let (next, enter) = waiting[waits];
				if enter < limit {
					place = next as usize;
					break;
				}
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		sampling::{sphere, Sampler},
		scene::{Sphere, Vertex},
		testing,
		vector::vec3,
	};

	/// Spheres and triangles of very different sizes anywhere in a cube.
	fn crowd(count: u32) -> Scene {
		let mut scene = testing::room();
		(scene.spheres, scene.vertices, scene.triangles) = Default::default();
		let mut sampler = Sampler::new(9, 0, 0);
		let mut point = || vec3(sampler.next_1d(), sampler.next_1d(), sampler.next_1d()) * 20.0 - Vec3::splat(10.0);
		for i in 0..count {
			let centre = point();
			if i % 2 == 0 {
				scene.spheres.push(Sphere { centre, radius: 0.01 + point().x.abs() * 0.1, material: 0 });
			} else {
				let first = scene.vertices.len() as u16;
				for corner in [centre, centre + point() * 0.2, centre + point() * 0.2] {
					scene.vertices.push(Vertex { position: corner, normal: Vec3::ZERO });
				}
				scene.triangles.push(crate::scene::Triangle { corners: [first, first + 1, first + 2], material: 0 });
			}
		}
		scene
	}

	/// A tree as an input has it.
	fn written(scene: &Scene, tree: &Tree) -> (Vec<[u8; Node::BYTES]>, Vec<[u8; Primitive::BYTES]>) {
		let primitive = |&number: &u16| scene.primitive(usize::from(number)).to_bytes();
		(tree.nodes.iter().map(Node::to_bytes).collect(), tree.order.iter().map(primitive).collect())
	}

	#[test]
	fn tree_should_find_what_testing_everything_finds() {
		for count in [1, 2, 3, 7, 60, 500] {
			let scene = crowd(count);
			let tree = Tree::of(&scene);
			let mut sorted = tree.order.clone();
			sorted.sort_unstable();
			assert!(sorted.into_iter().eq(0..count as u16));
			let (nodes, primitives) = written(&scene, &tree);
			let forest = Forest::new(&nodes, &primitives).unwrap();
			let mut sampler = Sampler::new(10, 0, 0);
			let mut waiting = Waiting::default();
			let mut met = 0;
			for i in 0..2_000 {
				let origin = sphere(sampler.next_2d()) * (25.0 * sampler.next_1d());
				// Some rays run along an axis: divisions by zero are the rule in checkered rooms.
				let direction = if i % 4 == 0 { vec3(0.0, -1.0, 0.0) } else { sphere(sampler.next_2d()) };
				let ray = Ray { origin, direction };
				let slow = (0..primitives.len())
					.filter_map(|place| forest.primitive(place).shape.meet(&ray, f32::INFINITY))
					.fold(f32::INFINITY, |nearest, meeting| min(nearest, meeting.distance));
				let fast = forest.nearest(&ray, &mut waiting).map_or(f32::INFINITY, |(_, meeting)| meeting.distance);
				assert_eq!(fast, slow);
				assert_eq!(forest.blocked(&ray, 3.0, &mut waiting), slow < 3.0);
				met += u32::from(slow < f32::INFINITY);
			}
			assert!(met > 0 || count < 7);
		}
	}

	#[test]
	fn tree_should_stay_shallow_when_sizes_grow_exponentially() {
		let bounds: Vec<Bounds> = (0..2_000)
			.map(|i| {
				let size = assay_guest_sdk::math::exp(-0.04 * i as f32);
				Bounds { low: Vec3::splat(size), high: Vec3::splat(size * 1.02) }
			})
			.collect();
		let tree = Tree::build(&bounds, Vec3::ZERO);
		let mut depths = vec![0];
		let mut deepest = 0;
		for node in tree.nodes {
			let depth = depths.pop().unwrap();
			deepest = deepest.max(depth);
			if node.count == 0 {
				depths.extend([depth + 1; 2]);
			}
		}
		assert!(depths.is_empty() && deepest <= MAX_DEPTH, "depth {deepest}");
	}

	#[test]
	fn node_should_come_back_when_written_and_read() {
		let node = Node { middle: vec3(1.0, -2.0, 3.0), half: vec3(0.5, 0.0, 7.0), link: 131_068, count: 6 };
		assert_eq!(Node::from_bytes(&node.to_bytes()), node);
	}

	#[test]
	fn tree_should_be_refused_when_it_is_not_one_or_does_not_fit() {
		let scene = crowd(3);
		let (_, primitives) = written(&scene, &Tree::of(&scene));
		// Links and counts.
		let refused = |nodes: &[(u32, u8)]| {
			let nodes: Vec<_> = nodes
				.iter()
				.map(|&(link, count)| Node { middle: Vec3::ZERO, half: Vec3::ONE, link, count }.to_bytes())
				.collect();
			Forest::new(&nodes, &primitives).is_err()
		};
		assert!(!refused(&[(2, 0), (0, 1), (4, 0), (1, 1), (2, 1)]));
		assert!(!refused(&[(4, 0), (3, 0), (0, 1), (1, 1), (2, 1)]));
		assert!(!refused(&[(0, 3)]));
		assert!(refused(&[]), "no root");
		assert!(refused(&[(1, 3)]), "a primitive that is not there");
		assert!(refused(&[(0xff_ffff, 255)]), "a primitive that is not there");
		assert!(refused(&[(2, 0), (0, 1)]), "a missing child");
		assert!(refused(&[(0, 3), (0, 3)]), "a second root");
		assert!(refused(&[(1, 0), (0, 1), (1, 1)]), "a child twice");
		assert!(refused(&[(0, 0), (0, 1), (1, 1)]), "a circle");
		assert!(refused(&[(4, 0), (0, 1), (4, 0), (1, 1), (2, 1)]), "two parents");
		// Each inner node's first child is a leaf, its second the next inner node.
		let chain = |depth: u32| -> Vec<(u32, u8)> {
			(0..depth).flat_map(|level| [(2 * level + 2, 0), (0, 1)]).chain([(0, 1)]).collect()
		};
		assert!(!refused(&chain(MAX_DEPTH)));
		assert!(refused(&chain(MAX_DEPTH + 1)), "too deep");
	}
}
