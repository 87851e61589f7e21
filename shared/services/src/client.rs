//! Calls any AWS service by its model.
//!
//! Invariant: no request is sent twice. Only a state machine's own Retry makes another attempt, as in
//! Step Functions, whose causes count one attempt.

mod eks_cluster;
mod endpoint;
mod forwarding;
mod identities;
mod own_calls;
mod signing;

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::SignableBody;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::{AccountRegion, ExecutionId};
use orchestrator::ports::CallOrigin;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::{
    CallerIdentity, RegionPreference, format_with_causes, lambda_sdk_config,
    parameters::ParameterReader,
    profile_sdk_config,
    protocols::{self, AnswerFault, Refusal, WireRequest, WireResponse},
    service_model::{NameStyle, Operation, Protocol, ServiceModel},
    settings::own_named_endpoint,
    with_region,
};
pub(crate) use eks_cluster::EksCluster;
use endpoint::Endpoint;
pub use forwarding::{ForwardFailure, RequestForwarder};
use identities::Identities;
pub(crate) use identities::placeholder;
pub(crate) use signing::RequestSignature;

/// Most bytes of an answer: far more than a Task's result may have, and so few that ten of them fit into
/// the memory of a function.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// How long a service may take to accept a connection; for its answer there is the Task's timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a process may send the requests of Tasks, and as whom.
#[derive(Clone, Debug)]
pub enum ClientSettings {
    /// A function of a deployment: to AWS, as the role of each state machine.
    Deployment,
    /// A process on any machine: as whoever runs it.
    Machine {
        /// The region of the requests.
        region: RegionPreference,
        /// Whether AWS itself may be called, beside the endpoints that `AWS_ENDPOINT_URL…` names.
        may_call_aws: bool,
        /// The endpoint of Step Functions, unless the environment names another: this process.
        own_endpoint: Option<String>,
        /// The secrets of EventBridge connections by their names, in the form in which EventBridge
        /// keeps them.
        connections: ConnectionSecrets,
    },
}

/// The secrets of connections by their names. They are shown to nobody.
#[derive(Clone, Default)]
pub struct ConnectionSecrets(BTreeMap<String, Value>);

impl From<BTreeMap<String, Value>> for ConnectionSecrets {
    fn from(secrets: BTreeMap<String, Value>) -> Self {
        Self(secrets)
    }
}

impl fmt::Debug for ConnectionSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Calls services.
#[derive(Debug)]
pub struct ServiceClient {
    settings: ClientSettings,
    /// The profile of AWS's tools; none for the one that they choose.
    profile: Option<String>,
    connected: OnceCell<Connected>,
}

#[derive(Debug)]
struct Connected {
    sdk: SdkConfig,
    http: Connector,
    identities: Identities,
}

/// The call of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceCall<'a> {
    pub(crate) model: &'a ServiceModel,
    /// The operation with its name.
    pub(crate) operation: (&'a str, &'a Operation),
    pub(crate) style: NameStyle,
    pub(crate) parameters: &'a Value,
    /// What identifies the request where the API can recognise a repeat.
    pub(crate) idempotency_token: &'a str,
    /// Who calls; this process itself, if it is none.
    pub(crate) identity: Option<CallIdentity<'a>>,
}

/// Whose credentials sign a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallIdentity<'a> {
    /// The role of the state machine.
    pub(crate) role_arn: &'a str,
    /// The role that the state names in its `Credentials`, which the first assumes.
    pub(crate) task_role_arn: Option<&'a str>,
    /// The execution whose state calls.
    pub(crate) execution: &'a ExecutionId,
    /// Where that is.
    pub(crate) account_region: &'a AccountRegion,
}

impl<'a> CallIdentity<'a> {
    /// The identity of who makes a call.
    pub(crate) const fn of(origin: &CallOrigin<'a>) -> Self {
        Self {
            role_arn: origin.role_arn,
            task_role_arn: origin.task_role_arn,
            execution: origin.execution,
            account_region: origin.account_region,
        }
    }

    /// The external id by which the role of a state knows the state machine.
    ///
    /// Spec: Developer Guide, "Accessing resources in other AWS accounts" § `sts:ExternalId`.
    pub(crate) fn external_id(&self) -> String {
        self.account_region.state_machine_arn(self.execution.names().0)
    }
}

/// Whether a host is AWS's own.
fn is_aws_host(host: &str) -> bool {
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

/// A request over HTTP.
pub(crate) type HttpRequest = http::Request<SdkBody>;

/// What a service answered.
#[derive(Clone, Debug)]
pub(crate) struct ServiceAnswer {
    pub(crate) members: Map<String, Value>,
    pub(crate) response: WireResponse,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) enum CallFailure {
    /// The parameters cannot be used; nothing was sent.
    Parameters(String),
    /// This process is not to call the service; nothing was sent.
    NotPermitted(String),
    /// The credentials of a role could not be had; nothing was sent.
    Identity {
        /// The role that was to be assumed; empty for the credentials of this process.
        role_arn: String,
        /// Whether it is the role of a state's `Credentials`.
        is_task_role: bool,
        message: String,
    },
    /// The service refused.
    Refused(Box<Refusal>),
    /// The service has done what was asked, and its answer cannot be read.
    Unreadable { status: u16, reason: String },
    /// The answer is larger than any result may be.
    TooLarge,
    /// No answer came, so the service may have done what was asked.
    Transport(String),
}

impl ServiceClient {
    /// Makes a client. Settings and credentials are read at the first call.
    pub fn new(settings: ClientSettings) -> Self {
        Self { settings, profile: None, connected: OnceCell::new() }
    }

    /// Takes region and credentials from this profile of AWS's tools; from the one that they choose, if it
    /// is none.
    #[must_use]
    pub fn with_profile(self, profile: Option<String>) -> Self {
        Self { profile, ..self }
    }

    /// Whether Tasks may call servers on this machine: it is the user's own, or its functions are told
    /// that AWS is elsewhere, as on an emulator.
    pub(crate) fn may_call_loopback(&self) -> bool {
        match self.settings {
            ClientSettings::Machine { .. } => true,
            ClientSettings::Deployment => crate::named_endpoint("LAMBDA").is_some(),
        }
    }

    const fn may_call_aws(&self) -> bool {
        match self.settings {
            ClientSettings::Deployment => true,
            ClientSettings::Machine { may_call_aws, .. } => may_call_aws,
        }
    }

    fn named_endpoint(&self, model: &ServiceModel) -> Option<String> {
        let variable = endpoint::environment_name(&model.id);
        match &self.settings {
            // State machines call one another here, whichever emulator has the other services.
            ClientSettings::Machine { own_endpoint: Some(own), .. } if model.id == "SFN" => {
                Some(own_named_endpoint(&variable).unwrap_or_else(|| own.clone()))
            }
            ClientSettings::Machine { .. } | ClientSettings::Deployment => {
                crate::named_endpoint(&variable)
            }
        }
    }

    /// The protocol of a service's requests. Emulators read CBOR rarely, and JSON where AWS reads both.
    fn protocol(&self, model: &ServiceModel) -> Protocol {
        let has_json = model.protocol == Protocol::Cbor && model.json_version.is_some();
        if has_json && self.named_endpoint(model).is_some() {
            return Protocol::Json;
        }
        model.protocol
    }

    /// Calls an operation and waits for its answer, without a timeout: the caller has one.
    pub(crate) async fn call(&self, call: ServiceCall<'_>) -> Result<ServiceAnswer, CallFailure> {
        let reader = ParameterReader::new(call.model, call.style, call.idempotency_token);
        let protocol = self.protocol(call.model);
        let input = call.operation.1.input;
        let members =
            reader.read_request(input, call.parameters).map_err(CallFailure::Parameters)?;
        if let Some(member) = member_of_another_signature(call.model, &members) {
            let reason = format!(
                "This version of Statewright does not support this value of the field \"{member}\", \
                 whose requests are signed by Signature Version 4A"
            );
            return Err(CallFailure::Parameters(reason));
        }
        let request = protocols::write_request(call.model, protocol, call.operation, &members)
            .map_err(CallFailure::Parameters)?;
        let response = self.send(call, &members, request).await?;
        let members = protocols::read_response(call.model, protocol, call.operation.1, &response)
            .map_err(|fault| match fault {
            AnswerFault::Refused(refusal) => CallFailure::Refused(refusal),
            AnswerFault::Unreadable { status, reason } => {
                CallFailure::Unreadable { status, reason }
            }
        })?;
        Ok(ServiceAnswer { members, response })
    }

    async fn send(
        &self,
        call: ServiceCall<'_>,
        members: &Map<String, Value>,
        request: WireRequest,
    ) -> Result<WireResponse, CallFailure> {
        let named = self.named_endpoint(call.model);
        if named.is_none() && !self.may_call_aws() {
            return Err(CallFailure::NotPermitted(not_called(call.model)));
        }
        let connected = self.connect().await;
        let region = connected.sdk.region().map_or("us-east-1", |region| region.as_ref());
        let endpoint = Endpoint::find(call.model, region, named.as_deref(), &request, members);
        let credentials = if call.operation.1.is_signed {
            let has_endpoint = named.is_some();
            Some(
                connected
                    .identities
                    .credentials(&connected.sdk, call.identity, has_endpoint)
                    .await?,
            )
        } else {
            None
        };
        let request = endpoint.signed_request(call, request, credentials.as_ref())?;
        receive(&connected.http, request).await
    }

    /// Sends a request that no model describes, and waits for its answer.
    pub(crate) async fn send_http(
        &self,
        request: HttpRequest,
    ) -> Result<WireResponse, CallFailure> {
        receive(&self.connect().await.http, request).await
    }

    /// Sends a request that no model describes, signed for a service, and waits for its answer. At a
    /// host that is not AWS's, a process without credentials signs with placeholders.
    pub(crate) async fn send_signed_http(
        &self,
        mut request: HttpRequest,
        name: &str,
        identity: CallIdentity<'_>,
    ) -> Result<WireResponse, CallFailure> {
        let is_aws = self.is_aws_host(&request)?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        let connected = self.connect().await;
        let own = connected.sdk.region().map_or("us-east-1", |region| region.as_ref());
        let region = endpoint::region_of_host(&host, name).unwrap_or(own);
        let credentials = if self.may_call_aws() {
            connected.identities.credentials(&connected.sdk, Some(identity), !is_aws).await?
        } else {
            placeholder()
        };
        let signature = RequestSignature { credentials: &credentials, region, name, is_s3: false };
        let body = request.body().bytes().unwrap_or_default().to_vec();
        signature.sign(&mut request, SignableBody::Bytes(&body))?;
        receive(&connected.http, request).await
    }

    /// Whether a request that no model describes goes to AWS.
    ///
    /// Errors: it does, and this process may not call AWS.
    fn is_aws_host(&self, request: &HttpRequest) -> Result<bool, CallFailure> {
        let host = request.uri().host().unwrap_or_default();
        let is_aws = is_aws_host(host);
        if is_aws && !self.may_call_aws() {
            return Err(CallFailure::NotPermitted(format!(
                "{host} is not called with credentials: with --aws it is"
            )));
        }
        Ok(is_aws)
    }

    /// The secret of an EventBridge connection that this process has been told; none if EventBridge
    /// knows it. Its form is that in which EventBridge keeps it.
    ///
    /// Errors: this process is to know all connections, and does not know this one.
    pub(crate) fn connection_secret(&self, arn: &str) -> Option<Result<Value, String>> {
        let ClientSettings::Machine { connections, may_call_aws, .. } = &self.settings else {
            return None;
        };
        let name = arn.split(":connection/").nth(1).and_then(|name| name.split('/').next());
        let known = connections.0.get(arn).or_else(|| connections.0.get(name?));
        let asks_eventbridge = *may_call_aws || crate::named_endpoint("EVENTBRIDGE").is_some();
        match known {
            Some(secret) => Some(Ok(secret.clone())),
            None if asks_eventbridge => None,
            None => Some(Err(format!(
                "The connection {arn} is not known here: --connections FILE has its secret, and with \
                 --aws EventBridge is asked for it"
            ))),
        }
    }

    async fn connect(&self) -> &Connected {
        self.connected
            .get_or_init(|| async {
                let (sdk, identity) = match &self.settings {
                    ClientSettings::Deployment => (lambda_sdk_config(), CallerIdentity::Role),
                    ClientSettings::Machine { region, .. } => {
                        let sdk = profile_sdk_config(self.profile.as_deref()).await;
                        let sdk = with_region(sdk, region);
                        (sdk, CallerIdentity::Process)
                    }
                };
                let http = https_connector(TlsContext::default());
                Connected { sdk, http, identities: Identities::new(identity) }
            })
            .await
    }
}

/// The member that sends a request to several regions, if there is one.
///
/// Spec: EventBridge User Guide, "Global endpoints"; Amazon S3 User Guide, "Multi-Region Access
/// Points".
fn member_of_another_signature(
    model: &ServiceModel,
    members: &Map<String, Value>,
) -> Option<&'static str> {
    let is_arn = |member: &str| {
        let value = members.get(member).and_then(Value::as_str);
        value.is_some_and(|value| value.starts_with("arn:"))
    };
    match model.id.as_str() {
        "EventBridge" if members.contains_key("EndpointId") => Some("EndpointId"),
        "S3" if is_arn("Bucket") => Some("Bucket"),
        _ => None,
    }
}

/// What connects to the servers that are trusted so.
fn https_connector(trusted: TlsContext) -> Connector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT);
    Connector::builder()
        .connector_settings(settings.build())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted)
        .build()
}

/// Sends a request and reads the whole answer.
async fn receive(http: &Connector, request: HttpRequest) -> Result<WireResponse, CallFailure> {
    let failed = |error: &dyn std::error::Error| CallFailure::Transport(format_with_causes(error));
    let request = request.try_into().map_err(|error| failed(&error))?;
    let response = http.call(request).await.map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            CallFailure::TooLarge
        } else {
            CallFailure::Transport(format_with_causes(error.as_ref()))
        }
    })?;
    let body = body.to_bytes();
    Ok(WireResponse { status, headers, body })
}

/// The credentials, if they last for another while.
fn still_valid(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > now + identities::RENEWED_BEFORE_EXPIRY)
}

/// Why a process that may call named endpoints only does not call a service.
fn not_called(model: &ServiceModel) -> String {
    let variable = endpoint::environment_name(&model.id);
    format!(
        "{} is not called: AWS_ENDPOINT_URL_{variable} or AWS_ENDPOINT_URL names an endpoint of it, \
         and with --aws it is called in AWS",
        model.id
    )
}

/// The same, if the environment names no endpoint of it.
pub(crate) fn unreachable_reason(model: &ServiceModel) -> Option<String> {
    let named = crate::named_endpoint(&endpoint::environment_name(&model.id));
    named.is_none().then(|| not_called(model))
}

/// A client that several callers share.
pub type SharedServiceClient = Arc<ServiceClient>;
