//! The names under which a loopback server may be addressed.
//!
//! A web page can make its own host name resolve to 127.0.0.1 (DNS rebinding), and then the browser
//! lets it read what a server there answers. Such a request names the page's host, so a server on
//! loopback answers only those that name loopback, or a name that its user has allowed.
//!
//! Spec: RFC 9110 § 7.2 (Host), RFC 6454 § 7 (Origin), RFC 6761 § 6.3 (localhost)

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::{
    HeaderMap, Request, Uri,
    header::{HOST, ORIGIN},
    http::uri::Authority,
};

/// What clients put before the host for some operations of Step Functions (`TestState`).
const HOST_PREFIX: &str = "sync-";

/// The loopback addresses and names, and further names.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    names: Vec<String>,
}

/// Says why a request is refused before it is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostRefusal {
    /// There is no host, or more than one.
    #[error("a request must name one host")]
    NotOne,
    /// It is addressed to a host that is not allowed.
    #[error(
        "this server answers requests to 127.0.0.1 and localhost, and this one is to '{0}'. If \
         that name is yours, start the server with --allow-host {name}",
        name = .0.strip_prefix(HOST_PREFIX).unwrap_or(.0)
    )]
    Host(String),
    /// A page of a host that is not allowed has sent it.
    #[error(
        "this server answers pages of 127.0.0.1 and localhost, and this request is from '{0}'. If \
         that page is yours, start the server with --allow-host and its host name"
    )]
    Origin(String),
}

impl AllowedHosts {
    /// Allows these names, beside those of loopback.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Checks whom a request is addressed to, and which page has sent it, if any.
    pub fn check_request<B>(&self, request: &Request<B>) -> Result<(), HostRefusal> {
        let host = only_value(request.headers(), &HOST)?.ok_or(HostRefusal::NotOne)?;
        self.check_host(host)?;
        if let Some(target) = request.uri().authority() {
            self.check_host(target.as_str())?;
        }
        match only_value(request.headers(), &ORIGIN)? {
            Some(origin) if !self.is_allowed_origin(origin) => {
                Err(HostRefusal::Origin(origin.to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_host(&self, authority: &str) -> Result<(), HostRefusal> {
        match host_of_authority(authority) {
            Some(host) if self.is_allowed(&host) => Ok(()),
            Some(host) => Err(HostRefusal::Host(host)),
            None => Err(HostRefusal::Host(authority.to_owned())),
        }
    }

    fn is_allowed_origin(&self, origin: &str) -> bool {
        let Ok(origin) = origin.parse::<Uri>() else { return false };
        let is_page = matches!(origin.scheme_str(), Some("http" | "https"));
        let host = origin.authority().and_then(|at| host_of_authority(at.as_str()));
        is_page && host.is_some_and(|host| self.is_allowed(&host))
    }

    fn is_allowed(&self, host: &str) -> bool {
        let plain = host.strip_prefix(HOST_PREFIX).unwrap_or(host);
        [host, plain].iter().any(|host| is_loopback(host) || self.names.iter().any(|n| n == host))
    }
}

/// Reads a host name or an address without scheme and port, as `--allow-host` takes it.
///
/// Errors: it has other parts, or is no host.
pub fn parse_host_name(text: &str) -> Result<String, String> {
    match host_of_authority(text) {
        Some(host) if host == text.to_ascii_lowercase() => Ok(host),
        Some(_) | None => Err(format!("'{text}' is not a host name without scheme and port")),
    }
}

/// The value of a header that may be given once; none if it is not given.
fn only_value<'a>(
    headers: &'a HeaderMap,
    name: &hyper::header::HeaderName,
) -> Result<Option<&'a str>, HostRefusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| HostRefusal::NotOne),
        (Some(_), Some(_)) => Err(HostRefusal::NotOne),
    }
}

/// The host of `HOST` or `HOST:PORT`, in lower case and without the final dot.
fn host_of_authority(authority: &str) -> Option<String> {
    let parsed: Authority = authority.parse().ok()?;
    let host = parsed.host();
    let is_plain = !authority.contains('@') && !host.is_empty();
    is_plain.then(|| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        });
    }
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &[&str], headers: &[(&str, &str)]) -> Result<(), HostRefusal> {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let hosts = AllowedHosts::new(allowed.iter().map(|&name| name.to_owned()));
        hosts.check_request(&request.body(()).expect("a request"))
    }

    #[test]
    fn every_name_of_loopback_is_allowed_with_any_port() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8083",
            "127.9.9.9:1",
            "localhost",
            "LocalHost:8083",
            "localhost.:8083",
            "a.localhost:8083",
            "[::1]:8083",
            "[::ffff:127.0.0.1]",
            "sync-localhost:8083",
            "sync-127.0.0.1:8083",
        ] {
            assert_eq!(check(&[], &[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn any_other_host_is_refused_and_told_the_option() {
        for host in [
            "evil.example",
            "evil.example:8083",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0:8083",
            "10.0.0.1",
            "[::]",
            "evillocalhost",
            "127.0.0.1@evil.example",
        ] {
            let refusal = check(&[], &[("host", host)]).expect_err(host);
            assert!(refusal.to_string().contains("--allow-host"), "{refusal}");
        }
        let prefixed = check(&[], &[("host", "sync-evil.example")]).expect_err("not ours");
        assert!(prefixed.to_string().ends_with("--allow-host evil.example"), "{prefixed}");
        for none in [&[][..], &[("host", "")][..], &[("host", "localhost"), ("host", "evil")][..]] {
            assert!(check(&[], none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn a_name_is_allowed_by_its_option_with_the_prefix_of_clients() {
        let allowed = ["host.docker.internal"];
        for host in
            ["host.docker.internal:8083", "Host.Docker.Internal", "sync-host.docker.internal"]
        {
            assert_eq!(check(&allowed, &[("host", host)]), Ok(()), "{host}");
        }
        assert!(check(&allowed, &[("host", "docker.internal")]).is_err());
    }

    #[test]
    fn a_page_of_another_host_is_refused_even_if_it_names_loopback() {
        let from = |origin| check(&["my.test"], &[("host", "127.0.0.1:8083"), ("origin", origin)]);
        for origin in ["http://localhost:3000", "http://127.0.0.1:8083", "https://my.test"] {
            assert_eq!(from(origin), Ok(()), "{origin}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "",
            "file://localhost",
            "https://localhost.evil.example",
        ] {
            assert_eq!(from(origin), Err(HostRefusal::Origin(origin.to_owned())), "{origin}");
        }
    }

    #[test]
    fn the_host_in_the_target_counts_too() {
        let request = Request::builder().uri("http://evil.example/").header("host", "localhost");
        let request = request.body(()).expect("a request");
        let refused = AllowedHosts::default().check_request(&request);
        assert_eq!(refused, Err(HostRefusal::Host("evil.example".to_owned())));
    }

    #[test]
    fn the_option_takes_a_name_without_scheme_and_port() {
        assert_eq!(parse_host_name("Host.Test"), Ok("host.test".to_owned()));
        for text in ["", "http://host", "host:80", "a@host", "a/b"] {
            assert!(parse_host_name(text).is_err(), "{text}");
        }
    }
}
