//! Logs, traces and metrics of a process.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::StartError;

/// What libraries tell that is nobody's news: notices of migrations, merges that
/// found a segment emptied meanwhile, and connections lost, which those who need them
/// tell about.
const QUIET: &str = "sqlx::postgres::notice=warn,sqlx_core::pool=error,async_nats=warn,tantivy=error";

/// Sends out what is left when it is dropped.
#[derive(Debug)]
pub struct Telemetry(Option<SdkTracerProvider>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take() {
            // At the end of the process nobody is left to tell.
            let _ = provider.shutdown();
        }
    }
}

/// Sets up logs, traces and metrics for the process, by the environment.
///
/// # Errors
/// A variable that makes no sense.
pub fn init(process: &'static str) -> Result<Telemetry, StartError> {
    init_with_filter(process, "info")
}

/// As [`init`], with another filter of log lines where `LOG` does not say.
///
/// # Errors
/// A variable that makes no sense.
pub fn init_with_filter(process: &'static str, filter: &str) -> Result<Telemetry, StartError> {
    let bad = |name: &str, error: String| StartError::BadSetting(name.to_owned(), error);
    let filter = std::env::var("LOG").unwrap_or_else(|_| format!("{filter},{QUIET}"));
    let filter = EnvFilter::try_new(&filter).map_err(|error| bad("LOG", error.to_string()))?;
    let json = std::env::var("LOG_FORMAT").is_ok_and(|format| format == "json");
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let lines = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.compact().boxed()
    };

    let provider = match std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT") {
        Ok(endpoint) => Some(traces(process, &endpoint)?),
        Err(_) => None,
    };
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(process)));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(traces)
        .try_init()
        .map_err(|error| StartError::Other(format!("logging is set up twice: {error}")))?;
    metrics_page();
    Ok(Telemetry(provider))
}

fn traces(process: &'static str, endpoint: &str) -> Result<SdkTracerProvider, StartError> {
    let bad = |name: &str, error: String| StartError::BadSetting(name.to_owned(), error);
    let sample = match std::env::var("TRACE_SAMPLE") {
        Ok(text) => text
            .parse::<f64>()
            .map_err(|_| bad("TRACE_SAMPLE", format!("`{text}` is not a number from 0 to 1")))?,
        Err(_) => 1.0,
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| bad("OTEL_EXPORTER_OTLP_ENDPOINT", error.to_string()))?;
    Ok(SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(sample))))
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(process).build())
        .build())
}

/// The page Prometheus reads: everything the process has counted.
pub fn metrics_page() -> String {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let recorder = RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
    recorder
        .as_ref()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
