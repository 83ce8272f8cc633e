//! Everything that is wrong with a row.

use xlcfi_errors::Invalid;

use super::{Column, Flaw, Texts, read};
use crate::category::Tree;
use crate::convert;
use crate::flows::catalogue::Draft;

/// Columns that are judged together.
const LADDER: [Column; 4] = [Column::Prices, Column::Minimum, Column::Multiple, Column::Maximum];

/// The product a row says, `publish` aside.
///
/// # Errors
/// Everything that is wrong with it.
pub fn draft(texts: &Texts, tree: &Tree) -> Result<Draft, Vec<Flaw>> {
    let (request, mut flaws) = read::request(texts, tree);
    // The contract's rules first, then those of the domain, each where the column
    // could be read so far: the rest would only follow from that.
    if let Err(invalid) = Invalid::check(&request) {
        add(&mut flaws, &invalid);
    }
    match convert::new_product(request) {
        Ok(draft) if flaws.is_empty() => return Ok(draft),
        Ok(_) => {}
        Err(invalid) => add(&mut flaws, &invalid),
    }
    Err(flaws)
}

fn add(flaws: &mut Vec<Flaw>, invalid: &Invalid) {
    let before: Vec<Option<Column>> = flaws.iter().map(|flaw| flaw.column).collect();
    let ladder_unread = before.iter().flatten().any(|column| LADDER.contains(column));
    for (field, description) in invalid.fields() {
        let column = Column::of_field(field);
        let follows = before.contains(&column)
            || (ladder_unread && column.is_some_and(|column| LADDER.contains(&column)));
        if !follows {
            let message = message(column, field, description);
            flaws.push(Flaw { column, message });
        }
    }
}

fn message(column: Option<Column>, field: &str, description: &str) -> String {
    if description.starts_with("must match") {
        let form = match column {
            Some(Column::Sku) => "1 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit",
            Some(Column::Gtin) => {
                "8 to 14 digits; mark the column as text, for spreadsheets shorten long numbers"
            }
            _ => return description.to_owned(),
        };
        return format!("must be {form}");
    }
    let Some((_, rest)) = field.split_once('[') else {
        return description.to_owned();
    };
    let (index, inside) = rest.split_once(']').unwrap_or((rest, ""));
    let entry = index.parse::<usize>().map_or(1, |index| index + 1);
    let part = match inside.trim_start_matches('.') {
        "" => String::new(),
        "from_quantity" => ", its quantity".into(),
        "days" => ", its days".into(),
        "percent_off" => ", its percent".into(),
        part if part.starts_with("unit_price") => ", its price".into(),
        part => format!(", its {part}"),
    };
    format!("entry {entry}{part}: {description}")
}
