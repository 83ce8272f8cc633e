//! URL templates of `google.api.http`.

use std::fmt;

/// A parsed URL template such as `/v1/{name=shelves/*}/books:search`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    segments: Vec<Segment>,
    spans: Vec<Span>,
    verb: Option<String>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text, after decoding.
    Literal(String),
    /// `*`: any one segment that is not empty.
    One,
    /// `**`: any number of segments, none included. Always the last.
    Rest,
}

/// A variable: the segments whose text goes to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The field path as written, such as `order.order_id`.
    pub field: String,
    /// Index of its first segment.
    pub first: usize,
    /// How many segments of the template it covers, at least one.
    pub count: usize,
}

impl Template {
    /// Reads a template. The grammar is that of `google/api/http.proto`: a slash before every segment, a verb after a
    /// colon at the very end.
    ///
    /// # Errors
    /// What breaks the grammar, in words: empty segments, nested or repeated variables, `**` that is not last.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text.strip_prefix('/').ok_or("a template begins with '/'")?,
            template: Template {
                text: text.to_owned(),
                segments: Vec::new(),
                spans: Vec::new(),
                verb: None,
            },
        };
        parser.segments(None)?;
        if let Some(verb) = parser.rest.strip_prefix(':') {
            if verb.is_empty() || !verb.chars().all(is_literal) {
                return Err(format!("{verb:?} is no verb"));
            }
            parser.template.verb = Some(verb.to_owned());
            parser.rest = "";
        }
        match parser.rest.chars().next() {
            Some(stray) => Err(format!("{stray:?} cannot stand there")),
            None => Ok(parser.template),
        }
    }

    /// The segments in order, those inside variables included.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The variables in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The verb after the colon.
    pub fn verb(&self) -> Option<&str> {
        self.verb.as_deref()
    }

    /// Whether a variable can take more than one segment, and so keeps encoded slashes as they are.
    pub fn is_multiple(&self, span: &Span) -> bool {
        span.count > 1 || self.segments[span.first] == Segment::Rest
    }
}

impl fmt::Display for Template {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

struct Parser<'t> {
    rest: &'t str,
    template: Template,
}

impl Parser<'_> {
    /// Reads segments; inside a variable until its closing brace.
    fn segments(&mut self, variable: Option<&str>) -> Result<(), String> {
        loop {
            if self.template.segments.last() == Some(&Segment::Rest) {
                return Err("** must be the last segment".to_owned());
            }
            self.segment(variable)?;
            match self.rest.strip_prefix('/') {
                Some(rest) => self.rest = rest,
                None => return Ok(()),
            }
        }
    }

    fn segment(&mut self, variable: Option<&str>) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix('{') {
            if let Some(outer) = variable {
                return Err(format!("variable {outer} has another one inside"));
            }
            self.rest = rest;
            return self.variable();
        }
        let end = self.rest.find(['/', '{', '}', ':']).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let segment = match text {
            "" => return Err("a segment is empty".to_owned()),
            "*" => Segment::One,
            "**" => Segment::Rest,
            literal if literal.chars().all(is_literal) => Segment::Literal(literal.to_owned()),
            odd => {
                return Err(format!(
                    "{odd:?} is no literal: encoded characters and wildcards cannot be part of one"
                ));
            }
        };
        self.template.segments.push(segment);
        self.rest = rest;
        Ok(())
    }

    fn variable(&mut self) -> Result<(), String> {
        let end = self.rest.find(['=', '}']).ok_or("a variable does not end")?;
        let (field, rest) = self.rest.split_at(end);
        if !field.split('.').all(is_identifier) {
            return Err(format!("{field:?} is no field path"));
        }
        if self.template.spans.iter().any(|known| known.field == field) {
            return Err(format!("variable {field} stands twice"));
        }
        let first = self.template.segments.len();
        match rest.strip_prefix('=') {
            Some(rest) => {
                self.rest = rest;
                self.segments(Some(field))?;
            }
            None => {
                self.template.segments.push(Segment::One);
                self.rest = rest;
            }
        }
        self.rest = self
            .rest
            .strip_prefix('}')
            .ok_or_else(|| format!("variable {field} does not end"))?;
        let count = self.template.segments.len() - first;
        self.template.spans.push(Span {
            field: field.to_owned(),
            first,
            count,
        });
        Ok(())
    }
}

fn is_literal(character: char) -> bool {
    character.is_alphanumeric() || "-_.~!$&'()+,;=@".contains(character)
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.into())
    }

    #[test]
    fn templates_are_taken_apart() {
        let template = Template::parse("/v1/{name=shelves/*}/books/{book.id}:copy").expect("a template");
        assert_eq!(
            template.segments(),
            [
                literal("v1"),
                literal("shelves"),
                Segment::One,
                literal("books"),
                Segment::One
            ]
        );
        assert_eq!(
            template.spans(),
            [
                Span {
                    field: "name".into(),
                    first: 1,
                    count: 2
                },
                Span {
                    field: "book.id".into(),
                    first: 4,
                    count: 1
                }
            ]
        );
        assert_eq!(template.verb(), Some("copy"));
        assert!(template.is_multiple(&template.spans()[0]));
        assert!(!template.is_multiple(&template.spans()[1]));
        let files = Template::parse("/files/{path=**}:upload").expect("a template");
        assert!(files.is_multiple(&files.spans()[0]));
        assert_eq!(files.to_string(), "/files/{path=**}:upload");
        for fine in [
            "/a",
            "/*",
            "/**",
            "/a.b~c",
            "/주문/{x}",
            "/{a=b}",
            "/v1/*/x/**:go",
        ] {
            Template::parse(fine).expect(fine);
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_refused() {
        for (wrong, reason) in [
            ("", "begins with '/'"),
            ("v1", "begins with '/'"),
            ("/", "empty"),
            ("/a/", "empty"),
            ("//a", "empty"),
            ("/a//b", "empty"),
            ("/{a=x/{b}}", "inside"),
            ("/{a}/{a}", "twice"),
            ("/**/a", "last"),
            ("/{a=**}/b", "last"),
            ("/{a=**}/{b}", "last"),
            ("/{a", "does not end"),
            ("/{a=b", "does not end"),
            ("/{}", "no field path"),
            ("/{a..b}", "no field path"),
            ("/{1a}", "no field path"),
            ("/a:", "no verb"),
            ("/a:b/c", "no verb"),
            ("/a:b:c", "no verb"),
            ("/{a=}", "empty"),
            ("/a*", "no literal"),
            ("/a%20b", "no literal"),
            ("/a b", "no literal"),
            ("/a?b=c", "no literal"),
            ("/a}b", "cannot stand"),
            ("/a{b}", "cannot stand"),
            ("/{a}b", "cannot stand"),
        ] {
            let found = Template::parse(wrong).expect_err(wrong);
            assert!(found.contains(reason), "{wrong}: {found}");
        }
    }
}
