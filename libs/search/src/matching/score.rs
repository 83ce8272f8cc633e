//! How well a document matches.

use crate::columns::Rank;
use crate::query::plan::{COVER_BITS, COVER_MASK};

/// Names of more words are counted as of so many.
const WORDS: usize = 31;

/// What a score is raised by for the part of the name that is covered, by words of the
/// name and halves of words covered, in thousandths: by half for all of it.
const COVERED: [[u16; 2 * WORDS + 1]; WORDS + 1] = {
    let mut table = [[1000; 2 * WORDS + 1]; WORDS + 1];
    let mut words = 1;
    while words <= WORDS {
        let mut halves = 0;
        while halves <= 2 * WORDS {
            let covered = if halves < 2 * words { halves } else { 2 * words };
            table[words][halves] = 1000 + (500 * covered / (2 * words)) as u16;
            halves += 1;
        }
        words += 1;
    }
    table
};

/// The most a score is raised by, in thousandths: by half and by three tenths.
const MOST: u64 = 1950;

/// The relevance of a document: what its terms and bonuses are worth, raised by how much
/// of its name they cover and by its boost.
#[inline]
pub(crate) fn relevance(value: u32, bonus: u32, rank: Rank) -> u32 {
    let words = usize::from(rank.name_words).clamp(1, WORDS);
    let halves = ((value & COVER_MASK) as usize).min(2 * WORDS);
    let score = u64::from((value >> COVER_BITS) + bonus);
    let raised = score * u64::from(COVERED[words][halves]) * u64::from(1000 + rank.boost);
    u32::try_from(raised / 1_000_000).unwrap_or(u32::MAX)
}

/// The most that what one word is worth can be raised by for a document, in millionths:
/// documents are sorted by it, so that the first ones of a word are soon found.
pub(crate) fn quality(rank: Rank) -> u32 {
    u32::from(COVERED[usize::from(rank.name_words).clamp(1, WORDS)][2]) * u32::from(1000 + rank.boost)
}

/// What terms and bonuses must be worth at least for a relevance of `least`.
pub(crate) fn worth_at_least(least: u32) -> u32 {
    (u64::from(least) * 1000 / MOST) as u32
}

#[cfg(test)]
mod tests {
    use super::{relevance, worth_at_least};
    use crate::columns::Rank;

    #[test]
    fn boosts_are_bounded() {
        let plain = Rank {
            rating: 0,
            boost: 0,
            name_words: 1,
        };
        let best = Rank {
            rating: 5000,
            boost: 300,
            name_words: 1,
        };
        let value = 1000 << 7;
        assert_eq!(relevance(value, 0, plain), 1000);
        assert_eq!(relevance(value, 0, best), 1300);
        assert_eq!(relevance(value | 2, 0, best), 1950);
        assert_eq!(
            relevance(
                value | 1,
                0,
                Rank {
                    name_words: 4,
                    ..plain
                }
            ),
            1062
        );
        assert!(worth_at_least(1950) <= 1000);
    }
}
