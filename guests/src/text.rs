//! Scenes as people write them.
//!
//! One statement a line; `#` begins a comment. Colours and radiance are linear red, green, blue; lengths are in any one
//! unit; the second coordinate points up.
//!
//! | statement | meaning |
//! |---|---|
//! | `image WIDTH HEIGHT` | size of the picture in pixels |
//! | `tile SIDE` | a unit has a grid of at most this many pixels in each direction, spread over the picture |
//! | `samples BATCH BATCHES` | samples per pixel in one unit, and units per tile |
//! | `bounces N` | surfaces after which a path ends |
//! | `seed N` | another number gives other noise |
//! | `clamp LUMINANCE` | bound on the indirect light of one path; 0 for none |
//! | `exposure FACTOR` | brightness |
//! | `camera eye XYZ target XYZ angle DEGREES` | a pinhole; the angle is from the lower to the upper edge |
//! | `… aperture RADIUS focus DISTANCE` | either or both after it: a lens, sharp at the target if not said |
//! | `sky zenith RGB horizon RGB ground RGB` | light from far away |
//! | `glow towards XYZ radiance RGB sharpness N` | light around one direction of the sky |
//! | `material NAME diffuse RGB` | even scattering |
//! | `material NAME coated RGB roughness R` | the same under a varnish |
//! | `… checker RGB size S` | after either: a second colour in squares, seen from above |
//! | `material NAME metal RGB roughness R` | reflection |
//! | `material NAME glass INDEX absorption RGB` | refraction, with absorption per length |
//! | `material NAME light RGB` | emission |
//! | `sphere MATERIAL at XYZ radius R` | |
//! | `quad MATERIAL corner XYZ edges XYZ XYZ` | a parallelogram; the product of its edges is its front |
//! | `knot MATERIAL at XYZ axis XYZ radius R tube R` | a trefoil knot |
//! | `crystal MATERIAL from XYZ to XYZ radius R` | a six-sided prism with a point |
//! | `gem MATERIAL at XYZ axis XYZ radius R` | a cut stone, its table towards the axis |
//!
//! Materials stand before the objects made of them.

use crate::{mesh::Mesher, Error};
use assay_guest_sdk::math::sin_cos_turns;
use pathtracer::{
	scene::{Camera, Material, Pattern, Scene, Settings, Sky, Sphere},
	vector::{vec3, Vec3},
};
use std::{collections::BTreeMap, str::SplitAsciiWhitespace};

/// Parts of a knot along and around its tube: enough that its outline looks round at the size of a picture.
const KNOT: (u16, u16) = (72, 8);

/// The input of a job that renders a scene.
pub fn parse(text: &str) -> Result<Vec<u8>, Error> {
	Ok(read(text)?.encode()?)
}

/// The scene that a text describes. It may still be one that cannot be rendered.
fn read(text: &str) -> Result<Scene, Error> {
	let mut parser = Parser {
		scene: Scene {
			settings: Settings::default(),
			camera: Camera::default(),
			sky: Sky::default(),
			materials: Vec::new(),
			spheres: Vec::new(),
			vertices: Vec::new(),
			triangles: Vec::new(),
		},
		names: BTreeMap::new(),
	};
	for (number, line) in (1..).zip(text.lines()) {
		let statement = line.split('#').next().unwrap_or_default();
		parser.statement(statement).map_err(|problem| Error::Text { line: number, problem })?;
	}
	Ok(parser.scene)
}

struct Parser<'a> {
	scene: Scene,
	/// Numbers of the materials by name.
	names: BTreeMap<&'a str, u16>,
}

impl<'a> Parser<'a> {
	fn statement(&mut self, line: &'a str) -> Result<(), String> {
		let mut words = Words(line.split_ascii_whitespace());
		let Some(keyword) = words.0.next() else { return Ok(()) };
		let settings = &mut self.scene.settings;
		match keyword {
			"image" => (settings.width, settings.height) = (words.whole("width")?, words.whole("height")?),
			"tile" => settings.tile = words.whole("side")?,
			"samples" => {
				(settings.samples_per_batch, settings.batches) = (words.whole("batch")?, words.whole("batches")?)
			},
			"bounces" => settings.max_bounces = words.whole("bounces")?,
			"seed" => settings.seed = words.whole("seed")?,
			"clamp" => settings.clamp = words.number("luminance")?,
			"exposure" => settings.exposure = words.number("factor")?,
			"camera" => self.camera(&mut words)?,
			"sky" => {
				let sky = &mut self.scene.sky;
				words.keyword("zenith")?;
				sky.zenith = words.vector("zenith")?;
				words.keyword("horizon")?;
				sky.horizon = words.vector("horizon")?;
				words.keyword("ground")?;
				sky.ground = words.vector("ground")?;
			},
			"glow" => {
				let sky = &mut self.scene.sky;
				words.keyword("towards")?;
				sky.glow_direction = words.vector("direction")?;
				words.keyword("radiance")?;
				sky.glow = words.vector("radiance")?;
				words.keyword("sharpness")?;
				sky.glow_squarings = words.whole("sharpness")?;
			},
			"material" => self.material(&mut words)?,
			"sphere" | "quad" | "knot" | "crystal" | "gem" => self.object(keyword, &mut words)?,
			other => return Err(format!("`{other}` is no statement")),
		}
		match words.0.next() {
			None => Ok(()),
			Some(word) => Err(format!("the statement should end before `{word}`")),
		}
	}

	fn camera(&mut self, words: &mut Words) -> Result<(), String> {
		words.keyword("eye")?;
		let eye = words.vector("eye")?;
		words.keyword("target")?;
		let target = words.vector("target")?;
		words.keyword("angle")?;
		let angle = words.number("angle")?;
		if !(1.0..=170.0).contains(&angle) {
			return Err(format!("an angle of view of {angle} degrees is not from 1 to 170"));
		}
		let (sin, cos) = sin_cos_turns(angle / 720.0);
		let aperture = if words.optional("aperture") { words.number("aperture")? } else { 0.0 };
		let focus = if words.optional("focus") { words.number("focus")? } else { (target - eye).length() };
		self.scene.camera = Camera { eye, target, half_height: sin / cos, aperture, focus, ..Camera::default() };
		Ok(())
	}

	fn material(&mut self, words: &mut Words<'a>) -> Result<(), String> {
		let name = words.word("a name")?;
		let kind = words.word("a kind of material")?;
		let material = match kind {
			"diffuse" => {
				let colour = words.vector("colour")?;
				Material::Diffuse { pattern: words.checkered(colour)? }
			},
			"coated" => {
				let colour = words.vector("colour")?;
				words.keyword("roughness")?;
				let roughness = words.number("roughness")?;
				Material::Coated { pattern: words.checkered(colour)?, roughness }
			},
			"metal" => {
				let reflectance = words.vector("reflectance")?;
				words.keyword("roughness")?;
				Material::Metal { reflectance, roughness: words.number("roughness")? }
			},
			"glass" => {
				let index = words.number("index")?;
				words.keyword("absorption")?;
				Material::Glass { index, absorption: words.vector("absorption")? }
			},
			"light" => Material::Light { radiance: words.vector("radiance")? },
			other => return Err(format!("`{other}` is no kind of material")),
		};
		let number = u16::try_from(self.scene.materials.len()).map_err(|_| "there are too many materials")?;
		if self.names.insert(name, number).is_some() {
			return Err(format!("there is a material `{name}` already"));
		}
		self.scene.materials.push(material);
		Ok(())
	}

	fn object(&mut self, kind: &str, words: &mut Words) -> Result<(), String> {
		let name = words.word("a material")?;
		let material = *self.names.get(name).ok_or_else(|| format!("there is no material `{name}` above"))?;
		if kind == "sphere" {
			words.keyword("at")?;
			let centre = words.vector("centre")?;
			let radius = words.length("radius")?;
			self.scene.spheres.push(Sphere { centre, radius, material });
			return Ok(());
		}
		let mut mesher = Mesher { scene: &mut self.scene, material };
		match kind {
			"quad" => {
				words.keyword("corner")?;
				let corner = words.vector("corner")?;
				words.keyword("edges")?;
				mesher.quad(corner, words.vector("first edge")?, words.vector("second edge")?);
			},
			"crystal" => {
				words.keyword("from")?;
				let from = words.vector("foot")?;
				words.keyword("to")?;
				let to = words.vector("tip")?;
				let radius = words.length("radius")?;
				if (to - from).length() < 2.0 * radius {
					return Err("a crystal must be longer than it is wide".into());
				}
				mesher.crystal(from, to, radius);
			},
			knot_or_gem => {
				words.keyword("at")?;
				let centre = words.vector("centre")?;
				words.keyword("axis")?;
				let axis = words.vector("axis")?;
				if axis == Vec3::ZERO {
					return Err("an axis must have a direction".into());
				}
				let radius = words.length("radius")?;
				if knot_or_gem == "gem" {
					mesher.gem(centre, axis, radius);
				} else {
					mesher.knot(centre, axis, radius, words.length("tube")?, KNOT.0, KNOT.1);
				}
			},
		}
		if self.scene.vertices.len() > pathtracer::scene::MAX_PRIMITIVES {
			return Err("the scene has too many corners".into());
		}
		Ok(())
	}
}

/// What is left of a statement.
struct Words<'a>(SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
	fn word(&mut self, what: &str) -> Result<&'a str, String> {
		self.0.next().ok_or_else(|| format!("{what} is missing at the end"))
	}

	fn keyword(&mut self, keyword: &str) -> Result<(), String> {
		match self.word(&format!("`{keyword}`"))? {
			word if word == keyword => Ok(()),
			other => Err(format!("`{keyword}` should stand where `{other}` stands")),
		}
	}

	/// Takes the keyword if it is next.
	fn optional(&mut self, keyword: &str) -> bool {
		let mut ahead = self.0.clone();
		let found = ahead.next() == Some(keyword);
		if found {
			self.0 = ahead;
		}
		found
	}

	fn number(&mut self, what: &str) -> Result<f32, String> {
		let word = self.word(&format!("the number `{what}`"))?;
		match word.parse::<f32>() {
			Ok(number) if number.is_finite() => Ok(number),
			_ => Err(format!("`{what}` should be a number, not `{word}`")),
		}
	}

	fn whole(&mut self, what: &str) -> Result<u32, String> {
		let word = self.word(&format!("the number `{what}`"))?;
		word.parse().map_err(|_| format!("`{what}` should be a whole number, not `{word}`"))
	}

	fn vector(&mut self, what: &str) -> Result<Vec3, String> {
		Ok(vec3(self.number(what)?, self.number(what)?, self.number(what)?))
	}

	/// A keyword and a positive number.
	fn length(&mut self, keyword: &str) -> Result<f32, String> {
		self.keyword(keyword)?;
		match self.number(keyword)? {
			length if length > 0.0 => Ok(length),
			other => Err(format!("`{keyword}` should be more than 0, not {other}")),
		}
	}

	/// A second colour, if there is one.
	fn checkered(&mut self, first: Vec3) -> Result<Pattern, String> {
		if !self.optional("checker") {
			return Ok(Pattern::plain(first));
		}
		Ok(Pattern { first, second: self.vector("second colour")?, size: self.length("size")? })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn scene(text: &str) -> Scene {
		let scene = read(text).unwrap();
		assert!(scene.check().is_ok());
		scene
	}

	#[test]
	fn statements_should_arrive_in_the_scene() {
		let scene = scene(
			"image 64 48 # a comment\n\n# another\ntile 8\nsamples 3 5\nbounces 6\nseed 7\nclamp 2.5\nexposure 0.5
			camera eye 0 1 5 target 0 1 0 angle 90 aperture 0.1 focus 4
			sky zenith 1 2 3 horizon 4 5 6 ground 7 8 9
			glow towards 0 0 -2 radiance 3 2 1 sharpness 5
			material floor coated 0.5 0.5 0.5 roughness 0.3 checker 0.1 0.1 0.1 size 2
			material bulb light 5 4 3
			quad floor corner -1 0 1 edges 2 0 0 0 0 -2
			sphere bulb at 0 3 0 radius 0.5",
		);
		let Settings { width, height, tile, samples_per_batch, batches, max_bounces, seed, clamp, exposure } =
			scene.settings;
		assert_eq!([width, height, tile, samples_per_batch, batches, max_bounces, seed], [64, 48, 8, 3, 5, 6, 7]);
		assert_eq!((clamp, exposure), (2.5, 0.5));
		assert!((scene.camera.half_height - 1.0).abs() < 1e-6);
		assert_eq!((scene.camera.aperture, scene.camera.focus), (0.1, 4.0));
		assert_eq!(scene.sky.ground, vec3(7.0, 8.0, 9.0));
		assert_eq!((scene.sky.glow, scene.sky.glow_squarings), (vec3(3.0, 2.0, 1.0), 5));
		let pattern = Pattern { first: Vec3::splat(0.5), second: Vec3::splat(0.1), size: 2.0 };
		assert_eq!(
			scene.materials,
			[Material::Coated { pattern, roughness: 0.3 }, Material::Light { radiance: vec3(5.0, 4.0, 3.0) }]
		);
		assert_eq!(scene.spheres, [Sphere { centre: vec3(0.0, 3.0, 0.0), radius: 0.5, material: 1 }]);
		assert_eq!((scene.vertices.len(), scene.triangles.len()), (4, 2));
	}

	#[test]
	fn camera_should_be_sharp_at_its_target_when_nothing_else_is_said() {
		let scene =
			scene("camera eye 0 0 5 target 0 3 1 angle 30\nmaterial m diffuse 1 1 1\nsphere m at 0 0 0 radius 1");
		assert_eq!((scene.camera.focus, scene.camera.aperture), (5.0, 0.0));
	}

	#[test]
	fn error_should_name_the_line_and_the_cause() {
		for (text, error) in [
			("\nimage 640", "line 2: the number `height` is missing at the end"),
			("image 640 wide", "line 1: `height` should be a whole number, not `wide`"),
			("cube 1 2 3", "line 1: `cube` is no statement"),
			("seed 1 2", "line 1: the statement should end before `2`"),
			("clamp NaN", "line 1: `luminance` should be a number, not `NaN`"),
			("sky horizon 1 1 1", "line 1: `zenith` should stand where `horizon` stands"),
			("sphere gold at 0 0 0 radius 1", "line 1: there is no material `gold` above"),
			("material a velvet 1 1 1", "line 1: `velvet` is no kind of material"),
			("material a light 1 1 1\nmaterial a light 1 1 1", "line 2: there is a material `a` already"),
			("camera eye 0 0 1 target 0 0 0 angle 0", "line 1: an angle of view of 0 degrees is not from 1 to 170"),
			("material a light 1 1 1\nsphere a at 0 0 0 radius -1", "line 2: `radius` should be more than 0, not -1"),
			(
				"material a light 1 1 1\ncrystal a from 0 0 0 to 0 1 0 radius 1",
				"line 2: a crystal must be longer than it is wide",
			),
			("material a light 1 1 1\ngem a at 0 0 0 axis 0 0 0 radius 1", "line 2: an axis must have a direction"),
			("", "a scene must have 1 to 65535 primitives"),
			("tile 100", "the tile's side must be from 1 to 64 pixels"),
		] {
			assert_eq!(parse(text).unwrap_err().to_string(), error, "{text:?}");
		}
	}

	proptest! {
		/// Lines of words that statements are made of: an error or an input that decodes, never a panic.
		#[test]
		fn text_should_parse_or_be_refused_whatever_it_is(
			lines in prop::collection::vec(prop::collection::vec(prop::sample::select(&[
				"camera", "eye", "target", "angle", "material", "m", "metal", "glass", "light", "roughness", "sphere",
				"gem", "knot", "crystal", "quad", "at", "axis", "radius", "tube", "from", "to", "0", "1", "0.5", "-2",
				"1e30", "#", "corner", "edges",
			][..]), 0..14), 0..6)
		) {
			let text: Vec<String> = lines.into_iter().map(|words| words.join(" ")).collect();
			let text = format!("material m diffuse 1 1 1\nsphere m at 0 0 0 radius 1\n{}", text.join("\n"));
			if let Ok(input) = parse(&text) {
				prop_assert!(pathtracer::units(&input).is_ok());
			}
		}

		#[test]
		fn object_should_give_a_scene_that_renders(
			kind in prop::sample::select(&["knot", "gem"][..]),
			axis in prop::array::uniform3(-3i8..=3),
			radius in 0.1f32..10.0,
		) {
			prop_assume!(axis != [0; 3]);
			let tube = if kind == "knot" { " tube 0.1" } else { "" };
			let [x, y, z] = axis;
			let text = format!("image 4 4\nsamples 1 1\nmaterial m glass 1.5 absorption 0 0 0
				{kind} m at 0 0 0 axis {x} {y} {z} radius {radius}{tube}");
			prop_assert_eq!(crate::render_native(&parse(&text).unwrap()).unwrap().len(), 1);
		}
	}
}
