use std::time::Duration;

use strum::IntoStaticStr;
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::device::Device;

/// How long an access token is good.
pub const ACCESS_LIFE: Duration = Duration::from_secs(15 * 60);

/// How long a refresh token is good, unless used before.
pub const REFRESH_LIFE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How long after its use a refresh token may come again without harm: two tabs
/// of one browser wake up together and both refresh.
pub const GRACE: Duration = Duration::from_secs(10);

/// One signed-in device: a family of refresh tokens, each made from the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: Id<Session>,
    pub account_id: Id<Member>,
    pub device: Device,
    /// Whether a code was shown beside the password.
    pub mfa: bool,
    pub create_time: OffsetDateTime,
    pub refresh_time: OffsetDateTime,
    pub expire_time: OffsetDateTime,
    pub end_time: Option<OffsetDateTime>,
}

/// Why a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum EndCause {
    LoggedOut,
    Revoked,
    PasswordChanged,
    PasswordReset,
    TokenReused,
    MfaReset,
    Locked,
}

/// A refresh token as we keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptToken {
    pub expire_time: OffsetDateTime,
    pub use_time: Option<OffsetDateTime>,
}

/// What a presented refresh token deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A new pair.
    Rotate,
    /// Nothing: it has expired, or its session has ended.
    Invalid,
    /// Nothing, but no harm either: it was used a moment ago.
    JustUsed,
    /// The end of its session: one of the two who used it is a thief.
    Reused,
}

impl Session {
    /// Judges a token of this session.
    pub fn judge(&self, token: KeptToken, now: OffsetDateTime) -> Verdict {
        if self.end_time.is_some() || token.expire_time <= now {
            return Verdict::Invalid;
        }
        match token.use_time {
            None => Verdict::Rotate,
            Some(used) if now - used < GRACE => Verdict::JustUsed,
            Some(_) => Verdict::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 00:00 UTC);

    fn session(end_time: Option<OffsetDateTime>) -> Session {
        Session {
            id: Id::new(),
            account_id: Id::new(),
            device: Device::default(),
            mfa: false,
            create_time: NOW,
            refresh_time: NOW,
            expire_time: NOW + REFRESH_LIFE,
            end_time,
        }
    }

    #[test]
    fn a_token_is_judged_by_its_use_its_age_and_its_session() {
        let second = Duration::from_secs(1);
        let table = [
            (None, None, NOW, Verdict::Rotate),
            (None, None, NOW + REFRESH_LIFE - second, Verdict::Rotate),
            (None, None, NOW + REFRESH_LIFE, Verdict::Invalid),
            (Some(NOW), None, NOW, Verdict::Invalid),
            (None, Some(NOW), NOW, Verdict::JustUsed),
            (None, Some(NOW), NOW + GRACE - second, Verdict::JustUsed),
            (None, Some(NOW), NOW + GRACE, Verdict::Reused),
            (Some(NOW), Some(NOW), NOW + GRACE, Verdict::Invalid),
            (None, Some(NOW), NOW + REFRESH_LIFE, Verdict::Invalid),
        ];
        for (end_time, use_time, now, verdict) in table {
            let token = KeptToken {
                expire_time: NOW + REFRESH_LIFE,
                use_time,
            };
            let found = session(end_time).judge(token, now);
            assert_eq!(found, verdict, "ended {end_time:?}, used {use_time:?}, at {now}");
        }
    }
}
