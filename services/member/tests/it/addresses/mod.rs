mod adding;
mod changing;
mod reading;

use tonic::Status;
use xlcfi_contracts::member::v1::{
    AddAddressRequest, Address, ListAddressesRequest, RemoveAddressRequest, ResolveAddressRequest,
    UpdateAddressRequest,
};
use xlcfi_identity::User;

use crate::world::{Client, World};

fn new(label: &str) -> AddAddressRequest {
    AddAddressRequest {
        label: label.into(),
        recipient: "김받음".into(),
        phone: "010-1234-5678".into(),
        postal_code: "04524".into(),
        line1: "서울 중구 세종대로 110".into(),
        ..Default::default()
    }
}

async fn add(client: &mut Client, request: AddAddressRequest) -> Result<Address, Status> {
    Ok(client.add_address(request).await?.into_inner().address.unwrap())
}

async fn remove(client: &mut Client, address_id: &str) -> Result<(), Status> {
    let request = RemoveAddressRequest {
        address_id: address_id.into(),
    };
    client.remove_address(request).await.map(drop)
}

fn replacing(address_id: &str, label: &str, default_address: bool) -> UpdateAddressRequest {
    let AddAddressRequest {
        recipient,
        phone,
        postal_code,
        line1,
        ..
    } = new(label);
    UpdateAddressRequest {
        address_id: address_id.into(),
        label: label.into(),
        recipient,
        phone,
        postal_code,
        line1,
        line2: "3층".into(),
        default_address,
    }
}

async fn list(client: &mut Client) -> Vec<Address> {
    let request = ListAddressesRequest {
        page_size: 100,
        ..Default::default()
    };
    client
        .list_addresses(request)
        .await
        .unwrap()
        .into_inner()
        .addresses
}

/// Labels in the order of the list, the default marked with a star.
async fn labels(client: &mut Client) -> Vec<String> {
    let mark = |address: Address| {
        if address.default_address {
            format!("*{}", address.label)
        } else {
            address.label
        }
    };
    list(client).await.into_iter().map(mark).collect()
}

async fn resolve(world: &World, member: &User, address_id: &str) -> Result<Address, Status> {
    let mut order = Client::new(world.harness.as_service("order"));
    let request = ResolveAddressRequest {
        member_id: member.id.to_string(),
        address_id: address_id.into(),
    };
    Ok(order
        .resolve_address(request)
        .await?
        .into_inner()
        .address
        .unwrap())
}
