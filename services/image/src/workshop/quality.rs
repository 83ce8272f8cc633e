use image::GrayImage;

use super::Flaw;
use crate::picture::Purpose;

/// How good a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Variance of the Laplacian.
    pub sharpness: i32,
    /// Mean luminance.
    pub brightness: i32,
}

/// What pictures for a purpose must have at least.
fn least(purpose: Purpose) -> Quality {
    match purpose {
        // What is sold can be photographed again, and print has to be read.
        Purpose::Product | Purpose::Document => Quality {
            sharpness: 20,
            brightness: 35,
        },
        // What somebody got is perhaps eaten by now.
        Purpose::Review => Quality {
            sharpness: 6,
            brightness: 20,
        },
    }
}

impl Quality {
    pub fn measure(grey: &GrayImage) -> Self {
        let (width, height) = grey.dimensions();
        let pixels = grey.as_raw();
        let mean = pixels.iter().map(|pixel| u64::from(*pixel)).sum::<u64>() / (pixels.len() as u64).max(1);
        let at = |x: u32, y: u32| i64::from(pixels[(y * width + x) as usize]);
        let (mut sum, mut squares, mut count) = (0, 0, 0);
        for y in 1..height.saturating_sub(1) {
            for x in 1..width.saturating_sub(1) {
                let edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y);
                sum += edge;
                squares += edge * edge;
                count += 1;
            }
        }
        let count = i64::max(count, 1);
        let variance = squares / count - (sum / count) * (sum / count);
        Self {
            sharpness: i32::try_from(variance).unwrap_or(i32::MAX),
            brightness: i32::try_from(mean).unwrap_or(255),
        }
    }

    /// Refuses a picture that is too poor for its purpose. In the dark everything
    /// looks blurred, so darkness is told first.
    pub fn check(&self, purpose: Purpose) -> Result<(), Flaw> {
        let least = least(purpose);
        if self.brightness < least.brightness {
            return Err(Flaw::Dark {
                brightness: self.brightness,
                least: least.brightness,
            });
        }
        if self.sharpness < least.sharpness {
            return Err(Flaw::Blurred {
                sharpness: self.sharpness,
                least: least.sharpness,
            });
        }
        Ok(())
    }
}
