use xlcfi_contracts::member::v1::{HoldPointsCommand, HoldPointsResult, PointEntryKind, PointsChanged};
use xlcfi_contracts::saga::v1::{Direction, Refusal, command_reply::Outcome};
use xlcfi_testkit::{eventually, user};

use crate::world::{Placed, World, is_done, outcome};

fn refusal(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        Outcome::Done(result) => panic!("it was done: {result:?}"),
    }
}

#[tokio::test]
async fn held_points_cannot_be_spent_and_come_back_when_released() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 0, 300);
    match world.hold(&order, 300).await {
        Outcome::Done(result) => assert_eq!(result.to_msg(), Ok(HoldPointsResult {})),
        Outcome::Refused(refusal) => panic!("{refusal:?}"),
    }
    assert_eq!(world.balance(&member).await, (700, 300));
    assert!(is_done(&world.release(&order).await));
    assert_eq!(world.balance(&member).await, (1_000, 0));
    assert_eq!(world.ledger(&member).await, [(PointEntryKind::Earned, 1_000)]);
    assert_eq!(world.harness.published::<PointsChanged>().await.len(), 1);
}

#[tokio::test]
async fn more_points_than_there_are_is_refused_with_a_sentence_and_nothing_is_held() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    assert!(is_done(&world.hold(&Placed::new(&member, 0, 60), 60).await));
    let refused = refusal(world.hold(&Placed::new(&member, 0, 41), 41).await);
    assert_eq!(refused.reason, "POINTS_INSUFFICIENT");
    assert!(!refused.message.is_empty());
    assert_eq!(
        (
            refused.metadata["wanted"].as_str(),
            refused.metadata["available"].as_str()
        ),
        ("41", "40")
    );
    assert_eq!(world.balance(&member).await, (40, 60));
    assert!(is_done(&world.hold(&Placed::new(&member, 0, 40), 40).await));
    assert_eq!(world.balance(&member).await, (0, 100));
}

#[tokio::test]
async fn somebody_without_a_member_has_no_points_to_hold_or_release() {
    let world = World::start().await;
    let order = Placed::new(&user(), 0, 1);
    let refused = refusal(world.hold(&order, 1).await);
    assert_eq!(refused.reason, "MEMBER_NOT_FOUND");
    assert!(!refused.message.is_empty());
    assert!(is_done(&world.release(&order).await));
}

#[tokio::test]
async fn a_repeated_command_gets_the_same_answer_and_holds_once() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    let order = Placed::new(&member, 0, 60);
    for _ in 0..2 {
        assert!(is_done(&world.hold(&order, 60).await));
        assert_eq!(world.balance(&member).await, (40, 60));
    }
    for _ in 0..2 {
        assert!(is_done(&world.release(&order).await));
        assert_eq!(world.balance(&member).await, (100, 0));
    }
}

#[tokio::test]
async fn a_hold_that_comes_after_its_release_holds_nothing() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    let order = Placed::new(&member, 0, 60);
    assert!(is_done(&world.release(&order).await));
    assert!(!is_done(&world.hold(&order, 60).await));
    assert_eq!(world.balance(&member).await, (100, 0));
}

#[tokio::test]
async fn another_members_hold_is_not_released() {
    let world = World::start().await;
    let (member, other) = (world.member_with_points(100).await, world.member().await);
    let order = Placed::new(&member, 0, 60);
    assert!(is_done(&world.hold(&order, 60).await));
    let foreign = Placed {
        member_id: other.id.to_string(),
        ..order
    };
    assert!(is_done(&world.release(&foreign).await));
    assert_eq!(world.balance(&member).await, (40, 60));
}

#[tokio::test]
async fn a_malformed_or_unknown_command_is_parked() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    let order = Placed::new(&member, 0, 60);
    let bodies = [0, -5]
        .map(|points| HoldPointsCommand {
            points,
            ..order.hold_command(1)
        })
        .into_iter()
        .chain([HoldPointsCommand {
            order_id: "apple".into(),
            ..order.hold_command(1)
        }]);
    for (parked, body) in (1..).zip(bodies) {
        let saga_id = uuid::Uuid::now_v7();
        let command = world
            .harness
            .command_of("order", saga_id, "hold-points", Direction::Do, &body);
        world.harness.send_command(saga_id, &command).await;
        eventually(async || (world.harness.parked().await.len() == parked).then_some(())).await;
    }
    let saga_id = uuid::Uuid::now_v7();
    let command = world
        .harness
        .command_of("order", saga_id, "dance", Direction::Do, &order.shipped());
    world.harness.send_command(saga_id, &command).await;
    eventually(async || (world.harness.parked().await.len() == 4).then_some(())).await;
    assert_eq!(world.balance(&member).await, (100, 0));
}

#[tokio::test]
async fn an_answer_goes_to_who_asked() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    let order = Placed::new(&member, 0, 60);
    let body = order.hold_command(60);
    let reply = world
        .harness
        .command("order", order.id, "hold-points", Direction::Do, &body)
        .await;
    assert_eq!(
        (reply.step.as_str(), reply.direction()),
        ("hold-points", Direction::Do)
    );
    assert!(is_done(&outcome(reply)));
    let subjects: Vec<String> = sqlx::query_scalar("select subject from events.outbox where version = 0")
        .fetch_all(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(subjects, [format!("cmd.order.CommandReply.{}", order.id)]);
}
