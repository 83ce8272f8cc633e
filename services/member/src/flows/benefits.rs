//! What the nights bring to each member: its grade, and points that expire or soon will.

use time::OffsetDateTime;
use xlcfi_events::{Failure, append};
use xlcfi_types::calendar::seoul_date;

use super::{notifications, points};
use crate::Ctx;
use crate::convert;
use crate::grade::Grade;
use crate::lot::WARNING;
use crate::member::MemberId;
use crate::notification::{Kind, Notice};
use crate::points::{EntryKind, Line};
use crate::store::{lots, members, nights, points as balances};

/// Keeps the grade a member's purchases make, and tells of it.
pub async fn set_grade(
    ctx: &Ctx,
    member_id: MemberId,
    before: Grade,
    grade: Grade,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Ok(());
    }
    nights::set_grade(&mut tx, member_id, grade, now).await?;
    let percent = grade.benefit().basis_points;
    let notice = Notice::own(
        member_id,
        Kind::Benefit,
        member_id.uuid(),
        &format!("grade {}", seoul_date(now)),
        format!("회원 등급이 {}(으)로 바뀌었습니다", grade.korean()),
        format!(
            "이제 결제 금액의 {}.{}%가 포인트로 적립됩니다.",
            percent / 100,
            percent % 100 / 10
        ),
    );
    notifications::add(&mut tx, &[notice], now).await?;
    let event = convert::grade_changed(member_id, before, grade, now);
    append(&mut tx, member_id.uuid(), &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the points that were not spent in time.
pub async fn expire(ctx: &Ctx, member_id: MemberId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = ctx.database.begin().await?;
    let Some(balance) = balances::lock(&mut tx, member_id).await? else {
        return Ok(());
    };
    let expired = lots::load(&mut tx, member_id, &[])
        .await?
        .expired(balance.held, now);
    if expired > 0 {
        let line = Line {
            kind: EntryKind::Expired,
            points: -expired,
        };
        points::book(&mut tx, balance, member_id, None, line, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Tells a member of points that expire within 30 days, once.
pub async fn warn(ctx: &Ctx, member_id: MemberId, now: OffsetDateTime) -> Result<(), Failure> {
    let mut tx = ctx.database.begin().await?;
    let Some(balance) = balances::lock(&mut tx, member_id).await? else {
        return Ok(());
    };
    let expiring = lots::mark_warned(&mut tx, member_id, now + WARNING, now).await?;
    let points = expiring
        .iter()
        .map(|lot| lot.remaining)
        .sum::<i64>()
        .min(balance.points);
    if let Some(first) = expiring.iter().map(|lot| lot.expire_time).min() {
        let notice = Notice::own(
            member_id,
            Kind::Benefit,
            member_id.uuid(),
            &format!("expiry {}", seoul_date(now)),
            "곧 사라지는 포인트가 있습니다",
            format!(
                "{points}포인트가 {}부터 차례로 사라집니다. 그 전에 사용해 주세요.",
                seoul_date(first)
            ),
        );
        notifications::add(&mut tx, &[notice], now).await?;
    }
    tx.commit().await?;
    Ok(())
}
