use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xlcfi_events::{Changes, Watchers};

use crate::world::{SERVICE, World};

/// Much sooner than a watcher looks untold.
const SOON: Duration = Duration::from_millis(100);

async fn is_told(changes: &mut Changes) -> bool {
    timeout(SOON, changes.next()).await.is_ok()
}

#[tokio::test]
async fn watchers_are_told_of_their_own_key_until_the_process_stops() {
    let world = World::new().await;
    let bus = world.bus().await;
    let stop = CancellationToken::new();
    let watchers = Watchers::new(stop.clone());
    let (key, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (mut changes, mut others) = (watchers.subscribe(key), watchers.subscribe(other));
    let listening = tokio::spawn(watchers.listen(bus.clone(), SERVICE, stop.clone()));
    let subject = bus.subject(&format!("evt.{SERVICE}.xlcfi.test.v1.Fact.{key}"));
    let mut told = false;
    // What is published before it listens is heard by nobody.
    for _ in 0..100 {
        bus.client()
            .publish(subject.clone(), Vec::new().into())
            .await
            .unwrap();
        told = is_told(&mut changes).await;
        if told {
            break;
        }
    }
    assert!(told);
    assert!(!is_told(&mut others).await);
    stop.cancel();
    assert!(!changes.next().await);
    assert!(!others.next().await);
    listening.await.unwrap();
}
