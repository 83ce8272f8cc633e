use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::definition::Saga;
use crate::engine::Engine;
use crate::store;

const POLL: Duration = Duration::from_millis(500);

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

async fn fire_due<S: Saga>(engine: &Engine<S>) -> Result<(), xlcfi_events::Failure> {
    for saga_id in store::due(engine.database().pool(), S::KIND).await? {
        engine.fire(saga_id).await?;
    }
    Ok(())
}
