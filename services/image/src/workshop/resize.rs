use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::Flaw;

/// A picture of the same shape whose longer side is `longest`, or as it is when it is
/// not longer.
pub fn fit(picture: RgbImage, longest: u32) -> Result<RgbImage, Flaw> {
    let (width, height) = picture.dimensions();
    if width.max(height) <= longest {
        return Ok(picture);
    }
    shrink(&picture, longest)
}

/// The same for one that is still needed.
pub fn fitting(picture: &RgbImage, longest: u32) -> Result<RgbImage, Flaw> {
    let (width, height) = picture.dimensions();
    if width.max(height) <= longest {
        return Ok(picture.clone());
    }
    shrink(picture, longest)
}

fn shrink(picture: &RgbImage, longest: u32) -> Result<RgbImage, Flaw> {
    let (width, height) = picture.dimensions();
    let longer = u64::from(width.max(height));
    let scaled = |side: u32| {
        let exact = (u64::from(side) * u64::from(longest) + longer / 2) / longer;
        u32::try_from(exact).unwrap_or(longest).max(1)
    };
    let failed = |error: &dyn std::error::Error| Flaw::Unreadable(error.to_string());
    let from = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3).map_err(|e| failed(&e))?;
    let mut to = Image::new(scaled(width), scaled(height), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new()
        .resize(&from, &mut to, &options)
        .map_err(|e| failed(&e))?;
    let (width, height) = (to.width(), to.height());
    RgbImage::from_raw(width, height, to.into_vec()).ok_or_else(|| Flaw::Unreadable("no pixels".into()))
}
