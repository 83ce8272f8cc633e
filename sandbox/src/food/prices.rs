//! Prices nobody paid: of each item a level that drifts, a year's course, and noise, so that there is something to forecast.

use std::f64::consts::TAU;

use time::macros::date;
use time::{Date, Month, Weekday};

use super::goods::{draw, part};

/// First day of which there are prices.
pub(super) const FIRST: Date = date!(2019 - 01 - 02);

/// What is surveyed.
pub(super) struct Item {
    pub category: &'static str,
    /// Code and name.
    pub item: (&'static str, &'static str),
    /// Code and name.
    pub kind: (&'static str, &'static str),
    pub rank: &'static str,
    /// Unit of the retail price.
    pub unit: &'static str,
    /// Unit of the wholesale price, and how many retail units it is; none where traders are not asked.
    pub wholesale: Option<(&'static str, f64)>,
    /// Usual retail price in won, how far the year takes it up and down, and the day of the year on which it is dearest.
    course: (f64, f64, f64),
}

/// Where prices are asked, by code; the empty one is the whole country. With what there is paid more.
const REGIONS: [(&str, f64); 7] = [
    ("", 1.0),
    ("1101", 1.04),
    ("2100", 0.99),
    ("2200", 0.97),
    ("2300", 1.02),
    ("2401", 0.96),
    ("2501", 1.01),
];

pub(super) const ITEMS: [Item; 14] = [
    item(
        "100",
        ("111", "쌀"),
        ("01", "20kg"),
        "상품",
        "20kg",
        Some(("20kg", 0.86)),
        (52_000.0, 0.03, 240.0),
    ),
    item(
        "100",
        ("151", "고구마"),
        ("00", "밤"),
        "상품",
        "1kg",
        Some(("10kg", 7.2)),
        (5_600.0, 0.16, 215.0),
    ),
    item(
        "100",
        ("152", "감자"),
        ("01", "수미(노지)"),
        "상품",
        "100g",
        Some(("20kg", 128.0)),
        (420.0, 0.24, 105.0),
    ),
    item(
        "200",
        ("211", "배추"),
        ("02", "고랭지"),
        "상품",
        "1포기",
        Some(("10kg", 2.1)),
        (4_800.0, 0.34, 255.0),
    ),
    item(
        "200",
        ("231", "무"),
        ("02", "고랭지"),
        "상품",
        "1개",
        Some(("20kg", 7.4)),
        (2_300.0, 0.27, 250.0),
    ),
    item(
        "200",
        ("245", "양파"),
        ("00", "양파"),
        "상품",
        "1kg",
        Some(("15kg", 8.8)),
        (2_400.0, 0.22, 95.0),
    ),
    item(
        "200",
        ("246", "대파"),
        ("00", "대파"),
        "상품",
        "1kg",
        Some(("1kg", 0.62)),
        (3_300.0, 0.25, 40.0),
    ),
    item(
        "200",
        ("258", "깐마늘"),
        ("01", "국산"),
        "상품",
        "1kg",
        Some(("20kg", 15.5)),
        (10_800.0, 0.07, 120.0),
    ),
    item(
        "400",
        ("411", "사과"),
        ("05", "후지"),
        "상품",
        "10개",
        Some(("10kg", 2.3)),
        (27_000.0, 0.18, 190.0),
    ),
    item(
        "400",
        ("412", "배"),
        ("01", "신고"),
        "상품",
        "10개",
        Some(("15kg", 1.7)),
        (36_000.0, 0.15, 200.0),
    ),
    item(
        "400",
        ("415", "감귤"),
        ("01", "노지"),
        "상품",
        "10개",
        Some(("5kg", 3.4)),
        (3_900.0, 0.26, 150.0),
    ),
    item(
        "500",
        ("4304", "돼지"),
        ("27", "삼겹살"),
        "중품",
        "100g",
        None,
        (2_550.0, 0.09, 195.0),
    ),
    item(
        "500",
        ("9903", "계란"),
        ("23", "특란"),
        "일반란",
        "30구",
        Some(("30구", 0.78)),
        (6_900.0, 0.06, 30.0),
    ),
    item(
        "600",
        ("611", "고등어"),
        ("01", "국산(염장)"),
        "중품",
        "1손",
        Some(("10kg", 9.5)),
        (6_300.0, 0.11, 75.0),
    ),
];

const fn item(
    category: &'static str,
    item: (&'static str, &'static str),
    kind: (&'static str, &'static str),
    rank: &'static str,
    unit: &'static str,
    wholesale: Option<(&'static str, f64)>,
    course: (f64, f64, f64),
) -> Item {
    Item {
        category,
        item,
        kind,
        rank,
        unit,
        wholesale,
        course,
    }
}

/// Whether there are prices of a region.
pub(super) fn knows(region: &str) -> bool {
    REGIONS.iter().any(|(code, _)| *code == region)
}

/// Price in won of an item on a day; none when nobody was asked: on weekends, on a few holidays, and wholesale of what
/// traders are not asked about.
pub(super) fn price(at: usize, region: &str, wholesale: bool, day: Date) -> Option<i64> {
    let item = ITEMS.get(at)?;
    let (_, dearer) = REGIONS.iter().find(|(code, _)| *code == region)?;
    if day < FIRST || is_off(day) {
        return None;
    }
    let packs = match (wholesale, item.wholesale) {
        (false, _) => 1.0,
        (true, Some((_, packs))) => packs,
        (true, None) => return None,
    };
    let days = (day - FIRST).whole_days() as f64;
    let (won, season, dearest) = item.course;
    let year = (TAU * (f64::from(day.ordinal()) - dearest) / 365.25).cos();
    let series = (at as u64) << 8;
    let here = series + 16 * region.bytes().map(u64::from).sum::<u64>() + u64::from(wholesale);
    let level = 0.03 * days / 365.25
        + 0.22 * wave(series, days / 380.0)
        + 0.12 * wave(series + 1, days / 75.0)
        + season * year
        + 0.06 * wave(series + 2, days / 14.0)
        + 0.02 * wave(here + 3, days / 6.0)
        + 0.016 * (part(day.to_julian_day().unsigned_abs().into(), here + 4) - 0.5);
    let price = won * packs * dearer * level.exp();
    let step = if price > 5_000.0 { 10.0 } else { 1.0 };
    Some(((price / step).round() * step) as i64)
}

fn is_off(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let holidays = [
        (Month::January, 1),
        (Month::March, 1),
        (Month::May, 5),
        (Month::August, 15),
        (Month::October, 3),
        (Month::October, 9),
        (Month::December, 25),
    ];
    weekend || holidays.contains(&(day.month(), day.day()))
}

/// Between -1 and 1, going smoothly from one drawn number to the next as `at` passes the whole numbers.
fn wave(series: u64, at: f64) -> f64 {
    let (before, within) = (at.floor(), at.fract());
    let drawn = |place: f64| 2.0 * part(draw(place as u64, series), 41) - 1.0;
    let smooth = within * within * (3.0 - 2.0 * within);
    drawn(before) * (1.0 - smooth) + drawn(before + 1.0) * smooth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_prices_follow_from_their_day_and_stay_near_the_usual() {
        for (at, item) in ITEMS.iter().enumerate() {
            let (won, ..) = item.course;
            let mut asked = 0;
            let mut day = FIRST;
            while day < date!(2026 - 11 - 22) {
                if let Some(price) = price(at, "1101", false, day) {
                    asked += 1;
                    assert!((0.25..4.0).contains(&(price as f64 / won)), "{price} of {won}");
                }
                day = day.next_day().expect("there is one");
            }
            assert!(asked > 1_900, "{asked}");
        }
        let monday = date!(2026 - 11 - 16);
        assert_eq!(price(2, "", true, monday), price(2, "", true, monday));
        assert_ne!(price(2, "", false, monday), price(2, "1101", false, monday));
        assert_eq!(price(2, "", false, date!(2026 - 11 - 22)), None);
        assert_eq!(price(11, "", true, monday), None);
    }
}
