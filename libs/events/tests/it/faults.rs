use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use crate::effects::Effects;
use crate::nats::Nats;
use crate::world::World;

#[tokio::test]
async fn a_deleted_stream_is_filled_again_and_nothing_is_applied_twice() {
    let world = World::new().await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let (key, unread) = (Uuid::now_v7(), Uuid::now_v7());
    world.happen(key, 1..=10).await;
    world.applies(key, 1..=10).await;

    let jetstream = world.jetstream().await;
    jetstream.delete_stream(world.stream()).await.unwrap();
    world.happen(key, 11..=12).await;
    world.happen(unread, [1]).await;
    world.applies(key, 1..=12).await;
    world.applies(unread, [1]).await;

    // Everything kept is on the stream again, for consumers still to come.
    world.holds(13).await;
    world
        .counts("select count(*) from events.outbox where send_time is null", 0)
        .await;
    assert_eq!(world.applied(key).await.len(), 12);
}

#[tokio::test]
async fn a_deleted_consumer_is_made_again() {
    let world = World::new().await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let key = Uuid::now_v7();
    world.happen(key, 1..=2).await;
    world.applies(key, 1..=2).await;
    let stream = world.jetstream().await.get_stream(world.stream()).await.unwrap();
    stream.delete_consumer("reader").await.unwrap();
    world.happen(key, 3..=4).await;
    world.applies(key, 1..=4).await;
}

#[tokio::test]
async fn messages_wait_for_a_server_that_is_away_at_the_start_and_killed_later() {
    let mut nats = Nats::new().await;
    let world = World::at(&nats.url()).await;
    let (_relay, _consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    let key = Uuid::now_v7();
    world.happen(key, 1..=5).await;
    nats.start().await;
    world.applies(key, 1..=5).await;

    for round in 1..=2 {
        nats.kill();
        world.happen(key, [round * 5 + 1]).await;
        nats.start().await;
        world.happen(key, round * 5 + 2..=round * 5 + 5).await;
        world.applies(key, 1..=round * 5 + 5).await;
    }
}

#[tokio::test]
async fn what_a_server_forgets_when_it_is_set_back_is_sent_again() {
    let mut nats = Nats::new().await;
    nats.start().await;
    let world = World::at(&nats.url()).await;
    let relay = world.relay().await;
    let key = Uuid::now_v7();
    {
        let _consumer = world.consume(&Effects::default()).await;
        world.happen(key, 1..=20).await;
        world.applies(key, 1..=20).await;
    }
    nats.kill();
    let copy = nats.copy();
    nats.start().await;
    {
        let _consumer = world.consume(&Effects::default()).await;
        world.happen(key, 21..=40).await;
        world.applies(key, 1..=40).await;
    }
    // Sent and marked, read by nobody, then forgotten by the server.
    world.happen(key, 41..=60).await;
    world
        .counts("select count(*) from events.outbox where send_time is null", 0)
        .await;
    nats.kill();
    nats.set_back(&copy);
    world.happen(key, 61..=100).await;
    nats.start().await;

    let _consumer = world.consume(&Effects::default()).await;
    world.applies(key, 1..=100).await;
    drop(relay);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_server_that_is_away() {
    let nats = Nats::new().await;
    let world = World::at(&nats.url()).await;
    let (mut relay, mut consumer) = (world.relay().await, world.consume(&Effects::default()).await);
    world.happen(Uuid::now_v7(), [1]).await;
    world.counts("select count(*) from events.lease", 1).await;
    for running in [&mut relay, &mut consumer] {
        running.stop.cancel();
        let ended = timeout(Duration::from_secs(3), &mut running.task).await;
        ended.expect("it still waits").unwrap();
    }
    assert_eq!(world.count("select count(*) from events.lease").await, 0);
}
