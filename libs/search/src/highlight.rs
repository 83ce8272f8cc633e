//! Marking in a name what matched.

use std::ops::Range;

use xlcfi_korean::{Analyzer, Mode, fold, jamo};

use crate::query::plan::Mark;

/// `name` escaped for HTML, what `marks` name between `<em>` and `</em>`.
pub(crate) fn highlight(analyzer: &Analyzer, name: &str, marks: &[Mark]) -> String {
    let mut spans = Vec::new();
    if marks.iter().any(|mark| matches!(mark, Mark::Token(_))) {
        analyzer.analyze(name, Mode::Mixed, |token| {
            let marked = |mark: &Mark| matches!(mark, Mark::Token(text) if text == token.text);
            if marks.iter().any(marked) {
                spans.push(token.start..token.end);
            }
        });
    }
    for mark in marks {
        match mark {
            Mark::Token(text) | Mark::Substring(text) => literal(name, text, &mut spans),
            Mark::Initials(run) => syllables(name, run, &mut spans),
        }
    }
    render(name, spans)
}

/// Where `text` stands in the name letter by letter; whole words are joined of several
/// tokens, so the analyzer alone does not show them.
fn literal(name: &str, text: &str, spans: &mut Vec<Range<usize>>) {
    let lower = fold(name);
    if lower.len() != name.len() || text.is_empty() {
        return;
    }
    let whole_word = text.is_ascii();
    for (start, found) in lower.match_indices(text) {
        let end = start + found.len();
        let letter_before = lower[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let letter_after = lower[end..].chars().next().is_some_and(char::is_alphanumeric);
        let inside = whole_word && (letter_before || letter_after);
        let alone = text.chars().count() == 1 && (letter_before || letter_after);
        if !inside && !alone && name.is_char_boundary(start) && name.is_char_boundary(end) {
            spans.push(start..end);
        }
    }
}

/// The first syllables whose initials are `run`, over word borders, digits left aside;
/// at the beginning of a word if there are such.
fn syllables(name: &str, run: &str, spans: &mut Vec<Range<usize>>) {
    let letters: Vec<(usize, char, char)> = name
        .char_indices()
        .filter_map(|(at, c)| jamo::split(c).map(|(initial, _, _)| (at, c, initial)))
        .collect();
    let run: Vec<char> = run.chars().collect();
    let begins_word = |at: usize| {
        let (start, ..) = letters[at];
        !name[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
    };
    let matches = |at: &usize| {
        letters[*at..]
            .iter()
            .zip(&run)
            .filter(|(letter, c)| letter.2 == **c)
            .count()
            == run.len()
    };
    let places = || (0..letters.len()).filter(matches);
    let Some(first) = places().find(|&at| begins_word(at)).or_else(|| places().next()) else {
        return;
    };
    for &(start, c, _) in letters.iter().skip(first).take(run.len()) {
        spans.push(start..start + c.len_utf8());
    }
}

/// `text` escaped, with `spans` of bytes marked; spans that touch become one.
pub(crate) fn render(text: &str, spans: impl IntoIterator<Item = Range<usize>>) -> String {
    let mut spans: Vec<_> = spans.into_iter().filter(|span| !span.is_empty()).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    let mut out = String::with_capacity(text.len() + 16 * joined.len());
    let mut at = 0;
    for span in joined {
        escape(&text[at..span.start], &mut out);
        out.push_str("<em>");
        escape(&text[span.clone()], &mut out);
        out.push_str("</em>");
        at = span.end;
    }
    escape(&text[at..], &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{literal, render, syllables};

    fn initials(name: &str, run: &str) -> String {
        let mut spans = Vec::new();
        syllables(name, run, &mut spans);
        render(name, spans)
    }

    #[test]
    fn everything_is_escaped_and_touching_spans_are_one() {
        assert_eq!(
            render("<b>&\"'", [0..1, 1..3]),
            "<em>&lt;b&gt;</em>&amp;&quot;&#39;"
        );
        assert_eq!(render("감자", []), "감자");
    }

    #[test]
    fn initials_mark_syllables_from_the_beginning_of_a_word() {
        assert_eq!(initials("세척 감자 10kg", "ㄱㅈ"), "세척 <em>감자</em> 10kg");
        assert_eq!(initials("왕감자", "ㄱㅈ"), "왕<em>감자</em>");
        assert_eq!(initials("감 자두", "ㄱㅈㄷ"), "<em>감</em> <em>자두</em>");
        assert_eq!(initials("배", "ㄱ"), "배");
    }

    #[test]
    fn latin_words_are_marked_whole() {
        let mut spans = Vec::new();
        literal("Beef beefsteak", "beef", &mut spans);
        assert_eq!((spans.len(), spans[0].clone()), (1, 0..4));
    }
}
