use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use futures::TryStreamExt as _;
use sqlx::PgPool;
use xlcfi_e2e::card_numbers;

use crate::pool;

/// Where card numbers were looked for, and where they were.
#[derive(Debug, Default)]
pub struct Search {
    pub bytes: usize,
    pub found: Vec<String>,
}

impl Search {
    /// Looks through every table of every database, the logs and the event store of
    /// the mesh in this folder.
    pub async fn through(data: &Path) -> anyhow::Result<Self> {
        let mut search = Self::default();
        let every = "select datname from pg_database where datname like 'xlcfi_%'";
        let databases: Vec<String> = sqlx::query_scalar(every)
            .fetch_all(&pool(data, "postgres").await?)
            .await?;
        for database in databases {
            search.database(&pool(data, &database).await?, &database).await?;
        }
        for folder in ["logs", "nats"] {
            search.files(&data.join(folder))?;
        }
        Ok(search)
    }

    async fn database(&mut self, pool: &PgPool, database: &str) -> anyhow::Result<()> {
        // Each table as one text a row, with what is stored as bytes unescaped.
        let selects: Vec<(String, String)> = sqlx::query_as(
            "select format('%I.%I', table_schema, table_name), format('select concat_ws(e''\\n'', %s) from %I.%I',
                 string_agg(case data_type when 'bytea' then format('encode(%I, ''escape'')', column_name)
                     else format('%I::text', column_name) end, ', '), table_schema, table_name)
             from information_schema.columns join information_schema.tables using (table_schema, table_name)
             where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
             group by table_schema, table_name",
        )
        .fetch_all(pool)
        .await?;
        for (table, select) in selects {
            let mut rows = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(select)).fetch(pool);
            while let Some(row) = rows.try_next().await? {
                self.look(row.as_bytes(), &format!("{database} {table}"));
            }
        }
        Ok(())
    }

    fn files(&mut self, folder: &Path) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.files(&path)?;
                continue;
            }
            let mut file = BufReader::new(File::open(&path)?);
            let mut line = Vec::new();
            while file.read_until(b'\n', &mut line)? > 0 {
                self.look(&line, &path.display().to_string());
                line.clear();
            }
        }
        Ok(())
    }

    fn look(&mut self, text: &[u8], place: &str) {
        self.bytes += text.len();
        let found = card_numbers(text);
        self.found
            .extend(found.iter().map(|number| format!("{number} in {place}")));
    }
}
