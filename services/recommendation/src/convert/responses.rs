use time::OffsetDateTime;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::recommendation::v1::{
    self as proto, Algorithm, GetExperimentResponse, GetRecommendationsResponse, ModelState, ModelTrained,
    ReasonKind, Recommendation,
};
use xlcfi_types::Id;

use crate::answer::{Finder, Offer, Reason, main_finder};
use crate::experiment::{Experiment, Outcome, Strategy, p_value};
use crate::registry::{Kind, Model, State};

fn algorithm(finder: Finder) -> Algorithm {
    match finder {
        Finder::Ease => Algorithm::Ease,
        Finder::Als => Algorithm::Als,
        Finder::ItemItem => Algorithm::ItemItem,
        Finder::Category => Algorithm::Category,
        Finder::Popular => Algorithm::Popular,
    }
}

fn strategy(strategy: Strategy) -> proto::Strategy {
    match strategy {
        Strategy::Model => proto::Strategy::Model,
        Strategy::ItemItem => proto::Strategy::ItemItem,
        Strategy::Popular => proto::Strategy::Popular,
    }
}

fn recommendation(offer: Offer) -> Recommendation {
    let (kind, product_id) = match &offer.reason {
        Reason::Together(id, _) => (ReasonKind::BoughtTogether, id.to_string()),
        Reason::LikeMembers => (ReasonKind::LikeMembers, String::new()),
        Reason::OfKind(_) => (ReasonKind::PopularOfKind, String::new()),
        Reason::Popular => (ReasonKind::Popular, String::new()),
    };
    Recommendation {
        product_id: offer.product.to_string(),
        product_name: offer.name,
        algorithm: algorithm(offer.finder).into(),
        reason: Some(proto::Reason {
            kind: kind.into(),
            text: offer.reason.text(),
            product_id,
        }),
        confidence: f64::from(offer.confidence),
    }
}

/// What found most of some offers, and the offers.
pub fn recommendations(offers: Vec<Offer>) -> (Algorithm, Vec<Recommendation>) {
    let main = algorithm(main_finder(&offers));
    (main, offers.into_iter().map(recommendation).collect())
}

/// An answer with what it was made by.
#[derive(Debug)]
pub struct Served {
    pub offers: Vec<Offer>,
    pub model_id: Option<Id<Model>>,
    pub strategy: Strategy,
    pub experiment_id: Option<Id<Experiment>>,
}

impl From<Served> for GetRecommendationsResponse {
    fn from(served: Served) -> Self {
        let by_model = served.offers.iter().any(|offer| offer.finder <= Finder::ItemItem);
        let (main, recommendations) = recommendations(served.offers);
        let model_id = served.model_id.filter(|_| by_model);
        Self {
            recommendations,
            algorithm: main.into(),
            model_id: model_id.map(|id| id.to_string()).unwrap_or_default(),
            experiment_id: served.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
            strategy: strategy(served.strategy).into(),
        }
    }
}

pub fn model(model: &Model) -> proto::Model {
    let algorithm = match model.kind {
        Kind::Ease => Algorithm::Ease,
        Kind::Als => Algorithm::Als,
        Kind::Best => Algorithm::Unspecified,
    };
    let state = match model.state {
        State::Queued => ModelState::Queued,
        State::Live => ModelState::Live,
        State::Retired => ModelState::Retired,
        State::Rejected => ModelState::Rejected,
        State::Failed => ModelState::Failed,
    };
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let judged = !matches!(model.state, State::Queued | State::Failed);
    let metrics = judged.then(|| proto::Metrics {
        recall: model.metrics.recall,
        ndcg: model.metrics.ndcg,
        popular_ndcg: model.metrics.popular_ndcg,
        live_ndcg: model.live_ndcg,
        calibration_error: model.metrics.calibration_error,
        coverage: model.metrics.coverage,
        members: count(model.metrics.members),
        products: count(model.metrics.products),
        interactions: count(model.metrics.entries),
        held_out: count(model.metrics.held_out),
    });
    proto::Model {
        model_id: model.model_id.to_string(),
        algorithm: algorithm.into(),
        state: state.into(),
        reason: model.reason.clone(),
        metrics,
        size: model.size,
        create_time: Some(timestamp(model.create_time)),
        end_time: model.end_time.map(timestamp),
    }
}

pub fn trained(of: &Model, now: OffsetDateTime) -> ModelTrained {
    ModelTrained {
        model: Some(model(of)),
        time: Some(timestamp(now)),
    }
}

pub fn experiment_of(experiment: &Experiment) -> proto::Experiment {
    proto::Experiment {
        experiment_id: experiment.experiment_id.to_string(),
        name: experiment.name.clone(),
        control: strategy(experiment.control).into(),
        treatment: strategy(experiment.treatment).into(),
        treatment_percent: experiment.treatment_percent,
        create_time: Some(timestamp(experiment.create_time)),
        end_time: experiment.end_time.map(timestamp),
    }
}

/// An experiment with what became of its members.
pub fn outcomes(experiment: &Experiment, [control, treatment]: [Outcome; 2]) -> GetExperimentResponse {
    let outcome = |of: Outcome, treated: bool| proto::Outcome {
        strategy: strategy(experiment.strategy(treated)).into(),
        members: of.members,
        buyers: of.buyers,
        orders: of.orders,
        lines_shown: of.lines_shown,
        conversion: of.conversion(),
    };
    GetExperimentResponse {
        experiment: Some(experiment_of(experiment)),
        outcomes: vec![outcome(control, false), outcome(treatment, true)],
        p_value: p_value(control, treatment),
    }
}
