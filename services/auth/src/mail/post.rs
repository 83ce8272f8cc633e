use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_errors::Fault;

use crate::Ctx;
use crate::secret::Secret;
use crate::store::{accounts, errands, mail_tokens};

use super::{Errand, Letters, Mailer};

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
        let (pool, now) = (ctx.database.pool(), ctx.clock.now());
        let Some(account) = accounts::find_by_email(pool, &errand.email).await? else {
            return Ok(true);
        };
        let token = Secret::generate();
        let hash = token.hash();
        if !mail_tokens::insert(pool, &token, account.id, errand.purpose, now, ALLOWANCE).await? {
            return Ok(true);
        }
        let mail = match self.letters.write(errand.purpose, &account.email, token) {
            Ok(mail) => mail,
            Err(fault) => {
                warn!(error = %fault, user.id = %account.id, "an address takes no mail");
                return Ok(true);
            }
        };
        match self.mailer.send(mail).await {
            Ok(()) => Ok(true),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                warn!(error = %error, error.causes = cause, errand.tries, user.id = %account.id, "a mail was not sent");
                mail_tokens::delete(pool, &hash).await?;
                Ok(false)
            }
        }
    }
}
