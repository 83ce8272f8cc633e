use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::PgPool;
use tokio::time::sleep;
use xlcfi_e2e::Sandbox;

use crate::pool;

/// Longest everything may take to come to rest once nothing goes wrong any more.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often it is said what is still under way.
const PROGRESS: Duration = Duration::from_secs(15);

/// The databases of the services whose books are compared.
pub struct Books {
    order: PgPool,
    payment: PgPool,
    product: PgPool,
}

/// What the books say.
#[derive(Debug, Default)]
pub struct Report {
    orders: i64,
    confirmed: i64,
    cancelled: i64,
    captured: i64,
    refunded: i64,
    pg_captured: i64,
    pg_refunded: i64,
    clearing: i64,
    conflicts: i64,
    reviews: i64,
    webhooks: i64,
    pending: i64,
    /// What must not be, and how often it is.
    wrong: BTreeMap<&'static str, i64>,
}

impl Books {
    pub async fn at(data: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            order: pool(data, "xlcfi_order").await?,
            payment: pool(data, "xlcfi_payment").await?,
            product: pool(data, "xlcfi_product").await?,
        })
    }

    /// Waits until nothing is under way: no order, payment, refund or message.
    pub async fn wait_until_quiet(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut told = Instant::now();
        loop {
            let mut under_way = self.under_way().await?;
            under_way.retain(|_, number| *number > 0);
            if under_way.is_empty() {
                return Ok(());
            }
            if told.elapsed() > PROGRESS {
                println!("  still under way: {under_way:?}");
                told = Instant::now();
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "still under way after {PATIENCE:?}: {under_way:?}"
            );
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn under_way(&self) -> anyhow::Result<BTreeMap<&'static str, i64>> {
        let orders = "select count(*) from orders where state not in ('CONFIRMED', 'CANCELLED')";
        let sagas = "select count(*) from saga.saga where phase in ('running', 'compensating')";
        let payments =
            "select count(*) from payment where state in ('pending', 'refunding', 'awaiting_buyer',
            'awaiting_deposit')";
        let refunds = "select count(*) from refund where state = 'pending'";
        let webhooks = "select count(*) from webhook where end_time is null";
        let unsent = "select count(*) from events.outbox where send_time is null";
        Ok(BTreeMap::from([
            ("orders", ask(&self.order, orders).await?),
            ("sagas", ask(&self.order, sagas).await?),
            ("payments", ask(&self.payment, payments).await?),
            ("refunds", ask(&self.payment, refunds).await?),
            ("webhooks", ask(&self.payment, webhooks).await?),
            ("messages of order", ask(&self.order, unsent).await?),
            ("messages of payment", ask(&self.payment, unsent).await?),
        ]))
    }

    /// The invariants of the money, each by SQL against the PGs' own ledgers.
    pub async fn compare(&self, sandbox: &Sandbox) -> anyhow::Result<Report> {
        let mut report = Report {
            orders: ask(&self.order, "select count(*) from orders").await?,
            confirmed: ask(
                &self.order,
                "select count(*) from orders where state = 'CONFIRMED'",
            )
            .await?,
            cancelled: ask(
                &self.order,
                "select count(*) from orders where state = 'CANCELLED'",
            )
            .await?,
            captured: ask(
                &self.payment,
                "select coalesce(sum(captured), 0)::bigint from payment",
            )
            .await?,
            refunded: ask(
                &self.payment,
                "select coalesce(sum(refunded), 0)::bigint from payment",
            )
            .await?,
            clearing: ask(&self.payment, CLEARING).await?,
            conflicts: ask(
                &self.payment,
                "select count(*) from payment where state = 'conflicted'",
            )
            .await?,
            reviews: ask(
                &self.payment,
                "select count(*) from refund where state = 'review'",
            )
            .await?,
            webhooks: ask(
                &self.payment,
                "select coalesce(sum(times_received), 0)::bigint from webhook",
            )
            .await?,
            pending: self.under_way().await?.values().sum(),
            ..Report::default()
        };
        for (what, sql) in OF_PAYMENT {
            report.wrong.insert(what, ask(&self.payment, sql).await?);
        }
        for (what, sql) in OF_PRODUCT {
            report.wrong.insert(what, ask(&self.product, sql).await?);
        }
        let dead = "select count(*) from events.dead_letter";
        let dead = ask(&self.order, dead).await?
            + ask(&self.payment, dead).await?
            + ask(&self.product, dead).await?;
        report.wrong.insert("dead letters", dead);
        self.of_each_order(sandbox, &mut report).await?;
        Ok(report)
    }

    /// Each order's money here and at the PGs.
    async fn of_each_order(&self, sandbox: &Sandbox, report: &mut Report) -> anyhow::Result<()> {
        let ours: Vec<(String, i64, i64)> =
            sqlx::query_as("select order_id::text, captured, refunded from payment")
                .fetch_all(&self.payment)
                .await?;
        let ours: BTreeMap<String, (i64, i64)> = ours
            .into_iter()
            .map(|(id, captured, refunded)| (id, (captured, refunded)))
            .collect();
        let states: Vec<(String, String, i64)> =
            sqlx::query_as("select order_id::text, state, total - points_used from orders")
                .fetch_all(&self.order)
                .await?;
        let ledger = sandbox.whole_ledger().await?;
        ensure!(ledger["sound"] == true, "the PG's own books are not sound");
        let mut theirs: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
        for row in ledger["orders"].as_array().into_iter().flatten() {
            let id = row["order_id"].as_str().unwrap_or_default().to_owned();
            let sums = theirs.entry(id).or_default();
            sums.0 += row["captured"].as_i64().unwrap_or_default();
            sums.1 += row["refunded"].as_i64().unwrap_or_default();
            sums.2 += row["captures"].as_i64().unwrap_or_default();
        }
        report.pg_captured = theirs.values().map(|sums| sums.0).sum();
        report.pg_refunded = theirs.values().map(|sums| sums.1).sum();
        let wrong = &mut report.wrong;
        for what in [
            "orders the PGs took twice for",
            "orders whose money differs at the PG",
            "cancelled orders that keep money",
            "confirmed orders not paid whole",
        ] {
            wrong.insert(what, 0);
        }
        let mut found = |what: &'static str| *wrong.entry(what).or_default() += 1;
        for (id, sums) in &theirs {
            if sums.2 > 1 {
                found("orders the PGs took twice for");
            }
            if ours.get(id).copied().unwrap_or_default() != (sums.0, sums.1) {
                found("orders whose money differs at the PG");
            }
        }
        for (id, (captured, _)) in &ours {
            if *captured > 0 && !theirs.contains_key(id) {
                found("orders whose money differs at the PG");
            }
        }
        for (id, state, payable) in states {
            let (captured, refunded) = ours.get(&id).copied().unwrap_or_default();
            match state.as_str() {
                "CANCELLED" if captured != refunded => found("cancelled orders that keep money"),
                "CONFIRMED" if captured != payable => found("confirmed orders not paid whole"),
                _ => {}
            }
        }
        Ok(())
    }
}

const CLEARING: &str = "select coalesce(sum(case when debit = 'pg_clearing' then amount else 0 end)
    - sum(case when credit = 'pg_clearing' then amount else 0 end), 0)::bigint from ledger_entry";

/// What must be found nowhere in payment's books.
const OF_PAYMENT: [(&str, &str); 4] = [
    (
        "payments captured twice",
        "select count(*) from (select payment_id from attempt where kind <> 'refund' and state = 'succeeded'
             group by payment_id having count(*) > 1) as twice",
    ),
    (
        "payments whose ledger differs",
        "select count(*) from payment p where p.captured - p.refunded <> coalesce((select
             sum(case when debit = 'pg_clearing' then amount when credit = 'pg_clearing' then -amount else 0 end)
             from ledger_entry e where e.payment_id = p.payment_id and e.cause in ('capture', 'refund')), 0)",
    ),
    (
        "payments whose lines differ",
        "select count(*) from payment p where p.refunded <> (select coalesce(sum((line->>'refunded')::bigint), 0)
             from jsonb_array_elements(p.lines) as line)
             and not exists (select from refund r where r.payment_id = p.payment_id and r.state in ('pending', 'review'))",
    ),
    (
        "refunds above their payment",
        "select count(*) from payment p where p.captured < (select coalesce(sum(amount), 0) from refund r
             where r.payment_id = p.payment_id and r.state <> 'rejected')",
    ),
];

/// What must be found nowhere in product's.
const OF_PRODUCT: [(&str, &str); 2] = [
    (
        "lots whose stock does not add up",
        "select count(*) from lot where received + changed <> on_hand + reserved + sold",
    ),
    (
        "reservations neither sold nor released",
        "select count(*) from reservation where state = 'held'",
    ),
];

async fn ask(pool: &PgPool, sql: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(pool).await?)
}

impl Report {
    fn difference(&self) -> i64 {
        (self.captured - self.refunded) - (self.pg_captured - self.pg_refunded)
    }

    /// Whether nothing is lost, taken twice or left.
    pub fn is_sound(&self) -> bool {
        let ended = self.confirmed + self.cancelled == self.orders;
        ended
            && self.difference() == 0
            && self.clearing == self.captured - self.refunded
            && self.conflicts == 0
            && self.pending == 0
            && self.wrong.values().all(|times| *times == 0)
    }

    pub fn print(&self, kills: usize) {
        println!(
            "orders                    {:>14}  {} confirmed, {} cancelled",
            self.orders, self.confirmed, self.cancelled
        );
        println!("processes killed          {kills:>14}");
        println!("webhooks taken in         {:>14}", self.webhooks);
        println!("captured                  {:>14} won", self.captured);
        println!("refunded                  {:>14} won", self.refunded);
        println!(
            "PG ledger                 {:>14} won",
            self.pg_captured - self.pg_refunded
        );
        println!("our ledger                {:>14} won", self.clearing);
        println!("difference                {:>14} won", self.difference());
        println!("conflicts                 {:>14}", self.conflicts);
        println!("refunds to decide about   {:>14}", self.reviews);
        println!("pending left              {:>14}", self.pending);
        for (what, times) in &self.wrong {
            println!("{what:<40} {times}");
        }
    }
}
