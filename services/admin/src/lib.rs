#![doc = include_str!("../README.md")]

mod acting;
mod audit;
mod campaign;
mod config;
mod convert;
mod dashboard;
mod error;
mod events;
mod export;
mod flows;
mod herald;
mod notice;
mod operation;
mod pack;
mod peers;
mod people;
mod permission;
mod proposal;
mod recaller;
mod rpc;
mod runner;
mod saga;
mod store;
mod sweeper;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use tokio::sync::Notify;
use xlcfi_contracts::admin::v1::audit_service_server::AuditServiceServer;
use xlcfi_contracts::admin::v1::campaign_service_server::CampaignServiceServer;
use xlcfi_contracts::admin::v1::dashboard_service_server::DashboardServiceServer;
use xlcfi_contracts::admin::v1::operation_service_server::OperationServiceServer;
use xlcfi_contracts::admin::v1::person_service_server::PersonServiceServer;
use xlcfi_contracts::admin::v1::proposal_service_server::ProposalServiceServer;
use xlcfi_contracts::saga::v1::saga_service_server::SagaServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_saga::{Console, Engine};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;
use crate::dashboard::Board;
use crate::peers::Peers;
use crate::saga::SettleOrder;

/// Name and usual port.
pub const SERVICE: Service = Service::new("admin", 8088);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What every part of the service works with.
#[derive(Clone)]
struct Ctx {
    database: Database,
    clock: Clock,
    config: Config,
    peers: Peers,
    sagas: Engine<SettleOrder>,
    board: Board,
    /// A campaign has something to do.
    wake: Arc<Notify>,
    /// Something was applied that the dashboard may show.
    changed: Arc<Notify>,
}

/// Puts the service together.
///
/// # Errors
/// What it needs and cannot have.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        config: base.own_settings()?,
        peers: Peers::new(&base.peers)?,
        sagas: Engine::new(SERVICE.name, base.database.clone(), SettleOrder),
        board: Board::new(base.stop.clone()),
        wake: Arc::default(),
        changed: Arc::default(),
    };
    let (sweeping, running, shown, sagas) = (ctx.clone(), ctx.clone(), ctx.clone(), ctx.sagas.clone());
    let (telling, console) = (ctx.clone(), SagaServiceServer::new(Console(ctx.sagas.clone())));
    let facts = events::Facts(ctx.clone());
    let campaigns = CampaignServiceServer::new(rpc::Campaigns(ctx.clone()));
    let dashboard = DashboardServiceServer::new(rpc::Dashboards(ctx.clone()));
    let audit = AuditServiceServer::new(rpc::Audit(ctx.clone()));
    let operations = OperationServiceServer::new(rpc::Operations(ctx.clone()));
    let people = PersonServiceServer::new(rpc::People(ctx.clone()));
    let proposals = ProposalServiceServer::new(rpc::Proposals(ctx));
    Ok(Server::new(base)
        .grpc(audit.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(operations.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(people.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(proposals.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(campaigns.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(dashboard.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(console.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::commands(SERVICE.name), sagas.clone())
        .consume(Stream::events("auth"), facts.clone())
        .consume(Stream::events("member"), facts.clone())
        .consume(Stream::events("product"), facts.clone())
        .consume(Stream::events("order"), facts.clone())
        .consume(Stream::events("review"), facts.clone())
        .consume(Stream::events("etl"), facts.clone())
        .consume(Stream::events("payment"), facts)
        .job(|stop| sagas.run_timers(stop))
        .job(|stop| sweeper::run(sweeping, stop))
        .job(|stop| herald::run(telling, stop))
        .job(|stop| runner::run(running, stop))
        .job(|stop| shown.board.clone().run(shown, stop)))
}

/// Looks at the whole audit log; says what was found. `known` is a head that was kept
/// elsewhere, as its sequence, a colon and hexadecimal digits.
///
/// # Errors
/// A row does not fit, which the error names, or the database cannot be read.
pub async fn verify_audit(base: &Base, known: Option<&str>) -> Result<String, StartError> {
    let known = known.map(|text| {
        let refused = || StartError::Other(format!("{text} is no head, such as 1024:9f86d0.."));
        convert::kept(text).ok_or_else(refused)
    });
    let found = flows::audit::verify(base.database.pool(), known.transpose()?)
        .await
        .map_err(|error| StartError::Database(base.service.name.to_owned(), error))?;
    match found.broken {
        Some(broken) => Err(StartError::Other(format!(
            "the audit log is broken at row {}: {}; restore it from a backup and compare",
            broken.sequence, broken.problem
        ))),
        None => Ok(format!(
            "the audit log is sound: {} rows; keep this to prove later that nothing was cut off: {}:{}",
            found.checked,
            found.head.sequence,
            convert::hex(&found.head.hash)
        )),
    }
}
