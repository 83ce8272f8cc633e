//! Where ingredients come from.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::{is_syllable, neighbours, tail};

/// Letters of the longest percentage, and some space.
const PERCENT: usize = 24;
/// Letters of an item on each side of its origin, at most.
const ITEM: usize = 80;
/// Parentheses looked further out for a name: 밀(외국산(미국, 호주)).
const OUTWARD: usize = 1;

/// A place that names an origin, in bytes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// As the text says it; `""` when it does not.
    pub ingredient: String,
    /// ISO 3166-1 alpha-2; `""` for abroad or the sea.
    pub country: &'static str,
    pub percent: Option<f64>,
    pub span: Range<usize>,
}

static PLACES: LazyLock<Places> = LazyLock::new(Places::read);
static PERCENT_AFTER: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*\(?\s*(\d{1,3}(?:\.\d+)?)\s*%"));
static PERCENT_BEFORE: LazyLock<Regex> = LazyLock::new(|| regex(r"(\d{1,3}(?:\.\d+)?)\s*%\s*$"));
/// What is not the name of an ingredient.
static NO_NAME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\d{1,3}(\.\d+)?\s*%|\s*등$|원산지|원재료명?|원료|함량|이상|[:：]"));

const MARKS: [char; 18] = [
    ',', '/', '·', 'ㆍ', ':', '：', '(', ')', '[', ']', '{', '}', '（', '）', '\n', ';', '、', '，',
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("written here")
}

struct Places {
    finder: AhoCorasick,
    /// Word and country of each pattern.
    words: Vec<(&'static str, &'static str)>,
    /// How many of them are countries; the others are places in Korea.
    countries: usize,
}

impl Places {
    fn read() -> Self {
        let countries = include_str!("../../data/origins.tsv");
        let countries = countries.lines().filter(|line| !line.starts_with('#'));
        let countries = countries.filter_map(|line| line.split_once('\t'));
        let places = include_str!("../../data/domestic_places.txt").lines();
        let mut words: Vec<_> = countries.collect();
        let countries = words.len();
        words.extend(places.map(|place| (place, "KR")));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words.iter().map(|(word, _)| word))
            .expect("the table is small");
        Self {
            finder,
            words,
            countries,
        }
    }
}

/// Every origin a text names: 국내산, 미국산, 평창산, and bare countries as items in
/// parentheses or after 원산지.
pub fn origins(text: &str) -> Vec<Origin> {
    let mut origins = Vec::new();
    for found in PLACES.finder.find_iter(text) {
        let (word, country) = PLACES.words[found.pattern()];
        let span = found.range();
        let is_country = found.pattern().as_usize() < PLACES.countries;
        let (before, after) = neighbours(text, &span);
        let begins = before.is_none_or(|letter| !is_syllable(letter));
        let item = item_around(text, &span);
        let origin = if after == Some('산') {
            let end = span.end + '산'.len_utf8();
            let next = text[end..].chars().next();
            // 미국산업 is none. Short words may end longer ones.
            let may_join = word.chars().count() > 1 && is_country;
            ((begins || may_join) && next != Some('업')).then_some(span.start..end)
        } else {
            let alone = name(text, &item, std::slice::from_ref(&span)).is_empty();
            (begins && alone && is_country && word != "국" && is_listed(text, &item)).then_some(span)
        };
        if let Some(span) = origin {
            origins.push(Origin {
                ingredient: String::new(),
                country,
                percent: percent(text, &span),
                span,
            });
        }
    }
    let spans: Vec<Range<usize>> = origins.iter().map(|origin| origin.span.clone()).collect();
    for origin in &mut origins {
        origin.ingredient = ingredient(text, &origin.span, &spans, OUTWARD);
    }
    origins
}

/// The text between the marks around a place, as far as an item may be long.
fn item_around(text: &str, span: &Range<usize>) -> Range<usize> {
    let before = tail(&text[..span.start], ITEM);
    let begin = before
        .rfind(MARKS)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let after = &text[span.end..];
    let after = &after[..after.char_indices().nth(ITEM).map_or(after.len(), |(at, _)| at)];
    let end = after.find(MARKS).unwrap_or(after.len());
    span.start - before.len() + begin..span.end + end
}

/// Whether an item stands in parentheses or after 원산지.
fn is_listed(text: &str, item: &Range<usize>) -> bool {
    let before = &text[..item.start];
    let (opened, closed) = (
        before.matches(['(', '[', '{', '（']),
        before.matches([')', ']', '}', '）']),
    );
    opened.count() > closed.count() || before.trim_end_matches([':', '：', ' ']).ends_with("원산지")
}

fn percent(text: &str, span: &Range<usize>) -> Option<f64> {
    let after = PERCENT_AFTER.captures(&text[span.end..]);
    let found = after.or_else(|| PERCENT_BEFORE.captures(tail(&text[..span.start], PERCENT)))?;
    found[1].parse().ok().filter(|percent| *percent <= 100.0)
}

/// What an item says beside its origins and percents.
fn name(text: &str, item: &Range<usize>, origins: &[Range<usize>]) -> String {
    let mut left = String::new();
    let mut from = item.start;
    for origin in origins
        .iter()
        .filter(|origin| origin.start >= item.start && origin.end <= item.end)
    {
        left.push_str(&text[from.min(origin.start)..origin.start]);
        left.push(' ');
        from = origin.end;
    }
    left.push_str(&text[from..item.end]);
    NO_NAME.replace_all(left.trim(), "").trim().to_owned()
}

/// The item's own name, else what stands before its colon or its parentheses.
fn ingredient(text: &str, span: &Range<usize>, origins: &[Range<usize>], outward: usize) -> String {
    let item = item_around(text, span);
    let own = name(text, &item, origins);
    if !own.is_empty() {
        return own;
    }
    let before = &text[..item.start];
    if let Some(head) = before.strip_suffix([':', '：']) {
        let named = name(text, &item_around(text, &(head.len()..head.len())), origins);
        if !named.is_empty() {
            return named;
        }
    }
    let mut depth = 0;
    let opened = before.char_indices().rev().find(|(_, letter)| {
        match letter {
            ')' | ']' | '}' | '）' => depth += 1,
            '(' | '[' | '{' | '（' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    let Some((opened, _)) = opened else {
        return String::new();
    };
    let head = item_around(text, &(opened..opened));
    let named = name(text, &(head.start..opened), origins);
    if !named.is_empty() || outward == 0 {
        return named;
    }
    let outer = origins.iter().find(|origin| origin.end == opened);
    outer.map_or(named, |outer| ingredient(text, outer, origins, outward - 1))
}
