//! Signs requests.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_types::body::SdkBody;

use super::{CallFailure, ServiceCall, endpoint::Endpoint};
use crate::protocols::{WireRequest, form_encoded};

/// The names of the services whose paths are signed as S3 has them.
const S3_NAMES: [&str; 4] = ["s3", "s3-object-lambda", "s3-outposts", "s3express"];

impl Endpoint {
    /// Makes the HTTP request, signed with these credentials if there are any.
    ///
    /// Spec: IAM User Guide, "AWS Signature Version 4 for API requests".
    pub(super) fn signed_request(
        &self,
        call: ServiceCall<'_>,
        wire: WireRequest,
        credentials: Option<&Credentials>,
    ) -> Result<http::Request<SdkBody>, CallFailure> {
        let query = form_encoded(&wire.query);
        let separator = if query.is_empty() { "" } else { "?" };
        let uri = format!("{}{}{separator}{query}", self.base, self.path);
        let mut request = http::Request::builder().method(wire.method.as_str()).uri(&uri);
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(()).map_err(|error| unusable(&error))?;
        if let Some(credentials) = credentials {
            let signature = RequestSignature {
                credentials,
                region: &self.signing_region,
                name: &self.signing_name,
                is_s3: S3_NAMES.contains(&self.signing_name.as_str()),
            };
            let body = if call.operation.1.unsigned_payload {
                SignableBody::UnsignedPayload
            } else {
                SignableBody::Bytes(&wire.body)
            };
            signature.sign(&mut request, body)?;
        }
        Ok(request.map(|()| SdkBody::from(wire.body)))
    }
}

/// Whose signature a request gets, and for what.
pub(crate) struct RequestSignature<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    /// The name of the service in it.
    pub(crate) name: &'a str,
    /// Whether paths are signed as S3 has them: as they are.
    pub(crate) is_s3: bool,
}

impl RequestSignature<'_> {
    /// Adds the signature to a request with this body.
    ///
    /// Errors: the request cannot be signed.
    pub(crate) fn sign<B>(
        &self,
        request: &mut http::Request<B>,
        body: SignableBody<'_>,
    ) -> Result<(), CallFailure> {
        let mut settings = SigningSettings::default();
        if self.is_s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        self.sign_as(request, body, settings)
    }

    /// Adds the signature to the address of a request without a body, so that others can send it for
    /// that long.
    ///
    /// Spec: IAM User Guide, "Signature Version 4" § query string parameters.
    ///
    /// Errors: the request cannot be signed.
    pub(super) fn presign<B>(
        &self,
        request: &mut http::Request<B>,
        valid_for: Duration,
    ) -> Result<(), CallFailure> {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid_for);
        self.sign_as(request, SignableBody::Bytes(&[]), settings)
    }

    fn sign_as<B>(
        &self,
        request: &mut http::Request<B>,
        body: SignableBody<'_>,
        settings: SigningSettings,
    ) -> Result<(), CallFailure> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.name)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| unusable(&error))?
            .into();
        let uri = request.uri().to_string();
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            headers.push((name.as_str(), value.to_str().map_err(|error| unusable(&error))?));
        }
        let method = request.method().as_str();
        let signable = SignableRequest::new(method, &uri, headers.into_iter(), body)
            .map_err(|error| unusable(&error))?;
        let (instructions, _) =
            sign(signable, &parameters).map_err(|error| unusable(&error))?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

fn unusable(error: &dyn std::error::Error) -> CallFailure {
    CallFailure::Parameters(error.to_string())
}
