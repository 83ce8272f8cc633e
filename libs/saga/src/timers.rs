use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_events::Failure;

use crate::definition::Saga;
use crate::engine::Engine;
use crate::store;

const POLL: Duration = Duration::from_millis(500);
/// Most runs to look up at a time.
const BATCH: i64 = 100;

/// Fires timers until `stop`. A run is fired under its lock, so any number of
/// processes may do this.
pub(crate) async fn run<S: Saga>(engine: &Engine<S>, stop: CancellationToken) {
    let mut failing = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(POLL) => {}
        }
        let result = fire_due(engine).await;
        if let Err(error) = &result
            && !failing
        {
            warn!(saga.kind = S::KIND, error = %error, "timers cannot fire just now; trying again");
        }
        failing = result.is_err();
    }
}

/// One run that cannot be fired does not keep the others from it.
async fn fire_due<S: Saga>(engine: &Engine<S>) -> Result<(), Failure> {
    loop {
        let due = store::due(engine.database().pool(), S::KIND, S::VERSION, BATCH).await?;
        let more = due.len() as i64 == BATCH;
        for saga_id in due {
            match engine.fire(saga_id).await {
                Err(cause @ Failure::Poison(_)) => engine.park_due(saga_id, &cause).await?,
                fired => fired?,
            }
        }
        if !more {
            return Ok(());
        }
    }
}
