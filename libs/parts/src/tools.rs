use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::{Options, Part, reach};

/// Where the programs of the parts are.
pub(crate) struct Tools<'a> {
    dir: &'a Path,
    shared: &'a Path,
    account: Option<Account>,
}

impl<'a> Tools<'a> {
    /// Whether all a part needs is installed.
    pub fn has(options: &Options, part: Part) -> bool {
        let bin = options.tools_dir.join("bin");
        part.programs().iter().all(|name| bin.join(name).is_file())
    }

    /// Fails when a program that one of `parts` needs is missing.
    pub fn find(options: &'a Options, parts: &[Part], account: Option<Account>) -> Result<Tools<'a>> {
        let dir = options.tools_dir.as_path();
        let programs = parts.iter().flat_map(|part| part.programs());
        let missing: Vec<&str> = programs
            .copied()
            .filter(|name| !dir.join("bin").join(name).is_file())
            .collect();
        if !missing.is_empty() {
            bail!(
                "{} not found in {}: run `make tools`",
                missing.join(", "),
                dir.join("bin").display()
            );
        }
        Ok(Tools {
            dir,
            shared: &options.shared_dir,
            account,
        })
    }

    /// The path of a program that the user who runs it can reach.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        let path = fs::canonicalize(self.dir.join("bin").join(name))?;
        let Some(account) = self.account.filter(|account| !account.reaches(&path)) else {
            return Ok(path);
        };
        let dir = fs::canonicalize(self.dir)?;
        let inside = path.strip_prefix(&dir).with_context(|| {
            format!(
                "user {} cannot run {}: make its folders accessible",
                account.uid,
                path.display()
            )
        })?;
        let part = inside.components().next().context("a program without a folder")?;
        let copy = reach::copy_of(&dir.join(part), self.shared)?;
        Ok(copy.join(inside.strip_prefix(part)?))
    }
}
