//! Measures how long 100,000 members take to be told of a recall: commands through an
//! outbox, its relay, the stream and the consumer, into their inboxes. Needs the servers
//! tests need: `make bench-inbox`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tokio::time::sleep;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_events::append_each_to;
use xlcfi_testkit::Harness;

const MEMBERS: i64 = 100_000;

const PEOPLE: &str = "
    with fresh as (
        insert into member (member_id, email, display_name, create_time, update_time)
        select uuidv7(), n || '@example.com', 'member ' || n, now(), now() from generate_series(1, $1) as n
        returning member_id
    ) insert into point_balance (member_id) select member_id from fresh returning member_id";

#[tokio::main]
async fn main() {
    let harness = Harness::start(xlcfi_member::SERVICE, xlcfi_member::start).await;
    let members: Vec<Uuid> = sqlx::query_scalar(PEOPLE)
        .bind(MEMBERS)
        .fetch_all(harness.pool())
        .await
        .unwrap();
    let commands: Vec<(Uuid, NotifyCommand)> = members.into_iter().map(|id| (id, command(id))).collect();

    let begun = Instant::now();
    let mut tx = harness.base.database.begin().await.unwrap();
    append_each_to(&mut tx, "member", &commands).await.unwrap();
    tx.commit().await.unwrap();
    println!(
        "{MEMBERS} commands written after   {:>6.1} s",
        begun.elapsed().as_secs_f64()
    );
    let unsent = "select count(*) from events.outbox where send_time is null";
    until(&harness, unsent, 0).await;
    println!(
        "acknowledged by the stream after {:>6.1} s",
        begun.elapsed().as_secs_f64()
    );
    until(&harness, "select count(*) from notification", MEMBERS).await;
    println!(
        "in all inboxes after             {:>6.1} s",
        begun.elapsed().as_secs_f64()
    );
}

fn command(member_id: Uuid) -> NotifyCommand {
    NotifyCommand {
        notification_id: Uuid::now_v7().to_string(),
        member_id: member_id.to_string(),
        kind: NotificationKind::Recall.into(),
        title: "회수 안내".into(),
        text: "드시지 마세요.".into(),
        subject_id: "campaign".into(),
        needs_acknowledgement: true,
    }
}

/// Looks until a query counts so many.
async fn until(harness: &Harness, count: &'static str, many: i64) {
    loop {
        let counted: i64 = sqlx::query_scalar(count).fetch_one(harness.pool()).await.unwrap();
        if counted == many {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
}
