//! How data flows through a state.
//!
//! ```text
//! JSONPath:
//!   input → InputPath → Parameters → work → ResultSelector → ResultPath → OutputPath → output
//!                                                 └→ Assign
//! JSONata:
//!   input → Arguments → work → Output → output
//!                         └→ Assign
//! ```

use jsonpath::{PayloadTemplate, ReferencePath, SourcedPath};
use model::StateName;

/// What follows a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextOrEnd {
    /// `Next`: another state of the same workflow.
    State(StateName),
    /// `End`: the workflow ends.
    End,
}

/// The value of `InputPath` or `OutputPath`.
///
/// Spec: ASL § Input and Output Processing.
#[derive(Clone, Debug)]
pub enum InputOutputPath {
    /// `$`, the default: everything, unchanged.
    Whole,
    /// `null`: an empty object.
    Nothing,
    /// A part of the data or of the context object.
    Path(SourcedPath),
}

/// The value of `ResultPath`.
///
/// Spec: ASL § `ResultPath`.
#[derive(Clone, Debug)]
pub enum ResultPath {
    /// `$`, the default: the result replaces the input.
    Replace,
    /// `null`: the input is kept, the result is dropped.
    Discard,
    /// The result is inserted into the input at this path.
    Path(ReferencePath),
}

/// Input and output processing of a JSONPath Choice, Wait or Succeed, which have no result.
#[derive(Clone, Debug)]
pub struct JsonPathInputOutput {
    /// `InputPath`
    pub input: InputOutputPath,
    /// `OutputPath`
    pub output: InputOutputPath,
    /// `Assign`; never in a Succeed.
    pub assign: Option<PayloadTemplate>,
}

/// Input and output processing of a JSONPath Task, Parallel, Map or Pass.
#[derive(Clone, Debug)]
pub struct JsonPathDataFlow {
    /// `InputPath`
    pub input: InputOutputPath,
    /// `Parameters`; never in a Map, where it is the old spelling of `ItemSelector`.
    pub parameters: Option<PayloadTemplate>,
    /// `ResultSelector`; never in a Pass.
    pub result_selector: Option<PayloadTemplate>,
    /// `ResultPath`
    pub result_path: ResultPath,
    /// `OutputPath`
    pub output: InputOutputPath,
    /// `Assign`
    pub assign: Option<PayloadTemplate>,
}

/// Input and output processing of a JSONata Task, Parallel, Map or Pass.
#[derive(Clone, Debug)]
pub struct JsonataDataFlow {
    /// `Arguments`; never in a Map or a Pass.
    pub arguments: Option<jsonata::JsonataTemplate>,
    /// `Output` and `Assign`
    pub output_and_assign: JsonataOutput,
}

/// `Output` and `Assign` of a JSONata state, rule or catcher.
#[derive(Clone, Debug)]
pub struct JsonataOutput {
    /// `Output`
    pub output: Option<jsonata::JsonataTemplate>,
    /// `Assign`; never in a Succeed.
    pub assign: Option<jsonata::JsonataTemplate>,
}
