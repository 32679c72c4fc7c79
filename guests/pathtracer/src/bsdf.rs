//! How surfaces scatter light.
//!
//! All directions are local: the third axis is the normal on the side from which the surface is seen, `seen` points
//! back along the path and `lit` on along it. Rough surfaces follow the GGX distribution of facets with Smith's
//! shadowing (Walter and others, EGSR 2007; Heitz, JCGT 3(2), 2014), and are sampled by the facets that are visible
//! (Heitz, JCGT 7(4), 2018, in the form of Dupuy and Benyoub, HPG 2023).

use crate::{
	sampling::{cosine_hemisphere, cosine_hemisphere_density},
	vector::{max, min, vec3, Vec3},
};
use assay_guest_sdk::math::{sin_cos_turns, sqrt};
use core::f32::consts::{FRAC_1_PI, PI};

/// Reflectance of a varnish with refractive index 1.5 at perpendicular incidence.
const COAT_REFLECTANCE: f32 = 0.04;
/// The smoothest surface: below, squares of it would vanish beside 1 in 32-bit floats. Its highlights are narrower
/// than a pixel.
const MIN_ALPHA: f32 = 1e-3;

/// What a surface does at one point.
#[derive(Clone, Copy, Debug)]
pub enum Bsdf {
	/// Even scattering.
	Diffuse {
		/// Share of the light that is scattered.
		albedo: Vec3,
	},
	/// Even scattering under a varnish.
	Coated {
		/// Share of the light that is scattered below the varnish.
		albedo: Vec3,
		/// The varnish's facets.
		facets: Facets,
	},
	/// Facets that reflect a part of each colour.
	Metal {
		/// Reflectance at perpendicular incidence.
		reflectance: Vec3,
		/// The facets.
		facets: Facets,
	},
	/// A smooth boundary.
	Glass {
		/// Refractive index of the far side over that of the near side.
		ratio: f32,
		/// With what chance a path is reflected at least (unless nothing is refracted, when it always is).
		least: f32,
	},
}

/// A sampled continuation of a path.
#[derive(Clone, Copy, Debug)]
pub struct Scattered {
	/// Where the path goes on.
	pub lit: Vec3,
	/// What the path's throughput is multiplied with: scattering times cosine over density.
	pub weight: Vec3,
	/// The density with which this direction was chosen, or infinity if it was the only one.
	pub density: f32,
}

impl Bsdf {
	/// Scattering times the cosine for a direction above the surface, and the density with which [`Self::sample`]
	/// chooses it. Both are zero for smooth boundaries, of which no other way finds the directions.
	pub fn evaluate(&self, seen: Vec3, lit: Vec3) -> (Vec3, f32) {
		if seen.z <= 0.0 || lit.z <= 0.0 {
			return (Vec3::ZERO, 0.0);
		}
		match *self {
			Self::Diffuse { albedo } => (albedo * (lit.z * FRAC_1_PI), cosine_hemisphere_density(lit.z)),
			Self::Coated { albedo, facets } => {
				let half = (seen + lit).normalized();
				let (scattering, density) = facets.evaluate(seen, lit, half);
				let below = albedo * ((1.0 - coat(seen.z)) * (1.0 - coat(lit.z)) * lit.z * FRAC_1_PI);
				let share = coat_share(albedo, seen.z);
				(
					below + Vec3::splat(scattering * coat(seen.dot(half))),
					share * density + (1.0 - share) * cosine_hemisphere_density(lit.z),
				)
			},
			Self::Metal { reflectance, facets } => {
				let half = (seen + lit).normalized();
				let (scattering, density) = facets.evaluate(seen, lit, half);
				(schlick(reflectance, seen.dot(half)) * scattering, density)
			},
			Self::Glass { .. } => (Vec3::ZERO, 0.0),
		}
	}

	/// A direction in which the path goes on; `None` if it is lost. `choice` and `uv` are numbers from 0 to 1.
	pub fn sample(&self, seen: Vec3, choice: f32, uv: (f32, f32)) -> Option<Scattered> {
		let lit = match *self {
			Self::Glass { ratio, least } => return Some(refract(seen, ratio, least, choice)),
			Self::Diffuse { .. } => cosine_hemisphere(uv),
			Self::Coated { albedo, facets } if choice < coat_share(albedo, seen.z) => facets.sample(seen, uv),
			Self::Coated { .. } => cosine_hemisphere(uv),
			Self::Metal { facets, .. } => facets.sample(seen, uv),
		};
		let (scattering, density) = self.evaluate(seen, lit);
		(density > 0.0).then(|| Scattered { lit, weight: scattering / density, density })
	}

	/// True if it scatters light from more than single directions, so that asking a lamp for light can bring some.
	pub fn is_rough(&self) -> bool {
		!matches!(self, Self::Glass { .. })
	}
}

/// Reflection or refraction at a smooth boundary. Paths are divided as Fresnel's equations divide the light, except
/// that at least the share `least` is reflected, each then carrying less.
fn refract(seen: Vec3, ratio: f32, least: f32, choice: f32) -> Scattered {
	let (reflectance, cos) = fresnel(seen.z, ratio);
	let share = if reflectance < least { least } else { reflectance };
	// Radiance is denser in the denser medium by the ratio squared. It is not counted: lamps and eye are both outside,
	// and what a path loses on its way in it gets back on its way out.
	let (lit, weight) = if choice < share {
		(vec3(-seen.x, -seen.y, seen.z), reflectance / share)
	} else {
		(vec3(-seen.x / ratio, -seen.y / ratio, -cos), (1.0 - reflectance) / (1.0 - share))
	};
	Scattered { lit, weight: Vec3::splat(weight), density: f32::INFINITY }
}

/// The share of unpolarised light that a boundary reflects, and the cosine of the refracted ray to the normal.
fn fresnel(cos: f32, ratio: f32) -> (f32, f32) {
	let cos_squared = 1.0 - (1.0 - cos * cos) / (ratio * ratio);
	if cos_squared <= 0.0 {
		return (1.0, 0.0);
	}
	let inner = sqrt(cos_squared);
	let parallel = (ratio * cos - inner) / (ratio * cos + inner);
	let perpendicular = (cos - ratio * inner) / (cos + ratio * inner);
	(0.5 * (parallel * parallel + perpendicular * perpendicular), inner)
}

/// The fifth power of what a cosine lacks of 1 (Schlick's approximation of Fresnel's equations).
#[inline(always)]
fn grazing(cos: f32) -> f32 {
	let rest = 1.0 - min(max(cos, 0.0), 1.0);
	let square = rest * rest;
	square * square * rest
}

#[inline(always)]
fn schlick(reflectance: Vec3, cos: f32) -> Vec3 {
	reflectance + (Vec3::ONE - reflectance) * grazing(cos)
}

/// Reflectance of the varnish.
#[inline(always)]
fn coat(cos: f32) -> f32 {
	COAT_REFLECTANCE + (1.0 - COAT_REFLECTANCE) * grazing(cos)
}

/// How often the varnish is sampled rather than what is below: about its share of the light.
#[inline(always)]
fn coat_share(albedo: Vec3, cos: f32) -> f32 {
	let coat = coat(cos);
	min(max(coat / (coat + (1.0 - coat) * albedo.luminance() + 1e-6), 0.1), 0.9)
}

/// Microscopic facets with the GGX distribution of normals.
#[derive(Clone, Copy, Debug)]
pub struct Facets {
	alpha: f32,
}

impl Facets {
	/// Facets of a surface with a roughness from 0 to 1 that looks evenly spaced: its square spreads the normals.
	pub fn new(roughness: f32) -> Self {
		Self { alpha: max(roughness * roughness, MIN_ALPHA) }
	}

	/// Density of a facet's normal, by its area.
	#[inline(always)]
	fn distribution(&self, normal: Vec3) -> f32 {
		let squared = self.alpha * self.alpha;
		// tan² θ·cos² θ / α² + cos² θ with sin² θ from the normal's other axes: 1 - cos² θ would have no digits left.
		let slope = (normal.x * normal.x + normal.y * normal.y) / squared + normal.z * normal.z;
		1.0 / (PI * squared * slope * slope)
	}

	/// Smith's function: how much of the facets is hidden per visible part.
	#[inline(always)]
	fn hidden(&self, direction: Vec3) -> f32 {
		let squared = self.alpha * self.alpha;
		let slope = (direction.x * direction.x + direction.y * direction.y) / (direction.z * direction.z);
		0.5 * (sqrt(1.0 + squared * slope) - 1.0)
	}

	/// Scattering times cosine without reflectance, and the density of [`Self::sample`].
	#[inline(always)]
	fn evaluate(&self, seen: Vec3, lit: Vec3, half: Vec3) -> (f32, f32) {
		let common = self.distribution(half) / (4.0 * seen.z);
		let hidden = self.hidden(seen);
		(common / (1.0 + hidden + self.hidden(lit)), common / (1.0 + hidden))
	}

	/// The reflection at a facet that is visible from `seen`, each facet as often as it is seen. The result may point
	/// into the surface: such light is lost (it would meet another facet).
	#[inline(always)]
	fn sample(&self, seen: Vec3, (u, v): (f32, f32)) -> Vec3 {
		// Stretched so that the facets form a half-sphere, mirrors turn `seen` into a uniform cap of directions.
		let stretched = vec3(seen.x * self.alpha, seen.y * self.alpha, seen.z).normalized();
		let z = (1.0 - v) * (1.0 + stretched.z) - stretched.z;
		let square = 1.0 - z * z;
		let radius = if square > 0.0 { sqrt(square) } else { 0.0 };
		let (sin, cos) = sin_cos_turns(u);
		let half = vec3(radius * cos, radius * sin, z) + stretched;
		let half = vec3(half.x * self.alpha, half.y * self.alpha, max(half.z, 1e-6)).normalized();
		half * (2.0 * seen.dot(half)) - seen
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::sampling::Sampler;
	use alloc::vec::Vec;

	const WHITE: Vec3 = Vec3::ONE;
	const PATHS: u32 = 1 << 14;

	fn rough_bsdfs() -> Vec<Bsdf> {
		let mut all = alloc::vec![Bsdf::Diffuse { albedo: WHITE }];
		for roughness in [0.1, 0.3, 0.6, 1.0] {
			let facets = Facets::new(roughness);
			all.push(Bsdf::Metal { reflectance: WHITE, facets });
			all.push(Bsdf::Coated { albedo: WHITE, facets });
		}
		all
	}

	fn seen_at(cos: f32) -> Vec3 {
		vec3(sqrt(1.0 - cos * cos), 0.0, cos)
	}

	/// In a furnace, where the same light comes from everywhere, a white surface must not shine brighter than it, and
	/// only rough metal, whose facets reflect once here, may be much darker.
	#[test]
	fn surface_should_not_create_light_in_a_furnace() {
		for bsdf in rough_bsdfs() {
			for cos in [0.1, 0.4, 0.7, 1.0] {
				let reflected = (0..PATHS)
					.filter_map(|sample| {
						let mut sampler = Sampler::new(11, sample, PATHS);
						bsdf.sample(seen_at(cos), sampler.next_1d(), sampler.next_2d())
					})
					.map(|scattered| scattered.weight.luminance())
					.sum::<f32>() / PATHS as f32;
				assert!(reflected < 1.01, "{bsdf:?} at {cos} reflects {reflected}");
				let least = match bsdf {
					Bsdf::Diffuse { .. } => 0.99,
					Bsdf::Metal { facets, .. } if facets.alpha < 0.05 => 0.95,
					_ => 0.3,
				};
				assert!(reflected > least, "{bsdf:?} at {cos} reflects only {reflected}");
			}
		}
	}

	/// The density that is claimed is the density that is sampled: its sum over evenly spread directions is the share
	/// of samples that point up, and so is the mean of what each direction is claimed to bring.
	#[test]
	fn density_should_be_that_of_the_samples() {
		for bsdf in rough_bsdfs().into_iter().filter(|bsdf| match bsdf {
			Bsdf::Metal { facets, .. } | Bsdf::Coated { facets, .. } => facets.alpha > 0.05,
			_ => true,
		}) {
			for cos in [0.3, 0.8] {
				let seen = seen_at(cos);
				let (mut density, mut even, mut up, mut sampled) = (0.0, 0.0, 0.0, 0.0);
				for sample in 0..PATHS {
					let mut sampler = Sampler::new(12, sample, PATHS);
					let lit = crate::sampling::cone(sampler.next_2d(), 1.0);
					let (scattering, density_here) = bsdf.evaluate(seen, lit);
					density += density_here * 2.0 * PI / PATHS as f32;
					even += scattering.x * lit.x * lit.x * 2.0 * PI / PATHS as f32;
					if let Some(scattered) = bsdf.sample(seen, sampler.next_1d(), sampler.next_2d()) {
						up += 1.0 / PATHS as f32;
						sampled += scattered.weight.x * scattered.lit.x * scattered.lit.x / PATHS as f32;
					}
				}
				assert!((density - up).abs() < 0.02, "{bsdf:?} at {cos}: {density} against {up}");
				assert!((even - sampled).abs() < 0.02, "{bsdf:?} at {cos}: {even} against {sampled}");
			}
		}
	}

	#[test]
	fn scattering_should_be_the_same_both_ways() {
		let mut sampler = Sampler::new(13, 0, 0);
		for bsdf in rough_bsdfs() {
			for _ in 0..200 {
				let (a, b) = (cosine_hemisphere(sampler.next_2d()), cosine_hemisphere(sampler.next_2d()));
				if min(a.z, b.z) > 0.05 {
					let (there, back) = (bsdf.evaluate(a, b).0.x / b.z, bsdf.evaluate(b, a).0.x / a.z);
					assert!((there - back).abs() <= 1e-3 * there, "{bsdf:?}: {there} against {back}");
				}
			}
		}
	}

	#[test]
	fn glass_should_follow_snell_and_fresnel() {
		// Perpendicular: ((n - 1) / (n + 1))² is reflected, both ways.
		assert!((fresnel(1.0, 1.5).0 - 0.04).abs() < 1e-6);
		assert!((fresnel(1.0, 1.0 / 1.5).0 - 0.04).abs() < 1e-6);
		// Nothing of one polarisation at Brewster's angle: half of the other's remains.
		let brewster = 1.0 / sqrt(1.0 + 1.5 * 1.5);
		let perpendicular = (1.0f32 - 2.25) / (1.0 + 2.25);
		assert!((fresnel(brewster, 1.5).0 - 0.5 * perpendicular * perpendicular).abs() < 1e-5);
		// Beyond the critical angle all is reflected.
		assert_eq!(fresnel(0.5, 1.0 / 1.5).0, 1.0);
		for cos in [0.2, 0.5, 0.9] {
			let refracted = refract(seen_at(cos), 1.5, 0.0, 0.999_99).lit;
			assert!((refracted.length() - 1.0).abs() < 1e-5);
			assert!((refracted.x * 1.5 + seen_at(cos).x).abs() < 1e-6);
			assert!(refracted.z < 0.0);
			let reflected = refract(seen_at(cos), 1.5, 0.0, 0.0).lit;
			assert_eq!(reflected, vec3(-seen_at(cos).x, 0.0, cos));
		}
	}

	#[test]
	fn glass_should_reflect_as_much_light_when_it_reflects_more_paths() {
		for cos in [0.05, 0.3, 1.0] {
			for ratio in [1.5, 1.0 / 1.5] {
				let (reflectance, _) = fresnel(cos, ratio);
				let reflected = (0..1_000u16)
					.map(|i| refract(seen_at(cos), ratio, 0.25, (f32::from(i) + 0.5) / 1_000.0))
					.filter(|scattered| scattered.lit.z > 0.0)
					.map(|scattered| scattered.weight.x)
					.sum::<f32>();
				assert!((reflected / 1_000.0 - reflectance).abs() < 2e-3);
			}
		}
	}

	#[test]
	fn nothing_should_be_scattered_when_a_direction_is_below_the_surface() {
		for bsdf in rough_bsdfs() {
			assert_eq!(bsdf.evaluate(seen_at(0.5), vec3(0.0, 0.6, -0.8)), (Vec3::ZERO, 0.0));
			assert_eq!(bsdf.evaluate(vec3(0.0, 0.6, -0.8), seen_at(0.5)), (Vec3::ZERO, 0.0));
		}
	}
}
