//! Answering queries.

use uuid::Uuid;

use crate::error::Error;
use crate::facets::{Counter, FacetCounts};
use crate::filter::Filter;
use crate::highlight::highlight;
use crate::index::Index;
use crate::matching::{Bound, Found, Relaxed, Search};
use crate::page::{Sort, Token};
use crate::query::Query;
use crate::query::mind::Mind;
use crate::query::plan::Plan;
use crate::view::View;

/// A product found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Id.
    pub id: Uuid,
    /// Version it was indexed in.
    pub version: u64,
    /// How well it matches; only to be compared within one answer.
    pub score: f64,
    /// Its name escaped for HTML, what matched between `<em>` and `</em>`.
    pub highlighted_name: String,
    /// What was put in with it.
    pub payload: Vec<u8>,
}

/// What a query finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The products of this page.
    pub hits: Vec<Hit>,
    /// `after` of the next page; none when this is the last.
    pub next: Option<String>,
    /// How many products match, exactly.
    pub total: u64,
    /// What was asked to be counted, over all that match.
    pub facets: Vec<FacetCounts>,
    /// The query these answers are for, when words of the given one are not in the
    /// catalogue.
    pub corrected_query: Option<String>,
    /// A likelier spelling.
    pub did_you_mean: Option<String>,
}

impl Index {
    /// Answers `query` from the last commit. Any text is a query.
    ///
    /// # Errors
    /// [`Error::PageToken`]; others only if the index cannot be read.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        let view = self.view();
        let words = self.words();
        let token = match &query.after {
            Some(text) => Some(Token::read(text, query).ok_or(Error::PageToken)?),
            None => None,
        };
        let mind = Mind::new(&view, &self.analyzer, &self.synonyms, &words);
        let plan = mind.understand(&query.text)?;
        let sort = query.sort.resolve(!plan.slots.is_empty());
        let mut search = Search {
            view: &view,
            plan: &plan,
            filter: &query.filter,
            sort,
            today: query.today,
            relaxed: Relaxed::No,
        };
        // In other orders what matches loosely would stand before what matches.
        let wanted = if sort == Sort::Relevance { FEW } else { 1 };
        let first = token
            .map_or(0, |token| usize::from(token.relaxed))
            .min(Relaxed::LEVELS.len() - 1);
        let mut answer = None;
        for (level, &relaxed) in Relaxed::LEVELS.iter().enumerate().skip(first) {
            search.relaxed = relaxed;
            let something = answer
                .as_ref()
                .is_some_and(|(found, ..): &(Found, _, _)| found.total > 0);
            if level > first && !search.is_useful(something) {
                continue;
            }
            let mut counter = Counter::new(&query.facets, query.today);
            let found = search.run(query.limit + 1, token.map(|token| token.after), &mut counter)?;
            let done =
                found.total >= wanted || token.is_some() || plan.slots.is_empty() || enough(&search, wanted)?;
            answer = Some((found, counter.finish(), level as u8));
            if done {
                break;
            }
        }
        let Some((found, facets, relaxed)) = answer else {
            return Ok(Answer::default());
        };
        let next = (query.limit > 0 && found.first.len() > query.limit).then(|| {
            let after = found.first[query.limit - 1].position;
            Token { after, relaxed }.write(query)
        });
        Ok(Answer {
            hits: self.hits(&view, &plan, sort, &found, query)?,
            next,
            total: found.total,
            facets,
            did_you_mean: mind.likelier(&plan)?,
            corrected_query: plan.corrected,
        })
    }

    /// How `text` is understood, for people: the terms of each slot with their share of
    /// its weight.
    ///
    /// # Errors
    /// Only if the index cannot be read.
    pub fn explain(&self, text: &str) -> Result<String, Error> {
        let (view, words) = (self.view(), self.words());
        let mind = Mind::new(&view, &self.analyzer, &self.synonyms, &words);
        Ok(mind.understand(text)?.to_string())
    }

    fn hits(
        &self,
        view: &View,
        plan: &Plan,
        sort: Sort,
        found: &Found,
        query: &Query,
    ) -> Result<Vec<Hit>, Error> {
        let mut hits = Vec::with_capacity(query.limit.min(found.first.len()));
        for ranked in found.first.iter().take(query.limit) {
            let (name, payload) = match query.bare {
                true => Default::default(),
                false => view.stored(ranked.segment, ranked.doc)?,
            };
            let columns = &view.columns[ranked.segment as usize];
            let score = match sort {
                Sort::Relevance => (u64::from(u32::MAX) - ranked.position.key) as f64 / 1000.0,
                _ => 0.0,
            };
            hits.push(Hit {
                id: Uuid::from_u128(ranked.position.id),
                version: columns.version(ranked.doc),
                score,
                highlighted_name: highlight(&self.analyzer, &name, &plan.marks),
                payload,
            });
        }
        Ok(hits)
    }
}

/// Fewer products than this are too little, and the query is relaxed.
const FEW: u64 = 3;

/// Whether the words find enough where the filter leaves too little: then it is not the
/// words that should change.
fn enough(search: &Search<'_>, wanted: u64) -> Result<bool, Error> {
    if search.filter.is_empty() {
        return Ok(false);
    }
    let open = Filter::default();
    let unfiltered = Search {
        filter: &open,
        ..*search
    };
    Ok(unfiltered
        .count(Bound {
            enough: wanted,
            ..Bound::NONE
        })?
        .0
        == wanted)
}
