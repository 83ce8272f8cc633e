use strum::IntoEnumIterator as _;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::payment::v1::RefundDecision;
use xlcfi_errors::Invalid;
use xlcfi_identity::User;
use xlcfi_types::{Id, Money};

use super::{request_id, timestamp, uuid};
use crate::config::Config;
use crate::operation::Act;
use crate::permission::{Operation, Permission};
use crate::proposal::{Kind, Part, Proposal, State};

fn proposal(
    by: &User,
    kind: Kind,
    subject_id: Uuid,
    reason: String,
    config: &Config,
    now: OffsetDateTime,
) -> Proposal {
    Proposal {
        proposal_id: Id::new(),
        kind,
        state: State::Pending,
        subject_id,
        role: None,
        parts: Vec::new(),
        points: 0,
        reason,
        proposed_by: by.id,
        executor: None,
        decided_by: None,
        decision_reason: String::new(),
        outcome: String::new(),
        create_time: now,
        expire_time: now + config.proposal_life(),
        update_time: now,
    }
}

pub fn role_proposal(
    by: &User,
    request: pb::ProposeRoleRequest,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Proposal, Invalid> {
    let (role, kind) = (
        request.role(),
        match request.revoke {
            true => Kind::RevokeRole,
            false => Kind::GrantRole,
        },
    );
    let subject_id = uuid("account_id", &request.account_id)?;
    Ok(Proposal {
        role: Some(role),
        ..proposal(by, kind, subject_id, request.reason, config, now)
    })
}

pub fn refund_proposal(
    by: &User,
    request: pb::ProposeRefundRequest,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Proposal, Invalid> {
    let subject_id = uuid("order_id", &request.order_id)?;
    let part = |line: &pb::ProposedLine| Part {
        line: line.line,
        amount: line.amount,
    };
    let parts: Vec<Part> = request.lines.iter().map(part).collect();
    for (at, part) in parts.iter().enumerate() {
        if parts.iter().take(at).any(|before| before.line == part.line) {
            return Err(Invalid::field(format!("lines[{at}].line"), "is there twice"));
        }
    }
    Ok(Proposal {
        parts,
        ..proposal(by, Kind::Refund, subject_id, request.reason, config, now)
    })
}

pub fn point_proposal(
    by: &User,
    request: pb::ProposePointCorrectionRequest,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Proposal, Invalid> {
    let subject_id = uuid("member_id", &request.member_id)?;
    if request.points == 0 {
        return Err(Invalid::field("points", "must not be 0"));
    }
    // Its owner takes no blank one.
    let reason = request.reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Invalid::field("reason", "must not be blank"));
    }
    Ok(Proposal {
        points: request.points,
        ..proposal(by, Kind::CorrectPoints, subject_id, reason, config, now)
    })
}

pub fn proposal_message(proposal: &Proposal) -> pb::Proposal {
    let kind = match proposal.kind {
        Kind::GrantRole => pb::ProposalKind::GrantRole,
        Kind::RevokeRole => pb::ProposalKind::RevokeRole,
        Kind::Refund => pb::ProposalKind::Refund,
        Kind::CorrectPoints => pb::ProposalKind::CorrectPoints,
    };
    let state = match proposal.state {
        State::Pending => pb::ProposalState::Pending,
        State::Approved => pb::ProposalState::Approved,
        State::Executed => pb::ProposalState::Executed,
        State::Failed => pb::ProposalState::Failed,
        State::Rejected => pb::ProposalState::Rejected,
        State::Expired => pb::ProposalState::Expired,
    };
    let line = |part: &Part| pb::ProposedLine {
        line: part.line,
        amount: part.amount,
    };
    let refund = proposal.kind == Kind::Refund;
    pb::Proposal {
        proposal_id: proposal.proposal_id.to_string(),
        kind: kind.into(),
        state: state.into(),
        subject_id: proposal.subject_id.to_string(),
        role: proposal.role.unwrap_or_default().into(),
        amount: refund.then(|| Money::won(proposal.amount()).into()),
        lines: proposal.parts.iter().map(line).collect(),
        points: proposal.points,
        reason: proposal.reason.clone(),
        proposed_by: proposal.proposed_by.to_string(),
        decided_by: proposal.decided_by.map(|id| id.to_string()).unwrap_or_default(),
        decision_reason: proposal.decision_reason.clone(),
        outcome: proposal.outcome.clone(),
        create_time: Some(timestamp(proposal.create_time)),
        expire_time: Some(timestamp(proposal.expire_time)),
        update_time: Some(timestamp(proposal.update_time)),
    }
}

pub fn proposal_state(state: pb::ProposalState) -> Option<State> {
    match state {
        pb::ProposalState::Unspecified => None,
        pb::ProposalState::Pending => Some(State::Pending),
        pb::ProposalState::Approved => Some(State::Approved),
        pb::ProposalState::Executed => Some(State::Executed),
        pb::ProposalState::Failed => Some(State::Failed),
        pb::ProposalState::Rejected => Some(State::Rejected),
        pb::ProposalState::Expired => Some(State::Expired),
    }
}

/// What is asked for.
///
/// # Errors
/// What deciding needs is not there.
pub fn act(user: &User, request: pb::RunOperationRequest) -> Result<Act, Invalid> {
    let operation = match request.operation() {
        pb::Operation::Unspecified => return Err(Invalid::field("operation", "name one")),
        pb::Operation::CancelOrder => Operation::CancelOrder,
        pb::Operation::ArchiveProduct => Operation::ArchiveProduct,
        pb::Operation::RecheckPayment => Operation::RecheckPayment,
        pb::Operation::DecideRefund => Operation::DecideRefund,
        pb::Operation::LiftRecall => Operation::LiftRecall,
        pb::Operation::EndSessions => Operation::EndSessions,
        pb::Operation::ResetSecondFactor => Operation::ResetSecondFactor,
        pb::Operation::LockAccount => Operation::LockAccount,
        pb::Operation::UnlockAccount => Operation::UnlockAccount,
        pb::Operation::DecideReview => Operation::DecideReview,
        pb::Operation::DecideAppeal => Operation::DecideAppeal,
    };
    let refund_decision = request.refund_decision();
    let mut invalid = Invalid::default();
    let versioned = [
        Operation::DecideRefund,
        Operation::DecideReview,
        Operation::DecideAppeal,
    ];
    if versioned.contains(&operation) && request.version < 1 {
        invalid.add("version", "must be the subject's version when it was looked at");
    }
    if operation == Operation::DecideRefund && refund_decision == RefundDecision::Unspecified {
        invalid.add("refund_decision", "must say what is decided");
    }
    invalid.into_result()?;
    Ok(Act {
        user: user.clone(),
        operation,
        subject_id: uuid("subject_id", &request.subject_id)?,
        request_id: request_id(&request.request_id)?,
        reason: request.reason,
        version: request.version,
        refund_decision,
        publish: request.publish,
    })
}

/// The table of operations, as somebody sees it.
pub fn rules(user: &User) -> Vec<pb::OperationRule> {
    let rule = |operation: Operation| {
        let permission = operation.permission();
        pb::OperationRule {
            operation: match operation {
                Operation::CancelOrder => pb::Operation::CancelOrder,
                Operation::ArchiveProduct => pb::Operation::ArchiveProduct,
                Operation::RecheckPayment => pb::Operation::RecheckPayment,
                Operation::DecideRefund => pb::Operation::DecideRefund,
                Operation::LiftRecall => pb::Operation::LiftRecall,
                Operation::EndSessions => pb::Operation::EndSessions,
                Operation::ResetSecondFactor => pb::Operation::ResetSecondFactor,
                Operation::LockAccount => pb::Operation::LockAccount,
                Operation::UnlockAccount => pb::Operation::UnlockAccount,
                Operation::DecideReview => pb::Operation::DecideReview,
                Operation::DecideAppeal => pb::Operation::DecideAppeal,
            }
            .into(),
            permission: permission_message(permission).into(),
            roles: permission.roles().iter().map(|role| i32::from(*role)).collect(),
            allowed: permission.of(user),
        }
    };
    Operation::iter().map(rule).collect()
}

fn permission_message(permission: Permission) -> pb::Permission {
    match permission {
        Permission::Roles => pb::Permission::Roles,
        Permission::RefundsPropose => pb::Permission::RefundsPropose,
        Permission::RefundsDecide => pb::Permission::RefundsDecide,
        Permission::Orders => pb::Permission::Orders,
        Permission::Products => pb::Permission::Products,
        Permission::Payments => pb::Permission::Payments,
        Permission::Recalls => pb::Permission::Recalls,
        Permission::Audit => pb::Permission::Audit,
        Permission::Accounts => pb::Permission::Accounts,
        Permission::Unlocking => pb::Permission::Unlocking,
        Permission::Reviews => pb::Permission::Reviews,
        Permission::PointsPropose => pb::Permission::PointsPropose,
        Permission::PointsDecide => pb::Permission::PointsDecide,
    }
}
