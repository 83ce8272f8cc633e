//! Values given as bare text: map keys, path variables, query parameters, quoted numbers.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{
    number::Number,
    program::{Enum, Kind, Program},
    wire,
};

type Put = Result<bool, Cow<'static, str>>;

/// Appends the payload of a scalar; tells whether it is the default of its kind. Enums go by name or number.
pub(crate) fn scalar(program: &Program, kind: Kind, text: &[u8], out: &mut Vec<u8>) -> Put {
    match kind {
        Kind::String => {
            wire::put_varint(out, text.len() as u64);
            out.extend_from_slice(text);
            Ok(text.is_empty())
        }
        Kind::Bytes => Ok(binary(text, out)?),
        Kind::Bool => match text {
            b"true" | b"false" => Ok(varint(out, u64::from(text == b"true"))),
            _ => Err("expected true or false".into()),
        },
        Kind::Enum(id) => {
            let declared = &program.enums[id as usize];
            let number = declared
                .number(text)
                .or_else(|| Number::parse(text).and_then(Number::signed32).ok())
                .ok_or_else(|| no_value(declared, text))?;
            Ok(varint(out, i64::from(number) as u64))
        }
        Kind::Null => match text {
            b"null" | b"NULL_VALUE" => Ok(varint(out, 0)),
            _ => Err("expected null".into()),
        },
        Kind::Double => Ok(fixed(out, double(text)?.to_le_bytes())),
        Kind::Float => Ok(fixed(out, float(text)?.to_le_bytes())),
        Kind::Message(_) => Err("an object cannot be given as text".into()),
        kind => Ok(whole(kind, Number::parse(text)?, out)?),
    }
}

/// Says that an enum has no value of that name.
pub(crate) fn no_value(declared: &Enum, name: &[u8]) -> String {
    format!(
        "{} has no value {:?}",
        declared.name,
        String::from_utf8_lossy(name)
    )
}

fn whole(kind: Kind, number: Number<'_>, out: &mut Vec<u8>) -> Result<bool, &'static str> {
    Ok(match kind {
        Kind::Int32 => varint(out, i64::from(number.signed32()?) as u64),
        Kind::Int64 => varint(out, number.signed()? as u64),
        Kind::Uint32 => varint(out, u64::from(number.unsigned32()?)),
        Kind::Uint64 => varint(out, number.unsigned()?),
        Kind::Sint32 => varint(out, wire::zigzag(i64::from(number.signed32()?))),
        Kind::Sint64 => varint(out, wire::zigzag(number.signed()?)),
        Kind::Fixed32 => fixed(out, number.unsigned32()?.to_le_bytes()),
        Kind::Sfixed32 => fixed(out, number.signed32()?.to_le_bytes()),
        Kind::Fixed64 => fixed(out, number.unsigned()?.to_le_bytes()),
        _ => fixed(out, number.signed()?.to_le_bytes()),
    })
}

fn varint(out: &mut Vec<u8>, value: u64) -> bool {
    wire::put_varint(out, value);
    value == 0
}

fn fixed<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) -> bool {
    out.extend_from_slice(&bytes);
    bytes == [0; N]
}

/// Reads a double, or the name of what is none.
pub(crate) fn double(text: &[u8]) -> Result<f64, &'static str> {
    match text {
        b"NaN" => Ok(f64::NAN),
        b"Infinity" => Ok(f64::INFINITY),
        b"-Infinity" => Ok(f64::NEG_INFINITY),
        _ => Number::parse(text)?.double(),
    }
}

/// Like [`double`], for single precision.
pub(crate) fn float(text: &[u8]) -> Result<f32, &'static str> {
    match text {
        b"NaN" => Ok(f32::NAN),
        b"Infinity" => Ok(f32::INFINITY),
        b"-Infinity" => Ok(f32::NEG_INFINITY),
        _ => Number::parse(text)?.float(),
    }
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Appends length and bytes of a base64 text, of either alphabet, padded or not; tells whether there are none.
pub(crate) fn binary(text: &[u8], out: &mut Vec<u8>) -> Result<bool, &'static str> {
    let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    let start = wire::open(out);
    engine.decode_vec(text, out).map_err(|_| "expected base64")?;
    let empty = out.len() == start;
    wire::close(out, start);
    Ok(empty)
}
