use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use xlcfi_tlog::Hash;

/// The canonical text of a JSON value (RFC 8785). Numbers are doubles, as the RFC has
/// them: whole numbers above 2^53 belong into strings.
///
/// # Errors
/// It is no JSON, such as a number that is none.
pub fn canonical(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
}

/// Whether this is JSON in its canonical form.
pub fn is_canonical(json: &[u8]) -> bool {
    let read = serde_json::from_slice::<Value>(json);
    let again = read.and_then(|value| canonical(&value));
    again.is_ok_and(|again| again == json)
}

/// What the log keeps of an event for ever: SHA-256 of salt and canonical text.
pub fn commitment(salt: &[u8; 32], event: &[u8]) -> Hash {
    let hashed = Sha256::new().chain_update(salt).chain_update(event);
    Hash(hashed.finalize().into())
}
