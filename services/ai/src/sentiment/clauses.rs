//! Parts of a text that may say different things.

use std::sync::LazyLock;

use regex::Regex;

/// Where a sentence ends, or turns: `맛은 좋은데 | 배송이 늦어요`.
static TURN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[.!?~,;\n]+|(?:지만|는데|은데|인데|한데|운데|긴데|던데|으나|하나|이나|대신|근데|그런데|하지만|반면)(?:\s|,|$)")
        .expect("written here")
});

/// The clauses of a text; at least one, none blank.
pub fn clauses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for turn in TURN.find_iter(text) {
        push(&mut found, &text[from..turn.end()]);
        from = turn.end();
    }
    push(&mut found, &text[from..]);
    if found.is_empty() {
        found.push(text);
    }
    found
}

fn push<'a>(found: &mut Vec<&'a str>, clause: &'a str) {
    let clause = clause.trim_matches(|letter: char| !letter.is_alphanumeric());
    if clause.chars().count() >= 2 {
        found.push(clause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parted_where_it_turns() {
        assert_eq!(
            clauses("맛은 좋은데 배송이 늦어요"),
            ["맛은 좋은데", "배송이 늦어요"]
        );
        assert_eq!(
            clauses("싸요. 맛있지만, 작네요!!"),
            ["싸요", "맛있지만", "작네요"]
        );
        assert_eq!(clauses("굿"), ["굿"]);
        assert_eq!(clauses(""), [""]);
    }
}
