//! What a PG's webhook says. It is a hint: what is true is asked of the PG.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::payment::Order;

/// Oldest signature that is believed, in seconds; also how far a clock may be ahead.
const OLDEST: i64 = 300;

/// A webhook, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The same for the same event, however often it is sent.
    pub event_key: String,
    pub kind: String,
    /// The PG's key of the payment; empty where it does not say.
    pub payment_key: String,
    pub order_id: Id<Order>,
    /// What proves that the PG of a deposit sent it, where it sends such a thing.
    pub secret: Option<String>,
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disbelief {
    Unreadable,
    NotSigned,
    Stale,
}

/// A webhook of Toss Payments, which signs none. `None` when it is about nothing of
/// ours.
///
/// # Errors
/// It is no webhook.
pub fn of_toss(body: &[u8]) -> Result<Option<Notice>, Disbelief> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        event_type: Option<String>,
        data: Option<About>,
        #[serde(flatten)]
        flat: About,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct About {
        payment_key: Option<String>,
        order_id: Option<String>,
        secret: Option<String>,
        status: Option<String>,
    }
    let told: Told = serde_json::from_slice(body).map_err(|_| Disbelief::Unreadable)?;
    let deposit = told.event_type.is_none();
    let about = match (told.data, deposit) {
        (Some(data), false) => data,
        (None, true) if told.flat.status.is_some() => told.flat,
        _ => return Err(Disbelief::Unreadable),
    };
    let Some(order_id) = about.order_id.and_then(|id| id.parse().ok()) else {
        return Ok(None);
    };
    Ok(Some(Notice {
        // Toss repeats a webhook word by word.
        event_key: Uuid::new_v5(&Uuid::NAMESPACE_OID, body).to_string(),
        kind: told.event_type.unwrap_or_else(|| "DEPOSIT_CALLBACK".to_owned()),
        payment_key: about.payment_key.unwrap_or_default(),
        order_id,
        secret: about.secret.filter(|_| deposit),
    }))
}

/// A webhook of Stripe with its `Stripe-Signature`, at this time in seconds since
/// 1970. `None` when it is about nothing of ours.
///
/// # Errors
/// It is no webhook, or not one signed with `secret` of late.
pub fn of_stripe(body: &[u8], signature: &str, secret: &str, now: i64) -> Result<Option<Notice>, Disbelief> {
    #[derive(Deserialize)]
    struct Event {
        id: String,
        r#type: String,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Value,
    }
    check(body, signature, secret, now)?;
    let event: Event = serde_json::from_slice(body).map_err(|_| Disbelief::Unreadable)?;
    // What other events are about may lack any of these: a balance has no id.
    let Data { object } = event.data;
    let text = |name: &str| object[name].as_str().map(str::to_owned);
    let is_intent = object["object"] == "payment_intent";
    let payment_key = text(if is_intent { "id" } else { "payment_intent" });
    let order_id = object["metadata"]["order_id"].as_str();
    let order_id = order_id.and_then(|id| id.parse().ok());
    Ok(payment_key.zip(order_id).map(|(payment_key, order_id)| Notice {
        event_key: event.id,
        kind: event.r#type,
        payment_key,
        order_id,
        secret: None,
    }))
}

/// `t=<seconds>,v1=<hex of HMAC-SHA256(secret, t.body)>`; any of several `v1` counts.
fn check(body: &[u8], signature: &str, secret: &str, now: i64) -> Result<(), Disbelief> {
    let parts = || {
        signature
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let time = parts().find(|(name, _)| *name == "t").map(|(_, time)| time);
    let time = time.ok_or(Disbelief::NotSigned)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Disbelief::NotSigned)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let signed = parts()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, code)| hex::decode(code).ok())
        .any(|code| mac.clone().verify_slice(&code).is_ok());
    if !signed {
        return Err(Disbelief::NotSigned);
    }
    match time.parse::<i64>() {
        Ok(time) if (now - time).abs() <= OLDEST => Ok(()),
        _ => Err(Disbelief::Stale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "0198b1f0-0000-7000-8000-000000000001";

    fn signed(body: &str, secret: &str, time: i64) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.{body}").as_bytes());
        let code = hex::encode(mac.finalize().into_bytes());
        format!("t={time},v1={}00,v1={code},v0=abc", &code[2..])
    }

    #[test]
    fn only_what_stripe_signed_of_late_is_believed() {
        let body = format!(
            r#"{{"id":"evt_1","type":"payment_intent.succeeded","data":{{"object":
               {{"id":"pi_1","object":"payment_intent","metadata":{{"order_id":"{ORDER}"}}}}}}}}"#
        );
        let read = |signature: &str, now| of_stripe(body.as_bytes(), signature, "whsec", now);
        let good = signed(&body, "whsec", 1_000);
        let notice = read(&good, 1_200).unwrap().expect("it is ours");
        assert_eq!(
            (notice.event_key.as_str(), notice.payment_key.as_str()),
            ("evt_1", "pi_1")
        );
        assert_eq!(notice.order_id.to_string(), ORDER);
        assert_eq!(read(&good, 1_301), Err(Disbelief::Stale));
        assert_eq!(read(&good, 699), Err(Disbelief::Stale));
        assert_eq!(
            read(&signed(&body, "other", 1_000), 1_000),
            Err(Disbelief::NotSigned)
        );
        assert_eq!(
            read(&signed("{}", "whsec", 1_000), 1_000),
            Err(Disbelief::NotSigned)
        );
        for forged in ["", "t=1000", "v1=00", "t=1000,v1=", "t=1000,v1=zz", "t=1000,v1=0"] {
            assert_eq!(read(forged, 1_000), Err(Disbelief::NotSigned), "{forged}");
        }
    }

    #[test]
    fn a_refund_names_the_payment_it_is_of() {
        let body = format!(
            r#"{{"id":"evt_2","type":"charge.refunded","data":{{"object":
               {{"id":"ch_1","object":"charge","payment_intent":"pi_1","metadata":{{"order_id":"{ORDER}"}}}}}}}}"#
        );
        let notice = of_stripe(body.as_bytes(), &signed(&body, "s", 5), "s", 5)
            .unwrap()
            .unwrap();
        assert_eq!(notice.payment_key, "pi_1");
    }

    #[test]
    fn what_is_about_nothing_of_ours_is_passed_over_whatever_it_is_about() {
        let read = |body: &str| of_stripe(body.as_bytes(), &signed(body, "s", 5), "s", 5);
        for object in [
            r#"{"id":"po_1","object":"payout"}"#,
            r#"{"id":"re_1","object":"refund","payment_intent":"pi_1","metadata":null}"#,
            r#"{"object":"balance","available":[],"pending":[]}"#,
            r#"{"id":"x_1","object":"of_tomorrow","payment_intent":{"id":"pi_1"},"metadata":{"order_id":7}}"#,
        ] {
            let body = format!(r#"{{"id":"evt_3","type":"t","data":{{"object":{object}}}}}"#);
            assert_eq!(read(&body), Ok(None), "{object}");
        }
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"id":"evt_3","type":"t"}"#,
            r#"{"id":"evt_3","type":"t","data":{}}"#,
        ] {
            assert_eq!(read(bad), Err(Disbelief::Unreadable), "{bad}");
        }
    }

    #[test]
    fn both_shapes_of_toss_are_read() {
        let changed = format!(
            r#"{{"eventType":"PAYMENT_STATUS_CHANGED","createdAt":"2026-01-01T00:00:00.000000",
               "data":{{"paymentKey":"k","orderId":"{ORDER}","status":"DONE","secret":"s"}}}}"#
        );
        let notice = of_toss(changed.as_bytes()).unwrap().unwrap();
        assert_eq!((notice.payment_key.as_str(), notice.secret), ("k", None));
        let deposit = format!(
            r#"{{"createdAt":"2026-01-01T00:00:00.000000","secret":"s","status":"DONE","transactionKey":"t",
               "orderId":"{ORDER}"}}"#
        );
        let notice = of_toss(deposit.as_bytes()).unwrap().unwrap();
        assert_eq!(
            (notice.payment_key.as_str(), notice.secret.as_deref()),
            ("", Some("s"))
        );
        let foreign = deposit.replace(ORDER, "order-7");
        assert_eq!(of_toss(foreign.as_bytes()), Ok(None));
        for bad in ["", "[]", "{}", "<html>", r#"{"eventType":"X"}"#] {
            assert_eq!(of_toss(bad.as_bytes()), Err(Disbelief::Unreadable), "{bad}");
        }
    }
}
