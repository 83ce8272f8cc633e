use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::message::{Message, TRACEPARENT};

struct Carrier(Option<String>);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == TRACEPARENT)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// The current span as W3C `traceparent`, when it is traced.
pub(crate) fn current() -> Option<String> {
    let mut carrier = Carrier(None);
    TraceContextPropagator::new().inject_context(&tracing::Span::current().context(), &mut carrier);
    carrier.0
}

/// A span for handling `message`, a child of the one that sent it.
pub(crate) fn span(consumer: &str, message: &Message) -> tracing::Span {
    let span = tracing::info_span!(
        "message",
        otel.name = %message.type_name,
        otel.kind = "consumer",
        messaging.consumer = consumer,
        messaging.id = %message.id,
        messaging.key = %message.key,
    );
    if message.traceparent.is_some() {
        let parent = TraceContextPropagator::new().extract(&Carrier(message.traceparent.clone()));
        // Fails only when no tracing layer is installed, and then nothing is traced.
        let _ = span.set_parent(parent);
    }
    span
}
