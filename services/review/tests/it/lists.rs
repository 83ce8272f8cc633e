use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    CreateReviewRequest, ListMyReviewsRequest, ListProductReviewsRequest, ListReceivedReviewsRequest,
    ListReviewableLinesRequest, ReviewOrder, ReviewState, VoteHelpfulRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, seller, user};

use crate::world::{World, moderator, saying};

async fn listed(world: &World, request: ListProductReviewsRequest) -> Vec<String> {
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListProductReviewsRequest {
            page_size: 2,
            page_token,
            ..request.clone()
        };
        let page = world
            .anyone()
            .list_product_reviews(request)
            .await
            .unwrap()
            .into_inner();
        for review in &page.reviews {
            assert_eq!(
                (review.order_id.as_str(), review.state()),
                ("", ReviewState::Published)
            );
        }
        seen.extend(page.reviews.into_iter().map(|review| review.review_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen;
        }
    }
}

#[tokio::test]
async fn reviews_of_a_product_come_in_each_order_and_narrowed() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let mut ids = Vec::new();
    for (rating, votes, images) in [(5, 0, 0), (3, 2, 1), (5, 1, 2), (1, 2, 0), (4, 0, 0)] {
        let buyer = world.buyer().await;
        let line = world.deliver(&buyer, product).await;
        let request = CreateReviewRequest {
            image_ids: (0..images).map(|_| Uuid::now_v7().to_string()).collect(),
            ..saying(line, rating)
        };
        let review = world.create(&buyer, request).await.unwrap();
        for _ in 0..votes {
            let vote = VoteHelpfulRequest {
                review_id: review.review_id.clone(),
            };
            world.reviews(&user()).vote_helpful(vote).await.unwrap();
        }
        ids.push(review.review_id);
    }
    // Neither of these is of the list.
    world.written(Uuid::now_v7(), 5).await;
    world.held(product).await;

    let of = |order: ReviewOrder, stars, with_images| ListProductReviewsRequest {
        product_id: product.to_string(),
        order: order.into(),
        stars,
        with_images,
        ..Default::default()
    };
    let picked = |places: &[usize]| -> Vec<String> { places.iter().map(|&at| ids[at].clone()).collect() };
    for (request, places) in [
        (of(ReviewOrder::Unspecified, 0, false), vec![4, 3, 2, 1, 0]),
        (of(ReviewOrder::Newest, 0, false), vec![4, 3, 2, 1, 0]),
        (of(ReviewOrder::Helpful, 0, false), vec![3, 1, 2, 4, 0]),
        (of(ReviewOrder::Rating, 0, false), vec![2, 0, 4, 1, 3]),
        (of(ReviewOrder::Newest, 5, false), vec![2, 0]),
        (of(ReviewOrder::Helpful, 0, true), vec![1, 2]),
        (of(ReviewOrder::Rating, 0, true), vec![2, 1]),
        (of(ReviewOrder::Newest, 1, true), vec![]),
    ] {
        assert_eq!(
            listed(&world, request.clone()).await,
            picked(&places),
            "{request:?}"
        );
    }
    let foreign = ListProductReviewsRequest {
        page_token: format!("h0-{}", Uuid::now_v7().simple()),
        ..of(ReviewOrder::Rating, 0, false)
    };
    let refused = world.anyone().list_product_reviews(foreign).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn an_author_lists_their_own_in_every_state() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let mut ids = Vec::new();
    for rating in [5, 2, 4] {
        let line = world.deliver(&buyer, Uuid::now_v7()).await;
        let review = world.create(&buyer, saying(line, rating)).await.unwrap();
        if rating == 2 {
            world.decide(&moderator(), &review, false).await.unwrap();
        }
        ids.push(review.review_id);
    }
    world.written(Uuid::now_v7(), 5).await;
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMyReviewsRequest {
            order: ReviewOrder::Rating.into(),
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let page = world
            .reviews(&buyer)
            .list_my_reviews(request)
            .await
            .unwrap()
            .into_inner();
        for review in &page.reviews {
            assert_ne!(review.order_id, "");
            let hidden = review.state() == ReviewState::Hidden;
            assert_eq!(review.decision_reason.is_empty(), !hidden);
        }
        seen.extend(page.reviews.into_iter().map(|review| review.review_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [&ids[0], &ids[2], &ids[1]].map(String::clone));
    let nobody = world
        .anyone()
        .list_my_reviews(ListMyReviewsRequest::default())
        .await;
    assert_refused(nobody, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn a_seller_lists_what_was_said_of_all_their_products() {
    let world = World::start().await;
    let (_, first) = world.written(Uuid::now_v7(), 5).await;
    let (_, second) = world.written(Uuid::now_v7(), 1).await;
    world.held(Uuid::now_v7()).await;
    let received = async |who: &xlcfi_identity::User| {
        let request = ListReceivedReviewsRequest::default();
        let page = world
            .reviews(who)
            .list_received_reviews(request)
            .await
            .unwrap()
            .into_inner();
        page.reviews
            .into_iter()
            .map(|review| review.review_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(received(&world.seller).await, [second.review_id, first.review_id]);
    assert_eq!(received(&seller()).await, Vec::<String>::new());
    let request = ListReceivedReviewsRequest::default();
    let refused = world.reviews(&user()).list_received_reviews(request).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn lines_to_review_come_in_pages() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(world.deliver(&buyer, Uuid::now_v7()).await.order_id.to_string());
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListReviewableLinesRequest {
            page_size: 2,
            page_token,
        };
        let page = world
            .reviews(&buyer)
            .list_reviewable_lines(request)
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.lines.into_iter().map(|line| line.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}
