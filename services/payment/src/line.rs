//! What a payment is made of, and what of it was given back.

use serde::{Deserialize, Serialize};

/// A line of an order, as it is paid. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the order, from 1.
    pub line: i32,
    pub title: String,
    pub amount: i64,
    pub tax_exempt: bool,
    /// What of it was or is being given back.
    pub refunded: i64,
}

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub line: i32,
    pub amount: i64,
}

/// Why parts cannot be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error("line {0} is not one of the order")]
    NoSuchLine(i32),
    #[error("line {0} is named twice")]
    NamedTwice(i32),
    #[error("the amount of line {0} is not above zero")]
    Nothing(i32),
    #[error("of line {line} only {left} is left")]
    AboveRest { line: i32, left: i64 },
}

/// Sum of the lines, and its tax-exempt part.
pub fn sums(lines: &[Line]) -> (i64, i64) {
    lines.iter().fold((0, 0), |(all, exempt), line| {
        (
            all + line.amount,
            exempt + if line.tax_exempt { line.amount } else { 0 },
        )
    })
}

/// Books `parts` as given back, and says how much that is and what of it bears no tax.
///
/// # Errors
/// Parts that are not there; nothing is booked then.
pub fn give_back(lines: &mut [Line], parts: &[Part]) -> Result<(i64, i64), Impossible> {
    for (at, part) in parts.iter().enumerate() {
        let line = lines.iter().find(|line| line.line == part.line);
        let line = line.ok_or(Impossible::NoSuchLine(part.line))?;
        if parts.iter().take(at).any(|other| other.line == part.line) {
            return Err(Impossible::NamedTwice(part.line));
        }
        if part.amount <= 0 {
            return Err(Impossible::Nothing(part.line));
        }
        let left = line.amount - line.refunded;
        if part.amount > left {
            return Err(Impossible::AboveRest {
                line: part.line,
                left,
            });
        }
    }
    let mut sums = (0, 0);
    for line in lines {
        for part in parts.iter().filter(|part| part.line == line.line) {
            line.refunded += part.amount;
            sums.0 += part.amount;
            sums.1 += if line.tax_exempt { part.amount } else { 0 };
        }
    }
    Ok(sums)
}

/// Books that `parts` are kept after all.
pub fn keep(lines: &mut [Line], parts: &[Part]) {
    for line in lines {
        for part in parts.iter().filter(|part| part.line == line.line) {
            line.refunded -= part.amount;
        }
    }
}

/// What is left of the lines.
pub fn rest(lines: &[Line]) -> Vec<Part> {
    let left = lines.iter().map(|line| Part {
        line: line.line,
        amount: line.amount - line.refunded,
    });
    left.filter(|part| part.amount > 0).collect()
}

/// Of each of `parts` what `left` has of its line, at most.
pub fn at_most(parts: &[Part], left: &[Part]) -> Vec<Part> {
    let bounded = left.iter().map(|left| {
        let wanted = parts.iter().filter(|part| part.line == left.line);
        let wanted: i64 = wanted.map(|part| part.amount.max(0)).sum();
        Part {
            line: left.line,
            amount: left.amount.min(wanted),
        }
    });
    bounded.filter(|part| part.amount > 0).collect()
}

/// `amount` of what is left, from the first line on.
pub fn spread(lines: &[Line], amount: i64) -> Vec<Part> {
    let mut wanted = amount;
    let mut parts = rest(lines);
    for part in &mut parts {
        part.amount = part.amount.min(wanted);
        wanted -= part.amount;
    }
    parts.retain(|part| part.amount > 0);
    parts
}

/// Lines of a payment of which only the sums are known.
pub fn of_sums(title: &str, amount: i64, tax_exempt: i64) -> Vec<Line> {
    let line = |line, amount, tax_exempt| Line {
        line,
        title: title.to_owned(),
        amount,
        tax_exempt,
        refunded: 0,
    };
    let mut lines = vec![line(1, tax_exempt, true), line(2, amount - tax_exempt, false)];
    lines.retain(|line| line.amount > 0);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(line: i32, amount: i64, tax_exempt: bool) -> Line {
        Line {
            line,
            title: "감자".into(),
            amount,
            tax_exempt,
            refunded: 0,
        }
    }

    fn part(line: i32, amount: i64) -> Part {
        Part { line, amount }
    }

    #[test]
    fn parts_that_are_not_there_change_nothing() {
        let whole = vec![line(1, 700, true), line(2, 300, false)];
        for (parts, why) in [
            (vec![part(3, 1)], Impossible::NoSuchLine(3)),
            (vec![part(1, 1), part(1, 1)], Impossible::NamedTwice(1)),
            (vec![part(1, 0)], Impossible::Nothing(1)),
            (
                vec![part(2, 1), part(1, 701)],
                Impossible::AboveRest { line: 1, left: 700 },
            ),
        ] {
            let mut lines = whole.clone();
            assert_eq!(give_back(&mut lines, &parts), Err(why));
            assert_eq!(lines, whole);
        }
    }

    #[test]
    fn the_tax_goes_back_with_its_lines() {
        let mut lines = vec![line(1, 700, true), line(2, 300, false)];
        assert_eq!(
            give_back(&mut lines, &[part(1, 200), part(2, 300)]),
            Ok((500, 200))
        );
        assert_eq!(rest(&lines), [part(1, 500)]);
        keep(&mut lines, &[part(2, 300)]);
        assert_eq!(rest(&lines), [part(1, 500), part(2, 300)]);
    }

    proptest! {
        #[test]
        fn no_more_goes_back_than_was_paid(
            amounts in prop::collection::vec((1i64..1_000, any::<bool>()), 1..6),
            asked in prop::collection::vec((0i32..8, -5i64..1_200), 0..40),
        ) {
            let mut lines: Vec<Line> =
                (1..).zip(&amounts).map(|(at, (amount, exempt))| line(at, *amount, *exempt)).collect();
            let (all, exempt) = sums(&lines);
            let mut given = (0, 0);
            for (at, amount) in asked {
                if let Ok((amount, exempt)) = give_back(&mut lines, &[part(at, amount)]) {
                    given = (given.0 + amount, given.1 + exempt);
                }
            }
            let left = rest(&lines);
            let all_of_it = left.iter().map(|part| part.amount).sum::<i64>();
            for some in [0, all_of_it / 2, all_of_it] {
                prop_assert_eq!(spread(&lines, some).iter().map(|part| part.amount).sum::<i64>(), some);
            }
            let last = give_back(&mut lines, &left).expect("what is left can go back");
            prop_assert_eq!((given.0 + last.0, given.1 + last.1), (all, exempt));
            prop_assert!(rest(&lines).is_empty());
        }
    }
}
