//! How data flows through a state.
//!
//! ```text
//! JSONPath: input → InputPath → Parameters → work → ResultSelector → ResultPath → OutputPath → output
//!                                                           └→ Assign
//! JSONata:  input → Arguments → work → Output → output
//!                                 └→ Assign
//! ```

use jsonpath::{PayloadTemplate, ReferencePath, SourcedPath};
use model::StateName;

/// Where a state leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextOrEnd {
    /// To another state of the same workflow.
    State(StateName),
    /// To the end of the workflow.
    End,
}

/// `InputPath` and `OutputPath`.
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

/// `ResultPath`.
///
/// Spec: ASL § `ResultPath`.
#[derive(Clone, Debug)]
pub enum ResultPath {
    /// `$`, the default: the result replaces the input.
    Replace,
    /// `null`: the input stays, the result is dropped.
    Discard,
    /// The result is put into the input.
    Path(ReferencePath),
}

/// `InputPath` and `OutputPath` of the states that have no result of their own.
#[derive(Clone, Debug)]
pub struct JsonPathInputOutput {
    /// `InputPath`
    pub input: InputOutputPath,
    /// `OutputPath`
    pub output: InputOutputPath,
    /// `Assign`; never in a Succeed.
    pub assign: Option<PayloadTemplate>,
}

/// The fields through which data flows in a Task, Parallel, Map or Pass.
#[derive(Clone, Debug)]
pub struct JsonPathDataFlow {
    /// `InputPath`
    pub input: InputOutputPath,
    /// `Parameters`; in a Map its old spelling of `ItemSelector` stands there instead.
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

/// The fields through which data flows in a Task, Parallel, Map or Pass in JSONata.
#[derive(Clone, Debug)]
pub struct JsonataDataFlow {
    /// `Arguments`; never in a Map or a Pass.
    pub arguments: Option<jsonata::JsonataTemplate>,
    /// `Output`, `Assign`
    pub output_and_assign: JsonataOutput,
}

/// `Output` and `Assign`.
#[derive(Clone, Debug)]
pub struct JsonataOutput {
    /// `Output`
    pub output: Option<jsonata::JsonataTemplate>,
    /// `Assign`; never in a Succeed.
    pub assign: Option<jsonata::JsonataTemplate>,
}
