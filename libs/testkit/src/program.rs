use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, copy, sink};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;
use xlcfi_parts::find_tools_dir;

/// Longest a program may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);
/// Runs the program until its own input ends, as it does when the test is gone in
/// whatever way. Signals of a terminal are for the test.
const RUN: &str = r#"trap '' INT TERM HUP
"$0" "$@" </dev/null & server=$!
exec >&-
read -r _
kill -9 $server"#;

/// A program of somebody else that a test asks over HTTP; it ends with this value.
#[derive(Debug)]
pub struct Program {
    url: String,
    _lifeline: ChildStdin,
    _child: Child,
}

impl Program {
    /// Whether the program is among the tools.
    pub fn is_there(name: &str) -> bool {
        path(name).is_file()
    }

    /// Starts a program of the tools, which chooses a port of 127.0.0.1 and prints it.
    ///
    /// # Panics
    /// It is not there, or does not say within a minute where it listens.
    pub async fn start(name: &str, arguments: &[&str]) -> Self {
        assert!(Self::is_there(name), "{name} is not there: run `make doubles`");
        let mut child = Command::new("sh")
            .args(["-c", RUN])
            .arg(path(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let lifeline = child.stdin.take().expect("it has a pipe");
        let mut said = BufReader::new(child.stdout.take().expect("it has a pipe")).lines();
        let listening = async {
            while let Some(line) = said.next_line().await.expect("it prints text") {
                if let Some((_, port)) = line.split_once("127.0.0.1:") {
                    return port.trim().to_owned();
                }
            }
            panic!("{name} ended and did not say where it listens");
        };
        let port = timeout(PATIENCE, listening).await;
        let port = port.unwrap_or_else(|_| panic!("{name} does not say where it listens"));
        // Somebody has to read the rest, or it would stop at a full pipe.
        tokio::spawn(async move { copy(&mut said.into_inner(), &mut sink()).await });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _lifeline: lifeline,
            _child: child,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn path(name: &str) -> PathBuf {
    find_tools_dir().join("bin").join(name)
}
