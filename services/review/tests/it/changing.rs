use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    ReviewChanged, ReviewState, ReviewWithdrawn, UpdateReviewRequest, VoteHelpfulRequest,
    WithdrawReviewRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use crate::world::{World, moderator, rating, text};

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn an_author_changes_a_review_and_the_summary_follows() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (buyer, review) = world.written(product, 2).await;
    let request = UpdateReviewRequest {
        text: text(),
        image_ids: vec![Uuid::now_v7().to_string()],
        ..rating(&review, 5)
    };
    let mut client = world.reviews(&buyer);
    let changed = client
        .update_review(request.clone())
        .await
        .unwrap()
        .into_inner()
        .review
        .unwrap();
    assert_eq!((changed.rating, changed.version), (5, 2));
    assert_eq!(
        (&changed.text, &changed.image_ids),
        (&request.text, &request.image_ids)
    );
    assert_eq!(changed.state(), ReviewState::Published);
    assert_eq!(world.summary(product).await.stars, [0, 0, 0, 0, 1]);
    // The same again changes nothing, though its version is old.
    let again = client
        .update_review(request)
        .await
        .unwrap()
        .into_inner()
        .review
        .unwrap();
    assert_eq!(again.version, 2);
    let told = world.harness.published::<ReviewChanged>().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].rating_before, told[0].rating), (2, 5));
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs_is_old_or_was_hidden() {
    let world = World::start().await;
    let (buyer, review) = world.written(Uuid::now_v7(), 2).await;
    let of_another = world.reviews(&user()).update_review(rating(&review, 5)).await;
    assert_refused(of_another, Code::NotFound, "REVIEW_NOT_FOUND");
    let stale = UpdateReviewRequest {
        version: 7,
        ..rating(&review, 5)
    };
    let stale = world.reviews(&buyer).update_review(stale).await;
    assert_refused(stale, Code::Aborted, "REVIEW_CHANGED");

    let (author, hidden) = world.hidden(&moderator()).await;
    let refused = world.reviews(&author).update_review(rating(&hidden, 5)).await;
    assert_refused(refused, Code::FailedPrecondition, "REVIEW_HIDDEN");

    world.harness.advance(30 * DAY);
    let late = world.reviews(&buyer).update_review(rating(&review, 5)).await;
    assert_refused(late, Code::FailedPrecondition, "EDIT_TIME_OVER");
}

#[tokio::test]
async fn a_withdrawn_review_says_nothing_of_anybody_and_counts_no_more() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (buyer, review) = world.written(product, 2).await;
    let vote = VoteHelpfulRequest {
        review_id: review.review_id.clone(),
    };
    world.reviews(&user()).vote_helpful(vote).await.unwrap();
    let request = WithdrawReviewRequest {
        review_id: review.review_id.clone(),
    };
    let by_another = world.reviews(&user()).withdraw_review(request.clone()).await;
    assert_refused(by_another, Code::NotFound, "REVIEW_NOT_FOUND");
    world
        .reviews(&buyer)
        .withdraw_review(request.clone())
        .await
        .unwrap();

    assert_refused(
        world.get(&buyer, &review).await,
        Code::NotFound,
        "REVIEW_NOT_FOUND",
    );
    let again = world.reviews(&buyer).withdraw_review(request).await;
    assert_refused(again, Code::NotFound, "REVIEW_NOT_FOUND");
    assert_eq!(world.summary(product).await.ratings, 0);
    let told = world.harness.published::<ReviewWithdrawn>().await;
    assert_eq!(told[0].review_id, review.review_id);
    let traces: i64 = sqlx::query_scalar(
        "select (select count(*) from review where text <> '' or author_id is not null or order_id is not null)
             + (select count(*) from helpful_vote)",
    )
    .fetch_one(world.harness.pool())
    .await
    .unwrap();
    assert_eq!(traces, 0);
}
