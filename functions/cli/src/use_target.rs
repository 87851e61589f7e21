//! `statewright use`.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::{
    client::{TargetArguments, forget_target, read_remembered_target, remember_target},
    view::print_line,
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright use --stack orders --profile ops\n  \
                        statewright use            what is remembered\n  statewright use --forget")]
pub(crate) struct UseArguments {
    /// Forgets the target.
    #[arg(long, conflicts_with_all = ["endpoint", "stack", "aws", "data"])]
    forget: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Remembers the target of the commands that follow, or shows it.
pub(crate) fn use_target(arguments: &UseArguments) -> anyhow::Result<ExitCode> {
    if arguments.forget {
        let had_one = forget_target()?;
        print_line(if had_one { "forgotten" } else { "nothing was remembered" })?;
    } else if arguments.target.has_settings_only() {
        bail!("--region, --profile and --token go with --endpoint, --stack, --aws or --data");
    } else if arguments.target.names_a_target() {
        let file = remember_target(arguments.target.to_remembered()?)?;
        print_line(&format!("remembered in {}", file.display()))?;
    } else {
        match read_remembered_target()? {
            Some(target) => print_line(&serde_json::to_string(&target)?)?,
            None => print_line("nothing is remembered")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
