use http::HeaderMap;
use http::header::ACCEPT;

/// The form of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON text a line.
    Lines,
    /// Server-sent events.
    Events,
    /// One JSON array.
    Array,
}

/// What the client wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accept {
    pub stream: Form,
    /// Errors as `application/problem+json`.
    pub problem: bool,
}

impl Accept {
    /// By the types of the `Accept` header; of the forms of a stream the one with
    /// the highest `q`, the first of equals.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut accept = Self {
            stream: Form::Lines,
            problem: false,
        };
        let mut best = 0.0;
        let values = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok());
        for entry in values.flat_map(|value| value.split(',')) {
            let mut parts = entry.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let q = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let form = match kind.as_str() {
                "application/problem+json" => {
                    accept.problem = q > 0.0;
                    continue;
                }
                "text/event-stream" => Form::Events,
                "application/json" => Form::Array,
                "application/x-ndjson"
                | "application/ndjson"
                | "application/jsonl"
                | "*/*"
                | "application/*" => Form::Lines,
                _ => continue,
            };
            if q > best {
                best = q;
                accept.stream = form;
            }
        }
        accept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_form_is_chosen() {
        let chosen = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().expect("a header value"));
            Accept::of(&headers)
        };
        assert_eq!(Accept::of(&HeaderMap::new()).stream, Form::Lines);
        for (accept, form) in [
            ("*/*", Form::Lines),
            ("application/json", Form::Array),
            ("text/event-stream", Form::Events),
            ("text/event-stream, */*", Form::Events),
            ("application/json;q=0.5, application/x-ndjson", Form::Lines),
            ("Application/JSON; charset=utf-8", Form::Array),
            ("text/html, application/json;q=0.9, */*;q=0.8", Form::Array),
            ("text/event-stream;q=0", Form::Lines),
            ("text/html", Form::Lines),
        ] {
            assert_eq!(chosen(accept).stream, form, "{accept}");
        }
        assert!(chosen("application/json, application/problem+json").problem);
        assert!(!chosen("application/json").problem);
    }
}
