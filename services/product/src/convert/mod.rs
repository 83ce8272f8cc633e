//! Contract messages to and from the domain.

mod import;
mod lot;
mod product;
mod recall;
mod request;
mod search;

use time::Date;
pub use xlcfi_contracts::convert::{time, timestamp};
pub use xlcfi_errors::fields::{id, optional_id, page, request_id};

pub use import::{import_message, problem_message};
pub use lot::{
    entry_kind, entry_message, lot_message, lot_state, order_lot, receipt, trace_message, unsold_message,
    warehouse_message,
};
pub use product::{
    category_message, ladder_message, priced_line, product_message, product_state, rating_message,
    special_messages, stock_message,
};
pub use recall::{recall_message, scope, taken_message};
pub use request::{definitions, details, filter, list_key, new_product, specials, variation};
pub use search::{answer_message, query, unanswered_message, unanswered_page};

/// ISO 8601, as `time` displays dates; `""` for none.
pub fn date_text(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn dates_are_written_as_the_contract_says() {
        assert_eq!(date_text(Some(date!(2027 - 01 - 05))), "2027-01-05");
        assert_eq!(date_text(None), "");
    }
}
