use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use xlcfi_contracts::order::v1::OrderState;

use super::{Story, Teller};
use crate::people::{eventually, number, text};
use crate::picture;

impl<T: Teller> Story<'_, T> {
    /// An order arrives, the buyer reviews it with a picture, and the product shows the
    /// rating.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn review_what_arrived(&self) -> anyhow::Result<()> {
        self.teller
            .chapter("An order arrives, and the buyer says how it was");
        let id = self.five_boxes_arrive().await?;

        let path = "/api/v1/images?purpose=IMAGE_PURPOSE_REVIEW";
        let answer = self
            .edge
            .upload(path, &self.buyer.token, "image/jpeg", picture()?)
            .await?;
        let image_id = text(&answer["image"]["imageId"])?;
        let renditions = answer["image"]["renditions"].as_array().map_or(0, Vec::len);
        ensure!(renditions > 0, "nothing was made of the picture: {answer}");
        self.teller
            .step("REST", &format!("picture uploaded, {renditions} renditions made"));

        // Letters only, as a number might be a telephone's: the same words from another buyer, who
        // told the story before, would be held.
        let mark: String = id.chars().filter(char::is_ascii_alphabetic).collect();
        let review = json!({
            "orderId": id, "productId": self.product_id, "rating": 5, "imageIds": [image_id],
            "dimensions": {"freshness": 5, "taste": 5, "packaging": 4, "delivery": 5},
            "text": format!("알이 굵고 싱싱해요. 상한 것이 하나도 없었습니다. {mark}"),
            "requestId": Uuid::now_v7().to_string(),
        });
        // The news that it arrived may come after the buyer.
        eventually(async || {
            self.rest(Method::POST, "/api/v1/reviews", Some(review.clone()))
                .await
                .ok()
        })
        .await?;
        self.teller
            .step("REST", "review written, tied to the lots that came");

        let path = format!("/api/v1/products/{}", self.product_id);
        let rated = eventually(async || {
            let answer = self.edge.rest(Method::GET, &path, "", None).await.ok()?;
            (number(&answer["product"]["rating"]["ratings"]).ok()? == 1).then_some(answer)
        });
        rated.await.context("the product does not show its rating")?;
        self.teller.step("REST", "the product shows its rating");
        Ok(())
    }

    /// Five boxes are ordered, shipped and delivered; gives the order's id.
    pub(super) async fn five_boxes_arrive(&self) -> anyhow::Result<String> {
        let method = self.store_card(None).await?;
        let order = self.order(self.five_boxes(&method)).await?;
        let id = text(&order["orderId"])?;
        self.watch_until(&id, OrderState::Confirmed).await?;
        let shipment = json!({"carrier": "새벽배송", "trackingNumber": "1234-5678"});
        for (verb, body) in [("ship", shipment), ("deliver", json!({}))] {
            let path = format!("/api/v1/orders/{id}:{verb}");
            self.edge
                .rest(Method::POST, &path, &self.seller.token, Some(body))
                .await?;
        }
        self.watch_until(&id, OrderState::Delivered).await?;
        Ok(id)
    }
}
