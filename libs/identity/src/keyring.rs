use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};

use crate::token::Key;

/// A key, or a list of them, that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes in base64url without padding.
    #[error("a key must be 32 bytes in base64url without padding")]
    Malformed,
    /// 32 bytes that are no Ed25519 public key, or one that anybody can sign for.
    #[error("not an Ed25519 public key")]
    Unusable,
    /// An entry of a keyring is not `name=key`.
    #[error("a keyring must read name=key,name=key with lower-case names")]
    Entry,
}

/// The secret half of an Ed25519 key: 32 random bytes.
///
/// Written and read as base64url without padding; never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Seed([u8; 32]);

impl Seed {
    /// A new one, from the operating system's randomness.
    pub fn generate() -> Self {
        Self(rand::random())
    }

    /// The seed with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes. Secret.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text [`FromStr`] reads. Secret.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What verifies the signatures made with this seed.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(SigningKey::from_bytes(&self.0).verifying_key())
    }

    pub(crate) fn signing_key(&self) -> EncodingKey {
        /// All of a PKCS #8 Ed25519 key that comes before its seed (RFC 8410, section 7).
        const BEFORE_SEED: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        EncodingKey::from_ed_der(&[BEFORE_SEED.as_slice(), &self.0].concat())
    }
}

impl FromStr for Seed {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        bytes_of(text).map(Self)
    }
}

impl TryFrom<String> for Seed {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed(of {})", self.public_key())
    }
}

/// An Ed25519 public key, written as base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    pub(crate) fn key(&self) -> Key {
        Key::new(Algorithm::EdDSA, DecodingKey::from_ed_der(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes_of(text)?).map_err(|_| KeyError::Unusable)?;
        if key.is_weak() {
            return Err(KeyError::Unusable);
        }
        Ok(Self(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

fn bytes_of(text: &str) -> Result<[u8; 32], KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Malformed)?;
    bytes.try_into().map_err(|_| KeyError::Malformed)
}

/// The public keys of all services, by name: who may say "I am order".
///
/// Read and written as `edge=<key>,order=<key>`; while a key is being replaced
/// its service stands there twice.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keyring(BTreeMap<String, Vec<(PublicKey, Key)>>);

impl Keyring {
    /// A keyring that knows nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key of the named service.
    #[must_use]
    pub fn with(mut self, service: &str, key: PublicKey) -> Self {
        let keys = self.0.entry(service.to_owned()).or_default();
        keys.push((key, key.key()));
        self
    }

    /// The known services.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn keys_of(&self, service: &str) -> Option<impl Iterator<Item = &Key>> {
        Some(self.0.get(service)?.iter().map(|(_, key)| key))
    }
}

impl FromStr for Keyring {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.into_iter().try_fold(Self::new(), |keyring, entry| {
            let (name, key) = entry.split_once('=').ok_or(KeyError::Entry)?;
            let well_named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || !name.chars().all(well_named) {
                return Err(KeyError::Entry);
            }
            Ok(keyring.with(name, key.parse()?))
        })
    }
}

impl TryFrom<String> for Keyring {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Keyring> for String {
    fn from(keyring: Keyring) -> Self {
        keyring.to_string()
    }
}

impl fmt::Display for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self
            .0
            .iter()
            .flat_map(|(name, keys)| keys.iter().map(move |(key, _)| format!("{name}={key}")));
        f.write_str(&entries.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_keyrings_come_back_from_their_text() {
        let (old, new) = (Seed::generate(), Seed::generate());
        assert_eq!(old.encode().parse(), Ok(old.clone()));
        let keyring = Keyring::new()
            .with("order", old.public_key())
            .with("order", new.public_key())
            .with("edge", new.public_key());
        let read: Keyring = keyring.to_string().parse().expect("we wrote it");
        assert_eq!(read.to_string(), keyring.to_string());
        assert_eq!(read.services().collect::<Vec<_>>(), ["edge", "order"]);
        assert_eq!(read.keys_of("order").map(Iterator::count), Some(2));
        assert!(read.keys_of("payment").is_none());
    }

    #[test]
    fn bad_keyrings_are_refused() {
        let key = Seed::generate().public_key();
        let weak = URL_SAFE_NO_PAD.encode([0; 32]);
        let table = [
            ("edge".to_owned(), KeyError::Entry),
            (format!("={key}"), KeyError::Entry),
            (format!("Edge={key}"), KeyError::Entry),
            (format!("edge={key}="), KeyError::Malformed),
            ("edge=c2hvcnQ".to_owned(), KeyError::Malformed),
            (format!("edge={weak}"), KeyError::Unusable),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<Keyring>().err(), Some(error), "{text}");
        }
    }

    #[test]
    fn a_seed_is_not_shown() {
        let seed = Seed::generate();
        assert!(!format!("{seed:?}").contains(&seed.encode()));
    }
}
