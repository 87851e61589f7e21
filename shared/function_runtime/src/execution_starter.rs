//! Starting executions for whoever sends events.

use aws::with_trace_header;
use lambda_runtime::{Diagnostic, LambdaEvent};
use model::{ExecutionId, Payload, ResourceName, StateMachineArn};
use orchestrator::{Fault, ports::ExecutionStore};
use protocol::answer_start_execution;
use serde_json::{Value, json, value::RawValue};
use services::format_with_causes;
use tracing::{error, info};

use crate::{
    Deployment, DisabledTaskCaller,
    start_request::{ReplyFormat, StartRequest, StarterSettings, parse_start_request},
};

/// Starts an execution for each event.
#[derive(Debug)]
pub struct ExecutionStarter {
    deployment: Deployment<DisabledTaskCaller>,
    machine: Option<String>,
}

/// The answer of the API: an HTTP status, and the body.
type StatusAndBody = (u16, Value);

impl ExecutionStarter {
    /// A starter, and the ARN or name of the only machine that it starts; of any, if there is none.
    pub const fn new(deployment: Deployment<DisabledTaskCaller>, machine: Option<String>) -> Self {
        Self { deployment, machine }
    }

    /// Starts what an event orders. An event that comes again with the same input is answered as
    /// it was the first time.
    ///
    /// Errors: it was not started, and whoever sent the event has no other way to see that.
    pub async fn start_from_event(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Value, Diagnostic> {
        let own = StarterSettings {
            account_region: &self.deployment.context.account_region,
            machine: self.machine.as_deref(),
        };
        let order = parse_start_request(event.payload.get(), own, &event.context.request_id);
        let answered = self.answer_start_request(&order);
        let (status, answer) = with_trace_header(event.context.xray_trace_id, answered).await;
        match order.reply_format {
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

    async fn answer_start_request(&self, order: &StartRequest) -> StatusAndBody {
        let machine = match &order.machine {
            Ok(machine) => machine,
            Err(none) => {
                return (400, json!({"__type": "InvalidArn", "message": none.to_string()}));
            }
        };
        let mut request =
            json!({"stateMachineArn": machine, "name": order.name, "input": order.input});
        if let Some(header) = &order.trace_header {
            request["traceHeader"] = header.as_str().into();
        }
        let Deployment { ports, context } = &self.deployment;
        let request = request.to_string();
        let response = answer_start_execution(ports, context, request.as_bytes()).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if answer["__type"] == "ExecutionAlreadyExists" {
            match self.find_earlier_start(machine, order).await {
                Ok(Some(earlier)) => return (200, earlier),
                Ok(None) => {}
                Err(fault) => {
                    let fault = format_with_causes(&fault);
                    error!(fault, "an execution that exists could not be read");
                    return (500, json!({"__type": "InternalServerError", "message": ""}));
                }
            }
        }
        (response.status().as_u16(), answer)
    }

    /// What was answered to the event that has started the execution of that name, if its input
    /// was the same.
    async fn find_earlier_start(
        &self,
        machine: &str,
        order: &StartRequest,
    ) -> Result<Option<Value>, Fault> {
        let Deployment { ports, context } = &self.deployment;
        let machine = StateMachineArn::parse(machine).ok();
        let name = ResourceName::parse(&order.name).ok();
        let input = Payload::parse(&order.input).ok();
        let (Some(machine), Some(name), Some(input)) = (machine, name, input) else {
            return Ok(None);
        };
        let id = ExecutionId::from_names(&machine.name, &name);
        let execution =
            ports.load_execution(&id).await?.filter(|earlier| earlier.input.has_same_text(&input));
        Ok(execution.map(|execution| {
            info!(execution = %id, "it has been started by the same event before");
            let started_at = execution.facts.started_at.as_epoch_seconds();
            json!({"executionArn": context.account_region.execution_arn(&id), "startDate": started_at})
        }))
    }
}

fn diagnostic_of_answer(answer: &Value) -> Diagnostic {
    let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    Diagnostic { error_type: text("__type"), error_message: text("message") }
}
