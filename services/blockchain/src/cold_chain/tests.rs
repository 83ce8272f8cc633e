use time::macros::{date, datetime};

use super::*;

const NOON: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);

/// A sensor's readings, by minutes after noon.
fn batch(sensor: &str, readings: &[(i64, i16)]) -> Batch {
    let reading = |&(minute, centi): &(i64, i16)| Reading {
        time: NOON + Duration::minutes(minute),
        centi,
    };
    let readings: Vec<Reading> = readings.iter().map(reading).collect();
    Batch::pack(sensor.into(), &readings)
}

fn chilled(batches: &[Batch]) -> ColdChain {
    assess(Storage::Refrigerated.limits(), batches)
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.02
}

#[test]
fn a_lot_within_its_limits_has_nothing_to_tell() {
    let found = chilled(&[batch("a", &[(0, 0), (10, 1_000), (20, 400)])]);
    assert_eq!(
        (found.readings, found.worst, found.excursions.len()),
        (3, None, 0)
    );
    assert_eq!((found.excursion_minutes, found.life_cut_minutes), (0.0, 0.0));
    assert_eq!(found.span, Some((NOON, NOON + Duration::minutes(20))));
    assert_eq!(found.gaps, []);
    assert_eq!(chilled(&[]).span, None);
}

#[test]
fn minutes_are_counted_from_where_the_limit_was_crossed() {
    // Half of each way lies above 10 degrees.
    let found = chilled(&[batch("a", &[(0, 600), (20, 1_400), (40, 600)])]);
    assert!(close(found.excursion_minutes, 20.0), "{found:?}");
    assert_eq!((found.worst, found.excursions.len()), (Some(1_400), 1));
    let one = found.excursions[0];
    assert_eq!(
        (one.start, one.end),
        (NOON + Duration::minutes(10), NOON + Duration::minutes(30))
    );
    assert!(one.too_warm);
}

#[test]
fn too_cold_is_an_excursion_too_and_costs_no_life() {
    let found = chilled(&[batch("a", &[(0, 200), (20, -200), (40, -200)])]);
    assert!(close(found.excursion_minutes, 30.0), "{found:?}");
    assert_eq!((found.worst, found.life_cut_minutes), (Some(-200), 0.0));
    assert!(!found.excursions[0].too_warm);
    let frozen = assess(
        Storage::Frozen.limits(),
        &[batch("a", &[(0, -4_000), (20, -1_800)])],
    );
    assert_eq!(frozen.worst, None, "nothing is too cold for what is frozen");
}

#[test]
fn a_gap_is_told_and_nothing_is_taken_for_it() {
    let found = chilled(&[batch("a", &[(0, 1_500), (20, 1_500), (51, 1_500), (60, 1_500)])]);
    assert!(close(found.excursion_minutes, 29.0), "{found:?}");
    let at = |minute| NOON + Duration::minutes(minute);
    assert_eq!(found.gaps, [(at(20), at(51))]);
    let seen = chilled(&[
        batch("a", &[(0, 500), (51, 500)]),
        batch("b", &[(0, 500), (25, 500), (51, 500)]),
    ]);
    assert_eq!(seen.gaps, [], "another sensor saw it");
    let alone = chilled(&[batch("a", &[(0, 1_500)])]);
    assert_eq!((alone.worst, alone.excursion_minutes), (Some(1_500), 0.0));
}

#[test]
fn sensors_that_tell_of_one_time_are_not_counted_twice() {
    let found = chilled(&[
        batch("a", &[(0, 1_200), (20, 1_200)]),
        batch("b", &[(10, 1_500), (30, 1_500)]),
        batch("a", &[(0, 1_200), (20, 1_200)]),
    ]);
    assert!(close(found.excursion_minutes, 30.0), "{found:?}");
    assert_eq!((found.readings, found.worst), (4, Some(1_500)));
    let alone = chilled(&[batch("b", &[(10, 1_500), (30, 1_500)])]);
    assert!(close(found.life_cut_minutes, alone.life_cut_minutes));
}

#[test]
fn ten_degrees_too_warm_age_chilled_food_three_times_as_fast() {
    let found = chilled(&[batch("a", &[(0, 2_000), (30, 2_000), (60, 2_000)])]);
    assert!(close(found.life_cut_minutes, 120.0), "{found:?}");
    // The mean of 3^x - 1 for x from 0 to 1 is 2 / ln 3 - 1.
    let found = chilled(&[batch("a", &[(0, 1_000), (30, 2_000)])]);
    assert!(
        close(found.life_cut_minutes, 30.0 * (2.0 / 3f64.ln() - 1.0)),
        "{found:?}"
    );
    let found = assess(Storage::Room.limits(), &[batch("a", &[(0, 4_500), (30, 4_500)])]);
    assert!(close(found.life_cut_minutes, 30.0), "{found:?}");
}

#[test]
fn a_day_of_life_lost_is_a_day_earlier() {
    let day = date!(2026 - 12 - 24);
    assert_eq!(adjusted(day, 0.0), day);
    assert_eq!(adjusted(day, 1_439.0), day);
    assert_eq!(adjusted(day, 1_441.0), date!(2026 - 12 - 23));
    assert_eq!(adjusted(day, 10.0 * 1_440.0), date!(2026 - 12 - 14));
}
