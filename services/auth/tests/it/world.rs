//! Auth under test, and people who use it.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tonic::Status;
use uuid::Uuid;
use xlcfi_auth::{Config, Ctx, SERVICE, Text};
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{
    Account, ChangePasswordRequest, GetJwksRequest, LogInRequest, LogInResponse, RefreshTokenRequest,
    SignUpRequest, TokenPair,
};
use xlcfi_identity::{JwkSet, User, UserTokens};
use xlcfi_testkit::{Calling, Harness, eventually};

pub const PASSWORD: &str = "correct horse";
pub const ADMIN: &str = "admin@example.com";
pub const SECRET: &str = "a secret of the tests, long enough";

pub struct Auth {
    pub harness: Harness,
    /// What the server under test works with.
    pub ctx: Ctx,
}

/// Somebody who signed in.
pub struct SignedIn {
    pub account: Account,
    pub tokens: TokenPair,
    /// What the access token says.
    pub user: User,
}

pub fn config() -> Config {
    Config {
        key_secret: Some(Text::new(SECRET)),
        admin_email: Some(Text::new(ADMIN)),
        admin_password: Some(Text::new(PASSWORD)),
        // Most tests are about something else.
        staff_mfa: Some(false),
        mail_folder: Some(Text::new(mail_folder().to_string_lossy())),
        ..Config::default()
    }
}

/// Where the mails of this test are: each runs in a thread of its own.
pub fn mail_folder() -> PathBuf {
    thread_local! {
        static FOLDER: PathBuf =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mail-{}", Uuid::now_v7()));
    }
    FOLDER.with(Clone::clone)
}

impl Auth {
    pub async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub async fn start_with(config: Config) -> Self {
        let opened = OnceLock::new();
        let harness = Harness::start(SERVICE, async |base| {
            let ctx = Ctx::open(&base, &config).await?;
            opened.set(ctx.clone()).unwrap();
            Ok(xlcfi_auth::serve(base, ctx))
        });
        let harness = harness.await;
        let ctx = opened.into_inner().unwrap();
        Self { harness, ctx }
    }

    /// Calls as nobody.
    pub fn anyone(&self) -> AuthServiceClient<Calling> {
        AuthServiceClient::new(self.harness.anonymous())
    }

    /// Calls as somebody.
    pub fn of(&self, user: &User) -> AuthServiceClient<Calling> {
        AuthServiceClient::new(self.harness.as_user(user))
    }

    pub async fn try_sign_up(&self, email: &str, request_id: &str) -> Result<Account, Status> {
        let request = SignUpRequest {
            email: email.into(),
            password: PASSWORD.into(),
            display_name: "김바다".into(),
            request_id: request_id.into(),
            ..Default::default()
        };
        let response = self.anyone().sign_up(request).await?;
        Ok(response.into_inner().account.unwrap())
    }

    pub async fn try_log_in(&self, email: &str, password: &str) -> Result<LogInResponse, Status> {
        let request = LogInRequest {
            email: email.into(),
            password: password.into(),
            device_name: String::new(),
        };
        Ok(self.anyone().log_in(request).await?.into_inner())
    }

    /// Signs in an account that exists.
    pub async fn log_in(&self, email: &str) -> SignedIn {
        let response = self.try_log_in(email, PASSWORD).await.unwrap();
        let tokens = response.tokens.unwrap();
        let user = self.verifier().await.verify(&tokens.access_token).unwrap();
        SignedIn {
            account: response.account.unwrap(),
            tokens,
            user,
        }
    }

    /// Signs somebody new up and in.
    pub async fn newcomer(&self, email: &str) -> SignedIn {
        self.try_sign_up(email, "").await.unwrap();
        self.log_in(email).await
    }

    pub async fn admin(&self) -> SignedIn {
        self.log_in(ADMIN).await
    }

    pub async fn change_password(&self, user: &User, current: &str, new: &str) -> Result<(), Status> {
        let request = ChangePasswordRequest {
            current_password: current.into(),
            new_password: new.into(),
        };
        self.of(user).change_password(request).await.map(|_| ())
    }

    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, Status> {
        let request = RefreshTokenRequest {
            refresh_token: refresh_token.into(),
        };
        let response = self.anyone().refresh_token(request).await?;
        Ok(response.into_inner().tokens.unwrap())
    }

    /// Who verifies access tokens with the keys listed now.
    pub async fn verifier(&self) -> UserTokens {
        let response = self.anyone().get_jwks(GetJwksRequest {}).await.unwrap();
        let keys = JwkSet::new();
        keys.replace(&response.into_inner().keys).unwrap();
        UserTokens::new(keys).with_clock(self.harness.clock.clone())
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.harness.pool())
            .await
            .unwrap()
    }

    /// Connections of the test's own: the service may have all of its in use.
    fn own_pool(&self) -> PgPool {
        let options = self.harness.pool().connect_options();
        PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(options.as_ref().clone())
    }

    /// Holds rows until several transactions of the service wait for them, so
    /// that calls made at once really meet.
    pub async fn make_meet<T>(&self, hold: &'static str, waiting: i64, calls: impl Future<Output = T>) -> T {
        let pool = self.own_pool();
        let mut holding = pool.begin().await.unwrap();
        sqlx::query(hold).execute(&mut *holding).await.unwrap();
        let letting_go = async {
            eventually(async || {
                let blocked = "select count(*) from pg_locks join pg_stat_activity using (pid)
                               where not granted and datname = current_database()";
                let blocked: i64 = sqlx::query_scalar(blocked).fetch_one(&pool).await.unwrap();
                (blocked >= waiting).then_some(())
            })
            .await;
            holding.commit().await.unwrap();
        };
        tokio::join!(calls, letting_go).0
    }

    pub fn advance_secs(&self, seconds: u64) {
        self.harness.advance(Duration::from_secs(seconds));
    }
}

pub const MINUTE: u64 = 60;
pub const DAY: u64 = 24 * 60 * MINUTE;
