//! The values an expression can read.

use serde_json::{Map, Value};
use step_budget::StepBudget;

/// The values that paths start from, and what evaluating them may cost.
#[derive(Debug, Clone, Copy)]
pub struct JsonPathScope<'v> {
    /// `$`: the state's input or, in the fields evaluated after its work, the result.
    pub data: &'v Value,
    /// `$$`: the context object.
    pub context: &'v Value,
    /// `$name`: the workflow's variables.
    pub variables: &'v Map<String, Value>,
    /// What the step may cost. All its expressions share it.
    pub budget: &'v StepBudget<'v>,
}
