//! `statewright completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::{arguments::CliArguments, view::print_text};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  source <(statewright completions bash)\n  \
                        statewright completions zsh > \"${fpath[1]}/_statewright\"\n  \
                        statewright completions fish > ~/.config/fish/completions/statewright.fish")]
pub(crate) struct CompletionsArguments {
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script by which a shell completes this command.
pub(crate) fn print_completions(arguments: &CompletionsArguments) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut CliArguments::command(), "statewright", &mut script);
    print_text(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
