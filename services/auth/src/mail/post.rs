use std::sync::Arc;
use std::time::Duration;

use lettre::Message;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_errors::Fault;

use crate::Ctx;
use crate::account::Account;
use crate::secret::Secret;
use crate::store::{accounts, errands, mail_tokens};

use super::{Content, Errand, Letters, Mailer, Purpose};

/// How often errands are looked for when nobody of this process tells of one.
const PAUSE: Duration = Duration::from_secs(5);

/// Tries of one mail.
const MOST_TRIES: i32 = 8;

/// Mails of one kind an account gets in an hour.
const ALLOWANCE: (Duration, i64) = (Duration::from_secs(60 * 60), 5);

/// Sends the mails that are to be sent.
#[derive(Debug, Clone)]
pub struct Post {
    mailer: Arc<dyn Mailer>,
    letters: Letters,
    wake: Arc<Notify>,
}

impl Post {
    pub fn new(mailer: Arc<dyn Mailer>, letters: Letters) -> Self {
        Self {
            mailer,
            letters,
            wake: Arc::default(),
        }
    }

    /// There is something to send.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Sends until `stop`.
    pub async fn run(self, ctx: Ctx, stop: CancellationToken) {
        loop {
            match stop.run_until_cancelled(self.send_next(&ctx)).await {
                None => return,
                Some(Ok(true)) => continue,
                Some(Ok(false)) => {}
                Some(Err(fault)) => {
                    let cause = std::error::Error::source(&fault).map(ToString::to_string);
                    warn!(error = %fault, error.causes = cause, "mails wait");
                }
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = sleep(PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Runs the next errand; `false` when none is due. Its token is made now,
    /// so that only the mail and a hash have it.
    async fn send_next(&self, ctx: &Ctx) -> Result<bool, Fault> {
        let pool = ctx.database.pool();
        let Some(errand) = errands::claim(pool, ctx.clock.now()).await? else {
            return Ok(false);
        };
        if self.run_errand(ctx, &errand).await? || errand.tries >= MOST_TRIES {
            errands::delete(pool, errand.id).await?;
        }
        Ok(true)
    }

    /// Whether nothing is left to do for it.
    async fn run_errand(&self, ctx: &Ctx, errand: &Errand) -> Result<bool, Fault> {
        let Some(account) = accounts::find_by_email(ctx.database.pool(), &errand.email).await? else {
            return Ok(true);
        };
        match &errand.content {
            Content::Token(purpose) => self.send_token(ctx, errand, &account, *purpose).await,
            Content::Notice { title, text } => {
                let written = self.letters.notice(&account.email, title, text);
                Ok(self.send(errand, &account, written).await)
            }
        }
    }

    async fn send_token(
        &self,
        ctx: &Ctx,
        errand: &Errand,
        account: &Account,
        purpose: Purpose,
    ) -> Result<bool, Fault> {
        let (pool, now) = (ctx.database.pool(), ctx.clock.now());
        let token = Secret::generate();
        let hash = token.hash();
        if !mail_tokens::insert(pool, &token, account.id, purpose, now, ALLOWANCE).await? {
            return Ok(true);
        }
        let written = self.letters.write(purpose, &account.email, token);
        let done = self.send(errand, account, written).await;
        if !done {
            mail_tokens::delete(pool, &hash).await?;
        }
        Ok(done)
    }

    /// Whether it was taken, or never will be.
    async fn send(&self, errand: &Errand, account: &Account, written: Result<Message, Fault>) -> bool {
        let mail = match written {
            Ok(mail) => mail,
            Err(fault) => {
                warn!(error = %fault, user.id = %account.id, "an address takes no mail");
                return true;
            }
        };
        let sent = self.mailer.send(mail).await;
        if let Err(error) = &sent {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            warn!(error = %error, error.causes = cause, errand.tries, user.id = %account.id, "a mail was not sent");
        }
        sent.is_ok()
    }
}
