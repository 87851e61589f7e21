//! `statewright run`.

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use model::{
    ExecutionArn, ExecutionId, ExecutionStatus, FrameOutcome, ResourceName, StateMachineType,
};
use orchestrator::{
    RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, StateMachineSettings, UpdateStateMachine, create_state_machine,
        start_execution, update_state_machine,
    },
    ports::{ExecutionStore, StateMachineStore},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use crate::{
    USAGE,
    arguments::RunArguments,
    definition_file::DefinitionFile,
    local_machine::{
        AppendedRecord, DataLocation, LocalMachine, MachineHooks, read_hosted_functions,
    },
    run_progress::RunProgress,
    validate::show_diagnostics,
};

/// The role in the context object; nothing on this machine assumes it.
const ROLE: &str = "role/statewright-local";
/// The exit code of an execution that did not succeed.
const FAILED: u8 = 1;
/// What a shell reports for a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Runs one execution: its output goes to stdout, everything else to stderr.
pub(crate) async fn run_execution(arguments: RunArguments) -> anyhow::Result<ExitCode> {
    let file = &arguments.definition;
    let source = DefinitionFile::read_substituted(file, &arguments.substitute)?;
    if let Err(findings) = source.parse_definition() {
        show_diagnostics(&mut std::io::stderr(), &source, &findings)?;
        return Ok(ExitCode::from(USAGE));
    }
    show_diagnostics(&mut std::io::stderr(), &source, &source.find_unsupported_resources())?;
    let definition = source.json_text().to_owned();
    let input = read_input(&arguments.input)?;
    let functions =
        read_hosted_functions(&arguments.functions, Some(file), &arguments.account_region)?;
    let data = arguments.data.clone().map_or(DataLocation::Memory, DataLocation::Folder);
    let (appended, records) = unbounded_channel();
    let hooks = MachineHooks { appended: Some(appended), cases: None };
    let account_region = &arguments.account_region;
    let machine =
        LocalMachine::start(&data, functions, account_region, arguments.engine, hooks).await?;
    let name = machine_name(file)?;
    let id = match find_running_execution(&machine, &name, &input).await? {
        Some(id) => id,
        None => deploy_and_start(&machine, &name, definition, &input).await?,
    };
    let ended = show_progress_until_end(records, &machine, &id).await?;
    machine.stop().await?;
    ended.map_or(Ok(ExitCode::from(INTERRUPTED)), |outcome| report_outcome(&outcome))
}

/// The text of `--input`, or of the file that it names.
pub(crate) fn read_input(argument: &str) -> anyhow::Result<String> {
    match argument.strip_prefix('@') {
        Some(file) => fs::read_to_string(file).with_context(|| format!("cannot read {file}")),
        None => Ok(argument.to_owned()),
    }
}

/// The machine's name from that of its file: `order.asl.json` → `order`.
fn machine_name(file: &Path) -> anyhow::Result<ResourceName> {
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let name: String = stem
        .chars()
        .map(|c| if ResourceName::parse(&c.to_string()).is_ok() { c } else { '-' })
        .collect();
    Ok(ResourceName::parse(&name)?)
}

/// An execution of this machine that an earlier command with this input has left running.
async fn find_running_execution(
    machine: &LocalMachine,
    name: &ResourceName,
    input: &str,
) -> anyhow::Result<Option<ExecutionId>> {
    let page =
        machine.ports.list_executions(name, Some(ExecutionStatus::Running), 100, None).await?;
    for listed in page.executions {
        let execution = machine.ports.load_execution(&listed.id).await?;
        if execution.is_some_and(|execution| execution.input.json_text() == input.trim()) {
            return Ok(Some(listed.id));
        }
    }
    Ok(None)
}

/// Creates the machine, or updates it to this definition, and starts an execution.
async fn deploy_and_start(
    machine: &LocalMachine,
    name: &ResourceName,
    definition: String,
    input: &str,
) -> anyhow::Result<ExecutionId> {
    let (ports, context) = (machine.ports.as_ref(), machine.context.as_ref());
    let account_region = &context.settings.account_region;
    let state_machine_arn = account_region.state_machine_arn(name.as_str());
    if ports.load_machine(name).await?.is_some() {
        let request = UpdateStateMachine {
            state_machine_arn: state_machine_arn.clone(),
            definition: Some(definition),
            role_arn: None,
            settings: StateMachineSettings::default(),
        };
        update_state_machine(ports, context, request).await?;
    } else {
        let request = CreateStateMachine {
            name: name.to_string(),
            machine_type: StateMachineType::Standard,
            definition,
            role_arn: format!(
                "arn:{}:iam::{}:{ROLE}",
                account_region.partition, account_region.account
            ),
            settings: StateMachineSettings::default(),
            tags: Vec::new(),
        };
        create_state_machine(ports, context, request).await?;
    }
    let request = StartExecution {
        state_machine_arn,
        name: None,
        input: Some(input.to_owned()),
        trace_header: None,
    };
    let started = start_execution(ports, context, request, RepeatPolicy::WhileRunning).await?;
    Ok(ExecutionArn::parse(&started.arn)?.execution_id())
}

/// Shows progress until the execution ends; `None` if the command was interrupted before.
async fn show_progress_until_end(
    mut records: UnboundedReceiver<AppendedRecord>,
    machine: &LocalMachine,
    id: &ExecutionId,
) -> anyhow::Result<Option<FrameOutcome>> {
    let mut progress = RunProgress::new();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let ended = machine.ports.load_execution(id).await?.and_then(|execution| execution.end.clone());
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
        progress.show_record(&key, &record);
        if key.frame.fork_depth() == 0
            && let Some(outcome) = record.frame.outcome()
        {
            return Ok(Some(outcome.clone()));
        }
    }
}

/// Prints the output to stdout, or the failure to stderr.
fn report_outcome(outcome: &FrameOutcome) -> anyhow::Result<ExitCode> {
    let (status, failure) = match outcome {
        FrameOutcome::Succeeded(output) => {
            writeln!(std::io::stdout(), "{}", output.json_text())?;
            return Ok(ExitCode::SUCCESS);
        }
        FrameOutcome::Failed(failure)
        | FrameOutcome::TimedOut(failure)
        | FrameOutcome::Aborted(failure) => (outcome.execution_status().as_str(), failure),
    };
    let error = failure.error.as_deref().unwrap_or("no error name");
    let cause = failure.cause.as_deref().unwrap_or("no cause");
    writeln!(std::io::stderr(), "{status} {error}: {cause}")?;
    Ok(ExitCode::from(FAILED))
}
