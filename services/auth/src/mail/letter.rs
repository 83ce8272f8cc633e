use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use url::Url;
use xlcfi_errors::Fault;

use crate::account::Email;
use crate::secret::Secret;

use super::Purpose;

/// Writes mails.
#[derive(Debug, Clone)]
pub struct Letters {
    pub from: Mailbox,
    /// The front end whose pages take the tokens.
    pub site: Url,
}

impl Letters {
    /// The mail that carries a token to its address. It may be no address for
    /// mails, though it was taken at the sign-up.
    pub fn write(&self, purpose: Purpose, to: &Email, token: Secret) -> Result<Message, Fault> {
        let page = match purpose {
            Purpose::VerifyEmail => "verify-email",
            Purpose::ResetPassword => "reset-password",
        };
        let mut link = self.site.clone();
        link.set_path(page);
        // Behind the mark it is sent to no server, and stands in no log.
        link.set_fragment(Some(&format!("token={}", token.into_text())));
        let (subject, text) = match purpose {
            Purpose::VerifyEmail => (
                "[XLCfi] 이메일 주소를 확인해 주세요",
                format!(
                    "안녕하세요, XLCfi입니다.\n\n\
                     아래 주소를 열면 이메일 확인이 끝납니다. 24시간 동안 한 번만 쓸 수 있습니다.\n\n{link}\n\n\
                     가입하신 적이 없다면 이 메일은 지우셔도 됩니다.\n"
                ),
            ),
            Purpose::ResetPassword => (
                "[XLCfi] 비밀번호 재설정",
                format!(
                    "안녕하세요, XLCfi입니다.\n\n\
                     아래 주소에서 새 비밀번호를 정해 주세요. 30분 동안 한 번만 쓸 수 있으며, \
                     바꾸면 모든 기기에서 로그아웃됩니다.\n\n{link}\n\n\
                     요청하신 적이 없다면 이 메일은 지우셔도 됩니다. 비밀번호는 그대로입니다.\n"
                ),
            ),
        };
        self.letter(to, subject.to_owned(), text)
    }

    /// The mail that says what happened to the account of an address.
    pub fn notice(&self, to: &Email, title: &str, text: &str) -> Result<Message, Fault> {
        let text = format!("안녕하세요, XLCfi입니다.\n\n{text}\n\n{}\n", self.site);
        self.letter(to, format!("[XLCfi] {title}"), text)
    }

    fn letter(&self, to: &Email, subject: String, text: String) -> Result<Message, Fault> {
        let to: Mailbox = to.as_str().parse().map_err(Fault::bug)?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(Fault::bug)
    }
}
