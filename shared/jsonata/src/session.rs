//! The values that a state's expressions can read.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use jsonata_core::value::JValue;
use serde_json::{Map, Value};

use random_stream::RandomStream;
use step_budget::{BudgetExceeded, StepBudget};

use crate::{
    convert, evaluation_error::EvaluationFailure, limits::EvaluationLimits, message,
    projection::ValueProjection,
};

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
/// Each value is converted when an expression first reads it, as far as expressions need it, and is
/// shared between them. The seed determines the random numbers: the same expressions in the same
/// order get the same ones.
#[derive(Debug)]
pub struct JsonataSession<'v> {
    bindings: JsonataBindings<'v>,
    converted: RefCell<BTreeMap<ValueSource, ConvertedValue>>,
    /// The parts that expressions will need, as far as they are announced.
    expected: RefCell<BTreeMap<ValueSource, ValueProjection>>,
    random: Rc<RefCell<RandomStream>>,
    now_milliseconds: i64,
    /// What the step may cost; none without limits.
    budget: Option<&'v StepBudget<'v>>,
}

/// The source of a value that is converted separately.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueSource {
    /// A member of `$states`.
    Member(StatesMember),
    /// The variable with this name.
    Variable(String),
}

/// The part of a value that is converted for the engine.
#[derive(Debug)]
struct ConvertedValue {
    projection: ValueProjection,
    value: JValue,
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
            converted: RefCell::default(),
            expected: RefCell::default(),
            random: Rc::new(RefCell::new(RandomStream::new(seed))),
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

    /// Announces the parts that expressions will need, so that each value is converted only once.
    pub(crate) fn expect_projections(&self, needs: &BTreeMap<ValueSource, ValueProjection>) {
        let mut expected = self.expected.borrow_mut();
        for (place, need) in needs {
            match expected.get_mut(place) {
                Some(known) => known.merge(need.clone()),
                None => {
                    expected.insert(place.clone(), need.clone());
                }
            }
        }
    }

    /// The needed part of a value, converted for the engine; `None` if there is no such value.
    pub(crate) fn converted_value(
        &self,
        place: &ValueSource,
        need: &ValueProjection,
    ) -> Option<JValue> {
        let value = match place {
            ValueSource::Member(member) => self.member_value(*member)?,
            ValueSource::Variable(name) => self.variable_value(name)?,
        };
        let mut all = self.converted.borrow_mut();
        let need = match all.get(place) {
            Some(converted) if converted.projection.covers(need) => {
                return Some(converted.value.clone());
            }
            // The second conversion takes the whole value, so that there is no third one.
            Some(_) => ValueProjection::Whole,
            None => {
                let mut need = need.clone();
                need.merge(
                    self.expected
                        .borrow()
                        .get(place)
                        .cloned()
                        .unwrap_or_else(ValueProjection::no_members),
                );
                need
            }
        };
        let value = convert::project_to_engine(value, &need);
        all.insert(place.clone(), ConvertedValue { projection: need, value: value.clone() });
        Some(value)
    }

    pub(crate) fn shared_random(&self) -> Rc<RefCell<RandomStream>> {
        Rc::clone(&self.random)
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
