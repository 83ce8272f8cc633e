//! A text as the numbers of its features.

use unicode_normalization::UnicodeNormalization as _;

use super::lexicon;
use super::model::BUCKETS;

/// Letters in a piece of a word.
const PIECES: [usize; 4] = [1, 2, 3, 4];
/// How much a word of the lexicon counts beside a piece.
const LEXICON_WEIGHT: f64 = 6.0;

/// Bucket and weight of each feature, each bucket once, of length 1.
pub fn features(text: &str) -> Vec<(usize, f64)> {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    let mut found: Vec<(usize, f64)> = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    let marked = format!(" {} ", words.join(" "));
    let letters: Vec<char> = marked.chars().collect();
    for size in PIECES {
        for piece in letters.windows(size) {
            if piece != [' '] {
                found.push((bucket('p', piece.iter().copied()), 1.0));
            }
        }
    }
    found.sort_unstable_by_key(|(bucket, _)| *bucket);
    found.dedup_by_key(|(bucket, _)| *bucket);
    let (mut up, mut down) = (0, 0);
    for word in lexicon::found(&text) {
        let side = word.aspect.map_or("-", |aspect| aspect.into_str());
        found.push((
            bucket('w', format!("{side}{}", word.polarity).chars()),
            LEXICON_WEIGHT,
        ));
        match word.polarity {
            1 => up += 1,
            -1 => down += 1,
            _ => {}
        }
    }
    let leaning = format!("{}{}", up.min(2), down.min(2));
    found.push((bucket('s', leaning.chars()), LEXICON_WEIGHT));
    found.sort_unstable_by_key(|(bucket, _)| *bucket);
    found.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = earlier.1.max(later.1);
        }
        same
    });
    let length = found
        .iter()
        .map(|(_, weight)| weight * weight)
        .sum::<f64>()
        .sqrt();
    for (_, weight) in &mut found {
        *weight /= length;
    }
    found
}

/// FNV-1a, so that weights written once are found again.
fn bucket(kind: char, letters: impl Iterator<Item = char>) -> usize {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for letter in std::iter::once(kind).chain(letters) {
        for byte in u32::from(letter).to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash ^ (hash >> 29)) as usize % BUCKETS
}
