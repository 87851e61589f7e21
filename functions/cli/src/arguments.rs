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
    account_region::{parse_account, parse_region},
    memory_limit::parse_memory,
};

/// Runs Amazon States Language state machines: on this machine, or in your own AWS account.
#[derive(Debug, Parser)]
#[command(name = "statewright", version)]
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
    /// Serves a deployment's API on this machine: signs requests with your AWS credentials.
    Proxy(ProxyArguments),
    /// Wakes the running executions of a deployment whose messages are lost.
    Rewake(RewakeArguments),
    /// Runs test cases offline: mocks answer every call, and waiting takes no time.
    Test(TestArguments),
    /// Checks definitions offline.
    Validate(ValidateArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The definition: Amazon States Language in JSON or YAML; `-` reads standard input.
    pub(crate) definition: PathBuf,

    /// Replaces `${NAME}` in the definition, as SAM's `DefinitionSubstitutions` do; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,

    /// The execution's input: JSON, @FILE, or `-` for standard input.
    #[arg(long, default_value = "{}")]
    pub(crate) input: String,

    /// Keeps the execution in this folder, so that the same command can continue it.
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
    after_help = "Example: `statewright local .` serves the SAM, CDK or Serverless project in \
                        this folder."
)]
pub(crate) struct LocalArguments {
    /// What to serve: a folder or a template of SAM, CloudFormation, CDK or the Serverless Framework,
    /// or definitions, which are named after their files. Edits show within a second.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Replaces `${NAME}` in definitions, as SAM's `DefinitionSubstitutions` do; may repeat.
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

    /// The folder that holds state machines and executions.
    #[arg(long, value_name = "DIR", default_value = ".statewright", conflicts_with = "memory")]
    pub(crate) data: PathBuf,

    /// Keeps everything in memory and discards it at the end.
    #[arg(long)]
    pub(crate) memory: bool,

    /// A mock configuration of Step Functions Local: `StartExecution` with
    /// `…:stateMachine:NAME#TESTCASE` gets the answers of that test case.
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
    /// The address to listen on. One that other machines can reach, such as 0.0.0.0 in a container,
    /// needs --signed-by or --token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// A host name under which this server may be addressed, beside 127.0.0.1 and localhost; may
    /// repeat.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    pub(crate) allow_host: Vec<String>,

    /// Answers only requests that are signed with the key pair in this file, which has the form of
    /// AWS's shared credentials file: clients find it by `AWS_SHARED_CREDENTIALS_FILE`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token", "allow_host"])]
    pub(crate) signed_by: Option<PathBuf>,

    /// Answers only requests with the token in this file, as `Authorization: Bearer TOKEN`.
    #[arg(long, value_name = "FILE", conflicts_with = "allow_host")]
    pub(crate) token: Option<PathBuf>,
}

#[derive(Debug, Args)]
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

    /// A host name under which this server may be addressed, beside 127.0.0.1 and localhost; may
    /// repeat.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    pub(crate) allow_host: Vec<String>,

    /// The region of the deployment, where neither its endpoint nor the settings of AWS tools say it.
    #[arg(long, value_parser = parse_region)]
    pub(crate) region: Option<String>,
}

#[derive(Debug, Args)]
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
    /// The limits profile: `aws` has those of Step Functions; `open` allows payloads of 6 MiB and
    /// histories of any length.
    #[arg(long, value_name = "PROFILE", default_value = "aws")]
    pub(crate) limits: DeploymentLimits,

    /// State transitions that are computed in memory and made durable together. With 1, each is
    /// durable before the next one begins.
    #[arg(long, value_name = "N", default_value_t = TRANSITIONS_PER_DELIVERY_DEFAULT)]
    pub(crate) transitions_per_delivery: NonZeroU32,

    /// The memory that this process should stay below, for example 512M. When six eighths are taken,
    /// few messages are handled at once; when seven are, what would take on more work is answered
    /// with `ThrottlingException`.
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory_limit: Option<u64>,
}

/// Lambda functions that run as local processes, and whether others may be called.
#[derive(Debug, Args)]
pub(crate) struct FunctionArguments {
    /// A template whose functions are hosted here, and not its state machines; may repeat.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Vec<PathBuf>,

    /// A function and the command that serves it through the Lambda Runtime API; may repeat.
    #[arg(long, value_name = "NAME=COMMAND")]
    pub(crate) function: Vec<String>,

    /// An environment variable of this process that hosted functions get; may repeat. They get no
    /// others but those that Lambda sets, and their own.
    #[arg(long, value_name = "NAME")]
    pub(crate) pass_env: Vec<String>,

    /// The most processes of one hosted function, where its `ReservedConcurrentExecutions` does not
    /// say so. Further calls wait, and their tasks' time begins when they have a process.
    #[arg(long, value_name = "COUNT", default_value_t = FUNCTION_CONCURRENCY_DEFAULT)]
    pub(crate) function_concurrency: NonZeroUsize,

    /// Calls AWS with your credentials: functions that are not hosted here, and all other services.
    /// Without it, only what is at an endpoint that `AWS_ENDPOINT_URL_<SERVICE>` or
    /// `AWS_ENDPOINT_URL` names is called.
    #[arg(long)]
    pub(crate) aws: bool,

    /// The secrets of EventBridge connections, for `http:invoke`: a JSON object by their names, such
    /// as {"crm": {"username": "u", "password": "p"}}.
    #[arg(long, value_name = "FILE")]
    pub(crate) connections: Option<PathBuf>,
}

/// The region and the account in ARNs.
#[derive(Debug, Args)]
pub(crate) struct AccountRegionArguments {
    /// The region in ARNs: by default that of `AWS_REGION`, or us-east-1.
    #[arg(long, value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// The account in ARNs: twelve digits.
    #[arg(long, default_value = "000000000000", value_parser = parse_account)]
    pub(crate) account: String,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Files of test cases in Markdown (.md) or JSON; functions/cli/README.md describes both
    /// formats. `-` reads standard input, and a folder stands for the *.test.md and *.test.json
    /// files in it and below it.
    #[arg(required_unless_present = "mock_config", conflicts_with = "mock_config")]
    pub(crate) files: Vec<PathBuf>,

    /// Runs only the cases whose names contain this text; may repeat.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,

    /// How results are shown: as text, as one JSON object, or as a `JUnit` report.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Rewrites the expectations of cases that came to another result.
    #[arg(long, conflicts_with = "mock_config")]
    pub(crate) update: bool,

    /// Prints how much of each state machine the cases reach, in percent.
    #[arg(long)]
    pub(crate) coverage: bool,

    /// Fails if no case reaches one of the states or transitions.
    #[arg(long)]
    pub(crate) fail_uncovered: bool,

    /// A mock configuration of Step Functions Local; each of its test cases must succeed.
    #[arg(long, value_name = "FILE", requires = "definition")]
    pub(crate) mock_config: Option<PathBuf>,

    /// The definition of a state machine that --mock-config names; may repeat.
    #[arg(long, value_name = "NAME=FILE", requires = "mock_config")]
    pub(crate) definition: Vec<String>,

    /// The input of the test cases of --mock-config: JSON, @FILE, or `-` for standard input.
    #[arg(long, default_value = "{}", requires = "mock_config")]
    pub(crate) input: String,

    /// Replaces `${NAME}` in definitions, as SAM's `DefinitionSubstitutions` do; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// Definitions: Amazon States Language in JSON or YAML; `-` reads standard input, and a folder
    /// stands for the *.asl.json, *.asl.yaml, *.asl.yml and *.asl files in it and below it.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// How findings are shown; `json` prints one object per line.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) format: OutputFormat,

    /// Replaces `${NAME}` in the definitions, as SAM's `DefinitionSubstitutions` do; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) substitute: Vec<String>,

    /// Where the machines are to run. `local` also warns of services that `statewright local` would
    /// not call in this environment without --aws.
    #[arg(long, value_enum, default_value_t = ValidationTarget::Deployment)]
    pub(crate) target: ValidationTarget,
}

/// Where machines are to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidationTarget {
    Local,
    Deployment,
}

/// The formats of what `test` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
}
