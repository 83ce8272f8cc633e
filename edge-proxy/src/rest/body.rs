//! Taking in a request body.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use tokio::time::timeout;
use tonic::body::Body;
use xlcfi_transcode::Route;

use crate::Error;
use crate::error::MESSAGE_LIMIT;

/// How much of a body that is too large is read and thrown away, so that the
/// client, still sending, gets to read why.
pub const DRAINED: usize = 8 << 20;

/// Whether the body's type is one the route reads. A body without type is
/// taken for JSON.
///
/// # Errors
/// [`Error::ContentTypeUnsupported`].
pub fn check_type(headers: &HeaderMap, route: &Route) -> Result<(), Error> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (types.next(), types.next());
    let encoded = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity");
    if encoded || second.is_some() {
        return Err(Error::ContentTypeUnsupported);
    }
    let Some(first) = first.filter(|_| !route.takes_raw() && has_body(headers)) else {
        return Ok(());
    };
    let text = first
        .to_str()
        .map_err(|_| Error::ContentTypeUnsupported)?
        .to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let utf8 = parts.all(|part| match part.split_once('=') {
        Some(("charset", charset)) => matches!(charset.trim_matches('"'), "utf-8" | "utf8" | "us-ascii"),
        _ => true,
    });
    if json && utf8 {
        Ok(())
    } else {
        Err(Error::ContentTypeUnsupported)
    }
}

/// A type without a body means nothing, though clients often send one.
fn has_body(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_LENGTH).is_none_or(|length| length != "0")
}

/// The whole body, at most 4 MiB, which has so long to arrive.
///
/// # Errors
/// [`Error::RequestTooLarge`], [`Error::RequestTooSlow`].
pub async fn read(mut body: Body, headers: &HeaderMap, patience: Duration) -> Result<Bytes, Error> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let announced = length.unwrap_or(0);
    if announced > DRAINED {
        return Err(Error::RequestTooLarge);
    }
    let reading = async {
        let mut whole = BytesMut::new();
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            // The client broke off; nobody reads the answer.
            let Ok(data) = frame.map_err(|_| Error::RequestTooSlow)?.into_data() else {
                continue;
            };
            size += data.len();
            if size <= MESSAGE_LIMIT && announced <= MESSAGE_LIMIT {
                whole.extend_from_slice(&data);
            } else if size > DRAINED {
                break;
            }
        }
        if size > MESSAGE_LIMIT {
            Err(Error::RequestTooLarge)
        } else {
            Ok(whole.freeze())
        }
    };
    timeout(patience, reading)
        .await
        .unwrap_or(Err(Error::RequestTooSlow))
}
