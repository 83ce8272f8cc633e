//! From a text to a plan.
//!
//! Each word is understood by itself, by the first of these that the catalogue has
//! something for: as it is, with its synonyms; as initial consonants; as typed with the
//! keyboard in the other language; as the end of longer words; as unfinished; as
//! misspelt; by its pairs of letters.

use time::Date;
use xlcfi_korean::{jamo, keyboard};

use crate::error::Error;
use crate::filter::Filter;
use crate::matching::{Bound, Relaxed, Search};
use crate::name::pair;
use crate::page::Sort;
use crate::query::mind::{Mind, WHOLE, Way};
use crate::query::plan::{Bonus, MOST_SLOTS, Mark, Plan, Slot, Term, weight};
use crate::query::units::Unit;
use crate::query::ways::COMPLETED;
use crate::split::cut;
use crate::words::Candidate;

/// Texts are read so far, in bytes.
const LONGEST_QUERY: usize = 500;

/// Share of a synonym, in 256ths of a word as it is.
const SYNONYM: u32 = 230;

/// Suffixes that say where something comes from or what it is for.
const SUFFIXES: [char; 3] = ['산', '용', '식'];

/// How a unit was understood.
enum Meaning {
    Slot(Slot),
    /// As another text, which replaces it.
    Replaced(String, Vec<Slot>),
}

impl Mind<'_> {
    /// What `text` asks for.
    pub fn understand(&self, text: &str) -> Result<Plan, Error> {
        let text = cut(text, LONGEST_QUERY);
        let mut plan = Plan::default();
        let units = self.units(text)?;
        let mut replaced = false;
        let mut at = 0;
        while at < units.len() && plan.slots.len() < MOST_SLOTS {
            let surfaces: Vec<&str> = units[at..]
                .iter()
                .take(4)
                .map(|unit| unit.surface.as_str())
                .collect();
            if let Some((count, synonyms)) = self.synonyms.longest(&surfaces) {
                let group = &units[at..at + count];
                if let Some(slot) = self.synonymous(group, synonyms)? {
                    plan.slots.push(slot);
                    plan.spelled.extend(group.iter().map(|unit| unit.surface.clone()));
                    at += count;
                    continue;
                }
            }
            let unit = &units[at];
            match self.meaning(unit, at + 1 == units.len())? {
                Meaning::Slot(slot) => {
                    plan.slots.push(slot);
                    plan.spelled.push(unit.surface.clone());
                }
                Meaning::Replaced(text, slots) => {
                    plan.slots.extend(slots);
                    plan.spelled.push(text);
                    replaced = true;
                }
            }
            at += 1;
        }
        plan.slots.truncate(MOST_SLOTS);
        plan.bonuses = bonuses(&plan.slots);
        plan.marks = marks(&plan.slots);
        plan.corrected = replaced.then(|| plan.spelled.join(" "));
        Ok(plan)
    }

    /// How many products `text` finds, counted up to a bound, and whether that are all.
    pub fn count(&self, text: &str, bound: Bound) -> Result<(u64, bool), Error> {
        let plan = self.understand(text)?;
        let filter = Filter::default();
        let (sort, today, relaxed) = (Sort::Newest, Date::MIN, Relaxed::No);
        Search {
            view: self.view,
            plan: &plan,
            filter: &filter,
            sort,
            today,
            relaxed,
        }
        .count(bound)
    }

    fn synonymous(&self, group: &[Unit], synonyms: &[String]) -> Result<Option<Slot>, Error> {
        let leaves: Vec<_> = group.iter().flat_map(|unit| unit.leaves.clone()).collect();
        let surface = if let [unit] = group {
            unit.surface.as_str()
        } else {
            ""
        };
        let mut found = self.or_synonyms(self.exact(surface, &leaves, WHOLE)?, synonyms)?;
        if !found.is_empty() {
            found.extend(self.endings(surface)?);
        }
        let slot = self.slot(found, false);
        slot.map(|slot| self.loosened(slot, group.last().map_or(&[], |unit| &unit.leaves)))
            .transpose()
    }

    /// `found`, and the ways to find `synonyms`. Where one of them is what a category is called, all mean that category.
    fn or_synonyms(&self, mut found: Vec<Way>, synonyms: &[String]) -> Result<Vec<Way>, Error> {
        for synonym in synonyms {
            found.extend(self.exact_text(synonym, SYNONYM)?);
        }
        if found.iter().any(|(way, _)| matches!(way.term, Term::Kind(_))) {
            found.retain(|(way, _)| !matches!(way.term, Term::Joined(_)));
            for (way, _) in &mut found {
                if let Term::Text(text) = &mut way.term {
                    way.term = Term::Kind(std::mem::take(text));
                }
            }
        }
        Ok(found)
    }

    /// What a unit without synonyms means.
    fn meaning(&self, unit: &Unit, last: bool) -> Result<Meaning, Error> {
        let mut found = self.exact(&unit.surface, &unit.leaves, WHOLE)?;
        if !found.is_empty() {
            if !self.literal {
                found.extend(self.likeness(unit)?);
            }
            found.extend(self.endings(&unit.surface)?);
        }
        if let Some(slot) = self.slot(found, unit.light) {
            return Ok(Meaning::Slot(self.loosened(slot, &unit.leaves)?));
        }
        if self.literal {
            return Ok(Meaning::Slot(Slot::default()));
        }
        if let Some(slot) = self.initials(&unit.surface)? {
            return Ok(Meaning::Slot(slot));
        }
        for slip in [keyboard::to_hangul(&unit.typed), keyboard::to_latin(&unit.typed)]
            .into_iter()
            .flatten()
        {
            if let Some(slots) = self.as_typed_otherwise(&slip)? {
                return Ok(Meaning::Replaced(slip, slots));
            }
        }
        if let Some(slot) = self.slot(self.endings(&unit.surface)?.into_iter().collect(), unit.light) {
            return Ok(Meaning::Slot(slot));
        }
        if let Some(stem) = unit.surface.strip_suffix(SUFFIXES)
            && let Some(slot) = self.slot(self.exact_text(stem, WHOLE)?, unit.light)
        {
            return Ok(Meaning::Slot(slot));
        }
        if (last || unfinished(&unit.surface))
            && let Some(slot) = self.completed(&unit.surface)?
        {
            return Ok(Meaning::Slot(slot));
        }
        for Candidate { text, .. } in self.corrections(&unit.surface) {
            let found = self.or_synonyms(self.exact_text(&text, WHOLE)?, self.synonyms.of(&text))?;
            if let Some(slot) = self.slot(found, unit.light) {
                return Ok(Meaning::Replaced(text, vec![slot]));
            }
        }
        // What stands in the text without endings: 아삭하고, 아삭한.
        if let Some(slot) = self.slot(self.exact("", &unit.rest, COMPLETED)?, unit.light) {
            return Ok(Meaning::Slot(self.loosened(slot, &unit.rest)?));
        }
        if let Some(slot) = self.by_letters(&unit.surface)? {
            return Ok(Meaning::Slot(slot));
        }
        let nothing = Slot {
            weight: weight(1, self.view.len()),
            light: unit.light,
            ..Slot::default()
        };
        let sure = unit.rest.last().is_some_and(|head| head.text.chars().count() > 1);
        Ok(Meaning::Slot(if sure {
            self.loosened(nothing, &unit.rest)?
        } else {
            nothing
        }))
    }

    /// The slots of a text typed with the other keyboard, if the catalogue knows it all.
    fn as_typed_otherwise(&self, text: &str) -> Result<Option<Vec<Slot>>, Error> {
        let mut slots = Vec::new();
        for unit in self.units(text)? {
            let found = self.exact(&unit.surface, &unit.leaves, WHOLE)?;
            let found = self.or_synonyms(found, self.synonyms.of(&unit.surface))?;
            match self.slot(found, unit.light) {
                Some(slot) => slots.push(slot),
                None => return Ok(None),
            }
        }
        Ok((!slots.is_empty()).then_some(slots))
    }
}

fn unfinished(surface: &str) -> bool {
    surface
        .chars()
        .last()
        .is_some_and(|c| jamo::is_consonant(c) || jamo::is_vowel(c))
}

/// Neighbours of the query that are neighbours in a name count more.
fn bonuses(slots: &[Slot]) -> Vec<Bonus> {
    let word = |slot: &Slot, last: bool| match slot.alternatives.first().map(|alternative| &alternative.term)
    {
        Some(Term::Text(text) | Term::Kind(text)) => Some(text.clone()),
        Some(Term::All(terms)) => if last { terms.last() } else { terms.first() }.cloned(),
        _ => None,
    };
    slots
        .windows(2)
        .filter_map(|two| {
            let term = Term::Pair(pair(&word(&two[0], true)?, &word(&two[1], false)?));
            Some(Bonus {
                term,
                weight: two[0].weight.min(two[1].weight).div_ceil(2),
            })
        })
        .collect()
}

fn marks(slots: &[Slot]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for alternative in slots
        .iter()
        .flat_map(|slot| slot.alternatives.iter().chain(&slot.loose))
    {
        match &alternative.term {
            Term::Text(text) | Term::Kind(text) => marks.push(Mark::Token(text.clone())),
            Term::Pair(pair) | Term::Joined(pair) => {
                marks.extend(pair.split(' ').map(|part| Mark::Token(part.to_owned())));
            }
            Term::All(terms) => marks.extend(terms.iter().cloned().map(Mark::Token)),
            Term::Initials(run) => marks.push(Mark::Initials(run.clone())),
            Term::Ending(text) => marks.push(Mark::Substring(text.clone())),
            Term::Bigrams(pairs) => marks.extend(pairs.iter().cloned().map(Mark::Substring)),
        }
    }
    marks
}
