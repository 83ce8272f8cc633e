//! A whole HTTP request to a message.

use crate::{
    api::Api,
    encode, query,
    query::Query,
    refusal::{Place, Refusal, Violation},
    route::{Body, Captures, Route, Target},
    wire,
};

/// The parts of an HTTP request that make a message. For further messages of a stream leave out `captures` and `query`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Input<'a> {
    /// The path variables, from [`Match::Found`](crate::Match::Found).
    pub captures: Option<Captures<'a, 'a>>,
    /// The query as it came, still encoded and without `?`.
    pub query: Option<&'a str>,
    /// The body; empty means an empty message (or field).
    pub body: &'a [u8],
    /// The body's content type; only a raw (`google.api.HttpBody`) body keeps it.
    pub content_type: Option<&'a str>,
}

impl Api {
    /// Appends the protobuf bytes of the request message. Where parts collide the path counts before the body and the
    /// body before the query.
    ///
    /// # Errors
    /// A [`Refusal`] with every violation found in query, body and path; `out` then holds an unspecified tail to be
    /// thrown away.
    pub fn request(&self, route: &Route, input: &Input<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let mut violations = Vec::new();
        // On the wire a later scalar replaces an earlier one and messages merge: the last part written counts.
        if let Some(text) = input.query {
            self.query(route, text, !input.body.is_empty(), out, &mut violations);
        }
        if let Err(refusal) = self.body(route, input, out) {
            violations.extend(refusal.violations);
        }
        for (variable, value) in input.captures.iter().flat_map(Captures::iter) {
            let program = &self.codec().program;
            if let Err(reason) = query::put(program, route.input.0, &variable.trail, &value, true, out) {
                let (field, message) = (variable.name().to_owned(), reason.into_owned());
                violations.push(Violation {
                    place: Place::Path,
                    field,
                    message,
                });
            }
        }
        if violations.is_empty() {
            return Ok(());
        }
        violations.truncate(Refusal::MOST);
        Err(Refusal { violations })
    }

    fn query(
        &self,
        route: &Route,
        text: &str,
        body: bool,
        out: &mut Vec<u8>,
        violations: &mut Vec<Violation>,
    ) {
        let query = Query {
            program: &self.codec().program,
            input: route.input.0,
            open: route.body != Body::Whole,
            owned: route.body_target.field.filter(|_| body),
            ignored: &self.codec().options.ignored_query,
        };
        query.put(text, out, violations);
    }

    fn body(&self, route: &Route, input: &Input<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let program = &self.codec().program;
        let reading = self.codec().reading();
        let message = &program.messages[route.input.0 as usize];
        let field = route.body_target.field.map(|at| &message.fields[usize::from(at)]);
        match (&route.body, route.body_target, field) {
            (Body::None, ..) if input.body.is_empty() => Ok(()),
            (Body::None, ..) => {
                let message = "no body is expected".to_owned();
                Err(Refusal {
                    violations: vec![Violation {
                        place: Place::Body,
                        field: String::new(),
                        message,
                    }],
                })
            }
            (_, Target { raw: Some(_), .. }, None) => {
                put_raw(input, out);
                Ok(())
            }
            (_, Target { raw: Some(_), .. }, Some(field)) => {
                field.tag.put(out);
                let start = wire::open(out);
                put_raw(input, out);
                wire::close(out, start);
                Ok(())
            }
            _ if input.body.is_empty() => Ok(()),
            (_, _, None) => encode::message(reading, route.input.0, input.body, out),
            (_, _, Some(field)) => encode::field(reading, field, input.body, out),
        }
    }
}

/// Appends the content of a `google.api.HttpBody`.
fn put_raw(input: &Input<'_>, out: &mut Vec<u8>) {
    let mut put = |number: u8, bytes: &[u8]| {
        if !bytes.is_empty() {
            out.push(number << 3 | wire::BYTES);
            wire::put_varint(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    };
    put(1, input.content_type.unwrap_or_default().as_bytes());
    put(2, input.body);
}
