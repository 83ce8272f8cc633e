//! Orders with payments through every fault of both PGs, while the payment and order
//! processes are killed; then the books are compared.

mod books;
mod buyers;
mod cards;
mod chaos;
mod pace;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use futures::stream::{self, StreamExt as _};
use sqlx::PgPool;
use xlcfi_e2e::{Edge, Mesh, Sandbox};

use books::Books;
use buyers::{Shop, Story};
use cards::Search;
use chaos::Chaos;

const PORT_OFFSET: u16 = 24_000;

/// Pays orders through every fault of both PGs, kills the payment and order processes
/// meanwhile, and compares the books of all.
#[derive(Parser)]
struct Arguments {
    /// Orders to pay.
    #[arg(long, default_value_t = 5_000)]
    orders: usize,
    /// Orders under way at one time.
    #[arg(long, default_value_t = 256)]
    at_once: usize,
    /// Decides which calls are struck and who is killed when.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Payments of which the time is measured, afterwards, without faults; none
    /// measures nothing.
    #[arg(long, default_value_t = 1_000)]
    timed: usize,
    /// Buyers at one time when the full load is looked for.
    #[arg(long, default_value_t = 16)]
    buyers: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match drill(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pay-drill: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn drill(arguments: &Arguments) -> anyhow::Result<()> {
    let data = std::env::current_dir()?.join("target/pay-drill");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    let settings = [
        ("XLCFI_APART", "order,payment"),
        ("PAYMENT_PG_TIMEOUT", "2"),
        // What a buyer gave up is over soon after.
        ("ORDER_RESERVATION_SECONDS", "180"),
        // What is not believed, lost and asked again is what this is about.
        ("LOG", "error"),
    ];
    let mesh = Arc::new(Mesh::start(&data, PORT_OFFSET, &settings).await?);
    let edge = Edge::at(&format!("http://127.0.0.1:{}", 8080 + PORT_OFFSET))?;
    let sandbox = Sandbox::at(&format!("http://127.0.0.1:{}", 8090 + PORT_OFFSET));
    let shop = Arc::new(Shop::open(&edge, &sandbox, arguments.at_once.min(64)).await?);
    println!("paying {} orders", arguments.orders);
    let begun = Instant::now();
    let chaos = Chaos::begin(&mesh, &sandbox, arguments.seed).await?;
    pay_all(&shop, arguments).await;
    let kills = chaos.end().await?;
    println!(
        "paid or given up after {:.0} s; waiting until all have ended",
        begun.elapsed().as_secs_f64()
    );
    let books = Books::at(&data).await?;
    books.wait_until_quiet().await?;
    println!("quiet after {:.0} s\n", begun.elapsed().as_secs_f64());
    let report = books.compare(&sandbox).await?;
    report.print(kills);
    let search = Search::through(&data).await?;
    println!(
        "{:<40} {}, in {} MB of tables, logs and events",
        "card numbers",
        search.found.len(),
        search.bytes / 1_000_000
    );
    if arguments.timed > 0 {
        pace::measure(&shop, arguments.timed, arguments.buyers).await?;
    }
    drop(shop);
    Arc::into_inner(mesh)
        .context("the mesh is still used")?
        .stop()
        .await?;
    ensure!(
        report.is_sound(),
        "the books do not agree; the data is in {}",
        data.display()
    );
    ensure!(
        search.found.is_empty(),
        "card numbers are kept: {:?}",
        search.found
    );
    Ok(())
}

/// Every order, so many at a time, each by one of the ways there are to pay.
async fn pay_all(shop: &Arc<Shop>, arguments: &Arguments) {
    let done = AtomicUsize::new(0);
    let every = (arguments.orders / 10).max(1);
    let begun = Instant::now();
    stream::iter(0..arguments.orders)
        .for_each_concurrent(arguments.at_once, |index| {
            let (shop, done) = (shop.clone(), &done);
            async move {
                let story = Story::all()[index % Story::all().len()];
                if let Err(error) = shop.play(story, index).await {
                    // The books decide whether anything was lost.
                    eprintln!("order {index} ({story:?}) was left where it was: {error:#}");
                }
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if done % every == 0 {
                    println!("{done:>6} orders, {:.0} s", begun.elapsed().as_secs_f64());
                }
            }
        })
        .await;
}

/// A pool for one database of the mesh in this folder.
async fn pool(data: &Path, database: &str) -> anyhow::Result<PgPool> {
    let text = std::fs::read_to_string(data.join("servers.json"))?;
    let servers: serde_json::Value = serde_json::from_str(&text)?;
    let server = servers["DATABASE_URL"].as_str().context("no DATABASE_URL")?;
    let (server, _) = server.rsplit_once('/').context("no database in DATABASE_URL")?;
    let options = sqlx::postgres::PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(10));
    Ok(options.connect(&format!("{server}/{database}")).await?)
}
