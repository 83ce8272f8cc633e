//! The cells of a row as the request that would make its product.

use xlcfi_contracts::product::v1::attribute::Value as ValueMessage;
use xlcfi_contracts::product::v1::{
    Allergen, Attribute, CreateProductRequest, NearExpiryStep, PriceLadder, PriceRung, StorageClass,
    TaxClass, Variant,
};
use xlcfi_contracts::types::v1::Quantity;
use xlcfi_types::{Id, Money};

use super::cell::{cut, items, unescape};
use super::write::UNITS;
use super::{Column, Flaw, Texts};
use crate::attribute::{self, Attributes, Definition, Kind, Value};
use crate::category::{Category, Tree};

/// The request, and what could not be read.
pub fn request(texts: &Texts, tree: &Tree) -> (CreateProductRequest, Vec<Flaw>) {
    let mut reader = Reader {
        texts,
        flaws: Vec::new(),
    };
    let request = reader.request(tree);
    (request, reader.flaws)
}

/// Whether a row puts its product on sale.
pub fn publish(texts: &Texts) -> Result<bool, Flaw> {
    let text = texts.get(&Column::Publish).map_or("", |text| text.trim());
    let read = if text.is_empty() { Some(false) } else { flag(text) };
    read.ok_or_else(|| Flaw::of(Column::Publish, "must be yes, no or empty"))
}

struct Reader<'a> {
    texts: &'a Texts,
    flaws: Vec<Flaw>,
}

impl<'a> Reader<'a> {
    fn request(&mut self, tree: &Tree) -> CreateProductRequest {
        let category = tree.find(self.text(Column::Category).trim());
        CreateProductRequest {
            sku: self.owned(Column::Sku),
            category_id: self.category(category),
            name: self.owned(Column::Name),
            name_en: self.owned(Column::NameEn),
            description: self.owned(Column::Description),
            unit: self.owned(Column::Unit),
            content: Some(self.content()),
            origin: self.owned(Column::Origin),
            storage: self.named(Column::Storage, STORAGES),
            allergens: self.allergens(),
            tax: self.named(Column::Tax, TAXES),
            prices: Some(self.ladder()),
            variant: Some(Variant {
                size: self.owned(Column::Size),
                pack: self.owned(Column::Pack),
                grade: self.owned(Column::Grade),
            }),
            attributes: self.attributes(category.map(|category| tree.definitions(category))),
            image_ids: self
                .items(Column::Images)
                .map(|id| id.trim().to_owned())
                .collect(),
            gtin: self.owned(Column::Gtin),
            report_number: self.owned(Column::ReportNumber),
            licence_number: self.owned(Column::LicenceNumber),
            promised_days: self.promised_days(),
            near_expiry: self.near_expiry(),
            ..CreateProductRequest::default()
        }
    }

    fn text(&self, column: Column) -> &'a str {
        self.texts.get(&column).map_or("", String::as_str)
    }

    fn items(&self, column: Column) -> impl Iterator<Item = &'a str> + use<'a> {
        items(self.text(column))
    }

    fn owned(&self, column: Column) -> String {
        self.text(column).trim().to_owned()
    }

    fn flaw(&mut self, column: Column, message: impl Into<String>) {
        self.flaws.push(Flaw::of(column, message));
    }

    fn number<N: std::str::FromStr + Default>(&mut self, column: Column) -> N {
        let read = digits(self.text(column));
        read.unwrap_or_else(|| {
            self.flaw(column, "must be a whole number in digits only, such as 10");
            N::default()
        })
    }

    fn promised_days(&mut self) -> i32 {
        if self.text(Column::PromisedDays).trim().is_empty() {
            0
        } else {
            self.number(Column::PromisedDays)
        }
    }

    fn category(&mut self, found: Option<Id<Category>>) -> String {
        if found.is_none() {
            self.flaw(
                Column::Category,
                "must be the slug of a category, such as `vegetable`; ListCategories has them",
            );
        }
        found.unwrap_or_default().to_string()
    }

    fn content(&mut self) -> Quantity {
        let amount = self.number(Column::ContentAmount);
        let named = self.text(Column::ContentUnit).trim().to_ascii_lowercase();
        let unit = UNITS
            .into_iter()
            .find_map(|(name, unit)| (name == named).then_some(unit));
        if unit.is_none() {
            self.flaw(
                Column::ContentUnit,
                format!("must be one of: {}", UNITS.map(|(name, _)| name).join(", ")),
            );
        }
        Quantity {
            amount,
            unit: unit.unwrap_or_default().into(),
        }
    }

    /// Number of a value of an enum of the contract, by its name there.
    fn named(&mut self, column: Column, names: Names) -> i32 {
        let found = names.number(self.text(column));
        found.unwrap_or_else(|| {
            self.flaw(column, format!("must be one of: {}", names.all()));
            0
        })
    }

    fn allergens(&mut self) -> Vec<i32> {
        let mut allergens = Vec::new();
        for item in self.items(Column::Allergens) {
            match ALLERGENS.number(item) {
                Some(allergen) => allergens.push(allergen),
                None => {
                    let names = ALLERGENS.all();
                    self.flaw(
                        Column::Allergens,
                        format!("{}: must be one of: {names}", item.trim()),
                    );
                }
            }
        }
        allergens
    }

    fn ladder(&mut self) -> PriceLadder {
        let rung = |(from_quantity, won)| PriceRung {
            from_quantity,
            unit_price: Some(Money::won(won).into()),
        };
        let example = "1:24500;10:23400, quantity and price of one in won";
        PriceLadder {
            rungs: self
                .pairs(Column::Prices, example)
                .into_iter()
                .map(rung)
                .collect(),
            minimum: self.number(Column::Minimum),
            multiple: self.number(Column::Multiple),
            maximum: self.number(Column::Maximum),
        }
    }

    fn near_expiry(&mut self) -> Vec<NearExpiryStep> {
        let step = |(days, percent_off)| NearExpiryStep { days, percent_off };
        let example = "4:20;1:50, days left and percent off";
        self.pairs(Column::NearExpiry, example)
            .into_iter()
            .map(step)
            .collect()
    }

    /// Pairs of numbers.
    fn pairs<N: std::str::FromStr>(&mut self, column: Column, example: &str) -> Vec<(N, N)> {
        let mut pairs = Vec::new();
        for item in self.items(column) {
            let pair = item.split_once(':');
            match pair.and_then(|(one, other)| Some((digits(one)?, digits(other)?))) {
                Some(pair) => pairs.push(pair),
                None => self.flaw(column, format!("{}: must be as in {example}", item.trim())),
            }
        }
        pairs
    }

    /// What the product says about itself; `None` for the definitions when its
    /// category is not known.
    fn attributes(&mut self, definitions: Option<Vec<Definition>>) -> Vec<Attribute> {
        let mut attributes = Attributes::new();
        let Some(definitions) = definitions else {
            return Vec::new();
        };
        for item in self.items(Column::Attributes) {
            let Some((key, text)) = cut(item, '=') else {
                self.flaw(
                    Column::Attributes,
                    format!("{}: must be as in brix=12.5;organic=yes", item.trim()),
                );
                continue;
            };
            let key = unescape(key.trim());
            let found = definitions.iter().find(|definition| definition.key == key);
            match value(found.map(|definition| &definition.kind), unescape(text)) {
                Ok(value) => {
                    if attributes.insert(key.clone(), value).is_some() {
                        self.flaw(Column::Attributes, format!("{key}: must stand there once"));
                    }
                }
                Err(why) => self.flaw(Column::Attributes, format!("{key}: {why}")),
            }
        }
        for (key, why) in attribute::problems(&attributes, &definitions) {
            self.flaw(Column::Attributes, format!("{key}: {why}"));
        }
        let message = |(key, value)| Attribute {
            key,
            value: Some(match value {
                Value::Text(text) => ValueMessage::Text(text),
                Value::Number(number) => ValueMessage::Number(number),
                Value::Flag(flag) => ValueMessage::Flag(flag),
            }),
        };
        attributes.into_iter().map(message).collect()
    }
}

/// A value of this kind; one that is none stays text, which the definition refuses.
fn value(kind: Option<&Kind>, text: String) -> Result<Value, &'static str> {
    match kind {
        Some(Kind::Number { .. }) => Ok(text.trim().parse().map_or(Value::Text(text), Value::Number)),
        Some(Kind::Flag) => flag(text.trim()).map(Value::Flag).ok_or("must be yes or no"),
        _ => Ok(Value::Text(text)),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

/// A number without sign.
fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Names of the values of an enum of the contract, without the name of the enum.
#[derive(Clone, Copy)]
struct Names(fn(i32) -> Option<&'static str>, &'static str);

const STORAGES: Names = Names(
    |number| Some(StorageClass::try_from(number).ok()?.as_str_name()),
    "STORAGE_CLASS_",
);
const TAXES: Names = Names(
    |number| Some(TaxClass::try_from(number).ok()?.as_str_name()),
    "TAX_CLASS_",
);
const ALLERGENS: Names = Names(
    |number| Some(Allergen::try_from(number).ok()?.as_str_name()),
    "ALLERGEN_",
);

impl Names {
    /// Those of 1 and on; 0 is no value.
    fn each(self) -> impl Iterator<Item = (i32, &'static str)> {
        (1..).map_while(move |number| Some((number, self.0(number)?.trim_start_matches(self.1))))
    }

    fn number(self, text: &str) -> Option<i32> {
        let mut names = self.each();
        names.find_map(|(number, name)| name.eq_ignore_ascii_case(text.trim()).then_some(number))
    }

    fn all(self) -> String {
        self.each().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }
}
