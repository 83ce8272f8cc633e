use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use uuid::Uuid;

/// A picture like no other: potatoes, seen from far away.
///
/// # Errors
/// It cannot be encoded.
pub fn picture() -> anyhow::Result<Vec<u8>> {
    let seed = Uuid::now_v7().as_u128();
    let shade = |x: u32, y: u32| {
        let mixed =
            (u128::from(x / 8) * 0x9E37_79B9 + u128::from(y / 8) * 0x85EB_CA6B) ^ (seed >> (x / 64 % 32));
        60 + (mixed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u8 % 180
    };
    let potatoes = RgbImage::from_fn(640, 480, |x, y| {
        let light = shade(x, y);
        Rgb([light, light - light / 5, light / 2])
    });
    let mut bytes = Cursor::new(Vec::new());
    potatoes.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
