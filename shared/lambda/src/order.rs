//! What an event orders: which machine to start, under which name, with which input.
//!
//! | event | machine | name | input |
//! |---|---|---|---|
//! | API Gateway, REST and HTTP proxy | path parameter `stateMachine`, or the function's own | header `Idempotency-Key`, or the request's id | the body |
//! | `StartExecution`'s members: an object with `stateMachineArn` or `input`, and nothing else than these | `stateMachineArn`, or the function's own | `name`, or the invocation's id | `input`: a string holds JSON, as in the API; anything else is the input itself |
//! | `EventBridge` | the function's own | the event's `id` | the whole event |
//! | anything else: an IoT rule, a schedule with an input of its own | the function's own | the invocation's id | the whole event |
//!
//! Lambda repeats an invocation that nobody waits for under the same id, and `EventBridge` delivers an
//! event again under the same id, so neither starts a second execution.
//!
//! Spec: Lambda, "Asynchronous invocation"; API Gateway, "Working with AWS Lambda proxy integrations";
//! `EventBridge`, "Events".

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{Place, StateMachineArn};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

/// Where an event came from, as far as it matters to the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From API Gateway: the answer is an HTTP response.
    Proxy,
    /// From whoever invokes the function: the answer is `StartExecution`'s, or an error.
    Direct,
    /// From a source that may repeat itself: what was started before is started.
    Event,
}

/// A `StartExecution` to be made.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    /// Where it came from.
    pub(crate) way: Way,
    /// The request, as the API takes it.
    pub(crate) request: Value,
}

/// What an event is made out by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Looks<'event> {
    #[serde(borrow)]
    request_context: Option<&'event RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    source: Option<String>,
    #[serde(borrow)]
    detail: Option<&'event RawValue>,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proxied<'event> {
    #[serde(borrow)]
    request_context: RequestContext<'event>,
    path_parameters: Option<BTreeMap<String, String>>,
    headers: Option<BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'event> {
    request_id: String,
    /// In a REST API's.
    http_method: Option<String>,
    /// In an HTTP API's.
    #[serde(borrow)]
    http: Option<&'event RawValue>,
}

/// Makes out what an event orders.
pub(crate) fn order(event: &RawValue, own: &Own<'_>, invocation_id: &str) -> Order {
    let text = event.get();
    let looks: Option<Looks<'_>> = serde_json::from_str(text).ok();
    let looks = looks.as_ref();
    if looks.is_some_and(|looks| looks.request_context.is_some())
        && let Ok(proxied) = serde_json::from_str::<Proxied<'_>>(text)
        && (proxied.request_context.http.is_some() || proxied.request_context.http_method.is_some())
    {
        return of_proxy(proxied, own);
    }
    if let Some(request) = of_members(text, own, invocation_id) {
        return Order { way: Way::Direct, request };
    }
    let of_bus = looks.filter(|looks| {
        looks.detail_type.is_some() && looks.source.is_some() && looks.detail.is_some()
    });
    let id = of_bus.and_then(|looks| looks.id.as_deref()).unwrap_or(invocation_id);
    Order { way: Way::Event, request: request(own.machine(None), id, text) }
}

/// What the function has of its own.
#[derive(Clone, Debug)]
pub(crate) struct Own<'a> {
    /// Where it lives.
    pub(crate) place: &'a Place,
    /// The machine that it starts where an event names none.
    pub(crate) state_machine: Option<&'a str>,
}

impl Own<'_> {
    /// The ARN of a machine that is named by its ARN or its name, or of the function's own.
    fn machine(&self, named: Option<&str>) -> Option<String> {
        let named = named.or(self.state_machine)?;
        let is_arn = StateMachineArn::parse(named).is_ok() || named.contains(':');
        Some(if is_arn { named.to_owned() } else { self.place.machine_arn(named) })
    }
}

fn of_proxy(proxied: Proxied<'_>, own: &Own<'_>) -> Order {
    let Proxied { request_context, path_parameters, headers, body, is_base64_encoded } = proxied;
    let named = path_parameters.as_ref().and_then(|parameters| parameters.get("stateMachine"));
    let machine = own.machine(named.map(String::as_str));
    let headers = headers.unwrap_or_default();
    let key = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
    let name = key.map_or(request_context.request_id.as_str(), |(_, key)| key.as_str());
    let body = body.filter(|body| !body.is_empty()).unwrap_or_else(|| "{}".to_owned());
    let input = if is_base64_encoded { decoded(&body).unwrap_or(body) } else { body };
    Order { way: Way::Proxy, request: request(machine, name, &input) }
}

fn decoded(body: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(body).ok()?).ok()
}

/// The request of an event that has the members of `StartExecution` and no others.
fn of_members(event: &str, own: &Own<'_>, invocation_id: &str) -> Option<Value> {
    const MEMBERS: [&str; 4] = ["stateMachineArn", "name", "input", "traceHeader"];
    let members: Map<String, Value> = serde_json::from_str(event).ok()?;
    let is_start = members.contains_key(MEMBERS[0]) || members.contains_key(MEMBERS[2]);
    if !is_start || !members.keys().all(|member| MEMBERS.contains(&member.as_str())) {
        return None;
    }
    let text = |member: &str| members.get(member).and_then(Value::as_str);
    let input = match members.get("input") {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(json)) => json.clone(),
        Some(input) => input.to_string(),
    };
    let machine = own.machine(text("stateMachineArn"));
    let mut request = request(machine, text("name").unwrap_or(invocation_id), &input);
    if let Some(header) = members.get("traceHeader") {
        request["traceHeader"] = header.clone();
    }
    Some(request)
}

/// A missing machine is left out, so that the API says so.
fn request(machine: Option<String>, name: &str, input: &str) -> Value {
    let mut request = json!({ "name": name, "input": input });
    if let Some(arn) = machine {
        request["stateMachineArn"] = arn.into();
    }
    request
}

#[cfg(test)]
mod tests;
