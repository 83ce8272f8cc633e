use uuid::Uuid;
use xlcfi_contracts::review::v1::{
    DecideReviewRequest, GetModerationCaseRequest, ListModerationQueueRequest, QueueKind, ReportKind,
    ReportReviewRequest, Review, ReviewDecided, ReviewPublished, ReviewState,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::world::{World, deciding, moderator};

pub async fn queue(world: &World, kind: QueueKind) -> Vec<String> {
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListModerationQueueRequest {
            kind: kind.into(),
            page_size: 2,
            page_token,
        };
        let answer = world
            .moderation(&moderator())
            .list_moderation_queue(request)
            .await;
        let page = answer.unwrap().into_inner();
        seen.extend(page.reviews.into_iter().map(|review| review.review_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen;
        }
    }
}

async fn report(world: &World, review: &Review) {
    let request = ReportReviewRequest {
        review_id: review.review_id.clone(),
        kind: ReportKind::False.into(),
        text: "먹어 보지 않은 것 같아요".into(),
    };
    world.reviews(&user()).report_review(request).await.unwrap();
}

#[tokio::test]
async fn a_person_publishes_what_rules_held_and_its_author_is_told() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (buyer, held) = world.held(product).await;
    assert_eq!(
        queue(&world, QueueKind::Unspecified).await,
        [held.review_id.clone()]
    );
    let person = moderator();
    let case = world.decide(&person, &held, true).await.unwrap();
    let review = case.review.unwrap();
    assert_eq!(review.state(), ReviewState::Published);
    assert_eq!(case.decisions.len(), 2);
    let last = &case.decisions[1];
    assert_eq!(
        (last.state(), last.actor_id.as_str()),
        (ReviewState::Published, &*person.id.to_string())
    );
    assert_eq!(last.reason, "운영 정책");
    assert_eq!(queue(&world, QueueKind::Unspecified).await, Vec::<String>::new());
    assert_eq!(world.summary(product).await.ratings, 1);
    assert_eq!(world.notices(&buyer).await, ["리뷰가 게시되었습니다"]);
    assert_eq!(world.harness.published::<ReviewPublished>().await.len(), 1);
    let told = world.harness.published::<ReviewDecided>().await;
    assert_eq!((told.len(), told[0].state()), (1, ReviewState::Published));
}

#[tokio::test]
async fn a_person_hides_a_review_and_only_its_author_reads_why() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    let (buyer, review) = world.written(product, 1).await;
    world.decide(&admin(), &review, false).await.unwrap();
    assert_refused(
        world.get(&user(), &review).await,
        Code::NotFound,
        "REVIEW_NOT_FOUND",
    );
    let own = world.get(&buyer, &review).await.unwrap();
    assert_eq!(
        (own.state(), own.decision_reason.as_str()),
        (ReviewState::Hidden, "운영 정책")
    );
    assert_eq!(world.summary(product).await.ratings, 0);
    assert_eq!(world.notices(&buyer).await, ["리뷰가 게시되지 않았습니다"]);
    let again = world.decide(&admin(), &own, true).await;
    assert_refused(again, Code::FailedPrecondition, "REVIEW_HIDDEN");
}

#[tokio::test]
async fn a_repeated_decision_is_made_once() {
    let world = World::start().await;
    let (buyer, held) = world.held(Uuid::now_v7()).await;
    let request = DecideReviewRequest {
        request_id: Uuid::now_v7().to_string(),
        ..deciding(&held, false)
    };
    let mut client = world.moderation(&moderator());
    let first = client.decide_review(request.clone()).await.unwrap().into_inner();
    let again = client.decide_review(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(world.notices(&buyer).await.len(), 1);
}

#[tokio::test]
async fn decisions_need_a_role_the_newest_version_and_another_persons_review() {
    let world = World::start().await;
    let (buyer, held) = world.held(Uuid::now_v7()).await;
    let refused = world.decide(&user(), &held, true).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let stale = Review {
        version: 9,
        ..held.clone()
    };
    let refused = world.decide(&moderator(), &stale, true).await;
    assert_refused(refused, Code::Aborted, "REVIEW_CHANGED");
    let own = User {
        roles: vec![Role::Buyer, Role::Support],
        ..buyer
    };
    let refused = world.decide(&own, &held, true).await;
    assert_refused(refused, Code::FailedPrecondition, "OWN_REVIEW");
    let unknown = Review {
        review_id: Uuid::now_v7().to_string(),
        ..held
    };
    let refused = world.decide(&moderator(), &unknown, true).await;
    assert_refused(refused, Code::NotFound, "REVIEW_NOT_FOUND");
    let request = GetModerationCaseRequest {
        review_id: unknown.review_id,
    };
    let refused = world
        .moderation(&moderator())
        .get_moderation_case(request.clone())
        .await;
    assert_refused(refused, Code::NotFound, "REVIEW_NOT_FOUND");
    let refused = world.moderation(&user()).get_moderation_case(request).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let request = ListModerationQueueRequest::default();
    let refused = world.moderation(&user()).list_moderation_queue(request).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn the_queue_is_longest_waiting_first_and_told_apart_by_why() {
    let world = World::start().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(world.held(Uuid::now_v7()).await.1.review_id);
        world.harness.advance(std::time::Duration::from_secs(1));
    }
    let (_, reported) = world.written(Uuid::now_v7(), 5).await;
    report(&world, &reported).await;
    let mut all = held.clone();
    all.push(reported.review_id.clone());
    assert_eq!(queue(&world, QueueKind::Unspecified).await, all);
    assert_eq!(queue(&world, QueueKind::Held).await, held);
    assert_eq!(queue(&world, QueueKind::Reported).await, [reported.review_id]);
    assert_eq!(queue(&world, QueueKind::Appealed).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_reported_review_that_stays_leaves_the_queue_and_nobody_is_bothered() {
    let world = World::start().await;
    let (buyer, review) = world.written(Uuid::now_v7(), 5).await;
    report(&world, &review).await;
    assert_eq!(world.case(&review).await.reports.len(), 1);
    let case = world.decide(&moderator(), &review, true).await.unwrap();
    assert_eq!(case.reports, []);
    assert_eq!(queue(&world, QueueKind::Unspecified).await, Vec::<String>::new());
    assert_eq!(world.notices(&buyer).await, Vec::<String>::new());
    assert_eq!(world.harness.published::<ReviewPublished>().await.len(), 1);
}

#[tokio::test]
async fn the_history_cannot_be_changed() {
    let world = World::start().await;
    world.held(Uuid::now_v7()).await;
    for sql in [
        "update decision set reason = 'x'",
        "delete from decision",
        "truncate decision",
    ] {
        let error = sqlx::query(sql).execute(world.harness.pool()).await.unwrap_err();
        let constraint = error
            .as_database_error()
            .and_then(|error| error.constraint())
            .map(str::to_owned);
        assert_eq!(constraint.as_deref(), Some("decision_append_only"), "{sql}");
    }
}
