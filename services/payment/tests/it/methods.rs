use futures::future::join_all;
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::{
    AddPaymentMethodRequest, GetCustomerKeyRequest, ListPaymentMethodsRequest, PaymentMethod,
    RemovePaymentMethodRequest,
};
use xlcfi_identity::User;
use xlcfi_payment::{Config, Limits};
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{World, hasty, quick};

pub async fn remove(world: &World, buyer: &User, method: &str) -> Result<(), Status> {
    let request = RemovePaymentMethodRequest {
        payment_method_id: method.into(),
    };
    world.client(buyer).remove_payment_method(request).await.map(drop)
}

/// Its token is erased here and forgotten by the PG.
pub async fn until_forgotten(world: &World, method: &str) {
    eventually(async || {
        let key: Option<String> =
            sqlx::query_scalar("select billing_key from payment_method where payment_method_id = $1")
                .bind(method.parse::<Uuid>().unwrap())
                .fetch_one(world.harness.pool())
                .await
                .unwrap();
        key.is_none().then_some(())
    })
    .await;
}

async fn add(world: &World, buyer: &User, auth_key: &str, request_id: &str) -> Result<PaymentMethod, Status> {
    let request = AddPaymentMethodRequest {
        auth_key: auth_key.into(),
        request_id: request_id.into(),
        provider: 0,
    };
    let response = world.client(buyer).add_payment_method(request).await?;
    Ok(response.into_inner().payment_method.unwrap())
}

async fn list(world: &World, buyer: &User) -> Vec<PaymentMethod> {
    let response = world
        .client(buyer)
        .list_payment_methods(ListPaymentMethodsRequest::default())
        .await
        .unwrap();
    response.into_inner().payment_methods
}

#[tokio::test]
async fn a_method_is_stored_listed_and_removed() {
    let world = World::start().await;
    let buyer = user();
    let auth_key = world.auth_key(&buyer, "APPROVE").await;
    let method = add(&world, &buyer, &auth_key, "").await.unwrap();
    assert_eq!(method.label, "현대 ****-123*");
    assert_eq!(list(&world, &buyer).await, std::slice::from_ref(&method));
    assert_eq!(list(&world, &user()).await, []);

    remove(&world, &buyer, &method.payment_method_id).await.unwrap();
    assert_eq!(list(&world, &buyer).await, []);
    remove(&world, &buyer, &method.payment_method_id).await.unwrap();
    until_forgotten(&world, &method.payment_method_id).await;

    let order = crate::world::Order {
        id: Uuid::now_v7(),
        buyer,
        amount: 1_000,
    };
    world.take(&order, &method.payment_method_id).await;
    let said = [(
        xlcfi_contracts::saga::v1::Direction::Do,
        "PAYMENT_METHOD_NOT_FOUND",
    )];
    world.until_said(&order, &said).await;
}

#[tokio::test]
async fn anothers_method_is_as_unknown_as_one_that_is_not() {
    let world = World::start().await;
    let owner = user();
    let method = world.stored(&owner, "APPROVE").await;
    assert_refused(
        remove(&world, &user(), &method).await,
        Code::NotFound,
        "PAYMENT_METHOD_NOT_FOUND",
    );
    let unknown = Uuid::now_v7().to_string();
    assert_refused(
        remove(&world, &owner, &unknown).await,
        Code::NotFound,
        "PAYMENT_METHOD_NOT_FOUND",
    );
    assert_eq!(list(&world, &owner).await.len(), 1);
}

#[tokio::test]
async fn a_request_repeated_stores_one_method() {
    // While one is with the PG it tells the others to try again.
    let limits = Limits {
        tries: 200,
        multiplier: 1.0,
        ..quick().limits
    };
    let world = World::with(Config { limits, ..quick() }).await;
    let buyer = user();
    let auth_key = world.auth_key(&buyer, "APPROVE").await;
    let request_id = Uuid::now_v7().to_string();
    let at_once = join_all((0..4).map(|_| add(&world, &buyer, &auth_key, &request_id))).await;
    let first = at_once.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert!(first.iter().all(|method| *method == first[0]));
    assert_eq!(
        add(&world, &buyer, &auth_key, &request_id).await.unwrap(),
        first[0]
    );
    assert_eq!(list(&world, &buyer).await.len(), 1);
}

#[tokio::test]
async fn an_authorisation_the_pg_refuses_stores_nothing() {
    let world = World::start().await;
    let buyer = user();
    let anothers = world.auth_key(&user(), "APPROVE").await;
    for auth_key in ["no-such-key", &anothers] {
        let refused = add(&world, &buyer, auth_key, "").await;
        assert_refused(refused, Code::FailedPrecondition, "PAYMENT_METHOD_REFUSED");
    }
    assert_eq!(list(&world, &buyer).await, []);
}

#[tokio::test]
async fn a_pg_that_does_not_answer_is_unavailable_and_the_same_request_works_later() {
    let world = World::with(hasty()).await;
    let buyer = user();
    let auth_key = world.auth_key(&buyer, "APPROVE").await;
    let request_id = Uuid::now_v7().to_string();
    world.pg.strike("reset-after", "billing_issue", 1).await;
    let status = assert_refused(
        add(&world, &buyer, &auth_key, &request_id).await,
        Code::Unavailable,
        "PG_UNAVAILABLE",
    );
    assert!(tonic_types::StatusExt::get_details_retry_info(&status).is_some());
    add(&world, &buyer, &auth_key, &request_id).await.unwrap();
    assert_eq!(list(&world, &buyer).await.len(), 1);
}

#[tokio::test]
async fn a_member_has_ten_methods_at_most() {
    let world = World::start().await;
    let buyer = user();
    let mut auth_keys = Vec::new();
    for _ in 0..12 {
        auth_keys.push(world.auth_key(&buyer, "APPROVE").await);
    }
    let results = join_all(auth_keys.iter().map(|auth_key| add(&world, &buyer, auth_key, ""))).await;
    let (stored, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((stored.len(), refused.len()), (10, 2));
    for result in refused {
        assert_refused(result, Code::FailedPrecondition, "TOO_MANY_PAYMENT_METHODS");
    }
    assert_eq!(list(&world, &buyer).await.len(), 10);
    // What the PG stored for one call too many, it forgets.
    eventually(async || {
        let left: i64 =
            sqlx::query_scalar("select count(*) from payment_method where billing_key is not null")
                .fetch_one(world.harness.pool())
                .await
                .unwrap();
        (left == 10).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_member_keeps_one_customer_key() {
    let world = World::start().await;
    let (one, other) = (user(), user());
    let mut keys = Vec::new();
    for buyer in [&one, &one, &other] {
        let response = world
            .client(buyer)
            .get_customer_key(GetCustomerKeyRequest {})
            .await
            .unwrap();
        keys.push(response.into_inner().customer_key);
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
}

#[tokio::test]
async fn methods_come_in_pages_newest_first() {
    let world = World::start().await;
    let buyer = user();
    let mut newest_first = Vec::new();
    for _ in 0..5 {
        world.harness.advance(std::time::Duration::from_secs(1));
        newest_first.insert(0, world.stored(&buyer, "APPROVE").await);
    }
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPaymentMethodsRequest {
            page_size: 2,
            page_token,
        };
        let response = world
            .client(&buyer)
            .list_payment_methods(request)
            .await
            .unwrap()
            .into_inner();
        found.extend(
            response
                .payment_methods
                .into_iter()
                .map(|method| method.payment_method_id),
        );
        page_token = response.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, newest_first);
    let request = ListPaymentMethodsRequest {
        page_size: 2,
        page_token: "apple".into(),
    };
    let refused = world.client(&buyer).list_payment_methods(request).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
