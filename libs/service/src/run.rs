use std::future::Future;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use xlcfi_types::Clock;

use crate::{Base, Server, Service, Settings, StartError, telemetry};

/// Runs one service as this process, until SIGINT or SIGTERM. A failure to
/// start is one line on standard error and exit code 1.
pub fn main<F>(service: Service, start: impl FnOnce(Base) -> F) -> ExitCode
where
    F: Future<Output = Result<Server, StartError>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(service, start)),
        Err(error) => Err(StartError::Other(format!("cannot start threads: {error}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xlcfi-{}: {error}", service.name);
            ExitCode::FAILURE
        }
    }
}

async fn run<F>(service: Service, start: impl FnOnce(Base) -> F) -> Result<(), StartError>
where
    F: Future<Output = Result<Server, StartError>>,
{
    let _telemetry = telemetry::init(service.name)?;
    let settings = Settings::from_env(service)?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    let base = Base::connect(service, &settings, Clock::system(), stop).await?;
    let server = start(base).await?;
    let listener = server.bind().await?;
    server.serve(listener).await
}

async fn stop_on_signal(stop: CancellationToken) {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            error!(error = %error, "signals cannot be watched");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
    info!("stopping; work at hand is finished first");
    stop.cancel();
}
