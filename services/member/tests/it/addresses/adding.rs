use futures::future::join_all;
use uuid::Uuid;
use xlcfi_contracts::member::v1::AddAddressRequest;
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use super::{add, labels, list, new, remove, replacing};
use crate::world::{NOW, World};

#[tokio::test]
async fn the_first_address_is_the_default_and_the_others_follow_newest_first() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let first = add(&mut client, new("가게")).await.unwrap();
    assert!(first.default_address);
    assert_eq!(
        (first.label.as_str(), first.line2.as_str(), first.create_time),
        ("가게", "", Some(NOW))
    );
    for label in ["집", "창고"] {
        assert!(!add(&mut client, new(label)).await.unwrap().default_address);
    }
    assert_eq!(list(&mut client).await[0], first);
    assert_eq!(labels(&mut client).await, ["*가게", "창고", "집"]);
    let chosen = AddAddressRequest {
        default_address: true,
        ..new("본점")
    };
    assert!(add(&mut client, chosen).await.unwrap().default_address);
    assert_eq!(labels(&mut client).await, ["*본점", "창고", "집", "가게"]);
}

#[tokio::test]
async fn a_repeated_request_adds_one_address() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let request = AddAddressRequest {
        request_id: Uuid::now_v7().to_string(),
        ..new("가게")
    };
    let first = add(&mut client, request.clone()).await.unwrap();
    assert_eq!(add(&mut client, request.clone()).await.unwrap(), first);
    assert_eq!(labels(&mut client).await, ["*가게"]);

    // Somebody else's request of the same id is another request.
    let mut other = world.client(&world.member().await);
    assert_ne!(
        add(&mut other, request).await.unwrap().address_id,
        first.address_id
    );
}

#[tokio::test]
async fn a_request_repeated_at_once_adds_one_address() {
    let world = World::start().await;
    let client = world.client(&world.member().await);
    let request = AddAddressRequest {
        request_id: Uuid::now_v7().to_string(),
        ..new("가게")
    };
    let calls = (0..8).map(|_| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { add(&mut client, request).await.unwrap().address_id }
    });
    let ids = join_all(calls).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(labels(&mut client.clone()).await, ["*가게"]);
}

#[tokio::test]
async fn a_request_repeated_after_its_address_was_removed_adds_nothing() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    let request = AddAddressRequest {
        request_id: Uuid::now_v7().to_string(),
        ..new("가게")
    };
    let address = add(&mut client, request.clone()).await.unwrap();
    remove(&mut client, &address.address_id).await.unwrap();
    assert_refused(
        add(&mut client, request).await,
        Code::NotFound,
        "ADDRESS_NOT_FOUND",
    );
    assert_eq!(list(&mut client).await, []);
}

#[tokio::test]
async fn a_member_has_20_addresses_at_most_also_when_added_at_once() {
    let world = World::start().await;
    let client = world.client(&world.member().await);
    let calls = (0..25).map(|number| {
        let mut client = client.clone();
        async move { add(&mut client, new(&number.to_string())).await }
    });
    let results = join_all(calls).await;
    let (added, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(added.len(), 20);
    for result in refused {
        assert_refused(result, Code::FailedPrecondition, "TOO_MANY_ADDRESSES");
    }
    let mut client = client.clone();
    let addresses = list(&mut client).await;
    assert_eq!(
        addresses.iter().filter(|address| address.default_address).count(),
        1
    );
    remove(&mut client, &addresses[7].address_id).await.unwrap();
    add(&mut client, new("또")).await.unwrap();
}

#[tokio::test]
async fn an_address_takes_no_malformed_field_and_needs_a_member() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    for request in [
        AddAddressRequest {
            label: " ".into(),
            ..new("가게")
        },
        AddAddressRequest {
            postal_code: "4524".into(),
            ..new("가게")
        },
        AddAddressRequest {
            phone: "전화".into(),
            ..new("가게")
        },
        AddAddressRequest {
            line1: "가".repeat(201),
            ..new("가게")
        },
        AddAddressRequest {
            request_id: "apple".into(),
            ..new("가게")
        },
    ] {
        assert_refused(
            add(&mut client, request).await,
            Code::InvalidArgument,
            "INVALID_FIELDS",
        );
    }
    let request = replacing(&Uuid::now_v7().to_string(), " ", false);
    assert_refused(
        client.update_address(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let refused = add(&mut world.client(&user()), new("가게")).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}
