//! Who makes calls: the functions that perform tasks, and no other.

use std::future::Future;

use orchestrator::{
    Disposition, EngineContext, Fault, handle_message, handle_step_message, ports::MessageDelivery,
};
use services::{CallerIdentity, ServiceCaller, lambda::RemoteLambda, lambda_sdk_config};

use crate::DeploymentPorts;

/// Calls as the roles of state machines.
pub type RemoteTaskCaller = ServiceCaller<RemoteLambda>;

/// Calls as the roles of state machines; clients are made when they are first used.
pub fn remote_task_caller() -> RemoteTaskCaller {
    ServiceCaller::new(RemoteLambda::new(CallerIdentity::Role, lambda_sdk_config()))
}

/// The caller of a function that has no right to call: it is no `TaskCaller`.
#[derive(Clone, Copy, Debug)]
pub struct NoTaskCaller;

/// How a function handles messages: with or without calls, by the caller that it has.
pub trait MessageHandling: Sized {
    /// Takes a message as far as the function may.
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
