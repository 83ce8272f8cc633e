use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    DecideProposalRequest, GetProposalRequest, ListProposalsRequest, Proposal, ProposalState,
    ProposeRefundRequest, ProposeRoleRequest, ProposedLine,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user, violations};

use crate::world::{World, staff};

async fn role(world: &World, by: &User, account: Uuid) -> Proposal {
    let request = ProposeRoleRequest {
        account_id: account.to_string(),
        role: Role::Finance.into(),
        reason: "정산 담당".into(),
        ..Default::default()
    };
    let answer = world.proposals(by).propose_role(request).await.unwrap();
    answer.into_inner().proposal.unwrap()
}

fn refund(order: Uuid, won: i64) -> ProposeRefundRequest {
    ProposeRefundRequest {
        order_id: order.to_string(),
        lines: vec![ProposedLine { line: 1, amount: won }],
        reason: "상한 상품".into(),
        request_id: Uuid::now_v7().to_string(),
    }
}

fn decision(proposal: &Proposal, approve: bool) -> DecideProposalRequest {
    DecideProposalRequest {
        proposal_id: proposal.proposal_id.clone(),
        approve,
        reason: "확인함".into(),
    }
}

#[tokio::test]
async fn a_role_is_granted_once_by_two_people() {
    let world = World::open().await;
    let (one, other, account) = (staff(Role::Security), staff(Role::Security), Uuid::now_v7());
    let proposal = role(&world, &one, account).await;
    assert_eq!(proposal.state(), ProposalState::Pending);
    assert!(world.book.lock().unwrap().roles.is_empty(), "nobody agreed yet");
    let own = world
        .proposals(&one)
        .decide_proposal(decision(&proposal, true))
        .await;
    assert_refused(own, Code::FailedPrecondition, "PROPOSAL_OWN");
    for _ in 0..2 {
        let decided = world
            .proposals(&other)
            .decide_proposal(decision(&proposal, true))
            .await;
        let decided = decided.unwrap().into_inner().proposal.unwrap();
        assert_eq!(
            (decided.state(), decided.decided_by),
            (ProposalState::Executed, other.id.to_string())
        );
    }
    let asked = world.book.lock().unwrap().roles.clone();
    let granted = (
        account.to_string(),
        Role::Finance,
        one.id.to_string(),
        other.id.to_string(),
    );
    assert_eq!(asked, [granted]);
    let third = world
        .proposals(&staff(Role::Admin))
        .decide_proposal(decision(&proposal, false))
        .await;
    assert_refused(third, Code::FailedPrecondition, "PROPOSAL_DECIDED");
    let log = world.log(&account.to_string()).await;
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "role.grant.proposed",
            "role.grant.approved",
            "role.grant.executed"
        ]
    );
    assert_eq!(log[2].before, r#"{"roles":["ROLE_BUYER"]}"#);
    assert!(log[2].after.contains("ROLE_FINANCE"));
}

#[tokio::test]
async fn a_rejected_proposal_is_not_done() {
    let world = World::open().await;
    let proposal = role(&world, &staff(Role::Admin), Uuid::now_v7()).await;
    let decided = world
        .proposals(&staff(Role::Security))
        .decide_proposal(decision(&proposal, false))
        .await
        .unwrap();
    assert_eq!(
        decided.into_inner().proposal.unwrap().state(),
        ProposalState::Rejected
    );
    assert!(world.book.lock().unwrap().roles.is_empty());
}

#[tokio::test]
async fn a_small_refund_is_made_at_once_and_a_large_one_by_two() {
    let world = World::open().await;
    let (finance, other, order) = (staff(Role::Finance), staff(Role::Finance), Uuid::now_v7());
    let small = refund(order, 100_000);
    for _ in 0..2 {
        let made = world
            .proposals(&finance)
            .propose_refund(small.clone())
            .await
            .unwrap();
        let made = made.into_inner().proposal.unwrap();
        assert_eq!(
            (made.state(), made.decided_by.as_str()),
            (ProposalState::Executed, "")
        );
    }
    let large = world
        .proposals(&finance)
        .propose_refund(refund(order, 100_001))
        .await
        .unwrap();
    let large = large.into_inner().proposal.unwrap();
    assert_eq!(large.state(), ProposalState::Pending);
    let support = world
        .proposals(&staff(Role::Support))
        .decide_proposal(decision(&large, true))
        .await;
    assert_refused(support, Code::PermissionDenied, "ROLE_MISSING");
    let security = world
        .proposals(&staff(Role::Security))
        .decide_proposal(decision(&large, true))
        .await;
    assert_refused(security, Code::PermissionDenied, "PERMISSION_MISSING");
    let done = world
        .proposals(&other)
        .decide_proposal(decision(&large, true))
        .await
        .unwrap();
    let done = done.into_inner().proposal.unwrap();
    assert!(done.state() == ProposalState::Executed && done.outcome.contains("refundId"));
    let made = world.book.lock().unwrap().refunds.clone();
    assert_eq!(made, [(order.to_string(), 100_000), (order.to_string(), 100_001)]);
}

#[tokio::test]
async fn support_only_proposes_refunds() {
    let world = World::open().await;
    let support = staff(Role::Support);
    let made = world
        .proposals(&support)
        .propose_refund(refund(Uuid::now_v7(), 1))
        .await
        .unwrap();
    assert_eq!(
        made.into_inner().proposal.unwrap().state(),
        ProposalState::Pending
    );
    let mut twice = refund(Uuid::now_v7(), 1);
    twice.lines.push(ProposedLine { line: 1, amount: 2 });
    let status = assert_refused(
        world.proposals(&support).propose_refund(twice).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["lines[1].line"]);
}

#[tokio::test]
async fn what_the_owner_refuses_is_told_and_what_it_does_not_answer_is_asked_again() {
    let world = World::open().await;
    let finance = staff(Role::Finance);
    world.book.lock().unwrap().refuse = Some((Code::FailedPrecondition, "REFUND_ABOVE_BALANCE"));
    let failed = world
        .proposals(&finance)
        .propose_refund(refund(Uuid::now_v7(), 500))
        .await
        .unwrap();
    let failed = failed.into_inner().proposal.unwrap();
    assert_eq!(
        (failed.state(), failed.outcome.as_str()),
        (ProposalState::Failed, "REFUND_ABOVE_BALANCE")
    );
    world.book.lock().unwrap().silent = 1;
    let (order, request) = (Uuid::now_v7(), refund(Uuid::now_v7(), 700));
    let request = ProposeRefundRequest {
        order_id: order.to_string(),
        ..request
    };
    let away = world.proposals(&finance).propose_refund(request.clone()).await;
    assert_refused(away, Code::Unavailable, "OWNER_UNAVAILABLE");
    let kept = world
        .proposals(&finance)
        .propose_refund(request.clone())
        .await
        .unwrap();
    assert_eq!(
        kept.into_inner().proposal.unwrap().state(),
        ProposalState::Approved
    );
    // The sweeper does it.
    world.harness.advance(Duration::from_secs(31));
    eventually(async || {
        let made = world
            .proposals(&finance)
            .propose_refund(request.clone())
            .await
            .ok()?;
        (made.into_inner().proposal?.state() == ProposalState::Executed).then_some(())
    })
    .await;
    assert_eq!(world.book.lock().unwrap().refunds, [(order.to_string(), 700)]);
}

#[tokio::test]
async fn a_proposal_nobody_decides_about_expires() {
    let world = World::open().await;
    let by = staff(Role::Security);
    let proposal = role(&world, &by, Uuid::now_v7()).await;
    world.harness.advance(Duration::from_secs(72 * 3_600));
    let late = world
        .proposals(&staff(Role::Admin))
        .decide_proposal(decision(&proposal, true))
        .await;
    assert_refused(late, Code::FailedPrecondition, "PROPOSAL_EXPIRED");
    let get = GetProposalRequest {
        proposal_id: proposal.proposal_id.clone(),
    };
    eventually(async || {
        let found = world.proposals(&by).get_proposal(get.clone()).await.ok()?;
        (found.into_inner().proposal?.state() == ProposalState::Expired).then_some(())
    })
    .await;
    let actions = world.actions(&proposal.subject_id).await;
    assert_eq!(actions, ["role.grant.proposed", "role.grant.expired"]);
}

#[tokio::test]
async fn staff_sees_proposals_and_nobody_else() {
    let world = World::open().await;
    let by = staff(Role::Security);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(role(&world, &by, Uuid::now_v7()).await.proposal_id);
        world.harness.advance(Duration::from_secs(1));
    }
    made.reverse();
    let mut found = Vec::new();
    let mut request = ListProposalsRequest {
        state: ProposalState::Pending.into(),
        page_size: 2,
        ..Default::default()
    };
    loop {
        let page = world
            .proposals(&staff(Role::Support))
            .list_proposals(request.clone())
            .await;
        let page = page.unwrap().into_inner();
        found.extend(page.proposals.into_iter().map(|proposal| proposal.proposal_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(found, made);
    let get = GetProposalRequest {
        proposal_id: Uuid::now_v7().to_string(),
    };
    let unknown = world.proposals(&by).get_proposal(get.clone()).await;
    assert_refused(unknown, Code::NotFound, "PROPOSAL_NOT_FOUND");
    let decide = DecideProposalRequest {
        proposal_id: get.proposal_id.clone(),
        approve: true,
        reason: "확인함".into(),
    };
    let unknown = world.proposals(&by).decide_proposal(decide).await;
    assert_refused(unknown, Code::NotFound, "PROPOSAL_NOT_FOUND");
    let buyer = world.proposals(&user()).get_proposal(get).await;
    assert_refused(buyer, Code::PermissionDenied, "ROLE_MISSING");
}
