//! Which headers go in, which come out.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::log::Visit;
use crate::routes::Method;

/// Request headers that never go further: those of one hop, those the edge
/// says anew, and those only it may say.
const OWN: [&str; 17] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "grpc-timeout",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-real-ip",
    "x-request-id",
];

/// The same by prefix: whoever sends these from outside claims to be the edge.
const OWN_PREFIXES: [&str; 8] = [
    "access-control-",
    "proxy-",
    "sec-",
    "x-auth-",
    "x-forwarded-",
    "x-member-",
    "x-user-",
    "x-xlcfi-",
];

/// Headers of a REST request that become metadata.
const OF_REST: [&str; 5] = [
    "accept-language",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-canary",
];

/// Metadata of a native call, for the service.
pub fn inward(from: &HeaderMap, request_id: &HeaderValue, client: IpAddr) -> HeaderMap {
    let named = named_by_connection(from);
    let mut to = HeaderMap::with_capacity(from.len());
    for (name, value) in from {
        if !is_own(name.as_str()) && !named.contains(&name.as_str()) {
            to.append(name, value.clone());
        }
    }
    introduce(&mut to, request_id, client);
    to
}

/// Metadata of a call that came as plain HTTP, whose answer the edge reads.
pub fn inward_of_http(from: &HeaderMap, visit: &Visit, method: &Method) -> HeaderMap {
    let mut to = of_http(from, &visit.id, visit.client);
    to.insert("grpc-accept-encoding", HeaderValue::from_static("identity"));
    for name in &method.policy.headers {
        if let Some((name, value)) = HeaderName::try_from(name).ok().zip(from.get(name)) {
            to.insert(name, value.clone());
        }
    }
    if method.foreign {
        keep_authorization(from, &mut to);
    }
    to
}

fn of_http(from: &HeaderMap, request_id: &HeaderValue, client: IpAddr) -> HeaderMap {
    let mut to = HeaderMap::new();
    for name in OF_REST {
        if let Some(value) = from.get(name) {
            to.insert(HeaderName::from_static(name), value.clone());
        }
    }
    to.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    introduce(&mut to, request_id, client);
    to
}

/// Drops from a service's answer what the edge says itself.
pub fn outward(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            matches!(
                name,
                "connection" | "date" | "keep-alive" | "server" | "transfer-encoding" | "upgrade" | "vary"
            ) || name.starts_with("access-control-")
                || name.starts_with("x-xlcfi-")
        })
        .cloned()
        .collect();
    for name in named {
        headers.remove(name);
    }
}

/// The time the client gives the call, by whichever header its protocol has.
pub fn time_given(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(text) = text("grpc-timeout") {
        return of_grpc(text);
    }
    let millis = text("connect-timeout-ms")
        .filter(|text| text.len() <= 10)
        .and_then(|text| text.parse().ok());
    if let Some(millis) = millis {
        return Some(Duration::from_millis(millis));
    }
    let seconds: f64 = text("x-request-timeout")?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Up to eight digits and a unit.
fn of_grpc(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// What a service of somebody else's reads of the client's identity.
pub fn keep_authorization(from: &HeaderMap, to: &mut HeaderMap) {
    for value in from.get_all(header::AUTHORIZATION) {
        to.append(header::AUTHORIZATION, value.clone());
    }
}

fn introduce(to: &mut HeaderMap, request_id: &HeaderValue, client: IpAddr) {
    to.insert(header::TE, HeaderValue::from_static("trailers"));
    to.insert("x-request-id", request_id.clone());
    if let Ok(client) = HeaderValue::try_from(client.to_string()) {
        to.insert("x-forwarded-for", client);
    }
}

fn is_own(name: &str) -> bool {
    OWN.contains(&name) || OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn named_by_connection(headers: &HeaderMap) -> Vec<&str> {
    let values = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',').map(str::trim)).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = of
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    const ID: HeaderValue = HeaderValue::from_static("r1");
    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

    #[test]
    fn nobody_outside_speaks_as_the_edge() {
        let forged = headers(&[
            ("x-xlcfi-identity", "forged"),
            ("x-user-id", "1"),
            ("x-user-roles", "ADMIN"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-request-id", "theirs"),
            ("authorization", "Bearer x"),
            ("cookie", "a=b"),
            ("grpc-timeout", "9H"),
            ("connection", "x-hop, close"),
            ("x-hop", "1"),
            ("x-shop", "busan"),
            ("traceparent", "00-1-2-01"),
        ]);
        let inward = inward(&forged, &ID, CLIENT);
        let mut names: Vec<_> = inward.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["te", "traceparent", "x-forwarded-for", "x-request-id", "x-shop"]
        );
        assert_eq!(inward["x-forwarded-for"], "203.0.113.7");
        assert_eq!(inward["x-request-id"], "r1");

        let rest = of_http(&forged, &ID, CLIENT);
        assert_eq!(rest.len(), 5);
        assert!(rest.contains_key("traceparent") && !rest.contains_key("x-shop"));
    }

    #[test]
    fn the_time_given_is_read_in_each_protocol() {
        let given = |name: &'static str, value: &'static str| time_given(&headers(&[(name, value)]));
        assert_eq!(given("grpc-timeout", "250m"), Some(Duration::from_millis(250)));
        assert_eq!(
            given("connect-timeout-ms", "250"),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            given("x-request-timeout", "0.25"),
            Some(Duration::from_millis(250))
        );
        for (name, value) in [
            ("grpc-timeout", "123456789S"),
            ("grpc-timeout", "x"),
            ("connect-timeout-ms", "99999999999"),
            ("x-request-timeout", "-1"),
            ("x-request-timeout", "NaN"),
            ("x-request-timeout", "1e400"),
        ] {
            assert_eq!(given(name, value), None, "{name}: {value}");
        }
    }
}
