//! Protobuf bytes to JSON text, without a tree between.
//!
//! Fields are printed as they come. That is right as long as no field comes back after another one; when one does (a
//! service may interleave repeated fields, or merge a message in pieces), the whole text is printed anew from an index
//! of each message's fields. Starting over at most once keeps the work linear.

mod any;
mod index;
mod list;
mod map;
mod object;
mod scalar;
mod wellknown;

use std::borrow::Cow;

use crate::{program::Program, refusal::WireError, wire::Wire};

/// How to print.
#[derive(Clone, Copy)]
pub(crate) struct Printing {
    /// Print fields without presence even when they have their default.
    pub defaults: bool,
    /// How many levels of messages may be entered.
    pub depth: u32,
}

/// Why printing stopped.
pub(crate) enum Trouble {
    /// A field came back: print again, from an index.
    Disorder,
    Broken(Box<Broken>),
}

/// What is wrong and, innermost first, the fields down to it.
pub(crate) struct Broken {
    reason: &'static str,
    path: Vec<String>,
}

impl From<&'static str> for Trouble {
    #[cold]
    fn from(reason: &'static str) -> Self {
        Trouble::Broken(Box::new(Broken {
            reason,
            path: Vec::new(),
        }))
    }
}

impl Trouble {
    #[cold]
    fn within(mut self, field: &str) -> Self {
        if let Trouble::Broken(broken) = &mut self {
            broken.path.push(field.to_owned());
        }
        self
    }
}

pub(crate) type Done<T = ()> = Result<T, Trouble>;

/// Reads fields and prints them.
pub(crate) struct Decoder<'c, 'o> {
    program: &'c Program,
    out: &'o mut Vec<u8>,
    printing: Printing,
    /// Whether fields were found to come back.
    indexed: bool,
}

/// Appends a message as JSON.
pub(crate) fn message(
    program: &Program,
    id: u32,
    bytes: &[u8],
    printing: Printing,
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    run(program, id, printing, out, |decoder| decoder.message(id, bytes))
}

/// Appends one field's value as JSON; an absent one as its default.
pub(crate) fn field(
    program: &Program,
    id: u32,
    at: u16,
    bytes: &[u8],
    printing: Printing,
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    run(program, id, printing, out, |decoder| {
        decoder.lone_field(id, at, bytes)
    })
}

/// The pieces of an embedded message, put together.
pub(crate) fn embedded<'w>(
    program: &Program,
    id: u32,
    at: u16,
    bytes: &'w [u8],
) -> Result<Cow<'w, [u8]>, WireError> {
    let message = &program.messages[id as usize];
    let pieces = index::index(message, bytes).and_then(|mut found| {
        found.retain(|occurrence| occurrence.at == at);
        index::joined(&found)
    });
    pieces.map_err(|reason| {
        wire_error(
            program,
            id,
            Broken {
                reason,
                path: Vec::new(),
            },
        )
    })
}

/// Content type and data of a `google.api.HttpBody`.
pub(crate) fn http_body<'w>(
    program: &Program,
    id: u32,
    bytes: &'w [u8],
) -> Result<(&'w str, &'w [u8]), WireError> {
    wellknown::http_body(Wire::new(bytes)).map_err(|reason| {
        wire_error(
            program,
            id,
            Broken {
                reason,
                path: Vec::new(),
            },
        )
    })
}

fn run(
    program: &Program,
    id: u32,
    printing: Printing,
    out: &mut Vec<u8>,
    print: impl Fn(&mut Decoder<'_, '_>) -> Done,
) -> Result<(), WireError> {
    let start = out.len();
    for indexed in [false, true] {
        match print(&mut Decoder {
            program,
            out,
            printing,
            indexed,
        }) {
            Ok(()) => return Ok(()),
            Err(Trouble::Disorder) => out.truncate(start),
            Err(Trouble::Broken(broken)) => {
                out.truncate(start);
                return Err(wire_error(program, id, *broken));
            }
        }
    }
    Err(wire_error(
        program,
        id,
        Broken {
            reason: "its fields cannot be ordered",
            path: Vec::new(),
        },
    ))
}

#[cold]
fn wire_error(program: &Program, id: u32, broken: Broken) -> WireError {
    let message = program.messages[id as usize].name.to_string();
    WireError {
        message,
        path: broken.path.into_iter().rev().collect(),
        reason: broken.reason,
    }
}
