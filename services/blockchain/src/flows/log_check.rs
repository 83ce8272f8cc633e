//! The whole log, computed anew and compared with what is stored.

use sqlx::PgConnection;
use xlcfi_tlog::{Frontier, Hash, Node, leaf_hash};

use crate::Ctx;
use crate::error::Error;
use crate::log::{Entry, Signed};
use crate::store::{log, log_checkpoints, log_tree};

/// Entries that are looked at at a time.
const BATCH: i64 = 2_000;

/// What a look at the whole log found.
#[derive(Debug, Default)]
pub struct Found {
    pub checked: i64,
    pub checkpoints: i64,
    /// The first that does not fit, and where.
    pub broken: Option<(Problem, i64)>,
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("an entry is missing")]
    EntryMissing,
    #[error("the text or salt of the entry was changed")]
    EntryChanged,
    #[error("a stored node over this entry differs from the entries below it")]
    NodeDiffers,
    #[error("the checkpoint of this size differs from the entries")]
    CheckpointDiffers,
    #[error("the note of this size says something else, or the log's key did not sign it")]
    NoteDiffers,
    #[error("the tree as it is kept differs from the entries")]
    TreeDiffers,
}

/// Computes the tree anew, over one view of the database.
pub async fn check(ctx: &Ctx) -> Result<Found, Error> {
    let pool = ctx.database.pool();
    let mut tx = pool
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let mut look = Look::default();
    let broken = look.over_all(ctx, &mut tx).await?.err();
    tx.commit().await?;
    look.found.broken = broken;
    Ok(look.found)
}

#[derive(Default)]
struct Look {
    tree: Frontier,
    found: Found,
}

impl Look {
    async fn over_all(
        &mut self,
        ctx: &Ctx,
        conn: &mut PgConnection,
    ) -> Result<Result<(), (Problem, i64)>, Error> {
        let kept = log_tree::get(conn).await?;
        let mut checkpoints = log_checkpoints::list(conn, 0, BATCH).await?.into_iter();
        let mut due = checkpoints.next();
        loop {
            let entries = log::list_whole(conn, log_tree::signed(self.tree.size()), BATCH).await?;
            if entries.is_empty() {
                break;
            }
            let (mut made, mut unfit) = (Vec::new(), None);
            for entry in &entries {
                if let Err(problem) = self.entry(entry, &mut made) {
                    return Ok(Err((problem, self.found.checked)));
                }
                let Some(signed) = due.take_if(|signed| signed.size == self.found.checked) else {
                    continue;
                };
                if let Err(problem) = self.checkpoint(ctx, &signed) {
                    unfit = Some((problem, signed.size));
                    break;
                }
                due = checkpoints.next();
                if due.is_none() {
                    checkpoints = log_checkpoints::list(conn, signed.size, BATCH).await?.into_iter();
                    due = checkpoints.next();
                }
            }
            // A node says more about where it is than a checkpoint over it.
            let stored = log_tree::nodes(&mut *conn, made.iter().map(|(node, _)| *node)).await?;
            let differs = made.iter().find(|(node, hash)| stored.get(node) != Some(hash));
            let differs = differs.map(|(node, _)| log_tree::signed(node.index << node.level));
            if let Some(broken) = differs.map(|first| (Problem::NodeDiffers, first)).or(unfit) {
                return Ok(Err(broken));
            }
        }
        if let Some(signed) = due {
            return Ok(Err((Problem::EntryMissing, signed.size)));
        }
        Ok(match kept == self.tree {
            true => Ok(()),
            false => Err((Problem::TreeDiffers, log_tree::signed(kept.size()))),
        })
    }

    fn entry(&mut self, entry: &Entry, made: &mut Vec<(Node, Hash)>) -> Result<(), Problem> {
        if entry.index != Some(self.found.checked) {
            return Err(Problem::EntryMissing);
        }
        let text = entry.text.as_ref();
        let kept =
            text.is_none_or(|text| xlcfi_proof::commitment(&text.salt, &text.body) == entry.commitment);
        if !kept {
            return Err(Problem::EntryChanged);
        }
        self.tree.push(leaf_hash(&entry.commitment.0), |node, hash| {
            if node.level > 0 {
                made.push((node, hash));
            }
        });
        self.found.checked += 1;
        Ok(())
    }

    fn checkpoint(&mut self, ctx: &Ctx, signed: &Signed) -> Result<(), Problem> {
        if signed.root != self.tree.root() {
            return Err(Problem::CheckpointDiffers);
        }
        // One by a key that is not known is none of ours: no signature of it is wrong.
        let forged = ctx.log.keys().any(|key| {
            let opened = key.open(&signed.note);
            opened.is_err_and(|error| error != xlcfi_tlog::NoteError::UnknownKey)
        });
        if forged || !signed.note_agrees() {
            return Err(Problem::NoteDiffers);
        }
        self.found.checkpoints += 1;
        Ok(())
    }
}
