use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{ListPointEntriesRequest, ListPurchasesRequest, PurchaseState};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::assert_refused;

use crate::world::{NOW, Placed, World};

async fn state(world: &World, member: &User) -> PurchaseState {
    world.purchases(member).await[0].state()
}

#[tokio::test]
async fn a_purchase_follows_its_order() {
    let world = World::start().await;
    let member = world.member().await;
    let order = Placed::new(&member, 10_000, 0);
    world
        .harness
        .deliver("order", order.id, 1, &order.created())
        .await;
    world
        .harness
        .deliver("order", order.id, 2, &order.confirmed())
        .await;
    world.applied(order.id, 2).await;
    assert_eq!(state(&world, &member).await, PurchaseState::Confirmed);
    let id = Uuid::now_v7();
    world
        .harness
        .redeliver("order", id, order.id, 3, &order.shipped())
        .await;
    world.applied(order.id, 3).await;
    assert_eq!(state(&world, &member).await, PurchaseState::Shipped);
    world
        .harness
        .deliver("order", order.id, 4, &order.delivered())
        .await;
    world
        .harness
        .redeliver("order", id, order.id, 3, &order.shipped())
        .await;
    world
        .harness
        .deliver("order", order.id, 5, &order.shipped())
        .await;
    world.applied(order.id, 5).await;
    assert_eq!(state(&world, &member).await, PurchaseState::Delivered);
}

#[tokio::test]
async fn purchases_and_ledger_lines_come_newest_first_in_pages_of_their_owner() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let mut ordered = Vec::new();
    for place in 0..5 {
        // Two of one second, so that the id decides between them.
        let create_time = Timestamp {
            seconds: NOW.seconds + place / 2,
            nanos: 0,
        };
        let order = Placed {
            create_time,
            ..Placed::new(&member, 10_000, 0)
        };
        world.confirm(&order).await;
        ordered.push(order.id.to_string());
    }
    ordered.reverse();

    let mut client = world.client(&member);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPurchasesRequest {
            page_size: 2,
            page_token,
        };
        let page = client.list_purchases(request).await.unwrap().into_inner();
        seen.extend(page.purchases.into_iter().map(|purchase| purchase.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ordered);

    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPointEntriesRequest {
            page_size: 2,
            page_token,
        };
        let page = client.list_point_entries(request).await.unwrap().into_inner();
        seen.extend(page.entries.into_iter().map(|entry| entry.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ordered);

    assert_eq!(world.purchases(&other).await, []);
    assert_eq!(world.ledger(&other).await, []);
    let malformed = ListPurchasesRequest {
        page_token: "apple".into(),
        ..Default::default()
    };
    assert_refused(
        client.list_purchases(malformed).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let malformed = ListPointEntriesRequest {
        page_token: "apple".into(),
        ..Default::default()
    };
    assert_refused(
        client.list_point_entries(malformed).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
