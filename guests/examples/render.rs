//! Renders a scene natively, for those who write scenes: `render SCENE.scene PICTURE.png`.

use std::{env, error::Error, fs, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
	let mut arguments = env::args().skip(1);
	let (Some(scene), Some(picture), None) = (arguments.next(), arguments.next(), arguments.next()) else {
		return Err("usage: render SCENE.scene PICTURE.png".into());
	};
	let input = assay_guests::parse_scene(&fs::read_to_string(&scene)?).map_err(|error| format!("{scene}: {error}"))?;
	let start = Instant::now();
	let outputs = assay_guests::render_native(&input)?;
	println!("{} units of {} bytes of input in {:.1?}", outputs.len(), input.len(), start.elapsed());
	fs::write(&picture, assay_guests::stitch(&input, &outputs)?)?;
	Ok(())
}
