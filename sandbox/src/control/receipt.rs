//! A receipt a person can read: every answer links to it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::page::escape;
use crate::app::App;
use crate::clock::kst;

pub(super) async fn show(State(app): State<App>, Path(key): Path<String>) -> Response {
    let payment = app.with(|core| core.state.toss.payment(&key).cloned());
    let Some(payment) = payment else {
        return (StatusCode::NOT_FOUND, Html("<p>No such payment.</p>")).into_response();
    };
    let rows = [
        ("Order", payment.order_id.clone()),
        ("What", payment.order_name.clone()),
        ("Method", payment.method.korean().to_owned()),
        ("Asked for", kst(payment.requested_at)),
        ("Approved", payment.approved_at.map(kst).unwrap_or_default()),
        ("Amount", format!("{} won", payment.total)),
        ("Left after cancels", format!("{} won", payment.balance)),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<tr><th>{name}<td>{}", escape(value)))
        .collect();
    Html(format!(
        "<!doctype html><meta charset=utf-8><title>Sandbox receipt</title><h1>Sandbox receipt</h1>\
         <p>No real money moved.</p><table>{rows}</table>"
    ))
    .into_response()
}
