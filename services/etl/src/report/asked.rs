//! What SQL of a report may look like, before anything is made of it: one SELECT that fits in
//! the head. Its length and its tables are counted, so that a few lines do not unfold into
//! millions.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{self, Cte, ObjectName, Query, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// Most words and signs.
const MOST_TOKENS: usize = 1_000;
/// Most tables read, each as often as it is read when every WITH is put where it is named.
const MOST_TABLES: usize = 32;

/// Counts before SQL is parsed.
///
/// # Errors
/// It is too long, or no words.
pub fn check_length(sql: &str) -> Result<(), String> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize()
        .map_err(|error| error.to_string())?;
    let words = tokens
        .iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)));
    match words.count() {
        0 => Err("there is no SQL in it".to_owned()),
        1..=MOST_TOKENS => Ok(()),
        count => Err(format!(
            "a report has {MOST_TOKENS} words and signs at most, this one has {count}"
        )),
    }
}

/// Whether a statement only shows how it would be answered.
///
/// # Errors
/// It is no SELECT, or unfolds into too much.
pub fn check_statement(statement: &Statement) -> Result<bool, String> {
    match statement {
        Statement::Statement(statement) => check_query(statement).map(|()| false),
        Statement::Explain(ExplainStatement { statement, options }) => {
            match (&**statement, options.analyze) {
                (Statement::Statement(statement), false) => check_query(statement).map(|()| true),
                _ => Err(only_reads()),
            }
        }
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => Err(only_reads()),
    }
}

fn only_reads() -> String {
    "a report only reads: begin with SELECT, WITH or EXPLAIN".to_owned()
}

fn check_query(statement: &ast::Statement) -> Result<(), String> {
    let ast::Statement::Query(query) = statement else {
        return Err(only_reads());
    };
    let named: &[Cte] = query.with.as_ref().map_or(&[], |with| &with.cte_tables);
    if query.with.as_ref().is_some_and(|with| with.recursive) {
        return Err("a report does not repeat itself: leave out RECURSIVE".to_owned());
    }
    let mut sizes = HashMap::new();
    for part in named {
        let size = tables(&*part.query, &sizes)?;
        sizes.insert(part.alias.name.value.to_lowercase(), size);
    }
    let unfolded = tables(&*query.body, &sizes)? + tables(&query.order_by, &sizes)?;
    match unfolded > MOST_TABLES {
        true => Err(format!(
            "a report reads {MOST_TABLES} tables at most, this one {unfolded}: what WITH names counts as often as it is named"
        )),
        false => Ok(()),
    }
}

/// Counts tables.
struct Tables<'a> {
    /// What is named counts as much as what it reads.
    sizes: &'a HashMap<String, usize>,
    count: usize,
}

fn tables(part: &impl Visit, sizes: &HashMap<String, usize>) -> Result<usize, String> {
    let mut tables = Tables { sizes, count: 0 };
    match part.visit(&mut tables) {
        ControlFlow::Continue(()) => Ok(tables.count),
        ControlFlow::Break(why) => Err(why),
    }
}

impl Visitor for Tables<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        match query.with {
            Some(_) => ControlFlow::Break("WITH stands only at the beginning of a report".to_owned()),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        let size = self.sizes.get(&relation.to_string().to_lowercase()).copied();
        self.count = self.count.saturating_add(size.unwrap_or(1).max(1));
        ControlFlow::Continue(())
    }
}
