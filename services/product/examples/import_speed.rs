//! How fast files of 10,000 rows come in and go out. Needs servers:
//! `with-parts -- cargo run --release -p xlcfi-product --example import_speed`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use xlcfi_contracts::product::v1::import_service_client::ImportServiceClient;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{
    CreateCategoryRequest, ExportProductsRequest, Import, StartImportRequest, WatchImportRequest,
};
use xlcfi_testkit::{Calling, Harness, admin, seller};

const ROWS: usize = 10_000;

type Client = ImportServiceClient<Calling>;

/// A file of which `publish` is the last column.
fn file(prefix: &str, name: &str, publish: &str) -> String {
    let mut file =
        "sku,category,name,name_en,description,unit,content_amount,content_unit,origin,storage,tax,prices,\
                    minimum,multiple,maximum,promised_days,near_expiry,publish\r\n"
            .to_owned();
    for row in 0..ROWS {
        file.push_str(&format!(
            "{prefix}-{row:05},vegetable,{name} {row}호,Potatoes {row},\"포슬포슬한 감자, 산지 직송\",10kg 상자,10000,g,\
             국내산 강원 평창,ROOM,EXEMPT,1:24500;10:23400,1,1,100,5,4:20;1:50,{publish}\r\n"
        ));
    }
    file
}

async fn import(client: &mut Client, csv: String, dry_run: bool) -> (Duration, Duration, Import) {
    let begun = Instant::now();
    let request = StartImportRequest {
        csv,
        dry_run,
        request_id: String::new(),
    };
    let started = client
        .start_import(request)
        .await
        .unwrap()
        .into_inner()
        .import
        .unwrap();
    let answered = begun.elapsed();
    let request = WatchImportRequest {
        import_id: started.import_id,
    };
    let watched = client.watch_import(request).await.unwrap().into_inner();
    let seen: Vec<_> = watched.try_collect().await.unwrap();
    let done = seen.last().unwrap().import.clone().unwrap();
    (answered, begun.elapsed(), done)
}

#[tokio::main]
async fn main() {
    let harness = Harness::start(xlcfi_product::SERVICE, xlcfi_product::start).await;
    let category = CreateCategoryRequest {
        slug: "vegetable".into(),
        parent_id: String::new(),
        name_ko: "채소".into(),
        name_en: "Vegetables".into(),
        sort: 1,
    };
    let mut admin = ProductServiceClient::new(harness.as_user(&admin()));
    admin.create_category(category).await.unwrap();
    let mut client = ImportServiceClient::new(harness.as_user(&seller()));
    for (what, csv, dry_run) in [
        ("checked only", file("draft", "감자", ""), true),
        ("new drafts", file("draft", "감자", ""), false),
        ("new, published", file("shown", "감자", "yes"), false),
        ("unchanged", file("shown", "감자", "yes"), false),
        ("changed, on sale", file("shown", "햇감자", "yes"), false),
    ] {
        let bytes = csv.len();
        let (answered, took, import) = import(&mut client, csv, dry_run).await;
        assert_eq!((import.done, import.failed), (import.rows, 0));
        println!(
            "{what:<18} {bytes:>8} bytes  answered in {:>4} ms  {:>6.0} rows/s",
            answered.as_millis(),
            ROWS as f64 / took.as_secs_f64()
        );
    }
    let begun = Instant::now();
    let pieces = client
        .export_products(ExportProductsRequest::default())
        .await
        .unwrap();
    let pieces: Vec<_> = pieces.into_inner().try_collect().await.unwrap();
    let rows: usize = pieces.iter().map(|piece| piece.csv.matches("\r\n").count()).sum();
    println!(
        "exported {} rows  {:>6.0} rows/s",
        rows - 1,
        rows as f64 / begun.elapsed().as_secs_f64()
    );
}
