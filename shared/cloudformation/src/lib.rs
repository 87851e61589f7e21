//! Projects without a deployment: the state machines, functions and schedules of templates, as their
//! authors wrote them (SAM, CloudFormation) or as tools write them (CDK, the Serverless Framework).
//!
//! What only a deployment knows is told in words that name its place, and something stands for it;
//! it keeps nothing else from being read.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/>

mod event_source;
mod function;
mod local_assets;
mod nested_template;
mod resolver;
mod schedule;
mod staged_code;
mod state_machine;
mod template;
mod yaml;

pub use event_source::{ScheduleService, TemplateSchedule};
pub use function::{HostingProblem, NotHostedFunction};
pub use nested_template::{NESTING_MAX, NestedTemplate};
pub use schedule::{Schedule, ScheduleError};
pub use staged_code::{ArchiveError, StagedCode};
pub use state_machine::{TemplateDefinition, TemplateLogging, TemplateStateMachine};
pub use template::{Template, TemplateContext, TemplateError, is_template, read_exports};
pub use yaml::{YamlError, parse_yaml};
