//! How the price falls when the use-by date comes near.

use crate::life::Window;

/// From `days` left on, `percent_off` less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub days: i32,
    pub percent_off: i32,
}

/// The steps of a product; none means its price never falls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule(Vec<Step>);

/// What is wrong with a rule: the place of the step, from 0, its field, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    pub step: usize,
    pub field: &'static str,
    pub why: &'static str,
}

impl Rule {
    /// A rule of these steps.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(steps: Vec<Step>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, step, field, why| {
            if !holds {
                problems.push(Problem { step, field, why });
            }
        };
        for (at, step) in steps.iter().enumerate() {
            require(step.days >= 0, at, "days", "must not be below 0");
            let percent = (1..=90).contains(&step.percent_off);
            require(percent, at, "percent_off", "must be from 1 to 90");
        }
        for (at, pair) in (1..).zip(steps.windows(2)) {
            let (before, step) = (pair[0], pair[1]);
            require(
                step.days < before.days,
                at,
                "days",
                "must be below that of the step before",
            );
            let rises = step.percent_off > before.percent_off;
            require(rises, at, "percent_off", "must be above that of the step before");
        }
        if problems.is_empty() {
            Ok(Self(steps))
        } else {
            Err(problems)
        }
    }

    /// The steps, most days first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Days left from which on goods cost the full price.
    pub fn full_price_from(&self) -> i32 {
        self.0.first().map_or(0, |step| step.days + 1)
    }

    /// Each step with the days left it covers, soonest first.
    pub fn windows(&self) -> impl Iterator<Item = (Step, Window)> {
        let lower = self.0.iter().skip(1).map(|next| next.days + 1).chain([0]);
        let windows = self.0.iter().zip(lower).map(|(&step, minimum)| {
            let maximum = Some(step.days);
            (step, Window { minimum, maximum })
        });
        windows.collect::<Vec<_>>().into_iter().rev()
    }

    /// The step that goods with so many days left are at.
    pub fn step(&self, days_left: i64) -> Option<Step> {
        let reached = self.0.iter().rev().find(|step| days_left <= i64::from(step.days));
        reached.copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(pairs: &[(i32, i32)]) -> Vec<Step> {
        let step = |&(days, percent_off)| Step { days, percent_off };
        pairs.iter().map(step).collect()
    }

    #[test]
    fn each_number_of_days_left_is_covered_by_one_step_or_the_full_price() {
        let rule = Rule::new(steps(&[(7, 10), (3, 30), (0, 60)])).expect("it is right");
        assert_eq!(rule.full_price_from(), 8);
        for days in 0..20_i64 {
            let covering: Vec<Step> = rule
                .windows()
                .filter(|(_, window)| {
                    (i64::from(window.minimum)..=i64::from(window.maximum.unwrap_or(0))).contains(&days)
                })
                .map(|(step, _)| step)
                .collect();
            let step = rule.step(days);
            assert_eq!(covering, step.into_iter().collect::<Vec<_>>(), "{days}");
            assert_eq!(step.is_none(), days >= 8, "{days}");
        }
        assert_eq!(rule.step(2).map(|step| step.percent_off), Some(30));
        assert_eq!(rule.windows().next().map(|(step, _)| step.percent_off), Some(60));
    }

    #[test]
    fn without_steps_the_price_never_falls() {
        let rule = Rule::default();
        assert_eq!(rule.full_price_from(), 0);
        assert_eq!(rule.windows().count(), 0);
        assert_eq!(rule.step(0), None);
    }

    #[test]
    fn days_fall_and_percents_rise() {
        let fields = |pairs| -> Vec<&str> {
            let problems = Rule::new(steps(pairs)).expect_err("it is wrong");
            problems.iter().map(|problem| problem.field).collect()
        };
        assert_eq!(fields(&[(3, 10), (3, 20)]), ["days"]);
        assert_eq!(fields(&[(3, 10), (2, 10)]), ["percent_off"]);
        assert_eq!(fields(&[(-1, 91)]), ["days", "percent_off"]);
    }
}
