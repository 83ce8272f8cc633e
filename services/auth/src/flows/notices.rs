use uuid::Uuid;
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_events::Tx;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::notice::Notice;
use crate::store::{accounts, errands};

/// Tells the owner of an account what happened to it, in its inbox and by a mail.
pub async fn tell(tx: &mut Tx, ctx: &Ctx, id: Id<Member>, notice: &Notice) -> Result<(), Error> {
    let Some(account) = accounts::get(&mut **tx, id).await? else {
        return Ok(());
    };
    let now = ctx.clock.now();
    let (title, text) = (notice.title(), notice.text(now));
    errands::insert_notice(tx, &account.email, title, &text, now).await?;
    let command = NotifyCommand {
        notification_id: Uuid::now_v7().to_string(),
        member_id: id.to_string(),
        kind: NotificationKind::Account.into(),
        title: title.to_owned(),
        text,
        subject_id: id.to_string(),
        needs_acknowledgement: false,
    };
    xlcfi_events::append_to(tx, "member", id.uuid(), &command).await?;
    Ok(())
}
