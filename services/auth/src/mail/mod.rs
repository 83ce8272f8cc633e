//! Mails that prove an address or say what happened, and the job that sends them.

mod letter;
mod post;

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::account::Email;

pub use letter::Letters;
pub use post::Post;

/// Longest a mail server may take for one step; no other replica tries before.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the token of a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
}

impl Purpose {
    /// How long its token is good.
    pub fn life(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::from_secs(24 * 60 * 60),
            Self::ResetPassword => Duration::from_secs(30 * 60),
        }
    }
}

/// A mail to be sent, if the address has an account.
#[derive(Debug)]
pub struct Errand {
    pub id: Uuid,
    pub content: Content,
    pub email: Email,
    /// How often it was tried, this time included.
    pub tries: i32,
}

/// What is in a mail.
#[derive(Debug)]
pub enum Content {
    /// A link with a token, made when it is sent.
    Token(Purpose),
    /// What happened.
    Notice { title: String, text: String },
}

/// Takes mails where they go.
#[tonic::async_trait]
pub trait Mailer: fmt::Debug + Send + Sync {
    /// # Errors
    /// It was not taken; another try may help.
    async fn send(&self, mail: Message) -> Result<(), MailError>;
}

/// A mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail server did not take the mail")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("the mail was not written")]
    Folder(#[from] lettre::transport::file::Error),
}

/// Writes each mail to a file `<id>.eml` of a folder.
#[derive(Debug)]
pub struct Folder(AsyncFileTransport<Tokio1Executor>);

impl Folder {
    pub fn new(path: &str) -> std::io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Ok(Self(AsyncFileTransport::new(path)))
    }
}

#[tonic::async_trait]
impl Mailer for Folder {
    async fn send(&self, mail: Message) -> Result<(), MailError> {
        self.0.send(mail).await?;
        Ok(())
    }
}

/// Gives each mail to a mail server.
#[derive(Debug)]
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// The server at `smtps://user:password@host` or `smtp://host?tls=required`.
    pub fn new(url: &str) -> Result<Self, lettre::transport::smtp::Error> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self(server.timeout(Some(PATIENCE)).build()))
    }
}

#[tonic::async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: Message) -> Result<(), MailError> {
        self.0.send(mail).await?;
        Ok(())
    }
}

/// Where mails come from, when no setting says otherwise.
pub fn usual_sender() -> Mailbox {
    let address = lettre::Address::new("no-reply", "xlcfi.com").expect("it is an address");
    Mailbox::new(Some("XLCfi".into()), address)
}
