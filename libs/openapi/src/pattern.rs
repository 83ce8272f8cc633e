//! Patterns of the contracts, which are RE2's, in a document whose readers know ECMA-262.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A UUID in its hyphenated form.
pub const UUID: &str = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

/// Any text but U+0000, which no text field takes.
pub const TEXT: &str = r"^[^\x00]*$";

/// The pattern, if it means the same in ECMA-262.
pub fn ecma(pattern: &str) -> Option<&str> {
    let foreign = [
        "(?", "[[:", r"\A", r"\z", r"\Q", r"\C", r"\a", r"\x{", r"\p", r"\P", r"\h", "++", "*+", "?+",
    ];
    let group = pattern.replace("(?:", "(");
    (!foreign.iter().any(|part| group.contains(part))).then_some(pattern)
}

/// The same pattern, or nothing at all.
pub fn or_empty(pattern: &str) -> String {
    match pattern
        .strip_prefix('^')
        .and_then(|inner| inner.strip_suffix('$'))
    {
        Some(inner) => format!("^(?:{inner})?$"),
        None => format!("^$|{pattern}"),
    }
}

/// Whether the empty text matches. A pattern that cannot be read takes nothing.
pub fn takes_empty(pattern: &str) -> bool {
    regex_syntax::Parser::new()
        .parse(pattern)
        .is_ok_and(|hir| hir.properties().minimum_len() == Some(0))
}

/// A short text that matches.
pub fn sample(pattern: &str) -> Option<String> {
    let mut text = String::new();
    write(&regex_syntax::Parser::new().parse(pattern).ok()?, &mut text);
    Some(text)
}

fn write(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.push(one_of(class)),
        HirKind::Repetition(repetition) => (0..repetition.min).for_each(|_| write(&repetition.sub, out)),
        HirKind::Capture(capture) => write(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, out)),
        HirKind::Alternation(parts) => parts.iter().take(1).for_each(|part| write(part, out)),
    }
}

/// A letter if there is one, and 1 rather than 0.
fn one_of(class: &Class) -> char {
    let has = |wanted: char| match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&wanted)),
        Class::Bytes(class) => {
            let wanted = wanted as u8;
            class
                .ranges()
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&wanted))
        }
    };
    let first = match class {
        Class::Unicode(class) => class.ranges().first().map(|range| range.start()),
        Class::Bytes(class) => class.ranges().first().map(|range| char::from(range.start())),
    };
    ['a', 'A', '1']
        .into_iter()
        .find(|letter| has(*letter))
        .or(first)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match_their_pattern() {
        for pattern in [
            "^[A-Z]{3}$",
            "^[0-9]{3}-?[0-9]{2}-?[0-9]{5}$",
            "^[a-z0-9][a-z0-9-]{0,39}$",
            "^(?:x|y)+$",
        ] {
            let text = sample(pattern).expect("a text");
            assert!(
                regex::Regex::new(pattern).expect("a pattern").is_match(&text),
                "{text:?} of {pattern}"
            );
        }
    }

    #[test]
    fn patterns_that_only_re2_knows_are_told() {
        assert!(ecma("^[A-Z]{3}$").is_some());
        assert!(ecma("^(?:a|b)$").is_some());
        for foreign in ["(?i)a", "(?P<name>a)", r"\Aa\z", r"\pL", "[[:alpha:]]"] {
            assert!(ecma(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn the_empty_text_is_told_from_others() {
        assert!(takes_empty("^[0-9]*$"));
        assert!(!takes_empty("^[0-9]{5}$"));
        assert_eq!(or_empty("^[0-9]{5}$"), "^(?:[0-9]{5})?$");
    }
}
