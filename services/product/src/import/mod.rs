//! Catalogues as CSV files: what a file and its rows say, without I/O. The README
//! has the format.

mod cell;
mod check;
mod column;
mod file;
mod read;
mod step;
mod write;

use std::collections::BTreeMap;

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

pub use column::Column;
pub use file::{CsvInvalid, File, header, line};
pub use step::{Step, step};
pub use write::texts;

/// Most problems of a row that are told.
const MOST_TOLD: usize = 20;
/// Most characters of a message.
const LONGEST_MESSAGE: usize = 500;

/// What a row says, by column; those the file does not have are left out.
type Texts = BTreeMap<Column, String>;

/// Rows becoming products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub import_id: Id<Import>,
    pub seller_id: Id<Member>,
    /// Nothing is changed by it.
    pub dry_run: bool,
    pub columns: Vec<Column>,
    pub rows: i32,
    /// Of the rows so far.
    pub counts: Counts,
    /// Line of the last row so far.
    pub last_line: i32,
    pub create_time: OffsetDateTime,
    /// When the last row was done.
    pub finish_time: Option<OffsetDateTime>,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub created: i32,
    pub updated: i32,
    pub unchanged: i32,
    pub failed: i32,
}

impl Counts {
    pub fn done(self) -> i32 {
        self.created + self.updated + self.unchanged + self.failed
    }
}

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, the header's being 1.
    pub line: i32,
    /// Line of the first row with its SKU, when that is another.
    pub repeats: Option<i32>,
    pub cells: Vec<String>,
}

impl Row {
    /// The cells by their columns.
    ///
    /// # Errors
    /// There are not as many as there are columns.
    pub fn texts(&self, columns: &[Column]) -> Result<Texts, Vec<Flaw>> {
        if self.cells.len() == columns.len() {
            Ok(columns.iter().copied().zip(self.cells.iter().cloned()).collect())
        } else {
            Err(vec![Flaw::of_row(format!(
                "has {} cells and must have {}, as the header; a text with commas or line breaks stands in quotes",
                self.cells.len(),
                columns.len()
            ))])
        }
    }

    /// The pictures it names, as far as they can be read.
    pub fn images(&self, columns: &[Column]) -> Vec<Uuid> {
        let at = columns.iter().position(|column| *column == Column::Images);
        let cell = at.and_then(|at| self.cells.get(at)).map_or("", String::as_str);
        let ids = cell::items(cell).filter_map(|id| id.trim().parse().ok());
        ids.collect()
    }

    /// Its SKU; may be empty.
    pub fn sku(&self, columns: &[Column]) -> &str {
        let at = columns.iter().position(|column| *column == Column::Sku);
        at.and_then(|at| self.cells.get(at)).map_or("", |sku| sku.trim())
    }
}

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// `None` when it is about the row.
    pub column: Option<Column>,
    /// What would be right.
    pub message: String,
}

impl Flaw {
    pub fn of_row(message: impl Into<String>) -> Self {
        Self {
            column: None,
            message: message.into(),
        }
    }

    pub fn of(column: Column, message: impl Into<String>) -> Self {
        Self {
            column: Some(column),
            message: message.into(),
        }
    }
}

/// A flaw as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub line: i32,
    /// Its place among those of the row.
    pub place: i32,
    pub sku: String,
    /// `""` when it is about the row.
    pub column: String,
    pub message: String,
}

/// The flaws of a row as they are told: of very many the first, and how many more.
pub fn problems(line: i32, sku: &str, mut flaws: Vec<Flaw>) -> Vec<Problem> {
    let more = flaws.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        flaws.truncate(MOST_TOLD);
        flaws.push(Flaw::of_row(format!(
            "has {more} more problems; mend these first"
        )));
    }
    let problem = |(place, flaw): (i32, Flaw)| Problem {
        line,
        place,
        sku: sku.chars().take(LONGEST_MESSAGE).collect(),
        column: flaw.column.map_or("", |column| column.into_str()).to_owned(),
        message: flaw.message.chars().take(LONGEST_MESSAGE).collect(),
    };
    (0..).zip(flaws).map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let columns = [Column::Name, Column::Sku];
        let row = |cells: &[&str]| Row {
            line: 2,
            repeats: None,
            cells: cells.iter().map(ToString::to_string).collect(),
        };
        let whole = row(&["감자", " p-1 "]);
        assert_eq!(whole.sku(&columns), "p-1");
        assert_eq!(whole.texts(&columns).expect("it is whole")[&Column::Name], "감자");
        assert_eq!(row(&["감자"]).sku(&columns), "");
        for cells in [&["감자"][..], &["감자", "p-1", "x"]] {
            let flaws = row(cells).texts(&columns).expect_err("they do not fit");
            assert_eq!((flaws.len(), flaws[0].column), (1, None));
        }
    }

    #[test]
    fn of_very_many_flaws_the_first_are_told_and_none_at_length() {
        let flaws = |count: usize| vec![Flaw::of(Column::Attributes, "밭".repeat(9_999)); count];
        assert_eq!(problems(7, "p-1", flaws(20)).len(), 20);
        let told = problems(7, "p-1", flaws(500));
        assert_eq!(told.len(), 21);
        assert_eq!(told[20].message, "has 480 more problems; mend these first");
        assert_eq!(
            (told[20].line, told[20].place, told[20].column.as_str()),
            (7, 20, "")
        );
        assert_eq!(told[0].message.chars().count(), 500);
    }
}
