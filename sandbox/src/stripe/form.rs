//! Form bodies with brackets: `a=1&b[c]=2&d[]=3&e[0][f]=4`.
//!
//! Leaves are texts and everything else is a map: whether `[0]` counts or names (as in `metadata[0]`) only the reader of
//! the field knows.

use serde_json::{Map, Value};
use url::form_urlencoded;

/// Nobody nests deeper.
const DEEPEST: usize = 6;

/// Reads a form or a query; none when its brackets contradict each other.
pub(super) fn parse(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut tree = Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let path = path(&name);
        if path.len() > DEEPEST {
            return None;
        }
        put(&mut tree, &path, value.into_owned())?;
    }
    Some(tree)
}

/// `a[b][]` is a, b and nothing. Text whose brackets do not close is a name as it stands.
pub(super) fn path(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name];
    };
    match rest.strip_suffix(']') {
        Some(inner) if !first.is_empty() => std::iter::once(first).chain(inner.split("][")).collect(),
        _ => vec![name],
    }
}

fn put(map: &mut Map<String, Value>, path: &[&str], text: String) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let name = if first.is_empty() {
        map.len().to_string()
    } else {
        (*first).to_owned()
    };
    if rest.is_empty() {
        let before = map.insert(name, Value::String(text));
        return (!before.is_some_and(|before| before.is_object())).then_some(());
    }
    let child = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    put(child.as_object_mut()?, rest, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_become_maps_and_lists_are_numbered() {
        let form =
            "amount=100&metadata[order_id]=o-1&metadata%5B7%5D=%EC%8C%80&expand[]=a&expand[]=b&x[0][y]=z";
        let expected = json!({
            "amount": "100", "metadata": {"order_id": "o-1", "7": "쌀"}, "expand": {"0": "a", "1": "b"},
            "x": {"0": {"y": "z"}},
        });
        assert_eq!(parse(form.as_bytes()).map(Value::Object), Some(expected));
    }

    #[test]
    fn contradictions_and_depths_are_refused() {
        for form in ["a=1&a[b]=2", "a[b]=2&a=1", "a[b][c][d][e][f][g]=1"] {
            assert_eq!(parse(form.as_bytes()), None, "{form}");
        }
        assert_eq!(parse(b"a=1&a=2"), parse(b"a=2"));
        assert_eq!(path("a[b"), ["a[b"]);
    }
}
