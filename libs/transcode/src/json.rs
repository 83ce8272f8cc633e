//! Reading JSON text: tokens, strictly by RFC 8259, over text already known to be UTF-8.

use std::borrow::Cow;

use crate::{number::Number, text};

/// Broken syntax: what was expected.
pub(crate) type Broken = &'static str;

/// A cursor over JSON text.
pub(crate) struct Reader<'j> {
    text: &'j str,
    at: usize,
}

/// A string between its quotes, escapes not yet undone.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'j> {
    pub text: &'j str,
    /// Whether it has escapes.
    pub escaped: bool,
}

impl<'j> Raw<'j> {
    /// The string it stands for.
    pub fn unescaped(self) -> Result<Cow<'j, str>, Broken> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.text));
        }
        let mut plain = Vec::with_capacity(self.text.len());
        self.unescape_into(&mut plain)?;
        String::from_utf8(plain)
            .map(Cow::Owned)
            .map_err(|_| "the text is not UTF-8")
    }

    /// Appends the string it stands for.
    pub fn unescape_into(self, out: &mut Vec<u8>) -> Result<(), Broken> {
        let mut rest = self.text.as_bytes();
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
    pub fn new(text: &'j str) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    fn bytes(&self) -> &'j [u8] {
        self.text.as_bytes()
    }

    /// Byte offset of the next token, for going back with [`Reader::rewind`].
    #[inline]
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// Line and column (in bytes), both from 1, of the cursor.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.bytes()[..self.at.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        (line, column)
    }

    /// The first byte of the next token, not taken; 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        loop {
            match self.bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    /// Takes the byte if it comes next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte && self.at < self.text.len();
        self.at += usize::from(found);
        found
    }

    /// Takes a word such as `null` if it comes next.
    #[inline]
    pub fn eat_word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    /// Nothing but space may follow.
    pub fn end(&mut self) -> Result<(), Broken> {
        self.peek();
        if self.at == self.text.len() {
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
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += text::plain_prefix(&self.bytes()[self.at..]);
            match self.bytes().get(self.at) {
                Some(b'"') => {
                    let raw = Raw {
                        text: &self.text[start..self.at],
                        escaped,
                    };
                    self.at += 1;
                    return Ok(raw);
                }
                Some(b'\\') if self.at + 1 < self.text.len() => {
                    escaped = true;
                    // The escaped byte may be a quote; a longer escape's other bytes are plain.
                    self.at += 1;
                    if self.bytes()[self.at] < 0x80 {
                        self.at += 1;
                    }
                }
                Some(b'\\') | None => return Err("a string does not end"),
                Some(_) => return Err("a control character in a string must be escaped"),
            }
        }
    }

    /// Takes a number.
    #[inline]
    pub fn number(&mut self) -> Result<Number<'j>, Broken> {
        self.peek();
        let (number, length) = Number::scan(&self.text[self.at..])?;
        self.at += length;
        Ok(number)
    }

    /// Passes over a value, whatever it is. `depth` is how many levels may still be entered.
    pub fn skip(&mut self, depth: u32) -> Result<(), Broken> {
        match self.peek() {
            b'{' | b'[' if depth == 0 => Err("nested too deep"),
            b'{' => {
                self.at += 1;
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
                self.at += 1;
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
            _ if self.eat_word("null") || self.eat_word("true") || self.eat_word("false") => Ok(()),
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
