use uuid::Uuid;
use xlcfi_types::Id;

use super::{Column, Flaw, Row, check, read, texts};
use crate::attribute;
use crate::category::Tree;
use crate::flows::catalogue::Draft;
use crate::product::{Details, Product, State};

/// What a row does.
#[derive(Debug)]
pub enum Step {
    Create {
        draft: Box<Draft>,
        publish: bool,
    },
    Change {
        product_id: Id<Product>,
        state: State,
        /// `None` when they stay.
        details: Option<Box<Details>>,
        publish: bool,
    },
    /// The product says that already.
    Nothing,
}

impl Step {
    /// The pictures its product is to show.
    pub fn images(&self) -> &[Uuid] {
        match self {
            Self::Create { draft, .. } => &draft.details.images,
            Self::Change { details, .. } => details.as_ref().map_or(&[], |details| &details.images),
            Self::Nothing => &[],
        }
    }
}

/// What a row does, `product` being the seller's with its SKU.
///
/// # Errors
/// Everything that is wrong with it.
pub fn step(
    row: &Row,
    columns: &[Column],
    product: Option<&Product>,
    tree: &Tree,
) -> Result<Step, Vec<Flaw>> {
    let said = row.texts(columns)?;
    let mut flaws = Vec::new();
    if let Some(line) = row.repeats {
        let why = format!("is that of line {line} already; a product stands in a file once");
        flaws.push(Flaw::of(Column::Sku, why));
    }
    if product.is_some_and(|product| product.state == State::Archived) {
        let why = "is that of an archived product, which stays as it is; give another";
        flaws.push(Flaw::of(Column::Sku, why));
    }
    let publish = read::publish(&said).unwrap_or_else(|flaw| {
        flaws.push(flaw);
        false
    });
    let publish = publish && product.is_none_or(|product| product.state == State::Draft);
    // What the file does not have stays. What is as it would be written stays too,
    // read again or not: the category may have changed what it defines.
    let mut whole = product.map(|product| texts(product, tree)).unwrap_or_default();
    let says_it =
        |(column, text): (&Column, &String)| *column == Column::Publish || whole.get(column) == Some(text);
    let draft = if said.iter().all(says_it) {
        None
    } else {
        whole.extend(said);
        let read = check::draft(&whole, tree).map_err(|found| flaws.extend(found));
        read.ok()
    };
    let draft = draft.map(|mut draft| {
        // Files do not have them.
        if let Some(product) = product {
            draft.details.ingredients.clone_from(&product.details.ingredients);
        }
        draft
    });
    let draft = draft.filter(|draft| product.is_none_or(|product| product.details != draft.details));
    let details = draft.as_ref().map(|draft| &draft.details);
    let shown = product.is_some_and(|product| product.state == State::Published) && details.is_some();
    if (shown || publish)
        && let Some(details) = details.or(product.map(|product| &product.details))
    {
        for key in attribute::missing(&details.attributes, &tree.definitions(details.category_id)) {
            let why = format!("{key}: must be given for a product on sale");
            flaws.push(Flaw::of(Column::Attributes, why));
        }
    }
    if !flaws.is_empty() {
        flaws.sort_by_key(|flaw| flaw.column);
        return Err(flaws);
    }
    Ok(match (product, draft) {
        (None, Some(draft)) => Step::Create {
            draft: Box::new(draft),
            publish,
        },
        (Some(product), draft) if draft.is_some() || publish => Step::Change {
            product_id: product.product_id,
            state: product.state,
            details: draft.map(|draft| Box::new(draft.details)),
            publish,
        },
        _ => Step::Nothing,
    })
}

#[cfg(test)]
mod tests;
