use sqlx::PgConnection;
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::product::v1::{LotReceived, Product, ProductPublished, ProductUpdated};
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::flows::claims::{self, Subject};
use crate::picture::{ImageId, OwnerId};
use crate::store::images;

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Ctx);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    /// Something shows these and no others.
    Shown(Subject, Option<OwnerId>, Vec<ImageId>),
    Withdrawn(OwnerId),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<ProductPublished>()? {
            return told.product.map(product).transpose();
        }
        if let Some(told) = message.read::<ProductUpdated>()? {
            return told.product.map(product).transpose();
        }
        if let Some(told) = message.read::<LotReceived>()? {
            let Some(lot) = told.lot else {
                return Ok(None);
            };
            let images = lot
                .certificates
                .into_iter()
                .map(|certificate| certificate.image_id);
            let images: Vec<String> = images.filter(|id| !id.is_empty()).collect();
            return shown(&lot.lot_id, None, &images).map(Some);
        }
        if let Some(told) = message.read::<MemberWithdrawn>()? {
            let owner = told::id("member_id", &told.member_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Withdrawn(owner)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::Shown(subject, owner, ids) => {
                claims::claim_known(conn, &subject, owner, &ids, self.0.clock.now()).await?;
            }
            Fact::Withdrawn(owner) => images::give_up(conn, owner).await?,
        }
        Ok(())
    }
}

fn product(product: Product) -> Result<Fact, Failure> {
    shown(&product.product_id, Some(&product.seller_id), &product.image_ids)
}

fn shown(subject_id: &str, owner_id: Option<&str>, images: &[String]) -> Result<Fact, Failure> {
    let read = || -> Result<Fact, Malformed> {
        let subject = Subject {
            service: "product".into(),
            id: told::uuid("subject_id", subject_id)?,
        };
        let ids = images
            .iter()
            .map(|id| told::id("image_ids", id))
            .collect::<Result<_, _>>()?;
        let owner = owner_id.map(|id| told::id("owner_id", id)).transpose()?;
        Ok(Fact::Shown(subject, owner, ids))
    };
    read().map_err(Failure::poison)
}
