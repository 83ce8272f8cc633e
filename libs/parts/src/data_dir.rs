use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::reach;
use crate::trouble::cannot;
use crate::{Options, Part, log::Log};

const TEMPORARY: &str = "xlcfi-parts-";

/// The folder that belongs to one launcher at a time:
///
/// ```text
/// lock            held by the launcher, contains its process id
/// password        of all three parts, readable by the owner only
/// ports.json      the ports of the last start
/// logs/           postgres.log nats.log valkey.log
/// postgres/ nats/ valkey/    a folder for each part, or
/// elsewhere       a link to where those are when the user they run as cannot get here
/// ```
pub(crate) struct DataDir {
    path: PathBuf,
    homes: PathBuf,
    account: Option<Account>,
    ephemeral: bool,
    pub password: String,
    _lock: File,
}

impl DataDir {
    /// The folder that `options` name, or a new one for temporary files.
    pub fn make(options: &Options, account: Option<Account>) -> Result<DataDir> {
        match &options.data_dir {
            Some(path) => DataDir::persistent(path, account, &options.shared_dir),
            None => DataDir::ephemeral(account, &options.shared_dir),
        }
    }

    fn persistent(path: &Path, account: Option<Account>, shared: &Path) -> Result<DataDir> {
        // Passed through but not listed by the user who runs the parts.
        let made = DirBuilder::new().recursive(true).mode(0o711).create(path);
        made.map_err(|error| cannot("make", path, error))?;
        let path = fs::canonicalize(path)?;
        DataDir::open(path, account, shared, false)
    }

    fn ephemeral(account: Option<Account>, shared: &Path) -> Result<DataDir> {
        let mut base = fs::canonicalize(std::env::temp_dir())
            .context("cannot use the folder for temporary files (TMPDIR)")?;
        if account.is_some_and(|account| !account.reaches(&base)) {
            base = reach::shared_dir(shared, "tmp")?;
        }
        sweep(&base);
        let path = base.join(format!("{TEMPORARY}{}", hex(&random::<6>()?)));
        let made = DirBuilder::new().mode(0o711).create(&path);
        made.map_err(|error| cannot("make", &path, error))?;
        DataDir::open(path, account, shared, true)
    }

    fn open(path: PathBuf, account: Option<Account>, shared: &Path, ephemeral: bool) -> Result<DataDir> {
        let lock = lock(&path)?;
        let private = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path.join("logs"));
        private.map_err(|error| cannot("write to", &path, error))?;
        let password = password(&path)?;
        let homes = match account {
            Some(account) if !account.reaches(&path) => reach::elsewhere(&path, shared)?,
            _ => path.clone(),
        };
        Ok(DataDir {
            path,
            homes,
            account,
            ephemeral,
            password,
            _lock: lock,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn account(&self) -> Option<Account> {
        self.account
    }

    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    /// The folder of one part, made when missing, owned by the user it runs as.
    pub fn home(&self, part: Part) -> Result<PathBuf> {
        let home = self.homes.join(part.name());
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&home);
        made.map_err(|error| cannot("make", &home, error))?;
        if let Some(account) = &self.account {
            account.give(&home)?;
        }
        Ok(home)
    }

    /// Writes a file that only the part's user can read.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        write_private(path, text)?;
        self.account.map_or(Ok(()), |account| account.give(path))
    }

    pub async fn log(&self, part: Part) -> Result<Log> {
        Log::open(&self.path.join("logs"), part).await
    }

    /// The ports of the last start; none when they were never written or cannot be read.
    pub fn last_ports(&self) -> BTreeMap<Part, u16> {
        let text = fs::read_to_string(self.path.join("ports.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub fn keep_ports(&self, ports: &BTreeMap<Part, u16>) -> Result<()> {
        if *ports != self.last_ports() {
            write_private(&self.path.join("ports.json"), &serde_json::to_string(ports)?)?;
        }
        self.return_to_owner()
    }

    /// What root has written in somebody's folder is theirs, so that they can go on without root.
    fn return_to_owner(&self) -> Result<()> {
        let owner = self
            .account
            .filter(|account| fs::metadata(&self.path).is_ok_and(|dir| dir.uid() == account.uid));
        let Some(owner) = owner else { return Ok(()) };
        for name in ["lock", "password", "ports.json", "logs"] {
            owner.give(&self.path.join(name))?;
        }
        for log in fs::read_dir(self.path.join("logs"))?.flatten() {
            owner.give(&log.path())?;
        }
        Ok(())
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if self.ephemeral {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn lock(path: &Path) -> Result<File> {
    let name = path.join("lock");
    let open = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&name);
    let mut file = open.map_err(|error| cannot("use the data folder", path, error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            bail!(
                "the mesh already runs with data folder {} (pid {}): stop it, or use another folder",
                path.display(),
                pid.trim()
            )
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).context(format!("cannot lock {}", name.display()));
        }
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id()).map_err(|error| cannot("write to", path, error))?;
    Ok(file)
}

fn password(path: &Path) -> Result<String> {
    let name = path.join("password");
    match fs::read_to_string(&name) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if path.join("ports.json").exists() {
                bail!(
                    "{} is missing, without it the data cannot be opened: put it back, or use another folder",
                    name.display()
                );
            }
            let password = hex(&random::<16>()?);
            write_private(&name, &password)?;
            Ok(password)
        }
        Err(error) => Err(cannot("read", &name, error)),
    }
}

/// Replaces a file as a whole.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().map_err(|error| cannot("write", path, error))
}

/// Removes temporary folders whose launcher was killed: old enough not to be in the making, and not locked.
fn sweep(base: &Path) {
    let me = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY)
            && entry.metadata().is_ok_and(|dir| dir.is_dir() && dir.uid() == me)
            && entry
                .metadata()
                .and_then(|dir| dir.modified())
                .is_ok_and(|made| made.elapsed().is_ok_and(|age| age > Duration::from_secs(60)));
        if ours && File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.context("cannot read /dev/urandom")?;
    Ok(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
