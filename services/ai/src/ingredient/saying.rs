//! What a text says of the allergens it names: that they are in it, that they may be,
//! that they are not, or that it tastes of them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::table::Named;
use super::{Kind, is_syllable, tail};

/// Letters of the longest word that denies what follows, and those around it.
const DENIAL: usize = 16;

/// Goods made in the same place.
static FACILITY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(같은|동일한?|공용|공동)\s*(제조|생산|가공|작업)?\s*(시설|라인|설비|공장|기계|작업장|장소)|혼입|교차\s*(오염|접촉)|함께\s*(제조|생산|가공)|섞(일|여)|(취급|사용)(한|하는)\s*(시설|공장|라인)|may contain|same (facility|line)|미량",
    )
});

/// Nothing of what stands before it.
static ABSENT_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(성분|원료|단백질?|분말|함량|가루|류)?(을|를|이|가|은|는|도|등)?\s*(일절|전혀|일체)?\s*(아닌|아님|아니|없음|없는|없이|없습|없다|무첨가|미첨가|무함유|미함유|불포함|미포함|비함유|미사용|무사용|불사용|프리|제로|[- ]?free|제외|미검출|불검출|\(?\s*0\s*%|(사용|첨가|함유|포함|배합)(을|를)?\s*(하지|되지|되어\s*있지|하고\s*있지)?\s*(않|아니)|(넣|쓰|들어\s*있|들어가|섞)지\s*(않|아니)|안\s*(넣|들어|들었|씀|쓰|썼)|뺀|뺐|빼고)",
    )
});
static ABSENT_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(^|[^\p{L}])(무|no|non[- ]?|without|zero)\s?$"));
/// What shares the fate of the next one: `밀 및 대두 무첨가`. A comma does not: too much
/// would count as absent.
static JOINED: LazyLock<Regex> = LazyLock::new(|| regex(r"^(류|가루)?\s*(및|와|과|나|이나|또는|·|ㆍ|/)\s*$"));
static COMMA: LazyLock<Regex> = LazyLock::new(|| regex(r"^(류|가루)?\s*[,、]\s*$"));
static NEXT_STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[\n;※*|。!]|\s//?\s|\.(\s|$|\D)|함유(\s*[,/)\]]|\s*$|\s+(이|본|제품|같은)|\s*[-])|(이|본)\s*(제품|시설|공장)은|알레르기|알러지|주의\s*사항",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("written here")
}

/// What is said of each named place.
pub fn kinds(text: &str, named: &[Named<'_>]) -> Vec<Kind> {
    let marks: Vec<Range<usize>> = NEXT_STATEMENT.find_iter(text).map(|mark| mark.range()).collect();
    let maybe = places_of_facility(text, &marks);
    let listed = runs_of_statements(text, named, &marks);
    let mut kinds = vec![Kind::Contains; named.len()];
    for (index, place) in named.iter().enumerate().rev() {
        let (before, after) = (&text[..place.span.start], &text[place.span.end..]);
        let absent_with_next = named.get(index + 1).is_some_and(|next| {
            let joined = || JOINED.is_match(&text[place.span.end..next.span.start]);
            kinds[index + 1] == Kind::Absent && (listed[index] || joined())
        });
        kinds[index] = if absent_with_next || ABSENT_AFTER.is_match(after) || is_denied(before) {
            Kind::Absent
        } else if is_flavour(after) {
            Kind::Flavour
        } else if maybe.iter().any(|maybe| maybe.contains(&place.span.start)) {
            Kind::MayContain
        } else {
            Kind::Contains
        };
    }
    kinds
}

/// For each named place whether it and the next one stand in a bare list that a later
/// statement begins with: `쌀. 대두, 밀, 우유를 넣지 않음`.
fn runs_of_statements(text: &str, named: &[Named<'_>], marks: &[Range<usize>]) -> Vec<bool> {
    let mut begins = false;
    let mut runs = vec![false; named.len()];
    for (index, pair) in named.windows(2).enumerate() {
        let first = pair[0].span.start;
        let mark = last_before(marks, first);
        begins =
            (begins && runs[index - 1]) || mark.is_some_and(|mark| text[mark.end..first].trim().is_empty());
        runs[index] = begins && COMMA.is_match(&text[pair[0].span.end..pair[1].span.start]);
    }
    runs
}

/// 무글루텐, `no milk`. A radish (무) stands by itself.
fn is_denied(before: &str) -> bool {
    ABSENT_BEFORE.is_match(tail(before, DENIAL)) && !before.ends_with("무 ")
}

/// The last mark that ends before a place.
fn last_before(marks: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    marks[..marks.partition_point(|mark| mark.end <= at)].last()
}

/// 우유향, 새우맛: flavourings. 향신료 and 향미유 are made of what they are named after.
fn is_flavour(after: &str) -> bool {
    if let Some(rest) = after.strip_prefix('향') {
        return !rest.starts_with('신') && !rest.starts_with('미');
    }
    after
        .strip_prefix('맛')
        .is_some_and(|rest| !rest.starts_with('살') || !rest.chars().next().is_some_and(is_syllable))
}

/// The parts of a text that speak of other goods made in the same place: the statement
/// around each such word, or the parentheses around it.
fn places_of_facility(text: &str, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let found = FACILITY.find_iter(text);
    let mut places: Vec<Range<usize>> = found.map(|cue| around(text, cue.start(), marks)).collect();
    places.dedup();
    places
}

fn around(text: &str, at: usize, marks: &[Range<usize>]) -> Range<usize> {
    if let Some(group) = group_around(text, at) {
        return group;
    }
    // What begins a statement (이 제품은) belongs to it, what ends one does not.
    let mark = last_before(marks, at);
    let start = mark.map_or(0, |mark| mark.start);
    let item = item_of(text, start, at);
    // The first statement lists what is in the food, and so does what stands before an item
    // that begins with the facility: 밀가루, 설탕, 같은 시설에서 땅콩을 사용.
    let listed = mark.is_none() || text[item..at].trim().is_empty();
    let next = marks.get(marks.partition_point(|mark| mark.start < at));
    let end = next.map_or(text.len(), |mark| mark.start);
    (if listed { item } else { start })..end
}

/// Where the item that holds a place begins: after the last comma outside parentheses.
fn item_of(text: &str, start: usize, at: usize) -> usize {
    let mut depth = 0;
    let comma = text[start..at].char_indices().rev().find(|(_, letter)| {
        match letter {
            ')' | ']' | '}' | '）' => depth += 1,
            '(' | '[' | '{' | '（' => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(letter, ',' | '、')
    });
    comma.map_or(start, |(comma, letter)| start + comma + letter.len_utf8())
}

/// Inside of the innermost parentheses around a place.
fn group_around(text: &str, at: usize) -> Option<Range<usize>> {
    let mut depth = 0;
    let opened = text[..at].char_indices().rev().find(|(_, letter)| {
        match letter {
            ')' | ']' | '}' | '）' => depth += 1,
            '(' | '[' | '{' | '（' => depth -= 1,
            _ => {}
        }
        depth < 0
    })?;
    let mut depth = 0;
    let closed = text[at..].char_indices().find(|(_, letter)| {
        match letter {
            '(' | '[' | '{' | '（' => depth += 1,
            ')' | ']' | '}' | '）' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    Some(opened.0..closed.map_or(text.len(), |(end, _)| at + end))
}
