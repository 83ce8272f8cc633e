//! Printing JSON strings and numbers.

use base64::Engine as _;
use serde_json::ser::{CompactFormatter, Formatter as _};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks (by the high bit) bytes a JSON string cannot hold as they are. Only the lowest mark is exact.
#[inline]
pub(crate) fn specials(chunk: u64) -> u64 {
    let control = chunk.wrapping_sub(ONES * 0x20) & !chunk;
    let quotes = chunk ^ (ONES * u64::from(b'"'));
    let quotes = quotes.wrapping_sub(ONES) & !quotes;
    let slashes = chunk ^ (ONES * u64::from(b'\\'));
    let slashes = slashes.wrapping_sub(ONES) & !slashes;
    (control | quotes | slashes) & HIGHS
}

/// Whether a byte needs an escape in a JSON string.
#[inline]
pub(crate) fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The start of a text that needs no escape.
pub(crate) struct Plain {
    /// How many bytes it has.
    pub length: usize,
    /// Whether all of them are ASCII.
    pub ascii: bool,
}

/// Finds how far a text needs no escape, eight bytes at a time.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> Plain {
    let mut rest = bytes;
    let mut seen = 0;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let chunk = u64::from_le_bytes(*chunk);
        let marks = specials(chunk);
        if marks != 0 {
            let more = marks.trailing_zeros() / 8;
            seen |= chunk & !(u64::MAX << (more * 8));
            return Plain {
                length: bytes.len() - rest.len() + more as usize,
                ascii: seen & HIGHS == 0,
            };
        }
        seen |= chunk;
        rest = after;
    }
    while let [byte, after @ ..] = rest
        && !is_special(*byte)
    {
        seen |= u64::from(*byte);
        rest = after;
    }
    Plain {
        length: bytes.len() - rest.len(),
        ascii: seen & HIGHS == 0,
    }
}

/// Whether two names are the same, without a call for those of 8 to 16 bytes.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let words = |name: &[u8]| {
        let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
        (word(name.first_chunk()), word(name.last_chunk()))
    };
    match one.len() {
        length if length != other.len() => false,
        8..=16 => words(one) == words(other),
        _ => one == other,
    }
}

/// Appends a quoted, escaped JSON string. The bytes are known to be UTF-8.
#[inline]
pub(crate) fn quote(out: &mut Vec<u8>, text: &[u8]) {
    put_quoted(out, text, plain(text).length);
}

/// Appends a quoted, escaped JSON string, if the bytes are UTF-8.
#[inline]
pub(crate) fn quote_checked(out: &mut Vec<u8>, text: &[u8]) -> Result<(), &'static str> {
    let plain = plain(text);
    if (!plain.ascii || plain.length < text.len()) && std::str::from_utf8(text).is_err() {
        return Err("a string is not UTF-8");
    }
    put_quoted(out, text, plain.length);
    Ok(())
}

#[inline]
fn put_quoted(out: &mut Vec<u8>, text: &[u8], plain: usize) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(&text[..plain]);
    if plain < text.len() {
        escape(out, &text[plain..]);
    }
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, mut text: &[u8]) {
    while let [special, rest @ ..] = text {
        match special {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            control => {
                let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit)];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(control >> 4), hex(control & 15)]);
            }
        }
        let (plain, after) = rest.split_at(plain(rest).length);
        out.extend_from_slice(plain);
        text = after;
    }
}

/// The two digits of every number below 100.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut number = 0;
    while number < 100 {
        pairs[number * 2] = b'0' + (number / 10) as u8;
        pairs[number * 2 + 1] = b'0' + (number % 10) as u8;
        number += 1;
    }
    pairs
};

/// Appends a decimal number.
#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    if value < 10 {
        return out.push(b'0' + value as u8);
    }
    let mut digits = [0u8; 20];
    let mut at = 20;
    while value >= 10 {
        let pair = (value % 100) as usize * 2;
        value /= 100;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if value > 0 {
        at -= 1;
        digits[at] = b'0' + value as u8;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a signed decimal number.
#[inline]
pub(crate) fn signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    unsigned(out, value.unsigned_abs());
}

/// Appends a number with at least `width` digits.
pub(crate) fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let start = out.len();
    unsigned(out, value);
    for _ in out.len() - start..width {
        out.insert(start, b'0');
    }
}

/// Appends the shortest text that reads back as the same number; quoted names for what JSON numbers cannot say.
pub(crate) fn double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        // Writing to a vector cannot fail.
        let _ = CompactFormatter.write_f64(out, value);
        trim_point(out);
    } else {
        infinite(out, value.is_nan(), value > 0.0);
    }
}

/// Like [`double`], for single precision.
pub(crate) fn float(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        let _ = CompactFormatter.write_f32(out, value);
        trim_point(out);
    } else {
        infinite(out, value.is_nan(), value > 0.0);
    }
}

fn trim_point(out: &mut Vec<u8>) {
    if out.ends_with(b".0") {
        out.truncate(out.len() - 2);
    }
}

fn infinite(out: &mut Vec<u8>, nan: bool, positive: bool) {
    let text: &[u8] = match (nan, positive) {
        (true, _) => b"\"NaN\"",
        (false, true) => b"\"Infinity\"",
        (false, false) => b"\"-Infinity\"",
    };
    out.extend_from_slice(text);
}

/// Appends a quoted base64 string, padded.
pub(crate) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The room is exactly what padded base64 takes.
    let _ = base64::engine::general_purpose::STANDARD.encode_slice(bytes, &mut out[start..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn strings_are_escaped_wherever_the_special_byte_stands() {
        for length in 0..20 {
            for special in ["\"", "\\", "\n", "\u{1}", "\u{1f}", "한", "\u{7f}", " "] {
                for at in 0..=length {
                    let text = format!("{}{special}{}", "a".repeat(at), "b".repeat(length - at));
                    let quoted = printed(|out| quote(out, text.as_bytes()));
                    assert_eq!(serde_json::from_str::<String>(&quoted).expect("a string"), text);
                }
            }
        }
    }

    #[test]
    fn numbers_are_printed_as_the_standard_library_does() {
        for shift in 0..64 {
            for value in [
                1u64 << shift,
                (1u64 << shift).wrapping_mul(7),
                (1u64 << shift) - 1,
            ] {
                assert_eq!(printed(|out| unsigned(out, value)), value.to_string());
                assert_eq!(
                    printed(|out| signed(out, value as i64)),
                    (value as i64).to_string()
                );
            }
        }
        for value in 0..1200 {
            assert_eq!(printed(|out| unsigned(out, value)), value.to_string());
        }
        assert_eq!(printed(|out| padded(out, 7, 3)), "007");
    }

    #[test]
    fn floats_are_short_and_names_are_quoted() {
        assert_eq!(printed(|out| double(out, 1.0)), "1");
        assert_eq!(printed(|out| double(out, -0.5)), "-0.5");
        assert_eq!(printed(|out| float(out, 0.1)), "0.1");
        assert_eq!(printed(|out| double(out, f64::NAN)), "\"NaN\"");
        assert_eq!(printed(|out| float(out, f32::NEG_INFINITY)), "\"-Infinity\"");
    }
}
