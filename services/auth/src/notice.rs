//! What the owner of an account is told that may be somebody else's doing.

use time::OffsetDateTime;
use xlcfi_types::calendar::SEOUL;

/// Something happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody signed in where nobody of it did before.
    NewDevice {
        device: String,
    },
    PasswordChanged {
        /// With a mail.
        by_reset: bool,
    },
    /// The password alone is enough now.
    MfaDisabled {
        by_staff: bool,
    },
    /// Too many wrong passwords or codes.
    LockedByTries {
        until: OffsetDateTime,
    },
    LockedByStaff,
    /// Two had the refresh token of a session.
    TokenReused {
        device: String,
    },
}

impl Notice {
    /// One line.
    pub fn title(&self) -> &'static str {
        match self {
            Self::NewDevice { .. } => "새 기기에서 로그인했습니다",
            Self::PasswordChanged { .. } => "비밀번호가 바뀌었습니다",
            Self::MfaDisabled { .. } => "2단계 인증이 해제되었습니다",
            Self::LockedByTries { .. } => "로그인이 잠시 잠겼습니다",
            Self::LockedByStaff => "계정이 잠겼습니다",
            Self::TokenReused { .. } => "로그인이 도용되었을 수 있어 로그아웃했습니다",
        }
    }

    /// What it says, of what happened at a time.
    pub fn text(&self, now: OffsetDateTime) -> String {
        let at = in_korea(now);
        match self {
            Self::NewDevice { device } => format!(
                "{at}에 {}에서 로그인했습니다. 본인이 아니라면 비밀번호를 바꾸고 모든 기기에서 로그아웃해 주세요.",
                named(device)
            ),
            Self::PasswordChanged { by_reset } => format!(
                "{at}에 비밀번호가 바뀌었고{} 로그아웃되었습니다. 본인이 아니라면 비밀번호를 재설정해 주세요.",
                match by_reset {
                    true => " 모든 기기에서",
                    false => " 다른 기기에서",
                }
            ),
            Self::MfaDisabled { by_staff } => format!(
                "{at}에 2단계 인증이 {} 이제 비밀번호만으로 로그인합니다. 요청하신 적이 없다면 비밀번호를 바꾸고 고객센터에 알려 주세요.",
                match by_staff {
                    true => "고객센터를 통해 해제되었습니다.",
                    false => "해제되었습니다.",
                }
            ),
            Self::LockedByTries { until } => format!(
                "잘못된 비밀번호나 인증번호가 여러 번 입력되어 {}까지 로그인할 수 없습니다. 본인이 아니라면 그대로 두셔도 됩니다. 바로 로그인하시려면 비밀번호를 재설정해 주세요.",
                in_korea(*until)
            ),
            Self::LockedByStaff => format!(
                "{at}에 계정이 잠겨 모든 기기에서 로그아웃되었습니다. 자세한 내용은 고객센터에 문의해 주세요."
            ),
            Self::TokenReused { device } => format!(
                "{at}에 {}의 로그인 정보가 두 곳에서 쓰여 그 기기를 로그아웃했습니다. 다시 로그인하시고, 본인이 아니라면 비밀번호를 바꿔 주세요.",
                named(device)
            ),
        }
    }
}

fn named(device: &str) -> &str {
    match device {
        "" => "알 수 없는 기기",
        device => device,
    }
}

fn in_korea(at: OffsetDateTime) -> String {
    let at = at.to_offset(SEOUL);
    format!(
        "{}월 {}일 {:02}:{:02}",
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_notice_says_where_and_when_in_korea() {
        let now = datetime!(2026-11-22 15:04 UTC);
        let told = |device: &str| {
            let device = device.to_owned();
            Notice::NewDevice { device }.text(now)
        };
        assert!(told("가게 PC").starts_with("11월 23일 00:04에 가게 PC에서"));
        assert!(told("").contains("알 수 없는 기기"));
        let until = datetime!(2026-11-22 15:19 UTC);
        let locked = Notice::LockedByTries { until };
        assert!(locked.text(now).contains("11월 23일 00:19까지"));
    }
}
