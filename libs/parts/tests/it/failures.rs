//! What a person reads when something is not as it should be: one line, and what to do.

use std::fs;
use std::net::TcpListener;

use xlcfi_parts::{Given, Options, Parts, Ports};

use crate::{Folder, ephemeral, persistent};

async fn failure(options: Options) -> String {
    let error = format!("{:#}", Parts::start(options).await.err().expect("a failure"));
    assert!(!error.contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn a_second_start_in_the_same_folder_names_the_first() {
    let folder = Folder::new();
    let first = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    let error = failure(persistent(&folder.join("data"))).await;
    assert!(
        error.contains("already runs") && error.contains(&format!("(pid {})", std::process::id())),
        "{error}"
    );
    first.stop().await;
}

#[tokio::test]
async fn a_missing_tool_is_to_be_installed() {
    let folder = Folder::new();
    let error = failure(Options {
        tools_dir: folder.join("tools"),
        ..ephemeral()
    })
    .await;
    assert!(
        error.starts_with("initdb, postgres, nats-server, valkey-server not found in"),
        "{error}"
    );
    assert!(error.ends_with("run `make tools`"), "{error}");
}

#[tokio::test]
async fn a_busy_port_is_named_and_nothing_is_left_running() {
    let folder = Folder::new();
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = busy.local_addr().expect("an address").port();
    let ports = Ports {
        nats: Some(port),
        ..Ports::default()
    };
    let error = failure(Options {
        ports,
        ..persistent(&folder.join("data"))
    })
    .await;
    assert_eq!(
        error,
        format!("port {port} for nats is used by another program: stop that one, or choose another port")
    );
    drop(busy);
    let parts = Parts::start(Options {
        ports,
        ..persistent(&folder.join("data"))
    })
    .await
    .expect("parts");
    assert!(parts.nats_url().ends_with(&format!(":{port}")));
    parts.stop().await;
}

#[tokio::test]
async fn a_last_port_that_is_taken_is_replaced() {
    let folder = Folder::new();
    let parts = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    let port = parts.children()[0].port;
    parts.stop().await;
    let _busy = TcpListener::bind(("127.0.0.1", port)).expect("the port");
    let parts = Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts");
    assert_ne!(parts.children()[0].port, port);
    parts.stop().await;
}

#[tokio::test]
async fn data_of_another_postgresql_is_left_alone() {
    let folder = Folder::new();
    Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts")
        .stop()
        .await;
    fs::write(folder.join("data/postgres/cluster/PG_VERSION"), "17\n").expect("a version");
    let error = failure(persistent(&folder.join("data"))).await;
    assert!(
        error.contains("holds data of PostgreSQL 17, and the installed one is 18"),
        "{error}"
    );
}

#[tokio::test]
async fn a_lost_password_is_not_replaced() {
    let folder = Folder::new();
    Parts::start(persistent(&folder.join("data")))
        .await
        .expect("parts")
        .stop()
        .await;
    fs::remove_file(folder.join("data/password")).expect("a password");
    let error = failure(persistent(&folder.join("data"))).await;
    assert!(error.contains("password is missing"), "{error}");
}

#[tokio::test]
async fn a_given_server_that_is_away_is_named_by_its_variable() {
    let given = Given {
        database_url: Some("postgres://u:secret@127.0.0.1:1/x".into()),
        ..Given::default()
    };
    let error = failure(Options { given, ..ephemeral() }).await;
    assert!(
        error.starts_with("DATABASE_URL: 127.0.0.1:1 does not answer"),
        "{error}"
    );
    assert!(!error.contains("secret"));
}

#[tokio::test]
async fn a_setting_that_postgresql_refuses_is_told_in_its_words() {
    let postgres_settings = vec![("no_such_setting".to_owned(), "1".to_owned())];
    let error = failure(Options {
        postgres_settings,
        ..ephemeral()
    })
    .await;
    assert!(
        error.starts_with("postgres does not start: ") && error.contains("no_such_setting"),
        "{error}"
    );
}
