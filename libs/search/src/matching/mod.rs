//! Which documents match a plan, and how well.

mod cursor;

pub(crate) use cursor::Cursor;

use tantivy::TERMINATED;
use time::Date;

use crate::error::Error;
use crate::facets::{Counter, Tally};
use crate::filter::{Filter, Sieve};
use crate::page::{Position, Ranked, Sort, Top};
use crate::query::plan::{COVER_BITS, COVER_MASK, Plan};
use crate::view::{Segment, View};

/// How few of the words will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relaxed {
    /// All must match.
    No,
    /// All but quantities.
    Quantities,
    /// The last that is no quantity, being the noun that those before describe.
    Head,
}

impl Relaxed {
    /// From the strictest on.
    pub const LEVELS: [Self; 3] = [Self::No, Self::Quantities, Self::Head];

    /// The slots of `plan` that must match; `None` if that changes nothing.
    fn required(self, plan: &Plan) -> Option<Vec<bool>> {
        let count = plan.slots.len();
        let head = plan.slots.iter().rposition(|slot| !slot.light);
        match self {
            Self::No => Some(vec![true; count]),
            Self::Quantities if plan.slots.iter().any(|slot| slot.light) && head.is_some() => {
                Some(plan.slots.iter().map(|slot| !slot.light).collect())
            }
            Self::Head if count > 1 || plan.slots.iter().any(|slot| !slot.loose.is_empty()) => {
                head.map(|head| (0..count).map(|at| at == head).collect())
            }
            Self::Quantities | Self::Head => None,
        }
    }
}

/// What to look for and how.
pub(crate) struct Search<'a> {
    pub view: &'a View,
    pub plan: &'a Plan,
    pub filter: &'a Filter,
    pub sort: Sort,
    pub today: Date,
    /// How few of the words will do.
    pub relaxed: Relaxed,
}

/// What was found.
pub(crate) struct Found {
    pub total: u64,
    pub first: Vec<Ranked>,
}

impl Search<'_> {
    /// Whether it may find more than a stricter search.
    pub fn is_useful(&self) -> bool {
        self.plan.slots.is_empty() || self.relaxed.required(self.plan).is_some()
    }

    /// Counts all that match, keeps the first `most` after `after`.
    pub fn run(&self, most: usize, after: Option<Position>, counter: &mut Counter) -> Result<Found, Error> {
        self.run_until(u64::MAX, most, after, counter)
    }

    /// Counts up to `enough` that match.
    pub fn count(&self, enough: u64) -> Result<u64, Error> {
        let mut counter = Counter::new(&[], self.today);
        Ok(self.run_until(enough, 0, None, &mut counter)?.total.min(enough))
    }

    fn run_until(
        &self,
        enough: u64,
        most: usize,
        after: Option<Position>,
        counter: &mut Counter,
    ) -> Result<Found, Error> {
        let mut top = Top::new(most, after);
        let mut total = 0;
        for segment in self.view.segments() {
            let mut visit = Visit {
                search: self,
                segment,
                sieve: Sieve::new(self.filter, self.today, segment.columns),
                alive: segment.reader.alive_bitset(),
                top: &mut top,
                tally: (!counter.is_idle()).then(|| counter.tally(segment.columns)),
                waiting: Vec::new(),
                total,
                enough,
            };
            match self.relaxed.required(self.plan) {
                _ if self.plan.slots.is_empty() => visit.all(),
                Some(required) => visit.matching(&required)?,
                None => {}
            }
            visit.flush();
            total = visit.total;
            if let Some(tally) = visit.tally {
                counter.add(&tally);
            }
        }
        Ok(Found {
            total,
            first: top.finish(),
        })
    }
}

/// Of a query that was relaxed, documents that have all words are worth so many times more.
const COMPLETE: u32 = 4;

/// Documents are counted so many at a time.
const BATCH: usize = 256;

/// One segment being searched.
struct Visit<'a> {
    search: &'a Search<'a>,
    segment: Segment<'a>,
    sieve: Sieve,
    alive: Option<&'a tantivy::fastfield::AliveBitSet>,
    top: &'a mut Top,
    tally: Option<Tally<'a>>,
    waiting: Vec<u32>,
    total: u64,
    enough: u64,
}

impl Visit<'_> {
    /// Takes note of a matching document, unless it was replaced or is not wanted.
    /// `score` is asked for only if it decides.
    #[inline]
    fn take(&mut self, doc: u32, score: impl FnOnce(&Self) -> u32) {
        let columns = self.segment.columns;
        if self.alive.is_some_and(|alive| alive.is_deleted(doc)) || !self.sieve.leaves(columns, doc) {
            return;
        }
        self.total += 1;
        if self.tally.is_some() {
            self.waiting.push(doc);
            if self.waiting.len() == BATCH {
                self.flush();
            }
        }
        let key = self.search.sort.key(columns, doc, || score(self));
        self.top.offer(key, self.segment.number, doc, || columns.id(doc));
    }

    fn flush(&mut self) {
        if let Some(tally) = &mut self.tally {
            tally.count(&self.waiting);
        }
        self.waiting.clear();
    }

    /// Every document, as good as its boost.
    fn all(&mut self) {
        for doc in 0..self.segment.reader.max_doc() {
            if self.total >= self.enough {
                return;
            }
            self.take(doc, |visit| {
                u32::from(visit.segment.columns.rank[doc as usize].boost)
            });
        }
    }

    /// Documents that all `required` slots have; the others raise them.
    fn matching(&mut self, required: &[bool]) -> Result<(), Error> {
        let (view, segment) = (self.search.view, self.segment);
        let loose = self.search.relaxed == Relaxed::Head;
        let mut needed = Vec::with_capacity(required.len());
        let mut welcome = Vec::new();
        // Those that tell whether a document found loosely has all words.
        let mut strict = Vec::new();
        let mut complete = self.search.relaxed != Relaxed::No;
        for (slot, &required) in self.search.plan.slots.iter().zip(required) {
            match (Cursor::of_slot(view, segment, slot, loose && required)?, required) {
                (Some(cursor), true) => needed.push(cursor),
                (Some(cursor), false) => welcome.push(cursor),
                (None, true) => return Ok(()),
                (None, false) => complete = false,
            }
            if loose && required && !slot.loose.is_empty() {
                match Cursor::of_slot(view, segment, slot, false)? {
                    Some(cursor) => strict.push(cursor),
                    None => complete = false,
                }
            }
        }
        needed.sort_by_key(Cursor::cost);
        let mut bonuses = self.bonuses()?;
        let Some((first, rest)) = needed.split_first_mut() else {
            return Ok(());
        };
        let mut doc = first.doc();
        'documents: while doc != TERMINATED && self.total < self.enough {
            for cursor in rest.iter_mut() {
                let at = cursor.seek(doc);
                if at != doc {
                    doc = first.seek(at);
                    continue 'documents;
                }
            }
            self.take(doc, |visit| {
                let mut value = first.value() + rest.iter().map(Cursor::value).sum::<u32>();
                let mut all = complete;
                for cursor in &mut welcome {
                    if cursor.seek(doc) == doc {
                        value += cursor.value();
                    } else {
                        all = false;
                    }
                }
                all &= strict.iter_mut().all(|cursor| cursor.seek(doc) == doc);
                visit.score(doc, value, &mut bonuses) * if all { COMPLETE } else { 1 }
            });
            doc = first.advance();
        }
        Ok(())
    }

    fn bonuses(&self) -> Result<Vec<Cursor>, Error> {
        let mut cursors = Vec::new();
        for bonus in &self.search.plan.bonuses {
            cursors.extend(Cursor::of_term(
                self.search.view,
                self.segment,
                &bonus.term,
                bonus.weight,
            )?);
        }
        Ok(cursors)
    }

    /// The relevance of `doc`: what its terms are worth, raised by how much of its name
    /// they cover (by half at most) and by its boost (by three tenths at most).
    #[inline]
    fn score(&self, doc: u32, value: u32, bonuses: &mut [Cursor]) -> u32 {
        let rank = self.segment.columns.rank[doc as usize];
        let mut score = u64::from(value >> COVER_BITS);
        for bonus in bonuses {
            if bonus.seek(doc) == doc {
                score += u64::from(bonus.value() >> COVER_BITS);
            }
        }
        let words = u64::from(rank.name_words.max(1));
        let covered = u64::from(value & COVER_MASK).min(2 * words);
        let raised = score * (1000 + 500 * covered / (2 * words)) * (1000 + u64::from(rank.boost));
        u32::try_from(raised / 1_000_000).unwrap_or(u32::MAX)
    }
}
