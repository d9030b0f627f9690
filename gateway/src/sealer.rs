//! Seals the audit trail while the gateway serves; with several gateways, whichever comes first.

use actix_web::rt;
use resource::audit::seal::{Reach, seal_all};

use crate::State;

/// Starts sealing on this runtime, where the configuration asks for it. It ends with the runtime.
pub(crate) fn start(state: &State) {
    let Some(every) = state.config.audit_seal else {
        return;
    };
    let database = state.database.clone();
    rt::spawn(async move {
        let mut turns = rt::time::interval(every);
        // The first comes at once, when everything else starts.
        turns.tick().await;
        loop {
            turns.tick().await;
            // What fails now is sealed at the next turn.
            if let Err(error) = seal_all(&database, Reach::Recent).await {
                tracing::warn!(%error, "the audit trail could not be sealed");
            }
        }
    });
}
