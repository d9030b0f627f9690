//! E-mail by SMTP (RFC 5321).

use std::{fmt, fmt::Write, sync::Arc, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp,
};
use resource::outbox::Letter;
use sha2::{Digest, Sha256};

/// Longest wait for an answer of the server.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why e-mail cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the server.
    #[error("TERMBOOK_SMTP_URL is not the address of an SMTP server")]
    Server,
    /// The sender.
    #[error("TERMBOOK_MAIL_FROM is not a mailbox, as Termbook <office@school.example>")]
    Sender,
}

/// Why one e-mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It never will be.
    ForGood(String),
    /// It may be another time.
    ForNow(String),
}

/// Sends e-mail through one server, over connections that are kept.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Arc<Mailbox>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of the server may hold a password.
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// A mailer to the server at `url` (`smtp://` or `smtps://user:password@host:port`, with
    /// `?tls=required` or `?tls=opportunistic` for STARTTLS), in the name of `from`.
    ///
    /// # Errors
    /// [`MailError`].
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| MailError::Server)?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|_| MailError::Sender)?;
        Ok(Self {
            transport,
            from: Arc::new(from),
        })
    }

    /// Sends `letter` to `address`. The same `key` gives the same `Message-ID`, by which mail servers and
    /// readers know a letter that comes twice.
    pub(super) async fn send(
        &self,
        address: &str,
        letter: &Letter,
        key: &str,
    ) -> Result<(), Failure> {
        let message = self.written(address, letter, key)?;
        self.transport
            .send(message)
            .await
            .map(drop)
            .map_err(|error| failure(&error))
    }

    fn written(&self, address: &str, letter: &Letter, key: &str) -> Result<Message, Failure> {
        let no_address = || Failure::ForGood("not an e-mail address".into());
        let to: Address = address.parse().map_err(|_| no_address())?;
        let digest = digest(key);
        let name = HeaderName::new_from_ascii_str("X-Termbook-Dedupe");
        Message::builder()
            .from((*self.from).clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{digest}@{}>", self.from.email.domain())))
            .raw_header(HeaderValue::new(name, digest))
            .singlepart(SinglePart::plain(letter.text.clone()))
            .map_err(|_| Failure::ForGood("not a letter that can be written".into()))
    }
}

/// A key as headers carry it: it says nothing of whom it names.
fn digest(key: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(key) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// What the server said, without the words it said it in: they repeat addresses.
fn failure(error: &smtp::Error) -> Failure {
    let code = error.status().map(|code| code.to_string());
    match (code, error.is_permanent()) {
        (Some(code), true) => Failure::ForGood(format!("refused by the mail server: {code}")),
        (Some(code), false) => Failure::ForNow(format!("put off by the mail server: {code}")),
        (None, _) if error.is_timeout() => Failure::ForNow("no answer of the mail server".into()),
        (None, _) => Failure::ForNow("the mail server cannot be reached".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str) -> Letter {
        Letter {
            subject: subject.into(),
            text: "Good morning.".into(),
        }
    }

    // A mailer ends its connections on the runtime that it was made on.
    #[tokio::test]
    async fn a_letter_sent_twice_has_one_id_and_a_subject_is_one_line() {
        let mailer = Mailer::new("smtp://localhost:25", "Office <office@school.test>").unwrap();
        let written = |key| {
            let message = mailer.written("a@b.test", &letter("Fees\r\nBcc: all@b.test"), key);
            String::from_utf8(message.unwrap().formatted()).unwrap()
        };
        let id = |text: &str| {
            let line = text.lines().find(|line| line.starts_with("Message-ID: "));
            line.unwrap().to_owned()
        };
        assert_eq!(id(&written("1:a")), id(&written("1:a")));
        assert_ne!(id(&written("1:a")), id(&written("1:b")));
        assert!(id(&written("1:a")).ends_with("@school.test>"));
        assert!(!written("1:a").contains("\r\nBcc"));
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_for_good() {
        let mailer = Mailer::new("smtp://localhost:25", "office@school.test").unwrap();
        for address in [
            "",
            "nobody",
            "a@b.test, c@d.test",
            "a@b.test\r\nBcc: c@d.test",
        ] {
            assert!(matches!(
                mailer.written(address, &letter("Fees"), "1"),
                Err(Failure::ForGood(_))
            ));
        }
    }
}
