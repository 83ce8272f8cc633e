//! What only root meets: folders that the user whom the parts run as cannot reach.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use xlcfi_parts::{Options, Parts};

use crate::clients::sql;
use crate::{Folder, persistent};

#[tokio::test]
async fn root_works_in_a_folder_that_only_root_can_enter() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (open, closed) = (Folder::new(), Folder::new());
    fs::set_permissions(&closed.0, fs::Permissions::from_mode(0o700)).expect("a mode");
    let tools = closed.join(".tools");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(xlcfi_parts::find_tools_dir())
        .arg(&tools)
        .status();
    assert!(copied.expect("cp").success());
    let options = || Options {
        tools_dir: tools.clone(),
        shared_dir: open.join("shared"),
        ..persistent(&closed.join("data"))
    };

    let parts = Parts::start(options()).await.expect("parts");
    sql(parts.database_url(), "create table kept as select 5 as number").expect("SQL");
    for child in parts.children() {
        let owner = fs::metadata(format!("/proc/{}", child.pid))
            .expect("a process")
            .uid();
        assert_ne!(owner, 0, "{} runs as root", child.part);
    }
    parts.stop().await;
    let parts = Parts::start(options()).await.expect("parts");
    assert_eq!(
        sql(parts.database_url(), "select number from kept").expect("SQL"),
        "5"
    );
    parts.stop().await;

    // Who removes the data folder starts afresh, and what was kept elsewhere goes.
    fs::remove_dir_all(closed.join("data")).expect("a folder");
    let parts = Parts::start(options()).await.expect("parts");
    assert!(sql(parts.database_url(), "select number from kept").is_err());
    parts.stop().await;
    assert_eq!(
        fs::read_dir(open.join("shared/data")).expect("a folder").count(),
        1
    );
}
