//! What a member's purchases make of it.

use strum::{EnumString, IntoStaticStr};

/// From the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Grade {
    Welcome,
    Silver,
    Gold,
    Vip,
}
