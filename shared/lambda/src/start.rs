//! Starting executions for whoever sends events.

use lambda_runtime::{Diagnostic, LambdaEvent};
use protocol::start_execution;
use serde_json::{Value, json, value::RawValue};

use crate::{
    Deployment, NoCalls,
    order::{Order, Own, Way, order},
};

/// Starts an execution for each event.
#[derive(Debug)]
pub struct Starter {
    deployment: Deployment<NoCalls>,
    state_machine: Option<String>,
}

impl Starter {
    /// A starter, and the ARN or name of the machine that it starts where an event names none.
    pub const fn new(deployment: Deployment<NoCalls>, state_machine: Option<String>) -> Self {
        Self { deployment, state_machine }
    }

    /// Starts what an event orders.
    ///
    /// Errors: it was not started, and whoever sent the event has no other way to see that.
    pub async fn start(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Value, Diagnostic> {
        let Deployment { ports, tools } = &self.deployment;
        let own = Own { place: &tools.place, state_machine: self.state_machine.as_deref() };
        let Order { way, request } = order(&event.payload, &own, &event.context.request_id);
        let response = start_execution(ports, tools, request.to_string().as_bytes()).await;
        let body = String::from_utf8_lossy(response.body());
        let status = response.status().as_u16();
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        let exception = answer["__type"].as_str().unwrap_or_default();
        let repeated = exception == "ExecutionAlreadyExists";
        match way {
            Way::Proxy => Ok(json!({
                "statusCode": if repeated { 409 } else { status },
                "headers": {"Content-Type": "application/json"},
                "body": body,
                "isBase64Encoded": false,
            })),
            // The source has sent the same event before.
            Way::Event if repeated => Ok(Value::Null),
            Way::Event | Way::Direct if status == 200 => Ok(answer),
            Way::Event | Way::Direct => Err(Diagnostic {
                error_type: exception.to_owned(),
                error_message: answer["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }
}
