//! The two query languages, and the types of the fields that differ between them.

use std::fmt::Debug;

use jsonpath::SourcedPath;

use super::{
    choice::{JsonPathCondition, JsonataCondition},
    flow::{JsonPathDataFlow, JsonPathInputOutput, JsonataDataFlow, JsonataOutput},
    handlers::JsonPathCatcherOutput,
};

/// A query language.
///
/// Every state type is generic over its language, so that a JSONPath state cannot hold a JSONata
/// field, or the reverse.
///
/// Spec: ASL § `QueryLanguage`.
pub trait QueryLanguage: Clone + Debug + Send + Sync + Sized + 'static {
    /// A path or expression that yields one value of the data.
    type ValueReference: Clone + Debug + Send + Sync;
    /// A path or expression that yields a string: `Error` and `Cause` of a Fail.
    type TextExpression: Clone + Debug + Send + Sync;
    /// A template that yields JSON.
    type JsonTemplate: Clone + Debug + Send + Sync;
    /// Where a Map finds its items: `ItemsPath` or `Items`.
    type MapItems: Clone + Debug + Send + Sync;
    /// Input and output processing of a state that has a result: Task, Parallel, Map, Pass.
    type StateDataFlow: Clone + Debug + Send + Sync;
    /// Input and output processing of a state without a result: Choice, Wait, Succeed.
    type StateInputOutput: Clone + Debug + Send + Sync;
    /// The condition of a Choice rule.
    type RuleCondition: Clone + Debug + Send + Sync;
    /// What a matching Choice rule does with the data.
    type RuleOutput: Clone + Debug + Send + Sync;
    /// What a catcher does with the data.
    type CatcherOutput: Clone + Debug + Send + Sync;
}

/// JSONPath, the default query language.
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

/// JSONata, chosen by `"QueryLanguage": "JSONata"`.
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

/// A number that is literal in the definition or comes from the data.
#[derive(Clone, Debug)]
pub enum NumberOrReference<L: QueryLanguage> {
    /// A literal number.
    Literal(u64),
    /// A path or expression that yields the number.
    Reference(L::ValueReference),
}
