//! The figures as a picture: lines on a white canvas and a font of our own, so that nothing of the system is needed.

use crate::{Kind, Row};
use anyhow::Result;
use std::{fs::File, io::BufWriter, path::Path};

const WIDTH: usize = 1_000;
const HEIGHT: usize = 960;
/// Pixels that one dot of a letter measures.
const DOT: usize = 2;
const BLACK: [u8; 3] = [40, 40, 40];
const GREY: [u8; 3] = [215, 215, 215];
const COLOURS: [[u8; 3]; 5] = [[34, 139, 60], [40, 100, 200], [210, 40, 40], [230, 130, 20], [130, 60, 160]];

/// Letters of five rows with three dots each, the top row in the highest bits.
fn glyph(letter: char) -> u16 {
	match letter {
		'0' => 0o75557,
		'1' => 0o26227,
		'2' => 0o71747,
		'3' => 0o71717,
		'4' => 0o55711,
		'5' => 0o74717,
		'6' => 0o74757,
		'7' => 0o71222,
		'8' => 0o75757,
		'9' => 0o75717,
		'a' => 0o25755,
		'b' => 0o65656,
		'c' => 0o34443,
		'd' => 0o65556,
		'e' => 0o74647,
		'f' => 0o74644,
		'g' => 0o34553,
		'h' => 0o55755,
		'i' => 0o72227,
		'j' => 0o11152,
		'k' => 0o55655,
		'l' => 0o44447,
		'm' => 0o57755,
		'n' => 0o65555,
		'o' => 0o25552,
		'p' => 0o65644,
		'q' => 0o25563,
		'r' => 0o65655,
		's' => 0o34216,
		't' => 0o72222,
		'u' => 0o55557,
		'v' => 0o55522,
		'w' => 0o55775,
		'x' => 0o55255,
		'y' => 0o55222,
		'z' => 0o71247,
		'.' => 0o00002,
		'-' => 0o00700,
		'+' => 0o02720,
		'=' => 0o07070,
		',' => 0o00024,
		_ => 0,
	}
}

struct Canvas(Vec<u8>);

impl Canvas {
	fn dot(&mut self, x: i64, y: i64, colour: [u8; 3]) {
		let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
		if x >= WIDTH {
			return;
		}
		if let Some(pixel) = self.0.get_mut((y * WIDTH + x) * 3..(y * WIDTH + x) * 3 + 3) {
			pixel.copy_from_slice(&colour);
		}
	}

	fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: [u8; 3], thick: i64) {
		let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().max(1.0);
		for step in 0..=steps as u32 {
			let part = f64::from(step) / steps;
			let x = (from.0 + (to.0 - from.0) * part).round() as i64;
			let y = (from.1 + (to.1 - from.1) * part).round() as i64;
			for (right, down) in (0..thick).flat_map(|right| (0..thick).map(move |down| (right, down))) {
				self.dot(x + right, y + down, colour);
			}
		}
	}

	fn text(&mut self, x: f64, y: f64, text: &str, colour: [u8; 3]) {
		for (place, letter) in text.to_lowercase().chars().enumerate() {
			let bits = glyph(letter);
			for dot in (0..15usize).filter(|dot| bits >> (14 - dot) & 1 == 1) {
				let left = x as i64 + (place * 4 * DOT + dot % 3 * DOT) as i64;
				let top = y as i64 + (dot / 3 * DOT) as i64;
				for (right, down) in (0..DOT).flat_map(|right| (0..DOT).map(move |down| (right, down))) {
					self.dot(left + right as i64, top + down as i64, colour);
				}
			}
		}
	}

	/// Lines over days, with a scale that is theirs together.
	fn panel(&mut self, top: f64, title: &str, days: &[f64], lines: &[(&str, Vec<f64>)]) {
		let (left, right, bottom) = (100.0, WIDTH as f64 - 30.0, top + 220.0);
		let all = || lines.iter().flat_map(|(_, values)| values).copied();
		let (low, high) = (all().fold(0.0, f64::min), all().fold(1e-9, f64::max));
		let last = days.last().copied().unwrap_or(1.0).max(1.0);
		let place = |day: f64, value: f64| {
			(left + (right - left) * day / last, bottom - (bottom - top) * (value - low) / (high - low))
		};
		self.text(left, top - 40.0, title, BLACK);
		for tick in 0..=4 {
			let value = low + (high - low) * f64::from(tick) / 4.0;
			let (_, y) = place(0.0, value);
			self.line((left, y), (right, y), GREY, 1);
			self.text(8.0, y - 5.0, &format!("{value:>10.2}"), BLACK);
			let day = last * f64::from(tick) / 4.0;
			let (x, _) = place(day, low);
			self.text(x - 12.0, bottom + 8.0, &format!("{day:.0}"), BLACK);
		}
		let zero = place(0.0, 0.0).1;
		self.line((left, zero), (right, zero), BLACK, 1);
		let mut x = left;
		for ((name, values), colour) in lines.iter().zip(COLOURS) {
			self.text(x, top - 20.0, name, colour);
			x += ((name.len() + 3) * 4 * DOT) as f64;
			let points: Vec<_> = days.iter().zip(values).map(|(day, value)| place(*day, *value)).collect();
			for pair in points.windows(2) {
				if let [from, to] = pair {
					self.line(*from, *to, colour, 2);
				}
			}
		}
	}
}

/// Writes the picture of a run.
pub fn write(rows: &[Row], seed: u64, path: &Path) -> Result<()> {
	let mut canvas = Canvas(vec![255; WIDTH * HEIGHT * 3]);
	let days: Vec<_> = rows.iter().map(|row| f64::from(row.day)).collect();
	let values = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<_>>();
	let profit: Vec<_> = Kind::ALL
		.into_iter()
		.enumerate()
		.map(|(index, kind)| (kind.name(), values(&|row| row.profit.get(index).copied().unwrap_or_default())))
		.collect();
	let title = format!("profit in tokens per staked token, by day, seed {seed}");
	canvas.panel(70.0, &title, &days, &profit);
	let market = [
		("demand", values(&|row| row.demand)),
		("token in us dollars x 10", values(&|row| row.token_usd * 10.0)),
		("unit in tokens x 10", values(&|row| row.unit_price * 10.0)),
	];
	canvas.panel(390.0, "demand and prices", &days, &market);
	let flows = [
		("market fees", values(&|row| row.fees)),
		("work rewards", values(&|row| row.rewards)),
		("burned", values(&|row| row.burned)),
		("slashed", values(&|row| row.slashed)),
	];
	canvas.panel(710.0, "tokens since the start", &days, &flows);

	let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), WIDTH as u32, HEIGHT as u32);
	encoder.set_color(png::ColorType::Rgb);
	encoder.set_compression(png::Compression::Best);
	encoder.write_header()?.write_image_data(&canvas.0)?;
	Ok(())
}
