//! A small chart of prices and of what is expected of them.

use maud::html;
use time::Date;

use crate::series::{DayPrice, Series};

/// Size of the picture.
pub const WIDTH: u32 = 640;
pub const HEIGHT: u32 = 240;
/// Room around the lines.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 28.0;

/// A price to come, with the ends of its band.
#[derive(Debug, Clone, Copy)]
pub struct Ahead {
    pub date: Date,
    pub price: f64,
    pub band: Option<(f64, f64)>,
}

/// A place in the picture, from its upper left corner.
pub type Place = (f64, f64);

/// Lines and area of a chart, in the picture.
#[derive(Debug)]
pub struct Plot {
    pub known: Vec<Place>,
    /// Begins where the known prices end.
    pub ahead: Vec<Place>,
    /// Lower and upper end at the same place across.
    pub band: Vec<(Place, Place)>,
    least: f64,
    most: f64,
    first: Date,
    last: Date,
}

impl Plot {
    /// Puts prices and what is expected into the picture; None without prices.
    pub fn of(prices: &[DayPrice], ahead: &[Ahead]) -> Option<Self> {
        let (first, end) = (prices.first()?, prices.last()?);
        let last = ahead.last().map_or(end.date, |point| point.date);
        let ends = ahead
            .iter()
            .flat_map(|point| point.band.map_or([point.price; 2], |(low, high)| [low, high]));
        let all = || prices.iter().map(|day| day.price as f64).chain(ends.clone());
        let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        let days = (last - first.date).whole_days().max(1) as f64;
        let spread = if most > least { most - least } else { 1.0 };
        let place = |date: Date, price: f64| {
            let across = (date - first.date).whole_days() as f64 / days;
            let up = (price - least) / spread;
            let (width, height) = (f64::from(WIDTH) - LEFT - RIGHT, f64::from(HEIGHT) - TOP - BOTTOM);
            (LEFT + across * width, TOP + (1.0 - up) * height)
        };
        let now = place(end.date, end.price as f64);
        let expected = ahead.iter().map(|point| place(point.date, point.price));
        let ends = ahead.iter().filter_map(|point| {
            let (low, high) = point.band?;
            Some((place(point.date, low), place(point.date, high)))
        });
        let mut plot = Self {
            known: prices
                .iter()
                .map(|day| place(day.date, day.price as f64))
                .collect(),
            ahead: std::iter::once(now).chain(expected).collect(),
            band: std::iter::once((now, now)).chain(ends).collect(),
            least,
            most,
            first: first.date,
            last,
        };
        if ahead.is_empty() {
            plot.ahead.clear();
        }
        if plot.band.len() < 2 {
            plot.band.clear();
        }
        Some(plot)
    }
}

/// The chart as SVG.
pub fn svg(series: &Series, plot: &Plot) -> String {
    let subject = &series.subject;
    let words = [
        &subject.item_name,
        &subject.kind_name,
        &subject.grade,
        &subject.region,
        &subject.unit,
    ];
    let mut words: Vec<&str> = words
        .into_iter()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    words.dedup();
    let title = words.join(" · ");
    let area = plot
        .band
        .iter()
        .map(|ends| ends.0)
        .chain(plot.band.iter().rev().map(|ends| ends.1));
    let (right, low) = (f64::from(WIDTH) - RIGHT, f64::from(HEIGHT) - BOTTOM);
    let axis = format!("M{LEFT} {TOP}V{low}H{right}");
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            font-family="sans-serif" font-size="12" fill="#333" {
            title { (title) }
            rect width=(WIDTH) height=(HEIGHT) fill="#fff" {}
            text x=(LEFT) y="18" { (title) }
            path d=(axis) stroke="#bbb" fill="none" {}
            text x=(LEFT - 6.0) y=(TOP + 4.0) text-anchor="end" { (won(plot.most)) }
            text x=(LEFT - 6.0) y=(low) text-anchor="end" { (won(plot.least)) }
            text x=(LEFT) y=(low + 16.0) { (plot.first) }
            text x=(right) y=(low + 16.0) text-anchor="end" { (plot.last) }
            @if !plot.band.is_empty() {
                polygon points=(points(area)) fill="#2a7de1" fill-opacity="0.15" {}
            }
            polyline points=(points(plot.known.iter().copied())) fill="none" stroke="#1b4f91" stroke-width="2" {}
            @if !plot.ahead.is_empty() {
                polyline points=(points(plot.ahead.iter().copied())) fill="none" stroke="#2a7de1" stroke-width="2" stroke-dasharray="4 3" {}
            }
        }
    }
    .into_string()
}

fn points(places: impl Iterator<Item = Place>) -> String {
    let texts: Vec<String> = places.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    texts.join(" ")
}

/// Won with commas.
fn won(price: f64) -> String {
    let digits = format!("{price:.0}");
    let mut text = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn prices(values: &[i64]) -> Vec<DayPrice> {
        let day = |(at, price): (usize, &i64)| DayPrice {
            date: date!(2026 - 11 - 01) + time::Duration::days(at as i64),
            price: *price,
        };
        values.iter().enumerate().map(day).collect()
    }

    #[test]
    fn prices_and_what_is_expected_fill_the_picture() {
        let ahead = [Ahead {
            date: date!(2026 - 11 - 05),
            price: 150.0,
            band: Some((50.0, 250.0)),
        }];
        let plot = Plot::of(&prices(&[100, 200, 150]), &ahead).unwrap();
        assert_eq!(plot.known.first().unwrap().0, LEFT);
        assert_eq!(plot.ahead.last().unwrap().0, f64::from(WIDTH) - RIGHT);
        let (low, high) = *plot.band.last().unwrap();
        assert_eq!((low.1, high.1), (f64::from(HEIGHT) - BOTTOM, TOP));
        assert_eq!(plot.ahead[0], *plot.known.last().unwrap());
    }

    #[test]
    fn one_price_and_none_are_drawn_or_not() {
        let plot = Plot::of(&prices(&[100]), &[]).unwrap();
        assert!(
            plot.known
                .iter()
                .all(|place| place.0.is_finite() && place.1.is_finite())
        );
        assert!(plot.ahead.is_empty() && plot.band.is_empty());
        assert!(Plot::of(&[], &[]).is_none());
    }

    #[test]
    fn won_have_commas() {
        for (price, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(won(price), text);
        }
    }
}
