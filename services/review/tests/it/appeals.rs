use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    AppealDecisionRequest, AppealState, DecideAppealRequest, ModerationCase, QueueKind, Review,
    ReviewAppealed, ReviewState,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, user};

use crate::moderation::queue;
use crate::world::{World, moderator};

async fn appeal(world: &World, author: &User, review: &Review) -> Result<Review, tonic::Status> {
    let request = AppealDecisionRequest {
        review_id: review.review_id.clone(),
        text: "사실만 썼습니다".into(),
    };
    let answer = world.reviews(author).appeal_decision(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

fn request(review: &Review, publish: bool) -> DecideAppealRequest {
    DecideAppealRequest {
        review_id: review.review_id.clone(),
        publish,
        reason: "다시 보니".into(),
        version: review.version,
        request_id: Uuid::now_v7().to_string(),
    }
}

async fn decide(
    world: &World,
    person: &User,
    request: DecideAppealRequest,
) -> Result<ModerationCase, tonic::Status> {
    let answer = world.moderation(person).decide_appeal(request).await?;
    Ok(answer.into_inner().moderation_case.unwrap())
}

#[tokio::test]
async fn somebody_else_grants_an_appeal_and_the_review_counts_again() {
    let world = World::start().await;
    let first = moderator();
    let (author, hidden) = world.hidden(&first).await;
    let appealed = appeal(&world, &author, &hidden).await.unwrap();
    assert_eq!(appealed.appeal.as_ref().unwrap().state(), AppealState::Open);
    assert_eq!(
        queue(&world, QueueKind::Appealed).await,
        [hidden.review_id.clone()]
    );
    assert_eq!(world.harness.published::<ReviewAppealed>().await.len(), 1);

    let refused = decide(&world, &first, request(&appealed, true)).await;
    assert_refused(refused, Code::PermissionDenied, "DECIDED_BY_SAME_PERSON");
    let refused = decide(&world, &user(), request(&appealed, true)).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let (second, wish) = (moderator(), request(&appealed, true));
    let case = decide(&world, &second, wish.clone()).await.unwrap();
    let review = case.review.clone().unwrap();
    assert_eq!(review.state(), ReviewState::Published);
    assert_eq!(review.appeal.unwrap().state(), AppealState::Granted);
    let history: Vec<_> = case
        .decisions
        .iter()
        .map(|line| (line.state(), line.of_appeal))
        .collect();
    assert_eq!(
        history,
        [(ReviewState::Hidden, false), (ReviewState::Published, true)]
    );
    // Repeated, it gives the first answer.
    assert_eq!(decide(&world, &second, wish).await.unwrap(), case);
    assert_eq!(
        world.notices(&author).await,
        ["리뷰가 게시되지 않았습니다", "이의가 받아들여졌습니다"]
    );
    assert_eq!(world.summary(hidden.product_id.parse().unwrap()).await.ratings, 1);
    assert_eq!(queue(&world, QueueKind::Unspecified).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rejected_appeal_is_the_end() {
    let world = World::start().await;
    let (author, hidden) = world.hidden(&moderator()).await;
    let appealed = appeal(&world, &author, &hidden).await.unwrap();
    let stale = request(&hidden, false);
    assert_refused(
        decide(&world, &moderator(), stale).await,
        Code::Aborted,
        "REVIEW_CHANGED",
    );
    let case = decide(&world, &moderator(), request(&appealed, false))
        .await
        .unwrap();
    let review = case.review.unwrap();
    assert_eq!(review.state(), ReviewState::Hidden);
    let again = decide(&world, &moderator(), request(&review, true)).await;
    assert_refused(again, Code::FailedPrecondition, "APPEAL_NOT_OPEN");
    let other = AppealDecisionRequest {
        review_id: review.review_id.clone(),
        text: "그래도 사실입니다".into(),
    };
    let again = world.reviews(&author).appeal_decision(other).await;
    assert_refused(again, Code::AlreadyExists, "APPEAL_EXISTS");
    assert_eq!(world.notices(&author).await.len(), 2);
}

#[tokio::test]
async fn only_the_author_appeals_and_only_what_is_hidden() {
    let world = World::start().await;
    let (author, shown) = world.written(Uuid::now_v7(), 3).await;
    let refused = appeal(&world, &author, &shown).await;
    assert_refused(refused, Code::FailedPrecondition, "REVIEW_NOT_HIDDEN");
    let (author, hidden) = world.hidden(&moderator()).await;
    assert_refused(
        appeal(&world, &user(), &hidden).await,
        Code::NotFound,
        "REVIEW_NOT_FOUND",
    );
    let nothing = decide(&world, &moderator(), request(&hidden, true)).await;
    assert_refused(nothing, Code::FailedPrecondition, "APPEAL_NOT_OPEN");
    // The same appeal again is the first.
    let first = appeal(&world, &author, &hidden).await.unwrap();
    assert_eq!(appeal(&world, &author, &hidden).await.unwrap(), first);
    let own = User {
        roles: moderator().roles,
        ..author
    };
    let refused = decide(&world, &own, request(&first, true)).await;
    assert_refused(refused, Code::FailedPrecondition, "OWN_REVIEW");
    let unknown = Review {
        review_id: Uuid::now_v7().to_string(),
        ..first
    };
    let refused = decide(&world, &moderator(), request(&unknown, true)).await;
    assert_refused(refused, Code::NotFound, "REVIEW_NOT_FOUND");
}
