use sqlx::PgConnection;
use xlcfi_contracts::review::v1::ProductRatingChanged;
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::flows;
use crate::rating::{Rated, Rating};

/// Applies what review tells.
#[derive(Debug)]
pub struct Facts(pub Ctx);

impl Handler for Facts {
    type Fact = Rated;

    fn read(&self, message: &Message) -> Result<Option<Rated>, Failure> {
        let Some(told) = message.read::<ProductRatingChanged>()? else {
            return Ok(None);
        };
        let stars = |stars: f64| (0.0..=5.0).contains(&stars);
        if told.ratings < 0 || !stars(told.mean) || !stars(told.wilson) {
            return Err(Failure::poison("a rating beyond its scale"));
        }
        let rating = (told.ratings > 0).then_some(Rating {
            ratings: told.ratings,
            mean: told.mean,
            wilson: told.wilson,
        });
        Ok(Some(Rated {
            product_id: told::uuid("product_id", &told.product_id).map_err(Failure::poison)?,
            rating,
        }))
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Rated) -> Result<(), Failure> {
        Ok(flows::ratings::rated(conn, fact, self.0.clock.now()).await?)
    }
}
