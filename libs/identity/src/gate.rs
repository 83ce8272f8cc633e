use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use moka::sync::Cache;
use tonic::Status;
use tower::{Layer, Service};
use tracing::Span;
use xlcfi_contracts::policy::{Access, Policy, policy};
use xlcfi_types::Clock;

use crate::signer::{LIFE, TYP};
use crate::token::{self, Expected};
use crate::{Bounded, Caller, Deadline, EDGE, HEADER, Keyring, Refused, User, UserTokens, bearer, timeout};

/// Services anyone in the cluster may call: probes and tools carry no identity.
const OPEN: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// Seconds two machines' clocks may differ.
const LEEWAY: i64 = 5;

/// Verified tokens kept, about 1 KiB each.
const KEPT: u64 = 2_048;

/// The door of one service: finds out who calls, and lets in whom the method's
/// policy allows, for as long as it allows.
///
/// A layer for a tonic server. Handlers find a [`Caller`] and a [`Deadline`]
/// among the request's extensions.
#[derive(Clone)]
pub struct Gate(Arc<Rules>);

#[derive(Clone)]
struct Rules {
    service: String,
    keyring: Keyring,
    direct: Option<UserTokens>,
    clock: Clock,
    verified: Cache<Box<[u8]>, Arc<Identity>>,
}

/// What an internal token says.
struct Identity {
    service: String,
    user: Option<User>,
    exp: i64,
}

impl Gate {
    /// The door of the named service, which knows the services of `keyring`.
    pub fn new(service: &str, keyring: Keyring) -> Self {
        Self(Arc::new(Rules {
            service: service.to_owned(),
            keyring,
            direct: None,
            clock: Clock::system(),
            verified: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(Duration::from_secs(LIFE.unsigned_abs()))
                .build(),
        }))
    }

    /// Reads the time from `clock` instead of the machine.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        Arc::make_mut(&mut self.0).clock = clock;
        self
    }

    /// Also takes calls that come without the edge, anonymous or with a user's
    /// access token in `authorization`. For development only: such calls pass
    /// no rate limit.
    #[must_use]
    pub fn direct(mut self, tokens: UserTokens) -> Self {
        Arc::make_mut(&mut self.0).direct = Some(tokens);
        self
    }

    /// Who makes a call of `path` with these headers, and the policy they pass.
    ///
    /// # Errors
    /// Why the call is not let in.
    pub fn check(&self, path: &str, headers: &HeaderMap) -> Result<(Caller, &'static Policy), Refused> {
        let policy = policy(path).ok_or(Refused::MethodUnknown)?;
        let identity = self.identity(headers)?;
        let user = match (&identity, &self.0.direct) {
            (Some(identity), _) => identity.user.clone(),
            (None, Some(tokens)) => {
                let token = bearer(headers)?;
                token.map(|token| tokens.verify_for(token, path)).transpose()?
            }
            (None, None) => return Err(Refused::TokenMissing),
        };
        let service = identity.as_ref().map(|identity| identity.service.as_str());
        match policy.access {
            Access::Internal => match service {
                // The edge speaks for people, and nobody outside may use these.
                Some(name) if name != EDGE && policy.callers.iter().any(|caller| caller == name) => {
                    return Ok((Caller::Service(name.to_owned()), policy));
                }
                _ => return Err(Refused::CallerNotAllowed),
            },
            Access::Public => {}
            Access::SignedIn => {
                user.as_ref().ok_or(Refused::TokenMissing)?;
            }
            Access::Role => {
                let user = user.as_ref().ok_or(Refused::TokenMissing)?;
                if !policy.roles.iter().any(|role| user.has_role(*role)) {
                    return Err(Refused::RoleMissing);
                }
            }
            Access::Unspecified => return Err(Refused::MethodUnknown),
        }
        let caller = match (user, service) {
            (Some(user), _) => Caller::User(user),
            (None, Some(name)) if name != EDGE => Caller::Service(name.to_owned()),
            (None, _) => Caller::Anonymous,
        };
        Ok((caller, policy))
    }

    fn identity(&self, headers: &HeaderMap) -> Result<Option<Arc<Identity>>, Refused> {
        let Rules {
            keyring, verified, ..
        } = &*self.0;
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Refused::TokenInvalid("there are two"));
        }
        let now = self.0.clock.now().unix_timestamp();
        if let Some(identity) = verified.get(value.as_bytes()) {
            return match identity.exp > now - LEEWAY {
                true => Ok(Some(identity)),
                false => Err(Refused::TokenExpired),
            };
        }
        let token = value
            .to_str()
            .map_err(|_| Refused::TokenInvalid("it is malformed"))?;
        let service = token::kid(token, TYP)?;
        let keys = keyring
            .keys_of(&service)
            .ok_or(Refused::TokenInvalid("no such service is known"))?;
        let expected = Expected {
            typ: TYP,
            iss: &service,
            aud: &self.0.service,
            leeway: LEEWAY,
            life: LIFE,
        };
        let claims = token::open(token, keys, expected, now)?;
        let identity = Arc::new(Identity {
            user: claims.user()?,
            exp: claims.exp,
            service,
        });
        verified.insert(value.as_bytes().into(), identity.clone());
        Ok(Some(identity))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("service", &self.0.service)
            .field("direct", &self.0.direct.is_some())
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated {
            gate: self.clone(),
            inner,
        }
    }
}

/// A service behind its [`Gate`].
#[derive(Debug, Clone)]
pub struct Gated<S> {
    gate: Gate,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Gated<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: Default,
{
    type Response = Response<Bounded<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if OPEN.iter().any(|open| request.uri().path().starts_with(open)) {
            request.extensions_mut().insert(Caller::Anonymous);
            let response = self.inner.call(request);
            return Box::pin(async move { Ok(response.await?.map(|body| Bounded::new(body, None))) });
        }
        let (caller, policy) = match self.gate.check(request.uri().path(), request.headers()) {
            Ok(admitted) => admitted,
            Err(refused) => return Box::pin(async move { Ok(refuse(refused)) }),
        };
        record(&caller, request.headers());
        let deadline = Deadline::after(allowed(request.headers(), policy));
        request.headers_mut().remove(HEADER);
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(deadline);
        let response = self.inner.call(request);
        Box::pin(async move {
            match deadline.bound(response).await {
                Ok(response) => Ok(response?.map(|body| Bounded::new(body, Some(deadline)))),
                Err(refused) => Ok(refuse(refused)),
            }
        })
    }
}

fn refuse<R: Default>(refused: Refused) -> Response<Bounded<R>> {
    Status::from(refused)
        .into_http::<R>()
        .map(|body| Bounded::new(body, None))
}

/// Tells the current span who calls and which request of theirs this is.
fn record(caller: &Caller, headers: &HeaderMap) {
    let span = Span::current();
    match caller {
        Caller::Anonymous => {}
        Caller::User(user) => {
            span.record("user.id", tracing::field::display(user.id));
        }
        Caller::Service(name) => {
            span.record("caller.service", name.as_str());
        }
    }
    let id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    if let Some(id) = id.filter(|id| id.len() <= 128) {
        span.record("request.id", id);
    }
}

/// How long a call may take: what its caller waits for, at most its policy.
fn allowed(headers: &HeaderMap, policy: &Policy) -> Duration {
    // The answer that time is up must be on its way before the transport gives
    // up by itself, with a status that says less.
    let asked = timeout::read(headers).map(|asked| asked - (asked / 10).min(Duration::from_millis(20)));
    asked.map_or(policy.timeout, |asked| asked.min(policy.timeout))
}
