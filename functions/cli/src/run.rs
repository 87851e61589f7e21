//! `statewright run`

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use model::{ExecutionArn, ExecutionId, MachineType, Name, Outcome, Status};
use orchestrator::{
    CreateStateMachine, Settings, StartExecution, UpdateStateMachine, create_state_machine,
    ports::{Executions, Machines},
    start_execution, update_state_machine,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use crate::{
    USAGE,
    arguments::RunArguments,
    machine::{Appended, Data, Machine, Watchers, functions},
    progress::Progress,
    source::Source,
    validate::show,
};

/// The role in the context object; nothing is called with it here.
const ROLE: &str = "role/statewright-local";
/// The exit code of an execution that did not succeed.
const FAILED: u8 = 1;
/// What a shell reports for a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Runs one execution: its output goes to stdout, everything else to stderr.
pub(crate) async fn run(arguments: RunArguments) -> anyhow::Result<ExitCode> {
    let file = &arguments.definition;
    let source = Source::read(file, &arguments.substitute)?;
    if let Err(findings) = source.parse() {
        show(&mut std::io::stderr(), &source, &findings)?;
        return Ok(ExitCode::from(USAGE));
    }
    let definition = source.json().to_owned();
    let input = input(&arguments.input)?;
    let functions = functions(&arguments.functions, Some(file), &arguments.place)?;
    let data = arguments.data.clone().map_or(Data::Memory, Data::Folder);
    let (appended, records) = unbounded_channel();
    let watchers = Watchers { appended: Some(appended), cases: None };
    let machine =
        Machine::start(&data, functions, &arguments.place, arguments.limits, watchers).await?;
    let name = machine_name(file)?;
    let id = match running(&machine, &name, &input).await? {
        Some(id) => id,
        None => start(&machine, &name, definition, &input).await?,
    };
    let ended = watch(records, &machine, &id).await?;
    machine.stop().await?;
    ended.map_or(Ok(ExitCode::from(INTERRUPTED)), |outcome| report(&outcome))
}

/// The text of `--input`, or of the file that it names.
pub(crate) fn input(argument: &str) -> anyhow::Result<String> {
    match argument.strip_prefix('@') {
        Some(file) => fs::read_to_string(file).with_context(|| format!("cannot read {file}")),
        None => Ok(argument.to_owned()),
    }
}

/// `order.asl.json` → `order`
fn machine_name(file: &Path) -> anyhow::Result<Name> {
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let name: String =
        stem.chars().map(|c| if Name::parse(&c.to_string()).is_ok() { c } else { '-' }).collect();
    Ok(Name::parse(&name)?)
}

/// An execution of this machine that an earlier command with this input has left running.
async fn running(
    machine: &Machine,
    name: &Name,
    input: &str,
) -> anyhow::Result<Option<ExecutionId>> {
    let page = machine.ports.list(name, Some(Status::Running), 100, None).await?;
    for listed in page.executions {
        let execution = machine.ports.execution(&listed.id).await?;
        if execution.is_some_and(|execution| execution.input.text() == input.trim()) {
            return Ok(Some(listed.id));
        }
    }
    Ok(None)
}

/// Makes the machine, or gives it this definition, and starts an execution.
async fn start(
    machine: &Machine,
    name: &Name,
    definition: String,
    input: &str,
) -> anyhow::Result<ExecutionId> {
    let (ports, tools) = (machine.ports.as_ref(), machine.tools.as_ref());
    let place = &tools.place;
    let state_machine_arn = place.machine_arn(name.as_str());
    if ports.machine(name).await?.is_some() {
        let request = UpdateStateMachine {
            state_machine_arn: state_machine_arn.clone(),
            definition: Some(definition),
            role_arn: None,
            settings: Settings::default(),
        };
        update_state_machine(ports, tools, request).await?;
    } else {
        let request = CreateStateMachine {
            name: name.to_string(),
            machine_type: MachineType::Standard,
            definition,
            role_arn: format!("arn:{}:iam::{}:{ROLE}", place.partition, place.account),
            settings: Settings::default(),
            tags: Vec::new(),
        };
        create_state_machine(ports, tools, request).await?;
    }
    let request = StartExecution {
        state_machine_arn,
        name: None,
        input: Some(input.to_owned()),
        trace_header: None,
    };
    let started = start_execution(ports, tools, request).await?;
    Ok(ExecutionArn::parse(&started.arn)?.id())
}

/// Shows what happens until the execution ends; none if it was interrupted before.
async fn watch(
    mut records: UnboundedReceiver<Appended>,
    machine: &Machine,
    id: &ExecutionId,
) -> anyhow::Result<Option<Outcome>> {
    let mut progress = Progress::new();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let ended = machine.ports.execution(id).await?.and_then(|execution| execution.end.clone());
    if let Some((_, outcome)) = ended {
        return Ok(Some(outcome));
    }
    loop {
        let (key, record) = tokio::select! {
            record = records.recv() => match record {
                Some(record) => record,
                None => bail!("the workers have stopped"),
            },
            _ = interrupted.recv() => return Ok(None),
            _ = terminated.recv() => return Ok(None),
        };
        if key.execution != *id {
            continue;
        }
        progress.show(&key, &record);
        if key.frame.depth() == 0
            && let Some(outcome) = record.frame.outcome()
        {
            return Ok(Some(outcome.clone()));
        }
    }
}

/// The output alone on stdout; a failure on stderr.
fn report(outcome: &Outcome) -> anyhow::Result<ExitCode> {
    let (status, failure) = match outcome {
        Outcome::Succeeded(output) => {
            writeln!(std::io::stdout(), "{}", output.text())?;
            return Ok(ExitCode::SUCCESS);
        }
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            (outcome.status().as_str(), failure)
        }
    };
    let error = failure.error.as_deref().unwrap_or("no error name");
    let cause = failure.cause.as_deref().unwrap_or("no cause");
    writeln!(std::io::stderr(), "{status} {error}: {cause}")?;
    Ok(ExitCode::from(FAILED))
}
