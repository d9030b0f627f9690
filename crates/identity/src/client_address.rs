//! The address a request comes from, as far as it can be believed.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::{HttpRequest, web};

/// How many proxies of the operator's own stand in front of the server. Each adds the address it was
/// called from to `X-Forwarded-For`; what stands left of theirs, anybody may have written.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrustedProxies(pub usize);

/// The address behind the trusted proxies; the connection's own where there are none.
#[must_use]
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip());
    let trusted = request
        .app_data::<web::Data<TrustedProxies>>()
        .map_or(0, |proxies| proxies.0);
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok());
    let listed: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let behind = trusted
        .checked_sub(1)
        .and_then(|place| listed.iter().rev().nth(place));
    behind.and_then(|address| address.parse().ok()).or(peer)
}

/// What counts as one caller: whoever holds one IPv6 address holds its /64; an IPv4 address stands for itself.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(trusted: usize, forwarded: &str) -> String {
        let request = TestRequest::default()
            .app_data(web::Data::new(TrustedProxies(trusted)))
            .peer_addr("192.0.2.1:4000".parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .to_http_request();
        client_address(&request).unwrap().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        assert_eq!(seen(0, "198.51.100.9"), "192.0.2.1");
        assert_eq!(seen(1, "203.0.113.5, 198.51.100.9"), "198.51.100.9");
        assert_eq!(seen(2, "203.0.113.5, 198.51.100.9"), "203.0.113.5");
        assert_eq!(seen(3, "203.0.113.5, 198.51.100.9"), "192.0.2.1");
        assert_eq!(seen(1, "nonsense"), "192.0.2.1");
    }
}
