//! The input of the path tracer.

/// Any bytes are refused or rendered, and what comes out has the right length.
pub fn scene(bytes: &[u8]) {
	let Ok(settings) = pathtracer::settings(bytes) else { return };
	let units = settings.units();
	assert!(pathtracer::render_unit(bytes, units).is_err());
	let Some((tile, _)) = settings.unit(units / 2) else { return };
	// A picture that takes long is as good as a small one.
	if u64::from(settings.tile).pow(2) * u64::from(settings.samples_per_batch) * u64::from(settings.max_bounces) > 512 {
		return;
	}
	if let Ok(output) = pathtracer::render_unit(bytes, units / 2) {
		assert_eq!(output.len() as u32, tile.width * tile.height * 12);
		assert!(output
			.chunks(4)
			.all(|channel| channel.try_into().is_ok_and(|bytes| f32::from_le_bytes(bytes).is_finite())));
	}
}
