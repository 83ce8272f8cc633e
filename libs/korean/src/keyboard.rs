//! Words typed with the keyboard in the other language: `rkawk` for 감자, `ㅔㅐㅅㅁ새` for potato.

use crate::jamo;

/// The keys of the two-set (두벌식) layout.
const KEYS: [(char, char); 33] = [
    ('q', 'ㅂ'),
    ('w', 'ㅈ'),
    ('e', 'ㄷ'),
    ('r', 'ㄱ'),
    ('t', 'ㅅ'),
    ('y', 'ㅛ'),
    ('u', 'ㅕ'),
    ('i', 'ㅑ'),
    ('o', 'ㅐ'),
    ('p', 'ㅔ'),
    ('a', 'ㅁ'),
    ('s', 'ㄴ'),
    ('d', 'ㅇ'),
    ('f', 'ㄹ'),
    ('g', 'ㅎ'),
    ('h', 'ㅗ'),
    ('j', 'ㅓ'),
    ('k', 'ㅏ'),
    ('l', 'ㅣ'),
    ('z', 'ㅋ'),
    ('x', 'ㅌ'),
    ('c', 'ㅊ'),
    ('v', 'ㅍ'),
    ('b', 'ㅠ'),
    ('n', 'ㅜ'),
    ('m', 'ㅡ'),
    ('Q', 'ㅃ'),
    ('W', 'ㅉ'),
    ('E', 'ㄸ'),
    ('R', 'ㄲ'),
    ('T', 'ㅆ'),
    ('O', 'ㅒ'),
    ('P', 'ㅖ'),
];

/// The hangul that the keys of `typed` make: `rkawk` is 감자.
///
/// `None` unless every word of Latin letters makes whole syllables; digits, hangul and spaces stay, so that
/// `rkawk 10kg` is 감자 10kg. A word all in capitals counts as small: caps lock.
pub fn to_hangul(typed: &str) -> Option<String> {
    let mut out = String::with_capacity(typed.len() * 2);
    let mut changed = false;
    for (number, word) in typed.split(' ').enumerate() {
        if number > 0 {
            out.push(' ');
        }
        if !word.chars().any(|c| c.is_ascii_alphabetic()) || crate::units::parse(word).is_some() {
            out.push_str(word);
            continue;
        }
        let caps_lock = !word.chars().any(|c| c.is_ascii_lowercase());
        let key = |c: char| if caps_lock { c.to_ascii_lowercase() } else { c };
        let keys: String = word.chars().map(|c| key_to_jamo(key(c))).collect();
        let composed = jamo::compose(&keys);
        if composed
            .chars()
            .any(|c| jamo::is_consonant(c) || jamo::is_vowel(c))
        {
            return None;
        }
        out.push_str(&composed);
        changed = true;
    }
    changed.then_some(out)
}

/// The Latin letters of the keys that `typed` was made with: `ㅔㅐㅅㅁ새` is potato.
///
/// `None` for what looks like Korean, without a single jamo left over (for that see [`keys`]), and where the keys
/// make no word one could pronounce: letters need a vowel in every run of five, and a word one at all.
pub fn to_latin(typed: &str) -> Option<String> {
    let slipped = typed.chars().any(|c| jamo::is_consonant(c) || jamo::is_vowel(c));
    let latin = slipped.then(|| keys(typed))?;
    latin.split(' ').all(is_pronounceable).then_some(latin)
}

/// The keys that `typed` was made with, whatever they make: 감자 is `rkawk`, 랴노 is `fish`.
pub fn keys(typed: &str) -> String {
    let shifted = |c: char| jamo_to_key(c).unwrap_or(c);
    jamo::decompose(typed).chars().map(shifted).collect()
}

fn key_to_jamo(c: char) -> char {
    let find = |c: char| KEYS.iter().find(|(key, _)| *key == c).map(|&(_, jamo)| jamo);
    find(c).or_else(|| find(c.to_ascii_lowercase())).unwrap_or(c)
}

fn jamo_to_key(c: char) -> Option<char> {
    KEYS.iter()
        .find(|(_, jamo)| *jamo == c)
        .map(|&(key, _)| key.to_ascii_lowercase())
}

fn is_pronounceable(word: &str) -> bool {
    let mut run = 0;
    let mut vowels = 0;
    for c in word.chars() {
        if matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y') {
            run = 0;
            vowels += 1;
        } else {
            run += 1;
        }
        if run > 4 {
            return false;
        }
    }
    word.is_empty() || vowels > 0 || word.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{keys, to_hangul, to_latin};

    #[test]
    fn keys_make_the_word_that_was_meant() {
        for (typed, meant) in [
            ("rkawk", "감자"),
            ("RKAWK", "감자"),
            ("ekfr", "닭"),
            ("ekfrrktmatkf", "닭가슴살"),
            ("Ekfrl", "딸기"),
            ("tkaruqtkf", "삼겹살"),
            ("tkarurqqtkf 10kg", ""),
            ("rkawk 10kg", "감자 10kg"),
            ("rhkdlf", "과일"),
            ("dhfpswl", "오렌지"),
        ] {
            let expected = (!meant.is_empty()).then(|| meant.to_owned());
            assert_eq!(to_hangul(typed), expected, "{typed}");
        }
    }

    #[test]
    fn english_words_are_not_hangul() {
        for word in [
            "potato", "beef", "10kg", "kg", "salt", "감자", "", "olive", "shrimp", "cheese", "!",
        ] {
            assert_eq!(to_hangul(word), None, "{word}");
        }
    }

    #[test]
    fn hangul_keys_make_the_english_word() {
        for (typed, meant) in [
            ("ㅔㅐㅅㅁ새", "potato"),
            ("ㅠㄷㄷㄹ", "beef"),
            ("노갸ㅡㅔ", "shrimp"),
            ("ㅊㅗㄷㄷㄴㄷ", "cheese"),
        ] {
            assert_eq!(to_latin(typed).as_deref(), Some(meant), "{typed}");
        }
        for typed in ["potato", "", "ㄱㄱㄱㄱㄱㄱ", "ㅋㅋㅋ", "감자", "랴노"] {
            assert_eq!(to_latin(typed), None, "{typed}");
        }
        assert_eq!(
            (keys("랴노").as_str(), keys("감자 1").as_str()),
            ("fish", "rkawk 1")
        );
    }
}
