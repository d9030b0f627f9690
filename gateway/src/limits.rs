//! How much one caller may ask: so many requests a minute of a signed-in user, and so many of an
//! address, whoever sends them. Signing in has limits of its own, in `identity`.
//!
//! With Redis the count is common to all gateways (`shared`), without it this process counts by itself
//! (`local`), as it does while Redis is away: a limit never fails a request that it would have let
//! through. Health, the documentation and the published document are not counted.

mod local;
mod shared;

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use identity::{client_address, network};
use resource::{
    ApiError, Kernel,
    tenant_guard::{Clock, Tokens, guard::bearer},
};

use self::{local::Local, shared::Shared};

/// The time in which a limit is counted.
const WINDOW: Duration = Duration::from_mins(1);
/// Paths under `/api/` that anyone may fetch as often as they like.
const FREE: [&str; 2] = ["/api/docs/", "/api/schema/"];

/// Headers that say how much is left of the limit that ends first.
pub(crate) const HEADERS: [&str; 3] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    /// A user of a school, or an operator, of school 0.
    User(i64, i64),
    /// An IPv4 address, or the /64 of an IPv6 address.
    Address(IpAddr),
}

/// What a limit says to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    limit: u32,
    remaining: u32,
    /// Whether this request is one of those within the limit.
    within: bool,
    /// Until there is something left, where the request is not within; else until all is.
    reset: Duration,
}

/// The limits of one process, which its workers share.
pub struct Limits {
    user: Option<Limit>,
    address: Option<Limit>,
    clock: Clock,
}

struct Limit {
    local: Local,
    shared: Shared,
}

impl Limits {
    /// Limits of requests a minute; none is no limit.
    #[must_use]
    pub fn new(user: Option<NonZeroU32>, address: Option<NonZeroU32>, clock: &Clock) -> Self {
        let limit = |most: NonZeroU32| Limit {
            local: Local::new(most, clock.clone()),
            shared: Shared::new(most),
        };
        Self {
            user: user.map(limit),
            address: address.map(limit),
            clock: clock.clone(),
        }
    }

    /// Counts a request; answers the limit that refuses it, else the one that ends first.
    async fn count(&self, request: &ServiceRequest) -> Option<Standing> {
        let mut nearest: Option<Standing> = None;
        for (limit, subject) in [
            (&self.address, self.address_of(request)),
            (&self.user, self.user_of(request)),
        ] {
            let (Some(limit), Some(subject)) = (limit, subject) else {
                continue;
            };
            let standing = limit.take(request, subject).await;
            if !standing.within {
                return Some(standing);
            }
            if nearest.is_none_or(|nearest| standing.remaining < nearest.remaining) {
                nearest = Some(standing);
            }
        }
        nearest
    }

    fn address_of(&self, request: &ServiceRequest) -> Option<Subject> {
        self.address.as_ref()?;
        client_address(request.request()).map(|address| Subject::Address(network(address)))
    }

    /// A token that is not good is nobody's, and is refused further in.
    fn user_of(&self, request: &ServiceRequest) -> Option<Subject> {
        self.user.as_ref()?;
        if !request.headers().contains_key(AUTHORIZATION) {
            return None;
        }
        let token = bearer(request.headers()).ok()?;
        let tokens = request.app_data::<web::Data<Tokens>>()?;
        let claims = tokens.read_access(token, self.clock.now()).ok()?;
        let school = claims.school_id.map_or(0, |school| school.0);
        Some(Subject::User(school, claims.sub.parse().ok()?))
    }
}

impl Limit {
    async fn take(&self, request: &ServiceRequest, subject: Subject) -> Standing {
        if let Some(kernel) = request.app_data::<web::Data<Kernel>>()
            && let Some(standing) = self.shared.take(&kernel.cache, subject).await
        {
            return standing;
        }
        self.local.take(subject)
    }
}

/// Middleware around everything that is counted.
pub(crate) async fn limit<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let path = request.path();
    let counted = path.starts_with("/api/") && !FREE.iter().any(|free| path.starts_with(free));
    let limits = request.app_data::<web::Data<Limits>>().cloned();
    let standing = match limits {
        Some(limits) if counted => limits.count(&request).await,
        _ => None,
    };
    let Some(standing) = standing else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let mut response = if standing.within {
        next.call(request).await?.map_into_left_body()
    } else {
        let seconds = u32::try_from(standing.seconds()).unwrap_or(u32::MAX);
        request
            .error_response(ApiError::throttled(seconds))
            .map_into_right_body()
    };
    standing.stamp(response.headers_mut());
    Ok(response)
}

impl Standing {
    /// Whole seconds until the reset, never 0: a client that waits so long is let through.
    fn seconds(&self) -> u64 {
        u64::try_from(self.reset.as_millis().div_ceil(1_000).max(1)).unwrap_or(u64::MAX)
    }

    fn stamp(&self, headers: &mut HeaderMap) {
        let values = [
            u64::from(self.limit),
            u64::from(self.remaining),
            self.seconds(),
        ];
        for (name, value) in HEADERS.into_iter().zip(values) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}
