//! The words of a lexicon within a few slips of a word.

use std::ops::Range;

use crate::lexicon::{Lexicon, key};

/// Words longer than this, in jamo, are not corrected.
const LONGEST: usize = 48;

/// More than any distance that is looked for.
const FAR: u8 = 100;

/// How many slips a word of so many jamo may have.
pub(crate) fn allowed(jamo: usize) -> u8 {
    match jamo {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    }
}

/// Letters that sound alike or are one key, with and without shift.
const ALIKE: [&str; 11] = [
    "ㅐㅔㅒㅖ",
    "ㅏㅑ",
    "ㅓㅕ",
    "ㅗㅛ",
    "ㅜㅠ",
    "ㅡㅜ",
    "ㄱㄲㅋ",
    "ㄷㄸㅌ",
    "ㅂㅃㅍ",
    "ㅅㅆ",
    "ㅈㅉㅊ",
];

/// Whether two words of equal length differ only in letters that are easily taken for
/// each other.
pub(crate) fn alike(left: &[u8], right: &[u8]) -> bool {
    let taken = |a: u8, b: u8| {
        a == b
            || ALIKE
                .iter()
                .any(|group| [a, b].iter().all(|jamo| key(group).contains(jamo)))
    };
    left.len() == right.len() && left.iter().zip(right).all(|(&a, &b)| taken(a, b))
}

/// Gives each place of the lexicon whose jamo are within `most` slips of `word`, with
/// the distance; with `prefix`, ranges of places whose beginnings are.
///
/// Slips are jamo too many, missing, wrong, or swapped with their neighbour. The sorted
/// words are walked as the tree they are: what they begin with alike is compared once,
/// and branches that are too far are left out.
pub(crate) fn nearest(
    lexicon: &Lexicon,
    word: &[u8],
    most: u8,
    prefix: bool,
    mut each: impl FnMut(Range<usize>, u8),
) {
    if word.is_empty() || word.len() > LONGEST {
        return;
    }
    let mut rows = Rows::new(word, most);
    let mut path: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < lexicon.len() {
        let key = lexicon.key(at);
        let same = key.iter().zip(&path).take_while(|(a, b)| a == b).count();
        path.truncate(same);
        let mut next = at + 1;
        let mut alive = true;
        while path.len() < key.len() {
            path.push(key[path.len()]);
            rows.fill(&path);
            let reached = rows.last(path.len());
            if prefix && reached <= most {
                next = lexicon.end_of(at, &path);
                each(at..next, reached);
                alive = false;
                break;
            }
            if rows.least(path.len()) > most {
                next = lexicon.end_of(at, &path);
                alive = false;
                break;
            }
        }
        if alive && !prefix {
            let distance = rows.last(path.len());
            if distance <= most {
                each(at..next, distance);
            }
        }
        at = next;
    }
}

/// Rows of the table of distances, one for each length of the path.
struct Rows<'a> {
    word: &'a [u8],
    most: usize,
    cells: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn new(word: &'a [u8], most: u8) -> Self {
        let first: Vec<u8> = (0..=word.len()).map(|at| at as u8).collect();
        Self {
            word,
            most: usize::from(most),
            cells: first,
        }
    }

    fn width(&self) -> usize {
        self.word.len() + 1
    }

    fn cell(&self, row: usize, column: usize) -> u8 {
        self.cells[row * self.width() + column]
    }

    /// The columns of a row that can still be near enough.
    fn band(&self, row: usize) -> Range<usize> {
        row.saturating_sub(self.most)..(row + self.most + 1).min(self.width())
    }

    /// Computes the row of `path`; those of its beginnings are there.
    fn fill(&mut self, path: &[u8]) {
        let row = path.len();
        let width = self.width();
        self.cells.resize(row * width, FAR);
        self.cells.resize((row + 1) * width, FAR);
        for column in self.band(row) {
            let value = if column == 0 {
                row.min(usize::from(FAR)) as u8
            } else {
                let same = self.word[column - 1] == path[row - 1];
                let replaced = self.cell(row - 1, column - 1) + u8::from(!same);
                let missing = self.cell(row - 1, column) + 1;
                let extra = self.cell(row, column - 1) + 1;
                let swapped = row > 1
                    && column > 1
                    && self.word[column - 1] == path[row - 2]
                    && self.word[column - 2] == path[row - 1];
                let swap = if swapped {
                    self.cell(row - 2, column - 2) + 1
                } else {
                    FAR
                };
                replaced.min(missing).min(extra).min(swap)
            };
            self.cells[row * width + column] = value.min(FAR);
        }
    }

    /// The distance of the whole word.
    fn last(&self, row: usize) -> u8 {
        self.cell(row, self.word.len())
    }

    /// The least distance any continuation can have.
    fn least(&self, row: usize) -> u8 {
        self.band(row)
            .map(|column| self.cell(row, column))
            .min()
            .unwrap_or(FAR)
    }
}

#[cfg(test)]
mod tests {
    use super::{alike, nearest};
    use crate::lexicon::{Lexicon, key};
    use proptest::prelude::*;

    fn near(words: &[&str], word: &str, most: u8, prefix: bool) -> Vec<(String, u8)> {
        let lexicon = Lexicon::new(words.iter().map(|word| (*word, 1)));
        let mut found = Vec::new();
        nearest(&lexicon, &key(word), most, prefix, |places, distance| {
            found.extend(places.map(|at| (lexicon.phrase(at).text.to_owned(), distance)));
        });
        found.sort();
        found
    }

    #[test]
    fn slips_of_one_jamo_are_found() {
        let words = ["감자", "감귤", "고등어", "강자", "potato"];
        assert_eq!(near(&words, "감쟈", 1, false), [("감자".to_owned(), 1)]);
        assert_eq!(near(&words, "고듬어", 1, false), [("고등어".to_owned(), 1)]);
        assert_eq!(near(&words, "poatto", 1, false), [("potato".to_owned(), 1)]);
        assert_eq!(
            near(&words, "감자", 1, false),
            [("감자".to_owned(), 0), ("강자".to_owned(), 1)]
        );
    }

    #[test]
    fn beginnings_may_have_slips_too() {
        let words = ["고등어구이", "고등어", "고구마"];
        let found: Vec<_> = near(&words, "고듬", 1, true)
            .into_iter()
            .map(|(word, _)| word)
            .collect();
        assert_eq!(found, ["고등어", "고등어구이"]);
    }

    #[test]
    fn letters_that_sound_alike_are_known() {
        for (wrong, right) in [("케찹", "캐찹"), ("두뷰", "두부"), ("떡볶끼", "떡볶기")] {
            assert!(alike(&key(wrong), &key(right)), "{wrong}");
        }
        assert!(!alike(&key("두류"), &key("두부")));
        assert!(!alike(&key("감"), &key("감자")));
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_comparing_with_every_word_finds(
            words in proptest::collection::vec("[가-깋a-c]{1,4}", 1..30),
            word in "[가-깋a-c]{1,4}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut expected: Vec<(String, u8)> = words
                .iter()
                .filter_map(|other| {
                    let (left, right) = (xlcfi_korean::jamo::decompose(other), xlcfi_korean::jamo::decompose(&word));
                    xlcfi_korean::distance(&left, &right, 2).map(|distance| ((*other).to_owned(), distance as u8))
                })
                .collect();
            expected.sort();
            prop_assert_eq!(near(&words, &word, 2, false), expected);
        }
    }
}
