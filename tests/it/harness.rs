//! The application on a real port, and a school of one's own for each test.
//!
//! A test is written once and runs on both engine pairs:
//!
//! ```ignore
//! both! {
//!     async fn a_teacher_reads_the_subjects(app: App) {
//!         let school = app.school().await;
//!         school.as_(Role::Teacher).get("/api/subjects/").await.expect(200);
//!     }
//! }
//! ```

mod answer;
mod caller;
mod engine;
mod host;
mod line;
pub mod paystack;
mod python;
mod receiver;
mod school;

pub use answer::Answer;
pub use caller::Caller;
pub use engine::Engine;
pub use host::{App, client};
pub use line::Line;
pub use paystack::Paystack;
pub use python::Python;
pub use receiver::{Call, Receiver};
pub use school::{PASSWORD, School};

/// Makes of each function a module with one test for each engine pair.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: App) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test looks beyond its own text")]
            use super::*;

            async fn run($app: $crate::harness::App) $body

            #[tokio::test]
            async fn sqlite_in_process() {
                run($crate::harness::App::on($crate::harness::Engine::Embedded)).await;
            }

            #[tokio::test]
            async fn postgres_redis() {
                run($crate::harness::App::on($crate::harness::Engine::Production)).await;
            }
        }
    )+};
}
