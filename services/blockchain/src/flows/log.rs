//! The log: entries get their places, the tree is signed, proofs are made of it.

use std::time::Duration;

use sqlx::PgConnection;
use tracing::info;
use uuid::Uuid;
use xlcfi_errors::{Fault, Invalid};
use xlcfi_proof::{Bundle, Trust, VerifierKey};
use xlcfi_service::StartError;
use xlcfi_tlog::{
    Checkpoint, Frontier, Hash, Plan, TreeError, consistency, inclusion, leaf_hash, verify_consistency,
};

use crate::Ctx;
use crate::config::Config;
use crate::error::Error;
use crate::log::{Entry, Reader, Rhythm, Signed};
use crate::signer;
use crate::store::trace::events;
use crate::store::{anchors, log, log_checkpoints, log_tree};

/// What a turn did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Entries that got their places.
    pub placed: usize,
    /// Whether a checkpoint was signed.
    pub signed: bool,
}

/// The stored tree does not begin with what was signed before.
#[derive(Debug, thiserror::Error)]
#[error("the tree of {size} leaves contradicts the checkpoint of {signed}: {why}")]
struct Contradiction {
    size: u64,
    signed: i64,
    why: TreeError,
}

/// Whoever signed it is not known any more.
#[derive(Debug, thiserror::Error)]
#[error("the checkpoint of {size} is signed with none of our keys; name it in BLOCKCHAIN_LOG_EARLIER_KEYS")]
struct UnknownKey {
    size: i64,
}

/// Gives waiting entries their places and signs the tree when it is due, in one
/// transaction that holds the tree: of any number of processes one does it at a time.
pub async fn take_turn(ctx: &Ctx) -> Result<Turn, Error> {
    if !log_tree::has_work(ctx.database.pool()).await? {
        return Ok(Turn::default());
    }
    let mut tx = ctx.database.pool().begin().await?;
    let Some(mut tree) = log_tree::take(&mut tx).await? else {
        return Ok(Turn::default());
    };
    let placed = log_tree::assign(&mut tx, log_tree::signed(tree.size()), ctx.log.batch).await?;
    let mut made = Vec::with_capacity(placed.len() * 2);
    for (index, commitment) in &placed {
        if *index != log_tree::signed(tree.size()) {
            return Err(Fault::bug(format!("entry {index} came after {} leaves", tree.size())).into());
        }
        tree.push(leaf_hash(&commitment.0), |node, hash| made.push((node, hash)));
    }
    if !placed.is_empty() {
        log_tree::save(&mut tx, &tree, &made).await?;
    }
    let signed = sign(ctx, &mut tx, &tree).await?;
    tx.commit().await?;
    Ok(Turn {
        placed: placed.len(),
        signed,
    })
}

/// Signs the tree when it is due; never one that contradicts what was signed before.
async fn sign(ctx: &Ctx, conn: &mut PgConnection, tree: &Frontier) -> Result<bool, Error> {
    let Some(signer) = &ctx.log.signer else {
        return Ok(false);
    };
    let (now, size) = (ctx.clock.now(), log_tree::signed(tree.size()));
    let last = log_checkpoints::latest(conn).await?;
    if !ctx.log.rhythm.is_due(last.as_ref(), size, now) {
        return Ok(false);
    }
    if let Some(last) = &last {
        continues(conn, last, tree).await?;
    }
    let checkpoint = Checkpoint {
        origin: signer.verifier().name().to_owned(),
        size: tree.size(),
        root: tree.root(),
    };
    let note = signer.sign(&checkpoint.to_string());
    log_checkpoints::insert(conn, size, checkpoint.root, &note, now).await?;
    info!(size, "a checkpoint is signed");
    Ok(true)
}

/// Whether the stored tree begins with what was signed.
async fn continues(conn: &mut PgConnection, last: &Signed, tree: &Frontier) -> Result<(), Error> {
    let contradiction = |why| {
        let (size, signed) = (tree.size(), last.size);
        Error::from(Fault::bug(Contradiction { size, signed, why }))
    };
    if !last.note_agrees() {
        return Err(contradiction(TreeError::WrongRoot));
    }
    let earlier = last.size.unsigned_abs();
    let plan = consistency(earlier, tree.size()).map_err(contradiction)?;
    let known = log_tree::nodes(&mut *conn, plan.nodes()).await?;
    let path = plan
        .fold(|node| known.get(&node).copied())
        .map_err(contradiction)?;
    verify_consistency(earlier, last.root, tree.size(), tree.root(), &path).map_err(contradiction)
}

/// The proof of an entry, under the checkpoint of `size` or, when that is 0, the first that
/// was anchored with the entry in it, or else the latest.
pub async fn prove(ctx: &Ctx, entry_id: Uuid, reader: Reader, size: i64) -> Result<Bundle, Error> {
    let pool = ctx.database.pool();
    let entry = log::get(pool, entry_id).await?;
    let entry = entry.filter(|entry| entry.is_for(reader));
    let entry = entry.ok_or(Error::EntryNotFound)?;
    let Some(text) = entry.text else {
        return Err(Error::EntryErased { index: entry.index });
    };
    let missing = || match size {
        0 => Error::ProofNotReady,
        _ => Error::CheckpointNotFound,
    };
    let index = entry.index.ok_or(Error::ProofNotReady)?;
    let mut conn = pool.acquire().await?;
    let anchored = anchors::covering(&mut conn, index.unsigned_abs()).await?;
    drop(conn);
    let anchored = anchored.filter(|(at, ..)| size == 0 || log_tree::signed(*at) == size);
    let wanted = anchored.as_ref().map_or(size, |(at, ..)| log_tree::signed(*at));
    let signed = log_checkpoints::find(pool, wanted).await?.ok_or_else(missing)?;
    if signed.size <= index {
        return Err(missing());
    }
    let index = index.unsigned_abs();
    let path = proof(ctx, inclusion(index, signed.size.unsigned_abs())).await?;
    let bundle = Bundle::new(&text.body, text.salt, entry.commitment, index, path, signed.note);
    let mut bundle = bundle.map_err(Fault::bug)?;
    if let Some((_, _, evidence)) = anchored {
        bundle = bundle.with_anchor(evidence);
    }
    // Nobody is given a file that whoever checks it would refuse.
    let key = ctx.log.key_of(&bundle.checkpoint);
    let key = key.ok_or_else(|| Fault::bug(UnknownKey { size: signed.size }))?;
    bundle.check(&Trust::in_key(key.clone())).map_err(Fault::bug)?;
    Ok(bundle)
}

/// Two checkpoints and the proof that the later begins with the earlier; `to` 0 is the
/// latest.
pub async fn prove_consistency(ctx: &Ctx, from: i64, to: i64) -> Result<(Signed, Signed, Vec<Hash>), Error> {
    let pool = ctx.database.pool();
    let earlier = log_checkpoints::find(pool, from).await?;
    let earlier = earlier.ok_or(Error::CheckpointNotFound)?;
    let later = log_checkpoints::find(pool, to).await?;
    let later = later.ok_or(Error::CheckpointNotFound)?;
    if earlier.size > later.size {
        return Err(Invalid::field("from_size", "is above to_size").into());
    }
    let plan = consistency(earlier.size.unsigned_abs(), later.size.unsigned_abs());
    let path = proof(ctx, plan).await?;
    Ok((earlier, later, path))
}

async fn proof(ctx: &Ctx, plan: Result<Plan, TreeError>) -> Result<Vec<Hash>, Error> {
    let plan = plan.map_err(Fault::bug)?;
    let known = log_tree::nodes(ctx.database.pool(), plan.nodes()).await?;
    let path = plan.fold(|node| known.get(&node).copied());
    Ok(path.map_err(Fault::bug)?)
}

/// Erases what an entry said, for good; the tree stays as it is.
pub async fn erase(ctx: &Ctx, entry_id: Uuid, eraser_id: Uuid, reason: &str) -> Result<Entry, Error> {
    let mut tx = ctx.database.begin().await?;
    log::erase(&mut tx, entry_id, eraser_id, reason, ctx.clock.now()).await?;
    events::erase_texts(&mut tx, entry_id).await?;
    tx.commit().await?;
    let entry = log::get(ctx.database.pool(), entry_id).await?;
    entry.ok_or(Error::EntryNotFound)
}

/// How the log is kept.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// `None` where no key is set up; the log grows unsigned then.
    pub signer: Option<xlcfi_tlog::Signer>,
    /// Public keys of those before.
    pub earlier_keys: Vec<VerifierKey>,
    pub rhythm: Rhythm,
    /// Entries placed in one transaction, at most.
    pub batch: i64,
    /// Between looks for entries that wait.
    pub poll: Duration,
}

impl Keeping {
    /// As the settings say.
    pub fn of(config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            signer: signer::of(config)?,
            earlier_keys: signer::earlier(config)?,
            rhythm: Rhythm {
                entries: i64::try_from(config.log_checkpoint_entries).unwrap_or(i64::MAX),
                time: time::Duration::seconds(config.log_checkpoint_seconds.into()),
            },
            batch: config.log_batch.into(),
            poll: Duration::from_millis(config.log_poll_millis),
        })
    }

    /// Every key this log is or was signed with, today's first.
    pub fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        let today = self.signer.iter().map(xlcfi_tlog::Signer::verifier);
        today.chain(&self.earlier_keys)
    }

    /// The one a checkpoint is signed with.
    pub fn key_of(&self, note: &str) -> Option<&VerifierKey> {
        self.keys().find(|key| key.open(note).is_ok())
    }
}
