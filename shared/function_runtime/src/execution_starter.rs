//! Starts executions for the senders of events.

use aws::with_trace_header;
use lambda_runtime::{Diagnostic, LambdaEvent};
use orchestrator::{
    ApiError, RepeatPolicy, StartExecution, StartedExecution, api::start_execution,
};
use protocol::{ApiException, check_start_execution};
use serde_json::{Value, json, value::RawValue};
use services::format_with_causes;
use tracing::error;

use crate::{
    Deployment, NoTaskCaller,
    start_request::{ReplyFormat, StartRequest, StarterSettings, parse_start_request},
};

/// Starts an execution for each event.
#[derive(Debug)]
pub struct ExecutionStarter {
    deployment: Deployment<NoTaskCaller>,
    machine: Option<String>,
}

/// The answer of the API: an HTTP status and the body.
type StatusAndBody = (u16, Value);

impl ExecutionStarter {
    /// Creates a starter. `machine` is the ARN or name of the only machine that it starts; if it is
    /// `None`, an event may name any machine.
    pub const fn new(deployment: Deployment<NoTaskCaller>, machine: Option<String>) -> Self {
        Self { deployment, machine }
    }

    /// Starts the execution that an event requests. An event that is delivered again with the same
    /// input gets the first answer.
    ///
    /// Errors: the execution was not started, and the sender has no other way to see that.
    pub async fn start_from_event(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Value, Diagnostic> {
        let own = StarterSettings {
            account_region: &self.deployment.context.settings.account_region,
            machine: self.machine.as_deref(),
        };
        let request = parse_start_request(event.payload.get(), own, &event.context.request_id);
        let answered = self.answer_start_request(&request);
        let (status, answer) = with_trace_header(event.context.xray_trace_id, answered).await;
        match request.reply_format {
            ReplyFormat::Http => Ok(json!({
                "statusCode": status,
                "headers": {"Content-Type": "application/json"},
                "body": answer.to_string(),
                "isBase64Encoded": false,
            })),
            ReplyFormat::Plain if status == 200 => Ok(answer),
            ReplyFormat::Plain => Err(diagnostic_of_answer(&answer)),
        }
    }

    async fn answer_start_request(&self, request: &StartRequest) -> StatusAndBody {
        let machine = match &request.machine {
            Ok(machine) => machine,
            Err(none) => {
                return (400, json!({"__type": "InvalidArn", "message": none.to_string()}));
            }
        };
        let Deployment { ports, context, faults } = &self.deployment;
        let request = StartExecution {
            state_machine_arn: machine.clone(),
            name: Some(request.name.clone()),
            input: Some(request.input.clone()),
            trace_header: request.trace_header.clone(),
            execution_type: None,
        };
        let request = match check_start_execution(request, context.settings.limits) {
            Ok(request) => request,
            Err(exception) => return answer_exception(exception),
        };
        match start_execution(ports, context, request, RepeatPolicy::SameInput).await {
            Ok(StartedExecution { arn, started_at }) => {
                (200, json!({"executionArn": arn, "startDate": started_at.as_epoch_seconds()}))
            }
            Err(ApiError::Rejected(rejection)) => answer_exception(rejection.into()),
            Err(ApiError::Fault(fault)) => {
                let fault = format_with_causes(&fault);
                error!(fault, "an execution could not be started");
                faults.count_faults(1);
                (500, json!({"__type": "InternalServerError", "message": ""}))
            }
        }
    }
}

fn answer_exception(exception: ApiException) -> StatusAndBody {
    (exception.http_status().as_u16(), exception.into_json())
}

fn diagnostic_of_answer(answer: &Value) -> Diagnostic {
    let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    Diagnostic { error_type: text("__type"), error_message: text("message") }
}
