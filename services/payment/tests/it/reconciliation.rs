//! Days of both PGs against our books.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use serde_json::json;
use time::macros::time;
use time::{Date, OffsetDateTime};
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::reconciliation_service_client::ReconciliationServiceClient;
use xlcfi_contracts::payment::v1::{
    CreateRefundRequest, ExportReconciliationRequest, GetReconciliationRequest,
    ListReconciliationLinesRequest, ListReconciliationsRequest, PaymentProvider, PaymentState,
    Reconciliation, ReconciliationClosed, ReconciliationLine, ReconciliationOutcome, ReconciliationState,
    RefundLine, RefundState, RunReconciliationRequest, TransactionKind,
};
use xlcfi_payment::{Config, Limits};
use xlcfi_testkit::{admin, assert_refused, eventually, user};
use xlcfi_types::calendar::{SEOUL, seoul_date};

use crate::world::{Order, World, hasty, quick, won};

const DAY: Duration = Duration::from_secs(86_400);

/// A world in which it is noon in Korea, at the PGs and here.
async fn at_noon(config: Config) -> (World, Date) {
    let world = World::with(config).await;
    let now = OffsetDateTime::now_utc();
    let tomorrow = seoul_date(now).next_day().unwrap();
    let noon = tomorrow.with_time(time!(12:00)).assume_offset(SEOUL);
    let ahead = (noon - now).whole_seconds();
    world
        .pg
        .post("/sandbox/clock", json!({"advance_seconds": ahead}))
        .await;
    world
        .harness
        .advance((noon - world.harness.now()).try_into().unwrap());
    (world, tomorrow)
}

/// Both sleep until the same time of the next day.
async fn next_day(world: &World) {
    world.harness.advance(DAY);
    world
        .pg
        .post("/sandbox/clock", json!({"advance_seconds": 86_400}))
        .await;
}

fn client(world: &World) -> ReconciliationServiceClient<xlcfi_testkit::Calling> {
    ReconciliationServiceClient::new(world.harness.as_user(&admin()))
}

async fn run(world: &World, provider: PaymentProvider, day: Date) -> Result<Reconciliation, Status> {
    let request = RunReconciliationRequest {
        provider: provider.into(),
        day: day.to_string(),
    };
    let answer = client(world).run_reconciliation(request).await?;
    Ok(answer.into_inner().reconciliation.unwrap())
}

async fn lines(
    world: &World,
    report: &Reconciliation,
    outcome: ReconciliationOutcome,
) -> Vec<ReconciliationLine> {
    let request = ListReconciliationLinesRequest {
        reconciliation_id: report.reconciliation_id.clone(),
        outcome: outcome.into(),
        page_size: 100,
        page_token: String::new(),
    };
    let answer = client(world).list_reconciliation_lines(request).await.unwrap();
    answer.into_inner().lines
}

/// Gives a part of an order back, by the first line.
async fn refund(world: &World, order: &Order, amount: i64) {
    let request = CreateRefundRequest {
        order_id: order.id.to_string(),
        lines: vec![RefundLine {
            line: 1,
            amount: Some(won(amount)),
        }],
        reason: "파손".into(),
        receive_account: None,
        request_id: String::new(),
    };
    let made = world.refunds().create_refund(request).await.unwrap();
    let id = made.into_inner().refund.unwrap().refund_id;
    eventually(async || {
        let request = xlcfi_contracts::payment::v1::GetRefundRequest {
            refund_id: id.clone(),
        };
        let got = world.refunds().get_refund(request).await.unwrap();
        (got.into_inner().refund.unwrap().state() == RefundState::Succeeded).then_some(())
    })
    .await;
}

/// The key the PG has of the payment of an order.
async fn payment_key(world: &World, order: &Order) -> String {
    sqlx::query_scalar("select payment_key from payment where order_id = $1")
        .bind(order.id)
        .fetch_one(world.harness.pool())
        .await
        .unwrap()
}

/// What is booked on an account of a PG: debits less credits.
async fn account(world: &World, name: &str) -> i64 {
    sqlx::query_scalar(
        "select coalesce(sum(case when debit = $1 then amount when credit = $1 then -amount else 0 end), 0)::bigint
         from ledger_entry",
    )
    .bind(name)
    .fetch_one(world.harness.pool())
    .await
    .unwrap()
}

fn minor(money: &Option<xlcfi_contracts::types::v1::Money>) -> i64 {
    money.as_ref().unwrap().minor_units
}

#[tokio::test]
async fn a_day_of_toss_balances_and_its_fees_and_payouts_are_booked_once() {
    let (world, day) = at_noon(quick()).await;
    let first = world.paid(20_000).await;
    world.paid(30_000).await;
    let undone = world.paid(10_000).await;
    refund(&world, &first, 4_000).await;
    refund(&world, &first, 4_000).await;
    world.cancel(&undone).await;
    world.until(&undone, PaymentState::Refunded).await;
    assert_refused(
        run(&world, PaymentProvider::Toss, day).await,
        Code::FailedPrecondition,
        "RECONCILIATION_DAY_NOT_OVER",
    );

    next_day(&world).await;
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!((report.state(), report.run), (ReconciliationState::Balanced, 1));
    assert_eq!((report.matched, report.healed), (6, 0));
    assert_eq!(
        (minor(&report.captured), minor(&report.provider_captured)),
        (60_000, 60_000)
    );
    assert_eq!(
        (minor(&report.refunded), minor(&report.provider_refunded)),
        (18_000, 18_000)
    );
    // 2.5 % of what was taken, less what was given back of it.
    assert_eq!(minor(&report.provider_fee), 1_500 - 450);
    assert_eq!(account(&world, "fee").await, 1_050);
    assert_eq!(account(&world, "pg_clearing").await, 42_000 - 1_050);

    let again = run(&world, PaymentProvider::Toss, day).await.unwrap();
    let same = Reconciliation {
        run: 2,
        begin_time: again.begin_time,
        end_time: again.end_time,
        ..report.clone()
    };
    assert_eq!(again, same);
    assert_eq!(account(&world, "fee").await, 1_050);
    assert_eq!(
        lines(&world, &again, ReconciliationOutcome::Unspecified)
            .await
            .len(),
        6
    );

    // The money comes some working days later; then the PG owes nothing.
    let mut paid_out = 0;
    for later in 1..=5 {
        next_day(&world).await;
        let day = day.saturating_add(time::Duration::days(later));
        let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
        assert_eq!(report.state(), ReconciliationState::Balanced, "{day}");
        paid_out += minor(&report.provider_paid_out);
    }
    assert_eq!(paid_out, 42_000 - 1_050);
    assert_eq!(account(&world, "payout").await, paid_out);
    assert_eq!(account(&world, "pg_clearing").await, 0);
    let closed = world.harness.published::<ReconciliationClosed>().await;
    let of_day = closed
        .iter()
        .filter(|event| event.reconciliation.as_ref().unwrap().day == day.to_string());
    assert_eq!(of_day.count(), 1, "a run without news tells nothing");
}

#[tokio::test]
async fn a_day_of_stripe_balances_and_its_fees_and_payouts_are_booked_once() {
    let (world, day) = at_noon(quick()).await;
    let first = world.paid_at_stripe(20_000).await;
    world.paid_at_stripe(30_000).await;
    refund(&world, &first, 4_000).await;

    next_day(&world).await;
    for _ in 0..2 {
        let report = run(&world, PaymentProvider::Stripe, day).await.unwrap();
        assert_eq!(
            (report.state(), report.matched),
            (ReconciliationState::Balanced, 3)
        );
        assert_eq!(
            (minor(&report.captured), minor(&report.provider_captured)),
            (50_000, 50_000)
        );
        assert_eq!(
            (minor(&report.refunded), minor(&report.provider_refunded)),
            (4_000, 4_000)
        );
        // 3.6 % of what was taken.
        assert_eq!(minor(&report.provider_fee), 1_800);
        assert_eq!(account(&world, "fee").await, 1_800);
    }
    let nothing = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(
        (nothing.state(), nothing.matched),
        (ReconciliationState::Balanced, 0)
    );

    let mut paid_out = 0;
    for later in 1..=6 {
        next_day(&world).await;
        let day = day.saturating_add(time::Duration::days(later));
        let report = run(&world, PaymentProvider::Stripe, day).await.unwrap();
        assert_eq!(report.state(), ReconciliationState::Balanced, "{day}");
        paid_out += minor(&report.provider_paid_out);
    }
    assert_eq!(paid_out, 46_000 - 1_800);
    assert_eq!(account(&world, "payout").await, paid_out);
    assert_eq!(account(&world, "pg_clearing").await, 0);
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_healed() {
    let (world, day) = at_noon(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world
        .pg
        .strike_all(json!([
            {"fault": "reset-after", "endpoint": "confirm", "times": 1},
            {"fault": "error", "endpoint": "get_payment", "times": 1_000},
        ]))
        .await;
    let pending = world.confirm(&order, &key).await.unwrap();
    assert_eq!(pending.state(), PaymentState::Pending);
    // Whoever was to ask has lost it as well.
    eventually(async || {
        let put_off = sqlx::query(
            "update payment set next_time = now() + interval '10 days'
             where order_id = $1 and state = 'pending' and next_time < now() + interval '1 second'",
        );
        let put_off = put_off
            .bind(order.id)
            .execute(world.harness.pool())
            .await
            .unwrap();
        (put_off.rows_affected() == 1).then_some(())
    })
    .await;
    world.pg.strike_all(json!([])).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));

    next_day(&world).await;
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(
        (report.state(), report.healed),
        (ReconciliationState::Balanced, 1)
    );
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Captured
    );
    let healed = lines(&world, &report, ReconciliationOutcome::Matched).await;
    assert!(healed[0].healed && healed[0].order_id == order.id.to_string());
    // It was booked a day later than it was made, and is no difference of that day.
    assert_eq!(run(&world, PaymentProvider::Toss, day).await.unwrap().healed, 1);
    next_day(&world).await;
    let day_after = run(&world, PaymentProvider::Toss, day.next_day().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (day_after.state(), day_after.matched),
        (ReconciliationState::Balanced, 0)
    );
}

#[tokio::test]
async fn refunds_made_at_the_pg_are_healed() {
    let (world, day) = at_noon(quick()).await;
    let order = world.paid(15_000).await;
    let path = format!("/v1/payments/{}/cancel", payment_key(&world, &order).await);
    for amount in [3_000, 2_000] {
        world
            .pg
            .call(&path, json!({"cancelReason": "전화", "cancelAmount": amount}))
            .await;
    }
    next_day(&world).await;
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(
        (report.state(), report.matched, report.healed),
        (ReconciliationState::Balanced, 2, 1)
    );
    assert_eq!(
        (minor(&report.refunded), minor(&report.provider_refunded)),
        (5_000, 5_000)
    );
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(payment.refunded.unwrap().minor_units, 5_000);
    // Both were adopted as one.
    let lines = lines(&world, &report, ReconciliationOutcome::Matched).await;
    let together = lines
        .iter()
        .find(|line| line.kind() == TransactionKind::Refund)
        .unwrap();
    assert_eq!((together.transaction_keys.len(), together.healed), (2, true));
}

/// The key of what Toss did for an order on a day.
async fn transaction_key(world: &World, order: &Order, day: Date) -> String {
    let path = format!("/v1/transactions?startDate={day}&endDate={day}");
    let rows = world.pg.read(&path).await;
    let order_id = order.id.to_string();
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["orderId"] == order_id.as_str()).unwrap();
    row["transactionKey"].as_str().unwrap().to_owned()
}

/// A payment in our books that no PG has ever seen.
async fn made_up(world: &World, order_id: Uuid, key: &str) {
    let payment_id = Uuid::now_v7();
    sqlx::query(
        "insert into payment (payment_id, order_id, member_id, title, currency, amount, tax_exempt, captured, state,
             provider, payment_key, create_time, update_time)
         values ($1, $2, $2, '감자', 'KRW', 7000, 0, 7000, 'captured', 'toss', $3, $4, $4)",
    )
    .bind(payment_id)
    .bind(order_id)
    .bind(key)
    .bind(world.harness.now())
    .execute(world.harness.pool())
    .await
    .unwrap();
    for (debit, credit) in [("receivable", "sales"), ("pg_clearing", "receivable")] {
        sqlx::query(
            "insert into ledger_entry (payment_id, provider, debit, credit, amount, cause, cause_id, create_time)
             values ($1, 'toss', $2, $3, 7000, 'capture', $1::text, $4)",
        )
        .bind(payment_id)
        .bind(debit)
        .bind(credit)
        .bind(world.harness.now())
        .execute(world.harness.pool())
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn what_only_one_side_has_or_another_fee_is_reported_and_read_by_outcome() {
    let (world, day) = at_noon(quick()).await;
    let order = world.paid(15_000).await;
    let order_id = Uuid::now_v7();
    made_up(&world, order_id, "tgen_made_up").await;
    // Somebody else sells at the same PG.
    let foreign = world.pg.session_of("-order-1", 9_000, "APPROVE").await;
    let body = json!({"paymentKey": foreign, "orderId": "-order-1", "amount": 9_000});
    world.pg.call("/v1/payments/confirm", body).await;
    let transaction = transaction_key(&world, &order, day).await;
    sqlx::query(
        "insert into ledger_entry (payment_id, provider, debit, credit, amount, cause, cause_id, create_time)
         select payment_id, 'toss', 'fee', 'pg_clearing', 1, 'fee', $2, $3 from payment where order_id = $1",
    )
    .bind(order.id)
    .bind(&transaction)
    .bind(world.harness.now())
    .execute(world.harness.pool())
    .await
    .unwrap();

    next_day(&world).await;
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(report.state(), ReconciliationState::Open);
    assert_eq!((report.matched, report.missing_here), (0, 1));
    assert_eq!((report.missing_there, report.fee_differs), (1, 1));
    let there = lines(&world, &report, ReconciliationOutcome::MissingThere).await;
    assert_eq!(there.len(), 1);
    assert_eq!(
        (there[0].order_id.as_str(), minor(&there[0].amount)),
        (order_id.to_string().as_str(), 7_000)
    );
    assert!(there[0].provider_amount.is_none() && !there[0].note.is_empty());
    let fee = lines(&world, &report, ReconciliationOutcome::FeeDiffers).await;
    assert_eq!((minor(&fee[0].fee), minor(&fee[0].provider_fee)), (1, 375));
    assert_eq!(account(&world, "fee").await, 1, "a fee is booked once");
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Captured
    );

    let request = ExportReconciliationRequest {
        reconciliation_id: report.reconciliation_id.clone(),
        outcome: 0,
    };
    let file = client(&world).export_reconciliation(request).await.unwrap();
    let file = file.into_inner().file.unwrap();
    assert_eq!(file.content_type, "text/csv; charset=utf-8");
    let text = String::from_utf8(file.data).unwrap();
    let rows: Vec<&str> = text.strip_prefix('\u{feff}').unwrap().lines().collect();
    assert_eq!(rows.len(), 1 + 3, "{text}");
    assert!(rows[0].starts_with("time,outcome,kind,order_id,"));
    assert!(
        text.contains(",'-order-1,") && !text.contains(",-order"),
        "{text}"
    );
    let one = rows.iter().find(|row| row.contains("missing_there")).unwrap();
    assert!(one.contains(",KRW,7000,,,,7000,false,"), "{one}");
}

#[tokio::test]
async fn what_was_booked_on_another_day_than_the_pg_has_it_is_no_difference() {
    let (world, day) = at_noon(quick()).await;
    let order = world.paid(15_000).await;
    // Here it is already the day after.
    world.harness.advance(DAY);
    refund(&world, &order, 1_000).await;
    world.harness.advance(DAY);
    for (day, matched) in [(day, 2), (day.next_day().unwrap(), 0)] {
        let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
        assert_eq!(
            (report.state(), report.matched),
            (ReconciliationState::Balanced, matched),
            "{day}"
        );
        assert_eq!(report.healed, 0);
    }
}

#[tokio::test]
async fn what_was_booked_many_days_later_is_found_at_the_pg() {
    let (world, day) = at_noon(quick()).await;
    let order = world.paid(15_000).await;
    world.harness.advance(3 * DAY);
    refund(&world, &order, 1_000).await;
    world.harness.advance(DAY);
    let late = day.saturating_add(time::Duration::days(3));
    let report = run(&world, PaymentProvider::Toss, late).await.unwrap();
    assert_eq!(
        (report.state(), report.healed),
        (ReconciliationState::Balanced, 0)
    );
    // There may be payouts on that day.
    let lines = lines(&world, &report, ReconciliationOutcome::Matched).await;
    let refunds: Vec<_> = lines
        .iter()
        .filter(|line| line.kind() == TransactionKind::Refund)
        .collect();
    assert_eq!(refunds.len(), 1);
    assert_eq!(minor(&refunds[0].amount), 1_000);
    assert!(refunds[0].provider_amount.is_none() && refunds[0].note.contains("another day"));
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(
        (report.state(), report.matched),
        (ReconciliationState::Balanced, 2)
    );
}

#[tokio::test]
async fn another_amount_is_told_and_puts_the_payment_into_conflict() {
    let (world, day) = at_noon(quick()).await;
    let order_id = Uuid::now_v7();
    let key = world.pg.session_of(&order_id.to_string(), 9_000, "APPROVE").await;
    let body = json!({"paymentKey": key, "orderId": order_id.to_string(), "amount": 9_000});
    world.pg.call("/v1/payments/confirm", body).await;
    made_up(&world, order_id, &key).await;
    next_day(&world).await;
    let report = run(&world, PaymentProvider::Toss, day).await.unwrap();
    assert_eq!(
        (report.state(), report.amount_differs),
        (ReconciliationState::Open, 1)
    );
    assert_eq!(
        (minor(&report.captured), minor(&report.provider_captured)),
        (7_000, 9_000)
    );
    let line = &lines(&world, &report, ReconciliationOutcome::AmountDiffers).await[0];
    assert_eq!(
        (minor(&line.amount), minor(&line.provider_amount)),
        (7_000, 9_000)
    );
    let state: String = sqlx::query_scalar("select state from payment where order_id = $1")
        .bind(order_id)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(state, "conflicted");
}

#[tokio::test]
async fn a_refund_that_came_back_is_told() {
    let (world, day) = at_noon(quick()).await;
    let order = world.waiting(15_000).await;
    let key = world.authorised(&order, "pm_card_refundFail").await;
    world.confirm_at_stripe(&order, &key).await.unwrap();
    refund(&world, &order, 4_000).await;
    world
        .pg
        .post("/sandbox/clock", json!({"advance_seconds": 3_600}))
        .await;
    next_day(&world).await;
    let report = run(&world, PaymentProvider::Stripe, day).await.unwrap();
    assert_eq!(
        (report.state(), report.matched, report.missing_here),
        (ReconciliationState::Open, 2, 1)
    );
    assert_eq!(
        (minor(&report.refunded), minor(&report.provider_refunded)),
        (4_000, 0)
    );
    let line = &lines(&world, &report, ReconciliationOutcome::MissingHere).await[0];
    assert_eq!(
        (line.kind(), minor(&line.provider_amount)),
        (TransactionKind::RefundReturned, 4_000)
    );
}

#[tokio::test]
async fn days_close_by_themselves_and_open_ones_are_looked_at_again() {
    let limits = Limits {
        closing_wait: Duration::from_millis(50),
        ..quick().limits
    };
    let (world, day) = at_noon(Config { limits, ..quick() }).await;
    world.paid(15_000).await;
    made_up(&world, Uuid::now_v7(), "tgen_made_up").await;
    // Two processes do it once.
    let config = Config {
        toss_url: world.pg.url.clone(),
        stripe_url: world.pg.url.clone(),
        limits,
        ..quick()
    };
    let _another = world
        .harness
        .another(|_| {}, |base| xlcfi_payment::start_with(base, config))
        .await;
    // Twelve hours after noon and five more: the day is closed.
    world.harness.advance(Duration::from_secs(17 * 3_600));
    let of_toss = async |run| {
        eventually(async || {
            let reports = reports(&world).await;
            let found = reports
                .into_iter()
                .find(|report| report.provider() == PaymentProvider::Toss);
            found.filter(|report| report.run >= run)
        })
        .await
    };
    let first = of_toss(1).await;
    assert_eq!(
        (first.day.clone(), first.state()),
        (day.to_string(), ReconciliationState::Open)
    );
    assert_eq!((first.run, first.matched, first.missing_there), (1, 1, 1));
    world.harness.advance(Duration::from_secs(3_601));
    let second = of_toss(2).await;
    assert_eq!((second.run, second.missing_there), (2, 1));
    eventually(async || (reports(&world).await.len() == 2).then_some(())).await;
    let stripe = reports(&world)
        .await
        .into_iter()
        .find(|report| report.provider() == PaymentProvider::Stripe);
    let stripe = stripe.unwrap();
    assert_eq!((stripe.state(), stripe.run), (ReconciliationState::Balanced, 1));
    let closed = world.harness.published::<ReconciliationClosed>().await;
    assert_eq!(closed.len(), 2, "each day once");
}

#[tokio::test]
async fn a_day_of_more_than_a_page_is_read_whole() {
    let (world, day) = at_noon(quick()).await;
    let of_toss = (0..501).map(async |number| {
        let order_id = format!("elsewhere-{number}");
        let key = world.pg.session_of(&order_id, 1_000, "APPROVE").await;
        let body = json!({"paymentKey": key, "orderId": order_id, "amount": 1_000});
        world.pg.call("/v1/payments/confirm", body).await;
    });
    let of_stripe = (0..101).map(async |number| {
        world
            .pg
            .charge_at_stripe(&format!("elsewhere-{number}"), 1_000)
            .await;
    });
    // A few at a time: each is a connection, and its two ends are open files of this process.
    let of_toss = stream::iter(of_toss).buffer_unordered(20).count();
    let of_stripe = stream::iter(of_stripe).buffer_unordered(20).count();
    tokio::join!(of_toss, of_stripe);
    next_day(&world).await;
    for (provider, missing) in [(PaymentProvider::Toss, 501), (PaymentProvider::Stripe, 101)] {
        let report = run(&world, provider, day).await.unwrap();
        assert_eq!((report.missing_here, report.matched), (missing, 0));
        assert_eq!(minor(&report.provider_captured), i64::from(missing) * 1_000);
        assert_eq!(account(&world, "fee").await, 0, "it is of no payment of ours");
        let first = lines(&world, &report, ReconciliationOutcome::MissingHere).await;
        assert_eq!(first.len(), 100);
    }
}

async fn reports(world: &World) -> Vec<Reconciliation> {
    let request = ListReconciliationsRequest::default();
    let answer = client(world).list_reconciliations(request).await.unwrap();
    answer.into_inner().reconciliations
}

#[tokio::test]
async fn bad_requests_are_refused_and_a_failing_pg_leaves_the_day_free() {
    let (world, day) = at_noon(hasty()).await;
    next_day(&world).await;
    assert_refused(
        run(&world, PaymentProvider::Unspecified, day).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let request = GetReconciliationRequest {
        reconciliation_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        client(&world).get_reconciliation(request).await,
        Code::NotFound,
        "RECONCILIATION_NOT_FOUND",
    );
    let request = RunReconciliationRequest {
        provider: PaymentProvider::Toss.into(),
        day: "2026-02-30".into(),
    };
    assert_refused(
        client(&world).run_reconciliation(request.clone()).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let buyer = ReconciliationServiceClient::new(world.harness.as_user(&user()))
        .run_reconciliation(request)
        .await;
    assert_eq!(buyer.unwrap_err().code(), Code::PermissionDenied);
    for (provider, endpoint) in [
        (PaymentProvider::Toss, "settlements"),
        (PaymentProvider::Stripe, "stripe_balance"),
    ] {
        world.pg.strike("error", endpoint, 1).await;
        assert_refused(
            run(&world, provider, day).await,
            Code::Unavailable,
            "PG_UNAVAILABLE",
        );
        let report = run(&world, provider, day).await.unwrap();
        assert_eq!((report.state(), report.run), (ReconciliationState::Balanced, 1));
        let held =
            sqlx::query("update reconciliation set lease_id = $1, lease_until = now() + interval '1 minute'");
        held.bind(Uuid::now_v7())
            .execute(world.harness.pool())
            .await
            .unwrap();
        assert_refused(
            run(&world, provider, day).await,
            Code::Aborted,
            "RECONCILIATION_RUNNING",
        );
    }
}
