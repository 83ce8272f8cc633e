use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Error, anyhow};

/// What cannot be done with a path, why, and what to do.
pub(crate) fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            anyhow!("cannot {what} {path}: the disk is full: free some space")
        }
        ErrorKind::PermissionDenied => {
            anyhow!(
                "cannot {what} {path}: it belongs to another user: run as that user, or use another folder"
            )
        }
        ErrorKind::ReadOnlyFilesystem => {
            anyhow!("cannot {what} {path}: the disk is read-only: use another folder")
        }
        _ => anyhow!("cannot {what} {path}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let error = cannot("write", Path::new("/data"), io::Error::from_raw_os_error(28));
        assert_eq!(
            error.to_string(),
            "cannot write /data: the disk is full: free some space"
        );
    }
}
