//! Syllables and the jamo they are made of.
//!
//! Jamo are compatibility jamo (`ㄱ`, U+3131 to U+3163), what a keyboard types. Compound vowels and finals are
//! taken apart (`ㅘ` is `ㅗㅏ`, `ㄺ` is `ㄹㄱ`), doubled initials are not (`ㄲ` is one key): a jamo string is what
//! was typed, so its distances are those of slips of the fingers, and every prefix of it is something a
//! person may have typed so far.

const FIRST: u32 = 0xac00;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;

/// Initials in the order of the syllable block.
pub(crate) const INITIALS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];

/// Finals in the order of the syllable block; the first stands for none.
const FINAL: [char; 28] = [
    ' ', 'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ', 'ㅁ',
    'ㅂ', 'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];

/// Compound jamo and their two parts.
const COMPOUND: [(char, char, char); 18] = [
    ('ㅘ', 'ㅗ', 'ㅏ'),
    ('ㅙ', 'ㅗ', 'ㅐ'),
    ('ㅚ', 'ㅗ', 'ㅣ'),
    ('ㅝ', 'ㅜ', 'ㅓ'),
    ('ㅞ', 'ㅜ', 'ㅔ'),
    ('ㅟ', 'ㅜ', 'ㅣ'),
    ('ㅢ', 'ㅡ', 'ㅣ'),
    ('ㄳ', 'ㄱ', 'ㅅ'),
    ('ㄵ', 'ㄴ', 'ㅈ'),
    ('ㄶ', 'ㄴ', 'ㅎ'),
    ('ㄺ', 'ㄹ', 'ㄱ'),
    ('ㄻ', 'ㄹ', 'ㅁ'),
    ('ㄼ', 'ㄹ', 'ㅂ'),
    ('ㄽ', 'ㄹ', 'ㅅ'),
    ('ㄾ', 'ㄹ', 'ㅌ'),
    ('ㄿ', 'ㄹ', 'ㅍ'),
    ('ㅀ', 'ㄹ', 'ㅎ'),
    ('ㅄ', 'ㅂ', 'ㅅ'),
];

/// Whether `c` is a whole syllable (가 to 힣).
#[inline]
pub fn is_syllable(c: char) -> bool {
    matches!(c, '가'..='힣')
}

/// Whether `c` is a consonant jamo.
#[inline]
pub fn is_consonant(c: char) -> bool {
    matches!(c, 'ㄱ'..='ㅎ')
}

/// Whether `c` is a vowel jamo.
#[inline]
pub fn is_vowel(c: char) -> bool {
    matches!(c, 'ㅏ'..='ㅣ')
}

/// Initial, vowel and final (if any) of a syllable, as compatibility jamo.
pub fn split(syllable: char) -> Option<(char, char, Option<char>)> {
    if !is_syllable(syllable) {
        return None;
    }
    let index = syllable as u32 - FIRST;
    let initial = INITIALS[(index / (VOWELS * FINALS)) as usize];
    let vowel = char::from_u32('ㅏ' as u32 + index / FINALS % VOWELS)?;
    let last = index % FINALS;
    Some((initial, vowel, (last > 0).then(|| FINAL[last as usize])))
}

/// The syllable of an initial, a vowel and a final; `None` where there is none.
pub fn join(initial: char, vowel: char, last: Option<char>) -> Option<char> {
    let initial = INITIALS.iter().position(|&jamo| jamo == initial)? as u32;
    let vowel = is_vowel(vowel).then(|| vowel as u32 - 'ㅏ' as u32)?;
    let last = match last {
        None => 0,
        Some(last) => 1 + FINAL[1..].iter().position(|&jamo| jamo == last)? as u32,
    };
    char::from_u32(FIRST + (initial * VOWELS + vowel) * FINALS + last)
}

/// The two jamo a compound one is typed with.
pub fn parts(jamo: char) -> Option<(char, char)> {
    COMPOUND
        .iter()
        .find(|entry| entry.0 == jamo)
        .map(|&(_, first, second)| (first, second))
}

/// The compound jamo of two, if there is one.
pub fn compound(first: char, second: char) -> Option<char> {
    COMPOUND
        .iter()
        .find(|entry| (entry.1, entry.2) == (first, second))
        .map(|entry| entry.0)
}

/// Appends the jamo of `text` to `out`: syllables taken apart, everything else as it is.
pub fn decompose_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match split(c) {
            Some((initial, vowel, last)) => {
                out.push(initial);
                push_parts(vowel, out);
                if let Some(last) = last {
                    push_parts(last, out);
                }
            }
            None => push_parts(c, out),
        }
    }
}

/// The jamo of `text` (`닭` is `ㄷㅏㄹㄱ`).
///
/// Of an unfinished query it is a prefix of the jamo of what is being typed: a final may yet become the next
/// initial (`갑` is `ㄱㅏㅂ`, which begins `ㄱㅏㅂㅏㅇ` 가방), a lone consonant a syllable (`감ㅈ`, 감자).
pub fn decompose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    decompose_into(text, &mut out);
    out
}

fn push_parts(c: char, out: &mut String) {
    match parts(c) {
        Some((first, second)) => {
            out.push(first);
            out.push(second);
        }
        None => out.push(c),
    }
}

/// The syllables of `jamo`, composed as a keyboard does: a consonant before a vowel begins a new syllable.
/// What makes no syllable stays as it is.
pub fn compose(jamo: &str) -> String {
    let keys: Vec<char> = decompose(jamo).chars().collect();
    let mut out = String::with_capacity(jamo.len());
    let mut at = 0;
    while at < keys.len() {
        let (c, taken) = syllable(&keys[at..]);
        out.push(c);
        at += taken;
    }
    out
}

/// The first syllable of `keys`, and how many it takes.
fn syllable(keys: &[char]) -> (char, usize) {
    let key = |at: usize| keys.get(at).copied();
    let vowel_at = |at: usize| match (key(at), key(at + 1)) {
        (Some(first), Some(second)) if is_vowel(first) => {
            Some(compound(first, second).map_or((first, 1), |joined| (joined, 2)))
        }
        (Some(first), None) if is_vowel(first) => Some((first, 1)),
        _ => None,
    };
    let consonant = |at: usize| key(at).filter(|&c| is_consonant(c));
    let Some(initial) = consonant(0).filter(|c| INITIALS.contains(c)) else {
        return vowel_at(0).unwrap_or((keys[0], 1));
    };
    let Some((vowel, width)) = vowel_at(1) else {
        return (initial, 1);
    };
    let after = 1 + width;
    let followed_by_vowel = |at: usize| key(at).is_some_and(is_vowel);
    let last = consonant(after)
        .filter(|_| !followed_by_vowel(after + 1))
        .and_then(|first| {
            let double = consonant(after + 1)
                .filter(|_| !followed_by_vowel(after + 2))
                .and_then(|second| compound(first, second));
            match double {
                Some(double) => Some((double, 2)),
                None => FINAL.contains(&first).then_some((first, 1)),
            }
        });
    let (last, taken) = last.map_or((None, 0), |(last, taken)| (Some(last), taken));
    join(initial, vowel, last).map_or((initial, 1), |c| (c, after + taken))
}

/// The initial consonants of `text` (`감자` is `ㄱㅈ`), other characters as they are.
pub fn initials(text: &str) -> String {
    text.chars()
        .map(|c| split(c).map_or(c, |(initial, _, _)| initial))
        .collect()
}

/// Whether a query is written in initial consonants: at least two of them, and nothing else but spaces,
/// digits and Latin letters.
pub fn is_initials(query: &str) -> bool {
    let mut consonants = 0;
    for c in query.chars() {
        if INITIALS.contains(&c) {
            consonants += 1;
        } else if parts(c).is_some_and(|(first, _)| is_consonant(first)) {
            // A keyboard joins ㄱ and ㅅ into ㄳ before a person can object.
            consonants += 2;
        } else if !(c == ' ' || c.is_ascii_alphanumeric()) {
            return false;
        }
    }
    consonants >= 2
}

/// The compatibility jamo of a conjoining or half-width one.
pub(crate) fn to_compatibility(c: char) -> Option<char> {
    let code = c as u32;
    match code {
        0x1100..=0x1112 => Some(INITIALS[(code - 0x1100) as usize]),
        0x1161..=0x1175 => char::from_u32('ㅏ' as u32 + code - 0x1161),
        0x11a8..=0x11c2 => Some(FINAL[(code - 0x11a7) as usize]),
        0xffa1..=0xffbe => char::from_u32(0x3131 + code - 0xffa1),
        0xffc2..=0xffc7 => char::from_u32(0x314f + code - 0xffc2),
        0xffca..=0xffcf => char::from_u32(0x3155 + code - 0xffca),
        0xffd2..=0xffd7 => char::from_u32(0x315b + code - 0xffd2),
        0xffda..=0xffdc => char::from_u32(0x3161 + code - 0xffda),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{compose, decompose, initials, is_initials, join, split};

    #[test]
    fn syllables_are_split_and_joined() {
        assert_eq!(split('닭'), Some(('ㄷ', 'ㅏ', Some('ㄺ'))));
        assert_eq!(split('가'), Some(('ㄱ', 'ㅏ', None)));
        assert_eq!(split('ㄱ'), None);
        for c in '가'..='힣' {
            let (initial, vowel, last) = split(c).unwrap();
            assert_eq!(join(initial, vowel, last), Some(c));
        }
        assert_eq!(join('ㅏ', 'ㅏ', None), None);
        assert_eq!(join('ㄱ', 'ㅏ', Some('ㄸ')), None);
    }

    #[test]
    fn compound_jamo_are_typed_apart() {
        assert_eq!(decompose("닭 과일 kg"), "ㄷㅏㄹㄱ ㄱㅗㅏㅇㅣㄹ kg");
        assert_eq!(decompose("꽃"), "ㄲㅗㅊ");
    }

    #[test]
    fn unfinished_syllables_are_prefixes_of_what_they_become() {
        for (typed, meant) in [
            ("감ㅈ", "감자"),
            ("갑", "가방"),
            ("닭ㅏ", "달가"),
            ("고", "과일"),
            ("달", "닭고기"),
        ] {
            assert!(decompose(meant).starts_with(&decompose(typed)), "{typed} {meant}");
        }
        assert!(!decompose("감자").starts_with(&decompose("강")));
    }

    #[test]
    fn composing_undoes_taking_apart() {
        for text in [
            "감자",
            "닭가슴살",
            "꽃게",
            "값싼 외국산 쇠고기",
            "왕새우 10kg",
            "않다 읽었다",
        ] {
            assert_eq!(compose(&decompose(text)), text);
        }
        assert_eq!(compose("ㄱㅏㅂㅏㅇ"), "가방");
        assert_eq!(compose("ㄱㄱㅏㅋㅋ"), "ㄱ갘ㅋ");
        assert_eq!(compose("ㅏㅗㅏ"), "ㅏㅘ");
    }

    #[test]
    fn initials_stand_for_syllables_and_leave_the_rest() {
        assert_eq!(initials("감자 10kg"), "ㄱㅈ 10kg");
        assert_eq!(initials("꽃게"), "ㄲㄱ");
    }

    #[test]
    fn queries_of_initials_are_recognised() {
        for query in ["ㄱㅈ", "ㄱㄹㅅ", "ㄳ", "ㄱㅈ 10kg", "ㄲㄱ"] {
            assert!(is_initials(query), "{query}");
        }
        for query in ["감자", "ㄱ", "감ㅈ", "ㅏㅏ", "", "10kg", "ㄱㅈ!"] {
            assert!(!is_initials(query), "{query}");
        }
    }
}
