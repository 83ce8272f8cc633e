//! Going through one segment.

use tantivy::TERMINATED;
use tantivy::fastfield::AliveBitSet;

use crate::error::Error;
use crate::facets::Tally;
use crate::filter::Sieve;
use crate::matching::cursor::Extent;
use crate::matching::score::{quality, relevance, worth_at_least};
use crate::matching::{Cursor, Progress, Relaxed, Search};
use crate::page::{Sort, Top};
use crate::query::plan::COVER_BITS;
use crate::view::Segment;

/// Of a query that was relaxed, documents that have all words are worth so many times more.
const COMPLETE: u32 = 4;

/// Documents are gone through so many at a time.
const BATCH: usize = 256;

/// When the rarest word stands in more than one of so many documents, all lists of a word
/// are put into one.
const MANY: u32 = 64;

/// One segment being searched.
pub(crate) struct Visit<'a> {
    search: &'a Search<'a>,
    segment: Segment<'a>,
    sieve: Sieve,
    alive: Option<&'a AliveBitSet>,
    top: &'a mut Top,
    tally: Option<Tally<'a>>,
    /// Documents still to be tallied.
    waiting: Vec<u32>,
    progress: &'a mut Progress,
    /// The score a document must have to be among the first.
    score: u64,
    /// What its terms and bonuses must be worth for that.
    least: u32,
}

/// Cursors of the slots of a plan.
struct Cursors {
    needed: Vec<Cursor>,
    welcome: Vec<Cursor>,
    bonuses: Vec<Cursor>,
    /// The most all bonuses together are worth.
    bonus: u32,
    /// Those that tell whether a document that was found loosely has all words.
    strict: Vec<Cursor>,
    /// Whether a document may have all words, where that counts.
    complete: bool,
}

impl<'a> Visit<'a> {
    /// Goes through `segment`, from where `progress` is after the segments before it.
    pub fn new(
        search: &'a Search<'a>,
        segment: Segment<'a>,
        top: &'a mut Top,
        tally: Option<Tally<'a>>,
        progress: &'a mut Progress,
    ) -> Self {
        let sieve = Sieve::new(search.filter, search.today, segment.columns);
        let alive = segment.reader.alive_bitset();
        let mut visit = Self {
            search,
            segment,
            sieve,
            alive,
            top,
            tally,
            waiting: Vec::new(),
            progress,
            score: 0,
            least: 0,
        };
        visit.raise();
        visit
    }

    /// What was counted.
    pub fn finish(mut self) -> Option<Tally<'a>> {
        self.flush();
        self.tally
    }

    /// Every document, as good as its boost.
    pub fn all(&mut self) {
        for doc in 0..self.segment.reader.max_doc() {
            if self.progress.is_over() {
                return;
            }
            if self.take(doc) {
                let boost = self.segment.columns.rank[doc as usize].boost;
                self.offer(doc, || u32::from(boost));
            }
        }
    }

    /// Documents that all `required` slots have; the others raise them.
    pub fn matching(&mut self, required: &[bool]) -> Result<(), Error> {
        let Some(mut cursors) = self.cursors(required)? else {
            return Ok(());
        };
        if let ([cursor], [], [], []) = (
            &mut *cursors.needed,
            &*cursors.welcome,
            &*cursors.bonuses,
            &*cursors.strict,
        ) {
            self.one(cursor);
            return Ok(());
        }
        let Cursors {
            needed,
            welcome,
            bonuses,
            bonus,
            strict,
            complete,
        } = &mut cursors;
        let Some((first, rest)) = needed.split_first_mut() else {
            return Ok(());
        };
        let by_relevance = self.search.sort == Sort::Relevance;
        let mut doc = first.doc();
        'documents: while doc != TERMINATED && !self.progress.is_over() {
            self.progress.bound.steps -= 1;
            for cursor in rest.iter_mut() {
                let at = cursor.seek(doc);
                if at != doc {
                    doc = first.seek(at);
                    continue 'documents;
                }
            }
            if self.take(doc) {
                if by_relevance {
                    let mut value = first.value() + rest.iter().map(Cursor::value).sum::<u32>();
                    let mut times = 1;
                    if *complete || !welcome.is_empty() {
                        let mut all = *complete;
                        for cursor in welcome.iter_mut() {
                            match cursor.seek(doc) == doc {
                                true => value += cursor.value(),
                                false => all = false,
                            }
                        }
                        all = all && strict.iter_mut().all(|cursor| cursor.seek(doc) == doc);
                        times = if all { COMPLETE } else { 1 };
                    }
                    if ((value >> COVER_BITS) + *bonus).saturating_mul(times) >= self.least {
                        let here = bonuses
                            .iter_mut()
                            .filter_map(|cursor| (cursor.seek(doc) == doc).then(|| cursor.value()));
                        let extra: u32 = here.map(|value| value >> COVER_BITS).sum();
                        let rank = self.segment.columns.rank[doc as usize];
                        self.offer(doc, || relevance(value, extra, rank).saturating_mul(times));
                    }
                } else {
                    self.offer(doc, || 0);
                }
            }
            doc = first.advance();
        }
        Ok(())
    }

    /// Documents of one cursor alone, many at a time.
    fn one(&mut self, cursor: &mut Cursor) {
        let columns = self.segment.columns;
        let by_relevance = self.search.sort == Sort::Relevance;
        let plain = self.alive.is_none() && self.sieve.is_open() && self.tally.is_none();
        let (mut docs, mut values) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let best = u64::from(cursor.best() >> COVER_BITS);
        let mut taken = 0;
        while !self.progress.is_over() {
            cursor.take(BATCH, &mut docs, &mut values);
            if docs.is_empty() {
                return;
            }
            // Documents come by falling quality: one word is worth no more by it from here on.
            let quality = u64::from(quality(columns.rank[docs[0] as usize]));
            let least = (self.score * 1_000_000).checked_div(quality).unwrap_or(0);
            if by_relevance && best < least && plain {
                self.progress.total += docs.len() as u64 + cursor.rest(taken + docs.len() as u64);
                return;
            }
            taken += docs.len() as u64;
            if plain {
                self.progress.total += docs.len() as u64;
            }
            for (&doc, &value) in docs.iter().zip(&values) {
                if plain || self.take(doc) {
                    if by_relevance {
                        if u64::from(value >> COVER_BITS) >= least {
                            self.offer(doc, || relevance(value, 0, columns.rank[doc as usize]));
                        }
                    } else {
                        self.offer(doc, || 0);
                    }
                }
            }
        }
    }

    /// Counts a document that matches, unless it was replaced or is not wanted.
    #[inline]
    fn take(&mut self, doc: u32) -> bool {
        if self.alive.is_some_and(|alive| alive.is_deleted(doc))
            || !self.sieve.leaves(self.segment.columns, doc)
        {
            return false;
        }
        self.progress.total += 1;
        if self.tally.is_some() {
            self.waiting.push(doc);
            if self.waiting.len() == BATCH {
                self.flush();
            }
        }
        true
    }

    /// Offers a document to be among the first.
    #[inline]
    fn offer(&mut self, doc: u32, score: impl FnOnce() -> u32) {
        let columns = self.segment.columns;
        let key = self.search.sort.key(columns, doc, score);
        if self.top.offer(key, self.segment.number, doc, || columns.id(doc)) {
            self.raise();
        }
    }

    /// Takes the least worth from the last of the first.
    fn raise(&mut self) {
        self.score = u64::from(u32::MAX).saturating_sub(self.top.limit());
        self.least = worth_at_least(u32::try_from(self.score).unwrap_or(u32::MAX));
    }

    fn flush(&mut self) {
        if let Some(tally) = &mut self.tally {
            tally.count(&self.waiting);
        }
        self.waiting.clear();
    }

    /// `None` when nothing here has all required slots.
    fn cursors(&self, required: &[bool]) -> Result<Option<Cursors>, Error> {
        let (view, segment, plan) = (self.search.view, self.segment, self.search.plan);
        let loose = self.search.relaxed == Relaxed::Head;
        let alone = required.iter().filter(|required| **required).count() == 1;
        let extent = |required: bool| match self.progress.is_unbounded() {
            false => Extent::Steps,
            true if required && alone => Extent::Whole,
            true => Extent::Shared,
        };
        let mut cursors = Cursors {
            needed: Vec::with_capacity(required.len()),
            welcome: Vec::new(),
            bonuses: Vec::new(),
            bonus: 0,
            strict: Vec::new(),
            complete: self.search.relaxed != Relaxed::No,
        };
        for (slot, &required) in plan.slots.iter().zip(required) {
            let ways = slot.ways(loose && required);
            match (
                Cursor::of_any(view, segment, ways, slot.weight, extent(required))?,
                required,
            ) {
                (Some(cursor), true) => cursors.needed.push(cursor),
                (Some(cursor), false) => cursors.welcome.push(cursor),
                (None, true) => return Ok(None),
                (None, false) => cursors.complete = false,
            }
            if loose && required && !slot.loose.is_empty() {
                match Cursor::of_any(view, segment, slot.ways(false), slot.weight, extent(false))? {
                    Some(cursor) => cursors.strict.push(cursor),
                    None => cursors.complete = false,
                }
            }
        }
        cursors.needed.sort_by_key(Cursor::cost);
        if self.progress.is_unbounded()
            && cursors
                .needed
                .first()
                .is_some_and(|first| first.cost() > segment.reader.max_doc() / MANY)
        {
            cursors.needed = cursors
                .needed
                .into_iter()
                .map(|cursor| cursor.joined(segment))
                .collect();
        }
        for bonus in &plan.bonuses {
            if let Some(cursor) = Cursor::of_term(view, segment, &bonus.term, bonus.weight)? {
                cursors.bonuses.push(cursor);
                cursors.bonus += 1000 * bonus.weight;
            }
        }
        Ok(Some(cursors))
    }
}
