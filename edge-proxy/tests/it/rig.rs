//! An edge with two services behind it.

use std::time::Duration;

use prost::Message as _;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Status};
use xlcfi_contracts::auth::v1::GetJwksResponse;
use xlcfi_contracts::order::v1::{
    CreateOrderRequest, CreateOrderResponse, GetOrderRequest, GetOrderResponse, ListOrdersResponse, Order,
    WatchOrderRequest, WatchOrderResponse,
};
use xlcfi_edge_proxy::{EdgeSettings, start};
use xlcfi_errors::{Explain, Explanation};
use xlcfi_identity::{AccessTokenKey, Keyring, Seed, User};
use xlcfi_testkit::eventually;

use crate::client::Client;
use crate::fake::{Fake, Reply, Seen};

pub const GET_ORDER: &str = "/xlcfi.order.v1.OrderService/GetOrder";
pub const CREATE_ORDER: &str = "/xlcfi.order.v1.OrderService/CreateOrder";
pub const WATCH_ORDER: &str = "/xlcfi.order.v1.OrderService/WatchOrder";
pub const GET_CART: &str = "/xlcfi.order.v1.OrderService/GetCart";
pub const GET_JWKS: &str = "/xlcfi.auth.v1.AuthService/GetJwks";
pub const LOG_IN: &str = "/xlcfi.auth.v1.AuthService/LogIn";

/// An order nobody has.
pub const MISSING: &str = "00000000-0000-7000-8000-000000000404";
/// Any other order.
pub const ORDER: &str = "01890000-0000-7000-8000-000000000001";

/// Nothing listens there.
pub const NOWHERE: &str = "http://127.0.0.1:9";

pub struct Rig {
    pub client: Client,
    pub url: String,
    pub order: Fake,
    pub auth: Fake,
    pub key: AccessTokenKey,
    pub seed: Seed,
    pub stop: CancellationToken,
    _stop: DropGuard,
}

impl Rig {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings of the test's own.
    pub async fn with(change: impl FnOnce(&mut EdgeSettings)) -> Self {
        Self::with_key(&Seed::generate(), change).await
    }

    /// One of several whose users are the same.
    pub async fn with_key(seed: &Seed, change: impl FnOnce(&mut EdgeSettings)) -> Self {
        let edge = Seed::generate();
        let keyring = Keyring::new().with("edge", edge.public_key());
        let seed = seed.clone();
        let key = AccessTokenKey::new("k1", &seed);
        let jwks = GetJwksResponse {
            keys: vec![key.jwk()],
        };
        let auth = Fake::start("auth", keyring.clone(), move |seen| match seen.path.as_str() {
            GET_JWKS => Reply::message(&jwks),
            _ => Reply::Refuse(Status::unauthenticated("wrong")),
        });
        let (auth, order) = tokio::join!(auth, Fake::start("order", keyring, orders));
        let mut settings = EdgeSettings::new(edge);
        settings.rate_limit = 100_000;
        settings.credential_rate_limit = 100_000;
        settings.body_timeout = Duration::from_millis(500);
        settings.peers = [("auth", &auth), ("order", &order)]
            .into_iter()
            .map(|(name, fake)| (name.to_owned(), fake.url.clone()))
            .chain(
                ["member", "product", "payment", "review"].map(|name| (name.to_owned(), NOWHERE.to_owned())),
            )
            .collect();
        change(&mut settings);
        let auth_is_up = settings.peers.get("auth") == Some(&auth.url);
        let stop = CancellationToken::new();
        let edge = start(settings, stop.clone()).await.expect("an edge");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(edge.serve(listener));
        let rig = Self {
            client: Client::new(&url),
            url,
            order,
            auth,
            key,
            seed,
            _stop: stop.clone().drop_guard(),
            stop,
        };
        if auth_is_up {
            eventually(async || (rig.client.get("/readyz", &[]).await.status == 200).then_some(())).await;
        }
        rig
    }

    /// The value of an `authorization` header for the user.
    pub fn bearer(&self, user: &User) -> String {
        format!(
            "Bearer {}",
            self.key
                .mint(user, OffsetDateTime::now_utc(), Duration::from_secs(900))
        )
    }
}

/// How the order service acts: by what is asked.
fn orders(seen: &Seen) -> Reply {
    let message = seen.message.clone();
    match seen.path.as_str() {
        GET_ORDER => {
            let id = GetOrderRequest::decode(message).expect("a request").order_id;
            if id == MISSING {
                return Reply::Refuse(not_found());
            }
            Reply::message(&GetOrderResponse {
                order: Some(order(&id)),
            })
        }
        CREATE_ORDER => {
            let id = CreateOrderRequest::decode(message).expect("a request").request_id;
            Reply::message(&CreateOrderResponse {
                order: Some(order(&id)),
            })
        }
        WATCH_ORDER => watch(&WatchOrderRequest::decode(message).expect("a request")),
        GET_CART => Reply::Hang,
        "/xlcfi.order.v1.OrderService/ClearCart" => Reply::Html,
        "/xlcfi.order.v1.OrderService/ListOrders" => Reply::Stream(
            vec![ListOrdersResponse::default().encode_to_vec()],
            Status::unavailable("not now"),
        ),
        _ => Reply::Refuse(Status::unimplemented("")),
    }
}

fn watch(request: &WatchOrderRequest) -> Reply {
    let message = |id: &str| {
        WatchOrderResponse {
            order: Some(order(id)),
        }
        .encode_to_vec()
    };
    match request.after_version {
        0 => Reply::Stream(vec![message("a"), message("b"), message("c")], Status::ok("")),
        1 => Reply::Stream(vec![], not_found()),
        2 => Reply::Stream(vec![message("a")], not_found()),
        3 => Reply::Break(message("a")),
        4 => Reply::Linger(vec![message("a")]),
        6 => Reply::Linger(Vec::new()),
        5 => Reply::Stream(vec![], Status::ok("")),
        _ => Reply::Hang,
    }
}

pub fn order(id: &str) -> Order {
    Order {
        order_id: id.into(),
        ..Order::default()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no such order")]
struct NotFound;

impl Explain for NotFound {
    const DOMAIN: &'static str = "order.xlcfi.com";

    fn explain(&self) -> Explanation {
        Explanation::new(Code::NotFound, "ORDER_NOT_FOUND").with("order_id", MISSING)
    }
}

/// NOT_FOUND, with what only developers should read.
fn not_found() -> Status {
    let status = NotFound.into_status();
    let mut whole = tonic_types::Status::decode(status.details()).expect("details");
    whole.details.push(prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.DebugInfo".into(),
        value: b"\x12\x06secret".to_vec(),
    });
    Status::with_details(Code::NotFound, status.message(), whole.encode_to_vec().into())
}
