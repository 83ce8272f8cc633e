#![doc = include_str!("../README.md")]

mod attempt;
mod books;
mod closing;
mod commands;
mod config;
mod convert;
mod credit;
mod decline;
mod error;
mod events;
mod export;
mod flows;
mod line;
mod method;
mod payment;
mod pg;
mod reconcile;
mod refund;
mod report;
mod resilience;
mod rpc;
mod statement;
mod store;
mod work;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use sqlx::migrate::Migrator;
use tokio::sync::Notify;
use xlcfi_contracts::payment::v1::credit_service_server::CreditServiceServer;
use xlcfi_contracts::payment::v1::payment_service_server::PaymentServiceServer;
use xlcfi_contracts::payment::v1::reconciliation_service_server::ReconciliationServiceServer;
use xlcfi_contracts::payment::v1::refund_service_server::RefundServiceServer;
use xlcfi_contracts::payment::v1::webhook_service_server::WebhookServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_saga::Participation;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

pub use config::Config;
pub use resilience::Limits;

/// Name and usual port.
pub const SERVICE: Service = Service::new("payment", 8085);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    pgs: Arc<pg::Pgs>,
    /// Where new payments are made, in the order it is tried.
    providers: Arc<[pg::Provider]>,
    limits: Limits,
    /// What goes back without somebody's decision, at most.
    refund_limit: Option<i64>,
    /// From which hour in Korea on the day before is closed.
    reconcile_at: u8,
    stripe_webhook_secret: SecretString,
    /// Who sells, on statements.
    supplier: Arc<statement::Supplier>,
    /// Told when there may be new work for the worker.
    wake: Arc<Notify>,
    /// Told when a webhook came.
    heard: Arc<Notify>,
}

impl Ctx {
    /// How long somebody who works on a payment has it alone.
    fn lease(&self) -> Duration {
        self.pgs.longest_call() + Duration::from_secs(4)
    }
}

/// Puts the service together, with its settings from the environment.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let config = base.own_settings()?;
    start_with(base, config).await
}

/// Puts the service together.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start_with(base: Base, config: Config) -> Result<Server, StartError> {
    config.check()?;
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        pgs: Arc::new(pg::Pgs::new(&config).map_err(StartError::Other)?),
        providers: config.providers.into(),
        limits: config.limits,
        refund_limit: config.refund_limit,
        reconcile_at: config.reconcile_at,
        stripe_webhook_secret: config.stripe_webhook_secret,
        supplier: Arc::new(statement::Supplier {
            name: config.supplier_name,
            registration_number: config.supplier_registration_number,
            representative: config.supplier_representative,
            address: config.supplier_address,
        }),
        wake: Arc::default(),
        heard: Arc::default(),
    };
    let payments = PaymentServiceServer::new(rpc::Payments(ctx.clone()));
    let refunds = RefundServiceServer::new(rpc::Refunds(ctx.clone()));
    let reconciliations = ReconciliationServiceServer::new(rpc::Reconciliations(ctx.clone()));
    let credit = CreditServiceServer::new(rpc::Credit(ctx.clone()));
    let webhooks = WebhookServiceServer::new(rpc::Webhooks(ctx.clone()));
    Ok(Server::new(base)
        .grpc(payments.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(refunds.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(reconciliations.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(credit.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(webhooks.max_decoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("order"), events::Facts(ctx.clone()))
        .consume(
            Stream::commands("payment"),
            Participation(commands::Commands(ctx.clone())),
        )
        .job(|stop| worker::run(ctx.clone(), stop))
        .job(|stop| worker::listen(ctx.clone(), stop))
        .job(|stop| closing::run(ctx.clone(), stop))
        .job(|stop| worker::tidy(ctx, stop)))
}
