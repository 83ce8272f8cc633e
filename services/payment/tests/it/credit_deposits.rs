//! Deposits of business buyers, and who sees what.

use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::{
    AssignDepositRequest, Deposit, GetCreditLineRequest, GetStatementRequest, ListDepositsRequest,
    ListReceivablesRequest, SetCreditLineRequest,
};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, user, violations};

use crate::business::{Buyer, deposit_of, line_of};
use crate::world::{World, won};

async fn deposits(world: &World, user: &User, unmatched: bool) -> Vec<Deposit> {
    let request = ListDepositsRequest {
        unmatched,
        ..ListDepositsRequest::default()
    };
    world
        .credit(user)
        .list_deposits(request)
        .await
        .unwrap()
        .into_inner()
        .deposits
}

async fn assign(world: &World, deposit_id: &str, buyer: &Buyer) -> Result<Deposit, Status> {
    let request = AssignDepositRequest {
        deposit_id: deposit_id.into(),
        member_id: buyer.user.id.to_string(),
        note: "입금자가 전화로 알림".into(),
    };
    Ok(world
        .credit(&admin())
        .assign_deposit(request)
        .await?
        .into_inner()
        .deposit
        .unwrap())
}

#[tokio::test]
async fn a_deposit_pays_due_first_and_what_is_above_pays_what_is_ordered_next() {
    let world = World::start().await;
    let buyer = world.business(100_000).await;
    let first = world.owed(&buyer, 10_000).await;
    let second = world.owed(&buyer, 5_000).await;

    let under = world.deposit(&buyer.account, 4_000).await;
    assert_eq!((under.applied, under.unapplied), (Some(won(4_000)), Some(won(0))));
    assert_eq!(world.account_of(&first).await, (6_000, 4_000));
    let exact = world.deposit(&buyer.account, 6_000).await;
    assert_eq!(exact.member_id, buyer.user.id.to_string());
    assert_eq!(world.account_of(&first).await, (0, 10_000));
    assert_eq!(world.account_of(&second).await, (5_000, 0));
    let over = world.deposit(&buyer.account, 7_500).await;
    assert_eq!(
        (over.applied, over.unapplied),
        (Some(won(5_000)), Some(won(2_500)))
    );
    assert_eq!(world.standing(&buyer).await, (0, 2_500, 102_500));
    let third = world.owed(&buyer, 2_000).await;
    assert_eq!(world.account_of(&third).await, (0, 2_000));
    assert_eq!(world.standing(&buyer).await, (0, 500, 100_500));
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn a_deposit_told_twice_is_one_and_one_that_differs_is_refused() {
    let world = World::start().await;
    let buyer = world.business(100_000).await;
    world.owed(&buyer, 10_000).await;
    let request = deposit_of("B-1", &buyer.account, 3_000);
    let told: Vec<_> = futures::future::join_all((0..8).map(|_| world.record(request.clone()))).await;
    let first = told[0].as_ref().unwrap();
    assert!(told.iter().all(|again| again.as_ref().unwrap() == first));
    assert_eq!(world.standing(&buyer).await, (7_000, 0, 93_000));
    for other in [
        deposit_of("B-1", &buyer.account, 3_001),
        deposit_of("B-1", "999999", 3_000),
    ] {
        assert_refused(world.record(other).await, Code::AlreadyExists, "DEPOSIT_DIFFERS");
    }
    let status = assert_refused(
        world.record(deposit_of("B-2", &buyer.account, 0)).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["amount"]);
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn a_deposit_nobody_knows_is_kept_until_it_is_given_to_its_member() {
    let world = World::start().await;
    let (buyer, other) = (world.business(100_000).await, world.business(100_000).await);
    let order = world.owed(&buyer, 10_000).await;
    let unknown = world.deposit("999999", 12_000).await;
    assert_eq!(
        (unknown.member_id.as_str(), unknown.applied.clone()),
        ("", Some(won(0)))
    );
    assert_eq!(
        deposits(&world, &admin(), true).await,
        std::slice::from_ref(&unknown)
    );
    assert_eq!(deposits(&world, &buyer.user, false).await, []);
    let nobody = Buyer {
        user: user(),
        account: "1".into(),
    };
    assert_refused(
        assign(&world, &unknown.deposit_id, &nobody).await,
        Code::NotFound,
        "CREDIT_LINE_NOT_FOUND",
    );
    assert_refused(
        assign(&world, &Uuid::now_v7().to_string(), &buyer).await,
        Code::NotFound,
        "DEPOSIT_NOT_FOUND",
    );

    let given = assign(&world, &unknown.deposit_id, &buyer).await.unwrap();
    assert_eq!(
        (given.unapplied.clone(), given.note.is_empty()),
        (Some(won(2_000)), false)
    );
    assert_eq!(assign(&world, &unknown.deposit_id, &buyer).await.unwrap(), given);
    assert_refused(
        assign(&world, &unknown.deposit_id, &other).await,
        Code::FailedPrecondition,
        "DEPOSIT_ASSIGNED",
    );
    assert_eq!(world.account_of(&order).await, (0, 10_000));
    assert_eq!(deposits(&world, &admin(), true).await, []);
    assert_eq!(deposits(&world, &buyer.user, false).await, [given]);
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn terms_change_by_version_and_an_account_has_one_member() {
    let world = World::start().await;
    let buyer = world.business(10_000).await;
    let change = |version, limit| SetCreditLineRequest {
        version,
        ..line_of(&buyer, limit)
    };
    for stale in [0, 2] {
        assert_refused(
            world.set_line(change(stale, 1)).await,
            Code::Aborted,
            "CREDIT_LINE_CHANGED",
        );
    }
    let line = world.set_line(change(1, 20_000)).await.unwrap();
    assert_eq!((line.version, line.available), (2, Some(won(20_000))));
    let thief = Buyer {
        user: user(),
        account: buyer.account.clone(),
    };
    assert_refused(
        world.set_line(line_of(&thief, 1)).await,
        Code::AlreadyExists,
        "DEPOSIT_ACCOUNT_TAKEN",
    );
    let status = assert_refused(
        world.set_line(change(2, -1)).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["limit"]);
}

#[tokio::test]
async fn a_member_sees_its_own_and_only_admins_write() {
    let world = World::start().await;
    let (buyer, stranger) = (world.business(10_000).await, world.business(10_000).await);
    world.owed(&buyer, 1_000).await;
    world.deposit(&buyer.account, 400).await;
    assert_eq!(deposits(&world, &stranger.user, false).await, []);
    assert_eq!(deposits(&world, &admin(), false).await.len(), 1);
    assert_eq!(world.receivables(&stranger.user, false).await.receivables, []);
    assert_eq!(world.receivables(&admin(), false).await.receivables.len(), 1);

    let member_id = buyer.user.id.to_string();
    let line = GetCreditLineRequest {
        member_id: member_id.clone(),
    };
    let receivables = ListReceivablesRequest {
        member_id: member_id.clone(),
        ..ListReceivablesRequest::default()
    };
    let statement = GetStatementRequest {
        member_id,
        month: "2026-11".into(),
    };
    let (mut of_admin, mut of_stranger) = (world.credit(&admin()), world.credit(&stranger.user));
    assert!(of_admin.get_credit_line(line.clone()).await.is_ok());
    assert!(of_admin.get_statement(statement.clone()).await.is_ok());
    let (not_found, reason) = (Code::NotFound, "CREDIT_LINE_NOT_FOUND");
    assert_refused(of_stranger.get_credit_line(line).await, not_found, reason);
    assert_refused(of_stranger.list_receivables(receivables).await, not_found, reason);
    assert_refused(of_stranger.get_statement(statement).await, not_found, reason);
    let none = GetCreditLineRequest::default();
    assert_refused(
        world.credit(&user()).get_credit_line(none).await,
        not_found,
        reason,
    );

    let (denied, reason) = (Code::PermissionDenied, "ROLE_MISSING");
    let mut client = world.credit(&buyer.user);
    let set = line_of(&buyer, 1_000_000);
    assert_refused(client.set_credit_line(set).await, denied, reason);
    let deposit = deposit_of("B-9", &buyer.account, 1_000);
    assert_refused(client.record_deposit(deposit).await, denied, reason);
    let assign = AssignDepositRequest {
        deposit_id: Uuid::now_v7().to_string(),
        member_id: buyer.user.id.to_string(),
        note: "내 돈".into(),
    };
    assert_refused(client.assign_deposit(assign).await, denied, reason);
}

#[tokio::test]
async fn lists_come_in_pages_that_miss_nothing() {
    let world = World::start().await;
    let buyer = world.business(10_000).await;
    for _ in 0..5 {
        world.owed(&buyer, 1_000).await;
    }
    for settled in [false, true] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListReceivablesRequest {
                settled,
                page_size: 2,
                page_token,
                ..ListReceivablesRequest::default()
            };
            let page = world
                .credit(&buyer.user)
                .list_receivables(request)
                .await
                .unwrap()
                .into_inner();
            seen.extend(page.receivables.into_iter().map(|row| row.payment_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        seen.dedup();
        assert_eq!(seen.len(), 5);
        world.deposit(&buyer.account, 5_000).await;
    }
}
