//! The environment with which services run one by one.

use anyhow::Context as _;

use crate::identities::Identities;
use crate::services::{
    ADMIN_EMAIL, DEMO_PASSWORD, Servers, folder_url, image_places, mail_folder, search_places,
};
use crate::{Place, sandbox};

/// File in the data folder that says where the servers are, while they run.
const FILE: &str = "servers.json";

/// Notes where the servers are, for [`print`].
pub(crate) fn note(place: &Place, servers: &Servers) -> anyhow::Result<()> {
    let text = serde_json::json!({
        "DATABASE_URL": servers.database_url,
        "NATS_URL": servers.nats_url,
        "REDIS_URL": servers.redis_url,
        "ETHEREUM_URL": servers.ethereum_url,
    });
    let file = place.data.join(FILE);
    std::fs::write(&file, format!("{text:#}\n")).with_context(|| format!("cannot write {}", file.display()))
}

/// Where the servers are, as [`note`] noted it.
pub(crate) fn noted(place: &Place) -> anyhow::Result<Servers> {
    let file = place.data.join(FILE);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!(
            "no {}; start the servers first with `make parts` or `make run`",
            file.display()
        )
    })?;
    let urls: serde_json::Value = serde_json::from_str(&text)?;
    let url = |name: &str| urls[name].as_str().unwrap_or_default().to_owned();
    Ok(Servers {
        database_url: url("DATABASE_URL"),
        nats_url: url("NATS_URL"),
        redis_url: url("REDIS_URL"),
        ethereum_url: urls["ETHEREUM_URL"].as_str().map(str::to_owned),
    })
}

/// Prints `NAME=value` lines for a `.env` file.
pub(crate) fn print(place: &Place) -> anyhow::Result<()> {
    let servers = noted(place)?;
    println!("DATABASE_URL={}", servers.database_url);
    println!("NATS_URL={}", servers.nats_url);
    println!("REDIS_URL={}", servers.redis_url);
    let identities = Identities::load_or_make(&place.data)?;
    println!("MESH_IDENTITY_KEYS={}", identities.keyring());
    for (name, seed) in identities.iter() {
        println!("{}_IDENTITY_SEED={}", name.to_uppercase(), seed.encode());
    }
    println!("MESH_DIRECT=true");
    println!("AUTH_KEY_SECRET={}", identities.key_secret());
    println!("AUTH_ADMIN_EMAIL={ADMIN_EMAIL}");
    println!("AUTH_ADMIN_PASSWORD={DEMO_PASSWORD}");
    println!("AUTH_MAIL_FOLDER={}", mail_folder(place));
    println!("AUTH_STAFF_MFA=false");
    let (store, url_secret) = image_places(place, &identities)?;
    println!("IMAGE_STORE_URL={store}");
    println!("IMAGE_URL_SECRET={url_secret}");
    let (dictionary, index, snapshots) = search_places(place)?;
    println!("PRODUCT_DICTIONARY={dictionary}");
    println!("PRODUCT_INDEX_FOLDER={index}");
    println!("PRODUCT_SNAPSHOT_URL={snapshots}");
    let (chains, anchor_key) = servers.chains();
    if !chains.is_empty() {
        println!("BLOCKCHAIN_CHAINS='{chains}'");
        println!("BLOCKCHAIN_ANCHOR_KEY={anchor_key}");
    }
    println!("BLOCKCHAIN_LOG_KEY={}", identities.log_key());
    for (field, value) in sandbox::food(&sandbox::url(place), &folder_url(place, "etl")?) {
        println!("ETL_{}={value}", field.to_uppercase());
    }
    println!("MEMBER_NTS_URL={}", sandbox::url(place));
    println!("MEMBER_NTS_KEY={}", sandbox::NTS_KEY);
    println!("PAYMENT_TOSS_URL={}", sandbox::url(place));
    println!("PAYMENT_TOSS_SECRET_KEY={}", sandbox::TOSS_SECRET_KEY);
    println!("PAYMENT_STRIPE_URL={}", sandbox::url(place));
    println!("PAYMENT_STRIPE_SECRET_KEY={}", sandbox::STRIPE_SECRET_KEY);
    Ok(())
}
