use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_e2e::people::{
    self, Person, add_address, eventually, list_product, make_seller, sign_up, store_card, text,
};
use xlcfi_e2e::{Edge, Sandbox, picture};

use crate::mesh::mesh;

/// Somebody who has one of everything, and others who have not.
pub struct World {
    owner: Person,
    seller: Person,
    pub other_seller: Person,
    admin: Person,
    buyer: Person,
    /// What the owner and the seller have, by the name of the field.
    pub ids: Vec<(String, String)>,
    /// What nobody else may read.
    pub secrets: Vec<String>,
}

/// What changes by itself, or by what others may do: buy, like, report.
const FREE: [(&str, &[&str]); 3] = [
    ("/lot", &["onHand", "reserved", "sold"]),
    ("/product", &["popularity", "rating", "version", "updateTime"]),
    (
        "/reviews/0",
        &["helpful", "lotIds", "state", "version", "updateTime"],
    ),
];

/// A file of the seller's with a product.
const CSV: &str = "\
sku,category,name,unit,content_amount,content_unit,origin,storage,tax,prices,minimum,multiple,maximum
A-1,vegetable,감자 10kg,10kg 상자,10000,g,국내산 강원 평창,ROOM,EXEMPT,1:24500,1,1,100
";

impl World {
    pub async fn new(edge: &Edge) -> Self {
        let sandbox: Sandbox = mesh().sandbox();
        let run = Uuid::now_v7().simple().to_string();
        let person = async |who: &str| {
            let email = format!("{who}-{run}@example.com");
            sign_up(edge, &email, &format!("{who} {run}")).await.unwrap()
        };
        let owner = person("owner").await;
        let buyer = person("buyer").await;
        let seller = make_seller(edge, person("seller").await).await.unwrap();
        let other_seller = make_seller(edge, person("other-seller").await).await.unwrap();
        let admin = people::log_in_admin(edge).await.unwrap();
        let product_id = list_product(edge, &seller, &run, 100).await.unwrap();
        add_address(edge, &owner).await.unwrap();
        let method = store_card(edge, &sandbox, &owner, None).await.unwrap();
        let line = json!({"productId": product_id, "quantity": "1"});
        let body =
            json!({"lines": [line], "paymentMethodId": method, "requestId": Uuid::now_v7().to_string()});
        let made = edge
            .rest(Method::POST, "/api/v1/orders", &owner.token, Some(body))
            .await;
        let order_id = text(&made.unwrap()["order"]["orderId"]).unwrap();
        let path = format!("/api/v1/payments/orders/{order_id}");
        let paid = eventually(async || {
            let answer = edge.rest(Method::GET, &path, &owner.token, None).await.ok()?;
            (answer["payment"]["state"] == "PAYMENT_STATE_CAPTURED").then_some(answer)
        });
        let payment_id = text(&paid.await.unwrap()["payment"]["paymentId"]).unwrap();
        let one = async |person: &Person, path: &str, list: &str, id: &str| {
            let answer = edge.rest(Method::GET, path, &person.token, None).await.unwrap();
            text(&answer[list][0][id]).unwrap()
        };
        let address_id = one(&owner, "/api/v1/members/me/addresses", "addresses", "addressId").await;
        let session_id = one(&owner, "/api/v1/auth/sessions", "sessions", "sessionId").await;
        let lots = format!("/api/v1/products/{product_id}/lots");
        let lot_id = one(&seller, &lots, "lots", "lotId").await;
        let path = format!("/api/v1/products/{product_id}");
        let product = edge.rest(Method::GET, &path, "", None).await.unwrap();
        let category_id = text(&product["product"]["categoryId"]).unwrap();
        let review_id = review(edge, &owner, &seller, &order_id, &product_id).await;
        let told = "/api/v1/members/me/notifications";
        let notification_id = one(&owner, told, "notifications", "notificationId").await;
        let image_id = upload(edge, &owner).await;
        let account = json!({"name": format!("owner {run}"), "scopes": ["xlcfi.order.v1.OrderService"]});
        let path = "/api/v1/auth/service-accounts";
        let made = edge.rest(Method::POST, path, &owner.token, Some(account)).await;
        let service_account_id = text(&made.unwrap()["serviceAccount"]["serviceAccountId"]).unwrap();
        let rows = json!({"csv": CSV, "dryRun": true});
        let started = edge
            .rest(Method::POST, "/api/v1/imports", &seller.token, Some(rows))
            .await;
        let import_id = text(&started.unwrap()["import"]["importId"]).unwrap();
        let ids = [
            ("importId", &import_id),
            ("imageId", &image_id),
            ("serviceAccountId", &service_account_id),
            ("categoryId", &category_id),
            ("reviewId", &review_id),
            ("notificationId", &notification_id),
            ("orderId", &order_id),
            ("paymentId", &payment_id),
            ("paymentMethodId", &method),
            ("addressId", &address_id),
            ("sessionId", &session_id),
            ("memberId", &owner.id),
            ("accountId", &owner.id),
            ("productId", &product_id),
            ("lotId", &lot_id),
        ];
        Self {
            // The product is everybody's to see; what was sent may come back.
            secrets: vec![
                format!("owner-{run}"),
                format!("owner {run}"),
                format!("seller-{run}"),
            ],
            ids: ids.map(|(field, id)| (field.to_owned(), id.clone())).into(),
            owner,
            seller,
            other_seller,
            admin,
            buyer,
        }
    }

    /// One of each kind of people, and their roles.
    pub fn everybody(&self) -> [(&'static [Role], &Person); 3] {
        [
            (&[Role::Buyer], &self.buyer),
            (&[Role::Buyer, Role::Seller], &self.other_seller),
            (&[Role::Buyer, Role::Admin], &self.admin),
        ]
    }

    /// What the owner and the seller have, as they see it.
    pub async fn look(&self, edge: &Edge) -> Vec<Value> {
        let id = |name: &str| {
            let found = self.ids.iter().find(|(field, _)| field == name);
            found.map_or("", |(_, id)| id.as_str()).to_owned()
        };
        let of_owner = [
            "/api/v1/members/me".to_owned(),
            "/api/v1/members/me/addresses".to_owned(),
            "/api/v1/auth/account".to_owned(),
            "/api/v1/auth/sessions".to_owned(),
            "/api/v1/payments/methods".to_owned(),
            format!("/api/v1/orders/{}", id("orderId")),
            format!("/api/v1/payments/{}", id("paymentId")),
            "/api/v1/reviews/mine".to_owned(),
            "/api/v1/auth/service-accounts".to_owned(),
            format!("/api/v1/images/{}", id("imageId")),
        ];
        let of_seller = [
            "/api/v1/auth/account".to_owned(),
            format!("/api/v1/products/{}", id("productId")),
            format!("/api/v1/lots/{}", id("lotId")),
        ];
        let mut seen = Vec::new();
        for (person, paths) in [(&self.owner, &of_owner[..]), (&self.seller, &of_seller[..])] {
            for path in paths {
                let mut answer = edge.rest(Method::GET, path, &person.token, None).await.unwrap();
                for (thing, free) in FREE {
                    if let Some(Value::Object(fields)) = answer.pointer_mut(thing) {
                        fields.retain(|name, _| !free.contains(&name.as_str()));
                    }
                }
                seen.push(answer);
            }
        }
        seen
    }
}

/// Gives the id of a picture that stands in no review, so that nobody else may see it.
async fn upload(edge: &Edge, owner: &Person) -> String {
    let path = "/api/v1/images?purpose=IMAGE_PURPOSE_REVIEW";
    let answer = edge
        .upload(path, &owner.token, "image/jpeg", picture().unwrap())
        .await;
    text(&answer.unwrap()["image"]["imageId"]).unwrap()
}

/// Has the order arrive and be reviewed; gives the review's id.
async fn review(edge: &Edge, owner: &Person, seller: &Person, order_id: &str, product_id: &str) -> String {
    let shipment = json!({"carrier": "새벽배송", "trackingNumber": "1"});
    for (verb, body) in [("ship", shipment), ("deliver", json!({}))] {
        let path = format!("/api/v1/orders/{order_id}:{verb}");
        let moved = eventually(async || {
            edge.rest(Method::POST, &path, &seller.token, Some(body.clone()))
                .await
                .ok()
        });
        moved.await.unwrap();
    }
    let review = json!({
        "orderId": order_id, "productId": product_id, "rating": 5, "text": "알이 굵고 싱싱해요. 좋습니다.",
    });
    let written = eventually(async || {
        let written = edge.rest(
            Method::POST,
            "/api/v1/reviews",
            &owner.token,
            Some(review.clone()),
        );
        written.await.ok()
    });
    text(&written.await.unwrap()["review"]["reviewId"]).unwrap()
}
