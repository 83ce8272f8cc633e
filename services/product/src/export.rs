//! A seller's products as a file, some at a time.

use std::collections::VecDeque;

use futures::Stream;
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::category::Tree;
use crate::error::Error;
use crate::import::{header, line, texts};
use crate::product::Product;
use crate::store::{categories, products};

/// Products read at a time.
const BATCH: i64 = 200;
/// Bytes from which on a piece of the file is sent.
const PIECE: usize = 64 << 10;

/// The file in pieces of whole rows, by SKU; the first has the header.
pub fn export(
    ctx: Ctx,
    seller_id: Id<Member>,
    include_archived: bool,
) -> impl Stream<Item = Result<String, Error>> + Send {
    let export = Export {
        ctx,
        seller_id,
        include_archived,
        tree: None,
        read: VecDeque::new(),
        last_sku: String::new(),
        ended: false,
    };
    futures::stream::unfold(export, |mut export| async move {
        let piece = export.next_piece().await.transpose()?;
        export.ended |= piece.is_err();
        Some((piece, export))
    })
}

struct Export {
    ctx: Ctx,
    seller_id: Id<Member>,
    include_archived: bool,
    /// `None` before the first piece.
    tree: Option<Tree>,
    /// Not sent yet.
    read: VecDeque<Product>,
    last_sku: String,
    ended: bool,
}

impl Export {
    async fn next_piece(&mut self) -> Result<Option<String>, Error> {
        if self.ended && self.read.is_empty() {
            return Ok(None);
        }
        let mut piece = String::new();
        let tree = match self.tree.take() {
            Some(tree) => tree,
            None => {
                piece = header();
                categories::tree(self.ctx.database.pool()).await?
            }
        };
        while piece.len() < PIECE {
            if self.read.is_empty() && !self.ended {
                self.read_more().await?;
            }
            let Some(product) = self.read.pop_front() else {
                break;
            };
            piece.push_str(&line(texts(&product, &tree).into_values()));
        }
        self.tree = Some(tree);
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    async fn read_more(&mut self) -> Result<(), Error> {
        let today = seoul_date(self.ctx.clock.now());
        let products = products::list_by_sku(
            self.ctx.database.pool(),
            self.seller_id,
            &self.last_sku,
            self.include_archived,
            BATCH,
            today,
        )
        .await?;
        self.ended = products.is_empty();
        if let Some(last) = products.last() {
            self.last_sku.clone_from(&last.sku);
        }
        self.read = products.into();
        Ok(())
    }
}
