//! `statewright run`.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::bail;
use model::{ExecutionArn, ExecutionId, ExecutionStatus, FrameOutcome, ResourceName};
use orchestrator::{
    RepeatPolicy, StartExecution,
    api::start_execution,
    ports::{Clock, ExecutionFilter, ExecutionStore},
};
use serde::de::IgnoredAny;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{MissedTickBehavior, interval},
};

use crate::{
    FAILED, USAGE,
    account_region::ChosenAccountRegion,
    arguments::RunArguments,
    definition_file::DefinitionFile,
    deployed_definition::{deploy_definition, machine_name},
    hosted_functions::FunctionsToHost,
    interruption::{InterruptionSignals, KeptExecution, interruption_text},
    lambda_functions::AwsPermission,
    local_machine::{AppendedRecord, DataLocation, LocalMachine, MachineHooks},
    run_progress::RunProgress,
    standard_error::{say_line, show_status},
    text_source::{is_standard_input, read_text},
    validate::show_diagnostics,
    view::{cause_line, visible_text},
};

/// How often a terminal shows what is going on.
const STATUS_PERIOD: Duration = Duration::from_millis(100);
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
    if let Some(hint) = source.placeholder_hint() {
        say_line(&format!("warning: {hint}"));
    }
    let permission = AwsPermission::of_option(arguments.functions.aws);
    let warnings = source.find_unsupported_resources(permission);
    show_diagnostics(&mut std::io::stderr(), &source, &warnings)?;
    let definition = source.json_text().to_owned();
    let input = read_input(&arguments.input)?;
    let account_region = arguments.account_region.choose()?;
    let functions = read_functions(&arguments, &account_region)?;
    let kept = match arguments.data {
        Some(_) => KeptExecution::InFolder,
        None => KeptExecution::InMemory,
    };
    let data = arguments.data.clone().map_or(DataLocation::Memory, DataLocation::Folder);
    let (appended, records) = unbounded_channel();
    let hooks = MachineHooks { appended: Some(appended), ..MachineHooks::default() };
    let machine =
        LocalMachine::start(&data, functions, &account_region, arguments.engine, hooks).await?;
    let mut signals = InterruptionSignals::listen()?;
    let name = machine_name(file)?;
    let id = match find_running_execution(&machine, &name, &input).await? {
        Some(id) => {
            writeln!(std::io::stderr(), "going on with the interrupted execution {id}")?;
            id
        }
        None => deploy_and_start(&machine, &name, definition, &input).await?,
    };
    let ended = tokio::select! {
        ended = show_progress_until_end(records, &machine, &id) => Some(ended?),
        () = signals.wait_for_one() => None,
    };
    machine.stop().await?;
    let Some(outcome) = ended else {
        show_status(String::new());
        say_line(&interruption_text(kept));
        return Ok(ExitCode::from(INTERRUPTED));
    };
    report_outcome(&outcome)
}

/// Reads the functions to host, and says on stderr what is not hosted, and on a terminal what is.
fn read_functions(
    arguments: &RunArguments,
    account_region: &ChosenAccountRegion,
) -> anyhow::Result<FunctionsToHost> {
    let definition = Some(arguments.definition.as_path());
    let functions = FunctionsToHost::read(&arguments.functions, definition, account_region)?;
    functions.show_warnings();
    if let Some(summary) = functions.summary_line().filter(|_| std::io::stderr().is_terminal()) {
        say_line(&summary);
    }
    Ok(functions)
}

/// The text of `--input`, of the file that it names, or of standard input.
pub(crate) fn read_input(argument: &str) -> anyhow::Result<String> {
    match argument.strip_prefix('@') {
        Some(file) => read_text(Path::new(file)),
        None if is_standard_input(Path::new(argument)) => read_text(Path::new(argument)),
        None if serde_json::from_str::<IgnoredAny>(argument).is_err()
            && Path::new(argument).is_file() =>
        {
            bail!("{argument} is no JSON but a file: @{argument} stands for what is in it")
        }
        None => Ok(argument.to_owned()),
    }
}

/// An execution of this machine that an earlier command with this input has left running.
async fn find_running_execution(
    machine: &LocalMachine,
    name: &ResourceName,
    input: &str,
) -> anyhow::Result<Option<ExecutionId>> {
    let page = machine
        .ports
        .list_executions(name, ExecutionFilter::of_status(ExecutionStatus::Running), 100, None)
        .await?;
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
    let state_machine_arn = deploy_definition(machine, name, definition).await?;
    let (ports, context) = (machine.ports.as_ref(), machine.context.as_ref());
    let request = StartExecution {
        state_machine_arn,
        name: None,
        input: Some(input.to_owned()),
        trace_header: None,
        execution_type: None,
    };
    let started = start_execution(ports, context, request, RepeatPolicy::WhileRunning).await?;
    Ok(ExecutionArn::parse(&started.arn)?.execution_id())
}

/// Shows progress until the execution ends.
async fn show_progress_until_end(
    mut records: UnboundedReceiver<AppendedRecord>,
    machine: &LocalMachine,
    id: &ExecutionId,
) -> anyhow::Result<FrameOutcome> {
    let mut progress = RunProgress::new();
    let mut ticks = interval(STATUS_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ended = machine.ports.load_execution(id).await?.and_then(|execution| execution.end.clone());
    if let Some((_, outcome)) = ended {
        return Ok(outcome);
    }
    loop {
        let (key, record) = tokio::select! {
            record = records.recv() => match record {
                Some(record) => record,
                None => bail!("the workers have stopped"),
            },
            _ = ticks.tick() => {
                progress.show_status(machine.ports.clock.now());
                continue;
            }
        };
        if key.execution != *id {
            continue;
        }
        progress.show_record(&key, &record);
        if key.frame.fork_depth() == 0
            && let Some(outcome) = record.frame.outcome()
        {
            progress.end();
            return Ok(outcome.clone());
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
    let cause = failure.cause.as_deref().map_or_else(|| "no cause".to_owned(), cause_line);
    say_line(&format!("{status} {}: {cause}", visible_text(error)));
    Ok(ExitCode::from(FAILED))
}
