//! Imports whose process ends in the middle of its work.

use xlcfi_contracts::product::v1::{Import, ProductPublished, ProductUpdated};
use xlcfi_testkit::{eventually, seller};

use crate::fixture::Shop;
use crate::import_desk::{Desk, Hold, csv};

/// Rows before the one that is held up; it is in the second batch.
const BEFORE: usize = 74;
const ROWS: usize = 130;

/// A file of products to publish, one of which is on sale already and changes.
fn file() -> String {
    let skus: Vec<String> = (0..ROWS).map(|row| format!("sku-{row:03}")).collect();
    let row = |(at, sku): (usize, &'_ String)| {
        let name = if at == BEFORE { "햇감자" } else { "감자" };
        vec![
            ("sku".to_owned(), sku.clone()),
            ("name".to_owned(), name.to_owned()),
            ("publish".to_owned(), "yes".to_owned()),
        ]
    };
    let rows: Vec<Vec<(String, String)>> = skus.iter().enumerate().map(row).collect();
    let rows: Vec<Vec<(&str, &str)>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|(name, text)| (name.as_str(), text.as_str()))
                .collect()
        })
        .collect();
    csv(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Starts the import of the file and waits until it is held up in the midst of its
/// second batch.
async fn held_up(shop: &Shop) -> (Hold, i32, Import) {
    let desk = Desk::of(shop);
    let sku = format!("sku-{BEFORE:03}");
    desk.import(csv(&[&[("sku", &sku), ("publish", "yes")]])).await;
    let mut hold = Hold::product(shop, &desk.product(&sku).await).await;
    let import = desk.start(file(), false).await.unwrap();
    let pid = eventually(async || hold.waiting().await).await;
    let import = desk.find(&import).await;
    assert_eq!((import.done, import.created), (50, 50));
    (hold, pid, import)
}

/// Each row was applied once, whatever happened meanwhile.
async fn assert_applied_once(shop: &Shop, import: &Import) {
    let desk = Desk::of(shop);
    let done = desk.done(import).await;
    let rows = i32::try_from(ROWS).unwrap();
    assert_eq!(
        (done.created, done.updated, done.failed, done.done),
        (rows - 1, 1, 0, rows)
    );
    let products = desk.products().await;
    assert_eq!(products.len(), ROWS);
    for (at, product) in products.iter().enumerate() {
        let versions = if at == BEFORE { 3 } else { 2 };
        assert_eq!(product.version, versions, "{}", product.sku);
    }
    assert_eq!(shop.harness.published::<ProductPublished>().await.len(), ROWS);
    assert_eq!(shop.harness.published::<ProductUpdated>().await.len(), 1);
}

#[tokio::test]
async fn a_batch_that_loses_its_connection_is_done_again_and_once() {
    let shop = Shop::open().await;
    let (mut hold, pid, import) = held_up(&shop).await;
    hold.cut(pid).await;
    let another = async || hold.waiting().await.filter(|waiting| *waiting != pid);
    eventually(another).await;
    hold.release().await;
    assert_applied_once(&shop, &import).await;
}

#[tokio::test]
async fn what_a_process_leaves_another_finishes() {
    let mut shop = Shop::open().await;
    let (mut hold, pid, import) = held_up(&shop).await;
    shop.harness.base.stop.cancel();
    hold.cut(pid).await;
    eventually(async || hold.waiting().await.is_none().then_some(())).await;
    hold.release().await;
    let products = sqlx::query_scalar::<_, i64>("select count(*) from product");
    let products = products.fetch_one(shop.harness.pool()).await.unwrap();
    assert_eq!(products, 51, "what was half done is undone");
    shop.harness = shop.another(&[]).await;
    assert_applied_once(&shop, &import).await;
}

#[tokio::test]
async fn processes_share_the_imports_and_no_batch_is_done_twice() {
    let shop = Shop::open().await;
    let _second = shop.another(&[]).await;
    let desk = Desk::of(&shop);
    let sku = format!("sku-{BEFORE:03}");
    desk.import(csv(&[&[("sku", &sku), ("publish", "yes")]])).await;
    let mut hold = Hold::categories(&shop).await;
    let other = Desk::by(&shop, &seller());
    let theirs = csv(&[&[("sku", "a")], &[("sku", "b")]]);
    let theirs = other.start(theirs, false).await.unwrap();
    let import = desk.start(file(), false).await.unwrap();
    eventually(async || (hold.all_waiting().await.len() == 2).then_some(())).await;
    hold.release().await;
    assert_applied_once(&shop, &import).await;
    assert_eq!(other.done(&theirs).await.created, 2);
}
