use uuid::Uuid;
use xlcfi_contracts::saga::v1::CommandReply;
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_events::Stream;
use xlcfi_saga::{Direction, any};
use xlcfi_testkit::eventually;

use crate::toy::Job;
use crate::world::World;

async fn replies(world: &World, id: Uuid, count: usize) -> Vec<CommandReply> {
    eventually(async || {
        let replies = world.harness.replies(id).await;
        (replies.len() >= count).then_some(replies)
    })
    .await
}

fn reason(reply: &CommandReply) -> &str {
    match reply.outcome.as_ref().unwrap() {
        Outcome::Refused(refusal) => &refusal.reason,
        Outcome::Done(_) => "",
    }
}

#[tokio::test]
async fn a_repeated_command_is_acted_on_once_and_answered_each_time() {
    let world = World::new().await;
    let _kitchen = world.participant("kitchen");
    let (done, refused) = (Uuid::now_v7(), Uuid::now_v7());
    for attempt in 1..=3 {
        let mut command = world.command(done, Direction::Do, "fine");
        command.attempt = attempt;
        world.send("kitchen", &command).await;
        let mut command = world.command(refused, Direction::Do, "refuse");
        command.attempt = attempt;
        world.send("kitchen", &command).await;
    }
    let answers = replies(&world, done, 3).await;
    assert_eq!(world.acts(done).await, ["lay"]);
    let result = any(&Job { say: "fine".into() });
    for (reply, attempt) in answers.iter().zip(1..) {
        assert_eq!(reply.outcome, Some(Outcome::Done(result.clone())));
        assert_eq!(
            (reply.attempt, reply.direction(), reply.step.as_str()),
            (attempt, Direction::Do, "lay")
        );
    }
    let answers = replies(&world, refused, 3).await;
    assert!(answers.iter().all(|reply| reason(reply) == "NO_WAY"));
    assert!(world.acts(refused).await.is_empty());
}

#[tokio::test]
async fn an_undo_that_comes_first_forbids_its_do() {
    let world = World::new().await;
    let _kitchen = world.participant("kitchen");
    let id = Uuid::now_v7();
    world
        .send("kitchen", &world.command(id, Direction::Undo, "fine"))
        .await;
    assert_eq!(reason(&replies(&world, id, 1).await[0]), "");
    for count in 2..=3 {
        world
            .send("kitchen", &world.command(id, Direction::Do, "fine"))
            .await;
        assert_eq!(
            reason(replies(&world, id, count).await.last().unwrap()),
            "UNDONE_BEFORE"
        );
    }
    assert!(world.acts(id).await.is_empty());
}

#[tokio::test]
async fn an_undo_after_its_do_is_acted_on_once() {
    let world = World::new().await;
    let _kitchen = world.participant("kitchen");
    let id = Uuid::now_v7();
    for (count, direction) in (1..).zip([Direction::Do, Direction::Undo, Direction::Undo, Direction::Do]) {
        world.send("kitchen", &world.command(id, direction, "fine")).await;
        replies(&world, id, count).await;
    }
    assert_eq!(world.acts(id).await, ["lay", "-lay"]);
}

#[tokio::test]
async fn a_command_that_is_answered_later_stays_silent_when_repeated() {
    let world = World::new().await;
    let _kitchen = world.participant("kitchen");
    let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..2 {
        world
            .send("kitchen", &world.command(id, Direction::Do, "later"))
            .await;
    }
    world
        .harness
        .taken_in(Stream::commands("kitchen"), "kitchen")
        .await;
    world
        .send("kitchen", &world.command(other, Direction::Do, "fine"))
        .await;
    replies(&world, other, 1).await;
    assert_eq!(world.acts(id).await, ["lay"]);
    assert!(world.harness.replies(id).await.is_empty());
}
