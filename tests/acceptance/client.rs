//! A Step Functions client that speaks AWS JSON 1.0, with one connection for each call.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

/// A client of one endpoint.
#[derive(Clone)]
pub(crate) struct StepFunctionsClient {
    address: String,
}

impl StepFunctionsClient {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    /// The endpoint, as `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Calls an operation. Returns its answer, or the error in its answer.
    pub(crate) fn call_operation(&self, operation: &str, request: &Value) -> Result<Value, Value> {
        self.try_operation(operation, request).expect("the endpoint answers")
    }

    /// Calls an operation of an endpoint that may be killed before it answers.
    pub(crate) fn try_operation(
        &self,
        operation: &str,
        request: &Value,
    ) -> io::Result<Result<Value, Value>> {
        self.try_operation_with("", operation, request)
    }

    /// Calls an operation with further headers, each with its line end.
    pub(crate) fn try_operation_with(
        &self,
        headers: &str,
        operation: &str,
        request: &Value,
    ) -> io::Result<Result<Value, Value>> {
        let body = request.to_string();
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let body = serde_json::from_str(body)?;
        Ok(if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(body) })
    }

    /// Calls an operation that must succeed.
    pub(crate) fn call_successfully(&self, operation: &str, request: &Value) -> Value {
        self.call_operation(operation, request)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Creates a state machine and returns its ARN.
    pub(crate) fn create_machine(&self, name: &str, definition: &str) -> String {
        let request = json!({
            "name": name,
            "definition": definition,
            "roleArn": "arn:aws:iam::000000000000:role/tests",
        });
        text_member(&self.call_successfully("CreateStateMachine", &request), "stateMachineArn")
    }

    /// Starts an execution and returns its ARN.
    pub(crate) fn start_execution(&self, machine: &str, name: &str, input: &Value) -> String {
        let request =
            json!({ "stateMachineArn": machine, "name": name, "input": input.to_string() });
        text_member(&self.call_successfully("StartExecution", &request), "executionArn")
    }

    /// Waits until an execution has ended, and describes it.
    pub(crate) fn await_end(&self, execution: &str) -> Value {
        loop {
            let described =
                self.call_successfully("DescribeExecution", &json!({ "executionArn": execution }));
            if described["status"] != "RUNNING" {
                return described;
            }
        }
    }

    /// The whole history of an execution.
    pub(crate) fn execution_history(&self, execution: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut request = json!({ "executionArn": execution, "maxResults": 1000 });
        loop {
            let page = self.call_successfully("GetExecutionHistory", &request);
            events.extend(page["events"].as_array().expect("a page has events").clone());
            match page.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => return events,
            }
        }
    }
}

fn text_member(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("{value} has {member}")).to_owned()
}
