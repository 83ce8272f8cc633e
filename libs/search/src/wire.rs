//! How analysed terms reach tantivy.
//!
//! A document is analysed once for all of its fields. The terms of a field go into
//! one string, each as a character that says how often it counts and its text, ended
//! by a NUL; the tokenizer here only takes them out again.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

const END: char = '\0';

/// Appends `term`, to be indexed with the frequency `times`, 1 to 31. Terms hold no NUL.
pub(crate) fn push(out: &mut String, term: &str, times: u8) {
    out.push(char::from(times));
    out.push_str(term);
    out.push(END);
}

/// Takes terms out again.
#[derive(Clone, Default)]
pub(crate) struct Wire {
    token: Token,
}

impl Tokenizer for Wire {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        self.token.reset();
        Terms {
            rest: text,
            again: 0,
            token: &mut self.token,
        }
    }
}

/// The terms of one string.
pub(crate) struct Terms<'a> {
    rest: &'a str,
    again: u8,
    token: &'a mut Token,
}

impl TokenStream for Terms<'_> {
    fn advance(&mut self) -> bool {
        if self.again > 0 {
            self.again -= 1;
            self.token.position = self.token.position.wrapping_add(1);
            return true;
        }
        let mut chars = self.rest.chars();
        let Some(times) = chars.next() else { return false };
        let Some((term, rest)) = chars.as_str().split_once(END) else {
            return false;
        };
        self.again = (times as u8).saturating_sub(1);
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(term);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use tantivy::tokenizer::{TokenStream, Tokenizer};

    use super::{Wire, push};

    #[test]
    fn terms_come_out_as_often_as_they_were_put_in() {
        let mut text = String::new();
        push(&mut text, "감자", 3);
        push(&mut text, "10kg", 1);
        let mut wire = Wire::default();
        let mut stream = wire.token_stream(&text);
        let mut terms = Vec::new();
        while stream.advance() {
            terms.push(stream.token().text.clone());
        }
        assert_eq!(terms, ["감자", "감자", "감자", "10kg"]);
    }

    #[test]
    fn broken_input_ends_the_stream() {
        let mut wire = Wire::default();
        assert!(!wire.token_stream("").advance());
        assert!(!wire.token_stream("\u{2}no end").advance());
    }
}
