use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{AccountClosed, GetAccountRequest, GrantRoleRequest};
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::types::v1::Role;
use xlcfi_events::Stream;
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{Auth, PASSWORD};

fn withdrawn(member_id: &str) -> MemberWithdrawn {
    MemberWithdrawn {
        member_id: member_id.into(),
        time: None,
    }
}

#[tokio::test]
async fn a_member_who_withdrew_has_no_account_and_its_address_is_free() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let by = auth.admin().await.user;
    let grant = GrantRoleRequest {
        account_id: kim.account.account_id.clone(),
        role: Role::Seller.into(),
    };
    auth.of(&by).grant_role(grant).await.unwrap();
    auth.try_log_in("kim@example.com", "wrong password")
        .await
        .unwrap_err();

    let (key, event) = (kim.user.id.uuid(), withdrawn(&kim.account.account_id));
    let id = auth.harness.deliver("member", key, 1, &event).await;
    let told = async || {
        let told = auth.harness.published::<AccountClosed>().await;
        told.into_iter().next()
    };
    assert_eq!(eventually(told).await.account_id, kim.account.account_id);
    auth.harness.redeliver("member", id, key, 1, &event).await;
    auth.harness.taken_in(Stream::events("member"), "auth").await;
    assert_eq!(auth.harness.published::<AccountClosed>().await.len(), 1);

    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    let refused = auth.of(&kim.user).get_account(GetAccountRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_INVALID");
    let named =
        "select (select count(*) from account where email = 'kim@example.com' or display_name = '김바다')
                      + (select count(*) from known_device) + (select count(*) from errand)
                      + (select count(*) from account_role where role = 'SELLER')";
    eventually(async || (auth.count(named).await == 1).then_some(())).await;

    let again = auth.newcomer("kim@example.com").await;
    assert_ne!(again.account.account_id, kim.account.account_id);
    assert!(auth.harness.parked().await.is_empty());
}

#[tokio::test]
async fn who_never_had_an_account_may_withdraw_and_nonsense_is_put_aside() {
    let auth = Auth::start().await;
    let nobody = Uuid::now_v7();
    let event = withdrawn(&nobody.to_string());
    auth.harness.deliver("member", nobody, 1, &event).await;
    let poison = Uuid::now_v7();
    auth.harness
        .deliver("member", poison, 1, &withdrawn("apple"))
        .await;
    let parked = async || {
        let parked = auth.harness.parked().await;
        (parked.len() == 1).then_some(())
    };
    eventually(parked).await;
    assert!(auth.harness.published::<AccountClosed>().await.is_empty());
}
