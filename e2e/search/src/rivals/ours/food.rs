//! From a line of the data file to what our index takes.

use std::collections::HashMap;

use anyhow::Context as _;
use time::macros::date;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass};
use xlcfi_search::Food;

use crate::product::{self, Product};

/// The day after the newest generated product.
pub const TODAY: Date = date!(2026 - 01 - 01);
/// Of so many units sold one is rated.
const SALES_FOR_A_RATING: u32 = 10;

/// The id of a category.
pub fn category_id(slug: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes())
}

/// Makes foods of products.
pub struct Foods {
    /// Ids and names from the top to the leaf, by slug of the leaf.
    categories: HashMap<String, (Vec<Uuid>, Vec<String>)>,
}

impl Foods {
    pub fn new() -> anyhow::Result<Self> {
        let paths = product::category_paths()?.into_iter();
        let categories = paths.map(|(leaf, path)| {
            let (slugs, names): (Vec<String>, Vec<String>) = path.into_iter().unzip();
            (
                leaf,
                (slugs.iter().map(|slug| category_id(slug)).collect(), names),
            )
        });
        Ok(Self {
            categories: categories.collect(),
        })
    }

    /// The food of a product, with nothing in it that the other engines do not get.
    pub fn food(&self, product: Product) -> anyhow::Result<Food> {
        let (category, category_names) = self
            .categories
            .get(&product.category)
            .with_context(|| format!("no category {}", product.category))?
            .clone();
        let rated = product.rating > 0.0;
        Ok(Food {
            id: Uuid::from_u128(product.id.into()),
            version: 1,
            name: product.name,
            name_en: product.name_en,
            description: product.description,
            unit: String::new(),
            category,
            category_names,
            origin: product.origin,
            storage: code(StorageClass::from_str_name, "STORAGE_CLASS", &product.storage)?,
            allergens: product
                .allergens
                .iter()
                .map(|name| code(Allergen::from_str_name, "ALLERGEN", name))
                .collect::<anyhow::Result<_>>()?,
            seller: Uuid::from_u128(product.seller.into()),
            price: product.price.into(),
            in_stock: product.in_stock,
            use_by: product
                .use_by_days
                .map(|days| TODAY + Duration::days(days.into())),
            rating: product.rating as f32,
            ratings: if rated {
                1 + product.sales / SALES_FOR_A_RATING
            } else {
                0
            },
            sales: product.sales.into(),
            created: OffsetDateTime::from_unix_timestamp(product.created)?,
            payload: Vec::new(),
        })
    }
}

/// The number the contract gives a value of an enum.
fn code<E: Into<i32>>(value: fn(&str) -> Option<E>, kind: &str, name: &str) -> anyhow::Result<u8> {
    let value = value(&format!("{kind}_{name}")).with_context(|| format!("no {kind} is {name}"))?;
    Ok(u8::try_from(value.into())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_of_the_catalogue_is_a_food_of_a_leaf_below_its_top() {
        let foods = Foods::new().unwrap();
        for product in product::catalogue().unwrap() {
            let (leaf, text) = (product.category.clone(), product.category_name.clone());
            let days = product.use_by_days;
            let food = foods.food(product).unwrap();
            assert_eq!(food.category.len(), 2, "{}", food.name);
            assert_eq!(food.category[1], category_id(&leaf));
            assert_eq!(
                format!("{} {}", food.category_names[1], food.category_names[0]),
                text
            );
            assert_eq!(
                food.use_by.map(|day| (day - TODAY).whole_days()),
                days.map(i64::from)
            );
            assert!((1..=4).contains(&food.storage) && food.ratings == 0);
        }
    }

    #[test]
    fn a_category_without_a_name_is_an_error() {
        let mut product = product::catalogue().unwrap().remove(0);
        product.category = "engines".to_owned();
        assert!(Foods::new().unwrap().food(product).is_err());
    }
}
