//! Stars, what they say together, and how sure that is.

/// Sides of goods that have stars of their own: freshness, taste, packaging, delivery.
pub const SIDES: usize = 4;
/// 95 % of a normal distribution lie within so many deviations of its mean.
const Z: f64 = 1.959_964;

/// The stars of one review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stars {
    /// 1 to 5.
    pub rating: i16,
    /// 1 to 5 for each side, 0 when not given.
    pub sides: [i16; SIDES],
}

/// What ratings of 1 to 5 stars sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many have 1 star, 2 stars and so on.
    pub stars: [i64; 5],
}

impl Tally {
    pub fn count(&self) -> i64 {
        self.stars.iter().sum()
    }

    /// 1 to 5; 0 without ratings.
    pub fn mean(&self) -> f64 {
        let sum: i64 = (1..).zip(self.stars).map(|(stars, count)| stars * count).sum();
        quotient(sum, self.count())
    }

    /// The interval that holds the mean with 95 % confidence, on the scale of stars;
    /// zeros without ratings.
    ///
    /// Wilson's score interval, E. B. Wilson, "Probable inference, the law of
    /// succession, and statistical inference", Journal of the American Statistical
    /// Association 22 (1927), 209-212. It is made for shares; stars are taken as the
    /// share (mean - 1) / 4. No spread of stars is wider than that of such a share, so
    /// the interval is never too narrow.
    pub fn wilson(&self) -> (f64, f64) {
        let count = self.count();
        if count == 0 {
            return (0.0, 0.0);
        }
        let (n, share, z2) = (count as f64, (self.mean() - 1.0) / 4.0, Z * Z);
        let centre = share + z2 / (2.0 * n);
        let reach = Z * ((share * (1.0 - share) + z2 / (4.0 * n)) / n).sqrt();
        let stars = |share: f64| 1.0 + 4.0 * (share / (1.0 + z2 / n)).clamp(0.0, 1.0);
        (stars(centre - reach), stars(centre + reach))
    }

    /// What is left without the ratings of `part`.
    pub fn without(&self, part: &Self) -> Self {
        let mut rest = *self;
        for (left, taken) in rest.stars.iter_mut().zip(part.stars) {
            *left -= taken;
        }
        rest
    }

    /// Significantly worse than `others`, each with so many ratings at least: even the
    /// most its mean may be lies below the least theirs may be. Two 95 % intervals that
    /// do not touch are stricter than one test at 5 %, which suits a question that is
    /// asked again with each rating.
    pub fn is_worse_than(&self, others: &Self, at_least: i64) -> bool {
        self.count() >= at_least && others.count() >= at_least && self.wilson().1 < others.wilson().0
    }
}

/// What the published reviews of a product sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub tally: Tally,
    /// Sum of the stars of each side.
    pub sums: [i64; SIDES],
    /// How many gave stars to each side.
    pub counts: [i64; SIDES],
}

impl Summary {
    /// With one review in place of another; `None` for none.
    pub fn changed(mut self, before: Option<Stars>, after: Option<Stars>) -> Self {
        for (stars, by) in [(before, -1), (after, 1)] {
            let Some(stars) = stars else { continue };
            let place = usize::try_from(stars.rating - 1).unwrap_or(0);
            if let Some(count) = self.tally.stars.get_mut(place) {
                *count += by;
            }
            for (side, given) in stars
                .sides
                .into_iter()
                .enumerate()
                .filter(|(_, given)| *given > 0)
            {
                self.sums[side] += i64::from(given) * by;
                self.counts[side] += by;
            }
        }
        self
    }

    /// How many gave stars to a side, and their mean; zeros for nobody.
    pub fn side(&self, side: usize) -> (i64, f64) {
        (self.counts[side], quotient(self.sums[side], self.counts[side]))
    }
}

fn quotient(sum: i64, count: i64) -> f64 {
    if count == 0 {
        0.0
    } else {
        sum as f64 / count as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(stars: [i64; 5]) -> Tally {
        Tally { stars }
    }

    #[test]
    fn the_mean_is_that_of_the_stars() {
        assert_eq!(tally([0; 5]).mean(), 0.0);
        assert_eq!(tally([1, 0, 0, 0, 1]).mean(), 3.0);
        assert_eq!(tally([0, 0, 0, 3, 1]).mean(), 4.25);
    }

    #[test]
    fn few_ratings_promise_less_than_many() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 0.001, "{found}");
        // One of one, ten of ten: 0.2065 and 0.7225 of Wilson's interval at 95 %.
        close(tally([0, 0, 0, 0, 1]).wilson().0, 1.0 + 4.0 * 0.2065);
        close(tally([0, 0, 0, 0, 10]).wilson().0, 1.0 + 4.0 * 0.7225);
        // Half of ten: 0.2366 to 0.7634.
        let half = tally([5, 0, 0, 0, 5]).wilson();
        close(half.0, 1.0 + 4.0 * 0.2366);
        close(half.1, 1.0 + 4.0 * 0.7634);
        assert_eq!(tally([0; 5]).wilson(), (0.0, 0.0));
    }

    #[test]
    fn a_lot_is_worse_only_when_enough_ratings_say_so_clearly() {
        let others = tally([0, 0, 2, 20, 80]);
        assert!(tally([6, 2, 0, 0, 0]).is_worse_than(&others, 5));
        // Too few.
        assert!(!tally([4, 0, 0, 0, 0]).is_worse_than(&others, 5));
        // Not clearly.
        assert!(!tally([0, 1, 1, 2, 2]).is_worse_than(&others, 5));
        // Nothing to compare with.
        assert!(!tally([6, 2, 0, 0, 0]).is_worse_than(&tally([0, 0, 0, 0, 4]), 5));
        assert!(!others.is_worse_than(&tally([6, 2, 0, 0, 0]), 5));
    }

    fn stars() -> impl Strategy<Value = Stars> {
        (1..=5_i16, proptest::array::uniform4(0..=5_i16)).prop_map(|(rating, sides)| Stars { rating, sides })
    }

    proptest! {
        #[test]
        fn the_bound_lies_below_the_mean_and_rises_with_every_better_rating(
            given in proptest::array::uniform5(0..200_i64),
        ) {
            let tally = tally(given);
            prop_assume!(tally.count() > 0);
            let (least, most) = tally.wilson();
            prop_assert!((1.0..=5.0).contains(&least) && (1.0..=5.0).contains(&most));
            prop_assert!(least <= tally.mean() + 1e-9 && tally.mean() <= most + 1e-9);
            let mut better = tally;
            better.stars[4] += 1;
            prop_assert!(better.wilson().0 >= least - 1e-9);
        }

        #[test]
        fn taking_away_what_was_added_leaves_nothing(given in proptest::collection::vec(stars(), 0..20)) {
            let full = given.iter().fold(Summary::default(), |sum, stars| sum.changed(None, Some(*stars)));
            prop_assert_eq!(full.tally.count(), given.len() as i64);
            let left = given.iter().fold(full, |sum, stars| sum.changed(Some(*stars), None));
            prop_assert_eq!(left, Summary::default());
        }
    }
}
