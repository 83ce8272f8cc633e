//! What sellers and buyers ask for.

use std::collections::BTreeSet;

use uuid::Uuid;
use xlcfi_contracts::product::v1::attribute::Value as ValueMessage;
use xlcfi_contracts::product::v1::{
    self, AttributeType, CreateProductRequest, CreateVariantRequest, ListProductsRequest,
    UpdateProductRequest,
};
use xlcfi_contracts::types::v1::{Quantity, Unit};
use xlcfi_errors::Invalid;
use xlcfi_types::Money;
use xlcfi_types::gtin::is_gtin;

use super::{optional_id, request_id, time};
use crate::attribute::{Attributes, Definition, Kind, Value};
use crate::flows::catalogue::Draft;
use crate::ingredients::Ingredients;
use crate::ladder::{Ladder, Rung};
use crate::near_expiry::{Rule, Step};
use crate::product::{Codes, Details, Variant};
use crate::special::Special;
use crate::store::products::Filter;

/// Which products a request asks for.
///
/// # Errors
/// An id that is none.
pub fn filter(request: &ListProductsRequest) -> Result<Filter, Invalid> {
    Ok(Filter {
        published_only: true,
        seller_id: optional_id("seller_id", &request.seller_id)?,
        category_id: optional_id("category_id", &request.category_id)?,
        in_stock_only: request.in_stock,
    })
}

/// One text for each different request of a list.
pub fn list_key(request: &ListProductsRequest) -> String {
    let ListProductsRequest {
        category_id,
        seller_id,
        in_stock,
        page_size,
        page_token,
    } = request;
    format!("{in_stock}:{page_size}:{page_token}:{category_id}:{seller_id}")
}

/// A new product.
///
/// # Errors
/// Every field that is wrong.
pub fn new_product(request: CreateProductRequest) -> Result<Draft, Invalid> {
    let mut invalid = Invalid::default();
    let (name, unit, origin) = (
        text("name", &request.name, &mut invalid),
        text("unit", &request.unit, &mut invalid),
        text("origin", &request.origin, &mut invalid),
    );
    let category_id = invalid.take("category_id", request.category_id.parse());
    let prices = ladder(request.prices.as_ref(), &mut invalid);
    let attributes = attributes(&request.attributes, &mut invalid);
    let images = request.image_ids.iter().map(|text| text.parse::<Uuid>());
    let images = invalid.take("image_ids", images.collect::<Result<Vec<_>, _>>());
    let near_expiry = rule(&request.near_expiry, &mut invalid);
    check_gtin(&request.gtin, &mut invalid);
    invalid.into_result()?;
    let (Some(category_id), Some(prices), Some(images), Some(near_expiry)) =
        (category_id, prices, images, near_expiry)
    else {
        return Err(Invalid::field("prices", "must be given"));
    };
    let details = Details {
        category_id,
        name,
        name_en: request.name_en.trim().to_owned(),
        description: request.description.trim().to_owned(),
        variant: variant(request.variant.clone().unwrap_or_default()),
        unit,
        content: content(request.content.as_ref())?,
        origin,
        storage: request.storage(),
        allergens: request.allergens().collect::<BTreeSet<_>>(),
        tax: request.tax(),
        prices,
        attributes,
        ingredients: Ingredients::new(&request.ingredients_text),
        images,
        codes: Codes {
            gtin: request.gtin,
            report_number: request.report_number.trim().to_owned(),
            licence_number: request.licence_number.trim().to_owned(),
        },
        promised_days: request.promised_days,
        near_expiry,
    };
    Ok(Draft {
        request_id: request_id(&request.request_id)?,
        sku: request.sku,
        details,
    })
}

/// The new details of a product.
///
/// # Errors
/// Every field that is wrong.
pub fn details(request: UpdateProductRequest) -> Result<Details, Invalid> {
    let like_new = CreateProductRequest {
        sku: String::new(),
        category_id: request.category_id,
        name: request.name,
        name_en: request.name_en,
        description: request.description,
        unit: request.unit,
        content: request.content,
        origin: request.origin,
        storage: request.storage,
        allergens: request.allergens,
        tax: request.tax,
        prices: request.prices,
        request_id: String::new(),
        variant: request.variant,
        attributes: request.attributes,
        image_ids: request.image_ids,
        gtin: request.gtin,
        report_number: request.report_number,
        licence_number: request.licence_number,
        promised_days: request.promised_days,
        near_expiry: request.near_expiry,
        ingredients_text: request.ingredients_text,
    };
    new_product(like_new).map(|draft| draft.details)
}

/// What tells a new variant from the product it is of.
#[derive(Debug)]
pub struct Variation {
    name: String,
    variant: Variant,
    unit: String,
    content: (i64, Unit),
    prices: Ladder,
    gtin: String,
}

impl Variation {
    /// Makes the details of a product those of its variant.
    pub fn apply(self, details: &mut Details) {
        details.name = self.name;
        details.variant = self.variant;
        details.unit = self.unit;
        details.content = self.content;
        details.prices = self.prices;
        details.codes.gtin = self.gtin;
    }
}

/// A new variant of a product.
///
/// # Errors
/// Every field that is wrong.
pub fn variation(request: &CreateVariantRequest) -> Result<Variation, Invalid> {
    let mut invalid = Invalid::default();
    let (name, unit) = (
        text("name", &request.name, &mut invalid),
        text("unit", &request.unit, &mut invalid),
    );
    let prices = ladder(request.prices.as_ref(), &mut invalid);
    check_gtin(&request.gtin, &mut invalid);
    invalid.into_result()?;
    Ok(Variation {
        name,
        variant: variant(request.variant.clone().unwrap_or_default()),
        unit,
        content: content(request.content.as_ref())?,
        prices: prices.ok_or_else(|| Invalid::field("prices", "must be given"))?,
        gtin: request.gtin.clone(),
    })
}

fn text(field: &str, value: &str, invalid: &mut Invalid) -> String {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        invalid.add(field, "must not be blank");
    }
    trimmed.to_owned()
}

fn content(message: Option<&Quantity>) -> Result<(i64, Unit), Invalid> {
    let content = message.ok_or_else(|| Invalid::field("content", "must be given"))?;
    Ok((content.amount, content.unit()))
}

fn variant(message: v1::Variant) -> Variant {
    Variant {
        size: message.size.trim().to_owned(),
        pack: message.pack.trim().to_owned(),
        grade: message.grade.trim().to_owned(),
    }
}

fn check_gtin(gtin: &str, invalid: &mut Invalid) {
    if !gtin.is_empty() && !is_gtin(gtin) {
        invalid.add("gtin", "must be a GTIN-8, -12, -13 or -14 with its check digit");
    }
}

fn ladder(message: Option<&v1::PriceLadder>, invalid: &mut Invalid) -> Option<Ladder> {
    let message = message?;
    let rungs = rungs("prices", &message.rungs, invalid)?;
    let ladder = Ladder::new(rungs, message.minimum, message.multiple, message.maximum);
    ladder
        .map_err(|problems| {
            for problem in problems {
                invalid.add(format!("prices.{}", problem.field()), problem.to_string());
            }
        })
        .ok()
}

fn rungs(of: &str, messages: &[v1::PriceRung], invalid: &mut Invalid) -> Option<Vec<Rung>> {
    let mut rungs = Vec::with_capacity(messages.len());
    for (at, rung) in messages.iter().enumerate() {
        let field = format!("{of}.rungs[{at}].unit_price.currency_code");
        let unit_price = invalid.take(&field, Money::try_from(rung.unit_price.as_ref()?))?;
        rungs.push(Rung {
            from_quantity: rung.from_quantity,
            unit_price,
        });
    }
    Some(rungs)
}

fn rule(messages: &[v1::NearExpiryStep], invalid: &mut Invalid) -> Option<Rule> {
    let step = |message: &v1::NearExpiryStep| Step {
        days: message.days,
        percent_off: message.percent_off,
    };
    let rule = Rule::new(messages.iter().map(step).collect());
    rule.map_err(|problems| {
        for problem in problems {
            invalid.add(
                format!("near_expiry[{}].{}", problem.step, problem.field),
                problem.why,
            );
        }
    })
    .ok()
}

fn attributes(messages: &[v1::Attribute], invalid: &mut Invalid) -> Attributes {
    let mut attributes = Attributes::new();
    for (at, message) in messages.iter().enumerate() {
        let value = match &message.value {
            Some(ValueMessage::Text(text)) => Value::Text(text.clone()),
            Some(ValueMessage::Number(number)) => Value::Number(*number),
            Some(ValueMessage::Flag(flag)) => Value::Flag(*flag),
            None => {
                invalid.add(
                    format!("attributes[{at}]"),
                    "must have a text, a number or a flag",
                );
                continue;
            }
        };
        if attributes.insert(message.key.clone(), value).is_some() {
            invalid.add(format!("attributes[{at}].key"), "must not be that of one before");
        }
    }
    attributes
}

/// What products of a category say.
///
/// # Errors
/// Every field that is wrong.
pub fn definitions(messages: &[v1::AttributeDefinition]) -> Result<Vec<Definition>, Invalid> {
    let mut invalid = Invalid::default();
    let mut definitions = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        let bounds = (message.minimum, message.maximum);
        let kind = match message.r#type() {
            AttributeType::Number => Kind::Number {
                minimum: bounds.0,
                maximum: bounds.1,
            },
            AttributeType::Flag => Kind::Flag,
            AttributeType::Choice => Kind::Choice {
                choices: message.choices.clone(),
            },
            AttributeType::Text | AttributeType::Unspecified => Kind::Text,
        };
        let mut require = |holds: bool, field: &str, why: &str| {
            if !holds {
                invalid.add(format!("attributes[{at}].{field}"), why);
            }
        };
        let is_number = matches!(kind, Kind::Number { .. });
        let is_choice = matches!(kind, Kind::Choice { .. });
        require(
            is_number || bounds == (None, None),
            "minimum",
            "is for numbers only",
        );
        let rises = bounds.0.zip(bounds.1).is_none_or(|(least, most)| least <= most);
        require(rises, "maximum", "must not be below `minimum`");
        let given = !message.choices.is_empty();
        require(
            given == is_choice,
            "choices",
            "must be given for a choice, and only then",
        );
        definitions.push(Definition {
            key: message.key.clone(),
            name_ko: message.name_ko.clone(),
            name_en: message.name_en.clone(),
            required: message.required,
            unit: message.unit.clone(),
            kind,
        });
    }
    invalid.into_result().map(|()| definitions)
}

/// Special prices.
///
/// # Errors
/// Every field that is wrong.
pub fn specials(messages: &[v1::SpecialPrice]) -> Result<Vec<Special>, Invalid> {
    let mut invalid = Invalid::default();
    let mut specials = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        let of = format!("special_prices[{at}]");
        let rungs = rungs(&of, &message.rungs, &mut invalid).unwrap_or_default();
        for (rung, pair) in (1..).zip(rungs.windows(2)) {
            if pair[1].from_quantity <= pair[0].from_quantity {
                invalid.add(
                    format!("{of}.rungs[{rung}].from_quantity"),
                    "must be above that of the rung before",
                );
            }
            if pair[1].unit_price.minor >= pair[0].unit_price.minor {
                invalid.add(
                    format!("{of}.rungs[{rung}].unit_price"),
                    "must be below that of the rung before",
                );
            }
        }
        if let Some(rung) = rungs.iter().position(|rung| rung.unit_price.minor <= 0) {
            invalid.add(format!("{of}.rungs[{rung}].unit_price"), "must be above 0");
        }
        let (start, end) = (message.start_time.and_then(time), message.end_time.and_then(time));
        if start.zip(end).is_some_and(|(start, end)| end <= start) {
            invalid.add(format!("{of}.end_time"), "must be after `start_time`");
        }
        specials.push(Special {
            group: message.customer_group.clone(),
            start,
            end,
            rungs: rungs
                .iter()
                .map(|rung| (rung.from_quantity, rung.unit_price.minor))
                .collect(),
        });
    }
    invalid.into_result().map(|()| specials)
}
