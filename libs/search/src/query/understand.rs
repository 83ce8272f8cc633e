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
use crate::lexicon::key;
use crate::matching::{Bound, Relaxed, Search};
use crate::name::{ENDING, INITIALS_FROM_WORD, bigrams, pair};
use crate::page::Sort;
use crate::query::mind::{Mind, WHOLE, Way};
use crate::query::plan::{Alternative, Bonus, MOST_SLOTS, Mark, Plan, Slot, Term, weight};
use crate::query::units::Unit;
use crate::split::{Leaf, cut};
use crate::words::Candidate;

/// Texts are read so far, in bytes.
const LONGEST_QUERY: usize = 500;

/// An unfinished word is completed to so many words at most, those of most products.
const COMPLETIONS: usize = 48;

/// Shares of alternatives, in 256ths of a word as it is.
const SYNONYM: u32 = 230;
const COMPLETED: u32 = 200;
const LOOSE: u32 = 110;

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
        if let Some(slot) = self.slot(self.endings(&unit.surface)?, unit.light) {
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

    /// What a compound is: of 물오징어, the last part.
    fn loosened(&self, mut slot: Slot, leaves: &[Leaf]) -> Result<Slot, Error> {
        if let [_, .., head] = leaves {
            let products = self.in_text(&head.text)?;
            if products > 0 {
                slot.products = slot.products.max(products);
                slot.loose.push(Alternative {
                    term: Term::Text(head.text.clone()),
                    share: LOOSE,
                });
            }
        }
        Ok(slot)
    }

    /// Initial consonants of the name.
    fn initials(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let letters = jamo::decompose(surface);
        if letters.is_empty() || !letters.chars().all(jamo::is_consonant) {
            return Ok(None);
        }
        let run: String = letters.chars().take(INITIALS_FROM_WORD).collect();
        self.one(self.view.fields.initials, Term::Initials(run.clone()), &run)
    }

    /// Longer words of the name that end so: 콩나물 for 나물.
    fn endings(&self, surface: &str) -> Result<Vec<Way>, Error> {
        let syllables = surface.chars().count();
        let frequency = match (1..=ENDING).contains(&syllables) {
            true => self.frequency(self.view.fields.endings, surface)?,
            false => 0,
        };
        // One syllable says too little: 튀김 is no 김.
        let sure = syllables > 1 || self.in_text(surface)? == 0;
        let way = (
            Alternative {
                term: Term::Ending(surface.to_owned()),
                share: WHOLE,
            },
            frequency,
        );
        Ok((frequency > 0 && sure).then_some(way).into_iter().collect())
    }

    fn one(&self, field: tantivy::schema::Field, term: Term, text: &str) -> Result<Option<Slot>, Error> {
        let frequency = self.frequency(field, text)?;
        let found = (frequency > 0).then_some((Alternative { term, share: WHOLE }, frequency));
        Ok(self.slot(found.into_iter().collect(), false))
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

    /// The words that begin so. A lone consonant at the end begins the next syllable, if
    /// there are such words; else it may end the one before.
    fn completed(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let jamo = key(surface);
        let mut candidates = Vec::new();
        if let Some(lone) = surface.chars().last().filter(|&c| jamo::is_consonant(c)) {
            let whole = &surface[..surface.len() - lone.len_utf8()];
            candidates = self.words.words_beginning(&jamo, COMPLETIONS, |text| {
                let next = text.strip_prefix(whole).and_then(|rest| rest.chars().next());
                next.and_then(jamo::split)
                    .is_some_and(|(initial, ..)| initial == lone)
            });
        }
        if candidates.is_empty() {
            candidates = self.words.words_beginning(&jamo, COMPLETIONS, |_| true);
        }
        let mut found = Vec::new();
        for candidate in candidates {
            let count = self.in_text(&candidate.text)?;
            if count > 0 {
                let term = self.term(candidate.text)?;
                found.push((
                    Alternative {
                        term,
                        share: COMPLETED,
                    },
                    count,
                ));
            } else {
                found.extend(self.exact_text(&candidate.text, COMPLETED)?);
            }
        }
        Ok(self.slot(found, false))
    }

    /// Names with all pairs of letters of a word.
    fn by_letters(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let mut pairs = Vec::new();
        bigrams(surface, |bigram| pairs.push(bigram.to_owned()));
        let mut least = u64::MAX;
        for bigram in &pairs {
            least = least.min(self.frequency(self.view.fields.bigrams, bigram)?);
        }
        let found = (!pairs.is_empty() && least > 0).then_some({
            (
                Alternative {
                    term: Term::Bigrams(pairs),
                    share: WHOLE,
                },
                least,
            )
        });
        Ok(self.slot(found.into_iter().collect(), false))
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
