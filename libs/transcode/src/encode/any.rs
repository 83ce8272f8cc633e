//! `google.protobuf.Any`: the type is named inside the object.

use super::{Done, Encoder, printable};
use crate::{
    program::{Message, Shape},
    wire,
};

const TYPE_URL: u8 = 1 << 3 | wire::BYTES;
const VALUE: u8 = 2 << 3 | wire::BYTES;

impl<'c> Encoder<'c, '_, '_> {
    /// Writes the content of an `Any`. An empty object is an empty `Any`.
    pub(super) fn any(&mut self) -> Done {
        let start = self.reader.at();
        if !self.open_object()? {
            return Ok(());
        }
        let url = self.find_type()?;
        self.reader.rewind(start);
        let found = url
            .rsplit_once('/')
            .and_then(|(_, name)| self.program.by_name.get(name))
            .map(|id| &self.program.messages[*id as usize]);
        let Some(message) = found else {
            return Err(self.wrong(format!("@type {url:?} is not known here")));
        };
        self.out.push(TYPE_URL);
        wire::put_varint(self.out, url.len() as u64);
        self.out.extend_from_slice(url.as_bytes());
        self.out.push(VALUE);
        match message.shape {
            Shape::Plain | Shape::HttpBody => self.framed(|this| this.object(message, true)),
            _ => self.framed(|this| this.boxed_value(message)),
        }
    }

    /// Looks through the members of an opened object for its `@type`.
    fn find_type(&mut self) -> Done<String> {
        loop {
            let key = self.key()?;
            if *key == *b"@type" {
                return self.string("@type must be a string").map(|url| printable(&url));
            }
            self.reader
                .skip(self.depth)
                .map_err(|broken| self.broken(broken))?;
            if !self.more(b'}')? {
                return Err(self.wrong("@type is missing"));
            }
        }
    }

    /// Writes a message that has its own JSON form, held under `value`.
    fn boxed_value(&mut self, message: &'c Message) -> Done {
        self.open_object()?;
        let mut typed = false;
        let mut given = false;
        loop {
            let key = self.key()?;
            let read = |this: &mut Self| match &*key {
                b"@type" if !std::mem::replace(&mut typed, true) => {
                    this.reader.skip(this.depth).map_err(|broken| this.broken(broken))
                }
                b"value" if !std::mem::replace(&mut given, true) => this.shaped(message),
                b"@type" | b"value" => Err(this.wrong("given twice")),
                _ => Err(this.wrong("unknown field")),
            };
            self.member(|| printable(&key), read)?;
            if !self.more(b'}')? {
                break;
            }
        }
        if given || message.shape == Shape::Empty {
            Ok(())
        } else {
            Err(self.wrong("value is missing"))
        }
    }
}
