use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    DecideProposalRequest, Proposal, ProposalKind, ProposalState, ProposePointCorrectionRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, user, violations};

use crate::world::{World, staff};

fn request(member: Uuid, points: i64) -> ProposePointCorrectionRequest {
    ProposePointCorrectionRequest {
        member_id: member.to_string(),
        points,
        reason: "배송 지연 보상".into(),
        request_id: Uuid::now_v7().to_string(),
    }
}

async fn propose(world: &World, by: &User, request: ProposePointCorrectionRequest) -> Proposal {
    let made = world
        .proposals(by)
        .propose_point_correction(request)
        .await
        .unwrap();
    made.into_inner().proposal.unwrap()
}

#[tokio::test]
async fn a_small_correction_is_made_at_once_and_a_large_one_by_two() {
    let world = World::open().await;
    let (finance, other, member) = (staff(Role::Finance), staff(Role::Finance), Uuid::now_v7());
    let small = request(member, -100_000);
    let mut made = Vec::new();
    for _ in 0..2 {
        made.push(propose(&world, &finance, small.clone()).await);
    }
    assert_eq!(made[0], made[1]);
    assert_eq!(
        (made[0].state(), made[0].kind(), made[0].points),
        (ProposalState::Executed, ProposalKind::CorrectPoints, -100_000)
    );
    assert_eq!((&made[0].amount, made[0].lines.len()), (&None, 0));

    for points in [100_001, -100_001] {
        let large = propose(&world, &finance, request(member, points)).await;
        assert_eq!(large.state(), ProposalState::Pending);
        let decision = DecideProposalRequest {
            proposal_id: large.proposal_id.clone(),
            approve: true,
            reason: "확인함".into(),
        };
        let own = world.proposals(&finance).decide_proposal(decision.clone()).await;
        assert_refused(own, Code::FailedPrecondition, "PROPOSAL_OWN");
        let security = world
            .proposals(&staff(Role::Security))
            .decide_proposal(decision.clone())
            .await;
        assert_refused(security, Code::PermissionDenied, "PERMISSION_MISSING");
        let done = world.proposals(&other).decide_proposal(decision).await.unwrap();
        let done = done.into_inner().proposal.unwrap();
        assert_eq!(done.state(), ProposalState::Executed);
        assert!(done.outcome.contains(&(1_000 + points).to_string()), "{done:?}");
    }
    let asked = world.ledger.lock().unwrap().clone();
    let asked: Vec<_> = asked
        .iter()
        .map(|asked| {
            (
                asked.points,
                asked.acting_account_id.clone(),
                asked.approving_account_id.clone(),
            )
        })
        .collect();
    let (by, agreed) = (finance.id.to_string(), other.id.to_string());
    assert_eq!(
        asked,
        [
            (-100_000, by.clone(), String::new()),
            (100_001, by.clone(), agreed.clone()),
            (-100_001, by, agreed)
        ]
    );
    let log = world.log(&member.to_string()).await;
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions[..5],
        [
            "points.correct.proposed",
            "points.correct.executed",
            "points.correct.proposed",
            "points.correct.approved",
            "points.correct.executed"
        ]
    );
    assert_eq!(log[1].before, r#"{"points":1000}"#);
    assert!(log[0].after.contains("-100000") && log[0].reason == "배송 지연 보상");
}

#[tokio::test]
async fn what_member_refuses_is_told_and_what_it_does_not_answer_is_asked_again() {
    let world = World::open().await;
    let finance = staff(Role::Finance);
    world.book.lock().unwrap().refuse = Some((Code::FailedPrecondition, "POINTS_NOT_ENOUGH"));
    let failed = propose(&world, &finance, request(Uuid::now_v7(), -500)).await;
    assert_eq!(
        (failed.state(), failed.outcome.as_str()),
        (ProposalState::Failed, "POINTS_NOT_ENOUGH")
    );
    world.book.lock().unwrap().silent = 1;
    let asked = request(Uuid::now_v7(), 700);
    let away = world
        .proposals(&finance)
        .propose_point_correction(asked.clone())
        .await;
    assert_refused(away, Code::Unavailable, "OWNER_UNAVAILABLE");
    assert!(world.ledger.lock().unwrap().is_empty());
    assert_eq!(
        propose(&world, &finance, asked).await.state(),
        ProposalState::Approved
    );
}

#[tokio::test]
async fn support_only_proposes_corrections_and_others_do_not() {
    let world = World::open().await;
    let support = staff(Role::Support);
    let made = propose(&world, &support, request(Uuid::now_v7(), 1)).await;
    assert_eq!(made.state(), ProposalState::Pending);
    for other in [staff(Role::Catalogue), staff(Role::Security), user()] {
        let refused = world
            .proposals(&other)
            .propose_point_correction(request(Uuid::now_v7(), 1))
            .await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
    for (points, reason, field) in [(0, "시험", "points"), (1, "  ", "reason")] {
        let wrong = ProposePointCorrectionRequest {
            reason: reason.into(),
            ..request(Uuid::now_v7(), points)
        };
        let refused = world.proposals(&support).propose_point_correction(wrong).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(violations(&status), [field]);
    }
}
