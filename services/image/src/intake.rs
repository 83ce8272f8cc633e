//! Taking a file in, piece by piece.

use sha2::{Digest as _, Sha256};
use tonic::{Status, Streaming};
use xlcfi_contracts::image::v1::UploadImageRequest;
use xlcfi_errors::Invalid;

use crate::convert::{self, NewPicture};
use crate::error::Error;
use crate::picture::ContentHash;
use crate::workshop::{Flaw, TELLING, sniff};

/// Most bytes of a file.
pub const MOST_BYTES: usize = 20 << 20;

/// A file, whole.
#[derive(Debug)]
pub struct Taken {
    pub hash: ContentHash,
    pub bytes: Vec<u8>,
}

/// Takes the file in that a stream brings. What cannot be a picture is refused with
/// its first bytes.
///
/// # Errors
/// [`Error`], or what broke the stream off.
pub async fn take(stream: &mut Streaming<UploadImageRequest>) -> Result<(NewPicture, Taken), Status> {
    let (mut new, mut told) = (None, false);
    let (mut bytes, mut hash) = (Vec::new(), Sha256::new());
    while let Some(message) = stream.message().await? {
        Invalid::check(&message)?;
        if new.is_none() {
            new = Some(convert::new_picture(&message)?);
        }
        let piece = message.content.unwrap_or_default().data;
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(Error::FileTooLarge.into());
        }
        hash.update(&piece);
        bytes.extend_from_slice(&piece);
        if !told && bytes.len() >= TELLING {
            sniff(&bytes).map_err(|why| Error::Flaw(Flaw::Unsupported(why)))?;
            told = true;
        }
    }
    let new = new.ok_or_else(|| Invalid::field("purpose", "is required"))?;
    sniff(&bytes).map_err(|why| Error::Flaw(Flaw::Unsupported(why)))?;
    let hash = ContentHash(hash.finalize().into());
    Ok((new, Taken { hash, bytes }))
}
