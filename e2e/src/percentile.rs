use std::time::Duration;

/// Milliseconds below which this share of the times lies.
pub fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted: Vec<Duration> = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted
        .get(at)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}
