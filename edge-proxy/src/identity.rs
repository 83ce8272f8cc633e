//! Who the user is, by their access token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xlcfi_contracts::auth::v1::GetJwksRequest;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::policy::{Access, Policy, RateClass};
use xlcfi_identity::{JwkSet, Refused, User, UserTokens, bearer};
use xlcfi_service::Peer;

use crate::Error;
use crate::routes::Method;

/// How often keys are fetched although none is missing.
const REFRESH: Duration = Duration::from_secs(240);

/// Longest a fetch takes.
const PATIENCE: Duration = Duration::from_secs(2);

/// Verifies access tokens with the keys the auth service publishes.
#[derive(Debug)]
pub struct Users {
    tokens: UserTokens,
    auth: Peer,
    /// Keys were there once; they stay while auth is away.
    ready: AtomicBool,
    fetching: Mutex<()>,
}

impl Users {
    /// With the keys of the auth service at `auth`.
    pub fn new(auth: Peer) -> Self {
        Self {
            tokens: UserTokens::new(JwkSet::new()),
            auth,
            ready: AtomicBool::new(false),
            fetching: Mutex::new(()),
        }
    }

    /// Whether tokens can be verified.
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// The user a request for this method is made by, if it names one.
    ///
    /// # Errors
    /// A token that proves nothing; [`Error::KeysUnavailable`].
    pub async fn user(&self, headers: &HeaderMap, path: &str) -> Result<Option<User>, Error> {
        let Some(token) = bearer(headers)? else {
            return Ok(None);
        };
        if !self.ready() {
            return Err(Error::KeysUnavailable);
        }
        match self.tokens.verify_for(token, path) {
            Ok(user) => Ok(Some(user)),
            Err(Refused::TokenInvalid(why)) => match self.renew().await {
                true => Ok(Some(self.tokens.verify_for(token, path)?)),
                false => Err(Refused::TokenInvalid(why).into()),
            },
            Err(refused) => Err(refused.into()),
        }
    }

    /// Fetches the keys when a token named one that is missing. Says whether
    /// they may have changed; whoever comes during a fetch waits for it.
    async fn renew(&self) -> bool {
        let fetching = self.fetching.try_lock().is_err();
        let _turn = self.fetching.lock().await;
        if self.tokens.keys().unknown_kid() {
            return self.fetch().await;
        }
        fetching
    }

    /// Keeps the keys fresh.
    pub async fn keep(&self, stop: CancellationToken) {
        let mut pause = Duration::from_millis(100);
        loop {
            let turn = self.fetching.lock().await;
            let fetched = self.fetch().await;
            drop(turn);
            pause = match (fetched, self.ready()) {
                (true, _) => REFRESH,
                (false, true) => Duration::from_secs(10),
                (false, false) => (pause * 2).min(Duration::from_secs(2)),
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn fetch(&self) -> bool {
        let mut auth = AuthServiceClient::new(self.auth.clone());
        let asked = timeout(PATIENCE, auth.get_jwks(GetJwksRequest {})).await;
        let keys = match asked {
            Ok(Ok(response)) => response.into_inner().keys,
            Ok(Err(status)) => return self.away(status.code().description()),
            Err(_) => return self.away("no answer"),
        };
        match self.tokens.keys().replace(&keys) {
            Ok(count) => {
                if !self.ready.swap(true, Ordering::Relaxed) {
                    info!(keys = count, "access tokens can be verified");
                }
                true
            }
            Err(error) => self.away(&error.to_string()),
        }
    }

    fn away(&self, why: &str) -> bool {
        if self.ready() {
            warn!(
                error = why,
                "keys of access tokens cannot be renewed; the old ones stay"
            );
        }
        false
    }
}

/// Whether a method looks at access tokens at all. Sign-in does not: a client
/// whose token has ended must be able to get another.
pub fn looks(method: &Method) -> bool {
    let sign_in = (method.policy.access, method.policy.rate_class) == (Access::Public, RateClass::Credential);
    !method.foreign && !sign_in
}

/// Whether the policy lets this user call.
///
/// # Errors
/// [`Refused::TokenMissing`], [`Refused::RoleMissing`].
pub fn check(policy: &Policy, user: Option<&User>) -> Result<(), Error> {
    match policy.access {
        Access::Public => Ok(()),
        Access::SignedIn => user.map(|_| ()).ok_or(Refused::TokenMissing.into()),
        Access::Role => {
            let user = user.ok_or(Refused::TokenMissing)?;
            match policy.roles.iter().any(|role| user.has_role(*role)) {
                true => Ok(()),
                false => Err(Refused::RoleMissing.into()),
            }
        }
        // Such methods have no route; nobody gets here.
        Access::Internal | Access::Unspecified => Err(Error::MethodUnknown),
    }
}
