use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tower::Service;
use tracing::{Instrument as _, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

struct Headers<'a>(&'a HeaderMap);
struct HeadersMut<'a>(&'a mut HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// A server's calls, each in a span that continues the caller's trace, counted
/// and timed.
#[derive(Debug, Clone)]
pub struct Traced<S> {
    service: &'static str,
    inner: S,
}

impl<S> Traced<S> {
    /// Traces the calls of `inner`, a part of the named service.
    pub fn new(service: &'static str, inner: S) -> Self {
        Self { service, inner }
    }
}

impl<S, B, R> Service<Request<B>> for Traced<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.uri().path().to_owned();
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            rpc.service = self.service,
            user.id = field::Empty,
            caller.service = field::Empty,
            request.id = field::Empty,
        );
        if request.headers().contains_key("traceparent") {
            // Fails only when no tracing layer is installed, and then nothing is traced.
            let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(request.headers())));
        }
        let (service, begun) = (self.service, Instant::now());
        let response = span.in_scope(|| self.inner.call(request));
        let work = async move {
            let response = response.await;
            let code = response.as_ref().map_or("transport", |response| {
                response
                    .headers()
                    .get("grpc-status")
                    .and_then(|code| code.to_str().ok())
                    .map_or("0", numeric)
            });
            metrics::histogram!("grpc.server.duration.seconds", "service" => service, "method" => method, "code" => code)
                .record(begun.elapsed().as_secs_f64());
            response
        };
        Box::pin(work.instrument(span))
    }
}

/// The code as a static label; anything odd is one label.
fn numeric(code: &str) -> &'static str {
    const CODES: [&str; 17] = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("odd")
}

/// A client whose calls carry the current trace.
#[derive(Debug, Clone)]
pub struct Propagated<S>(S);

impl<S> Propagated<S> {
    /// Sends the current trace with the calls of `inner`.
    pub fn new(inner: S) -> Self {
        Self(inner)
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Propagated<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = Span::current().context();
        TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(request.headers_mut()));
        self.0.call(request)
    }
}
