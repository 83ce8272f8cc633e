use std::time::Duration;

use xlcfi_forecast::{Model, Options, Series, forecast};

use crate::{MONTHS, numbers};

/// Numbers that look random and are the same each time.
pub fn chance(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(u32::MAX >> 1) - 0.5
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// A walk nobody can forecast.
fn walk(seed: u64, count: usize) -> Vec<f64> {
    let mut at = 1000.0;
    let step = |by| {
        at += 20.0 * by;
        at
    };
    chance(seed, count).into_iter().map(step).collect()
}

#[test]
fn a_season_is_found_and_beats_the_last_value() {
    let series = Series::new(numbers(&MONTHS), 12).unwrap();
    let outlook = forecast(&series, 6, &Options::default()).unwrap();
    assert!(outlook.better_than_naive);
    assert!(outlook.error.mase < 0.5 * outlook.naive_error.mase, "{outlook:?}");
    assert!(outlook.error.smape < outlook.naive_error.smape);
    let bands = outlook.bands.unwrap();
    assert!(
        outlook
            .points
            .iter()
            .zip(&bands)
            .all(|(point, band)| band.holds(*point))
    );
    assert!(outlook.tried.len() > 5 && outlook.origins > 10);
}

#[test]
fn nothing_beats_the_last_value_of_most_random_walks_and_that_is_said() {
    let options = Options {
        models: vec![
            Model::Drift,
            Model::Simple,
            Model::Theta,
            Model::Holt,
            Model::DampedHolt,
        ],
        ..Options::default()
    };
    let naive = (0..20).filter(|seed| {
        let series = Series::new(walk(*seed, 120), 1).unwrap();
        let outlook = forecast(&series, 6, &options).unwrap();
        assert_eq!(outlook.better_than_naive, outlook.model != Model::Naive);
        !outlook.better_than_naive
    });
    let count = naive.count();
    assert!(count >= 16, "{count}");
}

#[test]
fn bands_hold_as_often_as_they_say_and_the_told_coverage_is_near() {
    let (mut held, mut looked, mut told, mut of) = (0, 0, 0, 0);
    for seed in 100..160 {
        let values = walk(seed, 206);
        let series = Series::new(values[..200].to_vec(), 1).unwrap();
        let options = Options {
            models: vec![Model::Drift],
            ..Options::default()
        };
        let outlook = forecast(&series, 6, &options).unwrap();
        let bands = outlook.bands.unwrap();
        held += bands
            .iter()
            .zip(&values[200..])
            .filter(|(band, value)| band.holds(**value))
            .count();
        looked += bands.len();
        told += outlook.coverage.covered;
        of += outlook.coverage.of;
    }
    let (held, told) = (
        held as f64 / f64::from(u32::try_from(looked).unwrap()),
        told as f64 / of as f64,
    );
    assert!((0.72..0.88).contains(&held), "{held}");
    assert!((0.72..0.88).contains(&told), "{told}");
}

#[test]
fn bands_of_a_series_too_short_to_know_are_not_made_up() {
    let series = Series::new(chance(1, 12).into_iter().map(|by| 100.0 + by).collect(), 1).unwrap();
    let options = Options {
        level: 0.95,
        ..Options::default()
    };
    let outlook = forecast(&series, 6, &options).unwrap();
    assert_eq!((outlook.bands, outlook.coverage.of), (None, 0));
}

#[test]
fn without_time_the_last_value_answers() {
    let series = Series::new(numbers(&MONTHS), 12).unwrap();
    let options = Options {
        budget: Duration::ZERO,
        ..Options::default()
    };
    let outlook = forecast(&series, 6, &options).unwrap();
    assert_eq!((outlook.model, outlook.points), (Model::Naive, vec![280.0; 6]));
    assert_eq!(outlook.tried.len(), 1);
}

#[test]
fn prices_that_fall_towards_nothing_are_not_told_below_it() {
    let falling: Vec<f64> = (0..40_u32).map(|at| f64::from(80 - 2 * at)).collect();
    let outlook = forecast(&Series::new(falling, 1).unwrap(), 10, &Options::default()).unwrap();
    assert!(outlook.points.iter().all(|point| *point >= 0.0));
    assert!(outlook.bands.unwrap().iter().all(|band| band.lower >= 0.0));
}
