//! From a file to upright sRGB pixels, within bounds known beforehand.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, RgbImage};

use super::format::{Format, sniff};
use super::{Flaw, resize, srgb};

/// Most pixels of a picture.
pub const MOST_PIXELS: u64 = 50_000_000;
/// Most pixels of a side.
pub const LONGEST_SIDE: u32 = 16_384;
/// Fewest pixels of a side.
pub const SHORTEST_SIDE: u32 = 64;

/// Bytes of memory a pixel may take while it is decoded: a progressive JPEG without
/// subsampling takes ten, a PNG of 16 bits with transparency eleven.
const BYTES_PER_PIXEL: u64 = 12;

/// What the head of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub format: Format,
    pub width: u32,
    pub height: u32,
}

impl Header {
    /// Reads it, and refuses what is too large or too small. No pixel is decoded.
    pub fn read(file: &[u8]) -> Result<Self, Flaw> {
        let format = sniff(file).map_err(Flaw::Unsupported)?;
        let (width, height) = open(format, file)?.dimensions();
        if width > LONGEST_SIDE || height > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS
        {
            return Err(Flaw::TooLarge { width, height });
        }
        if width.min(height) < SHORTEST_SIDE {
            return Err(Flaw::TooSmall { width, height });
        }
        Ok(Self {
            format,
            width,
            height,
        })
    }

    /// Most memory that making the renditions takes, in bytes.
    pub fn memory(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * BYTES_PER_PIXEL + (64 << 20)
    }
}

fn open(format: Format, file: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, Flaw> {
    let file = Cursor::new(file);
    let mut limits = Limits::default();
    limits.max_image_width = Some(u32::from(u16::MAX));
    limits.max_image_height = Some(u32::from(u16::MAX));
    limits.max_alloc = Some(MOST_PIXELS * 8 + (16 << 20));
    Ok(match format {
        Format::Jpeg => Box::new(JpegDecoder::new(file)?),
        Format::Png => Box::new(PngDecoder::with_limits(file, limits)?),
        Format::Webp => Box::new(WebPDecoder::new(file)?),
    })
}

/// Decodes a file whose header was found fit: upright, sRGB, without transparency,
/// and no longer than `longest` on its longer side.
pub fn decode(file: &[u8], header: &Header, longest: u32) -> Result<RgbImage, Flaw> {
    if header.format == Format::Jpeg && !ends(file) {
        return Err(Flaw::Unreadable("the file is cut off".into()));
    }
    let mut decoder = open(header.format, file)?;
    let profile = decoder.icc_profile().unwrap_or_default();
    // A picture with broken metadata is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let whole = opaque(DynamicImage::from_decoder(decoder)?);
    let mut small = resize::fit(whole, longest)?;
    if let Some(profile) = profile {
        srgb::convert(&mut small, &profile);
    }
    let mut upright = DynamicImage::ImageRgb8(small);
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

/// The picture on white.
fn opaque(whole: DynamicImage) -> RgbImage {
    if !whole.color().has_alpha() {
        return whole.into_rgb8();
    }
    let seen = whole.into_rgba8();
    let (width, height) = seen.dimensions();
    let mut flat = Vec::with_capacity(seen.len() / 4 * 3);
    for pixel in seen.as_raw().as_chunks::<4>().0 {
        let [red, green, blue, alpha] = pixel.map(u16::from);
        let over = |part: u16| ((part * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        flat.extend_from_slice(&[over(red), over(green), over(blue)]);
    }
    RgbImage::from_raw(width, height, flat).unwrap_or_default()
}

/// Whether the data of a JPEG ends as it should. The decoder would paint grey what is
/// missing; a preview within the metadata has an end of its own, which does not count.
fn ends(file: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = file.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        if marker == 0xff {
            at += 1;
            continue;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            break;
        }
    }
    file.get(at..)
        .is_some_and(|data| data.windows(2).rev().any(|two| two == [0xff, 0xd9]))
}

impl From<ImageError> for Flaw {
    fn from(error: ImageError) -> Self {
        Self::Unreadable(error.to_string())
    }
}
