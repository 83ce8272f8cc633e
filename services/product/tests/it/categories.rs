use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::ListCategoriesRequest;
use xlcfi_testkit::{admin, assert_refused};

use crate::fixture::{Shop, category};

#[tokio::test]
async fn the_category_tree_lists_parents_before_children() {
    let shop = Shop::open().await;
    let root = shop.category("root-vegetable", &shop.category_id).await;
    shop.category("potato", &root).await;
    shop.category("meat", "").await;
    let listed = shop
        .anyone()
        .list_categories(ListCategoriesRequest {})
        .await
        .unwrap()
        .into_inner();
    let slugs: Vec<_> = listed
        .categories
        .iter()
        .map(|category| category.slug.as_str())
        .collect();
    assert_eq!(slugs, ["meat", "vegetable", "root-vegetable", "potato"]);
    assert_eq!(listed.categories[3].parent_id, root);
}

#[tokio::test]
async fn a_category_needs_a_free_slug_a_parent_that_exists_and_an_admin() {
    let shop = Shop::open().await;
    let mut admins = shop.client(&admin());
    let taken = admins.create_category(category("vegetable", "")).await;
    assert_refused(taken, Code::AlreadyExists, "CATEGORY_SLUG_TAKEN");
    let orphan = admins
        .create_category(category("fruit", &Uuid::now_v7().to_string()))
        .await;
    assert_refused(orphan, Code::NotFound, "CATEGORY_NOT_FOUND");
    let malformed = admins.create_category(category("Fruit!", "x")).await;
    assert_refused(malformed, Code::InvalidArgument, "INVALID_FIELDS");
    let by_seller = shop.own().create_category(category("fruit", "")).await;
    assert_refused(by_seller, Code::PermissionDenied, "ROLE_MISSING");
}
