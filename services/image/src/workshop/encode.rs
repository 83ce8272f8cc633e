use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use strum::IntoEnumIterator as _;

use super::{Flaw, resize};

/// Sizes renditions come in, by their longer side; the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Size {
    Full,
    Card,
    Thumb,
}

impl Size {
    /// Pixels of the longer side, at most.
    pub const fn longest(self) -> u32 {
        match self {
            Self::Full => 1_600,
            Self::Card => 640,
            Self::Thumb => 200,
        }
    }
}

/// A rendition, made.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub name: String,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// Quality of WebP and of JPEG that look alike; the second is for a rendition that
/// got too large for a message, as noise does.
const QUALITIES: [(f32, u8); 2] = [(78.0, 82), (40.0, 45)];
/// Most bytes of a rendition, so that it fits into a message.
const MOST_BYTES: usize = 3_500_000;
/// Effort of WebP, 0 to 6.
const EFFORT: i32 = 3;

/// All renditions of a picture no larger than [`Size::Full`], the smallest first.
pub fn renditions(full: &RgbImage) -> Result<Vec<Encoded>, Flaw> {
    let mut made = Vec::new();
    let mut before: Option<RgbImage> = None;
    for size in Size::iter() {
        let picture = resize::fitting(before.as_ref().unwrap_or(full), size.longest())?;
        let name: &str = size.into();
        for (format, encode) in [("jpg", jpeg as fn(&RgbImage, (f32, u8)) -> _), ("webp", webp)] {
            made.push(Encoded {
                name: format!("{name}.{format}"),
                width: picture.width(),
                height: picture.height(),
                bytes: small_enough(&picture, encode)?,
            });
        }
        before = Some(picture);
    }
    made.reverse();
    Ok(made)
}

type Encode = fn(&RgbImage, (f32, u8)) -> Result<Vec<u8>, Flaw>;

fn small_enough(picture: &RgbImage, encode: Encode) -> Result<Vec<u8>, Flaw> {
    let bytes = encode(picture, QUALITIES[0])?;
    if bytes.len() <= MOST_BYTES {
        return Ok(bytes);
    }
    encode(picture, QUALITIES[1])
}

fn jpeg(picture: &RgbImage, (_, quality): (f32, u8)) -> Result<Vec<u8>, Flaw> {
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(
            picture.as_raw(),
            side(picture.width()),
            side(picture.height()),
            ColorType::Rgb,
        )
        .map_err(|error| Flaw::Unreadable(error.to_string()))?;
    Ok(bytes)
}

fn webp(picture: &RgbImage, (quality, _): (f32, u8)) -> Result<Vec<u8>, Flaw> {
    let failed = |why: String| Flaw::Unreadable(why);
    let mut config = webp::WebPConfig::new().map_err(|()| failed("no WebP encoder".into()))?;
    config.quality = quality;
    config.method = EFFORT;
    let encoder = webp::Encoder::from_rgb(picture.as_raw(), picture.width(), picture.height());
    let bytes = encoder
        .encode_advanced(&config)
        .map_err(|error| failed(format!("{error:?}")))?;
    Ok(bytes.to_vec())
}

/// Names of all renditions.
pub const NAMES: [&str; 6] = [
    "thumb.webp",
    "thumb.jpg",
    "card.webp",
    "card.jpg",
    "full.webp",
    "full.jpg",
];
