//! The description of a hosted function.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, time::Duration};

use super::limits::{MEMORY_MEGABYTES_DEFAULT, TIMEOUT_MAX};

/// Describes a function to host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostedFunction {
    /// The function's name, as after `function:` in its ARN.
    pub name: String,
    /// The folder of its code: `LAMBDA_TASK_ROOT` and the working directory.
    pub directory: PathBuf,
    /// How its process is started.
    pub runtime: FunctionRuntime,
    /// The function's own environment variables. They override all others.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take, without the start of a process.
    pub timeout: Duration,
    /// The memory in megabytes that the function is told it has. It is not enforced.
    pub memory_megabytes: u32,
    /// The most processes that serve it, as Lambda's reserved concurrency; the host's own number if
    /// there is none.
    pub reserved_concurrency: Option<NonZeroUsize>,
}

/// Says how a function's process is started.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FunctionRuntime {
    /// `python3` with Statewright's bootstrap.
    Python {
        /// `module.function`. Folders before the module are separated by `/` or `.`.
        handler: String,
    },
    /// `node` with Statewright's bootstrap.
    Node {
        /// `module.function`. Folders before the module are separated by `/`.
        handler: String,
    },
    /// The executable `bootstrap` in the function's folder.
    Provided {
        /// The value of `_HANDLER`, which only the bootstrap interprets.
        handler: String,
    },
    /// Any program that speaks the Runtime API, with its arguments.
    Command(Vec<String>),
}

/// Says why `NAME=COMMAND` was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandLineError {
    /// There is no `=`.
    #[error("expected NAME=COMMAND, got `{0}`")]
    NoCommand(String),
    /// Lambda does not allow this name.
    #[error("`{0}` is not a function name: 1 to 64 letters, digits, hyphens and underscores")]
    Name(String),
    /// The command is blank.
    #[error("function `{0}` has an empty command")]
    EmptyCommand(String),
}

impl HostedFunction {
    /// Parses `NAME=COMMAND`. `sh -c` runs the command in the working directory of the host.
    ///
    /// The text has no timeout, so it is [`TIMEOUT_MAX`].
    ///
    /// Errors: no `=`, a name that Lambda refuses, a blank command.
    pub fn from_command_line(argument: &str) -> Result<Self, CommandLineError> {
        let (name, command) = argument
            .split_once('=')
            .ok_or_else(|| CommandLineError::NoCommand(argument.to_owned()))?;
        if !is_function_name(name) {
            return Err(CommandLineError::Name(name.to_owned()));
        }
        if command.trim().is_empty() {
            return Err(CommandLineError::EmptyCommand(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            directory: PathBuf::from("."),
            runtime: FunctionRuntime::Command(vec!["sh".into(), "-c".into(), command.to_owned()]),
            environment: BTreeMap::new(),
            timeout: TIMEOUT_MAX,
            memory_megabytes: MEMORY_MEGABYTES_DEFAULT,
            reserved_concurrency: None,
        })
    }
}

fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_names_the_function_before_the_first_equals_sign() {
        let function = HostedFunction::from_command_line("add=A=1 ./add --fast").expect("valid");
        assert_eq!(function.name, "add");
        assert_eq!(
            function.runtime,
            FunctionRuntime::Command(vec!["sh".into(), "-c".into(), "A=1 ./add --fast".into()])
        );
    }

    #[test]
    fn a_command_line_without_a_name_or_a_command_is_refused() {
        let refused = |line| HostedFunction::from_command_line(line).expect_err(line);
        assert_eq!(refused("add"), CommandLineError::NoCommand("add".into()));
        assert_eq!(refused("=run"), CommandLineError::Name(String::new()));
        assert_eq!(refused("a b=run"), CommandLineError::Name("a b".into()));
        assert_eq!(refused("add= "), CommandLineError::EmptyCommand("add".into()));
    }
}
