//! The environment with which services run one by one.

use std::path::Path;

use anyhow::Context as _;

use crate::identities::Identities;
use crate::sandbox;
use crate::services::{ADMIN_EMAIL, DEMO_PASSWORD, Servers};

/// File in the data folder that says where the servers are, while they run.
const FILE: &str = "servers.json";

/// Notes where the servers are, for [`print`].
pub(crate) fn note(data: &Path, servers: &Servers) -> anyhow::Result<()> {
    let text = serde_json::json!({
        "DATABASE_URL": servers.database_url,
        "NATS_URL": servers.nats_url,
        "REDIS_URL": servers.redis_url,
    });
    let file = data.join(FILE);
    std::fs::write(&file, format!("{text:#}\n")).with_context(|| format!("cannot write {}", file.display()))
}

/// Prints `NAME=value` lines for a `.env` file.
pub(crate) fn print(data: &Path) -> anyhow::Result<()> {
    let file = data.join(FILE);
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("no {}; start the servers first with `make parts` or `make run`", file.display()))?;
    let servers: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
    for (name, url) in &servers {
        println!("{name}={}", url.as_str().unwrap_or_default());
    }
    let identities = Identities::load_or_make(data)?;
    println!("MESH_IDENTITY_KEYS={}", identities.keyring());
    for (name, seed) in identities.iter() {
        println!("{}_IDENTITY_SEED={}", name.to_uppercase(), seed.encode());
    }
    println!("MESH_DIRECT=true");
    println!("AUTH_ADMIN_EMAIL={ADMIN_EMAIL}");
    println!("AUTH_ADMIN_PASSWORD={DEMO_PASSWORD}");
    println!("PAYMENT_TOSS_URL=http://127.0.0.1:{}", sandbox::PORT);
    println!("PAYMENT_TOSS_SECRET_KEY={}", sandbox::SECRET_KEY);
    Ok(())
}
