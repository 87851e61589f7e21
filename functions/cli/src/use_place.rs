//! `statewright use`.

use std::process::ExitCode;

use clap::Args;

use crate::{
    client::{PlaceArguments, forget_place, read_remembered_place, remember_place},
    view::print_line,
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright use --stack orders --profile ops\n  \
                        statewright use            what is remembered\n  statewright use --forget")]
pub(crate) struct UseArguments {
    /// Forgets the place.
    #[arg(long, conflicts_with_all = ["endpoint", "stack", "aws", "data"])]
    forget: bool,

    #[command(flatten)]
    place: PlaceArguments,
}

/// Remembers the place of the commands that follow, or shows it.
pub(crate) fn use_place(arguments: &UseArguments) -> anyhow::Result<ExitCode> {
    if arguments.forget {
        let had_one = forget_place()?;
        print_line(if had_one { "forgotten" } else { "nothing was remembered" })?;
    } else if arguments.place.name_a_place() {
        let file = remember_place(arguments.place.to_remembered()?)?;
        print_line(&format!("remembered in {}", file.display()))?;
    } else {
        match read_remembered_place()? {
            Some(place) => print_line(&serde_json::to_string(&place)?)?,
            None => print_line("nothing is remembered")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
