//! Products as they are told.

use time::{Date, OffsetDateTime};
use xlcfi_contracts::product::v1::attribute::Value as ValueMessage;
use xlcfi_contracts::product::v1::{self, AttributeType};
use xlcfi_contracts::types::v1::{Money, Quantity};
use xlcfi_types::calendar::seoul_date;

use super::{date_text, timestamp};
use crate::attribute::{Attributes, Definition, Kind, Value};
use crate::category::Category;
use crate::ladder::{Ladder, Rung};
use crate::near_expiry::Step;
use crate::product::{Product, State};
use crate::quote::Line;
use crate::rating::Rating;
use crate::special::Special;

pub fn category_message(category: Category) -> v1::Category {
    v1::Category {
        category_id: category.category_id.to_string(),
        slug: category.slug,
        parent_id: category.parent_id.map(|id| id.to_string()).unwrap_or_default(),
        name_ko: category.name_ko,
        name_en: category.name_en,
        sort: category.sort,
        attributes: definition_messages(&category.attributes),
    }
}

pub fn definition_messages(definitions: &[Definition]) -> Vec<v1::AttributeDefinition> {
    let message = |definition: &Definition| {
        let (kind, bounds, choices) = match &definition.kind {
            Kind::Text => (AttributeType::Text, (None, None), Vec::new()),
            Kind::Number { minimum, maximum } => (AttributeType::Number, (*minimum, *maximum), Vec::new()),
            Kind::Flag => (AttributeType::Flag, (None, None), Vec::new()),
            Kind::Choice { choices } => (AttributeType::Choice, (None, None), choices.clone()),
        };
        v1::AttributeDefinition {
            key: definition.key.clone(),
            name_ko: definition.name_ko.clone(),
            name_en: definition.name_en.clone(),
            r#type: kind.into(),
            required: definition.required,
            unit: definition.unit.clone(),
            minimum: bounds.0,
            maximum: bounds.1,
            choices,
        }
    };
    definitions.iter().map(message).collect()
}

pub fn attribute_messages(attributes: &Attributes) -> Vec<v1::Attribute> {
    let message = |(key, value): (&String, &Value)| v1::Attribute {
        key: key.clone(),
        value: Some(match value {
            Value::Text(text) => ValueMessage::Text(text.clone()),
            Value::Number(number) => ValueMessage::Number(*number),
            Value::Flag(flag) => ValueMessage::Flag(*flag),
        }),
    };
    attributes.iter().map(message).collect()
}

pub fn product_state(state: State) -> v1::ProductState {
    match state {
        State::Draft => v1::ProductState::Draft,
        State::Published => v1::ProductState::Published,
        State::Archived => v1::ProductState::Archived,
    }
}

/// A product as everybody sees it now.
pub fn product_message(product: &Product, now: OffsetDateTime) -> v1::Product {
    let (details, today) = (&product.details, seoul_date(now));
    let state = product_state(product.state);
    let earliest = details.full_price().earliest(&product.stock, today);
    v1::Product {
        product_id: product.product_id.to_string(),
        seller_id: product.seller_id.to_string(),
        category_id: details.category_id.to_string(),
        sku: product.sku.clone(),
        name: details.name.clone(),
        name_en: details.name_en.clone(),
        description: details.description.clone(),
        unit: details.unit.clone(),
        content: Some(Quantity {
            amount: details.content.0,
            unit: details.content.1.into(),
        }),
        origin: details.origin.clone(),
        storage: details.storage.into(),
        allergens: details
            .allergens
            .iter()
            .map(|&allergen| allergen.into())
            .collect(),
        tax: details.tax.into(),
        prices: Some(ladder_message(&details.prices)),
        state: state.into(),
        in_stock: product.in_stock(today),
        version: product.version,
        create_time: Some(timestamp(product.create_time)),
        update_time: Some(timestamp(product.update_time)),
        family_id: product.family_id.to_string(),
        variant: Some(v1::Variant {
            size: details.variant.size.clone(),
            pack: details.variant.pack.clone(),
            grade: details.variant.grade.clone(),
        }),
        attributes: attribute_messages(&details.attributes),
        image_ids: details.images.iter().map(ToString::to_string).collect(),
        gtin: details.codes.gtin.clone(),
        report_number: details.codes.report_number.clone(),
        licence_number: details.codes.licence_number.clone(),
        promised_days: details.promised_days,
        ingredients_text: details.ingredients.text.clone(),
        near_expiry: details.near_expiry.steps().iter().map(step_message).collect(),
        current_prices: Some(ladder_message(&product.ladder(None, now))),
        earliest_use_by_date: date_text(earliest),
        popularity: product.popularity.into(),
        rating: product.rating.map(rating_message),
    }
}

pub fn rating_message(rating: Rating) -> v1::ProductRating {
    v1::ProductRating {
        ratings: rating.ratings,
        mean: rating.mean,
        wilson: rating.wilson,
    }
}

pub fn step_message(step: &Step) -> v1::NearExpiryStep {
    v1::NearExpiryStep {
        days: step.days,
        percent_off: step.percent_off,
    }
}

pub fn ladder_message(ladder: &Ladder) -> v1::PriceLadder {
    let rung = |rung: &Rung| v1::PriceRung {
        from_quantity: rung.from_quantity,
        unit_price: Some(rung.unit_price.into()),
    };
    v1::PriceLadder {
        rungs: ladder.rungs().iter().map(rung).collect(),
        minimum: ladder.minimum(),
        multiple: ladder.multiple(),
        maximum: ladder.maximum(),
    }
}

pub fn special_messages(specials: &[Special]) -> Vec<v1::SpecialPrice> {
    let rung = |&(from_quantity, won): &(i64, i64)| v1::PriceRung {
        from_quantity,
        unit_price: Some(Money::from(xlcfi_types::Money::won(won))),
    };
    let message = |special: &Special| v1::SpecialPrice {
        rungs: special.rungs.iter().map(rung).collect(),
        customer_group: special.group.clone(),
        start_time: special.start.map(timestamp),
        end_time: special.end.map(timestamp),
    };
    specials.iter().map(message).collect()
}

pub fn stock_message(product: &Product, reserved: i64, today: Date) -> v1::Stock {
    let near = product
        .near_expiry(today)
        .map(|(step, window)| v1::NearExpiryStock {
            step: Some(step_message(&step)),
            available: window.units(&product.stock, today),
            earliest_use_by_date: date_text(window.earliest(&product.stock, today)),
        });
    let full_price = product.details.full_price();
    v1::Stock {
        product_id: product.product_id.to_string(),
        available: product.available(today),
        reserved,
        earliest_use_by_date: date_text(full_price.earliest(&product.stock, today)),
        near_expiry: near.collect(),
    }
}

pub fn priced_line(line: &Line<'_>) -> v1::PricedLine {
    let product = line.product;
    v1::PricedLine {
        product_id: product.product_id.to_string(),
        name: product.details.name.clone(),
        unit: product.details.unit.clone(),
        seller_id: product.seller_id.to_string(),
        quantity: line.quantity,
        unit_price: Some(line.price.unit_price.into()),
        amount: Some(line.price.amount.into()),
        tax: product.details.tax.into(),
        in_stock: line.in_stock,
        minimum_remaining_days: line.window.minimum,
        maximum_remaining_days: line.window.maximum,
    }
}
