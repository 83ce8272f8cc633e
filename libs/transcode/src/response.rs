//! A message to a whole HTTP response body.

use crate::{api::Api, decode, refusal::WireError, route::Route};

/// What a response body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// JSON text.
    Json,
    /// The bytes of a `google.api.HttpBody`.
    Raw {
        /// Its content type, empty if the service gave none.
        content_type: String,
    },
}

impl Api {
    /// Appends the response body for a message, and tells what it is. With a `response_body` it shows only that field,
    /// its default if it is unset.
    ///
    /// # Errors
    /// A [`WireError`] if the bytes are not a message of the route's output type; `out` is then as it was.
    pub fn response(&self, route: &Route, wire: &[u8], out: &mut Vec<u8>) -> Result<Content, WireError> {
        let program = &self.codec().program;
        let output = route.output.0;
        match (route.answer.raw, route.answer.field) {
            (None, None) => decode::message(program, output, wire, self.codec().printing(), out)?,
            (None, Some(at)) => decode::field(program, output, at, wire, self.codec().printing(), out)?,
            (Some(raw), None) => {
                let (content_type, data) = decode::http_body(program, raw, wire)?;
                out.extend_from_slice(data);
                return Ok(Content::Raw {
                    content_type: content_type.to_owned(),
                });
            }
            (Some(raw), Some(at)) => {
                let whole = decode::embedded(program, output, at, wire)?;
                let (content_type, data) = decode::http_body(program, raw, &whole)?;
                out.extend_from_slice(data);
                return Ok(Content::Raw {
                    content_type: content_type.to_owned(),
                });
            }
        }
        Ok(Content::Json)
    }
}
