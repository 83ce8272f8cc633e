use std::collections::HashMap;

use uuid::Uuid;
use xlcfi_errors::Invalid;

use super::taking::{self, Good};
use crate::Ctx;
use crate::error::Error;
use crate::job::Job;
use crate::row::{self, Read};
use crate::store::quarantine::{self, Entry};

/// Most fields of a row that staff may mend.
const MOST_MENDED: usize = 40;
/// Longest text of one.
const LONGEST: usize = 2_000;

/// Reads a row once more, with fields mended, and takes it in.
pub async fn retry(ctx: &Ctx, id: Uuid, mended: HashMap<String, String>) -> Result<Entry, Error> {
    if mended.len() > MOST_MENDED
        || mended
            .iter()
            .any(|(name, text)| name.len() > 100 || text.len() > LONGEST)
    {
        let why = format!("has at most {MOST_MENDED} fields of at most {LONGEST} bytes");
        return Err(Invalid::field("mended_fields", why).into());
    }
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let mut entry = quarantine::lock(&mut tx, id).await?.ok_or(Error::EntryNotFound)?;
    if entry.release_time.is_some() {
        return Err(Error::EntryReleased);
    }
    let job = Job::named(&entry.job).ok_or(Error::EntryNotFound)?;
    let mut fields = entry.fields.0.clone();
    fields.extend(mended);
    let read = match row::read(job, &fields) {
        Ok(Read::Nothing) => return Err(Error::RowStillBad("FIELD_MISSING", "it says nothing".to_owned())),
        Ok(read) => read,
        Err((flaw, detail)) => return Err(Error::RowStillBad(flaw.into(), detail)),
    };
    let name = row::name(job, &fields)
        .ok_or_else(|| Error::RowStillBad("KEY_MISSING", "nothing names it".to_owned()))?;
    taking::take(&mut tx, job, &Good::from([(name, (fields, read))]), now).await?;
    quarantine::release(&mut tx, id, now).await?;
    tx.commit().await?;
    entry.release_time = Some(now);
    Ok(entry)
}
