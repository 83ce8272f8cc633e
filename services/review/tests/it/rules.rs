use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    CreateReviewRequest, ModerationRule, Review, ReviewHeld, ReviewPublished, ReviewState,
    UpdateReviewRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use crate::world::{World, rating, saying, text};

async fn says(world: &World, words: &str) -> Review {
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let request = CreateReviewRequest {
        text: format!("{} {words}", text()),
        ..saying(line, 5)
    };
    world.create(&buyer, request).await.unwrap()
}

async fn struck(world: &World, review: &Review) -> Vec<ModerationRule> {
    let case = world.case(review).await;
    case.decisions[0].rules().collect()
}

#[tokio::test]
async fn a_review_with_bad_words_links_or_numbers_waits_unseen() {
    let world = World::with(&[("banned_words", "체험단")]).await;
    let usual = says(&world, "").await;
    assert_eq!(usual.state(), ReviewState::Published);
    for (words, rule) in [
        ("체험단", ModerationRule::BannedWord),
        ("www.potato.kr", ModerationRule::Link),
        ("010-1234-5678", ModerationRule::PhoneNumber),
    ] {
        let review = says(&world, words).await;
        assert_eq!(review.state(), ReviewState::Held, "{words}");
        assert_eq!(struck(&world, &review).await, [rule]);
        assert_refused(
            world.get(&user(), &review).await,
            Code::NotFound,
            "REVIEW_NOT_FOUND",
        );
        let product = review.product_id.parse().unwrap();
        assert_eq!(world.summary(product).await.ratings, 0);
    }
    assert_eq!(world.harness.published::<ReviewHeld>().await.len(), 3);
    assert_eq!(world.harness.published::<ReviewPublished>().await.len(), 1);
}

#[tokio::test]
async fn the_same_text_again_waits_whoever_writes_it_about_whatever() {
    let world = World::start().await;
    let (_, first) = world.written(Uuid::now_v7(), 5).await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let request = CreateReviewRequest {
        text: first.text.replace(' ', "  ") + "!!!",
        ..saying(line, 5)
    };
    let second = world.create(&buyer, request).await.unwrap();
    assert_eq!(struck(&world, &second).await, [ModerationRule::Duplicate]);
}

#[tokio::test]
async fn bursts_of_an_author_and_about_a_product_wait() {
    let world = World::with(&[("author_burst", "2"), ("product_burst", "3")]).await;
    let author = world.buyer().await;
    let mut states = Vec::new();
    for _ in 0..3 {
        let line = world.deliver(&author, Uuid::now_v7()).await;
        states.push(world.create(&author, saying(line, 5)).await.unwrap());
    }
    assert_eq!(states[1].state(), ReviewState::Published);
    assert_eq!(struck(&world, &states[2]).await, [ModerationRule::AuthorBurst]);

    let product = Uuid::now_v7();
    for _ in 0..3 {
        assert_eq!(world.written(product, 5).await.1.state(), ReviewState::Published);
    }
    let (_, fourth) = world.written(product, 5).await;
    assert_eq!(struck(&world, &fourth).await, [ModerationRule::ProductBurst]);

    // An hour later they are forgotten.
    world.harness.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(world.written(product, 5).await.1.state(), ReviewState::Published);
    let line = world.deliver(&author, Uuid::now_v7()).await;
    let review = world.create(&author, saying(line, 5)).await.unwrap();
    assert_eq!(review.state(), ReviewState::Published);
}

#[tokio::test]
async fn a_change_that_breaks_a_rule_takes_the_review_away_and_none_brings_it_back() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (buyer, review) = world.written(product, 5).await;
    let request = UpdateReviewRequest {
        text: format!("{} bit.ly/1", review.text),
        ..rating(&review, 5)
    };
    let mut client = world.reviews(&buyer);
    let held = client
        .update_review(request)
        .await
        .unwrap()
        .into_inner()
        .review
        .unwrap();
    assert_eq!(held.state(), ReviewState::Held);
    assert_eq!(world.summary(product).await.ratings, 0);
    let request = UpdateReviewRequest {
        text: review.text.clone(),
        ..rating(&held, 5)
    };
    let still = client
        .update_review(request)
        .await
        .unwrap()
        .into_inner()
        .review
        .unwrap();
    assert_eq!(still.state(), ReviewState::Held);
    assert_eq!(world.case(&review).await.decisions.len(), 1);
}
