use std::time::Duration;

use prost_types::Timestamp;
use tonic::Status;
use xlcfi_contracts::member::v1::history_item::Item;
use xlcfi_contracts::member::v1::{ListHistoryRequest, ListHistoryResponse, PointEntryKind};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, seller, user};

use crate::world::{NOW, Placed, World, is_done};

async fn page(
    world: &World,
    caller: &User,
    of: &User,
    page_token: String,
) -> Result<ListHistoryResponse, Status> {
    let request = ListHistoryRequest {
        member_id: of.id.to_string(),
        page_size: 2,
        page_token,
    };
    Ok(world.client(caller).list_history(request).await?.into_inner())
}

#[tokio::test]
async fn purchases_and_points_come_in_one_list_newest_first() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    for minutes in [0, 10] {
        let create_time = Timestamp {
            seconds: NOW.seconds + minutes * 60 - 30,
            nanos: 0,
        };
        let order = Placed {
            create_time,
            ..Placed::new(&member, 10_000, 0)
        };
        world.confirm(&order).await;
        world.harness.advance(Duration::from_secs(600));
    }
    let order = Placed {
        create_time: Timestamp {
            seconds: NOW.seconds + 1_199,
            nanos: 0,
        },
        ..Placed::new(&member, 0, 50)
    };
    assert!(is_done(&world.hold(&order, 50).await));
    world.confirm(&order).await;

    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let listed = page(&world, &member, &member, page_token).await.unwrap();
        seen.extend(listed.items.into_iter().map(|item| match item.item.unwrap() {
            Item::Purchase(purchase) => format!("bought for {}", purchase.paid.unwrap().minor_units),
            Item::PointEntry(entry) if entry.kind() == PointEntryKind::Spent => "spent".into(),
            Item::PointEntry(entry) => format!("earned {}", entry.points),
        }));
        page_token = listed.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            "spent",
            "bought for 0",
            "earned 100",
            "bought for 10000",
            "earned 100",
            "bought for 10000"
        ]
    );
    assert_eq!(
        page(&world, &other, &other, String::new()).await.unwrap().items,
        []
    );
}

#[tokio::test]
async fn the_past_of_a_member_is_seen_by_itself_and_those_who_help() {
    let world = World::start().await;
    let member = world.member().await;
    let support = User {
        roles: vec![Role::Buyer, Role::Support],
        ..user()
    };
    for caller in [&member, &admin(), &support] {
        assert!(page(&world, caller, &member, String::new()).await.is_ok());
    }
    for caller in [&user(), &seller()] {
        let refused = page(&world, caller, &member, String::new()).await;
        assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    }
    let refused = page(&world, &admin(), &user(), String::new()).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let refused = page(&world, &member, &member, "apple".into()).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
