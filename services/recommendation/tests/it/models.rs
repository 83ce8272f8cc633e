use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::recommendation::v1::recommendation_service_client::RecommendationServiceClient;
use xlcfi_contracts::recommendation::v1::{
    Algorithm, GetModelRequest, GetRecommendationsRequest, ListModelsRequest, ModelState, ModelTrained,
    TrainModelRequest,
};
use xlcfi_errors::Code;
use xlcfi_recommendation::model::training::is_held_out;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::world::{World, catalogue, defaults, member};

/// Another process holds the right to train, and does nothing.
async fn nobody_trains(world: &World) {
    let sql = "insert into events.lease (name, holder, epoch, expire_time)
         values ('recommendation-training', $1, 1, now() + interval '1 day')
         on conflict (name) do update set holder = $1, expire_time = now() + interval '1 day'";
    sqlx::query(sql)
        .bind(Uuid::now_v7())
        .execute(world.harness.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_model_is_trained_judged_and_told() {
    let world = World::shop(&[]).await;
    let model = world.train(Algorithm::Unspecified).await;
    assert_eq!(
        (model.state(), model.algorithm()),
        (ModelState::Live, Algorithm::Ease)
    );
    let metrics = model.metrics.unwrap();
    assert!(metrics.ndcg > metrics.popular_ndcg, "{metrics:?}");
    assert!(metrics.recall > 0.3 && metrics.recall <= 1.0, "{metrics:?}");
    assert!(metrics.calibration_error < 0.1, "{metrics:?}");
    assert_eq!(
        (metrics.members, metrics.products, metrics.live_ndcg),
        (120, 30, None)
    );
    assert!(
        metrics.held_out > 0 && metrics.held_out < metrics.interactions / 5,
        "{metrics:?}"
    );
    assert!(model.size > 0);
    let told = eventually(async || world.harness.published::<ModelTrained>().await.pop()).await;
    assert_eq!(told.model.unwrap().model_id, model.model_id);
    let listed = world
        .models(&catalogue())
        .list_models(ListModelsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.models.len(), 1);
    assert_eq!(listed.next_page_token, "");
}

#[tokio::test]
async fn another_process_and_the_next_one_serve_the_same_model() {
    let world = World::shop(&[]).await;
    let model = world.train(Algorithm::Ease).await;
    let other = world
        .harness
        .another(|all| all.defaults = defaults(&[]), xlcfi_recommendation::start)
        .await;
    let buyer = member(3);
    let mut client = RecommendationServiceClient::new(other.as_user(&buyer));
    let answer = client
        .get_recommendations(GetRecommendationsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.model_id, model.model_id);
    let here = world
        .own_when(&buyer, |answer| answer.model_id == model.model_id)
        .await;
    assert_eq!(here.recommendations, answer.recommendations);
}

#[tokio::test]
async fn a_worse_model_does_not_go_live() {
    let world = World::shop(&[]).await;
    let first = world.train(Algorithm::Ease).await;
    // Of what it learns from, all but a little is lost; what it is judged by is not.
    let pairs: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select member_id, product_id from interaction order by 1, 2")
            .fetch_all(world.harness.pool())
            .await
            .unwrap();
    let learnt = pairs
        .into_iter()
        .filter(|(member, product)| !is_held_out(*member, *product));
    let lost: Vec<(Uuid, Uuid)> = learnt
        .enumerate()
        .filter(|(at, _)| at % 8 != 0)
        .map(|(_, pair)| pair)
        .collect();
    let (members, products): (Vec<Uuid>, Vec<Uuid>) = lost.into_iter().unzip();
    sqlx::query(
        "delete from interaction where (member_id, product_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
    )
    .bind(&members)
    .bind(&products)
    .execute(world.harness.pool())
    .await
    .unwrap();
    let second = world.train(Algorithm::Ease).await;
    assert_eq!(second.state(), ModelState::Rejected);
    assert_ne!(second.reason, "");
    let metrics = second.metrics.unwrap();
    assert!(metrics.live_ndcg.unwrap() > metrics.ndcg, "{metrics:?}");
    assert_eq!(world.decided(&first.model_id).await.state(), ModelState::Live);
    let answer = world
        .own_when(&member(5), |answer| !answer.model_id.is_empty())
        .await;
    assert_eq!(answer.model_id, first.model_id);
}

#[tokio::test]
async fn a_model_as_good_takes_the_place_of_the_one_before() {
    let world = World::shop(&[]).await;
    let first = world.train(Algorithm::Ease).await;
    let second = world.train(Algorithm::Ease).await;
    assert_eq!(second.state(), ModelState::Live);
    let metrics = second.metrics.unwrap();
    assert_eq!(metrics.live_ndcg, Some(metrics.ndcg));
    assert_eq!(world.decided(&first.model_id).await.state(), ModelState::Retired);
    world
        .own_when(&member(5), |answer| answer.model_id == second.model_id)
        .await;
    let staff = catalogue();
    let page = |page_token: String| ListModelsRequest {
        page_size: 1,
        page_token,
    };
    let mut models = world.models(&staff);
    let newest = models
        .list_models(page(String::new()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(newest.models[0].model_id, second.model_id);
    let oldest = models
        .list_models(page(newest.next_page_token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(oldest.models[0].model_id, first.model_id);
    assert_eq!(oldest.next_page_token, "");
}

#[tokio::test]
async fn without_purchases_a_training_fails_and_says_so() {
    let world = World::start().await;
    let model = world.train(Algorithm::Als).await;
    assert_eq!(model.state(), ModelState::Failed);
    assert_ne!(model.reason, "");
    assert_eq!(model.metrics, None);
    assert_eq!(world.own(&user()).await.algorithm(), Algorithm::Popular);
}

#[tokio::test]
async fn beyond_what_ease_may_take_it_is_als() {
    let world = World::shop(&[("ease_products", "10")]).await;
    let model = world.train(Algorithm::Unspecified).await;
    assert_eq!(model.algorithm(), Algorithm::Als);
    let model = world.train(Algorithm::Ease).await;
    assert_eq!(model.state(), ModelState::Failed);
}

#[tokio::test]
async fn one_training_at_a_time_and_one_for_a_request() {
    let world = World::start().await;
    nobody_trains(&world).await;
    let staff = catalogue();
    let request = TrainModelRequest {
        request_id: Uuid::now_v7().to_string(),
        ..TrainModelRequest::default()
    };
    let first = world
        .models(&staff)
        .train_model(request.clone())
        .await
        .unwrap()
        .into_inner()
        .model
        .unwrap();
    assert_eq!(first.state(), ModelState::Queued);
    let again = world
        .models(&staff)
        .train_model(request)
        .await
        .unwrap()
        .into_inner()
        .model
        .unwrap();
    assert_eq!(again.model_id, first.model_id);
    let refused = world
        .models(&staff)
        .train_model(TrainModelRequest::default())
        .await;
    assert_refused(refused, Code::FailedPrecondition, "TRAINING_UNDER_WAY");
}

#[tokio::test]
async fn a_model_is_trained_when_it_is_time() {
    let world = World::shop(&[("train_hours", "24")]).await;
    world
        .count("select count(*) from model where state = 'live'", 1)
        .await;
    world.harness.advance(Duration::from_secs(25 * 3_600));
    world
        .count("select count(*) from model where state = 'retired'", 1)
        .await;
}

#[tokio::test]
async fn models_are_for_who_looks_after_them() {
    let world = World::start().await;
    for stranger in [user(), seller()] {
        let mut models = world.models(&stranger);
        let listed = models.list_models(ListModelsRequest::default()).await;
        assert_refused(listed, Code::PermissionDenied, "ROLE_MISSING");
        let trained = models.train_model(TrainModelRequest::default()).await;
        assert_refused(trained, Code::PermissionDenied, "ROLE_MISSING");
        let request = GetModelRequest {
            model_id: Uuid::now_v7().to_string(),
        };
        assert_refused(
            models.get_model(request).await,
            Code::PermissionDenied,
            "ROLE_MISSING",
        );
    }
    let mut models = world.models(&catalogue());
    let request = GetModelRequest {
        model_id: Uuid::now_v7().to_string(),
    };
    assert_refused(models.get_model(request).await, Code::NotFound, "MODEL_NOT_FOUND");
    let mut request = TrainModelRequest::default();
    request.set_algorithm(Algorithm::Popular);
    assert_refused(
        models.train_model(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = ListModelsRequest {
        page_token: "x".into(),
        ..ListModelsRequest::default()
    };
    assert_refused(
        models.list_models(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
