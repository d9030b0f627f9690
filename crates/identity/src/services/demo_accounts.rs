//! The accounts of the demo. Their password is printed for everybody to read, so a server that others
//! can reach must not know them.

use super::accounts::Account;

/// Ending of the name and the e-mail of every demo account; no host on the Internet has it.
const ENDING: &str = ".demo";

/// What becomes of someone who signs in to an account of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoAccounts {
    /// They come in: only this machine can reach the server.
    Welcome,
    /// They are refused as if there were no such account.
    Refused,
}

impl DemoAccounts {
    /// Whether the holder of `account` may come in as far as the demo is concerned.
    #[must_use]
    pub fn admit(self, account: &Account) -> bool {
        // Either may have been changed since the demo was loaded; the published password is still good.
        let demo = [&account.username, &account.email]
            .iter()
            .any(|name| name.to_lowercase().ends_with(ENDING));
        self == Self::Welcome || !demo
    }
}
