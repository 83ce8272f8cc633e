use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::product::v1::ProductArchived;
use xlcfi_contracts::recommendation::v1::{
    Algorithm, GetSimilarProductsRequest, GetSimilarProductsResponse, ReasonKind,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{World, product_id, taste};

async fn similar(world: &World, product_id: Uuid) -> Result<GetSimilarProductsResponse, Status> {
    let request = GetSimilarProductsRequest {
        product_id: product_id.to_string(),
        limit: 5,
        ..GetSimilarProductsRequest::default()
    };
    Ok(world
        .anonymous()
        .get_similar_products(request)
        .await?
        .into_inner())
}

#[tokio::test]
async fn anybody_gets_what_goes_with_a_product() {
    let world = World::shop(&[]).await;
    world.train(Algorithm::Ease).await;
    let by_model = async || {
        let answer = similar(&world, product_id(3)).await.ok()?;
        (answer.algorithm() == Algorithm::ItemItem).then_some(answer)
    };
    let answer = eventually(by_model).await;
    assert_eq!(answer.recommendations.len(), 5);
    for one in &answer.recommendations {
        assert_eq!(taste(&one.product_id), 0);
        let reason = one.reason.as_ref().unwrap();
        assert_eq!(reason.kind(), ReasonKind::BoughtTogether);
        assert_eq!(reason.product_id, product_id(3).to_string());
        assert!((0.0..=1.0).contains(&one.confidence));
    }
    let gone = answer.recommendations[0].product_id.clone();
    let archived = ProductArchived {
        product_id: gone.clone(),
        time: None,
    };
    world
        .harness
        .deliver("product", gone.parse().unwrap(), 2, &archived)
        .await;
    eventually(async || {
        let answer = similar(&world, product_id(3)).await.ok()?;
        answer
            .recommendations
            .iter()
            .all(|one| one.product_id != gone)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_a_model_its_kind_goes_with_it() {
    let world = World::shop(&[]).await;
    let answer = eventually(async || similar(&world, product_id(3)).await.ok()).await;
    assert_eq!(answer.algorithm(), Algorithm::Category);
    assert!(
        answer
            .recommendations
            .iter()
            .all(|one| taste(&one.product_id) == 0)
    );
}

#[tokio::test]
async fn an_unknown_product_is_not_found() {
    let world = World::start().await;
    let refused = similar(&world, Uuid::now_v7()).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    let request = GetSimilarProductsRequest::default();
    let refused = world.anonymous().get_similar_products(request).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
