//! Query parameters and path variables to protobuf fields.

use std::borrow::Cow;

use crate::{
    encode::{self, text},
    percent,
    program::{Card, Field, Kind, Program},
    refusal::{Place, Refusal, Violation},
    wire,
};

const UNKNOWN: &str = "unknown parameter";

/// The error says what is wrong with the text.
pub(crate) type Put = Result<(), Cow<'static, str>>;

/// Parameters may reach this deep into messages.
const DEEPEST: usize = 16;

/// So many different fields a query may name; each is compared with all before it.
const MOST: usize = 256;

/// The fields down to the one a parameter names.
#[derive(Clone, Copy)]
struct Trail {
    fields: [u16; DEEPEST],
    length: usize,
}

impl Trail {
    fn as_slice(&self) -> &[u16] {
        &self.fields[..self.length]
    }
}

/// Writes the fields that a query names.
pub(crate) struct Query<'q> {
    pub program: &'q Program,
    /// The request message.
    pub input: u32,
    /// Whether parameters can name fields at all; not if the body is the whole message.
    pub open: bool,
    /// The field that belongs to a body that is there: parameters below it are checked, but the body counts.
    pub owned: Option<u16>,
    /// Unknown parameters passed over.
    pub ignored: &'q [String],
}

impl Query<'_> {
    /// Appends the fields; notes what is wrong.
    pub fn put(&self, query: &str, out: &mut Vec<u8>, violations: &mut Vec<Violation>) {
        let mut given = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            if violations.len() >= Refusal::MOST {
                return;
            }
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, outcome) = match (percent::decode_query(name), percent::decode_query(value)) {
                (Ok(name), Ok(value)) => {
                    let outcome = self.parameter(&name, &value, &mut given, out);
                    (name, outcome)
                }
                (Err(bad), _) | (_, Err(bad)) => (name.into(), Err(bad.to_string().into())),
            };
            if let Err(reason) = outcome {
                let (field, message) = (name.into_owned(), reason.into_owned());
                violations.push(Violation {
                    place: Place::Query,
                    field,
                    message,
                });
            }
        }
    }

    /// Appends one field, unless it belongs to the body.
    fn parameter(&self, name: &str, value: &str, given: &mut Vec<Trail>, out: &mut Vec<u8>) -> Put {
        let (trail, field) = match self.resolve(name) {
            Ok(found) => found,
            Err(UNKNOWN) if self.ignored.iter().any(|ignored| ignored == name) => return Ok(()),
            Err(reason) => return Err(reason.into()),
        };
        match given.iter().find_map(|other| self.clash(&trail, other)) {
            None if given.len() == MOST => return Err("too many parameters".into()),
            None => given.push(trail),
            Some(Clash::Same) if field.card != Card::One => {}
            Some(Clash::Same) => return Err("given more than once".into()),
            Some(Clash::Oneof(name)) => {
                return Err(format!("another field of oneof {name} is given too").into());
            }
        }
        let before = out.len();
        put(self.program, self.input, trail.as_slice(), value, false, out)?;
        if self.owned == Some(trail.fields[0]) {
            out.truncate(before);
        }
        Ok(())
    }

    /// Finds the field that a dotted name means.
    fn resolve(&self, name: &str) -> Result<(Trail, &Field), &'static str> {
        if !self.open {
            return Err(UNKNOWN);
        }
        let mut trail = Trail {
            fields: [0; DEEPEST],
            length: 0,
        };
        let mut id = self.input;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            let message = &self.program.messages[id as usize];
            let found = message
                .names
                .get(part.as_bytes())
                .filter(|_| message.shape.is_open());
            let at = found.filter(|_| trail.length < DEEPEST).ok_or(UNKNOWN)?;
            trail.fields[trail.length] = at;
            trail.length += 1;
            let field = &message.fields[usize::from(at)];
            match (field.card, field.kind, parts.peek()) {
                (Card::Map { .. }, ..) => return Err("a map cannot be given in the query"),
                (Card::One, Kind::Message(inner), Some(_)) => id = inner,
                (_, Kind::Message(inner), None)
                    if !self.program.messages[inner as usize].shape.is_textual() =>
                {
                    return Err("an object cannot be given in the query");
                }
                (_, _, Some(_)) => return Err(UNKNOWN),
                (_, _, None) => return Ok((trail, field)),
            }
        }
        Err(UNKNOWN)
    }

    /// Whether two parameters cannot both be given.
    fn clash(&self, one: &Trail, other: &Trail) -> Option<Clash<'_>> {
        let mut id = self.input;
        for (left, right) in one.as_slice().iter().zip(other.as_slice()) {
            let message = &self.program.messages[id as usize];
            let field = &message.fields[usize::from(*left)];
            if left != right {
                let other = &message.fields[usize::from(*right)];
                let oneof = field.oneof.filter(|oneof| other.oneof == Some(*oneof))?;
                return Some(Clash::Oneof(&message.oneofs[usize::from(oneof)]));
            }
            if let Kind::Message(inner) = field.kind {
                id = inner;
            }
        }
        (one.length == other.length).then_some(Clash::Same)
    }
}

enum Clash<'q> {
    Same,
    Oneof(&'q str),
}

/// Writes one field, with the messages around it, from its text. A default without presence is left out unless `keep`.
pub(crate) fn put(
    program: &Program,
    id: u32,
    trail: &[u16],
    value: &str,
    keep: bool,
    out: &mut Vec<u8>,
) -> Put {
    let Some((at, below)) = trail.split_first() else {
        return Ok(());
    };
    let field = &program.messages[id as usize].fields[usize::from(*at)];
    let before = out.len();
    wire::put_varint(
        out,
        u64::from(field.number) << 3 | u64::from(field.kind.wire_type()),
    );
    match field.kind {
        Kind::Message(inner) => {
            let start = wire::open(out);
            if below.is_empty() {
                encode::textual(program, inner, value, out)?;
            } else {
                put(program, inner, below, value, keep, out)?;
            }
            wire::close(out, start);
        }
        kind => {
            let zero = text::scalar(program, kind, value.as_bytes(), out)?;
            if zero && !keep && !field.presence && field.card == Card::One {
                out.truncate(before);
            }
        }
    }
    Ok(())
}
