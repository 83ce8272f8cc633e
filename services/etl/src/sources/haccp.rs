//! Certificates of HACCP at the public data portal: pages, the key in the query.

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::asker::Call;
use super::{Asker, At, Budget, Page, by_status, gateway, json, line, pages, query_key};
use crate::config::Config;
use crate::row::{Fields, fields};
use crate::run::Trouble;

/// Most rows of a page.
const MOST: usize = 100;

pub(super) async fn fetch(config: &Config, asker: &Asker, at: At, budget: &Budget) -> Result<Page, Trouble> {
    let size = usize::try_from(config.page_rows).unwrap_or(MOST).min(MOST);
    let (base, key) = (
        config.haccp_url.trim_end_matches('/'),
        config.haccp_key.expose_secret(),
    );
    let (page, encoded) = ((at.next - 1) / size + 1, query_key(key));
    let url = format!(
        "{base}/B553748/CertImgListServiceV3/getCertImgListServiceV3?serviceKey={encoded}&pageNo={page}&numOfRows={size}&returnType=json"
    );
    let call = Call::new(url, &[&encoded, key]);
    let (body, (total, rows)) = asker.ask(&call, budget, judge).await?;
    let next = at.after(rows.len(), total, size, 0);
    let raw = line(call.shown(), &body.replace(key, "***"));
    Ok(Page {
        rows,
        next,
        pages_total: pages(total, size, 0),
        raw,
    })
}

/// How many there are, and those of this page.
fn judge(status: u16, body: &str) -> Result<(usize, Vec<Fields>), Trouble> {
    if let Some(trouble) = gateway(body) {
        return Err(trouble);
    }
    by_status(status)?;
    let answer = json(body)?;
    let code = answer["header"]["resultCode"].as_str().unwrap_or_default();
    if !["OK", "00"].contains(&code) {
        return Err(Trouble::Away(format!("result code `{code}`")));
    }
    let told = &answer["body"];
    let number = |value: &Value| match value {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    let items = told["items"].as_array().into_iter().flatten();
    // Each stands in an `item` of its own.
    let rows = items
        .map(|item| fields(item.get("item").unwrap_or(item)))
        .collect();
    Ok((number(&told["totalCount"]).unwrap_or_default(), rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_unwrapped_and_the_gateway_understood() {
        let body = r#"{"header":{"resultCode":"OK"},"body":{"totalCount":"3","items":[{"item":{"prdlstReportNo":"1","allergy":"대두"}}]}}"#;
        let (total, rows) = judge(200, body).expect("rows");
        assert_eq!(
            (total, rows[0].get("allergy").map(String::as_str)),
            (3, Some("대두"))
        );
        let gateway =
            |code: &str| format!("<OpenAPI_ServiceResponse><returnReasonCode>{code}</returnReasonCode>");
        assert_eq!(judge(200, &gateway("22")), Err(Trouble::Quota));
        assert!(matches!(judge(200, &gateway("30")), Err(Trouble::KeyRefused(_))));
        assert!(matches!(judge(200, &gateway("04")), Err(Trouble::Away(_))));
        assert!(matches!(judge(200, &gateway("10")), Err(Trouble::Refused(_))));
        assert!(matches!(
            judge(200, r#"{"header":{"resultCode":"OK"},"bo"#),
            Err(Trouble::Away(_))
        ));
        assert!(matches!(judge(200, "{}"), Err(Trouble::Away(_))));
    }
}
