use std::fs;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The user whom root lets the parts run as: PostgreSQL refuses to be root, and the others have no need to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// For root, the owner of `data_dir` when that is an ordinary user, and `nobody` otherwise. An ordinary user runs
    /// the parts as themselves: `None`.
    pub fn for_parts(data_dir: Option<&Path>) -> Result<Option<Account>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        if let Some(owner) = data_dir
            .and_then(|dir| fs::metadata(dir).ok())
            .filter(|owner| owner.uid() != 0)
        {
            return Ok(Some(Account {
                uid: owner.uid(),
                gid: owner.gid(),
            }));
        }
        let users = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let nobody = users.lines().find_map(|line| parse("nobody", line));
        Ok(Some(nobody.context("this system has no user called nobody, and PostgreSQL refuses to run as root: run as an ordinary user")?))
    }

    /// Hands a file or folder to this user.
    pub fn give(&self, path: &Path) -> Result<()> {
        lchown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot hand {} to user {}", path.display(), self.uid))
    }

    /// Whether this user gets through all the folders above `path`, and through `path` when it is a folder.
    pub fn reaches(&self, path: &Path) -> bool {
        path.ancestors()
            .filter(|dir| !dir.as_os_str().is_empty())
            .all(|dir| {
                fs::metadata(dir).is_ok_and(|dir| {
                    let shift = if dir.uid() == self.uid {
                        6
                    } else if dir.gid() == self.gid {
                        3
                    } else {
                        0
                    };
                    dir.mode() >> shift & 1 == 1
                })
            })
    }
}

fn parse(name: &str, line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    if fields.next() != Some(name) {
        return None;
    }
    // Some systems write nobody's id as -2.
    let mut id = || fields.next()?.parse::<i64>().ok().map(|id| id as u32);
    id();
    Some(Account {
        uid: id()?,
        gid: id()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_passwd_gives_the_ids() {
        assert_eq!(
            parse("nobody", "nobody:x:65534:65533:nobody:/:/bin/false"),
            Some(Account {
                uid: 65534,
                gid: 65533
            })
        );
        assert_eq!(
            parse("nobody", "nobody:*:-2:-2:Nobody:/:/bin/false"),
            Some(Account {
                uid: 4294967294,
                gid: 4294967294
            })
        );
        assert_eq!(parse("nobody", "nobody2:x:1:1::/:"), None);
    }
}
