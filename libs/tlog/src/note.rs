use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Signature type of Ed25519.
const ED25519: u8 = 1;
/// Signatures a note may carry; the specification asks for 16 at least.
const MOST_SIGNATURES: usize = 64;
/// What a line of a signature begins with.
const DASH: &str = "\u{2014} ";

/// A name and a public key, by which notes are checked (C2SP signed-note). As text it is
/// `name+key id+key`, the id in hex, the key in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// It has another form.
    #[error("it is not `name+key id+key`")]
    Malformed,
    /// The name is empty, or has a space or `+`.
    #[error("the name is empty, or has a space or +")]
    Name,
    /// The key is not one of Ed25519.
    #[error("it is no Ed25519 key")]
    Key,
    /// The id belongs to another name or key: a letter was changed.
    #[error("the key id does not belong to this name and key")]
    KeyId,
}

/// Why a note is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is no signed note.
    #[error("it is not a signed note")]
    Malformed,
    /// None of the signatures is by the key.
    #[error("the key has not signed it")]
    UnknownKey,
    /// The key's signature does not fit the text.
    #[error("the signature does not fit the text")]
    BadSignature,
}

impl VerifierKey {
    /// Who signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, newline, signature type and key.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// The text of a note this key signed; other signatures beside it do not matter.
    ///
    /// # Errors
    /// It is no note, or the key has not signed it.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let broken = |letter: char| letter < ' ' && letter != '\n';
        if note.chars().any(broken) {
            return Err(NoteError::Malformed);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let mut signed = false;
        for (count, line) in signatures.split('\n').enumerate() {
            let (name, bytes) = signature(line).ok_or(NoteError::Malformed)?;
            if count == MOST_SIGNATURES {
                return Err(NoteError::Malformed);
            }
            if name != self.name || bytes[..4] != self.id() {
                continue;
            }
            let by_key = Signature::from_slice(&bytes[4..]).map_err(|_| NoteError::BadSignature)?;
            let checked = self.key.verify_strict(text.as_bytes(), &by_key);
            checked.map_err(|_| NoteError::BadSignature)?;
            signed = true;
        }
        signed.then_some(text).ok_or(NoteError::UnknownKey)
    }
}

/// Name and bytes of a line `— name base64`.
fn signature(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    (is_name(name) && bytes.len() > 4).then_some((name, bytes))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+')
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::Malformed);
        };
        if !is_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let bytes = STANDARD.decode(encoded).map_err(|_| VerifierKeyError::Key)?;
        let Some((&ED25519, key)) = bytes.split_first() else {
            return Err(VerifierKeyError::Key);
        };
        let key = VerifyingKey::try_from(key).map_err(|_| VerifierKeyError::Key)?;
        let known = Self {
            name: name.to_owned(),
            key,
        };
        match hex::encode(known.id()) == id {
            true => Ok(known),
            false => Err(VerifierKeyError::KeyId),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(self.id()),
            STANDARD.encode(key)
        )
    }
}

/// Signs notes. Its key is never shown.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// With this name and Ed25519 seed.
    ///
    /// # Errors
    /// The name is empty, or has a space or `+`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, VerifierKeyError> {
        if !is_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey {
            name: name.to_owned(),
            key: key.verifying_key(),
        };
        Ok(Self { key, verifier })
    }

    /// By which its notes are checked.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signed note of a text, which ends with a newline and has no other letters
    /// that steer.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let bytes = [self.verifier.id().as_slice(), &signature].concat();
        let encoded = STANDARD.encode(bytes);
        format!("{text}\n{DASH}{} {encoded}\n", self.verifier.name)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}
