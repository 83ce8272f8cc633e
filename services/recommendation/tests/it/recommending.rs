use xlcfi_contracts::product::v1::{Allergen, ProductRestocked, ProductSoldOut, ProductUseByChanged};
use xlcfi_contracts::recommendation::v1::{
    Algorithm, GetRecommendationsRequest, GetRecommendationsResponse, InteractionKind, ReasonKind, Strategy,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::interactions::told;
use crate::world::{World, category_id, member, product, product_id, taste};

fn ids(answer: &GetRecommendationsResponse) -> Vec<String> {
    answer
        .recommendations
        .iter()
        .map(|one| one.product_id.clone())
        .collect()
}

#[tokio::test]
async fn a_member_nobody_knows_gets_what_is_popular() {
    let world = World::shop(&[]).await;
    let answer = world
        .own_when(&user(), |answer| {
            let counted = answer.recommendations.iter().filter(|one| one.confidence > 0.1);
            counted.count() == 10
        })
        .await;
    assert_eq!(answer.algorithm(), Algorithm::Popular);
    assert_eq!(answer.recommendations.len(), 10);
    assert_eq!(
        (answer.model_id.as_str(), answer.experiment_id.as_str()),
        ("", "")
    );
    for one in &answer.recommendations {
        assert_eq!(one.algorithm(), Algorithm::Popular);
        let reason = one.reason.as_ref().unwrap();
        assert_eq!(
            (reason.kind(), reason.product_id.as_str()),
            (ReasonKind::Popular, "")
        );
        // Between a tenth and half of the shop's members bought it.
        assert!((0.1..0.5).contains(&one.confidence), "{}", one.confidence);
        assert!(one.product_name.starts_with("상품"));
    }
}

#[tokio::test]
async fn an_empty_catalogue_offers_nothing() {
    let world = World::start().await;
    let answer = world.own(&user()).await;
    assert!(answer.recommendations.is_empty());
    assert_eq!(answer.algorithm(), Algorithm::Popular);
}

#[tokio::test]
async fn one_interaction_is_enough_for_a_personal_answer() {
    let world = World::shop(&[]).await;
    let model = world.train(Algorithm::Ease).await;
    let buyer = user();
    world
        .client(&buyer)
        .record_interactions(told(&[(4, InteractionKind::Cart)]))
        .await
        .unwrap();
    let answer = world
        .own_when(&buyer, |answer| answer.algorithm() == Algorithm::Ease)
        .await;
    assert_eq!(answer.model_id, model.model_id);
    assert_eq!(answer.strategy(), Strategy::Model);
    let first = &answer.recommendations[0];
    assert_eq!(taste(&first.product_id), 1);
    assert!((0.0..=1.0).contains(&first.confidence));
    let reason = first.reason.as_ref().unwrap();
    assert_eq!(reason.kind(), ReasonKind::BoughtTogether);
    assert_eq!(reason.product_id, product_id(4).to_string());
    assert!(reason.text.contains("상품 4호") && reason.text.contains("함께 구매"));
    assert!(!ids(&answer).contains(&product_id(4).to_string()));
}

#[tokio::test]
async fn a_kind_of_food_is_enough_without_a_model() {
    let world = World::shop(&[]).await;
    let buyer = user();
    world
        .client(&buyer)
        .record_interactions(told(&[(5, InteractionKind::View)]))
        .await
        .unwrap();
    let of_kind = |answer: &GetRecommendationsResponse| {
        let reasons = answer
            .recommendations
            .iter()
            .filter_map(|one| one.reason.as_ref());
        answer.algorithm() == Algorithm::Category
            && reasons.clone().any(|reason| reason.text.contains("종류 2"))
    };
    let answer = world.own_when(&buyer, of_kind).await;
    assert!(
        answer
            .recommendations
            .iter()
            .take(9)
            .all(|one| taste(&one.product_id) == 2)
    );
    assert_eq!(
        answer.recommendations[0].reason.as_ref().unwrap().kind(),
        ReasonKind::PopularOfKind
    );
}

#[tokio::test]
async fn both_models_know_the_taste_of_their_members() {
    for algorithm in [Algorithm::Ease, Algorithm::Als] {
        let world = World::shop(&[]).await;
        let model = world.train(algorithm).await;
        assert_eq!(model.algorithm(), algorithm);
        let buyer = member(7);
        let answer = world
            .own_when(&buyer, |answer| answer.model_id == model.model_id)
            .await;
        assert_eq!(taste(&answer.recommendations[0].product_id), 1, "{algorithm:?}");
        let first = answer.recommendations[0].confidence;
        let last = answer
            .recommendations
            .iter()
            .rfind(|one| one.algorithm() == algorithm)
            .unwrap()
            .confidence;
        assert!(first >= last, "{algorithm:?}: {first} {last}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_or_is_avoided_is_left_out() {
    let world = World::start().await;
    let mut eggs = product(0);
    eggs.allergens = vec![Allergen::Egg.into()];
    let mut soon = product(1);
    soon.earliest_use_by_date = "2026-11-24".into();
    for one in [eggs, soon, product(2), product(3)] {
        world.publish(one).await;
    }
    let buyer = user();
    let everything = world
        .own_when(&buyer, |answer| answer.recommendations.len() == 4)
        .await;
    assert!(ids(&everything).contains(&product_id(1).to_string()));
    let request = GetRecommendationsRequest {
        minimum_remaining_days: 3,
        avoid_allergens: vec![Allergen::Egg.into(), Allergen::Wheat.into()],
        ..GetRecommendationsRequest::default()
    };
    let mut some = ids(&world.recommend(&buyer, request).await.unwrap());
    some.sort_unstable();
    let mut left = [product_id(2).to_string(), product_id(3).to_string()];
    left.sort_unstable();
    assert_eq!(some, left);
    let of_category = GetRecommendationsRequest {
        category_id: category_id(2).to_string(),
        limit: 50,
        ..GetRecommendationsRequest::default()
    };
    assert_eq!(
        ids(&world.recommend(&buyer, of_category).await.unwrap()),
        [product_id(2).to_string()]
    );

    let id = product_id(2);
    let sold_out = ProductSoldOut {
        product_id: id.to_string(),
        time: None,
    };
    world.harness.deliver("product", id, 2, &sold_out).await;
    world
        .own_when(&buyer, |answer| !ids(answer).contains(&id.to_string()))
        .await;
    let restocked = ProductRestocked {
        product_id: id.to_string(),
        time: None,
    };
    world.harness.deliver("product", id, 3, &restocked).await;
    world
        .own_when(&buyer, |answer| ids(answer).contains(&id.to_string()))
        .await;
    let over = ProductUseByChanged {
        product_id: id.to_string(),
        earliest_use_by_date: "2026-11-21".into(),
        time: None,
    };
    world.harness.deliver("product", id, 4, &over).await;
    world
        .own_when(&buyer, |answer| !ids(answer).contains(&id.to_string()))
        .await;
}

#[tokio::test]
async fn only_staff_asks_for_somebody_else() {
    let world = World::start().await;
    let (buyer, other) = (user(), user());
    let of = |who: &xlcfi_identity::User| GetRecommendationsRequest {
        member_id: who.id.to_string(),
        ..GetRecommendationsRequest::default()
    };
    assert!(world.recommend(&buyer, of(&buyer)).await.is_ok());
    let refused = world.recommend(&buyer, of(&other)).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    assert!(world.recommend(&admin(), of(&buyer)).await.is_ok());
    let nobody = world.anonymous().get_recommendations(of(&buyer)).await;
    assert_refused(nobody, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn while_the_database_is_away_what_is_popular_is_told() {
    let world = World::shop(&[]).await;
    let model = world.train(Algorithm::Ease).await;
    let buyer = member(1);
    world
        .own_when(&buyer, |answer| answer.model_id == model.model_id)
        .await;
    world.harness.pool().close().await;
    let answer = world.own(&buyer).await;
    assert_eq!(answer.algorithm(), Algorithm::Popular);
    assert_eq!(answer.strategy(), Strategy::Popular);
    assert_eq!((answer.recommendations.len(), answer.model_id.as_str()), (10, ""));
}

#[tokio::test]
async fn wrong_requests_are_refused_by_their_fields() {
    let world = World::start().await;
    for request in [
        GetRecommendationsRequest {
            member_id: "me".into(),
            ..Default::default()
        },
        GetRecommendationsRequest {
            limit: 51,
            ..Default::default()
        },
        GetRecommendationsRequest {
            minimum_remaining_days: -1,
            ..Default::default()
        },
        GetRecommendationsRequest {
            avoid_allergens: vec![99],
            ..Default::default()
        },
        GetRecommendationsRequest {
            category_id: "vegetable".into(),
            ..Default::default()
        },
    ] {
        let refused = world.recommend(&user(), request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
