use std::path::{Path, PathBuf};

use uuid::Uuid;
use xlcfi_contracts::product::v1::SearchProductsRequest;
use xlcfi_contracts::product::v1::search_service_client::SearchServiceClient;
use xlcfi_testkit::{Harness, eventually, s3};

use crate::fixture::Shop;

/// A folder, gone in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("xlcfi-product-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(folder.join("store")).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// Whether a snapshot is below the folder of the store.
    fn has_snapshot(&self) -> bool {
        has_manifest(&self.0.join("store"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn has_manifest(folder: &Path) -> bool {
    let mut entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.any(|path| {
        path.file_name().is_some_and(|name| name == "manifest.json") || (path.is_dir() && has_manifest(&path))
    })
}

/// Names of everything a process finds, once there are so many.
async fn everything(process: &Harness, many: usize) -> Vec<String> {
    let mut client = SearchServiceClient::new(process.anonymous());
    eventually(async || {
        let request = SearchProductsRequest::default();
        let hits = client.search_products(request).await.ok()?.into_inner().hits;
        let name = |hit: xlcfi_contracts::product::v1::SearchHit| Some(hit.product?.name);
        (hits.len() == many).then(|| hits.into_iter().filter_map(name).collect())
    })
    .await
}

/// Makes a snapshot in `store`, and starts a process from it.
async fn a_new_process_begins_with_a_snapshot(store: &str, folder: &Folder) {
    let (one, two) = (folder.path("one"), folder.path("two"));
    let first = [
        ("index_check_seconds", "1"),
        ("index_folder", &one),
        ("snapshot_url", store),
    ];
    let shop = Shop::with(&first).await;
    let onion = shop.on_sale("양파", 9_000).await;
    everything(&shop.harness, 1).await;
    eventually(async || folder.has_snapshot().then_some(())).await;
    // Behind everybody's back, so that only the snapshot still tells of it.
    sqlx::query("update product set state = 'archived' where product_id = $1::uuid")
        .bind(&onion.product_id)
        .execute(shop.harness.pool())
        .await
        .unwrap();
    shop.on_sale("대파", 5_000).await;
    let second = [
        ("index_check_seconds", "3600"),
        ("index_folder", &two),
        ("snapshot_url", store),
    ];
    let other = shop.another(&second).await;
    let mut names = everything(&other, 2).await;
    names.sort();
    assert_eq!(names, ["대파", "양파"]);
}

#[tokio::test]
async fn a_new_process_begins_with_a_snapshot_in_a_folder_and_the_events_after_it() {
    let folder = Folder::new();
    let store = format!("file://{}", folder.path("store"));
    a_new_process_begins_with_a_snapshot(&store, &folder).await;
}

#[tokio::test]
async fn a_new_process_begins_with_a_snapshot_in_an_s3_bucket_and_the_events_after_it() {
    let folder = Folder::new();
    let store = s3(Path::new(&folder.path("store"))).await;
    a_new_process_begins_with_a_snapshot(&store, &folder).await;
}
