use prost_types::Timestamp;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::ai::v1::sentiment_service_client::SentimentServiceClient;
use xlcfi_contracts::ai::v1::{
    AnalyzeReviewRequest, Aspect, GetProductSentimentRequest, GetProductSentimentResponse, Sentiment,
};
use xlcfi_contracts::review::v1::{
    ReviewChanged, ReviewDecided, ReviewHeld, ReviewPublished, ReviewState, ReviewWithdrawn,
};
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::World;

fn time() -> Option<Timestamp> {
    Some(Timestamp::default())
}

async fn summary(world: &World, product_id: Uuid) -> GetProductSentimentResponse {
    let request = GetProductSentimentRequest {
        product_id: product_id.to_string(),
    };
    world
        .sentiments()
        .get_product_sentiment(request)
        .await
        .unwrap()
        .into_inner()
}

/// Waits until so many reviews count: good, neither, bad.
async fn counted(world: &World, product_id: Uuid, counts: (i64, i64, i64)) -> GetProductSentimentResponse {
    eventually(async || {
        let summary = summary(world, product_id).await;
        let overall = summary.overall.unwrap();
        ((overall.positive, overall.neutral, overall.negative) == counts).then_some(summary)
    })
    .await
}

/// A published review, told.
async fn publish(world: &World, product_id: Uuid, text: &str) -> (Uuid, ReviewPublished) {
    let review_id = Uuid::now_v7();
    world
        .known
        .lock()
        .unwrap()
        .reviews
        .insert(review_id.to_string(), text.into());
    let fact = ReviewPublished {
        review_id: review_id.to_string(),
        product_id: product_id.to_string(),
        time: time(),
        ..Default::default()
    };
    world.harness.deliver("review", review_id, 1, &fact).await;
    (review_id, fact)
}

#[tokio::test]
async fn a_review_is_read_overall_and_by_side() {
    let world = World::start().await;
    let mut client = SentimentServiceClient::new(world.harness.as_user(&user()));
    let request = AnalyzeReviewRequest {
        text: "맛은 정말 좋은데 배송이 너무 늦었어요".into(),
    };
    let said = client.analyze_review(request.clone()).await.unwrap().into_inner();
    assert_eq!(said.sentiment(), Sentiment::Neutral);
    let delivery = said.aspects.iter().find(|side| side.aspect() == Aspect::Delivery);
    assert_eq!(delivery.unwrap().sentiment(), Sentiment::Negative);
    assert!(said.aspects.iter().any(|side| side.aspect() == Aspect::Taste));
    let refused = world.sentiments().analyze_review(request).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
    let refused = client.analyze_review(AnalyzeReviewRequest::default()).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn published_reviews_count_for_their_product_and_give_keywords() {
    let world = World::start().await;
    let (product, other) = (Uuid::now_v7(), Uuid::now_v7());
    for text in [
        "껍질이 얇고 정말 맛있어요",
        "껍질이 얇아서 좋아요 맛있어요",
        "맛있어요 최고예요",
    ] {
        publish(&world, product, text).await;
    }
    publish(&world, product, "다 썩어서 왔어요 최악이에요").await;
    publish(&world, other, "배송이 빨라서 좋아요").await;
    let summary = counted(&world, product, (3, 0, 1)).await;
    let taste = summary
        .aspects
        .iter()
        .find(|side| side.aspect() == Aspect::Taste)
        .unwrap();
    assert_eq!(taste.counts.unwrap().positive, 3);
    let word = &summary.keywords[0];
    assert_eq!((&*word.word, word.reviews), ("껍질", 2));
    assert!(word.sentence.contains("껍질이 얇"));
    counted(&world, other, (1, 0, 0)).await;
    assert_eq!(summary_of_nothing(&world).await, 0);
}

async fn summary_of_nothing(world: &World) -> i64 {
    let summary = summary(world, Uuid::now_v7()).await;
    assert_eq!(summary.aspects.len(), 5);
    summary.overall.unwrap().positive
}

#[tokio::test]
async fn what_becomes_of_a_review_becomes_of_what_was_read_in_it() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (review_id, fact) = publish(&world, product, "정말 맛있어요 최고").await;
    counted(&world, product, (1, 0, 0)).await;
    world
        .harness
        .redeliver("review", Uuid::now_v7(), review_id, 1, &fact)
        .await;

    let id = review_id.to_string();
    world
        .known
        .lock()
        .unwrap()
        .reviews
        .insert(id.clone(), "맛없어요 최악이에요".into());
    let changed = ReviewChanged {
        review_id: id.clone(),
        product_id: product.to_string(),
        time: time(),
        ..Default::default()
    };
    world.harness.deliver("review", review_id, 2, &changed).await;
    counted(&world, product, (0, 0, 1)).await;

    let held = ReviewHeld {
        review_id: id.clone(),
        product_id: product.to_string(),
        time: time(),
        ..Default::default()
    };
    world.harness.deliver("review", review_id, 3, &held).await;
    counted(&world, product, (0, 0, 0)).await;

    let decided = |state: ReviewState| ReviewDecided {
        review_id: id.clone(),
        product_id: product.to_string(),
        state: state.into(),
        time: time(),
        ..Default::default()
    };
    world
        .harness
        .deliver("review", review_id, 4, &decided(ReviewState::Published))
        .await;
    counted(&world, product, (0, 0, 1)).await;
    world
        .harness
        .deliver("review", review_id, 5, &decided(ReviewState::Hidden))
        .await;
    counted(&world, product, (0, 0, 0)).await;

    let withdrawn = ReviewWithdrawn {
        review_id: id,
        product_id: product.to_string(),
        time: time(),
        ..Default::default()
    };
    world.harness.deliver("review", review_id, 6, &withdrawn).await;
    world.applied(review_id, 6).await;
    let words: i64 = sqlx::query_scalar("select count(*) from opinion_word")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(words, 0, "nothing it said is left");
}

#[tokio::test]
async fn while_review_is_away_reviews_wait_and_one_that_is_gone_is_forgotten() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    world.known.lock().unwrap().away = true;
    publish(&world, product, "신선하고 맛있어요").await;
    let (gone, _) = publish(&world, product, "맛있어요").await;
    world.applied(gone, 1).await;
    assert_eq!(summary(&world, product).await.overall.unwrap().positive, 0);
    {
        let mut known = world.known.lock().unwrap();
        known.reviews.remove(&gone.to_string());
        known.away = false;
    }
    counted(&world, product, (1, 0, 0)).await;
    eventually(async || {
        let left: i64 = sqlx::query_scalar("select count(*) from opinion")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
        (left == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_review_without_an_id_is_parked() {
    let world = World::start().await;
    let fact = ReviewPublished {
        review_id: "7".into(),
        ..Default::default()
    };
    world.harness.deliver("review", Uuid::now_v7(), 1, &fact).await;
    world.parked("xlcfi.review.v1.ReviewPublished").await;
}
