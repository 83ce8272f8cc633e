//! What a Connect request asks for.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{Method as HttpMethod, Request, Uri, request};
use tonic::body::Body;
use url::form_urlencoded;

use super::Format;
use crate::Error;
use crate::edge::Parts;
use crate::error::MESSAGE_LIMIT;
use crate::frames::{self, HEAD};
use crate::rest::body;
use crate::routes::Method;

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The form of a call.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub format: Format,
    pub stream: bool,
}

/// The format of a request for a stream, whose answer is a stream even when it
/// is a refusal.
pub fn streams<B>(request: &Request<B>) -> Option<Format> {
    match form(request) {
        Some(Asked { format, stream: true }) => Some(format),
        _ => None,
    }
}

/// Whether a request is a call by GET.
pub fn is_get<B>(request: &Request<B>) -> bool {
    request.method() == HttpMethod::GET && parameter(request.uri(), "encoding").is_some()
}

impl Asked {
    /// # Errors
    /// The method is not called this way.
    pub fn of<B>(request: &Request<B>, method: &Method) -> Result<Self, Error> {
        if method.client_streaming {
            return Err(Error::ConnectUnsupported(
                "streams of requests; call this method by gRPC",
            ));
        }
        match *request.method() {
            HttpMethod::POST => {}
            HttpMethod::GET if method.safe && !method.server_streaming => {}
            _ => return Err(Error::HttpMethodNotAllowed("POST".into())),
        }
        let asked = form(request).filter(|asked| asked.stream == method.server_streaming);
        let asked = asked.ok_or(Error::ConnectTypeUnsupported)?;
        let encodings = [CONTENT_ENCODING.as_str(), "connect-content-encoding"]
            .into_iter()
            .filter_map(|name| request.headers().get(name))
            .any(|encoding| encoding != "identity");
        let compressed = request.method() == HttpMethod::GET
            && parameter(request.uri(), "compression").is_some_and(|encoding| encoding != "identity");
        if encodings || compressed {
            return Err(Error::ConnectUnsupported("compressed requests"));
        }
        Ok(asked)
    }

    /// The request's message as one gRPC frame.
    ///
    /// # Errors
    /// It is no message of the method's, is too large, or came too slowly.
    pub async fn frame(
        self,
        edge: &Parts,
        method: &Method,
        parts: &request::Parts,
        body: Body,
    ) -> Result<Bytes, Error> {
        let bytes = if parts.method == HttpMethod::GET {
            in_query(&parts.uri)?
        } else {
            body::read(body, &parts.headers, edge.settings.body_timeout).await?
        };
        let message = if self.stream { unwrapped(&bytes)? } else { &bytes };
        let mut frame = Vec::with_capacity(HEAD + 64 + message.len());
        frame.resize(HEAD, 0);
        match self.format {
            Format::Proto => frame.extend_from_slice(message),
            Format::Json => {
                let codec = edge.api.codec();
                let input = codec.message(&method.input).ok_or(Error::MethodUnknown)?;
                codec.json_to_wire(input, message, &mut frame)?;
            }
        }
        if frame.len() - HEAD > MESSAGE_LIMIT {
            return Err(Error::RequestTooLarge);
        }
        frames::seal(&mut frame);
        Ok(frame.into())
    }
}

fn form<B>(request: &Request<B>) -> Option<Asked> {
    if request.method() == HttpMethod::GET {
        let format = match parameter(request.uri(), "encoding")?.as_ref() {
            "json" => Format::Json,
            "proto" => Format::Proto,
            _ => return None,
        };
        return Some(Asked {
            format,
            stream: false,
        });
    }
    let text = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next()?.trim().to_ascii_lowercase();
    let (format, stream) = match essence.as_str() {
        "application/json" => (Format::Json, false),
        "application/proto" => (Format::Proto, false),
        "application/connect+json" => (Format::Json, true),
        "application/connect+proto" => (Format::Proto, true),
        _ => return None,
    };
    Some(Asked { format, stream })
}

fn parameter<'u>(uri: &'u Uri, wanted: &str) -> Option<Cow<'u, str>> {
    let query = uri.query()?.as_bytes();
    form_urlencoded::parse(query).find_map(|(name, value)| (name == wanted).then_some(value))
}

/// The message of a GET.
fn in_query(uri: &Uri) -> Result<Bytes, Error> {
    let malformed = |what| Error::ConnectMalformed(what);
    let message = parameter(uri, "message").ok_or(malformed("a GET needs the parameter `message`"))?;
    if parameter(uri, "base64").is_some_and(|base64| base64 == "1") {
        let plain = BASE64.decode(message.as_bytes());
        return plain
            .map(Bytes::from)
            .map_err(|_| malformed("`message` is not base64 for URLs"));
    }
    Ok(message.into_owned().into())
}

/// The one message of a request that is an envelope.
fn unwrapped(bytes: &[u8]) -> Result<&[u8], Error> {
    let malformed = |what| Error::ConnectMalformed(what);
    let (head, message) = bytes
        .split_first_chunk::<HEAD>()
        .ok_or(malformed("the request has no message"))?;
    let [flags, length @ ..] = *head;
    if flags & 1 == 1 {
        return Err(Error::ConnectUnsupported("compressed requests"));
    }
    if flags != 0 || u32::from_be_bytes(length) as usize != message.len() {
        return Err(malformed("the request is not one envelope with one message"));
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_carries_its_message_as_text_or_in_base64() {
        let read = |query: &str| {
            let uri: Uri = format!("/a.B/C?{query}").parse().expect("a URI");
            in_query(&uri).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        assert_eq!(read("message=%7B%7D&connect=v1").as_deref(), Ok("{}"));
        assert_eq!(read("base64=1&message=eyJhIjoxfQ").as_deref(), Ok("{\"a\":1}"));
        assert_eq!(
            read("base64=1&message=eyJhIjoxfQ%3D%3D").as_deref(),
            Ok("{\"a\":1}")
        );
        assert!(read("base64=1&message=%21").is_err());
        assert!(read("connect=v1").is_err());
    }

    #[test]
    fn an_envelope_holds_exactly_one_message() {
        assert_eq!(unwrapped(b"\0\0\0\0\x02ab"), Ok(&b"ab"[..]));
        assert_eq!(unwrapped(b"\0\0\0\0\0"), Ok(&b""[..]));
        for bad in [&b""[..], b"\0\0\0\0\x03ab", b"\0\0\0\0\x01ab", b"\x02\0\0\0\0"] {
            assert!(
                matches!(unwrapped(bad), Err(Error::ConnectMalformed(_))),
                "{bad:?}"
            );
        }
        assert!(matches!(
            unwrapped(b"\x01\0\0\0\0"),
            Err(Error::ConnectUnsupported(_))
        ));
    }
}
