use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass, TaxClass};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::{Id, Money};

use crate::attribute::Attributes;
use crate::ingredients::Ingredients;
use crate::ladder::{Ladder, Rung};
use crate::life::Dated;
use crate::near_expiry::{Rule, Step};
use crate::product::{Codes, Details, Product, Variant};
use crate::rating::Rating;
use crate::special::Special;

/// A product as the database has it, with its stock by last day.
pub struct Row {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub family_id: Uuid,
    pub category_id: Uuid,
    pub sku: String,
    pub name: String,
    pub name_en: String,
    pub description: String,
    pub size: String,
    pub pack: String,
    pub grade: String,
    pub unit: String,
    pub content_amount: i64,
    pub content_unit: i16,
    pub origin: String,
    pub storage: i16,
    pub allergens: Vec<i16>,
    pub tax: i16,
    pub rung_quantities: Vec<i64>,
    pub rung_prices: Vec<i64>,
    pub minimum: i64,
    pub multiple: i64,
    pub maximum: i64,
    pub attributes: sqlx::types::Json<Attributes>,
    pub ingredients: sqlx::types::Json<Ingredients>,
    pub image_ids: Vec<Uuid>,
    pub gtin: String,
    pub report_number: String,
    pub licence_number: String,
    pub promised_days: i32,
    pub step_days: Vec<i32>,
    pub step_percents: Vec<i32>,
    pub specials: sqlx::types::Json<Vec<Special>>,
    pub state: String,
    pub dates: Vec<Option<Date>>,
    pub units: Vec<i64>,
    pub popularity: i16,
    pub ratings: i64,
    pub rating_mean: f64,
    pub rating_wilson: f64,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

impl TryFrom<Row> for Product {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let corrupt = |what: &str| Fault::bug(format!("product {} has a corrupt {what}", row.product_id));
        let details = Details {
            category_id: row.category_id.into(),
            content: (
                row.content_amount,
                Unit::try_from(i32::from(row.content_unit)).map_err(|_| corrupt("unit"))?,
            ),
            storage: StorageClass::try_from(i32::from(row.storage)).map_err(|_| corrupt("storage"))?,
            allergens: row
                .allergens
                .iter()
                .map(|&number| Allergen::try_from(i32::from(number)).map_err(|_| corrupt("allergen")))
                .collect::<Result<_, _>>()?,
            tax: TaxClass::try_from(i32::from(row.tax)).map_err(|_| corrupt("tax"))?,
            prices: ladder(&row).ok_or_else(|| corrupt("price ladder"))?,
            near_expiry: rule(&row).ok_or_else(|| corrupt("near-expiry rule"))?,
            variant: Variant {
                size: row.size,
                pack: row.pack,
                grade: row.grade,
            },
            codes: Codes {
                gtin: row.gtin,
                report_number: row.report_number,
                licence_number: row.licence_number,
            },
            attributes: row.attributes.0,
            ingredients: row.ingredients.0,
            images: row.image_ids,
            promised_days: row.promised_days,
            name: row.name,
            name_en: row.name_en,
            description: row.description,
            unit: row.unit,
            origin: row.origin,
        };
        let stock = row.dates.into_iter().zip(row.units);
        Ok(Self {
            state: stored("product.state", &row.state)?,
            product_id: Id::from_uuid(row.product_id),
            seller_id: row.seller_id.into(),
            family_id: row.family_id,
            sku: row.sku,
            details,
            specials: row.specials.0,
            stock: stock.map(|(use_by, units)| Dated { use_by, units }).collect(),
            popularity: row.popularity,
            rating: (row.ratings > 0).then_some(Rating {
                ratings: row.ratings,
                mean: row.rating_mean,
                wilson: row.rating_wilson,
            }),
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

fn ladder(row: &Row) -> Option<Ladder> {
    let rungs = row.rung_quantities.iter().zip(&row.rung_prices);
    let rungs = rungs.map(|(&from_quantity, &won)| Rung {
        from_quantity,
        unit_price: Money::won(won),
    });
    Ladder::new(rungs.collect(), row.minimum, row.multiple, row.maximum).ok()
}

fn rule(row: &Row) -> Option<Rule> {
    let steps = row.step_days.iter().zip(&row.step_percents);
    let steps = steps.map(|(&days, &percent_off)| Step { days, percent_off });
    Rule::new(steps.collect()).ok()
}

/// Details in the shape of their columns, where that is another.
pub struct Columns {
    pub content_unit: i16,
    pub storage: i16,
    pub allergens: Vec<i16>,
    pub tax: i16,
    pub rung_quantities: Vec<i64>,
    pub rung_prices: Vec<i64>,
    pub attributes: serde_json::Value,
    pub ingredients: serde_json::Value,
    pub step_days: Vec<i32>,
    pub step_percents: Vec<i32>,
}

impl Columns {
    pub fn of(details: &Details) -> Self {
        let rungs = details.prices.rungs();
        let steps = details.near_expiry.steps();
        Self {
            content_unit: details.content.1 as i16,
            storage: details.storage as i16,
            allergens: details
                .allergens
                .iter()
                .map(|&allergen| allergen as i16)
                .collect(),
            tax: details.tax as i16,
            rung_quantities: rungs.iter().map(|rung| rung.from_quantity).collect(),
            rung_prices: rungs.iter().map(|rung| rung.unit_price.minor).collect(),
            attributes: serde_json::json!(details.attributes),
            ingredients: serde_json::json!(details.ingredients),
            step_days: steps.iter().map(|step| step.days).collect(),
            step_percents: steps.iter().map(|step| step.percent_off).collect(),
        }
    }
}
