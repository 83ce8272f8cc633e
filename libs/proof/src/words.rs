//! What a buyer reads.

use std::fmt;

use time::OffsetDateTime;

use crate::anchor::{self, Anchored};
use crate::check::{Refused, Step};

/// In which words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
}

impl Step {
    /// Its name, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signed { .. } => "SIGNED",
            Self::Included { .. } => "INCLUDED",
            Self::Unchanged => "UNCHANGED",
            Self::Anchored(_) => "ANCHORED",
            Self::AnchorNamed(_) => "ANCHOR_NAMED",
        }
    }

    /// Whether it was proven; a block that nobody compared is only named.
    pub fn is_proven(&self) -> bool {
        !matches!(self, Self::AnchorNamed(_))
    }

    /// What was proven, in a sentence.
    pub fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Signed { size }, Language::Korean) => {
                format!("기록장의 서명이 진짜입니다. 서명할 때 기록은 모두 {size}건이었습니다.")
            }
            (Self::Signed { size }, Language::English) => {
                format!("The log's signature is genuine. It had {size} entries when it was signed.")
            }
            (Self::Included { index }, Language::Korean) => {
                format!("이 기록은 서명된 기록장의 {}번째에 들어 있습니다.", index + 1)
            }
            (Self::Included { index }, Language::English) => {
                format!("This is entry number {} of the signed log.", index + 1)
            }
            (Self::Unchanged, Language::Korean) => {
                "내용은 기록장에 올라간 그대로입니다. 한 글자도 바뀌지 않았습니다.".into()
            }
            (Self::Unchanged, Language::English) => {
                "What it says is what was entered then: not one letter was changed.".into()
            }
            (Self::Anchored(anchored), Language::Korean) => format!(
                "이 기록장은 {}에 새겨져 있습니다. 주신 블록 해시와 같습니다.",
                block(anchored, language)
            ),
            (Self::Anchored(anchored), Language::English) => format!(
                "The log is anchored in {}, the block whose hash you gave.",
                block(anchored, language)
            ),
            (Self::AnchorNamed(anchored), Language::Korean) => format!(
                "이 기록장은 {}에 새겨졌다고 합니다. 블록 해시를 다른 곳에서 찾아 주시면 그것까지 확인합니다.",
                block(anchored, language)
            ),
            (Self::AnchorNamed(anchored), Language::English) => format!(
                "The file says the log is anchored in {}. Give that block's hash from somewhere else to \
                 have this proven, too.",
                block(anchored, language)
            ),
        }
    }
}

/// Which block, where and when.
fn block(anchored: &Anchored, language: Language) -> String {
    let seconds = i64::try_from(anchored.block_time).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, hour, minute) = (time.date(), time.hour(), time.minute());
    let (chain, number) = (anchored.chain_id, anchored.block_number);
    let hash = hex::encode(anchored.block_hash);
    match language {
        Language::Korean => {
            format!(
                "이더리움 체인 {chain}의 블록 {number}(세계 표준시 {date} {hour:02}:{minute:02}, 0x{hash})"
            )
        }
        Language::English => {
            format!("block {number} of Ethereum chain {chain} ({date} {hour:02}:{minute:02} UTC, 0x{hash})")
        }
    }
}

impl Refused {
    /// Its name, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoProof => "NO_PROOF",
            Self::Damaged => "DAMAGED",
            Self::UnknownVersion(_) => "UNKNOWN_VERSION",
            Self::NoCheckpoint => "NO_CHECKPOINT",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::BadSignature => "BAD_SIGNATURE",
            Self::OtherLog(_) => "OTHER_LOG",
            Self::NotIncluded => "NOT_INCLUDED",
            Self::EventChanged => "EVENT_CHANGED",
            Self::NotAnchored => "NOT_ANCHORED",
            Self::Anchor(anchor::Refused::OtherBlock { .. }) => "OTHER_BLOCK",
            Self::Anchor(_) => "BAD_ANCHOR",
        }
    }

    /// What is wrong and what to do, in plain words.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::Korean => self.korean(),
            Language::English => self.english(),
        }
    }

    fn korean(&self) -> String {
        match self {
            Self::NoProof => "증명 파일이 아닙니다. 내려받은 파일을 그대로 넣어 주세요.".into(),
            Self::Damaged => {
                "파일이 발급된 모양 그대로가 아닙니다. 중간에 바뀌었거나 손상되었으니 믿지 말고, 다시 내려받아 확인하세요."
                    .into()
            }
            Self::UnknownVersion(version) => {
                format!("이 프로그램이 모르는 버전({version})의 파일입니다. 새 프로그램으로 확인하세요.")
            }
            Self::NoCheckpoint => {
                "기록장의 서명 부분을 읽을 수 없습니다. 파일이 바뀌었거나 손상되었습니다.".into()
            }
            Self::UnknownKey => {
                "우리 기록장의 열쇠로 서명되지 않았습니다. 다른 곳에서 만든 파일이거나 서명이 바뀌었습니다.".into()
            }
            Self::BadSignature => {
                "기록장의 서명이 맞지 않습니다. 서명한 뒤에 누군가 기록장의 크기나 지문을 바꾸었습니다.".into()
            }
            Self::OtherLog(origin) => format!("다른 기록장({origin})의 서명입니다."),
            Self::NotIncluded => {
                "서명된 기록장의 그 자리에 이런 기록이 없습니다. 자리 번호나 경로가 바뀌었습니다.".into()
            }
            Self::EventChanged => {
                "내용이 기록장에 올라간 것과 다릅니다. 기록된 뒤에 누군가 내용을 바꾸었으니 믿지 마세요.".into()
            }
            Self::NotAnchored => {
                "이 파일에는 블록체인에 새겨졌다는 증거가 없습니다. 새겨진 뒤에 다시 내려받으세요.".into()
            }
            Self::Anchor(anchor::Refused::OtherBlock { .. }) => {
                "파일이 말하는 블록은 주신 블록이 아닙니다. 블록 해시를 다시 확인하세요.".into()
            }
            Self::Anchor(
                anchor::Refused::OtherSize { .. }
                | anchor::Refused::OtherRoot(_)
                | anchor::Refused::NothingAnchored(_)
                | anchor::Refused::Failed,
            ) => "블록에 새겨진 것은 이 기록장이 아닙니다. 기록장이나 파일이 바뀌었습니다.".into(),
            Self::Anchor(anchor::Refused::Unreadable(_) | anchor::Refused::NotInBlock) => {
                "블록체인에 새겨졌다는 증거가 맞지 않습니다. 파일이 바뀌었거나 손상되었습니다.".into()
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NoProof => "This is no proof file. Give the file as you downloaded it.".into(),
            Self::Damaged => {
                "The file is not as it was given out: it was changed or damaged on its way. Do not \
                 believe it; download it again."
                    .into()
            }
            Self::UnknownVersion(version) => {
                format!("The file is of version {version}, which is not known here. Use a newer program.")
            }
            Self::NoCheckpoint => {
                "The log's signed part cannot be read: the file was changed or damaged.".into()
            }
            Self::UnknownKey => "It is not signed with the log's key: somebody else made it, or the \
                signature was changed."
                .into(),
            Self::BadSignature => "The log's signature does not fit: somebody changed the log's size or \
                fingerprint after it was signed."
                .into(),
            Self::OtherLog(origin) => format!("It is signed as another log: {origin}."),
            Self::NotIncluded => "The signed log has no such entry at this place: the place or the path \
                was changed."
                .into(),
            Self::EventChanged => "The event is not the one that was entered: somebody changed it \
                afterwards. Do not believe it."
                .into(),
            Self::NotAnchored => "The file has no evidence that the log was anchored. Download it again \
                once it was."
                .into(),
            Self::Anchor(refused) => format!("The anchor: {refused}."),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for Refused {}
