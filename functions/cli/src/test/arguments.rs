//! Arguments of `statewright test`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::text_source::is_standard_input;

const EXAMPLES: &str = "\
Examples:
  statewright test .                                          every *.test.md and *.test.json here
  statewright test . --junit report.xml                       for CI
  statewright test . --watch --filter refund                  while you edit
  statewright test . --coverage-output coverage.html          also .json, and .info for lcov

Exit codes: 0 all passed, 1 a case failed or is uncovered, 2 a file cannot be read, 130 Ctrl-C.
The page of the command describes the cases: functions/cli/README.md";

/// Arguments of `statewright test`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestArguments {
    /// Test cases in Markdown or JSON, or folders of them; `-` reads standard input
    #[arg(required_unless_present = "mock_config", conflicts_with = "mock_config")]
    pub(crate) files: Vec<PathBuf>,

    /// Runs only the cases whose names contain this text; may repeat
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,

    /// Prints results as `text` (the default), `json` or `junit`
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) format: ReportFormat,

    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    /// Also writes the results to this file as a `JUnit` report
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Runs again after an edit of a test file or a file that it names
    #[arg(long, conflicts_with = "update")]
    pub(crate) watch: bool,

    /// Rewrites the expectations of cases that came to another result
    #[arg(long, conflicts_with = "mock_config")]
    pub(crate) update: bool,

    #[command(flatten)]
    pub(crate) coverage: CoverageArguments,

    /// A mock configuration of Step Functions Local: its cases must pass
    #[arg(long, value_name = "FILE", requires = "definition")]
    pub(crate) mock_config: Option<PathBuf>,

    /// The definition of a machine in --mock-config; may repeat
    #[arg(long, value_name = "NAME=FILE", requires = "mock_config")]
    pub(crate) definition: Vec<String>,

    /// The input with --mock-config: JSON, @FILE or `-` [default: {}]
    #[arg(long, default_value = "{}", hide_default_value = true, requires = "mock_config")]
    pub(crate) input: String,

    /// Replaces `${NAME}` in definitions, as SAM does; may repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,
}

/// What is said about coverage.
#[derive(Clone, Debug, Args)]
pub(crate) struct CoverageArguments {
    /// Prints how much of each state machine the cases reach, in percent
    #[arg(long)]
    coverage: bool,

    /// Writes coverage to this file, in the format its name ends with
    #[arg(long, value_name = "FILE")]
    coverage_output: Option<PathBuf>,

    /// Writes it as `text`, `html`, `json` or `lcov`
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    coverage_format: Option<CoverageFormat>,

    /// Fails if no case reaches one of the states or transitions
    #[arg(long)]
    pub(crate) fail_uncovered: bool,
}

/// The formats of what `test` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Text,
    Json,
    Junit,
}

/// The formats of coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    Text,
    Html,
    Json,
    Lcov,
}

impl TestArguments {
    /// Refuses what cannot be meant together.
    pub(super) fn check_combinations(&self) -> anyhow::Result<()> {
        if self.watch && self.files.iter().any(|file| is_standard_input(file)) {
            bail!("--watch cannot watch standard input");
        }
        self.coverage.check_combinations()
    }

    /// How results are printed.
    pub(super) fn report_format(&self) -> ReportFormat {
        if self.json { ReportFormat::Json } else { self.format }
    }
}

impl CoverageArguments {
    fn check_combinations(&self) -> anyhow::Result<()> {
        if let (Some(format), None) = (self.coverage_format, &self.coverage_output)
            && format != CoverageFormat::Text
        {
            let name = format.to_possible_value().map(|value| value.get_name().to_owned());
            bail!("--coverage-format {} needs --coverage-output FILE", name.unwrap_or_default());
        }
        Ok(())
    }

    /// Whether the report for people shows coverage in percent.
    pub(super) fn is_shown(&self) -> bool {
        self.coverage || (self.coverage_format.is_some() && self.coverage_output.is_none())
    }

    /// The file that coverage is written to, and its format, if there is one.
    pub(super) fn output_file(&self) -> Option<(&PathBuf, CoverageFormat)> {
        let file = self.coverage_output.as_ref()?;
        let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let meant = match ending.as_str() {
            "html" | "htm" => CoverageFormat::Html,
            "json" => CoverageFormat::Json,
            "info" | "lcov" => CoverageFormat::Lcov,
            _ => CoverageFormat::Text,
        };
        Some((file, self.coverage_format.unwrap_or(meant)))
    }
}
