use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use xlcfi_e2e::{Mesh, Sandbox};

/// How often a fault that may strike a call does.
const LIKELY: f64 = 0.02;

/// Faults of calls, at both PGs.
const OF_CALLS: [&str; 10] = [
    "timeout-before=2500",
    "timeout-after=2500",
    "reset-before",
    "reset-after",
    "error",
    "error-after",
    "rate-limit",
    "malformed",
    "slow=400",
    "decline",
];
/// Faults of webhooks.
const OF_WEBHOOKS: [&str; 5] = [
    "webhook-duplicate=3",
    "webhook-reorder",
    "webhook-before-response",
    "webhook-never",
    "webhook-delay=2",
];
/// Calls that may be struck.
const CALLS: [&str; 11] = [
    "confirm",
    "billing_charge",
    "cancel",
    "get_payment",
    "get_order",
    "stripe_create",
    "stripe_capture",
    "stripe_cancel",
    "stripe_get",
    "stripe_list",
    "stripe_refund",
];

/// What goes wrong on purpose, until it is ended.
pub struct Chaos {
    sandbox: Sandbox,
    stop: CancellationToken,
    killer: JoinHandle<usize>,
}

impl Chaos {
    pub async fn begin(mesh: &Arc<Mesh>, sandbox: &Sandbox, seed: u64) -> anyhow::Result<Self> {
        sandbox.faults(seed, rules()).await?;
        let stop = CancellationToken::new();
        let killer = tokio::spawn(kill(mesh.clone(), seed, stop.clone()));
        Ok(Self {
            sandbox: sandbox.clone(),
            stop,
            killer,
        })
    }

    /// Lets everything work from now on. Says how many processes were killed.
    pub async fn end(self) -> anyhow::Result<usize> {
        self.stop.cancel();
        let kills = self.killer.await?;
        self.sandbox.faults(0, json!([])).await?;
        Ok(kills)
    }
}

fn rules() -> Value {
    let rule =
        |fault: &str, endpoint: &str| json!({"fault": fault, "endpoint": endpoint, "probability": LIKELY});
    // A refund is not declined by an issuer, a question by nobody.
    let declines = |call: &str| matches!(call, "confirm" | "billing_charge" | "stripe_create");
    let calls = CALLS.iter().flat_map(|call| {
        let faults = OF_CALLS
            .iter()
            .filter(|fault| **fault != "decline" || declines(call));
        faults.map(|fault| rule(fault, call))
    });
    let told = [
        "confirm",
        "cancel",
        "deposit",
        "stripe_confirm",
        "stripe_capture",
        "stripe_refund",
    ];
    let webhooks = told
        .iter()
        .flat_map(|call| OF_WEBHOOKS.iter().map(|fault| rule(fault, call)));
    calls.chain(webhooks).collect::<Vec<_>>().into()
}

/// Kills the payment or the order process every ten to thirty seconds.
async fn kill(mesh: Arc<Mesh>, seed: u64, stop: CancellationToken) -> usize {
    let mut random = seed | 1;
    let mut next = move || {
        // xorshift: the same kills for the same seed.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut kills = 0;
    loop {
        let pause = Duration::from_millis(10_000 + next() % 20_000);
        tokio::select! {
            () = stop.cancelled() => return kills,
            () = sleep(pause) => {}
        }
        let service = if next() % 2 == 0 { "payment" } else { "order" };
        let Some(pid) = mesh.pid_of(service) else { continue };
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        kills += usize::from(killed.is_ok_and(|status| status.success()));
    }
}
