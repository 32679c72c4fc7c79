//! Signing keys from the command line or a file. A key never appears in output, logs or errors.

use std::{
	fmt,
	path::{Path, PathBuf},
	str::FromStr,
};

use subxt::utils::AccountId32;
use subxt_signer::{sr25519::Keypair, SecretUri};

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
		"the key cannot be read (it is not shown here): give //Name for a development account, a phrase of 12 or 24 \
		 words, or 0x and 64 hex digits, each with an optional //path"
	)]
	Malformed,
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
	let text = secret.0.trim();
	if text.is_empty() {
		return Err(KeyError::Malformed);
	}
	let uri = SecretUri::from_str(text).map_err(|_| KeyError::Malformed)?;
	Keypair::from_uri(&uri).map_err(|_| KeyError::Malformed)
}

/// Key from the first line of a file that holds a secret URI.
pub fn from_file(path: &Path) -> Result<Keypair, KeyError> {
	let text = std::fs::read_to_string(path).map_err(|reason| KeyError::File { path: path.to_owned(), reason })?;
	from_secret(&Secret(text.lines().next().unwrap_or_default().to_owned()))
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
		for text in ["Bob", "0x1234", "not a phrase of words that anybody knows", ""] {
			let result = from_secret(&Secret(text.to_owned()));
			// An empty text names the development root account, which nobody means to sign with.
			let Err(error) = result else { panic!("accepted {text:?}") };
			assert!(text.is_empty() || !error.to_string().contains(text));
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
}
