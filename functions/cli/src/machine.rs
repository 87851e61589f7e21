//! One machine's parts, put together: the composition root of `run` and `local`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use embedded::{
    LocalPorts, LocalQueue, Store, Workers,
    lambda::{
        FunctionHost, HostSettings, HostedFunction, OutputLine, OutputSink, Template, template,
    },
    recover,
};
use model::{Limits, Place, Record, RecordKey};
use orchestrator::Tools;
use rehearsal::{MockedCaller, TestCases};
use services::lambda::LambdaCaller;
use system::SystemClock;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    arguments::{FunctionArguments, PlaceArguments},
    functions::Functions,
};

/// Where the data is kept.
pub(crate) enum Data {
    /// In this folder.
    Folder(PathBuf),
    /// Nowhere.
    Memory,
}

/// Who is told what a machine does, or answers in its place.
#[derive(Default)]
pub(crate) struct Watchers {
    /// Sees each record once it is durable.
    pub(crate) appended: Option<UnboundedSender<Appended>>,
    /// Answer for the calls of executions that are test cases.
    pub(crate) cases: Option<Arc<TestCases>>,
}

/// A record that has become durable.
pub(crate) type Appended = (RecordKey, Arc<Record>);

/// The ports, with mocks for executions that are test cases.
pub(crate) type Ports = LocalPorts<MockedCaller<LambdaCaller<Functions>, Store>>;

/// A running machine.
pub(crate) struct Machine {
    pub(crate) ports: Arc<Ports>,
    pub(crate) tools: Arc<Tools>,
    host: Arc<FunctionHost>,
    workers: Workers,
}

impl Machine {
    /// Opens the store, lets every execution that was running go on, and starts the workers.
    pub(crate) async fn start(
        data: &Data,
        functions: Vec<HostedFunction>,
        place: &PlaceArguments,
        limits: Limits,
        watchers: Watchers,
    ) -> anyhow::Result<Self> {
        let Watchers { appended, cases } = watchers;
        let store = match data {
            Data::Folder(folder) => Store::open(folder)
                .with_context(|| format!("cannot open the store in {}", folder.display()))?,
            Data::Memory => Store::in_memory()?,
        };
        let settings = HostSettings {
            region: place.region.clone(),
            account: place.account.clone(),
            output: OutputSink::new(show),
        };
        let host = Arc::new(FunctionHost::new(functions, settings)?);
        let ports = Arc::new(LocalPorts {
            store: store.clone(),
            queue: LocalQueue::start(),
            clock: SystemClock,
            caller: MockedCaller {
                caller: LambdaCaller::new(Functions::new(Arc::clone(&host))),
                log: store,
                cases,
            },
            appended,
        });
        let place = Place::new(&place.region, &place.account);
        let tools = Arc::new(Tools { limits, ..Tools::new(place) });
        let workers = Workers::start(&ports, &tools);
        recover(&ports, &tools).await?;
        Ok(Self { ports, tools, host, workers })
    }

    /// Stops in order: no new steps, no functions, everything on disk.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.workers.stop().await;
        self.host.shutdown().await;
        self.ports.store.shut_down().await;
        Ok(())
    }
}

/// Reads the functions to host from the command line, and from `template.yaml` beside the
/// definition where there is one.
pub(crate) fn functions(
    arguments: &FunctionArguments,
    beside: Option<&Path>,
    place: &PlaceArguments,
) -> anyhow::Result<Vec<HostedFunction>> {
    let beside = beside.map(|file| file.with_file_name("template.yaml")).filter(|f| f.exists());
    let place = template::Place { region: &place.region, account: &place.account };
    let mut functions = Vec::new();
    for file in beside.iter().chain(&arguments.template) {
        functions.extend(Template::read(file, place)?.functions);
    }
    for argument in &arguments.function {
        functions.push(HostedFunction::from_command_line(argument)?);
    }
    Ok(functions)
}

/// A function's own words, on our standard error.
fn show(line: OutputLine<'_>) {
    drop(writeln!(std::io::stderr(), "{} | {}", line.function, line.line));
}
