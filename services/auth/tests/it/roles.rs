use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::account_admin_service_client::AccountAdminServiceClient;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{
    Account, AssignRoleRequest, GrantRoleRequest, RevokeRoleRequest, RoleGranted, RoleRevoked,
    RotateSigningKeyRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::world::{ADMIN, Auth};

async fn grant(auth: &Auth, by: &User, account_id: &str, role: Role) -> Result<Account, Status> {
    let request = GrantRoleRequest {
        account_id: account_id.into(),
        role: role.into(),
    };
    let response = auth.of(by).grant_role(request).await?;
    Ok(response.into_inner().account.unwrap())
}

async fn revoke(auth: &Auth, by: &User, account_id: &str, role: Role) -> Result<Account, Status> {
    let request = RevokeRoleRequest {
        account_id: account_id.into(),
        role: role.into(),
    };
    let response = auth.of(by).revoke_role(request).await?;
    Ok(response.into_inner().account.unwrap())
}

/// Makes an admin, as the admin service does.
async fn make_admin(auth: &Auth, by: &User, account_id: &str) {
    let request = AssignRoleRequest {
        account_id: account_id.into(),
        role: Role::Admin.into(),
        acting_account_id: by.id.to_string(),
        approving_account_id: String::new(),
    };
    let mut client = AccountAdminServiceClient::new(auth.harness.as_service("admin"));
    client.assign_role(request).await.unwrap();
}

fn roles(account: &Account) -> Vec<Role> {
    account.roles().collect()
}

#[tokio::test]
async fn a_role_is_granted_and_revoked_and_told_of_once_each() {
    let auth = Auth::start().await;
    let by = auth.admin().await.user;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap();
    let before = auth.harness.published::<RoleGranted>().await.len();
    for _ in 0..2 {
        let account = grant(&auth, &by, &kim.account_id, Role::Seller).await.unwrap();
        assert_eq!(roles(&account), [Role::Buyer, Role::Seller]);
    }
    let granted = auth.harness.published::<RoleGranted>().await;
    let expected = RoleGranted {
        account_id: kim.account_id.clone(),
        role: Role::Seller.into(),
        granted_by: by.id.to_string(),
        approved_by: String::new(),
        time: granted.last().unwrap().time,
    };
    assert_eq!(granted[before..], [expected]);

    for _ in 0..2 {
        let account = revoke(&auth, &by, &kim.account_id, Role::Seller).await.unwrap();
        assert_eq!(roles(&account), [Role::Buyer]);
    }
    let revoked = auth.harness.published::<RoleRevoked>().await;
    let expected = RoleRevoked {
        account_id: kim.account_id,
        role: Role::Seller.into(),
        revoked_by: by.id.to_string(),
        approved_by: String::new(),
        time: revoked[0].time,
    };
    assert_eq!(revoked, [expected]);
}

#[tokio::test]
async fn buyer_and_the_last_admin_cannot_be_revoked() {
    let auth = Auth::start().await;
    let admin = auth.admin().await;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap();
    for (account_id, role) in [
        (&kim.account_id, Role::Buyer),
        (&admin.account.account_id, Role::Admin),
    ] {
        let refused = revoke(&auth, &admin.user, account_id, role).await;
        assert_refused(refused, Code::FailedPrecondition, "ROLE_NOT_REVOCABLE");
    }
    assert!(auth.harness.published::<RoleRevoked>().await.is_empty());

    // Not an admin, so there is nothing to take and nobody to lose.
    revoke(&auth, &admin.user, &kim.account_id, Role::Admin)
        .await
        .unwrap();
    make_admin(&auth, &admin.user, &kim.account_id).await;
    revoke(&auth, &admin.user, &admin.account.account_id, Role::Admin)
        .await
        .unwrap();
}

#[tokio::test]
async fn no_admin_gives_a_staff_role_alone() {
    let auth = Auth::start().await;
    let by = auth.admin().await.user;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap();
    for role in [
        Role::Admin,
        Role::Catalogue,
        Role::Finance,
        Role::Support,
        Role::Security,
    ] {
        let refused = grant(&auth, &by, &kim.account_id, role).await;
        assert_refused(refused, Code::FailedPrecondition, "ROLE_NEEDS_TWO");
    }
}

#[tokio::test]
async fn one_admin_is_left_when_all_revoke_each_other_at_once() {
    let auth = Auth::start().await;
    let first = auth.admin().await;
    let mut admins = vec![first.user.clone()];
    for number in 0..4 {
        let account = auth
            .try_sign_up(&format!("admin{number}@example.com"), "")
            .await
            .unwrap();
        make_admin(&auth, &first.user, &account.account_id).await;
        let id = account.account_id.parse().unwrap();
        admins.push(User {
            id,
            ..first.user.clone()
        });
    }
    let mut calls = tokio::task::JoinSet::new();
    for by in &admins {
        for whom in &admins {
            let mut client = AuthServiceClient::new(auth.harness.as_user(by));
            let request = RevokeRoleRequest {
                account_id: whom.id.to_string(),
                role: Role::Admin.into(),
            };
            calls.spawn(async move {
                let answer = client.revoke_role(request).await;
                answer
                    .map(|_| ())
                    .map_err(|status| xlcfi_errors::reason_of(&status).unwrap())
            });
        }
    }
    let hold = "select from account_role where role = 'ADMIN' for update";
    for answer in auth.make_meet(hold, 8, calls.join_all()).await {
        let expected = |reason: &String| reason == "ROLE_NOT_REVOCABLE" || reason == "ROLE_MISSING";
        assert!(answer.as_ref().err().is_none_or(expected), "{answer:?}");
    }
    assert_eq!(
        auth.count("select count(*) from account_role where role = 'ADMIN'")
            .await,
        1
    );
    assert_eq!(auth.harness.published::<RoleRevoked>().await.len(), 4);
}

#[tokio::test]
async fn a_revoked_admin_cannot_use_the_token_that_is_left() {
    let auth = Auth::start().await;
    let first = auth.admin().await;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap();
    make_admin(&auth, &first.user, &kim.account_id).await;
    let kim = auth.log_in("kim@example.com").await;
    revoke(&auth, &first.user, &kim.account.account_id, Role::Admin)
        .await
        .unwrap();

    let back = grant(&auth, &kim.user, &kim.account.account_id, Role::Seller).await;
    assert_refused(back, Code::PermissionDenied, "ROLE_MISSING");
    let revenge = revoke(&auth, &kim.user, &first.account.account_id, Role::Admin).await;
    assert_refused(revenge, Code::PermissionDenied, "ROLE_MISSING");
    let rotated = auth
        .of(&kim.user)
        .rotate_signing_key(RotateSigningKeyRequest {})
        .await;
    assert_refused(rotated, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn only_admins_grant_and_revoke_and_only_to_accounts_there_are() {
    let auth = Auth::start().await;
    let by = auth.admin().await.user;
    let nobody = Uuid::now_v7().to_string();
    let refused = grant(&auth, &by, &nobody, Role::Seller).await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = revoke(&auth, &by, &nobody, Role::Seller).await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    for (account_id, role) in [("apple", Role::Seller), (nobody.as_str(), Role::Unspecified)] {
        let refused = grant(&auth, &by, account_id, role).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        let refused = revoke(&auth, &by, account_id, role).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let refused = grant(&auth, &user(), &by.id.to_string(), Role::Admin).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = revoke(&auth, &user(), &by.id.to_string(), Role::Admin).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    // A token that says admin, of an account that never was one.
    let refused = grant(&auth, &admin(), &by.id.to_string(), Role::Seller).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    assert_eq!(auth.log_in(ADMIN).await.user.roles, [Role::Buyer, Role::Admin]);
}
