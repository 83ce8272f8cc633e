use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::model::training::{Algorithm, Metrics};

/// What is to be trained, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    Ease,
    Als,
    /// What suits the number of products.
    Best,
}

impl From<Algorithm> for Kind {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Ease => Self::Ease,
            Algorithm::Als => Self::Als,
        }
    }
}

/// Where a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Queued,
    Live,
    Retired,
    Rejected,
    Failed,
}

/// A model as it is listed.
#[derive(Debug, Clone)]
pub struct Model {
    pub model_id: Id<Model>,
    pub kind: Kind,
    pub state: State,
    /// Why it is rejected or failed.
    pub reason: String,
    pub metrics: Metrics,
    /// NDCG of the model that was live, judged by the same.
    pub live_ndcg: Option<f64>,
    pub size: i64,
    pub create_time: OffsetDateTime,
    pub end_time: Option<OffsetDateTime>,
}

/// Differences below this are none.
const SAME: f64 = 1e-9;

/// Why a model does not go live; none when it does. It has to be better than what is
/// popular and not worse than the one that is live, all judged by the same purchases,
/// which none of them ever saw.
pub fn objection(metrics: &Metrics, live_ndcg: Option<f64>) -> Option<&'static str> {
    if metrics.ndcg <= metrics.popular_ndcg + SAME {
        return Some("it is not better than what is popular");
    }
    if live_ndcg.is_some_and(|live| metrics.ndcg + SAME < live) {
        return Some("it is worse than the model that is live");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_worse_goes_live() {
        let metrics = |ndcg, popular_ndcg| Metrics {
            ndcg,
            popular_ndcg,
            ..Metrics::default()
        };
        for (ndcg, popular, live, goes) in [
            (0.3, 0.2, None, true),
            (0.2, 0.2, None, false),
            (0.3, 0.2, Some(0.3), true),
            (0.3, 0.2, Some(0.31), false),
            (0.3, 0.2, Some(0.1), true),
            (0.1, 0.2, Some(0.05), false),
        ] {
            assert_eq!(
                objection(&metrics(ndcg, popular), live).is_none(),
                goes,
                "{ndcg} {popular} {live:?}"
            );
        }
    }
}
