//! The executions of a case.

use regex::Regex;
use serde_json::{Value, json};

use super::{
    case::{JobState, ServiceCase},
    server::CallingServer,
    stub::{REQUEST_ID, StubRequest},
};

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    /// The service answers.
    Answered,
    /// The service refuses.
    Refused,
    /// `.sync`: the job runs for a while and succeeds.
    JobSucceeds,
    /// `.sync`: the job fails.
    JobFails,
    /// `.sync`: the execution is stopped while the job runs, which is cancelled.
    JobIsCancelled,
    /// `.waitForTaskToken`: who got the token sends an output.
    TokenSucceeds,
    /// `.waitForTaskToken`: who got the token sends an error.
    TokenFails,
}

impl RunKind {
    /// The kinds that a case has.
    pub(super) fn all_of(case: &ServiceCase) -> Vec<Self> {
        let mut kinds = vec![Self::Answered, Self::Refused];
        if let Some(job) = &case.job {
            kinds.push(Self::JobSucceeds);
            kinds.extend(job.can_fail().then_some(Self::JobFails));
            kinds.extend(job.cancel.as_ref().map(|_| Self::JobIsCancelled));
        }
        if case.token.is_some() {
            kinds.extend([Self::TokenSucceeds, Self::TokenFails]);
        }
        kinds
    }

    const fn pattern(self) -> &'static str {
        match self {
            Self::Answered | Self::Refused => "",
            Self::JobSucceeds | Self::JobFails | Self::JobIsCancelled => ".sync",
            Self::TokenSucceeds | Self::TokenFails => ".waitForTaskToken",
        }
    }
}

/// An execution of a case.
pub(super) struct Run {
    kind: RunKind,
    /// Its case, with its marker in all texts.
    case: ServiceCase,
    marker: String,
    execution: String,
}

impl Run {
    /// Scripts what the services answer, and starts the execution.
    pub(super) fn start(
        server: &CallingServer,
        case: &ServiceCase,
        index: usize,
        kind: RunKind,
    ) -> Self {
        let marker = format!("case{index:03}{}", format!("{kind:?}").to_lowercase());
        let case = case.marked(server, &marker);
        let answer = if kind == RunKind::Refused { case.refused() } else { case.success() };
        server.stub.script(&case.operation, &marker, vec![answer]);
        for (operation, answers) in case.asked_beside() {
            server.stub.script(operation, &marker, answers);
        }
        if let Some(job) = &case.job {
            let states = match kind {
                RunKind::JobSucceeds => vec![JobState::Running, JobState::Succeeded],
                RunKind::JobFails => vec![JobState::Failed],
                _ => vec![JobState::Running],
            };
            let states = states.into_iter().map(|state| job.describe(case.protocol(), state));
            server.stub.script(&job.describe, &marker, states.collect());
            if let Some(cancel) = &job.cancel {
                server.stub.script(cancel, &marker, vec![case.success()]);
            }
        }
        let mut parameters = case.parameters.clone();
        if kind.pattern() == ".waitForTaskToken" {
            let replaced = case.token.iter().filter_map(Value::as_object).flatten();
            replaced.for_each(|(name, value)| parameters[name] = value.clone());
        }
        let resource = format!("arn:aws:states:::{}{}", case.action, kind.pattern());
        let task =
            json!({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true});
        let execution = server.start_task(&marker, &task);
        Self { kind, case, marker, execution }
    }

    /// Does what has to come from outside: stops an execution, sends a token.
    pub(super) fn act(&self, server: &CallingServer) {
        let client = &server.local.client;
        match (self.kind, &self.case.job) {
            (RunKind::JobIsCancelled, Some(job)) => {
                server.stub.await_request(&job.describe, &self.marker);
                let stop = json!({"executionArn": self.execution});
                client.call_successfully("StopExecution", &stop);
            }
            (RunKind::TokenSucceeds, _) => {
                let token = self.await_token(server);
                let success = json!({"taskToken": token, "output": "{\"from\":\"outside\"}"});
                client.call_successfully("SendTaskSuccess", &success);
            }
            (RunKind::TokenFails, _) => {
                let token = self.await_token(server);
                let failure = json!({"taskToken": token, "error": "Own", "cause": "outside"});
                client.call_successfully("SendTaskFailure", &failure);
            }
            _ => {}
        }
    }

    /// The token in the request that the double was sent.
    fn await_token(&self, server: &CallingServer) -> String {
        let request = server.stub.await_request(&self.case.operation, &self.marker);
        let text = request.everything();
        let token = text.split_once("T<").and_then(|(_, rest)| rest.split_once(">T"));
        token.unwrap_or_else(|| panic!("{} has a token: {text}", self.marker)).0.to_owned()
    }

    /// Waits for the end, and says what is not as it should be.
    pub(super) fn find_mistake(&self, server: &CallingServer) -> Option<String> {
        let described = server.local.client.await_end(&self.execution);
        let found = self
            .check_requests(server)
            .and_then(|()| self.check_end(&described))
            .and_then(|()| self.check_cancellation(server));
        let Self { case, kind, .. } = self;
        found.err().map(|mistake| format!("{}{} {kind:?}: {mistake}", case.action, kind.pattern()))
    }

    fn check_requests(&self, server: &CallingServer) -> Result<(), String> {
        let Self { case, marker, .. } = self;
        let requests = server.stub.requests(&case.operation, marker);
        let [request] = &*requests else {
            let described = server.local.client.await_end(&self.execution);
            return Err(format!("{} requests {}: {described}", requests.len(), case.operation));
        };
        let job = case.job.as_ref().filter(|_| self.kind.pattern() == ".sync");
        if self.kind.pattern() != ".waitForTaskToken" {
            let mut expected = case.request.clone();
            let of_job = job.and_then(|job| job.request.as_object()).into_iter().flatten();
            of_job.for_each(|(name, value)| expected[name] = value.clone());
            contains(&request.fields(), &expected)?;
            check_headers(request, &case.headers)?;
        }
        let Some(job) = job else { return Ok(()) };
        let asked = server.stub.requests(&job.describe, marker);
        let least = if self.kind == RunKind::JobSucceeds { 2 } else { 1 };
        if asked.len() < least {
            return Err(format!("{} requests {}", asked.len(), job.describe));
        }
        asked.iter().try_for_each(|request| contains(&request.fields(), &job.asked))
    }

    fn check_end(&self, described: &Value) -> Result<(), String> {
        let case = &self.case;
        let succeeds = |expected: &Value| is_same(&output_of(described)?, expected);
        let fails = |error: &str, cause: &str| {
            is_same(&described["error"], &error.into())?;
            let found = described["cause"].as_str().unwrap_or_default();
            if found.contains(cause) { Ok(()) } else { Err(format!("the cause is {found}")) }
        };
        match self.kind {
            RunKind::Answered => {
                let mut output = output_of(described)?;
                self.take_http(&mut output)?;
                is_same(&output, &case.result)
            }
            RunKind::Refused if case.calls_endpoint() || case.calls_cluster() => {
                fails(&case.error, "refused")
            }
            RunKind::Refused if case.cause.is_empty() => fails(&case.error, "refused (Service: "),
            RunKind::Refused => fails(&case.error, &case.cause),
            RunKind::JobSucceeds => succeeds(&self.job_result(JobState::Succeeded)),
            RunKind::JobFails => {
                fails("States.TaskFailed", "")?;
                let job = described["cause"].as_str().unwrap_or_default();
                let job: Value = serde_json::from_str(job).map_err(|error| error.to_string())?;
                is_same(&job, &self.job_result(JobState::Failed))
            }
            RunKind::JobIsCancelled => is_same(&described["status"], &"ABORTED".into()),
            RunKind::TokenSucceeds => succeeds(&json!({"from": "outside"})),
            RunKind::TokenFails => fails("Own", "outside"),
        }
    }

    fn job_result(&self, state: JobState) -> Value {
        self.case.job.as_ref().map(|job| job.result(state)).unwrap_or_default()
    }

    /// Takes what HTTP said out of a result.
    fn take_http(&self, output: &mut Value) -> Result<(), String> {
        let Some(members) = output.as_object_mut() else { return Ok(()) };
        if self.case.calls_endpoint() {
            let headers = members.remove("Headers").unwrap_or_default();
            return contains(&headers, &json!({"x-amzn-RequestId": [REQUEST_ID]}));
        }
        if !self.case.has_metadata() {
            return Ok(());
        }
        let http = members.remove("SdkHttpMetadata").unwrap_or_default();
        let headers = json!({"x-amzn-RequestId": REQUEST_ID});
        contains(&http, &json!({"HttpStatusCode": 200, "HttpHeaders": headers}))?;
        let response = members.remove("SdkResponseMetadata").unwrap_or_default();
        is_same(&response, &json!({"RequestId": REQUEST_ID}))
    }

    fn check_cancellation(&self, server: &CallingServer) -> Result<(), String> {
        let job = self.case.job.as_ref().filter(|_| self.kind == RunKind::JobIsCancelled);
        let Some((job, cancel)) = job.and_then(|job| Some((job, job.cancel.as_ref()?))) else {
            return Ok(());
        };
        let request = server.stub.await_request(cancel, &self.marker);
        contains(&request.fields(), &job.cancelled)
    }
}

fn output_of(described: &Value) -> Result<Value, String> {
    let output = described["output"].as_str().and_then(|text| serde_json::from_str(text).ok());
    output.ok_or_else(|| format!("it has no output: {described}"))
}

fn is_same(found: &Value, expected: &Value) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found} is not {expected}")) }
}

/// Whether a value has all members of another, and lists as long; null asks nothing, and `*` any text.
fn contains(found: &Value, expected: &Value) -> Result<(), String> {
    match (found, expected) {
        (_, Value::Null) => Ok(()),
        (Value::String(_), Value::String(any)) if any == "*" => Ok(()),
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().try_for_each(|(name, expected)| {
                contains(found.get(name).unwrap_or(&Value::Null), expected)
                    .map_err(|mistake| format!("{name}: {mistake}"))
            })
        }
        (Value::Array(items), Value::Array(expected)) if items.len() == expected.len() => {
            items.iter().zip(expected).try_for_each(|(item, expected)| contains(item, expected))
        }
        _ => is_same(found, expected),
    }
}

/// Whether a request has these headers. A `*` in a value stands for any text.
fn check_headers(request: &StubRequest, expected: &Value) -> Result<(), String> {
    let expected = expected.as_object().into_iter().flatten();
    for (name, value) in expected {
        let found = request.header(name).unwrap_or_default();
        let pattern = regex::escape(value.as_str().unwrap_or_default()).replace("\\*", ".*");
        let pattern = Regex::new(&format!("^{pattern}$")).expect("an escaped text is a pattern");
        if !pattern.is_match(found) {
            return Err(format!("{name}: {found} is not {value}"));
        }
    }
    Ok(())
}
