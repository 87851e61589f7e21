//! The Step Functions API, wherever the state machines are: a server, a deployment, AWS itself, or a
//! folder that no server uses.
//!
//! ```text
//! command ─ operation, members ─▶ ApiClient ─▶ ServerConnection   POST / at an endpoint, or signed for a deployment
//!                                           └▶ OpenedFolder       StepFunctionsApi in this process
//! ```

mod opened_folder;
mod pages;
mod remembered_target;
mod resource_names;
mod server_connection;
mod server_file;
mod target;

use std::{fmt, path::Path, time::Duration};

use bytes::Bytes;
use embedded::SqliteStore;
use http::{Request, Response};
use serde_json::{Value, json};

use self::{opened_folder::OpenedFolder, server_connection::ServerConnection};
pub(crate) use self::{
    pages::{Pages, with_large_pages},
    remembered_target::{forget_target, read_remembered_target, remember_target},
    resource_names::{find_execution, find_machine, split_execution_arn},
    server_connection::{find_stack_endpoint, service_client},
    server_file::ServerFile,
    target::{FOLDER_DEFAULT, RememberedTarget, TargetArguments},
};

/// How often a request that was throttled is sent again. AWS's own clients do so twice, but a command
/// that reads thousands of executions asks for more than they do.
const THROTTLED_ATTEMPTS_MAX: u32 = 8;
/// The time before the second attempt. Each further one waits twice as long.
const THROTTLED_WAIT: Duration = Duration::from_millis(100);

/// A client of one target.
pub(crate) struct ApiClient {
    connection: Connection,
    /// How the target is called in what users read.
    pub(crate) target: String,
}

enum Connection {
    Server(Box<ServerConnection>),
    Folder(Box<OpenedFolder>),
}

/// What the API refused.
///
/// Shape: `ExecutionDoesNotExist: Execution Does Not Exist: 'arn:…'`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiRefusal {
    pub(crate) exception: String,
    pub(crate) message: String,
}

impl fmt::Display for ApiRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.exception)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for ApiRefusal {}

impl ApiClient {
    /// Calls an operation, and again if it was throttled.
    ///
    /// Errors: an [`ApiRefusal`]; what kept the request from being answered.
    pub(crate) async fn call(&self, operation: &str, members: Value) -> anyhow::Result<Value> {
        let body = Bytes::from(members.to_string());
        let mut wait = THROTTLED_WAIT;
        for _ in 1..THROTTLED_ATTEMPTS_MAX {
            let answer = self.send(operation, body.clone()).await?;
            match read_answer(&answer) {
                Err(refusal) if refusal.exception == "ThrottlingException" => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                read => return Ok(read?),
            }
        }
        Ok(read_answer(&self.send(operation, body).await?)?)
    }

    /// Calls an operation, and returns none where it says that there is no such thing.
    pub(crate) async fn find(
        &self,
        operation: &str,
        members: Value,
    ) -> anyhow::Result<Option<Value>> {
        match self.call(operation, members).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => match error.downcast_ref::<ApiRefusal>() {
                Some(refusal) if refusal.exception.ends_with("DoesNotExist") => Ok(None),
                _ => Err(error),
            },
        }
    }

    async fn send(&self, operation: &str, body: Bytes) -> anyhow::Result<Response<Bytes>> {
        let request = operation_request(operation, body)?;
        match &self.connection {
            Connection::Server(server) => server.send(operation, request).await,
            Connection::Folder(folder) => Ok(folder.answer_request(request).await),
        }
    }

    /// Whether state machines there run as whoever started the server, and not as their roles.
    pub(crate) async fn is_local(&self) -> bool {
        match &self.connection {
            Connection::Folder(_) => true,
            Connection::Server(server) => server.is_local_server().await,
        }
    }

    /// Whether AWS decides who may call, and knows the caller.
    pub(crate) fn is_behind_iam(&self) -> bool {
        match &self.connection {
            Connection::Folder(_) => false,
            Connection::Server(server) => server.is_behind_iam(),
        }
    }

    /// The folder of executions that stand still; none if a server runs them.
    pub(crate) fn stopped_folder(&self) -> Option<&Path> {
        match &self.connection {
            Connection::Folder(folder) => Some(&folder.path),
            Connection::Server(_) => None,
        }
    }

    /// The store of the folder of executions that stand still.
    pub(crate) fn opened_store(&self) -> Option<&SqliteStore> {
        match &self.connection {
            Connection::Folder(folder) => Some(folder.store()),
            Connection::Server(_) => None,
        }
    }

    /// Refuses to wait for what happens nowhere.
    pub(crate) fn refuse_to_wait(&self) -> anyhow::Result<()> {
        match self.stopped_folder() {
            Some(folder) => Err(anyhow::anyhow!(
                "nothing runs in {}, so this would wait for ever",
                folder.display()
            )),
            None => Ok(()),
        }
    }

    /// Ends the connection. What a folder was told is on disk then.
    pub(crate) async fn close(self) {
        if let Connection::Folder(folder) = self.connection {
            folder.close().await;
        }
    }
}

/// The request of an operation.
pub(crate) fn operation_request(
    operation: &str,
    body: Bytes,
) -> Result<Request<Bytes>, http::Error> {
    Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
        .body(body)
}

/// Reads the answer to a request of the API.
pub(crate) fn read_answer(answer: &Response<Bytes>) -> Result<Value, ApiRefusal> {
    let members: Option<Value> = serde_json::from_slice(answer.body()).ok();
    if answer.status().is_success() {
        return members.ok_or_else(|| ApiRefusal {
            exception: "NoJson".to_owned(),
            message: "the answer is no JSON, so this is no endpoint of Step Functions".to_owned(),
        });
    }
    let members = members.unwrap_or_else(|| json!({}));
    let text = |name: &str| members[name].as_str().map(str::to_owned);
    let exception = text("__type").map(|name| match name.rsplit_once('#') {
        Some((_, name)) => name.to_owned(),
        None => name,
    });
    Err(ApiRefusal {
        exception: exception.unwrap_or_else(|| {
            format!("status {}: this is no endpoint of Step Functions", answer.status())
        }),
        message: text("message").or_else(|| text("Message")).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(status: u16, body: &'static str) -> String {
        let answer = Response::builder().status(status).body(Bytes::from(body)).expect("an answer");
        read_answer(&answer).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_refusal_is_shown_with_its_exception() {
        for (body, shown) in [
            (
                r#"{"__type":"InvalidArn","message":"Invalid Arn: 'x'"}"#,
                "InvalidArn: Invalid Arn: 'x'",
            ),
            (
                r#"{"__type":"com.amazonaws.swf#StateMachineDoesNotExist"}"#,
                "StateMachineDoesNotExist",
            ),
            ("<html>", "status 400 Bad Request: this is no endpoint of Step Functions"),
        ] {
            assert_eq!(refusal_of(400, body), shown);
        }
        assert!(refusal_of(200, "<html>").contains("no endpoint of Step Functions"));
    }
}
