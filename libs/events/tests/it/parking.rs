use uuid::Uuid;
use xlcfi_events::redrive;

use crate::effects::{Effects, Fail};
use crate::world::World;

const PARKED: &str = "select count(*) from events.dead_letter";

#[tokio::test]
async fn poison_parks_its_key_and_a_redrive_applies_it_in_order() {
    let world = World::new().await;
    let effects = Effects::default();
    effects.fail(2, Fail::Poison);
    let (_relay, _consumer) = (world.relay().await, world.consume(&effects).await);
    let (key, other) = (Uuid::now_v7(), Uuid::now_v7());
    world.happen(key, 1..=5).await;
    world.happen(other, [1]).await;
    world.counts(PARKED, 4).await;
    assert_eq!(world.applied(key).await, [1]);
    world.applies(other, [1]).await;

    // Let try again too soon, it is parked again, and nothing jumps the queue.
    let mut conn = world.pool.acquire().await.unwrap();
    assert_eq!(redrive(&mut conn, "reader:test-events", key).await.unwrap(), 4);
    world
        .counts(
            "select count(*) from events.dead_letter where not redrive and version = 2",
            1,
        )
        .await;
    assert_eq!(world.applied(key).await, [1]);

    effects.mend();
    redrive(&mut conn, "reader:test-events", key).await.unwrap();
    world.happen(key, 6..=7).await;
    world.applies(key, 1..=7).await;
    world.counts(PARKED, 0).await;
}

#[tokio::test]
async fn what_fails_again_and_again_is_parked() {
    let world = World::new().await;
    let effects = Effects::default();
    effects.fail(1, Fail::Retry(u32::MAX));
    let _consumer = world.consume(&effects).await;
    let key = Uuid::now_v7();
    world.publish(Uuid::now_v7(), key, 1).await;
    world.counts(PARKED, 1).await;
    let why: String = sqlx::query_scalar("select error from events.dead_letter")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(why, "not yet");

    effects.mend();
    let mut conn = world.pool.acquire().await.unwrap();
    redrive(&mut conn, "reader:test-events", key).await.unwrap();
    world.applies(key, [1]).await;
    world.counts(PARKED, 0).await;
}

#[tokio::test]
async fn a_parked_message_that_was_applied_after_all_is_forgotten() {
    let world = World::new().await;
    let _consumer = world.consume(&Effects::default()).await;
    let (id, key) = (Uuid::now_v7(), Uuid::now_v7());
    world.publish(id, key, 1).await;
    world.applies(key, [1]).await;
    // The process died after parking it and before it could say so.
    sqlx::query(
        "insert into events.dead_letter (consumer, message_id, subject, type, key, version, body, error)
         values ('reader:test-events', $1, '', 'xlcfi.test.v1.Fact', $2, 1, '', 'x')",
    )
    .bind(id)
    .bind(key)
    .execute(&world.pool)
    .await
    .unwrap();
    let mut conn = world.pool.acquire().await.unwrap();
    redrive(&mut conn, "reader:test-events", key).await.unwrap();
    world.counts(PARKED, 0).await;
    assert_eq!(world.applied(key).await, [1]);
}
