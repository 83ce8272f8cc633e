//! Reading JSON text: tokens, strictly by RFC 8259.

use std::borrow::Cow;

use crate::{number::Number, text};

/// Broken syntax: what was expected.
pub(crate) type Broken = &'static str;

/// A cursor over JSON text.
pub(crate) struct Reader<'j> {
    text: &'j [u8],
    rest: &'j [u8],
}

/// A string between its quotes, escapes not yet undone. It is known to be UTF-8.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'j> {
    pub bytes: &'j [u8],
    /// Whether it has escapes.
    pub escaped: bool,
}

impl<'j> Raw<'j> {
    /// The string it stands for.
    #[inline]
    pub fn unescaped(self) -> Result<Cow<'j, [u8]>, Broken> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.bytes));
        }
        let mut plain = Vec::with_capacity(self.bytes.len());
        self.unescape_into(&mut plain)?;
        Ok(Cow::Owned(plain))
    }

    /// Appends the string it stands for.
    pub fn unescape_into(self, out: &mut Vec<u8>) -> Result<(), Broken> {
        let mut rest = self.bytes;
        while let Some(slash) = rest.iter().position(|byte| *byte == b'\\') {
            out.extend_from_slice(&rest[..slash]);
            rest = &rest[slash + 1..];
            let (escape, after) = rest.split_first().ok_or("a string ends inside an escape")?;
            rest = after;
            let byte = match escape {
                b'"' | b'\\' | b'/' => *escape,
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    let mut utf8 = [0; 4];
                    out.extend_from_slice(code_point(&mut rest)?.encode_utf8(&mut utf8).as_bytes());
                    continue;
                }
                _ => return Err("an escape is unknown"),
            };
            out.push(byte);
        }
        out.extend_from_slice(rest);
        Ok(())
    }
}

/// The character after `\u`, both halves of a surrogate pair taken.
fn code_point(rest: &mut &[u8]) -> Result<char, Broken> {
    const LONE: Broken = "a surrogate stands alone";
    let first = hex4(rest)?;
    let scalar = match first {
        0xd800..=0xdbff => {
            let [b'\\', b'u', after @ ..] = rest else {
                return Err(LONE);
            };
            *rest = after;
            match hex4(rest)? {
                second @ 0xdc00..=0xdfff => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => return Err(LONE),
            }
        }
        _ => first,
    };
    char::from_u32(scalar).ok_or(LONE)
}

fn hex4(rest: &mut &[u8]) -> Result<u32, Broken> {
    let (digits, after) = rest
        .split_first_chunk::<4>()
        .ok_or("\\u needs four hexadecimal digits")?;
    *rest = after;
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit)
            .to_digit(16)
            .ok_or("\\u needs four hexadecimal digits")?;
        Ok(value << 4 | digit)
    })
}

impl<'j> Reader<'j> {
    pub fn new(text: &'j [u8]) -> Self {
        Self { text, rest: text }
    }

    /// Byte offset of the cursor, for going back with [`Reader::rewind`].
    #[inline]
    pub fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    pub fn rewind(&mut self, at: usize) {
        self.rest = &self.text[at..];
    }

    /// Line and column (in bytes), both from 1, of the cursor.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.text[..self.at()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        (line, column)
    }

    /// The first byte of the next token, not taken; 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        loop {
            match self.rest {
                [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] => self.rest = rest,
                [byte, ..] => return *byte,
                [] => return 0,
            }
        }
    }

    /// Takes the byte if it comes next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        self.peek();
        match self.rest {
            [next, rest @ ..] if *next == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes exactly these bytes if they come next.
    #[inline]
    pub fn eat_bytes(&mut self, bytes: &[u8]) -> bool {
        self.peek();
        match self.rest.split_at_checked(bytes.len()) {
            Some((next, rest)) if text::same(next, bytes) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Nothing but space may follow.
    pub fn end(&mut self) -> Result<(), Broken> {
        self.peek();
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err("expected the end of the text")
        }
    }

    /// Takes a string.
    #[inline]
    pub fn string(&mut self) -> Result<Raw<'j>, Broken> {
        if !self.eat(b'"') {
            return Err("expected a string");
        }
        let start = self.rest;
        let plain = text::plain(start);
        if let Some((b'"', rest)) = start[plain.length..].split_first() {
            let bytes = &start[..plain.length];
            if !plain.ascii && std::str::from_utf8(bytes).is_err() {
                return Err("a string is not UTF-8");
            }
            self.rest = rest;
            return Ok(Raw {
                bytes,
                escaped: false,
            });
        }
        self.rest = &start[plain.length..];
        self.escaped_string(start)
    }

    /// Goes on with a string that has an escape at the cursor.
    #[cold]
    fn escaped_string(&mut self, start: &'j [u8]) -> Result<Raw<'j>, Broken> {
        loop {
            match self.rest {
                [b'"', rest @ ..] => {
                    let bytes = &start[..start.len() - self.rest.len()];
                    if std::str::from_utf8(bytes).is_err() {
                        return Err("a string is not UTF-8");
                    }
                    self.rest = rest;
                    return Ok(Raw { bytes, escaped: true });
                }
                // The escaped byte may be a quote; the other bytes of a longer escape are plain.
                [b'\\', _, rest @ ..] => self.rest = &rest[text::plain(rest).length..],
                [b'\\'] | [] => return Err("a string does not end"),
                _ => return Err("a control character in a string must be escaped"),
            }
        }
    }

    /// Takes a number.
    #[inline]
    pub fn number(&mut self) -> Result<Number<'j>, Broken> {
        self.peek();
        let (number, rest) = Number::scan(self.rest)?;
        self.rest = rest;
        Ok(number)
    }

    /// Passes over a value, whatever it is. `depth` is how many levels may still be entered.
    pub fn skip(&mut self, depth: u32) -> Result<(), Broken> {
        match self.peek() {
            b'{' | b'[' if depth == 0 => Err("nested too deep"),
            b'{' => {
                self.eat(b'{');
                if self.eat(b'}') {
                    return Ok(());
                }
                loop {
                    self.string()?.check()?;
                    self.colon()?;
                    self.skip(depth - 1)?;
                    if !self.more(b'}')? {
                        return Ok(());
                    }
                }
            }
            b'[' => {
                self.eat(b'[');
                if self.eat(b']') {
                    return Ok(());
                }
                loop {
                    self.skip(depth - 1)?;
                    if !self.more(b']')? {
                        return Ok(());
                    }
                }
            }
            b'"' => self.string()?.check(),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            _ if self.eat_bytes(b"null") || self.eat_bytes(b"true") || self.eat_bytes(b"false") => Ok(()),
            _ => Err("expected a value"),
        }
    }

    /// Takes the colon after a key.
    #[inline]
    pub fn colon(&mut self) -> Result<(), Broken> {
        if self.eat(b':') {
            Ok(())
        } else {
            Err("expected ':'")
        }
    }

    /// After a member: whether another one follows; otherwise the closing bracket is taken.
    #[inline]
    pub fn more(&mut self, close: u8) -> Result<bool, Broken> {
        if self.eat(b',') {
            Ok(true)
        } else if self.eat(close) {
            Ok(false)
        } else {
            Err(if close == b'}' {
                "expected ',' or '}'"
            } else {
                "expected ',' or ']'"
            })
        }
    }
}

impl Raw<'_> {
    /// Whether its escapes are sound.
    fn check(self) -> Result<(), Broken> {
        if self.escaped {
            self.unescape_into(&mut Vec::new())
        } else {
            Ok(())
        }
    }
}
