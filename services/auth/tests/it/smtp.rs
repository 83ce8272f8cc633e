//! Mails by a mail server: one of the test's own, which speaks as much as is needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use xlcfi_auth::Text;
use xlcfi_testkit::eventually;

use crate::world::{Auth, config};

struct MailServer {
    url: String,
    /// It refuses to take mails for now.
    busy: Arc<AtomicBool>,
    mails: mpsc::UnboundedReceiver<String>,
    refused: mpsc::UnboundedReceiver<()>,
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let busy = Arc::new(AtomicBool::new(true));
        let (taken, mails) = mpsc::unbounded_channel();
        let (refusing, refused) = mpsc::unbounded_channel();
        let shared = busy.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let talk = talk(stream, shared.clone(), taken.clone(), refusing.clone());
                tokio::spawn(talk);
            }
        });
        Self {
            url,
            busy,
            mails,
            refused,
        }
    }
}

async fn talk(
    stream: TcpStream,
    busy: Arc<AtomicBool>,
    taken: mpsc::UnboundedSender<String>,
    refused: mpsc::UnboundedSender<()>,
) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 mail.example.com ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or("") {
            "EHLO" => "250 mail.example.com",
            "MAIL" if busy.load(Ordering::Relaxed) => {
                let _ = refused.send(());
                "451 4.3.2 busy"
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                let _ = taken.send(mail);
                "250 taken"
            }
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_a_busy_server_did_not_take_is_sent_later() {
    let mut server = MailServer::start().await;
    let mut config = config();
    config.mail_folder = None;
    config.admin_email = None;
    config.smtp_url = Some(Text::new(&server.url));
    config.mail_from = Some(Text::new("Shop <shop@example.com>"));
    config.site_url = Some(Text::new("https://shop.example.com"));
    let auth = Auth::start_with(config).await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    server.refused.recv().await.unwrap();
    server.busy.store(false, Ordering::Relaxed);
    assert!(server.mails.try_recv().is_err());

    // The next look comes within seconds, by the machine's clock.
    auth.advance_secs(30);
    let mail = server.mails.recv().await.unwrap();
    for header in ["From: \"Shop\" <shop@example.com>", "To: kim@example.com"] {
        let plain = header.replace('"', "");
        assert!(mail.contains(header) || mail.contains(&plain), "{mail}");
    }
    let idle = "select count(*) from errand";
    eventually(async || (auth.count(idle).await == 0).then_some(())).await;
    assert!(server.mails.try_recv().is_err(), "once");
}
