//! Pictures, made by a seed.

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::{FilterType, blur, resize};
use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};

/// A row of numbers that looks random.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

/// Something like a photograph: forms and light on a ground, and the grain of a sensor.
pub fn photo(seed: u64, width: u32, height: u32) -> RgbImage {
    let mut dice = Dice(seed);
    let mut colour = || [0; 3].map(|_: u8| 40 + dice.below(200) as u8);
    let (one, other) = (colour(), colour());
    let mut picture = RgbImage::from_fn(width, height, |_, y| {
        Rgb([0, 1, 2].map(|at| {
            let (from, to) = (u32::from(one[at]), u32::from(other[at]));
            ((from * (height - y) + to * y) / height) as u8
        }))
    });
    let mut dice = Dice(seed ^ 0xabcd);
    for _ in 0..30 {
        let (x, y) = (
            dice.below(u64::from(width)) as f32,
            dice.below(u64::from(height)) as f32,
        );
        let wide = width as f32 * (0.04 + dice.below(20) as f32 / 100.0);
        let high = height as f32 * (0.04 + dice.below(20) as f32 / 100.0);
        let colour = [0; 3].map(|_: u8| 20 + dice.below(230) as u8);
        let lines = (y - high).max(0.0) as u32..((y + high) as u32).min(height);
        for line in lines {
            let away = (line as f32 - y) / high;
            let half = wide * (1.0 - away * away).max(0.0).sqrt();
            for column in (x - half).max(0.0) as u32..((x + half) as u32).min(width) {
                picture.put_pixel(column, line, Rgb(colour));
            }
        }
    }
    let mut grain = Dice(seed);
    for pixel in picture.pixels_mut() {
        let shift = grain.below(17) as i16 - 8;
        pixel.0 = pixel.0.map(|part| (i16::from(part) + shift).clamp(0, 255) as u8);
    }
    picture
}

/// What a moved camera makes of it.
pub fn blurred(picture: &RgbImage) -> RgbImage {
    blur(picture, picture.width() as f32 / 60.0)
}

/// So many hundredths of the light.
pub fn lit(picture: &RgbImage, hundredths: u16) -> RgbImage {
    let mut lit = picture.clone();
    for part in lit.iter_mut() {
        *part = (u16::from(*part) * hundredths / 100).min(255) as u8;
    }
    lit
}

pub fn scaled(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize(picture, width, height, FilterType::Triangle)
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    jpeg_with(picture, 90, |_| {})
}

/// A JPEG of this quality, with more in its head or done otherwise.
pub fn jpeg_with(
    picture: &RgbImage,
    quality: u8,
    adjust: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    adjust(&mut encoder);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .unwrap();
    bytes
}

pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new(&mut bytes)
        .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// 16 bits, with transparency: the left half is not there.
pub fn deep_png(picture: &RgbImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let mut deep = Vec::new();
    for (x, _, pixel) in picture.enumerate_pixels() {
        let alpha = if x < width / 2 { 0 } else { u16::MAX };
        for part in pixel
            .0
            .map(|part| u16::from(part) * 257)
            .into_iter()
            .chain([alpha])
        {
            deep.extend_from_slice(&part.to_ne_bytes());
        }
    }
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(&deep, width, height, ExtendedColorType::Rgba16)
        .unwrap();
    bytes
}

pub fn webp(picture: &RgbImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    webp::Encoder::from_rgb(picture.as_raw(), width, height)
        .encode(85.0)
        .to_vec()
}

pub fn lossless_webp(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    WebPEncoder::new_lossless(&mut bytes)
        .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// Exif that says how the camera was held, and where.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08".to_vec();
    exif.extend_from_slice(&[0, 1]);
    exif.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS 37.5665 126.9780");
    exif
}

/// The strokes of digits, dots and dashes, five by seven.
const GLYPHS: [(char, [u8; 7]); 12] = [
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    ('-', [0, 0, 0, 31, 0, 0, 0]),
];

/// Prints a text into a picture: black dots of so many pixels.
pub fn print(picture: &mut RgbImage, text: &str, left: u32, top: u32, dot: u32) {
    for (at, sign) in (0..).zip(text.chars()) {
        let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == sign) else {
            continue;
        };
        for (row, bits) in (0..).zip(rows) {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let (x, y) = (left + (at * 6 + column) * dot, top + row * dot);
                for (dx, dy) in (0..dot).flat_map(|dx| (0..dot).map(move |dy| (dx, dy))) {
                    picture.put_pixel(x + dx, y + dy, Rgb([20, 20, 20]));
                }
            }
        }
    }
}
