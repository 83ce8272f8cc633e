use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{OnConstraint as _, stored};

use crate::error::Error;
use crate::grade::Grade;
use crate::member::{Business, BusinessDetails, Member, MemberId, Summary};

struct Row {
    member_id: Uuid,
    email: String,
    display_name: String,
    phone: String,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
    grade: String,
    withdraw_time: Option<OffsetDateTime>,
    registration_number: Option<String>,
    name: Option<String>,
    representative: Option<String>,
    register_time: Option<OffsetDateTime>,
    status: Option<String>,
    status_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Member {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let business = match (
            row.registration_number,
            row.name,
            row.representative,
            row.register_time,
            row.status,
        ) {
            (Some(number), Some(name), Some(representative), Some(register_time), Some(status)) => {
                let number = stored("business.registration_number", &number)?;
                Some(Business {
                    details: BusinessDetails {
                        number,
                        name,
                        representative,
                    },
                    register_time,
                    standing: stored("business.status", &status)?,
                    standing_time: row.status_time,
                })
            }
            _ => None,
        };
        Ok(Self {
            member_id: row.member_id.into(),
            display_name: row.display_name,
            email: row.email,
            phone: row.phone,
            business,
            create_time: row.create_time,
            update_time: row.update_time,
            grade: stored("member.grade", &row.grade)?,
            withdraw_time: row.withdraw_time,
        })
    }
}

struct SummaryRow {
    member_id: Uuid,
    display_name: String,
    grade: String,
    points: i64,
}

impl TryFrom<SummaryRow> for Summary {
    type Error = sqlx::Error;

    fn try_from(row: SummaryRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            member_id: row.member_id.into(),
            display_name: row.display_name,
            grade: stored("member.grade", &row.grade)?,
            points: row.points,
        })
    }
}

/// False when the member is there already.
pub async fn insert(conn: &mut PgConnection, member: &Member) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "with fresh as (
             insert into member (member_id, email, display_name, phone, create_time, update_time)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (member_id) do nothing returning member_id
         )
         insert into point_balance (member_id) select member_id from fresh",
        member.member_id.uuid(),
        member.email,
        member.display_name,
        member.phone,
        member.create_time,
        member.update_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn get(db: impl PgExecutor<'_>, member_id: MemberId) -> Result<Option<Member>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select m.member_id, m.email, m.display_name, m.phone, m.create_time, m.update_time,
             m.grade, m.withdraw_time, b.registration_number as "registration_number?", b.name as "name?",
             b.representative as "representative?", b.register_time as "register_time?",
             b.status as "status?", b.status_time as "status_time?"
         from member m left join business b on b.member_id = m.member_id
         where m.member_id = $1"#,
        member_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Member::try_from).transpose()
}

/// What others show of members; who is unknown is left out.
pub async fn summaries(
    db: impl PgExecutor<'_>,
    member_ids: &[MemberId],
) -> Result<Vec<Summary>, sqlx::Error> {
    let ids: Vec<Uuid> = member_ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        SummaryRow,
        r#"select m.member_id, m.display_name, m.grade, b.points - b.held as "points!"
         from member m join point_balance b on b.member_id = m.member_id
         where m.member_id = any($1)"#,
        &ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Summary::try_from).collect()
}

/// Makes other writers of the member's profile, business and addresses wait;
/// false when there is no such member or it withdrew. Rows that only refer to it may be written.
pub async fn lock(conn: &mut PgConnection, member_id: MemberId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select member_id from member where member_id = $1 and withdraw_time is null for no key update",
        member_id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// The member, with other writers made to wait; none that withdrew.
pub async fn get_locked(conn: &mut PgConnection, member_id: MemberId) -> Result<Option<Member>, sqlx::Error> {
    match lock(conn, member_id).await? {
        true => get(conn, member_id).await,
        false => Ok(None),
    }
}

/// When a member withdrew.
pub async fn withdraw_time(
    conn: &mut PgConnection,
    member_id: MemberId,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    let time = sqlx::query_scalar!(
        "select withdraw_time from member where member_id = $1",
        member_id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(time.flatten())
}

/// The grade of a member and since when it has it.
pub async fn grade(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
) -> Result<Option<(Grade, Option<OffsetDateTime>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select grade, grade_time from member where member_id = $1 and withdraw_time is null",
        member_id.uuid()
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((stored("member.grade", &row.grade)?, row.grade_time)))
        .transpose()
}

/// Erases what is personal, and what is no account of anything.
pub async fn erase(
    conn: &mut PgConnection,
    member_id: MemberId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with business_gone as (delete from business where member_id = $1),
         wishes_gone as (delete from wish where member_id = $1),
         viewed_gone as (delete from viewed where member_id = $1),
         told_gone as (delete from notification where member_id = $1),
         nothing_unread as (update inbox set unread = 0 where member_id = $1),
         addresses_gone as (
             update address set remove_time = $2, is_default = false, label = '', recipient = '', phone = '',
                 postal_code = '', line1 = '', line2 = ''
             where member_id = $1 and remove_time is null
         ), closed as (update point_balance set closed = true where member_id = $1)
         update member set email = '', display_name = '탈퇴한 회원', phone = '', withdraw_time = $2,
             update_time = $2
         where member_id = $1",
        member_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_profile(conn: &mut PgConnection, member: &Member) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update member set display_name = $2, phone = $3, update_time = $4 where member_id = $1",
        member.member_id.uuid(),
        member.display_name,
        member.phone,
        member.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the business of a member in place of the one before.
///
/// # Errors
/// [`Error::RegistrationNumberTaken`].
pub async fn set_business(
    conn: &mut PgConnection,
    member_id: MemberId,
    business: &Business,
    next_check: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into business (member_id, registration_number, name, representative, register_time, status,
             status_time, next_check_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (member_id) do update set registration_number = excluded.registration_number,
             name = excluded.name, representative = excluded.representative,
             register_time = excluded.register_time, status = excluded.status,
             status_time = excluded.status_time, next_check_time = excluded.next_check_time,
             check_failures = 0",
        member_id.uuid(),
        business.details.number.to_string(),
        business.details.name,
        business.details.representative,
        business.register_time,
        business.standing.into_str(),
        business.standing_time,
        next_check,
    )
    .execute(conn)
    .await
    .map(drop)
    .on_constraint("business_registration_number_key", || {
        Error::RegistrationNumberTaken
    })
}
