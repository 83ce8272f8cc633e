use proptest::prelude::*;
use xlcfi_forecast::{Model, Options, Series, fill, forecast};

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_series_the_answer_is_finite_and_not_negative(
        values in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e9, 1.0..2.0], 8..60),
        period in 1_usize..13,
        horizon in 1_usize..5,
    ) {
        let series = Series::new(values.clone(), period).unwrap();
        prop_assume!(horizon <= series.most_horizon());
        let outlook = forecast(&series, horizon, &Options { most_origins: 6, ..Options::default() }).unwrap();
        prop_assert_eq!(outlook.points.len(), horizon);
        prop_assert!(outlook.points.iter().all(|point| point.is_finite() && *point >= 0.0));
        for (band, point) in outlook.bands.iter().flatten().zip(&outlook.points) {
            prop_assert!(band.lower >= 0.0 && band.lower <= *point && *point <= band.upper && band.upper.is_finite());
        }
        prop_assert!(outlook.coverage.covered <= outlook.coverage.of);
        if outlook.better_than_naive {
            prop_assert!(outlook.error.mase < outlook.naive_error.mase);
        } else {
            prop_assert_eq!(outlook.points, vec![*values.last().unwrap(); horizon]);
        }
    }

    #[test]
    fn a_forecast_scales_with_the_unit_of_the_price(factor in 0.001..1000.0_f64) {
        let values = crate::numbers(&crate::MONTHS);
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        for model in [Model::Naive, Model::Drift, Model::SeasonalNaive, Model::Theta, Model::HoltWinters] {
            let (plain, scaled) = (model.forecast(&values, 12, 3).unwrap(), model.forecast(&scaled, 12, 3).unwrap());
            for (plain, scaled) in plain.iter().zip(scaled) {
                prop_assert!((plain * factor - scaled).abs() <= 0.01 * scaled, "{:?} {} {}", model, plain * factor, scaled);
            }
        }
    }

    #[test]
    fn a_filled_series_has_every_time_and_every_given_value(
        gaps in prop::collection::vec((1_i64..4, 0.0..100.0), 1..40),
    ) {
        let mut at = 0;
        let points: Vec<(i64, f64)> = gaps.iter().map(|(gap, value)| { at += gap; (at, *value) }).collect();
        let filled = fill(&points, 3).unwrap();
        prop_assert_eq!(filled.values.len() as i64, at - points[0].0 + 1);
        prop_assert_eq!(filled.values.len() - filled.carried, points.len());
        for (time, value) in points {
            prop_assert_eq!(filled.values[usize::try_from(time - filled.first).unwrap()], value);
        }
    }
}
