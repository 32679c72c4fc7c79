//! A tree of boxes around the primitives, so that a ray is tested against few of them.
//!
//! Building a good tree costs more than rendering a tile. So whoever makes the input builds it, and the input carries
//! its shape alone, one byte per node. The boxes are computed again from the primitives in every unit: no input can
//! contain a tree that loses a part of the picture, and reading it is one pass.

use crate::{
	scene::Scene,
	shape::{Bounds, Meeting, Ray, Shape},
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

/// A tree's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
	/// The primitives' numbers in the order of the leaves.
	pub order: Vec<u16>,
	/// The nodes from the root on, each before its children and the first child's before the second's: 0 for an inner
	/// node, or how many primitives a leaf has.
	pub shape: Vec<u8>,
}

/// The boxes of a scene's primitives, by their numbers.
pub fn primitive_bounds(scene: &Scene) -> Vec<Bounds> {
	(0..scene.primitives()).map(|primitive| Shape::of(scene, primitive).bounds()).collect()
}

impl Tree {
	/// A tree over at most 65,535 boxes, in which a ray is expected to meet few (the surface area heuristic, evaluated
	/// at every possible split).
	pub fn build(bounds: &[Bounds]) -> Self {
		let mut order: Vec<u16> = (0..=u16::MAX).take(bounds.len()).collect();
		let mut shape = Vec::new();
		if !order.is_empty() {
			build_node(bounds, &mut order, 0, &mut shape);
		}
		Self { order, shape }
	}
}

fn build_node(bounds: &[Bounds], order: &mut [u16], depth: u32, shape: &mut Vec<u8>) {
	let count = order.len();
	let split = if count == 1 { None } else { best_split(bounds, order) };
	// A tree of halves fits below here; once it would only just do, halves it is.
	let tight = depth + count.ilog2() + 2 >= MAX_DEPTH;
	let middle = match split {
		Some((middle, _)) if !tight => middle,
		None if count <= MAX_LEAF => {
			shape.push(count as u8);
			return;
		},
		_ => count / 2,
	};
	if let Some((_, axis)) = split {
		sort(bounds, order, axis);
	}
	shape.push(0);
	let (first, second) = order.split_at_mut(middle);
	build_node(bounds, first, depth + 1, shape);
	build_node(bounds, second, depth + 1, shape);
}

fn sort(bounds: &[Bounds], order: &mut [u16], axis: usize) {
	let middle = |primitive: u16| bounds[usize::from(primitive)].middle()[axis];
	order.sort_unstable_by(|&a, &b| middle(a).total_cmp(&middle(b)).then(a.cmp(&b)));
}

/// Where to divide the primitives sorted along which axis, or `None` if a leaf is cheaper.
fn best_split(bounds: &[Bounds], order: &mut [u16]) -> Option<(usize, usize)> {
	let count = order.len();
	let all = order.iter().fold(Bounds::EMPTY, |all, &primitive| all.join(bounds[usize::from(primitive)]));
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

/// A node as a ray meets it.
#[derive(Clone, Copy, Debug)]
struct Node {
	middle: Vec3,
	half: Vec3,
	/// An inner node's second child (the first follows the node), or a leaf's first primitive.
	link: u32,
	/// How many primitives a leaf has; 0 for an inner node.
	count: u32,
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
		// Per axis the ray is inside from `middle - half` to `middle + half`: with centres and halves there is
		// nothing to compare or swap until the three are put together.
		let middle = (node.middle - self.origin) * self.inverse;
		let half = node.half * self.width;
		let (from, until) = (middle - half, middle + half);
		let from = max(from.x, max(from.y, from.z));
		let until = min(until.x, min(until.y, until.z));
		if from <= until && until >= 0.0 && from < limit {
			from
		} else {
			f32::INFINITY
		}
	}
}

/// The primitives in the tree's order, with the boxes around them.
#[derive(Debug)]
pub struct Forest {
	nodes: Vec<Node>,
	/// The primitives' shapes in the tree's order.
	pub shapes: Vec<Shape>,
}

impl Forest {
	/// Computes the boxes of a scene's tree. Fails if the tree is too deep or does not have exactly one place for each
	/// primitive.
	pub fn new(scene: &Scene, tree: &Tree) -> Result<Self, Error> {
		let mut missing = vec![true; scene.primitives()];
		let mut shapes = Vec::with_capacity(tree.order.len());
		for &primitive in &tree.order {
			let primitive = usize::from(primitive);
			if !missing.get_mut(primitive).is_some_and(core::mem::take) {
				return Err(Error::Format("the tree names a primitive twice or one that is not there"));
			}
			shapes.push(Shape::of(scene, primitive));
		}
		let mut growing = Growing {
			shape: &tree.shape,
			placed: 0,
			forest: Self { nodes: Vec::with_capacity(tree.shape.len()), shapes },
		};
		let bounds = growing.grow(0)?;
		if !growing.shape.is_empty() || growing.placed != scene.primitives() {
			return Err(Error::Format("the tree does not fit its primitives"));
		}
		let mut forest = growing.forest;
		let size = max(
			max(bounds.low.map(f32::abs).largest(), bounds.high.map(f32::abs).largest()),
			scene.camera.eye.map(f32::abs).largest(),
		);
		forest.nodes.iter_mut().for_each(|node| node.half += Vec3::splat(size * MARGIN));
		Ok(forest)
	}

	/// The nearest primitive, by its place in the tree's order, that a ray meets.
	#[inline]
	pub fn nearest(&self, ray: &Ray) -> Option<(usize, Meeting)> {
		self.follow::<false>(ray, f32::INFINITY)
	}

	/// True if the ray meets anything nearer than `limit`.
	#[inline]
	pub fn blocked(&self, ray: &Ray, limit: f32) -> bool {
		self.follow::<true>(ray, limit).is_some()
	}

	/// The nearest primitive that a ray meets, or any one.
	fn follow<const ANY: bool>(&self, ray: &Ray, mut limit: f32) -> Option<(usize, Meeting)> {
		let probe = Probe::new(ray);
		let mut nearest = None;
		// Children that wait, with where the ray enters them.
		let mut waiting = [(0u32, 0.0f32); MAX_DEPTH as usize];
		let mut waits = 0;
		let mut place = 0;
		loop {
			let node = &self.nodes[place];
			if node.count > 0 {
				let first = node.link as usize;
				for (shape, place) in self.shapes[first..first + node.count as usize].iter().zip(first..) {
					if let Some(meeting) = shape.meet(ray, limit) {
						if ANY {
							return Some((place, meeting));
						}
						limit = meeting.distance;
						nearest = Some((place, meeting));
					}
				}
			} else {
				let (mut near, mut far) = (place + 1, node.link as usize);
				let mut near_enter = probe.enter(&self.nodes[near], limit);
				let mut far_enter = probe.enter(&self.nodes[far], limit);
				if far_enter < near_enter {
					core::mem::swap(&mut near, &mut far);
					core::mem::swap(&mut near_enter, &mut far_enter);
				}
				if near_enter < f32::INFINITY {
					if far_enter < f32::INFINITY {
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

/// A [`Forest`] while its shape is read.
struct Growing<'a> {
	/// Nodes not yet read.
	shape: &'a [u8],
	/// Primitives that have a leaf.
	placed: usize,
	forest: Forest,
}

impl Growing<'_> {
	/// Reads one node and all below it. Recursion ends at [`MAX_DEPTH`].
	fn grow(&mut self, depth: u32) -> Result<Bounds, Error> {
		let (&count, rest) = self.shape.split_first().ok_or(Error::Format("the tree ends too early"))?;
		self.shape = rest;
		let place = self.forest.nodes.len();
		self.forest.nodes.push(Node { middle: Vec3::ZERO, half: Vec3::ZERO, link: 0, count: count.into() });
		let (bounds, link) = if count > 0 {
			let first = self.placed;
			self.placed += usize::from(count);
			let leaf = self.forest.shapes.get(first..self.placed);
			let leaf = leaf.ok_or(Error::Format("the tree has more leaves than primitives"))?;
			(leaf.iter().fold(Bounds::EMPTY, |bounds, shape| bounds.join(shape.bounds())), first)
		} else {
			if depth == MAX_DEPTH {
				return Err(Error::Format("the tree is too deep"));
			}
			let first = self.grow(depth + 1)?;
			let second = self.forest.nodes.len();
			(first.join(self.grow(depth + 1)?), second)
		};
		let node = &mut self.forest.nodes[place];
		node.middle = (bounds.low + bounds.high) * 0.5;
		node.half = (bounds.high - bounds.low) * 0.5;
		// At most twice as many nodes as there are 16-bit numbers.
		node.link = link as u32;
		Ok(bounds)
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

	#[test]
	fn tree_should_find_what_testing_everything_finds() {
		for count in [1, 2, 3, 7, 60, 500] {
			let scene = crowd(count);
			let tree = Tree::build(&primitive_bounds(&scene));
			let mut sorted = tree.order.clone();
			sorted.sort_unstable();
			assert!(sorted.into_iter().eq(0..count as u16));
			let forest = Forest::new(&scene, &tree).unwrap();
			let mut sampler = Sampler::new(10, 0, 0);
			let mut met = 0;
			for i in 0..2_000 {
				let origin = sphere(sampler.next_2d()) * (25.0 * sampler.next_1d());
				// Some rays run along an axis: divisions by zero are the rule in checkered rooms.
				let direction = if i % 4 == 0 { vec3(0.0, -1.0, 0.0) } else { sphere(sampler.next_2d()) };
				let ray = Ray { origin, direction };
				let slow = forest
					.shapes
					.iter()
					.filter_map(|shape| shape.meet(&ray, f32::INFINITY))
					.fold(f32::INFINITY, |nearest, meeting| min(nearest, meeting.distance));
				let fast = forest.nearest(&ray).map_or(f32::INFINITY, |(_, meeting)| meeting.distance);
				assert_eq!(fast, slow);
				assert_eq!(forest.blocked(&ray, 3.0), slow < 3.0);
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
		let tree = Tree::build(&bounds);
		let mut depths = vec![0];
		let mut deepest = 0;
		for node in tree.shape {
			let depth = depths.pop().unwrap();
			deepest = deepest.max(depth);
			if node == 0 {
				depths.extend([depth + 1; 2]);
			}
		}
		assert!(depths.is_empty() && deepest <= MAX_DEPTH, "depth {deepest}");
	}

	#[test]
	fn tree_should_be_refused_when_it_does_not_fit() {
		let scene = crowd(3);
		let refused = |order: &[u16], shape: &[u8]| {
			Forest::new(&scene, &Tree { order: order.to_vec(), shape: shape.to_vec() }).is_err()
		};
		assert!(!refused(&[2, 0, 1], &[0, 1, 0, 1, 1]));
		assert!(!refused(&[0, 1, 2], &[3]));
		assert!(refused(&[0, 1, 3], &[3]), "a primitive that is not there");
		assert!(refused(&[0, 1, 1], &[3]), "a primitive named twice");
		assert!(refused(&[0, 1], &[2]), "a primitive not named");
		assert!(refused(&[0, 1, 2], &[]), "no root");
		assert!(refused(&[0, 1, 2], &[0, 1, 1]), "a primitive without a leaf");
		assert!(refused(&[0, 1, 2], &[0, 2, 2]), "a leaf without a primitive");
		assert!(refused(&[0, 1, 2], &[0, 1, 0, 2]), "a missing child");
		assert!(refused(&[0, 1, 2], &[3, 0]), "a second root");
		assert!(refused(&[0, 1, 2], &[0; 100]), "too deep");
	}
}
