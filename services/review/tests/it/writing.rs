use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    CreateReviewRequest, ListReviewableLinesRequest, ReviewPublished, ReviewState, ReviewableLine,
    WithdrawReviewRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user, violations};

use crate::world::{Line, NOW, World, refunded, saying};

async fn reviewable(world: &World, buyer: &User) -> Vec<ReviewableLine> {
    let request = ListReviewableLinesRequest {
        page_size: 100,
        ..Default::default()
    };
    let answer = world.reviews(buyer).list_reviewable_lines(request).await.unwrap();
    answer.into_inner().lines
}

#[tokio::test]
async fn a_buyer_reviews_what_arrived_and_everybody_sees_it() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let expected = ReviewableLine {
        order_id: line.order_id.to_string(),
        product_id: line.product_id.to_string(),
        product_name: "감자 5kg".into(),
        deliver_time: Some(NOW),
    };
    assert_eq!(reviewable(&world, &buyer).await, [expected]);

    let request = saying(line, 4);
    let review = world.create(&buyer, request.clone()).await.unwrap();
    assert_eq!(review.state(), ReviewState::Published);
    assert_eq!((review.rating, review.text.as_str()), (4, request.text.as_str()));
    assert_eq!(review.dimensions, request.dimensions);
    assert_eq!((review.author_name.as_str(), review.version), ("김**", 1));
    assert_eq!(review.seller_id, world.seller.id.to_string());
    assert_eq!(review.order_id, line.order_id.to_string());
    let end = Timestamp {
        seconds: NOW.seconds + 30 * 24 * 3_600,
        nanos: 0,
    };
    assert_eq!(review.edit_end_time, Some(end));
    assert_eq!(reviewable(&world, &buyer).await, []);

    let seen = world.get(&user(), &review).await.unwrap();
    assert_eq!(
        (seen.text.as_str(), seen.order_id.as_str()),
        (review.text.as_str(), "")
    );
    let told = world.harness.published::<ReviewPublished>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            told[0].review_id.as_str(),
            told[0].rating,
            told[0].author_id.as_str()
        ),
        (review.review_id.as_str(), 4, buyer.id.to_string().as_str())
    );
}

#[tokio::test]
async fn only_the_buyer_reviews_only_what_was_bought() {
    let world = World::start().await;
    let (buyer, other) = (world.buyer().await, world.buyer().await);
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let by_another = world.create(&other, saying(line, 5)).await;
    assert_refused(by_another, Code::NotFound, "PURCHASE_NOT_FOUND");
    let elsewhere = Line {
        product_id: Uuid::now_v7(),
        ..line
    };
    let of_another = world.create(&buyer, saying(elsewhere, 5)).await;
    assert_refused(of_another, Code::NotFound, "PURCHASE_NOT_FOUND");
    assert_eq!(reviewable(&world, &other).await, []);
    let nobody = world.anyone().create_review(saying(line, 5)).await;
    assert_refused(nobody, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn what_did_not_arrive_or_was_paid_back_is_not_reviewed() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let on_its_way = world.confirm(&buyer, Uuid::now_v7()).await;
    let undone = world.confirm(&buyer, Uuid::now_v7()).await;
    world.cancel(&buyer, undone).await;
    let paid_back = world.deliver(&buyer, Uuid::now_v7()).await;
    world
        .harness
        .deliver("payment", paid_back.order_id, 1, &refunded(paid_back))
        .await;
    eventually(async || reviewable(&world, &buyer).await.is_empty().then_some(())).await;
    for line in [on_its_way, undone, paid_back] {
        let refused = world.create(&buyer, saying(line, 5)).await;
        assert_refused(refused, Code::FailedPrecondition, "NOT_DELIVERED");
    }
}

#[tokio::test]
async fn a_line_is_reviewed_once_even_when_the_review_was_withdrawn() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let review = world.create(&buyer, saying(line, 5)).await.unwrap();
    let again = world.create(&buyer, saying(line, 1)).await;
    assert_refused(again, Code::AlreadyExists, "REVIEW_EXISTS");
    let request = WithdrawReviewRequest {
        review_id: review.review_id,
    };
    world.reviews(&buyer).withdraw_review(request).await.unwrap();
    let again = world.create(&buyer, saying(line, 1)).await;
    assert_refused(again, Code::AlreadyExists, "REVIEW_EXISTS");
}

#[tokio::test]
async fn a_repeated_request_gives_the_first_answer_and_makes_nothing_else() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let other_line = world.deliver(&buyer, Uuid::now_v7()).await;
    let request = CreateReviewRequest {
        request_id: Uuid::now_v7().to_string(),
        ..saying(line, 5)
    };
    let first = world.create(&buyer, request.clone()).await.unwrap();
    assert_eq!(world.create(&buyer, request.clone()).await.unwrap(), first);
    let reused = CreateReviewRequest {
        request_id: request.request_id,
        ..saying(other_line, 5)
    };
    let refused = world.create(&buyer, reused).await;
    assert_refused(refused, Code::Aborted, "REQUEST_ID_REUSED");
    assert_eq!(world.summary(line.product_id).await.ratings, 1);
    assert_eq!(world.harness.published::<ReviewPublished>().await.len(), 1);
}

#[tokio::test]
async fn of_many_who_review_one_line_at_once_one_does() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut client = world.reviews(&buyer);
        tasks.spawn(async move { client.create_review(saying(line, 5)).await });
    }
    let answers = tasks.join_all().await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for refused in refused {
        assert_refused(refused, Code::AlreadyExists, "REVIEW_EXISTS");
    }
    assert_eq!(world.summary(line.product_id).await.ratings, 1);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let twice = Uuid::now_v7().to_string();
    let wrong = [
        (
            CreateReviewRequest {
                rating: 6,
                ..saying(line, 5)
            },
            "rating",
        ),
        (
            CreateReviewRequest {
                text: "짧다".into(),
                ..saying(line, 5)
            },
            "text",
        ),
        (
            CreateReviewRequest {
                text: "            짧다".into(),
                ..saying(line, 5)
            },
            "text",
        ),
        (
            CreateReviewRequest {
                image_ids: vec![twice.clone(), twice],
                ..saying(line, 5)
            },
            "image_ids",
        ),
        (
            CreateReviewRequest {
                image_ids: (0..11).map(|_| Uuid::now_v7().to_string()).collect(),
                ..saying(line, 5)
            },
            "image_ids",
        ),
    ];
    for (request, field) in wrong {
        let refused = world.create(&buyer, request).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(violations(&status), [field]);
    }
}
