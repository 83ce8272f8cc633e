//! The side of [`Peers`] that is about accounts, points and what people write.

use serde_json::json;
use tonic::Status;
use xlcfi_contracts::admin::v1::{ListPeopleRequest, Person};
use xlcfi_contracts::auth::v1::{
    Account, BatchGetAccountsRequest, EndAccountSessionsRequest, ListAccountsRequest, LockAccountRequest,
    ResetMfaRequest, UnlockAccountRequest,
};
use xlcfi_contracts::member::v1::CorrectPointsRequest;
use xlcfi_contracts::review::v1::{
    DecideAppealRequest, DecideReviewRequest, GetModerationCaseRequest, ModerationCase,
};
use xlcfi_errors::Invalid;
use xlcfi_identity::on_behalf_of;

use crate::error::Error;
use crate::operation::{Act, Answer};
use crate::peers::{Peers, refusal};
use crate::permission::Operation;
use crate::proposal::Proposal;

impl Peers {
    /// Does something to an account, whatever it was before: auth says nothing of that.
    pub(crate) async fn change_account(&self, act: &Act) -> Result<Answer, Status> {
        let (account_id, acting_account_id) = (act.subject_id.to_string(), act.user.id.to_string());
        let mut security = self.security.clone();
        let after = match act.operation {
            Operation::EndSessions => {
                let request = EndAccountSessionsRequest {
                    account_id,
                    acting_account_id,
                    approving_account_id: String::new(),
                };
                security.end_account_sessions(request).await?;
                json!({"sessions": 0})
            }
            Operation::ResetSecondFactor => {
                let request = ResetMfaRequest {
                    account_id,
                    acting_account_id,
                    approving_account_id: String::new(),
                };
                security.reset_mfa(request).await?;
                json!({"secondFactor": false, "sessions": 0})
            }
            Operation::LockAccount => {
                let request = LockAccountRequest {
                    account_id,
                    reason: act.reason.clone(),
                    acting_account_id,
                    approving_account_id: String::new(),
                };
                let lock = security.lock_account(request).await?.into_inner();
                json!({"locked": true, "lockedFor": lock.reason, "sessions": 0})
            }
            _ => {
                let request = UnlockAccountRequest {
                    account_id,
                    acting_account_id,
                    approving_account_id: String::new(),
                };
                security.unlock_account(request).await?;
                json!({"locked": false})
            }
        };
        Ok(Answer::Done {
            before: String::new(),
            after: after.to_string(),
        })
    }

    /// Puts points right. The owner knows the correction by the proposal's id.
    pub(crate) async fn correct_points(&self, proposal: &Proposal) -> Result<Answer, Status> {
        let request = CorrectPointsRequest {
            member_id: proposal.subject_id.to_string(),
            points: proposal.points,
            reason: proposal.reason.clone(),
            acting_account_id: proposal.proposed_by.to_string(),
            approving_account_id: proposal.decided_by.map(|id| id.to_string()).unwrap_or_default(),
            request_id: proposal.proposal_id.to_string(),
        };
        let mut benefits = self.benefits.clone();
        let corrected = benefits.correct_points(request).await?.into_inner();
        let entry_id = corrected.entry.unwrap_or_default().entry_id;
        Ok(Answer::Done {
            before: json!({"points": corrected.balance - proposal.points}).to_string(),
            after: json!({"points": corrected.balance, "entryId": entry_id}).to_string(),
        })
    }

    /// The people of one page, and the token of the next.
    pub(crate) async fn list_people(
        &self,
        request: ListPeopleRequest,
    ) -> Result<(Vec<Person>, String), Error> {
        let ask = ListAccountsRequest {
            email_prefix: request.email_prefix,
            role: request.role,
            page_size: request.page_size,
            page_token: request.page_token,
        };
        let mut accounts = self.accounts.clone();
        let page = match accounts.list_accounts(ask).await {
            Ok(page) => page.into_inner(),
            Err(status) => {
                refusal("auth", &status)?;
                return Err(
                    Invalid::field("page_token", "must be one of ListPeople with the same filter").into(),
                );
            }
        };
        Ok((self.with_members(page.accounts).await, page.next_page_token))
    }

    /// Somebody with this account.
    pub(crate) async fn person(&self, account_id: &str) -> Result<Person, Error> {
        let ask = BatchGetAccountsRequest {
            account_ids: vec![account_id.to_owned()],
        };
        let mut accounts = self.accounts.clone();
        let found = match accounts.batch_get_accounts(ask).await {
            Ok(found) => found.into_inner().accounts,
            Err(status) => {
                return Err(refusal("auth", &status).map_or_else(|lost| lost, |_| Error::PersonNotFound));
            }
        };
        let mut people = self.with_members(found).await;
        people.pop().ok_or(Error::PersonNotFound)
    }

    /// Accounts with what member shows of them, whether or not it answers.
    async fn with_members(&self, accounts: Vec<Account>) -> Vec<Person> {
        let id = |account: &Account| account.account_id.parse().ok();
        let mut members = self.members.summaries(accounts.iter().filter_map(id)).await;
        let person = |account: Account| Person {
            member: id(&account).and_then(|id| members.remove(&id)),
            account: Some(account),
        };
        accounts.into_iter().map(person).collect()
    }

    /// Decides about a review or about its appeal.
    pub(crate) async fn decide_review(&self, act: &Act) -> Result<Answer, Status> {
        let review_id = act.subject_id.to_string();
        let mut moderation = self.moderation.clone();
        let get = GetModerationCaseRequest {
            review_id: review_id.clone(),
        };
        let before = moderation
            .get_moderation_case(on_behalf_of(get, &act.user))
            .await?
            .into_inner();
        let request_id = act.request_id.map(|id| id.to_string()).unwrap_or_default();
        let after = if act.operation == Operation::DecideReview {
            let request = DecideReviewRequest {
                review_id,
                publish: act.publish,
                reason: act.reason.clone(),
                version: act.version,
                request_id,
            };
            let decided = moderation.decide_review(on_behalf_of(request, &act.user)).await?;
            decided.into_inner().moderation_case
        } else {
            let request = DecideAppealRequest {
                review_id,
                publish: act.publish,
                reason: act.reason.clone(),
                version: act.version,
                request_id,
            };
            let decided = moderation.decide_appeal(on_behalf_of(request, &act.user)).await?;
            decided.into_inner().moderation_case
        };
        Ok(Answer::Done {
            before: case_json(before.moderation_case),
            after: case_json(after),
        })
    }
}

fn case_json(case: Option<ModerationCase>) -> String {
    let review = case.and_then(|case| case.review).unwrap_or_default();
    json!({"state": review.state().as_str_name(), "version": review.version}).to_string()
}
