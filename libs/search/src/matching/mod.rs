//! Which documents match a plan, and how well.

mod cursor;
mod relaxed;
mod score;
mod visit;

pub(crate) use cursor::Cursor;
pub(crate) use relaxed::Relaxed;
pub(crate) use score::quality;
use time::Date;

use crate::error::Error;
use crate::facets::Counter;
use crate::filter::Filter;
use crate::matching::visit::Visit;
use crate::page::{Position, Ranked, Sort, Top};
use crate::query::plan::Plan;
use crate::view::View;

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
    /// Whether it may find more than a stricter search that found something or nothing.
    /// Beside something, words that stand in very many products are no help.
    pub fn is_useful(&self, something: bool) -> bool {
        let Some(required) = self.relaxed.required(self.plan) else {
            return false;
        };
        let least = self
            .plan
            .slots
            .iter()
            .zip(required)
            .filter(|(_, required)| *required);
        let most = (self.view.len() / 500).max(200);
        !something
            || least
                .map(|(slot, _)| slot.products)
                .min()
                .is_some_and(|products| products <= most)
    }

    /// Counts all that match, keeps the first `most` after `after`.
    pub fn run(&self, most: usize, after: Option<Position>, counter: &mut Counter) -> Result<Found, Error> {
        let mut top = Top::new(most, after);
        let (total, _) = self.go(Bound::NONE, &mut top, counter)?;
        Ok(Found {
            total,
            first: top.finish(),
        })
    }

    /// Counts what matches up to a bound, and tells whether that are all.
    pub fn count(&self, bound: Bound) -> Result<(u64, bool), Error> {
        if let [slot] = self.plan.slots.as_slice()
            && self.filter.is_empty()
            && slot.products >= bound.enough.saturating_add(self.view.replaced())
            && slot.loose.is_empty()
        {
            return Ok((bound.enough, true));
        }
        let mut counter = Counter::new(&[], self.today);
        let (total, complete) = self.go(bound, &mut Top::new(0, None), &mut counter)?;
        Ok((total.min(bound.enough), complete))
    }

    fn go(&self, bound: Bound, top: &mut Top, counter: &mut Counter) -> Result<(u64, bool), Error> {
        let required = self.relaxed.required(self.plan);
        let mut progress = Progress { total: 0, bound };
        for segment in self.view.segments() {
            let tally = (!counter.is_idle()).then(|| counter.tally(segment.columns));
            let mut visit = Visit::new(self, segment, top, tally, &mut progress);
            match &required {
                _ if self.plan.slots.is_empty() => visit.all(),
                Some(required) => visit.matching(required)?,
                None => {}
            }
            if let Some(tally) = visit.finish() {
                counter.add(&tally);
            }
            if progress.is_over() {
                break;
            }
        }
        Ok((progress.total, progress.bound.steps > 0))
    }
}

/// How far to count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// So many products are enough.
    pub enough: u64,
    /// So many documents are looked at, by the rarest word.
    pub steps: u64,
}

impl Bound {
    /// To the end.
    pub const NONE: Self = Self {
        enough: u64::MAX,
        steps: u64::MAX,
    };
}

/// How far it was counted.
struct Progress {
    total: u64,
    /// What is left of the steps.
    bound: Bound,
}

impl Progress {
    fn is_over(&self) -> bool {
        self.total >= self.bound.enough || self.bound.steps == 0
    }

    fn is_unbounded(&self) -> bool {
        self.bound.enough == u64::MAX && self.bound.steps == u64::MAX
    }
}
