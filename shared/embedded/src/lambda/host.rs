//! Hosts functions by name and invokes them.

use std::{
    collections::BTreeMap,
    env, error,
    num::NonZeroUsize,
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use hyper::body::Bytes;
use tokio::{
    sync::{Semaphore, watch},
    time,
};
use uuid::Uuid;

use super::{
    function::HostedFunction,
    idle_processes::IdleProcesses,
    output::OutputSink,
    platform_error,
    pool::{ProcessPool, ServeError},
    process::{HostContext, ServeOutcome},
    process_group::ProcessGroups,
    runtime_api::PendingInvocation,
};

/// Hosts functions in child processes. Dropping it kills the processes.
pub struct FunctionHost {
    pools: RwLock<Pools>,
    concurrency_default: NonZeroUsize,
    idle: IdleProcesses,
    output_end_max: Duration,
    account: String,
    processes_max: usize,
    context: HostContext,
}

/// The processes of each function.
#[derive(Default)]
struct Pools {
    by_name: BTreeMap<String, Arc<ProcessPool>>,
    /// Those of functions that were replaced, as long as calls of them run.
    retired: Vec<Weak<ProcessPool>>,
}

/// Configures what all functions of a host share.
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// The region in ARNs and in `AWS_REGION`.
    pub region: String,
    /// The account in ARNs: twelve digits.
    pub account: String,
    /// Takes what functions print.
    pub output: OutputSink,
    /// The names of variables of this process that functions get. They inherit no others.
    pub passed_environment: Vec<String>,
    /// How long a process may be idle before it is killed: [`IDLE_MAX`](super::IDLE_MAX).
    pub idle_max: Duration,
    /// How long a shutdown waits for the end of what the killed processes have printed:
    /// [`OUTPUT_END_MAX`](super::OUTPUT_END_MAX).
    pub output_end_max: Duration,
    /// The most processes of one function that reserves no concurrency of its own. Further calls
    /// wait.
    pub concurrency_default: NonZeroUsize,
    /// The most processes of all functions together. Further calls wait.
    pub processes_max: usize,
}

/// How many processes of all functions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionProcessCounts {
    /// They start, or serve a call.
    pub busy: usize,
    /// They wait for their next call.
    pub idle: usize,
}

/// Describes one call of a function.
#[derive(Debug, Clone, Copy)]
pub struct FunctionCall<'a> {
    /// The name of the function, without qualifier.
    pub function: &'a str,
    /// The event, as JSON text.
    pub payload: &'a str,
    /// JSON text for the handler's `context.client_context`, not in Base64; none if the caller
    /// sends none.
    pub client_context: Option<&'a str>,
}

/// Holds the result of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedInvocation {
    /// The version that ran: always `$LATEST`.
    pub executed_version: &'static str,
    /// The request's id, a UUID.
    pub request_id: String,
    /// The payload or the function error.
    pub outcome: FunctionOutcome,
}

/// Holds what a function returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionOutcome {
    /// The handler's response, verbatim. A handler that returns bytes may return invalid JSON.
    Succeeded(String),
    /// The payload of a function error (`Unhandled`): JSON with `errorType` and `errorMessage`,
    /// unless a custom runtime posted something else.
    FunctionError(String),
}

/// Says why a function was not invoked.
#[derive(Debug, thiserror::Error)]
pub enum FunctionHostError {
    /// No function of this name is hosted.
    #[error("function `{0}` is not hosted here")]
    NotHosted(String),
    /// The function's process did not start.
    #[error("cannot start function `{function}`")]
    Start {
        /// The function's name.
        function: String,
        /// Why the process did not start.
        #[source]
        source: Box<dyn error::Error + Send + Sync>,
    },
    /// The host was shut down before the function answered.
    #[error("the function host is shut down")]
    ShutDown,
}

impl FunctionHost {
    /// Makes a host. If two functions have the same name, the later one is hosted. Starts no
    /// process.
    pub fn new(
        functions: impl IntoIterator<Item = HostedFunction>,
        settings: HostSettings,
    ) -> Self {
        let HostSettings {
            region,
            account,
            output,
            idle_max,
            output_end_max,
            concurrency_default,
            processes_max,
            ..
        } = settings;
        let passed = settings.passed_environment.into_iter();
        let context = HostContext {
            region,
            output,
            passed_environment: passed
                .filter_map(|name| env::var_os(&name).map(|value| (name, value)))
                .collect(),
            open_streams: watch::Sender::default(),
            groups: ProcessGroups::default(),
            process_slots: Arc::new(Semaphore::new(processes_max)),
        };
        let host = Self {
            pools: RwLock::default(),
            concurrency_default,
            idle: IdleProcesses::new(idle_max),
            output_end_max,
            account,
            processes_max,
            context,
        };
        host.replace_functions(functions);
        host
    }

    /// Hosts these functions in place of those before. One that is the same goes on; calls of the
    /// others that have begun come to their end.
    pub fn replace_functions(&self, functions: impl IntoIterator<Item = HostedFunction>) {
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut pools.by_name);
        for function in functions {
            let name = function.name.clone();
            let pool = match before.remove(&name) {
                Some(same) if same.function == function => same,
                other => {
                    pools.retired.extend(other.iter().map(Arc::downgrade));
                    Arc::new(ProcessPool::new(function, self.concurrency_default))
                }
            };
            pools.by_name.insert(name, pool);
        }
        pools.retired.extend(before.values().map(Arc::downgrade));
        drop(before);
        pools.retired.retain(|pool| pool.strong_count() > 0);
    }

    /// Returns whether a function of this name is hosted.
    pub fn is_hosted(&self, name: &str) -> bool {
        self.find_pool(name).is_some()
    }

    /// Returns how many calls of a hosted function are served at once; none if it is not hosted.
    pub fn concurrency(&self, name: &str) -> Option<usize> {
        self.find_pool(name).map(|pool| pool.concurrency)
    }

    fn find_pool(&self, name: &str) -> Option<Arc<ProcessPool>> {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.by_name.get(name).cloned()
    }

    /// Returns how many processes there are.
    pub fn process_counts(&self) -> FunctionProcessCounts {
        let all = self.processes_max - self.context.process_slots.available_permits();
        let idle = self.idle.count().min(all);
        FunctionProcessCounts { busy: all - idle, idle }
    }

    /// Returns the ARN of a function of this name, hosted or not.
    pub fn function_arn(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.context.region, self.account)
    }

    /// Invokes a function and waits for its response.
    ///
    /// Dropping the future kills the process that serves it. A function that fails, exits, cannot
    /// start its handler or times out gives a [`FunctionOutcome::FunctionError`].
    ///
    /// Errors: the function is not hosted, its program cannot be run, the host is shut down.
    pub async fn invoke_function(
        &self,
        call: FunctionCall<'_>,
    ) -> Result<HostedInvocation, FunctionHostError> {
        let Some(pool) = self.find_pool(call.function) else {
            return Err(FunctionHostError::NotHosted(call.function.to_owned()));
        };
        let id = Uuid::new_v4();
        let request_id = id.to_string();
        let timeout = pool.function.timeout;
        let invocation = PendingInvocation {
            request_id: request_id.clone(),
            payload: Bytes::copy_from_slice(call.payload.as_bytes()),
            function_arn: self.function_arn(call.function),
            trace_id: trace_header(id),
            // A header cannot hold the line ends that JSON allows between tokens.
            client_context: call.client_context.map(|json| json.replace(['\r', '\n'], " ")),
            timeout,
        };
        let served = pool.serve_invocation(invocation, &self.context, &self.idle).await.map_err(
            |error| match error {
                ServeError::Closed => FunctionHostError::ShutDown,
                ServeError::Start(source) => FunctionHostError::Start {
                    function: call.function.to_owned(),
                    source: Box::new(source),
                },
            },
        )?;
        let outcome = match served {
            ServeOutcome::Answered(payload) => FunctionOutcome::Succeeded(payload),
            ServeOutcome::TooLarge => {
                FunctionOutcome::FunctionError(platform_error::response_too_large_payload())
            }
            ServeOutcome::Failed(payload) | ServeOutcome::InitFailed(payload) => {
                FunctionOutcome::FunctionError(payload)
            }
            ServeOutcome::Exited(status) | ServeOutcome::ExitedBeforeInvocation(status) => {
                FunctionOutcome::FunctionError(platform_error::exit_error_payload(
                    &request_id,
                    status,
                ))
            }
            ServeOutcome::TimedOut => FunctionOutcome::FunctionError(
                platform_error::timeout_error_payload(&request_id, timeout),
            ),
        };
        Ok(HostedInvocation { executed_version: "$LATEST", request_id, outcome })
    }

    /// Kills every process. Once this returns, idle processes are gone and busy ones have been sent
    /// the signal. Their calls end with [`FunctionHostError::ShutDown`], as does every later call. What
    /// they printed has been passed on, unless a process that left its group holds the stream open.
    pub async fn shut_down(&self) {
        self.close_pools();
        let mut idle = self.idle.take_all();
        self.context.groups.kill_all();
        while let Some(process) = idle.pop() {
            process.kill_and_wait().await;
        }
        let all_read = time::timeout(self.output_end_max, self.context.open_streams.closed());
        if all_read.await.is_err() {
            tracing::warn!("a process that left its group holds the output of a function open");
        }
    }
}

impl FunctionHost {
    fn close_pools(&self) {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.by_name.values().for_each(|pool| pool.close());
        pools.retired.iter().filter_map(Weak::upgrade).for_each(|pool| pool.close());
    }
}

/// Makes an X-Ray trace header from the request's id. It is not sampled.
fn trace_header(id: Uuid) -> String {
    let digits = id.simple().to_string();
    let (time, rest) = digits.split_at(8);
    format!("Root=1-{time}-{rest};Parent={};Sampled=0", &rest[..16])
}

#[cfg(test)]
mod tests;
