//! The background task that asks the payment gateway about payments nobody confirmed.

use std::time::Duration;

use actix_web::{
    rt::{self, task::JoinHandle, time},
    web,
};
use bursary::services::online::sweep;

use crate::State;

/// Time between two sweeps.
const EVERY: Duration = Duration::from_mins(1);

/// Starts it where the server has a gateway; it runs until it is aborted.
pub(crate) fn start(state: &State) -> JoinHandle<()> {
    let online = state.online.clone();
    let kernel = web::Data::new(state.kernel.for_worker());
    rt::spawn(async move {
        let Ok(gateway) = online.gateway() else {
            return;
        };
        let mut ticks = time::interval(EVERY);
        loop {
            ticks.tick().await;
            match sweep(&kernel, gateway).await {
                Ok(swept) if swept.asked > 0 => tracing::info!(?swept, "payments asked about"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "asking about payments"),
            }
        }
    })
}
