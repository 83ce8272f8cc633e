//! Work on pixels. It runs on threads for blocking work, so much at a time as the
//! processors and the memory set aside for it allow.

mod decode;
mod encode;
mod format;
mod grey;
mod label;
mod phash;
mod pool;
mod quality;
mod resize;
mod srgb;

pub use decode::Header;
pub use encode::{Encoded, NAMES};
pub use format::{Format, TELLING, sniff};
pub use label::Region;
pub use phash::ALIKE;
pub use pool::{Pool, Unmade};
pub use quality::Quality;

use crate::picture::Purpose;
use encode::Size;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("{0}")]
    Unsupported(&'static str),
    #[error("the picture cannot be read: {0}")]
    Unreadable(String),
    #[error("{width} x {height} pixels are too many; 50 million and 16384 a side are the most")]
    TooLarge { width: u32, height: u32 },
    #[error("{width} x {height} pixels are too few; each side has at least 64")]
    TooSmall { width: u32, height: u32 },
    #[error("the picture is blurred ({sharpness}, {least} is the least); hold the camera still, come closer")]
    Blurred { sharpness: i32, least: i32 },
    #[error("the picture is too dark ({brightness} of 255, {least} is the least); make more light")]
    Dark { brightness: i32, least: i32 },
}

/// What is made of a file.
#[derive(Debug, Clone)]
pub struct Made {
    pub format: Format,
    /// Upright, as uploaded.
    pub width: u32,
    pub height: u32,
    pub quality: Quality,
    pub phash: Option<u64>,
    pub regions: Vec<Region>,
    pub renditions: Vec<Encoded>,
}

/// Makes everything of a file. It may take long and as much memory as the header says.
pub fn make(file: &[u8], purpose: Purpose) -> Result<Made, Flaw> {
    let header = Header::read(file)?;
    let full = decode::decode(file, &header, Size::Full.longest())?;
    let grey = grey::small(&full)?;
    let quality = Quality::measure(&grey);
    quality.check(purpose)?;
    let turned = (full.width() > full.height()) != (header.width > header.height);
    let (width, height) = match turned {
        true => (header.height, header.width),
        false => (header.width, header.height),
    };
    Ok(Made {
        format: header.format,
        width,
        height,
        quality,
        phash: phash::phash(&grey),
        regions: label::candidates(&grey),
        renditions: encode::renditions(&full)?,
    })
}
