//! A running admin service, and the owners it asks, played by the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::admin::v1::audit_service_client::AuditServiceClient;
use xlcfi_contracts::admin::v1::campaign_service_client::CampaignServiceClient;
use xlcfi_contracts::admin::v1::dashboard_service_client::DashboardServiceClient;
use xlcfi_contracts::admin::v1::operation_service_client::OperationServiceClient;
use xlcfi_contracts::admin::v1::person_service_client::PersonServiceClient;
use xlcfi_contracts::admin::v1::proposal_service_client::ProposalServiceClient;
use xlcfi_contracts::admin::v1::{AuditEntry, ListAuditEntriesRequest};
use xlcfi_contracts::auth::v1::account_admin_service_server::{
    AccountAdminService, AccountAdminServiceServer,
};
use xlcfi_contracts::auth::v1::account_security_service_server::{
    AccountSecurityService, AccountSecurityServiceServer,
};
use xlcfi_contracts::auth::v1::{self as auth, Account};
use xlcfi_contracts::convert;
use xlcfi_contracts::member::v1::benefit_service_server::BenefitServiceServer;
use xlcfi_contracts::member::v1::member_service_server::MemberServiceServer;
use xlcfi_contracts::member::v1::{
    CorrectPointsRequest, CorrectPointsResponse, GetMemberSummariesRequest, GetMemberSummariesResponse,
    MemberSummary, PointEntry,
};
use xlcfi_contracts::order::v1::order_service_server::OrderServiceServer;
use xlcfi_contracts::order::v1::{
    Order, OrderConfirmed, OrderCreated, OrderDelivered, OrderLine, OrderState, StopOrderRequest,
    StopOrderResponse,
};
use xlcfi_contracts::payment::v1::refund_service_server::{RefundService, RefundServiceServer};
use xlcfi_contracts::payment::v1::{self as payment, Refund, RefundState};
use xlcfi_contracts::product::v1::recall_service_server::{RecallService, RecallServiceServer};
use xlcfi_contracts::product::v1::{self as product, Recall, RecallScope};
use xlcfi_contracts::review::v1::moderation_service_server::{ModerationService, ModerationServiceServer};
use xlcfi_contracts::review::v1::{self as review, ModerationCase, Review, ReviewState};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::{Explain, Explanation};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Fake, Harness, eventually, method_of};
use xlcfi_types::Id;

/// Somebody with this role.
pub fn staff(role: Role) -> User {
    User {
        id: Id::new(),
        roles: vec![Role::Buyer, role],
        session_id: Uuid::now_v7(),
    }
}

/// What the owners were asked, and whether they answer.
#[derive(Debug, Default)]
pub struct Asked {
    pub roles: Vec<(String, Role, String, String)>,
    pub refunds: Vec<(String, i64)>,
    pub stopped: Vec<(String, String, String)>,
    pub decisions: Vec<(String, i64)>,
    pub accounts: Vec<(&'static str, String, String)>,
    pub reviews: Vec<(&'static str, String, bool)>,
    pub member_is_away: bool,
    /// Why the next one is refused.
    pub refuse: Option<(Code, &'static str)>,
    /// How many calls get no answer.
    pub silent: usize,
}

pub type Book = Arc<Mutex<Asked>>;

#[derive(Debug, thiserror::Error)]
#[error("refused by a stand-in")]
struct Refusal(Code, &'static str);

impl Explain for Refusal {
    const DOMAIN: &'static str = "fake.xlcfi.com";

    fn explain(&self) -> Explanation {
        Explanation::new(self.0, self.1)
    }
}

fn answer(book: &Book) -> Result<(), Status> {
    let mut book = book.lock().unwrap();
    if book.silent > 0 {
        book.silent -= 1;
        return Err(Status::unavailable("away"));
    }
    match book.refuse.take() {
        Some((code, reason)) => Err(Refusal(code, reason).into_status()),
        None => Ok(()),
    }
}

pub type Points = Arc<Mutex<Vec<CorrectPointsRequest>>>;

/// Corrects once for each request; everybody had 1,000 points.
fn corrected(ledger: &Points, request: CorrectPointsRequest) -> CorrectPointsResponse {
    let mut ledger = ledger.lock().unwrap();
    let (entry_id, points) = (request.request_id.clone(), request.points);
    if !ledger
        .iter()
        .any(|before| before.request_id == request.request_id)
    {
        ledger.push(request);
    }
    CorrectPointsResponse {
        entry: Some(PointEntry {
            entry_id,
            points,
            ..PointEntry::default()
        }),
        balance: 1_000 + points,
    }
}

pub struct World {
    pub harness: Harness,
    pub book: Book,
    pub shelf: Arc<Mutex<Shelf>>,
    /// What member was asked to put right.
    pub ledger: Points,
    _fakes: Vec<Fake>,
}

/// An order of the test: three units of what is recalled, of which two are of recalled
/// lots, beside something else.
#[derive(Debug, Clone)]
pub struct Sale {
    pub order_id: Uuid,
    pub product_id: Uuid,
    pub sold: bool,
}

impl World {
    pub async fn open() -> Self {
        let book = Book::default();
        let stop = {
            let book = book.clone();
            move |request: StopOrderRequest| {
                let book = book.clone();
                async move {
                    answer(&book)?;
                    let mut asked = book.lock().unwrap();
                    asked
                        .stopped
                        .push((request.order_id.clone(), request.actor, request.reason));
                    Ok(StopOrderResponse {
                        order: Some(Order {
                            order_id: request.order_id,
                            state: OrderState::Cancelling.into(),
                            version: 5,
                            ..Order::default()
                        }),
                        state_before: OrderState::Confirmed.into(),
                    })
                }
            }
        };
        let order = Fake::answering::<OrderServiceServer<()>, _, _, _>("StopOrder", stop).await;
        let accounts = Routes::new(AccountAdminServiceServer::new(Accounts(book.clone())));
        let security = AccountSecurityServiceServer::new(Accounts(book.clone()));
        let auth = Fake::serve_all(accounts.add_service(security)).await;
        let payment = Fake::serve(RefundServiceServer::new(Refunds(book.clone(), Arc::default()))).await;
        let review = Fake::serve(ModerationServiceServer::new(Moderation(book.clone()))).await;
        let shelf = Arc::<Mutex<Shelf>>::default();
        let product = Fake::serve(RecallServiceServer::new(Recalls(shelf.clone()))).await;
        let named = {
            let book = book.clone();
            move |request: GetMemberSummariesRequest| {
                let away = book.lock().unwrap().member_is_away;
                async move {
                    let member = |member_id| MemberSummary {
                        member_id,
                        display_name: "김바다".into(),
                        points: 1_200,
                        ..MemberSummary::default()
                    };
                    match away {
                        true => Err(Status::unavailable("away")),
                        false => Ok(GetMemberSummariesResponse {
                            members: request.member_ids.into_iter().map(member).collect(),
                        }),
                    }
                }
            }
        };
        let named = move |_, request| named(request);
        let summaries = method_of::<MemberServiceServer<()>, _, _, _>("GetMemberSummaries", named);
        let ledger = Points::default();
        let correct = {
            let (book, ledger) = (book.clone(), ledger.clone());
            move |_, request: CorrectPointsRequest| {
                let corrected = answer(&book).map(|()| corrected(&ledger, request));
                async move { corrected }
            }
        };
        let correcting = method_of::<BenefitServiceServer<()>, _, _, _>("CorrectPoints", correct);
        let member = Fake::serve_all(Routes::new(summaries).add_service(correcting)).await;
        let peers = [
            ("member", &member),
            ("order", &order),
            ("auth", &auth),
            ("payment", &payment),
            ("product", &product),
            ("review", &review),
        ];
        let harness = Harness::start_with(xlcfi_admin::SERVICE, &peers, xlcfi_admin::start).await;
        Self {
            harness,
            book,
            shelf,
            ledger,
            _fakes: vec![member, order, auth, payment, product, review],
        }
    }

    pub fn campaigns(&self, by: &User) -> CampaignServiceClient<Calling> {
        CampaignServiceClient::new(self.harness.as_user(by))
    }

    pub fn people(&self, by: &User) -> PersonServiceClient<Calling> {
        PersonServiceClient::new(self.harness.as_user(by))
    }

    pub fn dashboard(&self, by: &User) -> DashboardServiceClient<Calling> {
        DashboardServiceClient::new(self.harness.as_user(by))
    }

    /// The time as messages carry it.
    pub fn timestamp(&self) -> prost_types::Timestamp {
        prost_types::Timestamp {
            seconds: self.harness.now().unix_timestamp(),
            nanos: 0,
        }
    }

    /// Product has an order of recalled lots, of which order has not told.
    pub fn unknown_sale(&self, sold: bool) -> Sale {
        let sale = Sale {
            order_id: Uuid::now_v7(),
            product_id: Uuid::now_v7(),
            sold,
        };
        let mut shelf = self.shelf.lock().unwrap();
        // All of it is of one product.
        let product_id = shelf
            .sales
            .first()
            .map_or(sale.product_id, |first: &Sale| first.product_id);
        let sale = Sale { product_id, ..sale };
        shelf.sales.push(sale.clone());
        sale
    }

    /// An order of recalled lots in this state, of which order has told.
    pub async fn sale(&self, buyer: Uuid, state: &str, sold: bool) -> Sale {
        let sale = self.unknown_sale(sold);
        self.tell(&sale, buyer, state).await;
        sale
    }

    /// Has order tell of an order until it is in this state.
    pub async fn tell(&self, sale: &Sale, buyer: Uuid, state: &str) {
        let won = |won| Some(convert::won(won));
        let line = |product_id: Uuid, quantity, payable| OrderLine {
            product_id: product_id.to_string(),
            quantity,
            payable: won(payable),
            ..OrderLine::default()
        };
        let order = |state: OrderState| {
            Some(Order {
                order_id: sale.order_id.to_string(),
                member_id: buyer.to_string(),
                state: state.into(),
                payable: won(15_000),
                lines: vec![line(Uuid::now_v7(), 1, 9_000), line(sale.product_id, 3, 6_000)],
                ..Order::default()
            })
        };
        let (key, time, harness) = (sale.order_id, Some(self.timestamp()), &self.harness);
        let created = OrderCreated {
            order: order(OrderState::Pending),
            time,
            ..OrderCreated::default()
        };
        harness.deliver("order", key, 1, &created).await;
        let confirmed = OrderConfirmed {
            order: order(OrderState::Confirmed),
            time,
        };
        let delivered = OrderDelivered {
            order_id: key.to_string(),
            member_id: buyer.to_string(),
            time,
            ..OrderDelivered::default()
        };
        if state != "pending" {
            harness.deliver("order", key, 2, &confirmed).await;
        }
        if state == "delivered" {
            harness.deliver("order", key, 3, &delivered).await;
        }
        let known = "select count(*) from known_order where order_id = $1 and state = upper($2)";
        eventually(async || {
            let query = sqlx::query_scalar::<_, i64>(known).bind(key).bind(state);
            (query.fetch_one(harness.pool()).await.unwrap() == 1).then_some(())
        })
        .await;
    }

    pub fn proposals(&self, by: &User) -> ProposalServiceClient<Calling> {
        ProposalServiceClient::new(self.harness.as_user(by))
    }

    pub fn operations(&self, by: &User) -> OperationServiceClient<Calling> {
        OperationServiceClient::new(self.harness.as_user(by))
    }

    pub fn audit(&self, by: &User) -> AuditServiceClient<Calling> {
        AuditServiceClient::new(self.harness.as_user(by))
    }

    /// The log's rows about a thing, oldest first.
    pub async fn log(&self, subject_id: &str) -> Vec<AuditEntry> {
        let request = ListAuditEntriesRequest {
            subject_id: subject_id.to_owned(),
            page_size: 100,
            ..Default::default()
        };
        let mut audit = self.audit(&staff(Role::Security));
        let mut entries = audit
            .list_audit_entries(request)
            .await
            .unwrap()
            .into_inner()
            .entries;
        entries.reverse();
        entries
    }

    /// The actions of these rows.
    pub async fn actions(&self, subject_id: &str) -> Vec<String> {
        let log = self.log(subject_id).await;
        log.into_iter().map(|entry| entry.action).collect()
    }
}

struct Accounts(Book);

impl Accounts {
    fn did(&self, what: &'static str, id: String, by: String) -> Result<(), Status> {
        answer(&self.0)?;
        self.0.lock().unwrap().accounts.push((what, id, by));
        Ok(())
    }

    fn changed(&self, id: String, role: Role, by: String, agreed: String) -> Result<Option<Account>, Status> {
        answer(&self.0)?;
        self.0.lock().unwrap().roles.push((id.clone(), role, by, agreed));
        Ok(Some(Account {
            account_id: id,
            roles: vec![Role::Buyer.into(), role.into()],
            ..Account::default()
        }))
    }
}

#[tonic::async_trait]
impl AccountAdminService for Accounts {
    async fn list_accounts(
        &self,
        request: Request<auth::ListAccountsRequest>,
    ) -> Result<Response<auth::ListAccountsResponse>, Status> {
        answer(&self.0)?;
        let request = request.into_inner();
        let account = |number: i32| Account {
            account_id: Uuid::from_u128(number.unsigned_abs().into()).to_string(),
            email: format!("{}{number}@example.com", request.email_prefix),
            ..Account::default()
        };
        Ok(Response::new(auth::ListAccountsResponse {
            accounts: (0..request.page_size).map(account).collect(),
            next_page_token: format!("after {}", request.page_token),
        }))
    }

    async fn batch_get_accounts(
        &self,
        request: Request<auth::BatchGetAccountsRequest>,
    ) -> Result<Response<auth::BatchGetAccountsResponse>, Status> {
        let account = |account_id| Account {
            account_id,
            roles: vec![Role::Buyer.into()],
            ..Account::default()
        };
        let asked = request.into_inner().account_ids.into_iter();
        let nobody = Uuid::nil().to_string();
        let accounts = asked.filter(|id| *id != nobody).map(account).collect();
        Ok(Response::new(auth::BatchGetAccountsResponse { accounts }))
    }

    async fn assign_role(
        &self,
        request: Request<auth::AssignRoleRequest>,
    ) -> Result<Response<auth::AssignRoleResponse>, Status> {
        let r = request.into_inner();
        let role = r.role();
        let account = self.changed(r.account_id, role, r.acting_account_id, r.approving_account_id)?;
        Ok(Response::new(auth::AssignRoleResponse { account }))
    }

    async fn withdraw_role(
        &self,
        request: Request<auth::WithdrawRoleRequest>,
    ) -> Result<Response<auth::WithdrawRoleResponse>, Status> {
        let r = request.into_inner();
        let role = r.role();
        let account = self.changed(r.account_id, role, r.acting_account_id, r.approving_account_id)?;
        Ok(Response::new(auth::WithdrawRoleResponse { account }))
    }
}

#[tonic::async_trait]
impl AccountSecurityService for Accounts {
    async fn end_account_sessions(
        &self,
        request: Request<auth::EndAccountSessionsRequest>,
    ) -> Result<Response<auth::EndAccountSessionsResponse>, Status> {
        let r = request.into_inner();
        self.did("sessions", r.account_id, r.acting_account_id)?;
        Ok(Response::new(Default::default()))
    }

    async fn reset_mfa(
        &self,
        request: Request<auth::ResetMfaRequest>,
    ) -> Result<Response<auth::ResetMfaResponse>, Status> {
        let r = request.into_inner();
        self.did("mfa", r.account_id, r.acting_account_id)?;
        Ok(Response::new(Default::default()))
    }

    async fn lock_account(
        &self,
        request: Request<auth::LockAccountRequest>,
    ) -> Result<Response<auth::LockAccountResponse>, Status> {
        let r = request.into_inner();
        self.did("lock", r.account_id, r.acting_account_id)?;
        Ok(Response::new(auth::LockAccountResponse {
            reason: r.reason,
            ..Default::default()
        }))
    }

    async fn unlock_account(
        &self,
        request: Request<auth::UnlockAccountRequest>,
    ) -> Result<Response<auth::UnlockAccountResponse>, Status> {
        let r = request.into_inner();
        self.did("unlock", r.account_id, r.acting_account_id)?;
        Ok(Response::new(Default::default()))
    }
}

struct Moderation(Book);

impl Moderation {
    fn decided(
        &self,
        id: String,
        version: i64,
        publish: bool,
        what: &'static str,
    ) -> Result<ModerationCase, Status> {
        answer(&self.0)?;
        self.0.lock().unwrap().reviews.push((what, id.clone(), publish));
        let state = match publish {
            true => ReviewState::Published,
            false => ReviewState::Hidden,
        };
        Ok(case(id, state, version + 1))
    }
}

fn case(review_id: String, state: ReviewState, version: i64) -> ModerationCase {
    ModerationCase {
        review: Some(Review {
            review_id,
            state: state.into(),
            version,
            ..Review::default()
        }),
        ..ModerationCase::default()
    }
}

#[tonic::async_trait]
impl ModerationService for Moderation {
    async fn list_moderation_queue(
        &self,
        _: Request<review::ListModerationQueueRequest>,
    ) -> Result<Response<review::ListModerationQueueResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn get_moderation_case(
        &self,
        request: Request<review::GetModerationCaseRequest>,
    ) -> Result<Response<review::GetModerationCaseResponse>, Status> {
        let moderation_case = Some(case(request.into_inner().review_id, ReviewState::Held, 2));
        Ok(Response::new(review::GetModerationCaseResponse {
            moderation_case,
        }))
    }

    async fn decide_review(
        &self,
        request: Request<review::DecideReviewRequest>,
    ) -> Result<Response<review::DecideReviewResponse>, Status> {
        let r = request.into_inner();
        let moderation_case = Some(self.decided(r.review_id, r.version, r.publish, "review")?);
        Ok(Response::new(review::DecideReviewResponse { moderation_case }))
    }

    async fn decide_appeal(
        &self,
        request: Request<review::DecideAppealRequest>,
    ) -> Result<Response<review::DecideAppealResponse>, Status> {
        let r = request.into_inner();
        let moderation_case = Some(self.decided(r.review_id, r.version, r.publish, "appeal")?);
        Ok(Response::new(review::DecideAppealResponse { moderation_case }))
    }
}

/// Makes a refund once for each request.
struct Refunds(Book, Arc<Mutex<HashMap<String, Refund>>>);

#[tonic::async_trait]
impl RefundService for Refunds {
    async fn create_refund(
        &self,
        request: Request<payment::CreateRefundRequest>,
    ) -> Result<Response<payment::CreateRefundResponse>, Status> {
        answer(&self.0)?;
        let r = request.into_inner();
        let won = r
            .lines
            .iter()
            .map(|line| line.amount.as_ref().unwrap().minor_units)
            .sum();
        let mut made = self.1.lock().unwrap();
        let refund = made.entry(r.request_id.clone()).or_insert_with(|| {
            self.0.lock().unwrap().refunds.push((r.order_id.clone(), won));
            Refund {
                refund_id: Uuid::now_v7().to_string(),
                order_id: r.order_id.clone(),
                state: RefundState::Pending.into(),
                amount: Some(convert::won(won)),
                version: 1,
                ..Refund::default()
            }
        });
        let refund = Some(refund.clone());
        Ok(Response::new(payment::CreateRefundResponse { refund }))
    }

    async fn get_refund(
        &self,
        request: Request<payment::GetRefundRequest>,
    ) -> Result<Response<payment::GetRefundResponse>, Status> {
        let refund = Some(Refund {
            refund_id: request.into_inner().refund_id,
            state: RefundState::Review.into(),
            version: 2,
            ..Refund::default()
        });
        Ok(Response::new(payment::GetRefundResponse { refund }))
    }

    async fn list_refunds(
        &self,
        _: Request<payment::ListRefundsRequest>,
    ) -> Result<Response<payment::ListRefundsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn decide_refund(
        &self,
        request: Request<payment::DecideRefundRequest>,
    ) -> Result<Response<payment::DecideRefundResponse>, Status> {
        answer(&self.0)?;
        let r = request.into_inner();
        self.0
            .lock()
            .unwrap()
            .decisions
            .push((r.refund_id.clone(), r.version));
        let refund = Some(Refund {
            refund_id: r.refund_id,
            state: RefundState::Rejected.into(),
            version: r.version + 1,
            ..Refund::default()
        });
        Ok(Response::new(payment::DecideRefundResponse { refund }))
    }
}

/// What product has of recalled goods.
#[derive(Debug, Default)]
pub struct Shelf {
    pub sales: Vec<Sale>,
    pub held: Vec<RecallScope>,
    known: HashMap<String, Recall>,
    pub matches_nothing: bool,
    pub silent: usize,
}

struct Recalls(Arc<Mutex<Shelf>>);

#[tonic::async_trait]
impl RecallService for Recalls {
    async fn hold_for_recall(
        &self,
        request: Request<product::HoldForRecallRequest>,
    ) -> Result<Response<product::HoldForRecallResponse>, Status> {
        let request = request.into_inner();
        let mut shelf = self.0.lock().unwrap();
        if shelf.silent > 0 {
            shelf.silent -= 1;
            return Err(Status::unavailable("away"));
        }
        if shelf.matches_nothing {
            return Err(Refusal(Code::FailedPrecondition, "RECALL_MATCHES_NOTHING").into_status());
        }
        if !shelf.known.contains_key(&request.request_id) {
            shelf.held.push(request.scope.unwrap());
            let recall = Recall {
                recall_id: Uuid::now_v7().to_string(),
                lots: 1,
                duration_ms: 3,
                ..Recall::default()
            };
            shelf.known.insert(request.request_id.clone(), recall);
        }
        let recall = shelf.known.get(&request.request_id).cloned();
        Ok(Response::new(product::HoldForRecallResponse { recall }))
    }

    async fn lift_recall(
        &self,
        _: Request<product::LiftRecallRequest>,
    ) -> Result<Response<product::LiftRecallResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn get_recall(
        &self,
        _: Request<product::GetRecallRequest>,
    ) -> Result<Response<product::GetRecallResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn list_recalls(
        &self,
        _: Request<product::ListRecallsRequest>,
    ) -> Result<Response<product::ListRecallsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn list_recalled_orders(
        &self,
        _: Request<product::ListRecalledOrdersRequest>,
    ) -> Result<Response<product::ListRecalledOrdersResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    type ScanRecallStream = BoxStream<'static, Result<product::ScanRecallResponse, Status>>;

    async fn scan_recall(
        &self,
        _: Request<product::ScanRecallRequest>,
    ) -> Result<Response<Self::ScanRecallStream>, Status> {
        let shelf = self.0.lock().unwrap();
        let mut sales = shelf.sales.clone();
        sales.sort_by_key(|sale| sale.order_id);
        let product_id = sales.first().map_or(Uuid::nil(), |sale| sale.product_id);
        let lot_id = Uuid::now_v7().to_string();
        let lots = product::ScanRecallResponse {
            lots: vec![product::ScannedLot {
                lot_id: lot_id.clone(),
                product_id: product_id.to_string(),
                product_name: "감자칩".into(),
                ..Default::default()
            }],
            orders: Vec::new(),
        };
        // Each order comes in two messages.
        let half = move |sale: &Sale| product::ScanRecallResponse {
            lots: Vec::new(),
            orders: vec![product::RecalledOrder {
                order_id: sale.order_id.to_string(),
                lot_id: lot_id.clone(),
                product_id: sale.product_id.to_string(),
                quantity: 1,
                sold: sale.sold,
            }],
        };
        let halves = sales.iter().flat_map(|sale| [half(sale), half(sale)]);
        let answers: Vec<_> = std::iter::once(lots).chain(halves).map(Ok).collect();
        Ok(Response::new(futures::stream::iter(answers).boxed()))
    }
}
