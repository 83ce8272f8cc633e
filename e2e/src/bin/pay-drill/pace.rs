use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use tokio::time::{MissedTickBehavior, interval};
use xlcfi_contracts::convert;
use xlcfi_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use xlcfi_contracts::payment::v1::{ConfirmPaymentRequest, PaymentProvider};
use xlcfi_e2e::{Edge, authorized, percentile};

use crate::buyers::Shop;

/// Measures payments without faults: how many a second, then how long each takes at
/// half of that.
pub async fn measure(shop: &Arc<Shop>, payments: usize, buyers: usize) -> anyhow::Result<()> {
    let begun = Instant::now();
    let full: Vec<_> = stream::iter(0..payments)
        .map(|index| shop.time(index))
        .buffer_unordered(buyers)
        .collect()
        .await;
    let full = full.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let per_second = full.len() as f64 / begun.elapsed().as_secs_f64();
    println!("\norders paid in the widget, {buyers} buyers   {per_second:>8.1} /s, nothing struck or killed");

    let mut ticks = interval(Duration::from_secs_f64(2.0 / per_second.max(1.0)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = tokio::task::JoinSet::new();
    for index in 0..payments {
        ticks.tick().await;
        let shop = shop.clone();
        under_way.spawn(async move { shop.time(index).await });
    }
    let half = under_way
        .join_all()
        .await
        .into_iter()
        .collect::<anyhow::Result<Vec<_>>>()?;
    let own: Vec<Duration> = half.iter().map(|(own, _)| *own).collect();
    let pg: Vec<Duration> = half.iter().map(|(_, pg)| *pg).collect();
    println!("ConfirmPayment at half that load, through the edge, p50 / p99");
    println!(
        "  our part                          {:>8.1} / {:.1} ms",
        percentile(&own, 50),
        percentile(&own, 99)
    );
    println!(
        "  the PG's                          {:>8.1} / {:.1} ms",
        percentile(&pg, 50),
        percentile(&pg, 99)
    );
    Ok(())
}

/// Confirms a payment; gives our part of its time and the PG's.
pub async fn confirm(
    edge: &Edge,
    token: &str,
    order_id: &str,
    won: i64,
    key: &str,
) -> anyhow::Result<(Duration, Duration)> {
    let request = ConfirmPaymentRequest {
        order_id: order_id.to_owned(),
        payment_key: key.to_owned(),
        amount: Some(convert::won(won)),
        provider: PaymentProvider::Toss.into(),
    };
    let mut client = PaymentServiceClient::new(edge.grpc());
    let begun = Instant::now();
    let answer = client.confirm_payment(authorized(token, request)).await?;
    let whole = begun.elapsed();
    let told = answer
        .metadata()
        .get("server-timing")
        .and_then(|text| text.to_str().ok());
    let millis: f64 = told
        .and_then(|text| text.strip_prefix("pg;dur=")?.parse().ok())
        .ok_or_else(|| anyhow::anyhow!("the answer does not say how long the PG took"))?;
    let pg = Duration::from_secs_f64(millis / 1_000.0);
    Ok((whole.saturating_sub(pg), pg))
}
