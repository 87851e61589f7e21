//! Checks the signatures of requests that were signed with a key pair which this process knows.
//!
//! Spec: IAM User Guide, "Create a signed AWS API request". The region and the service in a signature
//! are those that the client believes in, and any will do.

use std::{
    fmt::{self, Write},
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderMap, Uri, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{
    OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem,
    macros::format_description,
};

const ALGORITHM: &str = "AWS4-HMAC-SHA256 ";
/// Headers that must be part of the signature: without one of them, somebody on the way could have the
/// request do something else, or do it later.
const MUST_BE_SIGNED: [&str; 3] = ["host", "x-amz-date", "x-amz-target"];
/// How far the client's clock may be from ours, and how old a request may be that is sent again.
const AGE_MAX: Duration = Duration::from_mins(5);
const DATE_FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// An access key and its secret. The secret is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    access_key_id: String,
    secret_access_key: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Why a request is not served. The text is the message of AWS's exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefusal {
    /// It has no signature: `MissingAuthenticationTokenException`.
    #[error("Missing Authentication Token")]
    Missing,
    /// Its signature lacks a part: `IncompleteSignatureException`.
    #[error(
        "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and the \
             signature must cover the headers host, x-amz-date and x-amz-target"
    )]
    Incomplete,
    /// It was signed with another access key: `UnrecognizedClientException`.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// It was signed more than five minutes ago, or by a clock that is ahead:
    /// `InvalidSignatureException`.
    #[error("Signature expired, or not yet current: it is valid for five minutes")]
    Expired,
    /// It is not what was signed, or was signed with another secret: `InvalidSignatureException`.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your \
             AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl SignatureRefusal {
    /// Returns AWS's name of the exception.
    pub const fn exception_name(self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Expired | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

/// What a request says of its signature, before its body is read.
#[derive(Debug)]
pub struct ClaimedSignature {
    secret: String,
    region: String,
    service: String,
    at: OffsetDateTime,
    signature: String,
    /// The canonical request up to the hash of the body.
    canonical_head: String,
}

impl KeyPair {
    /// Reads a key pair in the form of AWS's shared credentials file.
    ///
    /// Errors: the file cannot be read, or has no pair.
    pub fn read_file(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        Self::parse(&text).ok_or_else(|| {
            "it needs the lines aws_access_key_id = … and aws_secret_access_key = …".to_owned()
        })
    }

    /// Spec: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
    fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Some(Self {
            access_key_id: value("aws_access_key_id")?,
            secret_access_key: value("aws_secret_access_key")?,
        })
    }

    /// Checks all of a request's signature that does not depend on its body.
    pub fn check_head(
        &self,
        (method, uri, headers): (&http::Method, &Uri, &HeaderMap),
        now: SystemTime,
    ) -> Result<ClaimedSignature, SignatureRefusal> {
        let authorization = headers.get(AUTHORIZATION).ok_or(SignatureRefusal::Missing)?;
        let authorization = authorization.to_str().ok();
        let parts = authorization
            .and_then(|text| text.strip_prefix(ALGORITHM))
            .and_then(AuthorizationParts::parse)
            .ok_or(SignatureRefusal::Incomplete)?;
        if parts.access_key_id != self.access_key_id {
            return Err(SignatureRefusal::UnknownKey);
        }
        if MUST_BE_SIGNED.iter().any(|must| !parts.signed_headers.contains(must)) {
            return Err(SignatureRefusal::Incomplete);
        }
        let at = headers.get("x-amz-date").and_then(|date| date.to_str().ok());
        let date =
            at.filter(|at| at.starts_with(parts.date)).ok_or(SignatureRefusal::Incomplete)?;
        let at = PrimitiveDateTime::parse(date, DATE_FORMAT);
        let at = at.map_err(|_| SignatureRefusal::Incomplete)?.assume_utc();
        let away = (OffsetDateTime::from(now) - at).unsigned_abs();
        if away > AGE_MAX {
            return Err(SignatureRefusal::Expired);
        }
        let canonical_head = canonical_head(method, uri, headers, &parts.signed_headers)
            .ok_or(SignatureRefusal::Incomplete)?;
        Ok(ClaimedSignature {
            secret: self.secret_access_key.clone(),
            region: parts.region.to_owned(),
            service: parts.service.to_owned(),
            at,
            signature: parts.signature.to_owned(),
            canonical_head,
        })
    }
}

impl ClaimedSignature {
    /// Checks that the request with this body is the one that was signed.
    pub fn check_body(&self, body: &[u8]) -> Result<(), SignatureRefusal> {
        let canonical = format!("{}{}", self.canonical_head, hex_hash(body));
        let stamp = self.at.format(DATE_FORMAT).map_err(|_| SignatureRefusal::Mismatch)?;
        let scope = format!("{}/{}/{}/aws4_request", &stamp[..8], self.region, self.service);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex_hash(canonical.as_bytes()));
        let key = generate_signing_key(&self.secret, self.at.into(), &self.region, &self.service);
        let own = calculate_signature(key, to_sign.as_bytes());
        let is_same = own.as_bytes().ct_eq(self.signature.as_bytes());
        if is_same.into() { Ok(()) } else { Err(SignatureRefusal::Mismatch) }
    }
}

/// `Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=…`
struct AuthorizationParts<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> AuthorizationParts<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let member = |name: &str| {
            let mut members = text.split(',').map(str::trim);
            members.find_map(|member| member.strip_prefix(name)?.strip_prefix('='))
        };
        let credential: Vec<&str> = member("Credential")?.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = credential[..] else {
            return None;
        };
        Some(Self {
            access_key_id,
            date: Some(date).filter(|date| date.len() == 8)?,
            region,
            service,
            signed_headers: member("SignedHeaders")?.split(';').collect(),
            signature: member("Signature")?,
        })
    }
}

/// The canonical request without the hash of its body; none if a signed header is missing.
fn canonical_head(
    method: &http::Method,
    uri: &Uri,
    headers: &HeaderMap,
    signed: &[&str],
) -> Option<String> {
    let mut query: Vec<&str> = uri.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let mut canonical = format!("{method}\n{}\n{}\n", escape_again(uri.path()), query.join("&"));
    for name in signed {
        let values: Option<Vec<String>> = headers
            .get_all(*name)
            .iter()
            .map(|value| {
                Some(value.to_str().ok()?.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect();
        let values = values.filter(|values| !values.is_empty())?;
        canonical.extend([name, ":", values.join(",").as_str(), "\n"]);
    }
    canonical.extend(["\n", signed.join(";").as_str(), "\n"]);
    Some(canonical)
}

/// Escapes a path as it was sent: every service but S3 has what is escaped escaped once more.
fn escape_again(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            other => write!(escaped, "%{other:02X}").expect("a text takes what is written to it"),
        }
    }
    escaped
}

fn hex_hash(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").expect("a text takes what is written to it");
    }
    hex
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::SignableBody;
    use http::Request;

    use super::*;
    use crate::client::RequestSignature;

    const FILE: &str = "[default]\naws_access_key_id = AKID\naws_secret_access_key=secret/+=\n";

    fn signed(secret: &str, path: &str, body: &[u8]) -> Request<()> {
        let credentials = Credentials::new("AKID", secret, None, None, "test");
        let request = Request::post(format!("http://127.0.0.1:8083{path}"))
            .header("x-amz-target", "AWSStepFunctions.StartExecution")
            .header("content-type", "application/x-amz-json-1.0");
        let mut request = request.body(()).expect("a request");
        let signature = RequestSignature {
            credentials: &credentials,
            region: "eu-west-1",
            name: "states",
            is_s3: false,
        };
        signature.sign(&mut request, SignableBody::Bytes(body)).expect("it signs");
        request.headers_mut().insert("host", "127.0.0.1:8083".parse().expect("a host"));
        request
    }

    fn check(request: &Request<()>, body: &[u8], now: SystemTime) -> Result<(), SignatureRefusal> {
        let pair = KeyPair::parse(FILE).expect("a key pair");
        let head = (request.method(), request.uri(), request.headers());
        pair.check_head(head, now)?.check_body(body)
    }

    fn secret() -> String {
        KeyPair::parse(FILE).expect("a key pair").secret_access_key
    }

    #[test]
    fn what_the_sdk_signs_is_served() {
        for path in ["/", "/StartExecution/orders", "/StartExecution/a%2Bb%20%C3%A9"] {
            let request = signed(&secret(), path, b"{}");
            assert_eq!(check(&request, b"{}", SystemTime::now()), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_was_signed_otherwise_is_refused() {
        let now = SystemTime::now();
        let good = || signed(&secret(), "/StartExecution/orders", b"{}");
        assert_eq!(check(&good(), b"{ }", now), Err(SignatureRefusal::Mismatch));
        let other = signed("another", "/StartExecution/orders", b"{}");
        assert_eq!(check(&other, b"{}", now), Err(SignatureRefusal::Mismatch));
        for (header, value) in
            [("x-amz-target", "AWSStepFunctions.DeleteStateMachine"), ("host", "elsewhere")]
        {
            let mut altered = good();
            altered.headers_mut().insert(header, value.parse().expect("a value"));
            assert_eq!(check(&altered, b"{}", now), Err(SignatureRefusal::Mismatch), "{header}");
        }
        let mut elsewhere = good();
        *elsewhere.uri_mut() = "/StartExecution/payments".parse().expect("a path");
        assert_eq!(check(&elsewhere, b"{}", now), Err(SignatureRefusal::Mismatch));
    }

    #[test]
    fn a_request_that_is_sent_again_later_is_refused() {
        let request = signed(&secret(), "/", b"{}");
        let later = |seconds| SystemTime::now() + Duration::from_secs(seconds);
        assert_eq!(check(&request, b"{}", later(290)), Ok(()));
        assert_eq!(check(&request, b"{}", later(310)), Err(SignatureRefusal::Expired));
        let early = SystemTime::now() - Duration::from_secs(310);
        assert_eq!(check(&request, b"{}", early), Err(SignatureRefusal::Expired));
    }

    #[test]
    fn a_signature_has_all_its_parts_and_covers_what_matters() {
        let with = |from: &str, to: &str| {
            let mut request = signed(&secret(), "/", b"{}");
            let text = request.headers()[AUTHORIZATION].to_str().expect("text").replace(from, to);
            request.headers_mut().insert(AUTHORIZATION, text.parse().expect("a value"));
            check(&request, b"{}", SystemTime::now())
        };
        for (from, to, refusal) in [
            ("AWS4-HMAC-SHA256", "Bearer", SignatureRefusal::Incomplete),
            ("Credential=AKID", "Credential=OTHER", SignatureRefusal::UnknownKey),
            ("Credential=AKID/", "Credential=AKID/x/", SignatureRefusal::Incomplete),
            (";x-amz-target", "", SignatureRefusal::Incomplete),
            ("host;", "", SignatureRefusal::Incomplete),
            ("host;", "host;x-missing;", SignatureRefusal::Incomplete),
            ("Signature=", "Signature=0", SignatureRefusal::Mismatch),
        ] {
            assert_eq!(with(from, to), Err(refusal), "{from}");
        }
        let mut unsigned = signed(&secret(), "/", b"{}");
        unsigned.headers_mut().remove(AUTHORIZATION);
        assert_eq!(check(&unsigned, b"{}", SystemTime::now()), Err(SignatureRefusal::Missing));
    }

    #[test]
    fn a_key_pair_shows_no_secret() {
        let pair = KeyPair::parse(FILE).expect("a key pair");
        assert!(!format!("{pair:?}").contains("secret/"));
        assert_eq!(KeyPair::parse("aws_access_key_id = AKID"), None);
    }
}
