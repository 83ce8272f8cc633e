//! From text to tokens.

use std::cell::Cell;
use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::english::fold_plural;
use crate::lattice::{Item, Lattice, Step};
use crate::scan::{Found, piece, scan};
use crate::tag::{Tag, Tags};
use crate::text::{Class, Text};
use crate::word::Details;

/// What becomes of compounds; nori calls the modes NONE, DISCARD and MIXED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Compounds stay whole.
    Whole,
    /// Compounds are replaced by their parts.
    Parts,
    /// Compounds stay, and their parts follow at the same positions.
    Mixed,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A word of the dictionary.
    Word,
    /// A word made of others, which follow it.
    Compound,
    /// A part of a compound.
    Part,
    /// A word in another script, its English plural folded.
    Foreign,
    /// A number without separators: `1000`, `3.5`; a grade: `1++`.
    Number,
    /// A number with its unit in canonical form: `10kg`.
    Quantity,
    /// Hangul or hanja the dictionary has no words for.
    Unknown,
    /// Jamo that make no syllable: `ㄱㅈ`.
    Jamo,
}

/// A token, as an index takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Normalised text.
    pub text: &'a str,
    /// First byte of the original.
    pub start: usize,
    /// The byte after its last of the original. Both lie between characters.
    pub end: usize,
    /// Place among the words, from 0. Words left out leave a hole, punctuation does not.
    pub position: u32,
    /// How many positions it covers: more than one where the parts of a compound follow.
    pub position_length: u32,
    /// What it is.
    pub kind: Kind,
    /// Its part of speech.
    pub tag: Tag,
}

/// Turns text into tokens. Cheap to clone, and shared by threads; each thread keeps its own buffers.
#[derive(Clone)]
pub struct Analyzer {
    dictionary: Arc<Dictionary>,
    stop: Tags,
}

/// Buffers of a thread.
#[derive(Default)]
struct Buffers {
    text: Text,
    items: Vec<Item>,
    found: Vec<Found>,
    lattice: Lattice,
    term: String,
}

thread_local! {
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
}

impl Analyzer {
    /// An analyzer that leaves out [`Tags::DEFAULT_STOP`].
    pub fn new(dictionary: Arc<Dictionary>) -> Self {
        Self {
            dictionary,
            stop: Tags::DEFAULT_STOP,
        }
    }

    /// The same, leaving out `stop` instead.
    #[must_use]
    pub fn with_stop_tags(self, stop: Tags) -> Self {
        Self { stop, ..self }
    }

    /// The dictionary it looks words up in.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Gives each token of `text` to `each`, in the order of the text; a compound comes before its parts.
    ///
    /// Never fails, whatever the text, and takes time in proportion to its length.
    pub fn analyze(&self, text: &str, mode: Mode, mut each: impl FnMut(Token<'_>)) {
        // `each` may analyze too: it then finds no buffers and brings its own.
        let mut buffers = BUFFERS.take().unwrap_or_default();
        let mut position = 0;
        let mut base = 0;
        while base < text.len() {
            let len = piece(&text[base..]);
            let Buffers {
                text: folded,
                items,
                found,
                lattice,
                term,
            } = &mut *buffers;
            folded.set(&text[base..base + len], base);
            scan(folded, &self.dictionary.kinds, items, found);
            let steps = lattice.solve(&self.dictionary, &folded.chars, items);
            let mut out = Out {
                analyzer: self,
                original: text,
                folded,
                mode,
                position,
                term,
                each: &mut each,
            };
            for step in steps {
                out.step(step, found[usize::from(step.item)]);
            }
            position = out.position;
            base += len;
        }
        BUFFERS.set(Some(buffers));
    }
}

/// Where tokens go.
struct Out<'a, F> {
    analyzer: &'a Analyzer,
    original: &'a str,
    folded: &'a Text,
    mode: Mode,
    position: u32,
    term: &'a mut String,
    each: &'a mut F,
}

impl<F: FnMut(Token<'_>)> Out<'_, F> {
    fn step(&mut self, step: &Step, found: Found) {
        let (kind, tag) = match found {
            Found::Run => return self.word(step),
            Found::Symbol => return,
            Found::Letters => (Kind::Foreign, Tag::Sl),
            Found::Number(_) | Found::Grade => (Kind::Number, Tag::Sn),
            Found::Quantity(_) => (Kind::Quantity, Tag::Nnbc),
            Found::Jamo => (Kind::Jamo, Tag::Unknown),
        };
        self.term.clear();
        match found {
            Found::Number(number) => number.write(self.term),
            Found::Quantity(quantity) => quantity.write(self.term),
            _ => self
                .term
                .extend(&self.folded.chars[usize::from(step.start)..usize::from(step.end)]),
        }
        if found == Found::Letters {
            fold_plural(self.term);
        }
        let (start, end) = self.bytes(step.start, step.end);
        let position = self.position;
        (self.each)(Token {
            text: self.term,
            start,
            end,
            position,
            position_length: 1,
            kind,
            tag,
        });
        self.position += 1;
    }

    fn word(&mut self, step: &Step) {
        let dictionary = &self.analyzer.dictionary;
        let details = step.word.read(&dictionary.details);
        let parts = details.parts.len() as u32;
        let taken_apart = parts > 0 && self.mode != Mode::Whole;
        let width = if taken_apart { parts } else { 1 };
        let keep_whole = !(taken_apart && self.mode == Mode::Parts);
        let (start, end) = self.bytes(step.start, step.end);
        if keep_whole && !self.analyzer.stop.contains(details.tag) {
            let kind = match (taken_apart, step.word.is_unknown()) {
                (true, _) => Kind::Compound,
                (_, true) => Kind::Unknown,
                _ => Kind::Word,
            };
            // Plain syllables take three bytes each, and nothing else that is folded to them does.
            let plain = end - start == 3 * usize::from(step.end - step.start)
                && self.folded.classes[usize::from(step.start)] == Class::Hangul;
            let text = if !details.reading.is_empty() {
                details.reading
            } else if plain {
                &self.original[start..end]
            } else {
                self.term.clear();
                self.term
                    .extend(&self.folded.chars[usize::from(step.start)..usize::from(step.end)]);
                &*self.term
            };
            let position = self.position;
            (self.each)(Token {
                text,
                start,
                end,
                position,
                position_length: width,
                kind,
                tag: details.tag,
            });
        }
        if taken_apart {
            self.parts(step, &details);
        }
        self.position += width;
    }

    fn parts(&mut self, step: &Step, details: &Details<'_>) {
        let first = usize::from(step.start);
        let whole = &self.folded.chars[first..usize::from(step.end)];
        let exact = details
            .parts
            .clone()
            .flat_map(|(_, text)| text.chars())
            .eq(whole.iter().copied());
        let mut at = step.start;
        for (place, (tag, text)) in details.parts.clone().enumerate() {
            let next = if exact {
                at + text.chars().count() as u16
            } else {
                step.end
            };
            if !self.analyzer.stop.contains(tag) {
                let (start, end) = self.bytes(if exact { at } else { step.start }, next);
                let position = self.position + place as u32;
                (self.each)(Token {
                    text,
                    start,
                    end,
                    position,
                    position_length: 1,
                    kind: Kind::Part,
                    tag,
                });
            }
            at = next;
        }
    }

    fn bytes(&self, start: u16, end: u16) -> (usize, usize) {
        let first = self.folded.starts[usize::from(start)] as usize;
        (first, self.folded.ends[usize::from(end) - 1] as usize)
    }
}
