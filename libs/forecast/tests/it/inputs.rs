use xlcfi_forecast::{Error, FEWEST_POINTS, Model, Options, Series, fill, forecast};

use crate::{RISING, numbers};

#[test]
fn what_cannot_be_forecast_is_refused_with_its_place() {
    let mut values = numbers(&RISING);
    values[3] = f64::NAN;
    assert_eq!(Series::new(values.clone(), 1), Err(Error::NotFinite { index: 3 }));
    values[3] = f64::INFINITY;
    assert_eq!(Series::new(values.clone(), 1), Err(Error::NotFinite { index: 3 }));
    values[3] = -0.5;
    assert_eq!(Series::new(values, 1), Err(Error::Negative { index: 3 }));
}

#[test]
fn one_point_is_too_few() {
    let refused = Error::TooFewPoints {
        points: 1,
        required: FEWEST_POINTS,
    };
    assert_eq!(Series::new(vec![5.0], 1), Err(refused));
    let refused = Error::TooFewPoints {
        points: 0,
        required: FEWEST_POINTS,
    };
    assert_eq!(Series::new(vec![], 1), Err(refused));
    assert_eq!(fill(&[], 3), Err(refused));
}

#[test]
fn a_period_must_make_sense() {
    for period in [0, 367] {
        let refused = Series::new(numbers(&RISING), period);
        assert_eq!(refused, Err(Error::PeriodOutOfRange { period }));
    }
}

#[test]
fn ten_years_ahead_of_a_month_are_refused() {
    let series = Series::new(numbers(&RISING), 1).unwrap();
    let refused = forecast(&series, 3650, &Options::default());
    assert_eq!(
        refused,
        Err(Error::HorizonTooLong {
            horizon: 3650,
            most: 15
        })
    );
    assert_eq!(forecast(&series, 0, &Options::default()), Err(Error::NoHorizon));
    let level = |level| Options {
        level,
        ..Options::default()
    };
    for wrong in [0.2, 1.0, f64::NAN] {
        assert_eq!(forecast(&series, 1, &level(wrong)), Err(Error::LevelOutOfRange));
    }
}

#[test]
fn a_constant_series_goes_on_as_it_is() {
    let series = Series::new(vec![120.0; 40], 7).unwrap();
    let outlook = forecast(&series, 5, &Options::default()).unwrap();
    assert!(outlook.constant && !outlook.better_than_naive);
    assert_eq!((outlook.model, outlook.points), (Model::Naive, vec![120.0; 5]));
    let bands = outlook.bands.unwrap();
    assert!(
        bands
            .iter()
            .all(|band| (band.lower, band.upper) == (120.0, 120.0))
    );
    assert_eq!(outlook.coverage.share(), 1.0);
}

#[test]
fn zeros_alone_are_constant_too() {
    let series = Series::new(vec![0.0; 20], 1).unwrap();
    let outlook = forecast(&series, 3, &Options::default()).unwrap();
    assert_eq!(outlook.points, [0.0; 3]);
}

#[test]
fn short_gaps_are_carried_forward_and_long_ones_cut() {
    let filled = fill(&[(10, 1.0), (11, 2.0), (14, 3.0)], 2).unwrap();
    assert_eq!(
        (filled.values, filled.first, filled.carried, filled.cut),
        (vec![1.0, 2.0, 2.0, 2.0, 3.0], 10, 2, false)
    );
    let filled = fill(&[(10, 1.0), (11, 2.0), (15, 3.0), (17, 4.0)], 2).unwrap();
    assert_eq!(
        (filled.values, filled.first, filled.carried, filled.cut),
        (vec![3.0, 3.0, 4.0], 15, 1, true)
    );
    for again in [11, 10] {
        assert_eq!(
            fill(&[(10, 1.0), (11, 2.0), (again, 3.0)], 2),
            Err(Error::NotInOrder { index: 2 })
        );
    }
}
