//! Times, masks and wrappers: messages that are a bare value in JSON.

use super::{Done, Encoder, text};
use crate::{
    mask,
    moment::{self, Moment},
    program::{Kind, Message, Program, Shape},
    wire,
};

impl<'c> Encoder<'c, '_, '_> {
    pub(super) fn timestamp(&mut self) -> Done {
        let text = self.string("expected an RFC 3339 time")?;
        let moment = moment::parse_timestamp(&text).map_err(|reason| self.wrong(reason))?;
        put_moment(moment, self.out);
        Ok(())
    }

    pub(super) fn duration(&mut self) -> Done {
        let text = self.string("expected a duration such as \"1.5s\"")?;
        let moment = moment::parse_duration(&text).map_err(|reason| self.wrong(reason))?;
        put_moment(moment, self.out);
        Ok(())
    }

    pub(super) fn field_mask(&mut self) -> Done {
        let text = self.string("expected field paths with commas between")?;
        put_mask(&String::from_utf8_lossy(&text), false, self.out).map_err(|reason| self.wrong(reason))
    }

    pub(super) fn wrapper(&mut self, message: &'c Message) -> Done {
        let Some(field) = message.fields.first() else {
            return Ok(());
        };
        let before = self.out.len();
        field.tag.put(self.out);
        if self.scalar(field.kind)? {
            self.out.truncate(before);
        }
        Ok(())
    }
}

fn put_moment(moment: Moment, out: &mut Vec<u8>) {
    if moment.seconds != 0 {
        out.push(1 << 3 | wire::VARINT);
        wire::put_varint(out, moment.seconds as u64);
    }
    if moment.nanos != 0 {
        out.push(2 << 3 | wire::VARINT);
        wire::put_varint(out, i64::from(moment.nanos) as u64);
    }
}

fn put_mask(text: &str, snake_too: bool, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for path in text.split(',').filter(|path| !path.is_empty()) {
        out.push(1 << 3 | wire::BYTES);
        let start = wire::open(out);
        mask::to_snake(path, snake_too, out)?;
        wire::close(out, start);
    }
    Ok(())
}

/// Appends the content of a message given as bare text. Field masks may name fields either way here.
pub(crate) fn textual(
    program: &Program,
    id: u32,
    given: &str,
    out: &mut Vec<u8>,
) -> Result<(), std::borrow::Cow<'static, str>> {
    let message = &program.messages[id as usize];
    match message.shape {
        Shape::Timestamp => put_moment(moment::parse_timestamp(given.as_bytes())?, out),
        Shape::Duration => put_moment(moment::parse_duration(given.as_bytes())?, out),
        Shape::FieldMask => put_mask(given, true, out)?,
        _ => {
            let field = message
                .fields
                .first()
                .filter(|field| !matches!(field.kind, Kind::Message(_)));
            let Some(field) = field else {
                return Err("an object cannot be given as text".into());
            };
            field.tag.put(out);
            text::scalar(program, field.kind, given.as_bytes(), out)?;
        }
    }
    Ok(())
}
