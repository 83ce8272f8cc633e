use image::RgbImage;
use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma};

use super::{Flaw, resize as shape};

/// Longer side of the picture that is measured.
const LONGEST: u32 = 512;

/// The luminance of a picture, at most 512 pixels long.
pub fn small(picture: &RgbImage) -> Result<GrayImage, Flaw> {
    let small = shape::fitting(picture, LONGEST)?;
    Ok(GrayImage::from_fn(small.width(), small.height(), |x, y| {
        let [red, green, blue] = small.get_pixel(x, y).0.map(u32::from);
        Luma([((red * 77 + green * 150 + blue * 29) >> 8) as u8])
    }))
}

/// The same squeezed into a square.
pub fn square(grey: &GrayImage, side: u32) -> GrayImage {
    resize(grey, side, side, FilterType::Triangle)
}
