use std::time::Duration;

use prost_types::value::Kind;
use serde_json::{Value, json};
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::etl::v1::report_service_client::ReportServiceClient;
use xlcfi_contracts::etl::v1::{
    ListExportsRequest, ListReportTablesRequest, RunReportRequest, RunReportResponse,
};
use xlcfi_contracts::order::v1::{Order, OrderConfirmed, OrderLine};
use xlcfi_contracts::product::v1::ProductSoldOut;
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::reason_of;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::world::World;

/// A hundred rows, from which four joins make as many as nobody waits for.
const HUNDRED: &str = "with d as (select * from (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) t(x)),
    n as (select a.x * 10 + b.x as x from d a, d b) ";

/// A world that exports at once, where two products of an order were bought and one is sold out.
async fn sold(settings: Value) -> World {
    let world = World::with(|_| {
        let mut all = json!({ "export_seconds": 1 });
        all.as_object_mut()
            .unwrap()
            .extend(settings.as_object().unwrap().clone());
        all
    })
    .await;
    let key = Uuid::now_v7();
    let gone = ProductSoldOut {
        product_id: key.to_string(),
        ..Default::default()
    };
    world.harness.deliver("product", key, 1, &gone).await;
    let key = Uuid::now_v7();
    let line = |name: &str, quantity| OrderLine {
        name: name.into(),
        quantity,
        ..Default::default()
    };
    let order = Order {
        order_id: key.to_string(),
        lines: vec![line("감자 10kg", 3), line("배추 3포기", 4)],
        ..Default::default()
    };
    let confirmed = OrderConfirmed {
        order: Some(order),
        ..Default::default()
    };
    world.harness.deliver("order", key, 1, &confirmed).await;
    eventually(async || {
        let request = ListExportsRequest::default();
        let exports = world
            .client()
            .list_exports(request)
            .await
            .unwrap()
            .into_inner()
            .exports;
        let of = |service: &str| exports.iter().any(|export| export.service == service);
        (of("product") && of("order")).then_some(())
    })
    .await;
    world
}

async fn ask_for(world: &World, sql: &str, max_rows: i32) -> Result<RunReportResponse, Status> {
    let request = RunReportRequest {
        sql: sql.to_owned(),
        max_rows,
    };
    let mut client = ReportServiceClient::new(world.harness.as_user(&world.staff));
    client.run_report(request).await.map(tonic::Response::into_inner)
}

async fn ask(world: &World, sql: &str) -> RunReportResponse {
    let answer = ask_for(world, sql, 0).await;
    answer.unwrap_or_else(|status| panic!("{sql}: {}", status.message()))
}

async fn reason(world: &World, sql: &str) -> String {
    match ask_for(world, sql, 0).await {
        Ok(answer) => format!("{sql}: {:?}", rows(&answer)),
        Err(status) => reason_of(&status).unwrap_or_default(),
    }
}

fn rows(answer: &RunReportResponse) -> Vec<Vec<Value>> {
    let cell = |kind: &Option<Kind>| match kind.as_ref().unwrap() {
        Kind::NullValue(_) => Value::Null,
        Kind::BoolValue(is) => json!(is),
        Kind::NumberValue(number) => json!(number),
        Kind::StringValue(text) => json!(text),
        other => panic!("{other:?} in a row"),
    };
    let row = |row: &prost_types::ListValue| row.values.iter().map(|value| cell(&value.kind)).collect();
    answer.rows.iter().map(row).collect()
}

#[tokio::test]
async fn reports_read_into_events_and_count_what_they_read() {
    let world = sold(json!({})).await;
    let answer = ask(
        &world,
        "select type, count(*) as events from product_events group by type",
    )
    .await;
    let names: Vec<_> = answer
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.r#type.as_str()))
        .collect();
    assert_eq!(names, [("type", "Utf8"), ("events", "Int64")]);
    assert_eq!(
        rows(&answer),
        [[json!("xlcfi.product.v1.ProductSoldOut"), json!(1.0)]]
    );
    assert_eq!(
        (answer.files_read, answer.events_read, answer.truncated),
        (1, 1, false)
    );
    assert!(answer.elapsed.is_some());

    let answer = ask(
        &world,
        "with line as (
             select key, unnest(json_get_array(body, 'order', 'lines')) as line from order_events
             where type = 'xlcfi.order.v1.OrderConfirmed'
         )
         select line ->> 'name' as product, (line ->> 'quantity')::bigint as units,
                sum((line ->> 'quantity')::bigint) over () as all_units
         from line order by units desc",
    )
    .await;
    let wanted = [
        [json!("배추 3포기"), json!(4.0), json!(7.0)],
        [json!("감자 10kg"), json!(3.0), json!(7.0)],
    ];
    assert_eq!(rows(&answer), wanted);

    let both = "select (select count(*) from order_events) + (select count(*) from product_events) as both";
    assert_eq!(rows(&ask(&world, both).await), [[json!(2.0)]]);
    let plan = ask(&world, "explain select count(*) from order_events").await;
    assert!(!plan.rows.is_empty());
}

#[tokio::test]
async fn files_of_another_time_are_left_out() {
    let world = sold(json!({})).await;
    let before = ask(&world, "select * from order_events where time < '2020-01-01'").await;
    assert_eq!((before.rows.len(), before.files_read), (0, 0));
    let week = "select key from order_events where time > now() - interval '7 days'";
    let week = ask(&world, week).await;
    assert_eq!((week.rows.len(), week.files_read), (1, 1));

    std::fs::remove_dir_all(world.folder.path().join("events/order")).unwrap();
    let removed = ask(&world, "select key from order_events").await;
    assert_eq!(
        (removed.rows.len(), removed.files_read, removed.files_gone),
        (0, 0, 1)
    );
}

#[tokio::test]
async fn cells_are_what_json_can_say() {
    let world = World::with(|_| json!({})).await;
    let answer = ask(
        &world,
        "select null as nothing, 1 = 1 as truth, 9007199254740993 as large, 1.5::double as part, 2::double / 0 as endless,
                '2026-11-22'::date as day, 1.10::decimal(10, 2) as exact",
    )
    .await;
    let wanted = [
        json!(null),
        json!(true),
        json!("9007199254740993"),
        json!(1.5),
        json!("inf"),
        json!("2026-11-22"),
        json!("1.10"),
    ];
    assert_eq!(rows(&answer), [wanted]);

    let hundred = format!("{HUNDRED} select x from n order by x");
    let answer = ask_for(&world, &hundred, 3).await.unwrap();
    assert!(answer.truncated);
    assert_eq!(rows(&answer), [[json!(0.0)], [json!(1.0)], [json!(2.0)]]);
    let answer = ask_for(&world, &hundred, 100).await.unwrap();
    assert_eq!((answer.rows.len(), answer.truncated), (100, false));
}

#[tokio::test]
async fn a_report_does_nothing_but_read_what_is_listed() {
    let world = World::with(|_| json!({})).await;
    for sql in [
        "selec 1",
        " ",
        "select nothing from order_events",
        "select 1; select 2",
        "insert into order_events select * from order_events",
        "delete from order_events",
        "create table soup as select 1",
        "create external table soup stored as csv location '/etc/passwd'",
        "drop table order_events",
        "copy (select 1) to '/tmp/soup.csv'",
        "set datafusion.execution.batch_size = 1000000",
        "show all",
        "explain analyze select 1",
        "select count(distinct x) over (order by x) from (values (1)) t(x)",
        "select median(x) over (order by x) from (values (1)) t(x)",
        "prepare soup as select 1",
        "select repeat('a', 1000000000)",
        "select lpad('a', 1000000000)",
        "select 'a' || 'b'",
        "select concat('a', 'b')",
        "select replace('a', 'a', 'aa')",
        "select string_agg(type, ',') from order_events",
        "select count(*) from order_events where exists (select repeat('a', 9))",
        "with recursive n as (select 1 as x union all select x + 1 from n) select * from n",
        "select 1 / 0",
        "select 'soup'::bigint",
    ] {
        assert_eq!(reason(&world, sql).await, "REPORT_REFUSED", "{sql}");
    }
    for sql in [
        "select * from auth_events",
        "select * from admin_events",
        "select * from soup",
        "select * from generate_series(1, 10)",
        "select * from '/etc/passwd'",
        "select * from information_schema.tables",
        "select 1 where exists (select * from auth_events)",
    ] {
        assert_eq!(reason(&world, sql).await, "REPORT_TABLE_NOT_FOUND", "{sql}");
    }
    assert_eq!(reason(&world, "").await, "INVALID_FIELDS");
}

#[tokio::test]
async fn sql_that_unfolds_into_too_much_is_refused_at_once() {
    let world = World::with(|_| json!({ "report_seconds": 10 })).await;
    let sum = format!("select 1{}", " + 1".repeat(499));
    assert_eq!(rows(&ask(&world, &sum).await), [[json!(500.0)]]);
    let doubled: Vec<String> = (1..30)
        .map(|n| format!("t{n} as (select a.x from t{} a, t{} b)", n - 1, n - 1))
        .collect();
    let mut inside = "select 1 as x".to_owned();
    while inside.len() < 9_900 {
        inside = format!("select x from ({inside}) t");
    }
    let columns: Vec<String> = (0..24).map(|n| format!("c{n}")).collect();
    let values: Vec<String> = (0..24).map(|n| format!("{n} as c{n}")).collect();
    for sql in [
        format!("select 1{}", " + 1".repeat(2_490)),
        format!("select {}1{}", "(".repeat(480), ")".repeat(480)),
        format!(
            "with t0 as (select 1 as x), {} select * from t29",
            doubled.join(", ")
        ),
        "select * from (with t as (select 1 as x) select * from t) s".to_owned(),
        inside,
        format!(
            "with t as (select {}) select count(*) from t group by cube({})",
            values.join(", "),
            columns.join(", ")
        ),
    ] {
        assert_eq!(reason(&world, &sql).await, "REPORT_REFUSED", "{sql}");
    }
}

#[tokio::test]
async fn what_holds_too_much_ends() {
    let world = World::with(|_| json!({ "report_seconds": 55, "report_megabytes": 4 })).await;
    let distinct =
        "select count(distinct a.x * 1000000 + b.x * 10000 + c.x * 100 + d.x) from n a, n b, n c, n d";
    let large = format!("{HUNDRED} {distinct}");
    assert_eq!(reason(&world, &large).await, "REPORT_TOO_LARGE");
}

#[tokio::test]
async fn what_takes_too_long_ends_and_others_go_on() {
    let world = World::with(|_| json!({ "report_seconds": 3, "reports_at_once": 1 })).await;
    let slow = format!(
        "{HUNDRED} select count(*) from n a, n b, n c, n d, n e, n f where a.x + f.x = 7 + b.x * c.x * d.x * e.x"
    );
    let (first, ()) = tokio::join!(reason(&world, &slow), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        eventually(async || (reason(&world, "select 1").await == "REPORTS_BUSY").then_some(())).await;
    });
    assert_eq!(first, "REPORT_TOO_SLOW");
    let after = eventually(async || ask_for(&world, "select 1", 0).await.ok()).await;
    assert_eq!(rows(&after), [[json!(1.0)]]);
}

#[tokio::test]
async fn tables_are_listed_to_admins_and_to_who_watches_over_accounts() {
    let world = sold(json!({ "report_services": "product, order" })).await;
    let watching = User {
        roles: vec![Role::Buyer, Role::Security],
        ..user()
    };
    let mut client = ReportServiceClient::new(world.harness.as_user(&watching));
    let tables = client
        .list_report_tables(ListReportTablesRequest {})
        .await
        .unwrap()
        .into_inner()
        .tables;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["order_events", "product_events"]);
    assert_eq!((tables[0].event_count, tables[0].file_count), (1, 1));
    assert_eq!(tables[0].columns[6].name, "body");
    let refused = client.run_report(RunReportRequest {
        sql: "select * from review_events".into(),
        max_rows: 0,
    });
    assert_refused(refused.await, Code::NotFound, "REPORT_TABLE_NOT_FOUND");

    let support = User {
        roles: vec![Role::Buyer, Role::Support],
        ..user()
    };
    for outsider in [support, seller()] {
        let mut client = ReportServiceClient::new(world.harness.as_user(&outsider));
        let refused = client.list_report_tables(ListReportTablesRequest {}).await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
        let refused = client.run_report(RunReportRequest {
            sql: "select 1".into(),
            max_rows: 0,
        });
        assert_refused(refused.await, Code::PermissionDenied, "ROLE_MISSING");
    }
}

#[tokio::test]
async fn the_reports_of_the_readme_are_answered() {
    let world = sold(json!({})).await;
    let readme = include_str!("../../README.md");
    let examples: Vec<&str> = readme
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .flat_map(|block| block.split(";\n"))
        .filter(|sql| !sql.trim().is_empty())
        .collect();
    assert!(examples.len() >= 4, "{examples:?}");
    for sql in examples {
        ask(&world, sql).await;
    }
}
