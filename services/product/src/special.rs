//! Ladders beside the product's own: for groups of customers, for some time.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use xlcfi_types::Money;

use crate::ladder::{Ladder, Rung};

/// Another ladder of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Special {
    /// `""` for everybody.
    pub group: String,
    #[serde(with = "time::serde::timestamp::option")]
    pub start: Option<OffsetDateTime>,
    /// Not included.
    #[serde(with = "time::serde::timestamp::option")]
    pub end: Option<OffsetDateTime>,
    /// Quantity and won; quantities rise, prices fall.
    pub rungs: Vec<(i64, i64)>,
}

impl Special {
    /// Whether a buyer of this group may use it now.
    fn is_for(&self, group: Option<&str>, now: OffsetDateTime) -> bool {
        (self.group.is_empty() || group == Some(self.group.as_str()))
            && self.start.is_none_or(|start| start <= now)
            && self.end.is_none_or(|end| now < end)
    }

    /// Unit price at a quantity, in won; `None` below the first rung.
    fn price(&self, quantity: i64) -> Option<i64> {
        let reached = self.rungs.iter().rev().find(|(from, _)| *from <= quantity);
        reached.map(|&(_, won)| won)
    }
}

/// What a buyer of this group pays now: at each quantity the cheapest of the
/// product's ladder and the specials that apply.
pub fn ladder(base: &Ladder, specials: &[Special], group: Option<&str>, now: OffsetDateTime) -> Ladder {
    let usable: Vec<&Special> = specials
        .iter()
        .filter(|special| special.is_for(group, now))
        .collect();
    if usable.is_empty() {
        return base.clone();
    }
    let mut quantities: Vec<i64> = base.rungs().iter().map(|rung| rung.from_quantity).collect();
    let others = usable.iter().flat_map(|special| &special.rungs);
    quantities.extend(others.map(|&(from, _)| from.max(base.minimum())));
    quantities.sort_unstable();
    quantities.dedup();
    let cheapest = |quantity: i64| {
        let own = base
            .rungs()
            .iter()
            .rev()
            .find(|rung| rung.from_quantity <= quantity);
        let own = own.map(|rung| rung.unit_price.minor);
        let other = usable.iter().filter_map(|special| special.price(quantity));
        other.chain(own).min()
    };
    let mut rungs: Vec<Rung> = Vec::with_capacity(quantities.len());
    for from_quantity in quantities {
        let before = rungs.last().map(|rung| rung.unit_price.minor);
        let Some(won) = cheapest(from_quantity) else {
            continue;
        };
        if before.is_none_or(|before| won < before) {
            let unit_price = Money::won(won);
            rungs.push(Rung {
                from_quantity,
                unit_price,
            });
        }
    }
    base.with_rungs(rungs)
}

/// When the next of the specials of a group begins or ends; with `None` of those
/// for everybody.
pub fn next_change(specials: &[Special], group: Option<&str>, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let theirs = |special: &&Special| special.group.is_empty() || group == Some(special.group.as_str());
    let times = specials
        .iter()
        .filter(theirs)
        .flat_map(|special| [special.start, special.end]);
    times.flatten().filter(|time| *time > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);

    fn base() -> Ladder {
        let rungs = [(2, 1_000), (10, 900)].map(|(from_quantity, won)| Rung {
            from_quantity,
            unit_price: Money::won(won),
        });
        Ladder::new(rungs.to_vec(), 2, 2, 100).expect("it is right")
    }

    fn special(group: &str, start: Option<i64>, end: Option<i64>, rungs: &[(i64, i64)]) -> Special {
        let hours = |hours| NOW + Duration::hours(hours);
        Special {
            group: group.into(),
            start: start.map(hours),
            end: end.map(hours),
            rungs: rungs.to_vec(),
        }
    }

    fn unit_price(ladder: &Ladder, quantity: i64) -> i64 {
        ladder.price(quantity).expect("it is allowed").unit_price.minor
    }

    #[test]
    fn a_special_is_for_its_group_from_its_start_until_its_end() {
        for (special, group, applies) in [
            (special("", None, None, &[(1, 500)]), None, true),
            (special("", Some(0), Some(1), &[(1, 500)]), None, true),
            (special("", Some(1), None, &[(1, 500)]), None, false),
            (special("", None, Some(0), &[(1, 500)]), None, false),
            (special("vip", None, None, &[(1, 500)]), None, false),
            (special("vip", None, None, &[(1, 500)]), Some("shop"), false),
            (special("vip", None, None, &[(1, 500)]), Some("vip"), true),
        ] {
            let price = unit_price(&ladder(&base(), std::slice::from_ref(&special), group, NOW), 2);
            assert_eq!(price, if applies { 500 } else { 1_000 }, "{special:?} {group:?}");
        }
    }

    #[test]
    fn below_its_first_rung_a_special_does_not_apply_and_one_dearer_never_does() {
        let specials = [
            special("", None, None, &[(6, 950)]),
            special("", None, None, &[(1, 5_000), (50, 800)]),
        ];
        let merged = ladder(&base(), &specials, None, NOW);
        for (quantity, won) in [(2, 1_000), (4, 1_000), (6, 950), (10, 900), (48, 900), (50, 800)] {
            assert_eq!(unit_price(&merged, quantity), won, "{quantity}");
        }
        assert_eq!(merged.rungs().len(), 4);
    }

    #[test]
    fn the_next_change_is_the_soonest_start_or_end_to_come() {
        let specials = [
            special("", Some(-5), Some(7), &[(1, 500)]),
            special("", Some(9), None, &[(1, 500)]),
            special("vip", Some(3), None, &[(1, 500)]),
        ];
        let hours = |hours| Some(NOW + Duration::hours(hours));
        assert_eq!(next_change(&specials, None, NOW), hours(7));
        assert_eq!(next_change(&specials, Some("vip"), NOW), hours(3));
        assert_eq!(next_change(&specials[..1], None, NOW + Duration::hours(7)), None);
    }

    prop_compose! {
        fn any_special()(
            group in prop_oneof![Just(""), Just("vip"), Just("shop")],
            start in proptest::option::of(-3_i64..3),
            end in proptest::option::of(-3_i64..3),
            first in 1_i64..60,
            price in 200_i64..2_000,
            more in proptest::collection::vec((1_i64..40, 1_i64..50), 0..3),
        ) -> Special {
            let mut rungs = vec![(first, price)];
            for (rise, fall) in more {
                let &(from, won) = rungs.last().expect("there is a first");
                rungs.push((from + rise, won - fall));
            }
            special(group, start, end, &rungs)
        }
    }

    proptest! {
        #[test]
        fn each_quantity_costs_the_cheapest_ladder_that_applies(
            specials in proptest::collection::vec(any_special(), 0..6),
            group in prop_oneof![Just(None), Just(Some("vip"))],
        ) {
            let merged = ladder(&base(), &specials, group, NOW);
            for quantity in (2..=100).step_by(2) {
                let mut cheapest = unit_price(&base(), quantity);
                for special in &specials {
                    let theirs = special.group.is_empty() || group == Some(special.group.as_str());
                    let runs = special.start.is_none_or(|start| start <= NOW) && special.end.is_none_or(|end| end > NOW);
                    for &(from, won) in &special.rungs {
                        if theirs && runs && from <= quantity {
                            cheapest = cheapest.min(won);
                        }
                    }
                }
                prop_assert_eq!(unit_price(&merged, quantity), cheapest, "{}", quantity);
            }
            prop_assert_eq!(Ladder::new(merged.rungs().to_vec(), 2, 2, 100), Ok(merged));
        }
    }
}
