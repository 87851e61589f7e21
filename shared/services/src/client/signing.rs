//! Signs requests.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_types::body::SdkBody;

use super::{CallFailure, ServiceCall, endpoint::Endpoint};
use crate::protocols::{WireRequest, form_encoded};

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
        let unusable = |error: &dyn std::error::Error| CallFailure::Parameters(error.to_string());
        let query = form_encoded(&wire.query);
        let separator = if query.is_empty() { "" } else { "?" };
        let uri = format!("{}{}{separator}{query}", self.base, self.path);
        let mut request = http::Request::builder().method(wire.method.as_str()).uri(&uri);
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(()).map_err(|error| unusable(&error))?;
        if let Some(credentials) = credentials {
            let is_s3 = self.signing_name.starts_with("s3");
            let mut settings = SigningSettings::default();
            if is_s3 {
                settings.percent_encoding_mode = PercentEncodingMode::Single;
                settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
                settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            }
            let identity = credentials.clone().into();
            let parameters = v4::SigningParams::builder()
                .identity(&identity)
                .region(&self.signing_region)
                .name(&self.signing_name)
                .time(SystemTime::now())
                .settings(settings)
                .build()
                .map_err(|error| unusable(&error))?
                .into();
            let body = if call.operation.1.unsigned_payload {
                SignableBody::UnsignedPayload
            } else {
                SignableBody::Bytes(&wire.body)
            };
            let headers = wire.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let signable = SignableRequest::new(&wire.method, &uri, headers, body)
                .map_err(|error| unusable(&error))?;
            let (instructions, _) =
                sign(signable, &parameters).map_err(|error| unusable(&error))?.into_parts();
            instructions.apply_to_request_http1x(&mut request);
        }
        Ok(request.map(|()| SdkBody::from(wire.body)))
    }
}
