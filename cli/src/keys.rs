//! Signing keys from the command line or a file. A key never appears in output, logs or errors.

use std::{
	fmt,
	path::{Path, PathBuf},
	str::FromStr,
};

use subxt::utils::AccountId32;
use subxt_signer::{
	sr25519::{self, Keypair},
	SecretUri,
};

/// A secret text that does not show itself when printed for debugging.
#[derive(Clone)]
pub struct Secret(String);

impl FromStr for Secret {
	type Err = std::convert::Infallible;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Ok(Self(text.to_owned()))
	}
}

impl fmt::Debug for Secret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("(secret)")
	}
}

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The text is no secret URI.
	#[error(
		"{origin} cannot be read (it is not shown here): {problem}; give //Name for a development account, a phrase of \
		 12 or 24 words, or 0x and 64 hex digits, each with an optional //path"
	)]
	Malformed {
		/// Where the text came from.
		origin: String,
		/// What is wrong with it, without showing any of it.
		problem: &'static str,
	},
	/// There is no key.
	#[error("no key: give one with --key-file, with --key or in ASSAY_KEY")]
	Missing,
	/// The key file cannot be read.
	#[error("cannot read the key file {path}: {reason}")]
	File {
		/// The file.
		path: PathBuf,
		/// What the system says.
		reason: std::io::Error,
	},
}

/// Key from a secret URI such as `//Alice`.
pub fn from_secret(secret: &Secret) -> Result<Keypair, KeyError> {
	parse(&secret.0).map_err(|problem| KeyError::Malformed { origin: "the key".to_owned(), problem })
}

/// Key from the first line of a file that holds a secret URI.
pub fn from_file(path: &Path) -> Result<Keypair, KeyError> {
	let text = std::fs::read_to_string(path).map_err(|reason| KeyError::File { path: path.to_owned(), reason })?;
	parse(text.lines().next().unwrap_or_default())
		.map_err(|problem| KeyError::Malformed { origin: format!("the key in {}", path.display()), problem })
}

/// The key that `text` stands for, or what is wrong with it.
fn parse(text: &str) -> Result<Keypair, &'static str> {
	let text = text.trim();
	// An empty text names the development root account, which nobody means to sign with.
	if text.is_empty() {
		return Err("it is empty");
	}
	if AccountId32::from_str(text).is_ok() {
		return Err("it is an address, which everybody may know and nobody can sign with");
	}
	let uri = SecretUri::from_str(text).map_err(|_| "it has characters that no key has")?;
	// The library's own text could show a part of the key.
	Keypair::from_uri(&uri).map_err(|error| match error {
		sr25519::Error::Phrase(_) => "its words are not a phrase: one is missing or mistyped",
		sr25519::Error::Hex(_) => "there are not 64 hex digits after 0x",
		_ => "it stands for no key",
	})
}

/// Account that a key signs for.
pub fn account(key: &Keypair) -> AccountId32 {
	key.public_key().to_account_id()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn key_should_be_read_when_it_is_a_development_name_or_a_seed() {
		for text in ["//Alice", "//Bob//stash", &format!("0x{}", "07".repeat(32))] {
			assert!(from_secret(&Secret(text.to_owned())).is_ok(), "{text}");
		}
	}

	#[test]
	fn key_should_be_refused_without_showing_it_when_malformed() {
		for (text, problem) in [
			("Bob", "phrase"),
			("hunter2!", "characters"),
			("0x1234", "hex"),
			("0xzz", "hex"),
			("not a phrase of words that anybody knows", "phrase"),
			("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "address"),
			("", "empty"),
			("  ", "empty"),
		] {
			let Err(error) = from_secret(&Secret(text.to_owned())) else { panic!("accepted {text:?}") };
			let message = error.to_string();
			assert!(message.contains(problem), "{message}");
			assert!(text.trim().is_empty() || !message.contains(text), "{message}");
		}
		assert_eq!(format!("{:?}", Secret("//Alice".to_owned())), "(secret)");
	}

	#[test]
	fn key_file_should_give_the_same_key_as_its_text() {
		let file = tempfile::NamedTempFile::new().unwrap();
		std::fs::write(file.path(), "//Charlie\n").unwrap();
		assert_eq!(
			account(&from_file(file.path()).unwrap()),
			account(&from_secret(&Secret("//Charlie".to_owned())).unwrap())
		);
		assert!(matches!(from_file(Path::new("/nonexistent/key")), Err(KeyError::File { .. })));
	}

	#[test]
	fn key_file_should_be_named_without_showing_it_when_malformed() {
		let file = tempfile::NamedTempFile::new().unwrap();
		for text in ["hunter2", "\n//Alice"] {
			std::fs::write(file.path(), text).unwrap();
			let Err(error) = from_file(file.path()) else { panic!("accepted {text:?}") };
			let message = error.to_string();
			assert!(message.contains(&file.path().display().to_string()) && !message.contains(text), "{message}");
		}
	}

	#[test]
	fn key_should_be_another_when_its_password_is_another() {
		let account_of = |text: &str| account(&from_secret(&Secret(text.to_owned())).unwrap());
		assert_ne!(account_of("//Alice///right"), account_of("//Alice///wrong"));
	}
}
