//! The services of the mesh, in this process or in ones of their own.

use std::collections::HashMap;
use std::future::Future;

use anyhow::Context as _;
use futures::future::{BoxFuture, try_join_all};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use xlcfi_edge_proxy::EdgeSettings;
use xlcfi_service::{Base, Server, Service, Settings, StartError};
use xlcfi_types::Clock;

use crate::identities::Identities;
use crate::{Place, child, sandbox};

/// Web origins that may call a mesh on one machine.
const LOCAL_ORIGINS: &str = "https://xlcfi.com,https://admin.xlcfi.com,http://localhost:*,http://127.0.0.1:*";

/// The services behind the edge.
const SERVICES: [Service; 13] = [
    xlcfi_auth::SERVICE,
    xlcfi_member::SERVICE,
    xlcfi_product::SERVICE,
    xlcfi_order::SERVICE,
    xlcfi_payment::SERVICE,
    xlcfi_blockchain::SERVICE,
    xlcfi_review::SERVICE,
    xlcfi_admin::SERVICE,
    xlcfi_image::SERVICE,
    xlcfi_etl::SERVICE,
    xlcfi_market::SERVICE,
    xlcfi_recommendation::SERVICE,
    xlcfi_ai::SERVICE,
];

/// Where the servers of the mesh are.
pub(crate) struct Servers {
    pub database_url: String,
    pub nats_url: String,
    pub redis_url: String,
    /// An Ethereum node for development, where there is one.
    pub ethereum_url: Option<String>,
}

impl Servers {
    /// The chains blockchain anchors on, as it reads them, and the key it does it with.
    pub fn chains(&self) -> (String, &'static str) {
        let chain = self.ethereum_url.as_ref().map(|url| {
            // Its blocks stay at once: nobody else makes any.
            let finality = serde_json::json!({"depth": {"safe": 0, "finalized": 0}});
            serde_json::json!([{"name": "dev", "chain_id": 31_337, "rpc_url": url, "deploy": true, "finality": finality}])
        });
        (chain.map(|chain| chain.to_string()).unwrap_or_default(), DEV_KEY)
    }
}

/// Key of the first account of every development chain; everybody knows it.
const DEV_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// Accounts the demo begins with; `AUTH_ADMIN_EMAIL` and so on say otherwise.
pub(crate) const ADMIN_EMAIL: &str = "admin@xlcfi.com";
/// Password of the demo accounts.
pub(crate) const DEMO_PASSWORD: &str = "xlcfi-demo-1234";

/// Tasks of the running services; the first that ends badly ends the mesh.
pub(crate) type Running = JoinSet<anyhow::Result<()>>;

/// Starts every service and the edge, those `apart` as processes of their own. All
/// listen when it returns.
pub(crate) async fn start(
    servers: &Servers,
    identities: &Identities,
    place: &Place,
    apart: &[String],
    stop: &CancellationToken,
) -> anyhow::Result<Running> {
    let start = Start {
        servers,
        identities,
        place,
        stop,
    };
    for name in apart {
        let names = names();
        let service = SERVICES.iter().find(|service| service.name == name);
        let service = service.with_context(|| format!("{name} is no service; there are {names}"))?;
        let (subcommand, port) = (vec!["service", service.name], place.port(service.port));
        child::supervise(place, service.name, subcommand, port, stop.clone()).await?;
    }
    let here = SERVICES
        .iter()
        .filter(|service| !apart.iter().any(|name| name == service.name));
    let started = try_join_all(here.map(|service| start.named(service.name))).await?;
    let edge = xlcfi_edge_proxy::start(edge_settings(servers, identities, place)?, stop.clone()).await?;
    let listener = edge.bind().await?;
    let mut running = JoinSet::new();
    running.spawn(async move { edge.serve(listener).await.context("edge failed") });
    for (name, server, listener) in started {
        running.spawn(async move {
            server
                .serve(listener)
                .await
                .with_context(|| format!("{name} failed"))
        });
    }
    Ok(running)
}

/// Their names, for people.
pub(crate) fn names() -> String {
    SERVICES.map(|service| service.name).join(", ")
}

/// Serves one service until `stop`.
pub(crate) async fn serve_one(
    servers: &Servers,
    identities: &Identities,
    place: &Place,
    name: &str,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let start = Start {
        servers,
        identities,
        place,
        stop: &stop,
    };
    let (_, server, listener) = start.named(name).await?;
    server.serve(listener).await?;
    Ok(())
}

/// Where each service of a mesh is, by name.
pub(crate) fn peers(place: &Place) -> HashMap<String, String> {
    let url = |service: Service| {
        (
            service.name.to_owned(),
            format!("http://127.0.0.1:{}", place.port(service.port)),
        )
    };
    SERVICES.into_iter().map(url).collect()
}

fn edge_settings(servers: &Servers, identities: &Identities, place: &Place) -> anyhow::Result<EdgeSettings> {
    let seed = identities.seed(xlcfi_edge_proxy::SERVICE.name)?.clone();
    let mut settings = EdgeSettings::from_env_with(seed)?;
    if std::env::var_os("EDGE_CORS_ORIGINS").is_none() {
        // Whoever develops a front end serves it from somewhere on this machine.
        settings.cors_origins = LOCAL_ORIGINS
            .parse()
            .map_err(|error| anyhow::anyhow!("CORS: {error}"))?;
    }
    Ok(EdgeSettings {
        port: place.port(xlcfi_edge_proxy::SERVICE.port),
        redis_url: Some(servers.redis_url.clone()),
        peers: peers(place),
        ..settings
    })
}

/// Where product's dictionary is, and where it keeps its index and snapshots of it.
pub(crate) fn search_places(place: &Place) -> anyhow::Result<(String, String, String)> {
    let folder = |name: &str| place.data.join(name).to_string_lossy().into_owned();
    let dictionary = xlcfi_parts::find_tools_dir().join("dictionary");
    let snapshots = folder_url(place, "snapshots")?;
    let dictionary = dictionary.to_string_lossy().into_owned();
    Ok((dictionary, folder("product-index"), snapshots))
}

/// Folder auth writes its mails to.
pub(crate) fn mail_folder(place: &Place) -> String {
    place.data.join("mail").to_string_lossy().into_owned()
}

/// Where image keeps renditions, and what it signs URLs with.
pub(crate) fn image_places(place: &Place, identities: &Identities) -> anyhow::Result<(String, String)> {
    let store = folder_url(place, "images")?;
    Ok((store, format!("image-{}", identities.key_secret())))
}

/// URL of a folder in the data folder.
pub(crate) fn folder_url(place: &Place, name: &str) -> anyhow::Result<String> {
    let folder = std::path::absolute(place.data.join(name))?;
    let url = url::Url::from_directory_path(folder)
        .map_err(|()| anyhow::anyhow!("the data folder has no path that is a URL"))?;
    Ok(url.to_string())
}

/// A started service and where it will serve.
type Started = (&'static str, Server, TcpListener);

struct Start<'a> {
    servers: &'a Servers,
    identities: &'a Identities,
    place: &'a Place,
    stop: &'a CancellationToken,
}

impl Start<'_> {
    /// Starts a service by its name.
    async fn named(&self, name: &str) -> anyhow::Result<Started> {
        let sandbox_url = sandbox::url(self.place);
        let mail_folder = mail_folder(self.place);
        let admin = [
            ("admin_email", ADMIN_EMAIL),
            ("admin_password", DEMO_PASSWORD),
            ("key_secret", self.identities.key_secret()),
            ("mail_folder", mail_folder.as_str()),
            // Everybody knows the demo admin's password, so a code would protect nothing.
            ("staff_mfa", "false"),
        ];
        let pgs = [
            ("toss_url", sandbox_url.as_str()),
            ("toss_secret_key", sandbox::TOSS_SECRET_KEY),
            ("stripe_url", sandbox_url.as_str()),
            ("stripe_secret_key", sandbox::STRIPE_SECRET_KEY),
        ];
        let tax_office = [("nts_url", sandbox_url.as_str()), ("nts_key", sandbox::NTS_KEY)];
        let (dictionary, index, snapshots) = search_places(self.place)?;
        let search = [
            ("dictionary", dictionary.as_str()),
            ("index_folder", index.as_str()),
            ("snapshot_url", snapshots.as_str()),
        ];
        let (store, url_secret) = image_places(self.place, self.identities)?;
        let pictures = [("store_url", store.as_str()), ("url_secret", url_secret.as_str())];
        let answers = folder_url(self.place, "etl")?;
        let food = sandbox::food(&sandbox_url, &answers);
        let (chains, anchor_key) = self.servers.chains();
        let edge = format!(
            "http://127.0.0.1:{}",
            self.place.port(xlcfi_edge_proxy::SERVICE.port)
        );
        let provenance = [
            ("log_key", self.identities.log_key()),
            ("public_url", edge.as_str()),
            ("chains", chains.as_str()),
            ("anchor_key", anchor_key),
            // A newcomer sees what was logged anchored within seconds.
            ("anchor_seconds", "10"),
            ("anchor_look_seconds", "1"),
        ];
        match name {
            "auth" => self.one(xlcfi_auth::SERVICE, &admin, xlcfi_auth::start).await,
            "member" => {
                self.one(xlcfi_member::SERVICE, &tax_office, xlcfi_member::start)
                    .await
            }
            "product" => {
                self.one(xlcfi_product::SERVICE, &search, xlcfi_product::start)
                    .await
            }
            "order" => self.one(xlcfi_order::SERVICE, &[], xlcfi_order::start).await,
            "payment" => self.one(xlcfi_payment::SERVICE, &pgs, xlcfi_payment::start).await,
            "blockchain" => {
                self.one(xlcfi_blockchain::SERVICE, &provenance, xlcfi_blockchain::start)
                    .await
            }
            "review" => self.one(xlcfi_review::SERVICE, &[], xlcfi_review::start).await,
            "admin" => self.one(xlcfi_admin::SERVICE, &[], xlcfi_admin::start).await,
            "image" => {
                self.one(xlcfi_image::SERVICE, &pictures, xlcfi_image::start)
                    .await
            }
            "etl" => self.one(xlcfi_etl::SERVICE, &food, xlcfi_etl::start).await,
            "market" => self.one(xlcfi_market::SERVICE, &[], xlcfi_market::start).await,
            "recommendation" => {
                self.one(xlcfi_recommendation::SERVICE, &[], xlcfi_recommendation::start)
                    .await
            }
            "ai" => self.one(xlcfi_ai::SERVICE, &[], xlcfi_ai::start).await,
            other => anyhow::bail!("{other} is no service"),
        }
    }

    fn one<'a, F>(
        &'a self,
        service: Service,
        defaults: &'a [(&str, &str)],
        start: fn(Base) -> F,
    ) -> BoxFuture<'a, anyhow::Result<Started>>
    where
        F: Future<Output = Result<Server, StartError>> + Send + 'a,
    {
        Box::pin(async move {
            let settings = self.settings(service, defaults)?;
            let base = Base::connect(service, &settings, Clock::system(), self.stop.clone()).await?;
            let server = start(base).await?;
            let listener = server.bind().await?;
            Ok((service.name, server, listener))
        })
    }

    fn settings(&self, service: Service, defaults: &[(&str, &str)]) -> anyhow::Result<Settings> {
        let named = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
        Ok(Settings {
            database_url: self.servers.database_url.clone(),
            nats_url: self.servers.nats_url.clone(),
            redis_url: self.servers.redis_url.clone(),
            seed: self.identities.seed(service.name)?.clone(),
            keyring: self.identities.keyring(),
            port: self.place.port(service.port),
            peers: peers(self.place),
            direct: true,
            defaults: defaults.iter().map(named).collect(),
            ..Settings::local(service)
        })
    }
}
