//! What the dictionary is compiled of: the files of mecab-ko-dic and our own words.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::compile::{CompileError, file};
use crate::dictionary::{Connection, Kinds};
use crate::jamo;
use crate::own_words::{OwnWord, Shape};
use crate::tag::Tag;
use crate::text::{self, Class};
use crate::word::{Word, record};

#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub connection: Connection,
    pub word: Word,
}

#[derive(Default)]
pub(crate) struct Source {
    pub entries: BTreeMap<String, Vec<Entry>>,
    pub details: Vec<u8>,
    /// Records already in `details`, with their place.
    known: HashMap<Vec<u8>, usize>,
    pub tags_by_left: HashMap<u16, Tag>,
    counters: HashMap<String, Connection>,
    symbols: HashMap<String, Connection>,
    pub dropped: usize,
}

impl Source {
    pub fn read(&mut self, path: &Path) -> Result<(), CompileError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(path)
            .map_err(|error| file(path, error))?;
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).map_err(|error| file(path, error))? {
            let line = row.position().map_or(0, csv::Position::line);
            self.take(&row).map_err(|cause| CompileError::Line {
                path: path.display().to_string(),
                line,
                cause,
            })?;
        }
        Ok(())
    }

    fn take(&mut self, row: &csv::StringRecord) -> Result<(), String> {
        let field = |at: usize| row.get(at).ok_or_else(|| format!("field {at} is missing"));
        let number = |at: usize| {
            field(at)?
                .parse::<i32>()
                .map_err(|error| format!("field {at}: {error}"))
        };
        let fits = |_| "an id or a cost is too large".to_owned();
        let connection = Connection {
            left: u16::try_from(number(1)?).map_err(fits)?,
            right: u16::try_from(number(2)?).map_err(fits)?,
            cost: i16::try_from(number(3)?).map_err(fits)?,
        };
        let tag = Tag::parse(field(4)?).ok_or_else(|| format!("{} is no part of speech", &row[4]))?;
        self.tags_by_left.insert(connection.left, tag);
        let surface = text::fold(field(0)?);
        if tag == Tag::Nnbc && row[8] == *"*" {
            self.counters.insert(surface.clone(), connection);
        }
        if matches!(tag, Tag::Sc | Tag::Sf | Tag::Sso | Tag::Ssc) {
            self.symbols.insert(surface.clone(), connection);
        }
        let hanja = surface.chars().any(|c| text::class(c) == Class::Hanja);
        if !surface
            .chars()
            .all(|c| matches!(text::class(c), Class::Hangul | Class::Hanja))
        {
            self.dropped += 1;
            return Ok(());
        }
        let parts = parts(field(8)?, field(11)?);
        let reading = if hanja && field(7)? != "*" { &row[7] } else { "" };
        let word = self.word(tag, reading, &parts);
        self.insert(surface, Entry { connection, word });
        Ok(())
    }

    fn word(&mut self, tag: Tag, reading: &str, parts: &[(Tag, String)]) -> Word {
        if reading.is_empty() && parts.is_empty() {
            return Word::plain(tag);
        }
        let Some(record) = record(tag, reading, parts) else {
            return Word::plain(tag);
        };
        let details = &mut self.details;
        let place = *self.known.entry(record).or_insert_with_key(|record| {
            let place = details.len();
            details.extend_from_slice(record);
            place
        });
        Word::detailed(place).unwrap_or(Word::plain(tag))
    }

    /// Of entries that connect alike only the cheapest can be on a cheapest path.
    pub fn insert(&mut self, surface: String, entry: Entry) {
        let entries = self.entries.entry(surface).or_default();
        let alike = |other: &&mut Entry| {
            (other.connection.left, other.connection.right) == (entry.connection.left, entry.connection.right)
        };
        match entries.iter_mut().find(alike) {
            Some(other) => {
                if entry.connection.cost < other.connection.cost {
                    *other = entry;
                }
                self.dropped += 1;
            }
            None => entries.push(entry),
        }
    }

    /// Our own words take the place of the nouns written alike; verbs and particles stay beside them.
    pub fn add_own(&mut self, own: &[OwnWord]) {
        for word in own {
            let parts: Vec<_> = word
                .parts
                .iter()
                .enumerate()
                .map(|(at, part)| (part_tag(at, part), part.clone()))
                .collect();
            let entry = Entry {
                connection: own_connection(word),
                word: self.word(word.tag, "", &parts),
            };
            let details = &self.details;
            let entries = self.entries.entry(word.surface.clone()).or_default();
            let cheapest = entries
                .iter()
                .filter(|entry| entry.word.read(details).tag.is_noun())
                .map(|entry| entry.connection.cost);
            let cost = cheapest.min().unwrap_or(i16::MAX).min(entry.connection.cost);
            entries.retain(|entry| !entry.word.read(details).tag.is_noun());
            entries.push(Entry {
                connection: Connection {
                    cost,
                    ..entry.connection
                },
                ..entry
            });
        }
    }

    /// Whether the source numbers contexts as our own words expect.
    pub fn knows_shapes(&self) -> bool {
        let tag = |shape: Shape| self.tags_by_left.get(&shape.ids().0).copied();
        tag(Shape::Common) == Some(Tag::Nng)
            && tag(Shape::Proper) == Some(Tag::Nnp)
            && tag(Shape::Place) == Some(Tag::Nnp)
    }

    pub fn kinds(&self, unknown: &Path) -> Result<Kinds, CompileError> {
        let definition = std::fs::read_to_string(unknown).map_err(|error| file(unknown, error))?;
        let missing = |name: &str| CompileError::File {
            path: unknown.display().to_string(),
            cause: format!("there is nothing for {name}"),
        };
        let kind = |name: &str| {
            let line = definition
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
            let mut numbers = line.into_iter().flat_map(|line| line.split(','));
            let mut next = || numbers.next().and_then(|number| number.parse::<i16>().ok());
            match (next(), next(), next()) {
                (Some(left), Some(right), Some(cost)) => Ok(Connection {
                    left: left.unsigned_abs(),
                    right: right.unsigned_abs(),
                    cost,
                }),
                _ => Err(missing(name)),
            }
        };
        let symbol = |name: &str| self.symbols.get(name).copied().ok_or_else(|| missing(name));
        let (number, counter) = (
            kind("NUMERIC")?,
            self.counters.get("개").copied().ok_or_else(|| missing("개"))?,
        );
        Ok(Kinds {
            hangul: kind("HANGUL")?,
            hanja: kind("HANJA")?,
            letters: kind("ALPHA")?,
            number,
            counter: Connection {
                left: number.left,
                ..counter
            },
            symbol: kind("SYMBOL")?,
            separator: symbol(",")?,
            sentence_end: symbol(".")?,
            opening: symbol("(")?,
            closing: symbol(")")?,
        })
    }
}

/// The morphemes of an entry: `무궁/NNG/*+화/NNG/*`.
fn parts(kind: &str, expression: &str) -> Vec<(Tag, String)> {
    if !matches!(kind, "Compound" | "Inflect" | "Preanalysis") || expression == "*" {
        return Vec::new();
    }
    let part = |part: &str| {
        let mut fields = part.split('/');
        let text = fields.next()?;
        let tag = Tag::parse(fields.next()?)?;
        (!text.is_empty()).then(|| {
            (
                tag,
                text.chars()
                    .map(|c| jamo::to_compatibility(c).unwrap_or(c))
                    .collect(),
            )
        })
    };
    let parts: Vec<_> = expression.split('+').filter_map(part).collect();
    if parts.len() < 2 && kind != "Inflect" {
        Vec::new()
    } else {
        parts
    }
}

/// What a part of our own words is: a noun, or the suffix of where it is from and what it is for.
fn part_tag(at: usize, part: &str) -> Tag {
    if at > 0 && matches!(part, "산" | "용") {
        Tag::Xsn
    } else {
        Tag::Nng
    }
}

/// How our own words connect: as a common or a proper noun does that ends in a vowel or in a consonant.
///
/// The cost falls with the length. A word of one syllable costs what any noun does, for it is part of many
/// others; from two on it is cheaper than the pieces it could fall into, and the longer of two wins.
fn own_connection(word: &OwnWord) -> Connection {
    let closed = word
        .surface
        .chars()
        .last()
        .and_then(jamo::split)
        .is_some_and(|(_, _, last)| last.is_some());
    let (left, open_right, closed_right) = word.shape.ids();
    let right = if closed { closed_right } else { open_right };
    let cost = match word.surface.chars().count() {
        0 | 1 => 2000,
        2 => 300,
        3 => -1800,
        len => -1800 - 1500 * i16::try_from(len.min(12) - 3).unwrap_or(0),
    };
    Connection { left, right, cost }
}
