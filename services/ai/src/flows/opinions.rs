//! Published reviews are read by and by; what they say is never told by events, so that
//! a withdrawn review leaves nothing behind.

use crate::Ctx;
use crate::error::Error;
use crate::opinion::Opinion;
use crate::store::opinions;

/// Reviews asked for in a row.
const BATCH: i64 = 50;

/// Reads reviews until none waits.
pub async fn read(ctx: &Ctx) -> Result<(), Error> {
    loop {
        let waiting = opinions::waiting(ctx.database.pool(), BATCH).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        for review in waiting {
            let text = ctx.peers.review_text(review.review_id).await?;
            let mut tx = ctx.database.begin().await?;
            match text {
                Some(text) => {
                    let opinion = Opinion::read(&text);
                    opinions::set_read(&mut tx, &review, &opinion, ctx.clock.now()).await?;
                }
                None => opinions::forget_unread(&mut tx, &review).await?,
            }
            tx.commit().await?;
        }
    }
}
