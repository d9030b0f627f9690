//! The application: the same for the binary and for tests.

use std::net::TcpListener;

use actix_cors::Cors;
use actix_web::{
    App, Error, HttpServer,
    body::MessageBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    http::header::{
        AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
    },
    middleware::{Condition, from_fn},
    web,
};
use bursary::services::assigned_fees::AssignedFees;
use core_messaging::delivery::Delivery;
use identity::{
    TrustedProxies,
    services::{DemoAccounts, school_removal::RemovalDelay},
    settings::SettingsRules,
};
use resource::{Mounts, edge};

use crate::{
    State,
    access_log::access_log,
    health,
    limits::{self, limit},
    openapi, sealer,
};

/// Every collection and action of every domain.
#[must_use]
pub fn mounts() -> Mounts {
    let mut mounts = Mounts::default();
    identity::mount(&mut mounts);
    files::mount(&mut mounts);
    academic::mount::<AssignedFees>(&mut mounts);
    bursary::mount(&mut mounts);
    core_messaging::mount(&mut mounts);
    mounts
}

/// One worker's application.
pub fn app(
    state: &State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let origins = &state.config.cors_origins;
    App::new()
        .app_data(web::PayloadConfig::new(state.config.body_limit))
        .app_data(web::Data::new(state.kernel.for_worker()))
        .app_data(web::Data::new(state.database.clone()))
        .app_data(web::Data::new(TrustedProxies(state.config.trusted_proxies)))
        .app_data(web::Data::new(demo_accounts(state)))
        .app_data(web::Data::new(RemovalDelay(state.config.removal_delay)))
        .app_data(web::Data::new(settings_rules()))
        .app_data(state.live.clone())
        .app_data(state.hooks.clone())
        .app_data(state.tokens.clone())
        .app_data(state.hasher.clone())
        .app_data(state.online.clone())
        .app_data(state.receipts.clone())
        .app_data(state.files.clone())
        .app_data(state.openapi.clone())
        .app_data(state.limits.clone())
        .configure(|config| state.mounts.configure(config, state.config.body_limit))
        .configure(health::mount)
        .configure(openapi::mount)
        .wrap(from_fn(limit))
        .wrap(Condition::new(!origins.is_empty(), cors(origins)))
        .wrap(from_fn(edge))
        .wrap(from_fn(access_log))
}

/// What the domains have against a change of settings.
fn settings_rules() -> SettingsRules {
    SettingsRules(vec![|scope, before, after| {
        Box::pin(academic::services::marking::maxima_fit(
            scope, before, after,
        ))
    }])
}

fn demo_accounts(state: &State) -> DemoAccounts {
    if state.config.is_loopback() {
        DemoAccounts::Welcome
    } else {
        DemoAccounts::Refused
    }
}

fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH])
        .allowed_headers(["X-Tenant-ID", "X-Request-ID", "Idempotency-Key"])
        .expose_headers([ETAG, LOCATION, RETRY_AFTER])
        .expose_headers(["X-Request-ID", "Idempotency-Replayed", "Server-Timing"])
        .expose_headers(limits::HEADERS)
        .max_age(3_600);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Delivers the outbox beside a server, on the runtime that calls; it ends with [`Delivery::stop`], or with
/// the runtime.
#[must_use]
pub fn deliver(state: &State) -> Delivery {
    let (bell, hooks, mailer) = (
        state.live.bell(),
        state.hooks.get_ref().clone(),
        state.mailer.clone(),
    );
    Delivery::start(&state.kernel, bell, hooks, mailer, state.config.pace)
}

/// A server over `state` on `listener`; awaiting it serves until it is told to stop, and then
/// finishes the requests in flight. Beside it the audit trail is sealed, on the runtime of the caller.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(state: &State, listener: TcpListener) -> std::io::Result<Server> {
    let config = state.config.clone();
    let shared = state.clone();
    sealer::start(state);
    Ok(HttpServer::new(move || app(&shared))
        .workers(config.workers)
        .shutdown_timeout(config.shutdown.as_secs())
        .listen(listener)?
        .run())
}
