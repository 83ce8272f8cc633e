//! A review service with buyers, sellers and orders that arrived.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use prost_types::Timestamp;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{MemberCreated, NotifyCommand};
use xlcfi_contracts::order::v1::{Order, OrderCancelled, OrderConfirmed, OrderDelivered, OrderLine};
use xlcfi_contracts::payment::v1::{Payment, PaymentRefunded};
use xlcfi_contracts::product::v1::lot_service_server::LotServiceServer;
use xlcfi_contracts::product::v1::{GetOrderLotsRequest, GetOrderLotsResponse, OrderLot};
use xlcfi_contracts::review::v1::moderation_service_client::ModerationServiceClient;
use xlcfi_contracts::review::v1::review_service_client::ReviewServiceClient;
use xlcfi_contracts::review::v1::{
    CreateReviewRequest, DecideReviewRequest, Dimensions, GetModerationCaseRequest, GetRatingSummaryRequest,
    GetReviewRequest, ModerationCase, RatingSummary, Review, UpdateReviewRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Fake, Harness, eventually, seller, user};

pub type Reviews = ReviewServiceClient<Calling>;
pub type Moderation = ModerationServiceClient<Calling>;

/// 2026-11-22 09:00 in Seoul, when the harness's clock begins.
pub const NOW: Timestamp = Timestamp {
    seconds: 1_795_305_600,
    nanos: 0,
};

/// Lots of orders, as product knows them; `None` while it does not answer.
pub type Told = Arc<Mutex<Option<HashMap<Uuid, Vec<OrderLot>>>>>;

pub struct World {
    pub harness: Harness,
    pub told: Told,
    pub seller: User,
    _product: Fake,
}

/// An order with one product that arrived.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub order_id: Uuid,
    pub product_id: Uuid,
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings of the service.
    pub async fn with(own: &[(&str, &str)]) -> Self {
        let told: Told = Arc::new(Mutex::new(Some(HashMap::new())));
        let knows = told.clone();
        let product = Fake::answering::<LotServiceServer<()>, _, _, _>("GetOrderLots", move |asked| {
            let answer = answer(&knows, &asked);
            async move { answer }
        })
        .await;
        let adjust = |settings: &mut xlcfi_service::Settings| {
            let own = own
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            settings.defaults.extend(own);
        };
        let peers = [("product", &product)];
        let harness =
            Harness::start_adjusted(xlcfi_review::SERVICE, &peers, adjust, xlcfi_review::start).await;
        Self {
            harness,
            told,
            seller: seller(),
            _product: product,
        }
    }

    pub fn reviews(&self, user: &User) -> Reviews {
        ReviewServiceClient::new(self.harness.as_user(user))
    }

    pub fn anyone(&self) -> Reviews {
        ReviewServiceClient::new(self.harness.anonymous())
    }

    pub fn moderation(&self, user: &User) -> Moderation {
        ModerationServiceClient::new(self.harness.as_user(user))
    }

    /// Somebody whose name is known.
    pub async fn buyer(&self) -> User {
        let buyer = user();
        self.harness
            .deliver("member", buyer.id.uuid(), 1, &created(&buyer, "김상점"))
            .await;
        self.applied(buyer.id.uuid(), 1).await;
        buyer
    }

    pub async fn confirm(&self, buyer: &User, product_id: Uuid) -> Line {
        let line = Line {
            order_id: Uuid::now_v7(),
            product_id,
        };
        let fact = self.confirmed(buyer, line);
        self.harness.deliver("order", line.order_id, 1, &fact).await;
        self.applied(line.order_id, 1).await;
        line
    }

    pub fn confirmed(&self, buyer: &User, line: Line) -> OrderConfirmed {
        OrderConfirmed {
            order: Some(self.order(buyer, line)),
            time: Some(NOW),
        }
    }

    fn order(&self, buyer: &User, line: Line) -> Order {
        Order {
            order_id: line.order_id.to_string(),
            member_id: buyer.id.to_string(),
            lines: vec![OrderLine {
                product_id: line.product_id.to_string(),
                name: "감자 5kg".into(),
                seller_id: self.seller.id.to_string(),
                quantity: 1,
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    /// An order of this product that arrived.
    pub async fn deliver(&self, buyer: &User, product_id: Uuid) -> Line {
        let line = self.confirm(buyer, product_id).await;
        self.harness
            .deliver("order", line.order_id, 2, &delivered(buyer, line))
            .await;
        self.applied(line.order_id, 2).await;
        line
    }

    /// Its goods came from these lots, as product will tell.
    pub async fn deliver_from(&self, buyer: &User, product_id: Uuid, lots: &[Uuid]) -> Line {
        let line = self.confirm(buyer, product_id).await;
        let lot = |lot: &Uuid| OrderLot {
            order_id: line.order_id.to_string(),
            product_id: product_id.to_string(),
            lot_id: lot.to_string(),
            quantity: 1,
        };
        if let Some(told) = self.told.lock().unwrap().as_mut() {
            told.insert(line.order_id, lots.iter().map(lot).collect());
        }
        self.harness
            .deliver("order", line.order_id, 2, &delivered(buyer, line))
            .await;
        self.applied(line.order_id, 2).await;
        line
    }

    pub async fn cancel(&self, buyer: &User, line: Line) {
        let fact = OrderCancelled {
            order: Some(self.order(buyer, line)),
            was_confirmed: true,
            time: Some(NOW),
            ..Default::default()
        };
        self.harness.deliver("order", line.order_id, 2, &fact).await;
        self.applied(line.order_id, 2).await;
    }

    pub async fn create(&self, buyer: &User, request: CreateReviewRequest) -> Result<Review, Status> {
        let answer = self.reviews(buyer).create_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    /// A review of a product by a new buyer.
    pub async fn written(&self, product_id: Uuid, rating: i32) -> (User, Review) {
        let buyer = self.buyer().await;
        let line = self.deliver(&buyer, product_id).await;
        let review = self.create(&buyer, saying(line, rating)).await.unwrap();
        (buyer, review)
    }

    /// A review of a product by a new buyer, held by a link.
    pub async fn held(&self, product_id: Uuid) -> (User, Review) {
        let buyer = self.buyer().await;
        let line = self.deliver(&buyer, product_id).await;
        let mut request = saying(line, 5);
        request.text += " https://shop.example";
        let review = self.create(&buyer, request).await.unwrap();
        (buyer, review)
    }

    /// A review that `moderator` hid.
    pub async fn hidden(&self, moderator: &User) -> (User, Review) {
        let (buyer, review) = self.written(Uuid::now_v7(), 1).await;
        let case = self.decide(moderator, &review, false).await.unwrap();
        (buyer, case.review.unwrap())
    }

    pub async fn decide(
        &self,
        moderator: &User,
        review: &Review,
        publish: bool,
    ) -> Result<ModerationCase, Status> {
        let request = deciding(review, publish);
        let answer = self.moderation(moderator).decide_review(request).await?;
        Ok(answer.into_inner().moderation_case.unwrap())
    }

    pub async fn case(&self, review: &Review) -> ModerationCase {
        let request = GetModerationCaseRequest {
            review_id: review.review_id.clone(),
        };
        let answer = self.moderation(&moderator()).get_moderation_case(request).await;
        answer.unwrap().into_inner().moderation_case.unwrap()
    }

    pub async fn get(&self, reader: &User, review: &Review) -> Result<Review, Status> {
        let request = GetReviewRequest {
            review_id: review.review_id.clone(),
        };
        let answer = self.reviews(reader).get_review(request).await?;
        Ok(answer.into_inner().review.unwrap())
    }

    pub async fn summary(&self, product_id: Uuid) -> RatingSummary {
        let request = GetRatingSummaryRequest {
            product_id: product_id.to_string(),
        };
        let answer = self.anyone().get_rating_summary(request).await.unwrap();
        answer.into_inner().summary.unwrap()
    }

    /// Titles of what a member was told, oldest first.
    pub async fn notices(&self, member: &User) -> Vec<String> {
        let sent = self.harness.published::<NotifyCommand>().await;
        let own = sent
            .into_iter()
            .filter(|notice| notice.member_id == member.id.to_string());
        own.map(|notice| notice.title).collect()
    }

    /// Waits until the events of `key` are applied up to this one.
    pub async fn applied(&self, key: Uuid, version: i64) {
        eventually(async || {
            let query = sqlx::query_scalar::<_, i64>("select version from events.position where key = $1");
            let applied = query.bind(key).fetch_optional(self.harness.pool()).await.unwrap();
            applied.filter(|applied| *applied >= version)
        })
        .await;
    }

    /// Waits until a message of this type is parked.
    pub async fn parked(&self, type_name: &str) {
        eventually(async || {
            let parked = self.harness.parked().await;
            parked.into_iter().find(|(parked, _)| parked == type_name)
        })
        .await;
    }
}

fn answer(told: &Told, asked: &GetOrderLotsRequest) -> Result<GetOrderLotsResponse, Status> {
    let told = told.lock().unwrap();
    let Some(known) = told.as_ref() else {
        return Err(Status::unavailable("product is away"));
    };
    let orders = asked
        .order_ids
        .iter()
        .filter_map(|id| known.get(&id.parse().ok()?));
    Ok(GetOrderLotsResponse {
        lots: orders.flatten().cloned().collect(),
    })
}

pub fn created(member: &User, name: &str) -> MemberCreated {
    MemberCreated {
        member_id: member.id.to_string(),
        display_name: name.into(),
        time: Some(NOW),
    }
}

pub fn delivered(buyer: &User, line: Line) -> OrderDelivered {
    OrderDelivered {
        order_id: line.order_id.to_string(),
        member_id: buyer.id.to_string(),
        version: 6,
        time: Some(NOW),
    }
}

pub fn refunded(line: Line) -> PaymentRefunded {
    PaymentRefunded {
        payment: Some(Payment {
            order_id: line.order_id.to_string(),
            ..Default::default()
        }),
        time: Some(NOW),
    }
}

/// A text nobody wrote before.
pub fn text() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{number}번째로 주문한 감자인데 신선하고 맛있어요")
}

pub fn saying(line: Line, rating: i32) -> CreateReviewRequest {
    CreateReviewRequest {
        order_id: line.order_id.to_string(),
        product_id: line.product_id.to_string(),
        rating,
        dimensions: Some(Dimensions {
            freshness: rating,
            taste: 4,
            packaging: 0,
            delivery: 5,
        }),
        text: text(),
        ..Default::default()
    }
}

/// The same review with other stars.
pub fn rating(review: &Review, rating: i32) -> UpdateReviewRequest {
    UpdateReviewRequest {
        review_id: review.review_id.clone(),
        rating,
        dimensions: review.dimensions,
        text: review.text.clone(),
        image_ids: review.image_ids.clone(),
        version: review.version,
    }
}

pub fn deciding(review: &Review, publish: bool) -> DecideReviewRequest {
    DecideReviewRequest {
        review_id: review.review_id.clone(),
        publish,
        reason: "운영 정책".into(),
        version: review.version,
        request_id: String::new(),
    }
}

/// Somebody new who looks after reviews.
pub fn moderator() -> User {
    User {
        roles: vec![Role::Buyer, Role::Catalogue],
        ..user()
    }
}
