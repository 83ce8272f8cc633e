//! Files of people: whoever opens one is written down.

use xlcfi_contracts::admin::v1::{OpenPersonRequest, Person};
use xlcfi_identity::User;

use super::audit;
use crate::Ctx;
use crate::audit::Note;
use crate::error::Error;

/// Gives somebody's file, once it is written down who opened it and why.
pub async fn open(ctx: &Ctx, by: &User, request: &OpenPersonRequest) -> Result<Person, Error> {
    let person = ctx.peers.person(&request.account_id).await?;
    let note = Note {
        actor: by.id.to_string(),
        action: "person.opened".into(),
        subject_kind: "account".into(),
        subject_id: request.account_id.clone(),
        before: String::new(),
        after: String::new(),
        reason: request.reason.clone(),
    };
    let mut tx = ctx.database.begin().await?;
    audit::write(&mut tx, note, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(person)
}
