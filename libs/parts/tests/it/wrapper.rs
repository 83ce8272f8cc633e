//! The program `with-parts`.

use std::fs;
use std::process::{Child, Command, Output};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{Folder, eventually, kill, lives, tree, with_parts};

fn run(words: &[&str]) -> Output {
    command().args(words).output().expect("with-parts")
}

fn command() -> Command {
    let mut command = Command::new(with_parts());
    command
        .env_remove("DATABASE_URL")
        .env_remove("NATS_URL")
        .env_remove("REDIS_URL");
    command
}

/// Starts with-parts with a command that leaves processes in the background, and waits until it runs.
async fn busy(folder: &Folder) -> (Child, Vec<u32>) {
    let ready = folder.join("ready");
    let script = format!("(sleep 600 & sleep 600) & touch {}; sleep 600", ready.display());
    let child = command()
        .args(["--", "sh", "-c", &script])
        .spawn()
        .expect("with-parts");
    eventually("the command runs", Duration::from_secs(20), async || {
        ready.exists()
    })
    .await;
    let mut all = Vec::new();
    eventually("all processes are there", Duration::from_secs(5), async || {
        all = tree(child.id());
        // Guards and servers, their processes, the runner, the shells and the sleeps.
        all.len() > 12
    })
    .await;
    (child, all)
}

#[test]
fn the_command_gets_the_urls_and_its_exit_code_is_returned() {
    let done = run(&[
        "--",
        "sh",
        "-c",
        "echo $DATABASE_URL $NATS_URL $REDIS_URL; exit 7",
    ]);
    assert_eq!(done.status.code(), Some(7));
    let said = String::from_utf8(done.stdout).expect("text");
    let schemes: Vec<&str> = said
        .split_whitespace()
        .filter_map(|url| url.split("://").next())
        .collect();
    assert_eq!(schemes, ["postgres", "nats", "redis"]);
    assert_eq!(
        run(&["--", "sh", "-c", "kill -9 $$"]).status.code(),
        Some(128 + 9)
    );
    assert_eq!(run(&["--", "no-such-program"]).status.code(), Some(127));
}

#[test]
fn parts_that_do_not_start_are_one_line_and_exit_code_125() {
    let done = run(&["--tools", "no-such-folder", "--", "true"]);
    assert_eq!(done.status.code(), Some(125));
    let said = String::from_utf8(done.stderr).expect("text");
    assert!(
        said.starts_with("with-parts: ")
            && said.trim_end().ends_with("run `make tools`")
            && said.lines().count() == 1,
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_launcher_leaves_no_process_behind() {
    let folder = Folder::new();
    let (mut child, all) = busy(&folder).await;
    kill(child.id());
    child.wait().expect("its end");
    let mut left = all.clone();
    eventually("all are gone", Duration::from_secs(5), async || {
        left.retain(|pid| lives(*pid));
        left.is_empty()
    })
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminated_launcher_stops_everything_in_order() {
    let folder = Folder::new();
    let (mut child, all) = busy(&folder).await;
    kill_process(Pid::from_child(&child), Signal::TERM).expect("a process");
    assert_eq!(child.wait().expect("its end").code(), Some(128 + 15));
    assert!(!all.iter().any(|pid| lives(*pid)));
}

#[test]
fn a_named_folder_keeps_the_data() {
    let folder = Folder::new();
    let data = folder.join("data");
    let data = data.to_str().expect("a path");
    let sql = |sql: &str| {
        let script = format!(
            "exec {}/bin/psql \"$DATABASE_URL\" -qAtXc \"{sql}\"",
            xlcfi_parts::find_tools_dir().display()
        );
        let done = run(&["--data", data, "--", "sh", "-c", &script]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    };
    sql("create table kept as select 5 as number");
    assert_eq!(sql("select number from kept"), "5\n");
    assert!(fs::metadata(folder.join("data/ports.json")).is_ok());
}

#[tokio::test]
async fn the_folder_of_a_killed_launcher_can_be_used_at_once() {
    let folder = Folder::new();
    let (data, ready) = (folder.join("with a space, 데이터"), folder.join("ready"));
    let start = |script: &str| {
        let mut start = command();
        start.arg("--data").arg(&data).args(["--", "sh", "-c", script]);
        start
    };
    let script = format!(
        "echo $DATABASE_URL > {0}.new; mv {0}.new {0}; sleep 600",
        ready.display()
    );
    let mut first = start(&script).spawn().expect("with-parts");
    eventually("the command runs", Duration::from_secs(20), async || {
        ready.exists()
    })
    .await;
    kill(first.id());
    // A busy machine may need a moment to end it; its servers end meanwhile.
    first.wait().expect("its end");
    let second = start("echo $DATABASE_URL").output().expect("with-parts");
    assert!(
        second.status.success(),
        "{}",
        String::from_utf8_lossy(&second.stderr)
    );
    assert_eq!(second.stdout, fs::read(&ready).expect("a URL"));
}
