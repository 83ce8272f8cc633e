//! Light folding of English plurals, so that `potatoes` finds `potato`.

/// Plurals no rule gives.
const IRREGULAR: [(&str, &str); 12] = [
    ("calves", "calf"),
    ("feet", "foot"),
    ("geese", "goose"),
    ("halves", "half"),
    ("knives", "knife"),
    ("leaves", "leaf"),
    ("loaves", "loaf"),
    ("olives", "olive"),
    ("chives", "chive"),
    ("cookies", "cookie"),
    ("pies", "pie"),
    ("teeth", "tooth"),
];

/// Words that only look like plurals.
const SINGULAR: [&str; 12] = [
    "asparagus",
    "bass",
    "citrus",
    "couscous",
    "haggis",
    "hummus",
    "lens",
    "molasses",
    "octopus",
    "schnapps",
    "series",
    "swiss",
];

/// Brings a word in lower case to its singular, by the rules of English spelling alone.
pub(crate) fn fold_plural(word: &mut String) {
    if word.len() < 4 {
        return;
    }
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| plural == word) {
        word.clear();
        word.push_str(singular);
        return;
    }
    if !word.ends_with('s') || SINGULAR.contains(&word.as_str()) {
        return;
    }
    let keep = word.len();
    if word.ends_with("ies") && keep > 4 {
        word.truncate(keep - 3);
        word.push('y');
    } else if ["ches", "shes", "sses", "xes", "zes", "oes"]
        .iter()
        .any(|end| word.ends_with(end))
    {
        word.truncate(keep - 2);
    } else if !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.truncate(keep - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::fold_plural;

    #[test]
    fn plurals_become_singular_and_other_words_stay() {
        for (word, expected) in [
            ("potatoes", "potato"),
            ("carrots", "carrot"),
            ("radishes", "radish"),
            ("berries", "berry"),
            ("peaches", "peach"),
            ("boxes", "box"),
            ("leaves", "leaf"),
            ("noodles", "noodle"),
            ("olives", "olive"),
            ("asparagus", "asparagus"),
            ("hummus", "hummus"),
            ("swiss", "swiss"),
            ("bus", "bus"),
            ("gas", "gas"),
            ("geese", "goose"),
            ("beef", "beef"),
            ("coffee", "coffee"),
            ("", ""),
        ] {
            let mut folded = word.to_owned();
            fold_plural(&mut folded);
            assert_eq!(folded, expected, "{word}");
        }
    }
}
