//! What an event orders: which machine to start, under which name, with which input. The first row
//! that matches decides; only members of the event itself are looked at.
//!
//! | event | state machine | key of the name | input |
//! |---|---|---|---|
//! | request: a string `stateMachineArn`, and no members but `StartExecution`'s | that | `name` | `input`: a string is the JSON text, as in the API; anything else is the input itself; none is `{}` |
//! | HTTP: an object `requestContext` and a method, in either version of API Gateway's proxy event | path parameter `stateMachine`, or stage variable | header `Idempotency-Key` | the body; none is `{}` |
//! | `EventBridge`: strings `id`, `source`, `detail-type`, and a `detail` | – | `id`, and `replay-name` where it is replayed | the whole event |
//! | anything else: an IoT rule's, a schedule's, … | – | – | the whole event |
//!
//! A function with a machine of its own starts that one, and refuses an event that names another:
//! whoever writes the payload that a rule passes on does not choose the machine.
//!
//! Where there is no key, the invocation's id is: Lambda repeats an invocation that nobody waits for
//! under the same id, so it starts nothing twice.
//!
//! Spec: Lambda, "Asynchronous invocation"; API Gateway, "Working with AWS Lambda proxy
//! integrations"; `EventBridge`, "Events".

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{AccountRegion, ResourceName};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// How whoever sent an event is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyFormat {
    /// By an HTTP response.
    Http,
    /// By what `StartExecution` answers, or an error.
    Plain,
}

/// An execution to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartRequest {
    pub(crate) reply_format: ReplyFormat,
    /// The machine's ARN; an error says why there is none.
    pub(crate) machine: Result<String, MachineSelectionError>,
    pub(crate) name: String,
    /// A JSON text.
    pub(crate) input: String,
    pub(crate) trace_header: Option<String>,
}

/// Why an event does not say which machine to start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MachineSelectionError {
    /// It names none, and the function has none of its own.
    #[error(
        "Invalid Arn: 'no state machine is named: not by the event, and \
         STATEWRIGHT_STATE_MACHINE is empty'"
    )]
    Unnamed,
    /// It names another than the function's own.
    #[error("Invalid Arn: 'this function starts {0} only'")]
    NotTheOnlyMachine(String),
}

/// What the function has of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StarterSettings<'a> {
    pub(crate) account_region: &'a AccountRegion,
    /// The ARN or name of the only machine that it starts.
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

/// Makes out what an event orders.
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

/// The key where it is a name; otherwise as much of it as a name may hold, and a digest that tells
/// it from others of which that is the same.
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
