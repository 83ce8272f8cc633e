use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::account_admin_service_client::AccountAdminServiceClient;
use xlcfi_contracts::auth::v1::{
    Account, AssignRoleRequest, BatchGetAccountsRequest, ListAccountsRequest, ListAccountsResponse,
    RoleGranted, RoleRevoked, WithdrawRoleRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{Calling, admin, assert_refused};

use crate::world::Auth;

fn client(auth: &Auth) -> AccountAdminServiceClient<Calling> {
    AccountAdminServiceClient::new(auth.harness.as_service("admin"))
}

async fn assign(auth: &Auth, whose: &str, role: Role, by: &str, agreed: &str) -> Result<Account, Status> {
    let request = AssignRoleRequest {
        account_id: whose.into(),
        role: role.into(),
        acting_account_id: by.into(),
        approving_account_id: agreed.into(),
    };
    let response = client(auth).assign_role(request).await?;
    Ok(response.into_inner().account.unwrap())
}

async fn withdraw(auth: &Auth, whose: &str, role: Role, by: &str, agreed: &str) -> Result<Account, Status> {
    let request = WithdrawRoleRequest {
        account_id: whose.into(),
        role: role.into(),
        acting_account_id: by.into(),
        approving_account_id: agreed.into(),
    };
    let response = client(auth).withdraw_role(request).await?;
    Ok(response.into_inner().account.unwrap())
}

async fn list(auth: &Auth, request: ListAccountsRequest) -> ListAccountsResponse {
    client(auth).list_accounts(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn staff_roles_are_assigned_and_withdrawn_with_those_who_decided() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap().account_id;
    let security = auth.try_sign_up("lee@example.com", "").await.unwrap().account_id;
    assign(&auth, &security, Role::Security, &first, "")
        .await
        .unwrap();
    for role in [Role::Catalogue, Role::Finance, Role::Support] {
        for _ in 0..2 {
            assign(&auth, &kim, role, &security, &first).await.unwrap();
        }
    }
    let granted = auth.harness.published::<RoleGranted>().await;
    let of_kim: Vec<_> = granted
        .iter()
        .filter(|event| event.account_id == kim)
        .map(|event| (event.role(), &event.granted_by, &event.approved_by))
        .collect();
    let by = |role| (role, &security, &first);
    assert_eq!(of_kim, [Role::Catalogue, Role::Finance, Role::Support].map(by));

    let account = withdraw(&auth, &kim, Role::Finance, &first, &security)
        .await
        .unwrap();
    let roles: Vec<_> = account.roles().collect();
    assert_eq!(roles, [Role::Buyer, Role::Catalogue, Role::Support]);
    let told = auth.harness.published::<RoleRevoked>().await;
    let told = told.last().unwrap();
    assert_eq!(
        (told.role(), &told.revoked_by, &told.approved_by),
        (Role::Finance, &first, &security)
    );
}

#[tokio::test]
async fn who_decides_must_hold_a_role_for_it_and_not_agree_alone() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap().account_id;
    assign(&auth, &kim, Role::Finance, &first, "").await.unwrap();
    for (by, agreed) in [(&kim, ""), (&first, kim.as_str()), (&kim, first.as_str())] {
        let refused = assign(&auth, &kim, Role::Admin, by, agreed).await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
        let refused = withdraw(&auth, &kim, Role::Finance, by, agreed).await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
    let refused = assign(&auth, &kim, Role::Admin, &first, &first).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let nobody = Uuid::now_v7().to_string();
    let refused = assign(&auth, &nobody, Role::Admin, &first, "").await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = withdraw(&auth, &nobody, Role::Admin, &first, "").await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = withdraw(&auth, &first, Role::Admin, &first, "").await;
    assert_refused(refused, Code::FailedPrecondition, "ROLE_NOT_REVOCABLE");
}

#[tokio::test]
async fn accounts_are_listed_by_role_and_the_start_of_their_address() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let mut ids = Vec::new();
    for name in ["kim", "kimchi", "lee"] {
        let account = auth
            .try_sign_up(&format!("{name}@example.com"), "")
            .await
            .unwrap();
        ids.push(account.account_id);
        auth.advance_secs(1);
    }
    assign(&auth, &ids[2], Role::Support, &first, "").await.unwrap();
    let told = |page: ListAccountsResponse| -> Vec<String> {
        page.accounts
            .into_iter()
            .map(|account| account.account_id)
            .collect()
    };

    let with_prefix = ListAccountsRequest {
        email_prefix: "KIM".into(),
        ..Default::default()
    };
    assert_eq!(
        told(list(&auth, with_prefix).await),
        [ids[1].clone(), ids[0].clone()]
    );
    let with_role = ListAccountsRequest {
        role: Role::Support.into(),
        ..Default::default()
    };
    assert_eq!(told(list(&auth, with_role).await), [ids[2].clone()]);

    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListAccountsRequest {
            page_size: 3,
            page_token: page_token.clone(),
            ..Default::default()
        };
        let page = list(&auth, request).await;
        page_token = page.next_page_token.clone();
        all.extend(told(page));
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(
        all,
        [ids[2].clone(), ids[1].clone(), ids[0].clone(), first.clone()]
    );

    let request = BatchGetAccountsRequest {
        account_ids: vec![ids[0].clone(), Uuid::now_v7().to_string()],
    };
    let found = client(&auth).batch_get_accounts(request).await.unwrap();
    let found: Vec<_> = found
        .into_inner()
        .accounts
        .into_iter()
        .map(|account| account.email)
        .collect();
    assert_eq!(found, ["kim@example.com"]);
}

#[tokio::test]
async fn only_the_admin_service_may_ask() {
    let auth = Auth::start().await;
    let of = |calling| AccountAdminServiceClient::new(calling);
    for mut client in [
        of(auth.harness.as_service("order")),
        of(auth.harness.as_user(&admin())),
    ] {
        let refused = client.list_accounts(ListAccountsRequest::default()).await;
        assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    }
    let refused = client(&auth)
        .batch_get_accounts(BatchGetAccountsRequest {
            account_ids: vec!["apple".into()],
        })
        .await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
