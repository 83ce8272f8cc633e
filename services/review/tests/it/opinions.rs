use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    ReportKind, ReportReviewRequest, Review, ReviewReported, SetReplyRequest, UnvoteHelpfulRequest,
    VoteHelpfulRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, seller, user};

use crate::world::World;

async fn vote(world: &World, member: &User, review: &Review) -> Result<i64, tonic::Status> {
    let request = VoteHelpfulRequest {
        review_id: review.review_id.clone(),
    };
    Ok(world
        .reviews(member)
        .vote_helpful(request)
        .await?
        .into_inner()
        .helpful)
}

async fn unvote(world: &World, member: &User, review: &Review) -> Result<i64, tonic::Status> {
    let request = UnvoteHelpfulRequest {
        review_id: review.review_id.clone(),
    };
    Ok(world
        .reviews(member)
        .unvote_helpful(request)
        .await?
        .into_inner()
        .helpful)
}

async fn report(world: &World, member: &User, review: &Review) -> Result<(), tonic::Status> {
    let request = ReportReviewRequest {
        review_id: review.review_id.clone(),
        kind: ReportKind::Spam.into(),
        text: String::new(),
    };
    world.reviews(member).report_review(request).await.map(drop)
}

async fn reply(world: &World, member: &User, review: &Review, text: &str) -> Result<Review, tonic::Status> {
    let request = SetReplyRequest {
        review_id: review.review_id.clone(),
        text: text.into(),
    };
    let answer = world.reviews(member).set_reply(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

#[tokio::test]
async fn each_member_votes_once_and_may_take_it_back() {
    let world = World::start().await;
    let (author, review) = world.written(Uuid::now_v7(), 5).await;
    let (one, other) = (user(), user());
    assert_eq!(vote(&world, &one, &review).await.unwrap(), 1);
    assert_eq!(vote(&world, &one, &review).await.unwrap(), 1);
    assert_eq!(vote(&world, &other, &review).await.unwrap(), 2);
    assert_eq!(unvote(&world, &one, &review).await.unwrap(), 1);
    assert_eq!(unvote(&world, &one, &review).await.unwrap(), 1);
    let seen = world.get(&one, &review).await.unwrap();
    assert_eq!((seen.helpful, seen.version), (1, 1));
    assert_refused(
        vote(&world, &author, &review).await,
        Code::FailedPrecondition,
        "OWN_REVIEW",
    );
}

#[tokio::test]
async fn many_votes_at_once_are_all_counted() {
    let world = World::start().await;
    let (_, review) = world.written(Uuid::now_v7(), 5).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut client = world.reviews(&user());
        let request = VoteHelpfulRequest {
            review_id: review.review_id.clone(),
        };
        tasks.spawn(async move { client.vote_helpful(request).await.map(drop) });
    }
    assert!(tasks.join_all().await.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(world.get(&user(), &review).await.unwrap().helpful, 20);
}

#[tokio::test]
async fn a_report_of_each_member_counts_once_and_hides_nothing() {
    let world = World::start().await;
    let (author, review) = world.written(Uuid::now_v7(), 5).await;
    let one = user();
    for member in [&one, &one, &user()] {
        report(&world, member, &review).await.unwrap();
    }
    assert_eq!(world.case(&review).await.reports.len(), 2);
    assert_eq!(world.harness.published::<ReviewReported>().await.len(), 1);
    assert!(world.get(&user(), &review).await.is_ok());
    assert_refused(
        report(&world, &author, &review).await,
        Code::FailedPrecondition,
        "OWN_REVIEW",
    );
    // What was looked at is not reported again by the same member.
    world
        .decide(&crate::world::moderator(), &review, true)
        .await
        .unwrap();
    report(&world, &one, &review).await.unwrap();
    assert_eq!(world.case(&review).await.reports.len(), 0);
}

#[tokio::test]
async fn the_seller_answers_and_corrects_the_answer() {
    let world = World::start().await;
    let (author, review) = world.written(Uuid::now_v7(), 2).await;
    let first = reply(
        &world,
        &world.seller,
        &review,
        "죄송합니다. 다시 보내 드리겠습니다.",
    )
    .await
    .unwrap();
    let given = first.reply.unwrap();
    world.harness.advance(std::time::Duration::from_secs(60));
    let second = reply(&world, &world.seller, &review, "다시 보내 드렸습니다.")
        .await
        .unwrap();
    let changed = second.reply.unwrap();
    assert_eq!(
        (changed.text.as_str(), changed.create_time),
        ("다시 보내 드렸습니다.", given.create_time)
    );
    assert_ne!(changed.update_time, given.update_time);
    let seen = world.get(&user(), &review).await.unwrap();
    assert_eq!(seen.reply, Some(changed));
    assert_eq!(world.notices(&author).await, ["판매자가 답글을 남겼습니다"]);

    let by_another = reply(&world, &seller(), &review, "저희 것이 낫습니다").await;
    assert_refused(by_another, Code::NotFound, "REVIEW_NOT_FOUND");
    let by_a_buyer = reply(&world, &author, &review, "왜요").await;
    assert_refused(by_a_buyer, Code::PermissionDenied, "ROLE_MISSING");
    let leading_away = reply(&world, &world.seller, &review, "010-1234-5678 로 연락 주세요").await;
    assert_refused(leading_away, Code::FailedPrecondition, "REPLY_BREAKS_RULES");
}

#[tokio::test]
async fn nobody_has_an_opinion_of_what_is_not_published() {
    let world = World::start().await;
    let (_, held) = world.held(Uuid::now_v7()).await;
    let unknown = Review {
        review_id: Uuid::now_v7().to_string(),
        ..held.clone()
    };
    for review in [&held, &unknown] {
        assert_refused(
            vote(&world, &user(), review).await,
            Code::NotFound,
            "REVIEW_NOT_FOUND",
        );
        assert_refused(
            unvote(&world, &user(), review).await,
            Code::NotFound,
            "REVIEW_NOT_FOUND",
        );
        assert_refused(
            report(&world, &user(), review).await,
            Code::NotFound,
            "REVIEW_NOT_FOUND",
        );
        let answer = reply(&world, &world.seller, review, "감사합니다").await;
        assert_refused(answer, Code::NotFound, "REVIEW_NOT_FOUND");
    }
}
