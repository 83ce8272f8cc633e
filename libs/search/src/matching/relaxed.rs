//! How few of a query's words will do.

use crate::query::plan::Plan;

/// How few of the words will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relaxed {
    /// All must match.
    No,
    /// All but quantities.
    Quantities,
    /// The last that is no quantity, being the noun that those before describe.
    Head,
}

impl Relaxed {
    /// From the strictest on.
    pub const LEVELS: [Self; 3] = [Self::No, Self::Quantities, Self::Head];

    /// The slots of `plan` that must match; `None` if that changes nothing.
    pub fn required(self, plan: &Plan) -> Option<Vec<bool>> {
        let count = plan.slots.len();
        let head = plan.slots.iter().rposition(|slot| !slot.light);
        match self {
            Self::No => Some(vec![true; count]),
            Self::Quantities if plan.slots.iter().any(|slot| slot.light) && head.is_some() => {
                Some(plan.slots.iter().map(|slot| !slot.light).collect())
            }
            Self::Head if count > 1 || plan.slots.iter().any(|slot| !slot.loose.is_empty()) => {
                head.map(|head| (0..count).map(|at| at == head).collect())
            }
            Self::Quantities | Self::Head => None,
        }
    }
}
