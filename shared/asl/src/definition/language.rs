//! The two query languages: what a field is in each, where they differ.

use std::fmt::Debug;

use jsonpath::SourcedPath;

use super::{
    choice::{JsonPathCondition, JsonataCondition},
    flow::{JsonPathDataFlow, JsonPathInputOutput, JsonataDataFlow, JsonataOutput},
    handlers::JsonPathCatcherOutput,
};

/// A query language.
///
/// Every type of state is written once and takes its language as a parameter, so that a JSONPath
/// state cannot hold a JSONata field, nor the reverse.
///
/// Spec: ASL § `QueryLanguage`.
pub trait QueryLanguage: Clone + Debug + Send + Sync + Sized + 'static {
    /// What names a value in the data.
    type ValueReference: Clone + Debug + Send + Sync;
    /// What makes a text of the data: `Error` and `Cause` of a Fail.
    type TextExpression: Clone + Debug + Send + Sync;
    /// What makes JSON of the data.
    type JsonTemplate: Clone + Debug + Send + Sync;
    /// Where a Map finds its items.
    type MapItems: Clone + Debug + Send + Sync;
    /// How data flows through a state that has a result: Task, Parallel, Map, Pass.
    type StateDataFlow: Clone + Debug + Send + Sync;
    /// How data flows through a state that has none: Choice, Wait, Succeed.
    type StateInputOutput: Clone + Debug + Send + Sync;
    /// When a Choice's rule holds.
    type RuleCondition: Clone + Debug + Send + Sync;
    /// What a Choice's rule that holds does with the data.
    type RuleOutput: Clone + Debug + Send + Sync;
    /// What a catcher does with the data.
    type CatcherOutput: Clone + Debug + Send + Sync;
}

/// The default language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonPath {}

impl QueryLanguage for JsonPath {
    type ValueReference = SourcedPath;
    type TextExpression = jsonpath::JsonPathExpression;
    type JsonTemplate = jsonpath::PayloadTemplate;
    type MapItems = SourcedPath;
    type StateDataFlow = JsonPathDataFlow;
    type StateInputOutput = JsonPathInputOutput;
    type RuleCondition = JsonPathCondition;
    type RuleOutput = Option<jsonpath::PayloadTemplate>;
    type CatcherOutput = JsonPathCatcherOutput;
}

/// `"QueryLanguage": "JSONata"`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jsonata {}

impl QueryLanguage for Jsonata {
    type ValueReference = jsonata::JsonataExpression;
    type TextExpression = jsonata::JsonataExpression;
    type JsonTemplate = jsonata::JsonataTemplate;
    type MapItems = Option<jsonata::JsonataTemplate>;
    type StateDataFlow = JsonataDataFlow;
    type StateInputOutput = JsonataOutput;
    type RuleCondition = JsonataCondition;
    type RuleOutput = JsonataOutput;
    type CatcherOutput = JsonataOutput;
}

/// A number that a definition gives, or names in the data.
#[derive(Clone, Debug)]
pub enum NumberOrReference<L: QueryLanguage> {
    /// Given.
    Literal(u64),
    /// In the data.
    Reference(L::ValueReference),
}
