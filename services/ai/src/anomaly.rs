//! What is out of line, by medians: single days move them little.

use strum::{EnumString, IntoStaticStr};

/// Days before a day it is compared with.
pub const WINDOW: usize = 56;
/// Days that must be known.
pub const FEWEST: usize = 28;
/// From which score on something is out of line.
const SALES_LIMIT: f64 = 4.5;
const PRICE_LIMIT: f64 = 4.0;
/// A median of absolute deviations as a standard deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;
/// Chance alone spreads counts this much once they are transformed.
const LEAST_SALES_SPREAD: f64 = 1.0;
/// Prices move this much, in shares, without anybody wondering.
const LEAST_PRICE_SPREAD: f64 = 0.15;

/// What is out of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    Sales,
    Price,
}

/// How far something lies off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Off {
    pub expected: f64,
    /// In robust standard deviations.
    pub score: f64,
}

/// Judges the last of some days' sales, the oldest first, one day after the other:
/// `None` when it is in line, or too little is known. Counts are made even by a root, so
/// that busy products are not alarmed by chance; each weekday has its own usual level.
pub fn sales(days: &[f64]) -> Option<Off> {
    let (&today, before) = days.split_last()?;
    let before = &before[before.len().saturating_sub(WINDOW)..];
    if before.len() < FEWEST || days.iter().any(|units| !units.is_finite() || *units < 0.0) {
        return None;
    }
    let even: Vec<f64> = before.iter().copied().map(evened).collect();
    let level = median(&even);
    let usual = |back: usize| {
        let same: Vec<f64> = even.iter().rev().skip(back % 7).step_by(7).copied().collect();
        // Half way to the level of all days: few weeks know a weekday badly.
        let weeks = same.len() as f64;
        level + (median(&same) - level) * weeks / (weeks + 2.0)
    };
    let weekdays: Vec<f64> = (0..7).map(usual).collect();
    let off: Vec<f64> = even
        .iter()
        .rev()
        .enumerate()
        .map(|(back, units)| units - weekdays[back % 7])
        .collect();
    // The day itself falls on the weekday of seven days before, which is 6 back.
    let expected = weekdays[6] + median(&off);
    let score = (evened(today) - expected) / spread(&off).max(LEAST_SALES_SPREAD);
    let expected = ((expected / 2.0).powi(2) - 0.375).max(0.0);
    (score.abs() >= SALES_LIMIT).then_some(Off { expected, score })
}

/// Judges a price by those before it: `None` when it is in line or the first.
pub fn price(before: &[i64], now: i64) -> Option<Off> {
    let logs: Vec<f64> = before
        .iter()
        .filter(|won| **won > 0)
        .map(|won| (*won as f64).ln())
        .collect();
    if logs.is_empty() || now <= 0 {
        return None;
    }
    let usual = median(&logs);
    let off: Vec<f64> = logs.iter().map(|one| one - usual).collect();
    let score = ((now as f64).ln() - usual) / spread(&off).max(LEAST_PRICE_SPREAD);
    (score.abs() >= PRICE_LIMIT).then_some(Off {
        expected: usual.exp(),
        score,
    })
}

/// Anscombe's root: the chance of counts spreads it by 1 whatever their level.
fn evened(units: f64) -> f64 {
    2.0 * (units + 0.375).sqrt()
}

fn spread(off: &[f64]) -> f64 {
    let middle = median(off);
    let apart: Vec<f64> = off.iter().map(|one| (one - middle).abs()).collect();
    MAD_TO_DEVIATION * median(&apart)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between 0 and 1 that look like chance.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// A count with this mean, as chance gives it (Knuth).
        fn count(&mut self, mean: f64) -> f64 {
            let (limit, mut product, mut count) = ((-mean).exp(), self.next(), 0.0);
            while product > limit {
                product *= self.next();
                count += 1.0;
            }
            count
        }
    }

    const WEEK: [f64; 7] = [1.0, 0.8, 0.9, 1.0, 1.4, 2.0, 1.7];

    fn days(chance: &mut Chance, mean: f64, wild: f64) -> Vec<f64> {
        let day = |day: usize| {
            let factor = 1.0 + wild * (chance.next() * 2.0 - 1.0);
            chance.count(mean * WEEK[day % 7] * factor)
        };
        (0..57).map(day).collect()
    }

    #[test]
    fn noise_raises_few_false_alarms_and_what_is_odd_is_found() {
        let mut chance = Chance(7);
        for (mean, wild) in [
            (0.5, 0.0),
            (3.0, 0.0),
            (20.0, 0.0),
            (80.0, 0.0),
            (20.0, 0.5),
            (80.0, 0.3),
        ] {
            let (mut alarms, mut jumps, mut falls) = (0, 0, 0);
            let runs = 2_000;
            for _ in 0..runs {
                let mut days = days(&mut chance, mean, wild);
                alarms += usize::from(sales(&days).is_some());
                let last = days.len() - 1;
                days[last] = mean * WEEK[last % 7] * 6.0 + 15.0;
                jumps += usize::from(sales(&days).is_some_and(|off| off.score > 0.0));
                days[last] = 0.0;
                falls += usize::from(sales(&days).is_some_and(|off| off.score < 0.0));
            }
            let share = |count: usize| count as f64 / f64::from(runs);
            println!(
                "mean {mean}, wild {wild}: false alarms {:.4}, jumps found {:.3}, stops found {:.3}",
                share(alarms),
                share(jumps),
                share(falls)
            );
            assert!(share(alarms) <= 0.005, "mean {mean}: {}", share(alarms));
            assert!(share(jumps) >= 0.95, "mean {mean}: {}", share(jumps));
            // Few sales a day do not tell a bad day from a stop.
            assert!(
                mean < 20.0 || wild > 0.0 || share(falls) >= 0.95,
                "mean {mean}: {}",
                share(falls)
            );
        }
    }

    #[test]
    fn a_busy_weekday_is_no_anomaly() {
        let mut days: Vec<f64> = (0..56)
            .map(|day| if day % 7 == 0 { 100.0 } else { 10.0 })
            .collect();
        days.push(100.0);
        assert_eq!(sales(&days), None);
        days[55] = 100.0;
        assert!(sales(&days[..56]).is_some_and(|off| off.score > 0.0));
    }

    #[test]
    fn what_cannot_be_judged_is_in_line() {
        assert_eq!(sales(&[]), None);
        assert_eq!(sales(&[5.0]), None);
        assert_eq!(sales(&[5.0; 57]), None);
        assert_eq!(sales(&[f64::NAN; 57]), None);
        assert_eq!(sales(&[-1.0; 57]), None);
        assert_eq!(price(&[], 1_000), None);
        assert_eq!(price(&[0, -5], 1_000), None);
    }

    #[test]
    fn a_slip_of_a_zero_is_found_and_a_usual_change_is_not() {
        assert_eq!(price(&[10_000], 11_500), None);
        assert!(price(&[10_000], 100_000).is_some_and(|off| off.score > 0.0));
        assert!(price(&[10_000, 10_500, 9_900], 1_000).is_some_and(|off| off.score < 0.0));
        assert_eq!(price(&[5_000, 9_000, 14_000, 7_000, 12_000], 15_000), None);
    }
}
