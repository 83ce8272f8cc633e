use xlcfi_events::{Failure, append};
use xlcfi_types::calendar::seoul_date;

use super::notifications;
use crate::Ctx;
use crate::business::{Standing, next_check};
use crate::convert;
use crate::error::Error;
use crate::member::{BusinessDetails, Member, MemberId};
use crate::notification::{Kind, Notice};
use crate::registration::RegistrationNumber;
use crate::store::{businesses, members};

/// Registers or corrects the business of a member. The tax office is asked before; when
/// it does not answer the check digit is enough, and it is asked again soon.
pub async fn register(ctx: &Ctx, member_id: MemberId, details: BusinessDetails) -> Result<Member, Error> {
    let registered = members::get(ctx.database.pool(), member_id).await?;
    let before = registered
        .and_then(|member| member.business)
        .map(|business| business.details.number);
    // A number that is kept was asked about before.
    let standing = match before == Some(details.number) {
        true => Standing::Unknown,
        false => ask(ctx, details.number).await?,
    };
    let mut tx = ctx.database.begin().await?;
    let member = members::get_locked(&mut tx, member_id)
        .await?
        .ok_or(Error::MemberNotFound)?;
    let now = ctx.clock.now();
    let Some(mut changed) = member.registered(&details, now) else {
        return Ok(member);
    };
    if let Some(business) = &mut changed.business {
        if standing != Standing::Unknown {
            (business.standing, business.standing_time) = (standing, Some(now));
        }
        let next = next_check(business.standing, 0, now);
        members::set_business(&mut tx, member_id, business, next).await?;
    }
    members::set_profile(&mut tx, &changed).await?;
    let event = convert::business_registered(member_id, &details, now);
    append(&mut tx, member_id.uuid(), &event).await?;
    tx.commit().await?;
    Ok(changed)
}

async fn ask(ctx: &Ctx, number: RegistrationNumber) -> Result<Standing, Error> {
    let Some(nts) = &ctx.nts else {
        return Ok(Standing::Unknown);
    };
    let standing = match nts.ask(&[number]).await {
        Ok(said) => said.get(&number).copied().unwrap_or(Standing::Unknown),
        Err(trouble) => {
            tracing::warn!(error = %trouble, "a business was not checked; it is asked about again");
            Standing::Unknown
        }
    };
    match standing {
        Standing::Unregistered => Err(Error::BusinessUnregistered),
        Standing::Closed => Err(Error::BusinessClosed),
        Standing::Unknown | Standing::Active | Standing::Suspended => Ok(standing),
    }
}

/// Keeps what the tax office says of a business, and tells of it when it is something
/// else than before.
pub async fn set_standing(
    ctx: &Ctx,
    member_id: MemberId,
    number: RegistrationNumber,
    standing: Standing,
) -> Result<(), Failure> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Ok(());
    }
    // It may have another number by now, which has a check of its own.
    let Some(before) = businesses::standing(&mut tx, member_id, number).await? else {
        return Ok(());
    };
    businesses::set_standing(&mut tx, member_id, standing, now, next_check(standing, 0, now)).await?;
    if before != standing {
        // That a first check found all well is no news to its owner.
        let first = before == Standing::Unknown && standing == Standing::Active;
        if let Some((title, text)) = standing.news().filter(|_| !first) {
            let what = format!("business {} {}", standing.into_str(), seoul_date(now));
            let notice = Notice::own(member_id, Kind::Account, member_id.uuid(), &what, title, text);
            notifications::add(&mut tx, &[notice], now).await?;
        }
        let event = convert::business_status_changed(member_id, number, before, standing, now);
        append(&mut tx, member_id.uuid(), &event).await?;
    }
    tx.commit().await?;
    Ok(())
}
