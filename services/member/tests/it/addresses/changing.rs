use uuid::Uuid;
use xlcfi_errors::Code;
use xlcfi_testkit::assert_refused;

use super::{add, labels, list, new, remove, replacing, resolve};
use crate::world::World;

#[tokio::test]
async fn nothing_of_a_removed_address_is_kept() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let address = add(&mut client, new("가게")).await.unwrap();
    remove(&mut client, &address.address_id).await.unwrap();
    let kept: String =
        sqlx::query_scalar("select concat(label, recipient, phone, postal_code, line1, line2) from address")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
    assert_eq!(kept, "");
}

#[tokio::test]
async fn an_address_is_replaced_and_made_the_default() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let first = add(&mut client, new("가게")).await.unwrap();
    let second = add(&mut client, new("집")).await.unwrap();

    let request = replacing(&second.address_id, "새집", false);
    let updated = client
        .update_address(request)
        .await
        .unwrap()
        .into_inner()
        .address
        .unwrap();
    assert_eq!((updated.label.as_str(), updated.line2.as_str()), ("새집", "3층"));
    assert_eq!(labels(&mut client).await, ["*가게", "새집"]);

    client
        .update_address(replacing(&second.address_id, "새집", true))
        .await
        .unwrap();
    assert_eq!(labels(&mut client).await, ["*새집", "가게"]);

    // One address must be the default, so asking the default not to be changes nothing.
    let request = replacing(&second.address_id, "새집", false);
    let updated = client
        .update_address(request)
        .await
        .unwrap()
        .into_inner()
        .address
        .unwrap();
    assert!(updated.default_address);
    assert_eq!(list(&mut client).await[1].address_id, first.address_id);
}

#[tokio::test]
async fn the_newest_other_address_becomes_the_default_when_that_is_removed() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let mut ids = Vec::new();
    for label in ["1", "2", "3"] {
        ids.push(add(&mut client, new(label)).await.unwrap().address_id);
        world.harness.advance(std::time::Duration::from_secs(1));
    }
    remove(&mut client, &ids[1]).await.unwrap();
    assert_eq!(labels(&mut client).await, ["*1", "3"]);
    remove(&mut client, &ids[0]).await.unwrap();
    assert_eq!(labels(&mut client).await, ["*3"]);
    remove(&mut client, &ids[2]).await.unwrap();
    assert_eq!(list(&mut client).await, []);
    assert!(add(&mut client, new("4")).await.unwrap().default_address);
}

#[tokio::test]
async fn an_unknown_a_removed_and_somebody_elses_address_are_the_same_to_a_caller() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let (mut client, mut others) = (world.client(&member), world.client(&other));
    let removed = add(&mut client, new("가게")).await.unwrap().address_id;
    remove(&mut client, &removed).await.unwrap();
    let foreign = add(&mut others, new("남의집")).await.unwrap().address_id;
    let (code, reason) = (Code::NotFound, "ADDRESS_NOT_FOUND");
    for id in [&Uuid::now_v7().to_string(), &removed, &foreign] {
        assert_refused(
            client.update_address(replacing(id, "집", true)).await,
            code,
            reason,
        );
        assert_refused(remove(&mut client, id).await, code, reason);
        assert_refused(resolve(&world, &member, id).await, code, reason);
    }
    assert_eq!(labels(&mut others).await, ["*남의집"]);
    assert_eq!(list(&mut client).await, []);
}
