//! `google.protobuf.Any`: an object that names its type.

use super::{Decoder, Done};
use crate::{
    program::Shape,
    text,
    wire::{self, Wire},
};

impl Decoder<'_, '_> {
    /// Prints an `Any`. A type that is not known here keeps its bytes, in base64 under `value`.
    pub(super) fn any(&mut self, bytes: &[u8]) -> Done {
        let (mut url, mut value) = (&[][..], &[][..]);
        let mut wire = Wire::new(bytes);
        while !wire.is_empty() {
            match wire.tag()? {
                (1, wire::BYTES) => url = wire.bytes()?,
                (2, wire::BYTES) => value = wire.bytes()?,
                (number, wire_type) => wire.skip(number, wire_type)?,
            }
        }
        let url = std::str::from_utf8(url).map_err(|_| "a string is not UTF-8")?;
        if url.is_empty() {
            if !value.is_empty() {
                return Err("an Any has a value but no type".into());
            }
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        if self.printing.depth == 0 {
            return Err("nested too deep".into());
        }
        self.printing.depth -= 1;
        self.out.extend_from_slice(b"{\"@type\":");
        text::quote(self.out, url.as_bytes());
        let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
        let known = self
            .program
            .by_name
            .get(name)
            .map(|id| (*id, &self.program.messages[*id as usize]));
        match known {
            Some((_, message)) if matches!(message.shape, Shape::Plain | Shape::HttpBody) => {
                self.fields(message, value, &mut false)
                    .map_err(|trouble| trouble.within(name))?;
            }
            Some((id, _)) => {
                self.out.extend_from_slice(b",\"value\":");
                self.message(id, value).map_err(|trouble| trouble.within(name))?;
            }
            None => {
                self.out.extend_from_slice(b",\"value\":");
                text::base64(self.out, value);
            }
        }
        self.out.push(b'}');
        self.printing.depth += 1;
        Ok(())
    }
}
