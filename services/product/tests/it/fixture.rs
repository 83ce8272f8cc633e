//! A shop with goods, and orders that take of them.

use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::price_service_client::PriceServiceClient;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::recall_service_client::RecallServiceClient;
use xlcfi_contracts::product::v1::{
    Allergen, Allocation, CommitStockCommand, CreateCategoryRequest, CreateProductRequest, GetStockRequest,
    Lot, PriceLadder, PriceRung, Product, PublishProductRequest, ReceiveLotRequest, ReleaseStockCommand,
    ReserveStockCommand, ReserveStockResult, StockLine, StorageClass, TaxClass,
};
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::saga::v1::{CommandReply, Direction, Refusal};
use xlcfi_contracts::types::v1::{Quantity, Unit};
use xlcfi_identity::User;
use xlcfi_service::Settings;
use xlcfi_testkit::{Calling, Fake, Harness, admin, seller};

use crate::album::{self, Pictures};
use crate::label::{self, Label};

pub use xlcfi_contracts::convert::won as krw;

pub type Client = ProductServiceClient<Calling>;
pub type Lots = LotServiceClient<Calling>;
pub type Prices = PriceServiceClient<Calling>;
pub type Recalls = RecallServiceClient<Calling>;

/// Ends no reservation while a test runs.
pub const LATER: Timestamp = Timestamp {
    seconds: 4_070_908_800,
    nanos: 0,
};
/// Overdue by the database's clock.
pub const LONG_AGO: Timestamp = Timestamp {
    seconds: 1_577_836_800,
    nanos: 0,
};

pub struct Shop {
    pub harness: Harness,
    pub seller: User,
    pub category_id: String,
    /// What image says of pictures; of one it does not have here that it may be shown.
    pub pictures: Pictures,
    /// Ai, which reads labels.
    pub label: Label,
    _fakes: Vec<Fake>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A shop of a service with these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let pictures = Pictures::default();
        let image = album::serve(&pictures).await;
        let label = Label::default();
        let ai = label::serve(&label).await;
        let adjust = |all: &mut Settings| set(all, settings);
        let peers = [("image", &image), ("ai", &ai)];
        let harness = Harness::start_adjusted(xlcfi_product::SERVICE, &peers, adjust, xlcfi_product::start);
        let shop = Self::of(harness.await).await;
        Self {
            pictures,
            label,
            _fakes: vec![image, ai],
            ..shop
        }
    }

    /// Another process of the same service.
    pub async fn another(&self, settings: &[(&str, &str)]) -> Harness {
        let adjust = |all: &mut Settings| set(all, settings);
        self.harness.another(adjust, xlcfi_product::start).await
    }

    pub async fn of(harness: Harness) -> Self {
        let mut shop = Self {
            harness,
            seller: seller(),
            category_id: String::new(),
            pictures: Pictures::default(),
            label: Label::default(),
            _fakes: Vec::new(),
        };
        shop.category_id = shop.category("vegetable", "").await;
        shop
    }

    pub fn client(&self, user: &User) -> Client {
        ProductServiceClient::new(self.harness.as_user(user))
    }

    pub fn own(&self) -> Client {
        self.client(&self.seller)
    }

    /// The lots of the shop's seller.
    pub fn lots(&self) -> Lots {
        self.lots_of(&self.seller)
    }

    pub fn lots_of(&self, user: &User) -> Lots {
        LotServiceClient::new(self.harness.as_user(user))
    }

    pub fn prices(&self, user: &User) -> Prices {
        PriceServiceClient::new(self.harness.as_user(user))
    }

    /// Prices as somebody sees them who did not sign in.
    pub fn public_prices(&self) -> Prices {
        PriceServiceClient::new(self.harness.anonymous())
    }

    pub fn recalls(&self, user: &User) -> Recalls {
        RecallServiceClient::new(self.harness.as_user(user))
    }

    pub fn anyone(&self) -> Client {
        ProductServiceClient::new(self.harness.anonymous())
    }

    pub async fn category(&self, slug: &str, parent_id: &str) -> String {
        let request = category(slug, parent_id);
        let created = self
            .client(&admin())
            .create_category(request)
            .await
            .unwrap()
            .into_inner();
        created.category.unwrap().category_id
    }

    /// What creates a product sold from 1 to 100, at 1,000 won and from 10 on at 900.
    pub fn potatoes(&self) -> CreateProductRequest {
        CreateProductRequest {
            sku: Uuid::now_v7().to_string(),
            category_id: self.category_id.clone(),
            name: "감자 10kg".into(),
            name_en: "Potatoes".into(),
            description: "포슬포슬한 감자".into(),
            unit: "10kg 상자".into(),
            content: Some(Quantity {
                amount: 10_000,
                unit: Unit::Gram.into(),
            }),
            origin: "국내산 강원 평창".into(),
            storage: StorageClass::Room.into(),
            allergens: vec![Allergen::Wheat.into()],
            tax: TaxClass::Exempt.into(),
            prices: Some(ladder(&[(1, 1_000), (10, 900)], 1, 1, 100)),
            ..CreateProductRequest::default()
        }
    }

    pub async fn create(&self, request: CreateProductRequest) -> Product {
        self.own()
            .create_product(request)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap()
    }

    pub async fn publish(&self, product_id: &str) -> Product {
        let request = PublishProductRequest {
            product_id: product_id.into(),
        };
        self.own()
            .publish_product(request)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap()
    }

    /// A product of this name on sale, with ten units of it.
    pub async fn on_sale(&self, name: &str, price: i64) -> Product {
        let mut request = self.potatoes();
        request.name = name.into();
        request.name_en = String::new();
        request.description = String::new();
        request.prices = Some(ladder(&[(1, price)], 1, 1, 100));
        let draft = self.create(request).await;
        self.receive(&draft.product_id, 10, "2026-12-24").await;
        self.publish(&draft.product_id).await
    }

    /// A product on sale, with a lot of so many units.
    pub async fn stocked(&self, units: i64) -> Product {
        let draft = self.create(self.potatoes()).await;
        self.receive(&draft.product_id, units, "").await;
        self.publish(&draft.product_id).await
    }

    pub async fn receive(&self, product_id: &str, quantity: i64, use_by_date: &str) -> Lot {
        let request = receipt(product_id, quantity, use_by_date);
        self.lots()
            .receive_lot(request)
            .await
            .unwrap()
            .into_inner()
            .lot
            .unwrap()
    }

    /// Available and reserved units.
    pub async fn stock(&self, product_id: &str) -> (i64, i64) {
        let request = GetStockRequest {
            product_id: product_id.into(),
        };
        let stock = self
            .own()
            .get_stock(request)
            .await
            .unwrap()
            .into_inner()
            .stock
            .unwrap();
        (stock.available, stock.reserved)
    }

    /// On hand, reserved and sold units of a lot.
    pub async fn lot(&self, lot_id: &str) -> (i64, i64, i64) {
        sqlx::query_as("select on_hand, reserved, sold from lot where lot_id = $1::uuid")
            .bind(lot_id)
            .fetch_one(self.harness.pool())
            .await
            .unwrap()
    }

    pub async fn reservation(&self, order_id: Uuid) -> Option<String> {
        sqlx::query_scalar("select state from reservation where order_id = $1")
            .bind(order_id)
            .fetch_optional(self.harness.pool())
            .await
            .unwrap()
    }

    pub async fn reserve(
        &self,
        order_id: Uuid,
        lines: &[(&str, i64)],
        until: Timestamp,
    ) -> Result<Vec<Allocation>, Refusal> {
        self.reserve_as(order_id, &reserve(order_id, lines, until)).await
    }

    pub async fn reserve_as(
        &self,
        order_id: Uuid,
        command: &ReserveStockCommand,
    ) -> Result<Vec<Allocation>, Refusal> {
        let reply = self
            .harness
            .command("order", order_id, "reserve-stock", Direction::Do, command)
            .await;
        let result = outcome(reply)?;
        Ok(result.to_msg::<ReserveStockResult>().unwrap().allocations)
    }

    pub async fn commit(&self, order_id: Uuid) -> Result<(), Refusal> {
        let command = CommitStockCommand {
            order_id: order_id.to_string(),
        };
        let reply = self
            .harness
            .command("order", order_id, "commit-stock", Direction::Do, &command)
            .await;
        outcome(reply).map(|_| ())
    }

    /// Undoes the reservation, as a saga that turns back does.
    pub async fn release(&self, order_id: Uuid) -> Result<(), Refusal> {
        let command = ReleaseStockCommand {
            order_id: order_id.to_string(),
        };
        let reply = self
            .harness
            .command("order", order_id, "reserve-stock", Direction::Undo, &command)
            .await;
        outcome(reply).map(|_| ())
    }

    /// Every lot adds up, and what the reservations and the ledger say is what the
    /// lots say.
    pub async fn assert_stock_adds_up(&self) {
        let wrong: i64 = sqlx::query_scalar(
            "select count(*) from lot
             left join lateral (
                 select coalesce(sum(quantity) filter (where state = 'held'), 0) as held,
                     coalesce(sum(quantity) filter (where state = 'committed'), 0) as committed
                 from reservation_line line join reservation using (order_id) where line.lot_id = lot.lot_id
             ) taken on true
             left join lateral (
                 select sum(entry.on_hand) as on_hand, sum(entry.reserved) as reserved, sum(entry.sold) as sold
                 from stock_entry entry where entry.lot_id = lot.lot_id
             ) ledger on true
             where lot.on_hand < 0 or lot.reserved <> held or lot.sold <> committed
                 or lot.on_hand + lot.reserved + lot.sold <> received + changed
                 or (ledger.on_hand, ledger.reserved, ledger.sold) is distinct from (lot.on_hand, lot.reserved, lot.sold)",
        )
        .fetch_one(self.harness.pool())
        .await
        .unwrap();
        assert_eq!(wrong, 0, "{wrong} lots do not add up");
    }
}

pub fn set(all: &mut Settings, own: &[(&str, &str)]) {
    let dictionary = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/dictionary");
    for (name, value) in own.iter().chain([&("dictionary", dictionary)]) {
        all.defaults.insert((*name).to_owned(), (*value).to_owned());
    }
}

pub fn category(slug: &str, parent_id: &str) -> CreateCategoryRequest {
    CreateCategoryRequest {
        slug: slug.into(),
        parent_id: parent_id.into(),
        name_ko: "채소".into(),
        name_en: "Vegetables".into(),
        sort: 1,
    }
}

pub fn ladder(rungs: &[(i64, i64)], minimum: i64, multiple: i64, maximum: i64) -> PriceLadder {
    let rung = |&(from_quantity, won)| PriceRung {
        from_quantity,
        unit_price: Some(krw(won)),
    };
    PriceLadder {
        rungs: rungs.iter().map(rung).collect(),
        minimum,
        multiple,
        maximum,
    }
}

pub fn receipt(product_id: &str, quantity: i64, use_by_date: &str) -> ReceiveLotRequest {
    ReceiveLotRequest {
        product_id: product_id.into(),
        quantity,
        supplier_lot: "L-1".into(),
        use_by_date: use_by_date.into(),
        ..ReceiveLotRequest::default()
    }
}

pub fn reserve(order_id: Uuid, lines: &[(&str, i64)], until: Timestamp) -> ReserveStockCommand {
    let lines = lines
        .iter()
        .map(|(product_id, quantity)| line(product_id, *quantity));
    reserve_lines(order_id, lines.collect(), until)
}

pub fn line(product_id: &str, quantity: i64) -> StockLine {
    StockLine {
        product_id: product_id.into(),
        quantity,
        ..StockLine::default()
    }
}

pub fn reserve_lines(order_id: Uuid, lines: Vec<StockLine>, until: Timestamp) -> ReserveStockCommand {
    ReserveStockCommand {
        order_id: order_id.to_string(),
        lines,
        expire_time: Some(until),
    }
}

pub fn outcome(reply: CommandReply) -> Result<prost_types::Any, Refusal> {
    match reply.outcome.unwrap() {
        Outcome::Done(result) => Ok(result),
        Outcome::Refused(refusal) => Err(refusal),
    }
}
