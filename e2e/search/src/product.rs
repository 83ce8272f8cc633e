//! What every engine indexes: generated products, or those of the demo catalogue.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

const PRODUCTS: &str = include_str!("../../../mesh/catalogue/products.csv");
const CATEGORIES: &str = include_str!("../../../mesh/catalogue/categories.csv");

/// One line of the data file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// From 1, without gaps.
    pub id: u64,
    pub name: String,
    pub name_en: String,
    pub description: String,
    /// Slug of the leaf.
    pub category: String,
    /// Names of the leaf and of the category above it.
    pub category_name: String,
    pub origin: String,
    /// `FROZEN`, `REFRIGERATED`, `ROOM` or `AMBIENT`.
    pub storage: String,
    pub allergens: Vec<String>,
    pub seller: u32,
    /// Won for one sales unit.
    pub price: u32,
    pub in_stock: bool,
    /// Days of the lot that goes first; absent when there is no legal date.
    pub use_by_days: Option<u32>,
    /// 0.0 to 5.0 in steps of 0.1.
    pub rating: f64,
    pub sales: u32,
    /// Seconds since 1970.
    pub created: i64,
}

/// A row of `mesh/catalogue/products.csv`, as far as search is concerned.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub sku: String,
    pub category: String,
    pub name: String,
    pub name_en: String,
    pub description: String,
    pub origin: String,
    pub storage: String,
    pub allergens: String,
    pub prices: String,
    pub shelf_life_days: String,
    pub date_kind: String,
}

impl Row {
    /// Won of the first rung of the price ladder.
    pub fn price(&self) -> u32 {
        let first = self.prices.split(';').next().unwrap_or_default();
        first
            .split_once(':')
            .and_then(|(_, won)| won.parse().ok())
            .unwrap_or(10_000)
    }

    pub fn allergens(&self) -> Vec<String> {
        self.allergens
            .split(';')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// The rows of the demo catalogue, in the order of the file.
pub fn rows() -> anyhow::Result<Vec<Row>> {
    csv::Reader::from_reader(PRODUCTS.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("mesh/catalogue/products.csv")
}

/// Slugs and names from the top to the category, by slug of the category.
pub fn category_paths() -> anyhow::Result<HashMap<String, Vec<(String, String)>>> {
    #[derive(Deserialize)]
    struct Category {
        slug: String,
        parent_slug: String,
        name_ko: String,
    }
    let all: Vec<Category> = csv::Reader::from_reader(CATEGORIES.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("mesh/catalogue/categories.csv")?;
    let names: HashMap<&str, &str> = all
        .iter()
        .map(|one| (one.slug.as_str(), one.name_ko.as_str()))
        .collect();
    let path = |one: &Category| {
        let above = names.get(one.parent_slug.as_str());
        let above = above.map(|name| (one.parent_slug.clone(), (*name).to_owned()));
        let own = (one.slug.clone(), one.name_ko.clone());
        above.into_iter().chain([own]).collect()
    };
    Ok(all.iter().map(|one| (one.slug.clone(), path(one))).collect())
}

/// What stands in `category_name`, by slug of the leaf.
pub fn category_names() -> anyhow::Result<HashMap<String, String>> {
    let name = |path: Vec<(String, String)>| {
        let names: Vec<String> = path.into_iter().rev().map(|(_, name)| name).collect();
        names.join(" ")
    };
    let paths = category_paths()?.into_iter();
    Ok(paths.map(|(slug, path)| (slug, name(path))).collect())
}

/// The demo catalogue as products; the id is the place in the file, from 1.
pub fn catalogue() -> anyhow::Result<Vec<Product>> {
    let names = category_names()?;
    let products = rows()?.into_iter().zip(1..).map(|(row, id)| Product {
        id,
        price: row.price(),
        allergens: row.allergens(),
        use_by_days: (row.date_kind == "USE_BY")
            .then(|| row.shelf_life_days.parse().ok())
            .flatten(),
        category_name: names.get(&row.category).cloned().unwrap_or_default(),
        name: row.name,
        name_en: row.name_en,
        description: row.description,
        category: row.category,
        origin: row.origin,
        storage: row.storage,
        seller: 1,
        in_stock: true,
        rating: 0.0,
        sales: 0,
        created: 1_700_000_000,
    });
    Ok(products.collect())
}

/// Writes the demo catalogue as a data file in `folder`: where, and how many products.
pub(crate) fn write_catalogue(folder: &Path) -> anyhow::Result<(PathBuf, u64)> {
    let lines: Vec<String> = catalogue()?
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    let path = folder.join("catalogue.jsonl");
    std::fs::write(&path, lines.join("\n") + "\n")?;
    Ok((path, lines.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_catalogue_is_a_product_with_a_named_category() {
        let products = catalogue().unwrap();
        assert!(products.len() > 300);
        for product in &products {
            assert!(!product.category_name.is_empty(), "{}", product.name);
            assert!(product.price > 0, "{}", product.name);
        }
        assert_eq!(products[0].category_name, "근채류·서류 채소·과일·버섯");
    }
}
