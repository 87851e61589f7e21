//! The optimised integrations: what the model of a service cannot say, one file for each service.
//!
//! Spec: Developer Guide, "Integrating optimized services", and the page of each service.

mod athena;
mod batch;
mod bedrock;
mod bedrock_agentcore;
mod codebuild;
mod databrew;
mod dynamodb;
mod ecs;
mod eks;
mod elasticmapreduce;
mod emr_containers;
mod emr_serverless;
mod events;
mod glue;
mod lookup;
mod mediaconvert;
mod sagemaker;
mod sns;
mod sqs;
mod stored_body;

use std::{sync::Arc, time::Duration};

use model::{Failure, Payload};
use orchestrator::ports::CallOutcome;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{
    CallScope,
    failures::{Wording, unusable_parameters},
    jobs::{Job, submitted_job},
    results::{task_result, with_metadata},
};
use crate::{
    client::{CallFailure, ServiceAnswer, ServiceCall},
    find_service,
    service_model::{NameStyle, Operation, ServiceModel},
};
use lookup::Lookup;

/// A service with optimised integrations.
#[derive(Debug)]
pub(super) struct OptimisedService {
    /// Its name in a Resource.
    resource: &'static str,
    /// The name of its model, which is that of its `aws-sdk:` integration.
    model: &'static str,
    /// What its errors begin with.
    prefix: &'static str,
    /// Its name in causes.
    service: &'static str,
    /// The exception of an error that has none of its own.
    exception: &'static str,
    actions: &'static [Action],
}

/// An action of such a service.
#[derive(Debug)]
struct Action {
    name: &'static str,
    /// The operation that it calls.
    operation: &'static str,
    /// The name in the Task's parameters for which the operation wants an id.
    lookup: Option<Lookup>,
    /// Makes the operation's parameters from the Task's.
    prepare: Option<Prepare>,
    /// Makes the Task's result from the operation's.
    conclude: Option<Conclude>,
    /// What `.sync` waits for.
    job: Option<Job>,
    /// The names of its parameters, unless they are those of the operation.
    parameters: Option<&'static [&'static str]>,
    /// The parameter that it has even if the Task does not say it.
    supplied: Option<&'static str>,
    /// Whether its `Body` and that of its answer may be objects of S3.
    stores_bodies: bool,
    /// How long it may take, whatever the timeout of its Task.
    time_max: Option<Duration>,
}

/// The parameters of a Task, by which it calls an operation.
type Parameters = Map<String, Value>;

type Prepare = fn(&CallScope<'_>, Parameters) -> Result<Parameters, Refused>;
type Conclude = fn(&CallScope<'_>, Map<String, Value>) -> Result<Map<String, Value>, Failure>;

/// Why parameters cannot be used.
#[derive(Debug)]
enum Refused {
    /// With the error States.Runtime, for this reason.
    Unusable(String),
    /// With an error of the service.
    Failed(Failure),
}

/// The sources of the events that tell of jobs, one for each action that starts a job.
#[cfg(test)]
pub(super) fn sources_of_jobs() -> impl Iterator<Item = &'static str> {
    let actions = SERVICES.iter().flat_map(|service| service.actions);
    actions.filter_map(|action| Some(action.job.as_ref()?.told?.0))
}

const SERVICES: [&OptimisedService; 19] = [
    &athena::SERVICE,
    &batch::SERVICE,
    &bedrock::CUSTOMIZATION,
    &bedrock::RUNTIME,
    &bedrock_agentcore::SERVICE,
    &codebuild::SERVICE,
    &databrew::SERVICE,
    &dynamodb::SERVICE,
    &ecs::SERVICE,
    &eks::SERVICE,
    &elasticmapreduce::SERVICE,
    &emr_containers::SERVICE,
    &emr_serverless::SERVICE,
    &events::SERVICE,
    &glue::SERVICE,
    &mediaconvert::SERVICE,
    &sagemaker::SERVICE,
    &sns::SERVICE,
    &sqs::SERVICE,
];

/// An optimised integration with its service.
#[derive(Clone, Debug)]
pub(crate) struct OptimisedAction {
    service: &'static OptimisedService,
    action: &'static Action,
    pub(crate) model: Arc<ServiceModel>,
}

impl Action {
    /// An action that is the operation of its name.
    const fn plain(name: &'static str, operation: &'static str) -> Self {
        Self {
            name,
            operation,
            lookup: None,
            prepare: None,
            conclude: None,
            job: None,
            parameters: None,
            supplied: None,
            stores_bodies: false,
            time_max: None,
        }
    }

    const fn finding(self, lookup: Lookup) -> Self {
        Self { lookup: Some(lookup), ..self }
    }

    const fn preparing(self, prepare: Prepare) -> Self {
        Self { prepare: Some(prepare), ..self }
    }

    const fn concluding(self, conclude: Conclude) -> Self {
        Self { conclude: Some(conclude), ..self }
    }

    const fn with_parameters(self, names: &'static [&'static str]) -> Self {
        Self { parameters: Some(names), ..self }
    }

    const fn supplying(self, name: &'static str) -> Self {
        Self { supplied: Some(name), ..self }
    }

    const fn storing_bodies(self) -> Self {
        Self { stores_bodies: true, ..self }
    }

    const fn ending_after(self, time: Duration) -> Self {
        Self { time_max: Some(time), ..self }
    }

    const fn awaiting(self, job: Job) -> Self {
        Self { job: Some(job), ..self }
    }
}

impl OptimisedAction {
    /// Finds the integration of a Resource.
    pub(crate) fn find(service: &str, action: &str) -> Option<Self> {
        let mut found =
            SERVICES.into_iter().filter(|found| found.resource == service).filter_map(|service| {
                Some((service, service.actions.iter().find(|found| found.name == action)?))
            });
        let (service, action) = found.next()?;
        let model = find_service(service.model)?;
        Some(Self { service, action, model })
    }

    /// The operation that it calls.
    pub(crate) fn operation(&self) -> Option<(&str, &Operation)> {
        self.model.find_operation(self.action.operation)
    }

    /// The names of its parameters, unless they are those of the operation.
    pub(super) const fn own_parameters(&self) -> Option<&'static [&'static str]> {
        self.action.parameters
    }

    /// The parameter that it has even if the Task does not say it.
    pub(super) const fn supplied_parameter(&self) -> Option<&'static str> {
        self.action.supplied
    }

    /// What `.sync` waits for.
    pub(super) const fn job(&self) -> Option<&'static Job> {
        self.action.job.as_ref()
    }

    pub(super) fn wording(&self) -> Wording<'_> {
        let OptimisedService { prefix, service, exception, .. } = *self.service;
        Wording::Optimised { prefix, service, exception, model: &self.model }
    }

    /// Calls an operation of the service with parameters as Step Functions spells them.
    pub(super) async fn call_operation(
        &self,
        scope: &CallScope<'_>,
        name: &str,
        parameters: &Value,
    ) -> Result<(Map<String, Value>, ServiceAnswer), CallFailure> {
        let style = NameStyle::Optimised;
        let Some(operation) = self.model.find_operation(name) else {
            let reason = format!("the service has no operation {name}");
            return Err(CallFailure::Parameters(reason));
        };
        let answer = scope
            .client
            .call(ServiceCall {
                model: &self.model,
                operation,
                style,
                parameters,
                idempotency_token: &scope.idempotency_token,
                identity: Some(scope.identity),
            })
            .await?;
        let members = answer.members.clone();
        Ok((task_result(&self.model, operation.1.output, style, members), answer))
    }
}

/// Makes the call of an optimised integration.
pub(super) async fn call(scope: &CallScope<'_>, action: &OptimisedAction) -> CallOutcome {
    let answered = match action.action.time_max {
        Some(time) => match timeout(time, answer(scope, action)).await {
            Ok(answered) => answered,
            Err(_) => return CallOutcome::TimedOut,
        },
        None => answer(scope, action).await,
    };
    answered.unwrap_or_else(CallOutcome::Failed)
}

async fn answer(scope: &CallScope<'_>, action: &OptimisedAction) -> Result<CallOutcome, Failure> {
    let text = scope.payload.json_text();
    let given = scope.payload.json_value().as_object().cloned().unwrap_or_default();
    let given = match &action.action.lookup {
        Some(lookup) => lookup.replace_name(scope, action, given).await?,
        None => given,
    };
    let (given, output) = if action.action.stores_bodies {
        stored_body::read_input(scope, given).await?
    } else {
        (given, None)
    };
    let parameters = match action.action.prepare {
        Some(prepare) => prepare(scope, given).map_err(|refused| match refused {
            Refused::Unusable(reason) => unusable_parameters(text, &reason),
            Refused::Failed(failure) => failure,
        })?,
        None => given,
    };
    let answered = action.call_operation(scope, action.action.operation, &parameters.into()).await;
    let (result, answer) = answered.map_err(|failure| action.wording().failure(&failure, text))?;
    let result = match output {
        Some(location) => stored_body::store_output(scope, &location, result).await?,
        None => result,
    };
    let result = match action.action.conclude {
        Some(conclude) => conclude(scope, result)?,
        None => result,
    };
    let job = action.job().and_then(|job| submitted_job(scope, job, &result));
    let output = Payload::from_value(with_metadata(result, &answer.response).into());
    Ok(match job {
        Some(job) => CallOutcome::Submitted { output, job: Some(job) },
        None => CallOutcome::Succeeded(output),
    })
}
