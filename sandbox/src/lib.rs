#![doc = include_str!("../README.md")]

mod app;
mod clock;
mod control;
mod faults;
mod food;
mod gate;
mod idempotency;
mod incoming;
mod journal;
mod ledger;
mod nts;
mod options;
mod provider;
mod request_log;
mod server;
mod state;
mod stripe;
mod timers;
mod toss;
mod webhooks;

use anyhow::Context;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use options::{Options, address_from_env};

/// Runs a sandbox on `listener` until `shutdown` is cancelled.
///
/// Connections held open by a fault are dropped at the stop; webhooks not yet sent are kept when `options.data` is set.
///
/// # Errors
/// When the data cannot be read, is in use by another sandbox, or can no longer be written.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    // Only the first call in a process installs; the error of a later one says just that.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .context("cannot set up the webhook client")?;
    let base_url = match &options.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let (stop, failed) = (shutdown.child_token(), CancellationToken::new());
    let app = app::App::new(options, base_url, client, failed.clone())?;
    let router = toss::router(app.clone())
        .merge(stripe::router(app.clone()))
        .merge(nts::router(app.clone()))
        .merge(food::router(app.clone()))
        .merge(control::router(app.clone()))
        .fallback(unknown_path);
    tracing::info!(address = %listener.local_addr()?, "payment sandbox ready");
    let sender = tokio::spawn(webhooks::sender::run(app, stop.clone()));
    tokio::select! {
        () = server::run(listener, router, stop.clone()) => {}
        () = failed.cancelled() => {}
    }
    stop.cancel();
    sender.await.context("the webhook sender failed")?;
    if failed.is_cancelled() {
        anyhow::bail!("the journal could not be written");
    }
    Ok(())
}

/// A path nobody knows is refused in the words of the provider the caller takes us for.
async fn unknown_path(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match incoming::Credentials::of(&headers) {
        incoming::Credentials::Bearer(_) => stripe::unknown_path(method, uri).await,
        _ => toss::unknown_path(),
    }
}
