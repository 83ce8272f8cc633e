//! The names of the faults.

use std::fmt;
use std::str::FromStr;

/// A connection held open without an answer is closed after this long, unless the fault says otherwise.
const HOLD_MILLISECONDS: u64 = 60_000;

/// Name, value and meaning of each fault, for people.
pub(crate) const HELP: [(&str, &str); 20] = [
    (
        "timeout-before[=ms]",
        "the request is lost: no effect, no answer, the connection closes after ms (60000)",
    ),
    (
        "timeout-after[=ms]",
        "the effect happens, the answer is lost, the connection closes after ms (60000)",
    ),
    ("reset-before", "TCP reset before any effect"),
    ("reset-after", "the effect happens, then TCP reset"),
    (
        "error[=CODE]",
        "that documented error, no effect (500 FAILED_INTERNAL_SYSTEM_PROCESSING)",
    ),
    (
        "error-after[=CODE]",
        "the effect happens, yet that error is answered",
    ),
    ("rate-limit", "429, no effect"),
    (
        "malformed",
        "the effect happens, the answer is 200 with broken JSON",
    ),
    (
        "slow=ms",
        "waits ms before working; meanwhile the idempotency key is in flight",
    ),
    (
        "decline[=CODE]",
        "the issuer declines (REJECT_CARD_PAYMENT): a payment becomes ABORTED",
    ),
    (
        "webhook-duplicate[=n]",
        "each webhook of this request is sent n (2) times",
    ),
    (
        "webhook-reorder",
        "held until the order's next webhook has been sent, or a minute",
    ),
    (
        "webhook-before-response",
        "the webhook is delivered before the answer",
    ),
    ("webhook-never", "no webhook"),
    (
        "webhook-delay=s",
        "the webhook is due s seconds later by the sandbox clock",
    ),
    ("html", "food data: 200 and a page for people"),
    ("xml", "food data: a fault in XML though JSON was asked for"),
    ("shift", "food data: a row came in front since the first page"),
    ("empty", "food data: an answer without rows"),
    (
        "spoilt",
        "food data: some rows lack what names them, or their price",
    ),
];

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TimeoutBefore(u64),
    TimeoutAfter(u64),
    ResetBefore,
    ResetAfter,
    Error(Option<String>),
    ErrorAfter(Option<String>),
    RateLimit,
    Malformed,
    Slow(u64),
    Decline(Option<String>),
    WebhookDuplicate(u32),
    WebhookReorder,
    WebhookBeforeResponse,
    WebhookNever,
    WebhookDelay(i64),
    Html,
    Xml,
    Shift,
    Empty,
    Spoilt,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (text.trim(), None),
        };
        let code = || value.map(str::to_owned);
        Ok(match name {
            "timeout-before" => Fault::TimeoutBefore(number(name, value, Some(HOLD_MILLISECONDS))?),
            "timeout-after" => Fault::TimeoutAfter(number(name, value, Some(HOLD_MILLISECONDS))?),
            "error" => Fault::Error(code()),
            "error-after" => Fault::ErrorAfter(code()),
            "decline" => Fault::Decline(code()),
            "slow" => Fault::Slow(number(name, value, None)?),
            "webhook-duplicate" => Fault::WebhookDuplicate(number(name, value, Some(2))?),
            "webhook-delay" => Fault::WebhookDelay(number::<u32>(name, value, None)?.into()),
            _ => bare(name, value)?,
        })
    }
}

fn bare(name: &str, value: Option<&str>) -> Result<Fault, String> {
    let fault = match name {
        "reset-before" => Fault::ResetBefore,
        "reset-after" => Fault::ResetAfter,
        "rate-limit" => Fault::RateLimit,
        "malformed" => Fault::Malformed,
        "webhook-reorder" => Fault::WebhookReorder,
        "webhook-before-response" => Fault::WebhookBeforeResponse,
        "webhook-never" => Fault::WebhookNever,
        "html" => Fault::Html,
        "xml" => Fault::Xml,
        "shift" => Fault::Shift,
        "empty" => Fault::Empty,
        "spoilt" => Fault::Spoilt,
        _ => return Err(format!("unknown fault {name:?}")),
    };
    match value {
        None => Ok(fault),
        Some(_) => Err(format!("{name} takes no value")),
    }
}

fn number<T: FromStr>(name: &str, value: Option<&str>, usual: Option<T>) -> Result<T, String> {
    match value {
        Some(value) => value
            .parse()
            .map_err(|_| format!("{name} takes a number, not {value:?}")),
        None => usual.ok_or_else(|| format!("{name} needs a number, as in {name}=100")),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::TimeoutBefore(ms) => write!(f, "timeout-before={ms}"),
            Fault::TimeoutAfter(ms) => write!(f, "timeout-after={ms}"),
            Fault::ResetBefore => f.write_str("reset-before"),
            Fault::ResetAfter => f.write_str("reset-after"),
            Fault::Error(code) => with_code(f, "error", code.as_deref()),
            Fault::ErrorAfter(code) => with_code(f, "error-after", code.as_deref()),
            Fault::RateLimit => f.write_str("rate-limit"),
            Fault::Malformed => f.write_str("malformed"),
            Fault::Slow(ms) => write!(f, "slow={ms}"),
            Fault::Decline(code) => with_code(f, "decline", code.as_deref()),
            Fault::WebhookDuplicate(copies) => write!(f, "webhook-duplicate={copies}"),
            Fault::WebhookReorder => f.write_str("webhook-reorder"),
            Fault::WebhookBeforeResponse => f.write_str("webhook-before-response"),
            Fault::WebhookNever => f.write_str("webhook-never"),
            Fault::WebhookDelay(seconds) => write!(f, "webhook-delay={seconds}"),
            Fault::Html => f.write_str("html"),
            Fault::Xml => f.write_str("xml"),
            Fault::Shift => f.write_str("shift"),
            Fault::Empty => f.write_str("empty"),
            Fault::Spoilt => f.write_str("spoilt"),
        }
    }
}

fn with_code(f: &mut fmt::Formatter<'_>, name: &str, code: Option<&str>) -> fmt::Result {
    match code {
        Some(code) => write!(f, "{name}={code}"),
        None => f.write_str(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_help_is_a_fault() {
        for (shown, _) in HELP {
            let name = shown.split(['[', '=']).next().unwrap_or_default();
            let text = if shown.contains("[=") || !shown.contains('=') {
                name.to_owned()
            } else {
                format!("{name}=7")
            };
            let fault: Fault = text.parse().expect("a fault");
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }

    #[test]
    fn values_are_checked() {
        assert!("slow".parse::<Fault>().is_err());
        assert!("slow=soon".parse::<Fault>().is_err());
        assert!("malformed=1".parse::<Fault>().is_err());
        assert!("webhook-delay=-5".parse::<Fault>().is_err());
    }
}
