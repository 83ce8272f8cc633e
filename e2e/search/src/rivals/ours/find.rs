//! Answers queries: all but suggestions go through the one search box.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use xlcfi_contracts::product::v1::StorageClass;
use xlcfi_search::{Facet, FacetCounts, FacetValue, Filter, Index, Query as Search};

use super::food::{TODAY, category_id};
use crate::engine::Answer;
use crate::product;
use crate::queries::{Kind, Query};

const FACETS: [(Facet, &str); 4] = [
    (Facet::Category, "category"),
    (Facet::Origin, "origin"),
    (Facet::Storage, "storage"),
    (Facet::PriceBand, "price_band"),
];
const LIMIT: usize = 10;

/// The index, and the names of what it knows by id.
pub struct Finder {
    pub index: Index,
    categories: HashMap<Uuid, String>,
}

impl Finder {
    pub fn new(index: Index) -> anyhow::Result<Self> {
        let slugs = product::category_paths()?.into_keys();
        Ok(Self {
            index,
            categories: slugs.map(|slug| (category_id(&slug), slug)).collect(),
        })
    }

    pub fn find(&self, query: &Query) -> anyhow::Result<Answer> {
        let mut answer = Answer::to(query);
        if query.kind == Kind::Suggestion {
            let suggestions = self.index.suggest(&query.text, LIMIT)?;
            answer.texts = suggestions.into_iter().map(|one| one.text).collect();
            return Ok(answer);
        }
        let mut search = Search::new(&query.text, TODAY);
        search.limit = LIMIT;
        search.bare = true;
        if query.kind == Kind::Facet {
            search.facets = FACETS.map(|(facet, _)| facet).to_vec();
            search.filter = Filter {
                in_stock: true,
                ..Filter::default()
            };
        }
        let found = self.index.search(&search)?;
        answer.ids = found
            .hits
            .iter()
            .map(|hit| u64::try_from(hit.id.as_u128()))
            .collect::<Result<_, _>>()?;
        answer.facets = found.facets.iter().map(|counts| self.counts(counts)).collect();
        Ok(answer)
    }

    fn counts(&self, facet: &FacetCounts) -> (String, BTreeMap<String, u64>) {
        let name = FACETS.iter().find(|(known, _)| *known == facet.facet);
        let name = name.map_or("", |(_, name)| name).to_owned();
        let counts = facet.counts.iter();
        (
            name,
            counts.map(|(value, count)| (self.name(value), *count)).collect(),
        )
    }

    fn name(&self, value: &FacetValue) -> String {
        match value {
            FacetValue::Id(id) => self.categories.get(id).cloned().unwrap_or_default(),
            FacetValue::Text(text) => text.clone(),
            FacetValue::Number(number) => {
                let class = StorageClass::try_from(i32::from(*number)).unwrap_or_default();
                class
                    .as_str_name()
                    .trim_start_matches("STORAGE_CLASS_")
                    .to_owned()
            }
            FacetValue::Flag(flag) => flag.to_string(),
        }
    }
}
