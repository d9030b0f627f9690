//! Which addresses a webhook may have: a school chooses them, and must not make this server call what only
//! this server reaches.
//!
//! An address is looked at when it is saved, and again when it is called: then the name is looked up once, and
//! the connection goes to an address that was looked at, so that a name cannot mean another in between.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address on a private network is refused.
pub(super) const PRIVATE: &str = "This address is not on the public network.";
const NO_URL: &str = "Enter an address as https://school.example/hooks.";

/// Ends of names that mean this machine or its own network.
const LOCAL: [&str; 6] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "lan",
    "home.arpa",
];

/// Networks that are not public though they look it: address, and how many bits of it count (RFC 6890 and the
/// registry it began).
const NOT_PUBLIC: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // The metadata of clouds is here.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Reads an address that is to be saved.
pub(super) fn read(text: &str, private: bool) -> Result<Url, &'static str> {
    let url = callable(text, private)?;
    if let (Some(Host::Domain(name)), false) = (url.host(), private)
        && is_local(name)
    {
        return Err(PRIVATE);
    }
    Ok(url)
}

/// Reads an address that is to be called; names are looked at by [`Guarded`] once they are looked up.
pub(super) fn callable(text: &str, private: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| NO_URL)?;
    let scheme = url.scheme() == "https" || private && url.scheme() == "http";
    let open = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let spaced = text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    if !scheme || !open || spaced {
        return Err(NO_URL);
    }
    let public = match url.host() {
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        Some(Host::Domain(_)) => true,
        None => return Err(NO_URL),
    };
    if public || private {
        Ok(url)
    } else {
        Err(PRIVATE)
    }
}

/// Whether a name can only be of this machine or its own network.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends = |end: &&str| {
        name.strip_suffix(*end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !name.contains('.') || LOCAL.iter().any(ends)
}

/// Whether the public network routes to an address.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => !NOT_PUBLIC.iter().any(|(network, bits)| {
            let shift = Ipv4Addr::BITS - bits;
            ip.to_bits() >> shift == network.to_bits() >> shift
        }),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Of the addresses given out at all (`2000::/3`), those that are not for protocols and documents (`2001::/23`,
/// `2001:db8::/32`, `3fff::/20`) and carry no older address within (`2002::/16`).
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let given_out = first & 0xe000 == 0x2000;
    let special = match first {
        0x2001 => second < 0x200 || second == 0x0db8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    given_out && !special
}

/// That a name means no address on the public network.
#[derive(Debug)]
pub(super) struct Private;

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PRIVATE)
    }
}

impl std::error::Error for Private {}

/// Looks names up as the system does, and gives out public addresses alone.
pub(super) struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(public(found.collect())?)
        })
    }
}

fn public(mut found: Vec<SocketAddr>) -> Result<Addrs, Private> {
    let any = !found.is_empty();
    found.retain(|address| is_public(address.ip()));
    if any && found.is_empty() {
        return Err(Private);
    }
    Ok(Box::new(found.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_server_reaches_is_refused_however_it_is_written() {
        for address in [
            "http://school.example/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://db.localhost/",
            "https://printer/",
            "https://metadata.google.internal/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://017700000001/",
            "https://0/",
            "https://10.1.2.3/",
            "https://100.100.100.200/",
            "https://169.254.169.254/latest/meta-data/",
            "https://172.31.255.255/",
            "https://192.168.0.1/",
            "https://198.19.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[ff02::1]/",
            "https://head:secret@school.example/",
            "https://school.example/#top",
            "https://school.example/a b",
            "ftp://school.example/",
            "javascript:alert(1)",
            "https://",
            "school.example",
            "",
        ] {
            assert!(read(address, false).is_err(), "{address}");
        }
    }

    #[test]
    fn a_public_address_is_taken_and_a_private_one_where_it_is_allowed() {
        for address in [
            "https://school.example/hooks?of=gp",
            "https://school.example:8443/",
            "https://école.example/",
            "https://8.8.8.8/",
            "https://100.128.0.1/",
            "https://172.32.0.1/",
            "https://[2606:4700::1111]/",
            "https://[::ffff:8.8.8.8]/",
        ] {
            assert!(read(address, false).is_ok(), "{address}");
        }
        for address in ["http://127.0.0.1:9/", "https://intranet/", "http://[::1]/"] {
            assert!(read(address, true).is_ok(), "{address}");
        }
        assert!(read("ftp://127.0.0.1/", true).is_err());
    }

    #[test]
    fn of_the_addresses_of_a_name_the_public_ones_are_called() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let mixed = vec![at("127.0.0.1:0"), at("8.8.8.8:0"), at("[::1]:0")];
        let kept: Vec<_> = public(mixed).unwrap().collect();
        assert_eq!(kept, [at("8.8.8.8:0")]);
        assert!(public(vec![at("10.0.0.1:0")]).is_err());
        // A name that means nothing is not a private one.
        assert_eq!(public(Vec::new()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_when_it_is_looked_up() {
        let refused = Guarded.resolve("localhost".parse().unwrap()).await;
        assert!(refused.err().unwrap().is::<Private>());
    }
}
