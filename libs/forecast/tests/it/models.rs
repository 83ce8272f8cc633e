use xlcfi_forecast::Model;

use crate::{MONTHS, RISING, numbers};

/// What a model says is within a share of what another implementation of it says.
fn agrees(model: Model, values: &[u16], period: usize, expected: &[f64], share: f64) {
    let told = model.forecast(&numbers(values), period, expected.len()).unwrap();
    for (told, expected) in told.iter().zip(expected) {
        assert!(
            (told - expected).abs() <= share * expected,
            "{model:?}: {told} is not {expected}"
        );
    }
}

#[test]
fn simple_models_say_what_can_be_reckoned_by_hand() {
    let values = [1.0, 2.0, 4.0, 3.0, 5.0, 7.0];
    assert_eq!(Model::Naive.forecast(&values, 1, 2).unwrap(), [7.0, 7.0]);
    assert_eq!(
        Model::Drift.forecast(&values, 1, 2).unwrap(),
        [7.0 + 1.2, 7.0 + 2.4]
    );
    assert_eq!(
        Model::SeasonalNaive.forecast(&values, 3, 4).unwrap(),
        [3.0, 5.0, 7.0, 3.0]
    );
    assert_eq!(Model::SeasonalNaive.forecast(&values, 7, 1), None);
    assert_eq!(Model::SeasonalNaive.forecast(&values, 1, 1), None);
}

#[test]
fn simple_smoothing_of_a_step_follows_it() {
    let step: Vec<f64> = std::iter::repeat_n(10.0, 20)
        .chain(std::iter::repeat_n(20.0, 20))
        .collect();
    let told = Model::Simple.forecast(&step, 1, 3).unwrap();
    assert!(told.iter().all(|value| (value - 20.0).abs() < 0.01), "{told:?}");
}

#[test]
fn a_straight_line_goes_on_straight() {
    let line: Vec<f64> = (0..30).map(|at| 5.0 + 2.0 * f64::from(at)).collect();
    for model in [Model::Holt, Model::Drift] {
        let told = model.forecast(&line, 1, 3).unwrap();
        for (told, expected) in told.iter().zip([65.0, 67.0, 69.0]) {
            assert!((told - expected).abs() < 0.05, "{model:?} {told}");
        }
    }
}

#[test]
fn a_pure_season_comes_again() {
    let season = [10.0, 20.0, 30.0, 15.0];
    let values: Vec<f64> = season.iter().copied().cycle().take(40).collect();
    for model in [
        Model::SeasonalNaive,
        Model::HoltWinters,
        Model::MstlEts,
        Model::AutoEts,
        Model::AutoTheta,
    ] {
        let told = model.forecast(&values, 4, 4).unwrap();
        for (told, expected) in told.iter().zip(season) {
            assert!(
                (told - expected).abs() < 0.2,
                "{model:?} {told} is not {expected}"
            );
        }
    }
}

#[test]
fn theta_models_agree_with_statsforecast() {
    agrees(
        Model::Theta,
        &RISING,
        1,
        &[189.482, 191.023, 192.564, 194.105],
        0.002,
    );
    agrees(
        Model::AutoTheta,
        &RISING,
        1,
        &[190.738, 193.737, 196.735, 199.734],
        0.01,
    );
    agrees(
        Model::Theta,
        &MONTHS,
        12,
        &[305.414, 332.031, 346.066, 354.367],
        0.005,
    );
    agrees(
        Model::AutoTheta,
        &MONTHS,
        12,
        &[299.538, 326.52, 341.231, 350.342],
        0.01,
    );
}

#[test]
fn smoothing_agrees_with_statsforecast() {
    agrees(Model::Simple, &MONTHS, 12, &[279.998; 4], 0.001);
    agrees(
        Model::Holt,
        &RISING,
        1,
        &[191.271, 194.351, 197.43, 200.509],
        0.01,
    );
    agrees(
        Model::HoltWinters,
        &MONTHS,
        12,
        &[291.12, 314.814, 329.605, 338.143],
        0.02,
    );
    agrees(
        Model::HoltWintersMultiplied,
        &MONTHS,
        12,
        &[291.076, 320.931, 339.3, 349.945],
        0.03,
    );
    agrees(
        Model::AutoEts,
        &MONTHS,
        12,
        &[291.12, 314.814, 329.605, 338.143],
        0.03,
    );
    agrees(
        Model::MstlEts,
        &MONTHS,
        12,
        &[293.584, 316.328, 330.492, 338.82],
        0.01,
    );
}

#[test]
fn what_a_model_cannot_do_it_does_not_pretend() {
    let short = numbers(&MONTHS[..20]);
    for model in [Model::HoltWinters, Model::MstlEts] {
        assert_eq!(model.forecast(&short, 12, 1), None, "{model:?}");
    }
    let with_zero: Vec<f64> = numbers(&MONTHS).into_iter().chain([0.0]).collect();
    assert_eq!(Model::HoltWintersMultiplied.forecast(&with_zero, 12, 1), None);
    assert!(Model::AutoEts.forecast(&with_zero, 12, 1).is_some());
    assert!(Model::AutoTheta.forecast(&with_zero, 12, 1).is_some());
}

#[test]
fn names_are_read_back() {
    for model in Model::ALL {
        assert_eq!(model.name().parse(), Ok(model));
    }
}
