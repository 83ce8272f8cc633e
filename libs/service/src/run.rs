use std::future::Future;
use std::process::ExitCode;

use rustix::process::{Resource, getrlimit, setrlimit};
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
    process(service.name, async |stop| {
        let settings = Settings::from_env(service)?;
        let base = Base::connect(service, &settings, Clock::system(), stop).await?;
        let server = start(base).await?;
        let listener = server.bind().await?;
        server.serve(listener).await
    })
}

/// Runs `work` as this process, with telemetry set up; the token it gets is
/// cancelled at SIGINT or SIGTERM. A failure is one line on standard error and
/// exit code 1.
pub fn process(
    name: &'static str,
    work: impl AsyncFnOnce(CancellationToken) -> Result<(), StartError>,
) -> ExitCode {
    allow_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let _telemetry = telemetry::init(name)?;
            let stop = CancellationToken::new();
            tokio::spawn(stop_on_signal(stop.clone()));
            work(stop).await
        }),
        Err(error) => Err(StartError::Other(format!("cannot start threads: {error}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xlcfi-{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes all the open files the system grants: it hands out 1,024, and each connection
/// and each part of an index is one.
pub fn allow_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is refused, what was granted must do.
    let _ = setrlimit(Resource::Nofile, limit);
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
