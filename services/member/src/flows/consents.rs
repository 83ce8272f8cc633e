use sqlx::PgConnection;
use xlcfi_events::append;
use xlcfi_types::Id;

use crate::Ctx;
use crate::consent::{Consent, ConsentKind};
use crate::convert;
use crate::error::Error;
use crate::member::{Member, MemberId};
use crate::store::{consents, members};

/// Keeps what was agreed to at the sign-up. Only a text that was in force then counts;
/// the member is asked about the others as anybody is.
pub async fn accept(
    conn: &mut PgConnection,
    member: &Member,
    accepted: Vec<(ConsentKind, String)>,
) -> Result<(), sqlx::Error> {
    let time = member.create_time;
    for (kind, version) in accepted {
        let in_force = consents::version(conn, kind, time).await?;
        let before = consents::current(&mut *conn, member.member_id).await?;
        if in_force.as_deref() != Some(&version) || before.iter().any(|before| before.kind == kind) {
            continue;
        }
        let consent = Consent {
            consent_id: Id::new(),
            kind,
            version,
            granted: true,
            create_time: time,
        };
        consents::insert(conn, member.member_id, &consent).await?;
        let event = convert::consent_changed(member.member_id, &consent);
        append(conn, member.member_id.uuid(), &event).await?;
    }
    Ok(())
}

/// Adds what a member says to its history; the same again adds nothing.
pub async fn set(
    ctx: &Ctx,
    member_id: MemberId,
    kind: ConsentKind,
    version: String,
    granted: bool,
) -> Result<Consent, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Err(Error::MemberNotFound);
    }
    if kind.is_required() && !granted {
        return Err(Error::ConsentRequired);
    }
    match consents::version(&mut tx, kind, now).await? {
        Some(in_force) if in_force != version => return Err(Error::ConsentOutdated(in_force)),
        None => return Err(Error::ConsentOutdated(String::new())),
        Some(_) => {}
    }
    let before = consents::current(&mut *tx, member_id).await?;
    let same = |consent: &Consent| consent.kind == kind && consent.version == version;
    if let Some(before) = before
        .into_iter()
        .find(|consent| same(consent) && consent.granted == granted)
    {
        return Ok(before);
    }
    let consent = Consent {
        consent_id: Id::new(),
        kind,
        version,
        granted,
        create_time: now,
    };
    consents::insert(&mut tx, member_id, &consent).await?;
    append(
        &mut tx,
        member_id.uuid(),
        &convert::consent_changed(member_id, &consent),
    )
    .await?;
    tx.commit().await?;
    Ok(consent)
}
