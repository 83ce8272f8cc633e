#![doc = include_str!("../README.md")]

mod address;
mod business;
mod calendar;
mod commands;
mod config;
mod consent;
mod convert;
mod error;
mod events;
mod flows;
mod grade;
mod hold;
mod lot;
mod member;
mod night;
mod notification;
mod nts;
mod points;
mod purchase;
mod recheck;
mod registration;
mod root;
mod rpc;
mod shelf;
mod store;
mod watch;

use sqlx::migrate::Migrator;
use xlcfi_contracts::member::v1::NotifyCommand;
use xlcfi_contracts::member::v1::benefit_service_server::BenefitServiceServer;
use xlcfi_contracts::member::v1::consent_service_server::ConsentServiceServer;
use xlcfi_contracts::member::v1::member_service_server::MemberServiceServer;
use xlcfi_contracts::member::v1::notification_service_server::NotificationServiceServer;
use xlcfi_contracts::member::v1::shelf_service_server::ShelfServiceServer;
use xlcfi_contracts::saga::v1::Command;
use xlcfi_events::{Database, Stream};
use xlcfi_saga::Participation;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::watch::Watchers;

pub use config::Config;

/// Name and usual port.
pub const SERVICE: Service = Service::new("member", 8082);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    watchers: Watchers,
    /// The tax office, where it is set up.
    nts: Option<nts::Nts>,
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
        watchers: Watchers::new(base.stop.clone()),
        nts: nts::Nts::of(&config).map_err(StartError::Other)?,
    };
    let members = MemberServiceServer::new(rpc::Members(ctx.clone()));
    let notifications = NotificationServiceServer::new(rpc::Notifications(ctx.clone()));
    let consents = ConsentServiceServer::new(rpc::Consents(ctx.clone()));
    let benefits = BenefitServiceServer::new(rpc::Benefits(ctx.clone()));
    let shelf = ShelfServiceServer::new(rpc::Shelf(ctx.clone()));
    let commands = || Stream::commands(SERVICE.name);
    Ok(Server::new(base)
        .grpc(members.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(notifications.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(consents.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(benefits.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(shelf.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("auth"), events::Facts(ctx.clone()))
        .consume(Stream::events("order"), events::Facts(ctx.clone()))
        // However many notices come, no order waits for them.
        .consume_only::<Command, _>(
            SERVICE.name,
            commands(),
            Participation(commands::Commands(ctx.clone())),
        )
        .consume_only::<NotifyCommand, _>("notices", commands(), commands::Notices(ctx.clone()))
        .job(|stop| night::run(ctx.clone(), stop))
        .job(|stop| recheck::run(ctx.clone(), stop))
        .job(|stop| ctx.watchers.clone().listen(ctx.database.pool().clone(), stop)))
}

/// Computes the ledger of every closed day anew; says what was found. `known` is the
/// root of a day that was kept elsewhere, as `2026-11-22:` and hexadecimal digits.
///
/// # Errors
/// A day is not what it was, which the error names, or the database cannot be read.
pub async fn verify_points(base: &Base, known: Option<&str>) -> Result<String, StartError> {
    let known = known.map(|text| {
        let refused = || StartError::Other(format!("{text} is no day and root, such as 2026-11-22:9f86d0.."));
        root::known(text).ok_or_else(refused)
    });
    let found = flows::roots::verify(base.database.pool(), known.transpose()?)
        .await
        .map_err(|error| StartError::Database(base.service.name.to_owned(), error))?;
    if let Some((day, problem)) = found.broken {
        return Err(StartError::Other(format!(
            "the points ledger is broken at {day}: {problem}; restore it from a backup and compare"
        )));
    }
    let latest = found
        .latest
        .map(|root| format!("; keep this to compare with later: {root}"));
    Ok(format!(
        "the points ledger is sound: {} postings of {} closed days{}",
        found.postings,
        found.days,
        latest.unwrap_or_default()
    ))
}
