//! Percent-encoding in paths and queries.

use std::borrow::Cow;

/// A path or query that cannot be decoded: HTTP 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EscapeError {
    /// A `%` without two hexadecimal digits; the text from it on, three characters at most.
    #[error("bad escape {0:?}")]
    Malformed(String),
    /// The decoded bytes are not UTF-8; the text that was decoded.
    #[error("{0:?} is not UTF-8 when decoded")]
    NotUtf8(String),
}

/// What to leave as it is while decoding.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Keep {
    Nothing,
    /// An encoded slash, so that it is not taken for one between segments.
    Slash,
}

/// Whether all escapes are sound and decode to UTF-8.
pub(crate) fn check(text: &str) -> Result<(), EscapeError> {
    decode(text, Keep::Nothing).map(drop)
}

/// Decodes a part of a path, once.
pub(crate) fn decode(text: &str, keep: Keep) -> Result<Cow<'_, str>, EscapeError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    decoded(text, keep, false)
}

/// Decodes a part of a query, where `+` is a space.
pub(crate) fn decode_query(text: &str) -> Result<Cow<'_, str>, EscapeError> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    decoded(text, Keep::Nothing, true)
}

fn decoded(text: &str, keep: Keep, plus: bool) -> Result<Cow<'_, str>, EscapeError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [byte, rest @ ..] = bytes {
        bytes = rest;
        match byte {
            b'%' => {
                let Some((value, after)) = hex(rest) else {
                    let from = text.len() - rest.len() - 1;
                    return Err(EscapeError::Malformed(text[from..].chars().take(3).collect()));
                };
                if value == b'/' && keep == Keep::Slash {
                    out.extend_from_slice(&[b'%', rest[0], rest[1]]);
                } else {
                    out.push(value);
                }
                bytes = after;
            }
            b'+' if plus => out.push(b' '),
            _ => out.push(*byte),
        }
    }
    String::from_utf8(out)
        .map(Cow::Owned)
        .map_err(|_| EscapeError::NotUtf8(text.to_owned()))
}

fn hex(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = bytes else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    Some(((digit(high)? << 4 | digit(low)?) as u8, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_happens_once_and_keeps_slashes_on_request() {
        for (text, all, kept) in [
            ("plain", "plain", "plain"),
            ("a%20b+c", "a b+c", "a b+c"),
            ("a%2Fb%2fc", "a/b/c", "a%2Fb%2fc"),
            ("%2525", "%25", "%25"),
            ("%EC%A3%BC%EB%AC%B8", "주문", "주문"),
            ("%3a", ":", ":"),
        ] {
            assert_eq!(decode(text, Keep::Nothing).as_deref(), Ok(all));
            assert_eq!(decode(text, Keep::Slash).as_deref(), Ok(kept));
        }
        assert_eq!(decode_query("a+b%2B").as_deref(), Ok("a b+"));
    }

    #[test]
    fn bad_escapes_are_named() {
        assert_eq!(check("a%zz1"), Err(EscapeError::Malformed("%zz".into())));
        assert_eq!(check("a%"), Err(EscapeError::Malformed("%".into())));
        assert_eq!(check("%4한글"), Err(EscapeError::Malformed("%4한".into())));
        assert_eq!(check("%ff"), Err(EscapeError::NotUtf8("%ff".into())));
    }
}
