use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    DimensionSummary, ProductRatingChanged, UpdateReviewRequest, WithdrawReviewRequest,
};

use crate::world::{World, rating, text};

#[tokio::test]
async fn the_summary_counts_stars_and_sides_and_every_change_is_told() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let unknown = world.summary(product).await;
    assert_eq!((unknown.ratings, unknown.mean, unknown.wilson), (0, 0.0, 0.0));
    assert_eq!(unknown.stars, [0; 5]);

    let (buyer, one) = world.written(product, 2).await;
    world.written(product, 5).await;
    world.written(product, 5).await;
    let summary = world.summary(product).await;
    assert_eq!((summary.ratings, summary.mean), (3, 4.0));
    assert_eq!(summary.stars, [0, 1, 0, 0, 2]);
    let side = |ratings, mean| Some(DimensionSummary { ratings, mean });
    assert_eq!(summary.freshness, side(3, 4.0));
    assert_eq!(summary.taste, side(3, 4.0));
    assert_eq!(summary.packaging, side(0, 0.0));
    assert_eq!(summary.delivery, side(3, 5.0));
    assert!(summary.wilson > 1.0 && summary.wilson < 4.0, "{}", summary.wilson);

    // A text alone changes no rating, so nothing is told.
    let request = UpdateReviewRequest {
        text: text(),
        ..rating(&one, 2)
    };
    let changed = world
        .reviews(&buyer)
        .update_review(request)
        .await
        .unwrap()
        .into_inner();
    let request = rating(&changed.review.unwrap(), 4);
    world.reviews(&buyer).update_review(request).await.unwrap();
    let request = WithdrawReviewRequest {
        review_id: one.review_id,
    };
    world.reviews(&buyer).withdraw_review(request).await.unwrap();
    let told = world.harness.published::<ProductRatingChanged>().await;
    let told: Vec<_> = told.iter().map(|fact| (fact.ratings, fact.mean)).collect();
    assert_eq!(told, [(1, 2.0), (2, 3.5), (3, 4.0), (3, 14.0 / 3.0), (2, 5.0)]);
}

#[tokio::test]
async fn reviews_written_at_once_are_all_counted() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let mut tasks = tokio::task::JoinSet::new();
    for rating in 1..=5 {
        for _ in 0..2 {
            let buyer = world.buyer().await;
            let line = world.deliver(&buyer, product).await;
            let mut client = world.reviews(&buyer);
            let request = crate::world::saying(line, rating);
            tasks.spawn(async move { client.create_review(request).await.map(drop) });
        }
    }
    assert!(tasks.join_all().await.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(world.summary(product).await.stars, [2; 5]);
    let told = world.harness.published::<ProductRatingChanged>().await;
    assert_eq!(told.last().unwrap().ratings, 10);
}
