//! Grades: what a member's purchases of the last 90 days make of it.

use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};

/// How far back purchases count.
const WINDOW: Duration = Duration::days(90);

/// From the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Grade {
    Welcome,
    Silver,
    Gold,
    Vip,
}

/// What a grade takes and gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Benefit {
    pub grade: Grade,
    /// Won that the purchases of the window must come to.
    pub threshold: i64,
    /// Points earned for what is paid, in hundredths of a percent.
    pub basis_points: i64,
}

/// All grades, the lowest first.
pub const BENEFITS: [Benefit; 4] = [
    benefit(Grade::Welcome, 0, 100),
    benefit(Grade::Silver, 300_000, 150),
    benefit(Grade::Gold, 1_000_000, 200),
    benefit(Grade::Vip, 3_000_000, 300),
];

const fn benefit(grade: Grade, threshold: i64, basis_points: i64) -> Benefit {
    Benefit {
        grade,
        threshold,
        basis_points,
    }
}

impl Grade {
    /// What purchases of so many won make.
    pub fn of(purchased: i64) -> Self {
        let reached = BENEFITS
            .iter()
            .rev()
            .find(|benefit| purchased >= benefit.threshold);
        reached.map_or(Self::Welcome, |benefit| benefit.grade)
    }

    pub fn benefit(self) -> Benefit {
        match self {
            Self::Welcome => BENEFITS[0],
            Self::Silver => BENEFITS[1],
            Self::Gold => BENEFITS[2],
            Self::Vip => BENEFITS[3],
        }
    }

    /// The next higher one and what it takes.
    pub fn next(self) -> Option<Benefit> {
        BENEFITS.into_iter().find(|benefit| benefit.grade > self)
    }

    /// What buyers read.
    pub fn korean(self) -> &'static str {
        match self {
            Self::Welcome => "웰컴",
            Self::Silver => "실버",
            Self::Gold => "골드",
            Self::Vip => "VIP",
        }
    }
}

/// From when on purchases count, as of a night.
pub fn window_start(now: OffsetDateTime) -> OffsetDateTime {
    now - WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_make_the_highest_grade_they_reach() {
        for (won, grade) in [
            (0, Grade::Welcome),
            (299_999, Grade::Welcome),
            (300_000, Grade::Silver),
            (999_999, Grade::Silver),
            (1_000_000, Grade::Gold),
            (3_000_000, Grade::Vip),
            (i64::MAX, Grade::Vip),
        ] {
            assert_eq!(Grade::of(won), grade, "{won}");
            assert_eq!(grade.benefit().grade, grade);
        }
        assert_eq!(Grade::Gold.next().map(|next| next.grade), Some(Grade::Vip));
        assert_eq!(Grade::Vip.next(), None);
    }
}
