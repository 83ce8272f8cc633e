//! The payment sandbox as a child of the mesh.

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Place, child};

/// Usual port of the sandbox.
const PORT: u16 = 8090;

/// Where the sandbox of a mesh is.
pub(crate) fn url(place: &Place) -> String {
    format!("http://127.0.0.1:{}", place.port(PORT))
}

/// Its secret keys, which protect nothing.
pub(crate) const TOSS_SECRET_KEY: &str = "test_sk_sandbox";
pub(crate) const STRIPE_SECRET_KEY: &str = "sk_test_sandbox";
pub(crate) const NTS_KEY: &str = "sandbox-nts+/key==";

/// What etl is set up with, so that a newcomer sees a year of prices within seconds; `answers` is where it keeps what came.
pub(crate) fn food<'a>(url: &'a str, answers: &'a str) -> [(&'static str, &'a str); 14] {
    [
        ("store_url", answers),
        ("export_seconds", "60"),
        ("mfds_url", url),
        ("mfds_key", "sandbox-mfds-key"),
        ("haccp_url", url),
        ("haccp_key", "sandbox-haccp+/key=="),
        ("kamis_url", url),
        ("kamis_key", "sandbox-kamis-key"),
        ("kamis_id", "sandbox"),
        ("kamis_regions", "-,1101"),
        ("kamis_days", "400"),
        ("kamis_daily_calls", "100000"),
        ("nts_url", url),
        ("nts_key", NTS_KEY),
    ]
}

/// Starts the sandbox and keeps it running until `stop`.
pub(crate) async fn supervise(place: &Place, stop: CancellationToken) -> anyhow::Result<()> {
    child::supervise(
        place,
        "the payment sandbox",
        vec!["sandbox"],
        place.port(PORT),
        stop,
    )
    .await
}

/// The child's side: serves until the mesh is gone.
pub(crate) async fn serve(place: &Place) -> anyhow::Result<()> {
    let port = place.port(PORT);
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| child::busy(port))?;
    let folder = place.data.join("sandbox");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut options = xlcfi_sandbox::Options {
        data: Some(folder),
        ..xlcfi_sandbox::Options::from_env()
    };
    for (urls, pg) in [
        (&mut options.webhook_urls, "toss"),
        (&mut options.stripe_webhook_urls, "stripe"),
    ] {
        if urls.is_empty() {
            let edge = place.port(xlcfi_edge_proxy::SERVICE.port);
            urls.push(format!("http://127.0.0.1:{edge}/api/v1/payments/webhooks/{pg}"));
        }
    }
    xlcfi_sandbox::serve(listener, options, child::until_parent_is_gone()).await
}
