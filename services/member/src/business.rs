//! What the tax office says of businesses.

use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};

use crate::calendar::next_night;

/// What the tax office says of a business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Standing {
    /// It was not asked or did not answer.
    Unknown,
    Active,
    Suspended,
    Closed,
    /// It knows no such number.
    Unregistered,
}

impl Standing {
    /// What the member reads when it changes; nothing when it does not matter.
    pub fn news(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Unknown => None,
            Self::Active => Some((
                "사업자 상태가 확인되었습니다",
                "국세청에서 계속사업자로 확인되었습니다.",
            )),
            Self::Suspended => Some((
                "사업자 상태를 확인해 주세요",
                "국세청에 휴업자로 등록되어 있습니다. 사실과 다르면 고객센터로 알려 주세요.",
            )),
            Self::Closed => Some((
                "사업자 상태를 확인해 주세요",
                "국세청에 폐업자로 등록되어 있습니다. 사실과 다르면 고객센터로 알려 주세요.",
            )),
            Self::Unregistered => Some((
                "사업자 상태를 확인해 주세요",
                "국세청에 등록되지 않은 사업자등록번호입니다. 번호를 다시 등록해 주세요.",
            )),
        }
    }
}

/// When the tax office is asked next: the next night, or sooner when it did not answer,
/// after waits that double from a minute to six hours.
pub fn next_check(standing: Standing, failures: i32, now: OffsetDateTime) -> OffsetDateTime {
    if standing != Standing::Unknown {
        return next_night(now);
    }
    let doublings = u32::try_from(failures.clamp(0, 9)).unwrap_or(0);
    now + (Duration::minutes(1) * 2_i32.pow(doublings)).min(Duration::hours(6))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn who_answered_is_asked_the_next_night_and_who_did_not_sooner() {
        let now = datetime!(2026-11-22 9:00 +9);
        let next = |standing, failures| next_check(standing, failures, now);
        assert_eq!(next(Standing::Closed, 3), datetime!(2026-11-23 3:00 +9));
        assert_eq!(next(Standing::Unknown, 0), now + Duration::MINUTE);
        assert_eq!(next(Standing::Unknown, 3), now + Duration::minutes(8));
        assert_eq!(next(Standing::Unknown, 99), now + Duration::hours(6));
    }
}
