//! Filters and facets against counting by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::Duration;
use uuid::Uuid;
use xlcfi_search::{Facet, FacetValue, Filter, Food, Query};

use crate::catalogue::{TODAY, demo_index, id_of, put};

const FACETS: [Facet; 8] = [
    Facet::Category,
    Facet::Origin,
    Facet::Storage,
    Facet::AllergenFree,
    Facet::PriceBand,
    Facet::Seller,
    Facet::InStock,
    Facet::RemainingLife,
];

fn leaves(filter: &Filter, food: &Food) -> bool {
    let days = food.use_by.map(|date| (date - TODAY).whole_days());
    let origin = |wanted: &String| food.origin == *wanted || food.origin.starts_with(&format!("{wanted} "));
    (filter.categories.is_empty() || filter.categories.iter().any(|id| food.category.contains(id)))
        && (filter.origins.is_empty() || filter.origins.iter().any(origin))
        && (filter.storages.is_empty() || filter.storages.contains(&food.storage))
        && !filter
            .free_of
            .iter()
            .any(|allergen| food.allergens.contains(allergen))
        && (filter.sellers.is_empty() || filter.sellers.contains(&food.seller))
        && filter.minimum_price.is_none_or(|least| food.price >= least)
        && filter.maximum_price.is_none_or(|most| food.price <= most)
        && (!filter.in_stock || food.in_stock)
        && (filter.remaining_days == 0 || days.is_none_or(|days| days >= i64::from(filter.remaining_days)))
}

/// The values of `facet` that `food` has.
fn values(facet: Facet, food: &Food) -> Vec<FacetValue> {
    let text = |text: &str| FacetValue::Text(text.to_owned());
    match facet {
        Facet::Category => food.category.iter().map(|id| FacetValue::Id(*id)).collect(),
        Facet::Origin => {
            let words: Vec<&str> = food.origin.split(' ').collect();
            (1..=words.len().min(2))
                .map(|count| text(&words[..count].join(" ")))
                .collect()
        }
        Facet::Storage => vec![FacetValue::Number(food.storage)],
        Facet::AllergenFree => (1..=19)
            .filter(|allergen| !food.allergens.contains(allergen))
            .map(FacetValue::Number)
            .collect(),
        Facet::PriceBand => vec![text(match food.price {
            ..10_000 => "0-10000",
            10_000..30_000 => "10000-30000",
            30_000..50_000 => "30000-50000",
            50_000..100_000 => "50000-100000",
            _ => "100000-",
        })],
        Facet::Seller => vec![FacetValue::Id(food.seller)],
        Facet::InStock => vec![FacetValue::Flag(food.in_stock)],
        Facet::RemainingLife => match food.use_by.map(|date| (date - TODAY).whole_days()) {
            None => vec![text("none")],
            Some(..0) => vec![],
            Some(0..=3) => vec![text("0-3")],
            Some(4..=7) => vec![text("4-7")],
            Some(8..=30) => vec![text("8-30")],
            Some(_) => vec![text("31-")],
        },
    }
}

prop_compose! {
    fn filters(categories: Vec<Uuid>)(
        categories in prop::sample::subsequence(categories, 0..3),
        origins in prop::sample::subsequence(vec!["국내산", "국내산 강원", "국내산 전남 해남", "중국산", "국내"], 0..3),
        storages in prop::sample::subsequence(vec![1u8, 2, 3, 4], 0..3),
        free_of in prop::sample::subsequence((1u8..=19).collect::<Vec<_>>(), 0..3),
        sellers in prop::sample::subsequence((0..7).collect::<Vec<_>>(), 0..3),
        minimum_price in prop::option::of(0i64..60_000),
        maximum_price in prop::option::of(0i64..200_000),
        in_stock in any::<bool>(),
        remaining_days in prop::sample::select(vec![0u32, 1, 5, 30, 400]),
    ) -> Filter {
        Filter {
            categories,
            origins: origins.into_iter().map(str::to_owned).collect(),
            storages,
            free_of,
            sellers: sellers.into_iter().map(|number: i32| id_of(&format!("seller {number}"))).collect(),
            minimum_price,
            maximum_price,
            in_stock,
            remaining_days,
        }
    }
}

#[test]
fn filters_and_counts_are_what_counting_by_hand_gives() {
    let (index, mut foods) = demo_index();
    // Some change, so that replaced documents are there to be left out.
    let mut changed: Vec<Food> = foods.iter().step_by(5).cloned().collect();
    for (number, food) in changed.iter_mut().enumerate() {
        food.version = 2;
        food.in_stock = false;
        food.use_by = Some(TODAY + Duration::days(number as i64 - 3));
    }
    put(&index, &changed, 2);
    for food in changed {
        let known = foods.iter_mut().find(|known| known.id == food.id);
        *known.unwrap() = food;
    }
    let mut categories: Vec<Uuid> = foods.iter().flat_map(|food| food.category.clone()).collect();
    categories.sort();
    categories.dedup();
    proptest!(ProptestConfig { cases: 200, ..ProptestConfig::default() }, |(filter in filters(categories))| {
        let mut query = Query::new("", TODAY);
        query.filter = filter.clone();
        query.facets = FACETS.to_vec();
        query.limit = 500;
        let answer = index.search(&query).unwrap();
        let wanted: Vec<&Food> = foods.iter().filter(|food| leaves(&filter, food)).collect();
        prop_assert_eq!(answer.total, wanted.len() as u64);
        prop_assert_eq!(answer.hits.len(), wanted.len());
        for (counts, facet) in answer.facets.iter().zip(FACETS) {
            let mut expected: BTreeMap<FacetValue, u64> = BTreeMap::new();
            for value in wanted.iter().flat_map(|food| values(facet, food)) {
                *expected.entry(value).or_default() += 1;
            }
            let found: BTreeMap<FacetValue, u64> = counts.counts.iter().cloned().collect();
            prop_assert_eq!(counts.facet, facet);
            prop_assert_eq!(found, expected, "{:?}", facet);
        }
    });
}

#[test]
fn counts_come_most_first_and_bands_in_their_order() {
    let (index, _) = demo_index();
    let mut query = Query::new("", TODAY);
    query.facets = vec![Facet::Storage, Facet::PriceBand];
    query.limit = 0;
    let answer = index.search(&query).unwrap();
    assert!(answer.hits.is_empty() && answer.next.is_none());
    assert!(answer.facets[0].counts.is_sorted_by(|a, b| a.1 >= b.1));
    let bands: Vec<_> = answer.facets[1]
        .counts
        .iter()
        .map(|(value, _)| value.clone())
        .collect();
    let names = ["0-10000", "10000-30000", "30000-50000", "50000-100000", "100000-"];
    assert_eq!(bands, names.map(|name| FacetValue::Text(name.to_owned())));
}

#[test]
fn a_filter_that_leaves_nothing_does_not_change_the_words() {
    let (index, _) = demo_index();
    let mut query = Query::new("당근 감자", TODAY);
    query.filter.maximum_price = Some(1);
    let answer = index.search(&query).unwrap();
    assert_eq!((answer.total, answer.corrected_query), (0, None));
}
