//! Argon2id off the async threads, a bounded number at once.

use std::sync::Arc;

use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier};
use resource::ApiError;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many may wait for each that is being worked on; the next one is answered 503.
const WAITING: usize = 32;

/// Hashes and verifies passwords with Argon2id.
///
/// The cost is the first choice of OWASP's Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane),
/// so `at_once` bounds memory as well as processor time.
pub struct Hasher {
    argon: Argon2<'static>,
    working: Arc<Semaphore>,
    waiting: Semaphore,
    // Verified where there is no account, so that an unknown name takes as long as a wrong password.
    nobody: String,
}

impl Hasher {
    /// A hasher of at most `at_once` passwords at a time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self::with_params(at_once, Params::DEFAULT)
    }

    /// The same at another cost: `memory` in KiB, from 8, and `passes`, from 1. Tests are cheap with it;
    /// a cost the algorithm refuses means that of [`Hasher::new`].
    #[must_use]
    pub fn with_cost(at_once: usize, memory: u32, passes: u32) -> Self {
        Self::with_params(
            at_once,
            Params::new(memory, passes, 1, None).unwrap_or(Params::DEFAULT),
        )
    }

    fn with_params(at_once: usize, params: Params) -> Self {
        let argon = Argon2::from(params);
        let nobody = argon
            .hash_password_with_salt(b"", b"nobody's account")
            .map(|hash| hash.to_string());
        let at_once = at_once.max(1);
        Self {
            argon,
            working: Arc::new(Semaphore::new(at_once)),
            waiting: Semaphore::new(at_once * (WAITING + 1)),
            nobody: nobody.unwrap_or_default(),
        }
    }

    /// The hash of a password, in PHC form, with a salt of its own.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        let argon = self.argon.clone();
        let hashed = self.work(move || {
            argon
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
        });
        hashed.await?.map_err(ApiError::internal)
    }

    /// Whether a password is the one of `hash`. An account that does not exist, or has no password,
    /// has no hash: the answer is no, and takes as long.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let argon = self.argon.clone();
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let verified = self.work(move || {
            argon
                .verify_password(password.as_bytes(), hash.as_str())
                .is_ok()
        });
        Ok(verified.await? && known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| ApiError::unavailable())?;
        let permit = self
            .working
            .clone()
            .acquire_owned()
            .await
            .map_err(ApiError::internal)?;
        // The permit goes along: a caller who hangs up does not end the work.
        let done = spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_password_is_verified_by_its_hash_alone() {
        let hasher = Hasher::with_cost(1, 8, 1);
        let hash = hasher.hash("open sesame".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(
            hasher
                .verify("open sesame".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("open sesam".into(), Some(hash))
                .await
                .unwrap()
        );
    }

    #[actix_web::test]
    async fn nobody_signs_in_to_an_account_without_a_password() {
        let hasher = Hasher::with_cost(1, 8, 1);
        for hash in [None, Some(String::new())] {
            assert!(!hasher.verify(String::new(), hash).await.unwrap());
        }
    }

    #[actix_web::test]
    async fn a_queue_too_long_is_refused_at_once() {
        let hasher = Hasher::with_cost(1, 8, 1);
        let _all = hasher
            .waiting
            .try_acquire_many(u32::try_from(WAITING + 1).unwrap())
            .unwrap();
        assert_eq!(
            hasher
                .hash("open sesame".into())
                .await
                .unwrap_err()
                .status(),
            503
        );
    }
}
