//! A member service with people in it, and the messages that reach it.

use std::time::Duration;

use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::AccountCreated;
use xlcfi_contracts::member::v1::member_service_client::MemberServiceClient;
use xlcfi_contracts::member::v1::{
    GetPointsRequest, HoldPointsCommand, ListPointEntriesRequest, ListPurchasesRequest, PointBalance,
    PointEntryKind, Purchase, ReleasePointsCommand,
};
use xlcfi_contracts::order::v1::{
    Order, OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderLine, OrderShipped,
};
use xlcfi_contracts::saga::v1::{CommandReply, Direction, command_reply::Outcome};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_member::Config;
use xlcfi_testkit::{Calling, Harness, eventually, user};
use xlcfi_types::calendar::seoul_date;

pub use xlcfi_contracts::convert::won;

pub type Client = MemberServiceClient<Calling>;

/// 2026-11-22 09:00 in Seoul, when the harness's clock begins.
pub const NOW: Timestamp = Timestamp {
    seconds: 1_795_305_600,
    nanos: 0,
};

pub struct World {
    pub harness: Harness,
}

impl World {
    pub async fn start() -> Self {
        let harness = Harness::start(xlcfi_member::SERVICE, xlcfi_member::start).await;
        Self { harness }
    }

    /// With a tax office at a URL.
    pub async fn with_tax_office(url: &str) -> Self {
        let config = Config {
            nts_url: url.to_owned(),
            nts_key: "sandbox-nts+/key==".into(),
        };
        let start = |base| xlcfi_member::start_with(base, config);
        let harness = Harness::start(xlcfi_member::SERVICE, start).await;
        Self { harness }
    }

    /// Lets a night go by, and waits until its work is done.
    pub async fn night(&self) {
        self.days(1).await;
    }

    /// Lets days go by, and waits until the work of the last night is done.
    pub async fn days(&self, days: u64) {
        self.harness.advance(Duration::from_secs(days * 86_400));
        let day = seoul_date(self.harness.now());
        eventually(async || {
            let query = sqlx::query_scalar::<_, bool>("select exists (select from night where day = $1)");
            let done = query.bind(day).fetch_one(self.harness.pool()).await.unwrap();
            done.then_some(())
        })
        .await;
    }

    /// Somebody who signed up.
    pub async fn member(&self) -> User {
        let member = user();
        self.harness
            .deliver("auth", member.id.uuid(), 1, &account(&member))
            .await;
        eventually(async || self.client(&member).get_points(GetPointsRequest {}).await.ok()).await;
        member
    }

    /// Somebody who signed up and earned so many points.
    pub async fn member_with_points(&self, points: i64) -> User {
        let member = self.member().await;
        let order = Placed::new(&member, points * 100, 0);
        self.confirm(&order).await;
        assert_eq!(self.balance(&member).await, (points, 0));
        member
    }

    pub fn client(&self, user: &User) -> Client {
        MemberServiceClient::new(self.harness.as_user(user))
    }

    /// Available and held points.
    pub async fn balance(&self, member: &User) -> (i64, i64) {
        let response = self.client(member).get_points(GetPointsRequest {}).await.unwrap();
        let PointBalance { available, held } = response.into_inner().balance.unwrap();
        (available, held)
    }

    /// The ledger, oldest line first.
    pub async fn ledger(&self, member: &User) -> Vec<(PointEntryKind, i64)> {
        let request = ListPointEntriesRequest {
            page_size: 100,
            ..Default::default()
        };
        let response = self.client(member).list_point_entries(request).await.unwrap();
        let entries = response.into_inner().entries.into_iter().rev();
        entries.map(|entry| (entry.kind(), entry.points)).collect()
    }

    pub async fn purchases(&self, member: &User) -> Vec<Purchase> {
        let request = ListPurchasesRequest {
            page_size: 100,
            ..Default::default()
        };
        self.client(member)
            .list_purchases(request)
            .await
            .unwrap()
            .into_inner()
            .purchases
    }

    pub async fn hold(&self, order: &Placed, points: i64) -> Outcome {
        let body = order.hold_command(points);
        outcome(
            self.harness
                .command("order", order.id, "hold-points", Direction::Do, &body)
                .await,
        )
    }

    pub async fn release(&self, order: &Placed) -> Outcome {
        let body = order.release_command();
        outcome(
            self.harness
                .command("order", order.id, "hold-points", Direction::Undo, &body)
                .await,
        )
    }

    pub async fn confirm(&self, order: &Placed) {
        self.harness
            .deliver("order", order.id, 1, &order.confirmed())
            .await;
        self.applied(order.id, 1).await;
    }

    /// Cancels an order that was confirmed.
    pub async fn cancel(&self, order: &Placed) {
        self.harness
            .deliver("order", order.id, 2, &order.cancelled(true))
            .await;
        self.applied(order.id, 2).await;
    }

    /// The lines of the ledger and the balance hold together, and the lots with them.
    pub async fn is_sound(&self, member: &User) {
        let (points, ledger, held, holds) = self.sums(member).await;
        let lots: i64 = sqlx::query_scalar(
            "select coalesce(sum(remaining), 0)::bigint from point_lot where member_id = $1",
        )
        .bind(member.id.uuid())
        .fetch_one(self.harness.pool())
        .await
        .unwrap();
        assert_eq!((points, held, lots), (ledger, holds, points.max(0)));
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
            self.harness
                .parked()
                .await
                .into_iter()
                .find(|(parked, _)| parked == type_name)
        })
        .await;
    }

    /// The balance row and the sums it must equal: points, ledger, held, holds.
    pub async fn sums(&self, member: &User) -> (i64, i64, i64, i64) {
        sqlx::query_as(
            "select points,
                 (select coalesce(sum(points), 0)::bigint from point_entry where member_id = b.member_id),
                 held,
                 (select coalesce(sum(points), 0)::bigint from point_hold
                  where member_id = b.member_id and state = 'held')
             from point_balance b where member_id = $1",
        )
        .bind(member.id.uuid())
        .fetch_one(self.harness.pool())
        .await
        .unwrap()
    }
}

pub fn outcome(reply: CommandReply) -> Outcome {
    reply.outcome.unwrap()
}

pub fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_))
}

pub fn account(member: &User) -> AccountCreated {
    AccountCreated {
        account_id: member.id.to_string(),
        email: "kim@example.com".into(),
        display_name: "김상점".into(),
        roles: vec![Role::Buyer.into()],
        time: Some(NOW),
        ..Default::default()
    }
}

/// An order of a member, as the order service would tell of it.
#[derive(Debug, Clone)]
pub struct Placed {
    pub id: Uuid,
    pub member_id: String,
    pub payable: i64,
    pub points_used: i64,
    pub lines: Vec<&'static str>,
    pub create_time: Timestamp,
}

impl Placed {
    pub fn new(member: &User, payable: i64, points_used: i64) -> Self {
        Self {
            id: Uuid::now_v7(),
            member_id: member.id.to_string(),
            payable,
            points_used,
            lines: vec!["감자 5kg", "양파 3kg"],
            create_time: NOW,
        }
    }

    pub fn hold_command(&self, points: i64) -> HoldPointsCommand {
        HoldPointsCommand {
            order_id: self.id.to_string(),
            member_id: self.member_id.clone(),
            points,
        }
    }

    pub fn release_command(&self) -> ReleasePointsCommand {
        ReleasePointsCommand {
            order_id: self.id.to_string(),
            member_id: self.member_id.clone(),
        }
    }

    pub fn created(&self) -> OrderCreated {
        OrderCreated {
            order: Some(self.order()),
            time: Some(NOW),
            ..Default::default()
        }
    }

    pub fn confirmed(&self) -> OrderConfirmed {
        OrderConfirmed {
            order: Some(self.order()),
            time: Some(NOW),
        }
    }

    pub fn shipped(&self) -> OrderShipped {
        OrderShipped {
            order_id: self.id.to_string(),
            member_id: self.member_id.clone(),
            ..Default::default()
        }
    }

    pub fn delivered(&self) -> OrderDelivered {
        OrderDelivered {
            order_id: self.id.to_string(),
            member_id: self.member_id.clone(),
            ..Default::default()
        }
    }

    pub fn cancelled(&self, was_confirmed: bool) -> OrderCancelled {
        OrderCancelled {
            order: Some(self.order()),
            reason: "CANCELLED_BY_BUYER".into(),
            was_confirmed,
            time: Some(NOW),
        }
    }

    fn order(&self) -> Order {
        let line = |name: &&str| OrderLine {
            name: (*name).to_owned(),
            quantity: 1,
            ..Default::default()
        };
        Order {
            order_id: self.id.to_string(),
            member_id: self.member_id.clone(),
            lines: self.lines.iter().map(line).collect(),
            total: Some(won(self.payable + self.points_used)),
            points_used: self.points_used,
            payable: Some(won(self.payable)),
            create_time: Some(self.create_time),
            ..Default::default()
        }
    }
}
