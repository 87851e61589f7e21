//! The values that a state's expressions can read.

use std::cell::RefCell;

use serde_json::{Map, Value};

use random_stream::RandomStream;
use step_budget::{BudgetExceeded, StepBudget};

use crate::{evaluation_error::EvaluationFailure, limits::EvaluationLimits, message};

/// The values of `$states` and of the variables.
#[derive(Debug, Clone, Copy)]
pub struct JsonataBindings<'v> {
    /// The value of `$states.input`.
    pub input: &'v Value,
    /// The value of `$states.context`; needed only if an expression reads it.
    pub context: Option<&'v Value>,
    /// The value of `$states.result`; `None` where there is no result.
    pub result: Option<&'v Value>,
    /// The value of `$states.errorOutput`; `None` where there is no error.
    pub error_output: Option<&'v Value>,
    /// The workflow's variables by name, without `$`.
    pub variables: &'v Map<String, Value>,
}

/// The values, the time and the random source for the expressions of one state, for one synchronous
/// call.
///
/// The seed determines the random numbers: the same expressions in the same order get the same
/// ones.
#[derive(Debug)]
pub struct JsonataSession<'v> {
    bindings: JsonataBindings<'v>,
    random: RefCell<RandomStream>,
    now_milliseconds: i64,
    /// What the step may cost; none without limits.
    budget: Option<&'v StepBudget<'v>>,
}

/// A member of `$states`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StatesMember {
    Input,
    Context,
    Result,
    ErrorOutput,
}

impl StatesMember {
    /// All members, in the order AWS prints them.
    pub(crate) const ALL: [Self; 4] = [Self::Input, Self::Context, Self::Result, Self::ErrorOutput];

    /// The member with a name, if there is one.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|member| member.member_name() == name)
    }

    /// The member's name.
    pub(crate) fn member_name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Context => "context",
            Self::Result => "result",
            Self::ErrorOutput => "errorOutput",
        }
    }
}

impl<'v> JsonataSession<'v> {
    /// Creates a session. `now_milliseconds` is the time of `$now()` and `$millis()`, in
    /// milliseconds since 1970.
    pub fn new(bindings: JsonataBindings<'v>, seed: u128, now_milliseconds: i64) -> Self {
        Self {
            bindings,
            random: RefCell::new(RandomStream::new(seed)),
            now_milliseconds,
            budget: None,
        }
    }

    /// Sets what the step may cost, of which these expressions are a part.
    #[must_use]
    pub fn with_budget(self, budget: &'v StepBudget<'v>) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// Charges the step for a copy of this value that is about to be made, or was made.
    pub(crate) fn charge_copy(&self, value: &Value) -> Result<(), EvaluationFailure> {
        self.budget.map_or(Ok(()), |budget| budget.charge_copy(value)).map_err(budget_failure)
    }

    /// The limits of the next evaluation. Fails if the step has no time left.
    pub(crate) fn evaluation_limits(&self) -> Result<EvaluationLimits, EvaluationFailure> {
        let limits = EvaluationLimits::STEP_FUNCTIONS;
        let left = self.budget.map_or(u64::MAX, StepBudget::remaining_milliseconds);
        if left == 0 {
            return Err(budget_failure(BudgetExceeded::Time));
        }
        Ok(EvaluationLimits { milliseconds: limits.milliseconds.min(left), ..limits })
    }

    /// Has the budget notice that an evaluation which has failed may have been out of time.
    pub(crate) fn notice_time(&self) {
        if let Some(budget) = self.budget {
            budget.remaining_milliseconds();
        }
    }

    pub(crate) fn member_value(&self, member: StatesMember) -> Option<&'v Value> {
        match member {
            StatesMember::Input => Some(self.bindings.input),
            StatesMember::Context => self.bindings.context,
            StatesMember::Result => self.bindings.result,
            StatesMember::ErrorOutput => self.bindings.error_output,
        }
    }

    pub(crate) fn variable_value(&self, name: &str) -> Option<&'v Value> {
        self.bindings.variables.get(name)
    }

    /// The value of the member of `$states` with a name.
    pub(crate) fn named_member_value(&self, name: &str) -> Option<&'v Value> {
        StatesMember::from_name(name).and_then(|member| self.member_value(member))
    }

    /// What the step may cost.
    pub(crate) fn budget(&self) -> Option<&'v StepBudget<'v>> {
        self.budget
    }

    pub(crate) fn random(&self) -> &RefCell<RandomStream> {
        &self.random
    }

    pub(crate) fn now_milliseconds(&self) -> i64 {
        self.now_milliseconds
    }
}

fn budget_failure(exceeded: BudgetExceeded) -> EvaluationFailure {
    match exceeded {
        BudgetExceeded::Bytes => EvaluationFailure::too_large(),
        BudgetExceeded::Time => EvaluationFailure::from_thrown(message::TIMEOUT),
    }
}
