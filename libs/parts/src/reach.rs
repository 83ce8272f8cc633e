//! Root's clone may lie where no other user can go, and the parts do not run as root. Then their programs and data
//! live below one folder that everybody can pass through.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::data_dir::{hex, random};
use crate::trouble::cannot;

/// A folder below the shared one, both of which everybody can pass through; made when missing.
pub(crate) fn shared_dir(shared: &Path, name: &str) -> Result<PathBuf> {
    let dir = shared.join(name);
    let made = DirBuilder::new().recursive(true).mode(0o711).create(&dir);
    made.map_err(|error| cannot("make", &dir, error))?;
    for dir in [shared, &dir] {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o711))?;
    }
    Ok(dir)
}

/// Where the data of `data_dir` is kept instead. It stays the same as long as `data_dir` exists; when that was
/// removed and made anew, what had been kept for it goes.
pub(crate) fn elsewhere(data_dir: &Path, shared: &Path) -> Result<PathBuf> {
    let link = data_dir.join("elsewhere");
    if let Ok(dir) = fs::canonicalize(&link) {
        return Ok(dir);
    }
    let base = shared_dir(shared, "data")?;
    for entry in fs::read_dir(&base)?.flatten() {
        let owner = fs::read_link(entry.path().join("owner"));
        if owner.is_ok_and(|owner| owner == data_dir) {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    let dir = base.join(hex(&random::<6>()?));
    DirBuilder::new()
        .mode(0o711)
        .create(&dir)
        .map_err(|error| cannot("make", &dir, error))?;
    symlink(data_dir, dir.join("owner"))?;
    let _ = fs::remove_file(&link);
    symlink(&dir, &link)?;
    Ok(dir)
}

/// Copies an unpacked part to where everybody can run it, once.
pub(crate) fn copy_of(part: &Path, shared: &Path) -> Result<PathBuf> {
    let name = part.file_name().context("a part without a name")?;
    let tools = shared_dir(shared, "tools")?;
    let copy = tools.join(name);
    if copy.is_dir() {
        return Ok(copy);
    }
    let fresh = tools.join(format!(".new-{}", hex(&random::<6>()?)));
    let copied = copy_tree(part, &fresh).and_then(|()| match fs::rename(&fresh, &copy) {
        Err(_) if copy.is_dir() => Ok(()), // another launcher was faster
        renamed => renamed,
    });
    let _ = fs::remove_dir_all(&fresh);
    copied.map_err(|error| cannot("copy a part to", &copy, error))?;
    Ok(copy)
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o755).create(to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(from)? {
        let (entry, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        let kind = fs::symlink_metadata(&entry)?;
        if kind.is_symlink() {
            symlink(fs::read_link(&entry)?, target)?;
        } else if kind.is_dir() {
            copy_tree(&entry, &target)?;
        } else {
            fs::copy(&entry, &target)?;
            let runs = kind.permissions().mode() & 0o100 != 0;
            fs::set_permissions(
                &target,
                fs::Permissions::from_mode(if runs { 0o755 } else { 0o644 }),
            )?;
        }
    }
    Ok(())
}
