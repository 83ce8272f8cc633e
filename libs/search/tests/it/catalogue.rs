//! The demo catalogue as products of the index.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::macros::{date, datetime};
use time::{Date, Duration};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass};
use xlcfi_korean::{Analyzer, Dictionary, Synonyms};
use xlcfi_search::{Change, Food, Index, Options};

/// The day all tests take place on.
pub const TODAY: Date = date!(2026 - 11 - 22);

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An analyzer with the dictionary `make dictionary` compiles.
pub fn analyzer() -> Analyzer {
    let dictionary = Dictionary::open(&root().join(".tools/dictionary")).expect("`make dictionary` was run");
    Analyzer::new(Arc::new(dictionary))
}

/// An empty index in memory.
pub fn empty_index() -> Index {
    Index::in_memory(analyzer(), Synonyms::food(), &Options::default()).expect("an index in memory opens")
}

/// An index of the demo catalogue, and the foods in it.
pub fn demo_index() -> (Index, Vec<Food>) {
    let foods = demo();
    let index = empty_index();
    put(&index, &foods, 1);
    (index, foods)
}

/// Puts `foods` in and commits.
pub fn put(index: &Index, foods: &[Food], position: u64) {
    let changes: Vec<Change> = foods
        .iter()
        .cloned()
        .map(|food| Change::Put(Box::new(food)))
        .collect();
    index.apply(&changes, position).expect("changes are applied");
    index.commit().expect("changes are committed");
}

/// The id of a thing of the demo catalogue.
pub fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// The products of `mesh/catalogue`; their payload is the SKU.
pub fn demo() -> Vec<Food> {
    let mut categories: HashMap<String, (String, String, String)> = HashMap::new();
    for row in rows("mesh/catalogue/categories.csv") {
        categories.insert(row[0].clone(), (row[1].clone(), row[2].clone(), row[3].clone()));
    }
    rows("mesh/catalogue/products.csv")
        .into_iter()
        .zip(0i64..)
        .map(|(row, number)| {
            let leaf = &row[1];
            let (top, name_ko, name_en) = &categories[leaf];
            let (_, top_ko, top_en) = &categories[top];
            let first_price = row[11].split(';').next().and_then(|rung| rung.split(':').nth(1));
            let lots: Vec<&str> = row[17].split(';').collect();
            let days = lots
                .iter()
                .filter_map(|lot| lot.split('@').nth(1)?.parse::<i64>().ok())
                .min();
            Food {
                id: id_of(&row[0]),
                version: 1,
                name: row[2].clone(),
                name_en: row[3].clone(),
                description: row[4].clone(),
                unit: row[5].clone(),
                category: vec![id_of(top), id_of(leaf)],
                category_names: vec![format!("{top_ko} {top_en}"), format!("{name_ko} {name_en}")],
                origin: row[7].clone(),
                storage: code(StorageClass::from_str_name, "STORAGE_CLASS", &row[8]),
                allergens: row[9]
                    .split(';')
                    .filter(|name| !name.is_empty())
                    .map(|name| code(Allergen::from_str_name, "ALLERGEN", name))
                    .collect(),
                seller: id_of(&format!("seller {}", number % 7)),
                price: first_price.and_then(|won| won.parse().ok()).expect("a price"),
                in_stock: true,
                use_by: days
                    .filter(|_| row[16] == "USE_BY")
                    .map(|days| TODAY + Duration::days(days)),
                rating: 0.0,
                ratings: 0,
                sales: 0,
                created: datetime!(2026-01-01 00:00 UTC) + Duration::minutes(number),
                payload: row[0].clone().into_bytes(),
            }
        })
        .collect()
}

/// The number the contract gives a value of an enum.
fn code<E: Into<i32>>(value: fn(&str) -> Option<E>, kind: &str, name: &str) -> u8 {
    let value = value(&format!("{kind}_{name}")).expect("a value of the contract");
    u8::try_from(value.into()).expect("a small number")
}

fn rows(path: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(root().join(path)).expect("the demo catalogue is there");
    reader
        .records()
        .map(|record| record.expect("a row").iter().map(str::to_owned).collect())
        .collect()
}
