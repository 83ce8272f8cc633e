//! Servers that somebody else runs: they are asked whether they are there, and otherwise left alone.

use anyhow::{Context, Result, bail};

use crate::Part;
use crate::probe::{Answer, probe};

/// Where a URL leads. The password is not kept: these go into messages.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    scheme: String,
    host: String,
    port: u16,
}

/// Makes sure that the server behind a given URL answers and is new enough.
pub(crate) async fn check(part: Part, url: &str) -> Result<()> {
    let variable = part.url_variable();
    let mut last = None;
    // One server of a NATS cluster is enough.
    for url in url.split(',').map(str::trim) {
        let address = parse(part, url).with_context(|| format!("{variable} is not a URL of {part}"))?;
        // Local sockets, encrypted first words and WebSockets are for the real clients to try.
        let plain = ["postgres", "postgresql", "nats", "redis"].contains(&address.scheme.as_str());
        if address.host.is_empty() || !plain {
            return Ok(());
        }
        match probe(part, &address.host, address.port).await {
            Ok(Answer::Ready) => return Ok(()),
            Ok(Answer::Starting) => {
                last = Some(anyhow::anyhow!(
                    "{}:{} is still starting",
                    address.host,
                    address.port
                ))
            }
            Err(error) => last = Some(error),
        }
    }
    match last {
        None => Ok(()),
        Some(error) => bail!(
            "{variable}: {error:#}; start or fix that server, or unset {variable} to have one started here"
        ),
    }
}

fn parse(part: Part, url: &str) -> Result<Address> {
    let default_port = match part {
        Part::Postgres => 5432,
        Part::Nats => 4222,
        Part::Valkey => 6379,
        Part::Anvil => 8545,
    };
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if part == Part::Nats && !url.is_empty() => ("nats".to_owned(), url),
        None => bail!("it has no scheme"),
    };
    let known: &[&str] = match part {
        Part::Postgres => &["postgres", "postgresql"],
        Part::Nats => &["nats", "tls", "ws", "wss"],
        Part::Valkey => &["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys"],
        Part::Anvil => &["http", "https"],
    };
    if !known.contains(&scheme.as_str()) {
        bail!("its scheme must be {}://", known[0]);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host_port)| host_port);
    let (host, port) = match host_port.strip_prefix('[') {
        Some(six) => six.split_once(']').context("its address lacks a ]")?,
        None => host_port.split_at(host_port.find(':').unwrap_or(host_port.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) if !port.is_empty() => port.parse().context("its port is not a number below 65536")?,
        _ => default_port,
    };
    Ok(Address {
        scheme,
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let cases = [
            (
                Part::Postgres,
                "postgres://u:p%40@db.example:6543/x?sslmode=require",
                "postgres",
                "db.example",
                6543,
            ),
            (
                Part::Postgres,
                "postgresql:///x?host=/run/postgresql",
                "postgresql",
                "",
                5432,
            ),
            (Part::Nats, "nats://a:b@[::1]", "nats", "::1", 4222),
            (Part::Nats, "localhost:4333", "nats", "localhost", 4333),
            (
                Part::Valkey,
                "redis://:secret@127.0.0.1/0",
                "redis",
                "127.0.0.1",
                6379,
            ),
        ];
        for (part, url, scheme, host, port) in cases {
            let expected = Address {
                scheme: scheme.into(),
                host: host.into(),
                port,
            };
            assert_eq!(parse(part, url).expect(url), expected, "{url}");
        }
        for (part, url) in [
            (Part::Postgres, "mysql://x"),
            (Part::Valkey, "127.0.0.1:1"),
            (Part::Nats, "nats://x:99999"),
        ] {
            assert!(parse(part, url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_without_its_password() {
        let error = check(Part::Valkey, "redis://:secret@127.0.0.1:1")
            .await
            .expect_err("nobody is there");
        let text = error.to_string();
        assert!(
            text.starts_with("REDIS_URL: 127.0.0.1:1 does not answer: ")
                && text.ends_with("unset REDIS_URL to have one started here"),
            "{text}"
        );
        assert!(!text.contains("secret"));
    }
}
