use std::path::Path;
use std::process::Command;

use crate::{database_url, run};

/// What PostgreSQL counts of the statements it runs.
pub struct Statements {
    url: String,
}

impl Statements {
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        let statements = Self {
            url: database_url(data)?,
        };
        statements.ask("create extension if not exists pg_stat_statements")?;
        Ok(statements)
    }

    pub fn forget(&self) -> anyhow::Result<()> {
        self.ask("select pg_stat_statements_reset(), pg_stat_reset()")?;
        Ok(())
    }

    /// How many ran, and how many transactions ended, since `forget`.
    pub fn count(&self) -> anyhow::Result<(f64, f64)> {
        let calls = self.ask("select sum(calls) from pg_stat_statements")?.parse()?;
        let commits = "select sum(calls) from pg_stat_statements where query ilike 'commit%'";
        Ok((calls, self.ask(commits)?.parse()?))
    }

    /// Calls an order, microseconds a call, and the beginning of each.
    pub fn list(&self, orders: usize) -> anyhow::Result<String> {
        self.ask(&format!(
            r"select round(calls::numeric / {orders}, 2) || E'\t' || round(mean_exec_time::numeric * 1000) || E'\t'
                 || datname || E'\t' || left(regexp_replace(query, '\s+', ' ', 'g'), 150)
             from pg_stat_statements join pg_database on pg_database.oid = dbid
             order by total_exec_time desc limit 80"
        ))
    }

    fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let said = run(Command::new(".tools/bin/psql").args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--command",
            sql,
            &self.url,
        ]))?;
        Ok(said.trim().to_owned())
    }
}
