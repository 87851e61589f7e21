//! The `statewright` command.

mod account_region;
mod arguments;
mod client;
mod completions;
mod console;
mod counted_noun;
mod dead_letters;
mod definition_change;
mod definition_file;
mod deployed_definition;
mod door;
mod executions;
mod file_descriptors;
mod file_search;
mod fmt;
mod graph_drawing;
mod health;
mod host_prefix;
mod hosted_functions;
mod init;
mod interruption;
mod lambda_functions;
mod line_column;
mod local;
mod local_console;
mod local_executions;
mod local_machine;
mod machines;
mod memory_limit;
mod metrics;
mod probes;
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
mod use_target;
mod validate;
mod view;
mod waiting_workers;
mod workers;

use std::{io::Write, process::ExitCode, time::Duration};

use clap::Parser;
use mimalloc::MiMalloc;

use arguments::{CliArguments, CliCommand};

/// The exit code for bad usage and invalid definitions; clap uses it too.
const USAGE: u8 = 2;
/// The exit code if what was asked about is not so: an execution has failed, or one of several things
/// could not be done.
const FAILED: u8 = 1;
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
        .with_ansi(view::shows_colours(&std::io::stderr()))
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
    match done {
        Err(error) if view::is_reader_gone(&error) => ExitCode::SUCCESS,
        done => done.unwrap_or_else(|error| report_error(&error)),
    }
}

async fn run_command(command: CliCommand) -> anyhow::Result<ExitCode> {
    match command {
        CliCommand::Run(arguments) => run::run_execution(arguments).await,
        CliCommand::Local(arguments) => local::run_local(arguments).await,
        CliCommand::Machines(arguments) => machines::list::list_machines(arguments).await,
        CliCommand::Deploy(arguments) => machines::deploy::deploy(arguments).await,
        CliCommand::Delete(arguments) => machines::delete::delete_machines(arguments).await,
        CliCommand::Start(arguments) => executions::start::start_execution(arguments).await,
        CliCommand::List(arguments) => executions::list::list_executions(arguments).await,
        CliCommand::Describe(arguments) => executions::describe::describe(arguments).await,
        CliCommand::History(arguments) => executions::history::show_history(arguments).await,
        CliCommand::Stop(arguments) => executions::stop::stop_executions(arguments).await,
        CliCommand::Redrive(arguments) => executions::redrive::redrive_executions(arguments).await,
        CliCommand::Token(arguments) => workers::token::answer_token(arguments).await,
        CliCommand::Activity(arguments) => workers::activity::use_activity(arguments).await,
        CliCommand::DeadLetters(arguments) => dead_letters::list_dead_letters(arguments).await,
        CliCommand::Export(arguments) => executions::export::export(arguments).await,
        CliCommand::Import(arguments) => machines::import::import(arguments).await,
        CliCommand::Use(arguments) => use_target::use_target(&arguments),
        CliCommand::Completions(arguments) => completions::print_completions(&arguments),
        CliCommand::Health(arguments) => health::ask_health(&arguments).await,
        CliCommand::Console(arguments) => console::run_console(arguments).await,
        CliCommand::Proxy(arguments) => proxy::run_proxy(arguments).await,
        CliCommand::Rewake(arguments) => rewake::wake_running_executions(arguments).await,
        CliCommand::Test(arguments) => test::run_tests(arguments).await,
        CliCommand::Validate(arguments) => validate::validate_files(&arguments),
        CliCommand::Fmt(arguments) => fmt::format_files(&arguments),
        CliCommand::Init(arguments) => init::init_project(&arguments),
        CliCommand::Graph(arguments) => graph_drawing::draw_graph(arguments).await,
    }
}

fn report_error(error: &anyhow::Error) -> ExitCode {
    drop(writeln!(std::io::stderr(), "error: {error:#}"));
    ExitCode::from(USAGE)
}
