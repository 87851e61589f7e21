//! Requests to the Kubernetes API of an EKS cluster, which is at an address of its own.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    tls::{TlsContext, TrustStore},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde_json::Map;

use super::{
    CallFailure, CallIdentity, HttpRequest, ServiceClient, endpoint::Endpoint, https_connector,
    identities, receive, signing::RequestSignature,
};
use crate::{
    find_service,
    protocols::{WireRequest, WireResponse},
};

/// How long a token may be used. The longest that clusters accept is 15 minutes.
const TOKEN_SECONDS: Duration = Duration::from_mins(1);

/// Names the cluster in a token.
const CLUSTER_HEADER: HeaderName = HeaderName::from_static("x-k8s-aws-id");

/// A cluster: its name, and who vouches for its server.
#[derive(Clone, Debug)]
pub(crate) struct EksCluster {
    name: HeaderValue,
    /// Certificates in PEM, each of which can be read.
    authority: Vec<u8>,
}

impl EksCluster {
    /// `authority` is the certificate of its authority in PEM, as Base64.
    ///
    /// Spec: EKS API reference, `Cluster` § `certificateAuthority`.
    ///
    /// Errors: the name of the parameter that cannot be used.
    pub(crate) fn new(name: &str, authority: &str) -> Result<Self, &'static str> {
        let name = HeaderValue::from_str(name).map_err(|_| "ClusterName")?;
        let authority = BASE64_STANDARD.decode(authority).map_err(|_| "CertificateAuthority")?;
        // The HTTP client panics at certificates that it cannot read.
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&authority) {
            let certificate = certificate.map_err(|_| "CertificateAuthority")?;
            roots.add(certificate).map_err(|_| "CertificateAuthority")?;
        }
        if roots.is_empty() { Err("CertificateAuthority") } else { Ok(Self { name, authority }) }
    }

    /// A connector that trusts this cluster's authority, and no other.
    fn connector(&self) -> Result<Connector, CallFailure> {
        let trusted = TrustStore::empty().with_pem_certificate(self.authority.clone());
        let context = TlsContext::builder().with_trust_store(trusted).build();
        let context = context.map_err(|error| CallFailure::Parameters(error.to_string()))?;
        Ok(https_connector(context))
    }
}

impl ServiceClient {
    /// Sends a request to a cluster, with a token that says who calls, and waits for its answer. A
    /// process that may not call AWS has no credentials for a host of AWS, and placeholders elsewhere.
    pub(crate) async fn send_to_cluster(
        &self,
        mut request: HttpRequest,
        cluster: &EksCluster,
        identity: CallIdentity<'_>,
    ) -> Result<WireResponse, CallFailure> {
        let (is_aws, connected) = (self.is_aws_host(&request)?, self.connect().await);
        let credentials = if self.may_call_aws() {
            connected.identities.credentials(&connected.sdk, Some(identity), !is_aws).await?
        } else {
            identities::placeholder()
        };
        let region = connected.sdk.region().map_or("us-east-1", |region| region.as_ref());
        let signature =
            RequestSignature { credentials: &credentials, region, name: "sts", is_s3: false };
        let mut token = HeaderValue::from_str(&format!("Bearer {}", token(cluster, &signature)?))
            .map_err(|error| CallFailure::Parameters(error.to_string()))?;
        token.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, token);
        receive(&cluster.connector()?, request).await
    }
}

/// A token that shows a cluster who calls: a request to STS that the cluster makes in the caller's name.
///
/// Spec: `aws eks get-token`; aws-iam-authenticator, "API Authorization from Outside a Cluster".
fn token(cluster: &EksCluster, signature: &RequestSignature<'_>) -> Result<String, CallFailure> {
    let Some(sts) = find_service("sts") else {
        return Err(CallFailure::Parameters("there is no model of STS".to_owned()));
    };
    let asking = WireRequest { path: "/".to_owned(), ..WireRequest::default() };
    let endpoint = Endpoint::find(&sts, signature.region, None, &asking, &Map::new());
    let url = format!("{}/?Action=GetCallerIdentity&Version=2011-06-15", endpoint.base);
    let mut request = http::Request::new(());
    *request.uri_mut() =
        url.parse().map_err(|_| CallFailure::Parameters(format!("{url} is no address")))?;
    request.headers_mut().insert(CLUSTER_HEADER, cluster.name.clone());
    signature.presign(&mut request, TOKEN_SECONDS)?;
    let encoded = BASE64_URL_SAFE_NO_PAD.encode(request.uri().to_string());
    Ok(format!("k8s-aws-v1.{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_certificate_in_pem() {
        let refused = |authority: &str| EksCluster::new("c", authority).expect_err("refused");
        let broken = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
        for authority in ["", "no Base64", &BASE64_STANDARD.encode(broken)] {
            assert_eq!(refused(authority), "CertificateAuthority", "{authority}");
        }
        assert_eq!(EksCluster::new("a\nb", "").expect_err("refused"), "ClusterName");
    }

    #[test]
    fn a_token_is_a_signed_request_for_the_callers_identity() {
        let cluster = EksCluster { name: HeaderValue::from_static("prod"), authority: Vec::new() };
        let credentials = identities::placeholder();
        let signature = RequestSignature {
            credentials: &credentials,
            region: "eu-west-1",
            name: "sts",
            is_s3: false,
        };
        let token = token(&cluster, &signature).expect("a token");
        let url = BASE64_URL_SAFE_NO_PAD.decode(token.strip_prefix("k8s-aws-v1.").expect("v1"));
        let url = String::from_utf8(url.expect("Base64")).expect("an address");
        let begin =
            "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&";
        assert!(url.starts_with(begin), "{url}");
        for part in
            ["X-Amz-Expires=60", "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id", "X-Amz-Signature="]
        {
            assert!(url.contains(part), "{url}");
        }
    }
}
