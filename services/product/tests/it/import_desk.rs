//! A seller with files.

use futures::TryStreamExt as _;
use sqlx::{Postgres, Transaction};
use tonic::Status;
use xlcfi_contracts::product::v1::import_service_client::ImportServiceClient;
use xlcfi_contracts::product::v1::{
    AttributeDefinition, AttributeType, CreateVariantRequest, ExportProductsRequest, GetImportRequest,
    GetProductRequest, Import, ImportProblem, ImportState, ListImportProblemsRequest,
    ListImportProblemsResponse, ListOwnProductsRequest, Product, ProductState, SetCategoryAttributesRequest,
    StartImportRequest, Variant,
};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, admin, eventually};

use crate::fixture::Shop;

/// A file of every column but `publish`, unless a row names it. Cells that rows do
/// not name say the same product.
pub fn csv(rows: &[&[(&str, &str)]]) -> String {
    let usual = [
        ("sku", ""),
        ("category", "vegetable"),
        ("name", "감자 10kg"),
        ("name_en", ""),
        ("description", ""),
        ("size", ""),
        ("pack", ""),
        ("grade", ""),
        ("unit", "10kg 상자"),
        ("content_amount", "10000"),
        ("content_unit", "g"),
        ("origin", "국내산 강원 평창"),
        ("storage", "ROOM"),
        ("allergens", ""),
        ("tax", "EXEMPT"),
        ("prices", "1:1000;10:900"),
        ("minimum", "1"),
        ("multiple", "1"),
        ("maximum", "100"),
        ("gtin", ""),
        ("report_number", ""),
        ("licence_number", ""),
        ("promised_days", ""),
        ("near_expiry", ""),
        ("images", ""),
        ("attributes", ""),
        ("publish", ""),
    ];
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(usual.map(|(name, _)| name)).unwrap();
    for row in rows {
        let cell = |(name, text): (&str, &str)| {
            let said = row.iter().find(|(said, _)| *said == name);
            said.map_or(text, |(_, text)| *text).to_owned()
        };
        writer.write_record(usual.map(cell)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

pub fn get(import_id: &str) -> GetImportRequest {
    GetImportRequest {
        import_id: import_id.into(),
    }
}

pub struct Desk<'a> {
    shop: &'a Shop,
    seller: User,
}

impl<'a> Desk<'a> {
    /// The shop's seller.
    pub fn of(shop: &'a Shop) -> Self {
        Self::by(shop, &shop.seller)
    }

    pub fn by(shop: &'a Shop, seller: &User) -> Self {
        let seller = seller.clone();
        Self { shop, seller }
    }

    pub fn client(&self) -> ImportServiceClient<Calling> {
        ImportServiceClient::new(self.shop.harness.as_user(&self.seller))
    }

    pub async fn start(&self, csv: String, dry_run: bool) -> Result<Import, Status> {
        let request = StartImportRequest {
            csv,
            dry_run,
            request_id: String::new(),
        };
        let answer = self.client().start_import(request).await?;
        Ok(answer.into_inner().import.unwrap())
    }

    pub async fn find(&self, import: &Import) -> Import {
        let found = self.client().get_import(get(&import.import_id)).await.unwrap();
        found.into_inner().import.unwrap()
    }

    /// An import when it is done.
    pub async fn done(&self, import: &Import) -> Import {
        let look =
            async || Some(self.find(import).await).filter(|import| import.state() == ImportState::Done);
        eventually(look).await
    }

    pub async fn import(&self, csv: String) -> Import {
        let import = self.start(csv, false).await.unwrap();
        self.done(&import).await
    }

    pub async fn problem_page(
        &self,
        import_id: &str,
        page_token: &str,
    ) -> Result<ListImportProblemsResponse, Status> {
        let request = ListImportProblemsRequest {
            import_id: import_id.into(),
            page_size: 2,
            page_token: page_token.into(),
        };
        Ok(self.client().list_import_problems(request).await?.into_inner())
    }

    /// All problems, page by page.
    pub async fn problems(&self, import: &Import) -> Vec<ImportProblem> {
        let (mut problems, mut token) = (Vec::new(), String::new());
        loop {
            let page = self.problem_page(&import.import_id, &token).await.unwrap();
            problems.extend(page.problems);
            token = page.next_page_token;
            if token.is_empty() {
                return problems;
            }
        }
    }

    /// The whole file.
    pub async fn export(&self, include_archived: bool) -> String {
        let request = ExportProductsRequest { include_archived };
        let pieces = self.client().export_products(request).await.unwrap().into_inner();
        pieces.map_ok(|piece| piece.csv).try_collect().await.unwrap()
    }

    /// All products by SKU.
    pub async fn products(&self) -> Vec<Product> {
        let (mut products, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListOwnProductsRequest {
                page_size: 100,
                page_token,
            };
            let mut client = self.shop.client(&self.seller);
            let page = client.list_own_products(request).await.unwrap().into_inner();
            products.extend(page.products);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                products.sort_by(|one, other| one.sku.cmp(&other.sku));
                return products;
            }
        }
    }

    /// SKUs of what is not archived.
    pub async fn skus(&self) -> Vec<String> {
        let products = self.products().await.into_iter();
        let kept = products.filter(|product| product.state() != ProductState::Archived);
        kept.map(|product| product.sku).collect()
    }

    pub async fn product(&self, sku: &str) -> Product {
        let mut products = self.products().await.into_iter();
        products.find(|product| product.sku == sku).unwrap()
    }

    pub async fn seen_by_buyers(&self, product_id: &str) -> Product {
        let request = GetProductRequest {
            product_id: product_id.into(),
        };
        let seen = self.shop.anyone().get_product(request).await.unwrap();
        seen.into_inner().product.unwrap()
    }

    /// Two variants of one product, their sizes being their SKUs; gives the first.
    pub async fn variants(&self, one: &str, other: &str) -> Product {
        let mut request = self.shop.potatoes();
        request.sku = one.into();
        request.name_en = String::new();
        request.description = String::new();
        request.allergens = Vec::new();
        let variant = |size: &str| Variant {
            size: size.into(),
            ..Variant::default()
        };
        request.variant = Some(variant(one));
        let product = self.shop.create(request).await;
        let request = CreateVariantRequest {
            product_id: product.product_id.clone(),
            sku: other.into(),
            name: product.name.clone(),
            variant: Some(variant(other)),
            unit: product.unit.clone(),
            content: product.content,
            prices: product.prices.clone(),
            ..CreateVariantRequest::default()
        };
        self.shop.own().create_variant(request).await.unwrap();
        product
    }

    /// The file with the columns only that each must have.
    pub fn only_required(&self, file: &str) -> String {
        let optional = [
            "name_en",
            "description",
            "size",
            "pack",
            "grade",
            "allergens",
            "gtin",
            "report_number",
            "licence_number",
            "promised_days",
            "near_expiry",
            "images",
            "attributes",
            "publish",
        ];
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let header = reader.headers().unwrap().clone();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let records = std::iter::once(header.clone()).chain(reader.into_records().map(Result::unwrap));
        for record in records {
            let cells = header.iter().zip(record.iter());
            let kept = cells.filter(|(name, _)| !optional.contains(name));
            writer.write_record(kept.map(|(_, cell)| cell)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }
}

/// Holds imports up until it is released.
pub struct Hold(Transaction<'static, Postgres>);

impl Hold {
    /// Before their first rows.
    pub async fn categories(shop: &Shop) -> Self {
        let mut tx = shop.harness.pool().begin().await.unwrap();
        sqlx::query("lock table category in access exclusive mode")
            .execute(&mut *tx)
            .await
            .unwrap();
        Self(tx)
    }

    /// At the row that changes this product on sale.
    pub async fn product(shop: &Shop, product: &Product) -> Self {
        let mut tx = shop.harness.pool().begin().await.unwrap();
        sqlx::query("select from events.key_version where key = $1::uuid for update")
            .bind(&product.product_id)
            .execute(&mut *tx)
            .await
            .unwrap();
        Self(tx)
    }

    pub async fn release(self) {
        self.0.commit().await.unwrap();
    }

    /// The connection that waits, when one does.
    pub async fn waiting(&mut self) -> Option<i32> {
        self.all_waiting().await.pop()
    }

    /// All connections that wait.
    pub async fn all_waiting(&mut self) -> Vec<i32> {
        let waiting = "select pid from pg_stat_activity
             where datname = current_database() and pg_backend_pid() = any (pg_blocking_pids(pid))";
        sqlx::query_scalar(waiting).fetch_all(&mut *self.0).await.unwrap()
    }

    /// Cuts a connection, as a crash does.
    pub async fn cut(&mut self, pid: i32) {
        sqlx::query("select pg_terminate_backend($1)")
            .bind(pid)
            .execute(&mut *self.0)
            .await
            .unwrap();
    }
}

impl Shop {
    /// Lets vegetables say whether they are organic, and of which field.
    pub async fn define_organic(&self) {
        let field = definition("field", AttributeType::Text, false);
        self.define(vec![definition("organic", AttributeType::Flag, false), field])
            .await;
    }

    /// Makes vegetables on sale say how sweet they are.
    pub async fn require_brix(&self) {
        self.define(vec![definition("brix", AttributeType::Number, true)])
            .await;
    }

    async fn define(&self, attributes: Vec<AttributeDefinition>) {
        let request = SetCategoryAttributesRequest {
            category_id: self.category_id.clone(),
            attributes,
        };
        self.client(&admin())
            .set_category_attributes(request)
            .await
            .unwrap();
    }
}

fn definition(key: &str, kind: AttributeType, required: bool) -> AttributeDefinition {
    AttributeDefinition {
        key: key.into(),
        name_ko: "속성".into(),
        name_en: "Attribute".into(),
        r#type: kind.into(),
        required,
        ..AttributeDefinition::default()
    }
}
