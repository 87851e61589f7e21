//! The cases: what a Task calls, what the service answers, and what comes of it.

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use super::{
    server::CallingServer,
    stub::{StubAnswer, StubProtocol, StubResponse},
};
use crate::program::repository_root;

/// An action with its requests and answers. Before it runs, these are replaced in all its texts: `@` by
/// the marker of the execution, `$STUB` by the address of the double, `$CLUSTER` by its URL as a cluster,
/// `$AUTHORITY` by the certificate of that, `$MACHINE` and `$EXECUTION` by ARNs, and `$TOKEN` by an
/// expression for the task token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceCase {
    /// What follows `arn:aws:states:::` in the Resource, without the pattern.
    pub(super) action: String,
    /// What tells it from other cases of its action.
    #[serde(default)]
    pub(super) about: String,
    /// The form of bodies; JSON if it is not said.
    #[serde(default)]
    protocol: Option<String>,
    /// What the double is asked, as `ServiceStub::script` names it.
    pub(super) operation: String,
    pub(super) parameters: Value,
    /// What else is asked, with its answers.
    #[serde(default)]
    pub(super) beside: Vec<(String, Value)>,
    /// Parameters that replace others where a Task waits for its token; none if none does.
    pub(super) token: Option<Value>,
    /// What the request has to contain. A `*` stands for any text.
    #[serde(default)]
    pub(super) request: Value,
    /// Headers that the request has to have. A `*` stands for any text.
    #[serde(default)]
    pub(super) headers: Value,
    /// What the service answers: an object, or a text as it is.
    #[serde(default = "empty_object")]
    answer: Value,
    #[serde(default)]
    answer_headers: Vec<(String, String)>,
    /// The Task's result, without HTTP's part of it.
    #[serde(default = "empty_object")]
    pub(super) result: Value,
    /// The status and the code of a refusal.
    refusal: (u16, String),
    #[serde(default)]
    refusal_headers: Vec<(String, String)>,
    /// What the cause of a Task that is refused so contains, if that is not the usual.
    #[serde(default)]
    pub(super) cause: String,
    /// The error of a Task that is refused so.
    pub(super) error: String,
    pub(super) job: Option<JobCase>,
}

/// The job that `.sync` waits for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JobCase {
    /// What the request has to contain if its job is waited for, where that differs.
    #[serde(default)]
    pub(super) request: Value,
    /// The operation that describes the job.
    pub(super) describe: String,
    /// What that request has to contain.
    #[serde(default)]
    pub(super) asked: Value,
    /// Its answer, with `$STATE` for the state.
    described: Value,
    /// The states of a job that runs, that has succeeded and that has failed. Without the last one it
    /// cannot fail.
    states: [String; 3],
    /// The refusal that says that what was deleted is gone.
    gone: Option<(u16, String)>,
    /// The answer about a job that has failed, if it has other parts than the state.
    failed: Option<Value>,
    /// The Task's result, with `$STATE` for the state.
    result: Value,
    /// The job in the cause of a Task that has failed, if it has other parts than the state.
    failed_result: Option<Value>,
    /// The operation that cancels the job; none if its service does not.
    pub(super) cancel: Option<String>,
    /// What that request has to contain.
    #[serde(default)]
    pub(super) cancelled: Value,
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

impl ServiceCase {
    /// Reads all cases, in the order of files and in them.
    pub(super) fn read_all() -> Vec<Self> {
        let folder = repository_root().join("tests/acceptance/services/cases");
        let files = fs::read_dir(folder).expect("the folder of the cases");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        let cases = files.iter().flat_map(|file| {
            let text = fs::read_to_string(file).expect("a file of cases");
            let cases: Vec<Self> = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            cases
        });
        cases.collect()
    }

    /// The case of an execution with this marker.
    pub(super) fn marked(&self, server: &CallingServer, marker: &str) -> Self {
        let mark = |value: &Value| replaced(value, &server.replacements(marker));
        let named = |text: &String| text.replace('@', marker);
        Self {
            operation: named(&self.operation),
            parameters: mark(&self.parameters),
            beside: self
                .beside
                .iter()
                .map(|(asked, answer)| (named(asked), mark(answer)))
                .collect(),
            token: self.token.as_ref().map(mark),
            request: mark(&self.request),
            answer: mark(&self.answer),
            result: mark(&self.result),
            job: self.job.as_ref().map(|job| JobCase {
                request: mark(&job.request),
                describe: named(&job.describe),
                asked: mark(&job.asked),
                described: mark(&job.described),
                failed: job.failed.as_ref().map(mark),
                result: mark(&job.result),
                failed_result: job.failed_result.as_ref().map(mark),
                cancel: job.cancel.as_ref().map(named),
                cancelled: mark(&job.cancelled),
                ..job.clone()
            }),
            ..self.clone()
        }
    }

    pub(super) fn protocol(&self) -> StubProtocol {
        StubProtocol::parse(self.protocol.as_deref().unwrap_or("json"))
    }

    /// The service's answer to a request that succeeds.
    pub(super) fn success(&self) -> StubAnswer {
        let response = StubResponse::success(self.protocol(), &self.answer);
        response.with_headers(&self.answer_headers).into()
    }

    /// The service's answer to a request that it refuses.
    pub(super) fn refused(&self) -> StubAnswer {
        let (status, code) = &self.refusal;
        let response = StubResponse::refusal(self.protocol(), *status, code);
        response.with_headers(&self.refusal_headers).into()
    }

    /// The other operations that are asked, each with its answers.
    pub(super) fn asked_beside(&self) -> Vec<(&str, Vec<StubAnswer>)> {
        let mut asked: Vec<(&str, Vec<StubAnswer>)> = Vec::new();
        for (operation, answer) in &self.beside {
            let answer = StubResponse::success(self.protocol(), answer).into();
            match asked.iter_mut().find(|(known, _)| known == operation) {
                Some((_, answers)) => answers.push(answer),
                None => asked.push((operation, vec![answer])),
            }
        }
        asked
    }

    /// Whether the Task's result has HTTP's part of an optimised integration.
    pub(super) fn has_metadata(&self) -> bool {
        !self.action.starts_with("aws-sdk:") && !self.calls_endpoint() && !self.calls_cluster()
    }

    /// Whether it calls a cluster of a user.
    pub(super) fn calls_cluster(&self) -> bool {
        ["eks:call", "eks:runJob"].contains(&&*self.action)
    }

    /// Whether it calls an API of a user, not of a service.
    pub(super) fn calls_endpoint(&self) -> bool {
        ["http:invoke", "apigateway:invoke"].contains(&&*self.action)
    }
}

/// The states that a job can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    Running,
    Succeeded,
    Failed,
}

impl JobCase {
    pub(super) fn can_fail(&self) -> bool {
        !self.state(JobState::Failed).is_empty()
    }

    fn state(&self, state: JobState) -> &str {
        let [running, succeeded, failed] = &self.states;
        match state {
            JobState::Running => running,
            JobState::Succeeded => succeeded,
            JobState::Failed => failed,
        }
    }

    /// The service's answer about a job in a state.
    pub(super) fn describe(&self, protocol: StubProtocol, state: JobState) -> StubAnswer {
        let described = match (state, &self.gone, &self.failed) {
            (JobState::Succeeded, Some((status, code)), _) => {
                return StubResponse::refusal(protocol, *status, code).into();
            }
            (JobState::Failed, _, Some(failed)) => failed,
            _ => &self.described,
        };
        let described = replaced(described, &[("$STATE", self.state(state).to_owned())]);
        StubResponse::success(protocol, &described).into()
    }

    /// The result of a Task, or the cause of its failure.
    pub(super) fn result(&self, state: JobState) -> Value {
        let result = match (state, &self.failed_result) {
            (JobState::Failed, Some(result)) => result,
            _ => &self.result,
        };
        replaced(result, &[("$STATE", self.state(state).to_owned())])
    }
}

/// A value with replacements in all its texts and names.
fn replaced(value: &Value, replacements: &[(&str, String)]) -> Value {
    let replace = |value: &Value| replaced(value, replacements);
    let replace_text = |text: &String| {
        let pairs = replacements.iter();
        pairs.fold(text.clone(), |text, (from, to)| text.replace(from, to))
    };
    match value {
        Value::String(text) => replace_text(text).into(),
        Value::Array(items) => items.iter().map(replace).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (replace_text(name), replace(value)));
            Value::Object(members.collect())
        }
        value => value.clone(),
    }
}
