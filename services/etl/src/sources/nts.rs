//! The tax office's (국세청) status of businesses, a hundred at a time.

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::asker::Call;
use super::{Asker, Budget, Page, by_status, gateway, line, pages, query_key};
use crate::config::{Config, list};
use crate::row::{Fields, fields};
use crate::run::{Position, Trouble};

/// Most numbers of a call.
const MOST: usize = 100;

pub(super) async fn fetch(
    config: &Config,
    asker: &Asker,
    next: usize,
    budget: &Budget,
) -> Result<Page, Trouble> {
    let numbers = list(&config.nts_numbers);
    let asked: Vec<&String> = numbers.iter().skip(next).take(MOST).collect();
    let (base, key) = (
        config.nts_url.trim_end_matches('/'),
        config.nts_key.expose_secret(),
    );
    let encoded = query_key(key);
    let url = format!("{base}/nts-businessman/v1/status?serviceKey={encoded}");
    let call = Call::new(url, &[&encoded, key]).with(json!({ "b_no": asked }));
    let (body, rows) = asker.ask(&call, budget, judge).await?;
    let after = next + asked.len();
    Ok(Page {
        rows,
        next: (!asked.is_empty() && after < numbers.len()).then_some(Position::List { next: after }),
        pages_total: pages(numbers.len(), MOST, 0),
        raw: line(call.shown(), &body.replace(key, "***")),
    })
}

fn judge(status: u16, body: &str) -> Result<Vec<Fields>, Trouble> {
    if let Some(trouble) = gateway(body) {
        return Err(trouble);
    }
    by_status(status)?;
    let answer = super::json(body)?;
    match answer["status_code"].as_str() {
        Some("OK") => {}
        other => {
            return Err(Trouble::Away(format!(
                "status code `{}`",
                other.unwrap_or_default()
            )));
        }
    }
    Ok(answer["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(fields)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_says_nothing_of_a_business() {
        let body = r#"{"status_code":"OK","data":[{"b_no":"1248100998","b_stt_cd":"01"}]}"#;
        assert_eq!(judge(200, body).expect("rows").len(), 1);
        let gateway = "<OpenAPI_ServiceResponse><returnReasonCode>22</returnReasonCode>";
        assert_eq!(judge(200, gateway), Err(Trouble::Quota));
        assert!(matches!(judge(401, "{}"), Err(Trouble::KeyRefused(_))));
        assert!(matches!(judge(200, "{}"), Err(Trouble::Away(_))));
    }
}
