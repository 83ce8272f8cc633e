//! Sends what is due, and lets time take its effects.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::queue::{Delivery, Outcome};
use crate::app::App;
use crate::provider::Provider;
use crate::{stripe, timers, toss};

/// The shop must answer within this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Attempts under way at once.
const AT_ONCE: usize = 32;
/// The longest sleep; anything that brings a timer forward rings the bell.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs until `shutdown`, then waits for the attempts under way.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let (tasks, places) = (TaskTracker::new(), Arc::new(Semaphore::new(AT_ONCE)));
    while !shutdown.is_cancelled() {
        let (due, wait) = app.with(|core| {
            let now = core.now();
            timers::take_effect(core, now, app.base_url());
            let due = core.state.webhooks.take_due(now);
            let soonest = [core.state.webhooks.next_due(), timers::next(core)];
            let wait = soonest.into_iter().flatten().min().map_or(LONGEST_SLEEP, |at| {
                Duration::try_from(at - now)
                    .unwrap_or_default()
                    .min(LONGEST_SLEEP)
            });
            (due, wait)
        });
        for delivery in due {
            let (app, places) = (app.clone(), places.clone());
            tasks.spawn(async move {
                if let Ok(_place) = places.acquire().await {
                    attempt(&app, delivery).await;
                }
            });
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = app.woken() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    tasks.close();
    if tokio::time::timeout(Duration::from_secs(1), tasks.wait())
        .await
        .is_err()
    {
        debug!("webhooks under way were left; they are sent again after the next start");
    }
}

/// One attempt, stored with its outcome.
pub(crate) async fn attempt(app: &App, delivery: Delivery) {
    let now = app.with(|core| core.now());
    let headers = match delivery.provider {
        Provider::Toss => toss::webhook_headers(&delivery, now),
        Provider::Stripe => stripe::webhook_headers(&delivery, &app.options().stripe_webhook_secret, now),
    };
    let mut request = app
        .client()
        .post(&delivery.url)
        .timeout(PATIENCE)
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let (accepted, answer) = match request.body(delivery.body.clone()).send().await {
        Ok(response) => (
            is_accepted(delivery.provider, response.status()),
            response.status().as_u16().to_string(),
        ),
        Err(error) if error.is_timeout() => (false, "no answer in time".to_owned()),
        Err(_) => (false, "unreachable".to_owned()),
    };
    app.with(|core| {
        let now = core.now();
        let after = delivery.attempted(accepted, answer, now);
        if after.outcome == Outcome::GaveUp {
            warn!(
                order_id = after.order_id,
                webhook.event = after.event,
                "webhook given up after the last resend"
            );
        }
        for changed in core.state.webhooks.finish(after, now) {
            core.record(crate::state::Change::Delivery(changed));
        }
        core.commit();
    });
    app.wake();
}

fn is_accepted(provider: Provider, status: reqwest::StatusCode) -> bool {
    match provider {
        Provider::Toss => status == reqwest::StatusCode::OK,
        Provider::Stripe => status.is_success(),
    }
}
