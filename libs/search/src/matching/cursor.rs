//! Going through the documents of a slot in one segment.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::Field;
use tantivy::{DocSet, TERMINATED};

use crate::error::Error;
use crate::query::plan::{Alternative, Table, Term};
use crate::view::{Segment, View};

/// So many lists are gone through side by side; more are put into one first.
const SIDE_BY_SIDE: usize = 4;

/// Lists that together have more than one of so many documents are put into one when all
/// of it is gone through.
const DENSE: u32 = 64;

/// How much of a cursor will be gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// What other cursors leave of it.
    Shared,
    /// A few steps.
    Steps,
}

/// One list of documents, and what each is worth by the frequency there.
pub(crate) struct List {
    postings: SegmentPostings,
    table: Table,
}

/// The documents of one slot or bonus.
pub(crate) enum Cursor {
    /// Of one term.
    One(Box<List>),
    /// Of a few, side by side; none of them of several itself.
    Few { parts: Vec<Cursor>, doc: u32 },
    /// Put together before.
    Made {
        docs: Vec<(u32, u32)>,
        at: usize,
        best: u32,
    },
}

impl Cursor {
    /// The documents in which any of `alternatives` of a slot of `weight` is, `None` if
    /// there are none.
    pub fn of_any<'a>(
        view: &View,
        segment: Segment<'_>,
        alternatives: impl Iterator<Item = &'a Alternative>,
        weight: u32,
        extent: Extent,
    ) -> Result<Option<Self>, Error> {
        let mut lists = Vec::new();
        let mut made: Vec<(u32, u32)> = Vec::new();
        for Alternative { term, share } in alternatives {
            let table = term.table(*share, weight);
            match term {
                Term::Bigrams(all) => intersect(segment, view.fields.bigrams, all, table, |doc, value| {
                    made.push((doc, value));
                    true
                })?,
                Term::All(all) => intersect(segment, view.fields.text, all, table, |doc, value| {
                    made.push((doc, value));
                    true
                })?,
                _ => lists.extend(list(view, segment, term, table)?),
            }
        }
        let total: u32 = lists.iter().map(|list| list.postings.doc_freq()).sum();
        let few = made.is_empty() && lists.len() <= SIDE_BY_SIDE;
        let few = match extent {
            Extent::Whole => few && total <= segment.reader.max_doc() / DENSE,
            Extent::Shared => few,
            Extent::Steps => true,
        };
        if !few && lists.len() + made.len() > 1 {
            return Ok(Some(Self::made(merge(segment, lists, made))));
        }
        let mut parts: Vec<Self> = lists.into_iter().map(|list| Self::One(Box::new(list))).collect();
        if !made.is_empty() {
            parts.push(Self::made(sorted(made)));
        }
        if parts.len() < 2 {
            return Ok(parts.pop());
        }
        let doc = parts.iter().map(Self::doc).min().unwrap_or(TERMINATED);
        Ok(Some(Self::Few { parts, doc }))
    }

    /// The same with all its lists in one; for a cursor that did not go on yet.
    pub fn joined(self, segment: Segment<'_>) -> Self {
        match self {
            Self::Few { parts, .. } => {
                let (mut lists, mut made) = (Vec::new(), Vec::new());
                for part in parts {
                    match part {
                        Self::One(list) => lists.push(*list),
                        Self::Made { docs, .. } => made = docs,
                        Self::Few { .. } => {}
                    }
                }
                Self::made(merge(segment, lists, made))
            }
            cursor => cursor,
        }
    }

    fn made(docs: Vec<(u32, u32)>) -> Self {
        let best = docs.iter().map(|entry| entry.1).max().unwrap_or(0);
        Self::Made { docs, at: 0, best }
    }

    /// The next documents, `most` at most, and what each is worth; the cursor goes on
    /// behind them.
    pub fn take(&mut self, most: usize, docs: &mut Vec<u32>, values: &mut Vec<u32>) {
        docs.clear();
        values.clear();
        if let Self::Made { docs: made, at, .. } = self {
            let end = (*at + most).min(made.len());
            docs.extend(made[*at..end].iter().map(|entry| entry.0));
            values.extend(made[*at..end].iter().map(|entry| entry.1));
            *at = end;
            return;
        }
        while docs.len() < most && self.doc() != TERMINATED {
            docs.push(self.doc());
            values.push(self.value());
            self.advance();
        }
    }

    /// Whether some document that was not replaced has all of `terms`.
    pub fn meet(view: &View, segment: Segment<'_>, terms: &[String]) -> Result<bool, Error> {
        let mut found = false;
        intersect(segment, view.fields.text, terms, [0; 16], |doc, _| {
            found = !segment.reader.is_deleted(doc);
            !found
        })?;
        Ok(found)
    }

    /// The documents of one term of `weight`.
    pub fn of_term(
        view: &View,
        segment: Segment<'_>,
        term: &Term,
        weight: u32,
    ) -> Result<Option<Self>, Error> {
        Ok(list(view, segment, term, term.table(256, weight))?.map(|list| Self::One(Box::new(list))))
    }

    /// The document it stands at; `TERMINATED` at the end.
    #[inline]
    pub fn doc(&self) -> u32 {
        match self {
            Self::One(list) => list.postings.doc(),
            Self::Few { doc, .. } => *doc,
            Self::Made { docs, at, .. } => docs.get(*at).map_or(TERMINATED, |&(doc, _)| doc),
        }
    }

    /// Goes to the first document from `target` on, which is behind none it stood at.
    #[inline]
    pub fn seek(&mut self, target: u32) -> u32 {
        match self {
            Self::One(list) => {
                if list.postings.doc() >= target {
                    return list.postings.doc();
                }
                list.postings.seek(target)
            }
            Self::Few { parts, doc } => {
                if *doc < target {
                    let each = parts.iter_mut().map(|part| part.seek(target));
                    *doc = each.min().unwrap_or(TERMINATED);
                }
                *doc
            }
            Self::Made { docs, at, .. } => {
                let rest = &docs[*at..];
                // Mostly the next ones: double the step until it is too far.
                let mut step = 1;
                while step < rest.len() && rest[step].0 < target {
                    step *= 2;
                }
                let end = rest.len().min(step + 1);
                *at += rest[..end].partition_point(|&(doc, _)| doc < target);
                self.doc()
            }
        }
    }

    /// Goes to the next document.
    #[inline]
    pub fn advance(&mut self) -> u32 {
        match self {
            Self::One(list) => list.postings.advance(),
            _ => self.seek(self.doc() + 1),
        }
    }

    /// What the document it stands at is worth, in the form of a [`Table`].
    #[inline]
    pub fn value(&self) -> u32 {
        match self {
            Self::One(list) => list.value(),
            Self::Few { parts, doc } => {
                let here = parts.iter().filter(|part| part.doc() == *doc);
                here.map(Self::value).max().unwrap_or(0)
            }
            Self::Made { docs, at, .. } => docs.get(*at).map_or(0, |&(_, value)| value),
        }
    }

    /// The most a document is worth.
    pub fn best(&self) -> u32 {
        let best = |list: &List| list.table.iter().copied().max().unwrap_or(0);
        match self {
            Self::One(list) => best(list),
            Self::Few { parts, .. } => parts.iter().map(Self::best).max().unwrap_or(0),
            Self::Made { best, .. } => *best,
        }
    }

    /// How many documents are left after `taken` were taken.
    pub fn rest(&mut self, taken: u64) -> u64 {
        if let Self::Few { .. } = self {
            let mut count = 0;
            while self.doc() != TERMINATED {
                count += 1;
                self.advance();
            }
            return count;
        }
        u64::from(self.cost()) - taken
    }

    /// About how many documents there are.
    pub fn cost(&self) -> u32 {
        match self {
            Self::One(list) => list.postings.doc_freq(),
            Self::Few { parts, .. } => parts.iter().map(Self::cost).sum(),
            Self::Made { docs, .. } => docs.len() as u32,
        }
    }
}

impl List {
    #[inline]
    fn value(&self) -> u32 {
        self.table[self.postings.term_freq() as usize & 15]
    }
}

fn list(view: &View, segment: Segment<'_>, term: &Term, table: Table) -> Result<Option<List>, Error> {
    let (field, text) = match term {
        Term::Text(text) | Term::Kind(text) => (view.fields.text, text),
        Term::Initials(run) => (view.fields.initials, run),
        Term::Pair(pair) | Term::Joined(pair) => (view.fields.pairs, pair),
        Term::Ending(end) => (view.fields.endings, end),
        Term::All(_) | Term::Bigrams(_) => return Ok(None),
    };
    Ok(segment
        .postings(field, text)?
        .map(|postings| List { postings, table }))
}

/// Gives each document in which all of `terms` stand to `each`, with what the worst of
/// them is worth, until it has enough.
fn intersect(
    segment: Segment<'_>,
    field: Field,
    terms: &[String],
    table: Table,
    mut each: impl FnMut(u32, u32) -> bool,
) -> Result<(), Error> {
    let mut lists = Vec::new();
    for term in terms {
        match segment.postings(field, term)? {
            Some(postings) => lists.push(List { postings, table }),
            None => return Ok(()),
        }
    }
    lists.sort_by_key(|list| list.postings.doc_freq());
    let Some((first, rest)) = lists.split_first_mut() else {
        return Ok(());
    };
    let mut doc = first.postings.doc();
    'documents: while doc != TERMINATED {
        let mut value = first.value();
        for list in rest.iter_mut() {
            let at = list.postings.doc();
            let at = if at < doc { list.postings.seek(doc) } else { at };
            if at != doc {
                doc = if at == TERMINATED {
                    at
                } else {
                    first.postings.seek(at)
                };
                continue 'documents;
            }
            value = value.min(list.value());
        }
        if !each(doc, value) {
            return Ok(());
        }
        doc = first.postings.advance();
    }
    Ok(())
}

/// All of many lists as one: merged two by two, or by an array of all documents where
/// there are very many.
fn merge(segment: Segment<'_>, mut lists: Vec<List>, made: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    lists.sort_by_key(|list| list.postings.doc_freq());
    let total: usize = lists
        .iter()
        .map(|list| list.postings.doc_freq() as usize)
        .sum::<usize>()
        + made.len();
    let documents = segment.reader.max_doc() as usize;
    // Each document of a list is moved once for each larger list.
    if total * lists.len().min(16) < documents {
        return lists.into_iter().fold(sorted(made), add);
    }
    let mut best = vec![0u32; documents];
    for (doc, value) in made {
        best[doc as usize] = best[doc as usize].max(value);
    }
    for mut list in lists {
        while list.postings.doc() != TERMINATED {
            let known = &mut best[list.postings.doc() as usize];
            *known = (*known).max(list.value());
            list.postings.advance();
        }
    }
    let mut all = Vec::with_capacity(total.min(documents));
    for (doc, &value) in (0..).zip(&best) {
        if value > 0 {
            all.push((doc, value));
        }
    }
    all
}

/// Sorts documents, of which some come twice; the better value counts.
fn sorted(mut docs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    // A few sorted runs, which a stable sort merges.
    docs.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    docs.dedup_by_key(|entry| entry.0);
    docs
}

/// Merges a list into sorted documents; the better value counts.
fn add(all: Vec<(u32, u32)>, mut list: List) -> Vec<(u32, u32)> {
    let mut merged = Vec::with_capacity(all.len() + list.postings.doc_freq() as usize);
    let mut known = all.into_iter().peekable();
    while list.postings.doc() != TERMINATED {
        let (doc, mut value) = (list.postings.doc(), list.value());
        while let Some(before) = known.next_if(|entry| entry.0 < doc) {
            merged.push(before);
        }
        if let Some((_, other)) = known.next_if(|entry| entry.0 == doc) {
            value = value.max(other);
        }
        merged.push((doc, value));
        list.postings.advance();
    }
    merged.extend(known);
    merged
}
