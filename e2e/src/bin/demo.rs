//! The trade story, told through a running mesh.

use std::cell::Cell;
use std::process::ExitCode;

use clap::Parser;
use xlcfi_e2e::{Edge, Sandbox, Story, Teller};

/// Tells the trade story through the edge of a running mesh.
#[derive(Parser)]
struct Arguments {
    /// The edge.
    #[arg(long, default_value = "http://localhost:8080", env = "XLCFI_EDGE")]
    edge: String,
    /// The payment sandbox.
    #[arg(long, default_value = "http://localhost:8090", env = "XLCFI_SANDBOX")]
    sandbox: String,
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
    story.buy_with_widget().await?;
    story.pay_at_stripe_and_be_refunded_in_part().await?;
    story.be_declined().await?;
    story.cancel_and_be_refunded().await?;
    story.review_what_arrived().await
}
