//! The smallest clients that can tell whether a server works.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use xlcfi_parts::find_tools_dir;

/// Runs SQL and returns what it prints.
pub fn sql(url: &str, sql: &str) -> Result<String> {
    let psql = find_tools_dir().join("bin/psql");
    let answer = Command::new(psql)
        .args(["-v", "ON_ERROR_STOP=1", "-qAtX", "-c", sql, url])
        .output()?;
    ensure!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
}

/// `user:password` and `host:port` of a URL.
fn login(url: &str) -> Result<(&str, &str, &str)> {
    let (_, rest) = url.split_once("://").context("a URL")?;
    let (login, address) = rest.split_once('@').context("a login")?;
    let (user, password) = login.split_once(':').context("a password")?;
    Ok((user, password, address))
}

/// Sends one request to NATS with the URL's login and returns the answer.
pub async fn nats(url: &str, subject: &str, body: &str) -> Result<String> {
    let (user, password, address) = login(url)?;
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let connect = format!(
        "CONNECT {{\"verbose\":false,\"user\":\"{user}\",\"pass\":\"{password}\"}}\r\nSUB inbox 1\r\nPUB {subject} inbox {}\r\n{body}\r\n",
        body.len()
    );
    stream.write_all(connect.as_bytes()).await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            bail!("NATS hung up");
        }
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["MSG", _, _, length] => {
                let mut answer = vec![0; length.parse()?];
                stream.read_exact(&mut answer).await?;
                return Ok(String::from_utf8(answer)?);
            }
            ["-ERR", ..] => bail!("{line}"),
            _ => {}
        }
    }
}

/// Sends one command to Valkey with the URL's password and returns the first line of the answer.
pub async fn valkey(url: &str, command: &str) -> Result<String> {
    let (_, password, address) = login(url)?;
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream
        .write_all(format!("AUTH {password}\r\n{command}\r\n").as_bytes())
        .await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    ensure!(line == "+OK\r\n", "{line}");
    line.clear();
    stream.read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}
