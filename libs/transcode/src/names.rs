//! Finding a field or an enum value by its name, in one probe nearly always.

use crate::text;

/// A fixed table from names to small numbers, built once and asked for every JSON key.
pub(crate) struct Names {
    seed: u64,
    mask: usize,
    /// One-based positions in `entries`; 0 is a free slot. At most half of the slots are used.
    slots: Box<[u16]>,
    entries: Box<[(Box<str>, u16)]>,
}

impl Names {
    /// Builds the table; of two entries with the same name the first one counts.
    pub fn new(given: impl IntoIterator<Item = (String, u16)>) -> Self {
        let mut entries: Vec<(Box<str>, u16)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for (name, value) in given {
            if known.insert(name.clone()) {
                entries.push((name.into(), value));
            }
        }
        let size = (entries.len() * 2).max(2).next_power_of_two();
        let tries = (0..64u64).map(|attempt| (attempt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (_, seed, slots) = tries
            .map(|seed| {
                let (moves, slots) = place(&entries, size, seed);
                (moves, seed, slots)
            })
            .min_by_key(|(moves, ..)| *moves)
            .unwrap_or((0, 1, vec![0; size]));
        Self {
            seed,
            mask: size - 1,
            slots: slots.into(),
            entries: entries.into(),
        }
    }

    /// The number kept under `name`.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<u16> {
        let mut slot = hash(name, self.seed) & self.mask;
        loop {
            let position = self.slots[slot];
            if position == 0 {
                return None;
            }
            let (known, value) = &self.entries[usize::from(position) - 1];
            if text::same(known.as_bytes(), name) {
                return Some(*value);
            }
            slot = (slot + 1) & self.mask;
        }
    }
}

/// Places all entries with one seed; also counts how often one had to move on from a taken slot.
fn place(entries: &[(Box<str>, u16)], size: usize, seed: u64) -> (usize, Vec<u16>) {
    let mut slots = vec![0u16; size];
    let mut moves = 0;
    for (position, (name, _)) in (1u16..).zip(entries) {
        let mut slot = hash(name.as_bytes(), seed) & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
            moves += 1;
        }
        slots[slot] = position;
    }
    (moves, slots)
}

/// Mixes the length and both ends of the name. The names are fixed at load, so nobody can choose colliding ones.
#[inline]
fn hash(name: &[u8], seed: u64) -> usize {
    let length = name.len();
    let (head, tail) = if let (Some(head), Some(tail)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
    } else if let (Some(head), Some(tail)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (
            u64::from(u32::from_le_bytes(*head)),
            u64::from(u32::from_le_bytes(*tail)),
        )
    } else if let [first, .., last] = name {
        (
            u64::from(*first),
            u64::from(*last) << 8 | u64::from(name[length / 2]),
        )
    } else {
        (name.first().map_or(0, |only| u64::from(*only)), 0)
    };
    let mixed = (head ^ (length as u64)).wrapping_mul(seed) ^ tail.rotate_left(31).wrapping_mul(seed);
    (mixed ^ (mixed >> 29))
        .wrapping_mul(0xbf58_476d_1ce4_e5b9)
        .rotate_left(20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0, 1, 2, 17, 300] {
            let names =
                Names::new((0..count).map(|index| (format!("field_number_{index}_of_many"), index as u16)));
            for index in 0..count {
                assert_eq!(
                    names.get(format!("field_number_{index}_of_many").as_bytes()),
                    Some(index as u16)
                );
            }
            assert_eq!(names.get(b"field_number_x_of_many"), None);
            assert_eq!(names.get(b""), None);
        }
    }

    #[test]
    fn short_names_are_told_apart() {
        let all = ["a", "b", "ab", "ba", "aab", "abb", "abcd", "abce"];
        let names = Names::new((0u16..).zip(all).map(|(index, name)| (name.to_owned(), index)));
        for (index, name) in (0u16..).zip(all) {
            assert_eq!(names.get(name.as_bytes()), Some(index));
        }
        assert_eq!(names.get(b"c"), None);
    }
}
