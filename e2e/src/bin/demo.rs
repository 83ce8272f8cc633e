//! Stories, told through a running mesh.

use std::cell::Cell;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use xlcfi_e2e::{Edge, Sandbox, Story, Teller, Verifier};

/// Tells a story through the edge of a running mesh.
#[derive(Parser)]
struct Arguments {
    /// Which.
    #[arg(default_value = "trade")]
    told: Told,
    /// The edge.
    #[arg(long, default_value = "http://localhost:8080", env = "XLCFI_EDGE")]
    edge: String,
    /// The payment sandbox.
    #[arg(long, default_value = "http://localhost:8090", env = "XLCFI_SANDBOX")]
    sandbox: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Told {
    /// Buying, paying, cancelling, being refunded, and a review.
    Trade,
    /// A lot from the field to a kitchen, proven without the mesh.
    Provenance,
}

struct Terminal(Cell<u32>);

impl Teller for Terminal {
    fn chapter(&self, title: &str) {
        self.0.set(self.0.get() + 1);
        println!("\n{}. {title}", self.0.get());
    }

    fn step(&self, protocol: &str, text: &str) {
        println!("   {protocol:<9} {text}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match tell(&Arguments::parse()).await {
        Ok(()) => {
            println!("\nThe story ended well.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn tell(arguments: &Arguments) -> anyhow::Result<()> {
    let edge = Edge::at(&arguments.edge)?;
    let sandbox = Sandbox::at(&arguments.sandbox);
    let teller = Terminal(Cell::new(0));
    let story = Story::begin(&edge, &sandbox, &teller).await?;
    match arguments.told {
        Told::Trade => trade(&story).await,
        Told::Provenance => story.prove_where_it_comes_from(&verifier()?).await,
    }
}

async fn trade(story: &Story<'_, Terminal>) -> anyhow::Result<()> {
    story.buy_with_widget().await?;
    story.pay_at_stripe_and_be_refunded_in_part().await?;
    story.be_declined().await?;
    story.cancel_and_be_refunded().await?;
    story.review_what_arrived().await
}

/// The one that was built with this program.
fn verifier() -> anyhow::Result<Verifier> {
    Ok(Verifier {
        program: std::env::current_exe()?.with_file_name("xlcfi-verify"),
        folder: Path::new("target").join("proofs"),
    })
}
