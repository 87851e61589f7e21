//! The headers of requests that a Task may not set.

use model::Payload;
use serde_json::{Map, Value};

use super::{Mistakes, texts_of};

/// Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows" § headers.
const REFUSED_BY_HTTP: [&str; 36] = [
    "a-im",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-md5",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authorization",
    "referer",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "warning",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "content-length",
];

/// Spec: Developer Guide, "Create API Gateway REST APIs with Step Functions" § headers.
const REFUSED_BY_API_GATEWAY: [&str; 16] = [
    "authorization",
    "connection",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "via",
    "www-authenticate",
    "content-length",
    "x-forwarded-for",
];

const REFUSED_PREFIXES: [&str; 3] = ["x-forwarded", "x-amz-", "x-amzn-"];

/// Who refuses headers.
#[derive(Clone, Copy)]
pub(super) enum HeaderRules {
    Http,
    ApiGateway,
}

impl HeaderRules {
    fn refuses(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let refused: &[&str] = match self {
            Self::Http => &REFUSED_BY_HTTP,
            Self::ApiGateway => &REFUSED_BY_API_GATEWAY,
        };
        refused.contains(&name.as_str())
            || REFUSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    }

    /// The headers that the parameters set. A header that may not be set is a mistake.
    pub(super) fn read_headers(
        self,
        given: &Map<String, Value>,
        mistakes: &mut Mistakes,
    ) -> Vec<(String, String)> {
        let headers = match given.get("Headers") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(headers)) => headers,
            Some(_) => {
                mistakes.invalid("Headers");
                return Vec::new();
            }
        };
        let mut read = Vec::new();
        for (name, value) in headers {
            let is_readable = match (self, value) {
                // API Gateway's are lists of texts (recorded).
                (Self::ApiGateway, Value::Array(items)) => items.iter().all(Value::is_string),
                (Self::ApiGateway, _) => false,
                (Self::Http, Value::Array(items)) => {
                    items.iter().all(|item| !item.is_object() && !item.is_array())
                }
                (Self::Http, value) => !value.is_object(),
            };
            if !is_readable {
                mistakes.invalid("Headers");
                return Vec::new();
            }
            if self.refuses(name) {
                mistakes.0.push(format!("The header '{name}' is not allowed"));
                continue;
            }
            read.extend(texts_of(value).into_iter().map(|text| (name.clone(), text)));
        }
        read
    }
}

/// The parameters as an object.
pub(super) fn parameters_of(payload: &Payload) -> Map<String, Value> {
    payload.json_value().as_object().cloned().unwrap_or_default()
}
