//! Pairs of neighbouring syllables, for a field that finds what the dictionary does not know.

use crate::analyzer::{Kind, Token};
use crate::scan::piece;
use crate::tag::Tag;
use crate::text::{Class, Text};

/// Gives every pair of neighbouring syllables (hangul, hanja or kana) of `text` to `each`; a syllable that stands
/// alone is given as it is. Other scripts and digits are left to [`Analyzer`](crate::Analyzer).
pub fn bigrams(text: &str, mut each: impl FnMut(Token<'_>)) {
    let mut folded = Text::default();
    let mut pair = String::with_capacity(8);
    let mut position = 0;
    let mut base = 0;
    while base < text.len() {
        let len = piece(&text[base..]);
        folded.set(&text[base..base + len], base);
        let is_written = |at: usize| {
            folded
                .classes
                .get(at)
                .is_some_and(|class| matches!(class, Class::Hangul | Class::Hanja | Class::Kana))
        };
        for at in 0..folded.chars.len() {
            let alone = (at == 0 || !is_written(at - 1)) && !is_written(at + 1);
            if !is_written(at) || !alone && !is_written(at + 1) {
                continue;
            }
            let last = if alone { at } else { at + 1 };
            pair.clear();
            pair.extend(&folded.chars[at..=last]);
            each(Token {
                text: &pair,
                start: folded.starts[at] as usize,
                end: folded.ends[last] as usize,
                position,
                position_length: 1,
                kind: Kind::Part,
                tag: Tag::Unknown,
            });
            position += 1;
        }
        base += len;
    }
}

#[cfg(test)]
mod tests {
    use super::bigrams;

    fn all(text: &str) -> Vec<(String, &str)> {
        let mut out = Vec::new();
        bigrams(text, |token| {
            out.push((token.text.to_owned(), &text[token.start..token.end]))
        });
        out
    }

    #[test]
    fn pairs_overlap_within_a_word_and_stop_at_its_end() {
        let texts: Vec<String> = all("베니하루 무 10kg, 卵黃")
            .into_iter()
            .map(|(text, _)| text)
            .collect();
        assert_eq!(texts, ["베니", "니하", "하루", "무", "卵黃"]);
    }

    #[test]
    fn pairs_know_their_bytes() {
        assert_eq!(all("가\u{11b7}자"), [("감자".to_owned(), "가\u{11b7}자")]);
    }
}
