use xlcfi_forecast::{mase, scale, smape};

#[test]
fn smape_is_the_mean_of_shares() {
    assert!((smape(&[100.0, 50.0], &[110.0, 50.0]) - 200.0 * 10.0 / 210.0 / 2.0).abs() < 1e-12);
    assert_eq!(smape(&[0.0], &[0.0]), 0.0);
    assert_eq!(smape(&[10.0], &[0.0]), 200.0);
}

#[test]
fn mase_counts_in_changes_over_a_season() {
    let values = [1.0, 5.0, 2.0, 7.0];
    assert_eq!(scale(&values, 2), Some(1.5));
    assert_eq!(scale(&values, 1), Some(4.0));
    assert_eq!(mase(&[10.0, 12.0], &[10.0, 9.0], 1.5), 1.0);
    assert_eq!(scale(&[3.0, 3.0, 3.0], 1), None);
    // No change over a season: changes from step to step.
    assert_eq!(scale(&[1.0, 2.0, 1.0, 2.0], 2), Some(1.0));
}
