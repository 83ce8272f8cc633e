use time::OffsetDateTime;
use uuid::Uuid;

/// Where a keyset page begins: after the row with this time and id, in the
/// order newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    /// Time of the last row of the page before.
    pub time: OffsetDateTime,
    /// Id of that row, deciding among rows of one time.
    pub id: Uuid,
}

/// The text is no token this system gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a page token of this list; leave it empty for the first page")]
pub struct PageTokenError;

/// Which rows of a list, newest first, are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Most rows.
    pub size: i64,
    /// Only rows after this one; `None` for the first page.
    pub after: Option<PageToken>,
}

impl Page {
    /// Reads a request's `page_size` (0 means 20, more than 100 means 100) and
    /// `page_token` (empty means the first page).
    ///
    /// # Errors
    /// A token this system did not give out.
    pub fn parse(page_size: i32, page_token: &str) -> Result<Self, PageTokenError> {
        let size = if page_size <= 0 {
            20
        } else {
            i64::from(page_size.min(100))
        };
        let after = if page_token.is_empty() {
            None
        } else {
            Some(page_token.parse()?)
        };
        Ok(Self { size, after })
    }

    /// Rows to ask the database for: one more than the page, to see whether
    /// another page follows.
    pub fn fetch_limit(&self) -> i64 {
        self.size + 1
    }

    /// Cuts the extra row off and says where the next page begins (`""` when
    /// this is the last one). `key` is the time and id of a row.
    pub fn finish<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> (OffsetDateTime, Uuid)) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        let last = rows.last().map(key);
        last.map(|(time, id)| PageToken { time, id }.to_string())
            .unwrap_or_default()
    }

    /// Time and id the query compares with; the first page begins in the far
    /// future.
    pub fn start(&self) -> (OffsetDateTime, Uuid) {
        let far = time::macros::datetime!(9999-01-01 00:00 UTC);
        self.after
            .map_or((far, Uuid::max()), |token| (token.time, token.id))
    }
}

impl std::fmt::Display for PageToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.time.unix_timestamp_nanos() / 1_000;
        write!(f, "{micros:x}-{}", self.id.simple())
    }
}

impl std::str::FromStr for PageToken {
    type Err = PageTokenError;

    fn from_str(text: &str) -> Result<Self, PageTokenError> {
        let parse = || {
            let (micros, id) = text.split_once('-')?;
            let micros = i128::from_str_radix(micros, 16).ok()?;
            let time = OffsetDateTime::from_unix_timestamp_nanos(micros.checked_mul(1_000)?).ok()?;
            Some(Self {
                time,
                id: Uuid::try_parse(id).ok()?,
            })
        };
        parse().ok_or(PageTokenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_the_row_it_was_made_of() {
        let token = PageToken {
            time: time::macros::datetime!(2026-11-22 01:02:03.456789 UTC),
            id: Uuid::now_v7(),
        };
        assert_eq!(token.to_string().parse(), Ok(token));
    }

    #[test]
    fn text_that_is_no_token_is_refused() {
        for text in ["x", "-", "ffffffffffffffffffffffffffffffffff-0", "1-nope", "1"] {
            assert_eq!(text.parse::<PageToken>(), Err(PageTokenError), "{text}");
        }
    }

    #[test]
    fn the_extra_row_becomes_the_next_token() {
        let page = Page { size: 2, after: None };
        let now = OffsetDateTime::UNIX_EPOCH;
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let mut rows = ids.clone();
        let next = page.finish(&mut rows, |id| (now, *id));
        assert_eq!(rows, ids[..2]);
        assert_eq!(
            next.parse(),
            Ok(PageToken {
                time: now,
                id: ids[1]
            })
        );
        assert_eq!(page.finish(&mut rows, |id| (now, *id)), "");
    }
}
