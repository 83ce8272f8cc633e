//! The file: a header, then a row for each product.

use std::collections::HashMap;

use strum::VariantArray as _;

use super::cell::{guard, unguard};
use super::{Column, Row};

/// Most rows of a file.
pub const ROWS: usize = 10_000;

/// Marks a file as UTF-8, for spreadsheets.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file that cannot be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CsvInvalid(String);

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no CSV, or not one of products.
    pub fn read(text: &str) -> Result<Self, CsvInvalid> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        require_utf8(text)?;
        let mut records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes())
            .into_records();
        let header = match records.next() {
            Some(header) => header.map_err(broken)?,
            None => return refuse("the file is empty; its first line must name the columns"),
        };
        let columns = columns(&header)?;
        let (mut rows, mut first_lines) = (Vec::<Row>::new(), HashMap::<String, i32>::new());
        let mut lines = Lines { text, at: 0, line: 1 };
        let sku_at = columns.iter().position(|column| *column == Column::Sku);
        for record in records {
            let record = record.map_err(broken)?;
            // Spreadsheets leave such lines below the last row.
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() == ROWS {
                return refuse(format!(
                    "the file has more than {ROWS} rows; part it into several files"
                ));
            }
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            let cells: Vec<String> = record.iter().map(|cell| unguard(cell).to_owned()).collect();
            let sku = sku_at.and_then(|at| cells.get(at)).map_or("", |sku| sku.trim());
            let first_line = *first_lines.entry(sku.to_owned()).or_insert(line);
            let repeats = (first_line != line && !sku.is_empty()).then_some(first_line);
            rows.push(Row { line, repeats, cells });
        }
        let Some(last) = rows.last() else {
            return refuse("the file has no rows below its header; add one for each product");
        };
        if text.matches('"').count() % 2 == 1 {
            return refuse(format!(
                "a quote is not closed, probably on line {}; a cell with quotes stands in quotes, those within doubled",
                last.line
            ));
        }
        Ok(Self { columns, rows })
    }
}

/// Counts the lines up to a record. The reader's own count is of the end of the
/// record before, which may be blank lines away.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: i32,
}

impl Lines<'_> {
    /// Line of the record that begins here or after line breaks.
    fn at(&mut self, byte: u64) -> i32 {
        let bytes = self.text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        while matches!(bytes.get(to), Some(b'\r' | b'\n')) {
            to += 1;
        }
        let is_break = |at: &usize| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let breaks = (self.at..to).filter(is_break).count();
        self.line = self
            .line
            .saturating_add(i32::try_from(breaks).unwrap_or(i32::MAX));
        self.at = to;
        self.line
    }
}

fn require_utf8(text: &str) -> Result<(), CsvInvalid> {
    let Some(at) = text.find(char::REPLACEMENT_CHARACTER) else {
        return Ok(());
    };
    let line = text[..at].matches('\n').count() + 1;
    refuse(format!(
        "line {line} has a character that was not UTF-8; save the file as \"CSV UTF-8\" and send it anew"
    ))
}

fn columns(header: &csv::StringRecord) -> Result<Vec<Column>, CsvInvalid> {
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let name = name.trim().to_ascii_lowercase();
        let Ok(column) = name.parse::<Column>() else {
            let known = names().join(", ");
            let shown: String = name.chars().take(40).collect();
            return refuse(format!(
                "the first line names a column \"{shown}\", which there is not; columns, parted by commas, are: {known}"
            ));
        };
        if columns.contains(&column) {
            return refuse(format!(
                "the first line names the column \"{name}\" twice; take one away"
            ));
        }
        columns.push(column);
    }
    let required = Column::VARIANTS.iter().filter(|column| column.is_required());
    let missing: Vec<&str> = required
        .filter(|column| !columns.contains(column))
        .map(|column| column.into_str())
        .collect();
    if missing.is_empty() {
        Ok(columns)
    } else {
        refuse(format!(
            "the first line lacks columns; add: {}",
            missing.join(", ")
        ))
    }
}

fn broken(error: csv::Error) -> CsvInvalid {
    CsvInvalid(format!("the file is no CSV: {error}"))
}

fn refuse<T>(why: impl Into<String>) -> Result<T, CsvInvalid> {
    Err(CsvInvalid(why.into()))
}

/// The byte order mark and the header of every column.
pub fn header() -> String {
    format!("{BYTE_ORDER_MARK}{}\r\n", names().join(","))
}

fn names() -> Vec<&'static str> {
    Column::VARIANTS.iter().map(|column| column.into_str()).collect()
}

/// A row of these texts, one for each column.
pub fn line(texts: impl IntoIterator<Item = String>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let written = writer.write_record(texts.into_iter().map(guard));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok());
    let line = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    line.expect("memory takes what is written, and texts stay texts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn required() -> Vec<&'static str> {
        let required = Column::VARIANTS.iter().filter(|column| column.is_required());
        required.map(|column| column.into_str()).collect()
    }

    fn row(sku: &str) -> String {
        format!("{sku}{}", ",x".repeat(required().len() - 1))
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text = format!(
            "\u{feff} SKU ,{}\r\n\r\n{}\r\n,,,,\r\n\"b\r\nb\"{}\r\n{}\r\n",
            required()[1..].join(","),
            row("a"),
            ",x".repeat(12),
            row("a"),
        );
        let file = File::read(&text).expect("it is right");
        assert_eq!(file.columns[0], Column::Sku);
        let rows: Vec<_> = file
            .rows
            .iter()
            .map(|row| (row.line, row.repeats, row.cells[0].as_str()))
            .collect();
        assert_eq!(rows, [(3, None, "a"), (5, None, "b\r\nb"), (7, Some(3), "a")]);
        let old = File::read(&text.replace("\r\n", "\r")).expect("it is right");
        assert_eq!(old.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5, 7]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused_with_what_to_do() {
        let header = required().join(",");
        for (text, why) in [
            (String::new(), "first line must name"),
            ("\u{feff}\r\n\r\n".into(), "first line must name"),
            (header.clone(), "no rows"),
            (format!("{header}\n,,,\n"), "no rows"),
            (format!("{header},colour\n{}", row("a")), "\"colour\""),
            (header.replace(',', ";"), "parted by commas"),
            (format!("{header},sku\n{}", row("a")), "\"sku\" twice"),
            (format!("{}\na", required()[1..].join(",")), "add: sku"),
            (
                format!("{header}\n{}\n{}\u{fffd}", row("a"), row("b")),
                "line 3 has",
            ),
            (format!("{header}\n{}\n\"{}", row("a"), row("b")), "line 3;"),
            (
                format!("{header}\n{}", format!("{}\n", row("a")).repeat(10_001)),
                "10000 rows",
            ),
        ] {
            let refused = File::read(&text).expect_err(why).to_string();
            assert!(refused.contains(why), "{refused}");
        }
        let most = format!("{header}\n{}", format!("{}\n", row("a")).repeat(10_000));
        assert_eq!(File::read(&most).map(|file| file.rows.len()), Ok(10_000));
    }

    fn text() -> impl Strategy<Value = String> {
        let text = prop_oneof![any::<String>(), r#"[=+\-@'";,\\\t\r\n aㄱ]{0,12}"#];
        text.prop_map(|text| text.replace(char::REPLACEMENT_CHARACTER, ""))
    }

    proptest! {
        #[test]
        fn any_texts_come_back_from_a_file(
            texts in proptest::collection::vec(proptest::collection::vec(text(), 27), 1..4),
        ) {
            let mut file = header();
            for (at, texts) in texts.iter().enumerate() {
                let sku = format!("sku-{at}");
                file.push_str(&line([sku].into_iter().chain(texts[1..].iter().cloned())));
            }
            let read = File::read(&file).expect("we wrote it");
            prop_assert_eq!(read.columns, Column::VARIANTS);
            for (row, texts) in read.rows.iter().zip(&texts) {
                prop_assert_eq!(&row.cells[1..], &texts[1..]);
            }
            prop_assert_eq!(read.rows.len(), texts.len());
        }

        #[test]
        fn whatever_is_sent_is_answered(text in ".{0,200}", quotes in "[\"\r\n,a]{0,60}") {
            let _ = File::read(&text);
            let _ = File::read(&format!("{}\n{quotes}", required().join(",")));
        }
    }
}
