//! What an event requests: which machine to start, with which execution name and input. The first
//! row that matches decides. Only members of the event itself are considered.
//!
//! | event | state machine | key of the name | input |
//! |---|---|---|---|
//! | request: a string `stateMachineArn`, and no members but `StartExecution`'s | `stateMachineArn` | `name` | `input`: a string is the JSON text, as in the API; anything else is the input itself; if absent, `{}` |
//! | HTTP: an object `requestContext` and a method, in either version of API Gateway's proxy event | path parameter or stage variable `stateMachine` | header `Idempotency-Key` | the body; if empty, `{}` |
//! | `EventBridge`: strings `id`, `source`, `detail-type`, and a `detail` | – | `id`, with `replay-name` if it is replayed | the whole event |
//! | anything else, such as that of an IoT rule or a schedule | – | – | the whole event |
//!
//! A function with a configured machine starts only that one and refuses an event that names
//! another: whoever writes the payload that a rule passes on must not choose the machine.
//!
//! Without a key, the invocation's id is the key. Lambda repeats an asynchronous invocation under
//! the same id, so the repetition starts nothing twice.
//!
//! Spec: Lambda, "Asynchronous invocation"; API Gateway, "Working with AWS Lambda proxy
//! integrations"; `EventBridge`, "Events".

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{AccountRegion, ResourceName};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// How the sender of an event is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyFormat {
    /// With an HTTP response.
    Http,
    /// With the response of `StartExecution`, or an error.
    Plain,
}

/// An execution to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartRequest {
    pub(crate) reply_format: ReplyFormat,
    /// The machine's ARN, or why none is selected.
    pub(crate) machine: Result<String, MachineSelectionError>,
    pub(crate) name: String,
    /// The execution's input as a JSON text.
    pub(crate) input: String,
    pub(crate) trace_header: Option<String>,
}

/// Why no machine is selected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MachineSelectionError {
    /// The event names no machine, and the function has none configured.
    #[error(
        "Invalid Arn: 'no state machine is named: not by the event, and \
         STATEWRIGHT_STATE_MACHINE is empty'"
    )]
    Unnamed,
    /// The event names another machine than the configured one, whose ARN this is.
    #[error("Invalid Arn: 'this function starts {0} only'")]
    NotTheOnlyMachine(String),
}

/// The settings of the function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StarterSettings<'a> {
    pub(crate) account_region: &'a AccountRegion,
    /// The ARN or name of the only machine that it starts; `None` allows any machine.
    pub(crate) machine: Option<&'a str>,
}

impl StarterSettings<'_> {
    fn select_machine_arn(&self, named: Option<&str>) -> Result<String, MachineSelectionError> {
        let arn = |named: &str| {
            let is_arn = named.starts_with("arn:");
            if is_arn { named.to_owned() } else { self.account_region.state_machine_arn(named) }
        };
        match (self.machine.map(arn), named.map(arn)) {
            (Some(own), Some(named)) if own != named => {
                Err(MachineSelectionError::NotTheOnlyMachine(own))
            }
            (Some(machine), _) | (None, Some(machine)) => Ok(machine),
            (None, None) => Err(MachineSelectionError::Unnamed),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartExecutionEvent<'event> {
    state_machine_arn: String,
    name: Option<String>,
    #[serde(borrow)]
    input: Option<&'event RawValue>,
    trace_header: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent {
    request_context: ProxyRequestContext,
    http_method: Option<String>,
    path_parameters: Option<BTreeMap<String, String>>,
    stage_variables: Option<BTreeMap<String, String>>,
    headers: Option<BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct ProxyRequestContext {
    http: Option<ProxyHttpContext>,
}

#[derive(Deserialize)]
struct ProxyHttpContext {
    #[serde(rename = "method")]
    _method: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct EventBridgeEvent<'event> {
    id: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "detail-type")]
    _detail_type: String,
    #[serde(borrow, rename = "detail")]
    _detail: &'event RawValue,
    replay_name: Option<String>,
}

/// Parses the request that an event makes.
pub(crate) fn parse_start_request(
    event: &str,
    own: StarterSettings<'_>,
    invocation_id: &str,
) -> StartRequest {
    if let Ok(request) = serde_json::from_str::<StartExecutionEvent<'_>>(event) {
        return start_request_from_api(request, own, invocation_id);
    }
    if let Ok(proxied) = serde_json::from_str::<ProxyEvent>(event)
        && (proxied.http_method.is_some() || proxied.request_context.http.is_some())
    {
        return start_request_from_http(proxied, own, invocation_id);
    }
    let key = match serde_json::from_str::<EventBridgeEvent<'_>>(event) {
        Ok(EventBridgeEvent { id, replay_name: Some(replay), .. }) => format!("{id}-{replay}"),
        Ok(EventBridgeEvent { id, replay_name: None, .. }) => id,
        Err(_) => String::new(),
    };
    StartRequest {
        reply_format: ReplyFormat::Plain,
        machine: own.select_machine_arn(None),
        name: execution_name(&key, invocation_id),
        input: event.to_owned(),
        trace_header: None,
    }
}

fn start_request_from_api(
    request: StartExecutionEvent<'_>,
    own: StarterSettings<'_>,
    invocation_id: &str,
) -> StartRequest {
    let StartExecutionEvent { state_machine_arn, name, input, trace_header } = request;
    let input = input.map_or("{}", RawValue::get);
    StartRequest {
        reply_format: ReplyFormat::Plain,
        machine: own.select_machine_arn(Some(&state_machine_arn)),
        name: execution_name(&name.unwrap_or_default(), invocation_id),
        input: serde_json::from_str(input).unwrap_or_else(|_| input.to_owned()),
        trace_header,
    }
}

fn start_request_from_http(
    proxied: ProxyEvent,
    own: StarterSettings<'_>,
    invocation_id: &str,
) -> StartRequest {
    const MACHINE: &str = "stateMachine";
    let named = |names: &Option<BTreeMap<String, String>>| names.as_ref()?.get(MACHINE).cloned();
    let machine = named(&proxied.path_parameters).or_else(|| named(&proxied.stage_variables));
    let headers = proxied.headers.unwrap_or_default();
    let key = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
    let key = key.map(|(_, key)| key.as_str()).unwrap_or_default();
    let unquoted = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let body = proxied.body.filter(|body| !body.is_empty()).unwrap_or_else(|| "{}".to_owned());
    let decoded = proxied.is_base64_encoded.then(|| decode_base64_body(&body)).flatten();
    StartRequest {
        reply_format: ReplyFormat::Http,
        machine: own.select_machine_arn(machine.as_deref()),
        name: execution_name(unquoted, invocation_id),
        input: decoded.unwrap_or(body),
        trace_header: None,
    }
}

fn decode_base64_body(body: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(body).ok()?).ok()
}

/// The key, if it is a valid name. Otherwise the beginning of the key, with `-` for what a name may
/// not contain, and a digest that tells apart keys with the same beginning.
fn execution_name(key: &str, invocation_id: &str) -> String {
    const KEPT_CHARS: usize = 71;
    let key = if key.is_empty() { invocation_id } else { key };
    if ResourceName::parse(key).is_ok() {
        return key.to_owned();
    }
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let kept: String =
        key.chars().take(KEPT_CHARS).map(|it| if plain(it) { it } else { '-' }).collect();
    let digest = Sha256::digest(key);
    let digest = digest.first_chunk().map_or(0, |start| u32::from_be_bytes(*start));
    format!("{kept}-{digest:08x}")
}

#[cfg(test)]
mod tests;
