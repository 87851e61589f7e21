//! Projects without a deployment: the state machines and functions of CloudFormation templates, as
//! their authors wrote them (SAM) or as tools write them (CDK, the Serverless Framework).
//!
//! What only a deployment knows is told in words that name its place, and something stands for it;
//! it keeps nothing else from being read.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/>

mod function;
mod local_assets;
mod resolver;
mod staged_code;
mod state_machine;
mod template;
mod yaml;

pub use function::{HostingProblem, NotHostedFunction};
pub use staged_code::{ArchiveError, StagedCode};
pub use state_machine::{DefinitionSource, TemplateLogging, TemplateStateMachine};
pub use template::{Template, TemplateContext, TemplateError, is_template};
pub use yaml::{YamlError, parse_yaml};
