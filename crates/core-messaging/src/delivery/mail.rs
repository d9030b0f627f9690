//! E-mail by SMTP (RFC 5321).

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp,
};
use resource::outbox::Letter;

use super::carrier::{Carrier, Failure, Held};

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
    async fn send(&self, address: &str, letter: &Letter, key: &str) -> Result<(), Failure> {
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
        let name = HeaderName::new_from_ascii_str("X-Termbook-Dedupe");
        Message::builder()
            .from((*self.from).clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{key}@{}>", self.from.email.domain())))
            .raw_header(HeaderValue::new(name, key.into()))
            .singlepart(SinglePart::plain(letter.text.clone()))
            .map_err(|_| Failure::ForGood("not a letter that can be written".into()))
    }
}

impl Carrier for Mailer {
    const CHANNEL: &'static str = "email";
    const ABREAST: usize = 4;
    const NOBODY: &'static str = "the account has no e-mail address";

    async fn carry(&self, parcel: &Held, key: &str, _: DateTime<Utc>) -> Result<(), Failure> {
        let letter: Letter = serde_json::from_value(parcel.payload.clone())
            .map_err(|_| Failure::ForGood("not a letter".into()))?;
        self.send(&parcel.address, &letter, key).await
    }
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
        assert_eq!(id(&written("a1")), id(&written("a1")));
        assert_ne!(id(&written("a1")), id(&written("b1")));
        assert!(id(&written("a1")).ends_with("@school.test>"));
        assert!(!written("a1").contains("\r\nBcc"));
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
