//! The command line.

use std::{
    net::IpAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use embedded::{http::parse_host_name, lambda::FUNCTION_CONCURRENCY_DEFAULT};
use model::{DeploymentLimits, limits::TRANSITIONS_PER_DELIVERY_DEFAULT};

use crate::{
    account_region::{ACCOUNT_DEFAULT, parse_account, parse_region},
    completions::CompletionsArguments,
    console::ConsoleArguments,
    dead_letters::DeadLettersArguments,
    executions::{
        describe::DescribeArguments, export::ExportArguments, history::HistoryArguments,
        list::ListArguments, redrive::RedriveArguments, start::StartArguments, stop::StopArguments,
    },
    fmt::FmtArguments,
    graph_drawing::GraphArguments,
    health::HealthArguments,
    init::InitArguments,
    machines::{
        delete::DeleteArguments, deploy::DeployArguments, import::ImportArguments,
        list::MachinesArguments,
    },
    memory_limit::parse_memory,
    test::TestArguments,
    use_target::UseArguments,
    workers::{activity::ActivityArguments, token::TokenArguments},
};

/// Runs Amazon States Language state machines: on this machine, or in your own AWS account.
#[derive(Debug, Parser)]
#[command(name = "statewright", version, max_term_width = 100)]
pub(crate) struct CliArguments {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Runs one execution of a definition to its end and prints its output.
    Run(RunArguments),
    /// Serves the Step Functions API on this machine.
    Local(LocalArguments),
    /// Lists the state machines of a target.
    Machines(MachinesArguments),
    /// Creates or updates state machines from definitions.
    Deploy(DeployArguments),
    /// Deletes state machines.
    Delete(DeleteArguments),
    /// Starts an execution.
    Start(StartArguments),
    /// Lists executions, the last active first.
    List(ListArguments),
    /// Describes a state machine or an execution.
    Describe(DescribeArguments),
    /// Shows the events of an execution, one line each.
    History(HistoryArguments),
    /// Stops executions.
    Stop(StopArguments),
    /// Has failed executions go on from where they failed.
    Redrive(RedriveArguments),
    /// Answers a state that waits for its task token.
    Token(TokenArguments),
    /// Lists, makes and removes activities, and works at their tasks.
    Activity(ActivityArguments),
    /// Lists the messages that nobody could handle.
    DeadLetters(DeadLettersArguments),
    /// Prints state machines, and executions that have ended, as lines of JSON.
    Export(ExportArguments),
    /// Creates or updates the state machines of an export.
    Import(ImportArguments),
    /// Remembers the target of the commands that follow.
    Use(UseArguments),
    /// Prints the script by which a shell completes this command.
    Completions(CompletionsArguments),
    /// Asks whether `local` works.
    Health(HealthArguments),
    /// Serves pages that show and steer a target, for a browser on this machine.
    Console(ConsoleArguments),
    /// Serves a deployment's API on this machine: signs requests with your AWS credentials.
    Proxy(ProxyArguments),
    /// Wakes the running executions of a deployment whose messages are lost.
    Rewake(RewakeArguments),
    /// Runs test cases offline: mocks answer every call, and waiting takes no time.
    Test(TestArguments),
    /// Checks definitions offline.
    Validate(ValidateArguments),
    /// Formats definitions in JSON, or checks that they are formatted.
    Fmt(FmtArguments),
    /// Makes a project that works at once: a state machine, a function, tests, a template.
    Init(InitArguments),
    /// Draws a definition, a state machine or an execution.
    Graph(GraphArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  statewright run order.asl.json --input '{\"orderId\": 42}'")]
pub(crate) struct RunArguments {
    /// The definition: Amazon States Language in JSON or YAML; `-` reads standard input.
    pub(crate) definition: PathBuf,

    /// Replaces `${NAME}` in the definition; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,

    /// The execution's input: JSON, @FILE, or `-` for standard input.
    #[arg(long, default_value = "{}")]
    pub(crate) input: String,

    /// Keeps the execution in this folder: the same command continues it.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) engine: EngineArguments,

    #[command(flatten)]
    pub(crate) functions: FunctionArguments,

    #[command(flatten)]
    pub(crate) account_region: AccountRegionArguments,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  statewright local .     the SAM, CDK or Serverless project in this folder"
)]
pub(crate) struct LocalArguments {
    /// Projects (SAM, CloudFormation, CDK, Serverless Framework) or definitions, and folders of them:
    /// served, and again after each edit.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Replaces `${NAME}` in definitions; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,

    /// The value of a parameter of the templates, in place of its default; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) parameter: Vec<String>,

    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8083)]
    pub(crate) port: u16,

    #[command(flatten)]
    pub(crate) door: DoorArguments,

    /// The folder of state machines and executions.
    #[arg(long, value_name = "DIR", default_value = ".statewright", conflicts_with = "memory")]
    pub(crate) data: PathBuf,

    /// Keeps everything in memory and discards it at the end.
    #[arg(long)]
    pub(crate) memory: bool,

    /// A mock configuration of Step Functions Local, for starts of `NAME#TESTCASE`.
    #[arg(long, value_name = "FILE", env = "SFN_MOCK_CONFIG")]
    pub(crate) mock_config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) engine: EngineArguments,

    #[command(flatten)]
    pub(crate) functions: FunctionArguments,

    #[command(flatten)]
    pub(crate) account_region: AccountRegionArguments,
}

/// Where `local` listens, and whom it answers.
#[derive(Debug, Args)]
pub(crate) struct DoorArguments {
    /// The address to listen on; others than loopback need --signed-by or --token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// A host name by which it may be addressed, beside localhost; may repeat.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    pub(crate) allow_host: Vec<String>,

    /// Answers only requests that are signed with the key pair in this credentials file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token", "allow_host"])]
    pub(crate) signed_by: Option<PathBuf>,

    /// Answers only requests with the bearer token in this file.
    #[arg(long, value_name = "FILE", conflicts_with = "allow_host")]
    pub(crate) token: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  statewright proxy --stack statewright")]
pub(crate) struct ProxyArguments {
    /// The stack of the deployment, whose output `ApiEndpoint` is served.
    #[arg(long, value_name = "NAME", required_unless_present = "endpoint")]
    pub(crate) stack: Option<String>,

    /// The endpoint of the deployment: the stack's output `ApiEndpoint`.
    #[arg(long, value_name = "URL", conflicts_with = "stack")]
    pub(crate) endpoint: Option<String>,

    /// The port to listen on, on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8083)]
    pub(crate) port: u16,

    /// A host name by which it may be addressed, beside localhost; may repeat.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    pub(crate) allow_host: Vec<String>,

    /// The region of the deployment, where neither its endpoint nor the settings of AWS tools say it.
    #[arg(long, value_parser = parse_region)]
    pub(crate) region: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  statewright rewake --data .statewright")]
pub(crate) struct RewakeArguments {
    #[command(flatten)]
    pub(crate) deployment: DeploymentArguments,

    /// Lists what would be sent, and sends nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Lists what `local` sends when it starts on this folder, which must not be in use.
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) data: Option<PathBuf>,
}

/// A deployment, by the outputs of its stack. Region and credentials are found as every AWS tool
/// finds them.
#[derive(Debug, Args)]
pub(crate) struct DeploymentArguments {
    /// The table: the stack's output `TableName`.
    #[arg(long, value_name = "NAME", env = "STATEWRIGHT_TABLE", required_unless_present = "data")]
    pub(crate) table: Option<String>,

    /// The queue of states that call nothing: the stack's output `StepsQueueUrl`.
    #[arg(
        long,
        value_name = "URL",
        env = "STATEWRIGHT_STEPS_URL",
        required_unless_present = "data"
    )]
    pub(crate) steps_queue_url: Option<String>,

    /// The queue of Task states: the stack's output `TasksQueueUrl`.
    #[arg(
        long,
        value_name = "URL",
        env = "STATEWRIGHT_TASKS_URL",
        required_unless_present = "data"
    )]
    pub(crate) tasks_queue_url: Option<String>,
}

/// How the engine of `run` and `local` works.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct EngineArguments {
    /// The limits: `aws` for those of Step Functions, or `open`.
    #[arg(long, value_name = "PROFILE", default_value = "aws")]
    pub(crate) limits: DeploymentLimits,

    /// State transitions that are made durable together.
    #[arg(long, value_name = "N", default_value_t = TRANSITIONS_PER_DELIVERY_DEFAULT)]
    pub(crate) transitions_per_delivery: NonZeroU32,

    /// The memory to stay below, such as 512M.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory_limit: Option<u64>,
}

/// What the options are by default.
impl Default for EngineArguments {
    fn default() -> Self {
        Self {
            limits: DeploymentLimits::default(),
            transitions_per_delivery: TRANSITIONS_PER_DELIVERY_DEFAULT,
            memory_limit: None,
        }
    }
}

/// Lambda functions that run as local processes, and whether others may be called.
#[derive(Debug, Args)]
pub(crate) struct FunctionArguments {
    /// A template whose functions are hosted here, and not its state machines; may repeat.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Vec<PathBuf>,

    /// A function, and the command that serves it through the Runtime API; may repeat.
    #[arg(long, value_name = "NAME=COMMAND")]
    pub(crate) function: Vec<String>,

    /// An environment variable that hosted functions get; may repeat.
    #[arg(long, value_name = "NAME")]
    pub(crate) pass_env: Vec<String>,

    /// The most processes of one hosted function.
    #[arg(long, value_name = "COUNT", default_value_t = FUNCTION_CONCURRENCY_DEFAULT)]
    pub(crate) function_concurrency: NonZeroUsize,

    /// Calls AWS with your credentials, and not only the endpoints of `AWS_ENDPOINT_URL…`.
    #[arg(long)]
    pub(crate) aws: bool,

    /// The secrets of EventBridge connections by their names, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) connections: Option<PathBuf>,
}

/// The region and the account in ARNs.
#[derive(Debug, Args)]
pub(crate) struct AccountRegionArguments {
    /// The region in ARNs; that of `AWS_REGION`, or us-east-1, by default.
    #[arg(long, value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// The account in ARNs.
    #[arg(long, default_value = ACCOUNT_DEFAULT, value_parser = parse_account)]
    pub(crate) account: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  statewright validate .                  every definition in this folder and below it
  statewright validate --json flows       one finding a line, for editors and CI
  statewright validate - < order.asl.json

Exit codes: 0 all are valid, even with warnings; 2 one is refused or cannot be read.")]
pub(crate) struct ValidateArguments {
    /// Definitions in JSON or YAML, or folders of them; `-` reads standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Prints findings as `text` (the default) or as lines of `json`
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) format: OutputFormat,

    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    /// Replaces `${NAME}` in the definitions, as SAM does; may repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,

    /// Where they are to run: `deployment` (the default) or `local`
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) target: ValidationTarget,
}

/// Where machines are to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidationTarget {
    Local,
    #[default]
    Deployment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    #[default]
    Text,
    Json,
}
