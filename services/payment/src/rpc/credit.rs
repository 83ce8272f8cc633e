use tonic::{Request, Response};
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::payment::v1::credit_service_server::CreditService;
use xlcfi_contracts::payment::v1::{
    AssignDepositRequest, AssignDepositResponse, GetCreditLineRequest, GetCreditLineResponse,
    GetStatementRequest, GetStatementResponse, ListDepositsRequest, ListDepositsResponse,
    ListReceivablesRequest, ListReceivablesResponse, RecordDepositRequest, RecordDepositResponse,
    SetCreditLineRequest, SetCreditLineResponse,
};
use xlcfi_identity::{Member, User, admit};
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use super::{Reply, seen_by};
use crate::Ctx;
use crate::convert::{
    ageing_message, credit_line_message, deposit_message, id, month, optional_id, page, receivable_message,
    said, terms,
};
use crate::credit::ageing;
use crate::error::Error;
use crate::flows;
use crate::statement;
use crate::store::{credit, deposits, receivables};

/// Business buyers.
#[derive(Debug, Clone)]
pub struct Credit(pub Ctx);

/// Whose things a user asks for: an admin those of anybody, `None` for everybody;
/// the others their own, or those of nobody.
fn whose(user: &User, member_id: &str) -> Result<Option<Id<Member>>, Error> {
    let asked = optional_id("member_id", member_id)?;
    match (seen_by(user), asked) {
        (None, asked) => Ok(asked),
        (Some(own), Some(other)) if own != other => Err(Error::CreditLineNotFound),
        (own, _) => Ok(own),
    }
}

impl Credit {
    async fn page_of_receivables(
        &self,
        user: &User,
        request: &ListReceivablesRequest,
    ) -> Result<ListReceivablesResponse, Error> {
        let owner = whose(user, &request.member_id)?;
        let page = page(request.page_size, &request.page_token)?;
        let (pool, now) = (self.0.database.pool(), self.0.clock.now());
        let (found, next_page_token) = if request.settled {
            let mut found = receivables::list_settled(pool, owner, &page).await?;
            let next = page.finish(&mut found, |row| (row.create_time, row.payment_id.uuid()));
            (found, next)
        } else {
            let mut found = receivables::list_open(pool, owner, &page).await?;
            let next = page.finish(&mut found, |row| {
                (row.due_date.midnight().assume_utc(), row.payment_id.uuid())
            });
            (found, next)
        };
        let by_day = receivables::open_by_day(pool, owner).await?;
        Ok(ListReceivablesResponse {
            receivables: found.iter().map(|row| receivable_message(row, now)).collect(),
            next_page_token,
            ageing: Some(ageing_message(ageing(by_day, seoul_date(now)))),
        })
    }
}

#[tonic::async_trait]
impl CreditService for Credit {
    async fn set_credit_line(&self, request: Request<SetCreditLineRequest>) -> Reply<SetCreditLineResponse> {
        let (_, request) = admit(request)?;
        let (member_id, version) = (id("member_id", &request.member_id)?, request.version);
        let line = flows::credit::set_line(&self.0, member_id, terms(request)?, version).await?;
        let balance = credit::balance(self.0.database.pool(), member_id).await;
        Ok(Response::new(SetCreditLineResponse {
            credit_line: Some(credit_line_message(&line, balance.map_err(Error::from)?)),
        }))
    }

    async fn get_credit_line(&self, request: Request<GetCreditLineRequest>) -> Reply<GetCreditLineResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let owner = whose(user, &request.member_id)?.unwrap_or(user.id);
        let pool = self.0.database.pool();
        let line = credit::get(pool, owner).await.map_err(Error::from)?;
        let line = line.ok_or(Error::CreditLineNotFound)?;
        let balance = credit::balance(pool, owner).await.map_err(Error::from)?;
        Ok(Response::new(GetCreditLineResponse {
            credit_line: Some(credit_line_message(&line, balance)),
        }))
    }

    async fn list_receivables(
        &self,
        request: Request<ListReceivablesRequest>,
    ) -> Reply<ListReceivablesResponse> {
        let (caller, request) = admit(request)?;
        let page = self.page_of_receivables(caller.user()?, &request).await?;
        Ok(Response::new(page))
    }

    async fn record_deposit(&self, request: Request<RecordDepositRequest>) -> Reply<RecordDepositResponse> {
        let (_, request) = admit(request)?;
        let deposit = flows::deposits::record(&self.0, said(request)?).await?;
        Ok(Response::new(RecordDepositResponse {
            deposit: Some(deposit_message(&deposit)),
        }))
    }

    async fn list_deposits(&self, request: Request<ListDepositsRequest>) -> Reply<ListDepositsResponse> {
        let (caller, request) = admit(request)?;
        let owner = whose(caller.user()?, &request.member_id)?;
        let page = page(request.page_size, &request.page_token)?;
        let found = deposits::list(self.0.database.pool(), owner, request.unmatched, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |deposit| {
            (deposit.create_time, deposit.deposit_id.uuid())
        });
        Ok(Response::new(ListDepositsResponse {
            deposits: found.iter().map(deposit_message).collect(),
            next_page_token,
        }))
    }

    async fn assign_deposit(&self, request: Request<AssignDepositRequest>) -> Reply<AssignDepositResponse> {
        let (_, request) = admit(request)?;
        let deposit_id = id("deposit_id", &request.deposit_id)?;
        let member_id = id("member_id", &request.member_id)?;
        let deposit = flows::deposits::assign(&self.0, deposit_id, member_id, &request.note).await?;
        Ok(Response::new(AssignDepositResponse {
            deposit: Some(deposit_message(&deposit)),
        }))
    }

    async fn get_statement(&self, request: Request<GetStatementRequest>) -> Reply<GetStatementResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let owner = whose(user, &request.member_id)?.unwrap_or(user.id);
        let statement = flows::statement::of_month(&self.0, owner, month(&request.month)?).await?;
        Ok(Response::new(GetStatementResponse {
            page: Some(HttpBody {
                content_type: "text/html; charset=utf-8".into(),
                data: statement::page(&self.0.supplier, &statement).into_bytes(),
                extensions: Vec::new(),
            }),
        }))
    }
}
