//! A hash of what a picture looks like: pictures that look alike differ in few of
//! its 64 bits. It holds whether each of the 64 lowest frequencies of the luminance
//! (a cosine transform of it at 32 by 32) lies above their median.

use std::f32::consts::PI;

use image::GrayImage;

use super::grey;

/// Pictures that differ in at most so many bits are taken to look alike.
pub const ALIKE: u32 = 7;

const SIDE: usize = 32;
const KEPT: usize = 8;
/// A picture whose frequencies hardly rise above nothing, such as a plain wall, looks
/// like every other such picture: it has no hash.
const PLAIN: f32 = 60.0;

/// The hash, if the picture shows enough to have one.
pub fn phash(picture: &GrayImage) -> Option<u64> {
    let square = grey::square(picture, SIDE as u32);
    let pixels: Vec<f32> = square.as_raw().iter().map(|pixel| f32::from(*pixel)).collect();
    let mut waves = [[0.0_f32; SIDE]; KEPT + 1];
    for (frequency, wave) in waves.iter_mut().enumerate() {
        for (at, value) in wave.iter_mut().enumerate() {
            *value = (PI / SIDE as f32 * (at as f32 + 0.5) * frequency as f32).cos();
        }
    }
    let mut rows = [[0.0_f32; KEPT + 1]; SIDE];
    for (row, line) in rows.iter_mut().zip(pixels.chunks_exact(SIDE)) {
        for (kept, wave) in row.iter_mut().zip(&waves) {
            *kept = line.iter().zip(wave).map(|(pixel, wave)| pixel * wave).sum();
        }
    }
    let mut values = Vec::with_capacity(KEPT * KEPT);
    // The first row and column tell of light and gradients, which a photograph of the
    // same thing changes most.
    for wave in &waves[1..] {
        values.extend((1..=KEPT).map(|horizontal| {
            let column = rows.iter().map(|row| row[horizontal]);
            column.zip(wave).map(|(value, wave)| value * wave).sum::<f32>()
        }));
    }
    let strongest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    if strongest < PLAIN * SIDE as f32 / 2.0 {
        return None;
    }
    let mut sorted = values.clone();
    sorted.sort_by(f32::total_cmp);
    let median = f32::midpoint(sorted[31], sorted[32]);
    let bits = values.iter().enumerate().filter(|(_, value)| **value > median);
    Some(bits.fold(0, |hash, (bit, _)| hash | 1 << bit))
}
