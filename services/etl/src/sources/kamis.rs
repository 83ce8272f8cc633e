//! Food prices (KAMIS): a call for each day, category, region and place in the chain of trade. A page is several days.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use time::{Date, Duration};

use super::asker::Call;
use super::{Asker, Budget, Page, by_status, json, line};
use crate::config::{Config, list};
use crate::row::{Fields, fields};
use crate::run::{Position, Trouble};

/// Calls under way at a time.
const AT_A_TIME: usize = 8;
/// Most days of a page.
const MOST_DAYS: usize = 10;

/// What one call asks for.
#[derive(Debug, Clone)]
struct Asked {
    date: Date,
    level: &'static str,
    category: String,
    region: String,
}

pub(super) async fn fetch(
    config: &Config,
    asker: &Asker,
    (next, last): (Date, Date),
    budget: &Budget,
) -> Result<Page, Trouble> {
    let of_a_day = of_a_day(config, next);
    let whole_days = usize::try_from(budget.left()).unwrap_or(usize::MAX) / of_a_day.len().max(1);
    // A page that cannot be finished would be asked for again tomorrow, and use up tomorrow's calls.
    if whole_days == 0 {
        return Err(Trouble::Quota);
    }
    let days_left = usize::try_from((last - next).whole_days() + 1).unwrap_or_default();
    let days = days_left.min(MOST_DAYS).min(whole_days);
    let dates =
        (0..days).map(|day| next.saturating_add(Duration::days(i64::try_from(day).unwrap_or_default())));
    let asked: Vec<Asked> = dates
        .flat_map(|date| {
            of_a_day.iter().map(move |asked| Asked {
                date,
                ..asked.clone()
            })
        })
        .collect();
    let answers = stream::iter(asked)
        .map(|asked| one(config, asker, asked, budget))
        .buffered(AT_A_TIME);
    let answers: Vec<(Vec<u8>, Vec<Fields>)> = answers.try_collect().await?;
    let (raw, rows): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    let after = next.saturating_add(Duration::days(i64::try_from(days).unwrap_or(1)));
    Ok(Page {
        rows: rows.concat(),
        next: (after <= last).then_some(Position::Days { next: after, last }),
        pages_total: days_left.div_ceil(days.max(1)),
        raw: raw.concat(),
    })
}

fn of_a_day(config: &Config, date: Date) -> Vec<Asked> {
    let mut asked = Vec::new();
    for category in list(&config.kamis_categories) {
        for region in config.regions() {
            for level in ["01", "02"] {
                asked.push(Asked {
                    date,
                    level,
                    category: category.clone(),
                    region: region.clone(),
                });
            }
        }
    }
    asked
}

async fn one(
    config: &Config,
    asker: &Asker,
    asked: Asked,
    budget: &Budget,
) -> Result<(Vec<u8>, Vec<Fields>), Trouble> {
    let Asked {
        date,
        level,
        category,
        region,
    } = asked;
    let (base, key, id) = (
        config.kamis_url.trim_end_matches('/'),
        config.kamis_key.expose_secret(),
        &config.kamis_id,
    );
    let encoded = super::query_key(key);
    let url = format!(
        "{base}/service/price/xml.do?action=dailyPriceByCategoryList&p_cert_key={encoded}&p_cert_id={id}&p_returntype=json\
         &p_product_cls_code={level}&p_item_category_code={category}&p_country_code={region}&p_regday={date}&p_convert_kg_yn=N"
    );
    let call = Call::new(url, &[&encoded, key]);
    let (body, mut rows) = asker.ask(&call, budget, judge).await?;
    for row in &mut rows {
        // Rows do not say what was asked.
        row.insert("p_regday".into(), date.to_string());
        row.insert("p_product_cls_code".into(), level.into());
        row.insert("p_country_code".into(), region.clone());
    }
    Ok((line(call.shown(), &body.replace(key, "***")), rows))
}

/// What was paid; nothing where there is no data.
fn judge(status: u16, body: &str) -> Result<Vec<Fields>, Trouble> {
    by_status(status)?;
    let answer = json(body)?;
    let data = &answer["data"];
    let code = match data {
        Value::Array(codes) => codes.first().and_then(Value::as_str).unwrap_or("001"),
        Value::Object(_) => data["error_code"].as_str().unwrap_or("000"),
        _ => "",
    };
    match code {
        "000" => {}
        "001" => return Ok(Vec::new()),
        "900" => return Err(Trouble::KeyRefused("code 900".into())),
        "" => return Err(Trouble::Away("its answer has no data".into())),
        code => return Err(Trouble::Refused(format!("code {code}"))),
    }
    Ok(match &data["item"] {
        Value::Array(items) => items.iter().map(fields).collect(),
        // One alone is no list.
        item @ Value::Object(_) => vec![fields(item)],
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_and_trouble_are_told_apart() {
        assert_eq!(judge(200, r#"{"condition":[],"data":["001"]}"#), Ok(vec![]));
        assert_eq!(judge(200, r#"{"data":[]}"#), Ok(vec![]));
        assert!(matches!(
            judge(200, r#"{"data":["900"]}"#),
            Err(Trouble::KeyRefused(_))
        ));
        assert!(matches!(
            judge(200, r#"{"data":["200"]}"#),
            Err(Trouble::Refused(_))
        ));
        assert!(matches!(judge(200, r#"{"other":1}"#), Err(Trouble::Away(_))));
        assert!(matches!(judge(200, "<html>"), Err(Trouble::Away(_))));
        let one = r#"{"data":{"error_code":"000","item":{"item_code":"211","dpr7":[]}}}"#;
        assert_eq!(judge(200, one).expect("a row").len(), 1);
    }
}
