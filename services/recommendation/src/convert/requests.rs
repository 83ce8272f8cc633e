use uuid::Uuid;
use xlcfi_contracts::product::v1::Allergen;
use xlcfi_contracts::recommendation::v1::{
    Algorithm, Interaction, InteractionKind, StartExperimentRequest, Strategy as ProtoStrategy,
};
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::{optional_uuid, uuid};

use super::request_id;
use crate::experiment::Strategy;
use crate::flows::experiments::New;
use crate::flows::interactions::Act;
use crate::registry::Kind;
use crate::rerank::Wanted;

/// How many products an answer has when nobody says.
const USUAL: usize = 10;

fn limit(limit: i32) -> usize {
    match usize::try_from(limit) {
        Ok(limit @ 1..) => limit,
        _ => USUAL,
    }
}

/// What an answer may have; the contract's rules have seen it.
pub fn wanted(
    most: i32,
    avoid: impl Iterator<Item = Allergen>,
    minimum_remaining_days: i32,
    category_id: &str,
) -> Result<Wanted, Invalid> {
    Ok(Wanted {
        most: limit(most),
        avoid: avoid.map(i32::from).collect(),
        minimum_remaining_days: minimum_remaining_days.into(),
        category: optional_uuid("category_id", category_id)?,
    })
}

pub fn acts(interactions: &[Interaction]) -> Result<Vec<(Uuid, Act)>, Invalid> {
    let act = |interaction: &Interaction| {
        let act = match interaction.kind() {
            InteractionKind::View => Act::View,
            InteractionKind::Cart => Act::Cart,
            InteractionKind::Unspecified => return Err(Invalid::field("kind", "must be given")),
        };
        Ok((uuid("product_id", &interaction.product_id)?, act))
    };
    interactions.iter().map(act).collect()
}

/// What is to be trained.
pub fn training(algorithm: Algorithm) -> Result<Kind, Invalid> {
    match algorithm {
        Algorithm::Unspecified => Ok(Kind::Best),
        Algorithm::Ease => Ok(Kind::Ease),
        Algorithm::Als => Ok(Kind::Als),
        Algorithm::ItemItem | Algorithm::Category | Algorithm::Popular => Err(Invalid::field(
            "algorithm",
            "must be EASE or ALS, or not be given",
        )),
    }
}

fn strategy(field: &str, strategy: ProtoStrategy) -> Result<Strategy, Invalid> {
    match strategy {
        ProtoStrategy::Model => Ok(Strategy::Model),
        ProtoStrategy::ItemItem => Ok(Strategy::ItemItem),
        ProtoStrategy::Popular => Ok(Strategy::Popular),
        ProtoStrategy::Unspecified => Err(Invalid::field(field, "must be given")),
    }
}

pub fn experiment(request: &StartExperimentRequest, requester_id: Uuid) -> Result<New, Invalid> {
    let (control, treatment) = (
        strategy("control", request.control())?,
        strategy("treatment", request.treatment())?,
    );
    if control == treatment {
        return Err(Invalid::field("treatment", "must differ from the control"));
    }
    Ok(New {
        name: request.name.clone(),
        control,
        treatment,
        treatment_percent: request.treatment_percent,
        requester_id,
        request_id: request_id(&request.request_id)?,
    })
}
