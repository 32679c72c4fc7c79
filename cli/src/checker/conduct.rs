//! What of a checker's work is its own to do rightly: nobody but the other members and the chain makes it.
//!
//! The command line knows [`Honest`] only. Builds for tests put another [`Conduct`] in its place, to see that it does not pay.

/// How a daemon goes about its checks.
pub trait Conduct: Send + Sync {
	/// Whether it says that the units come to what their provider has committed to, whatever they come to.
	///
	/// Whoever does has nothing to dispute: by its own words the provider is right.
	fn takes_sides(&self) -> bool {
		false
	}
}

/// Says what it has found.
#[derive(Clone, Copy, Debug)]
pub struct Honest;

impl Conduct for Honest {}
