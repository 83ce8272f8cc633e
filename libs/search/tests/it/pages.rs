use proptest::prelude::*;
use xlcfi_search::{Error, Index, Query, Sort};

use crate::catalogue::{TODAY, demo_index};

const SORTS: [Sort; 7] = [
    Sort::Usual,
    Sort::Relevance,
    Sort::Price,
    Sort::PriceDescending,
    Sort::Newest,
    Sort::Rating,
    Sort::UseBy,
];

fn all(index: &Index, query: &Query) -> Vec<(uuid::Uuid, f64)> {
    let mut query = Query {
        after: None,
        ..query.clone()
    };
    let mut found = Vec::new();
    loop {
        let answer = index.search(&query).unwrap();
        assert!(answer.hits.len() <= query.limit);
        found.extend(answer.hits.iter().map(|hit| (hit.id, hit.score)));
        match answer.next {
            Some(next) => query.after = Some(next),
            None => {
                assert_eq!(found.len() as u64, answer.total);
                return found;
            }
        }
    }
}

#[test]
fn pages_together_are_the_whole_answer_in_every_order() {
    let (index, _) = demo_index();
    proptest!(ProptestConfig { cases: 60, ..ProptestConfig::default() }, |(
        text in prop::sample::select(vec!["", "감자", "국내산 10kg", "냉동", "ㄱㅊ", "돼지고기", "당근 777kg", "새ㅇ", "철원 쌀"]),
        sort in prop::sample::select(SORTS.to_vec()),
        size in 1usize..40,
        in_stock in any::<bool>(),
    )| {
        let mut query = Query::new(text, TODAY);
        query.sort = sort;
        query.filter.in_stock = in_stock;
        query.limit = 1_000;
        let whole = all(&index, &query);
        query.limit = size;
        prop_assert_eq!(all(&index, &query), whole);
    });
}

#[test]
fn each_order_is_what_it_says() {
    let (index, foods) = demo_index();
    let food = |id| foods.iter().find(|food| food.id == id).unwrap();
    for sort in SORTS {
        let mut query = Query::new("", TODAY);
        query.sort = sort;
        query.limit = 500;
        let found: Vec<_> = all(&index, &query).into_iter().map(|(id, _)| food(id)).collect();
        assert_eq!(found.len(), foods.len());
        assert!(
            found.windows(2).all(|two| match sort {
                Sort::Price => (two[0].price, two[0].id) < (two[1].price, two[1].id),
                Sort::PriceDescending => (-two[0].price, two[0].id) < (-two[1].price, two[1].id),
                Sort::Usual | Sort::Newest => two[0].created > two[1].created,
                Sort::UseBy => match (two[0].use_by, two[1].use_by) {
                    (Some(earlier), Some(later)) => earlier <= later,
                    (None, Some(_)) => false,
                    _ => true,
                },
                Sort::Relevance | Sort::Rating => two[0].id < two[1].id,
            }),
            "{sort:?}"
        );
    }
}

#[test]
fn a_token_of_another_query_is_refused() {
    let (index, _) = demo_index();
    let mut query = Query::new("냉동", TODAY);
    query.limit = 3;
    let next = index.search(&query).unwrap().next;
    let mut other = Query::new("감자", TODAY);
    other.after = next;
    assert!(matches!(index.search(&other), Err(Error::PageToken)));
    other.after = Some("x".to_owned());
    assert!(matches!(index.search(&other), Err(Error::PageToken)));
}
