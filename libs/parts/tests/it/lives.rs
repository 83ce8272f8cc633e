//! Start, use, stop, start again; and children that die.

use std::net::TcpStream;
use std::time::Duration;

use xlcfi_parts::{Given, Options, Part, Parts};

use crate::clients::{nats, sql, valkey};
use crate::{Folder, ephemeral, eventually, kill, lives, persistent, pid, tree};

async fn all_work(parts: &Parts) {
    assert_eq!(sql(parts.database_url(), "select 6 * 7").expect("SQL"), "42");
    let account = nats(parts.nats_url(), "$JS.API.INFO", "")
        .await
        .expect("JetStream");
    assert!(
        account.contains("io.nats.jetstream.api.v1.account_info_response"),
        "{account}"
    );
    assert_eq!(valkey(parts.redis_url(), "PING").await.expect("Valkey"), "+PONG");
}

#[tokio::test]
async fn temporary_parts_work_and_leave_nothing() {
    let parts = Parts::start(ephemeral()).await.expect("parts");
    all_work(&parts).await;
    assert_eq!(sql(parts.database_url(), "show fsync").expect("SQL"), "off");
    let (children, folder) = (parts.children(), parts.data_dir().expect("a folder").to_owned());
    assert_eq!(children.len(), 3);
    parts.stop().await;
    for child in children {
        assert!(!lives(child.pid), "{} is still there", child.part);
        assert!(
            TcpStream::connect(("127.0.0.1", child.port)).is_err(),
            "{} still answers",
            child.part
        );
    }
    assert!(!folder.exists());
}

#[tokio::test]
async fn strangers_are_refused() {
    let parts = Parts::start(ephemeral()).await.expect("parts");
    let wrong = |url: &str| {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (login, address) = rest.split_once('@').expect("a login");
        let (user, _) = login.split_once(':').expect("a password");
        format!("{scheme}://{user}:wrong@{address}")
    };
    assert!(
        sql(&wrong(parts.database_url()), "select 1")
            .expect_err("a refusal")
            .to_string()
            .contains("password")
    );
    assert!(nats(&wrong(parts.nats_url()), "x", "").await.is_err());
    assert!(valkey(&wrong(parts.redis_url()), "PING").await.is_err());
    parts.stop().await;
}

#[tokio::test]
async fn data_ports_and_passwords_survive_a_restart() {
    let folder = Folder::new();
    let first = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    all_work(&first).await;
    assert_eq!(sql(first.database_url(), "show fsync").expect("SQL"), "on");
    sql(
        first.database_url(),
        "create table kept (word text); insert into kept values ('김치')",
    )
    .expect("SQL");
    let stream = nats(
        first.nats_url(),
        "$JS.API.STREAM.CREATE.kept",
        r#"{"name":"kept","subjects":["kept.>"]}"#,
    )
    .await;
    assert!(!stream.expect("a stream").contains("\"error\""));
    let stored = nats(first.nats_url(), "kept.one", "hello")
        .await
        .expect("an acknowledgement");
    assert!(stored.contains("\"seq\":1"), "{stored}");
    let urls = [first.database_url(), first.nats_url(), first.redis_url()].map(str::to_owned);
    first.stop().await;

    let second = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    assert_eq!(
        [second.database_url(), second.nats_url(), second.redis_url()].map(str::to_owned),
        urls
    );
    assert_eq!(
        sql(second.database_url(), "select word from kept").expect("SQL"),
        "김치"
    );
    let stored = nats(second.nats_url(), "kept.two", "hello")
        .await
        .expect("an acknowledgement");
    assert!(stored.contains("\"seq\":2"), "{stored}");
    second.stop().await;
}

#[tokio::test]
async fn a_killed_server_comes_back_with_its_data_on_the_same_port() {
    let folder = Folder::new();
    let parts = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    sql(parts.database_url(), "create table kept as select 7 as number").expect("SQL");
    let before = parts.children();
    for child in &before {
        kill(child.pid);
    }
    eventually("all are started again", Duration::from_secs(10), async || {
        parts.children().iter().all(|child| child.restarts >= 1)
    })
    .await;
    all_work(&parts).await;
    assert_eq!(
        sql(parts.database_url(), "select number from kept").expect("SQL"),
        "7"
    );
    for (old, new) in before.iter().zip(parts.children()) {
        assert_eq!(old.port, new.port);
        assert_ne!(old.pid, new.pid);
    }
    parts.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_guard_takes_its_server_along_and_both_come_back() {
    let parts = Parts::start(ephemeral()).await.expect("parts");
    let before = parts.children();
    for child in &before {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.pid)).expect("a process");
        let (_, fields) = stat.rsplit_once(") ").expect("a stat line");
        let guard = fields
            .split(' ')
            .nth(1)
            .and_then(|pid| pid.parse().ok())
            .expect("a parent");
        kill(guard);
    }
    eventually("all are started again", Duration::from_secs(10), async || {
        parts.children().iter().all(|child| child.restarts >= 1)
    })
    .await;
    for child in before {
        assert!(!lives(child.pid), "{} is still there", child.part);
    }
    all_work(&parts).await;
    parts.stop().await;
}

#[tokio::test]
async fn dropped_parts_stop() {
    let parts = Parts::start(ephemeral()).await.expect("parts");
    let all: Vec<u32> = parts
        .children()
        .iter()
        .flat_map(|child| tree(child.pid))
        .collect();
    drop(parts);
    eventually("all are gone", Duration::from_secs(5), async || {
        !all.iter().any(|pid| lives(*pid))
    })
    .await;
}

#[tokio::test]
async fn given_servers_are_used_and_the_others_started() {
    let other = Parts::start(ephemeral()).await.expect("parts");
    let given = Given {
        nats_url: Some(other.nats_url().into()),
        redis_url: Some(other.redis_url().into()),
        ..Given::default()
    };
    let mixed = Parts::start(Options {
        given: given.clone(),
        ..ephemeral()
    })
    .await
    .expect("parts");
    assert_eq!(
        mixed
            .children()
            .iter()
            .map(|child| child.part)
            .collect::<Vec<_>>(),
        [Part::Postgres]
    );
    assert_eq!(
        (mixed.nats_url(), mixed.redis_url()),
        (other.nats_url(), other.redis_url())
    );
    all_work(&mixed).await;

    let given = Given {
        database_url: Some(mixed.database_url().into()),
        ..given
    };
    let none = Parts::start(Options { given, ..ephemeral() })
        .await
        .expect("parts");
    assert!(none.children().is_empty() && none.data_dir().is_none());
    assert_eq!(none.database_url(), mixed.database_url());
    none.stop().await;
    all_work(&mixed).await;
    mixed.stop().await;
    assert!(lives(pid(&other, Part::Nats)));
    other.stop().await;
}

/// Asks an Ethereum node, and gives what it answers.
async fn ethereum(url: &str, method: &str, params: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let address = url.strip_prefix("http://").expect("an http URL");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("a connection");
    let asked = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{asked}",
        asked.len()
    );
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn a_chain_runs_where_it_is_asked_for_and_keeps_its_blocks() {
    let folder = Folder::new();
    let options = || Options {
        anvil: true,
        ..persistent(&folder.join("data"))
    };
    let first = Parts::start(options()).await.expect("parts");
    let Some(url) = first.ethereum_url().map(str::to_owned) else {
        eprintln!("left out: anvil is not there; `make anvil` installs it");
        return;
    };
    assert!(
        ethereum(&url, "anvil_mine", r#"["0x7"]"#)
            .await
            .contains("result")
    );
    first.stop().await;
    let second = Parts::start(options()).await.expect("parts");
    assert_eq!(second.ethereum_url(), Some(url.as_str()));
    let head = ethereum(&url, "eth_blockNumber", "[]").await;
    assert!(head.contains("\"0x7\""), "{head}");
    second.stop().await;
    // A state that was cut off while it was written keeps nobody from starting.
    std::fs::write(folder.join("data").join("anvil").join("state.json"), "{").expect("a file");
    let without = Parts::start(options()).await.expect("parts");
    assert_eq!(without.ethereum_url(), None);
    without.stop().await;
}
