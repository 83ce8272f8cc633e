use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::account::Email;
use crate::mail::{Content, Errand, Purpose};

/// Notes a mail to be sent to an address, if it has an account.
pub async fn insert(
    conn: &mut PgConnection,
    purpose: Purpose,
    email: &Email,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into errand (errand_id, purpose, email, tries, next_time) values ($1, $2, $3, 0, $4)",
        Uuid::now_v7(),
        purpose.into_str(),
        email.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a mail that says what happened.
pub async fn insert_notice(
    conn: &mut PgConnection,
    email: &Email,
    title: &str,
    text: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into errand (errand_id, purpose, email, title, body, tries, next_time)
         values ($1, 'NOTICE', $2, $3, $4, 0, $5)",
        Uuid::now_v7(),
        email.as_str(),
        title,
        text,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next errand that is due. Unless it is done it comes again: after half a
/// minute, then after twice as long each time.
pub async fn claim(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Option<Errand>, sqlx::Error> {
    let row = sqlx::query!(
        "update errand set tries = tries + 1, next_time = $1 + interval '30 s' * power(2, tries)
         where errand_id = (
             select errand_id from errand where next_time <= $1 order by next_time limit 1
             for update skip locked
         )
         returning errand_id, purpose, email, title, body, tries",
        now,
    )
    .fetch_optional(db)
    .await?;
    // The table's check constraint allows no purpose we do not know.
    Ok(row.and_then(|row| {
        Some(Errand {
            id: row.errand_id,
            content: match (row.title, row.body) {
                (Some(title), Some(text)) => Content::Notice { title, text },
                _ => Content::Token(row.purpose.parse().ok()?),
            },
            email: Email::new(&row.email),
            tries: row.tries,
        })
    }))
}

pub async fn delete(db: impl PgExecutor<'_>, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from errand where errand_id = $1", id)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets the mails to an address.
pub async fn delete_to(conn: &mut PgConnection, email: &Email) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from errand where email = $1", email.as_str())
        .execute(conn)
        .await?;
    Ok(())
}
