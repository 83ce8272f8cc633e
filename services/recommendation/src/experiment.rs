use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Id;

use crate::interaction::MemberId;
use crate::model::measure::splitmix64;

/// Ways to recommend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Strategy {
    #[default]
    Model,
    ItemItem,
    Popular,
}

/// Two ways to recommend, tried against each other.
#[derive(Debug, Clone)]
pub struct Experiment {
    pub experiment_id: Id<Experiment>,
    pub name: String,
    pub control: Strategy,
    pub treatment: Strategy,
    pub treatment_percent: i32,
    pub create_time: OffsetDateTime,
    pub end_time: Option<OffsetDateTime>,
}

/// For how long after an exposure orders count.
pub const COUNTED: Duration = Duration::days(7);

impl Experiment {
    /// Whether a member gets the treatment: always the same answer, and another one for
    /// another name.
    pub fn treats(&self, member_id: MemberId) -> bool {
        let name = self
            .name
            .bytes()
            .fold(0, |hash, byte| splitmix64(hash ^ u64::from(byte)));
        let (high, low) = member_id.uuid().as_u64_pair();
        let bucket = splitmix64(splitmix64(name ^ high) ^ low) % 100;
        bucket < u64::try_from(self.treatment_percent).unwrap_or(0)
    }

    pub fn strategy(&self, treated: bool) -> Strategy {
        if treated { self.treatment } else { self.control }
    }
}

/// What became of the members of one bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub members: i64,
    pub buyers: i64,
    pub orders: i64,
    pub lines_shown: i64,
}

impl Outcome {
    pub fn conversion(self) -> f64 {
        if self.members == 0 {
            return 0.0;
        }
        self.buyers as f64 / self.members as f64
    }
}

/// How probable a difference of conversion as large as this is among equals: the z-test
/// of two proportions, two-sided.
pub fn p_value(control: Outcome, treatment: Outcome) -> f64 {
    let (n, m) = (control.members as f64, treatment.members as f64);
    let pooled = (control.buyers + treatment.buyers) as f64 / (n + m);
    let spread = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let z = (control.conversion() - treatment.conversion()).abs() / spread;
    if z.is_finite() { 2.0 * upper_tail(z) } else { 1.0 }
}

/// Share of the normal distribution above z >= 0 (Abramowitz and Stegun 26.2.17; off by
/// 7.5e-8 at most).
fn upper_tail(z: f64) -> f64 {
    const FACTORS: [f64; 5] = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = FACTORS.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * series
}

/// What a member saw.
#[derive(Debug)]
pub struct Exposure {
    pub experiment_id: Id<Experiment>,
    pub member_id: MemberId,
    pub treated: bool,
    pub shown: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(name: &str, treatment_percent: i32) -> Experiment {
        Experiment {
            experiment_id: Id::new(),
            name: name.into(),
            control: Strategy::Model,
            treatment: Strategy::Popular,
            treatment_percent,
            create_time: OffsetDateTime::UNIX_EPOCH,
            end_time: None,
        }
    }

    #[test]
    fn so_many_of_a_hundred_are_treated_and_others_under_another_name() {
        let (one, other) = (experiment("one", 30), experiment("other", 30));
        let members: Vec<MemberId> = (0..10_000).map(|_| MemberId::new()).collect();
        let treated = members.iter().filter(|id| one.treats(**id)).count();
        assert!((2_800..3_200).contains(&treated), "{treated}");
        let both = members
            .iter()
            .filter(|id| one.treats(**id) && other.treats(**id))
            .count();
        assert!((750..1_050).contains(&both), "{both}");
        assert_eq!(one.treats(members[0]), one.treats(members[0]));
    }

    #[test]
    fn a_difference_is_as_probable_as_the_tables_say() {
        let outcome = |members, buyers| Outcome {
            members,
            buyers,
            ..Outcome::default()
        };
        assert!((2.0 * upper_tail(1.959_964) - 0.05).abs() < 1e-6);
        assert!(p_value(outcome(1_000, 100), outcome(1_000, 200)) < 1e-6);
        assert!((p_value(outcome(1_000, 100), outcome(1_000, 100)) - 1.0).abs() < 1e-6);
        assert!((p_value(outcome(0, 0), outcome(10, 5)) - 1.0).abs() < 1e-6);
        assert!((p_value(outcome(10, 0), outcome(10, 0)) - 1.0).abs() < 1e-6);
    }
}
