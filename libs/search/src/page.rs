//! Order and pages.
//!
//! Whatever the order, a document has a key and an id: lower keys come first, and of
//! equal ones the lower id. A page ends at a place in that order, and the token of the
//! next page is that place. Nothing is counted off, so pages stay right whatever
//! happens to the documents before them.

use std::collections::BinaryHeap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::columns::Columns;
use crate::query::Query;

/// In which order products come. Products that are equal come by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By relevance; without a text, newest first.
    #[default]
    Usual,
    /// The best match first; without a text, what is in stock, well rated and sold most.
    Relevance,
    /// The cheapest first.
    Price,
    /// The dearest first.
    PriceDescending,
    /// The latest listed first.
    Newest,
    /// The best rated first, few ratings counting little.
    Rating,
    /// The first to expire first; goods without a date last.
    UseBy,
}

impl Sort {
    /// The order of a query with or without words.
    pub(crate) fn resolve(self, has_words: bool) -> Self {
        match self {
            Self::Usual if has_words => Self::Relevance,
            Self::Usual => Self::Newest,
            sort => sort,
        }
    }

    /// The key of a document; `score` gives its relevance, if that is the order.
    #[inline]
    pub(crate) fn key(self, columns: &Columns, doc: u32, score: impl FnOnce() -> u32) -> u64 {
        let at = doc as usize;
        match self {
            Self::Usual | Self::Relevance => u64::from(u32::MAX - score()),
            Self::Price => ascending(columns.price[at]),
            Self::PriceDescending => !ascending(columns.price[at]),
            Self::Newest => !ascending(columns.created[at]),
            Self::Rating => u64::from(u16::MAX - columns.rank[at].rating),
            Self::UseBy => ascending(i64::from(columns.use_by[at])),
        }
    }
}

/// Numbers in the same order, without a sign.
fn ascending(value: i64) -> u64 {
    value as u64 ^ 1 << 63
}

/// A place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Key.
    pub key: u64,
    /// Product id.
    pub id: u128,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The last document of the page before.
    pub after: Position,
    /// Number of the [`crate::matching::Relaxed`] of the first page.
    pub relaxed: u8,
}

/// Changes with the layout of a token.
const FORMAT: u8 = 1;
const LENGTH: usize = 1 + 1 + 8 + 16 + 8;

impl Token {
    /// The token as text, of the pages of `query` only.
    pub fn write(self, query: &Query) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend([FORMAT, self.relaxed]);
        bytes.extend(self.after.key.to_be_bytes());
        bytes.extend(self.after.id.to_be_bytes());
        bytes.extend(query.fingerprint().to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; `None` if it is none, or one of another query.
    pub fn read(text: &str, query: &Query) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let fingerprint = u64::from_be_bytes(rest.try_into().ok()?);
        let known = head[0] == FORMAT && fingerprint == query.fingerprint();
        known.then(|| Self {
            after: Position {
                key: u64::from_be_bytes(*key),
                id: u128::from_be_bytes(*id),
            },
            relaxed: head[1],
        })
    }
}

/// A document among the first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    /// Its place in the order.
    pub position: Position,
    /// Number of its segment.
    pub segment: u32,
    /// Its number there.
    pub doc: u32,
}

/// The first documents after a position, the last of them on top of the heap.
pub(crate) struct Top {
    most: usize,
    after: Option<Position>,
    heap: BinaryHeap<Ranked>,
}

impl Top {
    /// Keeps the first `most` after `after`.
    pub fn new(most: usize, after: Option<Position>) -> Self {
        Self {
            most,
            after,
            heap: BinaryHeap::with_capacity(most + 1),
        }
    }

    /// The highest key that may still get in.
    #[inline]
    pub fn limit(&self) -> u64 {
        if self.heap.len() < self.most {
            return if self.most == 0 { 0 } else { u64::MAX };
        }
        self.heap.peek().map_or(0, |worst| worst.position.key)
    }

    /// Offers a document, and tells whether it was taken; `id` is only asked for when it
    /// matters.
    #[inline]
    pub fn offer(&mut self, key: u64, segment: u32, doc: u32, id: impl FnOnce() -> u128) -> bool {
        if key > self.limit() || self.after.is_some_and(|after| key < after.key) {
            return false;
        }
        self.insert(Ranked {
            position: Position { key, id: id() },
            segment,
            doc,
        })
    }

    fn insert(&mut self, ranked: Ranked) -> bool {
        if self.most == 0 || self.after.is_some_and(|after| ranked.position <= after) {
            return false;
        }
        if self.heap.len() < self.most {
            self.heap.push(ranked);
            return true;
        }
        match self.heap.peek_mut() {
            Some(mut worst) if ranked < *worst => {
                *worst = ranked;
                true
            }
            _ => false,
        }
    }

    /// The documents in order.
    pub fn finish(self) -> Vec<Ranked> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Token, Top, ascending};
    use crate::query::Query;
    use time::Date;

    #[test]
    fn a_token_is_read_back_for_its_own_query_only() {
        let query = Query::new("감자", Date::MIN);
        let token = Token {
            after: Position { key: 7, id: 9 },
            relaxed: 1,
        };
        let text = token.write(&query);
        assert_eq!(Token::read(&text, &query), Some(token));
        assert_eq!(Token::read(&text, &Query::new("고구마", Date::MIN)), None);
        for broken in ["", "x", "감자", &text[1..], &format!("{text}AA")] {
            assert_eq!(Token::read(broken, &query), None, "{broken}");
        }
    }

    #[test]
    fn the_first_documents_after_a_position_are_kept() {
        let mut top = Top::new(2, Some(Position { key: 1, id: 5 }));
        for (key, id) in [(3, 1), (1, 5), (1, 6), (2, 9), (2, 8), (0, 1)] {
            top.offer(key, 0, 0, || id);
        }
        let kept: Vec<_> = top
            .finish()
            .into_iter()
            .map(|ranked| (ranked.position.key, ranked.position.id))
            .collect();
        assert_eq!(kept, [(1, 6), (2, 8)]);
    }

    #[test]
    fn keys_are_ordered_like_the_numbers() {
        assert!(ascending(-1) < ascending(0) && ascending(0) < ascending(1) && ascending(i64::MIN) == 0);
    }
}
