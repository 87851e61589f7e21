//! A deployment as each of its functions sees it.

use std::time::Duration;

use aws::{AwsPorts, DynamoDbTable, SqsQueues, TableSettings};
use futures_util::future::join;
use orchestrator::{EngineContext, EngineSettings, ports::Clock};
use services::lambda_sdk_config;
use system_clock::SystemClock;
use tokio::time::timeout;

use crate::{
    CallerConnections, FaultMetric, FunctionEnvironment, status_publisher::StatusPublisher,
};

/// Bytes of an API response, which is a JSON string in the response of a function.
///
/// Spec: Lambda quotas, "Invocation payload": 6 MB for a response, including status and headers.
const RESPONSE_BYTES_MAX: usize = 5 << 20;

/// For how long after the beginning of a delivery a further call may be claimed. A call may take as
/// long as a Lambda function may run, which is as long as the delivery may last.
const FURTHER_CALLS_MILLISECONDS: i64 = 5_000;

/// How long a request for a task of an activity waits, in milliseconds. A worker that gets none asks
/// again, as after AWS's 60 seconds.
///
/// Spec: Amazon API Gateway quotas, HTTP APIs: an integration answers within 30 seconds. The function
/// `api` has 29.
const ACTIVITY_POLL_MILLISECONDS: i64 = 20_000;

/// How long a function waits for its connections. Without them it begins all the same.
///
/// Spec: Lambda, "Understanding the Lambda execution environment lifecycle": at most 10 s.
const CONNECTING_MAX: Duration = Duration::from_secs(3);

/// The ports of a function that makes the calls of Task states with `C`.
pub type DeploymentPorts<C> = AwsPorts<SystemClock, C, StatusPublisher>;

/// The ports and the engine context, which the use cases take.
#[derive(Debug)]
pub struct Deployment<C> {
    /// The ports on AWS services.
    pub ports: DeploymentPorts<C>,
    /// The engine context: account, limits and settings.
    pub context: EngineContext,
    /// Counts what the function could not serve.
    pub faults: FaultMetric,
}

impl<C> Deployment<C> {
    /// Builds the deployment that this environment names, and opens its connections: Lambda does not
    /// count the beginning of a process as part of an invocation, and gives it more CPU.
    pub async fn connect(environment: FunctionEnvironment, caller: C) -> Self
    where
        C: CallerConnections,
    {
        let deployment = Self::build(environment, caller);
        let ports = &deployment.ports;
        let opened = join(ports.open_connections(), ports.caller.open_connections());
        timeout(CONNECTING_MAX, Box::pin(opened)).await.ok();
        deployment
    }

    /// Builds the deployment without any request.
    fn build(environment: FunctionEnvironment, caller: C) -> Self {
        let settings = lambda_sdk_config();
        let observer = StatusPublisher::new(
            &settings,
            environment.account_region.clone(),
            environment.event_bus,
        );
        let table = aws_sdk_dynamodb::config::Builder::from(&settings).build();
        let table = DynamoDbTable::new(
            &table,
            TableSettings {
                name: environment.table,
                retention_days: Some(environment.retention_days),
                now: || SystemClock.now(),
            },
        );
        let queues = aws_sdk_sqs::config::Builder::from(&settings).build();
        let queues = SqsQueues::new(&queues, environment.queues, table.clone(), SystemClock);
        let context = EngineContext::new(EngineSettings {
            limits: environment.limits,
            response_bytes_max: RESPONSE_BYTES_MAX,
            transitions_per_delivery: environment.transitions_per_delivery,
            further_calls_milliseconds: Some(FURTHER_CALLS_MILLISECONDS),
            activity_poll_milliseconds: ACTIVITY_POLL_MILLISECONDS,
            visibility_milliseconds: 1000 * i64::from(environment.steps_visibility_seconds),
            ..EngineSettings::new(environment.account_region)
        });
        Self {
            ports: AwsPorts { table, queues, clock: SystemClock, caller, observer },
            context,
            faults: FaultMetric::new(environment.function_name),
        }
    }
}
