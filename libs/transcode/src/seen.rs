//! Which fields of a message were met so far.

/// A set of small numbers that allocates only above 63.
#[derive(Default)]
pub(crate) struct Seen {
    low: u64,
    high: Vec<u64>,
}

impl Seen {
    /// Adds a number; `false` if it was there already.
    #[inline]
    pub fn insert(&mut self, number: u16) -> bool {
        let word = match usize::from(number / 64) {
            0 => &mut self.low,
            above => {
                if self.high.len() < above {
                    self.high.resize(above, 0);
                }
                &mut self.high[above - 1]
            }
        };
        let bit = 1u64 << (number % 64);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// Whether the number was added.
    #[inline]
    pub fn contains(&self, number: u16) -> bool {
        let word = match usize::from(number / 64) {
            0 => self.low,
            above => self.high.get(above - 1).copied().unwrap_or(0),
        };
        word & (1u64 << (number % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_remembered_on_both_sides_of_a_word() {
        let mut seen = Seen::default();
        for number in [0, 1, 63, 64, 65, 127, 128, 1000, u16::MAX] {
            assert!(!seen.contains(number));
            assert!(seen.insert(number));
            assert!(!seen.insert(number));
            assert!(seen.contains(number));
        }
        assert!(!seen.contains(2));
    }
}
