use sqlx::PgConnection;
use xlcfi_contracts::auth::v1::AccountClosed;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::attempt::Subject;
use crate::convert;
use crate::store::{
    accounts, attempts, challenges, clients, devices, errands, factors, locks, mail_tokens, roles, sessions,
};

/// Closes the account of a member who withdrew: nothing that names somebody
/// stays, and the address is free again.
pub async fn close(conn: &mut PgConnection, ctx: &Ctx, id: Id<Member>) -> Result<(), xlcfi_events::Failure> {
    let now = ctx.clock.now();
    let Some(email) = accounts::close(conn, id, now).await? else {
        return Ok(());
    };
    let subject = Subject::of(&email);
    attempts::delete_failed(conn, &subject).await?;
    locks::delete(conn, &subject).await?;
    errands::delete_to(conn, &email).await?;
    sessions::delete_of(conn, id).await?;
    roles::delete_all(conn, id).await?;
    clients::close_of(conn, id, now).await?;
    challenges::delete_of(conn, id).await?;
    factors::delete(conn, id).await?;
    mail_tokens::delete_of(conn, id).await?;
    devices::delete(conn, id).await?;
    let event = AccountClosed {
        account_id: id.to_string(),
        time: Some(convert::timestamp(now)),
    };
    xlcfi_events::append(conn, id.uuid(), &event).await?;
    Ok(())
}
