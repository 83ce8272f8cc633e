use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use xlcfi_tlog::{Hash, ProofText};

use crate::anchor::Evidence;
use crate::canonical::{canonical, commitment};
use crate::check::Refused;

/// The version this crate reads and writes.
pub(crate) const VERSION: u32 = 1;
/// A file of more bytes is no proof.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A proof of one event, self-contained.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What happened.
    pub event: Value,
    /// What was hashed before it.
    pub salt: [u8; 32],
    /// What the log keeps of it: the leaf's data.
    pub commitment: Hash,
    /// Place among the leaves, from 0.
    pub index: u64,
    /// Hashes from the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The signed note the path leads to.
    pub checkpoint: String,
    /// That the checkpoint was anchored in a block of Ethereum, when it was.
    pub anchor: Option<Evidence>,
    /// As the file has it.
    pub(crate) digest: Hash,
}

/// What was kept of an event is not fit to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The event is not in its canonical form.
    #[error("the event is no canonical JSON")]
    NotCanonical,
    /// The event, the salt and the commitment do not belong together.
    #[error("the event and its salt do not give the commitment")]
    WrongCommitment,
}

/// The file, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    event: Value,
    salt: String,
    commitment: String,
    index: u64,
    path: Vec<String>,
    checkpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<Evidence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

/// What tlog-proof text has no line for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    version: u32,
    event: Value,
    salt: String,
    commitment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<Evidence>,
    digest: String,
}

impl Bundle {
    /// Of an event in its canonical form and what the log has of it.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn new(
        event: &[u8],
        salt: [u8; 32],
        kept: Hash,
        index: u64,
        path: Vec<Hash>,
        checkpoint: String,
    ) -> Result<Self, Unfit> {
        let value: Value = serde_json::from_slice(event).map_err(|_| Unfit::NotCanonical)?;
        if canonical(&value).map_err(|_| Unfit::NotCanonical)? != event {
            return Err(Unfit::NotCanonical);
        }
        if commitment(&salt, event) != kept {
            return Err(Unfit::WrongCommitment);
        }
        let made = Self {
            event: value,
            salt,
            commitment: kept,
            index,
            path,
            checkpoint,
            anchor: None,
            digest: Hash([0; 32]),
        };
        Ok(made.sealed())
    }

    /// With the evidence that its checkpoint was anchored.
    #[must_use]
    pub fn with_anchor(self, evidence: Evidence) -> Self {
        let anchored = Self {
            anchor: Some(evidence),
            ..self
        };
        anchored.sealed()
    }

    fn sealed(self) -> Self {
        let digest = self.computed_digest();
        Self { digest, ..self }
    }

    /// SHA-256 of the file without its digest. It shows damage in parts that nothing
    /// else depends on; who cheats can compute it, too.
    pub(crate) fn computed_digest(&self) -> Hash {
        let rest = text(&self.file(None));
        Hash(Sha256::digest(rest).into())
    }

    /// Reads a file: JSON, or tlog-proof text.
    ///
    /// # Errors
    /// It is neither, or not in the one form it can have.
    pub fn read(file: &[u8]) -> Result<Self, Refused> {
        if file.len() > MOST_BYTES {
            return Err(Refused::NoProof);
        }
        let file = std::str::from_utf8(file).map_err(|_| Refused::NoProof)?;
        // What an editor or a form adds around JSON changes nothing of it.
        let json = file.trim();
        match json.starts_with('{') {
            true => Self::of_json(json),
            false => Self::of_text(file),
        }
    }

    fn of_json(json: &str) -> Result<Self, Refused> {
        let file: File = exactly(json.as_bytes())?;
        known(file.version)?;
        let hashes = file.path.iter().map(|text| hash(text));
        Ok(Self {
            event: file.event,
            salt: salt(&file.salt)?,
            commitment: hash(&file.commitment)?,
            index: file.index,
            path: hashes.collect::<Result<_, _>>()?,
            checkpoint: file.checkpoint,
            anchor: file.anchor,
            digest: hash(&file.digest.ok_or(Refused::Damaged)?)?,
        })
    }

    fn of_text(text: &str) -> Result<Self, Refused> {
        // A form may lose the last end of line.
        let whole = match text.ends_with('\n') {
            true => text.to_owned(),
            false => format!("{text}\n"),
        };
        let proof: ProofText = whole.parse().map_err(|error| match error {
            xlcfi_tlog::ProofTextError::NoProof => Refused::NoProof,
            xlcfi_tlog::ProofTextError::Line(_) => Refused::Damaged,
        })?;
        let extra: Extra = exactly(&proof.extra.ok_or(Refused::Damaged)?)?;
        known(extra.version)?;
        Ok(Self {
            event: extra.event,
            salt: salt(&extra.salt)?,
            commitment: hash(&extra.commitment)?,
            index: proof.index,
            path: proof.path,
            checkpoint: proof.checkpoint,
            anchor: extra.anchor,
            digest: hash(&extra.digest)?,
        })
    }

    /// The file as JSON.
    pub fn to_json(&self) -> String {
        text(&self.file(Some(self.digest.to_string())))
    }

    fn file(&self, digest: Option<String>) -> File {
        File {
            version: VERSION,
            event: self.event.clone(),
            salt: STANDARD.encode(self.salt),
            commitment: self.commitment.to_string(),
            index: self.index,
            path: self.path.iter().map(ToString::to_string).collect(),
            checkpoint: self.checkpoint.clone(),
            anchor: self.anchor.clone(),
            digest,
        }
    }

    /// The file as tlog-proof text.
    pub fn to_text(&self) -> String {
        let extra = text(&Extra {
            version: VERSION,
            event: self.event.clone(),
            salt: STANDARD.encode(self.salt),
            commitment: self.commitment.to_string(),
            anchor: self.anchor.clone(),
            digest: self.digest.to_string(),
        });
        let proof = ProofText {
            extra: Some(extra.into_bytes()),
            index: self.index,
            path: self.path.clone(),
            checkpoint: self.checkpoint.clone(),
        };
        proof.to_string()
    }
}

fn text(file: &impl Serialize) -> String {
    let bytes = canonical(file).expect("a bundle holds nothing but JSON");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Reads JSON whose text is the canonical one: two texts never are the same file.
fn exactly<T: DeserializeOwned + Serialize>(json: &[u8]) -> Result<T, Refused> {
    let read: T = serde_json::from_slice(json).map_err(|_| Refused::Damaged)?;
    match canonical(&read).is_ok_and(|again| again == json) {
        true => Ok(read),
        false => Err(Refused::Damaged),
    }
}

fn known(version: u32) -> Result<(), Refused> {
    match version {
        VERSION => Ok(()),
        other => Err(Refused::UnknownVersion(other)),
    }
}

fn salt(text: &str) -> Result<[u8; 32], Refused> {
    hash(text).map(|hash| hash.0)
}

fn hash(text: &str) -> Result<Hash, Refused> {
    text.parse().map_err(|_| Refused::Damaged)
}
