//! The callers of functions: only those that perform tasks make calls.

use std::{
    future::{Future, ready},
    sync::Arc,
};

use orchestrator::{
    Disposition, EngineContext, Fault, handle_message, handle_step_message, ports::MessageDelivery,
};
use services::{
    CallerIdentity, ClientSettings, ServiceCaller, ServiceClient, lambda::RemoteLambda,
    lambda_sdk_config,
};

use crate::DeploymentPorts;

/// The caller that makes calls with the roles of state machines.
pub type RemoteTaskCaller = ServiceCaller<RemoteLambda>;

/// Creates a caller that makes calls with the roles of state machines. SDK clients are created when
/// they are first used. `receives_answers` says whether functions may be invoked asynchronously.
pub fn remote_task_caller(receives_answers: bool) -> RemoteTaskCaller {
    let functions = RemoteLambda::new(CallerIdentity::Role, lambda_sdk_config())
        .receiving_answers(receives_answers);
    ServiceCaller::new(functions, Arc::new(ServiceClient::new(ClientSettings::Deployment)))
}

/// The caller of a function that may not make calls. It does not implement `TaskCaller`.
#[derive(Clone, Copy, Debug)]
pub struct NoTaskCaller;

/// What a function connects to for its calls.
pub trait CallerConnections {
    /// Opens the connections that every call needs first.
    fn open_connections(&self) -> impl Future<Output = ()> + Send;
}

impl CallerConnections for NoTaskCaller {
    fn open_connections(&self) -> impl Future<Output = ()> + Send {
        ready(())
    }
}

impl CallerConnections for RemoteTaskCaller {
    fn open_connections(&self) -> impl Future<Output = ()> + Send {
        self.functions().open_connection_to_sts()
    }
}

/// How a function handles messages: with or without calls, depending on its caller.
pub trait MessageHandling: Sized {
    /// Handles a message as far as the function may.
    fn handle(
        ports: &DeploymentPorts<Self>,
        context: &EngineContext,
        delivery: &MessageDelivery,
    ) -> impl Future<Output = Result<Disposition, Fault>> + Send;
}

impl MessageHandling for NoTaskCaller {
    fn handle(
        ports: &DeploymentPorts<Self>,
        context: &EngineContext,
        delivery: &MessageDelivery,
    ) -> impl Future<Output = Result<Disposition, Fault>> + Send {
        handle_step_message(ports, context, delivery)
    }
}

impl MessageHandling for RemoteTaskCaller {
    fn handle(
        ports: &DeploymentPorts<Self>,
        context: &EngineContext,
        delivery: &MessageDelivery,
    ) -> impl Future<Output = Result<Disposition, Fault>> + Send {
        handle_message(ports, context, delivery)
    }
}
