//! What can be made to go wrong, and when.
//!
//! One grammar serves the request header and the global rules: names joined by commas, some with a value, as in
//! `slow=200,webhook-duplicate`. [`Faults`] is such a list, [`plan::Plan`] decides which requests it strikes.

mod fault;
pub(crate) mod plan;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Duration;

pub(crate) use fault::{Fault, HELP};

/// Everything that goes wrong with one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Faults(Vec<Fault>);

/// What strikes before the request has any effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Timeout { milliseconds: u64 },
    Reset,
    RateLimit,
    Error { code: Option<String> },
}

/// What strikes after the effect, in place of the true answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Timeout { milliseconds: u64 },
    Reset,
    Error { code: Option<String> },
    Malformed,
}

/// What happens to the webhooks a request causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WebhookFaults {
    pub copies: u32,
    pub never: bool,
    pub reorder: bool,
    pub before_response: bool,
    pub delay: Duration,
}

impl Faults {
    pub(crate) fn before(&self) -> Option<Before> {
        self.0.iter().find_map(|fault| match fault {
            Fault::TimeoutBefore(milliseconds) => Some(Before::Timeout {
                milliseconds: *milliseconds,
            }),
            Fault::ResetBefore => Some(Before::Reset),
            Fault::RateLimit => Some(Before::RateLimit),
            Fault::Error(code) => Some(Before::Error { code: code.clone() }),
            _ => None,
        })
    }

    pub(crate) fn after(&self) -> Option<After> {
        self.0.iter().find_map(|fault| match fault {
            Fault::TimeoutAfter(milliseconds) => Some(After::Timeout {
                milliseconds: *milliseconds,
            }),
            Fault::ResetAfter => Some(After::Reset),
            Fault::ErrorAfter(code) => Some(After::Error { code: code.clone() }),
            Fault::Malformed => Some(After::Malformed),
            _ => None,
        })
    }

    /// Milliseconds to wait, the idempotency key in flight, before doing the work.
    pub(crate) fn slow(&self) -> Option<u64> {
        self.0.iter().find_map(|fault| {
            if let Fault::Slow(ms) = fault {
                Some(*ms)
            } else {
                None
            }
        })
    }

    /// The outer option: is there a decline; the inner: with which code, or the usual one of the call.
    pub(crate) fn decline(&self) -> Option<Option<String>> {
        self.0.iter().find_map(|fault| {
            if let Fault::Decline(code) = fault {
                Some(code.clone())
            } else {
                None
            }
        })
    }

    pub(crate) fn webhooks(&self) -> WebhookFaults {
        let mut webhooks = WebhookFaults {
            copies: 1,
            never: false,
            reorder: false,
            before_response: false,
            delay: Duration::ZERO,
        };
        for fault in &self.0 {
            match fault {
                Fault::WebhookDuplicate(copies) => webhooks.copies = *copies,
                Fault::WebhookNever => webhooks.never = true,
                Fault::WebhookReorder => webhooks.reorder = true,
                Fault::WebhookBeforeResponse => webhooks.before_response = true,
                Fault::WebhookDelay(seconds) => webhooks.delay = Duration::seconds(*seconds),
                _ => {}
            }
        }
        webhooks
    }

    /// A page for people instead of data.
    pub(crate) fn is_html(&self) -> bool {
        self.0.contains(&Fault::Html)
    }

    /// A fault in XML though JSON was asked for.
    pub(crate) fn is_xml(&self) -> bool {
        self.0.contains(&Fault::Xml)
    }

    /// Rows moved since the first page.
    pub(crate) fn is_shifted(&self) -> bool {
        self.0.contains(&Fault::Shift)
    }

    /// No rows.
    pub(crate) fn is_empty_answer(&self) -> bool {
        self.0.contains(&Fault::Empty)
    }

    /// Rows that make no sense.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.0.contains(&Fault::Spoilt)
    }

    /// The codes named by error and decline faults, so that a provider can refuse one it does not document.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|fault| match fault {
            Fault::Error(code) | Fault::ErrorAfter(code) | Fault::Decline(code) => code.as_deref(),
            _ => None,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Faults, String> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::parse).collect::<Result<_, _>>().map(Faults)
    }
}

impl TryFrom<String> for Faults {
    type Error = String;

    fn try_from(text: String) -> Result<Faults, String> {
        let faults: Faults = text.parse()?;
        if faults.is_empty() {
            Err("a fault is missing".to_owned())
        } else {
            Ok(faults)
        }
    }
}

impl From<Faults> for String {
    fn from(faults: Faults) -> String {
        faults.to_string()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{fault}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written_alike() {
        let text =
            "slow=200,timeout-after=1500,decline=REJECT_CARD_COMPANY,webhook-duplicate=3,webhook-delay=60";
        let faults: Faults = text.parse().expect("parse");
        assert_eq!(faults.to_string(), text);
        assert_eq!(faults.slow(), Some(200));
        assert_eq!(faults.after(), Some(After::Timeout { milliseconds: 1_500 }));
        assert_eq!(faults.before(), None);
        assert_eq!(faults.decline(), Some(Some("REJECT_CARD_COMPANY".to_owned())));
        assert_eq!(faults.webhooks().copies, 3);
        assert_eq!(faults.webhooks().delay, Duration::MINUTE);
    }

    #[test]
    fn blanks_are_allowed_and_nothing_is_no_fault() {
        assert!(" , ".parse::<Faults>().expect("parse").is_empty());
        assert_eq!(
            " reset-before , malformed "
                .parse::<Faults>()
                .expect("parse")
                .after(),
            Some(After::Malformed)
        );
        assert!(Faults::try_from(String::new()).is_err());
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let refusal = "explode".parse::<Faults>().expect_err("refused");
        assert!(refusal.contains("explode"), "{refusal}");
    }
}
