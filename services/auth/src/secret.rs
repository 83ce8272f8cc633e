use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A token as only its holder has it: to refresh, to answer a challenge, to
/// prove a mail, to sign a program in.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one: 32 random bytes.
    pub fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// One that somebody presents.
    pub fn presented(text: String) -> Self {
        Self(text)
    }

    /// What we keep. A fast hash is enough for what nobody can guess.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// The text for its holder.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_different_and_not_shown() {
        let (one, other) = (Secret::generate(), Secret::generate());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(format!("{one:?}"), "Secret");
        let text = one.clone().into_text();
        assert_eq!(text.len(), 43);
        assert_eq!(Secret::presented(text).hash(), one.hash());
    }
}
