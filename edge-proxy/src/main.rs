use std::process::ExitCode;

use xlcfi_edge_proxy::{EdgeSettings, SERVICE, start};

fn main() -> ExitCode {
    xlcfi_service::process(SERVICE.name, async |stop| {
        let edge = start(EdgeSettings::from_env()?, stop).await?;
        let listener = edge.bind().await?;
        edge.serve(listener).await
    })
}
