//! The chart as PNG, its lines without text.

use std::io::Cursor;

use image::{ImageError, ImageFormat, Rgb, RgbImage};

use crate::chart::{HEIGHT, Place, Plot, WIDTH};

const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
const KNOWN: Rgb<u8> = Rgb([27, 79, 145]);
const AHEAD: Rgb<u8> = Rgb([42, 125, 225]);
const BAND: Rgb<u8> = Rgb([223, 236, 251]);

/// The chart as PNG.
pub fn png(plot: &Plot) -> Result<Vec<u8>, ImageError> {
    let mut picture = RgbImage::from_pixel(WIDTH, HEIGHT, PAPER);
    for pair in plot.band.windows(2) {
        for (x, share) in columns(pair[0].0, pair[1].0) {
            let low = between(pair[0].0.1, pair[1].0.1, share);
            let high = between(pair[0].1.1, pair[1].1.1, share);
            upright(&mut picture, x, high, low, BAND);
        }
    }
    line(&mut picture, &plot.ahead, AHEAD);
    line(&mut picture, &plot.known, KNOWN);
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

/// A line two pixels thick.
fn line(picture: &mut RgbImage, places: &[Place], colour: Rgb<u8>) {
    for pair in places.windows(2) {
        let mut before = pair[0].1;
        for (x, share) in columns(pair[0], pair[1]) {
            let y = between(pair[0].1, pair[1].1, share);
            upright(picture, x, before.min(y), before.max(y) + 1.0, colour);
            before = y;
        }
    }
}

/// Columns from one place to another, with how far on the way they are.
fn columns(from: Place, to: Place) -> impl Iterator<Item = (u32, f64)> {
    let (first, last) = (from.0.round() as u32, to.0.round() as u32);
    let steps = f64::from(last.saturating_sub(first).max(1));
    (first..=last.max(first)).map(move |x| (x, f64::from(x - first) / steps))
}

fn between(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

fn upright(picture: &mut RgbImage, x: u32, from: f64, to: f64, colour: Rgb<u8>) {
    let rows = from.round().max(0.0) as u32..=to.round().max(0.0) as u32;
    for y in rows.filter(|y| *y < HEIGHT && x < WIDTH) {
        picture.put_pixel(x, y, colour);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::chart::Ahead;
    use crate::series::DayPrice;

    #[test]
    fn lines_and_band_are_where_the_plot_says() {
        let day = |day: u8, price| DayPrice {
            date: date!(2026 - 11 - 01).replace_day(day).unwrap(),
            price,
        };
        let ahead = [Ahead {
            date: date!(2026 - 11 - 09),
            price: 150.0,
            band: Some((100.0, 200.0)),
        }];
        let plot = Plot::of(&[day(1, 100), day(5, 150)], &ahead).unwrap();
        let picture = image::load_from_memory(&png(&plot).unwrap()).unwrap().to_rgb8();
        let at = |(x, y): Place| *picture.get_pixel(x.round() as u32, y.round() as u32);
        assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
        assert_eq!(at(plot.known[0]), KNOWN);
        assert_eq!(at(plot.ahead[1]), AHEAD);
        assert_eq!(at(plot.band[1].0), BAND);
        assert_eq!(at((0.0, 0.0)), PAPER);
    }
}
