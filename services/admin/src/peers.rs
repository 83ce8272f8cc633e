//! The owners of things, as admin asks them.

use serde_json::json;
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::account_admin_service_client::AccountAdminServiceClient;
use xlcfi_contracts::auth::v1::account_security_service_client::AccountSecurityServiceClient;
use xlcfi_contracts::auth::v1::{Account, AssignRoleRequest, BatchGetAccountsRequest, WithdrawRoleRequest};
use xlcfi_contracts::member::v1::benefit_service_client::BenefitServiceClient;
use xlcfi_contracts::order::v1::StopOrderRequest;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use xlcfi_contracts::payment::v1::refund_service_client::RefundServiceClient;
use xlcfi_contracts::payment::v1::{
    CreateRefundRequest, DecideRefundRequest, GetRefundRequest, RecheckPaymentRequest, Refund, RefundLine,
};
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::recall_service_client::RecallServiceClient;
use xlcfi_contracts::product::v1::{LiftRecallRequest, TakeDownProductRequest};
use xlcfi_contracts::review::v1::moderation_service_client::ModerationServiceClient;
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::reason_of;
use xlcfi_identity::{Member, User, on_behalf_of};
use xlcfi_service::{Members, Peer, StartError};
use xlcfi_types::{Id, Money};

use crate::error::Error;
use crate::operation::{Act, Answer};
use crate::permission::Operation;
use crate::proposal::{Kind, Proposal};

/// The other services.
#[derive(Clone)]
pub struct Peers {
    pub(crate) accounts: AccountAdminServiceClient<Peer>,
    pub(crate) benefits: BenefitServiceClient<Peer>,
    pub(crate) members: Members,
    pub(crate) security: AccountSecurityServiceClient<Peer>,
    pub(crate) moderation: ModerationServiceClient<Peer>,
    orders: OrderServiceClient<Peer>,
    payments: PaymentServiceClient<Peer>,
    products: ProductServiceClient<Peer>,
    pub(crate) recalls: RecallServiceClient<Peer>,
    refunds: RefundServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            accounts: AccountAdminServiceClient::new(peers.channel("auth")?),
            benefits: BenefitServiceClient::new(peers.channel("member")?),
            members: Members::new(peers)?,
            security: AccountSecurityServiceClient::new(peers.channel("auth")?),
            moderation: ModerationServiceClient::new(peers.channel("review")?),
            orders: OrderServiceClient::new(peers.channel("order")?),
            payments: PaymentServiceClient::new(peers.channel("payment")?),
            products: ProductServiceClient::new(peers.channel("product")?),
            recalls: RecallServiceClient::new(peers.channel("product")?),
            refunds: RefundServiceClient::new(peers.channel("payment")?),
        })
    }

    /// Does what is asked for.
    ///
    /// # Errors
    /// The owner does not answer.
    pub async fn run(&self, act: &Act) -> Result<Answer, Error> {
        match act.operation {
            Operation::CancelOrder => refusable("order", self.stop_order(act).await),
            Operation::ArchiveProduct => refusable("product", self.take_down(act).await),
            Operation::RecheckPayment => refusable("payment", self.recheck(act).await),
            Operation::DecideRefund => refusable("payment", self.decide_refund(act).await),
            Operation::LiftRecall => refusable("product", self.lift_recall(act).await),
            Operation::EndSessions
            | Operation::ResetSecondFactor
            | Operation::LockAccount
            | Operation::UnlockAccount => refusable("auth", self.change_account(act).await),
            Operation::DecideReview | Operation::DecideAppeal => {
                refusable("review", self.decide_review(act).await)
            }
        }
    }

    async fn stop_order(&self, act: &Act) -> Result<Answer, Status> {
        let request = StopOrderRequest {
            order_id: act.subject_id.to_string(),
            actor: act.user.id.to_string(),
            reason: act.reason.clone(),
        };
        let answer = self.orders.clone().stop_order(request).await?.into_inner();
        let order = answer.order.clone().unwrap_or_default();
        Ok(Answer::Done {
            before: json!({"state": answer.state_before().as_str_name()}).to_string(),
            after: json!({"state": order.state().as_str_name(), "version": order.version}).to_string(),
        })
    }

    async fn take_down(&self, act: &Act) -> Result<Answer, Status> {
        let request = TakeDownProductRequest {
            product_id: act.subject_id.to_string(),
            actor: act.user.id.to_string(),
        };
        let answer = self
            .products
            .clone()
            .take_down_product(request)
            .await?
            .into_inner();
        let product = answer.product.clone().unwrap_or_default();
        Ok(Answer::Done {
            before: json!({"state": answer.state_before().as_str_name()}).to_string(),
            after: json!({"state": product.state().as_str_name(), "version": product.version}).to_string(),
        })
    }

    async fn recheck(&self, act: &Act) -> Result<Answer, Status> {
        let request = RecheckPaymentRequest {
            payment_id: act.subject_id.to_string(),
        };
        let asked = on_behalf_of(request, &act.user);
        let answer = self.payments.clone().recheck_payment(asked).await?.into_inner();
        let payment = answer.payment.unwrap_or_default();
        Ok(Answer::Done {
            // It is asked about in this state only.
            before: json!({"state": "PAYMENT_STATE_CONFLICTED"}).to_string(),
            after: json!({"state": payment.state().as_str_name(), "version": payment.version}).to_string(),
        })
    }

    async fn decide_refund(&self, act: &Act) -> Result<Answer, Status> {
        let refund_id = act.subject_id.to_string();
        let get = GetRefundRequest {
            refund_id: refund_id.clone(),
        };
        let mut refunds = self.refunds.clone();
        let before = refunds
            .get_refund(on_behalf_of(get, &act.user))
            .await?
            .into_inner();
        let decide = DecideRefundRequest {
            refund_id,
            version: act.version,
            decision: act.refund_decision.into(),
            note: act.reason.clone(),
            receive_account: None,
        };
        let after = refunds
            .decide_refund(on_behalf_of(decide, &act.user))
            .await?
            .into_inner();
        Ok(Answer::Done {
            before: refund_json(&before.refund.unwrap_or_default()),
            after: refund_json(&after.refund.unwrap_or_default()),
        })
    }

    async fn lift_recall(&self, act: &Act) -> Result<Answer, Status> {
        let request = LiftRecallRequest {
            recall_id: act.subject_id.to_string(),
            reason: act.reason.clone(),
        };
        let asked = on_behalf_of(request, &act.user);
        let recall = self.recalls.clone().lift_recall(asked).await?.into_inner();
        let lots = recall.recall.unwrap_or_default().lots;
        Ok(Answer::Done {
            before: json!({"held": true, "lots": lots}).to_string(),
            after: json!({"held": false, "lots": lots}).to_string(),
        })
    }

    /// Does what was approved.
    ///
    /// # Errors
    /// The owner does not answer.
    pub async fn execute(&self, proposal: &Proposal, by: &User) -> Result<Answer, Error> {
        match (proposal.kind, proposal.role) {
            (Kind::Refund, _) => refusable("payment", self.refund(proposal, by).await),
            (Kind::CorrectPoints, _) => refusable("member", self.correct_points(proposal).await),
            (kind, Some(role)) => refusable("auth", self.change_role(proposal, kind, role).await),
            (_, None) => Ok(Answer::Refused("ROLE_UNKNOWN".into())),
        }
    }

    async fn refund(&self, proposal: &Proposal, by: &User) -> Result<Answer, Status> {
        let line = |part: &crate::proposal::Part| RefundLine {
            line: part.line,
            amount: Some(Money::won(part.amount).into()),
        };
        let request = CreateRefundRequest {
            order_id: proposal.subject_id.to_string(),
            lines: proposal.parts.iter().map(line).collect(),
            reason: proposal.reason.clone(),
            receive_account: None,
            request_id: proposal.proposal_id.to_string(),
        };
        let asked = on_behalf_of(request, by);
        let refund = self.refunds.clone().create_refund(asked).await?.into_inner();
        let refund = refund.refund.unwrap_or_default();
        Ok(Answer::Done {
            before: String::new(),
            after: refund_json(&refund),
        })
    }

    async fn change_role(&self, proposal: &Proposal, kind: Kind, role: Role) -> Result<Answer, Status> {
        let acting = |by: Option<Id<Member>>| by.map(|id| id.to_string()).unwrap_or_default();
        let (account_id, acting_account_id) =
            (proposal.subject_id.to_string(), proposal.proposed_by.to_string());
        let approving_account_id = acting(proposal.decided_by);
        let mut accounts = self.accounts.clone();
        let ask = BatchGetAccountsRequest {
            account_ids: vec![account_id.clone()],
        };
        let before = accounts.batch_get_accounts(ask).await?.into_inner().accounts;
        let account = if kind == Kind::GrantRole {
            let request = AssignRoleRequest {
                account_id,
                role: role.into(),
                acting_account_id,
                approving_account_id,
            };
            accounts.assign_role(request).await?.into_inner().account
        } else {
            let request = WithdrawRoleRequest {
                account_id,
                role: role.into(),
                acting_account_id,
                approving_account_id,
            };
            accounts.withdraw_role(request).await?.into_inner().account
        };
        Ok(Answer::Done {
            before: roles_json(before.first()),
            after: roles_json(account.as_ref()),
        })
    }
}

fn roles_json(account: Option<&Account>) -> String {
    let roles = account.into_iter().flat_map(|account| account.roles());
    let roles: Vec<&str> = roles.map(|role| role.as_str_name()).collect();
    json!({ "roles": roles }).to_string()
}

fn refund_json(refund: &Refund) -> String {
    let amount = refund.amount.as_ref().map_or(0, |amount| amount.minor_units);
    json!({
        "refundId": refund.refund_id, "orderId": refund.order_id, "state": refund.state().as_str_name(),
        "won": amount, "version": refund.version,
    })
    .to_string()
}

/// What an owner refuses is an answer; when it does not answer, that is not.
fn refusable(owner: &'static str, asked: Result<Answer, Status>) -> Result<Answer, Error> {
    asked.or_else(|status| Ok(Answer::Refused(refusal(owner, &status)?)))
}

/// Why an owner refused.
///
/// # Errors
/// It did not answer.
pub fn refusal(owner: &'static str, status: &Status) -> Result<String, Error> {
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Cancelled
        | Code::Unknown
        | Code::Internal
        | Code::Unauthenticated => {
            tracing::warn!(owner, code = ?status.code(), message = status.message(), "an owner does not answer");
            Err(Error::OwnerUnavailable(owner))
        }
        code => Ok(reason_of(status).unwrap_or_else(|| format!("{code:?}"))),
    }
}

/// An id nobody else makes of the same parts.
pub fn derived(namespace: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&namespace, name.as_bytes())
}
