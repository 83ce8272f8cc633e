//! The headers of a webhook, with its signature.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::webhooks::queue::Delivery;

/// The headers of one attempt; each is signed anew with its own time.
pub(crate) fn headers(delivery: &Delivery, secret: &str, now: OffsetDateTime) -> Vec<(&'static str, String)> {
    let at = now.unix_timestamp();
    let signature = sign(secret, at, &delivery.body);
    vec![("stripe-signature", format!("t={at},v1={signature}"))]
}

/// HMAC-SHA256 of the time, a dot and the body, in hexadecimal.
fn sign(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length makes a key");
    mac.update(format!("{at}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_openssl_computes() {
        // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_sandbox
        assert_eq!(
            sign("whsec_sandbox", 1_700_000_000, r#"{"id":"evt_1"}"#),
            "5c83ca56a76fc13716319e676dde1719da89def4594f7494e0b1de8abe94ed7d"
        );
    }
}
