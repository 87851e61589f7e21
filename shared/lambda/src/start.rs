//! Starting executions for whoever sends events.

use aws::traced;
use lambda_runtime::{Diagnostic, LambdaEvent};
use model::{ExecutionId, Name, Payload, StateMachineArn};
use orchestrator::{Fault, ports::Executions};
use protocol::start_execution;
use serde_json::{Value, json, value::RawValue};
use services::with_causes;
use tracing::{error, info};

use crate::{
    Deployment, NoCalls,
    order::{Order, Own, Way, order},
};

/// Starts an execution for each event.
#[derive(Debug)]
pub struct Starter {
    deployment: Deployment<NoCalls>,
    machine: Option<String>,
}

/// The answer of the API: an HTTP status, and the body.
type Answer = (u16, Value);

impl Starter {
    /// A starter, and the ARN or name of the only machine that it starts; of any, if there is none.
    pub const fn new(deployment: Deployment<NoCalls>, machine: Option<String>) -> Self {
        Self { deployment, machine }
    }

    /// Starts what an event orders. An event that comes again with the same input is answered as
    /// it was the first time.
    ///
    /// Errors: it was not started, and whoever sent the event has no other way to see that.
    pub async fn start(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Value, Diagnostic> {
        let own = Own { place: &self.deployment.tools.place, machine: self.machine.as_deref() };
        let order = order(event.payload.get(), own, &event.context.request_id);
        let answered = self.answer(&order);
        let (status, answer) = traced(event.context.xray_trace_id, answered).await;
        match order.way {
            Way::Http => Ok(json!({
                "statusCode": status,
                "headers": {"Content-Type": "application/json"},
                "body": answer.to_string(),
                "isBase64Encoded": false,
            })),
            Way::Plain if status == 200 => Ok(answer),
            Way::Plain => Err(diagnostic(&answer)),
        }
    }

    async fn answer(&self, order: &Order) -> Answer {
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
        let Deployment { ports, tools } = &self.deployment;
        let request = request.to_string();
        let response = start_execution(ports, tools, request.as_bytes()).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if answer["__type"] == "ExecutionAlreadyExists" {
            match self.earlier(machine, order).await {
                Ok(Some(earlier)) => return (200, earlier),
                Ok(None) => {}
                Err(fault) => {
                    let fault = with_causes(&fault);
                    error!(fault, "an execution that exists could not be read");
                    return (500, json!({"__type": "InternalServerError", "message": ""}));
                }
            }
        }
        (response.status().as_u16(), answer)
    }

    /// What was answered to the event that has started the execution of that name, if its input
    /// was the same.
    async fn earlier(&self, machine: &str, order: &Order) -> Result<Option<Value>, Fault> {
        let Deployment { ports, tools } = &self.deployment;
        let machine = StateMachineArn::parse(machine).ok();
        let name = Name::parse(&order.name).ok();
        let input = Payload::parse(&order.input).ok();
        let (Some(machine), Some(name), Some(input)) = (machine, name, input) else {
            return Ok(None);
        };
        let id = ExecutionId::new(&machine.name, &name);
        let execution = ports.execution(&id).await?.filter(|earlier| earlier.input.same(&input));
        Ok(execution.map(|execution| {
            info!(execution = %id, "it has been started by the same event before");
            let started_at = execution.facts.started_at.epoch_seconds();
            json!({"executionArn": tools.place.execution(&id), "startDate": started_at})
        }))
    }
}

fn diagnostic(answer: &Value) -> Diagnostic {
    let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    Diagnostic { error_type: text("__type"), error_message: text("message") }
}
