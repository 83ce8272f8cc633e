use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};

use crate::picture::{Content, ContentHash, Picture, Rendition};
use crate::workshop::{Quality, Region};

/// A picture with its content, as the database has it.
pub struct Row {
    pub image_id: Uuid,
    pub owner_id: Uuid,
    pub purpose: String,
    pub unclaimed_since: Option<OffsetDateTime>,
    pub create_time: OffsetDateTime,
    pub content_hash: Vec<u8>,
    pub place: Uuid,
    pub format: String,
    pub width: i32,
    pub height: i32,
    pub byte_count: i64,
    pub sharpness: i32,
    pub brightness: i32,
    pub phash: Option<i64>,
    pub regions: Json<Vec<Region>>,
    pub renditions: Json<Vec<Rendition>>,
    pub block_reason: Option<String>,
}

impl TryFrom<Row> for Picture {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            image_id: row.image_id.into(),
            owner_id: row.owner_id.into(),
            purpose: stored("image.purpose", &row.purpose)?,
            claimed: row.unclaimed_since.is_none(),
            create_time: row.create_time,
            content: Content {
                hash: hash(row.content_hash)?,
                place: row.place,
                format: stored("content.format", &row.format)?,
                width: side(row.width)?,
                height: side(row.height)?,
                byte_count: row.byte_count,
                quality: Quality {
                    sharpness: row.sharpness,
                    brightness: row.brightness,
                },
                phash: row.phash.map(i64::cast_unsigned),
                regions: row.regions.0,
                renditions: row.renditions.0,
                blocked: row.block_reason.is_some(),
            },
        })
    }
}

pub fn hash(bytes: Vec<u8>) -> Result<ContentHash, sqlx::Error> {
    let bytes = <[u8; 32]>::try_from(bytes);
    let wrong = |_| sqlx::Error::Decode(Box::new(Fault::bug("content.content_hash has not 32 bytes")));
    bytes.map(ContentHash).map_err(wrong)
}

pub fn side(pixels: i32) -> Result<u32, sqlx::Error> {
    u32::try_from(pixels).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
