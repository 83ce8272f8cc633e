//! A product as a row.

use strum::VariantArray as _;
use xlcfi_contracts::types::v1::Unit;

use super::cell::{escape, list};
use super::{Column, Texts};
use crate::attribute::Value;
use crate::category::Tree;
use crate::product::{Product, State};

/// Names of units; the contract's are for code.
pub const UNITS: [(&str, Unit); 3] = [
    ("g", Unit::Gram),
    ("ml", Unit::Millilitre),
    ("piece", Unit::Piece),
];

/// What a row says that changes nothing, in every column.
pub fn texts(product: &Product, tree: &Tree) -> Texts {
    let text = |&column: &Column| (column, text(product, tree, column));
    Column::VARIANTS.iter().map(text).collect()
}

fn text(product: &Product, tree: &Tree, column: Column) -> String {
    let details = &product.details;
    let ladder = &details.prices;
    match column {
        Column::Sku => product.sku.clone(),
        Column::Category => tree.slug(details.category_id).to_owned(),
        Column::Name => details.name.clone(),
        Column::NameEn => details.name_en.clone(),
        Column::Description => details.description.clone(),
        Column::Size => details.variant.size.clone(),
        Column::Pack => details.variant.pack.clone(),
        Column::Grade => details.variant.grade.clone(),
        Column::Unit => details.unit.clone(),
        Column::ContentAmount => details.content.0.to_string(),
        Column::ContentUnit => unit(details.content.1).to_owned(),
        Column::Origin => details.origin.clone(),
        Column::Storage => short(details.storage.as_str_name(), "STORAGE_CLASS_"),
        Column::Allergens => list(
            details
                .allergens
                .iter()
                .map(|allergen| short(allergen.as_str_name(), "ALLERGEN_")),
        ),
        Column::Tax => short(details.tax.as_str_name(), "TAX_CLASS_"),
        Column::Prices => list(
            ladder
                .rungs()
                .iter()
                .map(|rung| format!("{}:{}", rung.from_quantity, rung.unit_price.minor)),
        ),
        Column::Minimum => ladder.minimum().to_string(),
        Column::Multiple => ladder.multiple().to_string(),
        Column::Maximum => ladder.maximum().to_string(),
        Column::Gtin => details.codes.gtin.clone(),
        Column::ReportNumber => details.codes.report_number.clone(),
        Column::LicenceNumber => details.codes.licence_number.clone(),
        Column::PromisedDays => details.promised_days.to_string(),
        Column::NearExpiry => list(
            details
                .near_expiry
                .steps()
                .iter()
                .map(|step| format!("{}:{}", step.days, step.percent_off)),
        ),
        Column::Images => list(details.images.iter().map(ToString::to_string)),
        Column::Attributes => list(details.attributes.iter().map(attribute)),
        Column::Publish => yes_or_no(product.state == State::Published).to_owned(),
    }
}

fn attribute((key, value): (&String, &Value)) -> String {
    let value = match value {
        Value::Flag(flag) => yes_or_no(*flag).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => escape(text),
    };
    format!("{}={value}", escape(key))
}

fn unit(unit: Unit) -> &'static str {
    let mut names = UNITS.into_iter();
    names
        .find_map(|(name, own)| (own == unit).then_some(name))
        .unwrap_or_default()
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// Name of a value of the contract, without the name of its enum.
fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_owned()
}
