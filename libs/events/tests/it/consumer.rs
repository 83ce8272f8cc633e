use std::sync::Arc;

use async_nats::jetstream;
use tokio::sync::Semaphore;
use uuid::Uuid;
use xlcfi_events::{Stream, append_each_to};

use crate::effects::{Batched, Effects, Fact, Fail};
use crate::world::{SERVICE, World};

#[tokio::test]
async fn events_of_a_key_are_applied_in_order_however_they_come() {
    let world = World::new().await;
    let keys: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    let orders = [
        [6, 5, 4, 3, 2, 1],
        [2, 1, 4, 3, 6, 5],
        [3, 1, 6, 2, 5, 4],
        [1, 6, 5, 4, 3, 2],
        [4, 6, 2, 5, 1, 3],
    ];
    for place in 0..6 {
        for (key, order) in keys.iter().zip(orders) {
            world.publish(Uuid::now_v7(), *key, order[place]).await;
        }
    }
    let _consumer = world.consume(&Effects::default()).await;
    for key in keys {
        world.applies(key, 1..=6).await;
    }
}

#[tokio::test]
async fn an_event_waits_for_the_one_before_it() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::default()).await;
    let (key, other) = (Uuid::now_v7(), Uuid::now_v7());
    world.publish(Uuid::now_v7(), key, 1).await;
    world.publish(Uuid::now_v7(), key, 3).await;
    for version in 1..=3 {
        world.publish(Uuid::now_v7(), other, version).await;
    }
    world.applies(other, 1..=3).await;
    assert_eq!(world.applied(key).await, [1]);

    world.publish(Uuid::now_v7(), key, 2).await;
    world.applies(key, 1..=3).await;
    assert_eq!(world.count("select count(*) from events.dead_letter").await, 0);
}

#[tokio::test]
async fn an_event_that_tells_nothing_and_comes_too_early_holds_up_nobody() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::passing_over(3)).await;
    let (key, other) = (Uuid::now_v7(), Uuid::now_v7());
    for version in [1, 3, 4] {
        world.publish(Uuid::now_v7(), key, version).await;
    }
    for version in 1..=2 {
        world.publish(Uuid::now_v7(), other, version).await;
    }
    world.applies(other, 1..=2).await;
    // Each of the early ones has come again by then.
    world.delivers(5 + 4).await;
    assert_eq!(world.applied(key).await, [1]);

    world.publish(Uuid::now_v7(), key, 2).await;
    world.applies(key, [1, 2, 4]).await;
    assert_eq!(world.count("select count(*) from events.dead_letter").await, 0);
}

#[tokio::test]
async fn a_redelivered_event_is_applied_once() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::default()).await;
    let (key, first, second) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for (id, version) in [(first, 1), (first, 1), (second, 2), (first, 1), (second, 2)] {
        world.publish(id, key, version).await;
    }
    world.publish(Uuid::now_v7(), key, 3).await;
    world.applies(key, 1..=3).await;
}

#[tokio::test]
async fn a_redelivered_command_is_applied_once() {
    let world = World::new().await;
    let stream = Stream::commands(SERVICE);
    let _consumer = world.consume_from(stream.clone(), &Effects::default()).await;
    let key = Uuid::now_v7();
    let subject = format!("cmd.{SERVICE}.Fact.{key}");
    let (first, last) = (Uuid::now_v7(), Uuid::now_v7());
    for id in [first, first, first, last] {
        world
            .publish_to(stream.clone(), subject.clone(), id, key, 0)
            .await;
    }
    // One key, one lane: the last message comes behind the repeated ones.
    world.applies(key, [0, 0]).await;
    assert_eq!(world.count("select count(*) from events.inbox").await, 2);
}

/// Publishes so many commands of one key, so that one lane applies them.
async fn command(world: &World, count: usize) -> Uuid {
    let (stream, key) = (Stream::commands(SERVICE), Uuid::now_v7());
    let subject = format!("cmd.{SERVICE}.Fact.{key}");
    for _ in 0..count {
        world
            .publish_to(stream.clone(), subject.clone(), Uuid::now_v7(), key, 0)
            .await;
    }
    key
}

#[tokio::test]
async fn repeatable_commands_are_applied_several_in_one_transaction() {
    let world = World::new().await;
    let key = command(&world, 40).await;
    let effects = Batched::default();
    let _consumer = world.consume_from(Stream::commands(SERVICE), &effects).await;
    world.applies(key, [0; 40]).await;
    let transactions = world.count("select count(distinct xmin::text) from effect").await;
    assert!(transactions < 40, "{transactions} transactions");
}

#[tokio::test]
async fn commands_that_fail_together_are_applied_one_by_one() {
    let world = World::new().await;
    let key = command(&world, 10).await;
    let effects = Batched::default();
    effects.0.fail(0, Fail::Retry(1));
    let _consumer = world.consume_from(Stream::commands(SERVICE), &effects).await;
    world.applies(key, [0; 10]).await;
    assert_eq!(world.count("select count(*) from events.dead_letter").await, 0);
}

#[tokio::test]
async fn messages_written_in_one_statement_all_arrive() {
    let world = World::new().await;
    let _relay = world.relay().await;
    let _consumer = world
        .consume_from(Stream::commands(SERVICE), &Effects::default())
        .await;
    let key = Uuid::now_v7();
    let messages: Vec<_> = (1..=3).map(|number| (key, Fact { number })).collect();
    let mut tx = world.database.begin().await.unwrap();
    append_each_to(&mut tx, SERVICE, &messages).await.unwrap();
    tx.commit().await.unwrap();
    world.applies(key, [1, 2, 3]).await;
}

#[tokio::test]
async fn a_consumer_of_one_type_leaves_the_others_to_other_consumers() {
    let world = World::new().await;
    let (stream, key) = (Stream::commands(SERVICE), Uuid::now_v7());
    // It begins with all types, as before it was narrowed.
    let all = world.consume_from(stream.clone(), &Effects::default()).await;
    let send = async |type_name: &str| {
        let subject = format!("cmd.{SERVICE}.{type_name}.{key}");
        world
            .publish_to(stream.clone(), subject, Uuid::now_v7(), key, 0)
            .await;
    };
    send("Other").await;
    world.applies(key, [0]).await;
    drop(all);
    let _one = world
        .consume_only_facts(stream.clone(), &Effects::default())
        .await;
    for type_name in ["Other", "Other", "Fact"] {
        send(type_name).await;
    }
    world.applies(key, [0, 0]).await;
    let applied = world.count("select count(*) from events.inbox").await;
    assert_eq!(applied, 2, "those of the other type were not left alone");
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() {
    let world = World::new().await;
    let effects = Effects::default();
    effects.fail(1, Fail::Retry(3));
    let _consumer = world.consume(&effects).await;
    let key = Uuid::now_v7();
    for version in 1..=3 {
        world.publish(Uuid::now_v7(), key, version).await;
    }
    world.applies(key, 1..=3).await;
}

#[tokio::test]
async fn a_key_whose_beginning_is_gone_begins_where_the_stream_does() {
    let world = World::new().await;
    let key = Uuid::now_v7();
    for version in [7, 5, 6] {
        world.publish(Uuid::now_v7(), key, version).await;
    }
    // The first that is left is not the first that came.
    let jetstream = world.jetstream().await;
    let stream = jetstream.get_stream(world.stream()).await.unwrap();
    stream.delete_message(1).await.unwrap();
    let _consumer = world.consume(&Effects::default()).await;
    world.applies(key, 5..=6).await;
}

#[tokio::test]
async fn a_message_of_somebody_else_is_passed_over() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::default()).await;
    let bus = world.bus().await;
    bus.ensure(&Stream::events(SERVICE)).await.unwrap();
    let key = Uuid::now_v7();
    let strange = jetstream::new(bus.client().clone())
        .publish(bus.subject(&format!("evt.{SERVICE}.Fact.{key}")), "?".into())
        .await
        .unwrap();
    strange.await.unwrap();
    world.publish(Uuid::now_v7(), key, 1).await;
    world.applies(key, [1]).await;
}

#[tokio::test]
async fn two_processes_share_a_consumer_without_double_effects() {
    let world = World::new().await;
    let _consumers = (
        world.consume(&Effects::default()).await,
        world.consume(&Effects::default()).await,
    );
    let _relays = (world.relay().await, world.relay().await);
    let keys: Vec<Uuid> = (0..20).map(|_| Uuid::now_v7()).collect();
    for number in 1..=10 {
        for key in &keys {
            world.happen(*key, [number]).await;
        }
    }
    for key in keys {
        world.applies(key, 1..=10).await;
    }
}

#[tokio::test]
async fn a_stop_lets_the_work_at_hand_finish() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let mut consumer = world.consume(&Effects::behind(gate.clone())).await;
    let key = Uuid::now_v7();
    world.publish(Uuid::now_v7(), key, 1).await;
    // The transaction is open: its effect is written and waits at the gate.
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'";
    world.counts(waiting, 1).await;
    consumer.stop.cancel();
    gate.add_permits(1);
    (&mut consumer.task).await.unwrap();
    assert_eq!(world.applied(key).await, [1]);
}
