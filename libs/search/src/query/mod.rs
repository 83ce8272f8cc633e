//! What is asked.

mod correct;
pub(crate) mod mind;
pub(crate) mod plan;
mod understand;
mod units;
mod ways;

use time::Date;

use crate::facets::Facet;
use crate::filter::Filter;
use crate::page::Sort;

/// A search.
#[derive(Clone, Debug)]
pub struct Query {
    /// What is looked for: any text. Empty finds everything the filter leaves. Of the
    /// text the first 500 bytes and the first 32 tokens are read.
    pub text: String,
    /// Only products it leaves.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// What to count over all that match, all filters included.
    pub facets: Vec<Facet>,
    /// How many hits at most; 0 only counts.
    pub limit: usize,
    /// `next` of the page before; none means the first page.
    pub after: Option<String>,
    /// The day remaining life is counted from.
    pub today: Date,
    /// Leave out names and payloads: hits are ids, versions and scores.
    pub bare: bool,
}

impl Query {
    /// The first 20 that match `text` on the day `today`.
    pub fn new(text: impl Into<String>, today: Date) -> Self {
        Self {
            text: text.into(),
            filter: Filter::default(),
            sort: Sort::default(),
            facets: Vec::new(),
            limit: 20,
            after: None,
            today,
            bare: false,
        }
    }

    /// Tells queries apart whose pages are not of one row: text, filter, order.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.write(self.text.as_bytes());
        hash.write(format!("{:?}{:?}", self.filter, self.sort).as_bytes());
        hash.0
    }
}

/// FNV-1a: the same in every build, so that replicas understand each other's tokens.
struct Fnv(u64);

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
