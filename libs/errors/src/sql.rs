use std::str::FromStr;

/// Turns a broken database constraint into the failure it means.
pub trait OnConstraint<T> {
    /// Maps a violation of the constraint `name` to `meaning()`; every other
    /// error stays what it is.
    ///
    /// # Errors
    /// The meaning, or the error as it was.
    fn on_constraint<E: From<sqlx::Error>>(self, name: &str, meaning: impl FnOnce() -> E) -> Result<T, E>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint<E: From<sqlx::Error>>(self, name: &str, meaning: impl FnOnce() -> E) -> Result<T, E> {
        self.map_err(|error| match error.as_database_error() {
            Some(database) if database.constraint() == Some(name) => meaning(),
            _ => error.into(),
        })
    }
}

/// What the text of a row names.
///
/// # Errors
/// It names nothing, which only a bug can have written: `column` tells where.
pub fn stored<T: FromStr>(column: &'static str, text: &str) -> Result<T, sqlx::Error> {
    let corrupt = |_| sqlx::Error::Decode(format!("{column} holds `{text}`").into());
    text.parse().map_err(corrupt)
}
