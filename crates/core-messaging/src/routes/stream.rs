//! `stream/`: what concerns the caller, as it happens.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use futures::stream;
use resource::{
    ApiError, Ctx, FieldErrors,
    caching::Bell,
    tenant_guard::{Scope, Tokens, Verb},
};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::{
    delivery::concerns,
    services::events::{self, Event},
};

/// Streams one account may hold open at one gateway.
const STREAMS: usize = 5;
/// Wait before a line that says nothing, so that neither end takes the other for gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What the streams of one gateway share.
#[derive(Clone, Debug, Default)]
pub struct Live {
    bell: Bell,
    open: Arc<Mutex<HashMap<(i64, i64), usize>>>,
    closing: watch::Sender<bool>,
}

impl Live {
    /// Streams that wake by `bell`.
    #[must_use]
    pub fn new(bell: Bell) -> Self {
        Self {
            bell,
            ..Self::default()
        }
    }

    /// The bell they wake by.
    #[must_use]
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Ends every stream, and those opened from now on once they have said what is there.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    fn seat(&self, scope: &Scope) -> Result<Seat, ApiError> {
        let key = (scope.school().0, scope.principal().user_id);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = open.entry(key).or_default();
        if *taken >= STREAMS {
            return Err(ApiError::throttled(5));
        }
        *taken += 1;
        drop(open);
        Ok(Seat {
            open: self.open.clone(),
            key,
        })
    }
}

/// One of the streams an account may hold.
struct Seat {
    open: Arc<Mutex<HashMap<(i64, i64), usize>>>,
    key: (i64, i64),
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = open.get_mut(&self.key) {
            *taken -= 1;
            if *taken == 0 {
                open.remove(&self.key);
            }
        }
    }
}

/// Listen to what concerns the caller, as Server-Sent Events.
///
/// `event` says what happened (`message`, …), `id` where to go on from, and `data` which row it is about, as
/// `{"resource": "messages", "id": 7}`: nothing of what the row holds. A client that comes back with the last
/// `id` it saw in `Last-Event-ID` misses nothing; one without hears what happens from then on. The stream ends
/// when the access token does.
///
/// # Errors
/// 400 for a bad `Last-Event-ID` or parameter, 429 for more than five streams of one account.
#[utoipa::path(
    get,
    path = "/api/stream/",
    operation_id = "stream",
    tag = "stream",
    params(
        ("wait" = Option<bool>, Query, description = "`false`: what is there, and the end. Default `true`."),
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id` seen."),
    ),
    responses(
        (status = 200, description = "Events, for as long as the caller listens.", body = String, content_type = "text/event-stream"),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter."),
        (status = 429, body = resource::Problem, content_type = "application/problem+json", description = "Too many streams."),
    )
)]
pub async fn stream(
    ctx: Ctx,
    request: HttpRequest,
    live: web::Data<Live>,
    tokens: web::Data<Tokens>,
) -> Result<HttpResponse, ApiError> {
    ctx.reach("stream", Verb::Read)?;
    let (wait, after) = asked(&request).map_err(ApiError::invalid)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Proxies that gather an answer before they pass it on are asked not to.
        .insert_header(("X-Accel-Buffering", "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let seat = live.seat(&ctx.scope)?;
    let rings = live.bell.listen();
    let after = match after {
        Some(after) => after,
        None => events::latest(&ctx.scope).await?,
    };
    let left = bearer(&request)
        .and_then(|token| tokens.expires_in(token, ctx.scope.now()))
        .unwrap_or_default();
    let listener = Listener {
        rings,
        closing: live.closing.subscribe(),
        ends: Instant::now() + left,
        scope: ctx.scope,
        said: VecDeque::from([web::Bytes::from(format!(": here\nid: {after}\n\n"))]),
        after,
        wait,
        _seat: seat,
    };
    Ok(
        response.streaming(stream::unfold(listener, |mut listener| async move {
            let said = listener.next().await?;
            Some((said, listener))
        })),
    )
}

struct Listener {
    scope: Scope,
    rings: broadcast::Receiver<Arc<str>>,
    closing: watch::Receiver<bool>,
    ends: Instant,
    said: VecDeque<web::Bytes>,
    after: i64,
    wait: bool,
    _seat: Seat,
}

impl Listener {
    /// What is said next; none at the end. A database that is away ends the stream, and its client comes back.
    async fn next(&mut self) -> Option<Result<web::Bytes, ApiError>> {
        loop {
            if let Some(said) = self.said.pop_front() {
                return Some(Ok(said));
            }
            let news = match events::after(&self.scope, self.after).await {
                Ok(news) => news,
                Err(error) => return Some(Err(error)),
            };
            self.after = news.last().map_or(self.after, |event| event.place);
            self.said.extend(news.iter().map(line));
            if self.said.is_empty() && !(self.wait && self.rung().await?) {
                return self.wait.then(|| Ok(web::Bytes::from_static(b":\n\n")));
            }
        }
    }

    /// Waits: `true` when there may be news, `false` when it is time for a sign of life, none at the end.
    async fn rung(&mut self) -> Option<bool> {
        let (school, person) = (self.scope.school().0, self.scope.principal().user_id);
        let beat = Instant::now() + HEARTBEAT;
        loop {
            tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
                () = tokio::time::sleep_until(beat) => return Some(false),
                ring = self.rings.recv() => match ring {
                    Ok(ring) if !concerns(&ring, school, person) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return Some(true),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }
}

fn line(event: &Event) -> web::Bytes {
    let Event {
        place,
        kind,
        payload,
    } = event;
    web::Bytes::from(format!("id: {place}\nevent: {kind}\ndata: {payload}\n\n"))
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    Some(header.split_once(' ')?.1.trim())
}

/// Whether to wait for more, and the place to go on from.
fn asked(request: &HttpRequest) -> Result<(bool, Option<i64>), FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut wait = true;
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        match (&*name, &*value) {
            ("wait", "true" | "false") => wait = value == "true",
            ("wait", _) => errors.add("wait", "Must be a valid boolean."),
            _ => errors.add(name, "This parameter is not known."),
        }
    }
    let sent = request.headers().get("last-event-id");
    let after = sent.and_then(|value| value.to_str().ok()?.trim().parse::<i64>().ok());
    if sent.is_some_and(|value| !value.is_empty()) && after.is_none_or(|place| place < 0) {
        errors.add("Last-Event-ID", "This is not the id of an event.");
    }
    if errors.is_empty() {
        Ok((wait, after))
    } else {
        Err(errors)
    }
}
