//! How many slips of the fingers lie between two words.

/// Damerau-Levenshtein distance (optimal string alignment) of two jamo strings: insertions, deletions,
/// replacements and swaps of neighbours, each one. `None` where it is more than `most`.
///
/// Only a band of `2 * most + 1` cells is looked at, so it takes time in proportion to length and bound.
pub fn distance(left: &str, right: &str, most: usize) -> Option<usize> {
    if left == right {
        return Some(0);
    }
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let (left, right) = trim(&left, &right);
    let (left, right) = if left.len() > right.len() {
        (right, left)
    } else {
        (left, right)
    };
    let most = most.min(right.len());
    if right.len() - left.len() > most {
        return None;
    }
    let far = most + 1;
    let width = left.len() + 1;
    let mut older = vec![far; width];
    let mut old: Vec<usize> = (0..width).map(|at| at.min(far)).collect();
    let mut new = vec![far; width];
    for row in 1..=right.len() {
        let from = row.saturating_sub(most).max(1);
        let to = (row + most).min(left.len());
        new[from - 1] = if from == 1 { row.min(far) } else { far };
        let mut least = new[from - 1];
        for at in from..=to {
            let same = left[at - 1] == right[row - 1];
            let mut cost = old[at - 1] + usize::from(!same);
            cost = cost.min(new[at - 1] + 1);
            if at < row + most {
                cost = cost.min(old[at] + 1);
            }
            if at > 1 && row > 1 && left[at - 1] == right[row - 2] && left[at - 2] == right[row - 1] {
                cost = cost.min(older[at - 2] + 1);
            }
            new[at] = cost.min(far);
            least = least.min(new[at]);
        }
        if to < left.len() {
            new[to + 1] = far;
        }
        if least > most {
            return None;
        }
        std::mem::swap(&mut older, &mut old);
        std::mem::swap(&mut old, &mut new);
    }
    Some(old[left.len()]).filter(|&cost| cost <= most)
}

/// Both without what they begin and end with alike.
fn trim<'a>(left: &'a [char], right: &'a [char]) -> (&'a [char], &'a [char]) {
    let begin = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[begin..], &right[begin..]);
    let end = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (&left[..left.len() - end], &right[..right.len() - end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::distance;
    use crate::jamo::decompose;

    /// The whole table, by the definition.
    fn plain(left: &str, right: &str) -> usize {
        let left: Vec<char> = left.chars().collect();
        let right: Vec<char> = right.chars().collect();
        let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
        for row in 0..=left.len() {
            for at in 0..=right.len() {
                table[row][at] = if row == 0 || at == 0 {
                    row + at
                } else {
                    let change = table[row - 1][at - 1] + usize::from(left[row - 1] != right[at - 1]);
                    let mut cost = change.min(table[row - 1][at] + 1).min(table[row][at - 1] + 1);
                    if row > 1 && at > 1 && left[row - 1] == right[at - 2] && left[row - 2] == right[at - 1] {
                        cost = cost.min(table[row - 2][at - 2] + 1);
                    }
                    cost
                };
            }
        }
        table[left.len()][right.len()]
    }

    #[test]
    fn slips_of_one_key_are_one() {
        for (typed, meant) in [
            ("감저", "감자"),
            ("곰자", "감자"),
            ("감지", "감자"),
            ("가자", "감자"),
            ("삼겸살", "삼겹살"),
        ] {
            assert_eq!(
                distance(&decompose(typed), &decompose(meant), 2),
                Some(1),
                "{typed}"
            );
        }
        assert_eq!(distance(&decompose("고등어"), &decompose("고등어"), 0), Some(0));
        assert_eq!(distance(&decompose("감자"), &decompose("고구마"), 2), None);
        assert_eq!(distance("ab", "ba", 1), Some(1));
        assert_eq!(distance("", "abc", 2), None);
        assert_eq!(distance("", "abc", 3), Some(3));
    }

    fn word() -> impl Strategy<Value = String> {
        proptest::string::string_regex("[abcㄱㅏ]{0,9}").unwrap()
    }

    proptest! {
        #[test]
        fn the_band_agrees_with_the_whole_table(left in word(), right in word(), most in 0_usize..6) {
            let whole = plain(&left, &right);
            prop_assert_eq!(distance(&left, &right, most), (whole <= most).then_some(whole));
        }
    }
}
