//! `Idempotency-Key`, which becomes the `request_id` of the message.

use http::HeaderMap;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};

use crate::Error;
use crate::frames::HEAD;

const HEADER: &str = "idempotency-key";

/// Puts the header's key into field `field` of the framed message, if there is
/// a header. A body may say the same, but nothing else.
///
/// # Errors
/// [`Error::IdempotencyKeyInvalid`].
pub fn apply(headers: &HeaderMap, field: u32, frame: &mut Vec<u8>) -> Result<(), Error> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(()) };
    if values.next().is_some() {
        return Err(Error::IdempotencyKeyInvalid("comes twice"));
    }
    // RFC 8941 writes a string in quotes; most clients leave them out.
    let key = value
        .to_str()
        .map_err(|_| Error::IdempotencyKeyInvalid("is not ASCII"))?
        .trim()
        .trim_matches('"');
    if key.is_empty() || key.len() > 200 {
        return Err(Error::IdempotencyKeyInvalid("must have 1 to 200 characters"));
    }
    match given(&frame[HEAD..], field) {
        Some(id) if id == key.as_bytes() => Ok(()),
        Some(id) if !id.is_empty() => Err(Error::IdempotencyKeyInvalid(
            "differs from request_id in the body",
        )),
        _ => {
            encode_key(field, WireType::LengthDelimited, frame);
            encode_varint(key.len() as u64, frame);
            frame.extend_from_slice(key.as_bytes());
            Ok(())
        }
    }
}

/// The last value of a field of bytes in a message we wrote ourselves.
fn given(mut message: &[u8], field: u32) -> Option<&[u8]> {
    let mut found = None;
    while !message.is_empty() {
        let (number, kind) = decode_key(&mut message).ok()?;
        if number == field && kind == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
            let (value, rest) = message.split_at_checked(length)?;
            found = Some(value);
            message = rest;
        } else {
            skip_field(kind, number, &mut message, DecodeContext::default()).ok()?;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use xlcfi_contracts::order::v1::{CreateOrderRequest, NewOrderLine};

    use super::*;

    fn applied(keys: &[&str], request_id: &str) -> Result<String, Error> {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(HEADER, key.parse().expect("a header value"));
        }
        let line = NewOrderLine {
            product_id: "p".into(),
            quantity: 3,
            ..Default::default()
        };
        let message = CreateOrderRequest {
            request_id: request_id.into(),
            lines: vec![line],
            points: 5,
            ..Default::default()
        };
        let mut frame = vec![0; HEAD];
        message.encode(&mut frame).expect("a vector grows");
        apply(&headers, 1, &mut frame)?;
        Ok(CreateOrderRequest::decode(&frame[HEAD..])
            .expect("a message")
            .request_id)
    }

    #[test]
    fn the_header_is_the_request_id() {
        assert_eq!(applied(&[], "a"), Ok("a".into()));
        assert_eq!(applied(&["k-1"], ""), Ok("k-1".into()));
        assert_eq!(applied(&["\"k-1\""], ""), Ok("k-1".into()));
        assert_eq!(applied(&["k-1"], "k-1"), Ok("k-1".into()));
        for (keys, id) in [
            (&["k-1"][..], "k-2"),
            (&["a", "a"], ""),
            (&[""], ""),
            (&["\"\""], ""),
        ] {
            assert!(
                matches!(applied(keys, id), Err(Error::IdempotencyKeyInvalid(_))),
                "{keys:?} {id}"
            );
        }
    }
}
