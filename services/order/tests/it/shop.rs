//! A running order service, the products and addresses others answer with, and
//! the participants of its saga, played by the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use prost::{Message, Name};
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::convert;
use xlcfi_contracts::member::v1::member_service_server::MemberServiceServer;
use xlcfi_contracts::member::v1::{Address, ResolveAddressRequest, ResolveAddressResponse};
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{CreateOrderRequest, GetOrderRequest, NewOrderLine, Order, OrderState};
use xlcfi_contracts::product::v1::price_service_server::PriceServiceServer;
use xlcfi_contracts::product::v1::{
    PricedLine, QuoteLine, QuotePricesRequest, QuotePricesResponse, TaxClass,
};
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::saga::v1::{Command, Direction};
use xlcfi_contracts::types::v1::Money;
use xlcfi_errors::{Code, Explain, Explanation};
use xlcfi_events::Stream;
use xlcfi_identity::{Member, User};
use xlcfi_testkit::{Calling, Fake, Harness, admin, done, eventually, user};
use xlcfi_types::Id;

/// A product as the product service knows it.
#[derive(Debug, Clone)]
pub struct Item {
    pub name: &'static str,
    pub price: i64,
    pub seller_id: Uuid,
    pub exempt: bool,
    pub sold: bool,
    /// Most that may be ordered.
    pub maximum: i64,
    /// A customer who pays another price.
    pub special: Option<(Uuid, i64)>,
    /// Days left that its lots have at least.
    pub promised_days: i32,
    /// Days left that lots for less have at most, and what they cost.
    pub near_expiry: Option<(i32, i64)>,
}

pub type Items = Arc<Mutex<HashMap<Uuid, Item>>>;

pub struct Shop {
    pub harness: Harness,
    pub buyer: User,
    pub seller_id: Uuid,
    /// 12,000 won each, exempt.
    pub potatoes: Uuid,
    /// 5,000 won each, taxed.
    pub ramen: Uuid,
    pub items: Items,
    /// The buyer's second address; the first is the default.
    pub address_id: Uuid,
    _fakes: [Fake; 2],
}

/// Why a stand-in refuses.
#[derive(Debug, thiserror::Error)]
#[error("refused by a stand-in")]
struct Refusal(Code, &'static str, Uuid);

impl Explain for Refusal {
    const DOMAIN: &'static str = "fake.xlcfi.com";

    fn explain(&self) -> Explanation {
        Explanation::new(self.0, self.1).with("product_id", self.2)
    }
}

impl Shop {
    pub async fn open() -> Self {
        let (seller_id, address_id, buyer) = (Uuid::now_v7(), Uuid::now_v7(), user());
        let item = |name, price, exempt| Item {
            name,
            price,
            seller_id,
            exempt,
            sold: true,
            maximum: 1_000_000,
            special: None,
            promised_days: 0,
            near_expiry: None,
        };
        let (potatoes, ramen) = (Uuid::now_v7(), Uuid::now_v7());
        let items: Items = Arc::new(Mutex::new(HashMap::from([
            (potatoes, item("감자", 12_000, true)),
            (ramen, item("라면", 5_000, false)),
        ])));
        let fakes = [
            product(items.clone()).await,
            member(buyer.id.uuid(), address_id).await,
        ];
        let peers = [("product", &fakes[0]), ("member", &fakes[1])];
        Self {
            harness: Harness::start_with(xlcfi_order::SERVICE, &peers, xlcfi_order::start).await,
            buyer,
            seller_id,
            potatoes,
            ramen,
            items,
            address_id,
            _fakes: fakes,
        }
    }

    /// Changes what product says of an item.
    pub fn change(&self, item: Uuid, change: impl FnOnce(&mut Item)) {
        change(self.items.lock().unwrap().get_mut(&item).unwrap());
    }

    /// Another product, of this seller.
    pub fn stock(&self, seller_id: Uuid) -> Uuid {
        let id = Uuid::now_v7();
        let mut items = self.items.lock().unwrap();
        let item = Item {
            seller_id,
            ..items[&self.ramen].clone()
        };
        items.insert(id, item);
        id
    }

    pub fn client(&self, user: &User) -> OrderServiceClient<Calling> {
        OrderServiceClient::new(self.harness.as_user(user))
    }

    pub fn buyers(&self) -> OrderServiceClient<Calling> {
        self.client(&self.buyer)
    }

    /// A request for these lines, new.
    pub fn request(&self, lines: &[(Uuid, i64)]) -> CreateOrderRequest {
        CreateOrderRequest {
            request_id: Uuid::now_v7().to_string(),
            lines: lines.iter().map(line).collect(),
            ..Default::default()
        }
    }

    /// The buyer orders; 29,000 won.
    pub async fn order(&self) -> Order {
        self.create(self.request(&[(self.potatoes, 2), (self.ramen, 1)]))
            .await
    }

    pub async fn create(&self, request: CreateOrderRequest) -> Order {
        let made = self.buyers().create_order(request).await.unwrap();
        made.into_inner().order.unwrap()
    }

    /// An order whose saga has ended well.
    pub async fn confirmed(&self) -> Order {
        let order = self.order().await;
        self.settle(&order, &["reserve-stock", "take-payment", "commit-stock"])
            .await;
        self.reaches(&order, OrderState::Confirmed).await
    }

    /// Answers these steps of an order with done, one after the other.
    pub async fn settle(&self, order: &Order, steps: &[&str]) {
        for step in steps {
            self.answer(order, step, Direction::Do, done()).await;
        }
    }

    /// Undoes these steps, one after the other.
    pub async fn undo(&self, order: &Order, steps: &[&str]) {
        for step in steps {
            self.answer(order, step, Direction::Undo, done()).await;
        }
    }

    /// Answers the command of a step once it is there.
    pub async fn answer(&self, order: &Order, step: &str, direction: Direction, outcome: Outcome) {
        let command = self.command(order, step, direction).await;
        self.harness.reply(&command, outcome).await;
    }

    /// Waits for the command of a step.
    pub async fn command(&self, order: &Order, step: &str, direction: Direction) -> Command {
        eventually(async || {
            let commands = self.harness.commands(saga_id(order)).await;
            commands
                .into_iter()
                .rev()
                .find(|command| command.step == step && command.direction() == direction)
        })
        .await
    }

    /// The commands sent so far, as `reserve-stock` or `-reserve-stock`.
    pub async fn commands(&self, order: &Order) -> Vec<String> {
        let commands = self.harness.commands(saga_id(order)).await;
        let name = |command: Command| match command.direction() {
            Direction::Undo => format!("-{}", command.step),
            _ => command.step,
        };
        commands.into_iter().map(name).collect()
    }

    /// An order as it is now.
    pub async fn get(&self, order: &Order) -> Order {
        let request = GetOrderRequest {
            order_id: order.order_id.clone(),
        };
        let got = self.client(&admin()).get_order(request).await.unwrap();
        got.into_inner().order.unwrap()
    }

    /// Waits until an order is in this state.
    pub async fn reaches(&self, order: &Order, state: OrderState) -> Order {
        eventually(async || {
            let order = self.get(order).await;
            (order.state() == state).then_some(order)
        })
        .await
    }

    /// Waits until every reply sent so far has been taken in.
    pub async fn quiet(&self) {
        self.harness.taken_in(Stream::commands("order"), "order").await;
    }

    /// How many orders there are.
    pub async fn orders(&self) -> i64 {
        sqlx::query_scalar("select count(*) from orders")
            .fetch_one(self.harness.pool())
            .await
            .unwrap()
    }
}

pub fn saga_id(order: &Order) -> Uuid {
    order.order_id.parse().unwrap()
}

pub fn line((product_id, quantity): &(Uuid, i64)) -> NewOrderLine {
    NewOrderLine {
        product_id: product_id.to_string(),
        quantity: *quantity,
        ..Default::default()
    }
}

pub fn won(minor_units: i64) -> Option<Money> {
    Some(convert::won(minor_units))
}

/// What a command asks for.
pub fn asked<M: Message + Name + Default>(command: &Command) -> M {
    let body = command.body.as_ref().unwrap();
    assert_eq!(body.type_url, M::type_url());
    M::decode(body.value.as_slice()).unwrap()
}

/// Prices `items`, and refuses as the product service does.
pub async fn product(items: Items) -> Fake {
    let quote = move |buyer: Option<Id<Member>>, request: QuotePricesRequest| {
        let items = items.clone();
        async move {
            let items = items.lock().unwrap();
            let lines: Result<Vec<PricedLine>, Status> = request
                .lines
                .iter()
                .map(|line| priced(&items, buyer, line))
                .collect();
            Ok(QuotePricesResponse {
                lines: lines?,
                total: None,
            })
        }
    };
    Fake::answering_for::<PriceServiceServer<()>, _, _, _>("QuotePrices", quote).await
}

fn priced(
    items: &HashMap<Uuid, Item>,
    buyer: Option<Id<Member>>,
    line: &QuoteLine,
) -> Result<PricedLine, Status> {
    let id: Uuid = line.product_id.parse().unwrap();
    let refuse = |code, reason| Err(Refusal(code, reason, id).into_status());
    let Some(item) = items.get(&id) else {
        return refuse(Code::NotFound, "PRODUCT_NOT_FOUND");
    };
    if !item.sold {
        return refuse(Code::FailedPrecondition, "PRODUCT_NOT_SOLD");
    }
    if line.quantity > item.maximum {
        return refuse(Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED");
    }
    let tax = if item.exempt {
        TaxClass::Exempt
    } else {
        TaxClass::Taxable
    };
    if line.near_expiry && item.near_expiry.is_none() {
        return refuse(Code::FailedPrecondition, "NOT_NEAR_EXPIRY");
    }
    let special = item
        .special
        .filter(|(customer, _)| buyer == Some(Id::from_uuid(*customer)));
    let near = item.near_expiry.filter(|_| line.near_expiry);
    let price = near.or(special.map(|(_, price)| (0, price)));
    let price = price.map_or(item.price, |(_, price)| price);
    let minimum_remaining_days = match near {
        Some(_) => 0,
        None => item.promised_days.max(line.minimum_remaining_days),
    };
    Ok(PricedLine {
        product_id: line.product_id.clone(),
        name: item.name.to_owned(),
        unit: "상자".to_owned(),
        seller_id: item.seller_id.to_string(),
        quantity: line.quantity,
        unit_price: won(price),
        amount: won(price * line.quantity),
        tax: tax.into(),
        in_stock: true,
        minimum_remaining_days,
        maximum_remaining_days: near.map(|(days, _)| days),
    })
}

/// Knows two addresses of one member.
pub async fn member(buyer: Uuid, second: Uuid) -> Fake {
    let resolve = move |request: ResolveAddressRequest| async move {
        let known = request.member_id == buyer.to_string()
            && (request.address_id.is_empty() || request.address_id == second.to_string());
        if !known {
            return Err(Refusal(Code::NotFound, "ADDRESS_NOT_FOUND", second).into_status());
        }
        let address = Address {
            address_id: request.address_id.clone(),
            recipient: "김하나".into(),
            phone: "01012345678".into(),
            postal_code: "04524".into(),
            line1: "서울특별시 중구 세종대로 110".into(),
            line2: if request.address_id.is_empty() {
                "1층".into()
            } else {
                "2층".into()
            },
            ..Default::default()
        };
        Ok(ResolveAddressResponse {
            address: Some(address),
        })
    };
    Fake::answering::<MemberServiceServer<()>, _, _, _>("ResolveAddress", resolve).await
}
