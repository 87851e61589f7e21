//! Answers, and the headers by which a browser treats them as what they are.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// Nothing is run or shown that is not a file of this server, and no other page may frame these.
///
/// Spec: Content Security Policy Level 3
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// An answer to a browser.
#[derive(Debug)]
pub(crate) struct PageAnswer(Response<Bytes>);

impl PageAnswer {
    fn new(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        const SAME_ORIGIN: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
        const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        let fixed = [
            (CONTENT_TYPE, media_type),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // Names of executions stay here when a link leads elsewhere. A form's own origin is told,
            // by which a server on loopback knows its pages.
            (REFERRER_POLICY, "same-origin"),
            (SAME_ORIGIN, "same-origin"),
            (OPENER, "same-origin"),
            (CACHE_CONTROL, "no-store"),
        ];
        for (name, value) in fixed {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Self(response)
    }

    /// A page.
    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// A sentence.
    pub(crate) fn text(status: StatusCode, text: &'static str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text)
    }

    /// The way to another page, which is read with GET.
    pub(crate) fn redirect(path: &str) -> Self {
        let mut answer = Self::text(StatusCode::SEE_OTHER, "");
        if let Ok(path) = HeaderValue::from_str(path) {
            answer.0.headers_mut().insert(LOCATION, path);
        }
        answer
    }

    /// Says which version of a page this is.
    #[must_use]
    pub(crate) fn with_version(mut self, version: &str) -> Self {
        if let Ok(version) = HeaderValue::from_str(&format!("\"{version}\"")) {
            self.0.headers_mut().insert(ETAG, version);
        }
        self
    }

    /// The page is as the browser has it.
    pub(crate) fn unchanged() -> Self {
        Self::text(StatusCode::NOT_MODIFIED, "")
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        self.0
    }
}

/// A file that never changes under its path.
pub(crate) fn asset_answer(media_type: &'static str, content: String) -> PageAnswer {
    let mut answer = PageAnswer::new(StatusCode::OK, media_type, content);
    let for_ever = HeaderValue::from_static("private, max-age=31536000, immutable");
    answer.0.headers_mut().insert(CACHE_CONTROL, for_ever);
    answer
}
