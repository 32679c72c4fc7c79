//! From the outputs of a job to a picture.

use crate::Error;
use assay_guest_sdk::math::{exp, ln};
use pathtracer::{
	scene::Settings,
	vector::{vec3, Vec3},
};

/// The picture of a scene as a PNG file, from the outputs of all its units in their order.
///
/// Batches are added in order, light is mapped to what a screen can show by a curve after film (a rational fit to the
/// reference rendering of the Academy Color Encoding System) and coded as sRGB, all of it by exact arithmetic: the same
/// outputs give the same pixels everywhere.
pub fn stitch(input: &[u8], outputs: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
	let settings = pathtracer::settings(input)?;
	let radiance = add(&settings, outputs)?;
	let scale = settings.exposure / settings.samples() as f32;
	let pixels: Vec<u8> = radiance.into_iter().flat_map(|sum| tone_map(sum * scale).map(srgb)).collect();
	encode(settings.width, settings.height, &pixels).map_err(Error::Png)
}

/// Width of a panel of [`compare`], about.
const PANEL: u32 = 640;
/// Columns between its panels.
const GAP: u32 = 16;

/// Two outputs of one unit beside each other as a PNG file, such as one that is disputed and the true one.
///
/// The pixels of a unit are a grid over the whole picture, so each panel is the picture as that unit alone has it: with few
/// pixels, each drawn as large as its mesh of the grid, and with the noise of one batch. Light that is not a number, or
/// is missing because the output is too short, is black.
pub fn compare(input: &[u8], index: u32, left: &[u8], right: &[u8]) -> Result<Vec<u8>, Error> {
	let settings = pathtracer::settings(input)?;
	let Some((tile, _)) = settings.unit(index) else {
		return Err(Error::Outputs(format!("the scene has {} units, and so no unit {index}", settings.units())));
	};
	let scale = settings.exposure / settings.samples_per_batch as f32;
	let [left, right] = [left, right].map(|output| -> Vec<[u8; 3]> {
		let pixel = |number: usize| {
			let light = output.get(number * 12..number * 12 + 12).map_or(Vec3::ZERO, light);
			let light = if light.is_finite() { light } else { Vec3::ZERO };
			tone_map(light * scale).map(srgb)
		};
		(0..(tile.width * tile.height) as usize).map(pixel).collect()
	});
	let columns = (PANEL / tile.width).max(1);
	let rows = (columns * tile.row_step / tile.column_step).max(1);
	let mut pixels = Vec::new();
	for row in 0..tile.height * rows {
		let first = (row / rows * tile.width) as usize;
		let line = |panel: &[[u8; 3]]| -> Vec<u8> {
			let row = panel.iter().skip(first).take(tile.width as usize);
			row.flat_map(|pixel| std::iter::repeat_n(*pixel, columns as usize).flatten()).collect()
		};
		pixels.extend(line(&left));
		pixels.extend(std::iter::repeat_n(u8::MAX, GAP as usize * 3));
		pixels.extend(line(&right));
	}
	encode(2 * tile.width * columns + GAP, tile.height * rows, &pixels).map_err(Error::Png)
}

/// The light of a pixel, as outputs have it.
fn light(bytes: &[u8]) -> Vec3 {
	let channel = |first: usize| f32::from_le_bytes([0, 1, 2, 3].map(|byte| bytes[first + byte]));
	vec3(channel(0), channel(4), channel(8))
}

/// The sums of all batches for each pixel of the picture.
fn add(settings: &Settings, outputs: &[Vec<u8>]) -> Result<Vec<Vec3>, Error> {
	if outputs.len() != settings.units() as usize {
		return Err(Error::Outputs(format!("the scene has {} units, not {}", settings.units(), outputs.len())));
	}
	let mut sums = vec![Vec3::ZERO; (settings.width * settings.height) as usize];
	for (index, output) in (0..).zip(outputs) {
		let Some((tile, _)) = settings.unit(index) else { break };
		let length = (tile.width * tile.height) as usize * 12;
		if output.len() != length {
			let problem = format!("the output of unit {index} has {} bytes, not {length}", output.len());
			return Err(Error::Outputs(problem));
		}
		for ((x, y), bytes) in tile.pixels().zip(output.chunks_exact(12)) {
			let light = light(bytes);
			if !light.is_finite() {
				return Err(Error::Outputs(format!("the output of unit {index} has light that is not a number")));
			}
			sums[(y * settings.width + x) as usize] += light;
		}
	}
	Ok(sums)
}

/// Linear light to linear red, green and blue from 0 to 1. Stephen Hill's fit, in the form of the BakingLab samples.
fn tone_map(light: Vec3) -> [f32; 3] {
	let rotate = |rows: [Vec3; 3], v: Vec3| vec3(rows[0].dot(v), rows[1].dot(v), rows[2].dot(v));
	let into_film =
		[vec3(0.597_19, 0.354_58, 0.048_23), vec3(0.076_00, 0.908_34, 0.015_66), vec3(0.028_40, 0.133_83, 0.837_77)];
	let out_of_film = [
		vec3(1.604_75, -0.531_08, -0.073_67),
		vec3(-0.102_08, 1.108_13, -0.006_05),
		vec3(-0.003_27, -0.072_76, 1.076_02),
	];
	// Beyond this everything is white, and squares stay finite.
	let light = light.min(Vec3::splat(1e6)).max(Vec3::ZERO);
	let film = rotate(into_film, light)
		.map(|x| (x * (x + 0.024_578_6) - 0.000_090_537) / (x * (0.983_729 * x + 0.432_951) + 0.238_081));
	rotate(out_of_film, film).min(Vec3::ONE).max(Vec3::ZERO).to_array()
}

/// A linear value from 0 to 1 as a byte of sRGB.
fn srgb(linear: f32) -> u8 {
	let coded = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * exp(ln(linear) * (1.0 / 2.4)) - 0.055 };
	(coded * 255.0 + 0.5) as u8
}

fn encode(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
	let mut file = Vec::new();
	let mut encoder = png::Encoder::new(&mut file, width, height);
	encoder.set_color(png::ColorType::Rgb);
	encoder.set_depth(png::BitDepth::Eight);
	encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
	encoder.set_compression(png::Compression::Best);
	encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
	let mut writer = encoder.write_header()?;
	writer.write_image_data(pixels)?;
	writer.finish()?;
	Ok(file)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn input() -> Vec<u8> {
		let text = "image 10 7\ntile 4\nsamples 2 3\nmaterial m diffuse 1 1 1\nsphere m at 0 0 0 radius 1";
		crate::parse_scene(text).unwrap()
	}

	/// Outputs in which each pixel's red is its place, green its batch and blue 1.
	fn outputs(settings: &Settings) -> Vec<Vec<u8>> {
		(0..settings.units())
			.map(|index| {
				let (tile, first) = settings.unit(index).unwrap();
				tile.pixels()
					.flat_map(|(x, y)| {
						[(y * settings.width + x) as f32, (first / settings.samples_per_batch) as f32, 1.0]
					})
					.flat_map(f32::to_le_bytes)
					.collect()
			})
			.collect()
	}

	#[test]
	fn every_pixel_should_get_all_its_batches_and_no_others() {
		let settings = pathtracer::settings(&input()).unwrap();
		for (place, sum) in add(&settings, &outputs(&settings)).unwrap().into_iter().enumerate() {
			assert_eq!(sum, vec3(3.0 * place as f32, 0.0 + 1.0 + 2.0, 3.0));
		}
	}

	#[test]
	fn picture_should_have_the_scene_s_size_and_be_the_same_each_time() {
		let (input, settings) = (input(), pathtracer::settings(&input()).unwrap());
		let file = stitch(&input, &outputs(&settings)).unwrap();
		assert_eq!(file, stitch(&input, &outputs(&settings)).unwrap());
		let mut reader = png::Decoder::new(file.as_slice()).read_info().unwrap();
		let mut pixels = vec![0; reader.output_buffer_size()];
		let info = reader.next_frame(&mut pixels).unwrap();
		assert_eq!((info.width, info.height, pixels.len()), (10, 7, 210));
	}

	#[test]
	fn compared_outputs_should_stand_beside_each_other() {
		let (input, settings) = (input(), pathtracer::settings(&input()).unwrap());
		let (black, white) = (vec![0; 3 * 12], [1e6f32.to_le_bytes(); 3 * 4 * 3].concat());
		let (tile, _) = settings.unit(5).unwrap();
		let file = compare(&input, 5, &black, &white).unwrap();
		let mut reader = png::Decoder::new(file.as_slice()).read_info().unwrap();
		let mut pixels = vec![0; reader.output_buffer_size()];
		let info = reader.next_frame(&mut pixels).unwrap();
		let panel = (PANEL / tile.width * tile.width) as usize;
		assert_eq!(info.width as usize, 2 * panel + GAP as usize);
		for line in pixels.chunks(info.width as usize * 3) {
			// What is missing of the left one is black as well.
			assert!(line[..panel * 3].iter().all(|byte| *byte == 0));
			assert!(line[panel * 3..(panel + GAP as usize) * 3].iter().all(|byte| *byte == 255));
			assert!(line[(panel + GAP as usize) * 3..].iter().all(|byte| *byte > 250));
		}
		assert!(compare(&input, settings.units(), &[], &[]).is_err());
	}

	#[test]
	fn outputs_should_be_refused_when_missing_or_short_or_not_numbers() {
		let (input, settings) = (input(), pathtracer::settings(&input()).unwrap());
		let right = outputs(&settings);
		let mut missing = right.clone();
		missing.pop();
		let mut short = right.clone();
		short[3].pop();
		let mut infinite = right;
		infinite[3][..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
		for (wrong, problem) in [
			(missing, "the scene has 18 units, not 17"),
			(short, "the output of unit 3 has 143 bytes, not 144"),
			(infinite, "the output of unit 3 has light that is not a number"),
		] {
			assert_eq!(stitch(&input, &wrong).unwrap_err().to_string(), problem);
		}
	}

	#[test]
	fn srgb_should_agree_with_its_definition() {
		for byte in 0..=255u8 {
			let coded = f64::from(byte) / 255.0;
			let linear = if coded <= 0.040_45 { coded / 12.92 } else { ((coded + 0.055) / 1.055).powf(2.4) };
			assert_eq!(srgb(linear as f32), byte);
		}
	}

	proptest! {
		#[test]
		fn tone_mapped_light_should_be_from_zero_to_one(r in -1.0f32..1e30, g in 0.0f32..100.0, b in 0.0f32..1.0) {
			prop_assert!(tone_map(vec3(r, g, b)).into_iter().all(|x| (0.0..=1.0).contains(&x)));
		}

		#[test]
		fn more_grey_light_should_never_look_darker(light in 0.0f32..20.0, more in 0.0f32..20.0) {
			let (a, b) = (tone_map(Vec3::splat(light)), tone_map(Vec3::splat(light + more)));
			prop_assert!(a.into_iter().zip(b).all(|(a, b)| srgb(a) <= srgb(b)));
		}
	}
}
