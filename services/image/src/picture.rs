use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::workshop::{Format, Quality, Region};

/// An id of a [`Picture`].
pub type ImageId = Id<Picture>;

/// Id of who uploaded it.
pub type OwnerId = Id<Member>;

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    Product,
    Review,
    Document,
}

impl Purpose {
    /// Whether everybody may see it.
    pub fn is_public(self) -> bool {
        self != Self::Document
    }
}

/// SHA-256 of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ContentHash {
    /// Reads 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes().as_chunks::<2>().0;
        if text.len() != 64 {
            return None;
        }
        for (byte, two) in bytes.iter_mut().zip(digits) {
            *byte = u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// A picture of a member.
#[derive(Debug, Clone)]
pub struct Picture {
    pub image_id: ImageId,
    pub owner_id: OwnerId,
    pub purpose: Purpose,
    pub claimed: bool,
    pub create_time: OffsetDateTime,
    pub content: Content,
}

/// What equal files share.
#[derive(Debug, Clone)]
pub struct Content {
    pub hash: ContentHash,
    /// Where its renditions lie in the store.
    pub place: Uuid,
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub byte_count: i64,
    pub quality: Quality,
    pub phash: Option<u64>,
    pub regions: Vec<Region>,
    pub renditions: Vec<Rendition>,
    pub blocked: bool,
}

/// A rendition that lies in the store.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rendition {
    pub name: String,
    pub width: u32,
    pub height: u32,
    pub byte_count: i64,
}

/// Media type of a rendition, by its name.
pub fn media_type(name: &str) -> &'static str {
    if name.ends_with(".webp") {
        "image/webp"
    } else {
        "image/jpeg"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_as_it_was_written() {
        let hash = ContentHash(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(ContentHash::parse(&hash.to_string()), Some(hash));
        assert_eq!(ContentHash::parse("ab"), None);
        assert_eq!(ContentHash::parse(&"zz".repeat(32)), None);
    }
}
