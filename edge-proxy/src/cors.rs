//! Which web pages may call, and what their scripts may read.

use std::str::FromStr;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tonic::body::Body;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE, PATCH, OPTIONS");

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "grpc-status, grpc-message, grpc-status-details-bin, ratelimit-limit, ratelimit-remaining, ratelimit-reset, \
     retry-after, etag, x-request-id, x-response-time, www-authenticate",
);

const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// Web origins: each exact, or with `*` for any port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let checked = origins.map(|origin| match origin.split_once("://") {
            Some((scheme, host))
                if !scheme.is_empty()
                    && !host.is_empty()
                    && !host.contains('/')
                    && (!host.contains('*')
                        || host.strip_suffix(":*").is_some_and(|host| !host.contains('*'))) =>
            {
                Ok(origin.to_ascii_lowercase())
            }
            _ => Err(format!(
                "`{origin}` does not read scheme://host, scheme://host:port or scheme://host:*"
            )),
        });
        checked.collect::<Result<_, _>>().map(Self)
    }
}

impl Origins {
    /// The origin a request comes from, if it may call.
    fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let value = headers.get(ORIGIN)?;
        let origin = value.to_str().ok()?;
        let fits = |allowed: &String| match allowed.strip_suffix(":*") {
            None => allowed == origin,
            Some(base) => origin
                .strip_prefix(base)
                .is_some_and(|port| match port.strip_prefix(':') {
                    Some(digits) => !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()),
                    None => port.is_empty(),
                }),
        };
        self.0.iter().any(fits).then_some(value)
    }

    /// The answer to a preflight, if the request is one.
    pub fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let headers = request.headers();
        if request.method() != Method::OPTIONS
            || !headers.contains_key(ORIGIN)
            || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let to = response.headers_mut();
        to.append(
            VARY,
            HeaderValue::from_static("access-control-request-method, access-control-request-headers"),
        );
        if self.allowed(headers).is_some() {
            to.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            to.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                to.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        Some(response)
    }

    /// What every answer to this request carries.
    pub fn pass(&self, request: &HeaderMap) -> Pass {
        Pass(self.allowed(request).cloned())
    }
}

/// What the answers to one request carry.
#[derive(Debug)]
pub struct Pass(Option<HeaderValue>);

impl Pass {
    /// Adds it.
    pub fn dress(self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.0 {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origins: &str, origin: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, origin.parse().expect("a header value"));
        origins
            .parse::<Origins>()
            .expect("well-formed")
            .allowed(&headers)
            .is_some()
    }

    #[test]
    fn an_origin_is_allowed_when_it_is_named() {
        let ours = "https://xlcfi.com, https://admin.xlcfi.com, http://localhost:*";
        for origin in [
            "https://xlcfi.com",
            "https://admin.xlcfi.com",
            "http://localhost",
            "http://localhost:5173",
        ] {
            assert!(allows(ours, origin), "{origin}");
        }
        for origin in [
            "null",
            "https://xlcfi.com.evil.test",
            "https://evil-xlcfi.com",
            "http://xlcfi.com",
            "https://xlcfi.com:444",
            "http://localhost:",
            "http://localhost:80.evil.test",
            "http://localhost.evil.test",
        ] {
            assert!(!allows(ours, origin), "{origin}");
        }
    }

    #[test]
    fn everybody_is_not_an_origin() {
        for origins in [
            "*",
            "https://*",
            "https://*.xlcfi.com",
            "xlcfi.com",
            "https://xlcfi.com/",
        ] {
            assert!(origins.parse::<Origins>().is_err(), "{origins}");
        }
    }
}
