//! How good an answer was, told by what was held back.

use super::top::Scored;

/// Spreads numbers evenly (S. Vigna's splitmix64, public domain).
pub fn splitmix64(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whether what this user has to do with this item is held back from training: always
/// the same pairs, one of so many.
pub fn held_out(user: u32, item: u32, one_in: u64) -> bool {
    splitmix64(u64::from(user) << 32 | u64::from(item)).is_multiple_of(one_in)
}

/// What part of the wanted items is among the first `most`.
pub fn recall(ranked: &[Scored], wanted: &[u32], most: usize) -> f64 {
    let hits = ranked
        .iter()
        .take(most)
        .filter(|ranked| wanted.contains(&ranked.item));
    hits.count() as f64 / wanted.len() as f64
}

/// Gain discounted by the place, against the best order there is.
pub fn ndcg(ranked: &[Scored], wanted: &[u32], most: usize) -> f64 {
    let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let hits = ranked.iter().take(most).enumerate();
    let hits = hits.filter(|(_, ranked)| wanted.contains(&ranked.item));
    let got: f64 = hits.map(|(place, _)| gain(place)).sum();
    let best: f64 = (0..wanted.len().min(most)).map(gain).sum();
    got / best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(items: &[u32]) -> Vec<Scored> {
        items.iter().map(|&item| Scored { item, score: 0.0 }).collect()
    }

    #[test]
    fn numbers_are_spread_as_published() {
        // The first numbers of the generator seeded with 0.
        assert_eq!(splitmix64(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(splitmix64(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn one_of_five_pairs_is_held_back() {
        let held = (0..100).flat_map(|user| (0..100).map(move |item| held_out(user, item, 5)));
        let held = held.filter(|held| *held).count();
        assert!((1_900..2_100).contains(&held), "{held}");
    }

    #[test]
    fn hits_count_more_in_front() {
        let ranked = ranked(&[7, 3, 9]);
        assert!((recall(&ranked, &[3, 4], 3) - 0.5).abs() < 1e-12);
        assert!((ndcg(&ranked, &[7], 3) - 1.0).abs() < 1e-12);
        assert!((ndcg(&ranked, &[3], 3) - 1.0 / 3.0_f64.log2()).abs() < 1e-12);
        assert!(ndcg(&ranked, &[9], 2).abs() < 1e-12);
    }
}
