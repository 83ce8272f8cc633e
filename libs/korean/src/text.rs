//! Text as the analysis sees it: normalised characters that know where they came from.
//!
//! Characters are brought to NFKC and lower case, one cluster (a character and the marks that follow it) at a
//! time, so that each result knows the bytes it stands for. Three things differ from NFKC: jamo that stand
//! alone become compatibility jamo (`ㄱ`, what a keyboard types), Latin letters lose their accents, and
//! characters that are invisible by definition (zero-width spaces, variation selectors) are dropped.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use crate::jamo;

/// What kind of run a character can be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Space,
    Hangul,
    Hanja,
    Jamo,
    Digit,
    Letter,
    Kana,
    Symbol,
}

/// A piece of text, normalised, in parallel arrays.
#[derive(Default)]
pub(crate) struct Text {
    pub chars: Vec<char>,
    pub classes: Vec<Class>,
    /// Byte where the original of each character begins, and where it ends.
    pub starts: Vec<u32>,
    pub ends: Vec<u32>,
    cluster: String,
}

impl Text {
    /// Takes `original`, whose bytes count from `base`.
    pub fn set(&mut self, original: &str, base: usize) {
        self.chars.clear();
        self.classes.clear();
        self.starts.clear();
        self.ends.clear();
        let mut rest = original.char_indices().peekable();
        while let Some((at, first)) = rest.next() {
            let start = (base + at) as u32;
            if first.is_ascii() {
                // Nothing that follows an ASCII character is joined to it but marks.
                let next = rest.peek().map_or(' ', |&(_, next)| next);
                if next.is_ascii() || is_plain(next) {
                    self.push(first.to_ascii_lowercase(), start, start + 1);
                    continue;
                }
            } else if is_plain(first) {
                let next = rest.peek().map_or(' ', |&(_, next)| next);
                if next.is_ascii() || is_plain(next) {
                    self.push(first, start, start + first.len_utf8() as u32);
                    continue;
                }
            }
            if is_invisible(first) {
                continue;
            }
            self.cluster.clear();
            self.cluster.push(first);
            let mut end = at + first.len_utf8();
            while let Some(&(next_at, next)) = rest.peek() {
                if !continues(next, first) {
                    break;
                }
                if !is_invisible(next) {
                    self.cluster.push(next);
                }
                end = next_at + next.len_utf8();
                rest.next();
            }
            self.push_cluster(start, (base + end) as u32);
        }
    }

    fn push_cluster(&mut self, start: u32, end: u32) {
        let cluster = std::mem::take(&mut self.cluster);
        let first = cluster.chars().next().unwrap_or(' ');
        let alone = jamo::to_compatibility(first).filter(|_| cluster.chars().nth(1).is_none());
        match alone.or(Some(first).filter(|&first| class(first) == Class::Jamo)) {
            Some(jamo) => self.push(jamo, start, end),
            None => {
                for composed in cluster.nfkc() {
                    let composed = jamo::to_compatibility(composed).unwrap_or(composed);
                    for lower in composed.to_lowercase() {
                        self.push_folded(lower, start, end);
                    }
                }
            }
        }
        self.cluster = cluster;
    }

    /// Pushes `lower` without the accents of Latin letters.
    fn push_folded(&mut self, lower: char, start: u32, end: u32) {
        if canonical_combining_class(lower) != 0 || is_invisible(lower) {
            return;
        }
        let mut plain = lower;
        if !lower.is_ascii() && lower.is_alphabetic() {
            let mut base = None;
            decompose_canonical(lower, |part| {
                base.get_or_insert(part);
            });
            plain = base.filter(char::is_ascii_alphabetic).unwrap_or(lower);
        }
        self.push(plain, start, end);
    }

    #[inline]
    fn push(&mut self, c: char, start: u32, end: u32) {
        self.chars.push(c);
        self.classes.push(class(c));
        self.starts.push(start);
        self.ends.push(end);
    }
}

/// Normalised and composed, lower case, as words of the dictionary and queries are compared.
pub(crate) fn fold(original: &str) -> String {
    let mut text = Text::default();
    text.set(original, 0);
    text.chars.iter().collect()
}

/// Characters that normalisation leaves alone whatever follows, marks apart.
#[inline]
fn is_plain(c: char) -> bool {
    matches!(c, '가'..='힣' | '\u{3131}'..='\u{318e}' | '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}')
}

/// Whether `next` belongs to the cluster that `first` began.
fn continues(next: char, first: char) -> bool {
    if next.is_ascii() || is_plain(next) {
        return false;
    }
    is_invisible(next)
        || canonical_combining_class(next) != 0
        || (matches!(next, '\u{1160}'..='\u{11ff}') && matches!(first, '\u{1100}'..='\u{11ff}' | '가'..='힣'))
        || (matches!(next, '\u{ff9e}' | '\u{ff9f}'))
}

/// Characters that are not seen and must not part words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
}

#[inline]
pub(crate) fn class(c: char) -> Class {
    match c {
        '가'..='힣' => Class::Hangul,
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Digit,
        ' ' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Class::Space,
        '!'..='~' => Class::Symbol,
        '\u{3131}'..='\u{318e}' => Class::Jamo,
        '\u{3005}'
        | '\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' => Class::Hanja,
        '\u{3041}'..='\u{3096}'
        | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' => Class::Kana,
        _ if c.is_whitespace() => Class::Space,
        _ if c.is_alphanumeric() => Class::Letter,
        _ => Class::Symbol,
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, fold};

    fn spans(original: &str) -> Vec<(char, &str)> {
        let mut text = Text::default();
        text.set(original, 0);
        (0..text.chars.len())
            .map(|at| {
                (
                    text.chars[at],
                    &original[text.starts[at] as usize..text.ends[at] as usize],
                )
            })
            .collect()
    }

    #[test]
    fn widths_and_compatibility_forms_become_plain() {
        assert_eq!(fold("ＡＢＣ１２３"), "abc123");
        assert_eq!(fold("１０㎏ ５００㎖"), "10kg 500ml");
        assert_eq!(fold("㈜감자"), "(주)감자");
        assert_eq!(fold("ｶﾞ"), "ガ");
    }

    #[test]
    fn jamo_are_composed_where_they_compose_and_stay_typed_where_not() {
        assert_eq!(fold("\u{1100}\u{1161}\u{11b7}\u{110c}\u{1161}"), "감자");
        assert_eq!(fold("가\u{11b7}"), "감");
        assert_eq!(fold("ㄱㅏㅁㅈㅏ"), "ㄱㅏㅁㅈㅏ");
        assert_eq!(fold("\u{1100}\u{ffa1}\u{ffc2}"), "ㄱㄱㅏ");
    }

    #[test]
    fn accents_case_and_invisible_characters_are_dropped() {
        assert_eq!(fold("Crème JALAPEÑO e\u{301}"), "creme jalapeno e");
        assert_eq!(fold("감\u{200b}자\u{feff}"), "감자");
        assert_eq!(fold("İ"), "i");
    }

    #[test]
    fn every_character_knows_its_bytes() {
        assert_eq!(
            spans("㎏감\u{200b}자É"),
            [
                ('k', "㎏"),
                ('g', "㎏"),
                ('감', "감\u{200b}"),
                ('자', "자"),
                ('e', "É")
            ]
        );
    }
}
