//! Searches and what they find.

use prost::Message as _;
use time::{Date, OffsetDateTime};
use xlcfi_contracts::product::v1::{
    self, Allergen, ListUnansweredQueriesRequest, SearchFilter, SearchHit, SearchProductsRequest,
    SearchProductsResponse, SearchSort, StorageClass,
};
use xlcfi_errors::{Fault, Invalid};
use xlcfi_search::{Answer, Facet, FacetCounts, FacetValue, Filter, Hit, Query, Sort};
use xlcfi_types::Page;

use super::{id, timestamp};
use crate::error::Error;
use crate::store::unanswered::Unanswered;

/// What is searched for on the day `today`.
///
/// # Errors
/// Fields that are wrong.
pub fn query(request: SearchProductsRequest, today: Date) -> Result<Query, Invalid> {
    let page =
        Page::parse(request.page_size, "").map_err(|error| Invalid::field("page_size", error.to_string()))?;
    let sort = match request.sort() {
        SearchSort::Unspecified if request.query.trim().is_empty() => Sort::Newest,
        SearchSort::Unspecified | SearchSort::Relevance => Sort::Relevance,
        SearchSort::Price => Sort::Price,
        SearchSort::PriceDescending => Sort::PriceDescending,
        SearchSort::Newest => Sort::Newest,
        SearchSort::Rating => Sort::Rating,
        SearchSort::UseBy => Sort::UseBy,
    };
    let facets = request.facets().filter_map(facet).collect();
    Ok(Query {
        sort,
        facets,
        filter: filter(request.filter.unwrap_or_default())?,
        limit: usize::try_from(page.size).unwrap_or(20),
        after: Some(request.page_token).filter(|token| !token.is_empty()),
        ..Query::new(request.query, today)
    })
}

fn filter(message: SearchFilter) -> Result<Filter, Invalid> {
    let ids = |field: &str, texts: &[String]| -> Result<Vec<uuid::Uuid>, Invalid> {
        texts
            .iter()
            .map(|text| Ok(id::<()>(field, text)?.uuid()))
            .collect()
    };
    let numbers = |numbers: &[i32]| {
        numbers
            .iter()
            .filter_map(|&number| u8::try_from(number).ok())
            .collect()
    };
    Ok(Filter {
        categories: ids("filter.category_ids", &message.category_ids)?,
        sellers: ids("filter.seller_ids", &message.seller_ids)?,
        storages: numbers(&message.storages),
        free_of: numbers(&message.free_of),
        origins: message.origins,
        minimum_price: message.minimum_price,
        maximum_price: message.maximum_price,
        in_stock: message.in_stock,
        remaining_days: u32::try_from(message.minimum_remaining_days).unwrap_or(0),
    })
}

fn facet(facet: v1::Facet) -> Option<Facet> {
    Some(match facet {
        v1::Facet::Unspecified => return None,
        v1::Facet::Category => Facet::Category,
        v1::Facet::Origin => Facet::Origin,
        v1::Facet::Storage => Facet::Storage,
        v1::Facet::AllergenFree => Facet::AllergenFree,
        v1::Facet::PriceBand => Facet::PriceBand,
        v1::Facet::Seller => Facet::Seller,
        v1::Facet::InStock => Facet::InStock,
        v1::Facet::RemainingLife => Facet::RemainingLife,
    })
}

/// What a search found.
///
/// # Errors
/// A product in the index cannot be read.
pub fn answer_message(answer: Answer) -> Result<SearchProductsResponse, Error> {
    let hit = |hit: Hit| {
        let product = v1::Product::decode(hit.payload.as_slice()).map_err(Fault::bug)?;
        Ok(SearchHit {
            product: Some(product),
            highlighted_name: hit.highlighted_name,
            score: hit.score,
        })
    };
    Ok(SearchProductsResponse {
        hits: answer.hits.into_iter().map(hit).collect::<Result<_, Error>>()?,
        next_page_token: answer.next.unwrap_or_default(),
        total: i64::try_from(answer.total).unwrap_or(i64::MAX),
        facets: answer.facets.into_iter().map(facet_message).collect(),
        corrected_query: answer.corrected_query.unwrap_or_default(),
        did_you_mean: answer.did_you_mean.unwrap_or_default(),
    })
}

fn facet_message(counted: FacetCounts) -> v1::FacetCounts {
    let facet = match counted.facet {
        Facet::Category => v1::Facet::Category,
        Facet::Origin => v1::Facet::Origin,
        Facet::Storage => v1::Facet::Storage,
        Facet::AllergenFree => v1::Facet::AllergenFree,
        Facet::PriceBand => v1::Facet::PriceBand,
        Facet::Seller => v1::Facet::Seller,
        Facet::InStock => v1::Facet::InStock,
        Facet::RemainingLife => v1::Facet::RemainingLife,
    };
    let count = |(value, count): (FacetValue, u64)| v1::FacetCount {
        value: value_text(counted.facet, value),
        count: i64::try_from(count).unwrap_or(i64::MAX),
    };
    v1::FacetCounts {
        facet: facet.into(),
        counts: counted.counts.into_iter().map(count).collect(),
    }
}

fn value_text(facet: Facet, value: FacetValue) -> String {
    match value {
        FacetValue::Id(id) => id.to_string(),
        FacetValue::Text(text) => text,
        FacetValue::Flag(flag) => flag.to_string(),
        FacetValue::Number(number) if facet == Facet::Storage => {
            name(StorageClass::try_from(i32::from(number)).map(|storage| storage.as_str_name()))
        }
        FacetValue::Number(number) => {
            name(Allergen::try_from(i32::from(number)).map(|allergen| allergen.as_str_name()))
        }
    }
}

fn name<E>(name: Result<&'static str, E>) -> String {
    name.unwrap_or_default().to_owned()
}

/// Since when and how many unanswered queries are asked for.
pub fn unanswered_page(request: &ListUnansweredQueriesRequest, today: Date) -> (Date, i64) {
    let days = if request.days == 0 { 7 } else { request.days };
    let limit = if request.limit == 0 { 50 } else { request.limit };
    (today - time::Duration::days(i64::from(days) - 1), limit.into())
}

pub fn unanswered_message(unanswered: Unanswered) -> v1::UnansweredQuery {
    let last: OffsetDateTime = unanswered.last_time;
    v1::UnansweredQuery {
        query: unanswered.query,
        count: unanswered.count,
        last_time: Some(timestamp(last)),
    }
}
