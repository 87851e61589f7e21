//! The composition root of `run` and `local`: all parts on one machine.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use cloudformation::StagedCode;
use embedded::{
    ComputeThreads, ExecutionLogFile, LocalCallSlots, LocalDeathCounter, LocalPorts, LocalQueue,
    MemoryPressure, QueueWorkers, SqliteStore, StoreOpenError,
    lambda::{FunctionHost, HostSettings, IDLE_MAX, OUTPUT_END_MAX, OutputLine, OutputSink},
    recover_executions,
};
use model::{AccountRegion, Record, RecordKey};
use orchestrator::{EngineContext, EngineSettings};
use protocol::StepFunctionsApi;
use services::{ClientSettings, ServiceCaller, ServiceClient};
use system_clock::SystemClock;
use testkit::{MockedCaller, MockedExecutions};
use tokio::{
    sync::mpsc::UnboundedSender,
    time::{Instant, sleep},
};

use crate::{
    account_region::ChosenAccountRegion,
    arguments::EngineArguments,
    file_descriptors::raise_open_files_limit,
    hosted_functions::FunctionsToHost,
    lambda_functions::{AwsPermission, HostedOrRemoteLambda},
    standard_error::say_line,
};

/// How long a folder that is in use is tried again, and the pause in between: commands that read it take
/// less.
pub(crate) const IN_USE_PATIENCE: Duration = Duration::from_secs(3);
pub(crate) const IN_USE_PAUSE: Duration = Duration::from_millis(20);

/// Where the data is kept.
pub(crate) enum DataLocation {
    /// In this folder.
    Folder(PathBuf),
    /// In memory only, until the process ends.
    Memory,
}

/// Hooks into a local machine: a receiver of its records, and mocks for its calls.
#[derive(Default)]
pub(crate) struct MachineHooks {
    /// Receives each record once it is durable.
    pub(crate) appended: Option<UnboundedSender<AppendedRecord>>,
    /// The mocks that answer the calls of executions that are test cases.
    pub(crate) cases: Option<Arc<MockedExecutions>>,
    /// Where this machine serves the API, so that tasks can call it as `aws-sdk:sfn`.
    pub(crate) own_endpoint: Option<String>,
}

/// A record that has become durable.
pub(crate) type AppendedRecord = (RecordKey, Arc<Record>);

/// The ports, with mocks for executions that are test cases.
pub(crate) type LocalMachinePorts = LocalPorts<MockedCaller<ServiceCaller<HostedOrRemoteLambda>>>;

/// The running parts of Statewright on this machine.
pub(crate) struct LocalMachine {
    pub(crate) ports: Arc<LocalMachinePorts>,
    pub(crate) context: Arc<EngineContext>,
    pub(crate) host: Arc<FunctionHost>,
    lambda: HostedOrRemoteLambda,
    workers: QueueWorkers,
    /// Code of the functions, which goes when the machine does.
    _staged: Arc<StagedCode>,
}

/// The parts without workers: what is told is kept, and nothing happens.
pub(crate) struct StoppedMachine {
    ports: Arc<LocalMachinePorts>,
    context: Arc<EngineContext>,
    host: Arc<FunctionHost>,
    lambda: HostedOrRemoteLambda,
    staged: Arc<StagedCode>,
}

impl LocalMachine {
    /// Opens the store, starts the workers, and resumes every execution that was running.
    pub(crate) async fn start(
        data: &DataLocation,
        functions: FunctionsToHost,
        account_region: &ChosenAccountRegion,
        engine: EngineArguments,
        hooks: MachineHooks,
    ) -> anyhow::Result<Self> {
        let store = wait_for_store(data).await?;
        let parts = (functions, engine, hooks);
        let stopped = StoppedMachine::compose((data, store), account_region, parts)?;
        let StoppedMachine { ports, context, host, lambda, staged } = stopped;
        let workers = QueueWorkers::start_workers(&ports, &context);
        recover_executions(&ports).await?;
        Ok(Self { ports, context, host, lambda, workers, _staged: staged })
    }

    /// Hosts these functions in place of those before. Calls that have begun come to their end.
    pub(crate) fn replace_functions(&self, functions: &FunctionsToHost) {
        self.host.replace_functions(functions.hosted.iter().cloned());
        self.lambda.replace_known(functions.known.clone());
    }

    /// Stops the workers, then the functions, then the store, so that everything is on disk.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.ports.compute.stop();
        self.workers.stop_workers().await;
        self.host.shut_down().await;
        self.ports.store.shut_down().await;
        Ok(())
    }
}

impl StoppedMachine {
    /// Opens the store, so that it can be read and told of starts, stops and redrives.
    pub(crate) fn open(
        data: &DataLocation,
        account_region: &ChosenAccountRegion,
    ) -> anyhow::Result<Self> {
        let parts = (FunctionsToHost::none(), EngineArguments::default(), MachineHooks::default());
        Self::compose((data, open_store(data)?), account_region, parts)
    }

    /// The API over this store.
    pub(crate) fn api(&self) -> StepFunctionsApi<LocalMachinePorts> {
        StepFunctionsApi::new(Arc::clone(&self.ports), Arc::clone(&self.context))
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        &self.ports.store
    }

    /// Closes the store, so that everything is on disk.
    pub(crate) async fn close(self) {
        self.ports.compute.stop();
        self.host.shut_down().await;
        self.ports.store.shut_down().await;
    }

    fn compose(
        (data, store): (&DataLocation, SqliteStore),
        account_region: &ChosenAccountRegion,
        (functions, engine, hooks): (FunctionsToHost, EngineArguments, MachineHooks),
    ) -> anyhow::Result<Self> {
        let MachineHooks { appended, cases, own_endpoint } = hooks;
        let (memory, compute) = match engine.memory_limit {
            Some(bytes) => {
                let memory = MemoryPressure::watch(bytes).context("--memory-limit needs Linux")?;
                (memory, ComputeThreads::within_memory(bytes))
            }
            None => (MemoryPressure::unlimited(), ComputeThreads::new()),
        };
        let settings = host_settings(&functions, account_region);
        let FunctionsToHost { hosted, known, permission, connections, staged, .. } = functions;
        let host = Arc::new(FunctionHost::new(hosted, settings));
        let lambda =
            HostedOrRemoteLambda::new(Arc::clone(&host), known, permission, account_region);
        let client = ServiceClient::new(ClientSettings::Machine {
            region: account_region.region_preference(),
            may_call_aws: permission == AwsPermission::MayCallAws,
            own_endpoint,
            connections: connections.into(),
        });
        let execution_log = Arc::new(match data {
            DataLocation::Folder(folder) => ExecutionLogFile::new(Some(folder), say_line),
            DataLocation::Memory => ExecutionLogFile::new(None, say_line),
        });
        let queue = LocalQueue::start();
        let ports = Arc::new(LocalPorts {
            deaths: LocalDeathCounter::new(store.clone()),
            store,
            call_slots: LocalCallSlots::new(queue.clone()),
            memory,
            queue,
            compute,
            clock: SystemClock,
            caller: MockedCaller {
                caller: ServiceCaller::new(lambda.clone(), Arc::new(client)),
                cases,
            },
            execution_log,
            counts: Arc::default(),
            append_watcher: appended,
        });
        let account_region = AccountRegion::new(&account_region.region, &account_region.account);
        let context = Arc::new(EngineContext::new(EngineSettings {
            limits: engine.limits,
            transitions_per_delivery: engine.transitions_per_delivery,
            ..EngineSettings::new(account_region)
        }));
        Ok(Self { ports, context, host, lambda, staged })
    }
}

/// Opens the store. A folder that is in use is tried again: a command that reads it lets go of it in a
/// moment.
async fn wait_for_store(data: &DataLocation) -> anyhow::Result<SqliteStore> {
    let deadline = Instant::now() + IN_USE_PATIENCE;
    loop {
        let opened = open_store(data);
        let is_in_use = opened.as_ref().is_err_and(|error| {
            matches!(error.downcast_ref::<StoreOpenError>(), Some(StoreOpenError::InUse(_)))
        });
        if !is_in_use || Instant::now() > deadline {
            return opened;
        }
        sleep(IN_USE_PAUSE).await;
    }
}

fn open_store(data: &DataLocation) -> anyhow::Result<SqliteStore> {
    match data {
        DataLocation::Folder(folder) => SqliteStore::open_directory(folder).with_context(|| {
            format!("cannot open the store in {} (--data names another)", folder.display())
        }),
        DataLocation::Memory => Ok(SqliteStore::open_in_memory()?),
    }
}

fn host_settings(
    functions: &FunctionsToHost,
    account_region: &ChosenAccountRegion,
) -> HostSettings {
    HostSettings {
        region: account_region.region.clone(),
        account: account_region.account.clone(),
        output: OutputSink::new(print_function_output),
        passed_environment: functions.passed_environment.clone(),
        idle_max: IDLE_MAX,
        output_end_max: OUTPUT_END_MAX,
        concurrency_default: functions.concurrency,
        processes_max: hosted_processes_max(raise_open_files_limit()),
    }
}

/// The most processes of functions: each takes eight files at most, and half of all are for them.
fn hosted_processes_max(open_files_max: u64) -> usize {
    usize::try_from(open_files_max / 16).unwrap_or(usize::MAX).clamp(1, 4096)
}

/// Prints a line of a function's output to our standard error.
fn print_function_output(line: OutputLine<'_>) {
    say_line(&format!("{} | {}", line.function, line.line));
}
