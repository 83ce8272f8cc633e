use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::{Export, ListExportsRequest};
use xlcfi_contracts::product::v1::{ProductRestocked, ProductSoldOut};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::World;

async fn exports(world: &World) -> Vec<Export> {
    let request = ListExportsRequest {
        service: "product".into(),
        ..Default::default()
    };
    world
        .client()
        .list_exports(request)
        .await
        .unwrap()
        .into_inner()
        .exports
}

/// Type, key, version and body of the events in a file.
fn rows(world: &World, export: &Export) -> Vec<(String, String, i64, Value)> {
    let name = export.path.split('/').next_back().unwrap();
    let file = world.folder.path().join("events/product").join(name);
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(i64::try_from(bytes.len()).unwrap(), export.byte_count);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))
        .unwrap()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let text = |name: &str, row: usize| {
            batch
                .column_by_name(name)
                .unwrap()
                .as_string::<i32>()
                .value(row)
                .to_owned()
        };
        for row in 0..batch.num_rows() {
            let version = batch
                .column_by_name("version")
                .unwrap()
                .as_primitive::<Int64Type>()
                .value(row);
            let body = serde_json::from_str(&text("body", row)).unwrap();
            rows.push((text("type", row), text("key", row), version, body));
        }
    }
    rows
}

#[tokio::test]
async fn events_of_all_services_become_files_each_event_in_one() {
    let world = World::with(|_| json!({ "export_seconds": 1 })).await;
    let key = Uuid::now_v7();
    let sold_out = ProductSoldOut {
        product_id: key.to_string(),
        ..Default::default()
    };
    world.harness.deliver("product", key, 1, &sold_out).await;
    let first = eventually(async || exports(&world).await.pop()).await;
    let told = rows(&world, &first);
    assert_eq!(told.len(), 1);
    let (kind, about, version, body) = &told[0];
    assert_eq!(
        (kind.as_str(), about.as_str(), *version),
        ("xlcfi.product.v1.ProductSoldOut", key.to_string().as_str(), 1)
    );
    assert_eq!(body["productId"], key.to_string());

    let restocked = ProductRestocked {
        product_id: key.to_string(),
        ..Default::default()
    };
    world.harness.deliver("product", key, 2, &restocked).await;
    let both = eventually(async || Some(exports(&world).await).filter(|both| both.len() == 2)).await;
    let second = both.iter().find(|export| export.path != first.path).unwrap();
    assert_eq!(second.first_position, first.last_position + 1);
    let told = rows(&world, second);
    assert_eq!((told.len(), told[0].2), (1, 2));
}

#[tokio::test]
async fn who_sees_exports_is_admin_or_watches_over_accounts() {
    let world = World::with(|_| json!({})).await;
    let support = User {
        roles: vec![Role::Buyer, Role::Support],
        ..user()
    };
    let mut client =
        xlcfi_contracts::etl::v1::etl_service_client::EtlServiceClient::new(world.harness.as_user(&support));
    let refused = client.list_exports(ListExportsRequest::default()).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    assert!(exports(&world).await.is_empty());
}
