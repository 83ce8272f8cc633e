//! Texts in cells, and lists of them.

/// What a spreadsheet may take for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text as a cell that no spreadsheet takes for a formula: one that may be, also
/// after apostrophes, gets an apostrophe before it.
pub fn guard(text: String) -> String {
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text
    }
}

/// The text a cell stands for; takes off what [`guard`] puts before it.
pub fn unguard(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'').unwrap_or(cell);
    if rest.trim_start_matches('\'').starts_with(FORMULA) {
        rest
    } else {
        cell
    }
}

/// A text as part of a list, where `;` and `=` part.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | ';' | '=') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The text [`escape`] was given. A backslash before anything else stands for
/// itself.
pub fn unescape(escaped: &str) -> String {
    let mut text = String::with_capacity(escaped.len());
    let mut characters = escaped.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.next_if(|next| character == '\\' && matches!(next, '\\' | ';' | '='));
        text.push(next.unwrap_or(character));
    }
    text
}

/// The parts of a list, still escaped; blank ones are left out.
pub fn items(cell: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(cell);
    let parts = std::iter::from_fn(move || {
        let (item, after) = match cut(rest?, ';') {
            Some((item, after)) => (item, Some(after)),
            None => (rest?, None),
        };
        rest = after;
        Some(item)
    });
    parts.filter(|item| !item.trim().is_empty())
}

/// Cuts at the first separator that is not escaped.
pub fn cut(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if character == separator && !escaped {
            return Some((&text[..at], &text[at + separator.len_utf8()..]));
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

/// A list of these parts. One alone gets a `;` after it, so that no spreadsheet
/// takes `4:20` for a time.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    match items.as_slice() {
        [alone] => format!("{alone};"),
        _ => items.join(";"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_made_texts_and_others_stay() {
        for (text, cell) in [
            ("=SUM(A1)", "'=SUM(A1)"),
            ("-1", "'-1"),
            ("'=1", "''=1"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("'quoted'", "'quoted'"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(guard(text.into()), cell);
            assert_eq!(unguard(cell), text);
        }
        assert_eq!(unguard("=SUM(A1)"), "=SUM(A1)", "as people write it");
    }

    #[test]
    fn lists_are_parted_where_nothing_is_escaped() {
        let parts = |cell| items(cell).collect::<Vec<_>>();
        assert_eq!(parts(r"a=1;b=x\;y; ;c"), ["a=1", r"b=x\;y", "c"]);
        assert_eq!(parts(r"a\\;b"), [r"a\\", "b"]);
        assert!(parts(" ; ").is_empty());
        assert_eq!(cut(r"k\=e=v", '='), Some((r"k\=e", "v")));
        assert_eq!(cut("key", '='), None);
        assert_eq!(unescape(r"C:\new\;\\"), r"C:\new;\");
        assert_eq!(list(["4:20".to_owned()]), "4:20;");
        assert_eq!(list(["4:20".to_owned(), "1:50".to_owned()]), "4:20;1:50");
        assert_eq!(list([]), "");
    }

    /// Texts full of what means something.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), r#"[=+\-@'";,\\\t\r\n aㄱ＝]{0,12}"#]
    }

    proptest! {
        #[test]
        fn no_cell_begins_a_formula_and_every_text_comes_back(text in text()) {
            let cell = guard(text.clone());
            prop_assert!(!cell.starts_with(FORMULA));
            prop_assert_eq!(unguard(&cell), text);
        }

        #[test]
        fn texts_come_back_from_a_list(texts in proptest::collection::vec(text(), 0..6)) {
            let written = list(texts.iter().map(|text| format!("k={}", escape(text))));
            let read = items(&written).map(|item| unescape(cut(item, '=').expect("a key").1));
            prop_assert_eq!(read.collect::<Vec<_>>(), texts);
        }
    }
}
