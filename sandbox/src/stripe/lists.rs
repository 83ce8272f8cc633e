//! Lists: the newest first, a page at a time, by time of creation.

use serde_json::{Value, json};

use super::errors::Refusal;
use super::objects::Object;
use super::params::Params;

pub(super) const PAGING: [&str; 4] = ["limit", "starting_after", "ending_before", "created"];

const USUAL_PAGE: i64 = 10;
const LARGEST_PAGE: i64 = 100;

/// One page of `items`, which come the oldest first.
pub(super) fn page<'a, T: Object + 'a>(
    items: impl DoubleEndedIterator<Item = &'a T>,
    params: &Params,
    path: &str,
    show: impl Fn(&T) -> Value,
) -> Result<Value, Refusal> {
    let limit = params.number("limit")?.unwrap_or(USUAL_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        let message = format!("limit must be between 1 and {LARGEST_PAGE}.");
        return Err(Refusal::coded("parameter_invalid_integer", "limit", message));
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    let within = span(params)?;
    let found: Vec<&T> = items
        .rev()
        .filter(|item| within(item.created().unix_timestamp()))
        .collect();
    let place = |name: &str| -> Result<Option<usize>, Refusal> {
        let Some(id) = params.text(name)? else {
            return Ok(None);
        };
        let place = found.iter().position(|item| item.id() == id);
        place
            .map(Some)
            .ok_or_else(|| Refusal::missing("object", id, name))
    };
    let (chosen, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "Name starting_after or ending_before, not both.";
            return Err(Refusal::invalid("ending_before", message));
        }
        (None, Some(end)) => (&found[end.saturating_sub(limit)..end], end > limit),
        (after, None) => {
            let rest = &found[after.map_or(0, |place| place + 1)..];
            (&rest[..rest.len().min(limit)], rest.len() > limit)
        }
    };
    let data: Vec<Value> = chosen.iter().map(|item| show(item)).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": path }))
}

/// `created`, as one second or as bounds.
fn span(params: &Params) -> Result<impl Fn(i64) -> bool, Refusal> {
    // Not a text when there are bounds.
    let exactly = match params.text("created") {
        Ok(_) => params.number("created")?,
        Err(_) => None,
    };
    let bound = |name: &str| params.number(&format!("created[{name}]"));
    let (gte, gt, lte, lt) = (bound("gte")?, bound("gt")?, bound("lte")?, bound("lt")?);
    Ok(move |at: i64| {
        exactly.is_none_or(|exactly| at == exactly)
            && gte.is_none_or(|bound| at >= bound)
            && gt.is_none_or(|bound| at > bound)
            && lte.is_none_or(|bound| at <= bound)
            && lt.is_none_or(|bound| at < bound)
    })
}

#[cfg(test)]
mod tests {
    use super::super::intent::tests::{START, intent};
    use super::*;
    use crate::stripe::form;
    use crate::stripe::intent::Intent;

    fn ask(query: &str) -> Result<(Vec<String>, bool), Refusal> {
        let made = |number: i64| Intent {
            created: START + time::Duration::seconds(number),
            ..intent(&format!("pi_{number}"))
        };
        let items: Vec<Intent> = (1..=5).map(made).collect();
        let params = Params(form::parse(query.as_bytes()).expect("a query"));
        let page = page(items.iter(), &params, "/v1/x", |item| json!(item.id))?;
        let data = page["data"].as_array().expect("data").iter();
        let ids = data.map(|id| id.as_str().unwrap_or_default().to_owned());
        Ok((ids.collect(), page["has_more"] == true))
    }

    #[test]
    fn pages_go_from_the_newest_to_the_oldest_and_back() {
        let page = |query| ask(query).map(|(ids, more)| (ids.join(" "), more));
        let is = |ids: &str, more| Ok((ids.to_owned(), more));
        assert_eq!(page("limit=2"), is("pi_5 pi_4", true));
        assert_eq!(page("limit=2&starting_after=pi_4"), is("pi_3 pi_2", true));
        assert_eq!(page("limit=2&starting_after=pi_2"), is("pi_1", false));
        assert_eq!(page("limit=2&ending_before=pi_2"), is("pi_4 pi_3", true));
        assert_eq!(page("created[gte]=2&created[lt]=4"), is("pi_3 pi_2", false));
        assert_eq!(page("created[gt]=2&created[lte]=4"), is("pi_4 pi_3", false));
        assert_eq!(page("created=3"), is("pi_3", false));
    }

    #[test]
    fn a_page_that_makes_no_sense_is_refused() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=x",
            "starting_after=pi_9",
            "created[gte]=x",
            "created=x",
            "starting_after=pi_1&ending_before=pi_2",
        ] {
            assert!(ask(query).is_err(), "{query}");
        }
    }
}
