//! How a word of the lattice refers to what the dictionary tells of it.
//!
//! Most words are a tag and nothing else, which fits into the reference itself. Compounds, inflected forms and
//! hanja have a record in `details.bin`:
//!
//! ```text
//! tag u8 | parts u8 | reading length u8 | reading | for each part: tag u8, length u8, text
//! ```

use crate::tag::Tag;

/// A word as the lattice carries it: flags and either a tag or the place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u32);

const HAS_DETAILS: u32 = 1 << 31;
const UNKNOWN: u32 = 1 << 30;

impl Word {
    pub const fn plain(tag: Tag) -> Self {
        Self(tag as u32)
    }

    pub const fn unknown(tag: Tag) -> Self {
        Self(tag as u32 | UNKNOWN)
    }

    /// A word with a record at `offset`.
    pub fn detailed(offset: usize) -> Option<Self> {
        u32::try_from(offset)
            .ok()
            .filter(|&offset| offset < UNKNOWN)
            .map(|offset| Self(offset | HAS_DETAILS))
    }

    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub const fn bits(self) -> u32 {
        self.0
    }

    pub const fn is_unknown(self) -> bool {
        self.0 & (HAS_DETAILS | UNKNOWN) == UNKNOWN
    }

    /// What the dictionary, whose `details` these are, tells of this word.
    pub fn read(self, details: &[u8]) -> Details<'_> {
        if self.0 & HAS_DETAILS == 0 {
            return Details {
                tag: Tag::from_byte(self.0 as u8),
                reading: "",
                parts: Parts { left: 0, rest: &[] },
            };
        }
        let record = details
            .get((self.0 & !HAS_DETAILS) as usize..)
            .unwrap_or_default();
        let &[tag, parts, reading, ref rest @ ..] = record else {
            return Self::unknown(Tag::Unknown).read(details);
        };
        let (reading, rest) = rest.split_at(usize::from(reading).min(rest.len()));
        Details {
            tag: Tag::from_byte(tag),
            reading: std::str::from_utf8(reading).unwrap_or_default(),
            parts: Parts { left: parts, rest },
        }
    }
}

/// What the dictionary tells of a word.
pub(crate) struct Details<'a> {
    pub tag: Tag,
    /// How hanja are read; empty for words in hangul.
    pub reading: &'a str,
    pub parts: Parts<'a>,
}

/// The morphemes a word is made of; none where it is one itself.
#[derive(Clone)]
pub(crate) struct Parts<'a> {
    left: u8,
    rest: &'a [u8],
}

impl Parts<'_> {
    pub fn len(&self) -> usize {
        usize::from(self.left)
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (Tag, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let &[tag, len, ref rest @ ..] = self.rest else {
            return None;
        };
        let (text, rest) = rest.split_at(usize::from(len).min(rest.len()));
        self.rest = rest;
        Some((Tag::from_byte(tag), std::str::from_utf8(text).unwrap_or_default()))
    }
}

/// The record of a word; `None` if it does not fit.
pub(crate) fn record(tag: Tag, reading: &str, parts: &[(Tag, String)]) -> Option<Vec<u8>> {
    let mut out = vec![
        tag as u8,
        u8::try_from(parts.len()).ok()?,
        u8::try_from(reading.len()).ok()?,
    ];
    out.extend_from_slice(reading.as_bytes());
    for (tag, text) in parts {
        out.push(*tag as u8);
        out.push(u8::try_from(text.len()).ok()?);
        out.extend_from_slice(text.as_bytes());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Word, record};
    use crate::tag::Tag;

    #[test]
    fn a_record_reads_as_it_was_written() {
        let parts = [(Tag::Nng, "무궁".to_owned()), (Tag::Nng, "화".to_owned())];
        let bytes = record(Tag::Nng, "무궁화", &parts).unwrap();
        let word = Word::detailed(0).unwrap();
        let details = word.read(&bytes);
        assert_eq!(
            (details.tag, details.reading, details.parts.len()),
            (Tag::Nng, "무궁화", 2)
        );
        assert_eq!(
            details.parts.collect::<Vec<_>>(),
            [(Tag::Nng, "무궁"), (Tag::Nng, "화")]
        );
    }

    #[test]
    fn a_plain_word_needs_no_record_and_a_broken_record_breaks_nothing() {
        assert_eq!(Word::plain(Tag::Nnp).read(&[]).tag, Tag::Nnp);
        assert!(!Word::plain(Tag::Nnp).is_unknown());
        assert!(Word::unknown(Tag::Unknown).is_unknown());
        let word = Word::detailed(5).unwrap();
        assert_eq!(word.read(&[]).tag, Tag::Unknown);
        let cut = [Tag::Nng as u8, 3, 200, b'a'];
        let details = Word::detailed(0).unwrap().read(&cut);
        assert_eq!(details.reading, "a");
        assert_eq!(details.parts.collect::<Vec<_>>().len(), 0);
    }
}
