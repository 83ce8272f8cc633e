//! What members agree to.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_types::Id;

/// What a member can agree to; advertising by each channel of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ConsentKind {
    Terms,
    Privacy,
    MarketingEmail,
    MarketingSms,
    MarketingPush,
}

impl ConsentKind {
    /// Nobody trades without it, so it is taken back only by withdrawing.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Terms | Self::Privacy)
    }
}

/// A text in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub kind: ConsentKind,
    pub version: String,
    pub begin_time: OffsetDateTime,
}

/// What a member said to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub consent_id: Id<Consent>,
    pub kind: ConsentKind,
    pub version: String,
    pub granted: bool,
    pub create_time: OffsetDateTime,
}
