//! Keys of user tokens, for services that take calls straight from developers.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use xlcfi_contracts::auth::v1::GetJwksRequest;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_identity::JwkSet;

use crate::Peer;

/// Asks auth for its keys every 30 seconds, and every second until it has any.
pub(crate) async fn keep_keys(auth: Peer, keys: JwkSet, stop: CancellationToken) {
    let mut auth = AuthServiceClient::new(auth);
    loop {
        let fetched = match auth.get_jwks(GetJwksRequest {}).await {
            Ok(answer) => keys.replace(&answer.into_inner().keys).is_ok(),
            // Auth may start later, or be away: tokens wait for it.
            Err(_) => false,
        };
        let pause = Duration::from_secs(if fetched { 30 } else { 1 });
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}
