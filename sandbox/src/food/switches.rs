//! The sandbox's own switches of food data.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::notices::{Row, told_recall};
use crate::app::App;
use crate::clock::kst_day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    daily_calls: Option<u64>,
}

/// Sets how often each endpoint may be called a day.
pub(super) async fn set(State(app): State<App>, Json(set): Json<Set>) -> Json<Value> {
    app.with(|core| core.food.daily_calls = set.daily_calls);
    Json(json!({ "daily_calls": set.daily_calls }))
}

/// Publishes a recall today: `fields` say what shall differ from an invented one. Naming one that was published by hand
/// by its `RTRVLDSUSE_SEQ` changes it.
pub(super) async fn publish(
    State(app): State<App>,
    Json(fields): Json<Row>,
) -> Result<Json<Value>, StatusCode> {
    if fields.values().any(|value| !value.is_string()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let shown = app.with(|core| {
        let today = kst_day(core.now());
        let number = 90_000 + core.food.recalls.len() as u64;
        let named = fields.get("RTRVLDSUSE_SEQ");
        let known = core
            .food
            .recalls
            .iter_mut()
            .find(|(_, row)| named.is_some() && row.get("RTRVLDSUSE_SEQ") == named);
        match known {
            Some((_, row)) => {
                row.extend(fields);
                json!(row)
            }
            None => {
                let row = told_recall(number, today, &fields);
                let shown = json!(row);
                core.food.recalls.push((today, row));
                shown
            }
        }
    });
    Ok(Json(shown))
}
