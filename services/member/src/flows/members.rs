use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::{Failure, append};

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::member::{BusinessDetails, Member, MemberId, ProfileChange};
use crate::store::members;

/// An account was made, so its member is.
pub async fn create(conn: &mut PgConnection, member: &Member, now: OffsetDateTime) -> Result<(), Failure> {
    if members::insert(conn, member).await? {
        append(
            conn,
            member.member_id.uuid(),
            &convert::member_created(member, now),
        )
        .await?;
    }
    Ok(())
}

pub async fn update_profile(ctx: &Ctx, member_id: MemberId, change: ProfileChange) -> Result<Member, Error> {
    let mut tx = ctx.database.begin().await?;
    let member = get_locked(&mut tx, member_id).await?;
    let Some(changed) = member.changed(change, ctx.clock.now()) else {
        return Ok(member);
    };
    members::set_profile(&mut tx, &changed).await?;
    tx.commit().await?;
    Ok(changed)
}

pub async fn register_business(
    ctx: &Ctx,
    member_id: MemberId,
    details: BusinessDetails,
) -> Result<Member, Error> {
    let mut tx = ctx.database.begin().await?;
    let member = get_locked(&mut tx, member_id).await?;
    let now = ctx.clock.now();
    let Some(changed) = member.registered(&details, now) else {
        return Ok(member);
    };
    if let Some(business) = &changed.business {
        members::set_business(&mut tx, member_id, business).await?;
    }
    members::set_profile(&mut tx, &changed).await?;
    append(
        &mut tx,
        member_id.uuid(),
        &convert::business_registered(member_id, &details, now),
    )
    .await?;
    tx.commit().await?;
    Ok(changed)
}

async fn get_locked(conn: &mut PgConnection, member_id: MemberId) -> Result<Member, Error> {
    if !members::lock(conn, member_id).await? {
        return Err(Error::MemberNotFound);
    }
    members::get(conn, member_id).await?.ok_or(Error::MemberNotFound)
}
