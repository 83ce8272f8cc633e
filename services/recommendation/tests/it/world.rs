use std::time::Duration;

use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::product::v1::product_service_server::ProductServiceServer;
use xlcfi_contracts::product::v1::{
    Category, ListCategoriesRequest, ListCategoriesResponse, Product, ProductPublished, ProductState,
};
use xlcfi_contracts::recommendation::v1::experiment_service_client::ExperimentServiceClient;
use xlcfi_contracts::recommendation::v1::model_service_client::ModelServiceClient;
use xlcfi_contracts::recommendation::v1::recommendation_service_client::RecommendationServiceClient;
use xlcfi_contracts::recommendation::v1::{
    Algorithm, GetModelRequest, GetRecommendationsRequest, GetRecommendationsResponse, Model, ModelState,
    TrainModelRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_recommendation::model::measure::splitmix64;
use xlcfi_testkit::{Calling, Fake, Harness, eventually, user};

/// Products of the shop, of three tastes by turns.
pub const PRODUCTS: u64 = 30;
/// Members who bought there, of three tastes by turns.
pub const MEMBERS: u64 = 120;

pub fn product_id(number: u64) -> Uuid {
    Uuid::from_u64_pair(2, splitmix64(number))
}

pub fn member_id(number: u64) -> Uuid {
    Uuid::from_u64_pair(1, splitmix64(number))
}

pub fn category_id(taste: u64) -> Uuid {
    Uuid::from_u64_pair(3, taste)
}

pub fn product(number: u64) -> Product {
    let mut product = Product {
        product_id: product_id(number).to_string(),
        category_id: category_id(number % 3).to_string(),
        name: format!("상품 {number}호"),
        in_stock: true,
        ..Product::default()
    };
    product.set_state(ProductState::Published);
    product
}

pub fn published(product: Product) -> ProductPublished {
    ProductPublished {
        product: Some(product),
        time: None,
    }
}

/// Whether a member of the shop bought a product: mostly what is of the same taste.
fn bought(member: u64, product: u64) -> bool {
    let chance = if member % 3 == product % 3 { 70 } else { 5 };
    splitmix64(member << 20 | product) % 100 < chance
}

pub struct World {
    pub harness: Harness,
    _product: Fake,
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings of the test's own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let categories = |_: ListCategoriesRequest| async {
            let category = |taste: u64| Category {
                category_id: category_id(taste).to_string(),
                name_ko: format!("종류 {taste}"),
                ..Category::default()
            };
            Ok(ListCategoriesResponse {
                categories: (0..3).map(category).collect(),
            })
        };
        let fake = Fake::answering::<ProductServiceServer<()>, _, _, _>("ListCategories", categories).await;
        let harness = Harness::start_adjusted(
            xlcfi_recommendation::SERVICE,
            &[("product", &fake)],
            |all| all.defaults = defaults(settings),
            xlcfi_recommendation::start,
        )
        .await;
        Self {
            harness,
            _product: fake,
        }
    }

    /// With all products, and what all members bought.
    pub async fn shop(settings: &[(&str, &str)]) -> Self {
        let world = Self::with(settings).await;
        for number in 0..PRODUCTS {
            world.publish(product(number)).await;
        }
        let pairs = (0..MEMBERS).flat_map(|member| (0..PRODUCTS).map(move |product| (member, product)));
        let pairs: Vec<(u64, u64)> = pairs
            .filter(|(member, product)| bought(*member, *product))
            .collect();
        let members: Vec<Uuid> = pairs.iter().map(|pair| member_id(pair.0)).collect();
        let products: Vec<Uuid> = pairs.iter().map(|pair| product_id(pair.1)).collect();
        sqlx::query(
            "insert into interaction (member_id, product_id, orders, update_time)
             select m, p, 1, now() from unnest($1::uuid[], $2::uuid[]) as bought (m, p)",
        )
        .bind(&members)
        .bind(&products)
        .execute(world.harness.pool())
        .await
        .unwrap();
        world.count("select count(*) from product", PRODUCTS as i64).await;
        world
    }

    pub async fn publish(&self, product: Product) {
        let key = product.product_id.parse().unwrap();
        self.harness.deliver("product", key, 1, &published(product)).await;
    }

    /// Waits until a count is so much.
    pub async fn count(&self, sql: &'static str, many: i64) {
        eventually(async || {
            let counted: i64 = sqlx::query_scalar(sql)
                .fetch_one(self.harness.pool())
                .await
                .unwrap();
            (counted == many).then_some(())
        })
        .await;
    }

    pub fn client(&self, who: &User) -> RecommendationServiceClient<Calling> {
        RecommendationServiceClient::new(self.harness.as_user(who))
    }

    pub fn anonymous(&self) -> RecommendationServiceClient<Calling> {
        RecommendationServiceClient::new(self.harness.anonymous())
    }

    pub fn models(&self, who: &User) -> ModelServiceClient<Calling> {
        ModelServiceClient::new(self.harness.as_user(who))
    }

    pub fn experiments(&self, who: &User) -> ExperimentServiceClient<Calling> {
        ExperimentServiceClient::new(self.harness.as_user(who))
    }

    pub async fn recommend(
        &self,
        who: &User,
        request: GetRecommendationsRequest,
    ) -> Result<GetRecommendationsResponse, Status> {
        Ok(self.client(who).get_recommendations(request).await?.into_inner())
    }

    /// What the caller gets without asking for anything.
    pub async fn own(&self, who: &User) -> GetRecommendationsResponse {
        self.recommend(who, GetRecommendationsRequest::default())
            .await
            .unwrap()
    }

    /// Waits until an answer is as it should be.
    pub async fn own_when(
        &self,
        who: &User,
        is: impl Fn(&GetRecommendationsResponse) -> bool,
    ) -> GetRecommendationsResponse {
        eventually(async || Some(self.own(who).await).filter(|answer| is(answer))).await
    }

    /// Has a model trained and waits for what becomes of it.
    pub async fn train(&self, algorithm: Algorithm) -> Model {
        let staff = catalogue();
        let request = TrainModelRequest {
            algorithm: algorithm.into(),
            ..TrainModelRequest::default()
        };
        let asked = self
            .models(&staff)
            .train_model(request)
            .await
            .unwrap()
            .into_inner();
        self.decided(&asked.model.unwrap().model_id).await
    }

    /// Waits for what becomes of a model; trainings take a while without optimisation.
    pub async fn decided(&self, model_id: &str) -> Model {
        let staff = catalogue();
        let look = async || {
            let request = GetModelRequest {
                model_id: model_id.into(),
            };
            let model = self
                .models(&staff)
                .get_model(request)
                .await
                .unwrap()
                .into_inner()
                .model
                .unwrap();
            (model.state() != ModelState::Queued).then_some(model)
        };
        for _ in 0..5 {
            if let Ok(model) = tokio::time::timeout(Duration::from_secs(9), eventually(&look)).await {
                return model;
            }
        }
        eventually(look).await
    }
}

/// Settings of tests: everything is looked at each second, and trained when asked for.
pub fn defaults(own: &[(&str, &str)]) -> std::collections::HashMap<String, String> {
    let usual = [
        ("refresh_seconds", "1"),
        ("popular_seconds", "1"),
        ("train_hours", "0"),
    ];
    let all = usual.iter().chain(own);
    all.map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

/// Somebody new who looks after the catalogue.
pub fn catalogue() -> User {
    User {
        roles: vec![Role::Buyer, Role::Catalogue],
        ..user()
    }
}

/// A member of the shop.
pub fn member(number: u64) -> User {
    User {
        id: member_id(number).into(),
        ..user()
    }
}

/// Taste of a product that was offered.
pub fn taste(product: &str) -> u64 {
    (0..PRODUCTS)
        .find(|number| product_id(*number).to_string() == product)
        .unwrap()
        % 3
}
