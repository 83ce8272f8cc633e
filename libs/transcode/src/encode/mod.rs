//! JSON text to protobuf bytes, in one pass.

mod any;
mod list;
mod object;
mod scalar;
mod structure;
pub(crate) mod text;
mod wellknown;

pub(crate) use wellknown::textual;

use std::borrow::Cow;

use crate::{
    json::{Broken, Raw, Reader},
    program::{Field, Program},
    refusal::{Place, Refusal, Violation},
    wire,
};

/// How to read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'c> {
    pub program: &'c Program,
    /// How many levels of messages may be entered.
    pub depth: u32,
    /// Pass over keys that name no field.
    pub ignore_unknown: bool,
}

/// Why reading stopped. What was wrong is noted in the encoder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// This value is wrong; reading can go on after it.
    Value,
    /// The text is broken, or enough was found.
    Text,
}

pub(crate) type Done<T = ()> = Result<T, Halt>;

/// Reads JSON and writes the fields it finds.
pub(crate) struct Encoder<'c, 'j, 'o> {
    program: &'c Program,
    reader: Reader<'j>,
    out: &'o mut Vec<u8>,
    /// How many levels of messages may still be entered.
    depth: u32,
    ignore_unknown: bool,
    found: Vec<Found>,
}

/// A violation whose pointer is still being put together, innermost segment first.
struct Found {
    segments: Vec<String>,
    message: String,
}

/// Writes the message that a whole JSON text stands for.
pub(crate) fn message(reading: Reading<'_>, id: u32, json: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    run(reading, json, out, |encoder| encoder.message(id))
}

/// Writes one field of a message, tag included, from a JSON text that stands for its value.
pub(crate) fn field(
    reading: Reading<'_>,
    field: &Field,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    run(reading, json, out, |encoder| encoder.field(field))
}

fn run<'c>(
    Reading {
        program,
        depth,
        ignore_unknown,
    }: Reading<'c>,
    json: &[u8],
    out: &mut Vec<u8>,
    read: impl FnOnce(&mut Encoder<'c, '_, '_>) -> Done,
) -> Result<(), Refusal> {
    out.reserve(json.len());
    let reader = Reader::new(json);
    let mut encoder = Encoder {
        program,
        reader,
        out,
        depth,
        ignore_unknown,
        found: Vec::new(),
    };
    if encoder.whole(read).is_ok() && encoder.found.is_empty() {
        return Ok(());
    }
    Err(Refusal {
        violations: encoder.found.into_iter().map(Found::finish).collect(),
    })
}

impl<'c, 'j> Encoder<'c, 'j, '_> {
    fn whole(&mut self, read: impl FnOnce(&mut Self) -> Done) -> Done {
        read(self)?;
        self.reader.end().map_err(|broken| self.broken(broken))
    }

    /// Notes broken syntax; nothing can be read after it.
    #[cold]
    fn broken(&mut self, broken: Broken) -> Halt {
        let (line, column) = self.reader.line_and_column();
        self.found.push(Found {
            segments: Vec::new(),
            message: format!("{broken} (line {line}, column {column})"),
        });
        Halt::Text
    }

    /// Notes a wrong value.
    #[cold]
    fn wrong(&mut self, message: impl Into<String>) -> Halt {
        self.found.push(Found {
            segments: Vec::new(),
            message: message.into(),
        });
        if self.found.len() < Refusal::MOST {
            Halt::Value
        } else {
            Halt::Text
        }
    }

    /// Notes that something else was expected than the value that comes next, or that no value comes next.
    #[cold]
    fn expected(&mut self, what: &'static str) -> Halt {
        match self.reader.peek() {
            b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => self.wrong(what),
            _ => self.broken(what),
        }
    }

    /// Reads one value with `read`. What is wrong in it is noted under `name`, and reading goes on after it.
    #[inline]
    fn member(&mut self, name: impl FnOnce() -> String, read: impl FnOnce(&mut Self) -> Done) -> Done {
        let (known, start, depth) = (self.found.len(), self.reader.at(), self.depth);
        let done = read(self);
        if self.found.len() == known && done.is_ok() {
            return Ok(());
        }
        self.recover(known, start, depth, name(), done)
    }

    #[cold]
    fn recover(&mut self, known: usize, start: usize, depth: u32, name: String, done: Done) -> Done {
        self.depth = depth;
        let done = match done {
            Err(Halt::Value) => {
                self.reader.rewind(start);
                self.reader.skip(depth).map_err(|broken| self.broken(broken))
            }
            other => other,
        };
        for found in &mut self.found[known..] {
            found.segments.push(name.clone());
        }
        done
    }

    /// Enters a nested message: `write` writes its content, the length goes before it.
    #[inline]
    fn framed(&mut self, write: impl FnOnce(&mut Self) -> Done) -> Done {
        let start = self.enter()?;
        write(self)?;
        self.leave(start);
        Ok(())
    }

    #[inline]
    fn enter(&mut self) -> Done<usize> {
        if self.depth == 0 {
            return Err(self.wrong("nested too deep"));
        }
        self.depth -= 1;
        Ok(wire::open(self.out))
    }

    /// Ends what [`Encoder::enter`] began; gives by how many bytes the content was shifted.
    #[inline]
    fn leave(&mut self, start: usize) -> usize {
        self.depth += 1;
        wire::close(self.out, start)
    }

    /// Takes an object key and its colon.
    #[inline]
    fn key(&mut self) -> Done<Cow<'j, [u8]>> {
        if self.reader.peek() != b'"' {
            return Err(self.broken("expected a quoted key"));
        }
        let key = self
            .reader
            .string()
            .and_then(Raw::unescaped)
            .map_err(|broken| self.broken(broken))?;
        self.reader.colon().map_err(|broken| self.broken(broken))?;
        Ok(key)
    }

    /// Takes the opening bracket of an object; `false` if it is empty and over already.
    #[inline]
    fn open_object(&mut self) -> Done<bool> {
        if !self.reader.eat(b'{') {
            return Err(self.expected("expected an object"));
        }
        Ok(!self.reader.eat(b'}'))
    }

    /// Takes the opening bracket of a list; `false` if it is empty and over already.
    #[inline]
    fn open_list(&mut self) -> Done<bool> {
        if !self.reader.eat(b'[') {
            return Err(self.expected("expected a list"));
        }
        Ok(!self.reader.eat(b']'))
    }

    #[inline]
    fn more(&mut self, close: u8) -> Done<bool> {
        self.reader.more(close).map_err(|broken| self.broken(broken))
    }
}

/// A key for the eye.
fn printable(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

impl Found {
    fn finish(self) -> Violation {
        let mut field = String::new();
        for segment in self.segments.iter().rev() {
            field.push('/');
            field.push_str(&segment.replace('~', "~0").replace('/', "~1"));
        }
        Violation {
            place: Place::Body,
            field,
            message: self.message,
        }
    }
}
