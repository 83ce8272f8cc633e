//! The first words of each protocol: enough to know that a server of the right kind answers, without a login.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Part;

const PATIENCE: Duration = Duration::from_secs(3);
/// Message schedules, counters and atomic batches of JetStream need this.
const OLDEST_NATS: (u64, u64) = (2, 12);

/// What a server says when it is spoken to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ready,
    /// It is the right server and still starts.
    Starting,
}

/// Connects and has a first exchange. Fails when nobody or the wrong kind or version of server answers.
pub(crate) async fn probe(part: Part, host: &str, port: u16) -> Result<Answer> {
    let Ok(connected) = timeout(PATIENCE, TcpStream::connect((host, port))).await else {
        bail!("nothing answers at {host}:{port}");
    };
    let mut stream = connected.map_err(|error| anyhow::anyhow!("{host}:{port} does not answer: {error}"))?;
    let talk = async {
        match part {
            Part::Postgres => postgres(&mut stream).await,
            Part::Nats => nats(&mut stream).await,
            Part::Valkey => valkey(&mut stream).await,
            Part::Anvil => anvil(&mut stream).await,
        }
    };
    match timeout(PATIENCE, talk).await {
        Ok(answer) => answer.with_context(|| format!("{host}:{port}")),
        Err(_) => bail!("{host}:{port} takes connections and says nothing"),
    }
}

async fn postgres(stream: &mut TcpStream) -> Result<Answer> {
    let parameters = b"user\0xlcfi\0database\0postgres\0\0";
    let mut hello = Vec::new();
    hello.extend_from_slice(&(8 + parameters.len() as u32).to_be_bytes());
    hello.extend_from_slice(&(3_u32 << 16).to_be_bytes());
    hello.extend_from_slice(parameters);
    stream.write_all(&hello).await?;
    let mut reply = vec![0; 1024];
    let length = stream.read(&mut reply).await?;
    reply.truncate(length);
    match reply.first() {
        Some(b'R') => Ok(Answer::Ready),
        // "the database system is starting up"; any other refusal is of this login, which is not a real one.
        Some(b'E') if reply.windows(7).any(|field| field == b"C57P03\0") => Ok(Answer::Starting),
        Some(b'E') => Ok(Answer::Ready),
        _ => bail!("this is not PostgreSQL"),
    }
}

#[derive(Deserialize)]
struct Info {
    version: String,
    #[serde(default)]
    jetstream: bool,
}

async fn nats(stream: &mut TcpStream) -> Result<Answer> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") && line.len() < 64 << 10 {
        if stream.read_buf(&mut line).await? == 0 {
            break;
        }
    }
    let Some(info) = line
        .strip_prefix(b"INFO ")
        .and_then(|info| serde_json::from_slice::<Info>(info).ok())
    else {
        bail!("this is not NATS");
    };
    if version(&info.version).is_none_or(|version| version < OLDEST_NATS) {
        let (major, minor) = OLDEST_NATS;
        bail!(
            "this is NATS {}, and {major}.{minor} or newer is needed: update it",
            info.version
        );
    }
    if !info.jetstream {
        tracing::warn!(version = info.version, "nats.no_jetstream");
    }
    Ok(Answer::Ready)
}

fn version(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.trim_start_matches('v').split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

async fn valkey(stream: &mut TcpStream) -> Result<Answer> {
    stream.write_all(b"PING\r\n").await?;
    let mut reply = vec![0; 256];
    let length = stream.read(&mut reply).await?;
    let reply = String::from_utf8_lossy(&reply[..length]);
    match reply.split_whitespace().next() {
        Some("-LOADING") => Ok(Answer::Starting),
        Some(word) if word == "+PONG" || word.starts_with('-') => Ok(Answer::Ready),
        _ => bail!("this is not Redis or Valkey"),
    }
}

async fn anvil(stream: &mut TcpStream) -> Result<Answer> {
    let asked = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{asked}",
        asked.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    if reply.starts_with("HTTP/1.1 200") && reply.contains("\"result\"") {
        return Ok(Answer::Ready);
    }
    bail!("this is not an Ethereum node")
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn server_that_says(words: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(words.as_bytes()).await;
                let _ = stream.read(&mut [0; 64]).await;
            }
        });
        port
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("2.9.10").expect("a version") < OLDEST_NATS);
        assert!(version("2.12.0-RC.1").expect("a version") >= OLDEST_NATS);
        assert!(version("v3.0").expect("a version") >= OLDEST_NATS);
        assert_eq!(version("unknown"), None);
    }

    #[tokio::test]
    async fn an_old_nats_is_named_with_what_is_needed() {
        let port = server_that_says("INFO {\"version\":\"2.9.10\",\"jetstream\":true} \r\n").await;
        let error = probe(Part::Nats, "127.0.0.1", port).await.expect_err("too old");
        assert_eq!(
            format!("{error:#}"),
            format!("127.0.0.1:{port}: this is NATS 2.9.10, and 2.12 or newer is needed: update it")
        );
    }

    #[tokio::test]
    async fn a_server_of_another_kind_is_told_apart() {
        let port = server_that_says("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        for part in Part::ALL {
            assert!(probe(part, "127.0.0.1", port).await.is_err(), "{part}");
        }
    }
}
