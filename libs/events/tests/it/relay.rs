use uuid::Uuid;
use xlcfi_events::{Lease, Stream, append, append_to};

use crate::effects::{Effects, Fact};
use crate::world::{SERVICE, World};

const UNSENT: &str = "select count(*) from events.outbox where send_time is null";

#[tokio::test]
async fn what_was_committed_is_told_and_what_was_rolled_back_is_not() {
    let world = World::new().await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let key = Uuid::now_v7();

    let mut tx = world.database.begin().await.unwrap();
    append(&mut tx, key, &Fact { number: 1 }).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = world.database.begin().await.unwrap();
    append(&mut tx, key, &Fact { number: 2 }).await.unwrap();
    drop(tx);
    world.happen(key, [3]).await;

    world.applies(key, [3]).await;
    let mut stream = world.jetstream().await.get_stream(world.stream()).await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 1);
}

#[tokio::test]
async fn a_transaction_that_commits_later_than_its_successor_is_told_too() {
    let world = World::new().await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let (slow, fast) = (Uuid::now_v7(), Uuid::now_v7());

    let mut tx = world.database.begin().await.unwrap();
    append(&mut tx, slow, &Fact { number: 1 }).await.unwrap();
    world.happen(fast, [1]).await;
    world.applies(fast, [1]).await;
    assert!(world.applied(slow).await.is_empty());
    tx.commit().await.unwrap();

    world.applies(slow, [1]).await;
}

#[tokio::test]
async fn a_backlog_of_more_than_a_batch_goes_out_in_order() {
    let world = World::new().await;
    let key = Uuid::now_v7();
    let mut tx = world.database.begin().await.unwrap();
    for number in 1..=600 {
        append(&mut tx, key, &Fact { number }).await.unwrap();
    }
    tx.commit().await.unwrap();

    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    world.applies(key, 1..=600).await;
    world.counts(UNSENT, 0).await;
}

#[tokio::test]
async fn what_another_process_commits_is_told_as_well() {
    let world = World::new().await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let key = Uuid::now_v7();
    let other = xlcfi_events::Database::new(world.pool.clone());
    let mut tx = other.begin().await.unwrap();
    append(&mut tx, key, &Fact { number: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    world.applies(key, [1]).await;
}

#[tokio::test]
async fn a_crash_between_sending_and_marking_applies_nothing_twice() {
    let world = World::new().await;
    let effects = Effects::default();
    let (_relay, _consumer) = (world.relay().await, world.consume(&effects).await);
    let _commands = world.consume_from(Stream::commands(SERVICE), &effects).await;
    let (fact, command) = (Uuid::now_v7(), Uuid::now_v7());
    world.happen(fact, [1]).await;
    let mut tx = world.database.begin().await.unwrap();
    append_to(&mut tx, SERVICE, command, &Fact { number: 1 })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.applies(fact, [1]).await;
    world.applies(command, [1]).await;
    world.counts(UNSENT, 0).await;

    // The relay sends again what it does not know to be sent. The server drops
    // it for two minutes only, so it is also published past that.
    world.execute("update events.outbox set send_time = null").await;
    let messages: Vec<(Uuid, Uuid, i64)> =
        sqlx::query_as("select message_id, key, version from events.outbox order by seq")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    for (id, key, version) in messages {
        if version == 0 {
            let subject = format!("cmd.{SERVICE}.Fact.{key}");
            let stream = Stream::commands(SERVICE);
            world.publish_to(stream, subject, id, key, version).await;
        } else {
            world.publish(id, key, version).await;
        }
    }
    world.happen(fact, [2]).await;
    let mut tx = world.database.begin().await.unwrap();
    append_to(&mut tx, SERVICE, command, &Fact { number: 2 })
        .await
        .unwrap();
    tx.commit().await.unwrap();

    world.applies(fact, [1, 2]).await;
    world.applies(command, [1, 2]).await;
    world.counts(UNSENT, 0).await;
}

#[tokio::test]
async fn one_of_two_relays_works_and_the_other_takes_over() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::default()).await;
    let key = Uuid::now_v7();
    let first = world.relay().await;
    world.happen(key, [1]).await;
    world.applies(key, [1]).await;
    let second = world.relay().await;
    world.happen(key, 2..=20).await;
    world.applies(key, 1..=20).await;
    assert_eq!(
        world.count("select max(epoch) from events.lease").await,
        1,
        "the first kept it"
    );

    // Killed, it cannot give its lease up; that runs out.
    drop(first);
    world.happen(key, [21]).await;
    world
        .execute("update events.lease set expire_time = now() - interval '1 second'")
        .await;
    world.applies(key, 1..=21).await;
    assert_eq!(world.count("select max(epoch) from events.lease").await, 2);

    second.stop.cancel();
    world.counts("select count(*) from events.lease", 0).await;
}

#[tokio::test]
async fn who_lost_a_lease_writes_nothing_below_it() {
    let world = World::new().await;
    let lease = || Lease::new(world.database.pool().clone(), "work");
    let (first, second) = (lease(), lease());
    assert!(first.hold().await.unwrap() && !second.hold().await.unwrap());
    let mut tx = world.database.begin().await.unwrap();
    assert!(first.guard(&mut tx).await.unwrap() && !second.guard(&mut tx).await.unwrap());
    tx.commit().await.unwrap();
    world
        .execute("update events.lease set expire_time = now() - interval '1 second'")
        .await;
    assert!(second.hold().await.unwrap());
    let mut tx = world.database.begin().await.unwrap();
    assert!(!first.guard(&mut tx).await.unwrap() && second.guard(&mut tx).await.unwrap());
}

#[tokio::test]
async fn what_is_old_is_forgotten_and_what_may_still_be_needed_is_kept() {
    let world = World::new().await;
    let old = "insert into events.outbox (message_id, subject, type, key, version, body, send_time)
         select gen_random_uuid(), 'evt.test.Fact.x', 'x', gen_random_uuid(), 1, '', now() - interval '25 hours'
         from generate_series(1, 12000)";
    world.execute(old).await;
    world
        .execute("insert into events.inbox select 'reader', gen_random_uuid(), now() - interval '9 days' from generate_series(1, 12000)")
        .await;
    world
        .execute("insert into events.inbox select 'reader', gen_random_uuid(), now() - interval '7 days' from generate_series(1, 10)")
        .await;
    let key = Uuid::now_v7();
    world.happen(key, 1..=3).await;

    let _relay = world.relay().await;
    world.counts("select count(*) from events.outbox", 3).await;
    world.counts("select count(*) from events.inbox", 10).await;
}
