//! The `statewright` command.

mod arguments;
mod functions;
mod local;
mod machine;
mod place;
mod progress;
mod run;
mod serve;
mod source;
mod test;
mod test_case;
mod validate;

use std::{io::Write, process::ExitCode};

use clap::Parser;

use arguments::{Arguments, Command};

/// The exit code for bad usage and invalid definitions; clap uses it too.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("STATEWRIGHT_LOG"))
        .init();
    let done = match arguments.command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Local(arguments) => local::local(arguments).await,
        Command::Test(arguments) => test::test(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
    };
    done.unwrap_or_else(|error| {
        drop(writeln!(std::io::stderr(), "error: {error:#}"));
        ExitCode::from(USAGE)
    })
}
