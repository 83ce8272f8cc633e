use tonic::Code;
use xlcfi_contracts::product::v1::attribute::Value;
use xlcfi_contracts::product::v1::{
    Attribute, AttributeDefinition, AttributeType, Category, ListCategoriesRequest, PublishProductRequest,
    SetCategoryAttributesRequest, UpdateProductRequest,
};
use xlcfi_testkit::{admin, assert_refused};

use crate::fixture::Shop;

fn number(key: &str, maximum: f64) -> AttributeDefinition {
    AttributeDefinition {
        key: key.into(),
        name_ko: "당도".into(),
        name_en: "Sweetness".into(),
        r#type: AttributeType::Number.into(),
        required: true,
        unit: "°Bx".into(),
        minimum: Some(0.0),
        maximum: Some(maximum),
        ..AttributeDefinition::default()
    }
}

fn choice(key: &str, choices: &[&str]) -> AttributeDefinition {
    AttributeDefinition {
        key: key.into(),
        name_ko: "품종".into(),
        name_en: "Cultivar".into(),
        r#type: AttributeType::Choice.into(),
        choices: choices.iter().map(ToString::to_string).collect(),
        ..AttributeDefinition::default()
    }
}

fn says(key: &str, value: Value) -> Attribute {
    Attribute {
        key: key.into(),
        value: Some(value),
    }
}

async fn define(
    shop: &Shop,
    category_id: &str,
    attributes: Vec<AttributeDefinition>,
) -> Result<Category, tonic::Status> {
    let request = SetCategoryAttributesRequest {
        category_id: category_id.into(),
        attributes,
    };
    let answer = shop.client(&admin()).set_category_attributes(request).await?;
    Ok(answer.into_inner().category.unwrap())
}

#[tokio::test]
async fn products_say_what_their_category_and_those_above_define() {
    let shop = Shop::open().await;
    let below = shop.category("fruit", &shop.category_id).await;
    let defined = vec![number("brix", 40.0)];
    let category = define(&shop, &shop.category_id, defined.clone()).await.unwrap();
    assert_eq!(category.attributes, defined);
    define(&shop, &below, vec![choice("cultivar", &["설향", "금실"])])
        .await
        .unwrap();
    let listed = shop
        .anyone()
        .list_categories(ListCategoriesRequest {})
        .await
        .unwrap();
    let listed = listed.into_inner().categories;
    assert_eq!(listed[0].attributes, defined);

    let mut request = shop.potatoes();
    request.category_id = below;
    request.attributes = vec![
        says("brix", Value::Number(12.5)),
        says("cultivar", Value::Text("설향".into())),
    ];
    let said = request.attributes.clone();
    let draft = shop.create(request.clone()).await;
    assert_eq!(draft.attributes, said);
    assert_eq!(shop.publish(&draft.product_id).await.attributes, said);

    request.attributes = vec![
        says("brix", Value::Number(41.0)),
        says("cultivar", Value::Text("죽향".into())),
        says("colour", Value::Text("빨강".into())),
    ];
    request.sku = "other".into();
    let status = assert_refused(
        shop.own().create_product(request).await,
        Code::InvalidArgument,
        "ATTRIBUTES_INVALID",
    );
    let told = xlcfi_testkit::violations(&status);
    assert_eq!(
        told,
        ["attributes[brix]", "attributes[colour]", "attributes[cultivar]"]
    );
}

#[tokio::test]
async fn what_is_required_may_come_later_but_before_a_product_is_published() {
    let shop = Shop::open().await;
    define(&shop, &shop.category_id, vec![number("brix", 40.0)])
        .await
        .unwrap();
    let draft = shop.create(shop.potatoes()).await;
    let publish = PublishProductRequest {
        product_id: draft.product_id.clone(),
    };
    assert_refused(
        shop.own().publish_product(publish.clone()).await,
        Code::FailedPrecondition,
        "ATTRIBUTES_MISSING",
    );
    let mut update = UpdateProductRequest::from(draft.clone());
    update.attributes = vec![says("brix", Value::Number(11.0))];
    shop.own().update_product(update).await.unwrap();
    let published = shop.publish(&draft.product_id).await;
    let mut update = UpdateProductRequest::from(published.clone());
    update.attributes.clear();
    assert_refused(
        shop.own().update_product(update).await,
        Code::FailedPrecondition,
        "ATTRIBUTES_MISSING",
    );
}

#[tokio::test]
async fn a_key_means_one_thing_along_a_line_of_branches() {
    let shop = Shop::open().await;
    let below = shop.category("fruit", &shop.category_id).await;
    define(&shop, &below, vec![number("brix", 40.0)]).await.unwrap();
    for (category_id, attributes) in [
        (&shop.category_id, vec![number("brix", 30.0)]),
        (&below, vec![number("brix", 40.0), choice("brix", &["많음"])]),
        (&below, vec![choice("cultivar", &[])]),
        (
            &below,
            vec![AttributeDefinition {
                minimum: Some(41.0),
                ..number("sugar", 40.0)
            }],
        ),
    ] {
        let refused = define(&shop, category_id, attributes).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    define(&shop, &below, vec![number("brix", 20.0)]).await.unwrap();
    let unknown = define(&shop, &uuid::Uuid::now_v7().to_string(), Vec::new()).await;
    assert_refused(unknown, Code::NotFound, "CATEGORY_NOT_FOUND");
}
