//! Parts text into what is looked up and what is a word for sure: numbers, quantities, foreign words, jamo.

use crate::dictionary::Kinds;
use crate::lattice::{Content, Item};
use crate::text::{Class, Text};
use crate::units::{self, Number, Quantity};

/// Bytes after which a piece of text ends at the next space, and at the latest.
const PIECE: usize = 768;
const LONGEST_PIECE: usize = 4096;

/// Characters of a foreign word at most; what is longer is cut.
const LONGEST_WORD: usize = 64;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    Run,
    Letters,
    Number(Number),
    /// A grade like `1+` or `1++`.
    Grade,
    Quantity(Quantity),
    Jamo,
    Symbol,
}

/// Length of the first piece of `text`: it ends where a line or a word does, so that what is held at a time
/// is bounded.
pub(crate) fn piece(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\n' || (byte == b' ' && at >= PIECE) {
            return at + 1;
        }
        if at >= LONGEST_PIECE {
            return text.floor_char_boundary(at);
        }
        at += 1;
    }
    bytes.len()
}

/// The items of `text`, in order.
pub(crate) fn scan(text: &Text, kinds: &Kinds, items: &mut Vec<Item>, found: &mut Vec<Found>) {
    items.clear();
    found.clear();
    let classes = &text.classes;
    let mut at = 0;
    let mut after_space = false;
    while at < classes.len() {
        let class = classes[at];
        if class == Class::Space {
            at += 1;
            after_space = true;
            continue;
        }
        let (what, len) = one(text, at, class);
        let content = match what {
            Found::Run => Content::Run {
                hanja: class == Class::Hanja,
            },
            Found::Letters => Content::Whole(kinds.letters),
            Found::Number(_) | Found::Grade => Content::Whole(kinds.number),
            Found::Quantity(_) => Content::Whole(kinds.counter),
            Found::Jamo => Content::Whole(kinds.hangul),
            Found::Symbol => Content::Whole(match text.chars[at] {
                ',' | '/' | ':' | '·' => kinds.separator,
                '.' | '!' | '?' => kinds.sentence_end,
                '(' | '[' | '「' | '“' => kinds.opening,
                ')' | ']' | '」' | '”' => kinds.closing,
                _ => kinds.symbol,
            }),
        };
        let end = at + len;
        items.push(Item {
            start: at as u16,
            end: end as u16,
            after_space,
            content,
        });
        found.push(what);
        after_space = false;
        at = end;
    }
}

/// What stands at `at`, and its length.
fn one(text: &Text, at: usize, class: Class) -> (Found, usize) {
    let run = |of: fn(Class) -> bool| text.classes[at..].iter().take_while(|&&class| of(class)).count();
    match class {
        Class::Hangul => (Found::Run, run(|class| class == Class::Hangul)),
        // Hanja and hangul mix in one word (`豚고기`).
        Class::Hanja => (
            Found::Run,
            run(|class| matches!(class, Class::Hanja | Class::Hangul)),
        ),
        Class::Jamo => (Found::Jamo, run(|class| class == Class::Jamo)),
        Class::Kana => (
            Found::Letters,
            run(|class| class == Class::Kana).min(LONGEST_WORD),
        ),
        Class::Letter => (
            Found::Letters,
            run(|class| matches!(class, Class::Letter | Class::Digit)).min(LONGEST_WORD),
        ),
        Class::Digit => number(text, at),
        Class::Symbol | Class::Space => (
            Found::Symbol,
            run(|class| class == Class::Symbol).min(LONGEST_WORD),
        ),
    }
}

fn number(text: &Text, at: usize) -> (Found, usize) {
    let rest = &text.chars[at..];
    let Some(number) = Number::read(rest) else {
        return (
            Found::Letters,
            units::digits(&text.classes[at..]).min(LONGEST_WORD),
        );
    };
    if let Some((quantity, len)) = number.quantity(rest) {
        return (Found::Quantity(quantity), len);
    }
    let plus = rest[number.len..]
        .iter()
        .take(3)
        .take_while(|&&c| c == '+')
        .count();
    let followed = rest.get(number.len + plus).is_some_and(char::is_ascii_digit);
    if (1..=2).contains(&plus) && !followed {
        return (Found::Grade, number.len + plus);
    }
    (Found::Number(number), number.len)
}
