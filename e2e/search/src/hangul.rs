//! Syllables and the letters they are made of, as far as making data and queries needs them.

const FIRST: u32 = 0xAC00;
const LAST: u32 = 0xD7A3;
const INITIALS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];
const VOWELS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ",
    "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ",
    "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];
/// How many vowels follow each initial consonant, and finals each vowel.
pub const COUNTS: [u32; 3] = [19, 21, 28];

/// Initial consonant, vowel and final consonant of a syllable, as indices; final 0 is none.
pub fn parts(syllable: char) -> Option<[u32; 3]> {
    let code = u32::from(syllable);
    if !(FIRST..=LAST).contains(&code) {
        return None;
    }
    let at = code - FIRST;
    Some([at / (21 * 28), at / 28 % 21, at % 28])
}

/// The syllable of three indices below [`COUNTS`].
pub fn syllable([initial, vowel, last]: [u32; 3]) -> char {
    char::from_u32(FIRST + (initial * 21 + vowel) * 28 + last).unwrap_or('가')
}

/// The initial consonants of the syllables; anything else stays as it is.
pub fn initials(text: &str) -> String {
    text.chars()
        .map(|letter| parts(letter).map_or(letter, initial_of))
        .collect()
}

/// The letters as they are typed, one key each; anything that is not a syllable stays as it is.
pub fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for letter in text.chars() {
        match parts(letter) {
            Some([initial, vowel, last]) => {
                out.push(INITIALS[initial as usize]);
                out.push_str(VOWELS[vowel as usize]);
                out.push_str(FINALS[last as usize]);
            }
            None => out.push(letter),
        }
    }
    out
}

/// The initial consonant as a letter of its own, as a keyboard gives it.
pub fn initial_of([initial, ..]: [u32; 3]) -> char {
    INITIALS[initial as usize]
}

/// Whether every letter is a Hangul syllable.
pub fn is_hangul(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| parts(letter).is_some())
}

/// Whether a particle behind this word takes the form for a final consonant (`을`, `은`, `이`, `과`).
pub fn ends_in_consonant(word: &str) -> bool {
    word.chars()
        .last()
        .and_then(parts)
        .is_some_and(|[_, _, last]| last > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syllable_comes_apart_and_together() {
        assert_eq!(parts('감'), Some([0, 0, 16]));
        assert_eq!(syllable([0, 0, 16]), '감');
        assert_eq!(parts('ㄱ'), None);
    }

    #[test]
    fn initials_keep_what_is_not_hangul() {
        assert_eq!(initials("감귤 5kg"), "ㄱㄱ 5kg");
    }

    #[test]
    fn letters_are_what_is_typed() {
        assert_eq!(letters("닭과 1kg"), "ㄷㅏㄹㄱㄱㅗㅏ 1kg");
    }

    #[test]
    fn particles_follow_the_final_consonant() {
        assert!(ends_in_consonant("감귤"));
        assert!(!ends_in_consonant("감자"));
    }
}
