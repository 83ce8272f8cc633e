//! The lines of a report as a file for spreadsheets.

use time::format_description::well_known::Rfc3339;
use xlcfi_types::calendar::SEOUL;

use crate::report::Kept;

const HEADER: [&str; 15] = [
    "time",
    "outcome",
    "kind",
    "order_id",
    "payment_id",
    "payment_key",
    "transaction_keys",
    "currency",
    "amount",
    "provider_amount",
    "fee",
    "provider_fee",
    "difference",
    "healed",
    "note",
];
/// Marks a file as UTF-8, for spreadsheets.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What a spreadsheet may take for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The file: a header, then a row for each line.
pub fn csv(lines: &[Kept]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    let mut written = writer.write_record(HEADER);
    for line in lines {
        written = written.and_then(|()| writer.write_record(cells(line)));
    }
    let file = written.ok().and_then(|()| writer.into_inner().ok());
    file.expect("memory takes what is written, and all rows are of one length")
}

fn cells(line: &Kept) -> [String; 15] {
    let number = |amount: Option<i64>| amount.map_or_else(String::new, |amount| amount.to_string());
    let difference = line.ours.unwrap_or_default() - line.theirs.unwrap_or_default();
    [
        line.at.to_offset(SEOUL).format(&Rfc3339).unwrap_or_default(),
        line.outcome.into_str().to_owned(),
        line.kind.into_str().to_owned(),
        guard(&line.order_id),
        line.payment_id.map_or_else(String::new, |id| id.to_string()),
        guard(&line.pg_key),
        guard(&line.transaction_keys.join(" ")),
        guard(&line.currency),
        // A minus before digits is a number, and no formula.
        number(line.ours),
        number(line.theirs),
        number(line.fee_ours),
        number(line.fee_theirs),
        difference.to_string(),
        line.healed.to_string(),
        guard(&line.note),
    ]
}

/// A text as a cell no spreadsheet takes for a formula.
fn guard(text: &str) -> String {
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::pg::Kind;
    use crate::reconcile::Outcome;

    fn line(order_id: &str, note: &str) -> Kept {
        Kept {
            line_id: Uuid::nil(),
            outcome: Outcome::MissingHere,
            kind: Kind::Other,
            transaction_keys: vec!["@t".into(), "u".into()],
            pg_key: String::new(),
            payment_id: None,
            order_id: order_id.into(),
            currency: "KRW".into(),
            ours: None,
            theirs: Some(-5),
            fee_ours: None,
            fee_theirs: Some(-2),
            at: OffsetDateTime::UNIX_EPOCH,
            healed: false,
            note: note.into(),
        }
    }

    #[test]
    fn a_row_is_quoted_and_begins_no_formula() {
        let file = String::from_utf8(csv(&[line("=1+1", "a \"b\", c\nd"), line("'-x", "")])).expect("a text");
        let rest = file.strip_prefix(BYTE_ORDER_MARK).expect("its mark");
        let mut reader = csv::Reader::from_reader(rest.as_bytes());
        assert_eq!(reader.headers().expect("a header"), HEADER.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0].iter().collect::<Vec<_>>(),
            [
                "1970-01-01T09:00:00+09:00",
                "missing_here",
                "other",
                "'=1+1",
                "",
                "",
                "'@t u",
                "KRW",
                "",
                "-5",
                "",
                "-2",
                "5",
                "false",
                "a \"b\", c\nd",
            ]
        );
        assert_eq!(&rows[1][3], "''-x");
    }
}
