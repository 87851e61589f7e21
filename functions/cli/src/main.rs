//! The `statewright` command.

mod account_region;
mod arguments;
mod counted_noun;
mod definition_change;
mod definition_file;
mod deployed_definition;
mod door;
mod exception_response;
mod file_descriptors;
mod file_search;
mod hosted_functions;
mod interruption;
mod lambda_functions;
mod landing_page;
mod line_column;
mod local;
mod local_executions;
mod local_machine;
mod memory_limit;
mod project;
mod proxy;
#[cfg(test)]
mod record_fixture;
mod rewake;
mod run;
mod run_progress;
mod serve;
mod standard_error;
mod test;
mod test_case;
mod text_source;
mod uncallable_function;
mod validate;
mod waiting_workers;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use mimalloc::MiMalloc;

use arguments::{CliArguments, CliCommand};

/// The exit code for bad usage and invalid definitions; clap uses it too.
const USAGE: u8 = 2;
/// How long to wait for a reader of stderr who reads nothing.
const READER_PATIENCE: Duration = Duration::from_secs(2);
/// The most threads that read the store, compute slow steps or look at files: more than may do so at
/// once (`CONNECTIONS_MAX` of the readers, the turns of `ComputeThreads`). Without a bound, bursts of
/// reads start hundreds, and each keeps memory of its own.
const BLOCKING_THREADS_MAX: usize = 32;

/// Gives freed memory back to the system soon, which `--memory-limit` needs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = CliArguments::parse();
    tracing_subscriber::fmt()
        .with_writer(standard_error::LogWriter)
        .with_ansi(shows_colours())
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("STATEWRIGHT_LOG"))
        .init();
    standard_error::say_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return report_error(&error.into()),
    };
    let done = runtime.block_on(run_command(arguments.command));
    // A definition that is still being read has nobody who waits for it.
    runtime.shutdown_background();
    standard_error::flush_lines(READER_PATIENCE);
    done.unwrap_or_else(|error| report_error(&error))
}

async fn run_command(command: CliCommand) -> anyhow::Result<ExitCode> {
    match command {
        CliCommand::Run(arguments) => run::run_execution(arguments).await,
        CliCommand::Local(arguments) => local::run_local(arguments).await,
        CliCommand::Proxy(arguments) => proxy::run_proxy(arguments).await,
        CliCommand::Rewake(arguments) => rewake::wake_running_executions(arguments).await,
        CliCommand::Test(arguments) => test::run_tests(&arguments),
        CliCommand::Validate(arguments) => validate::validate_files(&arguments),
    }
}

fn report_error(error: &anyhow::Error) -> ExitCode {
    drop(writeln!(std::io::stderr(), "error: {error:#}"));
    ExitCode::from(USAGE)
}

/// Colours are for terminals, unless `NO_COLOR` is set.
///
/// Spec: <https://no-color.org>
fn shows_colours() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !is_unwanted
}
