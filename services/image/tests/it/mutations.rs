//! Sound files, and what becomes of them.

use crate::pictures::{Dice, deep_png, exif, jpeg_with, lossless_webp, photo, png, webp};

/// Sound files of every kind.
pub fn sound(width: u32, height: u32) -> Vec<Vec<u8>> {
    let picture = photo(300, width, height);
    vec![
        jpeg_with(&picture, 80, |encoder| {
            encoder.add_exif_metadata(&exif(6)).unwrap()
        }),
        jpeg_with(&picture, 80, |encoder| {
            encoder.set_progressive(true);
            encoder.set_restart_interval(3);
        }),
        png(&picture),
        deep_png(&picture),
        webp(&picture),
        lossless_webp(&picture),
    ]
}

/// The file with something wrong in it; the head is hit as often as the rest.
pub fn mutated(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=dice.below(4) {
        let end = if dice.below(2) == 0 {
            bytes.len().min(200)
        } else {
            bytes.len()
        };
        let at = dice.below(end.max(1) as u64) as usize;
        let length = (dice.below(24) as usize).min(bytes.len() - at.min(bytes.len()));
        match dice.below(6) {
            0 => bytes.truncate(at.max(16)),
            1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][dice.below(6) as usize],
            3 => bytes[at..at + length].fill(dice.below(256) as u8),
            4 => drop(bytes.drain(at..at + length)),
            _ => {
                let copy = bytes[at..at + length].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}
