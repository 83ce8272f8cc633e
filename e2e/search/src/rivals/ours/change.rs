//! How soon a change is found.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use xlcfi_search::{Change, Index, Query};

use super::food::{Foods, TODAY};
use crate::product;

/// So many products are put in, and then all of them changed.
const PRODUCTS: u64 = 100;
/// Above the ids of generated products.
const FIRST_ID: u64 = 1 << 40;

/// Changes one product after the other, each with a commit of its own, and looks for it: microseconds until it is found.
pub fn until_found(index: &Index) -> anyhow::Result<Vec<f64>> {
    let foods = Foods::new()?;
    let model = product::catalogue()?.into_iter().next();
    let model = foods.food(model.context("an empty catalogue")?)?;
    let mut micros = Vec::new();
    for version in 1..=2 {
        for number in 0..PRODUCTS {
            let mut food = model.clone();
            food.id = uuid::Uuid::from_u128((FIRST_ID + number).into());
            food.version = version;
            food.name = format!("새로운 감자 {number}호 {version}kg");
            let id = food.id;
            let query = Query::new(&food.name, TODAY);
            let begun = Instant::now();
            index.apply(&[Change::Put(Box::new(food))], 0)?;
            index.commit()?;
            let found = index.search(&query)?;
            micros.push(begun.elapsed().as_secs_f64() * 1e6);
            let there = found
                .hits
                .iter()
                .any(|hit| (hit.id, hit.version) == (id, version));
            ensure!(there, "{} is not found", query.text);
        }
    }
    Ok(micros)
}
