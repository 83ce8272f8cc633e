#![doc = include_str!("../README.md")]

mod account;
mod attempt;
mod client;
mod common;
mod config;
mod convert;
mod device;
mod error;
mod events;
mod factor;
mod flows;
mod hashing;
mod keys;
mod mail;
mod notice;
mod rpc;
mod secret;
mod session;
mod store;
mod sweeper;

use std::time::Duration;

use sqlx::migrate::Migrator;
use xlcfi_contracts::auth::v1::account_admin_service_server::AccountAdminServiceServer;
use xlcfi_contracts::auth::v1::account_security_service_server::AccountSecurityServiceServer;
use xlcfi_contracts::auth::v1::auth_service_server::AuthServiceServer;
use xlcfi_contracts::auth::v1::mfa_service_server::MfaServiceServer;
use xlcfi_contracts::auth::v1::recovery_service_server::RecoveryServiceServer;
use xlcfi_contracts::auth::v1::service_account_service_server::ServiceAccountServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

pub use config::{Config, Text};
use error::Error;
use hashing::Hashing;
use keys::Keys;
use mail::Post;

/// Name and usual port.
pub const SERVICE: Service = Service::new("auth", 8081);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Its database.
    pub database: Database,
    /// Where the time comes from.
    pub clock: Clock,
    /// Turns to hash passwords.
    pub hashing: Hashing,
    /// The keys that sign access tokens.
    pub keys: Keys,
    /// ADMIN and the staff roles need a second factor.
    pub staff_mfa: bool,
    /// Age at which a signing key is replaced by itself.
    pub key_life: Option<Duration>,
    /// Sends mails.
    pub post: Post,
}

/// Starts the service with the settings of the environment.
///
/// # Errors
/// See [`start_with`]; a setting is missing.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let config = base.own_settings()?;
    start_with(base, config).await
}

/// Starts the service.
///
/// # Errors
/// A setting makes no sense, or the database refuses.
pub async fn start_with(base: Base, config: Config) -> Result<Server, StartError> {
    let ctx = Ctx::open(&base, &config).await?;
    Ok(serve(base, ctx))
}

impl Ctx {
    /// Makes the database ready: tables, the first signing key, the configured admin.
    ///
    /// # Errors
    /// A setting makes no sense, or the database refuses.
    pub async fn open(base: &Base, config: &Config) -> Result<Self, StartError> {
        let (secret, admin, post) = (config.key_secret()?, config.admin()?, config.post()?);
        base.migrate(&MIGRATIONS).await?;
        let (database, clock, hashing) = (base.database.clone(), base.clock.clone(), Hashing::new());
        let keys = Keys::new(secret, hashing.clone(), clock.clone(), base.user_keys.clone());
        let ctx = Self {
            database,
            clock,
            hashing,
            keys,
            staff_mfa: config.staff_mfa.unwrap_or(true),
            key_life: config.key_life(),
            post,
        };
        flows::ensure_key(&ctx).await.map_err(Error::at_start)?;
        if let Some(admin) = admin {
            flows::ensure_admin(&ctx, &admin).await.map_err(Error::at_start)?;
        }
        Ok(ctx)
    }

    /// Makes a new signing key when the one that signs is old; a job looks every
    /// ten minutes. Whether it did.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn rotate_key_when_old(&self) -> Result<bool, StartError> {
        match self.key_life {
            Some(life) => flows::rotate_when_old(self, life).await.map_err(Error::at_start),
            None => Ok(false),
        }
    }

    /// Forgets what no longer matters; a job does it every ten minutes.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn sweep(&self) -> Result<(), sqlx::Error> {
        sweeper::sweep(self).await
    }
}

/// The service over an opened context.
pub fn serve(base: Base, ctx: Ctx) -> Server {
    let auth = AuthServiceServer::new(rpc::Auth(ctx.clone()));
    let mfa = MfaServiceServer::new(rpc::Mfa(ctx.clone()));
    let recovery = RecoveryServiceServer::new(rpc::Recovery(ctx.clone()));
    let clients = ServiceAccountServiceServer::new(rpc::ServiceAccounts(ctx.clone()));
    let account_admin = AccountAdminServiceServer::new(rpc::AccountAdmin(ctx.clone()));
    let security = AccountSecurityServiceServer::new(rpc::AccountSecurity(ctx.clone()));
    let pool = ctx.database.pool().clone();
    Server::new(base)
        .grpc(auth.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(mfa.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(recovery.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(clients.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(account_admin.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(security.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("member"), events::Facts(ctx.clone()))
        .job(|stop| ctx.keys.clone().watch(pool, stop))
        .job(|stop| ctx.post.clone().run(ctx.clone(), stop))
        .job(|stop| sweeper::run(ctx.clone(), stop))
}
