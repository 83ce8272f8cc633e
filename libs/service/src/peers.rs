use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tower::Layer as _;
use xlcfi_identity::{Identified, Outgoing, Signer};

use crate::settings::PORTS;
use crate::{Propagated, StartError};

/// A channel to another service that says who calls, for how long, and as part
/// of which trace.
pub type Peer = Propagated<Identified<Channel>>;

/// The other services, as this one calls them.
#[derive(Debug, Clone)]
pub struct Peers {
    signer: Signer,
    urls: HashMap<String, String>,
    channels: Arc<Mutex<HashMap<String, Channel>>>,
}

impl Peers {
    /// Calls signed by `signer`; `urls` say where services are that are not at
    /// their usual port of this machine.
    pub fn new(signer: Signer, urls: HashMap<String, String>) -> Self {
        Self {
            signer,
            urls,
            channels: Arc::default(),
        }
    }

    /// The channel to the named service. It connects when first used, and again
    /// whenever the connection was lost.
    ///
    /// # Errors
    /// Its URL is not one.
    pub fn channel(&self, name: &str) -> Result<Peer, StartError> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = match channels.get(name) {
            Some(channel) => channel.clone(),
            None => {
                let channel = self.endpoint(name)?.connect_lazy();
                channels.insert(name.to_owned(), channel.clone());
                channel
            }
        };
        Ok(Propagated::new(
            Outgoing::new(self.signer.clone(), name).layer(channel),
        ))
    }

    /// Where the named service is.
    pub fn url(&self, name: &str) -> String {
        self.urls.get(name).cloned().unwrap_or_else(|| {
            let port = PORTS
                .iter()
                .find(|(service, _)| *service == name)
                .map_or(0, |(_, port)| *port);
            format!("http://127.0.0.1:{port}")
        })
    }

    fn endpoint(&self, name: &str) -> Result<Endpoint, StartError> {
        let url = self.url(name);
        let endpoint = Endpoint::from_shared(url.clone()).map_err(|error| {
            StartError::BadSetting(format!("{}_URL", name.to_uppercase()), format!("{url}: {error}"))
        })?;
        Ok(endpoint
            .connect_timeout(Duration::from_secs(1))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(5))
            .tcp_nodelay(true))
    }
}
