//! The food safety authority (식품의약품안전처): rows by their place, the key in the path.

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::asker::Call;
use super::{Asker, At, Budget, OVERLAP, Page, between, by_status, gateway, json, line, pages};
use crate::config::Config;
use crate::row::{Fields, fields};
use crate::run::Trouble;

pub(super) async fn fetch(
    config: &Config,
    asker: &Asker,
    service: &str,
    at: At,
    budget: &Budget,
) -> Result<Page, Trouble> {
    let size = usize::try_from(config.page_rows).unwrap_or(1_000);
    let (base, key) = (
        config.mfds_url.trim_end_matches('/'),
        config.mfds_key.expose_secret(),
    );
    let (start, end) = (at.next, at.next + size - 1);
    let call = Call::new(format!("{base}/api/{key}/{service}/json/{start}/{end}"), &[key]);
    let (body, (total, rows)) = asker
        .ask(&call, budget, |status, body| judge(service, status, body))
        .await?;
    let next = at.after(rows.len(), total, size, OVERLAP);
    let raw = line(call.shown(), &body.replace(key, "***"));
    Ok(Page {
        rows,
        next,
        pages_total: pages(total, size, OVERLAP),
        raw,
    })
}

/// How many rows there are, and those of this page.
fn judge(service: &str, status: u16, body: &str) -> Result<(usize, Vec<Fields>), Trouble> {
    if let Some(trouble) = gateway(body) {
        return Err(trouble);
    }
    by_status(status)?;
    if body.trim_start().starts_with('<') {
        // XML though JSON was asked for, or a page for people; one of those says that the key is none.
        let code = between(body, "<CODE>", "<").unwrap_or_default();
        return Err(match code {
            "" if body.contains("인증키") => Trouble::KeyRefused("a page says so".into()),
            "" => Trouble::Away("it answers with a page for people".into()),
            code => by_code(code)
                .err()
                .unwrap_or_else(|| Trouble::Away("it answers in XML".into())),
        });
    }
    let answer = json(body)?;
    let told = answer.get(service).unwrap_or(&answer);
    let code = told["RESULT"]["CODE"].as_str().unwrap_or_default();
    by_code(code)?;
    let rows: Vec<Fields> = told["row"].as_array().into_iter().flatten().map(fields).collect();
    let total = match &told["total_count"] {
        Value::String(text) => text.trim().parse().unwrap_or_default(),
        number => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or_default(),
    };
    Ok((total, rows))
}

fn by_code(code: &str) -> Result<(), Trouble> {
    let why = if code.is_empty() {
        "no code".to_owned()
    } else {
        code.to_owned()
    };
    match code {
        "INFO-000" | "INFO-200" => Ok(()),
        "INFO-300" => Err(Trouble::Quota),
        "INFO-100" | "INFO-400" => Err(Trouble::KeyRefused(why)),
        "" | "ERROR-500" | "ERROR-600" | "ERROR-601" => Err(Trouble::Away(why)),
        _ => Err(Trouble::Refused(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_with_200_is_told_apart() {
        let said = |code: &str| {
            format!(r#"{{"I0490":{{"total_count":"0","RESULT":{{"MSG":"","CODE":"{code}"}}}}}}"#)
        };
        assert_eq!(judge("I0490", 200, &said("INFO-200")), Ok((0, vec![])));
        assert_eq!(judge("I0490", 200, &said("INFO-300")), Err(Trouble::Quota));
        let of = |body: &str, status: u16| judge("I0490", status, body).expect_err("it is trouble");
        assert!(matches!(of(&said("INFO-100"), 200), Trouble::KeyRefused(_)));
        assert!(matches!(of(&said("ERROR-500"), 200), Trouble::Away(_)));
        assert!(matches!(of(&said("ERROR-336"), 200), Trouble::Refused(_)));
        assert!(matches!(
            of(r#"{"RESULT":{"CODE":"INFO-100"}}"#, 200),
            Trouble::KeyRefused(_)
        ));
        assert!(matches!(
            of("<!DOCTYPE html><h1>지연</h1>", 200),
            Trouble::Away(_)
        ));
        assert!(matches!(
            of("<script>alert('인증키가 유효하지 않습니다.')</script>", 200),
            Trouble::KeyRefused(_)
        ));
        assert!(matches!(
            of("<I0490><RESULT><CODE>INFO-300</CODE></RESULT></I0490>", 200),
            Trouble::Quota
        ));
        assert!(matches!(
            of(r#"{"I0490":{"total_count":"12","RES"#, 200),
            Trouble::Away(_)
        ));
        assert!(matches!(of("{}", 200), Trouble::Away(_)));
        assert!(matches!(of("{}", 503), Trouble::Away(_)));
        assert!(matches!(of("{}", 404), Trouble::Refused(_)));
    }

    #[test]
    fn rows_come_with_how_many_there_are() {
        let body = r#"{"I0490":{"total_count":"1234","RESULT":{"CODE":"INFO-000"},"row":[{"PRDTNM":"두부","X":[]}]}}"#;
        let (total, rows) = judge("I0490", 200, body).expect("rows");
        assert_eq!((total, rows.len()), (1_234, 1));
        assert_eq!(rows[0].get("X").map(String::as_str), Some(""));
    }
}
