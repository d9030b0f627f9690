//! The demo: two real schools, their pupils, their marks and their money, and an account of each role to sign
//! in with.

mod assets;
mod calendar;
mod messages;
mod money;
mod names;
mod records;
mod school;

use resource::ApiError;

use crate::State;

/// Password of every demo account. It is printed in the README, so the accounts sign in on loopback only.
pub const PASSWORD: &str = "termbook-demo";

/// Loads the demo schools, all of it or nothing; `false` when they are here already.
///
/// # Errors
/// When the database fails or already holds something in their place.
pub async fn load(state: &State) -> Result<bool, ApiError> {
    let platform = state.database.platform();
    if platform.school_of("gp").await?.is_some() {
        return Ok(false);
    }
    let pupils = records::pupils().map_err(ApiError::internal)?;
    let hash = state.hasher.hash(PASSWORD.to_owned()).await?;
    let transaction = platform.begin().await?;
    let inside = transaction.platform();
    identity::services::create_operator(inside, "root@termbook.demo", "Rosa Termbook", &hash)
        .await?;
    for code in ["GP", "MS"] {
        let own: Vec<_> = pupils.iter().filter(|pupil| pupil.school == code).collect();
        school::load(inside, &state.files, code, &own, &hash).await?;
    }
    transaction.commit().await?;
    Ok(true)
}
