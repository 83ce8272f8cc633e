use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::{Failure, append};

use super::consents;
use crate::Ctx;
use crate::consent::ConsentKind;
use crate::convert;
use crate::error::Error;
use crate::member::{Member, MemberId, ProfileChange};
use crate::store::members;

/// An account was made, so its member is, with what was agreed to.
pub async fn create(
    conn: &mut PgConnection,
    member: &Member,
    accepted: Vec<(ConsentKind, String)>,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    if members::insert(conn, member).await? {
        append(
            conn,
            member.member_id.uuid(),
            &convert::member_created(member, now),
        )
        .await?;
        consents::accept(conn, member, accepted).await?;
    }
    Ok(())
}

pub async fn update_profile(ctx: &Ctx, member_id: MemberId, change: ProfileChange) -> Result<Member, Error> {
    let mut tx = ctx.database.begin().await?;
    let found = members::get_locked(&mut tx, member_id).await?;
    let member = found.ok_or(Error::MemberNotFound)?;
    let Some(changed) = member.changed(change, ctx.clock.now()) else {
        return Ok(member);
    };
    members::set_profile(&mut tx, &changed).await?;
    if changed.display_name != member.display_name {
        append(&mut tx, member_id.uuid(), &convert::member_renamed(&changed)).await?;
    }
    tx.commit().await?;
    Ok(changed)
}
