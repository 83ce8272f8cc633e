use xlcfi_contracts::member::v1::{ListAddressesRequest, ResolveAddressRequest};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use super::{add, new, resolve};
use crate::world::{Client, World};

#[tokio::test]
async fn addresses_come_in_pages_without_gap_or_repeat() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    for label in ["1", "2", "3", "4", "5"] {
        add(&mut client, new(label)).await.unwrap();
        world.harness.advance(std::time::Duration::from_secs(1));
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListAddressesRequest {
            page_size: 2,
            page_token,
        };
        let page = client.list_addresses(request).await.unwrap().into_inner();
        seen.extend(page.addresses.into_iter().map(|address| address.label));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["1", "5", "4", "3", "2"]);
    let request = ListAddressesRequest {
        page_size: 0,
        page_token: "apple".into(),
    };
    assert_refused(
        client.list_addresses(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = ListAddressesRequest {
        page_size: 101,
        ..Default::default()
    };
    assert_refused(
        client.list_addresses(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn an_order_gets_the_named_address_or_the_default() {
    let world = World::start().await;
    let member = world.member().await;
    let mut client = world.client(&member);
    assert_refused(
        resolve(&world, &member, "").await,
        Code::NotFound,
        "ADDRESS_NOT_FOUND",
    );
    let first = add(&mut client, new("가게")).await.unwrap();
    let second = add(&mut client, new("집")).await.unwrap();
    assert_eq!(resolve(&world, &member, "").await.unwrap(), first);
    assert_eq!(
        resolve(&world, &member, &second.address_id).await.unwrap(),
        second
    );
    assert_refused(
        resolve(&world, &user(), "").await,
        Code::NotFound,
        "ADDRESS_NOT_FOUND",
    );
    assert_refused(
        resolve(&world, &member, "apple").await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn only_the_order_service_resolves_addresses() {
    let world = World::start().await;
    let member = world.member().await;
    for channel in [
        world.harness.as_service("payment"),
        world.harness.as_user(&member),
    ] {
        let request = ResolveAddressRequest {
            member_id: member.id.to_string(),
            ..Default::default()
        };
        let refused = Client::new(channel).resolve_address(request).await;
        assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    }
}
