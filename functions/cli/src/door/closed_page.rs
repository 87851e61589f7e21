//! What a browser sees before a door that it cannot pass: it neither signs nor sends a token.

use embedded::http::parse_host_name;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Bytes,
    header::{
        ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue,
        X_CONTENT_TYPE_OPTIONS,
    },
    http::uri::Authority,
};

use super::Door;
use crate::view::escape_html;

impl Door {
    /// The page that says by which command a browser gets through; none if it is no browser that asks, or the
    /// door is open to it.
    pub(crate) fn closed_page<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        let is_head = request.method() == Method::HEAD;
        let reads = is_head || request.method() == Method::GET;
        if !reads || !accepts_pages(request) {
            return None;
        }
        let endpoint = requested_endpoint(request);
        let (before, after, has) = match self {
            Self::Loopback(_) => return None,
            Self::Token(_) => ("", " --token FILE", "FILE has the token"),
            Self::KeyPair(_) => {
                ("AWS_SHARED_CREDENTIALS_FILE=FILE ", "", "FILE has the key pair, as for AWS")
            }
        };
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <title>Statewright</title></head>\n<body><h1>Statewright</h1>\n\
             <p>This server answers only who proves who they are, which a browser cannot. This command shows \
             its pages on your machine; {has}:</p>\n\
             <pre>{before}statewright console --endpoint {endpoint}{after}</pre>\n</body></html>\n",
            endpoint = escape_html(&endpoint)
        );
        let mut response = Response::new(if is_head { Bytes::new() } else { page.into() });
        *response.status_mut() = StatusCode::FORBIDDEN;
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "no-store"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }
}

/// Whether the request is a browser's, of which each names this type for a page.
///
/// Spec: RFC 9110 § 12.5.1
fn accepts_pages<B>(request: &Request<B>) -> bool {
    let accepted = request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|accepted| accepted.split(';').next().is_some_and(|it| it.trim() == "text/html"))
}

/// The address by which the request names this server, or a word in its place.
fn requested_endpoint<B>(request: &Request<B>) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    // What stands in a command has no sign that a shell would read.
    let named = authority.filter(|authority| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        authority.as_str().chars().all(is_plain) && parse_host_name(authority.host()).is_ok()
    });
    named.map_or_else(|| "URL".to_owned(), |authority| format!("http://{authority}"))
}
